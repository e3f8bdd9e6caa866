"""What lies in a loop's ready line and among its timers, until its turn comes.

An entry is called off by its own ``cancel``, and taken out of the line, or from among the timers,
when its turn would have come.
"""

from __future__ import annotations

import asyncio
import contextvars
from asyncio import Future
from collections import deque
from collections.abc import Callable
from typing import Any, Final, final

import msgspec

Callback = Callable[..., object]

Sleeper = Future[None]
"""What ``LabLoop.sleep`` returns: it lies among the timers itself."""

Nap = tuple[Callback, contextvars.Context]
"""The next step of a task that naps. Nobody holds it, so it is no more than it must be."""

Entry = Any
"""What lies in the ready line and among the timers: Soon, LabTimer, Sleeper, Nap, CALLED_OFF, or
what ``visits.py`` puts there. They have ``done()`` in common, but for a nap."""


@final
class LabTimer(asyncio.TimerHandle):
    """A timer of the lab's loop; ``fired`` tells whether its time has come."""

    __slots__ = ("fired",)

    fired: bool

    def _run(self) -> None:
        self.fired = True
        super()._run()

    def done(self) -> bool:
        """Return whether it is called off: the word that futures, which lie beside it, use."""
        return self.cancelled()


@final
class Soon(msgspec.Struct):
    """A callback that is ready: what ``asyncio.Handle`` is, at a fraction of its price.

    It runs ``callback(*args)``.
    """

    callback: Callback
    args: tuple[Any, ...]
    context: contextvars.Context
    is_cancelled: bool = False

    def cancel(self) -> None:
        """Do not run the callback after all."""
        self.is_cancelled = True

    def cancelled(self) -> bool:
        """Return whether ``cancel`` was called."""
        return self.is_cancelled

    def done(self) -> bool:
        """Return whether it is called off: the word that futures, which lie beside it, use."""
        return self.is_cancelled

    def get_context(self) -> contextvars.Context:
        """Return the context in which the callback will run."""
        return self.context


@final
class _CalledOff:
    """What lies in the place of a nap that was cancelled."""

    def done(self) -> bool:
        """Return that it is called off."""
        return True


CALLED_OFF: Final = _CalledOff()


def is_called_off(entry: Entry) -> bool:
    """Tell whether nothing is to happen when the entry's turn comes."""
    return type(entry) is not tuple and bool(entry.done())


def task_of(callback: Callback) -> asyncio.Task[Any] | None:
    """Return the task of which a callback is a method, or None."""
    task = getattr(callback, "__self__", None)
    return task if isinstance(task, asyncio.Task) else None


def is_task_step(entry: object) -> bool:
    """Tell whether a callback runs a task from one await to the next.

    The callables by which a task is run carry it as ``__self__``, and so do its public methods:
    the names tell them apart. The first of them, in C, has no name.
    """
    if type(entry) is not Soon or entry.is_cancelled:
        return False
    return task_of(entry.callback) is not None and getattr(
        entry.callback, "__name__", "__step"
    ) in ("__step", "__wakeup", "task_wakeup")


class ClosedLine(deque[Any]):
    """What takes the place of the ready line when the loop is closed."""

    def append(self, entry: object) -> None:
        """Raise RuntimeError."""
        raise RuntimeError("Event loop is closed")
