"""``shutdown`` for every Python: 3.13's own where there is one, its semantics where there is none.

Like ``observed.py``, this touches private names of asyncio's queues; each use says why.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

if sys.version_info >= (3, 13):
    from asyncio import Queue as Queue
    from asyncio import QueueShutDown as QueueShutDown

else:

    class QueueShutDown(Exception):
        """Raised by put and get on a queue that was shut down: what 3.13 calls the same."""

    class _ClosedLine(deque[Any]):
        """The line of a queue that was shut down: who would join it is turned away instead."""

        def append(self, waiter: asyncio.Future[None]) -> None:
            waiter.set_exception(QueueShutDown())

    class Queue(asyncio.Queue[T]):
        """An ``asyncio.Queue`` with 3.13's ``shutdown``.

        The waiting loops of put and get stay the interpreter's own.
        """

        if TYPE_CHECKING:  # asyncio's own, which typeshed does not show
            _unfinished_tasks: int
            _finished: asyncio.Event
            _getters: deque[asyncio.Future[None]]
            _putters: deque[asyncio.Future[None]]

        def __init__(self, maxsize: int = 0) -> None:
            super().__init__(maxsize)
            self._is_shutdown = False  # 3.13's own name for it

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
                    # What join() waits for; no public method takes off more than one at a time
                    # without an error at zero.
                    if self._unfinished_tasks > 0:
                        self._unfinished_tasks -= 1
                if self._unfinished_tasks == 0:
                    self._finished.set()
            # Who waits finds nothing in the line any more; who wakes and would wait again is
            # turned away. asyncio keeps both lines to itself.
            getters, self._getters = self._getters, _ClosedLine()
            putters, self._putters = self._putters, _ClosedLine()
            for waiter in (*getters, *putters):
                if not waiter.done():
                    waiter.set_result(None)
