"""Queues that measure instead of telling: the numbers of a run, and no event of it.

Putting, getting and waiting are the interpreter's own code, as in ``observed.py``; like it, this
file touches private names of asyncio's queues. What is written down at each put and get is no more
than the figures of a run are made of, so that a run is as fast as can be.
"""

from __future__ import annotations

import asyncio
from array import array
from collections import deque
from contextvars import ContextVar
from threading import get_ident
from typing import TYPE_CHECKING, Any, Final, TypeVar

from qdash.engine.loop import LabLoop
from qdash.engine.observed import Observed
from qdash.engine.queues import (
    ObservedLifoQueue,
    ObservedPriorityQueue,
    ObservedQueue,
    QueueShutDown,
)
from qdash.events import Discipline

T = TypeVar("T")

# Called by name, and asyncio's own: see observed.py.
_plain_put = asyncio.Queue.put
_put_nowait, _get_nowait = asyncio.Queue.put_nowait, asyncio.Queue.get_nowait

_COUNTED: Final = "qdash_counted"


class Tally:
    """How one worker spends its time, in seconds, since it began or since ``restart``."""

    __slots__ = ("blocked", "blocked_since", "born", "busy", "busy_since", "is_blocked", "is_busy")

    def __init__(self, t: float) -> None:
        self.is_busy = self.is_blocked = False
        self.restart(t)

    def restart(self, t: float) -> None:
        """Forget what was before ``t``; what it does just now goes on."""
        self.born = self.busy_since = self.blocked_since = t
        self.busy = self.blocked = 0.0

    def spent(self, t: float) -> tuple[float, float, float]:
        """Return how long it lived up to ``t``, worked, and waited in put."""
        return (
            t - self.born,
            self.busy + (t - self.busy_since if self.is_busy else 0.0),
            self.blocked + (t - self.blocked_since if self.is_blocked else 0.0),
        )


current_tally: Final[ContextVar[Tally]] = ContextVar("qdash_tally")
"""That of the worker on whose behalf the present code runs."""
NOBODY: Final = Tally(0.0)
"""Stands for it outside any worker."""


class Losses:
    """What did not go through a queue from put to get, counted since the queue was made."""

    def __init__(self) -> None:
        self.refused = 0
        """How many puts came to nothing."""
        self.dropped = 0
        """How many items were thrown away to make room."""
        self.lost = 0
        """How many items a shutdown threw away, or a get that failed."""
        self.stayed = 0
        """How many items lie, or lay, in a heap although their put failed."""
        self.gone_time = 0.0
        """How long those that were dropped or lost had lain there, in all."""
        self.owed_less = 0
        """How many of those were counted as done."""


class _Gauged(Observed[T]):
    """What the three gauged queues share: raw counts and times, cumulative until they are taken.

    A queue has at most thirty attributes, since beyond that the interpreter has to look up each of
    them, and each method of it, in a dictionary.
    """

    if TYPE_CHECKING:
        _loop: Any

    def __init__(self, maxsize: int, *, name: str, loop: LabLoop) -> None:
        """Make a queue on the clock of ``loop``."""
        super().__init__(maxsize, name=name)
        self._lab_loop = loop
        self.made_at = loop.now
        self.waits = array("d")
        """How long each item that was got had lain there, in seconds."""
        self.blocked = array("d")
        """How long each put that succeeded had waited, of those that waited at all."""
        self.filled: Any = deque()
        """When each item inside was put, in the order of the container."""
        self.depth_max = 0
        self.full_time = 0.0
        self.full_since: float | None = None
        self.losses = Losses()

    def inside(self) -> list[float]:
        """Return when each item that lies in the queue was put, in no certain order."""
        return list(self.filled)

    # --- what every item goes through ------------------------------------------------------------

    async def put(self, item: T) -> None:
        """Put an item, waiting for a free slot. Raises QueueShutDown after ``shutdown``."""
        if 0 < self._maxsize <= len(self._queue) or self._is_shutdown:
            await self._put_in_line(item)
        else:
            _put_nowait(self, item)

    get = asyncio.Queue.get

    def _get_loop(self) -> Any:
        # Asked by asyncio before each wait. One thread runs one loop, so what asyncio looks up is
        # known where the loop that runs in this thread is the one that the queue belongs to.
        if self._loop is self._lab_loop and get_ident() == self._lab_loop.thread:
            return self._lab_loop
        return super()._get_loop()  # type: ignore[misc]

    get_nowait = _get_nowait

    task_done = asyncio.Queue.task_done

    _wakeup_next = asyncio.Queue._wakeup_next  # type: ignore[attr-defined]

    async def _put_in_line(self, item: T) -> None:
        self._notice_size()
        loop, tally = self._lab_loop, current_tally.get(NOBODY)
        began = tally.blocked_since = loop.now
        tally.is_blocked = True
        try:
            await _plain_put(self, item)
        except BaseException as error:
            self._refuse(error)
            raise
        finally:
            if tally.is_blocked:
                tally.blocked += loop.now - tally.blocked_since
                tally.is_blocked = False
        if loop.now > began:
            self.blocked.append(loop.now - began)

    def put_nowait(self, item: T) -> None:
        """Put an item. Raises QueueFull, or QueueShutDown after ``shutdown``."""
        try:
            if self._is_shutdown:
                raise QueueShutDown
            _put_nowait(self, item)
        except (asyncio.QueueFull, QueueShutDown) as error:
            self._refuse(error)
            raise

    # --- what is rare ----------------------------------------------------------------------------

    def _refuse(self, error: BaseException) -> None:
        """Count a put that came to nothing, once: what put_nowait raises passes through put."""
        if _COUNTED not in vars(error):
            vars(error)[_COUNTED] = True
            self.losses.refused += 1

    def _let_go(self, filled: float) -> None:
        """Note that an item was taken out which nobody got."""
        self.losses.gone_time += self._lab_loop.now - filled
        self.losses.lost += 1

    def _fill_up(self) -> None:
        """Note whether the queue is full from now on."""
        now = self._lab_loop.now
        if self.full_since is not None:
            self.full_time += now - self.full_since
        self.full_since = now if self.full() else None

    def drop(self) -> T:
        """Throw away, and return, the item that ``get_nowait`` would take; it counts as done."""
        losses, owed = self.losses, self._unfinished_tasks
        item = super().drop()
        losses.lost -= 1  # it was let go, and on purpose
        losses.dropped += 1
        losses.owed_less += owed - self._unfinished_tasks
        return item

    def shutdown(self, immediate: bool = False) -> None:
        """Refuse further puts, and gets once empty; wake all who wait."""
        owed = self._unfinished_tasks
        super().shutdown(immediate)
        self.losses.owed_less += owed - self._unfinished_tasks
        self.get_nowait = self._get_from_shut_down  # type: ignore[method-assign]

    def _get_from_shut_down(self) -> T:
        if not self._queue:
            raise QueueShutDown
        return _get_nowait(self)

    def resize(self, maxsize: int) -> None:
        """Set the size to ``maxsize`` and wake a putter for each freed slot."""
        super().resize(maxsize)
        self._fill_up()

    def _notice_size(self) -> None:
        """Notice that a program has set asyncio's private name for the size itself."""
        if self._maxsize != self._known_size:
            super()._notice_size()
            self._fill_up()


