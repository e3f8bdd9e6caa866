"""The observed queues: asyncio's own, which can be watched, resized and, on any Python, shut down.

Putting, getting and waiting are the interpreter's own code; the methods here call it and tell a
sink what it did. Without a sink they tell nobody.

With ``shutdown.py`` and ``gauged.py`` this is the only file of qdash that touches private names of
asyncio's queues; each use says why.
"""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from heapq import heapify
from types import coroutine
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Final, ParamSpec, TypeVar

from qdash.engine.shutdown import Queue
from qdash.engine.shutdown import QueueShutDown as QueueShutDown
from qdash.engine.watching import (
    Label,
    Sink,
    Timeout,
    WaitingCall,
    describe,
    running_time,
    say,
    task_name,
    why_ended,
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
P = ParamSpec("P")

# Called by name: cheaper than super(), on the path of every item. _wakeup_next is asyncio's own:
# the one method by which it wakes whoever waits; _put and _get are its hooks for the container.
_plain_put, _plain_get = asyncio.Queue.put, asyncio.Queue.get
_put_nowait = asyncio.Queue.put_nowait
_get_nowait = asyncio.Queue.get_nowait
_task_done = asyncio.Queue.task_done
_wakeup_next = asyncio.Queue._wakeup_next  # type: ignore[attr-defined]
_lifo_put, _lifo_get = asyncio.LifoQueue._put, asyncio.LifoQueue._get
_priority_put: Any = asyncio.PriorityQueue._put
_priority_get: Any = asyncio.PriorityQueue._get

_AT_THE_DOOR: Final[dict[type[BaseException], str]] = {
    asyncio.QueueFull: "full",
    asyncio.QueueEmpty: "empty",
    QueueShutDown: "shutdown",
}


def _telling(
    tell: Callable[Concatenate[_Observed[Any], P], None],
) -> Callable[Concatenate[_Observed[Any], P], None]:
    """Let a method that tells run only while there is a sink, and never be felt if it fails."""

    def guarded(queue: _Observed[Any], /, *args: P.args, **kwargs: P.kwargs) -> None:
        if queue._sink is not None:
            try:
                tell(queue, *args, **kwargs)
            except BaseException as error:
                queue._watching_failed(error)

    return guarded


class _Observed(Queue[T]):
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
        timeout: Callable[[], Timeout | None] | None = None,
    ) -> None:
        """Make a queue of at most ``maxsize`` items (0 or less: unbounded).

        ``sink`` is called with each event; without it the queue behaves as a plain one. ``clock``
        gives the time of events in seconds, ``who`` the name of the worker that runs now,
        ``describe`` the label of an item (a plain int is its own), and ``timeout`` the timer that
        is set around the present call, if any.
        """
        super().__init__(maxsize)
        self.name = name
        self._clock = clock
        self._who = who
        self._describe = describe
        self._timeout = timeout
        self._sink: Any = None  # a Sink; None while nobody watches
        # How each thing inside was put, in the order of the container; a heap has an order of its
        # own, so there a thing is known by its identity, stable as long as the queue holds it.
        self._line: deque[Put] = deque()
        self._heap: dict[int, deque[Put]] = {}
        # Who waits: by the future in line, until that is woken or broken off.
        self._calls: dict[asyncio.Future[None], WaitingCall] = {}
        self._known_size = maxsize  # what was told of it
        self._dropping = False
        if sink is not None:
            self.watch(sink)

    # --- being watched ---------------------------------------------------------------------------

    def watch(self, sink: Sink) -> None:
        """Tell ``sink`` of all that happens from now on, first of what lies in the queue.

        If watching fails (the sink raises, or ``clock``, ``who`` or ``describe`` do), it ends and
        is reported to the loop's exception handler (outside a loop, as a warning); the program
        watched never feels it. Raises RuntimeError if there is a sink already.
        """
        if self._sink is not None:
            raise RuntimeError("this queue has a sink already; unwatch() it first")
        self._sink = sink
        self._line.clear()
        self._heap.clear()
        self._slots = 0  # how many slot numbers were given
        self._known_size = self._maxsize
        self._last_put: Put | None = None
        self._last_got: Got | None = None
        self._refused = 0  # how many refusals were told
        self._dropper = ""  # who throws an item away; "" where shutdown does
        self._tell_change(QueueMade, max(0, self._maxsize), self.discipline)
        for item in self.items():
            if self._sink is not None:
                self._tell_put(item)

    def unwatch(self) -> None:
        """Take the sink away: from now on this is a plain queue."""
        self._sink = None
        self._calls.clear()

    def _watching_failed(self, error: BaseException) -> None:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise error
        self.unwatch()
        message = f"watching queue {self.name!r} failed and has ended"
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            warnings.warn(f"{message}: {error!r}", RuntimeWarning, stacklevel=3)
        else:
            loop.call_exception_handler({"message": message, "exception": error, "queue": self})

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
        self._notice_size()
        old = self._maxsize
        self._maxsize = self._known_size = maxsize  # asyncio's property has no setter
        self._tell_change(Resized, max(0, old), max(0, maxsize))
        if old <= 0:
            return  # nobody waits to put into an unbounded queue
        freed = len(self._putters) if maxsize <= 0 else maxsize - max(old, self.qsize())
        for _ in range(freed):
            self._wakeup_next(self._putters)

    @property
    def maxsize(self) -> int:
        """How many items the queue may hold; 0 or less is without limit."""
        self._notice_size()
        return self._maxsize

    def _notice_size(self) -> None:
        """Tell of another size, also where a program has set asyncio's private name itself.

        Such a program is noticed when it next asks for the size, or when somebody has to wait or
        is woken.
        """
        if self._maxsize != self._known_size:
            old, self._known_size = self._known_size, self._maxsize
            self._tell_change(Resized, max(0, old), max(0, self._maxsize))

    def rearrange(self, discipline: Discipline) -> None:
        """Serve the items in another order from now on.

        The items inside keep the order in which they were put; those of a priority queue, which
        does not know that, the order in which it would have served them. Raises TypeError, and
        changes nothing, when they would have to be compared and cannot.
        """
        old = self.discipline
        if discipline == old:
            return
        items: list[Any] = self.items()
        if old == "priority":
            items.sort()
        container = items.copy()
        if discipline == "priority":
            heapify(container)
        if self._sink is not None:
            puts = list(self._line) if old != "priority" else [self._take(item) for item in items]
            self._line.clear()
        self.__class__ = DISCIPLINES[discipline]
        self._init(self._maxsize)  # asyncio's hook, which makes the container of this class
        self._queue.extend(container)
        if self._sink is not None:
            for item, put in zip(items, puts, strict=True):
                self._keep(item, put)
        self._tell_change(Rearranged, old, discipline)

    def drop(self) -> T:
        """Throw away, and return, the item that ``get_nowait`` would take; it counts as done.

        It was got by nobody: events, and the figures made of them, tell of it apart. Raises
        QueueEmpty, or QueueShutDown when shut down and empty.
        """
        self._dropping, self._dropper = True, self._caller()[0]
        try:
            item = self.get_nowait()
        finally:
            self._dropping, self._dropper = False, ""
        if self._unfinished_tasks:
            _task_done(self)
        return item

    # --- asyncio's methods, watched --------------------------------------------------------------

    def full(self) -> bool:
        """Return whether there are ``maxsize`` items in the queue, or more."""
        # asyncio's own rule in one call instead of two: each put asks twice.
        return 0 < self._maxsize <= len(self._queue)

    async def put(self, item: T) -> None:
        """Put an item, waiting for a free slot. Raises QueueShutDown after ``shutdown``."""
        if not 0 < self._maxsize <= len(self._queue):  # full(), without the call
            self.put_nowait(item)
        elif self._sink is None:
            await _plain_put(self, item)
        else:
            await self._wait_in_line(_plain_put(self, item), "put", item)

    async def get(self) -> T:
        """Get an item, waiting for one. Raises QueueShutDown when shut down and empty."""
        if self._queue:
            return self.get_nowait()
        if self._sink is None:
            return await _plain_get(self)
        item: T = await self._wait_in_line(_plain_get(self), "get", None)
        return item

    @coroutine
    def _wait_in_line(
        self, own: Coroutine[Any, Any, Any], op: Operation, item: object
    ) -> Generator[Any, None, Any]:
        """Drive the interpreter's own put or get, watching each time that it joins the line."""
        # A call that waits is the dearest thing to watch, so all that it goes through is written
        # out here.
        if self._maxsize != self._known_size:
            self._notice_size()
        worker, timeout = self._caller()
        call = WaitingCall(worker, op, timeout)
        again = False
        while True:
            told = self._refused
            try:
                if again and (self._queue if op == "get" else not self.full()):
                    # It will not wait again. Let it run to its end here: send() could tell of
                    # that only by an exception, which costs as much as an event.
                    return (yield from own)
                waiter = own.send(None)
            except StopIteration as end:
                return end.value
            except BaseException as error:
                if self._refused == told:  # put_nowait, called by put, tells for itself
                    self._tell_refused(call, item, error)
                raise
            self._calls[waiter] = call
            if (sink := self._sink) is not None:
                clock, name = self._clock, self.name
                try:
                    if again:
                        self._tell_barged(call)
                    elif op == "get":
                        deadline = None if timeout is None else timeout.when()
                        sink(GetWaiting(clock(), worker, name, deadline))
                    else:
                        deadline = None if timeout is None else timeout.when()
                        label, shape, _ = self._describe(item)
                        sink(PutWaiting(clock(), worker, name, label, shape, deadline))
                except BaseException as error:
                    self._watching_failed(error)
            try:
                yield waiter
            except BaseException as error:
                self._calls.pop(waiter, None)
                # Told first, since asyncio may wake the next in line before it passes this on.
                self._tell_refused(call, item, error)
                own.throw(error)
                raise  # not reached: the interpreter's own put and get pass every exception on
            again = True

    def put_nowait(self, item: T) -> None:
        """Put an item. Raises QueueFull, or QueueShutDown after ``shutdown``."""
        try:
            if self._is_shutdown:
                raise QueueShutDown
            _put_nowait(self, item)
        except (asyncio.QueueFull, QueueShutDown) as error:
            self._tell_refused_at_once("put", item, error)
            raise

    def get_nowait(self) -> T:
        """Get an item. Raises QueueEmpty, or QueueShutDown when shut down and empty."""
        try:
            if self._is_shutdown and not self._queue:
                raise QueueShutDown
            return _get_nowait(self)
        except (asyncio.QueueEmpty, QueueShutDown) as error:
            self._tell_refused_at_once("get", None, error)
            raise

    def _wakeup_next(self, waiters: deque[asyncio.Future[None]]) -> None:
        # asyncio wakes whoever waits in this one method: the first who is not cancelled already.
        if not waiters:
            return
        if self._maxsize != self._known_size:
            self._notice_size()
        calls = self._calls
        if not calls:  # nobody watches
            _wakeup_next(self, waiters)
            return
        first = waiters[0]
        if first.done():
            first = next((waiter for waiter in waiters if not waiter.done()), first)
        alive = not first.done()
        _wakeup_next(self, waiters)
        if alive and first in calls:
            self._tell_woken(calls.pop(first))

    def task_done(self) -> None:
        """Count one item as done. Raises ValueError when nothing is unfinished."""
        try:
            _task_done(self)
        except ValueError:
            self._tell_by(TaskDoneRefused)
            raise
        if (sink := self._sink) is not None:
            clock, who = self._clock, self._who
            try:
                sink(TaskDone(clock(), who(), self.name))
            except BaseException as error:
                self._watching_failed(error)

    async def join(self) -> None:
        """Wait until every item that was put has been marked done."""
        if self._sink is not None and self._unfinished_tasks:
            timeout = self._caller()[1]
            self._tell_by(JoinWaiting, self._unfinished_tasks)
            try:
                await super().join()
            except BaseException as error:
                self._tell_by(JoinRefused, why_ended(error, timeout))
                raise
        else:
            await super().join()
        self._tell_by(Joined)

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse further puts, and gets once empty; wake all who wait.

        With ``immediate`` the content is thrown away and counted as done. As on Python 3.13:
        https://docs.python.org/3.13/library/asyncio-queue.html#asyncio.Queue.shutdown
        """
        self._tell_change(ShutDown, immediate)
        waiting = [w for w in (*self._getters, *self._putters) if not w.done()]
        self._dropping = True
        try:
            super().shutdown(immediate)
        finally:
            self._dropping = False
        for waiter in waiting:
            if waiter in self._calls:
                self._tell_woken(self._calls.pop(waiter))

    # --- telling: each of these is called just when the thing has happened -----------------------

    def _tell_put(self, item: T) -> None:
        try:
            self._last_put = put = self._describe_put(item)
            self._keep(item, put)
            self._sink(put)
        except BaseException as error:
            self._watching_failed(error)

    def _tell_got(self, item: T) -> None:
        try:
            put = self._take(item)
            if self._dropping:
                self._tell_dropped(put)
            else:
                got = Got(self._clock(), self._who(), self.name, put.slot, put.item, put.shape)
                self._last_got = got
                self._sink(got)
        except BaseException as error:
            self._watching_failed(error)

    @_telling
    def _tell_dropped(self, put: Put) -> None:
        counted = self._unfinished_tasks > 0
        by = self._dropper
        self._sink(Dropped(self._clock(), self.name, put.slot, put.item, counted, by))

    def _describe_put(self, item: T) -> Put:
        """Give an inserted item the next slot number and the words by which events speak of it."""
        self._slots = slot = self._slots + 1
        label, shape, rank = self._describe(item)
        return Put(self._clock(), self._who(), self.name, slot, label, shape, rank)

    def _keep(self, item: T, put: Put) -> None:
        if self.discipline == "priority":
            self._heap.setdefault(id(item), deque()).append(put)
        else:
            self._line.append(put)

    def _take(self, item: T) -> Put:
        if self.discipline == "fifo":
            return self._line.popleft()
        if self.discipline == "lifo":
            return self._line.pop()
        puts = self._heap[id(item)]
        put = puts.popleft()
        if not puts:
            del self._heap[id(item)]
        return put

    def _caller(self) -> tuple[str, Timeout | None]:
        """Return who calls now, and the timer around the call."""
        try:
            return self._who(), None if self._timeout is None else self._timeout()
        except BaseException as error:
            self._watching_failed(error)
            return "", None

    @_telling
    def _tell_change(self, kind: Callable[..., Event], *facts: object) -> None:
        self._sink(kind(self._clock(), self.name, *facts))

    @_telling
    def _tell_by(self, kind: Callable[..., Event], *facts: object) -> None:
        self._sink(kind(self._clock(), self._who(), self.name, *facts))

    def _tell_woken(self, call: WaitingCall) -> None:
        if (sink := self._sink) is not None:
            try:
                op = call.op
                call.last = self._last_put if op == "put" else self._last_got
                sink(Woken(self._clock(), call.worker, self.name, op, self._who()))
            except BaseException as error:
                self._watching_failed(error)

    @_telling
    def _tell_barged(self, call: WaitingCall) -> None:
        last = self._last_put if call.op == "put" else self._last_got
        by = "" if last is None or last is call.last else last.worker
        self._sink(Barged(self._clock(), call.worker, self.name, call.op, by))

    @_telling
    def _tell_refused_at_once(self, op: Operation, item: object, error: BaseException) -> None:
        self._tell_refused(WaitingCall(self._who(), op, None), item, error)

    @_telling
    def _tell_put_failed(self, item: T, error: BaseException) -> None:
        """Tell of an item that stays inside a heap although its put failed."""
        put = self._describe_put(item)
        self._keep(item, put)
        self._tell_refused(WaitingCall(put.worker, "put", None), item, error, put.slot)

    @_telling
    def _tell_get_failed(self, item: T, error: BaseException) -> None:
        """Tell of an item that is lost from a heap since its get failed."""
        slot = self._take(item).slot
        self._tell_refused(WaitingCall(self._who(), "get", None), None, error, slot)

    @_telling
    def _tell_refused(
        self, call: WaitingCall, item: object, error: BaseException, slot: int | None = None
    ) -> None:
        self._refused += 1
        why: Any = _AT_THE_DOOR.get(type(error)) or why_ended(error, call.timeout)
        text = say(error) if why == "error" else ""
        t, name = self._clock(), self.name
        if call.op == "put":
            label, shape, rank = self._describe(item)
            event: Event = PutRefused(t, call.worker, name, label, why, shape, text, slot, rank)
        else:
            event = GetRefused(t, call.worker, name, why, text, slot)
        self._sink(event)


class ObservedQueue(_Observed[T]):
    """An ``asyncio.Queue`` that can be watched: first in, first out."""

    discipline = "fifo"

    # With task_done these two are the hot path of a recording: what _tell_put and _tell_got do,
    # written flat. They call local names, since CPython takes twice as long to call what is an
    # instance's attribute.

    def _put(self, item: T) -> None:
        self._queue.append(item)
        if (sink := self._sink) is not None:
            clock, who = self._clock, self._who
            try:
                self._slots = slot = self._slots + 1
                if type(item) is int:
                    put = Put(clock(), who(), self.name, slot, item)  # type: ignore[arg-type]
                else:
                    label, shape, rank = self._describe(item)
                    put = Put(clock(), who(), self.name, slot, label, shape, rank)
                self._last_put = put
                self._line.append(put)
                sink(put)
            except BaseException as error:
                self._watching_failed(error)

    def _get(self) -> T:
        item: T = self._queue.popleft()
        if (sink := self._sink) is not None:
            clock, who = self._clock, self._who
            try:
                put = self._line.popleft()
                if self._dropping:
                    self._tell_dropped(put)
                else:
                    got = Got(clock(), who(), self.name, put.slot, put.item, put.shape)
                    self._last_got = got
                    sink(got)
            except BaseException as error:
                self._watching_failed(error)
        return item


class ObservedLifoQueue(_Observed[T], asyncio.LifoQueue[T]):
    """An ``asyncio.LifoQueue`` that can be watched: last in, first out."""

    discipline = "lifo"

    def _put(self, item: T) -> None:
        _lifo_put(self, item)
        if self._sink is not None:
            self._tell_put(item)

    def _get(self) -> T:
        item: T = _lifo_get(self)
        if self._sink is not None:
            self._tell_got(item)
        return item


class ObservedPriorityQueue(_Observed[T], asyncio.PriorityQueue[T]):  # type: ignore[type-var]
    """An ``asyncio.PriorityQueue`` that can be watched: lowest first.

    Items that cannot be compared raise TypeError, as they do in asyncio.
    """

    discipline = "priority"

    def _put(self, item: T) -> None:
        try:
            _priority_put(self, item)
        except BaseException as error:
            # heapq appends before it compares: the item stays inside although its put failed,
            # and is not counted as unfinished.
            self._tell_put_failed(item, error)
            raise
        if self._sink is not None:
            self._tell_put(item)

    def _get(self) -> T:
        first = self._queue[0]
        try:
            item: T = _priority_get(self)
        except BaseException as error:
            # heapq takes the first item out before it compares the others: that item is lost.
            self._tell_get_failed(first, error)
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
