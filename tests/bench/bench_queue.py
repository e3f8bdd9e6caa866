"""What it costs to watch a queue: put + get + task_done, beside a bare queue and other observers.

Run it as ``python tests/bench/bench_queue.py``. The programs take turns in one process; the ratio
is of times, to the bare queue. Other observers that are not installed are left out, and said so.
"""

from __future__ import annotations

import asyncio
import cProfile
from collections.abc import Callable
from functools import partial
from typing import Any

from _compare import ratio_table, take_turns

from qdash import ObservedLifoQueue, ObservedPriorityQueue, ObservedQueue
from qdash.engine.context import current_worker
from qdash.engine.loop import LabLoop

CYCLES = 10_000


def cycles(make: Callable[[LabLoop], asyncio.Queue[int]], *, debug: bool = False) -> None:
    """Put, get and mark done ``CYCLES`` items."""
    loop = LabLoop()
    loop.set_debug(debug)

    async def main() -> None:
        queue = make(loop)
        for item in range(CYCLES):
            await queue.put(item)
            await queue.get()
            queue.task_done()

    loop.run_until_complete(main())
    loop.close()


def bare(cls: Any = asyncio.Queue) -> Callable[[LabLoop], asyncio.Queue[int]]:
    """Return a maker of plain queues."""
    return lambda loop: cls(10)


def recording(cls: Any) -> Callable[[LabLoop], asyncio.Queue[int]]:
    """Return a maker of queues whose every event is kept in a list, named as in the lab."""
    return lambda loop: cls(10, sink=[].append, clock=loop.time, who=current_worker.get)


def under_cprofile() -> None:
    """The bare queue under the standard library's profiler."""
    with cProfile.Profile():
        cycles(bare())


def under_viztracer() -> None:
    """The bare queue under VizTracer, kept in memory and not written."""
    from viztracer import VizTracer

    tracer = VizTracer(verbose=0, tracer_entries=10 * CYCLES)
    tracer.start()
    cycles(bare())
    tracer.stop()
    tracer.clear()


def main() -> None:
    """Print the table of each discipline, and that of the other observers."""
    none, full = "observed, no sink", "observed, every event in a list"
    budgets = {none: "≤ 1.3", full: "≤ 2.0"}
    for plain, ours in (
        (asyncio.Queue, ObservedQueue),
        (asyncio.LifoQueue, ObservedLifoQueue),
        (asyncio.PriorityQueue, ObservedPriorityQueue),
    ):
        programs = {
            f"bare asyncio.{plain.__name__}": partial(cycles, bare(plain)),
            none: partial(cycles, bare(ours)),
            full: partial(cycles, recording(ours)),
        }
        peers: dict[str, Callable[[], None]] = {}
        if plain is asyncio.Queue:
            peers = {
                "bare, asyncio debug mode": partial(cycles, bare(), debug=True),
                "bare, under cProfile": under_cprofile,
            }
            try:
                import viztracer  # noqa: F401
            except ImportError:
                print("viztracer: not installed\n")
            else:
                peers["bare, under viztracer"] = under_viztracer
        times = take_turns({**programs, **peers})
        ratio_table("put + get + task_done", times, operations=CYCLES, budgets=budgets)


if __name__ == "__main__":
    main()
