"""When things run: the virtual time, the line of what is ready, and the timers."""

from __future__ import annotations

import asyncio
import contextvars
from collections import deque
from collections.abc import Callable, Generator
from heapq import heapify, heappop, heappush
from math import isnan
from types import coroutine
from typing import Any, Final

from qdash.engine.base_loop import BaseLoop
from qdash.engine.entries import (
    CALLED_OFF,
    Callback,
    ClosedLine,
    Entry,
    LabTimer,
    Nap,
    Sleeper,
    Soon,
    is_called_off,
    task_of,
)

_SNAP: Final = 1.5 * 2**52
"""Added to a float and taken off again, it leaves the nearest whole number (up to 2**51)."""

NEVER: Final = float("inf")
"""The time of a timer that is allowed, and never fires."""

_HEAP_SPARE: Final = 64
"""How many timers are set between two sweeps of the heap, at least."""


def nanosecond(seconds: float) -> float:
    """Return a time rounded to the nanosecond: the only values that the loop's time takes.

    Halves go to the even neighbour. Beyond 2**51 nanoseconds (26 days) the grid is as fine as a
    float allows; infinity stays what it is.
    """
    return (seconds * 1e9 + _SNAP - _SNAP) / 1e9


class SchedulingLoop(BaseLoop):
    """A loop that keeps what is ready and what is to come, each in its order, and runs nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        """What ``time()`` returns, for those who ask often."""
        self._ready: deque[Entry] = deque()
        self._timers: list[tuple[float, int, Entry]] = []
        self._sequence = 0
        self._sweep_at = _HEAP_SPARE  # the number of the timer that is swept at
        self.call_soon, self.lie_down = self._scheduling()
        self._napped = False  # whether any task ever has
        self._cancelled_itself: set[asyncio.Task[Any]] = set()  # and may not have noticed
        self.on_timer: Callable[[LabTimer], None] | None = None
        """Told of each timer set by ``call_at`` and ``call_later``, not of sleeps and naps."""

    def close(self) -> None:
        """Forget all that is scheduled. Raises RuntimeError while the loop runs."""
        super().close()
        self._ready = ClosedLine()
        self._timers.clear()

    # --- time ------------------------------------------------------------------------------------

    def time(self) -> float:
        """Return the virtual time in seconds since the loop was made."""
        return self.now

    def sleep(self, seconds: float) -> Sleeper:
        """Return a future that is done ``seconds`` from now.

        The lab's own way to let time pass: cheaper than ``asyncio.sleep``, since the future itself
        lies on the heap. Cancelling the future is enough to call the sleep off. Raises ValueError
        when ``seconds`` is negative or not a number.
        """
        if not seconds >= 0:
            raise ValueError(f"a sleep takes zero or more seconds, not {seconds}")
        future: Sleeper = self.create_future()
        # nanosecond(), written out: each call is felt on this path.
        when = ((self.now + seconds) * 1e9 + _SNAP - _SNAP) / 1e9
        self._sequence = sequence = self._sequence + 1
        heappush(self._timers, (when, sequence, future))
        if sequence > self._sweep_at:
            self._sweep()
        return future

    @coroutine
    def nap(self, seconds: float) -> Generator[None, None, None]:
        """Let ``seconds`` pass for the task that awaits this: a sleep at half the price.

        No future is made: the task's own next step lies on the heap. It comes, or is cancelled, in
        the same place of the order. Only a task may await it. Raises ValueError when the seconds
        are negative or not a number.
        """
        lie_down = self.lie_down
        lie_down(seconds)
        yield

    lie_down: Callable[[float], None]
    """Begin a nap, whose seconds pass at the bare ``yield`` that must come next: see ``nap``."""

    def next_timer(self) -> float | None:
        """Return the time of the next live timer, or None when none is set."""
        timers = self._timers
        while timers and is_called_off(timers[0][2]):
            heappop(timers)
        # A timer at infinity is allowed, and never fires.
        return timers[0][0] if timers and timers[0][0] < NEVER else None

    @property
    def has_ready(self) -> bool:
        """Whether a callback is waiting to run at the present instant."""
        return bool(self._ready)

    # --- callbacks -------------------------------------------------------------------------------

    call_soon: Callable[..., Soon]  # type: ignore[assignment]
    """Run a callback (the arguments follow it) at this instant, after all that is ready."""

    def _scheduling(self) -> tuple[Callable[..., Any], Callable[[float], None]]:
        """Return ``call_soon`` and ``lie_down``: of all that a loop does, what is done most.

        They are made here, and not methods, since asyncio asks for ``call_soon`` by name at each
        step of a task, and what two functions share is had sooner than what an object has.
        """
        timers, until = self._timers, None

        def call_soon(
            callback: Callback, *args: Any, context: contextvars.Context | None = None
        ) -> Soon | None:
            nonlocal until
            if until is None:
                if context is None:
                    context = contextvars.copy_context()
                handle = Soon(callback, args, context)
                self._ready.append(handle)
                return handle
            # Called by asyncio for a task that has just begun to nap: it always gives a context,
            # and wants no handle.
            self._sequence = sequence = self._sequence + 1
            heappush(timers, (until, sequence, (callback, context)))
            until = None
            return None

        def lie_down(seconds: float) -> None:
            nonlocal until
            if not seconds >= 0.0:
                raise ValueError(f"a sleep takes zero or more seconds, not {seconds}")
            if self._cancelled_itself and self._is_ending():
                return
            # A bare yield lets asyncio hand the task's next step to call_soon(), at once and from
            # C; there it is put among the timers.
            self._napped = True
            until = ((self.now + seconds) * 1e9 + _SNAP - _SNAP) / 1e9

        return call_soon, lie_down

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callback,
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> LabTimer:
        """Run ``callback(*args)`` after ``delay`` seconds of virtual time."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callback,
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> LabTimer:
        """Run ``callback(*args)`` at virtual time ``when``, or at once where that is past.

        Raises ValueError when ``when`` is not a number.
        """
        if self._closed:
            raise RuntimeError("Event loop is closed")
        when = nanosecond(when)
        if isnan(when):
            raise ValueError("a timer needs a time, and this is not a number")
        timer = LabTimer(when, callback, args, self, context)
        timer.fired = False
        self._sequence = sequence = self._sequence + 1
        heappush(self._timers, (when, sequence, timer))
        if sequence > self._sweep_at:
            self._sweep()
        if self.on_timer is not None:
            self.on_timer(timer)
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Called by ``TimerHandle.cancel``; nothing to do, since ``_sweep`` looks for itself."""

    def _sweep(self) -> None:
        """Throw called-off timers out of the heap, so that it cannot grow with the past.

        Done again when as many timers were set as live ones remain: a fixed price for each.
        """
        timers = self._timers
        timers[:] = [entry for entry in timers if not is_called_off(entry[2])]
        heapify(timers)
        self._sweep_at = self._sequence + len(timers) + _HEAP_SPARE

    # --- cancelling who naps ---------------------------------------------------------------------

    def cancelling_nap(self, task: asyncio.Task[Any]) -> None:
        """Wake a task that is being cancelled, if it naps: called by the task."""
        # Looked for among all that lie there: cancelling is rare, and naps are not to pay for it.
        if self._napped and (nap := self._take_out_nap(task)) is not None:
            callback, context = nap
            self._ready.append(Soon(callback, (), context))
            return
        if asyncio.current_task(self) is task:
            self._cancelled_itself.add(task)

    def _take_out_nap(self, task: asyncio.Task[Any]) -> Nap | None:
        ready, timers = self._ready, self._timers
        for at, entry in enumerate(ready):
            if type(entry) is tuple and task_of(entry[0]) is task:
                ready[at] = CALLED_OFF
                return entry
        for at, (when, sequence, entry) in enumerate(timers):
            if type(entry) is tuple and task_of(entry[0]) is task:
                timers[at] = (when, sequence, CALLED_OFF)
                if self._sequence > self._sweep_at:
                    self._sweep()
                return entry
        return None

    def _is_ending(self) -> bool:
        """Tell whether the running task has cancelled itself, which comes at its next await."""
        task: Any = asyncio.current_task(self)
        self._cancelled_itself.discard(task)
        return bool(task._must_cancel)  # asyncio's own name for it
