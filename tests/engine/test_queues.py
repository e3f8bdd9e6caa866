"""What the observed queues tell, and what they add to asyncio's."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from qdash.engine.loop import LabLoop
from qdash.engine.queues import DISCIPLINES, ObservedPriorityQueue, ObservedQueue, QueueShutDown
from qdash.events import (
    Barged,
    Dropped,
    Event,
    GetRefused,
    GetWaiting,
    Got,
    Joined,
    JoinRefused,
    JoinWaiting,
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


class Program:
    """Runs a coroutine function as task "main" on a lab's loop, and keeps what a queue told."""

    def __init__(self) -> None:
        self.told: list[Event] = []
        self.errors: list[dict[str, Any]] = []

    def run(self, main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:

        async def named() -> Any:
            asyncio.get_running_loop().set_exception_handler(
                lambda _, context: self.errors.append(context)
            )
            task = asyncio.current_task()
            assert task is not None
            task.set_name("main")
            result = await main()
            told.extend(self.told)
            return result

        told: list[Event] = []
        with asyncio.Runner(loop_factory=LabLoop) as runner:
            result = runner.run(named())
        self.told = told  # and not what follows from the runner's clearing up
        return result


@pytest.fixture
def program() -> Program:
    """A program that has not run yet."""
    return Program()


def start(name: str, coro: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
    """Start a task of that name; it runs at the next await."""
    return asyncio.create_task(coro, name=name)


async def settle() -> None:
    """Let all run that can run at this instant."""
    await asyncio.sleep(1e-9)


def kinds(events: list[Event]) -> list[type[Event]]:
    """Return the types of events."""
    return [type(event) for event in events]


# --- what is told --------------------------------------------------------------------------------


def test_a_put_a_get_and_what_they_wake_are_told_in_causal_order(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[int](1, name="q", sink=program.told.append)
        getter = start("c", queue.get())
        await settle()
        await queue.put(7)
        await getter
        queue.task_done()

    program.run(main)
    t = 1e-9
    assert program.told == [
        QueueMade(0.0, "q", 1, "fifo"),
        GetWaiting(0.0, "c", "q"),
        Put(t, "main", "q", 1, 7),
        Woken(t, "c", "q", "get", "main"),
        Got(t, "c", "q", 1, 7),
        TaskDone(t, "main", "q"),
    ]


def test_a_woken_putter_that_is_barged_goes_to_the_back(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[str](1, name="q", sink=program.told.append)
        queue.put_nowait("x")
        putters = [start("A", queue.put("a")), start("B", queue.put("b"))]
        await settle()
        del program.told[:]
        assert queue.get_nowait() == "x"
        queue.put_nowait("barger")
        assert queue.waiting("put") == ["B"]
        await settle()
        assert queue.waiting("put") == ["B", "A"]
        assert [await queue.get(), await queue.get(), await queue.get()] == ["barger", "b", "a"]
        await asyncio.gather(*putters)

    program.run(main)
    assert kinds(program.told)[:4] == [Got, Woken, Put, Barged]
    t = 1e-9
    assert program.told[1] == Woken(t, "A", "q", "put", "main")
    assert program.told[3] == Barged(t, "A", "q", "put", "main")


def test_nobody_barged_a_putter_that_finds_the_queue_over_capacity(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[int](2, sink=program.told.append)
        queue.put_nowait(1)
        queue.put_nowait(2)
        putter = start("A", queue.put(3))
        await settle()
        queue.resize(1)
        queue.get_nowait()
        await settle()
        putter.cancel()

    program.run(main)
    assert [event.by for event in program.told if isinstance(event, Barged)] == [""]


def test_a_getter_is_barged_too(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[int](sink=program.told.append)
        getter = start("A", queue.get())
        await settle()
        queue.put_nowait(1)
        queue.get_nowait()
        await settle()
        getter.cancel()

    program.run(main)
    assert [(e.worker, e.op, e.by) for e in program.told if isinstance(e, Barged)] == [
        ("A", "get", "main")
    ]


def test_a_cancelled_putter_is_told_before_the_next_is_woken(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[str](1, sink=program.told.append)
        queue.put_nowait("x")
        first = start("A", queue.put("a"))
        start("B", queue.put("b"))
        await settle()
        del program.told[:]
        queue.get_nowait()
        first.cancel()  # woken already: asyncio hands its turn to the next
        await settle()

    program.run(main)
    assert [(type(e), getattr(e, "worker", "")) for e in program.told] == [
        (Got, "main"),
        (Woken, "A"),
        (PutRefused, "A"),
        (Woken, "B"),
        (Put, "B"),
    ]
    assert program.told[2].why == "cancelled"


def test_a_refusal_says_why_and_is_told_once(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[int](1, sink=program.told.append)
        for call in (queue.get_nowait, queue.task_done):
            with pytest.raises((asyncio.QueueEmpty, ValueError)):
                call()
        queue.put_nowait(1)
        with pytest.raises(asyncio.QueueFull):
            queue.put_nowait(2)
        waiting = start("A", queue.put(3))
        await settle()
        queue.shutdown()
        with pytest.raises(QueueShutDown):
            await waiting
        with pytest.raises(QueueShutDown):
            await queue.put(4)
        queue.get_nowait()
        with pytest.raises(QueueShutDown):
            await queue.get()
        with pytest.raises(QueueShutDown):
            queue.get_nowait()

    program.run(main)
    assert [
        (type(e), getattr(e, "item", None), getattr(e, "why", None)) for e in program.told[1:]
    ] == [
        (GetRefused, None, "empty"),
        (TaskDoneRefused, None, None),
        (Put, 1, None),
        (PutRefused, 2, "full"),
        (PutWaiting, 3, None),
        (ShutDown, None, None),
        (Woken, None, None),
        (PutRefused, 3, "shutdown"),
        (PutRefused, 4, "shutdown"),
        (Got, 1, None),
        (GetRefused, None, "shutdown"),
        (GetRefused, None, "shutdown"),
    ]


class _Timer:
    """A timeout around a call, as the lab knows it."""

    fired = False

    def when(self) -> float:
        return 2.5


@pytest.mark.parametrize(("fired", "why"), [(True, "timeout"), (False, "cancelled")])
def test_a_timeout_is_told_from_a_cancellation(program: Program, fired: bool, why: str) -> None:
    timer = _Timer()

    async def main() -> None:
        queue = ObservedQueue[int](1, sink=program.told.append, timeout=lambda: timer)
        tasks = [start("C", queue.get())]
        await settle()
        queue.put_nowait(1)
        await settle()
        queue.put_nowait(1)
        tasks = [start("P", queue.put(2)), start("J", queue.join())]
        await settle()
        timer.fired = fired
        for task in tasks:
            task.cancel()
        await settle()

    program.run(main)
    assert [e.deadline for e in program.told if isinstance(e, GetWaiting | PutWaiting)] == [2.5] * 2
    assert [e.why for e in program.told if isinstance(e, PutRefused | JoinRefused)] == [why] * 2


def test_join_is_told(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[int](name="q", sink=program.told.append)
        await queue.join()
        queue.put_nowait(1)
        joiner = start("J", queue.join())
        await settle()
        queue.get_nowait()
        queue.task_done()
        await joiner

    program.run(main)
    assert [e for e in program.told if isinstance(e, Joined | JoinWaiting)] == [
        Joined(0.0, "main", "q"),
        JoinWaiting(0.0, "J", "q", 1),
        Joined(1e-9, "J", "q"),
    ]


def test_what_is_dropped_is_told_item_by_item(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[int](name="q", sink=program.told.append)
        queue.put_nowait(1)
        queue.put_nowait(2)
        queue.task_done()
        queue.shutdown(immediate=True)

    program.run(main)
    assert program.told[-3:] == [
        ShutDown(0.0, "q", True),
        Dropped(0.0, "q", 1, 1, True),
        Dropped(0.0, "q", 2, 2, False),
    ]


def test_things_are_called_by_what_they_are(program: Program) -> None:
    class Labelled:
        qdash_label = (5, "token", None)

    class Mute:
        def __repr__(self) -> str:
            return "x" * 100

    async def main() -> None:
        queue = ObservedQueue[Any](sink=program.told.append)
        for item in (3, None, ValueError("a\nb"), (2.5, "job"), Labelled(), Mute(), True):
            queue.put_nowait(item)
        for _ in range(7):
            queue.get_nowait()

    program.run(main)
    puts = [(e.item, e.shape, e.rank) for e in program.told if isinstance(e, Put)]
    assert puts == [
        (3, "item", None),
        ("stop", "stop", None),
        ("ValueError: a b", "error", None),
        ("(2.5, 'job')", "item", 2.5),
        (5, "token", None),
        ("x" * 39 + "…", "item", None),
        ("True", "item", None),
    ]
    assert [(e.item, e.shape) for e in program.told if isinstance(e, Got)] == [p[:2] for p in puts]


def test_an_item_that_cannot_be_compared_stays_inside_uncounted(program: Program) -> None:
    async def main() -> None:
        queue = ObservedPriorityQueue[Any](sink=program.told.append)
        queue.put_nowait((1, {"a": 1}))
        with pytest.raises(TypeError):
            queue.put_nowait((1, {"b": 2}))
        assert (queue.qsize(), queue.unfinished) == (2, 1)
        queue.put_nowait((2, {}))
        queue.get_nowait()

    program.run(main)
    refused = program.told[2]
    assert isinstance(refused, PutRefused)
    assert (refused.why, refused.slot) == ("error", 2)
    assert "TypeError: '<' not supported" in refused.error
    assert kinds(program.told) == [QueueMade, Put, PutRefused, Put, Got]


def test_an_item_that_a_failing_get_loses_is_told(program: Program) -> None:
    async def main() -> None:
        queue = ObservedPriorityQueue[Any](sink=program.told.append)
        queue.put_nowait((0, 0))
        queue.put_nowait((1, {"a": 1}))
        queue.put_nowait((1.5, None))
        with pytest.raises(TypeError):
            queue.put_nowait((1, {"b": 2}))
        before = queue.items()
        with pytest.raises(TypeError):
            queue.get_nowait()
        assert (queue.qsize(), queue.unfinished) == (3, 3)
        [lost] = [item for item in before if item not in queue.items()]
        assert lost == (0, 0)

    program.run(main)
    refused = program.told[-1]
    assert isinstance(refused, GetRefused)
    assert (refused.why, refused.slot) == ("error", 1)


def test_one_that_is_cancelled_and_has_not_run_yet_is_not_woken(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[int](sink=program.told.append)
        getter = start("A", queue.get())
        await settle()
        getter.cancel()
        queue.put_nowait(1)
        await settle()

    program.run(main)
    assert kinds(program.told) == [QueueMade, GetWaiting, Put, GetRefused]


# --- watching is never felt ----------------------------------------------------------------------


def _failing(after: int, error: BaseException) -> Callable[[Event], None]:
    seen = []

    def sink(event: Event) -> None:
        seen.append(event)
        if len(seen) > after:
            raise error

    return sink


@pytest.mark.parametrize("discipline", sorted(DISCIPLINES))
@pytest.mark.parametrize("after", range(12))
def test_a_sink_that_raises_is_unhooked_and_reported(
    program: Program, discipline: Any, after: int
) -> None:
    error = asyncio.CancelledError() if after % 2 else OSError("broken sink")

    async def main() -> list[int]:
        queue = DISCIPLINES[discipline](1, sink=_failing(after, error))
        got: list[int] = []

        async def consume() -> None:
            while True:
                got.append(await queue.get())
                queue.task_done()

        consumer = start("C", consume())
        for n in range(3):
            await queue.put(n)
        await queue.join()
        queue.shutdown()
        with pytest.raises(QueueShutDown):
            await consumer
        return got

    assert program.run(main) == [0, 1, 2]
    assert [context["exception"] for context in program.errors] == [error]
    assert "watching queue 'queue' failed" in program.errors[0]["message"]


@pytest.mark.parametrize("discipline", sorted(DISCIPLINES))
@pytest.mark.parametrize("broken", ["clock", "who", "describe", "timeout"])
def test_whatever_fails_in_watching_is_not_felt(
    program: Program, broken: str, discipline: Any
) -> None:
    async def main() -> None:
        queue = DISCIPLINES[discipline](1, sink=program.told.append, **{broken: lambda *_: 1 / 0})
        putter = start("A", queue.put("a"))
        start("B", queue.put("b"))
        await settle()
        assert [await queue.get(), await queue.get()] == ["a", "b"]
        await putter

    program.run(main)
    assert [type(context["exception"]) for context in program.errors] == [ZeroDivisionError]


def test_outside_a_loop_a_failing_sink_is_a_warning() -> None:
    queue = ObservedQueue[int](sink=_failing(1, OSError("broken")))
    with pytest.warns(RuntimeWarning, match="broken"):
        queue.put_nowait(1)
    queue.put_nowait(2)
    assert queue.items() == [1, 2]


def test_a_queue_can_be_watched_later_and_left_alone_again(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[int](3)
        queue.put_nowait(1)
        queue.put_nowait(2)
        queue.watch(program.told.append)
        with pytest.raises(RuntimeError, match="a sink already"):
            queue.watch(print)
        queue.get_nowait()
        queue.unwatch()
        queue.get_nowait()
        queue.watch(program.told.append)

    program.run(main)
    assert kinds(program.told) == [QueueMade, Put, Put, Got, QueueMade]


@pytest.mark.parametrize("discipline", sorted(DISCIPLINES))
def test_a_plain_int_is_its_own_label_whoever_describes_the_rest(
    program: Program, discipline: Any
) -> None:
    async def main() -> None:
        queue = DISCIPLINES[discipline](1, describe=lambda item: (f"job {item}", "item", None))
        queue.put_nowait(1)
        queue.watch(program.told.append)
        putter = start("A", queue.put(2))
        with pytest.raises(asyncio.QueueFull):
            queue.put_nowait(3)
        await settle()
        await queue.get()
        await putter
        await queue.get()
        await queue.put(True)  # a bool is no plain int

    program.run(main)
    labels = {type(event): [] for event in program.told}  # type: ignore[var-annotated]
    for event in program.told:
        if isinstance(event, Put | PutWaiting | PutRefused | Got):
            labels[type(event)].append(event.item)
    assert labels[PutWaiting] == [2]
    assert labels[PutRefused] == [3]
    assert labels[Put] == [1, 2, "job True"]
    assert labels[Got] == [1, 2]


def test_one_thing_that_lies_in_a_heap_several_times_is_told_of_in_the_order_of_its_puts(
    program: Program,
) -> None:
    async def main() -> None:
        queue = ObservedPriorityQueue[Any](sink=program.told.append)
        same, other = (1, "same"), (2, "other")
        for thing in (same, other, same, same):
            queue.put_nowait(thing)
        assert [queue.get_nowait() for _ in range(2)] == [same, same]
        queue.put_nowait(same)
        queue.rearrange("fifo")
        assert [queue.get_nowait() for _ in range(3)] == [same, same, other]

    program.run(main)
    assert [event.slot for event in program.told if isinstance(event, Got)] == [1, 3, 4, 5, 2]


def test_a_watched_queue_holds_nothing_that_has_left_it(program: Program) -> None:
    class Thing:
        pass

    async def main() -> None:
        queue = ObservedQueue[Any](1, sink=lambda _: None)
        things = [Thing() for _ in range(4)]
        refs = [weakref.ref(thing) for thing in things]
        queue.put_nowait(things[0])
        with pytest.raises(asyncio.QueueFull):
            queue.put_nowait(things[1])
        putters = [start("A", queue.put(things[2])), start("B", queue.put(things[3]))]
        await settle()
        putters[0].cancel()
        await settle()
        queue.get_nowait()
        await putters[1]
        queue.get_nowait()
        del things, putters
        gc.collect()
        assert [ref() for ref in refs] == [None] * 4

    program.run(main)


# --- what the standard library has not -----------------------------------------------------------


async def _put(queue: ObservedQueue[int], item: int) -> None:
    with contextlib.suppress(OSError):
        await queue.put(item)


async def _with_putters(maxsize: int, putters: int, sink: Any = None) -> ObservedQueue[int]:
    queue = ObservedQueue[int](maxsize, sink=sink)
    for n in range(maxsize):
        queue.put_nowait(n)
    for n in range(putters):
        start(f"P{n}", _put(queue, maxsize + n))
    await settle()
    return queue


@pytest.mark.parametrize(
    ("maxsize", "size", "waiting"), [(3, 3, 3), (5, 5, 1), (9, 6, 0), (0, 6, 0), (1, 2, 4)]
)
def test_resize_lets_in_as_many_as_there_is_room_for(
    program: Program, maxsize: int, size: int, waiting: int
) -> None:
    async def main() -> None:
        queue = await _with_putters(2, 4, program.told.append)
        queue.resize(maxsize)
        await settle()
        assert (queue.maxsize, queue.qsize(), len(queue.waiting("put"))) == (maxsize, size, waiting)
        for _ in range(6):
            await queue.get()

    program.run(main)
    assert [(e.old, e.new) for e in program.told if isinstance(e, Resized)] == [(2, maxsize)]
    barged = [e for e in program.told if isinstance(e, Barged)]
    assert bool(barged) == (maxsize == 1)


def test_resize_counts_a_slot_that_is_promised_already(program: Program) -> None:
    async def main() -> None:
        queue = await _with_putters(2, 4, program.told.append)
        queue.get_nowait()
        queue.resize(3)
        await settle()
        assert (queue.qsize(), len(queue.waiting("put"))) == (3, 2)

    program.run(main)
    assert not [e for e in program.told if isinstance(e, Barged)]


def test_an_error_is_thrown_into_a_call_that_waits(program: Program) -> None:
    async def main() -> None:
        queue = await _with_putters(1, 2, program.told.append)
        assert queue.throw("P0", OSError("thrown"))
        assert not queue.throw("P0", OSError("again"))
        assert not queue.throw("nobody", OSError())
        assert queue.waiting("put") == ["P1"]
        await settle()
        assert [await queue.get(), await queue.get()] == [0, 2]

    program.run(main)
    assert [(e.why, e.error) for e in program.told if isinstance(e, PutRefused)] == [
        ("error", "OSError: thrown")
    ]


@pytest.mark.parametrize("watched", [False, True])
@pytest.mark.parametrize(
    ("old", "new", "served"),
    [
        ("fifo", "lifo", [2, 1, 3]),
        ("fifo", "priority", [1, 2, 3]),
        ("lifo", "fifo", [3, 1, 2]),
        ("lifo", "priority", [1, 2, 3]),
        ("priority", "fifo", [1, 2, 3]),
        ("priority", "lifo", [3, 2, 1]),
        ("fifo", "fifo", [3, 1, 2]),
    ],
)
def test_items_are_served_in_another_order(
    program: Program, watched: bool, old: Any, new: Any, served: list[int]
) -> None:
    async def main() -> None:
        queue = DISCIPLINES[old](4, sink=program.told.append if watched else None)
        for item in (3, 1, 2):
            queue.put_nowait(item)
        queue.rearrange(new)
        assert (queue.discipline, queue.unfinished, queue.maxsize) == (new, 3, 4)
        assert [queue.get_nowait() for _ in range(3)] == served
        queue.put_nowait(9)

    program.run(main)
    if watched:
        slots = {e.item: e.slot for e in program.told if isinstance(e, Put)}
        assert [e.slot for e in program.told if isinstance(e, Got)] == [slots[n] for n in served]
        changes = [(e.old, e.new) for e in program.told if isinstance(e, Rearranged)]
        assert changes == ([] if old == new else [(old, new)])


def test_what_cannot_be_compared_cannot_be_rearranged(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[Any](sink=program.told.append)
        queue.put_nowait("a")
        queue.put_nowait(1)
        with pytest.raises(TypeError):
            queue.rearrange("priority")
        assert (queue.discipline, queue.get_nowait(), queue.get_nowait()) == ("fifo", "a", 1)

    program.run(main)
    assert kinds(program.told) == [QueueMade, Put, Put, Got, Got]


def test_a_size_that_a_program_sets_behind_the_queue_is_noticed(program: Program) -> None:
    async def main() -> None:
        queue = ObservedQueue[int](1, name="q", sink=program.told.append)
        queue.put_nowait(1)
        putters = [start(name, queue.put(2)) for name in "AB"]
        await settle()
        queue._maxsize = 3
        assert queue.maxsize == 3
        queue.resize(4)
        queue._maxsize = 5
        queue.get_nowait()  # wakes B, and with it the size is noticed
        await asyncio.gather(*putters)

    program.run(main)
    sizes = [(e.old, e.new) for e in program.told if isinstance(e, Resized)]
    assert sizes == [(1, 3), (3, 4), (4, 5)]
