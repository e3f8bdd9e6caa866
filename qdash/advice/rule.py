"""What a rule is, what it looks at, and the words in which evidence is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import msgspec

from qdash.state import QueueState, Slot, State, Stretch, WorkerState, beside


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
        return f"of the {'first' if self.stretch.whole else 'last'} {self.stretch.seconds:.0f} s"

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

    def role(self, queue: QueueState, step: int) -> str:
        """Return the role that puts into a queue (-1) or takes from it (1); "" if unknown.

        It is the one beside the queue on the stage, else the first that was seen to do so.
        """
        placed = beside(self.state.header, queue.name, step)
        if placed:
            return "" if placed.startswith("@") else placed
        seen = queue.takers if step > 0 else queue.givers
        return next((role for role in seen if role in self.roles and role != "main"), "")

    def alive(self, role: str) -> list[WorkerState]:
        """Return the live workers of a role."""
        return [worker for worker in self.roles.get(role, ()) if worker.alive]


def things(count: int, noun: str) -> str:
    """``1 thing``, ``2,000 things``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def names(all_names: Sequence[str], most: int = 3) -> str:
    """``P1, P2, P3 and 4 more``."""
    if len(all_names) <= most:
        return " and ".join(filter(None, [", ".join(all_names[:-1]), *all_names[-1:]]))
    return f"{', '.join(all_names[:most])} and {len(all_names) - most:,} more"


def who(workers: Iterable[WorkerState], most: int = 3) -> str:
    """Name workers, and the line on which they are where that is known: ``P1, P2 (line 24)``."""
    workers = list(workers)
    lines = {worker.line for worker in workers}
    if len(lines) == 1 and (line := lines.pop()):
        return f"{names([worker.name for worker in workers], most)} (line {line})"
    return names([_at_line(worker) for worker in workers], most)


def _at_line(worker: WorkerState) -> str:
    return f"{worker.name} (line {worker.line})" if worker.line else worker.name


def named(look: Look, name: str) -> str:
    """Name one worker, with its line where that is known."""
    worker = look.state.workers.get(name)
    return (name or "code outside the workers") if worker is None else _at_line(worker)


def held(all_held: Iterable[tuple[str, Slot]]) -> str:
    """Say what was got by whom, and why it will not be marked done."""
    return names([f"{slot.label} got by {name} ({slot.owed})" for name, slot in all_held])


def share(part: float) -> str:
    """``87 %``."""
    return f"{100 * part:.0f} %"
