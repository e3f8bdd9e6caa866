"""The loop on virtual time: what it adds to asyncio, and what it refuses."""

from __future__ import annotations

import asyncio
import gc
import inspect
import math
import threading
import weakref
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash.engine.entries import LabTimer
from qdash.engine.loop import LabLoop, Outcome
from qdash.engine.scheduling import nanosecond

FOREVER = float("inf")


@pytest.fixture
def loop() -> Any:
    """A loop that is closed after the test."""
    loop = LabLoop()
    yield loop
    loop.close()


# --- time ----------------------------------------------------------------------------------------


def test_an_hour_passes_at_once_and_to_the_nanosecond(loop: LabLoop) -> None:
    async def main() -> float:
        await asyncio.sleep(3600)
        await loop.sleep(0.1)
        return loop.time()

    assert loop.run_until_complete(main()) == 3600.1


@given(st.floats(-1e6, 1e6))
def test_times_are_whole_nanoseconds(seconds: float) -> None:
    rounded = nanosecond(seconds)
    assert abs(rounded - seconds) <= 0.5e-9 + math.ulp(seconds)
    assert rounded == round(seconds * 1e9) / 1e9
    assert nanosecond(rounded) == rounded


@given(st.floats(0, 1e15), st.floats(0, 1e15))
def test_rounding_keeps_the_order_of_times_of_any_size(one: float, other: float) -> None:
    assert (nanosecond(one) <= nanosecond(other)) or one > other
    assert nanosecond(one) == pytest.approx(one, rel=1e-15, abs=0.6e-9)


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=10))
def test_a_sleep_and_a_timer_round_alike(delays: list[float]) -> None:
    loop = LabLoop()
    for delay in delays:
        timer = loop.call_later(delay, int)
        loop.sleep(delay)
        assert {when for when, *_ in loop._timers} == {timer.when()}
        with loop.running():
            loop.advance(FOREVER, 2)
        assert loop.time() == timer.when()
    loop.close()


@pytest.mark.parametrize("seconds", [-1, -1e-9, float("nan")])
def test_a_sleep_takes_zero_or_more_seconds(loop: LabLoop, seconds: float) -> None:
    with pytest.raises(ValueError, match="zero or more seconds"):
        loop.sleep(seconds)


def test_a_timer_needs_a_time(loop: LabLoop) -> None:
    with pytest.raises(ValueError, match="not a number"):
        loop.call_at(float("nan"), int)


def test_a_timer_at_infinity_never_fires(loop: LabLoop) -> None:
    loop.call_at(FOREVER, pytest.fail)
    loop.sleep(FOREVER)
    with loop.running():
        assert loop.advance(FOREVER, 100) is Outcome.IDLE
    assert loop.next_timer() is None
    assert loop.time() == 0.0


def test_a_timer_in_the_past_fires_at_once_and_turns_no_time_back(loop: LabLoop) -> None:
    async def main() -> float:
        await asyncio.sleep(5)
        future = loop.create_future()
        loop.call_at(1, lambda: future.set_result(loop.time()))
        return await future

    assert loop.run_until_complete(main()) == 5


def test_time_moves_up_to_the_next_timer_and_not_past_it(loop: LabLoop) -> None:
    loop.call_at(2.0, int)
    loop.move_to(1.5)
    assert loop.time() == 1.5
    for when in (1.0, 2.5):
        with pytest.raises(ValueError, match="only move on"):
            loop.move_to(when)
    loop.move_to(2.0)
    with loop.running():
        loop.advance(2.0, 10)
    loop.call_soon(int)
    with pytest.raises(ValueError, match="only move on"):
        loop.move_to(3.0)


def test_a_sleep_that_is_called_off_or_broken_does_not_let_time_pass(loop: LabLoop) -> None:
    loop.sleep(1).cancel()
    loop.sleep(2).set_exception(OSError())
    loop.call_later(3, int).cancel()
    assert loop.next_timer() is None
    with loop.running():
        assert loop.advance(FOREVER, 10) is Outcome.IDLE
    assert loop.time() == 0.0


def test_called_off_timers_do_not_fill_the_heap(loop: LabLoop) -> None:
    async def main() -> int:
        fullest = 0
        for _ in range(2_000):
            loop.sleep(1e6).cancel()
            loop.call_later(1e6, int).cancel()
            fullest = max(fullest, len(loop._timers))
            await loop.sleep(0.001)
        return fullest

    assert loop.run_until_complete(main()) < 200


