"""What is said below a table where runs are too short for what they are to tell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from qdash.events import Value
from qdash.experiment.grid import Plan
from qdash.experiment.length import long_enough, needed
from qdash.experiment.results import Results
from qdash.settings import DURATION, SETTINGS
from qdash.words import tr, trn


def length_notes(results: Results) -> Iterator[str]:
    """Say at how many points runs are too short, and how long they should be."""
    until = results.plan.until
    if until is None:
        return
    wanted = [(long_enough(results, point), point) for point in results.points]
    growing = [point for seconds, point in wanted if seconds > DURATION.high]
    if growing:
        yield trn(
            "At {count:,} point, {point}, at least as much comes as can be done: the queue "
            "grows, and its figures are of runs of this length only.",
            "At {count:,} points, such as {point}, at least as much comes as can be done: the "
            "queue grows, and its figures are of runs of this length only.",
            len(growing),
        ).format(count=len(growing), point=point_words(growing[0]))
    short = [each for each in wanted if until < each[0] <= DURATION.high]
    if short:
        longest, point = max(short, key=lambda each: each[0])
        yield trn(
            "At {count:,} point, {point}, runs are short for such busy consumers: the queue hardly "
            "forgets that it began empty. --for {until} is long enough.",
            "At {count:,} points, most at {point}, runs are short for such busy consumers: the "
            "queue hardly forgets that it began empty. --for {until} is long enough.",
            len(short),
        ).format(count=len(short), point=point_words(point), until=_seconds(longest))


def side_notes(letter: str, plan: Plan, busy: float | None, rate: float | None) -> Iterator[str]:
    """Say the same of one of two that are compared."""
    longest = needed(plan, plan.settings, busy or 0.0, rate or 0.0)
    if longest > DURATION.high:
        yield tr(
            "{letter}: at least as much comes as can be done: the queue grows, and its figures "
            "are of runs of this length only."
        ).format(letter=letter)
    elif plan.until is not None and longest > plan.until:
        yield tr(
            "{letter}: runs are short for such busy consumers: the queue hardly forgets that it "
            "began empty. --for {until} is long enough."
        ).format(letter=letter, until=_seconds(longest))


def _seconds(seconds: float) -> str:
    """Return a time as it is typed, in two digits, rounded up."""
    by = 10 ** max(0, math.floor(math.log10(seconds)) - 1)
    return f"{math.ceil(seconds / by) * by:d}"


def point_words(point: Mapping[str, Value]) -> str:
    """``consumers=3 maxsize=2``, as it is typed; nothing varied is the scenario as it is."""
    if not point:
        return tr("the scenario as it is")
    return " ".join(f"{name}={_value(name, value)}" for name, value in point.items())


def _value(name: str, value: Value) -> str:
    if value is None:
        return SETTINGS[name].off
    return ("on" if value else "off") if isinstance(value, bool) else str(value)
