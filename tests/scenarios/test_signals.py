"""What must be seen in signals."""

from __future__ import annotations

from qdash import events as ev
from tests.scenarios.watched import Watched


def test_one_sentinel_stops_one_consumer_after_the_backlog() -> None:
    with Watched("signals").to(60) as it:
        put = it.all(ev.Put, shape="stop")[0]
        (got,) = it.all(ev.Got, slot=put.slot)
        backlog = {event.slot for event in it.events[: it.index(put)] if isinstance(event, ev.Put)}
        served = {event.slot for event in it.events[: it.index(got)] if isinstance(event, ev.Got)}
        assert got.t > put.t
        assert served == backlog
        after = it.all(ev.WorkerEnded, t=got.t)
        assert [(event.worker, event.how) for event in after] == [(got.worker, "returned")]
        assert [e.worker for e in it.all(ev.Got) if e.t > got.t].count(got.worker) == 0
        assert len({e.worker for e in it.all(ev.Got) if e.t > got.t}) == 3


def test_an_exception_travels_and_is_raised_again_by_the_consumer() -> None:
    with Watched("signals").to(60) as it:
        (put,) = it.all(ev.Put, shape="error")
        (got,) = it.all(ev.Got, shape="error")
        assert got.slot == put.slot
        assert got.t > put.t
        (failed,) = it.all(ev.WorkerEnded, how="failed")
        assert failed.worker == got.worker
        assert failed.error == "ValueError: an order that cannot be read"
        assert "raise item" in failed.traceback
        done = it.all(ev.TaskDone, worker=failed.worker)[-1]
        assert it.index(got) < it.index(done) < it.index(failed)  # so join() is not held up


def test_join_waits_for_signals_as_for_items() -> None:
    with Watched("signals").to(60) as it:
        counts = (len(it.all(ev.Put)), len(it.all(ev.Got)), len(it.all(ev.TaskDone)))
        assert counts == (44, 44, 44)  # 40 items, one exception, four sentinels but one who failed
        assert len(it.all(ev.Joined)) == 2
        assert [event.how for event in it.all(ev.Ended)] == ["finished"]


def test_last_in_first_out_serves_the_sentinel_before_the_backlog() -> None:
    with Watched("signals", discipline="lifo").to(60) as it:
        put = it.all(ev.Put, shape="stop")[0]
        (got,) = it.all(ev.Got, slot=put.slot)
        earlier = [event.slot for event in it.all(ev.Got) if event.slot < put.slot]
        served = [event.slot for event in it.events[: it.index(got)] if isinstance(event, ev.Got)]
        assert set(earlier) - set(served)


def test_a_priority_queue_cannot_compare_a_sentinel_with_items() -> None:
    with Watched("signals", discipline="priority").to(6) as it:
        (failed,) = it.all(ev.WorkerEnded, worker="S1")
        assert failed.error.startswith("TypeError")


def test_a_supervised_consumer_starts_again() -> None:
    with Watched("signals", supervise=True).to(60) as it:
        (failed,) = it.all(ev.WorkerEnded, how="failed")
        assert len(it.all(ev.WorkerStarted, worker=failed.worker)) == 2
