"""How often 95 % intervals cover the exact value, over 40 settings of M/M/c and M/M/c/K.

Run it as ``python tests/bench/bench_theory.py [EXPERIMENTS]``. A case is one figure of one setting
in one experiment of ten replications: its interval covers what theory expects, or it does not. An
honest interval of 95 % does in about 95 of 100 cases. Every setting of every experiment has seeds
of its own, so that cases of one figure have nothing in common.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import _compare  # noqa: F401 (a checkout needs no installation)

from qdash.experiment import theory
from qdash.experiment.grid import seed_of
from qdash.experiment.intervals import interval
from qdash.experiment.measures import figure
from qdash.scenarios import scenario
from qdash.sweeps.pool import Pool, processors
from qdash.sweeps.replicate import Job, replicate

REPLICATIONS = 10
WARM, LONG = 15, 200  # of the times in which a model forgets how it began
LEAST = 1_500.0  # seconds of a run at least
ALLOWED = 0.90, 0.99
FIGURES = ("wait.mean", "wait.p95", "depth.mean", "utilisation", "throughput", "refused")
UNLIMITED = [(c, load) for c in (1, 2, 4, 10) for load in (0.4, 0.6, 0.7, 0.8, 0.9)]
BOUNDED = [
    (c, room, load)
    for c, room in ((1, 2), (2, 4), (3, 10), (8, 5))
    for load in (0.5, 0.8, 1.0, 1.3, 2.0)
]


def settings_of(servers: int, load: float, room: int = 0) -> dict[str, Any]:
    """Return the settings of a service with a load, work of 1 s, and room for so many."""
    producers = 3
    return scenario("service").settings(
        {
            "maxsize": room,
            "producers": producers,
            "consumers": servers,
            "produce_time": producers / (load * servers),
            "consume_time": 1.0,
            "jitter": "exponential",
            "failing": 0.0,
            "put_policy": "drop-newest",
        }
    )


def forgetting(servers: int, load: float, room: int = 0) -> float:
    """Return the seconds in which a model comes e times nearer to its steady state, or less."""
    if not room:
        return 1 / servers / (1 - math.sqrt(load)) ** 2
    gap = servers * (1 + load - 2 * math.sqrt(load) * math.cos(math.pi / (room + 1)))
    return max(1.0, 1 / gap)


def cases(experiment: int) -> Iterator[tuple[str, dict[str, Any], list[Job]]]:
    """Yield each setting of an experiment: what it is called, and its runs."""
    every = [*((c, load, 0) for c, load in UNLIMITED), *((c, lo, room) for c, room, lo in BOUNDED)]
    for number, (servers, load, room) in enumerate(every):
        settings, time = settings_of(servers, load, room), forgetting(servers, load, room)
        warm = WARM * time
        until = warm + max(LONG * time, LEAST / servers)
        base = 1_000 * (experiment + 1) + number
        seeds = (seed_of(base, replication) for replication in range(REPLICATIONS))
        jobs = [Job("service", settings, seed, until, warm) for seed in seeds]
        yield f"M/M/{servers}" + (f"/{servers + room}" if room else ""), settings, jobs


def main(experiments: int) -> int:
    """Run all, print how often what was covered, and return the exit status."""
    every = [case for experiment in range(experiments) for case in cases(experiment)]
    jobs = [job for _, _, jobs in every for job in jobs]
    began = perf_counter()
    with Pool(processors(), replicate, lambda: None) as pool:
        answers = dict(answer for answer in pool.run(jobs) if answer is not None)
    seconds = perf_counter() - began
    covered: Counter[tuple[str, str]] = Counter()
    tried: Counter[tuple[str, str]] = Counter()
    for number, (_, settings, runs) in enumerate(every):
        first = number * REPLICATIONS
        figures = [answers[at] for at in range(first, first + len(runs))]
        expected = theory.of("service", settings)
        for name in FIGURES:
            exact = theory.expected(expected, name)
            found = interval(figure(each, name) for each in figures)
            if exact and found is not None:  # "refused" is 0 for certain where nothing is dropped
                kind = "M/M/c/K" if settings["maxsize"] else "M/M/c"
                tried[kind, name] += 1
                covered[kind, name] += found.covers(exact)
    count = len(UNLIMITED) + len(BOUNDED)
    print(f"{count} settings, {experiments} experiments of {REPLICATIONS} replications each: "
          f"{len(jobs):,} runs in {seconds:.0f} s")  # fmt: skip
    for name in FIGURES:
        parts = []
        for kind in ("M/M/c", "M/M/c/K"):
            if n := tried[kind, name]:
                parts.append(f"{kind} {covered[kind, name]:4} of {n:4}")
        hits = sum(covered[kind, name] for kind in ("M/M/c", "M/M/c/K"))
        part = hits / sum(tried[kind, name] for kind in ("M/M/c", "M/M/c/K"))
        print(f"  {name:12} {part:6.1%}   {'   '.join(parts)}")
    part = covered.total() / tried.total()
    print(f"  {'all':12} {part:6.1%}   {covered.total()} of {tried.total()} cases")
    return int(not ALLOWED[0] <= part <= ALLOWED[1])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
