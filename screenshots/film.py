"""A film of a terminal: frames in, the text of an asciicast out, with what has changed only."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import Final

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

_NEAR: Final = 6
"""Changed cells nearer to one another than this are written at one go, which is shorter."""
_HIDE_CURSOR: Final = "\x1b[?25l"
_PLAIN: Final = "\x1b[0m"

Cell = tuple[str, str]
"""What stands in a cell, with the sequence that selects its looks; "" is the rest of a wide one."""


class Film:
    """Takes frames of one size, in the order of their times."""

    def __init__(self, size: tuple[int, int], title: str) -> None:
        self._size = size
        self._title = title
        self._shown: list[list[Cell]] = [[] for _ in range(size[1])]
        self._frames: list[tuple[float, str]] = []

    def add(self, t: float, strips: Sequence[Strip]) -> None:
        """Add what is on the screen at ``t``, in seconds from the beginning."""
        written: list[str] = []
        for y, strip in enumerate(strips):
            line = _cells(strip)
            if line != self._shown[y]:
                written.extend(_written(y, self._shown[y], line))
                self._shown[y] = line
        if written:
            self._frames.append((t, "".join(written) + _PLAIN))

    def cast(self, end: float) -> str:
        """Return it as asciicast, version 2; it stands still from its last frame to ``end``."""
        width, height = self._size
        header = {"version": 2, "width": width, "height": height, "title": self._title}
        begin, *others = self._frames
        frames = [(begin[0], _HIDE_CURSOR + begin[1]), *others, (end, "")]
        lines: list[object] = [header, *([round(t, 3), "o", text] for t, text in frames)]
        return "".join(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines
        )


def _cells(strip: Strip) -> list[Cell]:
    cells: list[Cell] = []
    for text, style, control in strip:
        if control:
            continue
        looks = _looks(style or Style.null())
        for character in text:
            cells.append((character, looks))
            cells.extend([("", looks)] * (cell_len(character) - 1))
    return cells


@lru_cache(maxsize=4_096)
def _looks(style: Style) -> str:
    """Return the sequence that selects a style, from no matter what was selected before."""
    before, _, _ = style.render("\0").partition("\0")
    return before.replace("[", "[0;", 1) if before else _PLAIN


def _written(y: int, before: list[Cell], after: list[Cell]) -> list[str]:
    """Return what makes one line of another, from changed cell to changed cell."""
    before = before + [("", "")] * (len(after) - len(before))
    changed = [x for x, (old, new) in enumerate(zip(before, after, strict=False)) if old != new]
    spans: list[list[int]] = []
    for x in changed:
        if spans and x - spans[-1][1] < _NEAR:
            spans[-1][1] = x
        else:
            spans.append([x, x])
    written: list[str] = []
    for begin, end in spans:
        while not after[begin][0]:  # never the second half of a wide character alone
            begin -= 1
        written.append(f"\x1b[{y + 1};{begin + 1}H")
        for looks, run in groupby(after[begin : end + 1], key=lambda cell: cell[1]):
            written.append(looks + "".join(character for character, _ in run))
    return written
