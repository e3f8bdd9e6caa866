"""A lab moved by hand: the face of ``LabThread`` without a clock on the wall."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from qdash.commands import Command
from qdash.engine import Lab
from qdash.engine.again import Again, run_again
from qdash.events import Event


class HandLab:
    """Runs only when told to.

    ``sent`` and ``said`` hold what the screen asked for, ``happened`` every event, in their order.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        speed: float | None = 1.0,
        paused: bool = False,
        again: Again | None = None,
    ) -> None:
        self.lab = lab
        self.header = lab.header
        self.speed = speed
        self.paused = paused
        self.lagging = False
        self.alive = False
        self.again: float | None = None
        self.held: float | None = None
        self.position = 0.0 if again is None else again.position
        self._ran = -1.0  # up to which time all has happened
        self.sent: list[Command] = []
        self.said: list[str] = []
        self.happened: list[Event] = []
        self._out: deque[Event] = deque()
        self._place = again
        lab.add_sink(self.happened.append)
        # A lab's loop cannot run inside the screen's: it is moved in a thread that is waited for.
        self._hand = ThreadPoolExecutor(1, "qdash-hand")

    def _do(self, move: Callable[..., Any], *args: Any) -> None:
        self._hand.submit(move, *args).result()

    def start(self) -> None:
        if self._place is None:
            self.lab.add_sink(self._out.append)
            self._do(self.lab.start)
        else:
            self._do(run_again, self.lab, self._place, self._out.append)
        self.alive = True
        for command in self.sent:
            self._carry_out(command)

    def close(self) -> None:
        if self.alive:
            self._do(self.lab.close)
            self._hand.shutdown()
        self.alive = False

    def run_to(self, t: float) -> None:
        """Let everything happen up to the virtual time ``t``, in seconds, or where it is held."""
        if self.held is not None:
            t = min(t, self.held)
        self._do(self.lab.advance, t, 10_000_000)
        self.position = self._ran = max(self.position, t)

    @property
    def waiting(self) -> int:
        return len(self._out)

    def drain(self, limit: int = 20_000) -> list[Event]:
        return [self._out.popleft() for _ in range(min(limit, len(self._out)))]

    def send(self, command: Command) -> None:
        self.sent.append(command)
        if self.alive:
            self._carry_out(command)

    def _carry_out(self, command: Command) -> None:
        self._do(self.lab.command, command, self.position)
        self._do(self.lab.advance, self.position, 10_000)

    def pause(self) -> None:
        self.said.append("pause")
        self.paused = True

    def resume(self) -> None:
        self.said.append("resume")
        self.paused = False

    def hold(self, limit: float | None) -> None:
        self.held = limit

    @property
    def stands(self) -> bool:
        if not self.alive or self.held is None or self.position < self.held:
            return False
        if self._ran < self.held:
            self.run_to(self.held)
        return True

    def step(self) -> None:
        self.said.append("step")
        self.paused = True
        self._do(self.lab.step, float("inf") if self.held is None else self.held)
        self.position = max(self.position, self.lab.loop.time())

    def set_speed(self, speed: float | None) -> None:
        self.said.append(f"speed {speed}")
        self.speed = speed
