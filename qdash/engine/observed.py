"""What the observed queues share: asyncio's own methods, each of which tells what it did.

Putting, getting and waiting are the interpreter's own code; the methods here call it and tell a
sink what it did. Without a sink they tell nobody.

With ``telling.py``, ``queues.py``, ``shutdown.py`` and ``gauged.py`` this is the only file of qdash
that touches private names of asyncio's queues; each use says why.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, TypeVar

from qdash.engine.shutdown import QueueShutDown
from qdash.engine.telling import TellingQueue
from qdash.engine.watching import WaitingCall, why_ended
from qdash.events import (
    GetWaiting,
    Joined,
    JoinRefused,
    JoinWaiting,
    Operation,
    PutWaiting,
    Resized,
    ShutDown,
    TaskDone,
    TaskDoneRefused,
)

T = TypeVar("T")

# Called by name: cheaper than super(), on the path of every item. _wakeup_next is asyncio's own:
# the one method by which it wakes whoever waits.
_plain_put, _plain_get = asyncio.Queue.put, asyncio.Queue.get
_put_nowait = asyncio.Queue.put_nowait
_get_nowait = asyncio.Queue.get_nowait
_task_done = asyncio.Queue.task_done
_wakeup_next = asyncio.Queue._wakeup_next  # type: ignore[attr-defined]


class Observed(TellingQueue[T]):
    """An asyncio queue that can be watched, resized and, on any Python, shut down."""

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
                        label, shape, _ = self._label_of(item)
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

    # --- what asyncio keeps to itself ------------------------------------------------------------

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

    # --- what the standard library has not -------------------------------------------------------

    def throw(self, worker: str, error: BaseException) -> bool:
        """Raise ``error`` inside the ``put`` or ``get`` in which ``worker`` waits.

        Returns whether it waits here (one that is woken already does not).
        """
        for waiter, call in self._calls.items():
            if call.worker == worker and not waiter.done():
                waiter.set_exception(error)
                return True
        return False

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
