"""How sure a mean over one long run is, whose parts hang together: or that nobody can say yet.

The run is cut into batches of equal length. What a queue does in one batch is of a kind with what
it does in the next, the more so the busier its consumers, and means of waits are skewed. So the
spread of the batches is widened by the correlation of neighbours that remains, and by the skewness,
both as in Skart (Tafazzoli and Wilson, IIE Transactions 43, 2011). Short runs show little of how
long they hang together: therefore a run must also be many times as long as its queue remembers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from qdash.experiment.intervals import CONFIDENCE, student_t

FEWEST: Final = 16
"""So many batches there must be before a mean has an interval."""
LONG: Final = 20.0
"""So many times as long as its queue remembers a run must be: see ``memory``."""

_APART: Final = 4.0  # batches that are worth independent ones there must be
_CAUTION: Final = 0.5  # standard errors by which the correlation is taken to be higher than found
_STIFF: Final = 0.99  # the highest correlation that is reckoned with
_STRAIGHT: Final = 1e-6  # a skewness below which its correction is none


def half_width(values: Sequence[float], confidence: float = CONFIDENCE) -> float | None:
    """Return half the width of the interval of the mean of these batches, in their order.

    None where they are too few, or too much of a kind, for one that holds the mean of all time as
    often as it says. Values that are all equal have one of width 0.
    """
    if len(values) < FEWEST:
        return None
    n = len(values)
    mean = math.fsum(values) / n
    off = [value - mean for value in values]
    square = math.fsum(each * each for each in off)
    if not square:
        return 0.0
    each = worth(values)
    apart = n / each
    if apart < _APART:
        return None
    error = math.sqrt(square / (n - 1) * each / (n - each))
    quantile = student_t(int(apart - 1), confidence)
    return error * _skewed(quantile, off, math.ceil(each))


def worth(values: Sequence[float]) -> float:
    """Return how many of these batches say as much as one would that is independent; 1 at least.

    It follows from the correlation of neighbours, as if each came of the one before alone.
    Correlation below 0, which would make the interval narrower, is not believed.
    """
    n = len(values)
    mean = math.fsum(values) / n
    off = [value - mean for value in values]
    square = math.fsum(each * each for each in off)
    if n <= 4 or not square:
        return 1.0
    found = math.fsum(a * b for a, b in pairwise(off)) / square
    found = (n * found + 1) / (n - 4)  # few values find it too low: Kendall (1954)
    found = min(max(found + _CAUTION / math.sqrt(n), 0.0), _STIFF)
    return (1 + found) / (1 - found)


def _skewed(quantile: float, off: list[float], joined: int) -> float:
    """Return a quantile that allows for skewness: that of the longer side, for both.

    ``joined`` neighbours are one value, so that values are nearly independent.
    """
    count = len(off) // joined
    start = len(off) - count * joined
    sums = [math.fsum(off[at : at + joined]) for at in range(start, start + count * joined, joined)]
    mean = math.fsum(sums) / count
    spread = math.sqrt(math.fsum((each - mean) ** 2 for each in sums) / count)
    if count < 3 or not spread:
        return quantile
    third = math.fsum(((each - mean) / spread) ** 3 for each in sums) / count
    third *= math.sqrt(count * (count - 1)) / (count - 2)
    skew = third / (6 * math.sqrt(count))
    if abs(skew) < _STRAIGHT:
        return quantile
    sides = (math.cbrt(1 + 6 * skew * (side - skew)) - 1 for side in (quantile, -quantile))
    return max(quantile, *(abs(side / (2 * skew)) for side in sides))


def memory(servers: float, busy: float, service: float, done: int, room: int = 0) -> float:
    """Return in how many seconds a queue forgets how it was: its relaxation time, as of M/M/c/K.

    ``servers`` work ``service`` seconds an item, and for a part ``busy`` of their time, found from
    ``done`` items. ``room`` is 0 for a queue without limit, which forgets the more slowly the
    busier they are, and never if they always are; infinite says so. Since few items may find them
    less busy than they are, they are taken to be two standard errors busier.
    """
    if not done or servers <= 0 or service <= 0:
        return 0.0
    load = min(1.0, busy * (1 + 2 / math.sqrt(done)))
    turn = math.cos(math.pi / (room + servers + 1)) if room else 1.0
    gap = 1 + load - 2 * math.sqrt(load) * turn
    return service / servers / gap if gap > 1e-12 else math.inf
