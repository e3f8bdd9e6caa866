"""What a worker does at a moment, as the end of a sentence that begins with its name."""

from __future__ import annotations

from typing import Final

from qdash.events import Shape
from qdash.narrate import code_line, seconds
from qdash.state import QueueState, State, WorkerState

_ENDED: Final = {"returned": "returned", "cancelled": "was cancelled"}


def called(item: int | str, shape: Shape) -> str:
    """Return what people call a thing: ``#41``, ``a stop signal``, ``an exception``."""
    if isinstance(item, int):
        return f"#{item}"
    return {"stop": "a stop signal", "error": "an exception", "token": "a token"}.get(shape, item)


def argument_of(item: int | str, shape: Shape) -> str:
    """Return a thing as the argument of put()."""
    if shape == "error":
        return str(item).partition(":")[0]
    return called(item, shape).removeprefix("a ")


def doing(worker: WorkerState, state: State, now: float) -> str:
    """Say what a worker does at the virtual time ``now``: ``works on #38, 0.4 s left``."""
    what = called(worker.item, worker.shape)
    passed = f"for {seconds(max(0.0, now - worker.since))}"
    match worker.phase:
        case "making":
            return f"makes {what}{_left(worker, now)}"
        case "working":
            return f"works on {what}{_left(worker, now)}"
        case "stalled":
            before = worker.before_stall[0] if worker.before_stall else ""
            at = f" in the midst of {before} {what}" if before in ("making", "working") else ""
            at = at.replace("working", "the work on")
            return f"stands still{at}, stalled on your order{_left(worker, now)}"
        case "putting" | "getting":
            return _waiting(worker, now, passed)
        case "joining":
            return f"waits in join() on {worker.queue} {passed}"
        case "ended":
            return _ended(worker, now)
    if now > worker.since and worker.since < state.t:
        # Between two observed awaits no virtual time can pass: it awaits something unobserved.
        code = code_line(state.header.source, worker.line)
        on = f", on line {worker.line}: {code}" if code else ""
        return f"has waited {passed} for something that is no queue{on}"
    return "runs"


def _left(worker: WorkerState, now: float) -> str:
    return "" if worker.until is None else f", {seconds(max(0.0, worker.until - now))} left"


def _waiting(worker: WorkerState, now: float, passed: str) -> str:
    if worker.phase == "putting":
        call = f"put({argument_of(worker.item, worker.shape)})"
        verb, where = "is blocked", f"to {worker.queue}"
    else:
        call, verb, where = "get()", "waits", f"from {worker.queue}"
    if worker.woken:
        return f"was woken in {call} {where} and runs next"
    ends = ""
    if worker.deadline is not None:
        ends = f", and gives up in {seconds(max(0.0, worker.deadline - now))}"
    return f"{verb} in {call} {where} {passed}{ends}"


def _ended(worker: WorkerState, now: float) -> str:
    ago = f"{seconds(max(0.0, now - worker.since))} ago"
    if worker.how == "failed":
        return f"failed {ago}: {worker.error}"
    if worker.how == "shutdown":
        return f"ended {ago}, since the queue was shut down"
    return f"{_ENDED.get(worker.how, 'ended')} {ago}"


def level(queue: QueueState) -> str:
    """Say how full a queue is: ``full (5 of 5)``, ``empty``."""
    size = queue.size
    of = f"{size:,} of {queue.maxsize:,}" if queue.maxsize > 0 else f"{size:,} in it"
    if queue.over:
        return f"over capacity ({of})"
    if queue.full:
        return f"full ({of})"
    if not size:
        return "empty"
    return f"neither full nor empty ({of})" if queue.maxsize > 0 else f"unbounded ({of})"
