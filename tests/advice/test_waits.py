"""Rules about waiting: when each fires, what near it does not, and how it clears."""
# ruff: noqa: RUF006, ASYNC110 - the lab holds the tasks of its workers, and time is virtual

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from qdash import events as ev
from qdash.engine import Lab
from tests.advice.watched import Watched

# --- stuck ------------------------------------------------------------------------------------


def test_stuck_says_who_waits_where() -> None:
    lab = Watched(producers=1, consumers=0, items=2).run(60.0)
    assert lab.says()["stuck"] == "nothing is ready and no timer is set; there wait main in join()"
    lab.set("consumers", 1)
    assert "stuck" not in lab.says()


def test_a_lab_in_which_a_timer_is_set_is_not_stuck() -> None:
    lab = Watched("timeouts", producers=1, consumers=1, items=1).run(3.0)
    assert lab.state.workers["C1"].phase != "putting"
    assert "stuck" not in lab.says()


# --- circular-wait ----------------------------------------------------------------------------


async def worker_a(lab: Lab, mine: Any, other: Any) -> None:
    while True:
        for _ in range(lab.settings["producers"]):
            await other.put("x")
        for _ in range(lab.settings["producers"]):
            await mine.get()
            mine.task_done()
        await asyncio.sleep(1)


async def worker_b(lab: Lab, mine: Any, other: Any) -> None:
    await worker_a(lab, mine, other)


async def exchange(lab: Lab) -> None:
    """Two workers that put three and get three; queues of ``maxsize`` between them."""
    left, right = lab.queue("left"), lab.queue("right")
    asyncio.create_task(worker_a(lab, left, right), name="A1")
    asyncio.create_task(worker_b(lab, right, left), name="B1")
    while True:
        await asyncio.sleep(1)


EXCHANGE = (("worker_a", "@right", "worker_b"), ("worker_b", "@left", "worker_a"))


def test_a_circle_of_full_queues_is_named() -> None:
    lab = Watched(exchange, layout=EXCHANGE, producers=3, maxsize=2).run(1.0)
    assert lab.says()["circular-wait"] == (
        "A1 in put() for room in right (2/2), which is up to B1; "
        "B1 in put() for room in left (2/2), which is up to A1"
    )


def test_no_circle_where_there_is_room_for_all() -> None:
    lab = Watched(exchange, layout=EXCHANGE, producers=3, maxsize=3).run(10.0)
    assert "circular-wait" not in lab.says()
    lab = Watched(consumers=0).run(30.0)  # all are blocked, in no circle
    assert "circular-wait" not in lab.says()


def test_a_circle_is_gone_when_there_is_room() -> None:
    lab = Watched(exchange, layout=EXCHANGE, producers=3, maxsize=2).run(1.0)
    assert "circular-wait" in lab.says()
    lab.set("maxsize", 3).run(0.5)
    assert "circular-wait" not in lab.says()
    lab.set("producers", 4).run(2.0)
    assert "circular-wait" in lab.says()


def test_a_timeout_or_another_who_helps_breaks_a_circle() -> None:
    async def patient(lab: Lab, mine: Any, other: Any) -> None:
        while True:
            try:
                await asyncio.wait_for(other.put("x"), 50.0)
            except TimeoutError:
                await mine.get()

    async def main(lab: Lab) -> None:
        left, right = lab.queue("left"), lab.queue("right")
        asyncio.create_task(patient(lab, left, right), name="A1")
        asyncio.create_task(patient(lab, right, left), name="B1")
        await asyncio.sleep(1e6)

    layout = (("patient", "@right", "patient"), ("patient", "@left", "patient"))
    lab = Watched(main, layout=layout, maxsize=2).run(10.0)
    assert {w.phase for w in lab.state.live() if w.role == "patient"} == {"putting"}
    assert "circular-wait" not in lab.says()


def test_one_who_puts_into_the_full_queue_that_only_it_reads_is_a_circle_of_one() -> None:
    async def again(lab: Lab, queue: Any) -> None:
        while True:
            item = await queue.get()
            await queue.put(item)
            await queue.put(item)

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs", maxsize=1)
        await queue.put("x")
        asyncio.create_task(again(lab, queue), name="C1")
        await asyncio.sleep(1e6)

    lab = Watched(main).run(1.0)
    assert lab.says()["circular-wait"] == ("C1 in put() for room in jobs (1/1), which is up to C1")


# --- workers-dead -----------------------------------------------------------------------------


def test_workers_dead_names_who_failed_where_and_what_waits() -> None:
    lab = Watched(jitter="constant", consumers=1, producers=1, consume_time=5.0).run(3.5)
    assert "workers-dead" not in lab.says()
    lab.inject("fail", "C1")
    line = next(
        n for n, text in enumerate(lab.lab.header.source.splitlines(), 1) if "lab.work" in text
    )
    assert lab.says()["workers-dead"] == (
        f"no consumer is alive (C1 (line {line}): InjectedError: raised in C1 by hand), "
        "with 2 things in jobs"
    )
    lab.set("consumers", 2)
    assert "no consumer" not in lab.says().get("workers-dead", "")
    lab.run(1.0)


