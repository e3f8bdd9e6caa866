"""What is said below a table where runs are too short for what they are to tell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from qdash.events import Value
from qdash.experiment.length import long_enough
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
            "At {count:,} point, {point}, more comes than can be done: the queue grows, and its "
            "figures are of runs of this length only.",
            "At {count:,} points, such as {point}, more comes than can be done: the queue grows, "
            "and its figures are of runs of this length only.",
            len(growing),
        ).format(count=len(growing), point=point_words(growing[0]))
    short = [each for each in wanted if until < each[0] <= DURATION.high]
    if short:
        longest, point = max(short, key=lambda each: each[0])
        by = 10 ** max(0, math.floor(math.log10(longest)) - 1)
        yield trn(
            "At {count:,} point, {point}, runs are short for such busy consumers: the queue hardly "
            "forgets that it began empty. --for {until} is long enough.",
            "At {count:,} points, most at {point}, runs are short for such busy consumers: the "
            "queue hardly forgets that it began empty. --for {until} is long enough.",
            len(short),
        ).format(
            count=len(short), point=point_words(point), until=f"{math.ceil(longest / by) * by:d}"
        )


def point_words(point: Mapping[str, Value]) -> str:
    """``consumers=3 maxsize=2``, as it is typed; nothing varied is the scenario as it is."""
    if not point:
        return tr("the scenario as it is")
    return " ".join(f"{name}={_value(name, value)}" for name, value in point.items())


def _value(name: str, value: Value) -> str:
    if value is None:
        return SETTINGS[name].off
    return ("on" if value else "off") if isinstance(value, bool) else str(value)
