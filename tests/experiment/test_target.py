"""Targets and costs: as they are typed, and what they say."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.experiment.cost import STANDARD, CostError, parse_cost
from qdash.experiment.intervals import Interval
from qdash.experiment.measures import MEASURES, UnknownMeasure
from qdash.experiment.target import Target, TargetError, parse_target
from qdash.settings import SettingError
from qdash.words import Refusal

T = TypeVar("T")


def parsed_or_told(parse: Callable[[str], T], text: str) -> T | None:
    """Return what a text means, or None where one sentence says that it means nothing."""
    try:
        return parse(text)
    except Refusal as error:
        said = str(error)
    assert len(said.splitlines()) == 1
    assert len(said) < 600
    return None


# --- targets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("wait.p95<0.5", Target("wait.p95", "<", 0.5)),
        (" wait.p95 <= 500 ms ", Target("wait.p95", "<=", 0.5)),
        ("wait.p95≤0.5s", Target("wait.p95", "<=", 0.5)),
        ("blocked.max<1min", Target("blocked.max", "<", 60.0)),
        ("jobs:full<5%", Target("jobs:full", "<", 0.05)),
        ("full<0.05", Target("full", "<", 0.05)),
        ("utilisation=<100%", Target("utilisation", "<=", 1.0)),
        ("throughput>2.5/s", Target("throughput", ">", 2.5)),
        ("throughput≥2.5 1/s", Target("throughput", ">=", 2.5)),
        ("throughput>=30/min", Target("throughput", ">=", 0.5)),
        ("depth.mean<1e3", Target("depth.mean", "<", 1000.0)),
        ("lost<=0", Target("lost", "<=", 0.0)),
    ],
)
def test_a_target_as_it_is_typed(text: str, meant: Target) -> None:
    assert parse_target(text) == meant
    assert parse_target(meant.typed) == meant
    assert parse_target(str(meant)) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a target is a measure, <, <=, > or >=, and a number, such as wait.p95<0.5; got ''"),
        ("wait.p95", "a target is a measure"),
        ("wait.p95=0.5", "a target is a measure"),
        ("0<wait.p95<0.5", "a target is a measure"),
        ("wait.p95<<1", "a target is a measure"),
        ("x" * 5_000, "a target is a measure"),
        ("wait.p95<", "wait.p95 is compared with a number of seconds, such as 0.5 or 500ms; got"),
        ("wait.p95<5%", "a number of seconds"),
        ("wait.p95<-1", "a number of seconds"),
        ("wait.p95<nan", "a number of seconds"),
        ("wait.p95<inf", "a number of seconds"),
        ("wait.p95<1e999", "a number of seconds"),
        ("wait.p95<1_0", "a number of seconds"),
        ("wait.p95<٣", "a number of seconds"),
        ("full<5", "full is compared with a share from 0 to 1, or in per cent, such as 5%; got"),
        ("full<101%", "a share from 0 to 1"),
        ("throughput>2s", "a number a second"),
        ("depth.mean<2s", "a number of items"),
    ],
)
def test_what_is_no_target_is_refused_by_a_sentence(text: str, said: str) -> None:
    with pytest.raises(TargetError) as refused:
        parse_target(text)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 200


def test_a_measure_that_is_nearly_right_is_understood() -> None:
    with pytest.raises(UnknownMeasure, match=r"did you mean wait\.p"):
        parse_target("wait.p59 < 1")
    with pytest.raises(UnknownMeasure, match="write it without a queue"):
        parse_target("jobs:utilisation > 1%")


@pytest.mark.parametrize(
    ("sign", "mean", "half", "verdict"),
    [
        ("<", 0.4, 0.05, "met"),
        ("<", 0.4, 0.1, "undecided"),
        ("<=", 0.4, 0.1, "met"),
        ("<", 0.49, 0.05, "undecided"),
        ("<", 0.51, 0.05, "undecided"),
        ("<", 0.6, 0.1, "missed"),
        ("<=", 0.6, 0.1, "undecided"),
        (">", 0.6, 0.05, "met"),
        (">", 0.45, 0.1, "undecided"),
        (">", 0.45, 0.01, "missed"),
        (">=", 0.5, 0.0, "met"),
        (">", 0.5, 0.0, "missed"),
        ("<", 0.1, None, "undecided"),
    ],
)
def test_the_whole_interval_decides(sign: str, mean: float, half: float, verdict: str) -> None:
    target = Target("wait.p95", sign, 0.5)  # type: ignore[arg-type]
    found = Interval(mean, half, 1 if half is None else 10)
    assert target.judge(found) == verdict
    if verdict == "met":
        assert target.misses_by(found) == 0


@pytest.mark.parametrize(
    ("text", "mean", "half", "verdict"),
    [
        ("wait.p95<0", 0.02, 0.05, "missed"),
        ("wait.p95>=0", 0.02, 0.05, "met"),
        ("full<=100%", 0.98, 0.05, "met"),
        ("utilisation>=100%", 0.98, 0.05, "undecided"),
        ("depth.mean<=1", 0.98, 0.05, "undecided"),
    ],
)
def test_what_no_figure_can_be_does_not_count(
    text: str, mean: float, half: float, verdict: str
) -> None:
    assert parse_target(text).judge(Interval(mean, half, 10)) == verdict


def test_what_was_not_measured_is_missed_by_infinitely_much() -> None:
    target = Target("wait.p95", "<", 0.5)
    assert target.judge(None) == "missed"
    assert target.misses_by(None) == math.inf
    assert target.misses_by(Interval(0.75, 0.1, 10)) == pytest.approx(0.5)
    assert Target("lost", "<=", 0).misses_by(Interval(3.0, 0.1, 10)) == 3.0


@settings(max_examples=200)
@given(st.text(max_size=60) | st.builds("{}{}{}".format, st.sampled_from(sorted(MEASURES)),
       st.sampled_from(["<", ">=", "≤"]), st.text(max_size=20)))  # fmt: skip
def test_anything_typed_is_a_target_or_refused(text: str) -> None:
    target = parsed_or_told(parse_target, text)
    assert target is None or parse_target(target.typed) == target


# --- costs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "typed", "costs"),
    [
        ("consumers", "consumers", (3,)),
        ("consumers, maxsize", "consumers, maxsize", (3, 10)),
        ("3*consumers+0.1*maxsize", "3*consumers + 0.1*maxsize", (10,)),
        ("3 * consumers - produce_time", "3*consumers - produce_time", (8.5,)),
        ("-maxsize", "- maxsize", (-10,)),
        ("1e2*consumers", "100*consumers", (300,)),
    ],
)
def test_a_cost_as_it_is_typed(text: str, typed: str, costs: tuple[float, ...]) -> None:
    cost = parse_cost(text)
    assert cost.typed == typed
    assert parse_cost(cost.typed) == cost
    at = {"consumers": 3, "maxsize": 10, "produce_time": 0.5}
    assert cost.of(at) == pytest.approx(costs)


def test_what_has_no_limit_is_infinitely_dear() -> None:
    at = {"consumers": 3, "maxsize": 0, "put_timeout": None}
    assert parse_cost("maxsize, put_timeout, consumers").of(at) == (math.inf, math.inf, 3)
    assert parse_cost("maxsize - put_timeout").of(at) == (math.inf,)
    assert STANDARD.of({"consumers": 2, "maxsize": 4}) == (2, 4)
    assert str(STANDARD) == "consumers, then maxsize"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a cost is a sum of settings, such as consumers or 3*consumers+maxsize; got ''"),
        ("consumers maxsize", "a cost is a sum of settings"),
        ("consumers,", "a cost is a sum of settings"),
        ("consumers*3", "a cost is a sum of settings"),
        ("0*consumers", "a cost is a sum of settings"),
        ("1e999*consumers", "a cost is a sum of settings"),
        ("..*consumers", "a cost is a sum of settings"),
        ("!" * 3_000, "a cost is a sum of settings"),
        ("3", "a cost is a sum of settings"),
        ("3*", "a cost is a sum of settings"),
        ("jitter", "jitter is no number of the lab, so it has no cost"),
        ("speed", "speed is no number of the lab"),
        ("consumer", "did you mean consumers?"),
    ],
)
def test_what_is_no_cost_is_refused_by_a_sentence(text: str, said: str) -> None:
    with pytest.raises((CostError, SettingError)) as refused:
        parse_cost(text)
    assert said in str(refused.value)
    assert len(str(refused.value)) < 500


@settings(max_examples=200)
@given(st.text("consumers,maxsize+-*0.1e ", max_size=40) | st.text(max_size=30))
def test_anything_typed_is_a_cost_or_refused(text: str) -> None:
    cost = parsed_or_told(parse_cost, text)
    assert cost is None or parse_cost(cost.typed) == cost
