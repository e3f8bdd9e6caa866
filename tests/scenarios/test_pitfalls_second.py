"""The facts of the last nine pitfalls, each asserted on what its programs do on this Python, and,
where the lessons say more than their programs show, on asyncio itself."""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from qdash import events as ev
from qdash.advice import check
from qdash.engine import Lab, LabLoop, QueueShutDown
from qdash.settings import complete
from tests.scenarios.watched import PLENTY, Watched


def ended(it: Watched) -> list[str]:
    return [event.how for event in it.all(ev.Ended)]


def spoken(it: Watched) -> set[str]:
    return {advice.rule for advice in check(it.state)}


def run(main: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=LabLoop) as runner:
        return runner.run(main())


# --- 10, maxsize=0 -----------------------------------------------------------------------------


def test_a_queue_of_size_zero_takes_all_that_comes() -> None:
    with Watched("maxsize-zero/broken").to(6.2) as it:
        assert it.state.queues["jobs"].size == 8
        assert not it.all(ev.PutWaiting)
    with Watched("maxsize-zero/fixed").to(30) as it:
        assert it.state.queues["jobs"].peak == 1
        assert it.all(ev.PutWaiting)
        assert ended(it) == ["finished"]


@pytest.mark.parametrize("maxsize", [0, -1])
def test_a_queue_without_a_size_is_never_full(maxsize: int) -> None:
    queue = asyncio.Queue[int](maxsize)
    for number in range(100):
        queue.put_nowait(number)
    assert not queue.full()


# --- 11, equal priorities ----------------------------------------------------------------------


def test_a_put_that_cannot_compare_leaves_its_entry_uncounted_and_an_error_for_later() -> None:
    with Watched("priority-ties/broken").to(5) as it:
        jobs = it.state.queues["jobs"]
        assert (jobs.size, jobs.unfinished, jobs.uncounted) == (3, 2, 1)
        it.to(30)
        assert it.all(ev.WorkerEnded, worker="C1")[0].error == (
            "ValueError: task_done() called too many times"
        )
    with Watched("priority-ties/fixed").to(30) as it:
        assert [event.item for event in it.all(ev.Got)] == [
            "(1, 2, {'do': 'alarm'})",
            "(1, 3, {'do': 'backup'})",
            "(2, 1, {'do': 'report'})",
        ]
        assert not spoken(it)


def test_each_try_to_put_what_cannot_be_compared_leaves_one_more() -> None:
    queue = asyncio.PriorityQueue[Any]()
    for entry in (2, {"do": "report"}), (1, {"do": "alarm"}):
        queue.put_nowait(entry)
    for size in 3, 4:
        with pytest.raises(TypeError):
            queue.put_nowait((1, {"do": "backup"}))
        assert queue.qsize() == size


def test_a_get_that_cannot_compare_drops_an_entry() -> None:
    queue = asyncio.PriorityQueue[Any]()
    for entry in (0, ""), (1, "a"), (1, 2.0), (2, ""):
        try:
            queue.put_nowait(entry)
        except TypeError:
            assert queue.qsize() == 3  # it stays, beside the two before it
    with pytest.raises(TypeError):
        queue.get_nowait()
    assert queue.qsize() == 3  # (0, "") was taken out, and is nowhere


# --- 12, last in, first out --------------------------------------------------------------------


def test_the_oldest_is_served_last_of_all() -> None:
    with Watched("lifo-starvation/broken").to(13) as it:
        assert list(it.state.queues["jobs"].slots)[:3] == [1, 2, 3]
        assert "starvation" in spoken(it)
        it.to(30)
        assert [event.item for event in it.all(ev.Got)][-4:] == [30, 3, 2, 1]
    with Watched("lifo-starvation/fixed").to(30) as it:
        assert [event.item for event in it.all(ev.Got)] == list(range(1, 31))


# --- 13, no resize -----------------------------------------------------------------------------


def test_a_size_set_by_its_private_name_wakes_nobody_and_resize_one_for_each_slot() -> None:
    with Watched("no-resize/broken").to(8.5) as it:
        jobs = it.state.queues["jobs"]
        assert (jobs.size, jobs.maxsize, len(jobs.putters)) == (2, 5, 3)
        it.to(9.5)
        assert len(jobs.putters) == 2  # one for each item that is taken
    with Watched("no-resize/fixed").to(8.5) as it:
        jobs = it.state.queues["jobs"]
        assert (jobs.size, jobs.maxsize, len(jobs.putters)) == (5, 5, 0)


def test_asyncio_has_no_way_to_resize() -> None:
    queue = asyncio.Queue[int](2)
    with pytest.raises(AttributeError):
        queue.maxsize = 5  # type: ignore[misc]
    assert not hasattr(queue, "resize")


# --- 14, shutdown() ----------------------------------------------------------------------------


def test_a_shutdown_turns_away_who_puts_and_lets_get_what_is_there() -> None:
    with Watched("shutdown-drains/broken").to(30) as it:
        refused = it.all(ev.PutRefused, why="shutdown")
        assert [(event.t, event.item) for event in refused] == [(5, 7), (5, 8)]
        assert [event.item for event in it.all(ev.Got) if event.t > 5] == [4, 5, 6]
        assert it.all(ev.Joined)[0].t == it.all(ev.TaskDone)[-1].t
        assert not it.all(ev.Noted)
    with Watched("shutdown-drains/fixed").to(30) as it:
        assert [event.text for event in it.all(ev.Noted)] == ["8 done in all"]


