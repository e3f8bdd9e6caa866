"""Rules about what is counted: when each fires, what near it does not, and how it clears."""

from __future__ import annotations

import asyncio
from typing import Any

from qdash import events as ev
from qdash.engine import Lab
from tests.advice.watched import Program, Watched, evidence, fold

# --- join-never-finishes ----------------------------------------------------------------------


def test_join_never_finishes_after_a_forgotten_task_done() -> None:
    lab = Watched(jitter="constant", consumers=1, items=3, producers=1).run(1.5)
    lab.inject("forget")
    assert "join-never-finishes" not in lab.says()
    lab.run(20.0)
    assert lab.says()["join-never-finishes"] == (
        "main waits in join() on jobs, but of 1 unfinished nobody will mark 1 done: "
        "#1 got by C1 (forgotten)"
    )
    lab.inject("extra-done")  # asyncio counts calls, not items
    assert "join-never-finishes" not in lab.says()


def test_it_tells_the_line_on_which_the_join_waits() -> None:
    lab = Watched(jitter="constant", consumers=1, items=3, producers=1, lines=True).run(1.5)
    lab.inject("forget").run(20.0)
    line = lab.state.workers["main"].line
    assert "join()" in lab.lab.header.source.splitlines()[line - 1]
    assert lab.says()["join-never-finishes"].startswith(f"main (line {line}) waits in join()")


def test_a_join_that_is_only_slow_is_left_alone() -> None:
    lab = Watched(jitter="constant", consumers=1, items=3, producers=1, consume_time=50.0)
    lab.run(20.0)
    assert lab.state.queues["jobs"].joiners
    assert lab.says() == {}


def test_join_may_finish_while_a_child_can_still_mark_done() -> None:
    state = fold(
        ev.WorkerStarted(0.0, "D1", "dispatcher", "main"),
        ev.Put(1.0, "P1", "jobs", 1, 1), ev.Got(1.0, "D1", "jobs", 1, 1),
        ev.WorkerStarted(1.0, "J1", "job", "D1"),
        ev.JoinWaiting(1.0, "main", "jobs", 1),
        ev.WorkerEnded(2.0, "D1", "returned"),
    )  # fmt: skip
    assert not evidence(state, "join-never-finishes")
    state.apply(ev.WorkerEnded(3.0, "J1", "returned"))
    assert evidence(state, "join-never-finishes")


def careless(batch: int) -> Program:
    """A consumer that marks items done only when it has so many."""

    async def consumer(lab: Lab, queue: Any) -> None:
        while True:
            for _ in range(batch):
                await queue.get()
            for _ in range(batch):
                queue.task_done()

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs", maxsize=0)
        task = asyncio.create_task(consumer(lab, queue), name="C1")
        for n in range(1, 7):
            await queue.put(n)
            await asyncio.sleep(1)
        await queue.join()
        task.cancel()

    return main


def test_who_waits_for_more_with_items_in_hand_owes_them() -> None:
    lab = Watched(careless(4)).run(5.5)
    assert lab.says() == {}
    lab.run(5.0)
    assert lab.says()["join-never-finishes"] == (
        "main waits in join() on jobs, but of 2 unfinished nobody will mark 2 done: "
        "#5 and #6 in the hands of C1, waiting in get() for more"
    )
    lab.inject("burst", "jobs", 2).run(1.0)
    assert lab.state.ended is not None
    assert lab.says() == {}


def test_whoever_marks_done_in_batches_that_come_out_even_owes_nothing() -> None:
    lab = Watched(careless(3)).run(20.0)
    assert lab.state.ended is not None


# --- items-lost -------------------------------------------------------------------------------


def test_items_lost_say_in_whose_hands_and_why() -> None:
    state = fold(
        ev.WorkerStarted(0.0, "C2", "consumer", "main"),
        ev.Put(1.0, "P1", "jobs", 1, 12), ev.Got(1.0, "C2", "jobs", 1, 12),
    )  # fmt: skip
    assert not evidence(state, "items-lost")
    state.apply(ev.WorkerEnded(2.0, "C2", "cancelled"))
    assert evidence(state, "items-lost") == [
        "got from jobs and never done: #12 got by C2 (cancelled)"
    ]


