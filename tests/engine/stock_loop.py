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

from qdash.engine.scheduling import nanosecond
from qdash.engine.tasks import NumberedTask


class _Timer(asyncio.TimerHandle):
    def __lt__(self, other: Any) -> bool:
        return (self._when, self._number) < (other._when, other._number)


class _Selector(selectors.SelectSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.visits: list[tuple[float, int, Any]] = []
        self.woken = False

    def select(self, timeout: float | None = None) -> list[Any]:
        until = float("inf") if timeout is None else nanosecond(self.now + timeout)
        self.woken = False
        while self.visits and self.visits[0][0] <= until:
            self.now, _, act = heapq.heappop(self.visits)
            act()
            if self.woken:
                return []
        assert until < float("inf"), "the program waits for something that nothing will do"
        self.now = until
        return []


class _Visit:
    def __init__(self, visits: list[Any], visit: Any) -> None:
        self.visits, self.visit = visits, visit

    def cancel(self) -> None:
        if self.visit in self.visits:  # it has not taken place yet
            self.visits.remove(self.visit)
            heapq.heapify(self.visits)


class StockLoop(asyncio.SelectorEventLoop):
    """The stock loop, which jumps instead of waiting."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)
        self._clock_resolution = 1e-10  # timers are due at their nanosecond, and not before
        self._numbers = 0
        self.task_numbers = count(1)
        self.set_task_factory(lambda loop, coro, **kw: NumberedTask(coro, loop=loop, **kw))
        self.guest: int | None = None

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

    nap = sleep

    def cancelling_nap(self, task: Any) -> None:
        """Nothing to do: naps are sleeps here."""

    def visit(self, delay: float, act: Any) -> Any:
        """Let another thread act in ``delay`` seconds, while the loop waits in its selector."""
        self._numbers += 1
        visit = nanosecond(self.time() + delay), self._numbers, act
        heapq.heappush(self._virtual.visits, visit)
        return _Visit(self._virtual.visits, visit)

    def call_soon_threadsafe(self, callback: Any, *args: Any, context: Any = None) -> Any:
        self._virtual.woken = True
        return super().call_soon_threadsafe(callback, *args, context=context)
