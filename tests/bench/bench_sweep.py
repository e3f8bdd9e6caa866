"""How fast a sweep is: points a second, beside SimPy, Ciw and salabim, on one core and on two.

Run it as ``python tests/bench/bench_sweep.py [RUNS]``. Two models, each at four points: M/M/c
behind a bounded queue where put waits, and M/M/c/K where what finds no room is dropped. Every
program runs the same number of jobs and keeps the same statistics after the warm-up: mean and 95th
percentile of the wait, mean depth, utilisation, throughput. Ours is ``qdash.sweep``, which keeps
more; the others are written in their plain idiom. A point is one of four runs of its own seed.

On one core processor seconds are counted, on two those of the wall, with the start of the
processes. The slower programs run fewer replications of the same points.
"""

from __future__ import annotations

import gc
import math
import platform
import random
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from statistics import fmean, median
from time import perf_counter, process_time
from typing import Any

import _compare  # noqa: F401 (a checkout needs no installation)

from qdash import sweep

UNTIL, WARM = 1_600.0, 160.0
ARRIVALS, SERVICE = 2.5, 1.0
ROOMS, SERVERS = (5, 10), (3, 4)
POINTS = tuple(product(ROOMS, SERVERS))
ROUNDS = 3
SLOW = {"Ciw": 4, "salabim": 20}
"""By which part fewer replications a slow program runs."""

Figures = tuple[float, float, float, float, float]
"""Mean wait, its 95th percentile, mean depth, utilisation, throughput."""
Task = tuple[str, int, int, int]
"""Model, room in the queue, servers, seed."""


def waits_of(waits: Sequence[float]) -> tuple[float, float]:
    """Return mean and 95th percentile."""
    ranked = sorted(waits)
    return fmean(ranked), ranked[math.ceil(0.95 * len(ranked)) - 1]


def in_simpy(task: Task) -> Figures:
    """One run in SimPy."""
    import simpy

    model, room, servers, seed = task
    env = simpy.Environment()
    draw = random.Random(seed).expovariate
    store = simpy.Store(env, room)
    waits: list[float] = []
    area, depth, since, busy, done = 0.0, 0, WARM, 0.0, 0

    def depth_is(now: int) -> None:
        nonlocal area, depth, since
        if env.now > WARM:
            area += depth * (env.now - since)
            since = env.now
        depth = now

    def come() -> Any:
        while True:
            yield env.timeout(draw(ARRIVALS))
            if model == "drop" and len(store.items) >= room:
                continue
            yield store.put(env.now)
            depth_is(len(store.items))

    def serve() -> Any:
        nonlocal busy, done
        while True:
            came = yield store.get()
            depth_is(len(store.items))
            if env.now > WARM:
                waits.append(env.now - came)
            began = env.now
            yield env.timeout(draw(SERVICE))
            if env.now > WARM:
                busy += env.now - max(began, WARM)
                done += 1

    env.process(come())
    for _ in range(servers):
        env.process(serve())
    env.run(UNTIL)
    span = UNTIL - WARM
    return *waits_of(waits), area / span, busy / span / servers, done / span


def in_ciw(task: Task) -> Figures:
    """One run in Ciw: its records, summed up. The producer is a node that is never out of work."""
    import ciw

    model, room, servers, seed = task
    ciw.seed(seed)
    exponential = ciw.dists.Exponential
    if model == "drop":
        network = ciw.create_network(
            arrival_distributions=[exponential(ARRIVALS)],
            service_distributions=[exponential(SERVICE)],
            number_of_servers=[servers],
            queue_capacities=[room],
        )
    else:
        network = ciw.create_network(
            arrival_distributions=[ciw.dists.Sequential([0.0, math.inf]), None],
            batching_distributions=[
                ciw.dists.Deterministic(int(1.2 * ARRIVALS * UNTIL)),
                ciw.dists.Deterministic(1),
            ],
            service_distributions=[exponential(ARRIVALS), exponential(SERVICE)],
            number_of_servers=[1, servers],
            queue_capacities=[math.inf, room],
            routing=[[0.0, 1.0], [0.0, 0.0]],
        )
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(UNTIL)
    last = len(network.service_centres)
    records = [
        record
        for record in simulation.get_all_records(only=["service"])
        if record.node == last and record.exit_date > WARM
    ]
    span = UNTIL - WARM
    begun = [r.waiting_time for r in records if r.service_start_date > WARM]
    area = sum(max(0.0, r.service_start_date - max(r.arrival_date, WARM)) for r in records)
    busy = sum(r.service_end_date - max(r.service_start_date, WARM) for r in records)
    return *waits_of(begun), area / span, busy / span / servers, len(records) / span


