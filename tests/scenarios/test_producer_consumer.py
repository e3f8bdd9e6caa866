"""What must be seen in producer-consumer."""

from __future__ import annotations

from qdash import events as ev
from tests.scenarios.watched import Watched


def test_slots_fill_and_producers_are_blocked_in_the_order_in_which_they_came() -> None:
    with Watched("producer-consumer", consume_time=4.0).to(15) as it:
        queue = it.state.queues["jobs"]
        assert queue.full
        assert [w.worker for w in queue.putters] == it.lab.queues["jobs"].waiting("put")
        waits = [event.worker for event in it.all(ev.PutWaiting)]
        woken = [event.worker for event in it.all(ev.Woken, op="put")]
        assert woken == waits[: len(woken)]
        assert len(waits) - len(woken) == len(queue.putters) > 0


def test_consumers_wait_for_what_is_not_there() -> None:
    with Watched("producer-consumer", produce_time=5.0).to(2) as it:
        assert [w.worker for w in it.state.queues["jobs"].getters] == ["C1", "C2", "C3"]


def test_join_returns_when_the_last_item_is_done() -> None:
    with Watched("producer-consumer", items=9, consume_time=3.0).to(100) as it:
        (waiting,), (joined,) = it.all(ev.JoinWaiting), it.all(ev.Joined)
        done = it.all(ev.TaskDone)
        assert waiting.unfinished > 0
        assert len(done) == 9
        assert it.index(waiting) < it.index(done[-1]) < it.index(joined)
        assert joined.t == done[-1].t


def test_a_forgotten_task_done_holds_join_for_ever() -> None:
    with Watched("producer-consumer", items=9).to(2) as it:
        it.inject("forget")
        it.to(1000)
        assert it.all(ev.Stuck)
        assert not it.all(ev.Ended)
        assert it.state.queues["jobs"].unfinished == 1


def test_both_sides_have_to_wait_within_half_a_minute() -> None:
    with Watched("producer-consumer").to(30) as it:
        assert it.all(ev.PutWaiting)
        assert it.all(ev.GetWaiting)
