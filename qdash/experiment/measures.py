"""What a run is measured by: every figure of a replication, with its unit and its meaning.

Figures are taken from the end of the warm-up to the end of the run. Those of a queue are called
``QUEUE:measure``; a measure without a queue is that of the scenario's first one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final, Literal

import msgspec

from qdash.experiment.intervals import Interval
from qdash.words import Refusal, Sentence, mark, tr

Figures = Mapping[str, float | None]
"""The figures of one run by name; None where there was nothing to measure."""


class UnknownMeasure(Refusal, ValueError):
    """There is no such measure; the message names those that there are."""


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One measure: ``title`` heads a column, ``help`` says exactly what it is.

    ``unit`` is "s", "1/s", "items" or "share" (from 0 to 1, shown in per cent).
    ``better`` says which values are to be wished for, if either. ``queue`` tells those of a queue
    from those of the whole run.
    """

    name: str
    title: str
    help: str
    unit: Literal["s", "1/s", "items", "share"]
    better: Literal["low", "high", ""] = ""
    queue: bool = True

    def show(self, value: float | None) -> str:
        """Return a value as a person reads it, with its unit."""
        if value is None:
            return "–"
        if self.unit == "share":
            return f"{value:.1%}"
        unit = {"s": " s", "1/s": "/s", "items": ""}[self.unit]
        return f"{value:.4g}{unit}" if abs(value) < 1e4 else f"{value:,.0f}{unit}"


_SPREADS: Final = {
    "mean": (mark("wait, mean"), mark("blocked, mean")),
    "p50": (mark("wait, median"), mark("blocked, median")),
    "p95": (mark("wait, p95"), mark("blocked, p95")),
    "p99": (mark("wait, p99"), mark("blocked, p99")),
    "max": (mark("wait, max"), mark("blocked, max")),
}

MEASURES: Final[dict[str, Measure]] = {
    measure.name: measure
    for measure in (
        Measure(
            name="throughput",
            title=mark("throughput"),
            unit="1/s",
            better="high",
            help=mark("How many items a second were marked done, by task_done()."),
        ),
        Measure(
            name="offered",
            title=mark("offered"),
            unit="1/s",
            queue=False,
            help=mark("How many items a second were made."),
        ),
        *(
            Measure(
                name=f"wait.{key}",
                title=wait,
                unit="s",
                better="low",
                help=mark("How long an item lay in the queue, of all items that were got."),
            )
            for key, (wait, _) in _SPREADS.items()
        ),
        *(
            Measure(
                name=f"blocked.{key}",
                title=blocked,
                unit="s",
                better="low",
                help=mark("How long put() waited for a slot, of all items that were put."),
            )
            for key, (_, blocked) in _SPREADS.items()
        ),
        Measure(
            name="blocked_share",
            title=mark("blocked"),
            unit="share",
            better="low",
            queue=False,
            help=mark("Which part of their time producers spent waiting in put()."),
        ),
        Measure(
            name="full",
            title=mark("full"),
            unit="share",
            better="low",
            help=mark("Which part of the time the queue was full."),
        ),
        Measure(
            name="depth.mean",
            title=mark("depth, mean"),
            unit="items",
            better="low",
            help=mark("How many items lay in the queue, on average over time."),
        ),
        Measure(
            name="depth.max",
            title=mark("depth, max"),
            unit="items",
            better="low",
            help=mark("How many items lay in the queue at most."),
        ),
        Measure(
            name="utilisation",
            title=mark("utilisation"),
            unit="share",
            queue=False,
            help=mark("Which part of their time consumers spent working."),
        ),
        Measure(
            name="refused",
            title=mark("refused"),
            unit="share",
            better="low",
            help=mark("Which part of all puts were refused, given up or cancelled."),
        ),
        Measure(
            name="lost",
            title=mark("lost"),
            unit="items",
            better="low",
            help=mark("How many items were thrown away by a shutdown, or by a get that failed."),
        ),
        Measure(
            name="failed",
            title=mark("failed"),
            unit="share",
            better="low",
            queue=False,
            help=mark("In which part of the runs the scenario failed with an exception."),
        ),
    )
}
"""Every measure by its name, in the order in which they are shown."""

WATCHED: Final = ("throughput", "wait.mean", "wait.p95", "blocked_share", "full", "utilisation")
"""The measures that are shown where nobody asked for others."""


def measure(name: str) -> Measure:
    """Return the measure called ``name`` or ``QUEUE:name``. Raises UnknownMeasure."""
    queue, _, plain = name.rpartition(":")
    found = MEASURES.get(plain)
    if found is not None and (found.queue or not queue):
        return found
    shown = repr(name if len(name) <= 40 else name[:39] + "…")
    if found is not None:
        template = mark("{name} is a measure of the whole run: write it without a queue")
        raise UnknownMeasure(Sentence(template, name=shown))
    known = ", ".join(MEASURES)
    if near := get_close_matches(plain, MEASURES, n=1):
        template = mark("there is no measure {name}; did you mean {near}? There are {known}")
        raise UnknownMeasure(Sentence(template, name=shown, near=near[0], known=known))
    template = mark("there is no measure {name}; there are {known}")
    raise UnknownMeasure(Sentence(template, name=shown, known=known))


def title(name: str) -> str:
    """Return what heads the column of a measure, with its queue if it names one."""
    queue, colon, _ = name.rpartition(":")
    return f"{queue}{colon} {tr(measure(name).title)}".strip()


def figure(figures: Figures, name: str) -> float | None:
    """Return a figure by its name; without a queue it is that of the first one.

    None where there was nothing to measure, as in a run that made no such queue.
    """
    if name in figures:
        return figures[name]
    if ":" not in name:
        behind = f":{name}"
        for full in figures:
            if full.endswith(behind):
                return figures[full]
    return None


def decimals(intervals: Iterable[Interval | None], scale: float = 1.0) -> int:
    """Return how many decimals a column needs, so that most halves show what can be told apart.

    The figures are shown ``scale`` times as large. At most four: what varies less is not varying.
    """
    known = [each for each in intervals if each is not None]
    halves = [each.half * scale for each in known if each.half]
    if halves:
        each = sorted(-math.floor(math.log10(half / 3)) for half in halves)
        wanted = each[(len(each) - 1) // 2]
    else:
        largest = max((abs(each.mean) * scale for each in known), default=0.0)
        wanted = 3 - math.floor(math.log10(largest)) if largest else 0
    return min(max(wanted, 0), 4)


def shown(interval: Interval | None, unit: str, places: int) -> str:
    """Return a mean and half the width of its interval with so many decimals, without the unit.

    A share is shown in per cent.
    """
    if interval is None:
        return "–"
    scale = SCALES.get(unit, 1.0)
    mean = f"{interval.mean * scale:,.{places}f}"
    return mean if interval.half is None else f"{mean} ± {width(interval.half * scale, places)}"


def width(half: float, places: int) -> str:
    """Return half an interval with so many decimals; one that they cannot show is less than them.

    So it is told from none: ``<0.01``, where every run came to nearly the same.
    """
    text = f"{half:,.{places}f}"
    return f"<{10.0**-places:.{places}f}" if half and not text.strip("0.") else text


SCALES: Final = {"share": 100.0}
"""By unit: by what a figure is multiplied where it is shown, if not by 1."""

SIGNS: Final = {"s": "s", "1/s": "1/s", "items": "", "share": "%"}
"""By unit: what stands for it at the head of a column."""
