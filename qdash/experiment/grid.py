"""What is varied: the values of settings, the points that they make, and the seeds of the runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice, product
from math import prod
from typing import Final

import msgspec

from qdash.events import Value
from qdash.measured import Measured
from qdash.settings import SETTINGS, Setting, SettingError, setting
from qdash.words import Refusal, Sentence, mark

ASKED: Final = 10_000
"""How many runs a sweep may have before somebody has to agree to it."""
REFUSED: Final = 1_000_000
"""How many runs no sweep may have, and how many values no setting may be varied over."""


class TooMuch(Refusal, ValueError):
    """A sweep has more runs than are allowed; the message is one sentence."""


class Vary(msgspec.Struct, frozen=True):
    """A setting of the lab and the values that it is to take, in this order.

    Raises SettingError for a name that is not that of a setting of the lab, and for values that
    are none, given twice, or not allowed.
    """

    name: str
    values: tuple[Value, ...]

    def __post_init__(self) -> None:
        found = _varied(self.name)
        values = tuple(found.check(value) for value in self.values)
        if not values:
            raise SettingError(Sentence(mark("{name} is varied over no value"), name=self.name))
        seen: set[tuple[type, Value]] = set()
        for value in values:
            if (key := (type(value), value)) in seen:
                template = mark("{name} is varied over {value} twice")
                raise SettingError(Sentence(template, name=self.name, value=found.show(value)))
            seen.add(key)
        msgspec.structs.force_setattr(self, "values", values)


class Grid(msgspec.Struct, frozen=True):
    """All combinations of what is varied, each to be run ``replications`` times."""

    varied: tuple[Vary, ...]
    replications: int = 1

    @property
    def size(self) -> int:
        """How many points there are."""
        return prod(len(vary.values) for vary in self.varied)

    @property
    def runs(self) -> int:
        """How many runs there are."""
        return self.size * self.replications

    @property
    def points(self) -> list[dict[str, Value]]:
        """The combinations, the first setting changing slowest; nothing varied is one point."""
        names = [vary.name for vary in self.varied]
        combined = product(*(vary.values for vary in self.varied))
        return [dict(zip(names, values, strict=True)) for values in combined]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All that decides the figures of a sweep: the same plan gives the same figures.

    ``settings`` are complete, as they are where nothing is varied. ``until`` and ``warmup`` are in
    virtual seconds; ``until`` None lets each run go on to its own end. ``python`` and ``qdash``
    are the versions that run it. ``times`` were measured: what the settings ``arrivals`` and
    ``work`` mean by ``file``.
    """

    scenario: str
    settings: dict[str, Value]
    vary: tuple[Vary, ...]
    replications: int
    seed: int
    warmup: float
    until: float | None
    python: str
    qdash: str
    times: dict[str, Measured] = {}

    def __post_init__(self) -> None:
        if self.grid.runs >= REFUSED:
            template = mark("a sweep has fewer than {most} runs; this one would have {runs}")
            raise TooMuch(Sentence(template, most=f"{REFUSED:,}", runs=_count(self.grid.runs)))

    @property
    def grid(self) -> Grid:
        """The points, and how often each is run."""
        return Grid(self.vary, self.replications)

    @property
    def seeds(self) -> list[int]:
        """The seed of each replication, the same at every point."""
        return [seed_of(self.seed, replication) for replication in range(self.replications)]

    def at(self, point: Mapping[str, Value]) -> dict[str, Value]:
        """Return the complete settings of a point."""
        return {**self.settings, **point}


