"""Whether the runs of an experiment are long enough for how busy its consumers are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from qdash.events import Value
from qdash.experiment.grid import Plan
from qdash.experiment.results import Results
from qdash.experiment.steady import LONG, memory
from qdash.experiment.theory import MODELLED

_EXACT: Final = 10**12  # so many items that how busy consumers are is taken as it was found


def long_enough(results: Results, point: Mapping[str, Value]) -> float:
    """Return how many virtual seconds a run of a point should last at least; see ``needed``."""
    found = [results.interval(point, name) for name in ("utilisation", "throughput")]
    busy, rate = (0.0 if each is None else each.mean for each in found)
    return needed(results.plan, results.plan.at(point), busy, rate)


def needed(plan: Plan, settings: Mapping[str, Any], busy: float, rate: float) -> float:
    """Return how many virtual seconds runs should last at least, from what was found in them.

    Consumers were ``busy`` for this part of their time, from 0 to 1, and ``rate`` items a second
    were done. A run is then many times as long as the queue remembers that it began empty. Infinite
    is for an unbounded queue into which more comes than can be done: it grows, and has no figures
    but those of its first so many seconds. 0 where that is not known: for a scenario of more than
    one queue, or runs that end by themselves.
    """
    if plan.scenario not in MODELLED or plan.until is None or settings["items"] is not None:
        return 0.0
    if not rate or not busy:
        return 0.0
    servers, room = settings["consumers"], settings["maxsize"]
    service = busy * servers / rate
    if not room:  # what is not done stays: how busy they must be is known better than it was found
        work = service if settings["failing"] else settings["consume_time"]
        busy = settings["producers"] * work / (settings["produce_time"] * servers)
    return LONG * memory(servers, busy, service, _EXACT, room)
