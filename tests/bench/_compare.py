"""Let programs take turns, and print how their times compare: what the benchmarks share."""

from __future__ import annotations

import gc
import platform
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from time import process_time

sys.path.insert(0, str(Path(__file__).parents[2]))  # a checkout needs no installation


def seconds(program: Callable[[], object]) -> float:
    """Return the processor seconds that one run of ``program`` takes.

    Not those of the wall: what else the machine does meanwhile is no matter.
    """
    gc.collect()
    began = process_time()
    program()
    return process_time() - began


def take_turns(
    programs: Mapping[str, Callable[[], object]], rounds: int = 11
) -> dict[str, list[float]]:
    """Return the processor seconds of each run: in every round one of each program."""
    for program in programs.values():
        program()
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, program in programs.items():
            times[name].append(seconds(program))
    return times


def ratio_table(
    title: str,
    times: Mapping[str, list[float]],
    *,
    operations: int,
    budgets: Mapping[str, str] | None = None,
    speed: bool = False,
) -> None:
    """Print the median microseconds an operation takes, and the median ratio to the first program.

    The ratio is of times (smaller is better), or with ``speed`` of speeds (larger is better).
    """
    base = next(iter(times.values()))
    print(f"{title}   (Python {platform.python_version()}, median of {len(base)} rounds)")
    for name, spent in times.items():
        pairs = zip(base, spent, strict=True)
        ratio = median(first / own if speed else own / first for first, own in pairs)
        each = median(spent) / operations * 1e6
        budget = (budgets or {}).get(name, "")
        print(
            f"  {name:52} {each:8.2f} µs  {ratio:6.2f}×  {budget and f'budget {budget}'}".rstrip()
        )
    print()
