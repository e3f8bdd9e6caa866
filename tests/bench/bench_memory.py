"""How memory goes over a long run: the lab, its state, timeline and figures, event by million.

Run it as ``python tests/bench/bench_memory.py [EVENTS]`` (10 million unless told). The budget is a
flat line once the bounded history is full.
"""

from __future__ import annotations

import gc
import sys
import time
from pathlib import Path

from qdash.scenarios import scenario
from qdash.state import State
from qdash.stats import Stats
from qdash.timeline import Timeline

MILLION = 1_000_000


def resident() -> float:
    """Return the memory that this process holds, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def main() -> None:
    """Run until so many events have happened, and print a line for each tenth of them."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 10 * MILLION
    lab = scenario("producer-consumer").lab({"producers": 4, "consumers": 4})
    state, timeline, stats = State(lab.header), Timeline(lab.header), Stats()
    for sink in (state.apply, timeline.apply, stats.apply):
        lab.add_sink(sink)
    lab.start()
    began, mark = time.process_time(), 0
    print("    events   virtual s   processor s    MB")
    while state.events < wanted:
        lab.advance(float("inf"), 20_000)
        if state.events >= mark:
            gc.collect()
            spent = time.process_time() - began
            print(f"{state.events:>10,} {state.t:>11,.0f} {spent:>13.1f} {resident():>5.0f}")
            mark += wanted // 10
    lab.close()


if __name__ == "__main__":
    main()
