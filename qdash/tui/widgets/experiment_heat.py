"""Draws a measure against two settings: a cell a point, with its number and a shade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from qdash.tui.look import Glyphs
from qdash.tui.widgets.stage_text import Line, Span, cells, crop, fit, pad

SHADES: Final = 8
"""How many shades there are, from 0 for the least."""
_NARROW, _WIDEST = 8, 40
_TALLEST: Final = 5


class Tile(NamedTuple):
    """One point; ``level`` is its shade, -1 where there is no figure yet."""

    mean: str
    half: str
    level: int
    whole: bool
    """Whether all of its runs are there."""


class Map(NamedTuple):
    """Lines of one width, and where on them the points are."""

    lines: list[Line]
    left: int
    top: int
    wide: int
    tall: int
    rows: range
    columns: range
    left_out: int
    """How many points there is no room for."""

    def point(self, x: int, y: int) -> tuple[int, int] | None:
        """Return the row and the column of the point drawn at a place, if one is."""
        column, row = (x - self.left) // self.wide, (y - self.top) // self.tall
        if x < self.left or y < self.top or column >= len(self.columns) or row >= len(self.rows):
            return None
        return self.rows[row], self.columns[column]


def levels(values: Sequence[float | None]) -> list[int]:
    """Return the shade of each value, from the least to the greatest that there is."""
    known = [value for value in values if value is not None]
    if not known:
        return [-1] * len(values)
    low, high = min(known), max(known)
    span = high - low
    if span <= 1e-12 * max(abs(low), abs(high)):
        return [-1 if value is None else 0 for value in values]
    return [
        -1 if value is None else min(SHADES - 1, int((value - low) / span * SHADES))
        for value in values
    ]


def draw_map(
    tiles: Sequence[Sequence[Tile]],
    names: tuple[Sequence[str], Sequence[str]],
    titles: tuple[str, str],
    chosen: tuple[int, int],
    size: tuple[int, int],
    glyphs: Glyphs,
    *,
    textured: bool,
) -> Map:
    """Draw rows of tiles, with the names of rows and columns beside and above them.

    ``titles`` are what changes from row to row, and from column to column. What there is no room
    for is left out around the chosen one. ``textured`` fills tiles with characters, where colours
    cannot be seen.
    """
    width, height = size
    room = max(max(map(cells, names[0]), default=0), cells(titles[0]))
    gutter = min(room + 2, width // 3)
    wide = min(_WIDEST, max(_NARROW, (width - gutter) // len(names[1])))
    tall = min(_TALLEST, max(1, (height - 2) // len(names[0])))
    columns = _around(len(names[1]), chosen[1], max(1, (width - gutter) // wide))
    rows = _around(len(names[0]), chosen[0], max(1, (height - 2) // tall))
    above: list[Span] = [(" " * gutter, "dim"), (crop(titles[1], width - gutter, glyphs), "dim")]
    across: list[Span] = [(pad(crop(titles[0], gutter - 1, glyphs), gutter), "dim")]
    for column in columns:
        style = "chosen" if column == chosen[1] else "name"
        across.append((pad(crop(names[1][column], wide - 1, glyphs), wide, "both"), style))
    lines = [fit(above, width), fit(across, width)]
    for row in rows:
        name = crop(names[0][row], gutter - 2, glyphs)
        style = "chosen" if row == chosen[0] else "name"
        beside: list[Span] = [(name, style), (" " * (gutter - cells(name)), "dim")]
        parts = [
            _tile(tiles[row][column], wide, tall, glyphs, (row, column) == chosen, textured)
            for column in columns
        ]
        for y in range(tall):
            head = beside if y == (tall - 1) // 2 else [(" " * gutter, "dim")]
            lines.append(fit([*head, *(span for part in parts for span in part[y])], width))
    lines += [fit((), width)] * (height - len(lines))
    left_out = len(names[0]) * len(names[1]) - len(rows) * len(columns)
    return Map(lines[:height], gutter, 2, wide, tall, rows, columns, left_out)


def _tile(
    tile: Tile, wide: int, tall: int, glyphs: Glyphs, chosen: bool, textured: bool
) -> list[list[Span]]:
    """Return the lines of one tile."""
    inner = wide - 1
    shade = f"shade-{tile.level}" if tile.level >= 0 else "empty"
    fill = " "
    if textured and tile.level >= 0:
        last = len(glyphs.shades) - 1
        fill = glyphs.shades[round(tile.level * last / (SHADES - 1))]
    mean, half = tile.mean, tile.half
    both = f"{mean} {half}" if half and cells(mean + half) + 3 <= inner else mean
    middle = (tall - 1) // 2
    under = half if both == mean and tall > middle + 1 and tall > 1 else ""
    out: list[list[Span]] = []
    for y in range(tall):
        text = both if y == middle else under if y == middle + 1 else ""
        text = crop(text, inner - 2, glyphs)
        style = f"{shade}-bold" if y == middle and tile.level >= 0 and tile.whole else shade
        if text:
            left = (inner - cells(text)) // 2 - 1
            right = inner - cells(text) - left - 2
            if chosen and y == middle and left >= 0 and right >= 0:
                text = f"{glyphs.more}{text}{glyphs.less}"
                style = "here"
            else:
                text = f" {text} "
            spans: list[Span] = [(fill * left, shade), (text, style), (fill * right, shade)]
        else:
            spans = [(fill * inner, shade)]
        out.append([*spans, (" ", "text")])
    return out


def _around(count: int, chosen: int, room: int) -> range:
    """Return which of so many are shown where there is room for fewer."""
    first = min(max(0, chosen - room // 2), max(0, count - room))
    return range(first, min(count, first + room))
