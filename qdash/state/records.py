"""The records of which a state is made: slots, waiting calls, workers, queues, failures.

Everything here is plain data; only the reducers of this package write it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final, Literal, TypeVar, get_args

import msgspec

from qdash.events import Discipline, Event, Shape, Woken

T = TypeVar("T")

Phase = Literal["running", "making", "working", "putting", "getting", "joining", "stalled", "ended"]
"""What a worker does: ``putting`` is blocked in put, ``getting`` waits in get; ``running`` is
between two observed awaits (or waits for something that qdash does not observe)."""

PHASES: Final[tuple[Phase, ...]] = get_args(Phase)

ORPHANED: Final = "orphaned get()"
"""Why a slot is owed that was got by a call to which its worker does not attend."""


def _by_position(cls: type[T]) -> type[T]:
    """Let a record be pickled by the order of its fields, far quicker than by their names."""
    values: Callable[[T], tuple[Any, ...]] = attrgetter(*cls.__slots__)  # type: ignore[attr-defined]
    setattr(cls, "__reduce__", lambda self: (cls, values(self)))  # noqa: B010 (mypy refuses else)
    return cls


class Slot(msgspec.Struct, gc=False):
    """One thing in a queue, or got from it and not yet marked done."""

    slot: int
    item: int | str
    shape: Shape
    since: float
    rank: float | None = None
    counted: bool = True
    """Whether it is counted as unfinished: a put that failed can leave a thing uncounted."""
    owed: str = ""
    """Why nobody will mark it done any more: ``forgotten``, ORPHANED, or how its worker ended."""

    @property
    def label(self) -> str:
        """How people call it: ``#12`` for an item, else by what it is."""
        return f"#{self.item}" if isinstance(self.item, int) else self.item


class Waiter(msgspec.Struct, gc=False):
    """One worker in a queue's line of putters or getters."""

    worker: str
    since: float
    item: int | str = ""
    shape: Shape = "item"
    deadline: float | None = None
    barged: int = 0
    """How often it was woken and found its place taken."""


class Failure(msgspec.Struct, gc=False):
    """An exception that ended something, with its traceback."""

    t: float
    worker: str
    error: str
    traceback: str


class Cancel(msgspec.Struct, frozen=True, gc=False):
    """A call of ``cancel()`` on a worker: when, by whom, and what the worker then had in mind."""

    t: float
    by: str
    item: int | str


class Early(msgspec.Struct, frozen=True, gc=False):
    """A ``join`` let ``joiners`` go at ``t``, in virtual seconds, ``putters`` being in put."""

    t: float
    joiners: tuple[str, ...]
    putters: tuple[str, ...]


def no_time() -> dict[Phase, float]:
    """Return zero seconds in each phase."""
    return dict.fromkeys(PHASES, 0.0)


class Step(msgspec.Struct, frozen=True, gc=False):
    """A step that a worker ran: from the line ``before`` to where it is suspended, ``line``.

    The latter is 0 where the worker stands elsewhere, and where the step has ended it.
    """

    worker: str
    before: int
    line: int


@_by_position
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
    """When a timeout around its waiting call or its work will fire."""
    queue: str = ""
    """The queue in whose put, get or join it waits."""
    item: int | str = ""
    shape: Shape = "item"
    woken: bool = False
    made: int = 0
    put: int = 0
    got: int = 0
    done: int = 0
    timeouts: int = 0
    restarts: int = 0
    hand: list[tuple[str, Slot]] = field(default_factory=list)
    """What it got and has yet to mark done: (queue, slot)."""
    how: str = ""
    """How it ended: returned, cancelled, shutdown or failed."""
    error: str = ""
    line: int = 0
    """The line of the scenario's source on which it is; 0: not there, or nobody watched."""
    before_stall: tuple[Phase, float | None] | None = None
    turn: Waiter | None = None
    """The place in line from which it was woken last."""
    waking: Woken | None = None
    """By what it was woken last."""
    thread: bool = False
    """Whether it is a thread, and no task."""
    cancel: Cancel | None = None
    """The latest call of ``cancel()`` on it."""
    swallowed: bool = False
    """Whether it has gone on since: it waited for, made or worked on something further."""
    spent: dict[Phase, float] = field(default_factory=no_time)
    """The seconds that all workers of its role were in each phase, each up to its ``since``."""

    @property
    def doing(self) -> Phase:
        """What it does, or will go on with after a stall."""
        return self.phase if self.before_stall is None else self.before_stall[0]

    @property
    def alive(self) -> bool:
        """Whether its task is not over."""
        return self.phase != "ended"


