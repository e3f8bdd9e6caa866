"""Advice by experiment: the cheapest setting of many that meets all targets, with the evidence.

Whoever looks at an interval again and again, until it decides, is wrong more often than it says.
The chance to be wrong is therefore shared out evenly among all looks that are planned (Bonferroni):
each interval is the wider, so that a verdict on a target holds over all of them together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from qdash.events import Value
from qdash.experiment import theory
from qdash.experiment.cost import STANDARD, Cost, parse_cost
from qdash.experiment.grid import REFUSED, Plan, Vary
from qdash.experiment.grid import vary as varied
from qdash.experiment.intervals import CONFIDENCE, Interval
from qdash.experiment.results import Results, Row
from qdash.experiment.target import AT_MOST, Target, TargetError, Verdict, parse_target
from qdash.measured import Times
from qdash.settings import SettingError
from qdash.sweeps.runner import Told, carry_out, go_on, plan
from qdash.words import Sentence, mark


class Evidence(msgspec.Struct, frozen=True):
    """What one point came to beside one target."""

    target: Target
    found: Interval | None
    verdict: Verdict
    expected: float | None
    """What theory expects, where it does."""


class Judged(msgspec.Struct, frozen=True):
    """A point, what it costs, and what was found there."""

    point: dict[str, Value]
    cost: tuple[float, ...]
    runs: int
    evidence: tuple[Evidence, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether all targets are met, or one is missed for certain, or neither."""
        verdicts = {each.verdict for each in self.evidence}
        if "missed" in verdicts:
            return "missed"
        return "undecided" if "undecided" in verdicts else "met"

    @property
    def misses_by(self) -> float:
        """How far the worst figure lies on the wrong side of its target, as a part of that."""
        return max(each.target.misses_by(each.found) for each in self.evidence)


class Advice(msgspec.Struct, frozen=True):
    """What is advised.

    ``judged`` are all points, the cheapest first. ``chosen`` is the cheapest that was shown to meet
    all targets; ``open`` are those still undecided that are cheaper, or all of them where none
    was chosen. ``nearest`` is the point whose worst figure misses its target by least.
    """

    targets: tuple[Target, ...]
    cost: Cost
    judged: tuple[Judged, ...]
    chosen: Judged | None
    open: tuple[Judged, ...]
    nearest: Judged
    results: Results
    looks: int
    """How often a point may be looked at."""
    each: float
    """The confidence of the interval of one look; over all looks a verdict has ``CONFIDENCE``."""

    def as_json(self) -> dict[str, Any]:
        """Return the advice as JSON has it."""
        wanted = self.results.plan
        return {
            "scenario": wanted.scenario,
            "seed": wanted.seed,
            "python": wanted.python,
            "settings": wanted.settings,
            "vary": {each.name: list(each.values) for each in wanted.vary},
            "warmup": wanted.warmup,
            "until": wanted.until,
            "confidence": CONFIDENCE,
            "looks": self.looks,
            "confidence_each": self.each,
            "targets": [target.typed for target in self.targets],
            "cost": self.cost.typed,
            "chosen": None if self.chosen is None else self.chosen.point,
            "undecided": [each.point for each in self.open],
            "nearest": self.nearest.point,
            "points": [_judged_as_json(each) for each in self.judged],
        }


def _judged_as_json(judged: Judged) -> dict[str, Any]:
    return {
        "point": judged.point,
        "runs": judged.runs,
        "verdict": judged.verdict,
        "evidence": {
            each.target.typed: {
                "found": msgspec.to_builtins(each.found),
                "verdict": each.verdict,
                "theory": each.expected,
            }
            for each in judged.evidence
        },
    }


