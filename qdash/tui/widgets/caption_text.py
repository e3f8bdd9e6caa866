"""What a script says, as lines: texts broken by cells, ``code`` in them set off."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rich.cells import cell_len

from qdash.prose import breaks
from qdash.tui.widgets.bar import Line, Piece, width_of

_CODE: Final = re.compile(r"`([^`\n]+)`")
_WIDE_BEFORE: Final = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s*\n\s*")
"""The end of a line after a character of a language that puts no spaces between words."""

_UNIT: Final = re.compile(r"(?<=\d) (?=(?:s|ms|items|×)\b)")
"""Before a unit no line ends."""


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text, each on one line: a blank line parts them."""
    parts = re.split(r"\n\s*\n", text.strip())
    joined = [" ".join(_WIDE_BEFORE.sub("", part).split()) for part in parts if part.strip()]
    return [_UNIT.sub("\u00a0", part) for part in joined]


def flow(text: str, width: int, kind: str = "plain", code: str = "code") -> list[Line]:
    """Return a text as lines of at most ``width`` cells; ``kind`` and ``code`` are how it looks."""
    return list(_flow(text, width, kind, code))


@lru_cache(64)  # the same words stand there for many frames
def _flow(text: str, width: int, kind: str, code: str) -> tuple[Line, ...]:
    lines: list[Line] = []
    for paragraph in paragraphs(text):
        if lines:
            lines.append(())
        lines += _lines(_spans(paragraph, kind, code), max(1, width))
    return tuple(lines)


def balanced(text: str, width: int, kind: str = "plain", code: str = "code") -> list[Line]:
    """Return a text in as few lines, and all about as long."""
    return flow(text, _least(text, width), kind, code)


@lru_cache(64)
def _least(text: str, width: int) -> int:
    """Return the least width in which a text takes no more lines."""
    lines = len(flow(text, width))
    if lines < 2:
        return width
    return next((w for w in range(width // 2, width) if len(flow(text, w)) == lines), width)


def _spans(paragraph: str, kind: str, code: str) -> list[Piece]:
    spans: list[Piece] = []
    for at, part in enumerate(_CODE.split(paragraph)):
        if part:
            spans.append(Piece(part, code if at % 2 else kind))
    return spans


def _lines(spans: list[Piece], width: int) -> list[Line]:
    plain = "".join(span.text for span in spans)
    starts = [0, *breaks(plain, width)]
    ends = [*starts[1:], len(plain)]
    return [
        _part(spans, a, a + len(plain[a:b].rstrip())) for a, b in zip(starts, ends, strict=True)
    ]


def _part(spans: list[Piece], a: int, b: int) -> Line:
    """Return what lies between two places of a text."""
    out: list[Piece] = []
    at = 0
    for span in spans:
        text = span.text[max(0, a - at) : max(0, b - at)]
        if text:
            out.append(span._replace(text=text))
        at += len(span.text)
    return tuple(out)


def plain(text: str) -> str:
    """Return a text on one line, without the signs around code."""
    return _CODE.sub(r"\1", " ".join(paragraphs(text)))


def with_end(line: Line, end: Line, width: int) -> Line:
    """Return a line with something at its right-hand end, which stays where there is no room."""
    room = max(0, width - width_of(end) - 1)
    line = cut(line, max(0, room - 2))
    return (*line, Piece(" " * (room - width_of(line))), *end, Piece(" "))


def cut(line: Line, width: int) -> Line:
    """Return as much of a line as fits into ``width`` cells."""
    out: list[Piece] = []
    for piece in line:
        if piece.width > width:
            text = piece.text
            while cell_len(text) > width:
                text = text[:-1]
            piece = piece._replace(text=text)
        width -= piece.width
        out.append(piece)
    return tuple(out)


def centred(line: Line, width: int) -> Line:
    """Return a line in the middle of ``width`` cells."""
    return (Piece(" " * max(0, (width - width_of(line)) // 2)), *line)
