"""What watching a queue needs beside the queue: how things are named, who calls, what time it is."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Literal, Protocol

from qdash.events import Discipline, Event, Operation, Shape

Sink = Callable[[Event], object]
Label = tuple[int | str, Shape, float | None]
Tag = tuple[int, int | str, Shape]


class Timeout(Protocol):
    """A timer that may end a waiting call: an ``asyncio.TimerHandle`` that tells if it ``fired``."""

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
    return text if len(text) <= 40 else text[:39] + "…", "item", rank


def say(error: BaseException) -> str:
    """Return an exception as one line: its type and what it says."""
    text = " ".join(str(error).split())
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


class WaitingCall:
    """One call that has to wait: whose it is, and what became of it."""

    __slots__ = ("op", "passed", "timeout", "worker")

    def __init__(self, worker: str, op: Operation, timeout: Timeout | None) -> None:
        self.worker = worker
        self.op: Operation = op
        self.timeout = timeout
        self.passed = 0  # how many items had gone in (or out) when it was woken

    @property
    def deadline(self) -> float | None:
        """When the timeout around the call fires, in seconds, if there is one."""
        return self.timeout.when() if self.timeout is not None else None

    def reason(self, error: BaseException) -> Literal["timeout", "cancelled", "error"]:
        """Say why the call was broken off."""
        if not isinstance(error, (asyncio.CancelledError, GeneratorExit)):
            return "error"
        return "timeout" if self.timeout is not None and self.timeout.fired else "cancelled"


class Tags:
    """Which slot number belongs to which thing in a queue.

    A queue's container holds the bare items, as asyncio's does; the tags lie beside it, in a
    container that gives and takes in the same order. A heap has an order of its own: there a
    thing is known by its identity, which is stable as long as the queue holds it.
    """

    def __init__(
        self, discipline: Discipline, serial: int = 0, pairs: Iterable[tuple[Tag, Any]] = ()
    ) -> None:
        self.serial = serial
        self._discipline = discipline
        self._line: deque[Tag] = deque()
        self._heap: dict[int, deque[Tag]] = {}
        for tag, item in pairs:
            self._keep(item, tag)

    def add(self, item: object, label: int | str, shape: Shape) -> int:
        """Give an inserted item the next slot number and return that."""
        self.serial = slot = self.serial + 1
        self._keep(item, (slot, label, shape))
        return slot

    def _keep(self, item: object, tag: Tag) -> None:
        if self._discipline == "priority":
            self._heap.setdefault(id(item), deque()).append(tag)
        else:
            self._line.append(tag)

    def take(self, item: object) -> Tag:
        """Return the tag of the item that was taken out, and forget it."""
        if self._discipline == "fifo":
            return self._line.popleft()
        if self._discipline == "lifo":
            return self._line.pop()
        tags = self._heap[id(item)]
        tag = tags.popleft()
        if not tags:
            del self._heap[id(item)]
        return tag

    def take_all(self, items: Iterable[Any]) -> list[tuple[Tag, Any]]:
        """Take every tag with its item (given as the container holds them), oldest first."""
        if self._discipline != "priority":
            return list(zip(self._line, items, strict=True))
        return sorted(((self.take(item), item) for item in items), key=lambda pair: pair[0][0])
