"""Which event brought another about: who woke it, what freed the slot, whose order it was.

Everything here is read from the stream itself: a step of a worker goes on from what it did before,
a woken worker from what woke it, and what waits at a queue from who filled or emptied it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from qdash import events as ev
from qdash.events import Event
from qdash.history import History

_BACK: Final = 20_000
"""How many events back a cause is looked for."""
_NEAR: Final = 1_000
"""How many events back the latest of a worker is looked for."""
_ON: Final = 400
"""How many events on it is looked for what an event brought about."""
_MOST: Final = 6
"""How many of these are named."""

Is = Callable[[Event], bool]


def cause_of(number: int, history: History, low: int = 0) -> int | None:
    """Return the number of the event that brought this one about, if it is kept and there is one.

    An event that a person caused, and the very first ones, have none. Only events from number
    ``low`` on are looked at.
    """
    event = history.event(number)
    low = max(low, number - _BACK)

    def back(wanted: Is, since: float = 0.0) -> int | None:
        for at, other in history.before(number, low):
            if wanted(other):
                return at
            if other.t < since:
                break
        return None

    rule = _RULES.get(type(event))
    if rule is not None:
        return rule(event, back)
    return _own(event, back)


def effects_of(number: int, history: History, end: int) -> list[int]:
    """Return the first events, before number ``end``, that this one brought about."""
    event = history.event(number)
    names = {getattr(event, field, "") for field in ("worker", "queue", "target")} - {""}
    found: list[int] = []
    for at in range(number + 1, min(end, number + _ON)):
        other = history.event(at)
        mine = type(event) in _FAR or type(other) in _FAR
        near = mine or not names.isdisjoint(
            (getattr(other, "worker", ""), getattr(other, "queue", ""))
        )
        if near and _caused(at, number, history):
            found.append(at)
            if len(found) == _MOST:
                return found
    worker = getattr(event, "worker", "")
    if worker and not any(getattr(history.event(at), "worker", "") == worker for at in found):
        # In a crowd what a worker does next may be far away.
        wanted = _by(worker)
        for at in range(number + 1, min(end, number + _BACK)):
            if wanted(history.event(at)):
                return [*found, at] if _caused(at, number, history) else found
    return found


def _caused(number: int, by: int, history: History) -> bool:
    # Looking back no further than needed is quick, but may find a lesser cause.
    return cause_of(number, history, by) == by and cause_of(number, history) == by


def latest_of(worker: str, history: History, end: int) -> int | None:
    """Return the latest event of a worker's own before number ``end``, if it is not long ago."""
    wanted = _by(worker)
    events = history.before(end, end - _NEAR)
    return next((at for at, event in events if wanted(event)), None)


# --- the rules ----------------------------------------------------------------------------------


class Back(Protocol):
    """Looks back for the latest event that is wanted, as far as there are events at ``since``."""

    def __call__(self, wanted: Is, since: float = 0.0) -> int | None:
        """Return its number."""
        ...


def _by(worker: str) -> Is:
    """An event of a worker's own, other than the end of a step."""
    return lambda event: getattr(event, "worker", None) == worker and type(event) is not ev.Stepped


def _own(e: Any, back: Back) -> int | None:
    """What the worker did before; or was done to it, such as being woken."""
    worker = getattr(e, "worker", "")
    return back(_by(worker)) if worker else None


def _kind(*kinds: type[Event], **fields: Any) -> Is:
    """An event of one of these kinds, with these values."""
    return lambda event: (
        type(event) in kinds and all(getattr(event, name) == fields[name] for name in fields)
    )


def _first(*found: int | None) -> int | None:
    return next((number for number in found if number is not None), None)


def _latest(*found: int | None) -> int | None:
    return max((number for number in found if number is not None), default=None)


def _woken(e: ev.Woken, back: Back) -> int | None:
    # Queues tell of a waking right after what caused it; one cause can wake many.
    return back(lambda event: type(event) is not ev.Woken)


def _barged(e: ev.Barged, back: Back) -> int | None:
    taken: type[Event] = ev.Put if e.op == "put" else ev.Got
    taker = back(_kind(taken, queue=e.queue, worker=e.by)) if e.by else None
    return _first(taker, back(_kind(ev.Woken, worker=e.worker, queue=e.queue)))


def _put_waiting(e: ev.PutWaiting, back: Back) -> int | None:
    return _first(back(_kind(ev.Put, ev.Resized, queue=e.queue)), _own(e, back))


def _get_waiting(e: ev.GetWaiting, back: Back) -> int | None:
    return _first(back(_kind(ev.Got, ev.Dropped, ev.QueueMade, queue=e.queue)), _own(e, back))


