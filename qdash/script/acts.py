"""The acts of a script: its labs one after another, with the times at which steps come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from qdash.commands import Command, Inject, SetValue
from qdash.script.model import Act, Cue, Script, Step
from qdash.settings import SETTINGS

CLAUSE: Final = re.compile(r"(==|!=|<=|>=|<|>|)\s*3\.(\d{1,3})")
"""What may stand in ``python``, one or more of them joined by commas."""

Python = tuple[int, int]
"""A version of Python, as (3, 12)."""


def acts(script: Script, python: Python | None = None) -> tuple[Act, ...]:
    """Return the labs of a script as they are played on a Python; None takes every step.

    A step that begins another lab, and is not for this Python, takes all steps of that lab with it.
    """
    found: list[Act] = []
    beginning: Step | None = None
    cues: list[Cue] = []

    def close() -> None:
        if cues:
            found.append(_act(script, beginning, tuple(cues), len(found) + 1))
            cues.clear()

    there = True
    for number, step in enumerate(script.step, 1):
        meant = python is None or is_for(step.python, python)
        if step.scenario:
            close()
            there, beginning = meant, step
        if there and meant:
            cues.append(Cue(_when(step, cues), step, number))
    close()
    return tuple(found)


def _act(script: Script, beginning: Step | None, cues: tuple[Cue, ...], number: int) -> Act:
    if beginning is None:
        return Act(script.scenario, script.settings, script.seed, cues, number)
    return Act(beginning.scenario, beginning.settings, beginning.seed, cues, number)


def _when(step: Step, before: list[Cue]) -> float:
    if step.at is not None:
        return round(step.at, 9)
    since = before[-1].end if before else 0.0
    return round(since + (step.after or 0.0), 9)


def is_for(clauses: str, python: Python) -> bool:
    """Tell whether a Python is among those that ``clauses`` name, such as ``>=3.12``; "" is all."""
    return all(_fits(clause.strip(), python[1]) for clause in clauses.split(",") if clause.strip())


def _fits(clause: str, minor: int) -> bool:
    match = CLAUSE.fullmatch(clause)
    if match is None:
        raise ValueError(f"{clause!r} names no Python")
    operator, named = match[1], int(match[2])
    return {
        "<": minor < named,
        "<=": minor <= named,
        ">": minor > named,
        ">=": minor >= named,
        "!=": minor != named,
    }.get(operator, minor == named)


def commands(step: Step) -> tuple[Command, ...]:
    """Return what a step does to its lab: the settings first, then the disturbances."""
    return (
        *(SetValue(name, value) for name, value in step.set.items()),
        *(Inject(deed.what, deed.target, deed.amount) for deed in step.inject),
    )


def said(script: Script) -> Iterator[str]:
    """Yield every text of a script that a person reads, in its order, as it stands there."""
    yield from filter(None, (script.title, script.about))
    for step in script.step:
        yield from filter(None, (step.title, step.caption))
        if (question := step.question) is not None:
            yield question.ask
            yield from (choice.text for choice in question.choices)
            if question.number is not None and question.number.unit:
                yield question.number.unit
            yield question.because


def faster(script: Script, times: float | None) -> Script:
    """Return a script that is played ``times`` as fast throughout (above 0); None is free.

    No speed leaves the range of the setting.
    """

    def of(speed: float | Literal["free"]) -> float | Literal["free"]:
        if times is None or speed == "free":
            return "free"
        known = SETTINGS["speed"]
        return min(max(round(speed * times, 9), known.low), known.high)

    steps = (
        step if step.speed is None else msgspec.structs.replace(step, speed=of(step.speed))
        for step in script.step
    )
    return msgspec.structs.replace(script, speed=of(script.speed), step=tuple(steps))
