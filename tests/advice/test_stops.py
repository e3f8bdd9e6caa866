"""Rules about stopping: when each fires, what near it does not, and how it clears."""
# ruff: noqa: RUF006, ASYNC110 - the lab holds the tasks of its workers, and time is virtual

from __future__ import annotations

import asyncio
import sys
from typing import Any

import pytest

from qdash import events as ev
from qdash.engine import Lab
from tests.advice.watched import Program, Watched, evidence, fold

# --- sentinel-stuck ---------------------------------------------------------------------------


def stopped(wait: float) -> Program:
    """One consumer, which fails at its first item; a stop signal is put ``wait`` seconds later."""

    async def consumer(lab: Lab, queue: Any) -> None:
        await queue.get()
        await asyncio.sleep(5)
        raise RuntimeError("no")

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs", maxsize=2)
        task = asyncio.create_task(consumer(lab, queue), name="C1")
        for n in range(3):
            await queue.put(n)
        await asyncio.sleep(wait)
        await queue.put(None)
        await asyncio.wait([task])

    return main


def test_a_sentinel_before_a_full_queue_that_nobody_reads() -> None:
    lab = Watched(stopped(6.0)).run(10.0)
    assert lab.says()["sentinel-stuck"] == (
        "main is blocked in put() of a stop signal: jobs is full (2/2) and no worker alive takes "
        "from it"
    )
    lab.inject("drain").run(1.0)
    assert "sentinel-stuck" not in lab.says()


def test_a_sentinel_that_only_waits_its_turn_is_not_stuck() -> None:
    lab = Watched(stopped(1.0)).run(2.0)
    assert lab.state.workers["main"].phase == "putting"
    assert "sentinel-stuck" not in lab.says()


# --- too-few-sentinels ------------------------------------------------------------------------


def test_too_few_sentinels_only_when_nobody_can_send_more() -> None:
    consumers = [ev.WorkerStarted(0.0, f"C{n}", "consumer", "main") for n in (1, 2, 3)]
    state = fold(
        ev.WorkerStarted(0.0, "P1", "producer", "main"), *consumers,
        ev.Put(1.0, "you1", "jobs", 1, "stop", "stop"),
        ev.Making(2.0, "P1", 4, 1.0),
    )  # fmt: skip
    assert not evidence(state, "too-few-sentinels")
    state.apply(ev.WorkerEnded(3.0, "P1", "returned"))
    assert evidence(state, "too-few-sentinels") == [
        "1 stop signal in jobs for 3 consumers, C1, C2 and C3: 2 will not stop"
    ]
    state.apply(ev.PutWaiting(4.0, "main", "jobs", "stop", "stop"))
    assert not evidence(state, "too-few-sentinels")


LAYOUT = (("producer", "@jobs", "consumer"),)


def sentinels(count: int) -> Program:
    """Three consumers that work 5 s an item, and so many stop signals."""

    async def producer(lab: Lab, queue: Any) -> None:
        for n in range(3):
            await queue.put(n)

    async def consumer(lab: Lab, queue: Any) -> None:
        while await queue.get() is not None:
            await asyncio.sleep(5)

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs", maxsize=0)
        consumers = [asyncio.create_task(consumer(lab, queue), name=f"C{n}") for n in (1, 2, 3)]
        await asyncio.create_task(producer(lab, queue), name="P1")
        await asyncio.sleep(1)
        for _ in range(count):
            await queue.put(None)
        await asyncio.wait(consumers)

    return main


@pytest.mark.parametrize(("count", "fires"), [(2, True), (3, False)])
def test_one_sentinel_for_each_consumer(count: int, fires: bool) -> None:
    lab = Watched(sentinels(count), layout=LAYOUT, lines=True).run(3.0)
    assert ("too-few-sentinels" in lab.says()) is fires


def test_without_a_screen_it_is_known_at_the_end_that_no_more_are_put() -> None:
    lab = Watched(sentinels(2), layout=LAYOUT).run(3.0)
    lab.state.place(lab.lab.lines())
    assert "too-few-sentinels" in lab.says()


def test_too_few_are_enough_when_more_are_sent() -> None:
    lab = Watched(sentinels(2), layout=LAYOUT, lines=True).run(3.0)
    assert "too-few-sentinels" in lab.says()
    lab.inject("stop", "jobs")
    assert "too-few-sentinels" not in lab.says()


