"""The past along virtual time: what each worker did, how deep each queue was, how fast it went.

A fold over events, bounded: see ``qdash.track`` for how the past is kept, and the limits below.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from copy import copy
from itertools import product
from typing import Any, Final, Literal

import msgspec

from qdash import events as ev
from qdash.commands import DISTURBANCES
from qdash.events import Event, Header
from qdash.heard import heard
from qdash.settings import SETTINGS
from qdash.track import APART, NOTHING, Effects, Pairs, Track
from qdash.words import mark, tr

LANES: Final = 24
"""How many lanes a role has; workers beyond that are known only in their sum."""
ROLES: Final = 32
"""How many roles have lanes; workers of any further role are counted with the last one."""
QUEUES: Final = 32
"""How many queues have a past."""
MARKS: Final = 500
"""How many of the latest marks are kept."""
SIZES: Final = 500
"""How many of the latest changes of a queue's maxsize are kept."""

BUSY: Final = 0
BLOCKED: Final = 1
WAITING: Final = 2
JOINING: Final = 3
STALLED: Final = 4
RUNNING: Final = 5
"""What workers do: the steps of a track of workers are how many of them do so."""
STARTED: Final = 6
FAILED: Final = 7
"""The ticks of a track of workers: how many of them started, and how many failed."""
PHASES: Final = 6

DEPTH: Final = 0
FULL: Final = 1
OVER: Final = 2
"""The steps of a queue: its depth, and 1 while it is full, and while it is over capacity."""
PUT: Final = 3
GOT: Final = 4
DONE: Final = 5
"""The ticks of a queue: how many items were put, got and marked done."""

_GONE: Final = 6
_FELL: Final = 7
"""Where a worker is when it is over, and when it is over because it failed."""


def _moves() -> tuple[Effects, bytes]:
    """Return what ``before << 3 | after`` does to a track of workers, and how two such merge."""
    effects, merged = [], bytearray([APART]) * (64 * 64)
    for code in range(64):
        before, after = divmod(code, 8)
        steps = [(before, -1)] * (before < PHASES) + [(after, 1)] * (after < PHASES)
        ticks = [(STARTED, 1)] * (before == _GONE) + [(FAILED, 1)] * (after == _FELL)
        effects.append((tuple(steps), tuple(ticks)))
        for last in range(PHASES):
            for first in range(7):
                whole = NOTHING if first == after and first < PHASES else first << 3 | after
                if last == before:
                    merged[(first << 3 | last) << 6 | code] = whole
    return tuple(effects), bytes(merged)


_MOVES, _MERGED = _moves()


def _flow(by: int, tick: int = 0, full: int = 0, over: int = 0) -> int:
    """Return the code for a change of a queue's depth, its tick, and of its being full and over."""
    return ((tick * 3 + by + 1) * 3 + full + 1) * 3 + over + 1


def _flows() -> Effects:
    codes: dict[int, tuple[Pairs, Pairs]] = {}
    for tick, by, full, over in product((0, PUT, GOT, DONE), *[(-1, 0, 1)] * 3):
        steps = tuple((slot, n) for slot, n in ((DEPTH, by), (FULL, full), (OVER, over)) if n)
        codes[_flow(by, tick, full, over)] = (steps, ((tick, 1),) if tick else ())
    return tuple(codes.get(code, ((), ())) for code in range(max(codes) + 1))


_FLOWS: Final = _flows()
_DONE: Final = _flow(0, DONE)


class Mark(msgspec.Struct, frozen=True):
    """Something that a person did, or that befell the lab, at virtual time ``t``."""

    t: float
    tone: Literal["setting", "injected", "failure", "lab"]
    event: Event

    @property
    def text(self) -> str:
        """What it was, in the language spoken."""
        return _SAYS[type(self.event)](self.event)


class Lane:
    """One line of the picture: the workers of a role that had the same place, one after another.

    A worker takes the first free place of its role and leaves it when it is over, so that short
    lives share a lane. ``worker`` is the latest that had the place, and is over if not ``alive``.
    """

    __slots__ = ("alive", "track", "worker")

    def __init__(self) -> None:
        self.worker = ""
        self.alive = False
        self.track = Track(PHASES, 2, _MOVES, _MERGED)

    def copy(self) -> Lane:
        """Return one of its own with the same past."""
        other = copy(self)
        other.track = self.track.copy()
        return other


