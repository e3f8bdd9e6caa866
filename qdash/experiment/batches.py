"""Two labs that run side by side, as figures: how they differ so far, by batches of their time.

Virtual time is cut into batches of equal length, the same for both labs. With common random numbers
the two figures of a batch vary together; how their difference varies from batch to batch says how
sure it is, or that nobody can say yet: see ``steady``. The first quarter is left out, as the
warm-up.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

from qdash import events as ev
from qdash.events import Event
from qdash.experiment.compared import COMPARED, Compared, Comparison
from qdash.experiment.intervals import Interval
from qdash.experiment.steady import FEWEST, LONG, half_width, memory
from qdash.experiment.tally import TOTALS, Tally, merged, shares

if TYPE_CHECKING:
    from qdash.history import History
    from qdash.state import State

_MOST: Final = 64  # batches: then two become one
_WARM: Final = 4  # of so many batches one is left out, at the beginning
_SHORTEST: Final = 0.5  # seconds that a batch begins with
_PART: Final = 500  # events between two looks at the clock


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
    def maxsize(self) -> int:
        """How many items the queue holds; 0 is unbounded."""
        return self._maxsize

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
                self._batches = merged(self._batches, 2)
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

    def take(self, event: Event) -> None:
        """Fold an event, which is the next of those that it is to know of."""
        what = self._folds.get(type(event))
        if what is not None:
            if event.t > self.t:
                self.advance(event.t)
            what(event)

    def fold(self, history: History, seconds: float) -> None:
        """Fold what the history has and this has not, for about ``seconds`` of the wall's."""
        if self._next < history.first:  # too much was let go: what is known there stands for it
            state = history.moment(history.first).state
            self._know(state)
            self._next = history.first
            self.changed = state.t
        until = monotonic() + seconds
        while self._next < history.events and monotonic() < until:
            end = min(self._next + _PART, history.events)
            for event in history.between(self._next, end):
                self.take(event)
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

    def _know(self, state: State) -> None:
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
                self._tally.waited(wait)

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

    def sides(self) -> tuple[Side, Side] | None:
        """Return what was measured in both, without the warm-up; None if that is nothing yet."""
        _, width, count = self._cut()
        if count < 2:
            return None
        warm = max(1, count // _WARM)
        first, second = (Side(gauge, width, warm, count) for gauge in self.gauges)
        return first, second

    def compare(self) -> Comparison:
        """Return the figures of both over the batches that are over in both."""
        began, width, count = self._cut()
        queue, until, sides = self.gauges[0].queue, began + count * width, self.sides()
        if sides is None:
            return Comparison(since=began, until=until, width=width, queue=queue)
        needed = LONG * max(side.memory for side in sides)
        sure = until - began >= needed
        rows = tuple(_compared(name, *sides, sure) for name in COMPARED)
        more = max(needed - (until - began), (FEWEST * _WARM / (_WARM - 1) - count) * width, 0.0)
        kept = len(sides[0].batches)
        return Comparison(
            rows=rows,
            since=until - kept * width,
            until=until,
            width=width,
            batches=kept,
            queue=queue,
            more=more if math.isfinite(more) else None,
        )


class Side:
    """What was measured in one lab, in batches of ``width`` from ``warm`` up to ``count``."""

    def __init__(self, gauge: Gauge, width: float, warm: int, count: int) -> None:
        self.batches = merged(gauge.batches, round(width / gauge.width))[warm:count]
        self.whole = whole = merged(self.batches, len(self.batches))[0]
        self.figures = whole.figures()
        self.memory = memory(
            servers=whole.lived_taking / whole.seconds,
            busy=whole.working / whole.lived_taking if whole.lived_taking else 0.0,
            service=whole.working / whole.done if whole.done else 0.0,
            done=whole.done,
            room=gauge.maxsize,
        )
        """In how many seconds the queue forgets how it was; 0 where that is not known."""

    def moved(self, name: str) -> list[float] | None:
        """Return by how much each batch moves a measure; None where nobody can say."""
        return shares(name, self.whole, self.batches)


def _compared(name: str, first: Side, second: Side, sure: bool) -> Compared:
    """Return a measure of both, and how they differ, with an interval if that can be sure."""
    one, other = first.figures[name], second.figures[name]
    if one is None or other is None:
        return Compared(name, one, other, None)
    n, half = len(first.batches), None
    moved, more = first.moved(name), second.moved(name)
    # What was never seen in either may be rare: that it did not vary says nothing.
    if sure and moved is not None and more is not None and (any(moved) or any(more)):
        half = half_width([b - a for a, b in zip(moved, more, strict=True)])
    if half is not None and name in TOTALS:
        half *= n
    return Compared(name, one, other, Interval(other - one, half, n))
