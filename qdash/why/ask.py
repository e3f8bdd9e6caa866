"""Asking why: the answer for a worker, a queue, an item or an event at a moment."""

from __future__ import annotations

from time import monotonic
from typing import Final

from qdash.advice.rule import owed
from qdash.events import Event, WorkerEnded
from qdash.history import History
from qdash.narrate import code_line, ordinal, printable, seconds, sentence
from qdash.state import QueueState, Slot, State, Waiter, WorkerState
from qdash.why.answers import Answer, Reason, Subject, slot_subject
from qdash.why.causes import cause_of, effects_of, latest_of
from qdash.why.doing import called, doing, level, tells_line
from qdash.why.waiting import Trail, latest_get, latest_put, waits_at_queue, waits_for_worker
from qdash.words import tr

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
        text = tr("there is no {name} at this moment")
        return Answer(subject, text.format(name=subject.name))
    trail = Trail(state, now)
    says = tr("{who} {does}").format(who=worker.name, does=doing(worker, state, now))
    queue = state.queues.get(worker.queue)
    if queue is not None and worker.phase == "joining":
        says = tr("{says}: {n:,} unfinished").format(says=says, n=queue.unfinished)
    if queue is not None and (line := _line_of(worker, queue)) is not None:
        place, waiter = line
        says = tr("{says}, {place} in line: {queue} is {level}").format(
            says=says, place=ordinal(place), queue=queue.name, level=level(queue)
        )
        if waiter.barged:
            text = tr("it was woken, but found its place taken and went to the back of the line")
            trail.add(0, text)
    trail.worker(worker)
    trail.verdict()
    if worker.phase in ("making", "working") and worker.until is not None:
        text = tr("this takes {time}: it waits for nobody, only for time to pass")
        trail.add(0, text.format(time=seconds(worker.until - worker.since)))
    if worker.phase == "stalled":
        text = tr("a person let it stand still; it goes on by itself when that is over")
        trail.add(0, text)
    if not worker.alive and history is not None:
        trail.reasons += _end_of(worker, history)
    if worker.phase == "running":
        children = [child for child in state.live() if child.parent == worker.name]
        told = children if len(children) < 5 else children[:3]
        for child in told:
            text = tr("{who}, which it created, {does}").format(
                who=child.name, does=doing(child, state, now)
            )
            trail.add(0, text, Subject("worker", child.name))
        if len(children) > len(told):
            text = tr("and {n:,} more that it created are alive")
            trail.add(0, text.format(n=len(children) - len(told)))
    source = state.header.source
    see = []
    code = code_line(source, worker.line)
    if worker.alive and code and not tells_line(worker, state, now):
        text = tr("stands on line {line}: {code}")
        see.append(Reason(text.format(line=worker.line, code=code)))
    for queue_name, slot in worker.hand[:3]:
        text = tr("has {item} of {queue} in hand, for {time}").format(
            item=called(slot.item, slot.shape),
            queue=queue_name,
            time=seconds(max(0.0, now - slot.since)),
        )
        see.append(Reason(text, slot_subject(queue_name, slot.slot, slot.item)))
    held = {slot.item for _, slot in worker.hand}
    if worker.alive and isinstance(worker.item, int) and worker.item not in held:
        text = tr("the life of {item}").format(item=f"#{worker.item}")
        see.append(Reason(text, Subject("item", worker.item)))
    if history is not None and (latest := latest_of(worker.name, history, state.events)):
        text = tr("its latest event: {event}").format(event=_Teller(history)(latest))
        see.append(Reason(text, Subject("event", latest)))
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
        text = tr("there is no queue {name} at this moment")
        return Answer(subject, text.format(name=subject.name))
    says = tr("{queue} is {level}").format(queue=queue.name, level=level(queue))
    if queue.is_shutdown:
        says = tr("{says}, and shut down: put is refused").format(says=says)
    counts = tr("{put:,} put, {got:,} got, {n:,} unfinished").format(
        put=queue.put, got=queue.got, n=queue.unfinished
    )
    trail = Trail(state, now)
    if not queue.size or queue.getters:
        says = tr("{says}: {latest}").format(says=says, latest=latest_put(queue, now))
        trail.to_get(queue, -1)
    else:
        says = tr("{says}: {latest}").format(says=says, latest=latest_get(queue, now))
        trail.to_put(queue, -1)
    if queue.joiners:
        trail.to_join(queue)
    trail.verdict()
    see = [Reason(counts)]
    for at, slot in enumerate(queue.in_order(2)):
        text = tr("{item} is served {place}, in it for {time}").format(
            item=called(slot.item, slot.shape),
            place=ordinal(at + 1),
            time=seconds(max(0.0, now - slot.since)),
        )
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
            says = tr("{what}: {who} {does}").format(
                what=subject.title, who=worker.name, does=doing(worker, state, now)
            )
            text = tr("{who} has to do with it").format(who=worker.name)
            trail.add(0, text, Subject("worker", worker.name))
            trail.worker(worker, 1)
            return Answer(subject, says, tuple(trail.reasons))
    text = tr("{what} is in no queue and in nobody's hands")
    return Answer(subject, text.format(what=subject.title))