# --- cancellation-swallowed -------------------------------------------------------------------


def cancelled(swallows: bool) -> Program:
    """A worker is cancelled by main at 2.5 s, and again at 6 s."""

    async def stubborn(lab: Lab, queue: Any) -> None:
        once = swallows
        while True:
            item = await queue.get()
            try:
                await lab.work(item)
            except asyncio.CancelledError:
                if not once:
                    await asyncio.sleep(1)  # to clean up takes a while
                    raise
                once = False
            queue.task_done()

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs", maxsize=0)
        for n in range(9):
            await queue.put(n)
        task = asyncio.create_task(stubborn(lab, queue), name="C1")
        await asyncio.sleep(2.5)
        task.cancel()
        await asyncio.sleep(3.5)
        task.cancel()
        await asyncio.sleep(1e6)

    return main


def test_a_worker_that_goes_on_after_its_cancellation_until_it_ends() -> None:
    lab = Watched(cancelled(swallows=True), jitter="constant", consume_time=1.0).run(2.4)
    assert lab.says() == {}
    lab.run(0.6)
    assert lab.says()["cancellation-swallowed"] == (
        "main called cancel() on C1 at 2.50 s, and it goes on: C1 works"
    )
    lab.run(5.0)
    assert "cancellation-swallowed" not in lab.says()


def test_a_worker_that_takes_its_time_to_end_has_swallowed_nothing() -> None:
    lab = Watched(cancelled(swallows=False), jitter="constant", consume_time=1.0).run(3.0)
    assert lab.state.workers["C1"].alive
    assert "cancellation-swallowed" not in lab.says()


def meeting(wait_for: bool) -> Program:
    """A cancellation meets the delivery of an item, in a get() with a timeout around it."""

    async def limited(queue: Any) -> Any:
        if wait_for:
            return await asyncio.wait_for(queue.get(), 5.0)
        async with asyncio.timeout(5.0):
            return await queue.get()

    async def consumer(lab: Lab, queue: Any) -> None:
        while True:
            await lab.work(await limited(queue))
            queue.task_done()

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs")
        task = asyncio.create_task(consumer(lab, queue), name="C1")
        await asyncio.sleep(1)
        queue.put_nowait(1)
        task.cancel()
        await asyncio.sleep(1e6)

    return main


def test_wait_for_swallows_a_cancellation_that_meets_a_delivery_on_311_alone() -> None:
    lab = Watched(meeting(wait_for=True)).run(3.0)
    assert ("cancellation-swallowed" in lab.says()) is (sys.version_info < (3, 12))


def test_a_timeout_block_swallows_no_cancellation() -> None:
    lab = Watched(meeting(wait_for=False)).run(3.0)
    assert lab.state.workers["C1"].how == "cancelled"
    assert "cancellation-swallowed" not in lab.says()


def test_workers_too_many_in_a_crew_are_cancelled_and_swallow_nothing() -> None:
    lab = Watched().run(5.0).set("consumers", 1).run(5.0)
    assert "cancellation-swallowed" not in lab.says()


# --- orphaned-getter --------------------------------------------------------------------------


def polling(cancels: bool) -> Program:
    """A consumer that polls with asyncio.wait(); items come at 2.5 s and 3.5 s."""

    async def consumer(lab: Lab, queue: Any) -> None:
        while True:
            getter = asyncio.create_task(queue.get())
            done, pending = await asyncio.wait({getter}, timeout=1.0)
            if not done:
                for task in pending if cancels else ():
                    task.cancel()
                continue
            await lab.work(getter.result())
            queue.task_done()

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs")
        task = asyncio.create_task(consumer(lab, queue), name="C1")
        await asyncio.sleep(2.5)
        for n in range(1, 4):
            await queue.put(n)
        await queue.join()
        task.cancel()

    return main


