"""What is known of a lab: the state, and the one reducer that writes it.

A state is a fold over the stream of events and holds nothing else. The live lab and a recording
feed the same reducer, so that the same screen can show either. Widgets read it and never write.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from qdash import events as ev
from qdash.events import Discipline, Event, Header, Shape, Value

LOG_LIMIT: Final = 5_000
"""How many of the latest events a state keeps for the log."""
FAILURE_LIMIT: Final = 200
"""How many of the latest failures a state keeps, with their tracebacks."""
ENDED_LIMIT: Final = 64
"""How many workers that are over a state keeps; the oldest are let go first."""

Phase = Literal["running", "making", "working", "putting", "getting", "joining", "stalled", "ended"]
"""What a worker does: ``putting`` is blocked in put, ``getting`` waits in get; ``running`` is
between two observed awaits (or waits for something that qdash does not observe)."""


@dataclass(slots=True)
class Slot:
    """One thing in a queue, or got from it and not yet marked done."""

    slot: int
    item: int | str
    shape: Shape
    since: float
    rank: float | None = None
    counted: bool = True
    """Whether it is counted as unfinished: a put that failed can leave a thing uncounted."""
    owed: str = ""
    """Why nobody will mark it done any more: ``forgotten``, or how its worker ended."""

    @property
    def label(self) -> str:
        """How people call it: ``#12`` for an item, else by what it is."""
        return f"#{self.item}" if isinstance(self.item, int) else self.item


@dataclass(slots=True)
class Waiter:
    """One worker in a queue's line of putters or getters."""

    worker: str
    since: float
    item: int | str = ""
    shape: Shape = "item"
    deadline: float | None = None
    barged: int = 0


@dataclass(slots=True)
class Failure:
    """An exception that ended something, with its traceback."""

    t: float
    worker: str
    error: str
    traceback: str


@dataclass(slots=True)
class WorkerState:
    """One worker: what it does, since when, and what it has in hand."""

    name: str
    role: str
    started: float
    parent: str = ""
    phase: Phase = "running"
    since: float = 0.0
    until: float | None = None
    """When the making, working or stalling will be over."""
    deadline: float | None = None
    """When a timeout around its waiting call will fire."""
    queue: str = ""
    """The queue in whose put, get or join it waits."""
    item: int | str = ""
    shape: Shape = "item"
    woken: bool = False
    made: int = 0
    put: int = 0
    got: int = 0
    done: int = 0
    worked: int = 0
    timeouts: int = 0
    restarts: int = 0
    hand: list[tuple[str, Slot]] = field(default_factory=list)
    """What it got and has yet to mark done: (queue, slot)."""
    how: str = ""
    """How it ended: returned, cancelled, shutdown or failed."""
    error: str = ""
    before_stall: tuple[Phase, float | None] | None = None

    @property
    def alive(self) -> bool:
        """Whether its task is not over."""
        return self.phase != "ended"


