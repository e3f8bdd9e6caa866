"""A bounded past of a few numbers that change in steps along virtual time.

The latest changes are kept as they were, older ones as sums over bins, in rings of bins that are
each ``FACTOR`` times as wide as the last. A picture of the past is one of its latest columns, and
a bin never straddles two of them; so nothing of this is seen, and what is shown is exact at any
width.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

FINEST: Final = 2.0**-8
"""Width of the narrowest bins and columns, in seconds."""
FACTOR: Final = 4
LEVELS: Final = 12
COLUMNS: Final = 320
"""How many columns a picture may have."""
BINS: Final = COLUMNS * FACTOR // 2
"""How many bins a ring holds: a column is up to half ``FACTOR`` bins wide."""
POINTS: Final = 8_192
"""How many changes are kept exactly; the older half of them goes into bins when they are more."""
SEALED: Final = 128
"""So many changes at least are put away together, to be shared with copies."""

WIDTHS: Final = tuple(FINEST * FACTOR**level for level in range(LEVELS))
WIDEST: Final = WIDTHS[-1] * FACTOR / 2
"""Width of the widest columns, in seconds."""

Pairs: TypeAlias = tuple[tuple[int, int], ...]
Effects: TypeAlias = tuple[tuple[Pairs, Pairs], ...]
"""What each code does: by how much it changes which steps, and which ticks."""

APART: Final = 255
NOTHING: Final = 254
_TINY: Final = 5e-10
"""Less than this, in seconds, is what rounding leaves of nothing: times are whole nanoseconds."""


class _Level:
    """One ring of bins of one width, and the bin that is still open.

    ``since`` is the first bin that is whole; all before it are not known at this width. A ring
    that is ``shared`` with a copy is not written any more.
    """

    __slots__ = ("edge", "k", "no_ticks", "ring", "shared", "since", "sums", "width")

    def __init__(self, width: float, t: float, steps: int, size: int, *, whole: bool) -> None:
        self.width = width
        self.k = int(t // width)
        self.edge = (self.k + 1) * width
        self.since = self.k if whole else self.k + 1
        self.no_ticks = [0.0] * (size - steps)
        self.sums = [0.0] * size
        self.ring = array("f", bytes(4 * BINS * size))
        self.shared = False

    def copy(self) -> _Level:
        """Return one of its own that shares the ring for as long as neither of them rolls."""
        other = _Level.__new__(_Level)
        other.width, other.k, other.edge, other.since = self.width, self.k, self.edge, self.since
        other.no_ticks, other.sums, other.ring = self.no_ticks, list(self.sums), self.ring
        self.shared = other.shared = True
        return other


class _Memo:
    """Columns that were asked for and can change no more, and the steps at the end of them."""

    __slots__ = ("columns", "counts", "first", "width")

    def __init__(
        self, width: float, first: int, columns: list[list[float]], counts: list[int]
    ) -> None:
        self.width = width
        self.first = first
        self.columns = columns
        self.counts = counts

    def serves(self, width: float, first: int, count: int, times: array[float]) -> bool:
        """Tell whether the columns that are asked for go on from these."""
        end = self.first + len(self.columns)
        settled = not times or times[0] > end * width
        return width == self.width and self.first <= first < end <= first + count and not settled


class Track:
    """The past of ``steps`` numbers that hold until they change, and of ``ticks`` beside them.

    A tick is a count of what happens in an instant. Each change is told as a code, of which
    ``effects`` says what it does. ``merged``, at ``last << 6 | code``, is the one code for two that
    fall on one instant: or APART, or NOTHING if they cancel each other.
    """

    __slots__ = (
        "_codes", "_counts", "_effects", "_finest", "_levels", "_memo", "_merged", "_room",
        "_sealed", "_shared", "_size", "_steps", "_times", "t",
    )  # fmt: skip

    def __init__(
        self, steps: int, ticks: int, effects: Effects, merged: bytes | None = None
    ) -> None:
        self.t = -1.0
        self._steps = steps
        self._size = steps + ticks
        self._effects = effects
        self._merged = merged
        self._sealed: tuple[tuple[array[float], bytearray], ...] = ()
        """The older of the exact changes, which copies share: times and codes."""
        self._times = array("d")
        self._codes = bytearray()
        self._room = POINTS
        """How many changes there may be beside those that are sealed."""
        self._counts = [0] * steps
        """The steps before the first of the changes that are kept exactly."""
        self._levels: dict[int, _Level] = {}
        self._shared = False  # whether a copy has the same levels
        self._finest = LEVELS
        self._memo: _Memo | None = None

    def copy(self) -> Track:
        """Return one of its own with the same past, which both share as long as it is the same."""
        # Changes of the latest instant may still merge with others.
        settled = bisect_left(self._times, self.t)
        if settled >= SEALED:
            self._sealed = *self._sealed, (self._times[:settled], self._codes[:settled])
            self._room -= settled
            del self._times[:settled], self._codes[:settled]
        other = Track.__new__(Track)
        other.t, other._steps, other._size = self.t, self._steps, self._size
        other._effects, other._merged = self._effects, self._merged
        other._sealed, other._room = self._sealed, self._room
        other._times, other._codes = self._times[:], self._codes[:]
        other._counts, other._finest, other._levels = list(self._counts), self._finest, self._levels
        self._shared = other._shared = True
        other._memo = None
        return other

    def change(self, t: float, code: int) -> None:
        """Let a change happen at ``t`` (in seconds, not before the latest one)."""
        if t != self.t:
            self.t = t
        elif self._merged is not None:
            merged = self._merged[self._codes[-1] << 6 | code]
            if merged == NOTHING:
                del self._codes[-1], self._times[-1]
                latest = self._times or (self._sealed[-1][0] if self._sealed else (-1.0,))
                self.t = latest[-1]
                return
            if merged != APART:
                self._codes[-1] = merged
                return
        self._times.append(t)
        self._codes.append(code)
        if len(self._codes) > self._room:
            self._settle()

    def _points(self) -> tuple[array[float], bytearray]:
        """Return the times and the codes of all changes that are kept exactly."""
        if not self._sealed:
            return self._times, self._codes
        times, codes = array("d"), bytearray()
        for some_times, some_codes in (*self._sealed, (self._times, self._codes)):
            times += some_times
            codes += some_codes
        return times, codes

    # --- from exact changes to bins --------------------------------------------------------------

    def _settle(self) -> None:
        """Put the older half of the exact changes into bins."""
        half = POINTS // 2
        times, codes = self._points()
        effects, counts = self._effects, self._counts
        if self._shared:
            self._levels = {i: level.copy() for i, level in self._levels.items()}
            self._shared = False
        self._begin(times[0], reach=times[-1] - times[half])
        level = self._levels[self._finest]
        # While changes are added, the open bin counts what is now as lasting to its edge.
        sums, edge = level.sums, level.edge
        _add(sums, counts, edge - times[0])
        for t, code in zip(times[:half], codes[:half], strict=True):
            if t >= edge:
                self._roll_to(level, t)
                sums, edge = level.sums, level.edge
            left = edge - t
            steps, ticks = effects[code]
            for slot, by in steps:
                sums[slot] += by * left
                counts[slot] += by
            for slot, by in ticks:
                sums[slot] += by
        end = times[half]
        if end >= edge:
            self._roll_to(level, end)
        _add(level.sums, counts, end - level.edge)
        level.sums = [total if total > _TINY else 0.0 for total in level.sums]
        self._sealed, self._room = (), POINTS
        self._times, self._codes = times[half:], codes[half:]

    def _roll_to(self, level: _Level, t: float) -> None:
        """Close the finest open bin, which is full to its edge, and open that of ``t``."""
        level.sums = [total if total > _TINY else 0.0 for total in level.sums]
        self._roll(self._finest, level.edge, t)
        level.sums = [count * level.width for count in self._counts] + level.no_ticks

    def _begin(self, t: float, reach: float) -> None:
        """Have bins from ``t`` on, but none so narrow that they would never be read.

        A ring reaches back over BINS bins from the present; where the exact changes ``reach`` back
        further than that, they alone are read.
        """
        needed = (i for i, width in enumerate(WIDTHS) if width * (BINS + 2) > reach)
        finest, levels = next(needed, LEVELS - 1), self._levels
        first = not levels
        for i in range(self._finest, finest):
            _add(levels[i + 1].sums, levels.pop(i).sums, 1)
        for i in range(finest, self._finest):
            levels[i] = _Level(WIDTHS[i], t, self._steps, self._size, whole=first)
        self._finest = finest

    def _roll(self, i: int, t: float, until: float) -> None:
        """Let what is now last on level ``i`` from ``t`` to ``until``, beyond the open bin."""
        level, counts, size = self._levels[i], self._counts, self._size
        if level.shared:
            level.ring, level.shared = level.ring[:], False
        width, edge, k, sums, ring = level.width, level.edge, level.k, level.sums, level.ring
        if t < edge:
            _add(sums, counts, edge - t)
        at = k % BINS * size
        ring[at : at + size] = array("f", sums)
        whole = int((until - edge) // width)
        if whole:
            pure = array("f", [count * width for count in counts] + level.no_ticks)
            for bin in range(max(k + 1, k + 1 + whole - BINS), k + 1 + whole):
                at = bin % BINS * size
                ring[at : at + size] = pure
        level.k = k + 1 + whole
        start = level.k * width
        level.edge = start + width
        length = until - start
        level.sums = [count * length for count in counts] + level.no_ticks
        if i + 1 < LEVELS:
            above = self._levels[i + 1]
            above.sums = [mine + more for mine, more in zip(above.sums, sums, strict=True)]
            if start < above.edge:
                if whole:
                    _add(above.sums, counts, start - edge)
            else:
                self._roll(i + 1, edge, start)

    # --- asked by the screen ---------------------------------------------------------------------

    def columns(
        self, width: float, first: int, count: int, until: float, known: float = -1.0
    ) -> list[list[float]]:
        """Return the means of the steps and the sums of the ticks, for each of ``count`` columns.

        They begin with column ``first``; column ``k`` goes from ``k * width`` to
        ``(k + 1) * width`` seconds. ``width`` is a power of two from FINEST to WIDEST, and the
        columns are among the latest COLUMNS. What is now lasts ``until``; the mean of a column
        that is still going on is that of its part before ``until``. Columns that end before
        ``known``, to which time nothing can be added any more, are remembered for the next
        picture; they must not be changed.
        """
        until = max(until, self.t)
        memo, points = self._memo, self._points()
        if memo is not None and not memo.serves(width, first, count, points[0]):
            memo = None
        old = [] if memo is None else memo.columns[first - memo.first :]
        out = [[0.0] * self._size for _ in range(count - len(old))]
        begin = first + len(old)
        counts = list(self._counts) if memo is None else list(memo.counts)
        if memo is None:
            self._read_bins(out, width, begin)
        keep = min(int(known // width), first + count)
        kept = self._read_points(points, out, width, begin, until, counts, keep, whole=memo is None)
        self._finish(out, width, begin, until)
        out = old + out
        if kept is not None and keep > first:
            self._memo = _Memo(width, first, out[: keep - first], kept)
        return out

    def _finish(self, out: list[list[float]], width: float, first: int, until: float) -> None:
        last = int(until // width) - first
        part = until / width - first - last
        tiny = _TINY / width
        for at, column in enumerate(out):
            for slot in range(self._steps):
                if column[slot] < tiny:
                    column[slot] = 0.0
                elif at == last:
                    column[slot] /= part

    def _read_bins(self, out: list[list[float]], width: float, first: int) -> None:
        i = max(i for i, narrow in enumerate(WIDTHS) if narrow <= width)
        level = self._levels.get(i)
        if level is None:
            return
        ratio = int(width / level.width)
        steps, size, ring = self._steps, self._size, level.ring
        begin = max(level.since, level.k - BINS, first * ratio)
        for k in range(begin, min(level.k, (first + len(out)) * ratio)):
            at = k % BINS * size
            _gather(out[k // ratio - first], ring[at : at + size], steps, width)
        column = level.k // ratio - first
        if 0 <= column < len(out):
            # What the open bins of the narrower levels hold has not come up to this one yet.
            for j in range(self._finest, i + 1):
                _gather(out[column], self._levels[j].sums, steps, width)

    def _read_points(
        self,
        points: tuple[array[float], bytearray],
        out: list[list[float]],
        width: float,
        first: int,
        until: float,
        counts: list[int],
        keep: int,
        *,
        whole: bool,
    ) -> list[int] | None:
        """Add the changes that are kept exactly: all of them, or those from column ``first`` on.

        ``counts`` are the steps before them. Returns the steps at the beginning of column ``keep``.
        """
        (times, codes), effects, count, per = points, self._effects, len(out), 1 / width
        kept = None
        keep -= first
        # ``at`` is the column that counts what is now as lasting to its end.
        at = -1
        start = 0
        if not whole:
            start = bisect_left(times, first * width)
        elif times and (begin := times[0] * per - first) >= 0:
            at = int(begin)
            if at < count:
                _add(out[at], counts, at + 1 - begin)
        for t, code in zip(times[start:], codes[start:], strict=True):
            steps, ticks = effects[code]
            x = t * per - first
            if x >= keep and kept is None:
                kept = list(counts)
            if x >= count:
                break
            if x >= 0:
                column = int(x)
                while at < column:
                    at += 1
                    _add(out[at], counts, 1)
                now, left = out[column], column + 1 - x
                for slot, by in steps:
                    now[slot] += by * left
                for slot, by in ticks:
                    now[slot] += by
            for slot, by in steps:
                counts[slot] += by
        end = until * per - first
        last = min(int(end), count - 1)
        while at < last:
            at += 1
            _add(out[at], counts, 1)
        if 0 <= end < count:
            _add(out[last], counts, end - last - 1)
        return counts if kept is None else kept


def _add(sums: list[float], numbers: Iterable[float], length: float) -> None:
    for slot, number in enumerate(numbers):
        if number:
            sums[slot] += number * length


def _gather(column: list[float], sums: Sequence[float], steps: int, width: float) -> None:
    for slot, total in enumerate(sums):
        if total:
            column[slot] += total / width if slot < steps else total
