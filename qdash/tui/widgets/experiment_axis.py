"""Where along an axis the values of a setting stand: to scale, as far as there is room."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from itertools import pairwise
from math import log
from typing import Final

_DECADE: Final = 10
"""How many times the first value the last one is at least on a logarithmic axis."""
_APART: Final = 2
"""How many columns one value is from the next at least: beside a mean stands what theory says."""


class Scale(Enum):
    """What distances along an axis mean."""

    LINEAR = "linear"
    LOGARITHMIC = "logarithmic"
    NONE = "none"
    """Nothing: the values stand in their order, evenly."""


def stand(values: Sequence[float | None], columns: int) -> tuple[list[int], Scale]:
    """Return in which of the columns each value stands, and to which scale that is.

    A value that is no number is None. The axis is logarithmic where that keeps values that span
    a decade further apart; and it has no scale where a value is no number, where they do not
    ascend, or where two of them would fall together.
    """
    evenly = [int((n + 0.5) * columns / len(values)) for n in range(len(values))]
    numbers = [value for value in values if value is not None]
    if len(numbers) < len(values) or any(one >= other for one, other in pairwise(numbers)):
        return evenly, Scale.NONE
    if len(numbers) < 2:
        return evenly, Scale.LINEAR
    shares, scale = _shares(numbers), Scale.LINEAR
    if numbers[0] > 0 and numbers[-1] >= _DECADE * numbers[0]:
        others = _shares([log(number) for number in numbers])
        if _closest(others) > _closest(shares):
            shares, scale = others, Scale.LOGARITHMIC
    first, last = evenly[0], evenly[-1]
    found = [round(first + share * (last - first)) for share in shares]
    return (found, scale) if _closest(found) >= _APART else (evenly, Scale.NONE)


def _shares(numbers: Sequence[float]) -> list[float]:
    """Return where each lies between the first, 0, and the last, 1."""
    first, last = numbers[0], numbers[-1]
    return [(number - first) / (last - first) for number in numbers]


def _closest(places: Sequence[float]) -> float:
    return min(other - one for one, other in pairwise(places))
