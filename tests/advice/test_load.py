"""Rules about load: when each fires, what near it does not, and how it clears."""

from __future__ import annotations

import pytest

from qdash.advice.load import OVERTAKEN
from qdash.state import STRETCH
from tests.advice.watched import Watched

# --- unbounded-growth -------------------------------------------------------------------------


def test_unbounded_growth_of_a_queue() -> None:
    lab = Watched(maxsize=0, producers=10, consumers=1).run(5.0)
    assert "unbounded-growth" not in lab.says()
    lab.run(20.0)
    said = lab.says()["unbounded-growth"]
    assert said.startswith("jobs has no maxsize and has grown to ")
    assert " a second put, " in said
    lab.set("producers", 0)
    lab.set("consumers", 200).run(10.0)
    assert "unbounded-growth" not in lab.says()


def test_a_bounded_queue_may_be_long() -> None:
    lab = Watched(maxsize=500, producers=100, consumers=1).run(20.0)
    assert lab.state.queues["jobs"].full
    assert "unbounded-growth" not in lab.says()


def test_unbounded_growth_of_tasks_but_not_of_a_crew() -> None:
    lab = Watched("dynamic-tasks", producers=20, maxsize=2).run(40.0)
    assert "tasks run job()" in lab.says()["unbounded-growth"]

    lab = Watched(producers=300, maxsize=2).run(10.0)  # a crew is as large as the person wished
    assert "unbounded-growth" not in lab.says()


# --- starvation -------------------------------------------------------------------------------


def test_the_oldest_item_of_a_lifo_starves_until_it_is_served() -> None:
    lab = Watched(discipline="lifo", producers=3, consumers=2).run(5.0)
    assert "starvation" not in lab.says()
    lab.run(60.0)
    jobs = lab.state.queues["jobs"]
    oldest = next(iter(jobs.slots.values()))
    passed = sum(number > oldest.slot for number in range(1, jobs.newest + 1)) - (jobs.size - 1)
    assert passed >= OVERTAKEN
    assert lab.says()["starvation"] == (
        f"#{oldest.item} has lain in jobs for {lab.state.t - oldest.since:.1f} s, and {passed:,} "
        "put after it were served before it (last in, first out)"
    )
    lab.set("discipline", "fifo").run(3.0)
    assert "starvation" not in lab.says()


@pytest.mark.parametrize("settings", [{"discipline": "fifo"}, {"consumers": 6}])
def test_nothing_starves_in_a_fifo_or_where_the_queue_runs_empty(settings: dict[str, int]) -> None:
    lab = Watched(**{"discipline": "lifo", "producers": 3, "consumers": 2, **settings})
    for _ in range(60):
        assert "starvation" not in lab.run(1.0).says()


def test_low_priorities_starve_too() -> None:
    lab = Watched(discipline="priority", producers=5, consumers=2).run(200.0)
    assert "(lowest priority first)" in lab.says()["starvation"]


# --- bottleneck -------------------------------------------------------------------------------


def test_the_bottleneck_is_the_slower_side_of_late() -> None:
    lab = Watched(jitter="constant", consume_time=5.0).run(STRETCH - 1)
    assert "bottleneck" not in lab.says()
    lab.run(41.0)
    said = lab.says()["bottleneck"]
    assert said.startswith("consumer is the slower side: busy 100 %, while producer is blocked in")
    assert " of the last 2" in said
    # Three consumers at 5 s an item, and a queue of 5 that is always full.
    assert "in jobs L = 5.0, rate x wait = 0.6" in said
    lab.set("consume_time", 0.1).run(60.0)
    said = lab.says()["bottleneck"]
    assert said.startswith("producer is the slower side: busy 100 %, while consumer waits in get()")
    lab.set("consume_time", 1.0).run(60.0)
    assert "bottleneck" not in lab.says()


def test_sides_that_are_nearly_even_are_no_bottleneck() -> None:
    lab = Watched(jitter="constant", consume_time=1.3).run(60.0)
    assert lab.state.lately().part("producer", "putting") > 0.1
    assert "bottleneck" not in lab.says()
