"""Who waits for whom: followed from a worker or a queue through the queues to whoever can help.

A worker blocked in put waits for any worker that may take from the queue; one that waits in get for
any that may put into it; one in join for whoever has yet to call ``task_done``. Where the way leads
back to where it came from, it is a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from qdash.narrate import names, ordinal, seconds
from qdash.state import ORPHANED, QueueState, Slot, State, WorkerState, beside
from qdash.why.answers import Reason, Subject, slot_subject
from qdash.why.doing import argument_of, called, doing, level
from qdash.words import mark, tr, trc, trn

_DEEP: Final = 8
"""How many queues one after another are followed."""
_EACH: Final = 3
"""How many workers that do the same are named one by one."""
_LONG: Final = 1.0
"""From so many seconds on it is said that nobody has come."""


class Trail:
    """Collects the reasons for a wait, at one moment of a state."""

    def __init__(self, state: State, now: float) -> None:
        self.state = state
        self.now = now
        self.reasons: list[Reason] = []
        self.circles = 0
        self.hope = False
        """Whether somebody on the way can go on."""
        self._path: list[Subject] = []
        self._told: set[Subject] = set()

    def add(self, depth: int, text: str, to: Subject | None = None) -> None:
        """Add one reason."""
        self.reasons.append(Reason(text, to, depth))

    # --- from a worker ---------------------------------------------------------------------------

    def worker(self, worker: WorkerState, depth: int = 0) -> None:
        """Say why a worker waits, if it does."""
        queue = self.state.queues.get(worker.queue)
        waits = worker.phase in ("putting", "getting", "joining") and queue is not None
        if not waits or queue is None or worker.woken:
            self.hope = self.hope or worker.alive
            return
        if worker.deadline is not None:
            self.hope = True  # the timeout will end it
        with _On(self._path, Subject("worker", worker.name)):
            if worker.phase == "putting":
                self.to_put(queue, depth)
            elif worker.phase == "getting":
                self.to_get(queue, depth)
            else:
                self.to_join(queue, depth)

    # --- from a queue ----------------------------------------------------------------------------

    def to_put(self, queue: QueueState, depth: int = 0) -> None:
        """Say why there is no room."""
        text = tr("{queue} is {level}: {latest}").format(
            queue=queue.name, level=level(queue), latest=latest_get(queue, self.now)
        )
        if queue.is_shutdown:
            text = tr("{queue} is shut down").format(queue=queue.name)
        elif self._has_room(queue):
            text = tr(
                "{queue} is {level}, but a put() that waits is woken by a get() alone"
            ).format(queue=queue.name, level=level(queue))
        self._people(queue, text, depth, "put", self.state.takers(queue))

    def _has_room(self, queue: QueueState) -> bool:
        """Whether there are slots that are promised to nobody: its maxsize was set in silence."""
        promised = sum(
            worker.woken and worker.phase == "putting" and worker.queue == queue.name
            for worker in self.state.workers.values()
        )
        return not 0 < queue.maxsize <= queue.size + promised

    def to_get(self, queue: QueueState, depth: int = 0) -> None:
        """Say why there is nothing to get."""
        text = tr("{queue} is empty: {latest}").format(
            queue=queue.name, latest=latest_put(queue, self.now)
        )
        if queue.size:
            text = trn(
                "the {n:,} thing in {queue} is for who was woken before",
                "the {n:,} things in {queue} are for who was woken before",
                queue.size,
            ).format(n=queue.size, queue=queue.name)
        self._people(queue, text, depth, "get", self.state.givers(queue))

    def _people(
        self, queue: QueueState, text: str, depth: int, op: str, workers: list[WorkerState]
    ) -> None:
        subject = Subject("queue", queue.name)
        if not self._enter(subject, text, depth):
            return
        with _On(self._path, subject):
            if not workers:
                self._nobody(queue, depth + 1, op)
            # Who stands in the same line cannot help; it is told only where nobody else could.
            phase = "putting" if op == "put" else "getting"
            able = [w for w in workers if (w.phase, w.queue) != (phase, queue.name) or w.woken]
            self._each(able or workers, depth + 1, op)

    def _nobody(self, queue: QueueState, depth: int, op: str) -> None:
        """Say that whoever could help is gone, and how."""
        seen = queue.takers if op == "put" else queue.givers
        roles = {*seen, beside(self.state.header, queue.name, 1 if op == "put" else -1)}
        if not any(roles):
            self.add(
                depth,
                tr("nobody has done so yet: who will take from it is not known")
                if op == "put"
                else tr("nobody has done so yet: who will put into it is not known"),
            )
            self.hope = True
            return
        gone = [w for w in self.state.workers.values() if not w.alive and w.role in roles]
        self.add(
            depth,
            tr("nobody is alive to take from it")
            if op == "put"
            else tr("nobody is alive to put into it"),
        )
        for worker in gone[-_EACH:]:
            does = doing(worker, self.state, self.now)
            text = tr("{who} {does}").format(who=worker.name, does=does)
            self.add(depth + 1, text, Subject("worker", worker.name))

    def to_join(self, queue: QueueState, depth: int = 0) -> None:
        """Say what is unfinished, and who has yet to finish it."""
        text = tr(
            "{n:,} unfinished in {queue}: {queued:,} queued, {got:,} got and not done"
        ).format(n=queue.unfinished, queue=queue.name, queued=queue.size, got=len(queue.hands))
        subject = Subject("queue", queue.name)
        if not self._enter(subject, text, depth):
            return
        with _On(self._path, subject):
            self._in_hand(queue, depth + 1)
            if queue.astray > 0:
                text = trn(
                    "{n:,} is owed for something no longer there: nobody will mark that done",
                    "{n:,} are owed for things no longer there: nobody will mark that done",
                    queue.astray,
                ).format(n=queue.astray)
                self.add(depth + 1, text)
            if queue.size:
                takers = self.state.takers(queue)
                fresh = [w for w in takers if Subject("worker", w.name) not in self._told]
                if not takers:
                    self._nobody(queue, depth + 1, "put")
                self._each(fresh, depth + 1, "put")

    def _in_hand(self, queue: QueueState, depth: int) -> None:
        parents = {worker.parent: worker.name for worker in self.state.live()}
        holders: dict[str, list[Slot]] = {}
        for name, slot in queue.hands.values():
            holders.setdefault(name, []).append(slot)
        alive = 0
        for name, slots in holders.items():
            worker = self.state.workers.get(name)
            owed = [slot for slot in slots if slot.owed]
            left = names([called(slot.item, slot.shape) for slot in owed])
            held = names([called(slot.item, slot.shape) for slot in slots if not slot.owed])
            if owed and name in parents:
                text = tr(
                    "{items}, got by {who}: {child}, which it created, may mark it done"
                ).format(items=left, who=name, child=parents[name])
                self.add(depth, text, Subject("worker", parents[name]))
                self.hope = True
            elif owed:
                text = tr(_NEVER_DONE[owed[0].owed]).format(items=left, who=name)
                first = owed[0]
                self.add(depth, text, slot_subject(queue.name, first.slot, first.item))
            if held and worker is not None:
                alive += 1
                if alive <= 2 * _EACH:
                    text = tr("{who} has {items} in hand: it {does}").format(
                        who=name, items=held, does=doing(worker, self.state, self.now)
                    )
                    self._one(worker, text, depth)
        if alive > 2 * _EACH:
            more = alive - 2 * _EACH
            text = trn(
                "and {n:,} more worker with something in hand",
                "and {n:,} more workers with something in hand",
                more,
            )
            self.add(depth, text.format(n=more))
            self.hope = True

    # --- who could help --------------------------------------------------------------------------

    def _each(self, workers: Iterable[WorkerState], depth: int, op: str) -> None:
        """Say what each of them does; those that wait at one place are told together.

        They take from the queue for the sake of who waits in put, or put into it.
        """
        who_may = (
            tr("{who}, who may take from it, {does}")
            if op == "put"
            else tr("{who}, who may put into it, {does}")
        )
        groups: dict[tuple[str, str], list[WorkerState]] = {}
        for worker in workers:
            place = worker.queue if worker.phase in ("putting", "getting", "joining") else ""
            kind: str = "woken" if worker.woken else worker.phase
            groups.setdefault((kind, place), []).append(worker)
        for (kind, place), members in sorted(groups.items(), key=_helpful):
            if not place or kind == "woken":
                members.sort(key=_until)
                each = _EACH if len(members) > _EACH + 1 else len(members)
                for worker in members[:each]:
                    does = doing(worker, self.state, self.now)
                    text = who_may.format(who=worker.name, does=does)
                    self._one(worker, text, depth)
                if rest := len(members) - each:
                    self.add(depth, tr(_GROUPS[kind]).format(n=rest))
                    self.hope = True
                continue
            if len(members) == 1:
                does = doing(members[0], self.state, self.now)
            else:
                does = tr(_WAIT[kind]).format(queue=place)
            text = who_may.format(who=names([worker.name for worker in members]), does=does)
            if any(worker.deadline is not None for worker in members):
                self.hope = True
            on_path = [w for w in members if Subject("worker", w.name) in self._path]
            # A circle is told of the worker through which it goes.
            self._one(on_path[0] if on_path else members[0], text, depth)

    def _one(self, worker: WorkerState, text: str, depth: int) -> None:
        if self._enter(Subject("worker", worker.name), text, depth):
            self.worker(worker, depth + 1)

    def _enter(self, subject: Subject, text: str, depth: int) -> bool:
        """Add a reason that leads to ``subject``; return whether to go on from there.

        At a depth below 0 stands what was asked about, which needs no reason of its own.
        """
        if depth >= 0:
            self.add(depth, text, subject)
        if subject in self._path:
            self.circles += 1
            self.add(depth + 1, circle(self._path[self._path.index(subject) :]))
            return False
        if subject in self._told:
            return False
        if depth > 2 * _DEEP:
            self.hope = True  # nobody has looked further
            return False
        self._told.add(subject)
        return True

    def verdict(self) -> None:
        """Say at the end whether anybody on all these ways can go on."""
        if self.circles and not self.hope:
            text = tr("nobody in this can go on: a deadlock, unless somebody else puts or takes")
            self.add(0, text)


def latest_get(queue: QueueState, now: float) -> str:
    """Say when something was taken from the queue."""
    if not queue.takers:
        return tr("nobody has ever taken anything from it")
    passed = max(0.0, now - max(queue.takers.values()))
    if passed < _LONG:
        return tr("the latest get was {time} ago").format(time=seconds(passed))
    return tr("nobody has taken anything from it for {time}").format(time=seconds(passed))


def latest_put(queue: QueueState, now: float) -> str:
    """Say when something was put into the queue."""
    if not queue.givers:
        return tr("nobody has ever put anything into it")
    passed = max(0.0, now - max(queue.givers.values()))
    if passed < _LONG:
        return tr("the latest put was {time} ago").format(time=seconds(passed))
    return tr("nobody has put anything into it for {time}").format(time=seconds(passed))


def circle(path: list[Subject]) -> str:
    """Tell a circle: each waits for the next, and the last for the first."""
    first, *others = [str(subject.name) for subject in path]
    if not others:
        return tr("a circle: {who} waits for itself").format(who=first)
    steps = [tr("{who} waits for {next}").format(who=first, next=others[0])]
    after = [*others[1:], first]
    text = tr("{who} for {next}")
    steps += [text.format(who=one, next=next_) for one, next_ in zip(others, after, strict=True)]
    return tr("a circle: {steps}").format(steps=trc("list", ", ").join(steps))


class _On:
    """Keeps a subject on the path for the length of a ``with`` block."""

    def __init__(self, path: list[Subject], subject: Subject) -> None:
        self._path, self._subject = path, subject
        self._added = subject not in path

    def __enter__(self) -> None:
        if self._added:
            self._path.append(self._subject)

    def __exit__(self, *_: object) -> None:
        if self._added:
            self._path.pop()


_GROUPS: Final = {
    "making": mark("and {n:,} more that make items"),
    "working": mark("and {n:,} more that work"),
    "stalled": mark("and {n:,} more that stand still"),
    "running": mark("and {n:,} more that wait for something that is no queue"),
    "woken": mark("and {n:,} more that were woken"),
    "ended": mark("and {n:,} more that are over"),
}
_WAIT: Final = {
    "putting": mark("are blocked in put() to {queue}"),
    "getting": mark("wait in get() from {queue}"),
    "joining": mark("wait in join() on {queue}"),
}
_NEVER_DONE: Final = {
    "forgotten": mark("{items}, got by {who}, which left it out: task_done() will never be called"),
    "cancelled": mark(
        "{items}, got by {who}, which was cancelled: task_done() will never be called"
    ),
    "shutdown": mark("{items}, got by {who}, which ended: task_done() will never be called"),
    "returned": mark("{items}, got by {who}, which returned: task_done() will never be called"),
    "failed": mark("{items}, got by {who}, which failed: task_done() will never be called"),
    ORPHANED: mark("{items}, got by {who}, which orphaned get(): task_done() will never be called"),
}
_FIRST: Final = ("woken", "working", "making", "running", "stalled")


def _helpful(group: tuple[tuple[str, str], list[WorkerState]]) -> int:
    kind = group[0][0]
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


def _until(worker: WorkerState) -> float:
    return worker.until if worker.until is not None else worker.since


def waits_for_worker(worker: WorkerState, state: State) -> list[Reason]:
    """Say what waits for a worker: what follows as long as it does not go on."""
    reasons: list[Reason] = []
    if not worker.alive:
        return _owed(worker, state)
    for queue in state.queues.values():
        subject = Subject("queue", queue.name)
        sides: list[tuple[str, list[str], Callable[[QueueState], list[WorkerState]]]] = [
            ("put", [w.worker for w in queue.putters], state.takers),
            ("get", [w.worker for w in queue.getters], state.givers),
        ]
        for op, line, helpers in sides:
            others = [name for name in line if name != worker.name]
            if others and any(helper is worker for helper in helpers(queue)):
                text = (
                    trn(
                        "{names} waits in put() on {queue}, from which it may take",
                        "{names} wait in put() on {queue}, from which it may take",
                        len(others),
                    )
                    if op == "put"
                    else trn(
                        "{names} waits in get() on {queue}, into which it may put",
                        "{names} wait in get() on {queue}, into which it may put",
                        len(others),
                    )
                ).format(names=names(others), queue=queue.name)
                reasons.append(Reason(text, subject))
            if worker.name in line and line[-1] != worker.name:
                behind = line[line.index(worker.name) + 1]
                text = tr("{who} stands behind it in the line for {op}() on {queue}").format(
                    who=behind, op=op, queue=queue.name
                )
                reasons.append(Reason(text, Subject("worker", behind)))
        held = [called(slot.item, slot.shape) for owner, slot in worker.hand if owner == queue.name]
        if held and queue.joiners:
            text = trn(
                "{names} waits in join() on {queue}, also until it has marked {items} done",
                "{names} wait in join() on {queue}, also until it has marked {items} done",
                len(queue.joiners),
            ).format(names=names(list(queue.joiners)), queue=queue.name, items=names(held))
            reasons.append(Reason(text, subject))
    return reasons


def _owed(worker: WorkerState, state: State) -> list[Reason]:
    """Say what a worker that is over has left owed."""
    reasons = []
    for queue in state.queues.values():
        for name, slot in queue.hands.values():
            if name == worker.name and slot.owed:
                text = tr("task_done() for {item} on {queue} stays owed").format(
                    item=called(slot.item, slot.shape), queue=queue.name
                )
                reasons.append(Reason(text, slot_subject(queue.name, slot.slot, slot.item)))
    return reasons[: 2 * _EACH]


def waits_at_queue(queue: QueueState, now: float) -> list[Reason]:
    """Say who waits at a queue, and what for."""
    reasons = []
    for op, line in (("put", queue.putters), ("get", queue.getters)):
        for place, waiter in enumerate(line[: 2 * _EACH], 1):
            text = (
                tr("{who} is blocked in put({item}), {place} in line, for {time}")
                if op == "put"
                else tr("{who} waits in get(), {place} in line, for {time}")
            ).format(
                who=waiter.worker,
                item=argument_of(waiter.item, waiter.shape),
                place=ordinal(place),
                time=seconds(max(0.0, now - waiter.since)),
            )
            reasons.append(Reason(text, Subject("worker", waiter.worker)))
        if len(line) > 2 * _EACH:
            text = tr("and {n:,} more in {op}()").format(n=len(line) - 2 * _EACH, op=op)
            reasons.append(Reason(text))
    for name, since in queue.joiners.items():
        text = tr("{who} waits in join() for {n:,} unfinished, for {time}").format(
            who=name, n=queue.unfinished, time=seconds(max(0.0, now - since))
        )
        reasons.append(Reason(text, Subject("worker", name)))
    return reasons
