"""What a worker does at a moment, as the end of a sentence that begins with its name."""

from __future__ import annotations

from typing import Final

from qdash.events import Shape
from qdash.narrate import code_line, seconds
from qdash.state import QueueState, State, WorkerState
from qdash.words import mark, tr

_ENDED: Final = {
    "returned": mark("returned {time} ago"),
    "cancelled": mark("was cancelled {time} ago"),
    "shutdown": mark("ended {time} ago, since the queue was shut down"),
    "failed": mark("failed {time} ago: {error}"),
}


def called(item: int | str, shape: Shape) -> str:
    """Return what people call a thing: ``#41``, ``a stop signal``, ``an exception``."""
    if isinstance(item, int):
        return f"#{item}"
    if shape == "stop":
        return tr("a stop signal")
    if shape == "error":
        return tr("an exception")
    return tr("a token") if shape == "token" else item


def argument_of(item: int | str, shape: Shape) -> str:
    """Return a thing as the argument of put()."""
    if shape == "error":
        return str(item).partition(":")[0]
    if isinstance(item, int):
        return f"#{item}"
    return {"stop": tr("stop signal"), "token": "token"}.get(shape, item.removeprefix("a "))


def doing(worker: WorkerState, state: State, now: float) -> str:
    """Say what a worker does at the virtual time ``now``: ``works on #38, 0.4 s left``."""
    what = called(worker.item, worker.shape)
    passed = seconds(max(0.0, now - worker.since))
    match worker.phase:
        case "making":
            return _left(tr("makes {item}").format(item=what), worker, now)
        case "working":
            return _left(tr("works on {item}").format(item=what), worker, now)
        case "stalled":
            before = worker.before_stall[0] if worker.before_stall else ""
            return _left(tr(_STALLED.get(before, _STANDS)).format(item=what), worker, now)
        case "putting" | "getting":
            return _waiting(worker, now, passed)
        case "joining":
            text = tr("waits in join() on {queue} for {time}")
            return text.format(queue=worker.queue, time=passed)
        case "ended":
            text = tr(_ENDED.get(worker.how, mark("ended {time} ago")))
            return text.format(time=passed, error=worker.error)
    if not _waits_unobserved(worker, state, now):
        return tr("runs")
    if code := code_line(state.header.source, worker.line):
        text = tr("has waited for {time} for something that is no queue, on line {line}: {code}")
        return text.format(time=passed, line=worker.line, code=code)
    return tr("has waited for {time} for something that is no queue").format(time=passed)


def tells_line(worker: WorkerState, state: State, now: float) -> bool:
    """Whether ``doing`` tells on which line the worker stands."""
    return (
        worker.phase == "running"
        and _waits_unobserved(worker, state, now)
        and bool(code_line(state.header.source, worker.line))
    )


def _waits_unobserved(worker: WorkerState, state: State, now: float) -> bool:
    # Between two observed awaits no virtual time can pass: it awaits something unobserved.
    return now > worker.since and worker.since < state.t


_STANDS: Final = mark("stands still, stalled on your order")
_STALLED: Final = {
    "making": mark("stands still in the midst of making {item}, stalled on your order"),
    "working": mark("stands still in the midst of the work on {item}, stalled on your order"),
}


def _left(does: str, worker: WorkerState, now: float) -> str:
    if worker.until is None:
        return does
    left = seconds(max(0.0, worker.until - now))
    return tr("{does}, {time} left").format(does=does, time=left)


def _waiting(worker: WorkerState, now: float, passed: str) -> str:
    if worker.phase == "putting":
        text = tr("is blocked in put({item}) to {queue} for {time}")
        if worker.woken:
            text = tr("was woken in put({item}) to {queue} and has yet to run")
        item = argument_of(worker.item, worker.shape)
        does = text.format(item=item, queue=worker.queue, time=passed)
    else:
        text = tr("waits in get() from {queue} for {time}")
        if worker.woken:
            text = tr("was woken in get() from {queue} and has yet to run")
        does = text.format(queue=worker.queue, time=passed)
    if worker.deadline is None or worker.woken:
        return does
    left = seconds(max(0.0, worker.deadline - now))
    return tr("{does}, and gives up in {time}").format(does=does, time=left)


def level(queue: QueueState) -> str:
    """Say how full a queue is: ``full (5 of 5)``, ``empty``."""
    size = f"{queue.size:,}"
    if queue.maxsize > 0:
        of = tr("{n} of {maxsize:,}").format(n=size, maxsize=queue.maxsize)
    else:
        of = tr("{n} in it").format(n=size)
    if queue.over:
        return tr("over capacity ({of})").format(of=of)
    if queue.full:
        return tr("full ({of})").format(of=of)
    if not queue.size:
        return tr("empty")
    if queue.maxsize > 0:
        return tr("neither full nor empty ({of})").format(of=of)
    return tr("unbounded ({of})").format(of=of)
