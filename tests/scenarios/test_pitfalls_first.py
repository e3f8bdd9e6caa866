"""The facts of the first nine pitfalls, each asserted on what its programs do on this Python."""

from __future__ import annotations

import asyncio
import gc
import sys

import pytest

from qdash import events as ev
from qdash.advice import check
from qdash.engine import Lab
from qdash.settings import complete
from tests.scenarios.watched import PLENTY, Watched

ON_311 = sys.version_info < (3, 12)


def ended(it: Watched) -> list[str]:
    return [event.how for event in it.all(ev.Ended)]


def spoken(it: Watched) -> set[str]:
    return {advice.rule for advice in check(it.state)}


def said(it: Watched) -> list[str]:
    return [event.text for event in it.all(ev.Noted)]


# --- 1, a missed task_done() -------------------------------------------------------------------


def test_a_missed_task_done_leaves_join_waiting_when_all_else_is_done() -> None:
    with Watched("missed-task-done/broken").to(30) as it:
        jobs = it.state.queues["jobs"]
        assert it.all(ev.Stuck)
        assert (jobs.put, jobs.got, jobs.done, jobs.unfinished) == (6, 6, 5, 1)
        assert list(jobs.joiners) == ["main"]
        assert "join-never-finishes" in spoken(it)
    with Watched("missed-task-done/fixed").to(30) as it:
        assert it.state.queues["jobs"].done == 6
        assert ended(it) == ["finished"]


# --- 2, a silent death -------------------------------------------------------------------------


def test_a_death_is_silent_while_a_list_holds_the_task() -> None:
    with Watched("silent-death/broken").to(30) as it:
        gc.collect()
        assert [event.worker for event in it.all(ev.WorkerEnded, how="failed")] == ["C1"]
        assert not it.all(ev.LoopError)
        assert it.all(ev.Stuck)
        assert it.state.workers["P1"].phase == "putting"
        assert "workers-dead" in spoken(it)


def test_a_task_group_tells_of_the_death_at_once() -> None:
    with Watched("silent-death/fixed").to(30) as it:
        death = it.all(ev.WorkerEnded, worker="C1")[0]
        assert it.all(ev.Cancelling, worker="P1", t=death.t)
        assert ended(it) == ["failed"]
        assert it.all(ev.Ended)[0].t == death.t
        assert "#3 cannot be read" in it.all(ev.Ended)[0].traceback


async def test_gather_raises_the_first_failure_where_it_is_awaited() -> None:
    async def fails() -> None:
        raise ValueError("heard")

    async def lasts() -> None:
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(lasts()), asyncio.create_task(fails())]
    with pytest.raises(ValueError, match="heard"):
        await asyncio.gather(*tasks)
    tasks[0].cancel()
    await asyncio.wait(tasks)


# --- 3, task_done() too often ------------------------------------------------------------------


@pytest.mark.parametrize(("which", "how"), [("broken", "failed"), ("fixed", "cancelled")])
def test_a_finally_around_get_raises_in_place_of_the_cancellation(which: str, how: str) -> None:
    with Watched(f"task-done-too-often/{which}").to(30) as it:
        endings = {
            event.worker: event for event in it.all(ev.WorkerEnded) if event.worker[0] == "C"
        }
        assert {event.how for event in endings.values()} == {how}
        too_often = "ValueError: task_done() called too many times"
        assert {event.error for event in endings.values()} == {too_often if how == "failed" else ""}


def test_a_task_done_too_many_takes_the_count_of_another_consumer() -> None:
    with Watched("task-done-too-often/broken").to(8.5) as it:  # C2 works, C1 waits in get()
        assert it.state.queues["jobs"].unfinished == 1
        it.inject("cancel", "C1")
        it.to(8.5)
        assert it.state.queues["jobs"].unfinished == 0
        assert it.all(ev.Joined, worker="main", t=8.5)  # though C2 is still at work
        assert it.state.workers["C2"].item == 4


# --- 4, a cancellation that meets a delivery ----------------------------------------------------


def test_a_cancellation_that_meets_a_delivery_loses_one_of_the_two() -> None:
    with Watched("cancel-meets-delivery/broken").to(30) as it:
        it.to(30)
        k1 = it.all(ev.WorkerEnded, worker="K1")[0]
        if ON_311:
            assert said(it) == ["4 kept, and K1 still runs"]
        else:
            assert said(it) == ["3 kept, and K1 is over"]
            assert k1.t == it.all(ev.Cancelling, worker="K1")[0].t
            assert "items-lost" in spoken(it)
    with Watched("cancel-meets-delivery/broken").to(5) as it:
        assert ("cancellation-swallowed" in spoken(it)) is ON_311
    with Watched("cancel-meets-delivery/fixed").to(30) as it:
        assert said(it) == ["4 kept, and K1 is over"]


# --- 5, a get() left behind ----------------------------------------------------------------------


