"""What an exported program brings along, each piece only where the program needs it.

Nothing here is run as a part of qdash: ``program`` copies these pieces, as they stand, below a
scenario's own code. They are written to be read there: plain asyncio, the standard library, nothing
of qdash. The constants take their values from the settings of the same names.
"""

# mypy: ignore-errors
# ruff: noqa: D102, F821, T201

from __future__ import annotations

import asyncio
import itertools
import math
import os
import random
import selectors
import sys
import threading
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

SEED = 7  # the same seed gives the same items and times
ITEMS: int | None = None  # how many items are made in all; None is without end
PRODUCERS = 3
CONSUMERS = 3
MAXSIZE = 5  # how many items a queue holds; 0 is without end
PRODUCE_TIME = 1.0  # seconds to make one item, on average
CONSUME_TIME = 0.8  # seconds to work on one item, on average
JITTER = "uniform"  # how those times vary: constant, uniform or exponential
SPREAD = 2.0  # how heavy a tail they have: the standard deviation over the mean
PERIOD = 60.0  # seconds until arrivals come as before
FAILING = 0.0  # which share of the attempts to work fails
RETRIES = 3  # how many times work that failed is tried again
BACKOFF = 0.5  # seconds before it is tried again
PUT_POLICY = "wait"  # at a full queue: wait, timeout, drop-newest or drop-oldest
PUT_TIMEOUT: float | None = None  # seconds
GET_TIMEOUT: float | None = None  # seconds


# --- items, and the time that they take


@dataclass(frozen=True, order=True, repr=False)
class Item:
    """One numbered item. ``draw``, from 0 to 1, says how much work it is."""

    priority: int
    number: int
    draw: float = field(compare=False, default=0.5)

    def __repr__(self) -> str:
        return f"#{self.number}"


chance = random.Random(SEED)
begun = 0  # how many items have been begun


def all_made() -> bool:
    """Tell whether as many items as there are to be have been begun."""
    return ITEMS is not None and begun >= ITEMS


def next_item() -> tuple[Item, float]:
    """Return the next item, and the chance that says how long making it takes."""
    global begun
    begun += 1
    making, priority, working = chance.random(), chance.random(), chance.random()
    return Item(int(priority * 10), begun, working), making


async def items() -> AsyncIterator[Item]:
    """Make items, one after another."""
    while not all_made():
        item, draw = next_item()
        seconds = around(PRODUCE_TIME, draw)
        tell(f"makes {item} ({seconds:.2f} s)")
        await asyncio.sleep(seconds)
        yield item


async def work(item: Any) -> None:
    """Work on an item."""
    seconds = around(CONSUME_TIME, getattr(item, "draw", 0.5))
    tell(f"works on {show(item)} ({seconds:.2f} s)")
    await asyncio.sleep(seconds)


class WorkFailed(Exception):
    """An attempt to work on an item came to nothing."""


async def try_to_work(item: Any, attempt: int = 1) -> None:
    """Work on an item; a share of the attempts raises WorkFailed."""
    await work(item)
    if isinstance(item, Item) and luck(item.draw, attempt) < FAILING:
        raise WorkFailed(f"attempt {attempt} at {show(item)} failed")


def luck(draw: float, attempt: int) -> float:
    """Return another number between 0 and 1 for each attempt at what has this draw."""
    bits = (1 << 64) - 1  # the numbers are those of SplitMix64
    mixed = (int(draw * 2**53) + attempt * 0x9E3779B97F4A7C15) & bits
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & bits
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & bits
    return ((mixed ^ (mixed >> 31)) >> 11) / 2**53


def around(mean: float, draw: float) -> float:
    """Return a time in seconds around a mean, from a draw between 0 and 1."""
    if JITTER == "uniform":
        return mean * (0.5 + draw)
    if JITTER == "exponential":
        return -mean * math.log(1.0 - draw)
    return mean


def constant(mean: float, draw: float) -> float:
    """Return the mean itself."""
    return mean


def uniform(mean: float, draw: float) -> float:
    """Return a time between half the mean and half as much again."""
    return mean * (0.5 + draw)


def exponential(mean: float, draw: float) -> float:
    """Return a time of the exponential distribution."""
    return -mean * math.log(1.0 - draw)


