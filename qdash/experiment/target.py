"""Targets: what a figure is to come to, and whether an interval shows that it does."""

from __future__ import annotations

import math
import re
from typing import Final, Literal, TypeAlias

import msgspec

from qdash.experiment.intervals import Interval
from qdash.experiment.measures import Measure, measure
from qdash.settings import REPLICATIONS, Setting
from qdash.words import Refusal, Sentence, mark

Verdict: TypeAlias = Literal["met", "missed", "undecided"]
"""What an interval says of a target; undecided is one that lies on both sides of it."""


AT_MOST: Final = Setting(
    name=mark("replications at most"),
    kind="int",
    default=80,
    low=2,
    high=REPLICATIONS.high,
    help=mark("How often a point may be run whose interval lies on both sides of a target."),
)
"""Where the search for a verdict ends: no fact of a lab, but checked like one."""


class TargetError(Refusal, ValueError):
    """What was given is no target; the message is one sentence that says what is one."""


class Target(msgspec.Struct, frozen=True):
    """A measure, by its name as in ``measures``, and the bound that it is to keep.

    ``bound`` is in the measure's unit; shares are from 0 to 1.
    """

    name: str
    sign: Literal["<", "<=", ">", ">="]
    bound: float

    def __str__(self) -> str:
        return f"{self.name} {_SHOWN[self.sign]} {measure(self.name).show(self.bound)}"

    @property
    def typed(self) -> str:
        """The target as it can be typed again."""
        return f"{self.name}{self.sign}{self.bound!r}"

    def judge(self, found: Interval | None) -> Verdict:
        """Return what an interval says: it must lie on one side of the bound as a whole.

        What was not measured at all is missed. One value alone says nothing. Where an interval goes
        beyond what a figure can be, below 0 or to a share above 1, that part of it does not count.
        """
        if found is None:
            return "missed"
        if found.half is None:
            return "undecided"
        most = 1.0 if measure(self.name).unit == "share" else math.inf
        ends = (max(found.mean - found.half, 0.0), min(found.mean + found.half, most))
        kept = [self._keeps(end) for end in ends]
        return "met" if all(kept) else "undecided" if any(kept) else "missed"

    def misses_by(self, found: Interval | None) -> float:
        """Return how far the mean lies on the wrong side, as a part of the bound; 0 if it does not.

        It is infinite for what was not measured, and in the measure's own unit where the bound
        is 0.
        """
        if found is None:
            return math.inf
        beyond = found.mean - self.bound if self.sign[0] == "<" else self.bound - found.mean
        return max(0.0, beyond) / (abs(self.bound) or 1.0)

    def _keeps(self, value: float) -> bool:
        match self.sign:
            case "<":
                return value < self.bound
            case "<=":
                return value <= self.bound
            case ">":
                return value > self.bound
        return value >= self.bound


_SHOWN: Final = {"<": "<", "<=": "≤", ">": ">", ">=": "≥"}
_TYPED: Final = re.compile(r"([^<>≤≥=]*)(<=|>=|=<|=>|<|>|≤|≥)([^<>≤≥=]*)")
_SIGNS: Final[dict[str, Literal["<", "<=", ">", ">="]]] = {
    "<": "<", ">": ">", "<=": "<=", "=<": "<=", "≤": "<=", ">=": ">=", "=>": ">=", "≥": ">=",
}  # fmt: skip
_UNITS: Final[dict[str, dict[str, float]]] = {
    "s": {"": 1.0, "s": 1.0, "ms": 1e-3, "min": 60.0},
    "1/s": {"": 1.0, "/s": 1.0, "1/s": 1.0, "/min": 1 / 60},
    "items": {"": 1.0},
    "share": {"": 1.0, "%": 0.01},
}
_ALLOWED: Final = {
    "s": mark("a number of seconds, such as 0.5 or 500ms"),
    "1/s": mark("a number a second, such as 2.5 or 2.5/s"),
    "items": mark("a number of items"),
    "share": mark("a share from 0 to 1, or in per cent, such as 5%"),
}


def parse_target(text: str) -> Target:
    """Return what is meant by ``wait.p95<0.5``, ``jobs:full <= 5%`` or ``throughput>2/s``.

    Raises TargetError, and UnknownMeasure for a measure that is not there.
    """
    found = _TYPED.fullmatch(text)
    if found is None:
        template = mark(
            "a target is a measure, <, <=, > or >=, and a number, such as wait.p95<0.5; got {got}"
        )
        raise TargetError(Sentence(template, got=repr(_short(text))))
    name, sign, number = found[1].strip(), found[2], found[3].strip()
    wanted = measure(name)
    return Target(name, _SIGNS[sign], _bound(wanted, number))


def _bound(wanted: Measure, text: str) -> float:
    number = re.fullmatch(r"([-+.\w]*?)\s*((?:1?/)?[a-z]*|%)", text.lower(), re.ASCII)
    scale = _UNITS[wanted.unit].get(number[2]) if number is not None else None
    try:
        value = float(number[1].replace("_", "x")) * scale if number and scale else math.nan
    except ValueError:
        value = math.nan
    most = 1.0 if wanted.unit == "share" else 1e12
    if not 0 <= value <= most:  # which nan is not either
        template = mark("{measure} is compared with {allowed}; got {got}")
        allowed = Sentence(_ALLOWED[wanted.unit])
        said = {"measure": wanted.name, "allowed": allowed, "got": repr(_short(text))}
        raise TargetError(Sentence(template, **said))
    return value


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
