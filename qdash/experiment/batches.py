"""Two labs that run side by side, as figures: how they differ so far, by batches of their time.

Virtual time is cut into batches of equal length, the same for both labs. With common random numbers
the two figures of a batch vary together; how their difference varies from batch to batch says how
sure it is. The first batch is left out, as the warm-up. Batches are few and long, so that they are
nearly independent; as long as little has happened the intervals are still too narrow, and
replications say it better.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from qdash import events as ev
from qdash.events import Event
from qdash.experiment.compared import COMPARED, Compared, Comparison
from qdash.experiment.intervals import Interval, paired

if TYPE_CHECKING:
    from qdash.history import History
    from qdash.state import State

FEWEST: Final = 5
"""So many batches there must be before the difference has an interval."""

_MOST: Final = 12  # batches, the first among them: then two become one
_SHORTEST: Final = 0.5  # seconds that a batch begins with
_CLASS: Final = math.log(1.005)  # waits are kept in classes 0.5 % wide, so that memory is bounded
_AT_ONCE: Final = -(10**9)  # the class of what did not wait
_PART: Final = 500  # events between two looks at the clock
_TOTALS: Final = frozenset({"lost"})  # measures that grow with time; all others are means


class Tally:
    """What is added up over a stretch of time in one lab."""

    __slots__ = (
        "area", "done", "full", "lived_giving", "lived_taking", "lost", "puts", "putting",
        "refused", "seconds", "wait_sum", "waits", "working",
    )  # fmt: skip

    def __init__(self) -> None:
        self.seconds = self.area = self.full = 0.0
        self.lived_giving = self.putting = self.lived_taking = self.working = 0.0
        self.done = self.puts = self.refused = self.lost = 0
        self.wait_sum = 0.0
        self.waits: Counter[int] = Counter()

    def add(self, other: Tally) -> None:
        """Add another stretch of time."""
        for name in self.__slots__:
            if name == "waits":
                self.waits.update(other.waits)
            else:
                setattr(self, name, getattr(self, name) + getattr(other, name))

    def figures(self) -> dict[str, float | None]:
        """Return the measures by their names; None where there was nothing to measure."""
        got = self.waits.total()
        offered = self.puts + self.refused
        return {
            "throughput": _part(self.done, self.seconds),
            "wait.mean": _part(self.wait_sum, got),
            "wait.p95": self._p95(got),
            "blocked_share": _part(self.putting, self.lived_giving),
            "full": _part(self.full, self.seconds),
            "utilisation": _part(self.working, self.lived_taking),
            "depth.mean": _part(self.area, self.seconds),
            "refused": _part(self.refused, offered),
            "lost": float(self.lost),
        }

    def _p95(self, got: int) -> float | None:
        rank, seen = math.ceil(got * 0.95), 0
        for key in sorted(self.waits):
            seen += self.waits[key]
            if seen >= rank:
                return 0.0 if key == _AT_ONCE else math.exp((key + 0.5) * _CLASS)
        return None


def _part(value: float, whole: float) -> float | None:
    return value / whole if whole > 0 else None


class Gauge:
    """Measures one queue of a lab, and who puts and gets there, from its events.

    It is the queue of that name, or the first. Events are taken from a history, by their numbers,
    so that none is missed or taken twice.
    """

    def __init__(self, layout: Sequence[Sequence[str]], queue: str = "") -> None:
        self.began = self.t = 0.0
        """When the first batch begins, and up to when all is measured, in virtual seconds."""
        self.changed = 0.0
        """When a setting was changed the last time."""
        self.width = _SHORTEST
        """How long a batch is, in virtual seconds."""
        self.queue = queue
        self._given, self._taken = _roles(layout, queue)
        self._next = 0  # the number of the event to be folded next
        self._forget()
        self._batches: list[Tally] = []
        self._tally = Tally()
        self._folds: dict[type[Event], Callable[[Any], None]] = {
            ev.QueueMade: self._queue_made,
            ev.PutWaiting: self._put_waiting,
            ev.Put: self._put,
            ev.PutRefused: self._put_refused,
            ev.Got: self._got,
            ev.GetRefused: self._get_refused,
            ev.Dropped: self._dropped,
            ev.TaskDone: self._task_done,
            ev.Resized: self._resized,
            ev.WorkerStarted: self._worker_started,
            ev.WorkerEnded: self._worker_ended,
            ev.Working: self._working,
            ev.Worked: self._worked,
            ev.SettingChanged: self._setting_changed,
        }

    # --- time ------------------------------------------------------------------------------------

    @property
    def batches(self) -> list[Tally]:
        """The batches that are over."""
        return self._batches

    def begin(self, t: float) -> None:
        """Measure anew from virtual time ``t`` on, in seconds, which is not before ``self.t``."""
        self.began, self.width = t, _SHORTEST
        self._batches, self._tally = [], Tally()

    def advance(self, t: float) -> None:
        """Let time pass up to ``t`` in which nothing happened."""
        while t >= (edge := self.began + (len(self._batches) + 1) * self.width):
            self._pass(edge)
            self._batches.append(self._tally)
            self._tally = Tally()
            if len(self._batches) == _MOST:
                self._batches = _merged(self._batches, 2)
                self.width *= 2
        self._pass(t)

    def _pass(self, t: float) -> None:
        seconds = t - max(self.t, self.began)
        if seconds > 0:
            tally, size = self._tally, len(self._since)
            tally.seconds += seconds
            tally.area += size * seconds
            if 0 < self._maxsize <= size:
                tally.full += seconds
            tally.lived_giving += len(self._givers) * seconds
            tally.putting += len(self._putting) * seconds
            tally.lived_taking += len(self._takers) * seconds
            tally.working += len(self._at_work) * seconds
        self.t = max(self.t, t)

    # --- events ----------------------------------------------------------------------------------

    def fold(self, history: History, seconds: float) -> None:
        """Fold what the history has and this has not, for about ``seconds`` of the wall's."""
        if self._next < history.first:  # too much was let go: what is known there stands for it
            state = history.moment(history.first).state
            self._take(state)
            self._next = history.first
            self.changed = state.t
        until = monotonic() + seconds
        while self._next < history.events and monotonic() < until:
            end = min(self._next + _PART, history.events)
            for event in history.between(self._next, end):
                what = self._folds.get(type(event))
                if what is not None:
                    if event.t > self.t:
                        self.advance(event.t)
                    what(event)
            self._next = end
        state = history.now.state
        if self._next == history.events and state.t > self.t:
            self.advance(state.t)

    @property
    def folded(self) -> int:
        """How many events are folded."""
        return self._next

    def _forget(self) -> None:
        self._maxsize = 0
        self._since: dict[int, float] = {}  # when each slot that lies in the queue was filled
        self._givers: set[str] = set()
        self._takers: set[str] = set()
        self._putting: set[str] = set()  # of the givers, who waits in put
        self._at_work: set[str] = set()  # of the takers, who works

    def _take(self, state: State) -> None:
        """Know what is known at another moment."""
        self._forget()
        self.t = state.t
        self.queue = self.queue or next(iter(state.queues), "")
        if self.queue in state.queues:
            queue = state.queues[self.queue]
            self._maxsize = queue.maxsize
            self._since = {number: slot.since for number, slot in queue.slots.items()}
        for worker in state.live():
            self._start(worker.name, worker.role)
            if worker.doing == "putting" and worker.name in self._givers:
                self._putting.add(worker.name)
            elif worker.doing == "working" and worker.name in self._takers:
                self._at_work.add(worker.name)

    @property
    def _counts(self) -> bool:
        return self.t >= self.began

    def _queue_made(self, e: ev.QueueMade) -> None:
        self.queue = self.queue or e.queue
        if e.queue == self.queue:
            self._maxsize = e.maxsize

    def _put_waiting(self, e: ev.PutWaiting) -> None:
        if e.worker in self._givers:
            self._putting.add(e.worker)

    def _put(self, e: ev.Put) -> None:
        self._putting.discard(e.worker)
        if e.queue == self.queue:
            self._since[e.slot] = e.t
            if self._counts:
                self._tally.puts += 1

    def _put_refused(self, e: ev.PutRefused) -> None:
        self._putting.discard(e.worker)
        if e.queue == self.queue:
            if e.slot is not None:
                self._since[e.slot] = e.t
            if self._counts:
                self._tally.refused += 1

    def _got(self, e: ev.Got) -> None:
        if e.queue == self.queue:
            wait = e.t - self._since.pop(e.slot, e.t)
            if self._counts:
                self._tally.wait_sum += wait
                self._tally.waits[int(math.log(wait) // _CLASS) if wait > 0 else _AT_ONCE] += 1

    def _get_refused(self, e: ev.GetRefused) -> None:
        if e.slot is not None:
            self._lose(e.queue, e.slot)

    def _dropped(self, e: ev.Dropped) -> None:
        self._lose(e.queue, e.slot)

    def _lose(self, queue: str, slot: int) -> None:
        if queue == self.queue:
            self._since.pop(slot, None)
            if self._counts:
                self._tally.lost += 1

    def _task_done(self, e: ev.TaskDone) -> None:
        if e.queue == self.queue and self._counts:
            self._tally.done += 1

    def _resized(self, e: ev.Resized) -> None:
        if e.queue == self.queue:
            self._maxsize = e.new

    def _worker_started(self, e: ev.WorkerStarted) -> None:
        self._start(e.worker, e.role)

    def _start(self, worker: str, role: str) -> None:
        if role in self._given:
            self._givers.add(worker)
        elif role in self._taken:
            self._takers.add(worker)

    def _worker_ended(self, e: ev.WorkerEnded) -> None:
        for workers in (self._givers, self._takers, self._putting, self._at_work):
            workers.discard(e.worker)

    def _working(self, e: ev.Working) -> None:
        if e.worker in self._takers:
            self._at_work.add(e.worker)

    def _worked(self, e: ev.Worked) -> None:
        self._at_work.discard(e.worker)

    def _setting_changed(self, e: ev.SettingChanged) -> None:
        self.changed = e.t


def _roles(layout: Sequence[Sequence[str]], queue: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the roles that stand on the left of a queue, or the first, and those on its right."""
    given, taken = set(), set()
    first = next((station for row in layout for station in row if station.startswith("@")), "")
    first = f"@{queue}" if queue else first
    for row in layout:
        for before, after in pairwise(row):
            if after == first:
                given.add(before)
            if before == first:
                taken.add(after)
    return frozenset(given), frozenset(taken - given)


def _merged(batches: list[Tally], count: int) -> list[Tally]:
    """Let each ``count`` batches be one; what is left over at the end is left out."""
    out = []
    for at in range(0, len(batches) - count + 1, count):
        whole = Tally()
        for batch in batches[at : at + count]:
            whole.add(batch)
        out.append(whole)
    return out


# --- two of them -------------------------------------------------------------------------------


class Pair:
    """Measures two labs over the same time, anew from each change of a setting of either.

    ``since`` is when they began to differ, in virtual seconds; ``queue`` is as for a gauge.
    """

    def __init__(
        self, layout: Sequence[Sequence[str]], since: float = 0.0, queue: str = ""
    ) -> None:
        self.gauges = Gauge(layout, queue), Gauge(layout, queue)
        self._changed = since
        for gauge in self.gauges:
            gauge.begin(since)

    def fold(self, first: History, second: History, seconds: float) -> None:
        """Fold what has happened in both, each for about ``seconds`` of the wall's at most."""
        for gauge, history in zip(self.gauges, (first, second), strict=True):
            gauge.fold(history, seconds)
        changed = max(gauge.changed for gauge in self.gauges)
        if changed > self._changed:
            self._changed = changed
            since = max(changed, *(gauge.t for gauge in self.gauges))
            for gauge in self.gauges:
                gauge.begin(since)

    def stand_still(self, which: int, t: float) -> None:
        """Let time pass up to ``t`` in a lab in which nothing can happen any more."""
        if t > self.gauges[which].t:
            self.gauges[which].advance(t)

    @property
    def key(self) -> tuple[object, ...]:
        """What tells one comparison from the next: it changes when another batch is over."""
        return (*self._cut(), self.gauges[0].queue)

    def _cut(self) -> tuple[float, float, int]:
        """Return since when, in which width and by how many batches both can be compared."""
        width = max(gauge.width for gauge in self.gauges)
        counts = [int(len(g.batches) // (width / g.width)) for g in self.gauges]
        return self.gauges[0].began, width, min(counts)

    def compare(self) -> Comparison:
        """Return the figures of both over the batches that are over in both."""
        began, width, count = self._cut()
        queue = self.gauges[0].queue
        if count < 2:
            return Comparison(since=began, until=began + count * width, width=width, queue=queue)
        both = [
            _merged(gauge.batches, round(width / gauge.width))[1:count] for gauge in self.gauges
        ]
        figures = [[batch.figures() for batch in batches] for batches in both]
        whole = [_merged(batches, count - 1)[0].figures() for batches in both]
        rows = tuple(
            Compared(
                name,
                whole[0][name],
                whole[1][name],
                _difference(name, whole, [[each[name] for each in lab] for lab in figures]),
            )
            for name in COMPARED
        )
        return Comparison(rows, began + width, began + count * width, width, count - 1, queue)


def _difference(
    name: str,
    whole: list[dict[str, float | None]],
    batches: list[list[float | None]],
) -> Interval | None:
    """Return the difference over the whole time, and how sure it is by that of the batches."""
    first, second = whole[0][name], whole[1][name]
    if first is None or second is None:
        return None
    found = paired(batches[0], batches[1])
    if found is None or found.half is None or found.n < FEWEST:
        return Interval(second - first, None, 0 if found is None else found.n)
    times = found.n if name in _TOTALS else 1
    return Interval(second - first, found.half * times, found.n)
