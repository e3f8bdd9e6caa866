"""The reducer's half for workers and for the lab itself: one function an event type."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from qdash import events as ev
from qdash.events import Event, Shape
from qdash.state.records import (
    ORPHANED,
    Cancel,
    Failure,
    Phase,
    Step,
    Then,
    WorkerState,
    no_time,
)

if TYPE_CHECKING:
    from qdash.state import State

ENDED_LIMIT: Final = 64
"""How many workers that are over a state keeps; the oldest are let go first."""
_FURTHER: Final = frozenset({"getting", "making", "working"})
_CALLS: Final = {"putting": "in put()", "getting": "in get()", "joining": "in join()"}


def set_phase(
    state: State,
    name: str,
    t: float,
    phase: Phase,
    *,
    queue: str = "",
    item: int | str | None = None,
    shape: Shape = "item",
    until: float | None = None,
    deadline: float | None = None,
) -> WorkerState | None:
    """Let a worker be in ``phase`` from ``t`` on; return it, or None where there is none alive."""
    worker = state.workers.get(name)
    if worker is None or worker.phase == "ended":
        return None
    before = worker.phase
    if t != worker.since and (before != phase or phase != "running"):
        worker.spent[before] += t - worker.since
        worker.since = t
    if worker.cancel is not None and phase in _FURTHER:
        # Whoever finishes what it had in mind as it was cancelled has swallowed nothing yet.
        worker.swallowed |= phase != "working" or item != worker.cancel.item
    worker.phase = phase
    worker.queue = queue
    worker.until = until
    worker.deadline = deadline
    worker.woken = False
    worker.before_stall = None
    if item is not None:
        worker.item, worker.shape = item, shape
    return worker


def waited(state: State, name: str, t: float, phase: Phase) -> float | None:
    """Return for how many seconds a worker has been in ``phase``; None where it is not in it."""
    worker = state.workers.get(name)
    return t - worker.since if worker is not None and worker.phase == phase else None


def _worker_started(state: State, e: ev.WorkerStarted) -> Then:
    before = state.workers.pop(e.worker, None)
    state.over.pop(e.worker, None)
    spent = state.spent.setdefault(e.role, no_time())
    worker = WorkerState(
        e.worker, e.role, e.t, e.parent, since=e.t, line=e.line, spent=spent, thread=e.thread
    )  # fmt: skip
    again = before is not None and before.how == "failed"
    if before is not None:
        worker.restarts = before.restarts + again
    state.workers[e.worker] = worker
    return Then(again=again)


def _stepped(state: State, e: ev.Stepped) -> None:
    state.steps += 1
    worker = state.workers.get(e.worker)
    if worker is not None:
        state.stepped = Step(e.worker, worker.line, e.line)
        worker.line = e.line


def _worker_ended(state: State, e: ev.WorkerEnded) -> Then:
    worker = set_phase(state, e.worker, e.t, "ended")
    if e.traceback:
        _fail(state, e.t, e.worker, e.error, e.traceback)
    if worker is None:
        return Then()
    worker.how, worker.error = e.how, e.error
    state.stepped = Step(e.worker, worker.line, 0)
    for _, slot in worker.hand:
        slot.owed = slot.owed or e.how
    held = tuple(slot.label for _, slot in worker.hand)
    state.over[e.worker] = None
    if len(state.over) > ENDED_LIMIT:
        oldest = next(iter(state.over))
        del state.over[oldest], state.workers[oldest]
        state.workers_gone += 1
    return Then(shape=worker.shape, names=held, item=worker.item)


def _cancelling(state: State, e: ev.Cancelling) -> None:
    worker = state.workers.get(e.worker)
    if worker is not None and worker.alive:
        worker.cancel, worker.swallowed = Cancel(e.t, e.by, worker.item), False


def _fail(state: State, t: float, worker: str, error: str, traceback: str) -> None:
    state.failures.append(Failure(t, worker, error, traceback))
    state.failure_count += 1


def _making(state: State, e: ev.Making) -> None:
    set_phase(state, e.worker, e.t, "making", item=e.item, until=e.t + e.seconds)


def _made(state: State, e: ev.Made) -> None:
    worker = set_phase(state, e.worker, e.t, "running", item=e.item)
    if worker is not None:
        worker.made += 1


def _working(state: State, e: ev.Working) -> None:
    worker = set_phase(
        state, e.worker, e.t, "working", item=e.item, until=e.t + e.seconds, deadline=e.deadline
    )  # fmt: skip
    if worker is not None and len(worker.hand) > 1:
        for _, slot in worker.hand:
            if slot.owed == ORPHANED and slot.item == e.item:
                slot.owed = ""  # somebody looked into that task after all


def _worked(state: State, e: ev.Worked) -> None:
    set_phase(state, e.worker, e.t, "running", item=e.item)


def _stalled(state: State, e: ev.Stalled) -> None:
    worker = state.workers.get(e.worker)
    if worker is not None and worker.alive:
        before = worker.before_stall or (worker.phase, worker.until)
        worker.spent[worker.phase] += e.t - worker.since
        worker.phase, worker.since, worker.until = "stalled", e.t, e.t + e.seconds
        worker.before_stall = before


def _resumed(state: State, e: ev.Resumed) -> None:
    worker = state.workers.get(e.worker)
    if worker is not None and worker.before_stall is not None:
        worker.spent[worker.phase] += e.t - worker.since
        worker.phase, worker.since, worker.until = worker.before_stall[0], e.t, e.until
        worker.before_stall = None


def _setting_changed(state: State, e: ev.SettingChanged) -> None:
    state.settings[e.name] = e.new


def _stuck(state: State, e: ev.Stuck) -> Then:
    state.stuck = True
    calls: dict[str, int] = {}
    for worker in state.live():
        call = _CALLS.get(worker.phase, "elsewhere")
        calls[call] = calls.get(call, 0) + 1
    return Then(names=tuple(f"{count} {call}" for call, count in calls.items()))


def _loop_error(state: State, e: ev.LoopError) -> None:
    _fail(state, e.t, "", e.error, e.traceback)


def _ended(state: State, e: ev.Ended) -> None:
    state.ended = e
    if e.traceback:
        _fail(state, e.t, "", e.error, e.traceback)


WORKER_REDUCERS: Final[dict[type[Event], Callable[[State, Any], Then | None]]] = {
    ev.WorkerStarted: _worker_started,
    ev.Stepped: _stepped,
    ev.Cancelling: _cancelling,
    ev.WorkerEnded: _worker_ended,
    ev.Making: _making,
    ev.Made: _made,
    ev.Working: _working,
    ev.Worked: _worked,
    ev.Stalled: _stalled,
    ev.Resumed: _resumed,
    ev.SettingChanged: _setting_changed,
    ev.Stuck: _stuck,
    ev.LoopError: _loop_error,
    ev.Ended: _ended,
}
"""By event type: what it changes, and what was true then."""
