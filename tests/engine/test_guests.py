"""Threads of a scenario's own: what they do to the loop is what they would do to the stock loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import Inject
from qdash.engine import Lab, LabLoop
from qdash.engine.again import Again, run_again
from qdash.engine.guests import Guest
from qdash.engine.thread import LabThread
from qdash.scenarios import scenario
from qdash.settings import complete
from tests.engine.stock_loop import StockLoop
from tests.scenarios.watched import PLENTY

Main = Callable[[Lab], Coroutine[Any, Any, None]]


def ran(main: Main, until: float = 100.0, **values: Any) -> tuple[Lab, list[ev.Event]]:
    lab = Lab(main, complete(values, {"jitter": "constant"}), seed=1)
    events: list[ev.Event] = []
    lab.add_sink(events.append)
    lab.start()
    lab.advance(until, PLENTY)
    return lab, events


def only(events: list[ev.Event], *kinds: type[ev.Event]) -> list[tuple[float, str]]:
    return [(e.t, type(e).__name__) for e in events if isinstance(e, kinds)]


# --- the order is that of the stock loop -----------------------------------------------------

_acts = st.lists(
    st.tuples(st.integers(1, 9), st.sampled_from(["put", "put safely", "nothing"])), max_size=6
)


@given(st.lists(_acts, min_size=1, max_size=3), st.lists(st.integers(1, 40), max_size=4))
@settings(max_examples=60)
def test_the_loop_sees_what_a_thread_does_just_when_the_stock_loop_would(
    threads: list[list[tuple[int, str]]], timers: list[int]
) -> None:
    def play(loop: Any) -> list[tuple[Any, ...]]:
        trace: list[tuple[Any, ...]] = []

        def act(queue: asyncio.Queue[Any], number: int, acts: list[tuple[int, str]]) -> None:
            for n, (tenths, what) in enumerate(acts):
                guests[number].sleep(tenths / 10 + 0.001 * (number + 1))  # off the loop's timers
                trace.append((loop.time(), number, what))
                if what == "put":
                    queue.put_nowait((number, n))
                elif what == "put safely":
                    loop.call_soon_threadsafe(queue.put_nowait, (number, n))

        async def consume(queue: asyncio.Queue[Any], name: str) -> None:
            while True:
                trace.append((loop.time(), name, await queue.get()))
                await asyncio.sleep(0.25)

        async def main() -> None:
            queue: asyncio.Queue[Any] = asyncio.Queue()
            tasks = [asyncio.create_task(consume(queue, name)) for name in "ab"]
            for at in timers:
                loop.call_later(at / 4, trace.append, (at / 4, "timer"))
            for number, acts in enumerate(threads):
                guest = Guest(
                    loop, str(number), lambda n=number, a=acts: act(queue, n, a), lambda *_: None
                )
                guests.append(guest)
                guest.begin()
            await asyncio.sleep(12)
            for task in tasks:
                task.cancel()

        guests: list[Guest] = []
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(main())
        return trace

    assert play(LabLoop()) == play(StockLoop())


# --- what a scenario meets -------------------------------------------------------------------


async def consumer(lab: Lab, queue: Any) -> None:
    while True:
        await queue.get()
        queue.task_done()


def unsafe(lab: Lab, queue: Any) -> None:
    for number in (1, 2):
        lab.sleep(1.0)
        queue.put_nowait(number)


async def with_a_sleeping_loop(lab: Lab) -> None:
    queue = lab.queue("jobs")
    task = asyncio.create_task(consumer(lab, queue), name="C1")
    lab.thread(unsafe, queue, name="T1")
    await task


async def with_a_timer_at_seven(lab: Lab) -> None:
    asyncio.get_running_loop().call_later(7, str)
    await with_a_sleeping_loop(lab)


def test_what_a_thread_puts_is_seen_when_the_loop_wakes_for_something_else() -> None:
    lab, events = ran(with_a_timer_at_seven)
    assert only(events, ev.Put, ev.Got) == [(1, "Put"), (2, "Put"), (7, "Got"), (7, "Got")]
    lab.close()


def test_without_a_timer_it_is_never_seen_until_somebody_wakes_the_loop() -> None:
    lab, events = ran(with_a_sleeping_loop)
    assert only(events, ev.Put, ev.Got, ev.Stuck) == [(1, "Put"), (2, "Put"), (2, "Stuck")]
    lab.command(Inject("shutdown"), 50.0)
    lab.advance(60, PLENTY)
    assert only(events, ev.Got) == [(50, "Got"), (50, "Got")]
    lab.close()


def test_a_thread_is_a_worker_with_a_name_and_lines() -> None:
    lab = Lab(with_a_timer_at_seven, complete({}, {}), seed=1)
    lab.watch_lines()
    events: list[ev.Event] = []
    lab.add_sink(events.append)
    lab.start()
    lab.advance(1.5, PLENTY)
    line = unsafe.__code__.co_firstlineno
    assert ev.WorkerStarted(0.0, "T1", "unsafe", "main", line, thread=True) in events
    assert ev.Stepped(1.0, "T1", line + 2) in events
    assert lab.lines()["T1"] == line + 2
    lab.advance(3, PLENTY)
    assert ev.WorkerEnded(2.0, "T1", "returned", thread=True) in events
    lab.close()


def test_an_exception_ends_the_thread_and_is_told() -> None:
    def fails(lab: Lab) -> None:
        lab.sleep(1)
        raise ValueError("no reading")

    async def main(lab: Lab) -> None:
        lab.thread(fails, name="T1")
        await asyncio.sleep(2)

    _, events = ran(main)
    [ended] = [e for e in events if isinstance(e, ev.WorkerEnded) and e.worker == "T1"]
    assert (ended.how, ended.error) == ("failed", "ValueError: no reading")
    assert "in fails" in ended.traceback


def test_a_thread_ends_with_the_program_and_with_the_lab() -> None:
    async def ends(lab: Lab) -> None:
        lab.thread(unsafe, lab.queue("jobs"), name="T1")
        await asyncio.sleep(0.5)

    before = threading.active_count()
    _, events = ran(ends)
    assert ev.WorkerEnded(0.5, "T1", "cancelled", thread=True) in events
    assert threading.active_count() == before
    lab, _ = ran(with_a_sleeping_loop, until=1.5)
    assert threading.active_count() == before + 1
    lab.close()
    assert threading.active_count() == before


def test_each_thread_that_lives_has_a_name_of_its_own() -> None:
    async def main(lab: Lab) -> None:
        def rest(lab: Lab) -> None:
            lab.sleep(1)

        lab.thread(rest, name="T")
        with pytest.raises(ValueError, match="there is a thread 'T' already"):
            lab.thread(rest, name="T")
        await asyncio.sleep(2)
        lab.thread(rest, name="T")  # the first is over
        await asyncio.sleep(2)

    lab, events = ran(main)
    assert lab.ended is not None
    assert lab.ended.how == "finished", lab.ended
    ends = [e.t for e in events if isinstance(e, ev.WorkerEnded) and e.worker == "T"]
    assert ends == [1.0, 3.0]


def test_a_thread_may_start_another_and_goes_on_with_its_turn() -> None:
    async def main(lab: Lab) -> None:
        def inner(lab: Lab) -> None:
            lab.sleep(1)
            lab.say("inner")

        def outer(lab: Lab) -> None:
            lab.thread(inner, name="I")
            lab.loop.call_soon_threadsafe(lab.say, "called")
            lab.sleep(2)
            lab.say("outer")

        lab.thread(outer, name="O")
        await asyncio.sleep(5)

    _, events = ran(main)
    said = [(e.t, e.worker, e.text) for e in events if isinstance(e, ev.Noted)]
    assert said == [(0.0, "O", "called"), (1.0, "I", "inner"), (2.0, "O", "outer")]


@pytest.mark.parametrize("seconds", [-1.0, float("nan")])
def test_sleep_takes_zero_or_more_seconds(seconds: float) -> None:
    async def main(lab: Lab) -> None:
        lab.thread(lambda lab: lab.sleep(seconds), name="T1")

    _, events = ran(main)
    assert [e.error for e in events if isinstance(e, ev.WorkerEnded) and e.error] == [
        f"ValueError: a sleep takes zero or more seconds, not {seconds}"
    ]


def test_a_coroutine_may_not_sleep_like_a_thread() -> None:
    async def main(lab: Lab) -> None:
        lab.sleep(1)

    lab, _ = ran(main)
    assert lab.ended is not None
    assert "lab.sleep() is for a thread" in lab.ended.error


def test_a_run_with_threads_is_run_again_to_the_same_place() -> None:
    lab, events = ran(with_a_timer_at_seven, until=20)
    lab.close()
    for count in range(1, len(events), 3):
        place = Again((), count, events[count - 1], events[count - 1].t)
        again: list[ev.Event] = []
        fresh = lab.fresh()
        assert run_again(fresh, place, again.append)
        fresh.advance(20, PLENTY)
        assert events[:count] + again == events
        fresh.close()


@pytest.mark.parametrize("speed", [None, 1000.0])
@pytest.mark.parametrize("slug", ["not-thread-safe/broken", "one-loop-only/broken"])
def test_in_the_labs_own_thread_it_takes_the_same_course(slug: str, speed: float | None) -> None:
    events: list[list[ev.Event]] = []
    for _ in range(2):
        lab = scenario(slug).lab()
        lab.add_sink((told := list[ev.Event]()).append)
        events.append(told)
        if len(events) == 1:
            lab.start()
            lab.advance(100, PLENTY)
            lab.close()
    before = threading.active_count()
    thread = LabThread(lab, speed=speed)
    thread.start()
    while not any(isinstance(event, (ev.Ended, ev.Stuck)) for event in thread.drain()):
        thread.settle()
    thread.close()
    assert events[0] == events[1]
    assert threading.active_count() == before
