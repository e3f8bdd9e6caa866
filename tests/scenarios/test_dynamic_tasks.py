"""What must be seen in dynamic-tasks."""

from __future__ import annotations

from qdash import events as ev
from tests.scenarios.watched import Watched


def test_a_lane_appears_for_each_job_and_leaves_when_its_result_is_delivered() -> None:
    with Watched("dynamic-tasks").to(30) as it:
        jobs = [event.worker for event in it.all(ev.WorkerStarted, role="job")]
        assert len(jobs) == len(set(jobs)) == len(it.all(ev.Got, queue="jobs"))
        assert jobs == [f"J{event.item}" for event in it.all(ev.Got, queue="jobs")]
        assert all(event.parent == "D1" for event in it.all(ev.WorkerStarted, role="job"))
        ended = {event.worker for event in it.all(ev.WorkerEnded, how="returned")}
        delivered = {event.worker for event in it.all(ev.Put, queue="results")}
        assert ended == delivered
        assert ended


def test_the_dispatcher_waits_for_jobs_only() -> None:
    with Watched("dynamic-tasks", produce_time=0.2, consumers=1).to(60) as it:
        waits = [e for e in it.events if getattr(e, "worker", "") == "D1"]
        kinds = {type(event) for event in waits} - {ev.WorkerStarted, ev.Woken}
        assert kinds == {ev.GetWaiting, ev.Got, ev.TaskDone}
        assert {event.queue for event in it.all(ev.GetWaiting, worker="D1")} == {"jobs"}
        assert it.state.queues["jobs"].size == 0


def grown() -> Watched:
    it = Watched("dynamic-tasks", produce_time=0.5, consumers=1)
    live = [it.to(t).live("job") for t in (20, 40, 60)]
    assert live[0] < live[1] < live[2]
    assert live[2] > 100
    assert it.state.queues["results"].full
    assert len(it.state.queues["results"].putters) > 90
    return it


def test_tasks_pile_up_without_limit_and_more_collectors_cure_it() -> None:
    with grown() as it:
        it.set(consumers=8)
        assert it.to(120).live("job") < 20


def test_a_put_timeout_cures_it_at_the_price_of_results() -> None:
    with grown() as it:
        it.set(consumers=8)
        it.to(120)
        it.set(consumers=1, put_timeout=1.0)
        live = [it.to(t).live("job") for t in range(130, 240, 10)]
        assert max(live) < 30
        assert it.all(ev.PutRefused, queue="results", why="timeout")


def test_every_job_comes_to_the_collectors() -> None:
    with Watched("dynamic-tasks", items=20).to(100) as it:
        made = {event.item for event in it.all(ev.Made)}
        assert {event.item for event in it.all(ev.Got, queue="results")} == made
        assert len(made) == 20
        assert [event.how for event in it.all(ev.Ended)] == ["finished"]


def test_a_job_that_fails_ends_its_own_task_only() -> None:
    with Watched("dynamic-tasks").to(5) as it:
        victim = it.state.live("job")[0].name
        it.inject("fail", victim)
        it.to(20)
        (failed,) = it.all(ev.WorkerEnded, how="failed")
        assert failed.worker == victim
        assert it.all(ev.WorkerStarted, role="job")[-1].t > failed.t


def test_an_exception_as_a_job_ends_the_dispatcher_and_the_tasks_go_on() -> None:
    with Watched("dynamic-tasks").to(5) as it:
        running = {worker.name for worker in it.state.live("job")}
        it.inject("exception", "jobs")
        it.to(20)
        (failed,) = it.all(ev.WorkerEnded, how="failed")
        assert failed.worker == "D1"
        assert running <= {event.worker for event in it.all(ev.WorkerEnded, how="returned")}
        assert it.state.queues["jobs"].full