@dataclass(slots=True)
class QueueState:
    """One queue: what lies in it, who waits, and the counts."""

    name: str
    maxsize: int
    discipline: Discipline
    slots: dict[int, Slot] = field(default_factory=dict)
    hands: dict[int, tuple[str, Slot]] = field(default_factory=dict)
    """What was got and is not marked done: slot number to (who got it, slot)."""
    putters: list[Waiter] = field(default_factory=list)
    getters: list[Waiter] = field(default_factory=list)
    joiners: dict[str, float] = field(default_factory=dict)
    put: int = 0
    got: int = 0
    done: int = 0
    dropped: int = 0
    """How many things ``shutdown(immediate=True)`` threw away."""
    dropped_owed: int = 0
    """How many of those were owed to ``join``, and so counted as done."""
    lost: int = 0
    """How many things vanished when a heap could not compare them."""
    uncounted: int = 0
    """How many things a heap kept although their put failed: never counted as put."""
    forgotten: int = 0
    """How often a ``task_done`` was left out."""
    broken_off: int = 0
    """How many things were marked done although the work on them was broken off."""
    too_often: int = 0
    """How often a ``task_done`` was refused because nothing was unfinished."""
    unfinished: int = 0
    peak: int = 0
    """The most things that ever lay in it."""
    refused: dict[str, int] = field(default_factory=dict)
    is_shutdown: bool = False
    immediate: bool = False

    @property
    def size(self) -> int:
        """How many things lie in the queue."""
        return len(self.slots)

    @property
    def full(self) -> bool:
        """Whether put has to wait."""
        return 0 < self.maxsize <= len(self.slots)

    @property
    def over(self) -> int:
        """By how many items it is over capacity, after it was made smaller than its content."""
        return max(0, len(self.slots) - self.maxsize) if self.maxsize > 0 else 0

    @property
    def owed(self) -> list[tuple[str, Slot]]:
        """What nobody will mark done any more, with the name of who got it."""
        return [(name, slot) for name, slot in self.hands.values() if slot.owed]

    @property
    def astray(self) -> int:
        """By how much ``unfinished`` lies above what is queued or got, as far as either is counted.

        Above zero: things are owed that no longer exist. Below: ``task_done`` was called too early.
        """
        astray = self.unfinished - len(self.slots) - len(self.hands)
        if self.uncounted:
            astray += sum(not slot.counted for slot in self.slots.values())
            astray += sum(not slot.counted for _, slot in self.hands.values())
        return astray

    def in_order(self, limit: int | None = None) -> list[Slot]:
        """Return the slots in the order in which get will serve them, the next one first."""
        slots: list[Slot] = list(self.slots.values())
        if self.discipline == "lifo":
            slots.reverse()
        elif self.discipline == "priority":
            slots.sort(key=_rank)
        return slots if limit is None else slots[:limit]


def _rank(slot: Slot) -> tuple[bool, float, float, int]:
    """The order in which a priority queue serves: items of one priority by their number."""
    number = slot.item if isinstance(slot.item, int) else float("inf")
    return slot.rank is None, slot.rank or 0.0, number, slot.slot


class Then(msgspec.Struct, frozen=True, gc=False):
    """What was true right after an event, as far as a sentence about it needs.

    Where it is of no use to a sentence, a field keeps its default.
    """

    size: int = 0
    maxsize: int = 0
    unfinished: int = 0
    place: int = 0
    """The worker's place in line, the first being 1."""
    waited: float | None = None
    """For how long the call that is over had waited, in seconds; None: it did not wait."""
    shape: Shape = "item"
    """What the worker had got last, or what was thrown away."""
    names: tuple[str, ...] = ()
    """What was left undone, or who waits for what."""
    cause: Event | None = None
    """The event by which a worker was woken."""
    again: bool = False
    """Whether a worker of that name had failed before."""