def test_a_get_left_behind_by_asyncio_wait_is_told_until_it_has_eaten_an_item() -> None:
    lab = Watched(polling(cancels=False)).run(0.9)
    assert lab.says() == {}
    lab.run(0.6)
    assert lab.says()["orphaned-getter"] == (
        "a get() of C1 stands first in the line of jobs since 0.00 s, though C1 has begun "
        "another get()"
    )
    assert len(lab.state.queues["jobs"].getters) == 2
    lab.run(1.5)
    assert "orphaned-getter" not in lab.says()
    assert lab.says()["items-lost"] == (
        "got from jobs and never done: #1 got by C1 (orphaned get()) and "
        "#2 got by C1 (orphaned get())"
    )
    assert lab.state.workers["C1"].phase == "working"
    lab.run(5.0)
    assert "join-never-finishes" in lab.says()
    assert lab.state.queues["jobs"].astray == 0


def test_a_get_that_is_cancelled_after_asyncio_wait_leaves_nothing_behind() -> None:
    lab = Watched(polling(cancels=True))
    for _ in range(20):
        assert lab.run(0.25).says() == {}
    assert lab.state.ended is not None


def test_a_get_whose_worker_is_over_is_orphaned() -> None:
    async def consumer(queue: Any) -> None:
        await asyncio.wait({asyncio.create_task(queue.get())}, timeout=1.0)

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs")
        asyncio.create_task(consumer(queue), name="C1")
        await asyncio.sleep(5)
        await queue.put(1)
        await asyncio.sleep(5)

    lab = Watched(main).run(3.0)
    assert "orphaned-getter" in lab.says()
    lab.run(3.0)
    assert "orphaned-getter" not in lab.says()
    assert lab.says()["items-lost"] == "got from jobs and never done: #1 got by C1 (returned)"


def test_a_get_begun_ahead_is_not_lost_once_its_item_is_worked_on() -> None:
    async def consumer(lab: Lab, queue: Any) -> None:
        ahead = asyncio.create_task(queue.get())
        while True:
            item = await ahead
            ahead = asyncio.create_task(queue.get())
            await asyncio.sleep(0)
            await lab.work(item)
            queue.task_done()

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs")
        asyncio.create_task(consumer(lab, queue), name="C1")
        for n in range(6):
            await asyncio.sleep(0.4)
            await queue.put(n)
        await queue.join()

    lab = Watched(main, jitter="constant", consume_time=1.0)
    lost = [bool("items-lost" in lab.run(0.25).says()) for _ in range(40)]
    assert any(lost)  # as long as nobody has looked into the task that got it
    assert lab.state.ended is not None
    assert lab.says() == {}


# --- timeout-too-short ------------------------------------------------------------------------


def limited(seconds: float) -> Program:
    """A consumer that gives its work on each item so many seconds."""

    async def main(lab: Lab) -> None:
        async def consumer(queue: Any) -> None:
            while True:
                item = await queue.get()
                try:
                    await asyncio.wait_for(lab.work(item), seconds)
                except TimeoutError:
                    lab.say("gave up")
                queue.task_done()

        queue = lab.queue("jobs", maxsize=0)
        for n in range(50):
            queue.put_nowait(n)
        asyncio.create_task(consumer(queue), name="C1")
        await asyncio.sleep(1e6)

    return main


def test_a_timeout_shorter_than_the_work_until_the_work_is_short_enough() -> None:
    lab = Watched(limited(1.0), jitter="constant", consume_time=1.5).run(1.2)
    assert lab.says()["timeout-too-short"] == (
        "C1 works 1.5 s on #1, and the timeout around it comes 0.5 s before it is done"
    )
    lab.set("consume_time", 0.5).run(1.0)
    assert "timeout-too-short" not in lab.says()


def test_a_timeout_longer_than_the_work_is_well() -> None:
    lab = Watched(limited(2.0), jitter="constant", consume_time=1.5).run(1.2)
    assert lab.state.workers["C1"].deadline == 2.0
    assert "timeout-too-short" not in lab.says()


def test_puts_that_give_up_more_than_two_times_in_three() -> None:
    lab = Watched("timeouts", jitter="constant", put_timeout=0.1, consume_time=20.0).run(3.0)
    assert "timeout-too-short" not in lab.says()
    lab.run(30.0)
    said = lab.says()["timeout-too-short"]
    assert " puts into jobs gave up in the last 2" in said
    assert "a slot comes free every " in said
    lab.set("consume_time", 0.5).run(60.0)
    assert "timeout-too-short" not in lab.says()