def lognormal(mean: float, draw: float) -> float:
    """Return a time of a lognormal distribution."""
    sigma = math.sqrt(math.log1p(SPREAD * SPREAD))
    normal = NormalDist().inv_cdf(max(draw, 2.0**-54))
    return math.exp(math.log(mean) - sigma * sigma / 2 + sigma * normal)


def pareto(mean: float, draw: float) -> float:
    """Return a time of a Pareto distribution."""
    alpha = 1.0 + math.sqrt(1.0 + 1.0 / (SPREAD * SPREAD))
    return mean * (alpha - 1.0) / alpha * (1.0 - draw) ** (-1.0 / alpha)


def bursty(mean: float, draw: float) -> float:
    """Return the time to the next arrival, where all come in a quarter of each period."""
    return until_next(mean, draw, lambda part: min(1.0, 4 * part), lambda part: part / 4)


def ramp(mean: float, draw: float) -> float:
    """Return the time to the next arrival, where ever more come until the period is over."""
    return until_next(mean, draw, lambda part: part * part, math.sqrt)


def day(mean: float, draw: float) -> float:
    """Return the time to the next arrival, where most come in the middle of the period."""
    return until_next(mean, draw, by_then, by_when)


def by_then(part: float) -> float:
    """Return which part of a day's arrivals has come when a part of the day is over."""
    return part - math.sin(2 * math.pi * part) / (2 * math.pi)


