"""How fast a lab runs free: jobs a second of an M/M/3 model behind a queue of 10, beside SimPy.

Run it as ``python tests/bench/bench_engine.py``. All programs are the same model with the same
random times, and keep mean and largest depth over time and every job's wait. The ratio is of
speeds, to SimPy.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from typing import Any

from _compare import ratio_table, take_turns

from qdash import ObservedQueue
from qdash.engine import Lab
from qdash.engine.context import current_worker
from qdash.engine.gauged import GaugedQueue
from qdash.engine.loop import LabLoop, Outcome
from qdash.events import Event
from qdash.settings import complete
from qdash.stats import Stats
from qdash.sweeps.gauges import QueueGauge

JOBS = 10_000
ROOM = 10
SLICE = 20_000  # callbacks between two folds, as in qdash.headless
SERVERS = 3
ARRIVALS, SERVICE = 2.5, 1.0


class ByHand:
    """Depth over time, and waits: what a person writes into a model."""

    def __init__(self) -> None:
        self.t = self.area = 0.0
        self.depth = self.deepest = 0
        self.waits: list[float] = []

    def depth_is(self, t: float, depth: int) -> None:
        """Note a change of the depth."""
        self.area += self.depth * (t - self.t)
        self.t, self.depth = t, depth
        if depth > self.deepest:
            self.deepest = depth


def in_simpy() -> None:
    """The model in SimPy, with its figures kept by hand."""
    import simpy

    env = simpy.Environment()
    draw = random.Random(1).expovariate
    store = simpy.Store(env, ROOM)
    figures = ByHand()
    left = JOBS
    finished = env.event()

    def come() -> Any:
        for job in range(JOBS):
            yield env.timeout(draw(ARRIVALS))
            yield store.put((job, env.now))
            figures.depth_is(env.now, len(store.items))

    def serve() -> Any:
        nonlocal left
        while True:
            _, came = yield store.get()
            figures.depth_is(env.now, len(store.items))
            figures.waits.append(env.now - came)
            yield env.timeout(draw(SERVICE))
            left -= 1
            if not left:
                finished.succeed()

    env.process(come())
    for _ in range(SERVERS):
        env.process(serve())
    env.run(finished)


def run(loop: LabLoop, queue: asyncio.Queue[int], each_slice: Callable[[], object]) -> None:
    """The model as an asyncio program: nothing in it knows of figures."""
    draw = random.Random(1).expovariate

    async def serve() -> None:
        while True:
            await queue.get()
            await loop.sleep(draw(SERVICE))
            queue.task_done()

    async def main() -> None:
        servers = [asyncio.create_task(serve()) for _ in range(SERVERS)]
        for job in range(JOBS):
            await loop.sleep(draw(ARRIVALS))
            await queue.put(job)
        await queue.join()
        for server in servers:
            server.cancel()
        await asyncio.gather(*servers, return_exceptions=True)

    with loop.running():
        running = loop.create_task(main())
        while loop.advance(float("inf"), SLICE) is Outcome.BUDGET:
            each_slice()
        each_slice()
        running.result()
    loop.close()


def by_hand() -> None:
    """The model on the lab's loop and a plain queue, with its figures kept by hand as in SimPy."""
    loop = LabLoop()
    draw = random.Random(1).expovariate
    figures = ByHand()
    queue: asyncio.Queue[tuple[int, float]] = asyncio.Queue(ROOM)

    async def serve() -> None:
        while True:
            _, came = await queue.get()
            figures.depth_is(loop.time(), queue.qsize())
            figures.waits.append(loop.time() - came)
            await loop.sleep(draw(SERVICE))
            queue.task_done()

    async def main() -> None:
        servers = [asyncio.create_task(serve()) for _ in range(SERVERS)]
        for job in range(JOBS):
            await loop.sleep(draw(ARRIVALS))
            await queue.put((job, loop.time()))
            figures.depth_is(loop.time(), queue.qsize())
        await queue.join()
        for server in servers:
            server.cancel()
        await asyncio.gather(*servers, return_exceptions=True)

    loop.run_until_complete(main())
    loop.close()


def measuring() -> None:
    """The model, with its figures from a queue that measures, as a sweep takes them."""
    loop = LabLoop()
    queue = GaugedQueue[int](ROOM, name="queue", loop=loop)
    run(loop, queue, lambda: None)
    figures = QueueGauge(queue).figures(loop.time())
    assert figures["throughput"] == JOBS / loop.time()


def watched(loop: LabLoop, sink: Callable[[Event], object]) -> ObservedQueue[int]:
    """Return a watched queue, named and timed as in the lab."""
    return ObservedQueue(ROOM, sink=sink, clock=loop.time, who=current_worker.get)


class Figures:
    """Figures folded from events slice by slice, as ``qdash run`` does it; they may be kept."""

    def __init__(self, kept: list[Event] | None = None) -> None:
        self.events: list[Event] = []
        self._kept = kept
        self._stats = Stats()

    def fold(self) -> None:
        """Fold the events of a slice."""
        self._stats.apply_all(self.events)
        if self._kept is not None:
            self._kept.extend(self.events)
        self.events.clear()

    def check(self) -> None:
        """Make sure that the model was run to its end."""
        assert self._stats.queues["queue"].done == JOBS


def with_stats(kept: list[Event] | None = None) -> None:
    """The model, with its figures from events."""
    loop, figures = LabLoop(), Figures(kept)
    run(loop, watched(loop, figures.events.append), figures.fold)
    figures.check()


def recorded() -> None:
    """The same, every event kept in memory besides."""
    with_stats([])


def with_lines() -> None:
    """The same in a whole lab that also tells the line of each step, as for a recording."""

    async def serve(lab: Lab, queue: ObservedQueue[int], draw: Callable[[float], float]) -> None:
        while True:
            await queue.get()
            await lab.loop.sleep(draw(SERVICE))
            queue.task_done()

    async def main(lab: Lab) -> None:
        draw = random.Random(1).expovariate
        queue = lab.queue("queue", maxsize=ROOM)
        servers = [
            asyncio.create_task(serve(lab, queue, draw), name=f"S{n}") for n in range(SERVERS)
        ]
        for job in range(JOBS):
            await lab.loop.sleep(draw(ARRIVALS))
            await queue.put(job)
        await queue.join()
        for server in servers:
            server.cancel()
        await asyncio.gather(*servers, return_exceptions=True)

    lab, figures = Lab(main, complete({}, {}), seed=1), Figures([])
    lab.add_sink(figures.events.append)
    lab.watch_lines()
    lab.start()
    while lab.advance(float("inf"), SLICE) is Outcome.BUDGET:
        figures.fold()
    figures.fold()
    figures.check()
    lab.close()


def main() -> None:
    """Print the table."""
    try:
        import simpy  # noqa: F401
    except ImportError:
        raise SystemExit("SimPy, the peer, is not installed") from None
    gauged = "lab's loop, a queue that measures"
    stats, record = "lab's loop, figures from events", "the same, every event kept in memory"
    lines = "a whole lab, lines watched, every event kept"
    times = take_turns(
        {
            "SimPy, figures by hand": in_simpy,
            "lab's loop, plain queue, figures by hand": by_hand,
            gauged: measuring,
            stats: with_stats,
            record: recorded,
            lines: with_lines,
        }
    )
    ratio_table(
        f"M/M/{SERVERS} behind a queue of {ROOM}: time a job, and speed",
        times,
        operations=JOBS,
        budgets={gauged: "≥ 1.2", record: "≥ 0.6", lines: "≥ 0.6"},
        speed=True,
    )


if __name__ == "__main__":
    main()