def test_cancelled_naps_do_not_fill_the_heap(loop: LabLoop) -> None:
    async def main() -> int:
        fullest = 0
        for _ in range(1_000):
            napping = asyncio.ensure_future(loop.nap(1e6))
            await loop.nap(0.001)
            napping.cancel()
            fullest = max(fullest, len(loop._timers))
        return fullest

    assert loop.run_until_complete(main()) < 200


def test_a_timer_tells_whether_it_fired_and_the_loop_tells_of_it(loop: LabLoop) -> None:
    told: list[LabTimer] = []
    loop.on_timer = told.append

    async def main() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(10), 1)

    loop.run_until_complete(main())
    assert sorted((timer.when(), timer.fired) for timer in told) == [(1.0, True), (10.0, False)]


# --- driven by parts -----------------------------------------------------------------------------


async def _walker(name: str, trace: list[str], loop: LabLoop) -> None:
    trace.append(f"{name} begins")
    await loop.sleep(1)
    trace.append(f"{name} slept")
    await asyncio.sleep(0)
    trace.append(f"{name} ends")


def test_a_step_is_one_task_from_one_await_to_the_next(loop: LabLoop) -> None:
    trace: list[str] = []
    with loop.running():
        tasks = [loop.create_task(_walker(name, trace, loop)) for name in "AB"]
        seen = []
        while loop.step(FOREVER) is Outcome.STOPPED:
            seen.append(len(trace))
        assert seen == [1, 2, 3, 4, 5, 6]
        assert loop.step(FOREVER) is Outcome.IDLE
    assert all(task.done() for task in tasks)


def test_a_step_passes_over_what_is_no_task_step(loop: LabLoop) -> None:
    trace: list[str] = []
    with loop.running():
        task = loop.create_task(_walker("A", trace, loop))
        loop.step(FOREVER)
        for _ in range(3):
            loop.call_soon(trace.append, "callback")
        loop.call_later(0.5, task.get_name)  # a task's method is no step of that task
        loop.call_soon(task.get_name)
        assert loop.step(FOREVER) is Outcome.STOPPED
    assert trace == ["A begins", *["callback"] * 3, "A slept"]
    task.cancel()
    with loop.running():
        loop.advance(FOREVER, 100)


def test_steps_and_slices_stop_at_the_limit_of_time(loop: LabLoop) -> None:
    trace: list[str] = []
    with loop.running():
        loop.create_task(_walker("A", trace, loop))
        assert loop.advance(0.999999999, 100) is Outcome.LIMIT
        assert loop.step(0.999999999) is Outcome.LIMIT
        assert (trace, loop.time(), loop.next_timer()) == (["A begins"], 0.0, 1.0)
        assert loop.step(1.0) is Outcome.STOPPED
        assert loop.time() == 1.0
        assert loop.advance(FOREVER, 100) is Outcome.IDLE


@pytest.mark.parametrize("budget", range(1, 6))
def test_a_sleep_that_nobody_awaits_is_a_callback_like_any(loop: LabLoop, budget: int) -> None:
    async def main() -> None:
        for seconds in (1, 2, 3):
            loop.sleep(seconds)
        await loop.sleep(4)

    task = loop.create_task(main())
    with loop.running():
        assert loop.advance(FOREVER, budget) is Outcome.BUDGET
        assert (loop.callbacks_run, loop.time()) == (budget, budget - 1)
        while loop.advance(FOREVER, budget) is Outcome.BUDGET:
            pass
    assert task.done()
    assert (loop.callbacks_run, loop.time()) == (6, 4.0)


def test_a_budget_is_kept_exactly(loop: LabLoop) -> None:
    ran: list[int] = []
    for n in range(10):
        loop.call_soon(ran.append, n)
    with loop.running():
        assert loop.advance(FOREVER, 3) is Outcome.BUDGET
        assert ran == [0, 1, 2]
        assert loop.callbacks_run == 3
        assert loop.has_ready
        loop.call_soon(ran.append, 10)
        assert loop.advance(FOREVER, 100) is Outcome.IDLE
    assert ran == list(range(11))
    assert loop.callbacks_run == 11


def test_stop_ends_the_slice_after_the_turn(loop: LabLoop) -> None:
    ran: list[int] = []
    loop.call_soon(loop.stop)
    loop.call_soon(ran.append, 1)
    loop.call_soon(loop.call_soon, ran.append, 2)
    loop.call_later(1, ran.append, 3)
    with loop.running():
        assert loop.advance(FOREVER, 100) is Outcome.STOPPED
        assert ran == [1]
        assert loop.advance(0.5, 100) is Outcome.LIMIT
        assert ran == [1, 2]