def test_wait_leaves_its_getter_in_line_and_it_eats_what_comes() -> None:
    with Watched("wait-leaves-getter/broken").to(2.1) as it:
        assert len(it.state.queues["jobs"].getters) == 2
        assert "orphaned-getter" in spoken(it)
        it.to(30)
        assert said(it) == ["join() did not return"]
        assert it.state.queues["jobs"].got == 3
        assert it.state.queues["jobs"].unfinished == 3
    with Watched("wait-leaves-getter/fixed").to(2.1) as it:
        assert len(it.state.queues["jobs"].getters) == 1
        it.to(30)
        assert said(it) == ["handles #1", "handles #2", "handles #3"]
        assert it.state.queues["jobs"].unfinished == 0


# --- 6, cancelled at work ------------------------------------------------------------------------


def test_a_consumer_cancelled_at_work_loses_its_item() -> None:
    with Watched("cancel-while-working/broken").to(30) as it:
        jobs = it.state.queues["jobs"]
        assert it.all(ev.WorkerEnded, worker="C2", how="cancelled")
        assert [slot.item for _, slot in jobs.owed] == [2]
        assert [event.item for event in it.all(ev.Worked)] == [1, 3, 4, 5, 6]
        assert jobs.unfinished == 1
        assert it.all(ev.Stuck)
    with Watched("cancel-while-working/fixed").to(30) as it:
        assert it.all(ev.WorkerEnded, worker="C2", how="returned")
        assert sorted(event.item for event in it.all(ev.Worked)) == [1, 2, 3, 4, 5, 6]
        assert ended(it) == ["finished"]


def test_with_a_finally_the_item_is_lost_all_the_same() -> None:
    with Watched("missed-task-done/fixed").to(1) as it:  # there task_done() stands in a finally
        it.inject("cancel", "C1")
        it.to(30)
        assert ended(it) == ["finished"]
        assert 1 not in [event.item for event in it.all(ev.Worked)]


# --- 7, one sentinel ------------------------------------------------------------------------------


def test_one_sentinel_stops_one_of_three() -> None:
    with Watched("one-sentinel/broken").to(30) as it:
        assert [event.worker for event in it.all(ev.WorkerEnded, how="returned")] == ["P1", "C3"]
        assert it.all(ev.Stuck)
        assert it.live("consumer") == 2
    with Watched("one-sentinel/fixed").to(30) as it:
        assert ended(it) == ["finished"]
        assert said(it) == ["all consumers have stopped; 0 left in the queue"]


def test_a_lifo_queue_serves_the_sentinels_first() -> None:
    with Watched("one-sentinel/fixed", discipline="lifo").to(30) as it:
        assert said(it) == ["all consumers have stopped; 2 left in the queue"]


def test_a_priority_queue_cannot_compare_a_sentinel() -> None:
    with Watched("one-sentinel/fixed", discipline="priority").to(30) as it:
        assert ended(it) == ["failed"]
        assert it.all(ev.Ended)[0].error.startswith("TypeError: '<' not supported")


def test_a_sentinel_that_is_not_marked_done_leaves_join_waiting() -> None:
    async def main(lab: Lab) -> None:
        jobs = lab.queue("jobs")

        async def consumer() -> None:
            while await jobs.get() is not None:
                jobs.task_done()

        await jobs.put(None)
        await asyncio.wait([asyncio.create_task(consumer(), name="C1")])
        await jobs.join()

    lab = Lab(main, complete({}, {}), seed=7)
    lab.start()
    lab.advance(10, PLENTY)
    assert lab.ended is None
    assert lab.queues["jobs"].unfinished == 1
    lab.close()


# --- 8, barging -----------------------------------------------------------------------------------


def test_a_woken_putter_that_finds_its_slot_taken_goes_to_the_back() -> None:
    with Watched("barging/broken").to(5) as it:
        assert [event.worker for event in it.all(ev.Barged)] == ["P2"]
        assert [waiter.worker for waiter in it.state.queues["jobs"].putters] == ["P3", "P2"]
        assert "barged-put" in spoken(it)
        it.to(30)
        assert [event.item for event in it.all(ev.Put)] == [1, 1, 3, 2]
    with Watched("barging/fixed").to(30) as it:
        assert [event.worker for event in it.all(ev.Barged)] == ["P2"]
        assert [event.item for event in it.all(ev.Put)] == [1, 1, 2, 3]


# --- 9, a put() that is not counted ---------------------------------------------------------------


def test_join_returns_while_a_producer_is_still_in_put() -> None:
    with Watched("blocked-put-uncounted/broken").to(30) as it:
        joined = it.all(ev.Joined)[0]
        assert it.all(ev.PutWaiting, worker="P1", item=2)
        assert it.all(ev.TaskDone, t=joined.t)
        assert said(it) == ["keeps #1", "all is done; 1 left in the queue"]
        assert [event.worker for event in it.all(ev.WorkerEnded, how="cancelled")] == ["P1", "K1"]
    with Watched("blocked-put-uncounted/fixed").to(30) as it:
        assert said(it)[-2:] == ["keeps #5", "all is done; 0 left in the queue"]


async def test_join_returns_at_once_before_the_first_put() -> None:
    async with asyncio.timeout(0):
        await asyncio.Queue[int]().join()
