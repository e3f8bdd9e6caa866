"""Student's t against published tables, and intervals that cover what they should."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash.experiment.intervals import Interval, interval, paired, student_t

# Two-sided quantiles, as every book of statistics prints them.
TABLE = {
    0.90: {1: 6.314, 2: 2.920, 5: 2.015, 10: 1.812, 30: 1.697, 120: 1.658},
    0.95: {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 9: 2.262, 10: 2.228, 19: 2.093},
    0.99: {1: 63.657, 2: 9.925, 5: 4.032, 10: 3.169, 29: 2.756, 60: 2.660, 120: 2.617},
}


@pytest.mark.parametrize("confidence", TABLE)
def test_the_quantiles_are_those_of_the_tables(confidence: float) -> None:
    for freedom, expected in TABLE[confidence].items():
        assert student_t(freedom, confidence) == pytest.approx(expected, abs=6e-4)


def test_the_quantiles_of_one_and_two_degrees_have_a_closed_form() -> None:
    for confidence in (0.5, 0.8, 0.95, 0.999):
        cauchy = math.tan(math.pi * confidence / 2)
        assert student_t(1, confidence) == pytest.approx(cauchy, rel=1e-10)
        p = (1 + confidence) / 2
        second = (2 * p - 1) * math.sqrt(2 / (4 * p * (1 - p)))
        assert student_t(2, confidence) == pytest.approx(second, rel=1e-10)


def test_with_many_degrees_it_is_the_normal_distribution() -> None:
    assert student_t(10_000_000) == pytest.approx(1.959964, abs=1e-6)


@pytest.mark.parametrize("wrong", [(0, 0.95), (5, 0.0), (5, 1.0), (5, 2.0)])
def test_what_is_no_quantile_is_refused(wrong: tuple[int, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        student_t(*wrong)


def test_an_interval_is_as_by_hand() -> None:
    found = interval([1.0, 2.0, 3.0, 4.0])
    assert found is not None
    assert (found.mean, found.n) == (2.5, 4)
    assert found.half == pytest.approx(3.182446 * math.sqrt(5 / 3) / 2, rel=1e-6)
    assert (found.low, found.high) == (2.5 - found.half, 2.5 + found.half)
    assert found.covers(2.5 + found.half)
    assert not found.covers(0.4)


def test_one_value_has_no_interval_and_none_has_nothing() -> None:
    assert interval([]) is None
    assert interval([None, None]) is None
    assert interval([None, 3.0]) == Interval(3.0, None, 1)
    assert Interval(3.0, None, 1).low is None
    assert Interval(3.0, None, 1).covers(1e9)
    assert interval([2.0, 2.0, None]) == Interval(2.0, 0.0, 2)


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=20), st.randoms())
def test_the_order_of_the_values_changes_no_digit(values: list[float], draw: random.Random) -> None:
    other = list(values)
    draw.shuffle(other)
    assert interval(values) == interval(other)


def test_the_intervals_cover_the_mean_as_often_as_they_say() -> None:
    draw = random.Random(1)
    hits = 0
    for _ in range(1_000):
        found = interval([draw.gauss(3.0, 2.0) for _ in range(5)])
        assert found is not None
        hits += found.covers(3.0)
    assert 935 <= hits <= 965


def test_pairs_that_vary_together_have_a_narrow_difference() -> None:
    first = [1.0, 5.0, 9.0, 3.0]
    second = [value + 1 for value in first]
    assert paired(first, second) == Interval(1.0, 0.0, 4)
    assert paired([1.0, None, 2.0], [2.0, 3.0, None]) == Interval(1.0, None, 1)
    with pytest.raises(ValueError, match="shorter"):
        paired([1.0, 2.0], [1.0])


@given(st.floats(-1e9, 1e9), st.integers(2, 9))
def test_values_that_differ_by_rounding_alone_do_not_vary(value: float, count: int) -> None:
    values = [math.nextafter(value, math.inf) if n % 2 else value for n in range(count)]
    found = interval(values)
    assert found is not None
    assert found.half == 0.0 or abs(value) < 1e-300


def test_what_varies_little_varies() -> None:
    found = interval([1.0, 1.0 + 1e-9])
    assert found is not None
    assert found.half
