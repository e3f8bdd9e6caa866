"""What is known of a lab: the state, and the one reducer that writes it.

A state is a fold over the stream of events and holds nothing else. The live lab and a recording
feed the same reducer, so that the same screen can show either. Widgets read it and never write.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from qdash import events as ev
from qdash.events import Event, Header, Value
from qdash.state.of_queues import QUEUE_REDUCERS, orphaned
from qdash.state.of_workers import ENDED_LIMIT, WORKER_REDUCERS
from qdash.state.records import (
    ORPHANED,
    Failure,
    Phase,
    QueueState,
    Slot,
    Step,
    Then,
    Waiter,
    WorkerState,
)
from qdash.state.spending import EVERY, STRETCH, Spent, Stretch, missing_notes, spent_until

__all__ = [
    "ENDED_LIMIT",
    "FAILURE_LIMIT",
    "ORPHANED",
    "STRETCH",
    "Failure",
    "Phase",
    "QueueState",
    "Slot",
    "State",
    "Step",
    "Stretch",
    "Then",
    "Waiter",
    "WorkerState",
    "beside",
    "orphaned",
]

FAILURE_LIMIT: Final = 200
"""How many of the latest failures a state keeps, with their tracebacks."""

_REDUCERS: Final = {**QUEUE_REDUCERS, **WORKER_REDUCERS}


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
        self.last: tuple[Event, Then | None] | None = None
        """The latest event, and what was true right after it."""
        self.stepped: Step | None = None
        """The latest step that a worker ran."""
        self.steps = 0
        """How many of the events are steps, which are told only where lines are watched."""
        self.placed = False
        """Whether lines were taken over in place of steps."""
        self.failures: deque[Failure] = deque(maxlen=FAILURE_LIMIT)
        self.failure_count = 0
        self.stuck = False
        self.ended: ev.Ended | None = None
        self.over: dict[str, None] = {}
        """The names of workers that are over, in the order in which they ended."""
        self.spent: dict[str, dict[Phase, float]] = {}
        """For each role, how many seconds its workers were in each phase, up to their ``since``."""
        self._notes: deque[Spent] = deque([Spent()])
        self._due = EVERY

    def apply(self, event: Event) -> Then | None:
        """Fold one event into the state; return what a sentence about it needs to know."""
        t = event.t
        if t >= self._due:
            self._note(t)
        self.t = t
        self.events += 1
        self.stuck = False
        reduce = _REDUCERS.get(type(event))
        then = None if reduce is None else reduce(self, event)
        self.last = event, then
        return then

    def apply_all(self, events: Iterable[Event]) -> None:
        """Fold many events into the state."""
        for event in events:
            self.apply(event)

    def _note(self, t: float) -> None:
        notes = self._notes
        notes.extend(map(self._spent, missing_notes(self._due, t)))
        while len(notes) > 1 and notes[1].t <= notes[-1].t - STRETCH:
            notes.popleft()
        self._due = notes[-1].t + EVERY

    def _spent(self, t: float) -> Spent:
        return spent_until(t, self.spent, self.workers.values(), self.queues.values())

    def lately(self) -> Stretch:
        """Return how time was spent in the last ``STRETCH`` seconds and up to ``EVERY`` more."""
        return Stretch(self._notes[0], self._spent(self.t))

    @property
    def lines_known(self) -> bool:
        """Whether workers' lines are where they stand, and not just where their functions begin."""
        return self.steps > 0 or self.placed

    def place(self, lines: Mapping[str, int]) -> None:
        """Take over on which line each worker is, where no steps are told."""
        self.placed = True
        for name, line in lines.items():
            if name in self.workers:
                self.workers[name].line = line

    def live(self, role: str | None = None) -> list[WorkerState]:
        """Return the workers that are not over, in the order in which they began."""
        return [
            worker
            for worker in self.workers.values()
            if worker.phase != "ended" and (role is None or worker.role == role)
        ]

    def takers(self, queue: QueueState) -> list[WorkerState]:
        """Return the live workers that may take from a queue.

        They are those whose role has done so, or stands on the queue's right on the stage.
        """
        return self._of_roles(queue.takers, queue, 1)

    def givers(self, queue: QueueState) -> list[WorkerState]:
        """Return the live workers that may put into a queue: likewise, on its left."""
        return self._of_roles(queue.givers, queue, -1)

    def _of_roles(self, seen: Iterable[str], queue: QueueState, step: int) -> list[WorkerState]:
        roles = {*seen, beside(self.header, queue.name, step)}
        return [
            worker
            for worker in self.workers.values()
            if worker.phase != "ended" and worker.role in roles
        ]

    def roles(self) -> list[str]:
        """Return the roles of the known workers, each once, in order of appearance."""
        return list(dict.fromkeys(worker.role for worker in self.workers.values()))


def beside(header: Header, queue: str, step: int) -> str:
    """Return the role left (-1) or right (1) of a queue on the stage; "" where there is none."""
    for row in header.layout:
        at = row.index(f"@{queue}") if f"@{queue}" in row else -1
        if at >= 0 and 0 <= at + step < len(row):
            return row[at + step]
    return ""
