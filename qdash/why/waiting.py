"""Who waits for whom: followed from a worker or a queue through the queues to whoever can help.

A worker blocked in put waits for any worker that may take from the queue; one that waits in get for
any that may put into it; one in join for whoever has yet to call ``task_done``. Where the way leads
back to where it came from, it is a circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from qdash.narrate import names, ordinal, seconds, things
from qdash.state import QueueState, Slot, State, WorkerState, beside
from qdash.why.answers import Reason, Subject, slot_subject
from qdash.why.doing import argument_of, called, doing, level

_DEEP: Final = 8
"""How many queues one after another are followed."""
_EACH: Final = 3
"""How many workers that do the same are named one by one."""
_LONG: Final = 1.0
"""From so many seconds on it is said that nobody has come."""
_PASSES: Final = {"put": "take from", "get": "put into"}


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
        text = f"{queue.name} is {level(queue)}: {latest_get(queue, self.now)}"
        if queue.is_shutdown:
            text = f"{queue.name} is shut down"
        self._people(queue, text, depth, "put", self.state.takers(queue))

    def to_get(self, queue: QueueState, depth: int = 0) -> None:
        """Say why there is nothing to get."""
        text = f"{queue.name} is empty: {latest_put(queue, self.now)}"
        if queue.size:
            text = f"the {things(queue.size, 'thing')} in {queue.name} is for who was woken before"
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
            self._each(able or workers, depth + 1, f"{_PASSES[op]} it")

    def _nobody(self, queue: QueueState, depth: int, op: str) -> None:
        """Say that whoever could help is gone, and how."""
        seen = queue.takers if op == "put" else queue.givers
        roles = {*seen, beside(self.state.header, queue.name, 1 if op == "put" else -1)}
        if not any(roles):
            self.add(depth, f"nobody has done so yet: who will {_PASSES[op]} it is not known")
            self.hope = True
            return
        gone = [w for w in self.state.workers.values() if not w.alive and w.role in roles]
        self.add(depth, f"nobody is alive to {_PASSES[op]} it")
        for worker in gone[-_EACH:]:
            text = f"{worker.name} {doing(worker, self.state, self.now)}"
            self.add(depth + 1, text, Subject("worker", worker.name))

    def to_join(self, queue: QueueState, depth: int = 0) -> None:
        """Say what is unfinished, and who has yet to finish it."""
        counts = f"{queue.size:,} queued, {len(queue.hands):,} got and not done"
        text = f"{queue.unfinished:,} unfinished in {queue.name}: {counts}"
        subject = Subject("queue", queue.name)
        if not self._enter(subject, text, depth):
            return
        with _On(self._path, subject):
            self._in_hand(queue, depth + 1)
            if queue.astray > 0:
                stays = "is owed for something" if queue.astray == 1 else "are owed for things"
                text = f"{queue.astray:,} {stays} no longer there: nobody will mark that done"
                self.add(depth + 1, text)
            if queue.size:
                takers = self.state.takers(queue)
                fresh = [w for w in takers if Subject("worker", w.name) not in self._told]
                if not takers:
                    self._nobody(queue, depth + 1, "put")
                self._each(fresh, depth + 1, "take from it")

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
                text = f"{left}, got by {name}: {parents[name]}, which it created, may mark it done"
                self.add(depth, text, Subject("worker", parents[name]))
                self.hope = True
            elif owed:
                why = "left it out" if owed[0].owed == "forgotten" else owed[0].owed
                why = {"cancelled": "was cancelled", "shutdown": "ended"}.get(why, why)
                text = f"{left}, got by {name}, which {why}: task_done() will never be called"
                first = owed[0]
                self.add(depth, text, slot_subject(queue.name, first.slot, first.item))
            if held and worker is not None:
                alive += 1
                if alive <= 2 * _EACH:
                    text = f"{name} has {held} in hand: it {doing(worker, self.state, self.now)}"
                    self._one(worker, text, depth)
        if alive > 2 * _EACH:
            self.add(
                depth, f"and {things(alive - 2 * _EACH, 'more worker')} with something in hand"
            )
            self.hope = True

    # --- who could help --------------------------------------------------------------------------

    def _each(self, workers: Iterable[WorkerState], depth: int, role: str) -> None:
        """Say what each of them does; those that wait at one place are told together."""
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
                    text = f"{worker.name}, who may {role}, {doing(worker, self.state, self.now)}"
                    self._one(worker, text, depth)
                if rest := len(members) - each:
                    self.add(depth, f"and {rest:,} more that {_GROUPS.get(kind, kind)}")
                    self.hope = True
                continue
            if len(members) == 1:
                text = f"{members[0].name}, who may {role}, "
                text += doing(members[0], self.state, self.now)
            else:
                text = f"{names([w.name for w in members])}, who may {role}, {_WAIT[kind]} {place}"
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
            text = "nobody in this can go on: a deadlock, unless somebody else puts or takes"
            self.add(0, text)


def latest_get(queue: QueueState, now: float) -> str:
    """Say when something was taken from the queue."""
    return _latest(queue.takers, now, "get", "taken anything from it")


def latest_put(queue: QueueState, now: float) -> str:
    """Say when something was put into the queue."""
    return _latest(queue.givers, now, "put", "put anything into it")


def _latest(seen: dict[str, float], now: float, op: str, what: str) -> str:
    if not seen:
        return f"nobody has ever {what}"
    passed = max(0.0, now - max(seen.values()))
    if passed < _LONG:
        return f"the latest {op} was {seconds(passed)} ago"
    return f"nobody has {what} for {seconds(passed)}"


def circle(path: list[Subject]) -> str:
    """Tell a circle: each waits for the next, and the last for the first."""
    first, *others = [str(subject.name) for subject in path]
    steps = [f"{first} waits for {others[0]}"] if others else [f"{first} waits for itself"]
    after = [*others[1:], first]
    steps += [f"{one} for {next_}" for one, next_ in zip(others, after, strict=True)]
    return f"a circle: {', '.join(steps)}"


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
    "making": "make items",
    "working": "work",
    "stalled": "stand still",
    "running": "wait for something that is no queue",
    "woken": "were woken",
}
_WAIT: Final = {
    "putting": "are blocked in put() to",
    "getting": "wait in get() from",
    "joining": "wait in join() on",
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
                wait = "waits" if len(others) == 1 else "wait"
                helps = "from which it may take" if op == "put" else "into which it may put"
                text = f"{names(others)} {wait} in {op}() on {queue.name}, {helps}"
                reasons.append(Reason(text, subject))
            if worker.name in line and line[-1] != worker.name:
                behind = line[line.index(worker.name) + 1]
                text = f"{behind} stands behind it in the line for {op}() on {queue.name}"
                reasons.append(Reason(text, Subject("worker", behind)))
        held = [called(slot.item, slot.shape) for owner, slot in worker.hand if owner == queue.name]
        if held and queue.joiners:
            wait = "waits" if len(queue.joiners) == 1 else "wait"
            text = f"{names(list(queue.joiners))} {wait} in join() on {queue.name}, also until it"
            reasons.append(Reason(f"{text} has marked {names(held)} done", subject))
    return reasons


def _owed(worker: WorkerState, state: State) -> list[Reason]:
    """Say what a worker that is over has left owed."""
    reasons = []
    for queue in state.queues.values():
        for name, slot in queue.hands.values():
            if name == worker.name and slot.owed:
                text = f"task_done() for {called(slot.item, slot.shape)} on {queue.name} stays owed"
                reasons.append(Reason(text, slot_subject(queue.name, slot.slot, slot.item)))
    return reasons[: 2 * _EACH]


def waits_at_queue(queue: QueueState, now: float) -> list[Reason]:
    """Say who waits at a queue, and what for."""
    reasons = []
    for op, line in (("put", queue.putters), ("get", queue.getters)):
        for place, waiter in enumerate(line[: 2 * _EACH], 1):
            argument = argument_of(waiter.item, waiter.shape) if op == "put" else ""
            verb = "is blocked" if op == "put" else "waits"
            text = f"{waiter.worker} {verb} in {op}({argument}), {ordinal(place)} in line"
            passed = seconds(max(0.0, now - waiter.since))
            reasons.append(Reason(f"{text}, for {passed}", Subject("worker", waiter.worker)))
        if len(line) > 2 * _EACH:
            reasons.append(Reason(f"and {len(line) - 2 * _EACH:,} more in {op}()"))
    for name, since in queue.joiners.items():
        text = f"{name} waits in join() for {queue.unfinished:,} unfinished"
        reasons.append(Reason(f"{text}, for {seconds(max(0.0, now - since))}",
                              Subject("worker", name)))  # fmt: skip
    return reasons
