"""Draws a measure against one setting: the means as a line, their intervals as bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from qdash.tui.look import Glyphs
from qdash.tui.widgets.experiment_axis import Scale, stand
from qdash.tui.widgets.experiment_text import ticks
from qdash.tui.widgets.stage_text import Line, cells, crop, fit, pad
from qdash.tui.widgets.timeaxis_draw import Cell, merge, spread

_DOTS: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""The bits of the dots of a braille character, by column and row."""
_LEAST: Final = 3
"""How many columns a point has at least."""


class Spot(NamedTuple):
    """One point of the line; figures are in the unit in which they are shown.

    ``value`` is where it stands on the axis, None where that is no number.
    """

    label: str
    value: float | None
    mean: float | None
    half: float | None
    expected: float | None
    whole: bool
    """Whether all of its runs are there."""


class Drawing(NamedTuple):
    """Lines of one width, and which point is under each column; -1 is none."""

    lines: list[Line]
    points: list[int]
    left_out: int
    """How many points there is no room for."""
    scale: Scale
    """What distances along the axis mean."""


def draw_lines(
    spots: Sequence[Spot], chosen: int, width: int, height: int, glyphs: Glyphs
) -> Drawing:
    """Draw the points in ``height`` lines, the last of which names their values.

    Where there are more points than columns for them, those around the chosen one are shown.
    """
    rows = max(1, height - 2)
    names = ticks(*_span(spots), max(3, min(6, rows // 2)))
    low, high = names[0][0], names[-1][0]
    # So many lines that each number is right on one.
    between = len(names) - 1
    used = (rows - 1) // between * between or rows - 1
    gutter = min(max(cells(name) for _, name in names) + 2, width // 3)
    columns = max(1, width - gutter - 1)
    first, shown = _window(spots, chosen, columns)
    centres, scale = stand([spot.value for spot in shown], columns)
    grid: list[list[Cell]] = [[(" ", "text")] * columns for _ in range(rows)]

    def level(value: float) -> float:
        """How far from the top a value lies, in lines."""
        return rows - 1 - (value - low) / (high - low) * used

    labels: dict[int, str] = {}
    for value, name in names:
        row = round(level(value))
        labels[row] = name
        grid[row] = [(glyphs.limit, "grid")] * columns
    known = [(x, level(s.mean)) for x, s in zip(centres, shown, strict=True) if s.mean is not None]
    if any(spot.value is not None for spot in shown):  # between words there is nothing
        _join(grid, known, glyphs)
    for n, (x, spot) in enumerate(zip(centres, shown, strict=True)):
        _mark(grid, x, spot, level, glyphs, chosen=first + n == chosen)
    lines = []
    for y, row_cells in enumerate(grid):
        name = pad(crop(labels.get(y, ""), gutter - 1, glyphs), gutter - 1, "left")
        edge = glyphs.edge if y in labels else glyphs.upright
        lines.append(fit([(name + " ", "dim"), (edge, "dim"), *merge(row_cells)], width))
    corner = glyphs.corner[2]
    axis: list[Cell] = [(glyphs.line, "dim")] * columns
    for x in centres:
        axis[x] = (glyphs.caps[0], "dim")
    lines.append(fit([(" " * gutter, "dim"), (corner, "dim"), *merge(axis)], width))
    under = _names(shown, centres, columns, chosen - first, glyphs)
    lines.append(fit([(" " * (gutter + 1), "dim"), *merge(under)], width))
    points = [-1] * (gutter + 1) + [
        first + min(range(len(shown)), key=lambda n: abs(centres[n] - x)) for x in range(columns)
    ]
    return Drawing(lines[-height:], points, len(spots) - len(shown), scale)


def _span(spots: Sequence[Spot]) -> tuple[float, float]:
    ends: list[float] = []
    for spot in spots:
        if spot.mean is not None:
            half = spot.half or 0.0
            ends += [spot.mean - half, spot.mean + half]
            if spot.expected is not None:
                ends.append(spot.expected)
    if not ends:
        return 0.0, 1.0
    low = min(ends)
    if all((spot.mean or 0.0) >= 0 for spot in spots):
        low = max(low, 0.0)  # what cannot be below nothing: an interval may reach there
    return low, max(max(ends), low)


def _window(spots: Sequence[Spot], chosen: int, columns: int) -> tuple[int, Sequence[Spot]]:
    """Return the number of the first point shown, and those that are."""
    most = max(1, columns // _LEAST)
    if len(spots) <= most:
        return 0, spots
    first = min(max(0, chosen - most // 2), len(spots) - most)
    return first, spots[first : first + most]


def _join(grid: list[list[Cell]], known: Sequence[tuple[int, float]], glyphs: Glyphs) -> None:
    """Draw a line from each point to the next, in dots of a quarter of a line."""
    rows, columns = len(grid), len(grid[0])
    bits: dict[tuple[int, int], int] = {}
    for (x0, y0), (x1, y1) in pairwise(known):
        left, right = x0 * 2 + 1, x1 * 2 + 1
        before = None
        for x in range(left, right + 1):
            y = round((y0 + (y1 - y0) * (x - left) / max(1, right - left)) * 4 + 1.5)
            for at in _between(before, y):
                if 0 <= at // 4 < rows and 0 <= x // 2 < columns:
                    key = at // 4, x // 2
                    bits[key] = bits.get(key, 0) | _DOTS[x % 2][at % 4]
            before = y
    for (row, column), dots in bits.items():
        char = chr(0x2800 + dots) if glyphs.braille else "."
        grid[row][column] = (char, "line")


def _between(before: int | None, now: int) -> range:
    """Return the dots of one column, so that a steep line has no gaps."""
    if before is None or abs(now - before) < 2:
        return range(now, now + 1)
    return range(before + 1, now + 1) if now > before else range(now, before)


def _mark(
    grid: list[list[Cell]],
    x: int,
    spot: Spot,
    level: Callable[[float], float],
    glyphs: Glyphs,
    *,
    chosen: bool,
) -> None:
    """Draw what theory expects, the interval, and the mean in the middle of it."""
    rows = len(grid)

    def row(value: float) -> int:
        return min(max(round(level(value)), 0), rows - 1)

    if spot.expected is not None and spot.mean is not None and x + 1 < len(grid[0]):
        grid[row(spot.expected)][x + 1] = (glyphs.expected, "theory")
    if spot.mean is None:
        return
    middle = row(spot.mean)
    # As far up as down: rounded each for itself, an end in the line of the mean would be lost.
    reach = round(abs(level(spot.mean + spot.half) - level(spot.mean))) if spot.half else 0
    for y in range(max(0, middle - reach), min(rows, middle + reach + 1)):
        cap = glyphs.caps[y > middle] if abs(y - middle) == reach else glyphs.upright
        grid[y][x] = (cap, "bar")
    sign = glyphs.token if spot.whole else glyphs.partly
    grid[middle][x] = (sign, "chosen" if chosen else "point")


def _names(
    shown: Sequence[Spot], centres: Sequence[int], columns: int, chosen: int, glyphs: Glyphs
) -> list[Cell]:
    """Name the points below the axis: the chosen one first, then as many as there is room for."""
    out: list[Cell] = [(" ", "dim")] * columns
    taken = [False] * (columns + 1)
    order = [chosen, *(n for n in range(len(shown)) if n != chosen)]
    for n in order:
        if not 0 <= n < len(shown):
            continue
        name = crop(shown[n].label, columns, glyphs)
        size = cells(name)
        start = min(max(0, centres[n] - size // 2), columns - size)
        if not any(taken[max(0, start - 1) : start + size + 1]):
            out[start : start + size] = spread(name, "chosen" if n == chosen else "name")
            taken[start : start + size] = [True] * size
    return out
