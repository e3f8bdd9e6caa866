"""Other threads: how they come to have their turns on a loop on virtual time."""

from __future__ import annotations

import contextvars
import threading
from collections import deque
from collections.abc import Callable
from heapq import heappush
from typing import Any, final

from qdash.engine.entries import Callback, Soon, is_called_off
from qdash.engine.scheduling import NEVER, SchedulingLoop, nanosecond


@final
class Visit:
    """A turn of another thread: it lies among the timers as a sleeper does, and wakes no task."""

    __slots__ = ("_act", "_is_cancelled", "_loop")

    def __init__(self, loop: VisitedLoop, act: Callable[[], object]) -> None:
        self._loop, self._act, self._is_cancelled = loop, act, False

    def cancel(self) -> None:
        """Let the other thread have no turn after all."""
        self._is_cancelled = True

    def done(self) -> bool:
        """Return whether ``cancel`` was called."""
        return self._is_cancelled

    def set_result(self, _: None) -> None:
        """Let the other thread have its turn."""
        self._loop._let_in(self._act)


@final
class _Waking:
    """The loop's waking for a timer of its own, where another thread left something before it."""

    __slots__ = ("_loop",)

    def __init__(self, loop: VisitedLoop) -> None:
        self._loop = loop

    def done(self) -> bool:
        """Return whether the loop has been woken otherwise."""
        return self._loop._waking is not self

    def set_result(self, _: None) -> None:
        """Make ready what was left."""
        self._loop.wake()


class VisitedLoop(SchedulingLoop):
    """A loop on which another thread may have its turn, while the loop's own stands still."""

    def __init__(self) -> None:
        super().__init__()
        self.guest: int | None = None
        """The other thread that has its turn just now, by its identifier."""
        self._left: deque[Any] = deque()  # by another thread, for when this one wakes
        self._waking: _Waking | None = None
        self._woken = False

    def visit(self, delay: float, act: Callable[[], object]) -> Visit:
        """Call ``act`` in ``delay`` seconds, as what happens in another thread.

        As on the stock loop, which sleeps until its next timer, what ``act`` leaves by
        ``call_soon`` is not seen before that; ``call_soon_threadsafe`` wakes the loop. Raises
        ValueError when ``delay`` is negative or not a number.
        """
        if not delay >= 0:
            raise ValueError(f"a sleep takes zero or more seconds, not {delay}")
        self._sequence += 1
        visit = Visit(self, act)
        heappush(self._timers, (nanosecond(self.now + delay), self._sequence, visit))
        return visit

    def _let_in(self, act: Callable[[], object]) -> None:
        ready = self._ready
        if any(type(entry) is not Visit for entry in ready):  # the loop is at work, not asleep
            act()
            return
        self._woken = False
        self._ready = self._left
        try:
            act()
        finally:
            self._ready = ready
        if self._woken:
            self.wake()
        elif self._left and self._waking is None:
            own = (
                when
                for when, _, entry in self._timers
                if not isinstance(entry, (Visit, _Waking)) and not is_called_off(entry)
            )
            self._waking = _Waking(self)
            self._sequence += 1
            # The negative number puts it before all timers of its instant.
            heappush(self._timers, (min(own, default=NEVER), -self._sequence, self._waking))

    def wake(self) -> None:
        """Make ready, before all else, what another thread left while the loop slept."""
        self._ready.extendleft(reversed(self._left))
        self._left.clear()
        self._waking = None

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callback, *args: Any, context: contextvars.Context | None = None
    ) -> Soon:
        """Do what ``call_soon`` does, and wake the loop: for a thread that has its turn.

        Raises NotImplementedError in any other thread while one drives the loop: what came in from
        there would come at no definite virtual time.
        """
        if self.thread not in (None, (thread := threading.get_ident())) and thread != self.guest:
            raise NotImplementedError(
                "a lab's loop belongs to the thread that drives it; "
                "send the lab a command instead of calling into its loop"
            )
        self._woken = True
        return self.call_soon(callback, *args, context=context)
