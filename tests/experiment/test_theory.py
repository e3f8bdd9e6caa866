"""Theory: which formula applies to a scenario, and why none does."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.experiment import theory
from qdash.experiment.measures import MEASURES
from qdash.experiment.theory import Expected, Found, NoTheory
from qdash.scenarios import ALL, scenario
from qdash.settings import LAB_SETTINGS, SETTINGS


def found(slug: str = "producer-consumer", **given: Any) -> Found:
    steady = {"producers": 3, "produce_time": 1.25, "consumers": 3, "consume_time": 1.0}
    plain = {"jitter": "exponential", "maxsize": 0, "failing": 0.0}
    return theory.of(slug, scenario(slug).settings(steady | plain | given))


def model(slug: str = "producer-consumer", **given: Any) -> str:
    it = found(slug, **given)
    assert isinstance(it, Expected), theory.sentence(it)
    return it.model


def why(slug: str = "producer-consumer", **given: Any) -> str:
    it = found(slug, **given)
    assert isinstance(it, NoTheory)
    return str(it.why)


def test_several_producers_are_one_poisson_stream() -> None:
    it = found()
    assert isinstance(it, Expected)
    assert it.model == "M/M/3"
    assert it.figures["wait.mean"] == pytest.approx(2.5888 / 2.4, rel=1e-4)
    assert it.figures["throughput"] == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"consumers": 4}, "M/M/4"),
        ({"maxsize": 5}, "M/M/3/8//2"),
        ({"maxsize": 5, "discipline": "lifo"}, "M/M/3/8//2"),
        ({"jitter": "constant", "arrivals": "exponential", "consumers": 1}, "M/D/1"),
        ({"arrivals": "exponential", "work": "uniform", "consumers": 1}, "M/G/1"),
        ({"work": "lognormal", "spread": 1.5, "consumers": 1}, "M/G/1"),
        ({"jitter": "uniform", "arrivals": "exponential", "work": "exponential"}, "M/M/3"),
    ],
)
def test_a_model_applies(given: dict[str, Any], named: str) -> None:
    assert model(producers=2, produce_time=2.5, **given) == named


@pytest.mark.parametrize("slug", ["producer-consumer", "service", "one-queue"])
def test_a_model_applies_to_every_scenario_that_is_one(slug: str) -> None:
    assert model(slug) == "M/M/3"


@pytest.mark.parametrize(
    ("policy", "named"),
    [("wait", "M/M/3/9//3"), ("drop-newest", "M/M/3/9"), ("drop-oldest", "M/M/3/9")],
)
def test_what_is_done_at_a_full_queue_decides(policy: str, named: str) -> None:
    it = found("service", maxsize=6, put_policy=policy)
    assert isinstance(it, Expected)
    assert it.model == named
    assert ("wait.mean" in it.figures) == (policy != "drop-oldest")
    assert (it.figures["refused"] > 0) == (policy != "wait")


def test_drawn_in_another_order_the_mean_wait_stays() -> None:
    fifo, lifo = found(), found(discipline="lifo")
    assert theory.expected(lifo, "wait.mean") == theory.expected(fifo, "wait.mean")
    assert theory.expected(fifo, "wait.p95") is not None
    assert theory.expected(lifo, "wait.p95") is None


def test_work_of_any_spread_has_the_wait_of_pollaczek_and_khinchine() -> None:
    one = {"producers": 1, "consumers": 1}
    waits = {
        shape: theory.expected(found(work=shape, spread=2.0, **one), "wait.mean")
        for shape in ("constant", "uniform", "exponential", "lognormal", "pareto")
    }
    assert waits == {
        "constant": pytest.approx(2.0),
        "uniform": pytest.approx(2.0 * 13 / 12),
        "exponential": pytest.approx(4.0),
        "lognormal": pytest.approx(10.0),
        "pareto": pytest.approx(10.0),
    }


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"jitter": "uniform"}, "arrivals must be exponential for every formula; they are uniform"),
        ({"arrivals": "bursty"}, "they are bursty"),
        ({"work": "constant"}, "with constant work there is a formula for one"),
        ({"maxsize": 5, "work": "uniform"}, "with a bounded queue work must be exponential"),
        ({"produce_time": 0.1}, "items come at 30/s and 3/s can be done"),
        ({"consumers": 1, "produce_time": 3}, "items come at 1/s and 1/s can be done"),
        ({"producers": 0}, "there must be producers and consumers"),
        ({"consumers": 0}, "there must be producers and consumers"),
        ({"items": 100}, "formulas tell of runs without end, and items sets one"),
        ({"failing": 0.1}, "work that fails is in no formula"),
        ({"maxsize": 1_000_000}, "up to a maxsize of 100,000"),
    ],
)
def test_where_no_formula_applies_a_sentence_says_why(given: dict[str, Any], said: str) -> None:
    assert said in why(**given)


def test_a_put_that_gives_up_is_in_no_formula() -> None:
    assert "gives up" in why("service", put_policy="timeout", maxsize=6)


@pytest.mark.parametrize("slug", sorted(set(ALL) - set(theory.MODELLED)))
def test_no_formula_is_claimed_for_what_is_no_model(slug: str) -> None:
    assert "is no model of the books" in why(slug)


def test_puts_that_wait_are_told_apart_from_erlang() -> None:
    said = theory.sentence(found(maxsize=5))
    assert "Erlang's formulas do not apply: arrivals stop while put() waits" in said


# --- anything -------------------------------------------------------------------------------------

given_settings = st.fixed_dictionaries(
    {
        "maxsize": st.integers(0, 40),
        "producers": st.integers(0, 20),
        "consumers": st.integers(0, 20),
        "produce_time": st.floats(0.001, 3_600),
        "consume_time": st.floats(0.001, 3_600),
        **{
            name: st.sampled_from([each for each in SETTINGS[name].choices if each != "file"])
            for name in ("jitter", "arrivals", "work", "discipline", "put_policy")
        },
        "spread": st.floats(0.1, 10),
        "items": st.none() | st.integers(1, 100),
        "failing": st.sampled_from([0.0, 0.5]),
    }
)


@settings(max_examples=150)
@given(st.sampled_from(["producer-consumer", "service"]), given_settings)
def test_any_settings_have_figures_or_a_reason(slug: str, given: dict[str, Any]) -> None:
    it = theory.of(slug, scenario(slug).settings(given))
    assert len(theory.sentence(it)) < 300
    assert "{" not in theory.sentence(it)
    if isinstance(it, Expected):
        assert it.figures.keys() <= MEASURES.keys()
        assert it.formulas.keys() == it.figures.keys()
        for name, value in it.figures.items():
            assert value >= 0
            assert value <= 1 + 1e-9 or MEASURES[name].unit != "share"
        flow = it.figures["throughput"]
        if "wait.mean" in it.figures:
            little = theory.little(flow, it.figures["wait.mean"])
            assert little == pytest.approx(it.figures["depth.mean"], rel=1e-6, abs=1e-9)
        served = flow * given["consume_time"] / given["consumers"]
        assert it.figures["utilisation"] == pytest.approx(served)


# --- as it is shown -------------------------------------------------------------------------------


def test_a_figure_is_found_by_its_queue_too() -> None:
    it = found()
    assert theory.expected(it, "jobs:wait.mean") == theory.expected(it, "wait.mean")
    assert theory.expected(it, "lost") is None
    assert theory.expected(found(producers=0), "wait.mean") is None
    assert theory.formula(it, "jobs:wait.p95") == "ln(C(c, a) / (1 − p)) / (c·μ − λ)"
    assert theory.formula(found(producers=0), "wait.p95") == ""


def test_each_model_and_each_reason_is_told_once() -> None:
    every = [found(), found(), found(items=5), found(consumers=4), found(consumers=5)]
    lines = theory.lines(every)
    assert len(lines) == 3
    assert lines[0].startswith("theory: M/M/3 (Poisson arrivals at 2.4/s, exponential work of 1 s")
    assert lines[1].startswith("no theory: formulas tell of runs without end")
    assert lines[2].endswith("… and 1 more")


def test_json_has_the_figures_and_their_formulas_or_the_reason() -> None:
    assert theory.as_json(found(producers=0)) == {"why": "there must be producers and consumers"}
    told = theory.as_json(found())
    assert told["model"] == "M/M/3"
    assert told["formulas"].keys() == told["figures"].keys()


def test_all_settings_are_looked_at() -> None:
    """A new setting of the lab may break a formula: whoever adds one must look here."""
    harmless = {"supervise", "put_timeout", "get_timeout", "retries", "backoff", "period"}
    known = {
        "maxsize", "producers", "consumers", "produce_time", "consume_time", "jitter", "arrivals",
        "work", "spread", "failing", "put_policy", "discipline", "items",
    }  # fmt: skip
    assert set(LAB_SETTINGS) == harmless | known
