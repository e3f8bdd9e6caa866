"""What was marked done and who waited for it, as sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from qdash import events as ev
from qdash.events import Event
from qdash.narrate.phrases import names, refused, seconds, the_thing, who
from qdash.state import Then
from qdash.words import mark, say, trn


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
    text = refused(_JOIN_REFUSED[e.why], {"who": who(e.worker), "queue": e.queue}, then)
    if then is None:
        return text
    if not then.unfinished:
        return say("{sentence}: nothing is unfinished")(sentence=text)
    return say("{sentence}: {n} unfinished")(sentence=text, n=then.unfinished)


SENTENCES: Final[dict[type[Event], Callable[[Any, Then | None], str]]] = {
    ev.TaskDone: _task_done,
    ev.TaskDoneRefused: _task_done_refused,
    ev.TaskDoneForgotten: _task_done_forgotten,
    ev.JoinWaiting: _join_waiting,
    ev.Joined: _joined,
    ev.JoinRefused: _join_refused,
}
"""What is said of each type of event that tells of task_done() or join()."""
