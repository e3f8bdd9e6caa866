"""How times are spread around a mean: each way is a function of an item's own random draw.

A draw is a uniform number in [0, 1) that belongs to its item, so the same items take the same time
however many workers there are. Every way keeps the mean; but for ``file``, whose times are as they
were measured.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final, TypeAlias

Spread: TypeAlias = Callable[[float], float]
"""Seconds, from a draw."""
Wait: TypeAlias = Callable[[float, float], float]
"""Seconds from a virtual time on, and from a draw."""

BURST: Final = 0.25
"""Which part of its period a burst lasts; in the rest of it nothing comes."""

_LEAST: Final = 2.0**-54
"""Stands for a draw of 0 where 0 would lie infinitely far out."""


def spread_of(shape: str, mean: float, spread: float) -> Spread:
    """Return how times of a ``shape`` follow from draws.

    ``mean`` is in seconds. ``spread`` is the standard deviation over the mean, above 0: of
    ``lognormal`` and ``pareto`` only, since the other shapes have one of their own.
    """
    if shape == "uniform":
        return lambda draw: mean * (0.5 + draw)
    if shape == "exponential":
        log = math.log
        return lambda draw: -mean * log(1.0 - draw)
    if shape == "lognormal":
        from statistics import NormalDist  # a start need not wait for what only this shape needs

        sigma = math.sqrt(math.log1p(spread * spread))
        middle = math.log(mean) - sigma * sigma / 2
        normal = NormalDist(middle, sigma).inv_cdf
        return lambda draw: math.exp(normal(max(draw, _LEAST)))
    if shape == "pareto":
        alpha = 1.0 + math.sqrt(1.0 + 1.0 / (spread * spread))
        least, power = mean * (alpha - 1.0) / alpha, -1.0 / alpha
        return lambda draw: float(least * (1.0 - draw) ** power)
    return lambda draw: mean


def wait_of(shape: str, mean: float, period: float) -> Wait | None:
    """Return how the time to the next arrival follows from the present time and a draw.

    None where ``shape`` is not one whose rate changes with time. ``bursty``, ``ramp`` and ``day``
    are Poisson arrivals whose rate is 1 / ``mean`` over a whole ``period`` (both in seconds), and
    within it goes up and down: it comes in bursts of a quarter of the period; it rises from nothing
    to twice the mean; or it does so in the middle of the period, as at noon, and falls again.
    """
    if shape not in _CURVES:
        return None
    # Time is stretched so that arrivals come evenly in it: the next is looked for there, and its
    # time then told in seconds.
    stretch, shrink = _CURVES[shape]

    def wait(now: float, draw: float) -> float:
        whole, part = divmod(now / period, 1.0)
        even = whole + stretch(part) - mean * math.log(1.0 - draw) / period
        whole, part = divmod(even, 1.0)
        return max(0.0, (whole + shrink(part)) * period - now)

    return wait


# --- rates that change with time ------------------------------------------------------------------
#
# A curve is a pair of functions from [0, 1] onto itself, each the other's inverse: which part of a
# period's arrivals has come when a part of the period has gone by; and the other way round.


def _burst_come(part: float) -> float:
    return min(1.0, part / BURST)


def _burst_gone(part: float) -> float:
    return part * BURST


def _ramp_come(part: float) -> float:
    return part * part


def _day_come(part: float) -> float:
    return part - math.sin(2 * math.pi * part) / (2 * math.pi)


def _day_gone(come: float) -> float:
    # Kepler's equation has no solution that could be written down: this is Newton's way to it, from
    # the one for the dead of night, where the equation is as good as a cube.
    if come > 0.5:
        return 1.0 - _day_gone(1.0 - come)
    part = math.cbrt(1.5 * come / (math.pi * math.pi))
    for _ in range(20 if come > 1e-12 else 0):
        turn = 2 * math.pi * part
        step = (part - math.sin(turn) / (2 * math.pi) - come) / (1.0 - math.cos(turn))
        part -= step
        if abs(step) < 1e-12:
            break
    return part


_CURVES: Final = {
    "bursty": (_burst_come, _burst_gone),
    "ramp": (_ramp_come, math.sqrt),
    "day": (_day_come, _day_gone),
}


# --- work that fails ------------------------------------------------------------------------------

_MASK: Final = (1 << 64) - 1


def chance_of(draw: float, attempt: int) -> float:
    """Return a further uniform number in [0, 1) for an item's attempt, from the item's own draw.

    It tells nothing of the draw, nor of what the other attempts get.
    """
    # SplitMix64 by G. Steele, D. Lea and C. Flood: as good as random, and no state to be kept.
    mixed = (int(draw * 2**53) + attempt * 0x9E3779B97F4A7C15) & _MASK
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((mixed ^ (mixed >> 31)) >> 11) / 2**53
