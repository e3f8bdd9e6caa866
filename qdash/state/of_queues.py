"""The reducer's half for what happens at a queue: one function an event type."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from qdash import events as ev
from qdash.events import Event
from qdash.state.of_workers import set_phase, waited
from qdash.state.records import ORPHANED, Early, QueueState, Slot, Then, Waiter, WorkerState

if TYPE_CHECKING:
    from qdash.state import State


def _forget_waiter(line: list[Waiter], worker: str) -> Waiter | None:
    for at, waiter in enumerate(line):
        if waiter.worker == worker:
            del line[at]
            return waiter
    return None


def _woken_from_line(state: State, name: str) -> bool:
    """Tell whether a worker stands in line no more, which is not worth a search of the line."""
    worker = state.workers.get(name)
    return worker is not None and worker.woken


def _count(queue: QueueState, why: str) -> None:
    queue.refused[why] = queue.refused.get(why, 0) + 1


def _queue_made(state: State, e: ev.QueueMade) -> None:
    state.queues[e.queue] = QueueState(e.queue, e.maxsize, e.discipline, changed=e.t)


def _put_waiting(state: State, e: ev.PutWaiting) -> Then:
    queue = state.queues[e.queue]
    queue.putters.append(Waiter(e.worker, e.t, e.item, e.shape, e.deadline))
    set_phase(
        state, e.worker, e.t, "putting",
        queue=e.queue, item=e.item, shape=e.shape, deadline=e.deadline,
    )  # fmt: skip
    return Then(queue.size, queue.maxsize, place=len(queue.putters))


def _put(state: State, e: ev.Put) -> Then:
    queue = state.queues[e.queue]
    if queue.putters and not _woken_from_line(state, e.worker):
        _forget_waiter(queue.putters, e.worker)
    slots = queue.slots
    if queue.changed != e.t:  # what pass_time() does; a put that goes in finds room
        queue.area += (e.t - queue.changed) * len(slots)
        queue.changed = e.t
    slots[e.slot] = Slot(e.slot, e.item, e.shape, e.t, e.rank)
    size = len(slots)
    queue.put += 1
    queue.newest = e.slot
    queue.unfinished += 1
    if size > queue.peak:
        queue.peak = size
    waited_for = waited(state, e.worker, e.t, "putting")
    if waited_for is None:
        queue.put_at_once = e.worker
    worker = set_phase(state, e.worker, e.t, "running", item="")
    if worker is not None:
        worker.put += 1
        queue.givers[worker.role] = e.t
    else:
        queue.givers[""] = e.t
    return Then(size, queue.maxsize, waited=waited_for)


def _put_refused(state: State, e: ev.PutRefused) -> Then:
    queue = state.queues[e.queue]
    _forget_waiter(queue.putters, e.worker)
    _count(queue, e.why)
    queue.gave_up += e.why == "timeout"
    if e.slot is not None:
        queue.pass_time(e.t)
        queue.newest = e.slot
        queue.slots[e.slot] = Slot(e.slot, e.item, e.shape, e.t, e.rank, counted=False)
        queue.uncounted += 1
        queue.peak = max(queue.peak, queue.size)
    waited_for = waited(state, e.worker, e.t, "putting")
    worker = set_phase(state, e.worker, e.t, "running")
    if worker is not None and e.why == "timeout":
        worker.timeouts += 1
    return Then(queue.size, queue.maxsize, waited=waited_for)


def _get_waiting(state: State, e: ev.GetWaiting) -> Then:
    queue = state.queues[e.queue]
    queue.getters.append(Waiter(e.worker, e.t, deadline=e.deadline))
    set_phase(state, e.worker, e.t, "getting", queue=e.queue, item="", deadline=e.deadline)
    return Then(queue.size, queue.maxsize, place=len(queue.getters))


def _got(state: State, e: ev.Got) -> Then:
    queue = state.queues[e.queue]
    t, slots = e.t, queue.slots
    if queue.changed != t:  # what pass_time() does, without the call
        since, size = t - queue.changed, len(slots)
        queue.area += since * size
        if 0 < queue.maxsize <= size:
            queue.full_time += since
        queue.changed = t
    slot = slots.pop(e.slot, None) or Slot(e.slot, e.item, e.shape, t)
    queue.waits += t - slot.since
    slot.since = t
    queue.got += 1
    queue.hands[e.slot] = (e.worker, slot)
    if queue.strays and _end_stray(queue, e.worker) is not None:
        return _got_by_orphan(state, queue, e.worker, slot)
    if queue.getters and not _woken_from_line(state, e.worker):
        _forget_waiter(queue.getters, e.worker)
    waited_for = waited(state, e.worker, e.t, "getting")
    if waited_for is None:
        queue.got_at_once = e.worker
    worker = set_phase(state, e.worker, e.t, "running", item=e.item, shape=e.shape)
    if worker is not None:
        worker.got += 1
        worker.hand.append((e.queue, slot))
        queue.takers[worker.role] = e.t
    else:
        queue.takers[""] = e.t
    return Then(len(queue.slots), queue.maxsize, waited=waited_for)


def _end_stray(queue: QueueState, worker: str) -> Waiter | None:
    """Return the place in line that an orphaned get of a worker had before it was woken."""
    mine = queue.strays.get(worker)
    if not mine:
        return None
    first = mine.pop(0)
    if not mine:
        del queue.strays[worker]
    return first


def _got_by_orphan(state: State, queue: QueueState, name: str, slot: Slot) -> Then:
    """Let an item lie in a task that its worker does not look at: the worker does what it did."""
    slot.owed = ORPHANED
    worker = state.workers.get(name)
    if worker is not None:
        worker.got += 1
        worker.hand.append((queue.name, slot))
        if not worker.alive:
            slot.owed = worker.how
    return Then(queue.size, queue.maxsize)


def orphaned(state: State, queue: QueueState, waiter: Waiter) -> bool:
    """Tell whether a get stands in line to which its worker does not attend any more.

    The worker is over, or does something else by now, or began another get later; or the timeout
    that was set around the call is past.
    """
    worker = state.workers.get(waiter.worker)
    if worker is None:
        return False
    if worker.doing != "getting" or (waiter.deadline is not None and waiter.deadline < state.t):
        return True
    return worker.queue == queue.name and waiter.since < worker.since


def _refused_getter(state: State, queue: QueueState, name: str) -> bool:
    """Take out of the line whose get was refused; tell whether it was an orphaned one.

    Of several calls of one worker it is the latest, which it attends to.
    """
    if queue.strays and _end_stray(queue, name) is not None:
        return True
    mine = [waiter for waiter in queue.getters if waiter.worker == name]
    if not mine:
        return False
    astray = orphaned(state, queue, mine[-1])
    queue.getters.remove(mine[-1])
    return astray


def _get_refused(state: State, e: ev.GetRefused) -> Then:
    queue = state.queues[e.queue]
    astray = _refused_getter(state, queue, e.worker)
    _count(queue, e.why)
    if e.slot is not None:
        queue.pass_time(e.t)
    lost: int | str = ""
    if e.slot is not None and (slot := queue.slots.pop(e.slot, None)) is not None:
        queue.lost += 1
        lost = slot.item
    if astray:
        return Then(queue.size, queue.maxsize, item=lost)
    waited_for = waited(state, e.worker, e.t, "getting")
    worker = set_phase(state, e.worker, e.t, "running")
    if worker is not None and e.why == "timeout":
        worker.timeouts += 1
    return Then(queue.size, queue.maxsize, waited=waited_for, item=lost)


def _woken(state: State, e: ev.Woken) -> Then:
    queue = state.queues[e.queue]
    turn = _forget_waiter(queue.putters if e.op == "put" else queue.getters, e.worker)
    if e.op == "get" and turn is not None and orphaned(state, queue, turn):
        queue.strays.setdefault(e.worker, []).append(turn)
    elif (worker := state.workers.get(e.worker)) is not None:
        worker.woken, worker.turn, worker.waking = True, turn, e
    # Queues tell of a waking right after what caused it; one cause can wake many.
    before, then = state.last or (None, None)
    cause = then.cause if isinstance(before, ev.Woken) and then is not None else before
    return Then(queue.size, queue.maxsize, cause=cause)


def _barged(state: State, e: ev.Barged) -> Then:
    queue = state.queues[e.queue]
    worker = state.workers.get(e.worker)
    waiter = Waiter(e.worker, e.t, barged=1)
    if (stray := _end_stray(queue, e.worker)) is not None:
        waiter = stray
        waiter.barged += 1
    elif worker is not None:
        worker.woken = False
        times = 1 if worker.turn is None else worker.turn.barged + 1
        waiter = Waiter(
            e.worker, worker.since, worker.item, worker.shape, worker.deadline, times
        )  # fmt: skip
    line = queue.putters if e.op == "put" else queue.getters
    line.append(waiter)
    quick = queue.put_at_once if e.op == "put" else queue.got_at_once
    at_once = bool(e.by) and quick == e.by
    return Then(queue.size, queue.maxsize, place=len(line), at_once=at_once)


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
    slot = _let_go(state, queue, e.worker)
    item, shape = ("", "item") if slot is None else (slot.item, slot.shape)
    joined = () if queue.unfinished else tuple(queue.joiners)
    if joined and (putters := _in_put(state, queue)):
        queue.early = Early(e.t, joined, putters)
    return Then(
        queue.size, queue.maxsize, queue.unfinished, shape=shape, names=joined, item=item
    )  # fmt: skip


def _in_put(state: State, queue: QueueState) -> tuple[str, ...]:
    """Return who is in put, in line or just woken, with what is not counted as unfinished yet."""
    called = (
        worker.name
        for worker in state.live()
        if worker.woken and worker.doing == "putting" and worker.queue == queue.name
    )
    return (*called, *(waiter.worker for waiter in queue.putters))


def _task_done_refused(state: State, e: ev.TaskDoneRefused) -> Then:
    queue = state.queues[e.queue]
    queue.too_often += 1
    # It is through with it: somebody else's call was counted.
    slot = _let_go(state, queue, e.worker)
    return Then(queue.size, queue.maxsize, item="" if slot is None else slot.item)


def _let_go(state: State, queue: QueueState, name: str) -> Slot | None:
    """Take from the hands what a ``task_done`` by ``name`` was for, and return it."""
    worker = state.workers.get(name)
    if worker is None:
        mine = [slot for holder, slot in queue.hands.values() if holder == name and not slot.owed]
        if mine:
            del queue.hands[mine[-1].slot]
        return mine[-1] if mine else None
    holder: WorkerState | None = worker
    mine = [slot for owner, slot in worker.hand if owner == queue.name]
    if not mine and (holder := state.workers.get(worker.parent)) is not None:
        # A task may mark done what the worker that created it had got.
        mine = [slot for owner, slot in holder.hand if owner == queue.name]
    if not mine or holder is None:
        return None
    like = [slot for slot in mine if slot.item == worker.item]
    slot = like[0] if like else mine[-1] if holder is worker else mine[0]
    queue.hands.pop(slot.slot, None)  # it is there, unless a recording has gaps
    holder.hand.remove((queue.name, slot))
    return slot


def _task_done_forgotten(state: State, e: ev.TaskDoneForgotten) -> Then | None:
    queue = state.queues[e.queue]
    queue.forgotten += 1
    worker = state.workers.get(e.worker)
    if worker is None:
        return None
    for at, (owner, slot) in reversed(list(enumerate(worker.hand))):
        if owner == e.queue:
            slot.owed = "forgotten"
            del worker.hand[at]
            return Then(shape=slot.shape, item=slot.item)
    return None


def _join_waiting(state: State, e: ev.JoinWaiting) -> Then:
    queue = state.queues[e.queue]
    queue.joiners[e.worker] = e.t
    set_phase(state, e.worker, e.t, "joining", queue=e.queue)
    return Then(queue.size, queue.maxsize, queue.unfinished)


def _join_over(state: State, e: ev.Joined | ev.JoinRefused) -> Then:
    queue = state.queues[e.queue]
    queue.joiners.pop(e.worker, None)
    waited_for = waited(state, e.worker, e.t, "joining")
    set_phase(state, e.worker, e.t, "running")
    return Then(queue.size, queue.maxsize, queue.unfinished, waited=waited_for)


def _resized(state: State, e: ev.Resized) -> Then:
    queue = state.queues[e.queue]
    queue.pass_time(e.t)
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
    queue.pass_time(e.t)
    slot = queue.slots.pop(e.slot, None)
    queue.dropped += 1
    queue.shed += bool(e.worker)
    if e.counted:
        queue.dropped_owed += 1
        queue.unfinished -= 1
    shape = "item" if slot is None else slot.shape
    return Then(queue.size, queue.maxsize, queue.unfinished, shape=shape)


QUEUE_REDUCERS: Final[dict[type[Event], Callable[[State, Any], Then | None]]] = {
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
}
"""By event type: what it changes, and what was true then."""
