"""Figures of an experiment in words and digits, and the scale of a chart of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, floor, log10
from typing import Final

from qdash.events import Value
from qdash.experiment.intervals import Interval
from qdash.experiment.measures import SCALES, SIGNS, decimals, measure, title, width
from qdash.settings import setting
from qdash.tui.look import Glyphs
from qdash.words import tr

_UNKNOWN: Final = 3
"""With how many decimals theory is shown before anything is measured."""


def factor(name: str) -> float:
    """Return by what a measure is multiplied before it is shown: shares are in per cent."""
    return SCALES.get(measure(name).unit, 1.0)


def heading(name: str) -> str:
    """Return the title of a measure with its unit."""
    text, of = title(name), SIGNS[measure(name).unit]
    return tr("{title} ({unit})").format(title=text, unit=of) if of else text


def places(name: str, found: Iterable[Interval | None]) -> int:
    """Return with how many decimals figures that stand together are shown."""
    known = [each for each in found if each is not None]
    return decimals(known, factor(name)) if known else _UNKNOWN


def mean_and_half(
    name: str, found: Interval | None, places: int, glyphs: Glyphs
) -> tuple[str, str]:
    """Return a figure and half its interval, ``±0.02``, in the unit in which it is shown."""
    if found is None:
        return glyphs.dash, ""
    by = factor(name)
    mean = number(found.mean * by, places)
    return mean, f"{glyphs.plus_minus}{width(found.half * by, places)}" if found.half else ""


def alone(name: str, value: float | None, places: int) -> str:
    """Return a figure without an interval."""
    return "" if value is None else number(value * factor(name), places)


def number(value: float, places: int) -> str:
    """Return a number with so many decimals; nothing is shown as minus nothing."""
    text = f"{value:,.{places}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def values_of(point: Mapping[str, Value]) -> str:
    """Return a point in words: ``consumers 3, maxsize 5``."""
    if not point:
        return tr("as it is")
    shown = (f"{label(name)} {setting(name).show(value)}" for name, value in point.items())
    return ", ".join(shown)


def label(name: str) -> str:
    """Return what a setting is called on the screen."""
    return (setting(name).label or name).replace("_", " ")


def amount(name: str, value: Value) -> float | None:
    """Return a value of a setting as a number; None for a word, and for 0 that means another thing.

    So unbounded, for ``maxsize`` is 0, is not the least of all sizes.
    """
    if isinstance(value, (bool, str)) or value is None or (value == 0 and setting(name).zero):
        return None
    return float(value)


def ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    """Return at most ``most`` round numbers, from 3 on, of an axis on which low to high lies.

    The first and the last are its ends. It begins at 0 unless all would then lie close together.
    """
    if high - low < 1e-12 * max(abs(high), abs(low), 1e-12):
        low, high = (0.0, high * 1.25) if high > 0 else (low, 0.0) if low < 0 else (0.0, 1.0)
    if 0 <= low < 0.6 * high:
        low = 0.0
    step = _step((high - low) / (most - 1))
    while (count := ceil(high / step - 1e-9) - floor(low / step + 1e-9) + 1) > most:
        step = _step(step * 1.01)
    places = max(0, -floor(log10(step) + 1e-9))
    values = [(floor(low / step + 1e-9) + n) * step for n in range(count)]
    return [(value, number(value, places)) for value in values]


def _step(least: float) -> float:
    """Return a round number from ``least`` up: 1, 2 or 5 times a power of ten."""
    if least <= 0:
        return 1.0
    power: float = 10.0 ** floor(log10(least))
    return next((by * power for by in (1, 2, 5) if by * power >= least * (1 - 1e-9)), 10 * power)
