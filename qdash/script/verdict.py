"""Verdicts: what the right answer to a question was, looked up in the run that has shown it."""

from __future__ import annotations

import msgspec

from qdash.script.conditions import NEAR, call, holds, measured
from qdash.script.measure import Scene
from qdash.script.model import Question
from qdash.words import tr


class Finding(msgspec.Struct, frozen=True):
    """What the run has shown: the place of the right choice from 0, or the number.

    ``holding`` are all choices that hold. Where it is not exactly one, or the number is none,
    ``problem`` is a sentence that tells so; else it is "".
    """

    right: int | None = None
    number: float | None = None
    holding: tuple[int, ...] = ()
    problem: str = ""


def look_up(question: Question, scene: Scene) -> Finding:
    """Return what the right answer is. ``scene`` is of the moment when its ``show`` is over.

    Its events are those since the question was asked.
    """
    if (number := question.number) is not None:
        found = measured(number, scene)
        if isinstance(found, str):
            return Finding(
                problem=tr("{what} is {found}, which is no number").format(
                    what=call(number), found=repr(found)
                )
            )
        return Finding(number=found)
    holding = tuple(
        place
        for place, choice in enumerate(question.choices)
        if all(holds(condition, scene) for condition in choice.when)
    )
    if len(holding) == 1:
        return Finding(right=holding[0], holding=holding)
    if not holding:
        return Finding(problem=tr("none of the choices is what the run shows"))
    places = ", ".join(str(place + 1) for place in holding)
    return Finding(
        holding=holding,
        problem=tr("more than one of the choices is what the run shows: {places}").format(
            places=places
        ),
    )


def is_right(question: Question, finding: Finding, answer: float) -> bool:
    """Tell whether an answer is right: the place of a choice, from 0, or the number."""
    if question.number is None:
        return finding.right is not None and answer == finding.right
    if finding.number is None:
        return False
    return abs(answer - finding.number) <= question.number.tolerance + NEAR