class State:
    """All that is known of one lab at one moment: ``apply`` events to it, in their order."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.settings: dict[str, Value] = dict(header.settings)
        self.t = 0.0
        self.events = 0
        self.queues: dict[str, QueueState] = {}
        self.workers: dict[str, WorkerState] = {}
        self.workers_gone = 0
        self.log: deque[tuple[Event, Then | None]] = deque(maxlen=LOG_LIMIT)
        self.failures: deque[Failure] = deque(maxlen=FAILURE_LIMIT)
        self.failure_count = 0
        self.stuck = False
        self.ended: ev.Ended | None = None
        self._over: dict[str, None] = {}
        """The workers that are over, in the order in which they ended."""

    def apply(self, event: Event) -> None:
        """Fold one event into the state."""
        self.t = event.t
        self.events += 1
        self.stuck = False
        reduce = _REDUCERS.get(type(event))
        self.log.append((event, None if reduce is None else reduce(self, event)))

    def apply_all(self, events: Iterable[Event]) -> None:
        """Fold many events into the state."""
        for event in events:
            self.apply(event)

    def live(self, role: str | None = None) -> list[WorkerState]:
        """Return the workers that are not over, in the order in which they began."""
        return [
            worker
            for worker in self.workers.values()
            if worker.phase != "ended" and (role is None or worker.role == role)
        ]

    def roles(self) -> list[str]:
        """Return the roles of the known workers, each once, in order of appearance."""
        return list(dict.fromkeys(worker.role for worker in self.workers.values()))


_CALLS: Final = {"putting": "put()", "getting": "get()", "joining": "join()"}


# --- the reducer: one function an event type --------------------------------------------------


def _set_phase(
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
    worker = state.workers.get(name)
    if worker is None or worker.phase == "ended":
        return None
    if worker.phase != phase or phase != "running":
        worker.since = t
    worker.phase = phase
    worker.queue = queue
    worker.until = until
    worker.deadline = deadline
    worker.woken = False
    worker.before_stall = None
    if item is not None:
        worker.item, worker.shape = item, shape
    return worker


def _forget_waiter(line: list[Waiter], worker: str) -> None:
    for at, waiter in enumerate(line):
        if waiter.worker == worker:
            del line[at]
            return


def _waited(state: State, name: str, t: float, phase: Phase) -> float | None:
    worker = state.workers.get(name)
    return t - worker.since if worker is not None and worker.phase == phase else None


def _count(queue: QueueState, why: str) -> None:
    queue.refused[why] = queue.refused.get(why, 0) + 1


def _queue_made(state: State, e: ev.QueueMade) -> None:
    state.queues[e.queue] = QueueState(e.queue, e.maxsize, e.discipline)


def _put_waiting(state: State, e: ev.PutWaiting) -> Then:
    queue = state.queues[e.queue]
    queue.putters.append(Waiter(e.worker, e.t, e.item, e.shape, e.deadline))
    _set_phase(
        state, e.worker, e.t, "putting",
        queue=e.queue, item=e.item, shape=e.shape, deadline=e.deadline,
    )  # fmt: skip
    return Then(queue.size, queue.maxsize, place=len(queue.putters))


def _put(state: State, e: ev.Put) -> Then:
    queue = state.queues[e.queue]
    if queue.putters:
        _forget_waiter(queue.putters, e.worker)
    slots = queue.slots
    slots[e.slot] = Slot(e.slot, e.item, e.shape, e.t, e.rank)
    size = len(slots)
    queue.put += 1
    queue.unfinished += 1
    if size > queue.peak:
        queue.peak = size
    waited = _waited(state, e.worker, e.t, "putting")
    worker = _set_phase(state, e.worker, e.t, "running", item="")
    if worker is not None:
        worker.put += 1
    return Then(size, queue.maxsize, waited=waited)


def _put_refused(state: State, e: ev.PutRefused) -> Then:
    queue = state.queues[e.queue]
    _forget_waiter(queue.putters, e.worker)
    _count(queue, e.why)
    if e.slot is not None:
        queue.slots[e.slot] = Slot(e.slot, e.item, e.shape, e.t, counted=False)
        queue.uncounted += 1
        queue.peak = max(queue.peak, queue.size)
    waited = _waited(state, e.worker, e.t, "putting")
    worker = _set_phase(state, e.worker, e.t, "running")
    if worker is not None and e.why == "timeout":
        worker.timeouts += 1
    return Then(queue.size, queue.maxsize, waited=waited)


def _get_waiting(state: State, e: ev.GetWaiting) -> Then:
    queue = state.queues[e.queue]
    queue.getters.append(Waiter(e.worker, e.t, deadline=e.deadline))
    _set_phase(state, e.worker, e.t, "getting", queue=e.queue, item="", deadline=e.deadline)
    return Then(queue.size, queue.maxsize, place=len(queue.getters))


def _got(state: State, e: ev.Got) -> Then:
    queue = state.queues[e.queue]
    if queue.getters:
        _forget_waiter(queue.getters, e.worker)
    slot = queue.slots.pop(e.slot, None) or Slot(e.slot, e.item, e.shape, e.t)
    slot.since = e.t
    queue.got += 1
    queue.hands[e.slot] = (e.worker, slot)
    waited = _waited(state, e.worker, e.t, "getting")
    worker = _set_phase(state, e.worker, e.t, "running", item=e.item, shape=e.shape)
    if worker is not None:
        worker.got += 1
        worker.hand.append((e.queue, slot))
    return Then(len(queue.slots), queue.maxsize, waited=waited)


def _get_refused(state: State, e: ev.GetRefused) -> Then:
    queue = state.queues[e.queue]
    _forget_waiter(queue.getters, e.worker)
    _count(queue, e.why)
    if e.slot is not None and queue.slots.pop(e.slot, None) is not None:
        queue.lost += 1
    waited = _waited(state, e.worker, e.t, "getting")
    worker = _set_phase(state, e.worker, e.t, "running")
    if worker is not None and e.why == "timeout":
        worker.timeouts += 1
    return Then(queue.size, queue.maxsize, waited=waited)


def _woken(state: State, e: ev.Woken) -> Then:
    queue = state.queues[e.queue]
    _forget_waiter(queue.putters if e.op == "put" else queue.getters, e.worker)
    if (worker := state.workers.get(e.worker)) is not None:
        worker.woken = True
    # Queues tell of a waking right after what caused it; one cause can wake many.
    before, then = state.log[-1] if state.log else (None, None)
    cause = then.cause if isinstance(before, ev.Woken) and then is not None else before
    return Then(queue.size, queue.maxsize, cause=cause)


def _barged(state: State, e: ev.Barged) -> Then:
    queue = state.queues[e.queue]
    worker = state.workers.get(e.worker)
    waiter = Waiter(e.worker, e.t, barged=1)
    if worker is not None:
        worker.woken = False
        waiter = Waiter(e.worker, worker.since, worker.item, worker.shape, worker.deadline, 1)
    line = queue.putters if e.op == "put" else queue.getters
    line.append(waiter)
    return Then(queue.size, queue.maxsize, place=len(line))


def _task_done(state: State, e: ev.TaskDone) -> Then:
    queue = state.queues[e.queue]
    queue.done += 1
    queue.unfinished -= 1
    worker = state.workers.get(e.worker)
    if worker is not None:
        worker.done += 1
        # Its Worked is missing: an exception broke the work off, and a ``finally`` marked it done.
        phase = worker.before_stall[0] if worker.before_stall else worker.phase
        queue.broken_off += phase == "working"
    _let_go(state, queue, e.worker)
    return Then(queue.size, queue.maxsize, queue.unfinished)


def _task_done_refused(state: State, e: ev.TaskDoneRefused) -> None:
    queue = state.queues[e.queue]
    queue.too_often += 1
    _let_go(state, queue, e.worker)  # it is through with it: somebody else's call was counted


def _let_go(state: State, queue: QueueState, name: str) -> None:
    """Take from the hands what a ``task_done`` by ``name`` was for."""
    worker = state.workers.get(name)
    if worker is None:
        mine = [slot for holder, slot in queue.hands.values() if holder == name and not slot.owed]
        if mine:
            del queue.hands[mine[-1].slot]
        return
    holder: WorkerState | None = worker
    mine = [slot for owner, slot in worker.hand if owner == queue.name]
    if not mine and (holder := state.workers.get(worker.parent)) is not None:
        # A task may mark done what the worker that created it had got.
        mine = [slot for owner, slot in holder.hand if owner == queue.name]
    if not mine or holder is None:
        return
    like = [slot for slot in mine if slot.item == worker.item]
    slot = like[0] if like else mine[-1] if holder is worker else mine[0]
    del queue.hands[slot.slot]
    holder.hand.remove((queue.name, slot))


def _task_done_forgotten(state: State, e: ev.TaskDoneForgotten) -> None:
    queue = state.queues[e.queue]
    queue.forgotten += 1
    worker = state.workers.get(e.worker)
    if worker is None:
        return
    for at, (owner, slot) in reversed(list(enumerate(worker.hand))):
        if owner == e.queue:
            slot.owed = "forgotten"
            del worker.hand[at]
            return


def _join_waiting(state: State, e: ev.JoinWaiting) -> None:
    state.queues[e.queue].joiners[e.worker] = e.t
    _set_phase(state, e.worker, e.t, "joining", queue=e.queue)


def _join_over(state: State, e: ev.Joined | ev.JoinRefused) -> Then:
    queue = state.queues[e.queue]
    queue.joiners.pop(e.worker, None)
    waited = _waited(state, e.worker, e.t, "joining")
    _set_phase(state, e.worker, e.t, "running")
    return Then(queue.size, queue.maxsize, queue.unfinished, waited=waited)


def _resized(state: State, e: ev.Resized) -> Then:
    queue = state.queues[e.queue]
    queue.maxsize = e.new
    return Then(queue.size, e.new)


def _rearranged(state: State, e: ev.Rearranged) -> None:
    queue = state.queues[e.queue]
    if e.old == "priority":  # the order in which it would have served them is all that is kept
        queue.slots = {slot.slot: slot for slot in queue.in_order()}
    queue.discipline = e.new


def _shut_down(state: State, e: ev.ShutDown) -> Then:
    queue = state.queues[e.queue]
    queue.is_shutdown = True
    queue.immediate = queue.immediate or e.immediate
    return Then(queue.size, queue.maxsize, queue.unfinished)


def _dropped(state: State, e: ev.Dropped) -> Then:
    queue = state.queues[e.queue]
    slot = queue.slots.pop(e.slot, None)
    queue.dropped += 1
    if e.counted:
        queue.dropped_owed += 1
        queue.unfinished -= 1
    shape = "item" if slot is None else slot.shape
    return Then(queue.size, queue.maxsize, queue.unfinished, shape=shape)


def _worker_started(state: State, e: ev.WorkerStarted) -> Then:
    before = state.workers.pop(e.worker, None)
    state._over.pop(e.worker, None)
    worker = WorkerState(e.worker, e.role, e.t, e.parent, since=e.t)
    again = before is not None and before.how == "failed"
    if before is not None:
        worker.restarts = before.restarts + again
    state.workers[e.worker] = worker
    return Then(again=again)


def _worker_ended(state: State, e: ev.WorkerEnded) -> Then:
    worker = _set_phase(state, e.worker, e.t, "ended")
    if e.traceback:
        _fail(state, e.t, e.worker, e.error, e.traceback)
    if worker is None:
        return Then()
    worker.how, worker.error = e.how, e.error
    for _, slot in worker.hand:
        slot.owed = e.how
    held = tuple(slot.label for _, slot in worker.hand)
    state._over[e.worker] = None
    if len(state._over) > ENDED_LIMIT:
        oldest = next(iter(state._over))
        del state._over[oldest], state.workers[oldest]
        state.workers_gone += 1
    return Then(shape=worker.shape, names=held)


def _fail(state: State, t: float, worker: str, error: str, traceback: str) -> None:
    state.failures.append(Failure(t, worker, error, traceback))
    state.failure_count += 1


def _making(state: State, e: ev.Making) -> None:
    _set_phase(state, e.worker, e.t, "making", item=e.item, until=e.t + e.seconds)


def _made(state: State, e: ev.Made) -> None:
    worker = _set_phase(state, e.worker, e.t, "running", item=e.item)
    if worker is not None:
        worker.made += 1


def _working(state: State, e: ev.Working) -> None:
    _set_phase(state, e.worker, e.t, "working", item=e.item, until=e.t + e.seconds)


def _worked(state: State, e: ev.Worked) -> None:
    worker = _set_phase(state, e.worker, e.t, "running", item=e.item)
    if worker is not None:
        worker.worked += 1


def _stalled(state: State, e: ev.Stalled) -> None:
    worker = state.workers.get(e.worker)
    if worker is not None and worker.alive:
        before = worker.before_stall or (worker.phase, worker.until)
        worker.phase, worker.since, worker.until = "stalled", e.t, e.t + e.seconds
        worker.before_stall = before


def _resumed(state: State, e: ev.Resumed) -> None:
    worker = state.workers.get(e.worker)
    if worker is not None and worker.before_stall is not None:
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
    return Then(names=tuple(f"{count} in {call}" for call, count in calls.items()))


def _loop_error(state: State, e: ev.LoopError) -> None:
    _fail(state, e.t, "", e.error, e.traceback)


def _ended(state: State, e: ev.Ended) -> None:
    state.ended = e
    if e.traceback:
        _fail(state, e.t, "", e.error, e.traceback)


_REDUCERS: Final[dict[type[Event], Callable[[State, Any], Then | None]]] = {
    ev.QueueMade: _queue_made,
    ev.PutWaiting: _put_waiting,
    ev.Put: _put,
    ev.PutRefused: _put_refused,
    ev.GetWaiting: _get_waiting,
    ev.Got: _got,
    ev.GetRefused: _get_refused,
    ev.Woken: _woken,
    ev.Barged: _barged,
    ev.TaskDone: _task_done,
    ev.TaskDoneRefused: _task_done_refused,
    ev.TaskDoneForgotten: _task_done_forgotten,
    ev.JoinWaiting: _join_waiting,
    ev.Joined: _join_over,
    ev.JoinRefused: _join_over,
    ev.Resized: _resized,
    ev.Rearranged: _rearranged,
    ev.ShutDown: _shut_down,
    ev.Dropped: _dropped,
    ev.WorkerStarted: _worker_started,
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
