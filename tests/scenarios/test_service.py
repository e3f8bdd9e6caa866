"""What must be seen in a service under load: each put policy, and work that is tried again."""

from __future__ import annotations

import pytest

from qdash import events as ev
from qdash.advice import check
from qdash.narrate import sentence
from qdash.stats import Stats
from tests.scenarios.watched import Watched

LOADED = {"failing": 0.0, "consume_time": 3.0, "put_timeout": 1.0}


def stats_of(it: Watched) -> Stats:
    stats = Stats()
    stats.apply_all(it.events)
    return stats


def test_who_waits_loses_nothing() -> None:
    with Watched("service", put_policy="wait", **LOADED).to(100) as it:
        assert it.all(ev.PutWaiting)
        assert not it.all(ev.PutRefused)
        assert not it.all(ev.Dropped)


def test_who_waits_for_the_timeout_gives_up() -> None:
    with Watched("service", put_policy="timeout", **LOADED).to(100) as it:
        gone = it.all(ev.PutRefused)
        assert {event.why for event in gone} == {"timeout"}
        assert sum("gave up" in event.text for event in it.all(ev.Noted)) == len(gone)


def test_the_newest_is_dropped_at_once() -> None:
    with Watched("service", put_policy="drop-newest", **LOADED).to(100) as it:
        assert not it.all(ev.PutWaiting)
        assert {event.why for event in it.all(ev.PutRefused)} == {"full"}


def test_the_oldest_makes_room_and_is_told_apart_from_what_is_got() -> None:
    with Watched("service", put_policy="drop-oldest", **LOADED).to(100) as it:
        dropped = it.all(ev.Dropped)
        assert dropped
        assert not it.all(ev.PutRefused)
        assert not it.all(ev.PutWaiting)
        first = dropped[0]
        lay = [event.item for event in it.all(ev.Put) if event.t <= first.t]
        got = {event.item for event in it.all(ev.Got) if event.t <= first.t}
        assert first.item == next(item for item in lay if item not in got)
        queue, worker = it.state.queues["requests"], it.state.workers[first.worker]
        assert queue.dropped == queue.shed == len(dropped)
        assert worker.got == worker.done == 0
        said = sentence(first, None)
        assert f"{first.worker} threw #{first.item}" in said
        assert not [advice for advice in check(it.state) if advice.rule != "bottleneck"]
        figures = stats_of(it).figures(100.0)["queues"]["requests"]
        assert figures["got"] == len(it.all(ev.Got))
        assert figures["done"] == len(it.all(ev.TaskDone))
        assert figures["unfinished"] == queue.unfinished


def test_dropping_the_oldest_serves_what_is_fresh() -> None:
    waits = {}
    for policy in ("wait", "drop-newest", "drop-oldest"):
        with Watched("service", put_policy=policy, **LOADED).to(300) as it:
            waits[policy] = stats_of(it).figures(300.0)["queues"]["requests"]["wait"]["mean"]
    assert waits["drop-oldest"] < waits["drop-newest"]
    assert waits["drop-oldest"] < waits["wait"]


@pytest.mark.parametrize("policy", ["wait", "timeout", "drop-newest", "drop-oldest"])
def test_with_every_policy_it_comes_to_its_end(policy: str) -> None:
    with Watched("service", put_policy=policy, items=60, maxsize=2).to(300) as it:
        assert [event.how for event in it.all(ev.Ended)] == ["finished"]
        assert not it.all(ev.LoopError)


def test_the_policy_can_be_changed_while_others_wait() -> None:
    with Watched("service", put_policy="wait", **LOADED).to(40) as it:
        for policy in ("drop-oldest", "drop-newest", "timeout", "wait"):
            it.set(put_policy=policy)
            it.to(it.position + 30)
        assert not it.all(ev.LoopError)
        assert not it.all(ev.WorkerEnded)
        for known in it.state.queues.values():
            assert it.lab.queues[known.name].unfinished == known.unfinished


def test_work_that_fails_is_tried_again_each_pause_twice_as_long() -> None:
    with Watched("service", failing=1.0, retries=3, backoff=0.5, items=1).to(100) as it:
        began = [event.t for event in it.all(ev.Working)]
        over = [event.t for event in it.all(ev.Worked, failed=True)]
        assert len(began) == len(over) == 4
        pauses = [after - before for before, after in zip(over, began[1:], strict=False)]
        assert pauses == pytest.approx([0.5, 1.0, 2.0])
        assert "gave up #1: every attempt failed" in [event.text for event in it.all(ev.Noted)]
        assert "it failed" in sentence(it.all(ev.Worked)[0], None)
        assert [event.how for event in it.all(ev.Ended)] == ["finished"]


def test_without_retries_it_is_given_up_at_once() -> None:
    with Watched("service", failing=1.0, retries=0, items=1).to(100) as it:
        assert len(it.all(ev.Working)) == 1
        assert [event.how for event in it.all(ev.Ended)] == ["finished"]
