"""Each fact about Pythons is asserted on the Python that runs the tests."""

from __future__ import annotations

import asyncio
import platform
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from qdash import events as ev
from qdash.engine import Lab, ObservedPriorityQueue, ObservedQueue, observed
from qdash.engine.queues import QueueShutDown
from qdash.engine.tasks import NumberedTask
from qdash.events import Header
from qdash.fidelity import FACTS, MEASURED, Fact, facts, minor
from qdash.scenarios import SLUGS, scenario
from qdash.settings import complete
from qdash.state import State

HERE = minor(platform.python_version())
BY_TITLE = {fact.title: fact for fact in FACTS}
measured_here = pytest.mark.skipif(HERE not in MEASURED, reason="not measured on this Python")


def said_here(title: str) -> str:
    """What a fact says of this Python."""
    return next(saying.text for saying in BY_TITLE[title].says if HERE in saying.on)


def in_lab(program: Callable[[], Coroutine[Any, Any, Any]], seconds: float = 100.0) -> Any:
    """What a program returns that runs in a lab."""
    came: list[Any] = []

    async def main(lab: Lab) -> None:
        came.append(await program())

    lab = Lab(main, complete({}, {}), seed=7)
    lab.start()
    lab.advance(seconds, 100_000)
    lab.close()
    return came[0]


