"""Conditions: whether what a script claims holds in a run, and what is so instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from qdash.script.measure import Scene, measure
from qdash.script.model import Condition, Number, Plain
from qdash.words import tr

NEAR: Final = 1e-9
"""By how much two numbers may differ that are the same: times are told to the nanosecond."""


def measured(number: Number, scene: Scene) -> Plain:
    """Return the number that a question asks for. Raises MeasureError."""
    return measure(number.what, scene, number.of, number.on)


def holds(condition: Condition, scene: Scene) -> bool:
    """Tell whether a condition holds. Raises MeasureError."""
    found = measure(condition.what, scene, condition.of, condition.on)
    return all(_COMPARE[operator](found, value) for operator, value in condition.operators.items())


def missed(condition: Condition, scene: Scene) -> str:
    """Return a sentence on what is measured instead of what a condition says; "" where it holds."""
    if holds(condition, scene):
        return ""
    found = measure(condition.what, scene, condition.of, condition.on)
    operator, value = next(iter(condition.operators.items()))
    return tr("{what} is {found}, and the script says {condition}").format(
        what=call(condition),
        found=json.dumps(found, ensure_ascii=False),
        condition=f"{operator} = {json.dumps(value, ensure_ascii=False)}",
    )


def call(asked: Condition | Number) -> str:
    """Name what is measured: ``event.put.count of P1 on jobs``."""
    of = f" of {asked.of}" if asked.of else ""
    on = f" on {asked.on}" if asked.on else ""
    return f"{asked.what}{of}{on}"


def _same(found: Plain, value: Plain) -> bool:
    if isinstance(found, bool) or isinstance(value, bool):
        return found is value
    if isinstance(found, str) or isinstance(value, str):
        return found == value
    return abs(found - value) <= NEAR


def _number(value: Plain) -> float:
    return float("nan") if isinstance(value, str) else value


_COMPARE: Final[dict[str, Callable[[Plain, Plain], bool]]] = {
    "is": _same,
    "is_not": lambda found, value: not _same(found, value),
    "above": lambda found, value: _number(found) > _number(value),
    "below": lambda found, value: _number(found) < _number(value),
    "at_least": lambda found, value: _number(found) >= _number(value),
    "at_most": lambda found, value: _number(found) <= _number(value),
}