def test_what_was_lost_is_told_until_somebody_marks_it_done() -> None:
    state = fold(
        ev.Put(1.0, "P1", "jobs", 1, 12), ev.Got(1.0, "C2", "jobs", 1, 12),
        ev.WorkerStarted(0.0, "C3", "consumer", "main"),
        ev.WorkerStarted(0.0, "C2", "consumer", "C3"),
        ev.Put(1.0, "P1", "jobs", 2, 13), ev.Got(1.0, "C3", "jobs", 2, 13),
        ev.WorkerEnded(2.0, "C2", "cancelled"),
    )  # fmt: skip
    assert not evidence(state, "items-lost")  # C3 lives, and has it in hand
    state.apply(ev.WorkerEnded(3.0, "C3", "cancelled"))
    assert evidence(state, "items-lost")


def test_work_broken_off_is_lost_although_it_was_marked_done() -> None:
    lab = Watched(jitter="constant", consume_time=5.0).run(3.0)
    lab.inject("cancel", "C1")
    assert lab.says()["items-lost"] == (
        "1 thing from jobs marked done by a finally, though the work was broken off"
    )


# --- counts-do-not-add-up ---------------------------------------------------------------------


def test_counts_are_explained_when_they_differ() -> None:
    lab = Watched(jitter="constant", consume_time=5.0).run(3.0)
    assert "counts-do-not-add-up" not in lab.says()
    lab.inject("shutdown-now")
    jobs = lab.state.queues["jobs"]
    assert jobs.dropped
    assert evidence(lab.state, "counts-do-not-add-up") == [
        f"jobs: {jobs.put} put = {jobs.got} got + 0 in it + {jobs.dropped} thrown out",
        f"jobs: {jobs.unfinished} unfinished = {jobs.put} put - {jobs.done} done - "
        f"{jobs.dropped} thrown out, which counts as done",
    ]


def test_a_plain_shutdown_throws_nothing_away() -> None:
    lab = Watched(jitter="constant", consume_time=5.0).run(3.0)
    lab.inject("shutdown")
    assert "counts-do-not-add-up" not in lab.says()


def test_an_item_that_a_heap_kept_is_told_until_it_is_taken() -> None:
    state = fold(
        ev.Put(1.0, "P1", "jobs", 1, 1),
        ev.PutRefused(1.0, "P1", "jobs", 2, "error", error="TypeError", slot=2),
        ev.Got(2.0, "C1", "jobs", 1, 1),
    )  # fmt: skip
    assert evidence(state, "counts-do-not-add-up") == [
        "jobs: 1 put + 1 kept in the heap though their put failed = 1 got + 1 in it"
    ]
    state.apply(ev.GetRefused(3.0, "C1", "jobs", "error", "TypeError", 2))
    assert not evidence(state, "counts-do-not-add-up")


# --- task-done-too-often ----------------------------------------------------------------------


def test_task_done_too_often() -> None:
    lab = Watched(producers=0).run(1.0)
    lab.inject("extra-done")
    assert lab.says()["task-done-too-often"] == (
        "1 task_done() call on jobs raised ValueError: nothing was unfinished"
    )


def test_task_done_too_early_until_the_counts_meet_again() -> None:
    lab = Watched(jitter="constant", consume_time=5.0).run(2.0)
    assert "task-done-too-often" not in lab.says()
    lab.inject("extra-done")
    assert "join() returns too early" in lab.says()["task-done-too-often"]
    lab.inject("forget").run(10.0)  # one too many, and one left out
    assert "task-done-too-often" not in lab.says()


# --- join-too-early ---------------------------------------------------------------------------


def test_a_join_that_returns_while_a_producer_is_in_put() -> None:
    lab = Watched("blocked-put-uncounted/broken").run(1.9)
    assert "join-too-early" not in lab.says()
    assert lab.run(0.2).says()["join-too-early"] == (
        "join() on jobs let main go at 2.00 s, while P1 waited in put(): what is not in the queue "
        "yet is not counted"
    )


def test_a_join_is_not_too_early_after_the_producers_or_while_nobody_is_in_put() -> None:
    lab = Watched("blocked-put-uncounted/fixed", lines=True)
    for _ in range(120):
        assert "join-too-early" not in lab.run(0.1).says()
    begun = [
        ev.Put(0.0, "P1", "jobs", 1, 1),
        ev.Got(1.0, "C1", "jobs", 1, 1),
        ev.JoinWaiting(1.0, "main", "jobs", 1),
    ]
    assert evidence(fold(*begun, ev.TaskDone(2.0, "C1", "jobs")), "join-too-early") == []
