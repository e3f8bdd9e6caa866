"""Asking why: the answer for a worker, a queue, an item or an event at a moment."""

from __future__ import annotations

from time import monotonic
from typing import Final

from qdash.events import Event, WorkerEnded
from qdash.history import History
from qdash.narrate import code_line, ordinal, printable, seconds, sentence
from qdash.state import QueueState, Slot, State, Waiter, WorkerState
from qdash.why.answers import Answer, Reason, Subject, slot_subject
from qdash.why.causes import cause_of, effects_of, latest_of
from qdash.why.doing import called, doing, level
from qdash.why.waiting import Trail, latest_get, latest_put, waits_at_queue, waits_for_worker

_CAUSES: Final = 6
"""How many causes are told, each of the one before it."""
_SEARCHED: Final = 2_000
"""In a longer queue the place of an item is not told: that takes a look at every slot."""
_TELLING: Final = 0.03
"""For how many seconds, at most, the past may be folded again for the sake of sentences."""
_ENDINGS: Final = 3
"""How many of the causes of a worker's end are told."""
_AT_ONCE: Final = 2_000
"""Among how many events of one instant the end of a worker is looked for."""


def why(
    subject: Subject, state: State, history: History | None = None, now: float | None = None
) -> Answer:
    """Say why the subject is as it is at the moment of ``state``.

    ``now`` is the clock of that moment in virtual seconds, by default that of its latest event. An
    event needs the ``history`` in which it lies.
    """
    now = state.t if now is None else max(now, state.t)
    if subject.kind == "worker":
        return _worker(subject, state, history, now)
    if subject.kind == "queue":
        return _queue(subject, state, now)
    if subject.kind == "item":
        return _item(subject, state, now)
    return _event(subject, state, history)


# --- a worker ---------------------------------------------------------------------------------


def _worker(subject: Subject, state: State, history: History | None, now: float) -> Answer:
    worker = state.workers.get(str(subject.name))
    if worker is None:
        return Answer(subject, f"there is no {subject.name} at this moment")
    trail = Trail(state, now)
    says = f"{worker.name} {doing(worker, state, now)}"
    queue = state.queues.get(worker.queue)
    if queue is not None and worker.phase == "joining":
        says += f": {queue.unfinished:,} unfinished"
    if queue is not None and (line := _line_of(worker, queue)) is not None:
        place, waiter = line
        says += f", {ordinal(place)} in line: {queue.name} is {level(queue)}"
        if waiter.barged:
            trail.add(0, "it was woken, but found its place taken and went to the back of the line")
    trail.worker(worker)
    trail.verdict()
    if worker.phase in ("making", "working") and worker.until is not None:
        whole = worker.until - worker.since
        trail.add(0, f"this takes {seconds(whole)}: it waits for nobody, only for time to pass")
    if worker.phase == "stalled":
        trail.add(0, "a person let it stand still; it goes on by itself when that is over")
    if not worker.alive and history is not None:
        trail.reasons += _end_of(worker, history)
    if worker.phase == "running":
        children = [child for child in state.live() if child.parent == worker.name]
        told = children if len(children) < 5 else children[:3]
        for child in told:
            text = f"{child.name}, which it created, {doing(child, state, now)}"
            trail.add(0, text, Subject("worker", child.name))
        if len(children) > len(told):
            trail.add(0, f"and {len(children) - len(told):,} more that it created are alive")
    source = state.header.source
    see = []
    if worker.alive and "on line" not in says and (code := code_line(source, worker.line)):
        see.append(Reason(f"stands on line {worker.line}: {code}"))
    see += [
        Reason(f"has {called(slot.item, slot.shape)} of {queue} in hand, for "
               f"{seconds(max(0.0, now - slot.since))}", slot_subject(queue, slot.slot, slot.item))
        for queue, slot in worker.hand[:3]
    ]  # fmt: skip
    held = {slot.item for _, slot in worker.hand}
    if worker.alive and isinstance(worker.item, int) and worker.item not in held:
        see.append(Reason(f"the life of #{worker.item}", Subject("item", worker.item)))
    if history is not None and (latest := latest_of(worker.name, history, state.events)):
        see.append(
            Reason(f"its latest event: {_Teller(history)(latest)}", Subject("event", latest))
        )
    so = tuple(waits_for_worker(worker, state))
    return Answer(subject, says, tuple(trail.reasons), so, tuple(see))


