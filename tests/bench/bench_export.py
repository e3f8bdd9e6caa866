"""Every exported program for real: as a process of its own, on the real clock, all at once.

Prints for each whether what happened came in the lab's order, over how many lines, and by how much
a line came later or earlier, by the clock on the wall, than the lab says. Beside it stands how far
the order is the same if the program is run by ``asyncio.run`` alone, without its steady clock.

    python tests/bench/bench_export.py [SECONDS]
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from qdash.scenarios import ALL
from tests.export.told import Line, expected, exported, parsed

SECONDS = 30.0
APART = 0.2  # seconds between two starts, so that they do not hinder each other
PLAIN = "asyncio.Runner(loop_factory=Loop)", "asyncio.Runner()"


class Process:
    """One program as it runs; ``lines`` have the times at which they arrived."""

    def __init__(self, text: str, path: Path) -> None:
        path.write_text(text, encoding="utf-8")
        self.lines: list[Line] = []
        self._process = subprocess.Popen(
            [sys.executable, str(path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=os.environ | {"PYTHONUTF8": "1"},
        )
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        began = None
        stream: Any = self._process.stdout
        for text in stream:
            now = time.monotonic()
            began = now if began is None else began
            ((_, who, what),) = parsed(text)
            self.lines.append((now - began, who, what))

    def stop(self) -> None:
        """End it, as ctrl+c does."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        self._process.wait()
        self._thread.join()


def same(mine: list[Line], labs: list[Line]) -> int:
    """Return how many lines are the same from the beginning."""
    for count, (a, b) in enumerate(zip(mine, labs, strict=False)):
        if a[2] != b[2] or (b[1] != "?" and a[1] != b[1]):
            return count
    return min(len(mine), len(labs))


def main(seconds: float) -> None:
    """Run them all and print what came of it."""
    runs: dict[str, tuple[Process, Process]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, slug in enumerate(ALL):
            text = exported(slug, {}, 7)
            steady = Process(text, Path(folder) / f"{number}.py")
            plain = Process(text.replace(*PLAIN), Path(folder) / f"{number}-plain.py")
            runs[slug] = steady, plain
            time.sleep(APART)
        time.sleep(max(0.0, seconds - APART * len(runs) / 2))
        for processes in runs.values():
            for process in processes:
                process.stop()
    print(f"{'program':<30} {'lines':>5}  same order  by the wall   by asyncio.run alone")
    for slug, (steady, plain) in runs.items():
        labs = expected(slug, {}, 7, seconds / 2)
        ends = [n for n, line in enumerate(labs) if line[1] == "main" and line[2] == "returns"]
        labs = labs[: ends[0] + 1] if ends else labs
        count = same(steady.lines, labs)
        pairs = zip(steady.lines[:count], labs, strict=False)
        apart = max((abs(a[0] - b[0]) for a, b in pairs), default=0.0)
        order, other = (
            "yes" if n == len(labs) else f"for {n}" for n in (count, same(plain.lines, labs))
        )
        print(f"{slug:<30} {len(labs):>5}  {order:<10}  {apart * 1000:>6.0f} ms     {other}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
