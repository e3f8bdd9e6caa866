"""A model whose answer is known: M/M/3, run as an asyncio program on the lab's loop.

Customers come at random to three servers behind one queue. The exact mean wait is Erlang's; SimPy
is given the very same times and must come to the same figures.
"""

from __future__ import annotations

import asyncio
import math
import random
from statistics import fmean, stdev
from typing import Any

import pytest

from qdash.engine.loop import LabLoop
from qdash.engine.queues import ObservedQueue

ARRIVALS, SERVICE, SERVERS = 2.4, 1.0, 3  # customers a second; each server's customers a second
STUDENT_T = {19: 2.093}  # 97.5 % quantiles, by degrees of freedom


def erlang_wait(arrivals: float, service: float, servers: int) -> float:
    """Return the exact mean wait in seconds before service in M/M/c (Erlang's C formula)."""
    load = arrivals / service
    terms = [load**k / math.factorial(k) for k in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last) / (servers * service - arrivals)


def times(seed: int, customers: int) -> list[tuple[float, float]]:
    """Return how long after the one before each customer comes, and how long its service takes."""
    draw = random.Random(seed).expovariate
    return [(draw(ARRIVALS), draw(SERVICE)) for _ in range(customers)]


def waits_in_asyncio(
    customers: list[tuple[float, float]], maxsize: int
) -> tuple[list[float], float]:
    """Return each customer's wait, in the order of service, and when the last one left."""
    loop = LabLoop()
    waits: list[float] = []

    async def serve(queue: asyncio.Queue[Any]) -> None:
        while True:
            came, service = await queue.get()
            waits.append(loop.time() - came)
            await loop.sleep(service)
            queue.task_done()

    async def main() -> float:
        queue: asyncio.Queue[Any] = ObservedQueue(maxsize)
        servers = [asyncio.create_task(serve(queue)) for _ in range(SERVERS)]
        for gap, service in customers:
            await loop.sleep(gap)
            await queue.put((loop.time(), service))
        await queue.join()
        for server in servers:
            server.cancel()
        return loop.time()

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return waits, runner.run(main())


def waits_in_simpy(customers: list[tuple[float, float]], maxsize: int) -> tuple[list[float], float]:
    """The same in SimPy."""
    simpy = pytest.importorskip("simpy")
    env = simpy.Environment()
    store = simpy.Store(env, maxsize or math.inf)
    waits: list[float] = []
    left = len(customers)
    finished = env.event()

    def serve() -> Any:
        nonlocal left
        while True:
            came, service = yield store.get()
            waits.append(env.now - came)
            yield env.timeout(service)
            left -= 1
            if not left:
                finished.succeed()

    def come() -> Any:
        for gap, service in customers:
            yield env.timeout(gap)
            yield store.put((env.now, service))

    env.process(come())
    for _ in range(SERVERS):
        env.process(serve())
    env.run(finished)
    return waits, env.now


def test_the_formula_is_erlangs() -> None:
    assert erlang_wait(0.5, 1, 1) == pytest.approx(1.0)  # M/M/1: load / (service - arrivals)
    # M/M/2: load**2 / (1 - load**2) / service, with the load of one server
    assert erlang_wait(1, 1, 2) == pytest.approx(1 / 3)


def test_mean_waits_agree_with_theory() -> None:
    means = []
    for seed in range(20):
        waits, _ = waits_in_asyncio(times(seed, 4_000), maxsize=0)
        means.append(fmean(waits[500:]))  # the queue was empty at first
    half = STUDENT_T[len(means) - 1] * stdev(means) / math.sqrt(len(means))
    exact = erlang_wait(ARRIVALS, SERVICE, SERVERS)
    assert half < 0.15 * exact, "an interval so wide proves nothing"
    assert fmean(means) - half <= exact <= fmean(means) + half


@pytest.mark.parametrize("maxsize", [0, 1, 10])
def test_simpy_comes_to_the_same_waits_and_the_same_end(maxsize: int) -> None:
    customers = times(7, 3_000)
    ours, our_end = waits_in_asyncio(customers, maxsize)
    theirs, their_end = waits_in_simpy(customers, maxsize)
    # Our times are whole nanoseconds: each sleep may end half of one early or late.
    assert our_end == pytest.approx(their_end, abs=3_000 * 1e-9)
    assert ours == pytest.approx(theirs, abs=3_000 * 1e-9)
