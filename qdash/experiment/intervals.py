"""Intervals: how sure a mean over independent replications is, by Student's t distribution."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

import msgspec

CONFIDENCE: Final = 0.95
"""How often an interval is to hold the true value."""

_ROUNDING: Final = 1e-13
"""By what part of the largest, values may differ that would be equal without rounding."""


class Interval(msgspec.Struct, frozen=True):
    """A mean of ``n`` values and half the width of its confidence interval, in their unit.

    ``half`` is None where there is only one value, which says nothing of how it varies.
    """

    mean: float
    half: float | None
    n: int

    @property
    def low(self) -> float | None:
        """The lower end."""
        return None if self.half is None else self.mean - self.half

    @property
    def high(self) -> float | None:
        """The upper end."""
        return None if self.half is None else self.mean + self.half

    def covers(self, value: float) -> bool:
        """Tell whether ``value`` lies in it; with one value alone everything does."""
        low, high = self.low, self.high
        return low is None or high is None or low <= value <= high


def interval(values: Iterable[float | None], confidence: float = CONFIDENCE) -> Interval | None:
    """Return the mean of independent values with its interval; those that are None do not count.

    None where there are none. The same values give the same figures in whatever order. Values that
    differ by no more than arithmetic rounds do not vary: half the interval is 0.
    """
    known = [value for value in values if value is not None]
    n = len(known)
    if n == 0:
        return None
    mean = math.fsum(known) / n
    if n == 1:
        return Interval(mean, None, 1)
    if max(known) - min(known) <= _ROUNDING * max(map(abs, known)):
        return Interval(mean, 0.0, n)
    variance = math.fsum((value - mean) ** 2 for value in known) / (n - 1)
    return Interval(mean, student_t(n - 1, confidence) * math.sqrt(variance / n), n)


def paired(
    first: Sequence[float | None], second: Sequence[float | None], confidence: float = CONFIDENCE
) -> Interval | None:
    """Return the interval of ``second`` − ``first``, value by value.

    With common random numbers the two of a pair vary together, and their difference less than
    either. Pairs of which one is None do not count. Raises ValueError for unequal lengths.
    """
    differences = [
        None if a is None or b is None else b - a for a, b in zip(first, second, strict=True)
    ]
    return interval(differences, confidence)


@lru_cache(maxsize=1_024)
def student_t(freedom: int, confidence: float = CONFIDENCE) -> float:
    """Return t with P(−t ≤ T ≤ t) = ``confidence`` for Student's T of ``freedom`` ≥ 1 degrees.

    ``confidence`` is above 0 and below 1. Raises ValueError for anything else.
    """
    if freedom < 1 or not 0 < confidence < 1:
        raise ValueError("degrees of freedom are 1 or more, and a confidence is between 0 and 1")
    low, high = 0.0, 1.0
    while _inside(high, freedom) < confidence:
        low, high = high, high * 2
    while (middle := (low + high) / 2) not in (low, high):  # until no double lies in between
        if _inside(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return high


def _inside(t: float, freedom: int) -> float:
    """Return P(−t ≤ T ≤ t), which is the incomplete beta function I at t² / (freedom + t²)."""
    return _beta(0.5, freedom / 2, t * t / (freedom + t * t))


def _beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):  # where the fraction would converge slowly
        return 1 - _beta(b, a, 1 - x)
    front = a * math.log(x) + b * math.log1p(-x)
    front += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(front) / a * _fraction(a, b, x)


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function, by Lentz's method."""
    tiny = 1e-300
    c, d = 1.0, 1 / ((1 - (a + b) * x / (a + 1)) or tiny)
    value = d
    for m in range(1, 500):
        for term in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / ((1 + term * d) or tiny)
            c = (1 + term / c) or tiny
            value *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return value