def _find(slots: dict[int, Slot], queue: QueueState, subject: Subject) -> Slot | None:
    """Return the one of a queue's slots, by their serial numbers, in which the subject is."""
    if isinstance(subject.name, int):
        return next((slot for slot in slots.values() if slot.item == subject.name), None)
    name, _, number = subject.name.rpartition("/")
    return slots.get(int(number)) if name == queue.name and number.isdecimal() else None


def _queued(subject: Subject, queue: QueueState, slot: Slot, trail: Trail) -> Answer:
    what = called(slot.item, slot.shape)
    passed = seconds(max(0.0, trail.now - slot.since))
    if queue.size > _SEARCHED:
        says = tr("{item} lies in {queue} for {time}, with {n:,} others").format(
            item=what, queue=queue.name, time=passed, n=queue.size - 1
        )
    else:
        order = queue.in_order()
        place = next(at for at, other in enumerate(order, 1) if other is slot)
        says = tr("{item} lies in {queue} for {time}, to be served {place}").format(
            item=what, queue=queue.name, time=passed, place=ordinal(place)
        )
    trail.to_put(queue)
    return Answer(subject, says, tuple(trail.reasons))


def _held(subject: Subject, queue: QueueState, holder: str, slot: Slot, trail: Trail) -> Answer:
    what = called(slot.item, slot.shape)
    passed = seconds(max(0.0, trail.now - slot.since))
    says = tr("{who} has {item} of {queue} in hand for {time}").format(
        who=holder or tr("code outside the workers"), item=what, queue=queue.name, time=passed
    )
    worker = trail.state.workers.get(holder)
    if slot.owed:
        says = tr("{item} was got from {queue} by {who}; task_done() will never be called").format(
            item=what, queue=queue.name, who=holder
        )
        text = (
            tr("{who} left its task_done() out")
            if slot.owed == "forgotten"
            else tr("{who} ended: {how}")
        ).format(who=holder, how=owed(slot.owed))
        trail.add(0, text, Subject("worker", holder) if worker else None)
    elif worker is not None:
        does = doing(worker, trail.state, trail.now)
        text = tr("{who} {does}").format(who=holder, does=does)
        trail.add(0, text, Subject("worker", holder))
        trail.worker(worker, 1)
    joiners = [
        Reason(
            tr("{who} waits in join() on {queue}, also for this").format(
                who=name, queue=queue.name
            ),
            Subject("worker", name),
        )
        for name in queue.joiners
    ]
    return Answer(subject, says, tuple(trail.reasons), tuple(joiners))


# --- an event ---------------------------------------------------------------------------------


def _event(subject: Subject, state: State, history: History | None) -> Answer:
    number = int(subject.name)
    if history is None or not history.first <= number < history.events:
        return Answer(subject, tr("event {n:,} is not kept any more").format(n=number))
    tell = _Teller(history)
    event, says = tell.told(number)
    because = _causes(number, history, tell, _CAUSES)
    effects = effects_of(number, history, state.events)
    so = [Reason(tell(effect), Subject("event", effect)) for effect in effects]
    see = _concerns(number, state, history)
    told = tr("at {t:.3f} s: {says}").format(t=event.t, says=says)
    return Answer(subject, told, tuple(because), tuple(so), see)


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
    see = [Reason(tr("show the moment right after it"), Subject("moment", number))]
    worker, queue = getattr(event, "worker", ""), getattr(event, "queue", "")
    if worker in state.workers:
        subject = Subject("worker", worker)
        see.append(Reason(subject.title, subject))
    if queue in state.queues:
        subject = Subject("queue", queue)
        see.append(Reason(subject.title, subject))
    item, slot = getattr(event, "item", ""), getattr(event, "slot", None)
    if isinstance(item, int):
        see.append(Reason(tr("the life of {item}").format(item=f"#{item}"), Subject("item", item)))
    elif queue and slot is not None:
        subject = slot_subject(queue, slot, item)
        what = called(item, getattr(event, "shape", "item")) or subject.title
        text = tr("the life of {item}").format(item=what)
        see.append(Reason(printable(text), subject))
    return tuple(see)
