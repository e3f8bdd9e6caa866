"""How long from the start to the first painted frame: qdash beside a hello-world Textual app.

Run it as ``python tests/bench/bench_start.py``. Each start is a fresh process on a terminal of its
own (a pty of 160×45); a frame is painted when its text has arrived there. The two take turns.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
from pathlib import Path
from statistics import median
from time import perf_counter

ROUNDS = 11
CACHE = tempfile.mkdtemp(prefix="qdash-bench-")
HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello, world")
Hello().run()
"""
PROGRAMS = {
    "hello-world Textual app": ([sys.executable, "-c", HELLO], b"hello, world"),
    "qdash": ([sys.executable, "-m", "qdash", "producer-consumer"], b"PRODUCERS"),
}


def environment() -> dict[str, str]:
    """Return the environment of both: an ordinary terminal, and compiled modules kept as usual."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "TERM": "xterm-256color", "PYTHONPYCACHEPREFIX": CACHE}


def first_frame(command: list[str], text: bytes) -> tuple[float, float]:
    """Return the seconds until ``text`` is on the terminal: of the wall, of the processor."""
    began = perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 45, 160, 0, 0))
        os.chdir(Path(__file__).parents[2])
        os.execvpe(command[0], command, environment())
    seen = b""
    try:
        while text not in seen:
            ready, _, _ = select.select([terminal], [], [], 30)
            if not ready:
                raise SystemExit(f"no {text!r} within 30 s; got {seen[-500:]!r}")
            seen += os.read(terminal, 65_536)
        wall = perf_counter() - began
    finally:
        os.kill(pid, signal.SIGKILL)
        _, _, used = os.wait4(pid, 0)
        os.close(terminal)
    return wall, used.ru_utime + used.ru_stime


def main() -> None:
    """Let the two take turns, and print the medians and the median of their ratios."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in PROGRAMS}
    for command, text in PROGRAMS.values():
        first_frame(command, text)  # compiles what is not compiled yet
    for _ in range(ROUNDS):
        for name, (command, text) in PROGRAMS.items():
            times[name].append(first_frame(command, text))
    hello, qdash = times.values()
    for name, seconds in times.items():
        wall, processor = (median(column) for column in zip(*seconds, strict=True))
        print(f"{name:24} {wall:.3f} s to the first frame, {processor:.3f} s of the processor")
    pairs = list(zip(qdash, hello, strict=True))
    wall, processor = (median(a[i] / b[i] for a, b in pairs) for i in (0, 1))
    print(
        f"ratio {wall:.2f} (budget 1.40), of processor time {processor:.2f}"
        f"  Python {sys.version.split()[0]}"
    )


if __name__ == "__main__":
    main()