@_by_position
@dataclass(slots=True)
class QueueState:
    """One queue: what lies in it, who waits, and the counts."""

    name: str
    maxsize: int
    discipline: Discipline
    slots: dict[int, Slot] = field(default_factory=dict)
    hands: dict[int, tuple[str, Slot]] = field(default_factory=dict)
    """What was got and is not marked done: slot number to (who got it, slot)."""
    putters: list[Waiter] = field(default_factory=list)
    getters: list[Waiter] = field(default_factory=list)
    joiners: dict[str, float] = field(default_factory=dict)
    put: int = 0
    got: int = 0
    done: int = 0
    dropped: int = 0
    """How many things were thrown away."""
    dropped_owed: int = 0
    """How many of those were owed to ``join``, and so counted as done."""
    shed: int = 0
    """How many of those a worker threw away to make room; the others went by ``shutdown``."""
    lost: int = 0
    """How many things vanished when a heap could not compare them."""
    uncounted: int = 0
    """How many things a heap kept although their put failed: never counted as put."""
    forgotten: int = 0
    """How often a ``task_done`` was left out."""
    broken_off: int = 0
    """How many things were marked done although the work on them was broken off."""
    too_often: int = 0
    """How often a ``task_done`` was refused because nothing was unfinished."""
    unfinished: int = 0
    peak: int = 0
    """The most things that ever lay in it."""
    refused: dict[str, int] = field(default_factory=dict)
    is_shutdown: bool = False
    immediate: bool = False
    givers: dict[str, float] = field(default_factory=dict)
    """The roles that have put into it, each with the time of the latest; "": no known worker."""
    takers: dict[str, float] = field(default_factory=dict)
    """The roles that have got from it, likewise."""
    put_at_once: str = ""
    """Who was the latest to put without waiting in line."""
    got_at_once: str = ""
    """Who was the latest to get without waiting in line."""
    strays: dict[str, list[Waiter]] = field(default_factory=dict)
    """The orphaned gets of a worker that were woken and have yet to take their item."""
    early: Early | None = None
    """The latest time that nothing was unfinished for ``join``, though somebody was in put."""
    gave_up: int = 0
    """How many puts ended by a timeout."""
    newest: int = 0
    """The slot number of what was put last."""
    changed: float = 0.0
    """Up to when the three below are added up."""
    full_time: float = 0.0
    """For how many seconds it was full."""
    area: float = 0.0
    """Its depth summed over time, in items times seconds."""
    waits: float = 0.0
    """How long all that was got had lain in it, in seconds."""

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

    def pass_time(self, t: float) -> None:
        """Add up the time to ``t``: before anything by which its depth or fullness changes."""
        since = t - self.changed
        size = len(self.slots)
        self.area += since * size
        if 0 < self.maxsize <= size:
            self.full_time += since
        self.changed = t

    @property
    def owed(self) -> list[tuple[str, Slot]]:
        """What nobody will mark done any more, with the name of who got it."""
        return [(name, slot) for name, slot in self.hands.values() if slot.owed]

    @property
    def astray(self) -> int:
        """By how much ``unfinished`` lies above what is queued or got, as far as either is counted.

        Above zero: things are owed that no longer exist. Below: ``task_done`` was called too early.
        """
        astray = self.unfinished - len(self.slots) - len(self.hands)
        if self.uncounted:
            astray += sum(not slot.counted for slot in self.slots.values())
            astray += sum(not slot.counted for _, slot in self.hands.values())
        return astray

    def in_order(self, limit: int | None = None) -> list[Slot]:
        """Return the slots in the order in which get will serve them, the next one first."""
        slots: list[Slot] = list(self.slots.values())
        if self.discipline == "lifo":
            slots.reverse()
        elif self.discipline == "priority":
            slots.sort(key=_rank)
        return slots if limit is None else slots[:limit]


def _rank(slot: Slot) -> tuple[bool, float, float, int]:
    """The order in which a priority queue serves: items of one priority by their number."""
    number = slot.item if isinstance(slot.item, int) else float("inf")
    return slot.rank is None, slot.rank or 0.0, number, slot.slot


class Then(msgspec.Struct, frozen=True, gc=False):
    """What was true right after an event, as far as a sentence about it needs.

    Where it is of no use to a sentence, a field keeps its default.
    """

    size: int = 0
    maxsize: int = 0
    unfinished: int = 0
    place: int = 0
    """The worker's place in line, the first being 1."""
    waited: float | None = None
    """For how long the call that is over had waited, in seconds; None: it did not wait."""
    shape: Shape = "item"
    """What the worker had got last, or what was thrown away."""
    names: tuple[str, ...] = ()
    """What was left undone, who waits for what, or whose ``join`` returns by this."""
    cause: Event | None = None
    """The event by which a worker was woken."""
    again: bool = False
    """Whether a worker of that name had failed before."""
    item: int | str = ""
    """What a ``task_done`` was for, what was lost, or what a worker had on its mind at its end."""
    at_once: bool = False
    """Whether whoever was quicker had not waited in line."""
