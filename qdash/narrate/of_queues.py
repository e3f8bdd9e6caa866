"""What happened at a queue, as sentences: one function for each type of event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from qdash import events as ev
from qdash.events import Event
from qdash.narrate.phrases import (
    argument,
    level,
    names,
    number,
    ordinal,
    seconds,
    size,
    the_thing,
    thing,
    who,
)
from qdash.state import Then
from qdash.words import mark, say, tr, trn

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


# --- put --------------------------------------------------------------------------------------


def _gives_up(sentence: str, t: float, deadline: float | None) -> str:
    if deadline is None:
        return sentence
    return say("{sentence}; gives up in {time}")(sentence=sentence, time=seconds(deadline - t))


def _put_waiting(e: ev.PutWaiting, then: Then | None) -> str:
    item = argument(e.item, e.shape)
    if then is None:
        text = say("{who} blocked in put({item}): {queue} is full")(
            who=who(e.worker), item=item, queue=e.queue
        )
    else:
        text = say("{who} blocked in put({item}): {queue} is full ({level}), {place} in line")(
            who=who(e.worker), item=item, queue=e.queue, level=level(then),
            place=ordinal(then.place),
        )  # fmt: skip
    return _gives_up(text, e.t, e.deadline)


def _put(e: ev.Put, then: Then | None) -> str:
    name, item = who(e.worker), thing(e.item, e.shape)
    if then is None:
        return say("{who} put {item} into {queue}")(who=name, item=item, queue=e.queue)
    full = 0 < then.maxsize <= then.size
    if then.waited is None:
        template = (
            say("{who} put {item}: {queue} is full ({level})")
            if full
            else say("{who} put {item} into {queue} ({level})")
        )
        return template(who=name, item=item, queue=e.queue, level=level(then))
    template = (
        say("{who} put {item}, blocked for {time}: {queue} is full ({level})")
        if full
        else say("{who} put {item} into {queue} ({level}), blocked for {time}")
    )
    return template(
        who=name, item=item, queue=e.queue, level=level(then), time=seconds(then.waited)
    )


_PUT_REFUSED: Final = {
    "full": (
        mark("{who}'s put_nowait({item}) to {queue} was refused: the queue is full (QueueFull)"),
        mark(
            "{who}'s put_nowait({item}) to {queue} was refused after {time}: the queue is full "
            "(QueueFull)"
        ),
    ),
    "shutdown": (
        mark("{who}'s put({item}) to {queue} was refused: the queue is shut down (QueueShutDown)"),
        mark(
            "{who}'s put({item}) to {queue} was refused after {time}: the queue is shut down "
            "(QueueShutDown)"
        ),
    ),
    "cancelled": (
        mark("{who}'s put({item}) to {queue} was cancelled"),
        mark("{who}'s put({item}) to {queue} was cancelled after {time}"),
    ),
    "timeout": (
        mark("{who} waited in put({item}) to {queue} and gave up (timeout)"),
        mark("{who} waited {time} in put({item}) to {queue} and gave up (timeout)"),
    ),
}
"""By why: what is said where the time that it waited is not known, and where it is."""


def _put_refused(e: ev.PutRefused, then: Then | None) -> str:
    fields = {"who": who(e.worker), "item": argument(e.item, e.shape), "queue": e.queue}
    if e.why == "error":
        text = mark("{who}'s put({item}) to {queue} failed: {error}")
        if e.slot is not None:
            text = mark(
                "{who}'s put({item}) to {queue} failed: {error}; it stays in the queue all the "
                "same, uncounted"
            )
        return say(text)(**fields, error=e.error)
    refused = _refused(_PUT_REFUSED[e.why], fields, then)
    if e.why == "timeout" and then is not None and 0 < then.maxsize <= then.size:
        return say("{sentence}: it is still full ({level})")(sentence=refused, level=level(then))
    return refused


def _refused(templates: tuple[str, str], fields: dict[str, str], then: Then | None) -> str:
    plain, timed = templates
    if then is None or then.waited is None:
        return say(plain)(**fields)
    return say(timed)(**fields, time=seconds(then.waited))


# --- get --------------------------------------------------------------------------------------


def _get_waiting(e: ev.GetWaiting, then: Then | None) -> str:
    if then is not None and then.place > 1:
        text = say("{who} waits in get(): {queue} is empty, {place} in line")(
            who=who(e.worker), queue=e.queue, place=ordinal(then.place)
        )
    else:
        text = say("{who} waits in get(): {queue} is empty")(who=who(e.worker), queue=e.queue)
    return _gives_up(text, e.t, e.deadline)


def _got(e: ev.Got, then: Then | None) -> str:
    name = who(e.worker)
    if e.shape in ("stop", "error"):
        item = the_thing(e.item, e.shape)
        if then is None:
            return say("{item} reached {who}")(item=item, who=name)
        return say("{item} reached {who} ({level})")(item=item, who=name, level=level(then))
    item = thing(e.item, e.shape)
    if then is None:
        return say("{who} got {item} from {queue}")(who=name, item=item, queue=e.queue)
    over = 0 < then.maxsize < then.size
    if then.waited is None:
        template = (
            say("{who} got {item} from {queue} ({level}), still over capacity")
            if over
            else say("{who} got {item} from {queue} ({level})")
        )
        return template(who=name, item=item, queue=e.queue, level=level(then))
    template = (
        say("{who} got {item} from {queue} ({level}), still over capacity, waited {time}")
        if over
        else say("{who} got {item} from {queue} ({level}), waited {time}")
    )
    return template(
        who=name, item=item, queue=e.queue, level=level(then), time=seconds(then.waited)
    )


_GET_REFUSED: Final = {
    "empty": (
        mark("{who}'s get_nowait() from {queue} was refused: the queue is empty (QueueEmpty)"),
        mark(
            "{who}'s get_nowait() from {queue} was refused after {time}: the queue is empty "
            "(QueueEmpty)"
        ),
    ),
    "shutdown": (
        mark("{who}'s get() from {queue} was refused: the queue is shut down (QueueShutDown)"),
        mark(
            "{who}'s get() from {queue} was refused after {time}: the queue is shut down "
            "(QueueShutDown)"
        ),
    ),
    "cancelled": (
        mark("{who}'s get() from {queue} was cancelled"),
        mark("{who}'s get() from {queue} was cancelled after {time}"),
    ),
    "timeout": (
        mark("{who} waited in get() from {queue} and gave up (timeout)"),
        mark("{who} waited {time} in get() from {queue} and gave up (timeout)"),
    ),
}


def _get_refused(e: ev.GetRefused, then: Then | None) -> str:
    fields = {"who": who(e.worker), "queue": e.queue}
    if e.why == "error":
        text = mark("{who}'s get() from {queue} failed: {error}")
        if e.slot is not None and (then is None or then.item == ""):
            text = mark("{who}'s get() from {queue} failed: {error}; an item was lost")
        elif e.slot is not None and then is not None:
            text = mark("{who}'s get() from {queue} failed: {error}; {item} was lost")
            fields["item"] = number(then.item)
        return say(text)(**fields, error=e.error)
    refused = _refused(_GET_REFUSED[e.why], fields, then)
    if e.why == "timeout" and then is not None and not then.size:
        return say("{sentence}: it is still empty")(sentence=refused)
    return refused


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


# --- task_done and join -------------------------------------------------------------------------


def _task_done(e: ev.TaskDone, then: Then | None) -> str:
    name = who(e.worker)
    if then is None:
        return say("task_done() by {who} on {queue}")(who=name, queue=e.queue)
    if then.item == "":
        template = (
            say("task_done() by {who} on {queue}: {n} unfinished")
            if then.unfinished
            else say("task_done() by {who} on {queue}: nothing is unfinished")
        )
        text = template(who=name, queue=e.queue, n=then.unfinished)
    else:
        template = (
            say("task_done() by {who} on {queue} for {item}: {n} unfinished")
            if then.unfinished
            else say("task_done() by {who} on {queue} for {item}: nothing is unfinished")
        )
        item = the_thing(then.item, then.shape)
        text = template(who=name, queue=e.queue, item=item, n=then.unfinished)
    if not then.names:
        return text
    return trn(
        "{sentence}, so join() by {names} returns",
        "{sentence}, so join() by {names} return",
        len(then.names),
    ).format(sentence=text, names=names(then.names))


def _task_done_refused(e: ev.TaskDoneRefused, then: Then | None) -> str:
    return say(
        "task_done() by {who} on {queue} was refused: nothing is unfinished, so it was called too "
        "many times (ValueError)"
    )(who=who(e.worker), queue=e.queue)


def _task_done_forgotten(e: ev.TaskDoneForgotten, then: Then | None) -> str:
    if then is None or then.item == "":
        return say("{who} left task_done() out on {queue}: it stays owed, and join() waits for it")(
            who=who(e.worker), queue=e.queue
        )
    return say(
        "{who} left task_done() for {item} out on {queue}: it stays owed, and join() waits for it"
    )(who=who(e.worker), item=the_thing(then.item, then.shape), queue=e.queue)


def _join_waiting(e: ev.JoinWaiting, then: Then | None) -> str:
    fields = {"who": who(e.worker), "n": e.unfinished, "queue": e.queue}
    if then is None or then.size > e.unfinished:
        return say("{who} waits in join(): {n} unfinished in {queue}")(**fields)
    return say(
        "{who} waits in join(): {n} unfinished in {queue}, {queued} queued and {got} got and not "
        "done"
    )(**fields, queued=then.size, got=e.unfinished - then.size)


def _joined(e: ev.Joined, then: Then | None) -> str:
    fields: dict[str, Any] = {"who": who(e.worker), "queue": e.queue}
    timed = then is not None and then.waited is not None
    if then is not None and then.waited is not None:
        fields["time"] = seconds(then.waited)
    if then is not None and then.unfinished:
        fields["n"] = then.unfinished
        text = (
            say(
                "join() by {who} on {queue} returned after {time}: the count had fallen to zero; "
                "by now {n} unfinished again"
            )
            if timed
            else say(
                "join() by {who} on {queue} returned: the count had fallen to zero; by now {n} "
                "unfinished again"
            )
        )
    else:
        text = (
            say("join() by {who} on {queue} returned after {time}: nothing is unfinished")
            if timed
            else say("join() by {who} on {queue} returned: nothing is unfinished")
        )
    return text(**fields)


_JOIN_REFUSED: Final = {
    "timeout": (
        mark("join() by {who} on {queue} gave up (timeout)"),
        mark("join() by {who} on {queue} gave up (timeout) after {time}"),
    ),
    "cancelled": (
        mark("join() by {who} on {queue} was cancelled"),
        mark("join() by {who} on {queue} was cancelled after {time}"),
    ),
    "error": (
        mark("join() by {who} on {queue} failed"),
        mark("join() by {who} on {queue} failed after {time}"),
    ),
}


def _join_refused(e: ev.JoinRefused, then: Then | None) -> str:
    text = _refused(_JOIN_REFUSED[e.why], {"who": who(e.worker), "queue": e.queue}, then)
    if then is None:
        return text
    if not then.unfinished:
        return say("{sentence}: nothing is unfinished")(sentence=text)
    return say("{sentence}: {n} unfinished")(sentence=text, n=then.unfinished)


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
    ev.PutWaiting: _put_waiting,
    ev.Put: _put,
    ev.PutRefused: _put_refused,
    ev.GetWaiting: _get_waiting,
    ev.Got: _got,
    ev.GetRefused: _get_refused,
    ev.Woken: _woken,
    ev.Barged: _barged,
    ev.TaskDone: _task_done,
    ev.TaskDoneRefused: _task_done_refused,
    ev.TaskDoneForgotten: _task_done_forgotten,
    ev.JoinWaiting: _join_waiting,
    ev.Joined: _joined,
    ev.JoinRefused: _join_refused,
    ev.Resized: _resized,
    ev.Rearranged: _rearranged,
    ev.ShutDown: _shut_down,
    ev.Dropped: _dropped,
}
"""What is said of each type of event that befalls a queue."""
