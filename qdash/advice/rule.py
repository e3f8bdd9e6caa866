"""What a rule is, what it looks at, and the words in which evidence is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

import msgspec

from qdash.narrate import names
from qdash.state import ORPHANED, QueueState, Slot, State, Stretch, WorkerState, beside
from qdash.words import tr, trc


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A named rule. All of it but ``evidence`` is for people, and ``explain`` prints it.

    ``when`` is its condition, ``follows`` what comes of it, ``remedy`` what helps; ``see`` is how
    it can be seen here. ``broken`` and ``fixed`` are code, the one with the mistake, the other
    without; both are "" where no few lines show it.
    """

    name: str
    when: str
    follows: str
    remedy: str
    see: str
    evidence: Callable[[Look], Iterator[str]]
    """Yields a sentence for each place where the condition holds."""
    broken: str = ""
    fixed: str = ""


class Look:
    """A state as the rules see it; what several of them ask is found once."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.queues: list[QueueState] = list(state.queues.values())
        self.over = state.ended is not None
        self._takers: dict[str, list[WorkerState]] = {}
        self._givers: dict[str, list[WorkerState]] = {}

    @cached_property
    def live(self) -> list[WorkerState]:
        """The workers that are not over."""
        return self.state.live()

    @cached_property
    def roles(self) -> dict[str, list[WorkerState]]:
        """The known workers of each role, also those that are over."""
        roles: dict[str, list[WorkerState]] = {}
        for worker in self.state.workers.values():
            roles.setdefault(worker.role, []).append(worker)
        return roles

    @cached_property
    def stretch(self) -> Stretch:
        """How time was spent of late."""
        return self.state.lately()

    @property
    def since(self) -> str:
        """Name that stretch of time."""
        text = tr("of the first {n:.0f} s") if self.stretch.whole else tr("of the last {n:.0f} s")
        return text.format(n=self.stretch.seconds)

    def takers(self, queue: QueueState) -> list[WorkerState]:
        """Return the live workers that may take from a queue."""
        if queue.name not in self._takers:
            self._takers[queue.name] = self.state.takers(queue)
        return self._takers[queue.name]

    def givers(self, queue: QueueState) -> list[WorkerState]:
        """Return the live workers that may put into a queue."""
        if queue.name not in self._givers:
            self._givers[queue.name] = self.state.givers(queue)
        return self._givers[queue.name]

    def called(self, queue: QueueState) -> list[WorkerState]:
        """Return the workers that were woken for a slot of a queue and have yet to run."""
        return [w for w in self.live if w.woken and w.doing == "putting" and w.queue == queue.name]

    def known(self, names: Iterable[str]) -> list[WorkerState]:
        """Return those workers of which something is known."""
        return [self.state.workers[name] for name in names if name in self.state.workers]

    def role(self, queue: QueueState, step: int) -> str:
        """Return the role that puts into a queue (-1) or takes from it (1); "" if unknown.

        It is the one beside the queue on the stage, else the first that was seen to do so.
        """
        placed = beside(self.state.header, queue.name, step)
        if placed:
            return "" if placed.startswith("@") else placed
        seen = queue.takers if step > 0 else queue.givers
        return next((role for role in seen if role in self.roles and role != "main"), "")

    def who(self, workers: Iterable[WorkerState], most: int = 3) -> str:
        """Name workers, with the line on which they stand if it is known: ``P1, P2 (line 24)``."""
        workers = list(workers)
        lines = {worker.line for worker in workers}
        if self.state.lines_known and len(lines) == 1 and (line := lines.pop()):
            who = names([worker.name for worker in workers], most)
            return tr("{who} (line {line})").format(who=who, line=line)
        return names([self._at_line(worker) for worker in workers], most)

    def named(self, name: str) -> str:
        """Name one worker, with its line if that is known."""
        worker = self.state.workers.get(name)
        if worker is None:
            return name or tr("code outside the workers")
        return self._at_line(worker)

    def _at_line(self, worker: WorkerState) -> str:
        known = worker.line and self.state.lines_known
        if not known:
            return worker.name
        return tr("{who} (line {line})").format(who=worker.name, line=worker.line)

    def alive(self, role: str) -> list[WorkerState]:
        """Return the live workers of a role."""
        return [worker for worker in self.roles.get(role, ()) if worker.alive]


def held(all_held: Iterable[tuple[str, Slot]]) -> str:
    """Say what was got by whom, and why it will not be marked done."""
    text = tr("{item} got by {who} ({why})")
    return names(
        [text.format(item=slot.label, who=name, why=owed(slot.owed)) for name, slot in all_held]
    )


def owed(why: str) -> str:
    """Say why what was got will not be marked done."""
    told = {
        "forgotten": trc("owed", "forgotten"),
        "returned": trc("owed", "returned"),
        "failed": trc("owed", "failed"),
        "cancelled": trc("owed", "cancelled"),
        "shutdown": trc("owed", "shutdown"),
        ORPHANED: trc("owed", "orphaned get()"),
    }
    return told.get(why, why)


def and_more(evidence: str, count: int) -> str:
    """Say that as many more are in the same case as one that was told of."""
    if not count:
        return evidence
    return tr("{evidence}; so it is with {n:,} more").format(evidence=evidence, n=count)


def share(part: float) -> str:
    """``87 %``."""
    return f"{100 * part:.0f} %"
