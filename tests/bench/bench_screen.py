"""What the dashboard costs and how quick it is, measured from outside on a pty of 160×45.

Run it as ``python tests/bench/bench_screen.py``. Processor time is the process's own, from the
system. A frame is one value of the clock on the top line; events are those that it counts; a key is
painted when the worker that it chose stands there.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

CALM = ["--set", "producers=4", "--set", "consumers=4"]
CROWD = [
    *("--set", "producers=500", "--set", "consumers=500", "--set", "maxsize=1000"),
    *("--set", "produce_time=0.3", "--set", "consume_time=0.285"),
]
_ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?<>=]*[A-Za-z~]|[()][A-Z0-9]|[=>PM78]|\][^\x07]*\x07)")
_CLOCK = re.compile(rb"\d\d:\d\d\.\d\d")
_EVENTS = re.compile(rb"history ([\d,]+) of ([\d,]+)(, since)?")
_CHOSEN = re.compile(rb"chosen (\w+)")


class Dashboard:
    """qdash in a process of its own, on a terminal of its own."""

    def __init__(self, arguments: list[str]) -> None:
        command = [sys.executable, "-m", "qdash", "producer-consumer", *arguments]
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
            os.chdir(Path(__file__).parents[2])
            os.execvpe(command[0], command, {**os.environ, "TERM": "xterm-256color"})
        self.frames = 0
        self.events = 0
        self.chosen = b""
        self._clock = b""
        self._rest = b""

    def watch(self, until: float) -> None:
        """Read what is painted until the time ``until``."""
        while (left := until - perf_counter()) > 0:
            self._read(left)

    def _read(self, wait: float) -> None:
        ready, _, _ = select.select([self.terminal], [], [], wait)
        if not ready:
            return
        text = _ESCAPES.sub(b"", self._rest + os.read(self.terminal, 1 << 20))
        cut = text.rfind(b"\x1b")  # an escape sequence that has not arrived in full
        text, self._rest = (text, b"") if cut < 0 else (text[:cut], text[cut:])
        for clock in _CLOCK.findall(text):
            if clock != self._clock:
                self._clock = clock
                self.frames += 1
        for kept, whole, gone in _EVENTS.findall(text):  # "of" the limit, until it is reached
            self.events = int((whole if gone else kept).replace(b",", b""))
        for name in _CHOSEN.findall(text):
            self.chosen = name

    def key_to_paint(self) -> float:
        """Choose another worker by a key; return the seconds until its name is painted."""
        before, began = self.chosen, perf_counter()
        os.write(self.terminal, b"]")
        while self.chosen == before:
            self._read(5.0)
            if perf_counter() - began > 5:
                raise SystemExit("a key was not answered within 5 s")
        return perf_counter() - began

    def processor(self) -> float:
        """Return the processor time used so far, in seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def end(self) -> None:
        """End the process."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def calm(seconds: float = 20.0) -> None:
    """Print the processor time at 1× with eight workers."""
    board = Dashboard(CALM)
    board.watch(perf_counter() + 4)
    began, used, frames = perf_counter(), board.processor(), board.frames
    board.watch(began + seconds)
    wall = perf_counter() - began
    print(
        f"8 workers at 1×: {100 * (board.processor() - used) / wall:.1f} % of a core "
        f"(budget 10 %), {(board.frames - frames) / wall:.0f} frames/s"
    )
    board.end()


def crowd(seconds: float = 20.0, keys: int = 60) -> None:
    """Print frames a second and key-to-paint with a thousand workers and many events."""
    board = Dashboard(CROWD)
    board.watch(perf_counter() + 6)
    began, events, frames = perf_counter(), board.events, board.frames
    used = board.processor()
    board.watch(began + seconds)
    wall = perf_counter() - began
    print(
        f"1,000 workers: {(board.events - events) / wall:,.0f} events/s (aim 20,000), "
        f"{(board.frames - frames) / wall:.0f} frames/s (budget 20), "
        f"{100 * (board.processor() - used) / wall:.0f} % of a core"
    )
    waits = []
    for _ in range(keys):
        waits.append(1_000 * board.key_to_paint())
        board.watch(perf_counter() + 0.1)
    print(
        f"key to paint: median {median(waits):.0f} ms, p95 {quantiles(waits, n=20)[-1]:.0f} ms "
        f"(budget 80 ms)"
    )
    board.end()


if __name__ == "__main__":
    calm()
    crowd()
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors")
