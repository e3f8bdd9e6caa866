"""The lean lab runs what a lab runs, and comes to the figures that are folded from its events."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.events import Event
from qdash.scenarios import DEMOS, PITFALLS, SLUGS, scenario
from qdash.stats import Stats
from qdash.sweeps.lean import LeanLab
from qdash.sweeps.replicate import Job, measure, replicate
from tests.sweep.folded import folded

BOTH = [f"{name}/{which}" for name in PITFALLS for which in ("broken", "fixed")]


def job(
    slug: str, until: float | None = 60.0, warmup: float = 0.0, seed: int = 7, **given: Any
) -> Job:
    return Job(slug, scenario(slug).settings(given), seed, until, warmup)


def same(one: dict[str, float | None], other: dict[str, float | None]) -> None:
    """Assert that two runs came to the same figures, but for the order in which sums were taken."""
    assert list(one) == list(other)
    for name, value in one.items():
        assert (value is None) == (other[name] is None), name
        assert (value or 0.0) == pytest.approx(other[name] or 0.0, rel=1e-11, abs=1e-11), name


@pytest.mark.parametrize("slug", [*SLUGS, *DEMOS, *BOTH])
@pytest.mark.parametrize("warmup", [0.0, 7.3])
def test_figures_are_those_of_the_events(slug: str, warmup: float) -> None:
    same(replicate(job(slug, warmup=warmup)), folded(job(slug, warmup=warmup)))


_times = st.sampled_from([0.1, 0.25, 0.5, 0.5, 1.0, 1 / 3])
_settings = st.fixed_dictionaries(
    {
        "maxsize": st.integers(0, 4),
        "producers": st.integers(0, 4),
        "consumers": st.integers(0, 4),
        "produce_time": _times,
        "consume_time": _times,
        "jitter": st.sampled_from(["constant", "constant", "uniform", "exponential"]),
        "discipline": st.sampled_from(["fifo", "lifo", "priority"]),
        "put_timeout": st.sampled_from([None, 0.25, 0.5]),
        "get_timeout": st.sampled_from([None, 0.25, 0.5]),
        "items": st.sampled_from([None, 1, 20]),
        "failing": st.sampled_from([0.0, 0.3]),
        "put_policy": st.sampled_from(["wait", "timeout", "drop-newest", "drop-oldest"]),
        "arrivals": st.sampled_from(["as-jitter", "bursty", "lognormal"]),
        "supervise": st.booleans(),
    }
)


@given(
    st.sampled_from([*SLUGS, "service"]), _settings, st.sampled_from([0.0, 2.0, 2.05, 9.0]),
    st.integers(0, 9),
)  # fmt: skip
@settings(max_examples=60)
def test_figures_are_those_of_the_events_whatever_is_set(
    slug: str, given: dict[str, Any], warmup: float, seed: int
) -> None:
    this = job(slug, 20.0, warmup, seed, **given)
    same(replicate(this), folded(this))


def test_figures_from_the_beginning_on_are_those_of_a_run() -> None:
    this = job("producer-consumer", 600.0, jitter="exponential", produce_time=1.2)
    events: list[Event] = []
    lab = scenario(this.scenario).lab(this.settings, this.seed)
    lab.add_sink(events.append)
    lab.start()
    lab.advance(600.0, 1_000_000)
    lab.close()
    stats = Stats()
    stats.apply_all(events)
    jobs, ours = stats.queues["jobs"].figures(600.0), replicate(this)
    for key, value in jobs["wait"].items():
        assert ours[f"jobs:wait.{key}"] == value
    for key, value in jobs["put_blocked"].items():
        assert ours[f"jobs:blocked.{key}"] == pytest.approx(value, rel=1e-12)
    assert ours["jobs:depth.mean"] == jobs["depth_mean"]
    assert ours["jobs:depth.max"] == jobs["depth_max"]
    assert ours["jobs:full"] == pytest.approx(jobs["full_fraction"], rel=1e-12)
    assert ours["jobs:throughput"] == jobs["done"] / 600
    assert ours["offered"] == stats.made / 600
    busy = [
        each.fraction(("working",), 600.0)
        for each in stats.workers.values()
        if each.role == "consumer"
    ]
    assert ours["utilisation"] == pytest.approx(sum(busy) / len(busy), rel=1e-12)


def test_all_happens_at_the_times_at_which_it_happens_with_events() -> None:
    this = job("signals", None)
    found = scenario("signals")
    lean = LeanLab(found.main, this.settings, seed=7)
    measure(lean, None)
    told = found.lab(this.settings, 7)
    told.start()
    told.advance(math.inf, 1_000_000)
    told.close()
    assert lean.ended == told.ended
    assert lean.ended is not None


def test_a_job_gives_the_same_figures_each_time() -> None:
    this = job("service", 100.0, 10.0)
    assert replicate(this) == replicate(this)


def test_a_run_that_fails_says_so_and_one_that_was_over_before_it_was_warm() -> None:
    assert replicate(job("producer-consumer", 50.0, 10.0, items=3)) == {"failed": 0.0}


def test_memory_stays_bounded_and_percentiles_near(monkeypatch: pytest.MonkeyPatch) -> None:
    this = job("producer-consumer", 3_000.0, 100.0, jitter="exponential", maxsize=0)
    exact = replicate(this)
    for name in ("qdash.stats", "qdash.sweeps.gauges"):
        monkeypatch.setattr(f"{name}.EXACT_LIMIT", 500)
    monkeypatch.setattr("qdash.sweeps.replicate._SLICE", 1_000)
    near = replicate(this)
    assert near["jobs:wait.p95"] != exact["jobs:wait.p95"]
    for name, value in near.items():
        assert value == pytest.approx(exact[name], rel=0.003), name
