"""The figures of a run: depth over time, waits, and how workers spend theirs, folded from events.

Depth and fullness are averages over virtual time; waits and blocked puts are taken over items.
Memory is bounded: past ``EXACT_LIMIT`` samples, percentiles come from logarithmic classes 0.5 %
wide; past ``ENDED_LIMIT`` workers that are over, the oldest are added up under their role.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from qdash import events as ev
from qdash.events import Event, Got, Made, Put, TaskDone

EXACT_LIMIT: Final = 1_000_000
"""How many samples of one kind are kept as they are; their percentiles are exact."""
ENDED_LIMIT: Final = 200
"""How many workers that are over are kept one by one."""

_CLASS: Final = math.log(1.005)
_SWEEP: Final = 0xFFFF  # samples are looked through each time this many slots have been served


class Sample:
    """Times in seconds, of which only those above zero are recorded."""

    def __init__(self) -> None:
        self.values = array("d")
        self.add = self.values.append
        self._classes: Counter[int] = Counter()
        self._condensed = 0
        self._sum = 0.0
        self._max = 0.0

    @property
    def count(self) -> int:
        """How many were recorded."""
        return self._condensed + len(self.values)

    @property
    def total(self) -> float:
        """The sum of them all, in seconds."""
        return self._sum + math.fsum(self.values)

    @property
    def exact(self) -> bool:
        """Whether percentiles are exact, and not to 0.25 %."""
        return not self._condensed

    def bound(self) -> None:
        """Turn the values into classes, if there are more than ``EXACT_LIMIT``."""
        if len(self.values) > EXACT_LIMIT or self._condensed:
            log = math.log
            self._classes.update(int(log(value) // _CLASS) for value in self.values)
            self._condensed += len(self.values)
            self._sum += math.fsum(self.values)
            self._max = max(self._max, max(self.values, default=0.0))
            del self.values[:]

    def spread(self, count: int) -> dict[str, float | None]:
        """Return mean, p50, p95, p99 and max over ``count`` samples, those not recorded being 0.

        A percentile is the smallest sample that is at least as large as that part of them; all
        are None where there are no samples.
        """
        names = ("mean", "p50", "p95", "p99", "max")
        if count == 0:
            return dict.fromkeys(names)
        if self._condensed:
            self.bound()
        zeros = count - self.count
        largest = max(self._max, max(self.values, default=0.0))
        ranks = [math.ceil(count * part) - zeros for part in (0.50, 0.95, 0.99)]
        values = (self.total / count, *self._ranked(ranks, largest), largest)
        return dict(zip(names, values, strict=True))

    def _ranked(self, ranks: list[int], largest: float) -> list[float]:
        """Return the samples of these ranks, counted from 1 among those that were recorded."""
        if self.exact:
            values = sorted(self.values)
            return [values[rank - 1] if rank > 0 else 0.0 for rank in ranks]
        found, seen = [0.0] * len(ranks), 0
        for key in sorted(self._classes):
            before, seen = seen, seen + self._classes[key]
            for at, rank in enumerate(ranks):
                if before < rank <= seen:
                    found[at] = min(math.exp((key + 0.5) * _CLASS), largest)
        return found


class QueueStats:
    """The figures of one queue."""

    __slots__ = (
        "at_once", "began", "depth_max", "done", "dropped", "full_since", "full_time",
        "gone_total", "lost", "maxsize", "owed_less", "put_blocked", "putting", "since", "stayed",
        "wait",
    )  # fmt: skip

    def __init__(self, t: float, maxsize: int) -> None:
        self.began = t
        self.maxsize = maxsize
        self.since: dict[int, float] = {}  # when each slot that lies in the queue was filled
        self.putting: dict[str, float] = {}  # since when who waits in put
        self.wait = Sample()
        self.put_blocked = Sample()
        self.at_once = 0  # how many were got at the instant at which they were put
        self.done = 0
        self.dropped = 0
        self.owed_less = 0  # dropped items that were counted as done
        self.lost = 0  # by a get that failed
        self.stayed = 0  # in the heap, although their put failed
        self.gone_total = 0.0  # how long those that were dropped or lost had lain there, in all
        self.depth_max = 0
        self.full_time = 0.0  # up to ``full_since``
        self.full_since: float | None = None  # None: it is not full

    @property
    def size(self) -> int:
        """How many things lie in the queue."""
        return len(self.since)

    @property
    def got(self) -> int:
        """How many gets succeeded."""
        return self.wait.count + self.at_once

    @property
    def put(self) -> int:
        """How many puts succeeded."""
        return self.got + self.size + self.dropped + self.lost - self.stayed

    @property
    def unfinished(self) -> int:
        """How many items were put and are not yet marked done."""
        return self.put - self.done - self.owed_less

    def fill_up(self, t: float) -> None:
        """Note whether it is full from ``t`` on: after each change but a put below ``maxsize``."""
        if self.full_since is not None:
            self.full_time += t - self.full_since
        self.full_since = t if 0 < self.maxsize <= len(self.since) else None

    def remove(self, t: float, slot: int) -> None:
        """Take out what nobody got."""
        self.gone_total += t - self.since.pop(slot, t)
        self.fill_up(t)

    def depth_mean(self, end: float) -> float:
        """Return the mean depth from the queue's beginning to ``end``, in items.

        Depth summed over time is the time that each item lay there, summed over items.
        """
        if end <= self.began:
            return float(self.size)
        inside = math.fsum(end - t for t in self.since.values())
        return (self.wait.total + self.gone_total + inside) / (end - self.began)

    def full_fraction(self, end: float) -> float:
        """Return the part of the time to ``end`` in which the queue was full, from 0 to 1."""
        full = self.full_since is not None
        if end <= self.began:
            return float(full)
        now = end - self.full_since if self.full_since is not None else 0.0
        return (self.full_time + now) / (end - self.began)

    def figures(self, end: float) -> dict[str, Any]:
        """Return all figures up to ``end``, as the JSON of a run has them."""
        return {
            "maxsize": self.maxsize,
            "size": self.size,
            "put": self.put,
            "got": self.got,
            "done": self.done,
            **({"dropped": self.dropped} if self.dropped else {}),
            "unfinished": self.unfinished,
            "depth_mean": self.depth_mean(end),
            "depth_max": self.depth_max,
            "full_fraction": self.full_fraction(end),
            "wait": self.wait.spread(self.got),
            "put_blocked": self.put_blocked.spread(self.put),
        }


class WorkerStats:
    """The figures of one worker, or of several added up."""

    __slots__ = ("error", "got", "paused", "phase", "put", "role", "since", "spent", "timeouts")

    def __init__(self, role: str, t: float) -> None:
        self.role = role
        self.phase = "running"
        self.paused = ""  # what a stalled worker will go on with
        self.since = t
        self.spent = dict.fromkeys(_PHASES, 0.0)  # seconds in each phase, up to ``since``
        self.put = self.got = self.timeouts = 0
        self.error = ""

    @property
    def items(self) -> int:
        """How many items it got; of a worker that gets none, how many it put."""
        return self.got or self.put

    def enter(self, t: float, phase: str) -> None:
        """Do something else from ``t`` on."""
        if self.phase in self.spent:
            self.spent[self.phase] += t - self.since
        self.phase, self.since = phase, t

    def fraction(self, phases: tuple[str, ...], end: float) -> float:
        """Return the part of its life up to ``end`` spent in these phases, from 0 to 1."""
        now = end - self.since if self.phase in self.spent else 0.0
        life = sum(self.spent.values()) + now
        mine = sum(self.spent[phase] for phase in phases)
        return (mine + (now if self.phase in phases else 0.0)) / life if life > 0 else 0.0

    def add(self, other: WorkerStats) -> None:
        """Add the figures of another worker that is over."""
        for phase, seconds in other.spent.items():
            self.spent[phase] += seconds
        self.put += other.put
        self.got += other.got
        self.timeouts += other.timeouts
        self.error = other.error or self.error

    def figures(self, end: float) -> dict[str, Any]:
        """Return all figures up to ``end``, as the JSON of a run has them."""
        return {
            "role": self.role,
            "state": self.phase,
            "items": self.items,
            "busy_fraction": self.fraction(("making", "working"), end),
            "blocked_fraction": self.fraction(("putting",), end),
            "waiting_fraction": self.fraction(("getting",), end),
            "timeouts": self.timeouts,
            "error": self.error,
        }


_PHASES: Final = ("running", "making", "working", "putting", "getting", "joining", "stalled")
"""What a worker that is not over can be doing; its state is otherwise how it ended."""

_BEGINS: Final[dict[type[Event], str]] = {
    ev.Making: "making",
    ev.Made: "running",
    ev.Working: "working",
    ev.Worked: "running",
    ev.GetWaiting: "getting",
    ev.JoinWaiting: "joining",
    ev.Joined: "running",
    ev.JoinRefused: "running",
}
"""By event type: what its worker does from then on."""


class Stats:
    """The figures of a run: ``apply`` events to it, in their order."""

    def __init__(self) -> None:
        self.queues: dict[str, QueueStats] = {}
        self.workers: dict[str, WorkerStats] = {}
        self.made = 0
        self._over: deque[str] = deque()
        self._others: dict[str, tuple[int, WorkerStats]] = {}
        self._folds: dict[type[Event], Callable[[Any], object]] = {
            ev.QueueMade: self._queue_made,
            ev.PutWaiting: self._put_waiting,
            ev.PutRefused: self._put_refused,
            ev.GetRefused: self._get_refused,
            ev.Resized: self._resized,
            ev.Dropped: self._dropped,
            ev.WorkerStarted: self._worker_started,
            ev.WorkerEnded: self._worker_ended,
            ev.Stalled: self._stalled,
            ev.Resumed: self._resumed,
        }

    def apply(self, event: Event) -> None:
        """Fold one event into the figures."""
        self.apply_all((event,))

    def apply_all(self, events: Iterable[Event]) -> None:
        """Fold many events into the figures, which is faster than one at a time."""
        queues, workers, folds, begins = self.queues, self.workers, self._folds, _BEGINS
        for event in events:
            kind = type(event)
            # What every item goes through is written out here: a call for each would double it.
            if kind is Put:
                e: Any = event
                t, queue = e.t, queues[e.queue]
                since = queue.since
                since[e.slot] = t
                size = len(since)
                if size > queue.depth_max:
                    queue.depth_max = size
                if size == queue.maxsize:
                    queue.fill_up(t)
                if queue.putting and (began := queue.putting.pop(e.worker, t)) != t:
                    queue.put_blocked.add(t - began)
                worker = workers.get(e.worker)
                if worker is not None:
                    worker.put += 1
                    if worker.phase != "running":
                        worker.enter(t, "running")
            elif kind is Got:
                e = event
                t, slot, queue = e.t, e.slot, queues[e.queue]
                filled = queue.since.pop(slot, t)
                if filled != t:
                    queue.wait.add(t - filled)
                else:
                    queue.at_once += 1
                if queue.full_since is not None:
                    queue.fill_up(t)
                if not slot & _SWEEP:
                    queue.wait.bound()
                    queue.put_blocked.bound()
                worker = workers.get(e.worker)
                if worker is not None:
                    worker.got += 1
                    if worker.phase != "running":
                        worker.enter(t, "running")
            elif kind is TaskDone:
                queues[event.queue].done += 1  # type: ignore[attr-defined]
            elif kind in begins:
                e = event
                worker = workers.get(e.worker)
                if worker is not None:
                    phase, spent, t = worker.phase, worker.spent, e.t
                    if phase in spent:  # it is not over
                        if t != worker.since:
                            spent[phase] += t - worker.since
                            worker.since = t
                        worker.phase = begins[kind]
                if kind is Made:
                    self.made += 1
            elif kind in folds:
                folds[kind](event)

    def figures(self, end: float) -> dict[str, dict[str, Any]]:
        """Return the figures of every queue and worker up to ``end``, in virtual seconds.

        Workers past ``ENDED_LIMIT`` stand together under a name that says how many they are.
        """
        workers = {name: worker.figures(end) for name, worker in self.workers.items()}
        for role, (count, worker) in self._others.items():
            workers[f"{role} ({count:,} more, ended)"] = worker.figures(end)
        return {
            "queues": {name: queue.figures(end) for name, queue in self.queues.items()},
            "workers": workers,
        }

    # --- queues ----------------------------------------------------------------------------------

    def _queue_made(self, e: ev.QueueMade) -> None:
        self.queues[e.queue] = QueueStats(e.t, e.maxsize)

    def _put_waiting(self, e: ev.PutWaiting) -> None:
        self.queues[e.queue].putting[e.worker] = e.t
        self._does("putting", e)

    def _put_refused(self, e: ev.PutRefused) -> None:
        queue = self.queues[e.queue]
        queue.putting.pop(e.worker, None)
        if e.slot is not None:
            queue.stayed += 1
            queue.since[e.slot] = e.t
            queue.depth_max = max(queue.depth_max, queue.size)
            queue.fill_up(e.t)
        self._refused(e)

    def _get_refused(self, e: ev.GetRefused) -> None:
        if e.slot is not None:
            self.queues[e.queue].lost += 1
            self.queues[e.queue].remove(e.t, e.slot)
        self._refused(e)

    def _refused(self, e: ev.PutRefused | ev.GetRefused) -> None:
        worker = self._does("running", e)
        if worker is not None and e.why == "timeout":
            worker.timeouts += 1

    def _dropped(self, e: ev.Dropped) -> None:
        queue = self.queues[e.queue]
        queue.dropped += 1
        queue.owed_less += e.counted
        queue.remove(e.t, e.slot)

    def _resized(self, e: ev.Resized) -> None:
        queue = self.queues[e.queue]
        queue.maxsize = e.new
        queue.fill_up(e.t)

    # --- workers ---------------------------------------------------------------------------------

    def _does(self, phase: str, e: Any) -> WorkerStats | None:
        worker = self.workers.get(e.worker)
        if worker is not None and worker.phase in worker.spent:  # it is not over
            t = e.t
            worker.spent[worker.phase] += t - worker.since
            worker.phase, worker.since = phase, t
        return worker

    def _stalled(self, e: ev.Stalled) -> None:
        worker = self.workers.get(e.worker)
        if worker is not None and worker.phase in _PHASES:
            before = worker.paused if worker.phase == "stalled" else worker.phase
            worker.enter(e.t, "stalled")
            worker.paused = before

    def _resumed(self, e: ev.Resumed) -> None:
        worker = self.workers.get(e.worker)
        if worker is not None and worker.phase == "stalled":
            worker.enter(e.t, worker.paused)

    def _worker_started(self, e: ev.WorkerStarted) -> None:
        worker = self.workers.get(e.worker)
        if worker is None:
            self.workers[e.worker] = WorkerStats(e.role, e.t)
        else:  # one that failed and was started again
            worker.enter(e.t, "running")

    def _worker_ended(self, e: ev.WorkerEnded) -> None:
        worker = self._does(e.how, e)
        if worker is None:
            return
        worker.error = e.error
        self._over.append(e.worker)
        if len(self._over) > ENDED_LIMIT:
            name = self._over.popleft()
            oldest = self.workers.get(name)
            if oldest is not None and oldest.phase not in _PHASES:
                del self.workers[name]
                count, others = self._others.get(oldest.role, (0, WorkerStats(oldest.role, e.t)))
                others.phase = "ended"
                others.add(oldest)
                self._others[oldest.role] = (count + 1, others)
