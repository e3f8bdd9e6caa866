"""Intervals of one long run: they hold what they should, or there are none."""

from __future__ import annotations

import math
import random
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash.experiment.intervals import student_t
from qdash.experiment.steady import FEWEST, half_width, memory, worth


def chained(draw: random.Random, count: int, hold: float) -> list[float]:
    """Values of mean 0 of which each keeps a part of the one before."""
    start = draw.gauss(0.0, 1 / math.sqrt(1 - hold * hold))
    noise = (draw.gauss(0.0, 1.0) for _ in range(count))
    return list(accumulate(noise, lambda last, new: hold * last + new, initial=start))[1:]


def covered(values: list[list[float]], exact: float) -> tuple[int, int]:
    """Return how many have an interval, and how many of those hold the exact mean."""
    halves = [(sum(each) / len(each), half_width(each)) for each in values]
    told = [(mean, half) for mean, half in halves if half is not None]
    return len(told), sum(abs(mean - exact) <= half for mean, half in told)


@pytest.mark.parametrize("hold", [0.0, 0.3, 0.6, 0.8])
def test_correlation_makes_no_interval_too_narrow(hold: float) -> None:
    draw = random.Random(3)
    told, hits = covered([chained(draw, 48, hold) for _ in range(400)], 0.0)
    assert told >= 100
    assert 0.92 <= hits / told <= 0.99


def test_as_if_independent_it_would_be_far_too_narrow() -> None:
    draw = random.Random(3)
    hits = 0
    for _ in range(400):
        values = chained(draw, 48, 0.6)
        mean = sum(values) / 48
        spread = math.sqrt(sum((each - mean) ** 2 for each in values) / 47 / 48)
        hits += abs(mean) <= student_t(47) * spread
    assert hits <= 0.75 * 400


def test_what_hangs_together_all_along_has_none() -> None:
    assert half_width([float(n) for n in range(48)]) is None
    draw = random.Random(4)
    told, _ = covered([chained(draw, 48, 0.98) for _ in range(200)], 0.0)
    assert told <= 20


def test_skewed_values_are_covered_too() -> None:
    draw = random.Random(5)
    told, hits = covered(
        [[draw.lognormvariate(0.0, 1.3) for _ in range(48)] for _ in range(400)], math.exp(0.845)
    )
    assert told == 400
    assert hits / told >= 0.92


def test_what_happened_once_may_be_several_times_as_frequent() -> None:
    half = half_width([0.0] * 30 + [1.0] + [0.0] * 17)
    assert half is not None
    assert (1 + half * 48) >= 4.7  # events at most, of which one was seen, 95 of 100 times


def test_few_values_have_none_and_equal_ones_no_width() -> None:
    assert half_width([1.0, 2.0] * (FEWEST // 2 - 1)) is None
    assert half_width([1.0, 2.0] * (FEWEST // 2)) is not None
    assert half_width([2.5] * FEWEST) == 0.0


values = st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 3)), min_size=FEWEST, max_size=64)


@given(values, st.floats(-1e6, 1e6), st.floats(0.001, 1e3))
def test_a_shift_changes_nothing_and_a_scale_scales(
    them: list[float], shift: float, scale: float
) -> None:
    half = half_width(them)
    assert half is None or half >= 0
    assert 1 <= worth(them) <= 199
    if half is not None and half > 1e-3:
        moved = half_width([each * scale for each in them])
        assert moved == pytest.approx(half * scale, rel=1e-6)
        assert half_width([-each for each in them]) == pytest.approx(half, rel=1e-6)


def test_a_queue_remembers_the_longer_the_busier_its_consumers_are() -> None:
    many = 10**12
    assert memory(1, 0.81, 1.0, many) == pytest.approx(1 / (1 - 0.9) ** 2, rel=1e-4)
    assert memory(2, 0.81, 1.0, many) == pytest.approx(50, rel=1e-4)
    assert memory(1, 1.0, 1.0, many) == math.inf  # it grows without end
    assert memory(1, 1.0, 1.0, many, room=9) < 30  # which a bounded one cannot
    assert memory(1, 0.81, 1.0, 100) > 150  # 100 items do not know it that exactly
    found = [memory(2, busy / 100, 1.0, 1_000) for busy in range(0, 100, 5)]
    assert found == sorted(found)


@pytest.mark.parametrize("unknown", [(0.0, 0.5, 1.0, 10), (2.0, 0.0, 0.0, 10), (2.0, 0.5, 1.0, 0)])
def test_where_nobody_works_the_memory_is_not_known(
    unknown: tuple[float, float, float, int],
) -> None:
    assert memory(*unknown) == 0.0