def test_a_crew_set_to_nobody_is_told_when_something_waits_for_it() -> None:
    lab = Watched(consumers=0)
    assert "workers-dead" not in lab.says()
    lab.run(3.0)
    assert lab.says()["workers-dead"].startswith("no consumer is alive, with")


def test_consumers_are_not_dead_when_the_program_is_over() -> None:
    lab = Watched(items=5).run(100.0)
    assert lab.state.ended is not None
    assert lab.says() == {}


def test_one_that_failed_is_told_until_it_is_started_again() -> None:
    lab = Watched(jitter="constant", consume_time=5.0).run(3.5)
    lab.inject("fail", "C2")
    said = lab.says()["workers-dead"]
    assert re.match(r"C2 \(line \d+\) failed and was not started again \(InjectedError: ", said)
    assert said.endswith(" things in jobs")
    lab.set("consumers", 4)
    assert "workers-dead" not in lab.says()


def test_a_failed_worker_that_is_started_again_at_once_is_not_dead() -> None:
    lab = Watched(jitter="constant", consume_time=5.0, supervise=True).run(3.5)
    assert "workers-dead" not in lab.inject("fail", "C2").says()


def test_tasks_that_a_dispatcher_makes_are_not_dead_while_it_can_make_more() -> None:
    lab = Watched("dynamic-tasks", consumers=3, producers=1).run(5.0)
    jobs = [w.name for w in lab.state.live("job")] or ["J1"]
    lab.inject("fail", jobs[0])
    for _ in range(20):
        assert "workers-dead" not in lab.run(0.1).says()


def test_failed_producers_are_told_of_where_somebody_waits_for_them() -> None:
    lab = Watched(producers=1, consumers=1, consume_time=0.1).run(1.0)
    lab.inject("fail", "P1").run(10.0)
    assert lab.says()["workers-dead"].startswith("no producer is alive (P1 (line ")
    assert lab.says()["workers-dead"].endswith("with 1 worker waiting in get() on jobs")


# --- barged-put -------------------------------------------------------------------------------


@pytest.mark.parametrize("nowait", [True, False])
def test_a_putter_that_found_its_slot_taken_is_told_until_it_has_put(nowait: bool) -> None:
    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs", maxsize=1)
        await queue.put("first")
        patient = asyncio.create_task(queue.put("second"), name="P1")
        await asyncio.sleep(1)
        queue.get_nowait()  # wakes P1, which has yet to run
        if nowait:
            queue.put_nowait("quick")
        await asyncio.sleep(1)
        if nowait:
            queue.get_nowait()
        await asyncio.wait([patient])
        await asyncio.sleep(1)

    lab = Watched(main).run(1.5)
    told = lab.says().get("barged-put")
    assert told == (
        "P1 was woken for a slot of jobs, found it taken, and stands first in line"
        if nowait
        else None
    )
    lab.run(1.0)
    assert "barged-put" not in lab.says()


def test_a_putter_may_be_barged_without_end() -> None:
    lab = Watched(jitter="constant", producers=6).run(100.0)
    assert " was woken for a slot of jobs, found it taken " in lab.says()["barged-put"]
    assert "times by now" in lab.says()["barged-put"]


def test_putters_under_a_lock_are_not_barged() -> None:
    async def producer(lab: Lab, queue: Any, lock: asyncio.Lock) -> None:
        async for item in lab.items():
            async with lock:
                await queue.put(item)

    async def consumer(lab: Lab, queue: Any) -> None:
        while True:
            await lab.work(await queue.get())
            queue.task_done()

    async def main(lab: Lab) -> None:
        queue, lock = lab.queue("jobs"), asyncio.Lock()
        lab.crew("producers", producer, queue, lock)
        lab.crew("consumers", consumer, queue)
        await asyncio.sleep(1e6)

    lab = Watched(main, jitter="constant", producers=6, consume_time=1.0)
    told: list[ev.Event] = []
    lab.lab.add_sink(told.append)
    lab.run(100.0)
    assert lab.state.queues["jobs"].put > 100
    assert not [event for event in told if isinstance(event, ev.Barged)]


# --- over-capacity ----------------------------------------------------------------------------


def test_over_capacity_until_it_is_drained() -> None:
    lab = Watched(jitter="constant", consumers=0, producers=3).run(4.0)
    assert "over-capacity" not in lab.says()
    lab.set("maxsize", 2)
    assert lab.says()["over-capacity"] == "jobs holds 5 with a maxsize of 2: 3 too many"
    lab.set("consumers", 5).run(1.0)
    assert "over-capacity" not in lab.says()
