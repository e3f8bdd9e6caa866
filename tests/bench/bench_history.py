"""What a recording costs: to open it, to go anywhere in it, and the memory that it takes.

Run it as ``python tests/bench/bench_history.py [EVENTS] [NAME=VALUE]…`` (a million unless told). It
makes a recording of its own with these settings. The budget for a million events is 10 s to open
it, and 50 ms to any moment of it in 95 of 100 cases.
"""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[2]))  # a checkout needs no installation

from qdash.history import History
from qdash.recording import Reader, Recorder
from qdash.scenarios import scenario
from qdash.settings import parse_assignment

MILLION = 1_000_000
SEEKS = 400


def resident() -> float:
    """Return the memory that this process holds, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def record(path: Path, count: int, settings: Sequence[str]) -> None:
    """Write a recording of about so many events."""
    values = {"producers": 4, "consumers": 4} | dict(map(parse_assignment, settings))
    lab = scenario("producer-consumer").lab(values)
    recorder = Recorder(path, lab.header)
    written = 0

    def write(event: object) -> None:
        nonlocal written
        written += 1

    lab.add_sink(recorder.write)
    lab.add_sink(write)
    lab.watch_lines()
    lab.start()
    while written < count:
        lab.advance(float("inf"), 2_000)
    lab.close()
    recorder.close()


def open_file(path: Path) -> History:
    """Read it as ``qdash replay`` does."""
    with Reader(path) as reader:
        history = History(reader.header, None)
        for events in reader:
            history.fold(events)
        return history


def times(what: Callable[[int], object], numbers: Sequence[int]) -> str:
    """Return how long it takes for these numbers: median, 95th percentile and the most, in ms.

    As in the other benchmarks it is the processor's time: what else the machine does is no matter.
    """
    taken = []
    for number in numbers:
        began = time.process_time()
        what(number)
        taken.append((time.process_time() - began) * 1e3)
    taken.sort()
    return (
        f"median {median(taken):5.1f} ms   p95 {taken[int(len(taken) * 0.95)]:5.1f} ms   "
        f"most {taken[-1]:5.1f} ms"
    )


def main() -> None:
    """Make the recording, open it, and go to and fro in it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else MILLION
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "recording.jsonl"
        record(path, count, sys.argv[2:])
        before = resident()
        wall, processor = time.perf_counter(), time.process_time()
        history = open_file(path)
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        file = path.stat().st_size / 1e6
    print(f"{history.events:,} events, {file:.0f} MB (Python {platform.python_version()})")
    print(f"  open           {wall:6.2f} s, of the processor {processor:.2f} s   budget 10 s")
    print(f"  memory         {resident() - before:6.0f} MB")
    dice = Random(1)
    anywhere = [dice.randint(0, history.events) for _ in range(SEEKS)]
    print(f"  to any moment  {times(history.moment, anywhere)}   budget p95 50 ms")
    dice.shuffle(anywhere)
    print(f"  40 rows there  {times(lambda n: history.rows(n - 40, n), anywhere)}")
    print(f"  memory now     {resident() - before:6.0f} MB")


if __name__ == "__main__":
    main()
