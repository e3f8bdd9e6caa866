"""What happened to a worker, as sentences: one function for each type of event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from qdash import events as ev
from qdash.events import Event
from qdash.narrate.phrases import code_line, listed, number, seconds, who
from qdash.state import Then
from qdash.words import mark, say


def _worker_started(e: ev.WorkerStarted, then: Then | None) -> str:
    if then is not None and then.again:
        text = mark("{who} was started again after its failure, running {role}()")
        if e.parent:
            text = mark(
                "{who} was started again after its failure, running {role}(), created by {parent}"
            )
    elif e.thread:
        text = mark("{who} started: a thread running {role}()")
        if e.parent:
            text = mark("{who} started: a thread running {role}(), created by {parent}")
    else:
        text = mark("{who} started: a task running {role}()")
        if e.parent:
            text = mark("{who} started: a task running {role}(), created by {parent}")
    return say(text)(who=who(e.worker), role=e.role, parent=e.parent)


def _worker_ended(e: ev.WorkerEnded, then: Then | None) -> str:
    text = _how_it_ended(e, then)
    if then is None or not then.names:
        return text
    return say("{sentence}, with {names} in hand: task_done() stays owed")(
        sentence=text, names=listed(then.names)
    )


def _how_it_ended(e: ev.WorkerEnded, then: Then | None) -> str:
    fields = {"who": who(e.worker), "error": e.error}
    if e.how == "failed":
        if then is not None and then.shape == "error" and then.item == e.error:
            return say("{who} raised the exception that it had got, and failed: {error}")(**fields)
        return say("{who} failed: {error}")(**fields)
    if e.how == "shutdown":
        fields["error"] = e.error or "QueueShutDown"
        return say("{who} ended by {error}: the queue was shut down")(**fields)
    if e.how == "cancelled":
        if e.thread:
            return say("{who} was cancelled: its thread is over")(**fields)
        return say("{who} was cancelled: its task is over")(**fields)
    if then is not None and then.shape == "stop":
        return say("{who} had got the stop signal and returned")(**fields)
    if e.thread:
        return say("{who} returned: its thread is over")(**fields)
    return say("{who} returned: its task is over")(**fields)


def _cancelling(e: ev.Cancelling, then: Then | None) -> str:
    return say("{by} called cancel() on {who}")(by=who(e.by), who=who(e.worker))


def _making(e: ev.Making, then: Then | None) -> str:
    return say("{who} makes {item}, for {time}")(
        who=who(e.worker), item=number(e.item), time=seconds(e.seconds)
    )


def _made(e: ev.Made, then: Then | None) -> str:
    return say("{who} has made {item}")(who=who(e.worker), item=number(e.item))


def _working(e: ev.Working, then: Then | None) -> str:
    return say("{who} works on {item}, for {time}")(
        who=who(e.worker), item=number(e.item), time=seconds(e.seconds)
    )


def _worked(e: ev.Worked, then: Then | None) -> str:
    if e.failed:
        text = mark("{who} worked on {item}, and it failed")
    else:
        text = mark("{who} is through with {item}")
    return say(text)(who=who(e.worker), item=number(e.item))


def stepped(e: ev.Stepped, source: str) -> str:
    """Say where a step ended, with the code on that line of ``source`` if it is known."""
    if not e.line:
        return say("{who} runs on")(who=e.worker)
    if source and (code := code_line(source, e.line)):
        return say("{who} runs on to line {line}: {code}")(who=e.worker, line=e.line, code=code)
    return say("{who} runs on to line {line}")(who=e.worker, line=e.line)


def _stalled(e: ev.Stalled, then: Then | None) -> str:
    return say("{who} stands still for {time}")(who=who(e.worker), time=seconds(e.seconds))


def _resumed(e: ev.Resumed, then: Then | None) -> str:
    if e.until is None:
        return say("{who} goes on")(who=who(e.worker))
    return say("{who} goes on, {time} left to do")(
        who=who(e.worker), time=seconds(max(0.0, e.until - e.t))
    )


def _noted(e: ev.Noted, then: Then | None) -> str:
    return f"{e.worker}: {e.text}" if e.worker else e.text


SENTENCES: Final[dict[type[Event], Callable[[Any, Then | None], str]]] = {
    ev.WorkerStarted: _worker_started,
    ev.Cancelling: _cancelling,
    ev.WorkerEnded: _worker_ended,
    ev.Making: _making,
    ev.Made: _made,
    ev.Working: _working,
    ev.Worked: _worked,
    ev.Stalled: _stalled,
    ev.Resumed: _resumed,
    ev.Noted: _noted,
}
"""What is said of each type of event that befalls a worker, but for the end of a step."""