class RolePast:
    """All workers of one role: those with a lane each, and the sum of the rest."""

    __slots__ = ("alive", "lanes", "name", "rest")

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive = 0
        self.lanes: list[Lane] = []
        self.rest = Track(PHASES, 2, _MOVES, _MERGED)

    def copy(self) -> RolePast:
        """Return one of its own with the same past."""
        other = copy(self)
        other.lanes = [lane.copy() for lane in self.lanes]
        other.rest = self.rest.copy()
        return other


class QueuePast:
    """One queue: how deep it was, how large, and how much went through it."""

    __slots__ = ("depth", "full", "maxsize", "name", "over", "sizes", "track")

    def __init__(self, name: str, t: float, maxsize: int) -> None:
        self.name = name
        self.maxsize = maxsize
        self.sizes = deque([(t, maxsize)], maxlen=SIZES)
        """Each ``maxsize`` (0 is unbounded) with the time from which it held."""
        self.track = Track(3, 3, _FLOWS)
        self.depth = 0
        self.full = self.over = False

    def copy(self) -> QueuePast:
        """Return one of its own with the same past."""
        other = copy(self)
        other.sizes = self.sizes.copy()
        other.track = self.track.copy()
        return other

    def maxsize_at(self, t: float) -> int:
        """Return the ``maxsize`` that held just before ``t`` (the first one known, before that)."""
        found = self.sizes[0][1]
        for since, maxsize in self.sizes:
            if since >= t:
                break
            found = maxsize
        return found


class _Worker:
    """Where a live worker is, and in which track that is kept."""

    __slots__ = ("before", "lane", "phase", "role", "track")

    def __init__(self, role: RolePast, lane: Lane | None) -> None:
        self.phase = RUNNING
        self.before = RUNNING  # what it did when it was stalled
        self.role = role
        self.lane = lane
        self.track = role.rest if lane is None else lane.track


