"""What is known of a lab: the state, and the one reducer that writes it.

A state is a fold over the stream of events and holds nothing else. The live lab and a recording
feed the same reducer, so that the same screen can show either. Widgets read it and never write.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from qdash import events as ev
from qdash.events import Discipline, Event, Header, Shape, Value

LOG_LIMIT: Final = 5_000
"""How many of the latest events a state keeps for the log."""
FAILURE_LIMIT: Final = 200
"""How many of the latest failures a state keeps, with their tracebacks."""
ENDED_LIMIT: Final = 64
"""How many workers that are over a state keeps; the oldest are let go first."""

Phase = Literal[
    "running", "making", "working", "putting", "getting", "joining", "stalled", "ended"
]
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
    """What it got and has not marked done: (queue, slot)."""
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
    """What was got and is not marked done: slot number to (worker, slot)."""
    putters: list[Waiter] = field(default_factory=list)
    getters: list[Waiter] = field(default_factory=list)
    joiners: dict[str, float] = field(default_factory=dict)
    put: int = 0
    got: int = 0
    done: int = 0
    dropped: int = 0
    lost: int = 0
    forgotten: int = 0
    unfinished: int = 0
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

    def in_order(self, limit: int | None = None) -> list[Slot]:
        """Return the slots in the order in which get will serve them, the next one first."""
        slots: list[Slot] = list(self.slots.values())
        if self.discipline == "lifo":
            slots.reverse()
        elif self.discipline == "priority":
            slots.sort(key=lambda s: (s.rank is None, s.rank or 0.0, s.slot))
        return slots if limit is None else slots[:limit]


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
        self.log: deque[Event] = deque(maxlen=LOG_LIMIT)
        self.failures: deque[Failure] = deque(maxlen=FAILURE_LIMIT)
        self.failure_count = 0
        self.stuck = False
        self.ended: ev.Ended | None = None
        self._over: deque[str] = deque()

    def apply(self, event: Event) -> None:
        """Fold one event into the state."""
        self.t = event.t
        self.events += 1
        self.stuck = False
        self.log.append(event)
        reduce = _REDUCERS.get(type(event))
        if reduce is not None:
            reduce(self, event)

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


def _forget_waiter(line: list[Waiter], worker: str) -> Waiter | None:
    for at, waiter in enumerate(line):
        if waiter.worker == worker:
            return line.pop(at)
    return None


def _count(queue: QueueState, why: str) -> None:
    queue.refused[why] = queue.refused.get(why, 0) + 1


def _queue_made(state: State, e: ev.QueueMade) -> None:
    state.queues[e.queue] = QueueState(e.queue, e.maxsize, e.discipline)


def _put_waiting(state: State, e: ev.PutWaiting) -> None:
    queue = state.queues[e.queue]
    queue.putters.append(Waiter(e.worker, e.t, e.item, e.shape, e.deadline))
    _set_phase(
        state, e.worker, e.t, "putting",
        queue=e.queue, item=e.item, shape=e.shape, deadline=e.deadline,
    )  # fmt: skip


def _put(state: State, e: ev.Put) -> None:
    queue = state.queues[e.queue]
    _forget_waiter(queue.putters, e.worker)
    queue.slots[e.slot] = Slot(e.slot, e.item, e.shape, e.t, e.rank)
    queue.put += 1
    queue.unfinished += 1
    worker = _set_phase(state, e.worker, e.t, "running", item="")
    if worker is not None:
        worker.put += 1


def _put_refused(state: State, e: ev.PutRefused) -> None:
    queue = state.queues[e.queue]
    _forget_waiter(queue.putters, e.worker)
    _count(queue, e.why)
    if e.slot is not None:
        queue.slots[e.slot] = Slot(e.slot, e.item, e.shape, e.t, counted=False)
    worker = _set_phase(state, e.worker, e.t, "running")
    if worker is not None and e.why == "timeout":
        worker.timeouts += 1


def _get_waiting(state: State, e: ev.GetWaiting) -> None:
    state.queues[e.queue].getters.append(Waiter(e.worker, e.t, deadline=e.deadline))
    _set_phase(state, e.worker, e.t, "getting", queue=e.queue, item="", deadline=e.deadline)


def _got(state: State, e: ev.Got) -> None:
    queue = state.queues[e.queue]
    _forget_waiter(queue.getters, e.worker)
    slot = queue.slots.pop(e.slot, None) or Slot(e.slot, e.item, e.shape, e.t)
    slot.since = e.t
    queue.got += 1
    queue.hands[e.slot] = (e.worker, slot)
    worker = _set_phase(state, e.worker, e.t, "running", item=e.item, shape=e.shape)
    if worker is not None:
        worker.got += 1
        worker.hand.append((e.queue, slot))


def _get_refused(state: State, e: ev.GetRefused) -> None:
    queue = state.queues[e.queue]
    _forget_waiter(queue.getters, e.worker)
    _count(queue, e.why)
    if e.slot is not None and queue.slots.pop(e.slot, None) is not None:
        queue.lost += 1
    worker = _set_phase(state, e.worker, e.t, "running")
    if worker is not None and e.why == "timeout":
        worker.timeouts += 1


def _woken(state: State, e: ev.Woken) -> None:
    queue = state.queues[e.queue]
    _forget_waiter(queue.putters if e.op == "put" else queue.getters, e.worker)
    if (worker := state.workers.get(e.worker)) is not None:
        worker.woken = True


def _barged(state: State, e: ev.Barged) -> None:
    queue = state.queues[e.queue]
    worker = state.workers.get(e.worker)
    waiter = Waiter(e.worker, e.t, barged=1)
    if worker is not None:
        worker.woken = False
        waiter = Waiter(e.worker, worker.since, worker.item, worker.shape, worker.deadline, 1)
    (queue.putters if e.op == "put" else queue.getters).append(waiter)


def _task_done(state: State, e: ev.TaskDone) -> None:
    queue = state.queues[e.queue]
    queue.done += 1
    queue.unfinished -= 1
    worker = state.workers.get(e.worker)
    if worker is None:
        # Somebody outside the workers marked something done: the oldest thing in hand is as good.
        _let_go(state, queue, next(iter(queue.hands), None))
        return
    worker.done += 1
    # The latest: whatever it still holds from before is what a task_done was left out for.
    mine = next((slot.slot for name, slot in reversed(worker.hand) if name == e.queue), None)
    _let_go(state, queue, mine)


def _let_go(state: State, queue: QueueState, slot: int | None) -> None:
    if slot is None:
        return
    name, _ = queue.hands.pop(slot)
    holder = state.workers.get(name)
    if holder is not None:
        holder.hand = [
            (name, held) for name, held in holder.hand if name != queue.name or held.slot != slot
        ]


def _task_done_forgotten(state: State, e: ev.TaskDoneForgotten) -> None:
    state.queues[e.queue].forgotten += 1


def _join_waiting(state: State, e: ev.JoinWaiting) -> None:
    state.queues[e.queue].joiners[e.worker] = e.t
    _set_phase(state, e.worker, e.t, "joining", queue=e.queue)


def _join_over(state: State, e: ev.Joined | ev.JoinRefused) -> None:
    state.queues[e.queue].joiners.pop(e.worker, None)
    _set_phase(state, e.worker, e.t, "running")


def _resized(state: State, e: ev.Resized) -> None:
    state.queues[e.queue].maxsize = e.new


def _rearranged(state: State, e: ev.Rearranged) -> None:
    queue = state.queues[e.queue]
    queue.discipline = e.new
    queue.slots = dict(sorted(queue.slots.items()))


def _shut_down(state: State, e: ev.ShutDown) -> None:
    queue = state.queues[e.queue]
    queue.is_shutdown = True
    queue.immediate = queue.immediate or e.immediate


def _dropped(state: State, e: ev.Dropped) -> None:
    queue = state.queues[e.queue]
    queue.slots.pop(e.slot, None)
    queue.dropped += 1
    if e.counted:
        queue.unfinished -= 1


def _worker_started(state: State, e: ev.WorkerStarted) -> None:
    before = state.workers.pop(e.worker, None)
    worker = WorkerState(e.worker, e.role, e.t, e.parent, since=e.t)
    if before is not None:
        worker.restarts = before.restarts + 1
    state.workers[e.worker] = worker


def _worker_ended(state: State, e: ev.WorkerEnded) -> None:
    worker = _set_phase(state, e.worker, e.t, "ended")
    if e.traceback:
        _fail(state, e.t, e.worker, e.error, e.traceback)
    if worker is None:
        return
    worker.how, worker.error = e.how, e.error
    state._over.append(e.worker)
    while len(state._over) > ENDED_LIMIT:
        name = state._over.popleft()
        gone = state.workers.get(name)
        if gone is not None and not gone.alive:
            del state.workers[name]
            state.workers_gone += 1


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


def _stuck(state: State, e: ev.Stuck) -> None:
    state.stuck = True


def _loop_error(state: State, e: ev.LoopError) -> None:
    _fail(state, e.t, "", e.error, e.traceback)


def _ended(state: State, e: ev.Ended) -> None:
    state.ended = e
    if e.traceback:
        _fail(state, e.t, "", e.error, e.traceback)


_REDUCERS: Final[dict[type[Event], Callable[[State, Any], None]]] = {
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