def _end_of(worker: WorkerState, history: History) -> list[Reason]:
    """Say by which events a worker that is over came to its end."""
    until = history.at(worker.since)
    for number, event in history.before(until, until - _AT_ONCE):
        if isinstance(event, WorkerEnded) and event.worker == worker.name:
            tell = _Teller(history)
            reason = Reason(tell(number), Subject("event", number))
            return [reason, *_causes(number, history, tell, _ENDINGS, 1)]
    return []


def _line_of(worker: WorkerState, queue: QueueState) -> tuple[int, Waiter] | None:
    if worker.phase not in ("putting", "getting"):
        return None
    line = queue.putters if worker.phase == "putting" else queue.getters
    for place, waiter in enumerate(line, 1):
        if waiter.worker == worker.name:
            return place, waiter
    return None


# --- a queue ----------------------------------------------------------------------------------


def _queue(subject: Subject, state: State, now: float) -> Answer:
    queue = state.queues.get(str(subject.name))
    if queue is None:
        return Answer(subject, f"there is no queue {subject.name} at this moment")
    says = f"{queue.name} is {level(queue)}"
    if queue.is_shutdown:
        says += ", and shut down: put is refused"
    counts = f"{queue.put:,} put, {queue.got:,} got, {queue.unfinished:,} unfinished"
    trail = Trail(state, now)
    if not queue.size or queue.getters:
        says += f": {latest_put(queue, now)}"
        trail.to_get(queue, -1)
    else:
        says += f": {latest_get(queue, now)}"
        trail.to_put(queue, -1)
    if queue.joiners:
        trail.to_join(queue)
    trail.verdict()
    see = [Reason(counts)]
    for at, slot in enumerate(queue.in_order(2)):
        text = f"{called(slot.item, slot.shape)} is served {ordinal(at + 1)}"
        text += f", in it for {seconds(max(0.0, now - slot.since))}"
        see.append(Reason(text, slot_subject(queue.name, slot.slot, slot.item)))
    return Answer(
        subject, says, tuple(trail.reasons), tuple(waits_at_queue(queue, now)), tuple(see)
    )  # fmt: skip


# --- an item ----------------------------------------------------------------------------------


def _item(subject: Subject, state: State, now: float) -> Answer:
    """Say where an item is at this moment; its whole life is told by ``qdash.life``."""
    trail = Trail(state, now)
    for queue in state.queues.values():
        if (slot := _find(queue.slots, queue, subject)) is not None:
            return _queued(subject, queue, slot, trail)
    for queue in state.queues.values():
        hands = {number: slot for number, (_, slot) in queue.hands.items()}
        if (slot := _find(hands, queue, subject)) is not None:
            return _held(subject, queue, queue.hands[slot.slot][0], slot, trail)
    for worker in state.live():
        if worker.item == subject.name and worker.phase != "getting":
            says = f"{subject.title}: {worker.name} {doing(worker, state, now)}"
            trail.add(0, f"{worker.name} has to do with it", Subject("worker", worker.name))
            trail.worker(worker, 1)
            return Answer(subject, says, tuple(trail.reasons))
    return Answer(subject, f"{subject.title} is in no queue and in nobody's hands")


def _find(slots: dict[int, Slot], queue: QueueState, subject: Subject) -> Slot | None:
    """Return the one of a queue's slots, by their serial numbers, in which the subject is."""
    if isinstance(subject.name, int):
        return next((slot for slot in slots.values() if slot.item == subject.name), None)
    name, _, number = subject.name.rpartition("/")
    return slots.get(int(number)) if name == queue.name and number.isdecimal() else None


