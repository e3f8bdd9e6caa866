"""The source of a scenario as lines of spans, plain or highlighted."""

from __future__ import annotations

from typing import Final

from qdash.tui.widgets.stage_text import Line, Span, cells, clean
from qdash.words import tr

LONGEST: Final = 50_000
"""How many characters are highlighted at most; a longer source is shown plain."""
KEPT: Final = 500_000
"""How many characters are shown at most."""
_KINDS: Final = (
    ("Comment", "comment"),
    ("Literal.String", "string"),
    ("Literal.Number", "number"),
    ("Keyword.Constant", "number"),
    ("Keyword", "keyword"),
    ("Operator.Word", "keyword"),
    ("Name.Function", "name"),
    ("Name.Class", "name"),
    ("Name.Builtin", "builtin"),
    ("Name.Exception", "builtin"),
)
"""The beginning of a token's type in Pygments, and how the token looks."""


def lines_of(source: str) -> list[str]:
    """Return the lines, numbered as Python does, in characters that a terminal can show."""
    kept = source[:KEPT].split("\n")
    if len(source) > KEPT:
        words = tr("the source goes on; only its first {count} characters are shown")
        kept[-1] = "# " + words.format(count=f"{KEPT:,}")
    lines = [clean(line.rstrip("\r").expandtabs(4)) for line in kept]
    while lines and not lines[-1].strip():
        lines.pop()
    return lines


def numbers_of(lines: list[str]) -> list[int]:
    """Return the numbers of the lines to show: of several empty ones together only the first."""
    return [at for at, line in enumerate(lines, 1) if line or at == 1 or lines[at - 2]]


def heads_of(lines: list[str]) -> dict[int, int]:
    """Return, by the number of a line, that of the line with which its function begins."""
    heads: dict[int, int] = {}
    open_: list[tuple[int, int]] = []
    for number, line in enumerate(lines, 1):
        if not (words := line.lstrip()):
            continue
        indent = len(line) - len(words)
        while open_ and open_[-1][0] >= indent:
            open_.pop()
        if open_:
            heads[number] = open_[-1][1]
        if words.startswith(("def ", "async def ")):
            open_.append((indent, number))
    return heads


def plain(lines: list[str]) -> list[Line]:
    """Return each line as it is."""
    return [((line, "text"),) if line else () for line in lines]


def highlighted(lines: list[str]) -> list[Line]:
    """Return each line with its words coloured as Python; imports Pygments, which takes a while."""
    text = "\n".join(lines)
    if not text or len(text) > LONGEST:
        return plain(lines)
    from pygments.lexers.python import PythonLexer  # type: ignore[import-untyped]

    out: list[list[Span]] = [[]]
    # "await" stands out: only there can a worker be while others run.
    for token, words in PythonLexer(stripnl=False, ensurenl=False).get_tokens(text):
        kind = "await" if words in ("await", "async") else _kind(str(token).removeprefix("Token."))
        first, *more = words.split("\n")
        if first:
            out[-1].append((first, kind))
        for line in more:
            out.append([(line, kind)] if line else [])
    return [tuple(line) for line in out]


def _kind(token: str) -> str:
    return next((kind for begin, kind in _KINDS if token.startswith(begin)), "text")


def solid(line: Line) -> int:
    """Return how many cells a line takes without the comment at its end."""
    words = [text for text, _ in line]
    if line and line[-1][1] == "comment":
        words.pop()
    return cells("".join(words).rstrip())
