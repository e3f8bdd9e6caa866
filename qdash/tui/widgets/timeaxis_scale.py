"""Which stretch of time the axis shows, in columns of how many seconds, and its ticks.

Columns are counted from the beginning of time, each a power of two seconds wide: so a column
holds the same stretch for as long as it is in sight, and the past does not shimmer.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, log2, nextafter
from typing import Final, NamedTuple

from qdash.track import COLUMNS, FINEST, WIDEST
from qdash.tui.view import View
from qdash.words import tr

SPAN: Final = 24.0
"""How many seconds on the wall are in sight at least, unless somebody zooms."""
MOST: Final = COLUMNS - 16
"""How many columns there are at most, on however wide a screen."""
PAINTS: Final = 8
"""How often a second the axis may move on."""
_FREE_PAINTS: Final = 64
"""In how many parts of the window it moves on when virtual time has no speed."""
_STEPS: Final = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800,
    3_600, 7_200, 14_400, 21_600, 43_200,
)  # fmt: skip
_DAY: Final = 86_400


class Window(NamedTuple):
    """So many columns from number ``first`` on, each ``width`` seconds wide, known ``until``."""

    width: float
    first: int
    columns: int
    until: float
    known: float
    """Up to when nothing can be added any more."""

    @property
    def start(self) -> float:
        """When the first column begins, in seconds."""
        return self.first * self.width

    @property
    def end(self) -> float:
        """When the last column ends, in seconds."""
        return (self.first + self.columns) * self.width

    def column(self, t: float) -> int:
        """Return the column of the time ``t``; it may lie outside."""
        return int(t // self.width) - self.first

    def end_of(self, column: int) -> float:
        """Return the last instant of a column, when all that it shows has happened."""
        return nextafter((self.first + column + 1) * self.width, 0.0)


def window(view: View, columns: int, zoom: int = 0) -> Window:
    """Return what to show in ``columns`` columns; each ``zoom`` halves the seconds in sight.

    At a speed, that is what passed in SPAN seconds on the wall; at free speed the whole run.
    The column that is still going on shows only while time stands still.
    """
    columns = max(1, min(columns, MOST))
    now = max(view.position, view.state.t)
    ended = view.state.ended is not None
    if ended:
        now = view.state.t
    width = _width(view.speed, now, columns, zoom)
    k = int(now // width)
    if view.paused or ended:
        k += 1
    else:
        jump = columns // _FREE_PAINTS if view.speed is None else view.speed / PAINTS / width
        jump = 2 ** ceil(log2(max(1.0, jump)))
        k = k // jump * jump
    k = max(k, 1)
    first = max(0, k - columns)
    return Window(width, first, min(k - first, columns), now, view.state.t)


def page(view: View, columns: int, zoom: int = 0) -> Window:
    """Return what to show around a moment of the past, with what came after it.

    It stands still while the moment moves to and fro in its middle half.
    """
    columns = max(1, min(columns, MOST))
    width = _width(view.speed, view.now, columns, zoom)
    last = int(view.now // width) + 1
    half = max(1, columns // 2)
    turn = int(view.position // width) // half
    end = min(max(turn * half + half + half // 2, columns), last)
    first = max(0, end - columns)
    until = min(end * width, view.now)
    return Window(width, first, end - first, until, until)


def _width(speed: float | None, now: float, columns: int, zoom: int) -> float:
    span = max(SPAN, now) if speed is None else SPAN * speed
    width: float = min(max(2.0 ** (ceil(log2(span / columns)) - zoom), FINEST), WIDEST)
    return width


def ticks(shown: Window, columns: int, room: int = 9) -> Iterator[tuple[int, str]]:
    """Yield the column and the name of each round time, at least ``room`` columns apart."""
    least = room * shown.width
    step = next((step for step in _STEPS if step >= least), None)
    if step is None:
        step = _DAY * 2 ** max(0, ceil(log2(least / _DAY)))
    number = ceil(shown.start / step)
    while (column := shown.column(t := number * step)) < columns:
        yield column, clock(t, step)
        number += 1


def clock(t: float, step: float) -> str:
    """Return a time as it stands on an axis with ticks ``step`` seconds apart."""
    if step >= _DAY:
        return f"{t / _DAY:,.0f} d"
    if t < 60 or step < 1:
        places = 0 if step >= 1 else 1 if step >= 0.1 else 2
        return f"{t:.{places}f} s"
    minutes, seconds = divmod(round(t), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


def length(seconds: float) -> str:
    """Return a length of time in few characters."""
    if seconds >= 2 * _DAY:
        return tr("{count} days").format(count=f"{seconds / _DAY:,.3g}")
    for unit, name in ((3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds / unit:,.3g} {name}"
    return f"{seconds:.3g} s"