class Search(Results):
    """The results of a search for advice: of each point only as many runs as were asked for."""

    def __init__(
        self, wanted: Plan, targets: Collection[Target], cost: Cost, replications: int
    ) -> None:
        """Begin a search with so many runs of each point; the plan says how many at most."""
        super().__init__(wanted)
        self.targets = tuple(targets)
        self.cost = cost
        self._asked = {id(point): replications for point in self.points}
        self.looks = 1
        """How often a point may be looked at: after each doubling of its runs."""
        while replications < wanted.replications:
            replications, self.looks = 2 * replications, self.looks + 1

    @property
    def each(self) -> float:
        """The confidence of the interval of one look, so that all together have ``CONFIDENCE``."""
        return 1 - (1 - CONFIDENCE) / self.looks

    def missing(self) -> Iterator[Row]:
        """Yield the runs that were asked for and are not there yet."""
        for row in super().missing():
            if row.replication < self._asked[id(row.point)]:
                yield row

    def judge(self) -> Advice:
        """Return what is advised as far as is known."""
        order = {id(point): at for at, point in enumerate(self.points)}
        ranked = sorted(self.points, key=lambda p: (*self._price(p), order[id(p)]))
        judged = tuple(map(self._judged, ranked))
        at = next((n for n, each in enumerate(judged) if each.verdict == "met"), None)
        cheaper = judged if at is None else judged[:at]
        return Advice(
            targets=self.targets,
            cost=self.cost,
            judged=judged,
            chosen=None if at is None else judged[at],
            open=tuple(each for each in cheaper if each.verdict == "undecided"),
            nearest=min(judged, key=lambda each: each.misses_by),
            results=self,
            looks=self.looks,
            each=self.each,
        )

    def ask(self, judged: Iterable[Judged]) -> bool:
        """Ask for twice the runs of these points; return whether there are any to be done."""
        most = self.plan.replications
        for each in judged:
            self._asked[id(each.point)] = min(most, 2 * self._asked[id(each.point)])
        return next(self.missing(), None) is not None

    def _price(self, point: dict[str, Value]) -> tuple[float, ...]:
        """What a point costs; of two that cost the same, that which changes fewer settings."""
        before = self.plan.settings
        changed = sum(value != before[name] for name, value in point.items())
        return (*self.cost.of(self.plan.at(point)), float(changed))

    def _judged(self, point: dict[str, Value]) -> Judged:
        expected = theory.of(self.plan.scenario, self.plan.at(point))
        evidence = []
        for target in self.targets:
            found = self.interval(point, target.name, self.each)
            verdict = target.judge(found)
            exact = theory.expected(expected, target.name)
            evidence.append(Evidence(target, found, verdict, exact))
        runs = len(self.of(point))
        return Judged(point, self.cost.of(self.plan.at(point)), runs, tuple(evidence))


def search(
    scenario: str,
    vary: Sequence[Vary],
    targets: Collection[Target],
    *,
    cost: Cost = STANDARD,
    replications: int = 10,
    most: int | None = None,
    resume: str | Path | None = None,
    **how: Any,
) -> Search:
    """Return a search, not yet begun, checked; the file ``resume`` may hold a part of it.

    ``how`` is the rest of what ``qdash.sweeps.runner.plan`` takes. Raises what that raises, and
    TargetError or SettingError.
    """
    if not targets:
        raise TargetError(Sentence(mark("advice needs a target, such as wait.p95<0.5")))
    if replications < AT_MOST.low:
        template = mark("an interval needs 2 replications or more; got {got}")
        raise SettingError(Sentence(template, got=replications))
    limit: Any = AT_MOST.check(AT_MOST.default if most is None else most)
    least = plan(scenario, vary, replications=replications, **how)
    fitting = (REFUSED - 1) // max(1, least.grid.size)
    wanted = msgspec.structs.replace(least, replications=max(replications, min(limit, fitting)))
    begun = Search(wanted, targets, cost, replications)
    if resume is not None:
        for row in go_on(resume, wanted).rows:
            begun.add(row)
    return begun


def advise(
    scenario: str,
    targets: Sequence[str],
    vary: Mapping[str, Sequence[Value] | str],
    *,
    cost: str | None = None,
    replications: int = 10,
    most: int | None = None,
    seed: int | None = None,
    warmup: float | None = None,
    until: float | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    resume: str | Path | None = None,
    progress: Told | None = None,
    times: Times | None = None,
    **settings: Value,
) -> Advice:
    """Find the cheapest of all combinations of settings that meets all targets.

    A target, such as ``"wait.p95<0.5"``, is met where the whole interval of the figure lies on the
    right side. Every point is run ``replications`` times, and where that leaves it open which is
    the cheapest, those in question twice as often, again and again, up to ``most`` times. The
    intervals are so wide that each verdict holds at 95 % over all looks together. ``cost`` is a sum
    of settings, ``"3*consumers+maxsize"``; without it, the fewest consumers are the cheapest, then
    the least maxsize, then the fewest settings changed.

    The rest is as for ``qdash.sweep``. Raises TargetError, UnknownMeasure, CostError and what that
    raises.
    """
    begun = search(
        scenario,
        [varied(name, values) for name, values in vary.items()],
        [parse_target(text) for text in targets],
        cost=STANDARD if cost is None else parse_cost(cost),
        replications=replications,
        most=most,
        resume=resume,
        settings=settings,
        times=times,
        seed=seed,
        warmup=warmup,
        until=until,
    )
    for each in rounds(begun):
        carry_out(each, jobs=jobs, cluster=cluster, keep=resume, progress=progress)
    return begun.judge()


def rounds(begun: Search) -> Iterator[Search]:
    """Yield the search each time that runs are to be done, until more would decide nothing."""
    yield begun
    while begun.ask(begun.judge().open):
        yield begun
