"""The interpreter's own event loop on virtual time: what the lab's loop is compared with.

Nothing of the stock loop's order is changed, save that timers of one instant, whose order asyncio
leaves open (they lie in a heap that compares times only), run in the order in which they were set,
and tasks have the lab's hash, since asyncio iterates over sets of them.
"""

from __future__ import annotations

import asyncio
import heapq
import selectors
from itertools import count
from typing import Any

from qdash.engine.loop import nanosecond
from qdash.engine.tasks import NumberedTask


class _Timer(asyncio.TimerHandle):
    def __lt__(self, other: Any) -> bool:
        return (self._when, self._number) < (other._when, other._number)


class _Selector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "the program waits for something that nothing will do"
        self.now = nanosecond(self.now + timeout)
        return []


class StockLoop(asyncio.SelectorEventLoop):
    """The stock loop, which jumps instead of waiting."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)
        self._clock_resolution = 1e-10  # timers are due at their nanosecond, and not before
        self._numbers = 0
        self.task_numbers = count(1)
        self.set_task_factory(lambda loop, coro, **kw: NumberedTask(coro, loop=loop, **kw))

    def time(self) -> float:
        return self._virtual.now

    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:
        timer = _Timer(nanosecond(when), callback, args, self, context)
        self._numbers += 1
        timer._number = self._numbers
        timer._scheduled = True
        heapq.heappush(self._scheduled, timer)
        return timer

    def sleep(self, seconds: float) -> asyncio.Future[None]:
        """The lab's own sleep, as the stock loop has to do it."""
        future = self.create_future()
        self.call_later(seconds, lambda: future.done() or future.set_result(None))
        return future
