"""An observed queue and a plain one, side by side: whatever is done to both, nothing differs.

Hypothesis invents what is done. Each queue lives on a loop of its own, and the loops run a few
callbacks at a time, so that calls, cancellations and wake-ups cross in every way. What the observed
queue tells is folded into a picture of it, which must be true at every moment.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from qdash import events as ev
from qdash.engine.loop import LabLoop
from qdash.engine.queues import DISCIPLINES, QueueShutDown

PLAIN: dict[str, type[Any]] = {
    "fifo": asyncio.Queue,
    "lifo": asyncio.LifoQueue,
    "priority": asyncio.PriorityQueue,
}

if sys.version_info < (3, 13):

    class _ModelOf313:
        """What 3.13 does, as its documentation and its loops have it: a model of shutdown."""

        _is_shutdown = False

        async def put(self, item: Any) -> None:
            while self.full():
                self._refuse_if(self._is_shutdown)
                putter = self._get_loop().create_future()
                self._putters.append(putter)
                try:
                    await putter
                except BaseException:
                    self._leave(putter, self._putters, self.full())
                    raise
            return self.put_nowait(item)

        async def get(self) -> Any:
            while self.empty():
                self._refuse_if(self._is_shutdown)
                getter = self._get_loop().create_future()
                self._getters.append(getter)
                try:
                    await getter
                except BaseException:
                    self._leave(getter, self._getters, self.empty())
                    raise
            return self.get_nowait()

        def _leave(self, waiter: Any, line: deque[Any], blocked: bool) -> None:
            waiter.cancel()
            if waiter in line:
                line.remove(waiter)
            if not blocked and not waiter.cancelled():
                self._wakeup_next(line)

        def _refuse_if(self, condition: bool) -> None:
            if condition:
                raise QueueShutDown

        def put_nowait(self, item: Any) -> None:
            self._refuse_if(self._is_shutdown)
            super().put_nowait(item)

        def get_nowait(self) -> Any:
            self._refuse_if(self._is_shutdown and self.empty())
            return super().get_nowait()

        def shutdown(self, immediate: bool = False) -> None:
            self._is_shutdown = True
            while immediate and not self.empty():
                self._get()
                self._unfinished_tasks = max(0, self._unfinished_tasks - 1)
            if self._unfinished_tasks == 0:
                self._finished.set()
            for line in (self._getters, self._putters):
                while line:
                    self._wakeup_next(line)

    PLAIN = {name: type(cls.__name__, (_ModelOf313, cls), {}) for name, cls in PLAIN.items()}


def resize_by_hand(queue: Any, maxsize: int) -> None:
    """What pitfall 13 found to work: set the size, then wake one putter for each freed slot."""
    before = 10**6 if queue._maxsize <= 0 else max(queue._maxsize, queue.qsize())
    queue._maxsize = maxsize
    for _ in range(len(queue._putters) if maxsize <= 0 else maxsize - before):
        queue._wakeup_next(queue._putters)


class World:
    """A queue on a loop of its own, the calls made on it, and what became of them, in order."""

    def __init__(self, make: Callable[[LabLoop], Any]) -> None:
        self.loop = LabLoop()
        self.queue = make(self.loop)
        self.calls: dict[str, asyncio.Task[None]] = {}
        self.ends: list[tuple[str, Any]] = []

    def begin(self, name: str, call: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        with self.loop.running():
            self.calls[name] = self.loop.create_task(self._end(name, call), name=name)

    async def _end(self, name: str, call: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        try:
            self.ends.append((name, await call()))
        except BaseException as error:
            self.ends.append((name, repr(error)))

    def now(self, act: Callable[[], Any]) -> Any:
        """Return what ``act`` returns or raises."""
        with self.loop.running():
            try:
                return act()
            except Exception as error:
                return repr(error)

    def run(self, callbacks: int) -> None:
        with self.loop.running():
            self.loop.advance(0.0, callbacks)


class Picture:
    """The queue as the events tell it."""

    def __init__(self) -> None:
        self.inside: dict[int, int | str] = {}
        self.unfinished = 0
        self.lines: dict[str, list[str]] = {"put": [], "get": []}
        self.waited: set[str] = set()
        self.over: set[str] = set()
        self.maxsize = -1

    def see(self, event: ev.Event) -> None:
        match event:
            case ev.QueueMade(maxsize=size) | ev.Resized(new=size):
                self.maxsize = size
            case ev.Put():
                self.inside[event.slot] = event.item
                self.unfinished += 1
            case ev.Got():
                assert self.inside.pop(event.slot) == event.item
            case ev.Dropped():
                assert self.inside.pop(event.slot) == event.item
                self.unfinished -= event.counted
            case ev.TaskDone():
                self.unfinished -= 1
            case ev.PutWaiting() | ev.GetWaiting():
                assert event.worker not in self.waited, "whoever waits again was barged"
                self.waited.add(event.worker)
                self.lines["put" if type(event) is ev.PutWaiting else "get"].append(event.worker)
            case ev.Woken():
                # The first in line, but for those whose cancellation is on its way.
                self.lines[event.op].remove(event.worker)
            case ev.Barged():
                assert event.worker in self.waited
                assert event.worker not in self.lines[event.op]
                self.lines[event.op].append(event.worker)
            case ev.PutRefused():
                self._leave("put", event.worker)
                if event.slot is not None:
                    self.inside[event.slot] = event.item
            case ev.GetRefused():
                self._leave("get", event.worker)
                if event.slot is not None:
                    del self.inside[event.slot]
            case ev.JoinWaiting():
                assert event.unfinished == self.unfinished > 0

    def _leave(self, op: str, worker: str) -> None:
        assert worker not in self.over, "a call is refused once"
        if worker:
            self.over.add(worker)
        if worker in self.lines[op]:
            self.lines[op].remove(worker)


ITEMS = st.one_of(st.integers(0, 3), st.integers(0, 3), st.sampled_from(["a", "b"]))

ALL = 10_000
CALLBACKS = st.sampled_from([1, 2, 3, 5, ALL, ALL])


class SideBySide(RuleBasedStateMachine):
    @initialize(
        discipline=st.sampled_from(sorted(DISCIPLINES)), maxsize=st.sampled_from([1, 2, 2, 3, 0])
    )
    def make(self, discipline: str, maxsize: int) -> None:
        self.picture = Picture()
        self.plain = World(lambda loop: PLAIN[discipline](maxsize))
        self.ours = World(
            lambda loop: DISCIPLINES[discipline](maxsize, sink=self.picture.see, clock=loop.time)
        )
        self.worlds = (self.plain, self.ours)
        self.broken_off: set[str] = set()
        self.number = 0

    def both(self, act: Callable[[World], Any]) -> Any:
        plain, ours = (act(world) for world in self.worlds)
        assert plain == ours
        return plain

    def begin(self, call: Callable[[World], Callable[[], Coroutine[Any, Any, Any]]]) -> None:
        self.number += 1
        self.both(lambda world: world.begin(f"call {self.number}", call(world)))

    @rule(items=st.lists(ITEMS, min_size=1, max_size=4), callbacks=CALLBACKS)
    def put(self, items: list[Any], callbacks: int) -> None:
        for item in items:
            self.begin(lambda world, item=item: lambda: world.queue.put(item))
        self.both(lambda world: world.run(callbacks))

    @rule(number=st.integers(1, 3), callbacks=CALLBACKS)
    def get(self, number: int, callbacks: int) -> None:
        for _ in range(number):
            self.begin(lambda world: world.queue.get)
        self.both(lambda world: world.run(callbacks))

    @rule()
    def join(self) -> None:
        self.begin(lambda world: world.queue.join)

    @rule(item=ITEMS)
    def put_nowait(self, item: Any) -> None:
        self.both(lambda world: world.now(lambda: world.queue.put_nowait(item)))

    @rule()
    def get_nowait(self) -> None:
        self.both(lambda world: world.now(world.queue.get_nowait))

    @rule()
    def task_done(self) -> None:
        self.both(lambda world: world.now(world.queue.task_done))

    @rule(callbacks=CALLBACKS)
    def run(self, callbacks: int) -> None:
        self.both(lambda world: world.run(callbacks))

    @rule()
    def settle(self) -> None:
        self.both(lambda world: world.run(ALL))
        plain, ours = self.plain.queue, self.ours.queue
        assert not (ours.waiting("put") and not plain.full()), "a putter waits beside a free slot"
        assert not (ours.waiting("get") and not plain.empty()), "a getter waits beside an item"

    def _waiting(self) -> list[str]:
        return [name for name, task in self.plain.calls.items() if not task.done()]

    @precondition(lambda self: self._waiting())
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self._waiting()))
        self.broken_off.add(name)
        self.both(lambda world: world.now(world.calls[name].cancel))

    @precondition(lambda self: self.ours.queue.waiting("put") + self.ours.queue.waiting("get"))
    @rule(data=st.data())
    def throw(self, data: st.DataObject) -> None:
        waiting = self.ours.queue.waiting("put") + self.ours.queue.waiting("get")
        name = data.draw(st.sampled_from(waiting))
        self.broken_off.add(name)
        assert self.ours.now(lambda: self.ours.queue.throw(name, OSError("thrown")))
        waiter = self.plain.calls[name]._fut_waiter  # type: ignore[attr-defined]
        self.plain.now(lambda: waiter.set_exception(OSError("thrown")))

    @rule(maxsize=st.sampled_from([1, 2, 3, 4, 0]))
    def resize(self, maxsize: int) -> None:
        self.plain.now(lambda: resize_by_hand(self.plain.queue, maxsize))
        self.ours.now(lambda: self.ours.queue.resize(maxsize))

    @precondition(lambda self: self.number > 12)
    @rule(immediate=st.booleans())
    def shutdown(self, immediate: bool) -> None:
        self.both(lambda world: world.now(lambda: world.queue.shutdown(immediate)))

    @invariant()
    def nothing_differs(self) -> None:
        self.both(lambda world: world.ends)
        self.both(lambda world: list(world.queue._queue))
        self.both(lambda world: world.queue._unfinished_tasks)
        self.both(lambda world: (world.queue.maxsize, world.queue.full(), world.queue.empty()))
        self.both(lambda world: world.queue._finished.is_set())
        self.both(
            lambda world: [
                sum(not w.done() for w in world.queue._putters),
                sum(not w.done() for w in world.queue._getters),
            ]
        )
        self.both(lambda world: world.loop.callbacks_run)

    @invariant()
    def the_picture_is_true(self) -> None:
        queue, picture = self.ours.queue, self.picture
        assert queue._sink is not None
        items = [item if isinstance(item, int) else repr(item) for item in queue.items()]
        assert sorted(map(str, items)) == sorted(map(str, picture.inside.values()))
        if queue.discipline != "priority":
            assert items == list(picture.inside.values())
        assert queue.unfinished == picture.unfinished
        assert max(0, queue.maxsize) == picture.maxsize
        for op in ("put", "get"):
            told = [name for name in picture.lines[op] if name not in self.broken_off]
            assert [n for n in queue.waiting(op) if n not in self.broken_off] == told

    def teardown(self) -> None:
        for world in getattr(self, "worlds", ()):
            for task in world.calls.values():
                task.cancel()
            world.run(ALL)
            world.loop.close()


SideBySide.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestSideBySide = SideBySide.TestCase
