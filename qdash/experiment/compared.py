"""Two settings of one scenario as figures: each measure of both, and how they differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from qdash.experiment.grid import Plan
from qdash.experiment.intervals import CONFIDENCE, Interval, interval, paired
from qdash.experiment.measures import MEASURES, Figures, Measure, figure
from qdash.words import mark

COMPARED: Final = (
    "throughput", "wait.mean", "wait.p95", "blocked_share", "full", "utilisation", "depth.mean",
    "refused", "lost",
)  # fmt: skip
"""The measures by which two labs are compared, by their names."""
BETTER: Final = mark("better")
WORSE: Final = mark("worse")


class Compared(msgspec.Struct, frozen=True):
    """One measure of both labs; ``difference`` is that of the second less the first."""

    name: str
    first: float | None
    second: float | None
    difference: Interval | None

    @property
    def verdict(self) -> str:
        """Whether the second is "better" or "worse"; "" where that is not sure, or not asked."""
        wished, found = MEASURES[self.name].better, self.difference
        if found is None or found.half is None or found.covers(0.0) or not wished:
            return ""
        return BETTER if (found.mean > 0) == (wished == "high") else WORSE


class Comparison(msgspec.Struct, frozen=True):
    """All measures of both labs over the same stretch of virtual time, in seconds.

    It was cut into ``batches`` of ``width`` each; with none, nothing can be said yet.
    """

    rows: tuple[Compared, ...] = ()
    since: float = 0.0
    until: float = 0.0
    width: float = 0.0
    batches: int = 0
    queue: str = ""
    """The queue to which the figures belong."""
    more: float | None = 0.0
    """In about how many more virtual seconds differences will have intervals; 0 where they have.

    Of one that has none even then too little was seen. None is where that cannot be said: of an
    unbounded queue that may grow without end, since its consumers are always busy.
    """


def of_pairs(pairs: Sequence[tuple[Figures, Figures]], queue: str = "") -> Comparison:
    """Return the figures of two by replications: each pair is of one seed.

    They are of ``queue``, or the first.
    """
    rows = []
    for name in COMPARED:
        full = f"{queue}:{name}" if queue and MEASURES[name].queue else name
        first = [figure(each, full) for each, _ in pairs]
        second = [figure(each, full) for _, each in pairs]
        difference = paired(first, second)
        if difference is not None:  # then both means are of the same runs, and differ by it
            both = [(a, b) for a, b in zip(first, second, strict=True) if None not in (a, b)]
            first, second = (list(each) for each in zip(*both, strict=True))
        means = [None if found is None else found.mean for found in map(interval, (first, second))]
        rows.append(Compared(name, means[0], means[1], difference))
    return Comparison(rows=tuple(rows), batches=len(pairs), queue=queue)


def as_json(first: Plan, second: Plan, found: Comparison) -> dict[str, Any]:
    """Return what was run, and every measure of both with the 95 % interval of B − A."""
    return {
        "scenario": first.scenario,
        "seed": first.seed,
        "python": first.python,
        "replications": first.replications,
        "warmup": first.warmup,
        "until": first.until,
        "confidence": CONFIDENCE,
        "queue": found.queue,
        "settings": {"a": first.settings, "b": second.settings},
        "figures": {
            row.name: {
                "a": row.first,
                "b": row.second,
                "difference": msgspec.to_builtins(row.difference),
            }
            for row in found.rows
        },
    }


def difference_words(measure: Measure, found: Interval | None, unsure: str = "") -> str:
    """Return a difference and half the width of its interval, in one unit.

    ``unsure`` stands behind a difference that has none.
    """
    if found is None:
        return "–"
    scale, unit = _unit(measure)
    value, half = found.mean * scale, (found.half or 0.0) * scale
    if not value and not half:
        return f"0{unit}{unsure if found.half is None else ''}"
    digits = _digits(measure, max(abs(value), half))
    words = f"{value:+.{digits}f}" if round(value, digits) else f"{0:.{digits}f}"
    return f"{words}{unit}{unsure}" if found.half is None else f"{words} ±{half:.{digits}f}{unit}"


def value_words(measure: Measure, value: float | None) -> str:
    """Return a figure as it stands beside others of its measure."""
    if value is None:
        return "–"
    scale, unit = _unit(measure)
    return f"{value * scale:,.{_digits(measure, value * scale)}f}{unit}"


def _unit(measure: Measure) -> tuple[float, str]:
    """Return by what a figure is multiplied to be shown, and what follows it."""
    units = {"share": (100.0, " %"), "s": (1.0, " s"), "1/s": (1.0, "/s")}
    return units.get(measure.unit, (1.0, ""))


def _digits(measure: Measure, size: float) -> int:
    """Return after how many decimals a figure of this size says no more."""
    if measure.name in ("lost", "depth.max") or size >= 1_000:
        return 0
    if measure.unit == "share" or size >= 100:
        return 1
    return 3 if measure.unit == "s" and size < 0.1 else 2
