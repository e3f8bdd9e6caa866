"""Each rule speaks when its condition holds, and only then."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.advice import RULES, STRETCH, Advice, LookBack, Spent, check
from qdash.commands import DISTURBANCES, Command, Inject, SetValue
from qdash.engine import Lab
from qdash.events import Event, Header
from qdash.scenarios import SLUGS, scenario
from qdash.state import State
from qdash.stats import Stats

PLENTY = 1_000_000
HEADER = Header("none", 7, "3.11", {}, (("producer", "@jobs", "consumer"),))


OPEN: list[Lab] = []


@pytest.fixture(autouse=True)
def _close_labs() -> Iterator[None]:
    """Leave no task behind."""
    yield
    while OPEN:
        OPEN.pop().close()


class Watched:
    """A lab with what the rules look at."""

    def __init__(self, slug: str = "producer-consumer", **settings: Any) -> None:
        self.lab = scenario(slug).lab(settings)
        self.state, self.stats, self.past = State(self.lab.header), Stats(), LookBack()
        OPEN.append(self.lab)
        self.lab.add_sink(self.state.apply)
        self.lab.add_sink(self.stats.apply)
        self.lab.start()
        self.t = 0.0

    def run(self, seconds: float) -> None:
        self.t += seconds
        self.lab.advance(self.t, PLENTY)

    def give(self, command: Command) -> None:
        self.lab.command(command, self.t)
        self.lab.advance(self.t, PLENTY)

    def says(self) -> dict[str, str]:
        found = check(self.state, self.stats, self.past.before(self.stats, self.state.t))
        return {advice.rule: advice.evidence for advice in found}


def fold(*events: Event) -> State:
    state = State(HEADER)
    state.apply(ev.QueueMade(0.0, "jobs", 5))
    state.apply_all(events)
    return state


def evidence(state: State, rule: str) -> list[str]:
    return [advice.evidence for advice in check(state) if advice.rule == rule]


SHOWN = {
    "producer-consumer": set(),
    "concurrency-limit": {"bottleneck"},
    "signals": {"workers-dead", "bottleneck"},
    "timeouts": {"bottleneck"},
    "dynamic-tasks": {"bottleneck"},
}


@pytest.mark.parametrize("slug", SLUGS)
def test_a_scenario_as_it_comes_breaks_no_rule_but_what_it_is_there_to_show(slug: str) -> None:
    lab = Watched(slug)
    for _ in range(120):
        lab.run(0.5)
        assert set(lab.says()) <= SHOWN[slug], f"at {lab.t} s: {lab.says()}"


def test_join_never_finishes_after_a_forgotten_task_done() -> None:
    lab = Watched(jitter="constant", consumers=1, items=3, producers=1)
    lab.run(1.5)
    lab.give(Inject("forget"))
    assert "join-never-finishes" not in lab.says()
    lab.run(20.0)
    assert lab.says()["join-never-finishes"] == (
        "main waits in join() on jobs, but of 1 unfinished nobody will mark 1 done: "
        "#1 got by C1 (forgotten)"
    )
    lab.give(Inject("extra-done"))  # asyncio counts calls, not items
    assert "join-never-finishes" not in lab.says()


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


def test_stuck_says_who_waits_where() -> None:
    lab = Watched(producers=1, consumers=0, items=2)
    lab.run(60.0)
    assert lab.says()["stuck"] == (
        "nothing is ready and no timer is set; there wait main in join()"
    )
    lab.give(SetValue("consumers", 1))
    assert "stuck" not in lab.says()


def test_workers_dead_names_who_failed_and_what_waits() -> None:
    lab = Watched(jitter="constant", consumers=1, producers=1, consume_time=5.0)
    lab.run(3.5)
    assert "workers-dead" not in lab.says()
    lab.give(Inject("fail", "C1"))
    assert lab.says()["workers-dead"] == (
        "no consumer is alive (C1 (InjectedError: raised in C1 by hand)), with 2 things in jobs"
    )
    lab.give(SetValue("consumers", 2))
    assert "no consumer" not in lab.says().get("workers-dead", "")


def test_a_crew_set_to_nobody_is_told_when_something_waits_for_it() -> None:
    lab = Watched(consumers=0)
    assert "workers-dead" not in lab.says()
    lab.run(3.0)
    assert lab.says()["workers-dead"].startswith("no consumer is alive, with")


def test_consumers_are_not_dead_when_the_program_is_over() -> None:
    lab = Watched(items=5)
    lab.run(100.0)
    assert lab.state.ended is not None
    assert lab.says() == {}


def test_too_few_sentinels_only_when_nobody_can_send_more() -> None:
    consumers = [ev.WorkerStarted(0.0, f"C{n}", "consumer", "main") for n in (1, 2, 3)]
    state = fold(
        ev.WorkerStarted(0.0, "P1", "producer", "main"), *consumers,
        ev.Put(1.0, "you1", "jobs", 1, "stop", "stop"),
        ev.Making(2.0, "P1", 4, 1.0),
    )  # fmt: skip
    assert not evidence(state, "too-few-sentinels")
    state.apply(ev.WorkerEnded(3.0, "P1", "returned"))
    assert evidence(state, "too-few-sentinels") == [
        "1 stop signal in jobs for 3 consumers: 2 will not stop"
    ]
    state.apply(ev.PutWaiting(4.0, "main", "jobs", "stop", "stop"))
    assert not evidence(state, "too-few-sentinels")


def test_over_capacity_until_it_is_drained() -> None:
    lab = Watched(jitter="constant", consumers=0, producers=3)
    lab.run(4.0)
    lab.give(SetValue("maxsize", 2))
    assert lab.says()["over-capacity"] == "jobs holds 5 with a maxsize of 2: 3 too many"
    lab.give(SetValue("consumers", 5))
    lab.run(1.0)
    assert "over-capacity" not in lab.says()


def test_unbounded_growth_of_a_queue_and_of_tasks() -> None:
    lab = Watched(maxsize=0, producers=10, consumers=1)
    lab.run(5.0)
    assert "unbounded-growth" not in lab.says()
    lab.run(20.0)
    assert lab.says()["unbounded-growth"].startswith("jobs has no maxsize and has grown to ")

    lab = Watched("dynamic-tasks", producers=20, maxsize=2)
    lab.run(40.0)
    assert "tasks run job()" in lab.says()["unbounded-growth"]

    lab = Watched(producers=300, maxsize=2)  # a crew is as large as the person wished
    lab.run(10.0)
    assert "unbounded-growth" not in lab.says()


def test_the_bottleneck_is_the_slower_side_of_late() -> None:
    lab = Watched(jitter="constant", consume_time=2.0)
    lab.run(STRETCH - 1)
    assert "bottleneck" not in lab.says()
    lab.run(40.0)
    assert "the consumer side is the slower one" in lab.says()["bottleneck"]
    assert "every consumer works 100 %" in lab.says()["bottleneck"]
    lab.give(SetValue("consume_time", 0.1))
    for _ in range(40):
        lab.run(1.0)
        lab.says()
    assert "every consumer waits in get()" in lab.says()["bottleneck"]
    assert "of the last 2" in lab.says()["bottleneck"]
    assert "bottleneck" not in {advice.rule for advice in check(lab.state)}


def test_how_time_was_spent_between_two_instants() -> None:
    lab = Watched(jitter="constant", producers=1, consumers=1, consume_time=0.5, produce_time=1.0)
    lab.run(10.0)
    before = Spent.of(lab.stats, 10.0)
    lab.run(10.0)
    now = Spent.of(lab.stats, 20.0)
    assert now.part_since(before, "consumer", "working") == pytest.approx(0.5)
    assert now.part_since(before, "producer", "making") == pytest.approx(1.0)
    assert now.full_since(before, "jobs") == 0.0


def test_items_lost_say_in_whose_hands_and_why() -> None:
    state = fold(
        ev.WorkerStarted(0.0, "C2", "consumer", "main"),
        ev.Put(1.0, "P1", "jobs", 1, 12), ev.Got(1.0, "C2", "jobs", 1, 12),
        ev.WorkerEnded(2.0, "C2", "cancelled"),
    )  # fmt: skip
    assert evidence(state, "items-lost") == [
        "got from jobs and never done: #12 got by C2 (cancelled)"
    ]


def test_work_broken_off_is_lost_although_it_was_marked_done() -> None:
    lab = Watched(jitter="constant", consume_time=5.0)
    lab.run(3.0)
    lab.give(Inject("cancel", "C1"))
    assert lab.says()["items-lost"] == (
        "1 thing from jobs marked done by a finally, though the work was broken off"
    )


def test_counts_are_explained_when_they_differ() -> None:
    lab = Watched(jitter="constant", consume_time=5.0)
    lab.run(3.0)
    assert "counts-do-not-add-up" not in lab.says()
    lab.give(Inject("shutdown-now"))
    jobs = lab.state.queues["jobs"]
    found = [a.evidence for a in check(lab.state) if a.rule == "counts-do-not-add-up"]
    assert jobs.dropped
    assert found == [
        f"jobs: {jobs.put} put = {jobs.got} got + 0 in it + {jobs.dropped} thrown out",
        f"jobs: {jobs.unfinished} unfinished = {jobs.put} put - {jobs.done} done - "
        f"{jobs.dropped} thrown out, which counts as done",
    ]


def test_task_done_too_often() -> None:
    lab = Watched(producers=0)
    lab.run(1.0)
    lab.give(Inject("extra-done"))
    assert lab.says()["task-done-too-often"] == (
        "1 task_done() call on jobs raised ValueError: nothing was unfinished"
    )
    lab = Watched(jitter="constant", consume_time=5.0)
    lab.run(2.0)
    lab.give(Inject("extra-done"))
    assert "join() returns too early" in lab.says()["task-done-too-often"]


PLANS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 3.0, 30.0]),
        st.sampled_from([Inject(name) for name in DISTURBANCES])
        | st.sampled_from(
            [
                SetValue("maxsize", 0),
                SetValue("maxsize", 1),
                SetValue("consumers", 0),
                SetValue("consumers", 4),
                SetValue("producers", 0),
                SetValue("items", 10),
                SetValue("discipline", "priority"),
                SetValue("consume_time", 5.0),
            ]
        ),
    ),
    max_size=12,
)


@given(slug=st.sampled_from(SLUGS), plan=PLANS)
@settings(max_examples=60)
def test_rules_bear_whatever_happens(slug: str, plan: list[tuple[float, Command]]) -> None:
    lab = Watched(slug)
    for pause, command in plan:
        lab.run(pause)
        lab.give(command)
        for advice in check(lab.state, lab.stats):
            assert advice == Advice(advice.rule, advice.evidence, RULES[advice.rule][1])
            assert advice.evidence.isprintable()
        sums_differ = any(
            q.put != q.got + q.size or q.unfinished != q.put - q.done
            for q in lab.state.queues.values()
        )
        explained = any(a.rule == "counts-do-not-add-up" for a in check(lab.state))
        assert explained == sums_differ
    OPEN.pop().close()