class GaugedQueue(_Gauged[T], ObservedQueue[T]):
    """First in, first out."""

    def _put(self, item: T) -> None:
        queue, now = self._queue, self._lab_loop.now
        queue.append(item)
        self.filled.append(now)
        size = len(queue)
        if size > self.depth_max:
            self.depth_max = size
        if size == self._maxsize:
            self._fill_up()

    def _get(self) -> T:
        item: T = self._queue.popleft()
        if self._dropping:
            self._let_go(self.filled.popleft())
        else:
            self.waits.append(self._lab_loop.now - self.filled.popleft())
        if self.full_since is not None:
            self._fill_up()
        return item


class GaugedLifoQueue(_Gauged[T], ObservedLifoQueue[T]):
    """Last in, first out."""

    def _put(self, item: T) -> None:
        self._queue.append(item)
        self.filled.append(self._lab_loop.now)
        self.depth_max = max(self.depth_max, len(self._queue))
        self._fill_up()

    def _get(self) -> T:
        item: T = self._queue.pop()
        if self._dropping:
            self._let_go(self.filled.pop())
        else:
            self.waits.append(self._lab_loop.now - self.filled.pop())
        self._fill_up()
        return item


class GaugedPriorityQueue(_Gauged[T], ObservedPriorityQueue[T]):
    """Lowest first."""

    def __init__(self, maxsize: int, *, name: str, loop: LabLoop) -> None:
        super().__init__(maxsize, name=name, loop=loop)
        # A heap has an order of its own: there a thing is known by its identity, which is stable
        # as long as the queue holds it.
        self.filled = {}

    def inside(self) -> list[float]:
        """Return when each item that lies in the queue was put, in no certain order."""
        return [t for times in self.filled.values() for t in times]

    def _put(self, item: T) -> None:
        try:
            super()._put(item)
        except BaseException as error:  # it stays inside, although its put failed
            self._refuse(error)
            self.losses.stayed += 1
            raise
        finally:
            self.filled.setdefault(id(item), deque()).append(self._lab_loop.now)
            self.depth_max = max(self.depth_max, len(self._queue))
            self._fill_up()

    def _get(self) -> T:
        first = self._queue[0]
        times = self.filled[id(first)]
        filled = times.popleft()
        if not times:
            del self.filled[id(first)]
        try:
            item: T = super()._get()
        except BaseException:  # it is taken out, and lost
            self._let_go(filled)
            raise
        finally:
            self._fill_up()
        if self._dropping:
            self._let_go(filled)
        else:
            self.waits.append(self._lab_loop.now - filled)
        return item


AnyGauged = GaugedQueue[Any] | GaugedPriorityQueue[Any] | GaugedLifoQueue[Any]

GAUGED: Final[dict[Discipline, type[Any]]] = {
    "fifo": GaugedQueue,
    "lifo": GaugedLifoQueue,
    "priority": GaugedPriorityQueue,
}
