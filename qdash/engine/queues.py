"""The observed queues: asyncio's own, which can be watched, resized and, on any Python, shut down.

Putting, getting and waiting are the interpreter's own code; the methods here call it and tell a
sink what it did. Without a sink they tell nobody.

This is the only file of qdash that touches private names of asyncio's queues; each use says why.
"""

from __future__ import annotations

import asyncio
import sys
import warnings
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from heapq import heapify
from types import coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar, cast

from qdash.engine.watching import (
    Label,
    Sink,
    Tags,
    Timeout,
    WaitingCall,
    describe,
    running_time,
    say,
    task_name,
)
from qdash.events import (
    Barged,
    Discipline,
    Dropped,
    Event,
    GetRefused,
    GetWaiting,
    Got,
    Joined,
    JoinRefused,
    JoinWaiting,
    Operation,
    Put,
    PutRefused,
    PutWaiting,
    QueueMade,
    Rearranged,
    Resized,
    ShutDown,
    TaskDone,
    TaskDoneRefused,
    Woken,
)

T = TypeVar("T")

if sys.version_info >= (3, 13):
    from asyncio import QueueShutDown as QueueShutDown

    _Queue = asyncio.Queue
else:

    class QueueShutDown(Exception):
        """Raised by put and get on a queue that was shut down: what 3.13 calls the same."""

    class _ClosedLine(deque[Any]):
        """The line of a queue that was shut down: who would join it is turned away instead."""

        def append(self, waiter: asyncio.Future[None]) -> None:
            waiter.set_exception(QueueShutDown())

    class _Queue(asyncio.Queue[T]):  # type: ignore[no-redef]
        """``shutdown`` for Pythons before 3.13, with 3.13's semantics.

        The waiting loops of put and get stay the interpreter's own.
        """

        _is_shutdown = False  # 3.13's own name for it

        def put_nowait(self, item: T) -> None:
            if self._is_shutdown:
                raise QueueShutDown
            asyncio.Queue.put_nowait(self, item)

        def get_nowait(self) -> T:
            if self._is_shutdown and self.empty():
                raise QueueShutDown
            return asyncio.Queue.get_nowait(self)

        def shutdown(self, immediate: bool = False) -> None:
            """Refuse further puts, and gets once empty; all who wait are woken.

            With ``immediate`` the content is thrown away and counted as done, and gets raise at
            once. As on Python 3.13:
            https://docs.python.org/3.13/library/asyncio-queue.html#asyncio.Queue.shutdown
            """
            self._is_shutdown = True
            if immediate:
                while not self.empty():
                    self._get()
                    self._unfinished_tasks = max(0, self._unfinished_tasks - 1)
                if self._unfinished_tasks == 0:
                    self._finished.set()
            # Who waits finds nothing in the line any more; who wakes and would wait again is
            # turned away. asyncio keeps both lines to itself.
            for name in ("_getters", "_putters"):
                line, closed = getattr(self, name), _ClosedLine()
                setattr(self, name, closed)
                for waiter in line:
                    if not waiter.done():
                        waiter.set_result(None)


# Called by name: cheaper than super(), on the path of every item.
_put_nowait = _Queue.put_nowait
_get_nowait = _Queue.get_nowait
_task_done = asyncio.Queue.task_done
_wakeup_next = asyncio.Queue._wakeup_next  # type: ignore[attr-defined]

_REFUSALS: Final = {
    asyncio.QueueFull: "full",
    asyncio.QueueEmpty: "empty",
    QueueShutDown: "shutdown",
}