def by_when(come: float) -> float:
    """Return the part of the day when this part of its arrivals has come."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if by_then(middle) < come else (low, middle)
    return (low + high) / 2


def until_next(
    mean: float, draw: float, come: Callable[[float], float], gone: Callable[[float], float]
) -> float:
    """Return the time to the next arrival, where the rate follows a curve over each period."""
    whole, part = divmod(now() / PERIOD, 1.0)
    whole, part = divmod(whole + come(part) - mean * math.log(1.0 - draw) / PERIOD, 1.0)
    return max(0.0, (whole + gone(part)) * PERIOD - now())


# --- the queue, which tells what happens at it


if sys.version_info >= (3, 13):
    from asyncio import Queue as ClosableQueue
    from asyncio import QueueShutDown

else:

    class QueueShutDown(Exception):
        """What Python 3.13 raises where a queue was shut down."""

    class ClosedLine(deque[Any]):
        """The line before a queue that was shut down: nobody can wait in it any more."""

        def append(self, waiter: asyncio.Future[None]) -> None:
            waiter.set_exception(QueueShutDown())

    class ClosableQueue(asyncio.Queue[Any]):
        """A queue with shutdown(), which asyncio has from Python 3.13 on."""

        _is_shutdown = False

        def put_nowait(self, item: Any) -> None:
            if self._is_shutdown:
                raise QueueShutDown
            super().put_nowait(item)

        def get_nowait(self) -> Any:
            if self._is_shutdown and self.empty():
                raise QueueShutDown
            return super().get_nowait()

        def shutdown(self, immediate: bool = False) -> None:
            self._is_shutdown = True
            if immediate:
                while not self.empty():
                    self._get()
                    self._unfinished_tasks = max(0, self._unfinished_tasks - 1)
                if not self._unfinished_tasks:
                    self._finished.set()
            waiting = [*self._getters, *self._putters]
            self._getters, self._putters = ClosedLine(), ClosedLine()
            for waiter in waiting:
                if not waiter.done():
                    waiter.set_result(None)


class Queue(asyncio.Queue[Any]):
    """An asyncio.Queue that prints what happens at it."""

    def __init__(self, name: str, maxsize: int) -> None:
        super().__init__(maxsize)
        self.name = name
        self.refused: BaseException | None = None

    def __repr__(self) -> str:
        return f"{self.name} {self.qsize()}/{self.maxsize or 'any'}"

    def _put(self, item: Any) -> None:  # asyncio calls this when there is room
        super()._put(item)
        tell(f"put {show(item)}: {self!r}")

    def _get(self) -> Any:  # asyncio calls this when there is an item
        item = super()._get()
        tell(f"got {show(item)}: {self!r}")
        return item

    async def put(self, item: Any) -> None:
        if self.full():
            tell(f"waits in put({show(item)}): {self!r}, full")
        try:
            await super().put(item)
        except (asyncio.CancelledError, Exception) as error:
            self.refuse(f"put({show(item)})", error)
            raise

    async def get(self) -> Any:
        if self.empty():
            tell(f"waits in get(): {self!r}, empty")
        try:
            return await super().get()
        except (asyncio.CancelledError, Exception) as error:
            self.refuse("get()", error)
            raise

    def put_nowait(self, item: Any) -> None:
        try:
            super().put_nowait(item)
        except Exception as error:
            self.refuse(f"put({show(item)})", error)
            raise

    def get_nowait(self) -> Any:
        try:
            return super().get_nowait()
        except Exception as error:
            self.refuse("get()", error)
            raise

    def drop(self) -> Any:
        """Throw away what get_nowait() would take, and count it as done.

        asyncio has no such method; this uses what asyncio keeps to itself.
        """
        item = super()._get()
        tell(f"throws away {show(item)}: {self!r}")
        self._wakeup_next(self._putters)
        asyncio.Queue.task_done(self)
        return item

    def refuse(self, call: str, error: BaseException) -> None:
        """Tell, once, that a call raises."""
        if error is not self.refused:
            self.refused = error
            tell(f"{call} raises {text_of(error)}: {self!r}")

    def unfinished(self) -> str:
        """Say what join() waits for."""
        return f"{self._unfinished_tasks} unfinished in {self.name}"

    def task_done(self) -> None:
        try:
            super().task_done()
        except ValueError as error:
            tell(f"task_done() raises {text_of(error)}")
            raise
        tell(f"task_done(): {self.unfinished()}")

    async def join(self) -> None:
        if self._unfinished_tasks:
            tell(f"waits in join(): {self.unfinished()}")
        try:
            await super().join()
        except asyncio.CancelledError as error:
            tell(f"join() raises {text_of(error)}: {self.unfinished()}")
            raise
        tell(f"join() returns: {self.unfinished()}")

    def shutdown(self, immediate: bool = False) -> None:
        tell(f"shutdown(immediate={immediate}): {self!r}")
        if immediate:
            self._get = super()._get  # what is thrown away is not got
        super().shutdown(immediate)

    def resize(self, maxsize: int) -> None:
        """Set another size, and wake a putter for each slot that this frees.

        asyncio has no such method; this uses what asyncio keeps to itself.
        """
        old, self._maxsize = self._maxsize, maxsize
        tell(f"resize({maxsize}): {self!r}")
        freed = maxsize - max(old, self.qsize()) if maxsize > 0 else len(self._putters)
        for _ in range(freed if old > 0 else 0):
            self._wakeup_next(self._putters)


class LifoQueue(Queue, asyncio.LifoQueue[Any]):
    """The same, last in, first out."""


class PriorityQueue(Queue, asyncio.PriorityQueue[Any]):
    """The same, lowest first."""


# --- the workers


class Crew:
    """Workers P1, P2, … that all run the same function."""

    def __init__(
        self, count: int, function: Callable[..., Coroutine[Any, Any, None]], *args: Any
    ) -> None:
        self.function, self.args = function, args
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.over = asyncio.Event()
        for number in range(1, count + 1):
            self.start(f"{function.__name__[0].upper()}{number}")

    @property
    def names(self) -> list[str]:
        """The workers that are not over."""
        return [name for name, task in self.tasks.items() if not task.done()]

    def start(self, name: str) -> None:
        """Start a worker."""
        self.tasks[name] = task = asyncio.create_task(self.function(*self.args), name=name)
        task.add_done_callback(self.ended)

    def ended(self, task: asyncio.Task[None]) -> None:
        """See whether that was the last worker."""
        if not self.names and all_made():
            self.over.set()

    async def finished(self) -> None:
        """Wait until every item is made and every worker is over."""
        if self.names or not all_made():
            await self.over.wait()

    def cancel(self) -> None:
        """Cancel every worker."""
        for task in self.tasks.values():
            task.cancel()


class SupervisedCrew(Crew):
    """The same, and a worker that failed is started again."""

    closed = False

    def ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error and not self.closed and type(error).__name__ != "QueueShutDown":
            self.start(task.get_name())
        super().ended(task)

    def cancel(self) -> None:
        self.closed = True
        super().cancel()


def thread(function: Callable[..., object], *args: Any, name: str) -> None:
    """Run a plain function in a thread of its own."""
    context = copy_context()
    context.run(current.set, name)
    tell("starts", name)
    target, args = context.run, (in_thread, function, *args)
    threading.Thread(target=target, args=args, name=name, daemon=True).start()


def in_thread(function: Callable[..., object], *args: Any) -> None:
    """Run a function, and tell how that ends."""
    try:
        function(*args)
    except Exception as error:
        tell(f"fails: {text_of(error)}")
    else:
        tell("returns")


class Worker(asyncio.Task[Any]):
    """A task. One that is given a name is a worker, of which is told when it starts and ends."""

    numbers = itertools.count(1)

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        coroutine: Coroutine[Any, Any, Any],
        *,
        name: str | None = None,
        context: Context | None = None,
        **options: Any,
    ) -> None:
        self.number = next(self.numbers)
        self.context = copy_context() if context is None else context.copy()
        self.named = False
        super().__init__(coroutine, loop=loop, context=self.context, **options)
        self.set_name(name)

    def __hash__(self) -> int:
        return self.number  # asyncio keeps tasks in sets: this makes their order the same each time

    def set_name(self, name: object) -> None:
        if name is None or self.named:
            return
        super().set_name(name)
        self.named = True
        self.context.run(current.set, str(name))
        tell("starts", str(name))
        self.add_done_callback(told_end)

    def cancel(self, msg: Any = None) -> bool:
        name = self.get_name()
        if self.named and not self.done() and current.get() not in ("", name):
            tell(f"cancels {name}")
        return super().cancel(msg)


def told_end(task: asyncio.Task[Any]) -> None:
    """Tell how a worker has ended."""
    if task.cancelled():
        how = "is cancelled"
    elif (error := task.exception()) is None:
        how = "returns"
    else:
        how = f"fails: {text_of(error)}"
    tell(how, task.get_name())


# --- what is printed

# Who runs now. A task without a name acts in the name of the worker that started it.
current: ContextVar[str] = ContextVar("current", default="")


def now() -> float:
    """Return the seconds since the start."""
    return loop.time() - started


def say(text: str) -> None:
    """Print what a worker wishes to say."""
    tell(f"says: {text}")


def tell(what: str, who: str | None = None) -> None:
    """Print the time, who it is, and what happens."""
    line = f"{now():9.3f}  {current.get() if who is None else who:<5} {what}\n"
    try:
        print(line, end="", flush=True)
    except BrokenPipeError:
        os._exit(1)  # whoever reads has had enough


def show(item: object) -> str:
    """Return what an item is called."""
    if isinstance(item, BaseException):
        return text_of(item)
    return f"#{item}" if type(item) is int else repr(item)


def text_of(error: BaseException) -> str:
    """Return what an exception is and says."""
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


async def run() -> None:
    """Run main() as the worker of that name."""
    global loop, started
    loop = asyncio.get_running_loop()
    started = loop.time()
    loop.set_task_factory(Worker)
    await asyncio.create_task(main(), name="main")


class Clock(selectors.DefaultSelector):
    """What the loop waits by. Its time stands still while something runs."""

    def __init__(self) -> None:
        super().__init__()
        self.began = time.monotonic()
        self.reached = 0.0
        self.waiting = False

    def time(self) -> float:
        return time.monotonic() - self.began if self.waiting else self.reached

    def select(self, timeout: float | None = None) -> list[Any]:
        due = math.inf if timeout is None else round(self.reached + timeout, 9)
        self.waiting = True
        ready = super().select(None if timeout is None else max(0.0, due - self.time()))
        if ready:  # woken from outside, by ctrl+c or another thread
            due = min(due, max(self.reached, self.time()))
        self.reached, self.waiting = due, False
        return ready


class Loop(asyncio.SelectorEventLoop):
    """asyncio's own loop by that clock: a millisecond's delay does not change who comes first."""

    def __init__(self) -> None:
        self.clock, self.timers = Clock(), 0
        super().__init__(self.clock)

    def time(self) -> float:
        return self.clock.time()

    def call_at(self, when: float, *args: Any, **options: Any) -> asyncio.TimerHandle:
        # Timers of one instant go off in the order in which they were set.
        self.timers += 1
        return super().call_at(round(when, 9) + self.timers % 1000 * 1e-12, *args, **options)


if __name__ == "__main__":
    # asyncio.run(run()) runs it too; who comes first then hangs on a millisecond here and there.
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(run())