def test_only_python_3_13_has_a_shutdown_of_its_own() -> None:
    assert hasattr(asyncio.Queue, "shutdown") == (sys.version_info >= (3, 13))


@pytest.mark.skipif(sys.version_info < (3, 13), reason="asyncio has it from Python 3.13 on")
def test_asyncios_own_shutdown_turns_a_woken_putter_away_though_a_slot_is_free() -> None:
    async def main() -> None:
        queue = asyncio.Queue[int](1)
        queue.put_nowait(1)
        putter = asyncio.create_task(queue.put(2))
        await asyncio.sleep(1)
        queue.get_nowait()  # wakes it
        queue.shutdown()
        with pytest.raises(QueueShutDown):
            await putter
        assert queue.empty()

    run(main)


# --- 15, shutdown(immediate=True) --------------------------------------------------------------


def test_an_immediate_shutdown_counts_what_it_throws_away_and_nothing_in_hand() -> None:
    with Watched("shutdown-immediate/broken").to(30) as it:
        jobs = it.state.queues["jobs"]
        assert (jobs.dropped, jobs.size, jobs.unfinished) == (5, 0, 2)
        assert it.all(ev.Stuck)
        assert "join-never-finishes" in spoken(it)
    with Watched("shutdown-immediate/fixed").to(30) as it:
        jobs = it.state.queues["jobs"]
        assert (jobs.dropped, jobs.unfinished) == (5, 0)
        assert it.all(ev.Joined)[0].t == 8.7
        assert ended(it) == ["finished"]


# --- 16, not thread-safe -----------------------------------------------------------------------


def test_what_a_thread_puts_waits_until_the_loop_wakes_for_something_else() -> None:
    with Watched("not-thread-safe/broken").to(30) as it:
        assert [event.t for event in it.all(ev.Put)] == [2, 4, 6, 8, 10]
        assert [event.t for event in it.all(ev.Got)] == [5, 5.8, 6.6]
        assert it.all(ev.Stuck)
        assert it.state.queues["readings"].size == 2
    with Watched("not-thread-safe/fixed").to(30) as it:
        assert [event.t for event in it.all(ev.Got)] == [2, 4, 6, 8, 10]
        assert ended(it) == ["finished"]


def test_in_debug_mode_asyncio_refuses_a_put_from_another_thread() -> None:
    async def main() -> str:
        queue = asyncio.Queue[int]()
        getter = asyncio.create_task(queue.get())
        await asyncio.sleep(0)
        said = ""

        def put() -> None:
            nonlocal said
            try:
                queue.put_nowait(1)
            except RuntimeError as error:
                said = str(error)

        thread = threading.Thread(target=put)
        thread.start()
        thread.join()
        getter.cancel()
        return said

    with asyncio.Runner(debug=True) as runner:  # the stock loop
        assert "Non-thread-safe operation" in runner.run(main())


# --- 17, one loop only -------------------------------------------------------------------------


def test_another_loop_may_get_until_it_has_to_wait() -> None:
    with Watched("one-loop-only/broken").to(30) as it:
        assert [event.item for event in it.all(ev.Got, worker="H1")] == [4, 5]
        (end,) = it.all(ev.WorkerEnded, worker="H1")
        assert end.error.startswith("RuntimeError: <ObservedQueue maxsize=8")
        assert end.error.endswith("is bound to a different event loop")
    with Watched("one-loop-only/fixed").to(30) as it:
        assert [event.item for event in it.all(ev.Got, worker="H1")] == [4, 5, 6, 7, 8]
        assert it.all(ev.Ended)[0].t == 8


def test_a_queue_is_bound_by_the_first_call_that_waits() -> None:
    queue = asyncio.Queue[int]()

    async def without_waiting() -> None:
        await queue.put(1)
        await queue.get()

    async def waiting() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await queue.get()

    run(without_waiting)
    run(without_waiting)
    run(waiting)
    run(without_waiting)
    with pytest.raises(RuntimeError, match="is bound to a different event loop"):
        run(waiting)


# --- 18, a circle of bounded queues ------------------------------------------------------------


def test_a_circle_of_bounded_queues_stops_and_goes_on_with_one_unbounded() -> None:
    with Watched("circular-wait/broken").to(30) as it:
        assert it.all(ev.Stuck)
        assert [it.state.workers[name].phase for name in ("F1", "P1")] == ["putting", "putting"]
        assert "circular-wait" in spoken(it)
    with Watched("circular-wait/fixed").to(30) as it:
        assert it.state.queues["links"].done == it.state.queues["pages"].done == 11
        assert ended(it) == ["finished"]


# --- all that has threads ----------------------------------------------------------------------


@pytest.mark.parametrize("slug", ["not-thread-safe", "one-loop-only"])
def test_no_thread_is_left_behind(slug: str) -> None:
    before = threading.active_count()
    for until in 1, 30:
        with Watched(f"{slug}/broken").to(until):
            pass
    assert threading.active_count() == before


def test_a_lab_can_be_made_again_while_its_thread_sleeps() -> None:
    async def main(lab: Lab) -> None:
        lab.thread(lambda lab: lab.sleep(5), name="T1")
        await asyncio.sleep(10)

    lab = Lab(main, complete({}, {}), seed=1)
    lab.start()
    lab.advance(2, PLENTY)
    fresh = lab.fresh()
    lab.close()
    fresh.start()
    fresh.advance(20, PLENTY)
    assert fresh.ended is not None
    assert fresh.ended.t == 10
    fresh.close()
