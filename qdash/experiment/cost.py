"""What a setting costs: by which of many that do the cheapest is found."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

import msgspec

from qdash.events import Value
from qdash.settings import SETTINGS, setting
from qdash.words import Refusal, Sentence, mark, tr


class CostError(Refusal, ValueError):
    """What was given is no cost; the message is one sentence that says what is one."""


class Term(msgspec.Struct, frozen=True):
    """A setting and what one of it costs; below 0, the more of it the better."""

    price: float
    name: str


class Cost(msgspec.Struct, frozen=True):
    """Sums of settings: the first counts, and where it is the same the next, and so on.

    A setting without a limit, as ``maxsize`` 0 or a timeout that is off, is infinitely large.
    """

    sums: tuple[tuple[Term, ...], ...]

    def of(self, settings: Mapping[str, Value]) -> tuple[float, ...]:
        """Return what settings cost, to be compared with what others do."""
        return tuple(_total([_priced(term, settings) for term in terms]) for terms in self.sums)

    @property
    def typed(self) -> str:
        """The cost as it can be typed again."""
        return ", ".join(" ".join(map(_shown, terms)).removeprefix("+ ") for terms in self.sums)

    def __str__(self) -> str:
        return self.typed.replace(", ", tr(", then "))


STANDARD: Final = Cost(((Term(1.0, "consumers"),), (Term(1.0, "maxsize"),)))
"""The fewest consumers, then the least room."""

_TERM: Final = re.compile(
    r"\s*([+-]?)\s*(?:([0-9.]+(?:e[+-]?[0-9]+)?)\s*\*\s*)?([a-z_]\w*)\s*", re.ASCII
)


def parse_cost(text: str) -> Cost:
    """Return what is meant by ``consumers``, ``3*consumers+0.1*maxsize`` or ``consumers,maxsize``.

    A comma sets apart what counts only where all before it is the same. Raises CostError, and
    SettingError for a name that is that of no setting.
    """
    return Cost(tuple(_sum(part, text) for part in text.split(",")))


def _sum(text: str, whole: str) -> tuple[Term, ...]:
    terms: list[Term] = []
    at = 0
    while at < len(text) or not terms:
        found = _TERM.match(text, at)
        if found is None or bool(terms) > bool(found[1]):
            raise _refuse(whole)
        sign, price, name = found.groups()
        try:
            each = float(price or 1)
        except ValueError:
            raise _refuse(whole) from None
        chosen = setting(name)
        if chosen.kind not in ("int", "float") or not chosen.lab:
            template = mark("{name} is no number of the lab, so it has no cost")
            raise CostError(Sentence(template, name=chosen.name))
        if not 0 < each <= 1e12:
            raise _refuse(whole)
        terms.append(Term(-each if sign == "-" else each, chosen.name))
        at = found.end()
    return tuple(terms)


def _refuse(text: str) -> CostError:
    template = mark(
        "a cost is a sum of settings, such as consumers or 3*consumers+maxsize; got {got}"
    )
    return CostError(Sentence(template, got=repr(text if len(text) <= 40 else text[:39] + "…")))


def _priced(term: Term, settings: Mapping[str, Value]) -> float:
    value = settings[term.name]
    unlimited = value is None or (value == 0 and SETTINGS[term.name].zero)
    return term.price * (math.inf if unlimited else float(value or 0))


def _total(prices: list[float]) -> float:
    """Return the sum; what is infinitely dear is so whatever is saved beside it."""
    return math.inf if math.inf in prices else math.fsum(prices)


def _shown(term: Term) -> str:
    sign = "-" if term.price < 0 else "+"
    price = "" if abs(term.price) == 1 else f"{abs(term.price):g}*"
    return f"{sign} {price}{term.name}"
