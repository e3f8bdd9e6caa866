"""An experiment as a person has it before them: what is asked for, and what has come of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec

from qdash.events import Value
from qdash.experiment import theory
from qdash.experiment.grid import Plan, Vary, parse_vary
from qdash.experiment.intervals import Interval
from qdash.experiment.measures import MEASURES, WATCHED, figure
from qdash.experiment.results import Results, Row
from qdash.settings import (
    DURATION,
    LAB_SETTINGS,
    REPLICATIONS,
    SETTINGS,
    WARMUP,
    Setting,
    SettingError,
    setting,
)
from qdash.words import Sentence, mark

MOST_VARIED: Final = 2
"""How many settings are varied at most: a chart has two axes."""
_FIRST: Final = ("consumers", "maxsize", "producers", "consume_time", "produce_time")
"""What is varied where nobody has said yet, as far as the scenario reads it."""
_TYPED: Final = ("items",)
"""What is varied only if it is typed: by default runs end by the clock."""
_BELOW, _ABOVE = 3, 4
"""How many values below and above the present one are suggested."""

_EXPECTED: Final = 500
"""Of how many points at most theory is asked for every one."""


class Draft(msgspec.Struct):
    """What is asked for: a plan that may still be changed.

    ``settings`` are complete, as they are where nothing is varied; ``usable`` are the names of
    those that the scenario reads. ``until`` and ``warmup`` are in virtual seconds.
    """

    scenario: str
    settings: dict[str, Value]
    usable: tuple[str, ...]
    seed: int
    vary: tuple[Vary, ...] = ()
    watch: tuple[str, ...] = WATCHED
    replications: int = 10
    warmup: float = 100.0
    until: float = 1_000.0

    @property
    def runs(self) -> int:
        """How many runs it takes."""
        runs = self.replications
        for vary in self.vary:
            runs *= len(vary.values)
        return runs

    def asks_for(self, plan: Plan) -> bool:
        """Tell whether ``plan`` is what is asked for."""
        varied = {vary.name for vary in self.vary}
        same = all(
            plan.settings[name] == value
            for name, value in self.settings.items()
            if name not in varied
        )
        asked = (self.scenario, self.vary, self.replications, self.seed, self.warmup, self.until)
        planned = (
            plan.scenario,
            plan.vary,
            plan.replications,
            plan.seed,
            plan.warmup,
            plan.until,
        )
        return same and asked == planned

    # --- what is varied --------------------------------------------------------------------------

    def set_vary(self, at: int, text: str) -> None:
        """Vary a setting as typed, ``consumers=1..8``; "" varies nothing. Raises SettingError."""
        others = [vary for n, vary in enumerate(self.vary) if n != at]
        if not text.strip():
            self.vary = tuple(others)
            return
        vary = parse_vary(text)
        self._check(vary.name, others)
        self.vary = (*self.vary[:at], vary, *self.vary[at + 1 :])[:MOST_VARIED]

    def nudge_vary(self, at: int, by: int) -> None:
        """Vary the next setting, with values around the present one; beyond the last one, none."""
        taken = {vary.name for n, vary in enumerate(self.vary) if n != at}
        names = [n for n in self.usable if n not in (*taken, *_TYPED) and self.suggest(n)]
        turns = ["", *names] if at or len(self.vary) > 1 else names
        now = self.vary[at].name if at < len(self.vary) else ""
        name = turns[(turns.index(now) + by) % len(turns)] if now in turns else turns[0]
        rest = [vary for n, vary in enumerate(self.vary) if n != at]
        if name:
            rest.insert(at, Vary(name, self.suggest(name)))
        self.vary = tuple(rest)

    def suggest(self, name: str) -> tuple[Value, ...]:
        """Return values of a setting worth trying, around the present one."""
        found = SETTINGS[name]
        if found.kind == "choice":
            return tuple(choice for choice in found.choices if choice not in found.typed)
        if found.kind == "flag":
            return (False, True)
        value = self.settings[name]
        start = found.on if value is None else value
        values: list[Value] = [start]
        for by, count in ((-1, _BELOW), (1, _ABOVE)):
            step = start
            for _ in range(count):
                step = found.nudge(step, by)
                # Without anybody, without a slot, without time: what there is at 0 is another lab.
                if step is None or step == 0 or step in values:
                    break
                values.insert(0 if by < 0 else len(values), step)
        if start == 0:
            values.remove(0)
        return tuple(values)

    def _check(self, name: str, others: Iterable[Vary]) -> None:
        if any(name == other.name for other in others):
            template = mark("{name} is varied already; vary another setting beside it")
            raise SettingError(Sentence(template, name=name))
        if name not in self.usable:
            template = mark("{scenario} does not read {name}; what it reads is {known}")
            said = {"scenario": self.scenario, "name": name, "known": ", ".join(self.usable)}
            raise SettingError(Sentence(template, **said))


def draft(
    scenario: str, settings: Mapping[str, Value], unused: Collection[str], seed: int
) -> Draft:
    """Return a first proposal for a scenario that does not read the ``unused`` settings."""
    usable = tuple(name for name in LAB_SETTINGS if name not in unused)
    new = Draft(scenario, dict(settings), usable, seed)
    if settings["items"] is not None:  # it ends by itself, soon perhaps: all of it counts
        new.warmup = 0.0
    if (name := next((n for n in (*_FIRST, *usable) if n in usable), None)) is not None:
        new.vary = (Vary(name, new.suggest(name)),)
    return new


def as_typed(vary: Vary) -> str:
    """Return what is varied as it would be typed."""
    first, last = vary.values[0], vary.values[-1]
    whole = len(vary.values) > 2 and type(first) is int and type(last) is int
    if whole and vary.values == tuple(range(first, last + 1)):  # type: ignore[arg-type, operator]
        return f"{vary.name}={first}..{last}"
    found = setting(vary.name)
    return f"{vary.name}={','.join(plain(found, value) for value in vary.values)}"


def plain(found: Setting, value: Value) -> str:
    """Return a value as it would be typed."""
    if value is None:
        return found.off
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"{value:.12g}" if isinstance(value, float) else str(value)


NUMBERS: Final[dict[str, Setting]] = {
    "replications": REPLICATIONS,
    "warmup": WARMUP,
    "until": DURATION,
    "seed": SETTINGS["seed"],
}
"""The numbers of a draft, by their names there."""


class Study:
    """What a plan has come to so far, and where in it a person points.

    ``at`` is the number of the point, ``replication`` that of the run; ``watch`` names what is
    measured, ``measure`` which of it is in the chart.
    """

    def __init__(self, plan: Plan, watch: tuple[str, ...]) -> None:
        self.plan = plan
        self.results = Results(plan)
        self.points = plan.grid.points
        self.counts = [0] * len(self.points)
        """How many runs of each point there are."""
        self.at = self.replication = self.measure = 0
        self.watch = watch
        self.done = 0
        self.version = 0
        """Grows with everything that changes what is to be drawn."""
        names = [vary.name for vary in plan.vary]
        self._names = names
        self._index = {tuple(point[n] for n in names): at for at, point in enumerate(self.points)}
        self._intervals: dict[str, dict[int, Interval | None]] = {}
        self._theory: dict[int, theory.Found] = {}

    # --- what has come ---------------------------------------------------------------------------

    def add(self, rows: Iterable[Row]) -> None:
        """Add what runs have come to."""
        for row in rows:
            self.results.add(row)
            at = self._index[tuple(row.point[name] for name in self._names)]
            self.counts[at] += 1
            self.done += 1
            self.version += 1
            for known in self._intervals.values():
                known.pop(at, None)

    def interval(self, at: int, name: str) -> Interval | None:
        """Return a figure of a point with its 95 % interval; None while there is nothing."""
        known = self._intervals.setdefault(name, {})
        if at not in known:
            known[at] = self.results.interval(self.points[at], name) if self.counts[at] else None
        return known[at]

    def intervals(self, name: str) -> list[Interval | None]:
        """Return a figure of every point."""
        return [self.interval(at, name) for at in range(len(self.points))]

    def whole(self, at: int) -> bool:
        """Tell whether every run of a point is there."""
        return self.counts[at] == self.plan.replications

    def value(self, name: str) -> float | None:
        """Return a figure of the run that is pointed at; None while there is none."""
        for row in self.results.of(self.points[self.at]):
            if row.replication == self.replication:
                return figure(row.figures, name)
        return None

    def theory_of(self, at: int) -> theory.Found:
        """Return what theory says of a point."""
        if (found := self._theory.get(at)) is None:
            found = self._theory[at] = theory.of(self.plan.scenario, self.plan.at(self.points[at]))
        return found

    def expected(self, at: int, name: str) -> float | None:
        """Return the figure that theory expects at a point; None where it has none.

        Of many points that is asked of the one that is pointed at only: it takes its time.
        """
        if len(self.points) > _EXPECTED and at != self.at:
            return None
        return theory.expected(self.theory_of(at), name)

    # --- where a person points -------------------------------------------------------------------

    @property
    def charted(self) -> str:
        """The name of the measure in the chart."""
        return self.watch[self.measure]

    @property
    def point(self) -> dict[str, Value]:
        """What is varied, as it is at the point that is pointed at."""
        return self.points[self.at]

    @property
    def seed(self) -> int:
        """The seed of the run that is pointed at."""
        return self.plan.seeds[self.replication]

    @property
    def across(self) -> tuple[Vary, ...]:
        """What has several values, and so an axis of the chart: one makes a line, two a map."""
        return tuple(vary for vary in self.plan.vary if len(vary.values) > 1)

    @property
    def columns(self) -> int:
        """How many points a row of the map has: the values of what changes fastest."""
        return len(self.plan.vary[-1].values) if self.plan.vary else 1

    def point_at(self, at: int) -> None:
        """Point at a point, or as near to it as there is one."""
        self.at = min(max(at, 0), len(self.points) - 1)
        self.version += 1

    def chart(self, measure: int) -> None:
        """Have another measure in the chart; after the last one comes the first."""
        self.measure = measure % len(self.watch)
        self.version += 1

    def look_at(self, watch: tuple[str, ...]) -> None:
        """Measure something else; what is in the chart stays if it may."""
        charted = self.charted
        self.watch = watch
        self.chart(watch.index(charted) if charted in watch else 0)

    def choose_run(self, by: int) -> None:
        """Point at the next run of the point, or the one before."""
        self.replication = (self.replication + by) % self.plan.replications
        self.version += 1


def watchable(queues: Iterable[str]) -> list[str]:
    """Return the names of all measures there are; of several queues, those of each by its name."""
    names = list(queues)
    out: list[str] = []
    for name, measure in MEASURES.items():
        out += [f"{q}:{name}" for q in names] if measure.queue and len(names) > 1 else [name]
    return out
