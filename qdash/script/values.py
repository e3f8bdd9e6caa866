"""Checks of plain values and of what is put together of them, with the sentences that refuse them.

A check returns a value as the model takes it, or raises Wrong with the way to what is wrong.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from qdash.script.lines import Path
from qdash.script.measure import unknown
from qdash.words import tr

LARGEST: Final = 1e15
"""Up to here a float tells whole numbers apart."""

Check = Callable[[Any, Path], Any]


class Wrong(Exception):
    """Something is not allowed: the way to it, and a sentence on what is."""

    def __init__(self, path: Path, says: str) -> None:
        super().__init__(says)
        self.path = path
        self.says = says


def shown(value: object) -> str:
    """Return a value as it is told to be wrong: short."""
    if isinstance(value, dict):
        return tr("a table")
    if isinstance(value, list):
        return tr("a list")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > LARGEST:
        return tr("a number with very many digits")
    text = f"{value:g}" if isinstance(value, float) else repr(value)
    if not isinstance(value, (int, float, str)):
        text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def must(path: Path, allowed: str, value: object, got: str = "") -> Wrong:
    """Return that a value is none of those that are ``allowed``; ``got`` is what to say of it."""
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    says = tr("{name} must be {allowed}; got {value}")
    return Wrong(path, says.format(name=name, allowed=allowed, value=got or shown(value)))


# --- one value --------------------------------------------------------------------------------


def text(most: int, *, lines: bool = False, least: int = 1) -> Check:
    """A text of at most so many characters, on one line or on several."""

    def check(value: Any, path: Path) -> str:
        if not isinstance(value, str):
            raise must(path, tr("a text in quotes"), value)
        allowed = tr("a text of {least} to {most:,} characters").format(least=least, most=most)
        if len(value) > most:
            got = tr("{count:,} characters").format(count=len(value))
            raise must(path, allowed, value, got)
        if len(value.strip()) < least:
            raise must(path, allowed, value)
        for character in value:
            if character == "\n" and lines:
                continue
            if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
                allowed = tr("a text without control characters")
                if not lines and character == "\n":
                    allowed = tr("a text on one line")
                raise must(path, allowed, f"U+{ord(character):04X}")
        return value

    return check


def number(low: float, high: float, unit: str = "", *, above: bool = False) -> Check:
    """A finite number from ``low``, or above it, to ``high``."""

    def check(value: Any, path: Path) -> float:
        fits = not isinstance(value, bool) and isinstance(value, (int, float))
        fits = fits and (low < value if above else low <= value) and value <= high
        if not fits:
            start = tr("a number above {low:,g}") if above else tr("a number from {low:,g}")
            end = tr("{start} to {high:,g}{unit}")
            allowed = end.format(
                start=start.format(low=low), high=high, unit=f" {unit}" if unit else ""
            )
            raise must(path, allowed, value)
        return float(value)

    return check


def flag(value: Any, path: Path) -> bool:
    """``true`` or ``false``."""
    if not isinstance(value, bool):
        raise must(path, tr("true or false"), value)
    return value


def one_of(what: str, known: Iterable[str]) -> Check:
    """One of some names; ``what`` names such a thing."""
    names = list(known)

    def check(value: Any, path: Path) -> str:
        if not isinstance(value, str):
            raise must(path, tr("a text in quotes"), value)
        if value not in names:
            said = tr("there is no {what} {value}").format(what=tr(what), value=shown(value))
            raise Wrong(path, unknown(said, value, names))
        return value

    return check


# --- tables and lists -------------------------------------------------------------------------


def table(what: str, fields: Mapping[str, Check], needed: Collection[str] = ()) -> Check:
    """A table with these fields, of which some are needed; ``what`` names such a table."""

    def check(value: Any, path: Path) -> dict[str, Any]:
        if not isinstance(value, dict):
            says = tr("{what} must be a table; got {value}")
            raise Wrong(path, says.format(what=tr(what), value=shown(value)))
        for name in value:
            if name not in fields:
                said = tr("{what} has no field {name}").format(what=tr(what), name=shown(name))
                raise Wrong((*path, name), unknown(said, name, fields))
        for name in needed:
            if name not in value:
                raise Wrong(path, tr("{what} needs {name}").format(what=tr(what), name=name))
        return {name: fields[name](field, (*path, name)) for name, field in value.items()}

    return check


def many(check_one: Check, least: int, most: int, header: str = "") -> Check:
    """A list of at least and at most so many; ``header`` is how each is written."""

    def check(value: Any, path: Path) -> list[Any]:
        allowed = tr("a list of {least} to {most:,}").format(least=least, most=most)
        if header:
            allowed = tr("{allowed}, each under {header}").format(allowed=allowed, header=header)
        if not isinstance(value, list):
            raise must(path, allowed, value)
        if not least <= len(value) <= most:
            raise Wrong(
                path,
                tr("{name} must be {allowed}; there are {count:,}").format(
                    name=path[-1], allowed=allowed, count=len(value)
                ),
            )
        return [check_one(one, (*path, place)) for place, one in enumerate(value)]

    return check
