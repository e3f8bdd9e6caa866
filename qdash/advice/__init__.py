"""Advice: named rules that say what is wrong in a lab, by what evidence, and what helps.

Each rule is an exact condition on the state. It speaks as long as its condition holds and no
longer, and what it says is a function of the state alone: the same live, in a recording, and of any
moment of the past.
"""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from typing import Final

import msgspec

from qdash.advice import counts, load, stops, waits, wakes
from qdash.advice.rule import Look, Rule
from qdash.state import State
from qdash.words import Refusal, Sentence, mark, tr

__all__ = ["RULES", "Advice", "Rule", "UnknownRule", "check", "rule"]


class Advice(msgspec.Struct, frozen=True):
    """What one rule has to say."""

    rule: str
    evidence: str
    remedy: str


class UnknownRule(Refusal, ValueError):
    """There is no such rule; the message names those that there are."""


RULES: Final[dict[str, Rule]] = {
    rule.name: rule
    for rule in (
        waits.CIRCLE,
        wakes.THREAD,
        waits.STUCK,
        counts.JOIN,
        waits.DEAD,
        wakes.ASLEEP,
        stops.SENTINEL,
        counts.EARLY,
        counts.TASK_DONE,
        stops.SWALLOWED,
        stops.ORPHANED,
        counts.LOST,
        load.GROWTH,
        stops.SENTINELS,
        stops.TIMEOUT,
        load.STARVATION,
        waits.BARGED,
        counts.COUNTS,
        waits.OVER,
        load.BOTTLENECK,
    )
}
"""Every rule by its name, the gravest first."""


def rule(name: str) -> Rule:
    """Return the rule called ``name``. Raises UnknownRule that names the nearest one."""
    found = RULES.get(name)
    if found is not None:
        return found
    shown, known = repr(name if len(name) <= 40 else name[:39] + "…"), ", ".join(RULES)
    if near := get_close_matches(name, RULES, n=1):
        template = mark("there is no rule {name}; did you mean {near}? There are {known}")
        raise UnknownRule(Sentence(template, name=shown, near=near[0], known=known))
    template = mark("there is no rule {name}; there are {known}")
    raise UnknownRule(Sentence(template, name=shown, known=known))


def check(state: State, without: Collection[str] = frozenset()) -> list[Advice]:
    """Return all that the rules have to say, the gravest first, but for those in ``without``."""
    look = Look(state)
    return [
        Advice(name, evidence, tr(rule.remedy))
        for name, rule in RULES.items()
        if name not in without
        for evidence in rule.evidence(look)
    ]