def in_salabim(task: Task) -> Figures:
    """One run in salabim, with the monitors that its stores have."""
    import salabim

    model, room, servers, seed = task
    env = salabim.Environment(random_seed=seed, yieldless=False)
    store = env.Store("jobs", capacity=room)

    class Job(salabim.Component):
        pass

    class Come(salabim.Component):
        def process(self) -> Any:
            while True:
                yield self.hold(env.Exponential(1 / ARRIVALS).sample())
                if model == "drop" and len(store) >= room:
                    continue
                yield self.to_store(store, Job())

    class Serve(salabim.Component):
        busy, done = 0.0, 0

        def process(self) -> Any:
            while True:
                yield self.from_store(store)
                began = env.now()
                yield self.hold(env.Exponential(1 / SERVICE).sample())
                if env.now() > WARM:
                    self.busy += env.now() - max(began, WARM)
                    self.done += 1

    Come()
    crew = [Serve() for _ in range(servers)]
    env.run(till=WARM)
    store.reset_monitors()
    env.run(till=UNTIL)
    waits, span = store.length_of_stay, UNTIL - WARM
    return (
        waits.mean(),
        waits.percentile(95),
        store.length.mean(),
        sum(server.busy for server in crew) / span / servers,
        sum(server.done for server in crew) / span,
    )


def ours(model: str, runs: int, processes: int) -> list[Figures]:
    """All points in qdash; the scenario is an asyncio program that knows of no figures."""
    given: dict[str, Any] = {"jitter": "exponential", "producers": 1}
    given |= {"produce_time": 1 / ARRIVALS, "consume_time": 1 / SERVICE}
    if model == "drop":
        given |= {"put_policy": "drop-newest", "failing": 0.0}
    results = sweep(
        "service" if model == "drop" else "producer-consumer",
        {"maxsize": ROOMS, "consumers": SERVERS},
        replications=runs,
        warmup=WARM,
        until=UNTIL,
        jobs=processes,
        **given,
    )
    queue = "requests" if model == "drop" else "jobs"
    names = [f"{queue}:{name}" for name in ("wait.mean", "wait.p95", "depth.mean")]
    names += ["utilisation", f"{queue}:throughput"]
    return [tuple(row.figures[name] for name in names) for row in results.rows]  # type: ignore


PEERS = {"SimPy": in_simpy, "Ciw": in_ciw, "salabim": in_salabim}


def theirs(peer: str, model: str, runs: int, processes: int) -> list[Figures]:
    """All points in another program, the seeds the same at each point."""
    tasks = [(model, *point, seed) for point in POINTS for seed in range(1, runs + 1)]
    if processes == 1:
        return [PEERS[peer](task) for task in tasks]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(PEERS[peer], tasks))


def measured(
    programs: dict[str, Callable[[int], list[Figures]]], processes: int
) -> tuple[dict[str, list[float]], dict[str, list[Figures]]]:
    """Let all take turns; return points a second of each round, and the figures of the last."""
    clock = process_time if processes == 1 else perf_counter
    speeds: dict[str, list[float]] = {name: [] for name in programs}
    figures: dict[str, list[Figures]] = {}
    for _ in range(ROUNDS):
        for name, program in programs.items():
            gc.collect()
            began = clock()
            figures[name] = program(processes)
            speeds[name].append(len(figures[name]) / (clock() - began))
    return speeds, figures


def table(title: str, speeds: dict[str, list[float]], figures: dict[str, list[Figures]]) -> None:
    """Print points a second, the ratio of speeds to the first program, and what it came to."""
    print(f"{title}   (Python {platform.python_version()}, median of {ROUNDS} rounds)")
    base = next(iter(speeds.values()))
    for name, each in speeds.items():
        ratio = median(own / first for first, own in zip(base, each, strict=True))
        wait, p95, depth, busy, through = (fmean(part) for part in zip(*figures[name], strict=True))
        print(
            f"  {name:8} {median(each):8.2f} points/s {ratio:6.2f}×   wait {wait:.3f} s, "
            f"p95 {p95:.2f} s, depth {depth:.2f}, busy {busy:.1%}, {through:.3f}/s"
        )
    print()


def main() -> None:
    """Print the tables."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    there = []
    for name in PEERS:
        try:
            __import__(name.lower())
            there.append(name)
        except ImportError:
            print(f"{name} is not installed, and left out")
    if "SimPy" not in there:
        raise SystemExit("SimPy, the peer, is not installed")
    for model, title in (
        ("wait", "M/M/c behind a bounded queue, put waits"),
        ("drop", "M/M/c/K, the newest is dropped"),
    ):
        programs: dict[str, Callable[[int], list[Figures]]] = {
            name: lambda processes, name=name, model=model: theirs(  # type: ignore[misc]
                name, model, max(1, runs // SLOW.get(name, 1)), processes
            )
            for name in there
        }
        programs["qdash"] = lambda processes, model=model: ours(model, runs, processes)  # type: ignore[misc]
        for processes in (1, 2):
            cores = "one core" if processes == 1 else "two processes"
            table(f"{title}, {cores}", *measured(programs, processes))


if __name__ == "__main__":
    main()
