"""What must be seen in timeouts."""

from __future__ import annotations

import asyncio

import pytest

from qdash import events as ev
from tests.scenarios.watched import Watched


def test_both_timeouts_fire_within_a_quarter_minute() -> None:
    with Watched("timeouts").to(15) as it:
        assert it.all(ev.PutRefused, why="timeout")
        assert it.all(ev.GetRefused, why="timeout")


def test_a_timeout_fires_at_the_deadline_that_was_told() -> None:
    with Watched("timeouts").to(60) as it:
        puts, gets = it.all(ev.PutWaiting), it.all(ev.GetWaiting)
        assert all(event.deadline == pytest.approx(event.t + 1.0) for event in puts)
        assert all(event.deadline == pytest.approx(event.t + 2.0) for event in gets)
        told = {(e.worker, e.deadline) for e in puts} | {(e.worker, e.deadline) for e in gets}
        fired = {(e.worker, e.t) for e in it.all(ev.PutRefused)}
        fired |= {(e.worker, e.t) for e in it.all(ev.GetRefused)}
        assert fired
        assert fired <= told


def test_task_done_is_owed_only_for_what_was_got() -> None:
    with Watched("timeouts").to(60) as it:
        assert not it.all(ev.TaskDoneRefused)
        got, done = len(it.all(ev.Got)), len(it.all(ev.TaskDone))
        assert got - done == sum(worker.phase == "working" for worker in it.state.live("consumer"))


def test_an_item_given_up_never_comes_into_the_queue() -> None:
    with Watched("timeouts").to(60) as it:
        given_up = {event.item for event in it.all(ev.PutRefused)}
        assert given_up
        assert not given_up & {event.item for event in it.all(ev.Put)}
        assert len(it.all(ev.Noted)) == len(given_up)


def test_a_changed_timeout_holds_for_the_next_wait_and_off_is_none() -> None:
    with Watched("timeouts", get_timeout=None, produce_time=50.0, jitter="constant").to(10) as it:
        assert [event.deadline for event in it.all(ev.GetWaiting)] == [None, None]
        it.set(get_timeout=2.0)
        it.to(49)
        assert not it.all(ev.GetRefused)  # who waits already waits without
        it.set(get_timeout=0.5)
        it.to(60)
        waits = it.all(ev.GetWaiting)[2:]
        assert waits
        assert all(event.deadline == pytest.approx(event.t + 0.5) for event in waits)


@pytest.mark.parametrize("timeout", [0, -1])
async def test_at_zero_or_less_wait_for_gives_up_even_what_is_there(timeout: float) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    queue.put_nowait(1)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(queue.get(), timeout)
    assert queue.qsize() == 1