class _Observed(_Queue[T]):
    """What the three observed queues share."""

    discipline: ClassVar[Discipline]

    if TYPE_CHECKING:  # asyncio's own, which typeshed does not show
        _is_shutdown: bool
        _unfinished_tasks: int
        _getters: deque[asyncio.Future[None]]
        _putters: deque[asyncio.Future[None]]
        _maxsize: int
        _queue: Any

    def __init__(
        self,
        maxsize: int = 0,
        *,
        name: str = "queue",
        sink: Sink | None = None,
        clock: Callable[[], float] = running_time,
        who: Callable[[], str] = task_name,
        describe: Callable[[object], Label] = describe,
        timeout: Callable[[], Timeout | None] = lambda: None,
    ) -> None:
        """Make a queue of at most ``maxsize`` items (0 or less: unbounded).

        ``sink`` is called with each event; without it the queue behaves as a plain one. ``clock``
        gives the time of events in seconds, ``who`` the name of the worker that runs now,
        ``describe`` the label of an item, and ``timeout`` the timer that is set around the
        present call, if any.
        """
        super().__init__(maxsize)
        self.name = name
        self._clock = clock
        self._who = who
        self._describe = describe
        self._timeout = timeout
        self._sink: Sink | None = None
        self._tags = Tags(self.discipline)
        self._calls: dict[asyncio.Future[None], WaitingCall] = {}
        self._told: BaseException | None = None  # the refusal that was told last
        self._dropping = False
        self._passed = {"put": 0, "get": 0}
        self._last = {"put": "", "get": ""}
        if sink is not None:
            self.watch(sink)

    # --- being watched ---------------------------------------------------------------------------

    def watch(self, sink: Sink) -> None:
        """Tell ``sink`` of all that happens from now on, first of what lies in the queue.

        A sink that raises is taken away and reported to the loop's exception handler (outside a
        loop, as a warning); the program watched never feels it. Raises RuntimeError if there is a
        sink already.
        """
        if self._sink is not None:
            raise RuntimeError("this queue has a sink already; unwatch() it first")
        self._sink = sink
        self._tags = Tags(self.discipline)
        self._tell(QueueMade(self._clock(), self.name, max(0, self._maxsize), self.discipline))
        for item in self.items():
            self._tell_put(item)

    def unwatch(self) -> None:
        """Take the sink away: from now on this is a plain queue."""
        self._sink = None
        self._calls.clear()

    def _tell(self, event: Event) -> None:
        if self._sink is None:
            return
        try:
            self._sink(event)
        except Exception as error:
            self._sink_failed(error)

    def _sink_failed(self, error: Exception) -> None:
        self.unwatch()
        message = f"the sink of queue {self.name!r} raised and was unhooked"
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            warnings.warn(f"{message}: {error!r}", RuntimeWarning, stacklevel=2)
        else:
            loop.call_exception_handler({"message": message, "exception": error})

    def items(self) -> list[T]:
        """Return what lies in the queue, in the order in which its container holds it."""
        return list(self._queue)  # no public method of asyncio's queues shows their content

    @property
    def unfinished(self) -> int:
        """How many items were put and not yet marked done: what ``join`` waits for."""
        return self._unfinished_tasks  # asyncio keeps the count to itself

    @property
    def is_shutdown(self) -> bool:
        """Whether ``shutdown`` was called."""
        return self._is_shutdown

    def waiting(self, op: Operation) -> list[str]:
        """Return who waits in ``put`` or ``get``, in the order in which they will be woken.

        Known only of calls that began while the queue was watched.
        """
        # The lines of waiting futures are asyncio's own; only they know the order.
        line = self._putters if op == "put" else self._getters
        return [self._calls[w].worker for w in line if w in self._calls and not w.done()]

    def throw(self, worker: str, error: BaseException) -> bool:
        """Raise ``error`` inside the ``put`` or ``get`` in which ``worker`` waits.

        Returns whether it waits here (one that is woken already does not).
        """
        for waiter, call in self._calls.items():
            if call.worker == worker and not waiter.done():
                waiter.set_exception(error)
                return True
        return False

    # --- what the standard library has not -------------------------------------------------------

    def resize(self, maxsize: int) -> None:
        """Set the size to ``maxsize`` (0 or less: unbounded) and wake a putter for each freed slot.

        A queue made smaller than its content is over capacity until it is drained; nothing in it
        is lost.
        """
        old, self._maxsize = self._maxsize, maxsize  # asyncio's property has no setter
        self._tell(Resized(self._clock(), self.name, max(0, old), max(0, maxsize)))
        if old <= 0:
            return  # nobody waits to put into an unbounded queue
        freed = len(self._putters) if maxsize <= 0 else maxsize - max(old, self.qsize())
        for _ in range(freed):
            self._wakeup_next(self._putters)

    def rearrange(self, discipline: Discipline) -> None:
        """Serve the items in another order from now on.

        Raises TypeError, and changes nothing, when ``priority`` is asked for and the items cannot
        be compared with one another.
        """
        old = self.discipline
        if discipline == old:
            return
        items = self.items()
        if discipline == "priority":
            heapify(items)
        if self._sink is not None:
            pairs = self._tags.take_all(self._queue)
            self._tags = Tags(discipline, self._tags.serial, pairs)
            if discipline != "priority":
                items = [item for _, item in pairs]
        self.__class__ = DISCIPLINES[discipline]
        self._init(self._maxsize)  # asyncio's hook, which makes the container of this class
        self._queue.extend(items)
        self._tell(Rearranged(self._clock(), self.name, old, discipline))

    # --- asyncio's methods, watched --------------------------------------------------------------

    async def put(self, item: T) -> None:
        """Put an item, waiting for a free slot. Raises QueueShutDown after ``shutdown``."""
        if not self.full():
            self.put_nowait(item)
        elif self._sink is None:
            await super().put(item)
        else:
            call = WaitingCall(self._who(), "put", self._timeout())
            await self._wait_in_line(super().put(item), call, item)

    async def get(self) -> T:
        """Get an item, waiting for one. Raises QueueShutDown when shut down and empty."""
        if not self.empty():
            return self.get_nowait()
        if self._sink is None:
            return await super().get()
        call = WaitingCall(self._who(), "get", self._timeout())
        return cast(T, await self._wait_in_line(super().get(), call, None))

    @coroutine
    def _wait_in_line(
        self, own: Coroutine[Any, Any, Any], call: WaitingCall, item: object
    ) -> Generator[Any, None, Any]:
        """Drive the interpreter's own put or get, watching each time that it joins the line."""
        waiter = None
        while True:
            again = waiter is not None
            try:
                waiter = own.send(None)
            except StopIteration as end:
                return end.value
            except BaseException as error:
                self._tell_refused(call, item, error)
                raise
            self._calls[waiter] = call
            self._tell_barged(call) if again else self._tell_waiting(call, item)
            try:
                yield waiter
            except BaseException as error:
                self._tell_refused(call, item, error)
                own.throw(error)
                raise  # not reached: the interpreter's own put and get pass every exception on
            finally:
                self._calls.pop(waiter, None)

    def put_nowait(self, item: T) -> None:
        """Put an item. Raises QueueFull, or QueueShutDown after ``shutdown``."""
        try:
            _put_nowait(self, item)
        except BaseException as error:
            if self._sink is not None:
                self._tell_refused(WaitingCall(self._who(), "put", None), item, error)
            raise

    def get_nowait(self) -> T:
        """Get an item. Raises QueueEmpty, or QueueShutDown when shut down and empty."""
        try:
            return _get_nowait(self)
        except BaseException as error:
            if self._sink is not None:
                self._tell_refused(WaitingCall(self._who(), "get", None), None, error)
            raise

    def _wakeup_next(self, waiters: deque[asyncio.Future[None]]) -> None:
        # asyncio wakes whoever waits in this one method.
        if waiters:
            first = next((waiter for waiter in waiters if not waiter.done()), None)
            _wakeup_next(self, waiters)
            if first is not None:
                self._tell_woken(first)

    def task_done(self) -> None:
        """Count one item as done. Raises ValueError when nothing is unfinished."""
        try:
            _task_done(self)
        except ValueError:
            self._tell(TaskDoneRefused(self._clock(), self._who(), self.name))
            raise
        if (sink := self._sink) is not None:
            try:
                sink(TaskDone(self._clock(), self._who(), self.name))
            except Exception as error:
                self._sink_failed(error)

    async def join(self) -> None:
        """Wait until every item that was put has been marked done."""
        if self._sink is None:
            return await super().join()
        worker, unfinished = self._who(), self._unfinished_tasks
        if unfinished:
            call = WaitingCall(worker, "get", self._timeout())
            self._tell(JoinWaiting(self._clock(), worker, self.name, unfinished))
            try:
                await super().join()
            except BaseException as error:
                self._tell(JoinRefused(self._clock(), worker, self.name, call.reason(error)))
                raise
        self._tell(Joined(self._clock(), worker, self.name))

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse further puts, and gets once empty; wake all who wait.

        With ``immediate`` the content is thrown away and counted as done. As on Python 3.13:
        https://docs.python.org/3.13/library/asyncio-queue.html#asyncio.Queue.shutdown
        """
        self._tell(ShutDown(self._clock(), self.name, immediate))
        waiting = [waiter for waiter in self._calls if not waiter.done()]
        self._dropping = True
        try:
            super().shutdown(immediate)
        finally:
            self._dropping = False
        for waiter in waiting:
            self._tell_woken(waiter)

    # --- telling ---------------------------------------------------------------------------------

    def _tell_put(self, item: T) -> None:
        if type(item) is int:
            label, shape, rank = item, "item", None
        else:
            label, shape, rank = self._describe(item)
        self._passed["put"] += 1
        self._last["put"] = worker = self._who()
        slot = self._tags.add(item, label, shape)
        self._tell(Put(self._clock(), worker, self.name, slot, label, shape, rank))

    def _tell_got(self, item: T) -> None:
        slot, label, shape = self._tags.take(item)
        if self._dropping:
            counted = self._unfinished_tasks > 0
            self._tell(Dropped(self._clock(), self.name, slot, label, counted))
        else:
            self._passed["get"] += 1
            self._last["get"] = worker = self._who()
            self._tell(Got(self._clock(), worker, self.name, slot, label, shape))

    def _tell_waiting(self, call: WaitingCall, item: object) -> None:
        t, deadline = self._clock(), call.deadline
        if call.op == "put":
            label, shape, _ = self._describe(item)
            self._tell(PutWaiting(t, call.worker, self.name, label, shape, deadline))
        else:
            self._tell(GetWaiting(t, call.worker, self.name, deadline))

    def _tell_woken(self, waiter: asyncio.Future[None]) -> None:
        call = self._calls.get(waiter)
        if call is not None and waiter.done():
            call.passed = self._passed[call.op]
            self._tell(Woken(self._clock(), call.worker, self.name, call.op, self._who()))

    def _tell_barged(self, call: WaitingCall) -> None:
        by = self._last[call.op] if self._passed[call.op] != call.passed else ""
        self._tell(Barged(self._clock(), call.worker, self.name, call.op, by))

    def _tell_refused(
        self, call: WaitingCall, item: object, error: BaseException, slot: int | None = None
    ) -> None:
        """Tell of a put or get that failed, once, however many methods the exception passes."""
        if error is self._told:
            return
        self._told = error
        why: Any = _REFUSALS.get(type(error)) or call.reason(error)
        text = say(error) if why == "error" else ""
        t, name = self._clock(), self.name
        if call.op == "put":
            label, shape, _ = self._describe(item)
            self._tell(PutRefused(t, call.worker, name, label, why, shape, text, slot))
        else:
            self._tell(GetRefused(t, call.worker, name, why, text, slot))


class ObservedQueue(_Observed[T]):
    """An ``asyncio.Queue`` that can be watched: first in, first out."""

    discipline = "fifo"

    def _put(self, item: T) -> None:
        self._queue.append(item)
        if self._sink is not None:
            self._tell_put(item)

    def _get(self) -> T:
        item: T = self._queue.popleft()
        if self._sink is not None:
            self._tell_got(item)
        return item


class ObservedLifoQueue(_Observed[T], asyncio.LifoQueue[T]):
    """An ``asyncio.LifoQueue`` that can be watched: last in, first out."""

    discipline = "lifo"

    def _put(self, item: T) -> None:
        super()._put(item)
        if self._sink is not None:
            self._tell_put(item)

    def _get(self) -> T:
        item = super()._get()
        if self._sink is not None:
            self._tell_got(item)
        return item


class ObservedPriorityQueue(_Observed[T], asyncio.PriorityQueue[T]):
    """An ``asyncio.PriorityQueue`` that can be watched: lowest first.

    Items that cannot be compared raise TypeError, as they do in asyncio.
    """

    discipline = "priority"

    def _put(self, item: T) -> None:
        try:
            super()._put(item)
        except BaseException as error:
            # heapq appends before it compares: the item stays inside although its put failed,
            # and is not counted as unfinished.
            if self._sink is not None:
                label, shape, _ = self._describe(item)
                stays = any(inside is item for inside in self._queue)
                slot = self._tags.add(item, label, shape) if stays else None
                self._tell_refused(WaitingCall(self._who(), "put", None), item, error, slot)
            raise
        if self._sink is not None:
            self._tell_put(item)

    def _get(self) -> T:
        first = self._queue[0]
        try:
            item = super()._get()
        except BaseException as error:
            # heapq takes the first item out before it compares the others: that item is lost.
            if self._sink is not None:
                lost = not any(inside is first for inside in self._queue)
                slot = self._tags.take(first)[0] if lost else None
                self._tell_refused(WaitingCall(self._who(), "get", None), None, error, slot)
            raise
        if self._sink is not None:
            self._tell_got(item)
        return item


AnyQueue = ObservedQueue[Any] | ObservedPriorityQueue[Any] | ObservedLifoQueue[Any]

DISCIPLINES: Final[dict[Discipline, type[Any]]] = {
    "fifo": ObservedQueue,
    "lifo": ObservedLifoQueue,
    "priority": ObservedPriorityQueue,
}
