"""The observed queues: asyncio's three, which can be watched, and take each other's place.

``_put`` and ``_get`` are asyncio's hooks for the container, called for each item that goes in or
out. With ``task_done`` they are the hot path of a recording, so what they do there is written out,
and calls local names: CPython takes twice as long to call what is an instance's attribute.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Any, Final, TypeVar

from qdash.engine.observed import Observed
from qdash.engine.shutdown import QueueShutDown as QueueShutDown
from qdash.events import Discipline, Got, Put, Rearranged

T = TypeVar("T")


class _Disciplined(Observed[T]):
    """A queue of some discipline, which can take on another."""

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


# --- first in or last in ----------------------------------------------------------------------


class _InLine(_Disciplined[T]):
    """A queue in which things lie in the order in which they were put."""

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

    def _keep(self, item: T, put: Put) -> None:
        self._line.append(put)


def _get_by(take: Callable[[Any], Any], take_put: Callable[[deque[Put]], Put]) -> Any:
    """Return the hook that takes from one end: of the container, and of the line of puts."""

    def _get(self: _InLine[T]) -> T:
        item: T = take(self._queue)
        if (sink := self._sink) is not None:
            clock, who = self._clock, self._who
            try:
                put = take_put(self._line)
                if self._dropping:
                    self._tell_dropped(put)
                else:
                    got = Got(clock(), who(), self.name, put.slot, put.item, put.shape)
                    self._last_got = got
                    sink(got)
            except BaseException as error:
                self._watching_failed(error)
        return item

    return _get


class ObservedQueue(_InLine[T]):
    """An ``asyncio.Queue`` that can be watched: first in, first out."""

    discipline = "fifo"

    _get = _get_by(deque.popleft, deque.popleft)

    def _take(self, item: T) -> Put:
        return self._line.popleft()


class ObservedLifoQueue(_InLine[T], asyncio.LifoQueue[T]):
    """An ``asyncio.LifoQueue`` that can be watched: last in, first out."""

    discipline = "lifo"

    _get = _get_by(list.pop, deque.pop)

    def _take(self, item: T) -> Put:
        return self._line.pop()


# --- lowest first -----------------------------------------------------------------------------


class ObservedPriorityQueue(_Disciplined[T], asyncio.PriorityQueue[T]):  # type: ignore[type-var]
    """An ``asyncio.PriorityQueue`` that can be watched: lowest first.

    Items that cannot be compared raise TypeError, as they do in asyncio.
    """

    discipline = "priority"

    def _put(self, item: T) -> None:
        try:
            heappush(self._queue, item)
        except BaseException as error:
            # heapq appends before it compares: the item stays inside although its put failed,
            # and is not counted as unfinished.
            self._tell_put_failed(item, error)
            raise
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
                if self._heap.setdefault(id(item), put) is not put:
                    self._keep(item, put)
                sink(put)
            except BaseException as error:
                self._watching_failed(error)

    def _get(self) -> T:
        first = self._queue[0]
        try:
            item: T = heappop(self._queue)
        except BaseException as error:
            # heapq takes the first item out before it compares the others: that item is lost.
            self._tell_get_failed(first, error)
            raise
        if (sink := self._sink) is not None:
            clock, who = self._clock, self._who
            try:
                put = self._heap.pop(id(item))
                if type(put) is deque:
                    put = self._take_first(item, put)
                if self._dropping:
                    self._tell_dropped(put)
                else:
                    got = Got(clock(), who(), self.name, put.slot, put.item, put.shape)
                    self._last_got = got
                    sink(got)
            except BaseException as error:
                self._watching_failed(error)
        return item

    def _keep(self, item: T, put: Put) -> None:
        there = self._heap.setdefault(id(item), put)
        if type(there) is deque:
            there.append(put)
        elif there is not put:
            self._heap[id(item)] = deque([there, put])

    def _take(self, item: T) -> Put:
        put = self._heap.pop(id(item))
        return self._take_first(item, put) if type(put) is deque else put

    def _take_first(self, item: T, puts: deque[Put]) -> Put:
        """Return the first of the puts of one thing that was put more than once."""
        put = puts.popleft()
        if puts:
            self._heap[id(item)] = puts
        return put


AnyQueue = ObservedQueue[Any] | ObservedPriorityQueue[Any] | ObservedLifoQueue[Any]

DISCIPLINES: Final[dict[Discipline, type[Any]]] = {
    "fifo": ObservedQueue,
    "lifo": ObservedLifoQueue,
    "priority": ObservedPriorityQueue,
}
