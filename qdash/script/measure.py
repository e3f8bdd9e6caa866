"""Measures: what conditions and questions of a script ask of a run, such as ``queue.jobs.size``.

Each is a function of what is known at a moment, and of the events since a beginning. So the same is
measured of a lab on the screen, of its past, and of a run without a screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, Literal, NamedTuple, get_args, get_origin, get_type_hints

from qdash.advice import UnknownRule, rule
from qdash.advice.rule import Look
from qdash.events import AnyEvent, Event
from qdash.script.model import Plain
from qdash.state import QueueState, State, WorkerState
from qdash.state.records import PHASES
from qdash.words import tr

Sort = Literal["number", "text", "flag", "any"]
"""What a measure yields; ``any`` is a number, a text or a flag, as an item or a setting may be."""

UNKNOWN: Final = "unknown"
"""What a worker does of which nothing is known."""

EVENTS: Final[dict[str, type[Event]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(AnyEvent)
}
"""The kinds of events by the names that they have in measures."""


class MeasureError(ValueError):
    """There is no such measure; the message says what there is."""


class Scene(NamedTuple):
    """What is measured: what is known, at which virtual time in seconds, and what has happened.

    ``events`` returns the events since the beginning that is meant, each time anew.
    """

    state: State
    clock: float
    events: Callable[[], Iterable[Event]]


class Measure(NamedTuple):
    """One measure: what it yields, of what, and which texts it may be, if these are known.

    ``subject`` is ``queue``, ``worker``, ``role``, ``event``, ``advice`` or ``run``, and ``name``
    which of them.
    """

    subject: str
    name: str
    sort: Sort
    find: Callable[[Scene, str, str], Plain]
    texts: tuple[str, ...] = ()
    of: bool = False
    """Whether it can be narrowed to a worker."""
    on: bool = False
    """Whether it can be narrowed to a queue."""


def measure(what: str, scene: Scene, of: str = "", on: str = "") -> Plain:
    """Return what a measure is; of events only those ``of`` a worker and ``on`` a queue count.

    What is not there counts nothing: 0, false or "", and what such a worker does is ``unknown``.
    Raises MeasureError.
    """
    return parse(what).find(scene, of, on)


@cache
def parse(what: str) -> Measure:
    """Return the measure called ``what``. Raises MeasureError that says what there is."""
    subject, _, rest = what.partition(".")
    make = _SUBJECTS.get(subject)
    if make is None:
        raise _no_measure(what, subject, _SUBJECTS)
    return make(rest)


def unknown(said: str, name: str, known: Iterable[str]) -> str:
    """Return a sentence that there is no such name: with the nearest one, and all that there are.

    ``said`` is its beginning. Parts, which have a stroke in their names, are not told.
    """
    known = list(known)
    near = get_close_matches(name[:100], known, n=1)
    there = ", ".join(one for one in known if "/" not in one)
    if near:
        return tr("{said}; did you mean {near}? There are {there}").format(
            said=said, near=near[0], there=there
        )
    return tr("{said}; there are {there}").format(said=said, there=there)


def _no_measure(what: str, name: str, known: Iterable[str]) -> MeasureError:
    what = what if len(what) <= 60 else what[:59] + "…"
    return MeasureError(unknown(tr("there is no measure {what}").format(what=what), name, known))


# --- of a queue, a worker, a role, the run ----------------------------------------------------

_QUEUE: Final[dict[str, Callable[[QueueState], Plain]]] = {
    "size": lambda queue: queue.size,
    "maxsize": lambda queue: queue.maxsize,
    "unfinished": lambda queue: queue.unfinished,
    "put": lambda queue: queue.put,
    "got": lambda queue: queue.got,
    "done": lambda queue: queue.done,
    "peak": lambda queue: queue.peak,
    "full": lambda queue: queue.full,
    "blocked": lambda queue: len(queue.putters),
    "waiting": lambda queue: len(queue.getters),
    "joining": lambda queue: len(queue.joiners),
    "shutdown": lambda queue: queue.is_shutdown,
    "lost": lambda queue: queue.lost,
    "over": lambda queue: queue.over > 0,
}
_QUEUE_FLAGS: Final = ("full", "shutdown", "over")

_WORKER: Final[dict[str, Callable[[WorkerState, State], Plain]]] = {
    "doing": lambda worker, _: worker.phase,
    "ended": lambda worker, _: worker.how,
    "error": lambda worker, _: worker.error,
    "made": lambda worker, _: worker.made,
    "put": lambda worker, _: worker.put,
    "got": lambda worker, _: worker.got,
    "done": lambda worker, _: worker.done,
    "timeouts": lambda worker, _: worker.timeouts,
    "hand": lambda worker, _: len(worker.hand),
    "line": lambda worker, _: worker.line,
    "place": lambda worker, state: _place(worker, state),
}
_WORKER_TEXTS: Final[dict[str, tuple[str, ...]]] = {
    "doing": (*PHASES, UNKNOWN),
    "ended": ("", "returned", "cancelled", "failed", "shutdown"),
    "error": (),
}

_ROLE: Final[dict[str, Callable[[WorkerState], bool]]] = {
    "alive": lambda worker: worker.alive,
    "blocked": lambda worker: worker.phase == "putting",
    "waiting": lambda worker: worker.phase == "getting",
    "busy": lambda worker: worker.phase in ("making", "working"),
    "ended": lambda worker: not worker.alive,
    "failed": lambda worker: worker.how == "failed",
}

_RUN: Final[dict[str, tuple[Sort, Callable[[Scene], Plain], tuple[str, ...]]]] = {
    "ended": ("text", lambda scene: scene.state.ended.how if scene.state.ended else "",
              ("", "finished", "failed", "cancelled")),
    "stuck": ("flag", lambda scene: scene.state.stuck, ()),
    "clock": ("number", lambda scene: scene.state.ended.t if scene.state.ended else scene.clock,
              ()),
    "error": ("text", lambda scene: scene.state.ended.error if scene.state.ended else "", ()),
}  # fmt: skip


def _place(worker: WorkerState, state: State) -> int:
    queue = state.queues.get(worker.queue)
    if queue is None:
        return 0
    for line in (queue.putters, queue.getters):
        for place, waiter in enumerate(line, 1):
            if waiter.worker == worker.name:
                return place
    return 0


def _of_queue(rest: str) -> Measure:
    name, field = _named(rest, "queue.NAME", _QUEUE)
    flag, read = field in _QUEUE_FLAGS, _QUEUE[field]

    def find(scene: Scene, of: str, on: str) -> Plain:
        queue = scene.state.queues.get(name)
        if queue is None:
            return False if flag else 0
        return read(queue)

    return Measure("queue", name, "flag" if flag else "number", find)


def _of_worker(rest: str) -> Measure:
    name, field = _named(rest, "worker.NAME", _WORKER)
    text, read = field in _WORKER_TEXTS, _WORKER[field]

    def find(scene: Scene, of: str, on: str) -> Plain:
        worker = scene.state.workers.get(name)
        if worker is None:
            return UNKNOWN if field == "doing" else "" if text else 0
        return read(worker, scene.state)

    texts = _WORKER_TEXTS.get(field, ())
    return Measure("worker", name, "text" if text else "number", find, texts)


def _of_role(rest: str) -> Measure:
    name, field = _named(rest, "role.ROLE", _ROLE)
    counts = _ROLE[field]

    def find(scene: Scene, of: str, on: str) -> Plain:
        workers = scene.state.workers.values()
        return sum(worker.role == name and counts(worker) for worker in workers)

    return Measure("role", name, "number", find)


def _of_run(rest: str) -> Measure:
    if rest not in _RUN:
        raise _no_measure(f"run.{rest}", rest, _RUN)
    sort, read, texts = _RUN[rest]
    return Measure("run", "", sort, lambda scene, of, on: read(scene), texts)


def _of_advice(rest: str) -> Measure:
    try:
        found = rule(rest)
    except UnknownRule as error:
        raise MeasureError(str(error)) from None

    def find(scene: Scene, of: str, on: str) -> bool:
        return any(True for _ in found.evidence(Look(scene.state)))

    return Measure("advice", rest, "flag", find)


# --- of events --------------------------------------------------------------------------------

_NUMBERS: Final = ("count", "first", "last")
_NOTHING: Final[dict[Sort, Plain]] = {"number": 0, "text": "", "flag": False, "any": ""}


def _of_event(rest: str) -> Measure:
    kind, _, field = rest.rpartition(".")
    if kind not in EVENTS:
        kind = (kind or field)[:60]
        says = tr("there is no kind of event {kind}").format(kind=kind)
        raise MeasureError(unknown(says, kind, EVENTS))
    hints = _hints(kind)
    if field not in hints and field not in _NUMBERS:
        raise _no_measure(f"event.{rest}", field, (*_NUMBERS, *hints))
    cls = EVENTS[kind]

    def meant(scene: Scene, of: str, on: str) -> Iterator[Any]:
        for event in scene.events():
            if (
                type(event) is cls
                and (not of or getattr(event, "worker", of) == of)
                and (not on or getattr(event, "queue", on) == on)
            ):
                yield event

    sort, texts = ("number", ()) if field in _NUMBERS else hints[field]
    nothing = _NOTHING[sort]

    def find(scene: Scene, of: str, on: str) -> Plain:
        events = meant(scene, of, on)
        if field == "count":
            return sum(1 for _ in events)
        if field == "last":
            return max((event.t for event in events), default=0)
        first = next(events, None)
        found = getattr(first, "t" if field == "first" else field, None)
        return nothing if found is None else found

    fields = cls.__struct_fields__
    texts = ("", *texts) if texts else ()
    return Measure("event", kind, sort, find, texts, "worker" in fields, "queue" in fields)


@cache
def _hints(kind: str) -> Mapping[str, tuple[Sort, tuple[str, ...]]]:
    return {name: _sort(hint) for name, hint in get_type_hints(EVENTS[kind]).items()}


def _sort(hint: Any) -> tuple[Sort, tuple[str, ...]]:
    """Tell what a field of an event is, by its type."""
    if get_origin(hint) is Literal:
        return "text", get_args(hint)
    sorts = {_PLAIN_SORTS[one] for one in get_args(hint) or (hint,) if one is not type(None)}
    return (sorts.pop(), ()) if len(sorts) == 1 else ("any", ())


_PLAIN_SORTS: Final[dict[type, Sort]] = {
    bool: "flag",
    int: "number",
    float: "number",
    str: "text",
}


# --- names ------------------------------------------------------------------------------------


def _named(rest: str, form: str, known: Mapping[str, object]) -> tuple[str, str]:
    name, dot, field = rest.rpartition(".")
    if not dot or not name or field not in known:
        raise _no_measure(f"{form}.{field}", field, known)
    return name, field


_SUBJECTS: Final[dict[str, Callable[[str], Measure]]] = {
    "queue": _of_queue,
    "worker": _of_worker,
    "role": _of_role,
    "run": _of_run,
    "advice": _of_advice,
    "event": _of_event,
}
