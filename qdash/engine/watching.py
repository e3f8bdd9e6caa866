"""What watching a queue needs beside the queue: names for things, who calls, what time it is."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Final, Literal, Protocol

import msgspec

from qdash.events import Event, Got, Operation, Put, Shape

Sink = Callable[[Event], object]
Label = tuple[int | str, Shape, float | None]

_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")
_LONGEST: Final = 40
"""How many characters of an item's ``repr`` are told."""


class Timeout(Protocol):
    """A timer that may end a waiting call: a ``TimerHandle`` that tells whether it ``fired``."""

    fired: bool

    def when(self) -> float:
        """Return the time at which it fires."""


def describe(item: object) -> Label:
    """Return the label, shape and priority by which events speak of an item.

    An object may say this itself with an attribute ``qdash_label`` of the same form.
    """
    if type(item) is int:
        return item, "item", None
    label: Label | None = getattr(item, "qdash_label", None)
    if label is not None:
        return label
    if item is None:
        return "stop", "stop", None
    if isinstance(item, BaseException):
        return say(item), "error", None
    text = repr(item)
    rank = None
    if isinstance(item, tuple) and item and isinstance(item[0], (int, float)):
        rank = float(item[0])
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…", "item", rank


def without_addresses(text: str) -> str:
    """Return a text without addresses in memory, which are others on every run."""
    return _ADDRESS.sub("", text)


def say(error: BaseException) -> str:
    """Return an exception as one line: its type and what it says, the same on every run."""
    text = without_addresses(" ".join(str(error).split()))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def task_name() -> str:
    """Return the name of the running task, or ""."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        return ""
    return task.get_name() if task is not None else ""


def running_time() -> float:
    """Return the running loop's time in seconds, or 0.0 outside one."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return 0.0


def why_ended(
    error: BaseException, timeout: Timeout | None
) -> Literal["timeout", "cancelled", "error"]:
    """Say why a waiting call, with that timeout around it, was broken off."""
    if not isinstance(error, (asyncio.CancelledError, GeneratorExit)):
        return "error"
    return "timeout" if timeout is not None and timeout.fired else "cancelled"


class WaitingCall(msgspec.Struct, eq=False):
    """One call that has to wait: whose it is, and what became of it."""

    worker: str
    op: Operation
    timeout: Timeout | None
    last: Put | Got | None = None
    """When it was woken: the last item that had gone in (or out)."""