class Timeline:
    """A bounded history along virtual time: ``apply`` events to it, in their order."""

    def __init__(self, header: Header) -> None:
        self.header = header
        self.roles: dict[str, RolePast] = {}
        self.queues: dict[str, QueuePast] = {}
        self.marks: deque[Mark] = deque(maxlen=MARKS)
        self.marks_gone = 0
        """How many marks were let go because there were too many."""
        self._workers: dict[str, _Worker] = {}

    def apply(self, event: Event) -> None:
        """Fold one event into the history."""
        what = _ACTS.get(type(event))
        if what is None:
            return
        phase, act = what
        if phase is not None:
            # Flat, without a call, since this is on the path of nearly every event.
            worker = self._workers.get(event.worker)  # type: ignore[attr-defined]
            if worker is not None and worker.phase != phase:
                worker.track.change(event.t, worker.phase << 3 | phase)
                worker.phase = phase
        if act is not None:
            act(self, event)

    def copy(self) -> Timeline:
        """Return one of its own that may go on, with the same past, of which most is shared."""
        other = copy(self)
        other.roles = {name: role.copy() for name, role in self.roles.items()}
        other.queues = {name: queue.copy() for name, queue in self.queues.items()}
        other.marks = self.marks.copy()
        lanes = {
            lane: twin
            for name, role in self.roles.items()
            for lane, twin in zip(role.lanes, other.roles[name].lanes, strict=True)
        }
        other._workers = {}
        for name, worker in self._workers.items():
            lane = None if worker.lane is None else lanes[worker.lane]
            twin = other._workers[name] = _Worker(other.roles[worker.role.name], lane)
            twin.phase, twin.before = worker.phase, worker.before
        return other

    def lane(self, worker: str) -> Lane | None:
        """Return the lane in which ``worker`` is or was the latest, if there is one."""
        for role in self.roles.values():
            for lane in role.lanes:
                if lane.worker == worker:
                    return lane
        return None

    def marks_between(self, t0: float, t1: float) -> list[Mark]:
        """Return the marks from ``t0`` up to and not including ``t1``, oldest first."""
        return [each for each in self.marks if t0 <= each.t < t1]

    # --- what the events do ----------------------------------------------------------------------

    def _mark(self, event: Event, tone: Any) -> None:
        if len(self.marks) == MARKS:
            self.marks_gone += 1
        self.marks.append(Mark(event.t, tone, event))

    def _move(self, name: str, t: float, phase: int) -> None:
        """Let a worker, if it is known, be in another phase from ``t`` on."""
        worker = self._workers.get(name)
        if worker is not None and worker.phase != phase:
            worker.track.change(t, worker.phase << 3 | phase)
            worker.phase = phase

    def _stalled(self, e: ev.Stalled) -> None:
        worker = self._workers.get(e.worker)
        if worker is not None and worker.phase != STALLED:
            worker.before = worker.phase
            self._move(e.worker, e.t, STALLED)

    def _resumed(self, e: ev.Resumed) -> None:
        worker = self._workers.get(e.worker)
        if worker is not None and worker.phase == STALLED:
            self._move(e.worker, e.t, worker.before)

    def _started(self, e: ev.WorkerStarted) -> None:
        role = self.roles.get(e.role)
        if role is None:
            if len(self.roles) < ROLES:
                role = self.roles[e.role] = RolePast(e.role)
            else:
                role = next(reversed(self.roles.values()))
        role.alive += 1
        lane = next((lane for lane in role.lanes if not lane.alive), None)
        if lane is None and len(role.lanes) < LANES:
            lane = Lane()
            role.lanes.append(lane)
        if lane is not None:
            lane.worker, lane.alive = e.worker, True
        self._workers[e.worker] = worker = _Worker(role, lane)
        worker.track.change(e.t, _GONE << 3 | RUNNING)

    def _ended(self, e: ev.WorkerEnded) -> None:
        failed = e.how == "failed"
        worker = self._workers.pop(e.worker, None)
        if worker is not None:
            worker.track.change(e.t, worker.phase << 3 | (_FELL if failed else _GONE))
            worker.role.alive -= 1
            if worker.lane is not None:
                worker.lane.alive = False
        if failed:
            self._mark(e, "failure")

    def _made(self, e: ev.QueueMade) -> None:
        if e.queue not in self.queues and len(self.queues) < QUEUES:
            self.queues[e.queue] = QueuePast(e.queue, e.t, e.maxsize)

    def _put(self, e: ev.Put) -> None:
        self._count(e.queue, e.t, 1, PUT)

    def _got(self, e: ev.Got) -> None:
        self._count(e.queue, e.t, -1, GOT)

    def _done(self, e: ev.TaskDone) -> None:
        queue = self.queues.get(e.queue)
        if queue is not None:
            queue.track.change(e.t, _DONE)

    def _count(self, name: str, t: float, by: int, tick: int = 0) -> None:
        """Let a queue be deeper ``by`` so much, and count a tick."""
        queue = self.queues.get(name)
        if queue is not None:
            queue.depth = depth = queue.depth + by
            maxsize = queue.maxsize
            full = 0 < maxsize <= depth
            over = 0 < maxsize < depth
            # As _flow would, without the call.
            code = ((tick * 3 + by + 1) * 3 + full - queue.full + 1) * 3 + over - queue.over + 1
            queue.track.change(t, code)
            queue.full, queue.over = full, over

    def _put_refused(self, e: ev.PutRefused) -> None:
        if e.slot is not None:  # it lies in the heap although its put failed
            self._count(e.queue, e.t, 1)

    def _get_refused(self, e: ev.GetRefused) -> None:
        if e.slot is not None:  # the heap lost it
            self._count(e.queue, e.t, -1)

    def _dropped(self, e: ev.Dropped) -> None:
        self._count(e.queue, e.t, -1)

    def _resized(self, e: ev.Resized) -> None:
        queue = self.queues.get(e.queue)
        if queue is not None:
            queue.maxsize = e.new
            queue.sizes.append((e.t, e.new))
            self._count(e.queue, e.t, 0)

    def _shut_down(self, e: ev.ShutDown) -> None:
        self._mark(e, "injected")

    def _injected(self, e: ev.Injected) -> None:
        if e.what not in ("shutdown", "shutdown-now"):  # the queue itself tells of those
            self._mark(e, "injected")

    def _setting(self, e: ev.SettingChanged) -> None:
        self._mark(e, "setting")

    def _lab_ended(self, e: ev.Ended) -> None:
        self._mark(e, "failure" if e.how == "failed" else "lab")

    def _stuck(self, e: ev.Stuck) -> None:
        self._mark(e, "lab")

    def _loop_error(self, e: ev.LoopError) -> None:
        self._mark(e, "failure")


