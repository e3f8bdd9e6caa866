"""The figures of a replication, folded from its events: what those of the lean lab must equal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final

from qdash import events as ev
from qdash.engine.lab import Lab
from qdash.engine.loop import Outcome
from qdash.events import Event
from qdash.measured import Times
from qdash.scenarios import scenario
from qdash.sweeps.replicate import Job

_SLICE: Final = 20_000  # callbacks between two looks at how it goes
_STANDSTILL: Final = 1_000_000  # callbacks in which no item moved, after which none will


def folded(job: Job, times: Times | None = None) -> dict[str, float | None]:
    """Run a job in a lab that tells its events, and return its figures."""
    lab = scenario(job.scenario).lab(job.settings, job.seed, times)
    gauges = _Gauges()
    lab.add_sink(gauges.apply)
    try:
        lab.start()
        if job.warmup:
            _go(lab, job.warmup, gauges)
            gauges.begin(job.warmup)
        end = _go(lab, math.inf if job.until is None else job.until, gauges)
        return gauges.figures(lab, end)
    finally:
        lab.close()


def _go(lab: Lab, until: float, gauges: _Gauges) -> float:
    """Run up to ``until``, or to where nothing happens any more; return the end of the window."""
    outcome, idle, moved = Outcome.BUDGET, 0, -1
    while outcome is Outcome.BUDGET and idle < _STANDSTILL and lab.ended is None:
        outcome = lab.advance(until, _SLICE)
        before, moved = moved, gauges.moved
        idle = idle + _SLICE if moved == before else 0
    if lab.ended is not None:
        return lab.ended.t
    return lab.loop.time() if math.isinf(until) else until


class _QueueGauge:
    """The figures of one queue, since the window began."""

    def __init__(self, t: float, maxsize: int) -> None:
        self.maxsize = maxsize
        self.since: dict[int, float] = {}  # when each slot that lies in the queue was filled
        self.putting: dict[str, float] = {}  # since when who waits in put
        self.changed = t
        self.begin(t)

    def begin(self, t: float) -> None:
        self.began = self.changed = t
        self.area = self.full = 0.0
        self.depth_max = len(self.since)
        self.waits: list[float] = []
        self.blocked: list[float] = []
        self.done = self.refused = self.dropped = self.lost = 0

    def pass_time(self, t: float) -> None:
        """Add what lay there up to ``t``: before each change."""
        size, seconds = len(self.since), t - self.changed
        self.area += size * seconds
        if 0 < self.maxsize <= size:
            self.full += seconds
        self.changed = t

    def figures(self, end: float) -> dict[str, float | None]:
        self.pass_time(end)
        seconds = end - self.began
        puts = len(self.blocked) + self.refused
        return {
            "throughput": self.done / seconds,
            **_spread("wait", self.waits),
            **_spread("blocked", self.blocked),
            "full": self.full / seconds,
            "depth.mean": self.area / seconds,
            "depth.max": float(self.depth_max),
            "refused": (self.refused + self.dropped) / puts if puts else None,
            "lost": float(self.lost),
        }


def _spread(name: str, values: list[float]) -> dict[str, float | None]:
    count = len(values)
    if not count:
        return {f"{name}.{key}": None for key in ("mean", "p50", "p95", "p99", "max")}
    values.sort()
    ranks = {key: math.ceil(count * part) for key, part in _PARTS.items()}
    return {
        f"{name}.mean": math.fsum(values) / count,
        **{f"{name}.{key}": values[rank - 1] for key, rank in ranks.items()},
    }


_PARTS: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99, "max": 1.0}


class _WorkerGauge:
    """How one worker spends its time, since the window began."""

    def __init__(self, role: str, t: float) -> None:
        self.role = role
        self.since = t
        self.phase = "running"
        self.begin(t)

    def begin(self, t: float) -> None:
        self.since = t
        self.spent = {"working": 0.0, "putting": 0.0, "running": 0.0}

    def enter(self, phase: str, t: float) -> None:
        if self.phase in self.spent:  # it is not over
            self.spent[self.phase] += t - self.since
        self.phase, self.since = phase, t


class _Gauges:
    """All that is measured of one lab: a sink for its events."""

    def __init__(self) -> None:
        self._queues: dict[str, _QueueGauge] = {}
        self._workers: dict[str, _WorkerGauge] = {}
        self._over: list[_WorkerGauge] = []
        self._began = 0.0
        self._made = 0
        self.moved = 0
        """How many things happened to items: it stands still when nothing will any more."""
        self._folds: dict[type[Event], Callable[[Any], None]] = {
            ev.QueueMade: self._queue_made,
            ev.PutWaiting: self._put_waiting,
            ev.Put: self._put,
            ev.PutRefused: self._put_refused,
            ev.Got: self._got,
            ev.GetRefused: self._get_refused,
            ev.TaskDone: self._task_done,
            ev.Dropped: self._dropped,
            ev.Resized: self._resized,
            ev.WorkerStarted: self._worker_started,
            ev.WorkerEnded: self._worker_ended,
            ev.Working: lambda e: self._does("working", e),
            ev.Worked: lambda e: self._does("running", e),
            ev.Made: self._item_made,
        }

    def apply(self, event: Event) -> None:
        fold = self._folds.get(type(event))
        if fold is not None:
            fold(event)

    def begin(self, t: float) -> None:
        """Forget what was measured so far; what there is now stays."""
        self._began, self._made = t, 0
        self._over.clear()
        for queue in self._queues.values():
            queue.begin(t)
        for worker in self._workers.values():
            worker.begin(t)

    def figures(self, lab: Lab, end: float) -> dict[str, float | None]:
        failed = lab.ended is not None and lab.ended.how == "failed"
        seconds = end - self._began
        if seconds <= 0:  # it was over before it was warm
            return {"failed": float(failed)}
        for worker in self._workers.values():
            worker.enter(worker.phase, end)
        whole: dict[str, float | None] = {
            "offered": self._made / seconds,
            "utilisation": self._share(lab, "consumers", "working"),
            "blocked_share": self._share(lab, "producers", "putting"),
            "failed": float(failed),
        }
        for name, queue in self._queues.items():
            whole |= {f"{name}:{key}": value for key, value in queue.figures(end).items()}
        return whole

    def _share(self, lab: Lab, setting: str, phase: str) -> float | None:
        """Return which part of their time the workers of some crews spent in a phase."""
        roles = {crew.role for crew in lab.crews if crew.setting == setting}
        workers = [w for w in (*self._over, *self._workers.values()) if w.role in roles]
        lived = math.fsum(seconds for worker in workers for seconds in worker.spent.values())
        spent = math.fsum(worker.spent[phase] for worker in workers)
        return spent / lived if lived else None

    # --- queues ----------------------------------------------------------------------------------

    def _queue_made(self, e: ev.QueueMade) -> None:
        self._queues[e.queue] = _QueueGauge(e.t, e.maxsize)

    def _put_waiting(self, e: ev.PutWaiting) -> None:
        self._queues[e.queue].putting[e.worker] = e.t
        self._does("putting", e)

    def _put(self, e: ev.Put) -> None:
        queue = self._queues[e.queue]
        queue.pass_time(e.t)
        queue.since[e.slot] = e.t
        queue.depth_max = max(queue.depth_max, len(queue.since))
        queue.blocked.append(e.t - queue.putting.pop(e.worker, e.t))
        self.moved += 1
        self._does("running", e)

    def _put_refused(self, e: ev.PutRefused) -> None:
        queue = self._queues[e.queue]
        queue.putting.pop(e.worker, None)
        queue.refused += 1
        if e.slot is not None:
            queue.pass_time(e.t)
            queue.since[e.slot] = e.t
            queue.depth_max = max(queue.depth_max, len(queue.since))
        self._does("running", e)

    def _got(self, e: ev.Got) -> None:
        queue = self._queues[e.queue]
        queue.pass_time(e.t)
        queue.waits.append(e.t - queue.since.pop(e.slot, e.t))
        self.moved += 1

    def _get_refused(self, e: ev.GetRefused) -> None:
        if e.slot is not None:
            self._remove(e.queue, e.slot, e.t)

    def _dropped(self, e: ev.Dropped) -> None:
        self._remove(e.queue, e.slot, e.t, by=e.worker)

    def _remove(self, name: str, slot: int, t: float, by: str = "") -> None:
        queue = self._queues[name]
        queue.pass_time(t)
        queue.since.pop(slot, None)
        if by:
            queue.dropped += 1  # to make room, by the worker that puts another
        else:
            queue.lost += 1

    def _task_done(self, e: ev.TaskDone) -> None:
        self._queues[e.queue].done += 1
        self.moved += 1

    def _resized(self, e: ev.Resized) -> None:
        queue = self._queues[e.queue]
        queue.pass_time(e.t)
        queue.maxsize = e.new

    # --- workers ---------------------------------------------------------------------------------

    def _does(self, phase: str, e: Any) -> None:
        worker = self._workers.get(e.worker)
        if worker is not None and worker.phase != phase:
            worker.enter(phase, e.t)

    def _item_made(self, e: ev.Made) -> None:
        self._made += 1
        self.moved += 1

    def _worker_started(self, e: ev.WorkerStarted) -> None:
        self._workers[e.worker] = _WorkerGauge(e.role, e.t)

    def _worker_ended(self, e: ev.WorkerEnded) -> None:
        worker = self._workers.pop(e.worker, None)
        if worker is not None:
            worker.enter("over", e.t)
            self._over.append(worker)