def everywhere(program: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """The same, asserted to be the same on asyncio's own loop."""
    came = in_lab(program)
    assert asyncio.run(program()) == came
    return came


@measured_here
def test_wait_for_has_a_task_of_its_own_on_311() -> None:
    async def program() -> int:
        queue: asyncio.Queue[int] = asyncio.Queue()

        async def getter() -> None:
            await asyncio.wait_for(queue.get(), 5.0)

        before = len(asyncio.all_tasks())
        task = asyncio.create_task(getter())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        more = len(asyncio.all_tasks()) - before
        task.cancel()
        await asyncio.wait([task])
        return more

    own = "a task of its own" in said_here("wait_for() and its task")
    assert everywhere(program) == 1 + own


@measured_here
@pytest.mark.parametrize("as_task", [False, True])
def test_a_cancellation_that_meets_a_delivery(as_task: bool) -> None:
    async def program() -> tuple[str, int]:
        queue: asyncio.Queue[int] = asyncio.Queue()

        async def getter() -> int:
            call: Any = queue.get()
            return await asyncio.wait_for(asyncio.ensure_future(call) if as_task else call, 5.0)

        task = asyncio.create_task(getter())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        queue.put_nowait(1)
        if as_task:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return "cancelled" if task.cancelled() else "swallowed", queue.qsize()

    text = said_here("a cancellation that meets a delivery in wait_for(queue.get())")
    if "swallowed" in text:
        assert everywhere(program) == ("swallowed", 0)
    else:
        assert "stays in the queue" in text
        assert "given a task, the item is lost" in text
        assert everywhere(program) == ("cancelled", 0 if as_task else 1)


@measured_here
def test_whose_shutdown_it_is() -> None:
    own = "asyncio's own" in said_here("Queue.shutdown()")
    assert hasattr(asyncio.Queue, "shutdown") is own
    assert (QueueShutDown is getattr(asyncio, "QueueShutDown", None)) is own


@measured_here
def test_a_task_group_that_is_cancelled_as_a_task_fails() -> None:
    async def program() -> list[str]:
        came: list[str] = []

        async def fails() -> None:
            await asyncio.sleep(0.01)
            raise ValueError

        async def group() -> None:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(fails())
                    await asyncio.sleep(5)
            except ExceptionGroup:
                came.append("group")
            await asyncio.sleep(0)
            came.append("went on")

        task = asyncio.create_task(group())
        await asyncio.sleep(0.01)
        while not came and not task.done():
            task.cancel()
            await asyncio.sleep(0)
        await asyncio.wait([task])
        return came

    text = said_here("a TaskGroup cancelled from outside as one of its tasks fails")
    expected = ["group", "went on"] if "forgotten" in text else ["group"]
    assert in_lab(program) == expected


def test_tasks_queues_and_timeouts_are_the_interpreter_s_own() -> None:
    for cls in (ObservedQueue, ObservedPriorityQueue):
        assert issubclass(cls, asyncio.Queue)
    assert observed._plain_put is asyncio.Queue.put
    assert observed._plain_get is asyncio.Queue.get
    assert issubclass(NumberedTask, asyncio.Task)

    async def program() -> list[type]:
        loop = asyncio.get_running_loop()
        return [type(loop.create_future()), type(asyncio.current_task()).__mro__[-3]]

    assert in_lab(program)[0] is asyncio.Future


def test_asyncio_cannot_resize_a_queue() -> None:
    assert asyncio.Queue.maxsize.fset is None  # type: ignore[attr-defined]
    assert not any(hasattr(asyncio.Queue, name) for name in ("resize", "rearrange"))


def test_the_order_of_tasks_in_a_set_is_that_in_which_they_were_made() -> None:
    async def program() -> list[str]:
        async def nothing() -> None:
            await asyncio.sleep(1)

        tasks = [asyncio.create_task(nothing(), name=f"T{n}") for n in range(7)]
        done, _ = await asyncio.wait(tasks)
        return [task.get_name() for task in done]

    assert in_lab(program) == in_lab(program)


def test_a_heap_that_cannot_compare_keeps_what_it_refused() -> None:
    async def program() -> tuple[int, int]:
        queue: Any = asyncio.PriorityQueue()
        queue.put_nowait((1, {"a": 1}))
        with pytest.raises(TypeError):
            queue.put_nowait((1, {"b": 2}))
        return queue.qsize(), queue._unfinished_tasks

    assert everywhere(program) == (2, 1)


def test_task_done_in_a_finally_around_get_hides_the_cancellation() -> None:
    async def program() -> str:
        queue: asyncio.Queue[int] = asyncio.Queue()

        async def getter() -> None:
            try:
                await queue.get()
            finally:
                queue.task_done()

        task = asyncio.create_task(getter())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return repr(task.exception())

    assert everywhere(program) == "ValueError('task_done() called too many times')"


def test_asyncio_wait_leaves_the_getter_alive() -> None:
    async def program() -> int:
        queue: asyncio.Queue[int] = asyncio.Queue()
        getter = asyncio.create_task(queue.get())
        await asyncio.wait({getter}, timeout=0.01)
        queue.put_nowait(1)
        await asyncio.sleep(0)
        return queue.qsize()

    assert everywhere(program) == 0


def test_who_barges_is_served_first() -> None:
    async def program() -> list[str]:
        queue: asyncio.Queue[str] = asyncio.Queue(1)
        queue.put_nowait("first")
        waiting = [asyncio.create_task(queue.put(name)) for name in "AB"]
        await asyncio.sleep(0)
        came = [queue.get_nowait()]
        queue.put_nowait("quick")
        for _ in range(3):
            await asyncio.sleep(0)
            came.append(await queue.get())
        await asyncio.wait(waiting)
        return came

    assert everywhere(program) == ["first", "quick", "B", "A"]


# --- what concerns a state --------------------------------------------------------------------


def run(slug: str, seconds: float = 30.0, **settings: Any) -> State:
    lab = scenario(slug).lab(settings)
    state = State(lab.header)
    lab.add_sink(state.apply)
    lab.start()
    lab.advance(seconds, 1_000_000)
    lab.close()
    return state


def concerning(state: State) -> set[str]:
    found = facts(state)
    flags = [concerns for _, concerns in found]
    assert flags == sorted(flags, reverse=True)
    assert {fact.title for fact, _ in found} == set(BY_TITLE)
    return {fact.title for fact, concerns in found if concerns}


ALWAYS = {"the loop and the time"}


def test_what_concerns_each_scenario_as_it_comes() -> None:
    sets = {"the order of tasks in a set"}
    assert {slug: concerning(run(slug)) for slug in SLUGS} == {
        "producer-consumer": ALWAYS,
        "concurrency-limit": ALWAYS,
        "signals": ALWAYS | sets,
        "timeouts": ALWAYS | {"wait_for() and its task"},
        "dynamic-tasks": ALWAYS | sets,
    }


def test_threads_concern_the_programs_that_start_one() -> None:
    threads = "threads of the program's own"
    for slug in "not-thread-safe/fixed", "one-loop-only/broken":
        assert threads in concerning(run(slug))
    assert threads not in concerning(run("one-loop-only/fixed"))


@pytest.mark.parametrize(
    ("events", "title"),
    [
        ([ev.ShutDown(1.0, "jobs")], "Queue.shutdown()"),
        ([ev.SettingChanged(1.0, "maxsize", 5, 6)], "another maxsize while it runs"),
        (
            [ev.SettingChanged(1.0, "discipline", "fifo", "lifo")],
            "another discipline while it runs",
        ),
        ([ev.TaskDoneRefused(1.0, "C1", "jobs")], "task_done() too often"),
        (
            [ev.PutRefused(1.0, "P1", "jobs", 1, "error", slot=1)],
            "a heap that cannot compare",
        ),
        (
            [
                ev.PutWaiting(1.0, "C1", "jobs", 1),
                ev.Woken(1.0, "C1", "jobs", "put"),
                ev.Barged(1.0, "C1", "jobs", "put"),
            ],
            "barging (gh-83055)",
        ),
        (
            [ev.GetWaiting(1.0, "C1", "jobs"), ev.Working(2.0, "C1", 1, 1.0)],
            "asyncio.wait() with a timeout",
        ),
        (
            [ev.GetWaiting(1.0, "C1", "jobs", 3.0), ev.Cancelling(2.0, "C1", "main")],
            "a cancellation that meets a delivery in wait_for(queue.get())",
        ),
        ([ev.Stalled(1.0, "C1", 2.0)], "injected failures and stalls"),
    ],
)
def test_what_makes_a_fact_concern_the_screen(events: list[ev.Event], title: str) -> None:
    state = State(Header("none", 7, "3.11.7", {"maxsize": 5, "discipline": "fifo"}))
    state.apply(ev.QueueMade(0.0, "jobs", 5))
    state.apply(ev.WorkerStarted(0.0, "C1", "consumer"))
    assert title not in concerning(state)
    state.apply_all(events)
    assert title in concerning(state)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.title)
def test_a_fact_says_something_of_each_python_once(fact: Fact) -> None:
    told = [python for saying in fact.says for python in saying.on]
    assert sorted(told) == sorted(MEASURED)
    assert (len(fact.says) > 1) == (fact.kind == "differs")
    for saying in fact.says:
        assert saying.text.isascii()
        assert saying.text.endswith(".")


def test_a_limited_get_takes_more_steps_on_311() -> None:
    told = {lines: _count("timeouts", lines=lines) for lines in (False, True)}
    steps = told[True] - told[False]
    assert (steps > 0.45 * told[False]) is (sys.version_info < (3, 12))


def _count(slug: str, *, lines: bool) -> int:
    lab = scenario(slug).lab()
    told: list[ev.Event] = []
    lab.add_sink(told.append)
    if lines:
        lab.watch_lines()
    lab.start()
    lab.advance(120.0, 1_000_000)
    lab.close()
    return len(told)
