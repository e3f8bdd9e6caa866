"""How often the intervals of A against B cover the exact value, at loads up to 0.95.

Run it as ``python tests/bench/bench_batches.py [EXPERIMENTS]``. Two labs of one seed run side by
side as on the screen, on an unbounded queue and on one of ten slots; at some instants, counted in
the time in which the queue forgets how it was, it is asked which intervals are shown, and whether
they hold what theory expects. *plain* are intervals from eight batches as if they were independent.
"""

from __future__ import annotations

import multiprocessing
import sys
from collections import Counter
from functools import partial
from time import perf_counter
from typing import Any, TypeAlias

import _compare  # noqa: F401 (a checkout needs no installation)
from bench_theory import forgetting

from qdash.engine.loop import Outcome
from qdash.experiment import theory
from qdash.experiment.batches import Pair, Side
from qdash.experiment.intervals import Interval, interval, paired
from qdash.experiment.steady import LONG, half_width
from qdash.experiment.tally import merged
from qdash.scenarios import scenario
from qdash.sweeps.pool import processors

SLUG = "producer-consumer"
LOADS = (0.5, 0.7, 0.9, 0.95)
ROOMS = (0, 10)
LOOKS = (5, 10, 20, 40, 80)  # times the time in which the queue forgets
NAMES = ("throughput", "wait.mean", "wait.p95", "blocked_share", "utilisation", "depth.mean")
PLAIN = 8  # batches
ALLOWED = 0.90, 0.99

Case: TypeAlias = tuple[float, int]
Hit: TypeAlias = tuple[Case, int, str, str, bool]
"""Of a case, at a look, by a method, one or both labs: whether the exact value was covered."""


def settings_of(load: float, room: int) -> list[dict[str, Any]]:
    """Return the settings of A, two consumers at this load, and B, with three of them."""
    common = {"producers": 4, "produce_time": 2 / load, "consume_time": 1.0, "maxsize": room}
    known = scenario(SLUG).settings
    return [known({**common, "jitter": "exponential", "consumers": count}) for count in (2, 3)]


def experiment(task: tuple[Case, int]) -> list[Hit]:
    """Run both side by side, and return whether what is shown at each look is right."""
    (load, room), seed = task
    both = settings_of(load, room)
    labs = [scenario(SLUG).lab(settings, seed) for settings in both]
    pair = Pair(labs[0].header.layout)
    for lab, gauge in zip(labs, pair.gauges, strict=True):
        lab.add_sink(gauge.take)
        lab.start()
    hits = []
    for look in LOOKS:
        until = look * forgetting(2, load, room)
        for lab, gauge in zip(labs, pair.gauges, strict=True):
            while lab.advance(until, 100_000) is Outcome.BUDGET:
                pass
            gauge.advance(until)
        found, sides = pair.compare(), pair.sides()
        assert sides is not None
        exact = [theory.of(SLUG, settings) for settings in both]
        sure = found.until >= LONG * sides[0].memory
        for row in found.rows:
            one, other = (theory.expected(each, row.name) for each in exact)
            if row.name not in NAMES or one is None or other is None or row.difference is None:
                continue
            told = partial(_told, (load, room), look)
            hits += told("shown", "B-A", row.difference, other - one)
            hits += told("shown", "A", _alone(row.name, sides[0], sure), one)
            hits += told("plain", "B-A", _plain(row.name, *sides), other - one)
            hits += told("plain", "A", _plain(row.name, sides[0]), one)
    for lab in labs:
        lab.close()
    return hits


def _told(
    case: Case, look: int, method: str, of: str, found: Interval | None, exact: float
) -> list[Hit]:
    if found is None or found.half is None:
        return []
    slack = 1e-9 * abs(exact)  # a difference that is nothing has an interval that is nothing
    hit = abs(found.mean - exact) <= found.half + slack
    return [(case, look, method, of, hit)]


def _alone(name: str, side: Side, sure: bool) -> Interval | None:
    """Return the interval of a figure of one lab, as those of differences come about."""
    value, moved = side.figures[name], side.moved(name)
    if value is None or moved is None or not sure or not any(moved):
        return None
    return Interval(value, half_width(moved), len(moved))


def _plain(name: str, *sides: Side) -> Interval | None:
    """Return the interval from few batches as if they were independent."""
    batches = [merged(side.batches, max(1, len(side.batches) // PLAIN)) for side in sides]
    figures = [[batch.figures()[name] for batch in each] for each in batches]
    found = interval(figures[0]) if len(sides) == 1 else paired(*figures)
    wholes = [side.figures[name] or 0.0 for side in sides]
    middle = wholes[0] if len(sides) == 1 else wholes[1] - wholes[0]
    return None if found is None else Interval(middle, found.half, found.n)


def main(experiments: int) -> int:
    """Run all, print how often what was shown was covered, and return the exit status."""
    cases = [(load, room) for load in reversed(LOADS) for room in ROOMS]
    tasks = [(case, seed) for case in cases for seed in range(1, experiments + 1)]
    began = perf_counter()
    with multiprocessing.Pool(processors()) as pool:
        hits = [hit for some in pool.imap_unordered(experiment, tasks) for hit in some]
    print(f"{len(cases)} settings, {experiments} experiments each, a look at {LOOKS} times the "
          f"queue's memory: {perf_counter() - began:.0f} s")  # fmt: skip
    shown = Counter(hit[:4] for hit in hits)
    right = Counter(hit[:4] for hit in hits if hit[4])
    low, status = 1.0, 0
    for room in ROOMS:
        for load in LOADS:
            print(f"load {load}, " + (f"a queue of {room}" if room else "an unbounded queue"))
            for look in (*LOOKS, 0):
                parts = []
                for method in ("plain", "shown"):
                    for of in ("A", "B-A"):
                        looks = LOOKS if not look else (look,)
                        keys = [((load, room), each, method, of) for each in looks]
                        n, k = (sum(which[key] for key in keys) for which in (shown, right))
                        parts.append(f"{method} {of:3} {_part(k, n)}")
                        if method == "shown" and not look and n:
                            low = min(low, k / n)
                            status |= not ALLOWED[0] <= k / n <= 1.0
                print(f"  {f'at {look}' if look else 'all':6} " + "   ".join(parts))
    print(f"the least of all that are shown: {low:.1%}")
    return status


def _part(hits: int, n: int) -> str:
    return f"{hits / n:6.1%} of {n:4}" if n else "     – of    0"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
