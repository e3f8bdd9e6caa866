"""The README's tables of what is defined in code; ``python -m tests.readme_tables`` writes them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qdash.commands import DISTURBANCES
from qdash.settings import SETTINGS

README = Path(__file__).parent.parent / "README.md"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


TABLES = {
    "settings": _table(
        ("setting", "comes as", "allowed", "what"),
        [(f"`{name}`", s.show(s.default), s.allowed, s.help) for name, s in SETTINGS.items()],
    ),
    "disturbances": _table(
        ("key", "disturbance", "what it does"),
        [(f"`{d.key}`", d.title, d.help) for d in DISTURBANCES.values()],
    ),
}
"""Each table by the name of its place in the README."""


def filled(text: str) -> str:
    """Return the README with every table as it should be."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found_begin, rest = text.partition(begin)
        _, found_end, after = rest.partition(end)
        if not (found_begin and found_end):
            raise ValueError(f"README.md has no place for {name}")
        text = before + begin + table + end + after
    return text


if __name__ == "__main__":
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