def seed_of(base: int, replication: int) -> int:
    """Return the seed of a replication, from 0, of a sweep whose seed is ``base``.

    That of replication 0 is ``base`` itself, so that ``qdash run --seed`` shows the same run. The
    others are the first 53 bits of the BLAKE2b hash of ``base/replication``: sweeps of neighbouring
    seeds have no runs in common.
    """
    if replication == 0:
        return base
    from hashlib import blake2b  # only for who has runs to seed, not for all who start

    digest = blake2b(f"{base}/{replication}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 11


# --- as it is typed -------------------------------------------------------------------------------


def parse_vary(text: str) -> Vary:
    """Return what is meant by ``maxsize=1,2,5,10``, ``consumers=1..8``, ``produce_time=1..2:0.1``.

    Values are set apart by commas. Those from A to B are ``A..B``, which counts by one, or
    ``A..B:STEP``. Raises SettingError, and TooMuch for more values than a sweep has runs.
    """
    name, equals, values = text.partition("=")
    if not equals:
        template = mark(
            "what is varied is given as NAME=VALUES, for example maxsize=1,2,5 or consumers=1..8; "
            "got {got}"
        )
        raise SettingError(Sentence(template, got=repr(_short(text))))
    found = _varied(name.strip())
    listed: list[Value] = []
    for part in values.split(","):
        listed += _range(found, part) if ".." in part else [found.parse(part)]
        _not_too_many(found, len(listed))
    return Vary(found.name, tuple(listed))


def vary(name: str, values: Iterable[Value] | str) -> Vary:
    """Return what is varied, from values given in Python: any number of them, or text as typed.

    Raises SettingError, and TooMuch for more values than a sweep has runs.
    """
    if isinstance(values, str):
        return parse_vary(f"{name}={values}")
    found = _varied(name)
    if not isinstance(values, Iterable):
        template = mark("{name} is varied over a list of values; got {got}")
        raise SettingError(Sentence(template, name=name, got=repr(_short(str(values)))))
    listed = tuple(islice(values, REFUSED))
    _not_too_many(found, len(listed))
    return Vary(name, listed)


def _varied(name: str) -> Setting:
    found = setting(name)
    if not found.lab:
        template = mark("{name} cannot be varied; what can be is {known}")
        known = ", ".join(name for name, each in SETTINGS.items() if each.lab)
        raise SettingError(Sentence(template, name=name, known=known))
    return found


def _range(found: Setting, text: str) -> Iterator[Value]:
    """Return the values of ``A..B`` or ``A..B:STEP``, exact to the last decimal."""
    span, colon, by = text.partition(":")
    low, _, high = span.partition("..")
    if found.kind not in ("int", "float") or (found.kind == "float" and not colon):
        template = (
            mark("a range of {name} says by how much it counts, as in 0.2..1.0:0.2; got {got}")
            if found.kind == "float"
            else mark("{name} has no range: name its values, set apart by commas; got {got}")
        )
        raise SettingError(Sentence(template, name=found.name, got=repr(_short(text))))
    ends = [found.parse(end) for end in (low, high)]
    step = _step(found, by if colon else "1", text)
    if None in ends or (last := Decimal(str(ends[1]))) < (first := Decimal(str(ends[0]))):
        template = mark("a range of {name} goes from the lower number to the higher; got {got}")
        raise SettingError(Sentence(template, name=found.name, got=repr(_short(text))))
    count = int((last - first) / step) + 1
    _not_too_many(found, count)
    whole = found.kind == "int"
    return (
        found.check(int(number) if whole else float(number))
        for number in (first + step * n for n in range(count))
    )


def _step(found: Setting, text: str, whole: str) -> Decimal:
    try:
        step = Decimal(text.strip().removesuffix("s").strip())
    except InvalidOperation:
        step = Decimal(0)
    in_range = step.is_finite() and Decimal("1e-9") <= step <= Decimal(10**10)
    if in_range and (found.kind == "float" or step == int(step)):
        return step
    template = (
        mark("a range of {name} counts by a whole number above 0; got {got}")
        if found.kind == "int"
        else mark("a range of {name} counts by a number above 0; got {got}")
    )
    raise SettingError(Sentence(template, name=found.name, got=repr(_short(whole))))


def _not_too_many(found: Setting, count: int) -> None:
    if count >= REFUSED:
        template = mark("{name} is varied over fewer than {most} values; got {count}")
        said = {"name": found.name, "most": f"{REFUSED:,}", "count": _count(count)}
        raise TooMuch(Sentence(template, **said))


def _count(number: int) -> str:
    return f"{number:,}" if number < 10**15 else f"{Decimal(number):.0e}".replace("+", "")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
