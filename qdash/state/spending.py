"""How time was spent of late: by the workers of each role, and by what went through each queue.

The state adds up seconds as it is folded; from time to time, always at the same virtual instants,
it notes how far it has come. What was spent since one of those notes is the difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from qdash.state.records import Phase, QueueState, WorkerState

STRETCH: Final = 20.0
"""How many virtual seconds are looked back, at least, once so many have gone by."""
EVERY: Final = 5.0
"""How many virtual seconds lie between two notes."""

_KEPT: Final = STRETCH / EVERY


class Flow(msgspec.Struct, frozen=True, gc=False):
    """What went through one queue up to an instant, from the beginning."""

    put: int = 0
    got: int = 0
    gave_up: int = 0
    """How many puts ended by a timeout."""
    full: float = 0.0
    """For how many seconds it was full."""
    area: float = 0.0
    """Its depth summed over time, in items times seconds."""
    waits: float = 0.0
    """How long all that was got had lain in it, in seconds."""


class Spent(msgspec.Struct, frozen=True):
    """How time had been spent up to the virtual time ``t``, from the beginning."""

    t: float = 0.0
    roles: dict[str, dict[Phase, float]] = {}
    """For each role, the seconds that its workers were in each phase, added up."""
    queues: dict[str, Flow] = {}


def spent_until(
    t: float,
    roles: dict[str, dict[Phase, float]],
    workers: Iterable[WorkerState],
    queues: Iterable[QueueState],
) -> Spent:
    """Return how time has been spent up to ``t``, not before the latest event."""
    now = {role: phases.copy() for role, phases in roles.items()}
    for worker in workers:
        if worker.phase != "ended":
            now[worker.role][worker.phase] += t - worker.since
    return Spent(t, now, {queue.name: _flow(queue, t) for queue in queues})


def _flow(queue: QueueState, t: float) -> Flow:
    since = t - queue.changed
    return Flow(
        queue.put,
        queue.got,
        queue.gave_up,
        queue.full_time + (since if queue.full else 0.0),
        queue.area + since * queue.size,
        queue.waits,
    )


def note_time(t: float) -> float:
    """Return the latest instant up to ``t`` at which a note is taken."""
    return t // EVERY * EVERY


def missing_notes(due: float, t: float) -> list[float]:
    """Return the instants from ``due`` to ``t`` whose notes are still of use at ``t``."""
    latest = note_time(t)
    first = max(due, latest - STRETCH)
    return [first + EVERY * n for n in range(int(min((latest - first) // EVERY, _KEPT)) + 1)]


class Stretch:
    """How time was spent between two instants: all parts are from 0 to 1."""

    def __init__(self, before: Spent, now: Spent) -> None:
        self._before, self._now = before, now
        self.seconds = max(0.0, now.t - before.t)
        """How long it is, in virtual seconds."""
        self.whole = before.t <= 0.0
        """Whether it is all the time that there was."""

    def part(self, role: str, *phases: Phase) -> float:
        """Return which part of their time the workers of a role were in ``phases``."""
        now, before = self._now.roles.get(role, {}), self._before.roles.get(role, {})
        spent = {phase: max(0.0, now[phase] - before.get(phase, 0.0)) for phase in now}
        life = sum(spent.values())
        return sum(spent.get(phase, 0.0) for phase in phases) / life if life > 0 else 0.0

    def full(self, queue: str) -> float:
        """Return which part of the time a queue was full."""
        return self._per_second(queue, "full")

    def depth(self, queue: str) -> float:
        """Return a queue's mean depth over time, in items: the L of Little's law."""
        return self._per_second(queue, "area")

    def rate(self, queue: str) -> float:
        """Return how many items a second were got from a queue: the λ of Little's law."""
        return self._per_second(queue, "got")

    def put_rate(self, queue: str) -> float:
        """Return how many items a second were put into a queue."""
        return self._per_second(queue, "put")

    def wait(self, queue: str) -> float:
        """Return how long what was got had lain in a queue on average, in seconds: the W."""
        got = self._difference(queue, "got")
        return self._difference(queue, "waits") / got if got > 0 else 0.0

    def puts(self, queue: str) -> int:
        """Return how many puts succeeded."""
        return int(self._difference(queue, "put"))

    def gave_up(self, queue: str) -> int:
        """Return how many puts ended by a timeout."""
        return int(self._difference(queue, "gave_up"))

    def _per_second(self, queue: str, what: str) -> float:
        return self._difference(queue, what) / self.seconds if self.seconds > 0 else 0.0

    def _difference(self, queue: str, what: str) -> float:
        now, before = self._now.queues.get(queue, _NOTHING), self._before.queues.get(queue)
        return float(max(0.0, getattr(now, what) - getattr(before or _NOTHING, what)))


_NOTHING: Final = Flow()