def _refused(e: ev.PutRefused | ev.GetRefused, back: Back) -> int | None:
    if e.why == "full":
        return back(_kind(ev.Put, ev.Resized, queue=e.queue))
    if e.why == "empty":
        return back(_kind(ev.Got, ev.Dropped, ev.QueueMade, queue=e.queue))
    if e.why == "shutdown":
        return back(_kind(ev.ShutDown, queue=e.queue))
    return _struck(e, back) if e.why in ("cancelled", "error") else _own(e, back)


def _struck(e: Any, back: Back) -> int | None:
    """What struck a worker from outside, if anything did, else what it did before."""
    blow = back(
        lambda o: (
            (type(o) is ev.Cancelling and o.worker == e.worker)
            or (type(o) is ev.Injected and o.what == "fail" and o.target == e.worker)
        ),
        since=e.t,
    )
    return _first(blow, _own(e, back))


_CREWS: Final = ("producers", "consumers", "items")


def _cancelling(e: ev.Cancelling, back: Back) -> int | None:
    """The person's order, the end of the run, or what the worker that cancels did before."""
    order = back(
        lambda o: (
            o.t == e.t
            and (
                type(o) is ev.Ended
                or (type(o) is ev.SettingChanged and o.name in _CREWS)
                or (type(o) is ev.Injected and o.what == "cancel" and o.target == e.worker)
            )
        ),
        since=e.t,
    )
    return _first(order, back(_by(e.by)) if e.by else None)


def _worker_ended(e: ev.WorkerEnded, back: Back) -> int | None:
    return _struck(e, back) if e.how in ("cancelled", "failed") else _own(e, back)


def _worker_started(e: ev.WorkerStarted, back: Back) -> int | None:
    def is_cause(o: Event) -> bool:
        crew = type(o) is ev.SettingChanged and o.name in _CREWS
        return o.t == e.t and (crew or (type(o) is ev.WorkerEnded and o.worker == e.worker))

    cause = back(is_cause, since=e.t)
    if cause is None and e.parent:
        return back(_by(e.parent))
    return cause


def _joined(e: ev.Joined, back: Back) -> int | None:
    waiting = back(_by(e.worker))
    done = back(_kind(ev.TaskDone, ev.Dropped, queue=e.queue))
    return _first(_latest(waiting, done), waiting)


def _dropped(e: ev.Dropped, back: Back) -> int | None:
    return _own(e, back) if e.worker else _of_queue(ev.ShutDown)(e, back)


def _of_worker(*kinds: type[Event]) -> Callable[[Any, Back], int | None]:
    return lambda e, back: back(lambda o: type(o) in kinds and getattr(o, "worker", "") == e.worker)


def _of_queue(*kinds: type[Event]) -> Callable[[Any, Back], int | None]:
    return lambda e, back: back(
        lambda o: type(o) in kinds and getattr(o, "queue", e.queue) == e.queue
    )


def _before(e: Event, back: Back) -> int | None:
    return back(lambda event: True)


def _stalled(e: ev.Stalled, back: Back) -> int | None:
    return back(lambda o: type(o) is ev.Injected and o.what == "stall" and o.target == e.worker)


def _forgotten(e: ev.TaskDoneForgotten, back: Back) -> int | None:
    return back(lambda o: type(o) is ev.Injected and o.what == "forget" and o.target == e.queue)


def _none(e: Event, back: Back) -> None:
    """A person did it, or the scenario began with it."""


def _ended(e: ev.Ended, back: Back) -> int | None:
    return back(_by("main"))


_RULES: Final[dict[type[Event], Callable[[Any, Back], int | None]]] = {
    ev.QueueMade: _none,
    ev.SettingChanged: _none,
    ev.Injected: _none,
    ev.Refused: _none,
    ev.Woken: _woken,
    ev.Barged: _barged,
    ev.PutWaiting: _put_waiting,
    ev.GetWaiting: _get_waiting,
    ev.PutRefused: _refused,
    ev.GetRefused: _refused,
    ev.TaskDoneForgotten: _forgotten,
    ev.Joined: _joined,
    ev.JoinRefused: _struck,
    ev.Resized: _of_queue(ev.SettingChanged),
    ev.Rearranged: _of_queue(ev.SettingChanged),
    ev.ShutDown: _of_queue(ev.Injected),
    ev.Dropped: _dropped,
    ev.WorkerStarted: _worker_started,
    ev.Cancelling: _cancelling,
    ev.WorkerEnded: _worker_ended,
    ev.Made: _of_worker(ev.Making),
    ev.Worked: _of_worker(ev.Working),
    ev.Stalled: _stalled,
    ev.Resumed: _of_worker(ev.Stalled),
    ev.Stuck: _before,
    ev.LoopError: _before,
    ev.Ended: _ended,
}
"""By event type; where none is named, the cause is what the worker did before."""
_FAR: Final = frozenset({ev.SettingChanged, ev.Stuck, ev.LoopError, ev.Ended})
"""Events that can bring about, or come of, what has no name in common with them."""