def test_a_stop_that_was_asked_for_before_lets_no_time_pass(loop: LabLoop) -> None:
    ran: list[int] = []
    loop.call_soon(ran.append, 1)
    loop.call_later(1, ran.append, 2)
    loop.stop()
    loop.run_forever()
    loop.stop()
    loop.run_forever()
    assert (ran, loop.time()) == ([1], 0.0)


# --- as any loop ---------------------------------------------------------------------------------


def test_a_runner_runs_it_and_closes_it() -> None:
    async def main() -> str:
        async with asyncio.timeout(5), asyncio.TaskGroup() as group:
            task = group.create_task(asyncio.sleep(1, "slept"))
        return task.result()

    with asyncio.Runner(loop_factory=LabLoop, debug=True) as runner:
        assert runner.run(main()) == "slept"
        loop = runner.get_loop()
        assert loop.get_debug() is True
    assert loop.is_closed()


def test_ctrl_c_cancels_the_main_task() -> None:
    # The runner's own handler of SIGINT calls call_soon_threadsafe.
    async def main() -> None:
        signal_module.raise_signal(signal_module.SIGINT)
        await asyncio.sleep(1)

    import signal as signal_module

    with asyncio.Runner(loop_factory=LabLoop) as runner, pytest.raises(KeyboardInterrupt):
        runner.run(main())


def test_a_deadlock_is_an_error_that_says_so(loop: LabLoop) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    main = loop.create_task(queue.get())
    with pytest.raises(RuntimeError, match="waits for something that nothing will do"):
        loop.run_until_complete(main)
    main.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(main)


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt, None])
def test_what_ends_a_run_is_raised_and_not_logged_besides(
    error: type[BaseException] | None, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        if error is not None:
            raise error
        await asyncio.Event().wait()

    def run() -> weakref.ref[LabLoop]:
        loop = LabLoop()
        with pytest.raises(error or RuntimeError):
            loop.run_until_complete(main())
        loop.close()
        return weakref.ref(loop)

    ran = run()
    gc.collect()
    assert ran() is None
    assert caplog.text == ""


def test_who_holds_the_handle_of_its_own_callback_is_not_held_by_it(loop: LabLoop) -> None:
    class Owner:
        def __init__(self) -> None:
            self.handle = loop.call_soon(self.act)

        def act(self) -> None:
            pass

    owner = weakref.ref(Owner())
    with loop.running():
        loop.advance(0, 10)
    gc.collect()
    assert owner() is None


def test_a_closed_loop_takes_nothing_more() -> None:
    loop = LabLoop()
    loop.close()
    coro = asyncio.sleep(0)
    for call in (
        lambda: loop.call_soon(int),
        lambda: loop.call_later(1, int),
        lambda: loop.create_task(coro),
        loop.run_forever,
    ):
        with pytest.raises(RuntimeError, match="closed"):
            call()
    coro.close()


def test_one_loop_runs_in_a_thread_at_a_time(loop: LabLoop) -> None:
    with loop.running():
        assert loop.is_running()
        with pytest.raises(RuntimeError, match="already running"):
            loop.run_forever()
        with pytest.raises(RuntimeError, match="Cannot close"):
            loop.close()
        other = LabLoop()
        with pytest.raises(RuntimeError, match="another loop"):
            other.run_forever()
        other.close()
    assert not loop.is_running()


def test_calls_from_another_thread_are_refused_while_it_runs(loop: LabLoop) -> None:
    refused: list[BaseException] = []

    def call() -> None:
        try:
            loop.call_soon_threadsafe(int)
        except BaseException as error:
            refused.append(error)

    def in_a_thread() -> None:
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()

    with loop.running():
        loop.call_soon_threadsafe(int)
        in_a_thread()
    assert "send the lab a command" in str(refused[0])
    in_a_thread()
    assert len(refused) == 1


OWN = {
    "call_at", "call_exception_handler", "call_later", "call_soon", "call_soon_threadsafe",
    "close", "create_future", "create_task", "default_exception_handler", "get_debug",
    "get_exception_handler", "get_task_factory", "is_closed", "is_running", "run_forever",
    "run_until_complete", "set_debug", "set_exception_handler", "set_task_factory",
    "shutdown_asyncgens", "shutdown_default_executor", "stop", "time",
}  # fmt: skip


@pytest.mark.parametrize(
    "name", sorted(n for n in vars(asyncio.AbstractEventLoop) if n[0] != "_" and n not in OWN)
)
def test_whatever_needs_the_world_outside_is_refused_in_words(loop: LabLoop, name: str) -> None:
    count = len(inspect.signature(getattr(asyncio.AbstractEventLoop, name)).parameters) - 1
    with pytest.raises(NotImplementedError, match=rf"{name}\(\) needs the world outside"):
        getattr(loop, name)(*[None] * count)


def test_what_is_not_refused_is_the_loops_own(loop: LabLoop) -> None:
    for name in OWN:
        own, theirs = getattr(loop, name), getattr(asyncio.AbstractEventLoop, name)
        assert getattr(own, "__func__", own) is not theirs


def test_an_exception_in_a_callback_is_handed_over_and_the_rest_runs_on(loop: LabLoop) -> None:
    seen: list[dict[str, Any]] = []
    ran: list[int] = []
    loop.set_exception_handler(lambda _, context: seen.append(context))
    loop.call_soon(divmod, 1, 0)
    loop.call_later(1, divmod, 1, 0)
    loop.call_later(1, ran.append, 1)
    with loop.running():
        loop.advance(FOREVER, 10)
    assert [type(context["exception"]) for context in seen] == [ZeroDivisionError] * 2
    assert all("Exception in callback" in context["message"] for context in seen)
    assert ran == [1]


def test_a_handler_that_raises_is_reported_itself(
    loop: LabLoop, caplog: pytest.LogCaptureFixture
) -> None:
    loop.set_exception_handler(lambda *_: 1 / 0)
    loop.call_exception_handler({"message": "anything"})
    assert "Unhandled error in exception handler" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_asynchronous_generators_are_closed(loop: LabLoop) -> None:
    closed: list[str] = []

    async def generator(name: str) -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            await asyncio.sleep(1)
            closed.append(name)

    async def main() -> None:
        async for _ in generator("dropped"):
            break
        gc.collect()
        await asyncio.sleep(2)
        assert closed == ["dropped"]
        kept.append(generator("kept"))
        await anext(kept[0])

    kept: list[Any] = []
    loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_asyncgens())
    assert closed == ["dropped", "kept"]


