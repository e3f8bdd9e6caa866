"""What happened to a queue as a whole and in its lines, as sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from qdash import events as ev
from qdash.events import Event
from qdash.narrate.phrases import level, ordinal, size, thing, who
from qdash.state import Then
from qdash.words import mark, say, tr

_ORDER: Final = {
    "fifo": mark("the oldest item first (FIFO)"),
    "lifo": mark("the newest item first (LIFO)"),
    "priority": mark("the lowest priority number first"),
}


def _queue_made(e: ev.QueueMade, then: Then | None) -> str:
    order = tr(_ORDER[e.discipline])
    if e.maxsize > 0:
        text = say("queue {queue} was made: maxsize {maxsize}, serves {order}")
        return text(queue=e.queue, maxsize=e.maxsize, order=order)
    return say("queue {queue} was made: unbounded, serves {order}")(queue=e.queue, order=order)


# --- whose turn it is ---------------------------------------------------------------------------


def _because(cause: Event | None, *, frees: bool) -> str:
    """The clause that says why somebody was woken; ``frees`` where a get made room by it."""
    if isinstance(cause, (ev.Got, ev.Put)):
        item = tr("an exception") if cause.shape == "error" else thing(cause.item, cause.shape)
        if isinstance(cause, ev.Put):
            text = say("{who} put {item}")
        elif frees:
            text = say("{who} got {item} and freed a slot")
        else:
            text = say("{who} got {item}")
        return text(who=who(cause.worker), item=item)
    if isinstance(cause, ev.Resized):
        return say("maxsize went from {old} to {new}")(old=cause.old, new=size(cause.new))
    if isinstance(cause, ev.Dropped) and cause.worker:
        text = say("{who} threw {item} away and freed a slot")
        return text(who=who(cause.worker), item=thing(cause.item, "item"))
    if isinstance(cause, (ev.ShutDown, ev.Dropped)):
        return say("{queue} was shut down")(queue=cause.queue)
    if isinstance(cause, (ev.PutRefused, ev.GetRefused)):
        return say("{who}, woken before it, gave up its turn")(who=who(cause.worker))
    return ""


def _woken(e: ev.Woken, then: Then | None) -> str:
    fields = {"who": who(e.worker), "op": e.op}
    cause = then.cause if then is not None else None
    if then is None or cause is None or getattr(cause, "queue", None) != e.queue:
        because = ""
    else:
        still_full = isinstance(cause, ev.Got) and 0 < then.maxsize <= then.size
        because = _because(cause, frees=not still_full)
        if because and still_full:
            # Each get wakes a putter, whether or not there is room.
            text = say(
                "{because}, so {who}, first in line for {op}(), was woken, though {queue} is "
                "still full ({level})"
            )
            return text(**fields, because=because, queue=e.queue, level=level(then))
    if not because:
        return say("{who}, first in line for {op}(), was woken by {by}")(**fields, by=who(e.by))
    return say("{because}, so {who}, first in line for {op}(), was woken")(
        **fields, because=because
    )


def _barged(e: ev.Barged, then: Then | None) -> str:
    why = _why_barged(e, then)
    if then is None:
        text = say("{who} was woken, but {why}: {who} goes to the back of the line")
        return text(who=who(e.worker), why=why)
    text = say("{who} was woken, but {why}: {who} goes to the back of the line, {place}")
    return text(who=who(e.worker), why=why, place=ordinal(then.place))


def _why_barged(e: ev.Barged, then: Then | None) -> str:
    if e.by:
        # A put or get that need not wait is one of the kind that never does.
        at_once = then is not None and then.at_once
        if e.op == "put":
            at_once_text = mark("{by} took the slot first (put_nowait)")
            text = at_once_text if at_once else mark("{by} took the slot first")
        else:
            at_once_text = mark("{by} took the item first (get_nowait)")
            text = at_once_text if at_once else mark("{by} took the item first")
        return say(text)(by=e.by)
    if e.op == "get":
        return say("{queue} is empty")(queue=e.queue)
    if then is not None and then.size > then.maxsize > 0:
        return say("{queue} is still over capacity ({level})")(queue=e.queue, level=level(then))
    return say("{queue} is still full")(queue=e.queue)


# --- the queue as a whole -----------------------------------------------------------------------


def _resized(e: ev.Resized, then: Then | None) -> str:
    fields: dict[str, Any] = {"queue": e.queue, "old": size(e.old), "new": size(e.new)}
    if then is None or e.new <= 0:
        return say("maxsize of {queue} went from {old} to {new}")(**fields)
    if then.size > e.new:
        return say(
            "maxsize of {queue} went from {old} to {new}: {n} lie in it, over capacity by {over} "
            "until it is drained"
        )(**fields, n=then.size, over=then.size - e.new)
    return say("maxsize of {queue} went from {old} to {new}: {n} in it, room for {room} more")(
        **fields, n=then.size, room=e.new - then.size
    )


def _rearranged(e: ev.Rearranged, then: Then | None) -> str:
    return say("{queue} now serves {order}")(queue=e.queue, order=tr(_ORDER[e.new]))


def _shut_down(e: ev.ShutDown, then: Then | None) -> str:
    if e.immediate:
        text = say("{queue} was shut down at once: its content is thrown away, put and get refused")
    elif then is None:
        text = say("{queue} was shut down: put is refused, get may still take what is queued")
    elif then.size:
        text = say("{queue} was shut down: put is refused, get may still take the {n} left in it")
        return text(queue=e.queue, n=then.size)
    else:
        text = say("{queue} was shut down: put is refused, so is get")
    return text(queue=e.queue)


def _dropped(e: ev.Dropped, then: Then | None) -> str:
    if e.worker:
        text = say("{who} threw {item}, next in {queue}, away; it counts as done")
        shape = "item" if then is None else then.shape
        return text(who=who(e.worker), item=thing(e.item, shape), queue=e.queue)
    text = (
        say("shutdown threw {item} out of {queue} and counted as done")
        if e.counted
        else say("shutdown threw {item} out of {queue} and not counted, since nothing was owed")
    )
    return text(item=thing(e.item, "item" if then is None else then.shape), queue=e.queue)


SENTENCES: Final[dict[type[Event], Callable[[Any, Then | None], str]]] = {
    ev.QueueMade: _queue_made,
    ev.Woken: _woken,
    ev.Barged: _barged,
    ev.Resized: _resized,
    ev.Rearranged: _rearranged,
    ev.ShutDown: _shut_down,
    ev.Dropped: _dropped,
}
"""What is said of each type of event that befalls a queue."""