# --- what marks say ---------------------------------------------------------------------------


def _worker_failed(e: ev.WorkerEnded) -> str:
    return tr("{worker} failed: {error}").format(worker=e.worker, error=e.error.partition(":")[0])


def _what_shut_down(e: ev.ShutDown) -> str:
    return tr(DISTURBANCES["shutdown-now" if e.immediate else "shutdown"].title)


def _what_injected(e: ev.Injected) -> str:
    known = DISTURBANCES.get(e.what)
    title = tr(known.title) if known is not None else e.what
    about = e.target if known is not None and known.target == "worker" else heard(e.detail)
    return tr("{title}: {about}").format(title=title, about=about) if about else title


def _what_set(e: ev.SettingChanged) -> str:
    known = SETTINGS.get(e.name)
    old, new = (known.show(e.old), known.show(e.new)) if known else (str(e.old), str(e.new))
    if known is not None and known.unit and new.endswith(f" {known.unit}"):
        old = old.removesuffix(f" {known.unit}")
    return f"{e.name} {old} → {new}"


_ENDINGS: Final = {
    "finished": mark("the lab finished"),
    "cancelled": mark("the lab was cancelled"),
    "failed": mark("the lab failed"),
}
_SAYS: Final[dict[type[Event], Callable[[Any], str]]] = {
    ev.WorkerEnded: _worker_failed,
    ev.ShutDown: _what_shut_down,
    ev.Injected: _what_injected,
    ev.SettingChanged: _what_set,
    ev.Ended: lambda e: tr(_ENDINGS[e.how]),
    ev.Stuck: lambda e: tr("stuck: nothing can happen any more"),
    ev.LoopError: lambda e: heard(e.error),
}

_ACTS: Final[dict[type[Event], tuple[int | None, Callable[[Timeline, Any], None] | None]]] = {
    ev.Making: (BUSY, None),
    ev.Working: (BUSY, None),
    ev.Made: (RUNNING, None),
    ev.Worked: (RUNNING, None),
    ev.PutWaiting: (BLOCKED, None),
    ev.Put: (RUNNING, Timeline._put),
    ev.PutRefused: (RUNNING, Timeline._put_refused),
    ev.GetWaiting: (WAITING, None),
    ev.Got: (RUNNING, Timeline._got),
    ev.GetRefused: (RUNNING, Timeline._get_refused),
    ev.JoinWaiting: (JOINING, None),
    ev.Joined: (RUNNING, None),
    ev.JoinRefused: (RUNNING, None),
    ev.TaskDone: (None, Timeline._done),
    ev.WorkerStarted: (None, Timeline._started),
    ev.WorkerEnded: (None, Timeline._ended),
    ev.Stalled: (None, Timeline._stalled),
    ev.Resumed: (None, Timeline._resumed),
    ev.QueueMade: (None, Timeline._made),
    ev.Dropped: (None, Timeline._dropped),
    ev.Resized: (None, Timeline._resized),
    ev.ShutDown: (None, Timeline._shut_down),
    ev.Injected: (None, Timeline._injected),
    ev.SettingChanged: (None, Timeline._setting),
    ev.Ended: (None, Timeline._lab_ended),
    ev.Stuck: (None, Timeline._stuck),
    ev.LoopError: (None, Timeline._loop_error),
}
"""What each event does: the phase of its worker from then on, and what else."""
