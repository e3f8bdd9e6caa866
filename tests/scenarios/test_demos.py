"""What must be seen in the programs of demos."""

from __future__ import annotations

import pytest

from qdash import events as ev
from tests.scenarios.watched import Watched

STOPS = ("stop-by-join", "stop-by-sentinels", "stop-by-shutdown")


def test_a_slow_last_stage_stops_the_first() -> None:
    with Watched("pipeline", consumers=1).to(60) as it:
        pages, rows = it.state.queues["pages"], it.state.queues["rows"]
        assert pages.full
        assert rows.full
        first = {queue: it.all(ev.PutWaiting, queue=queue)[0] for queue in ("rows", "pages")}
        assert first["rows"].t < first["pages"].t
        assert [first[queue].worker[0] for queue in ("rows", "pages")] == ["P", "F"]


def test_a_stage_is_through_when_its_rows_are_put() -> None:
    with Watched("pipeline", items=12).to(60) as it:
        pages, rows = it.all(ev.Joined)
        assert (pages.queue, rows.queue) == ("pages", "rows")
        assert it.index(it.all(ev.Put, queue="rows")[-1]) < it.index(pages)


def test_under_overload_all_are_done_at_one_rate_and_differ_in_who_waits_and_what_is_lost() -> None:
    with Watched("overload", consume_time=2.0).to(200) as it:
        done = [queue.done for queue in it.state.queues.values()]
        assert max(done) - min(done) < 0.1 * max(done)
        lost = {why: len(it.all(ev.PutRefused, why=why)) for why in ("timeout", "full")}
        assert lost["full"] > lost["timeout"] > 0
        assert not it.all(ev.PutRefused, queue="wait")
        assert not it.all(ev.PutWaiting, queue="drop")
        made = [it.state.workers[name].made for name in ("H1", "Q1", "D1")]
        assert made == sorted(made)


@pytest.mark.parametrize("slug", STOPS)
@pytest.mark.parametrize("consumers", [1, 3, 20])
def test_each_way_of_stopping_does_everything_and_leaves_nobody(slug: str, consumers: int) -> None:
    with Watched(slug, consumers=consumers).to(100) as it:
        assert [event.how for event in it.all(ev.Ended)] == ["finished"]
        assert len(it.all(ev.Worked)) == 12
        ended = {event.worker: event.how for event in it.all(ev.WorkerEnded)}
        how = "cancelled" if slug == "stop-by-join" else "returned"
        names = {event.worker for event in it.all(ev.WorkerStarted, role="consumer")}
        assert len(names) == consumers
        assert {ended[name] for name in names} == {how}