def _queued(subject: Subject, queue: QueueState, slot: Slot, trail: Trail) -> Answer:
    what = called(slot.item, slot.shape)
    passed = seconds(max(0.0, trail.now - slot.since))
    says = f"{what} lies in {queue.name} for {passed}"
    if queue.size > _SEARCHED:
        says += f", with {queue.size - 1:,} others"
    else:
        order = queue.in_order()
        place = next(at for at, other in enumerate(order, 1) if other is slot)
        says += f", to be served {ordinal(place)}"
    trail.to_put(queue)
    return Answer(subject, says, tuple(trail.reasons))


def _held(subject: Subject, queue: QueueState, holder: str, slot: Slot, trail: Trail) -> Answer:
    what = called(slot.item, slot.shape)
    passed = seconds(max(0.0, trail.now - slot.since))
    says = f"{holder or 'code outside the workers'} has {what} of {queue.name} in hand for {passed}"
    worker = trail.state.workers.get(holder)
    if slot.owed:
        says = f"{what} was got from {queue.name} by {holder}; task_done() will never be called"
        why_ = "left its task_done() out" if slot.owed == "forgotten" else f"ended: {slot.owed}"
        trail.add(0, f"{holder} {why_}", Subject("worker", holder) if worker else None)
    elif worker is not None:
        text = f"{holder} {doing(worker, trail.state, trail.now)}"
        trail.add(0, text, Subject("worker", holder))
        trail.worker(worker, 1)
    joiners = [
        Reason(f"{name} waits in join() on {queue.name}, also for this", Subject("worker", name))
        for name in queue.joiners
    ]
    return Answer(subject, says, tuple(trail.reasons), tuple(joiners))


# --- an event ---------------------------------------------------------------------------------


def _event(subject: Subject, state: State, history: History | None) -> Answer:
    number = int(subject.name)
    if history is None or not history.first <= number < history.events:
        return Answer(subject, f"event {number:,} is not kept any more")
    tell = _Teller(history)
    event, says = tell.told(number)
    because = _causes(number, history, tell, _CAUSES)
    effects = effects_of(number, history, state.events)
    so = [Reason(tell(effect), Subject("event", effect)) for effect in effects]
    see = _concerns(number, state, history)
    return Answer(subject, f"at {event.t:.3f} s: {says}", tuple(because), tuple(so), see)


def _causes(
    number: int, history: History, tell: _Teller, most: int, depth: int = 0
) -> list[Reason]:
    """Tell what brought an event about, and what brought that about, and so on."""
    reasons: list[Reason] = []
    cause = cause_of(number, history)
    while cause is not None and len(reasons) < most:
        reasons.append(Reason(tell(cause), Subject("event", cause), depth + len(reasons)))
        cause = cause_of(cause, history)
    return reasons


class _Teller:
    """Tells events of a history as sentences, each with its time.

    What was true right after one may have to be folded again, which in a crowd takes its time:
    once that is spent, what follows is told by what the events say themselves.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._until = monotonic() + _TELLING

    def __call__(self, number: int) -> str:
        event, text = self.told(number)
        return f"{event.t:.2f} s  {text}"

    def told(self, number: int) -> tuple[Event, str]:
        """Return the event and its sentence."""
        history = self._history
        if number < history.told and monotonic() > self._until:
            event, then = history.event(number), None
        else:
            [(_, event, then)] = history.rows(number, number + 1)
        return event, sentence(event, then, history.header.source)


def _concerns(number: int, state: State, history: History) -> tuple[Reason, ...]:
    """Say who and what an event is about, and how to see what was so then."""
    event = history.event(number)
    see = [Reason("show the moment right after it", Subject("moment", number))]
    worker, queue = getattr(event, "worker", ""), getattr(event, "queue", "")
    if worker in state.workers:
        see.append(Reason(f"worker {worker}", Subject("worker", worker)))
    if queue in state.queues:
        see.append(Reason(f"queue {queue}", Subject("queue", queue)))
    item, slot = getattr(event, "item", ""), getattr(event, "slot", None)
    if isinstance(item, int):
        see.append(Reason(f"the life of #{item}", Subject("item", item)))
    elif queue and slot is not None:
        text = f"the life of {called(item, getattr(event, 'shape', 'item'))}"
        see.append(Reason(printable(text), slot_subject(queue, slot, item)))
    return tuple(see)
