"""How things went into a queue and out of it, as sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from qdash import events as ev
from qdash.events import Event
from qdash.narrate.phrases import (
    argument,
    level,
    number,
    ordinal,
    refused,
    seconds,
    the_thing,
    thing,
    who,
)
from qdash.state import Then
from qdash.words import mark, say

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
    told = refused(_PUT_REFUSED[e.why], fields, then)
    if e.why == "timeout" and then is not None and 0 < then.maxsize <= then.size:
        return say("{sentence}: it is still full ({level})")(sentence=told, level=level(then))
    return told


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
    told = refused(_GET_REFUSED[e.why], fields, then)
    if e.why == "timeout" and then is not None and not then.size:
        return say("{sentence}: it is still empty")(sentence=told)
    return told


SENTENCES: Final[dict[type[Event], Callable[[Any, Then | None], str]]] = {
    ev.PutWaiting: _put_waiting,
    ev.Put: _put,
    ev.PutRefused: _put_refused,
    ev.GetWaiting: _get_waiting,
    ev.Got: _got,
    ev.GetRefused: _get_refused,
}
"""What is said of each type of event that tells of a put or a get."""