def test_a_task_factory_makes_the_tasks(loop: LabLoop) -> None:
    made: list[str] = []

    def factory(loop: Any, coro: Any, **kwargs: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coro, loop=loop, **kwargs)
        made.append("made")
        return task

    loop.set_task_factory(factory)
    task = loop.create_task(asyncio.sleep(0, "slept"), name="worker")
    assert loop.run_until_complete(task) == "slept"
    assert (made, task.get_name()) == (["made"], "worker")


def test_tasks_in_a_set_keep_one_order(loop: LabLoop) -> None:
    # asyncio's TaskGroup cancels its children in the order of a set.
    ended: list[int] = []

    async def child(n: int) -> None:
        try:
            await asyncio.sleep(10)
        finally:
            ended.append(n)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            for n in range(20):
                group.create_task(child(n))
            group.create_task(child_that_fails())

    async def child_that_fails() -> None:
        await asyncio.sleep(1)
        raise OSError

    with pytest.raises(ExceptionGroup):
        loop.run_until_complete(main())
    first, ended[:] = ended[:], []
    again = LabLoop()
    with pytest.raises(ExceptionGroup):
        again.run_until_complete(main())
    again.close()
    assert sorted(first) == list(range(20))
    assert ended == first


def test_nothing_holds_the_loop_when_it_is_done() -> None:
    loop = LabLoop()
    loop.run_until_complete(asyncio.sleep(1))
    loop.close()
    ref = weakref.ref(loop)
    del loop
    gc.collect()
    assert ref() is None


def test_a_nap_takes_its_time_and_ends_when_its_task_is_cancelled() -> None:
    loop = LabLoop()

    async def napper() -> float:
        try:
            await loop.nap(2.0)
        except asyncio.CancelledError:
            return loop.time()
        raise AssertionError("it was to be cancelled")

    async def main() -> None:
        with pytest.raises(ValueError, match="zero or more seconds, not -1"):
            await loop.nap(-1)
        await loop.nap(0.5)
        assert loop.time() == 0.5
        task = loop.create_task(napper())
        await loop.nap(1.0)
        task.cancel()
        assert await task == 1.5

    loop.run_until_complete(main())
    loop.close()
