"""The app driven by hand: what the pictures and the animation have in common.

No clock on the wall has a say in it, so that all comes out the same to the byte on every Python.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from unittest.mock import patch

os.environ.pop("NO_COLOR", None)

from rich.cells import cell_len
from textual.pilot import Pilot

from qdash.events import Value
from qdash.player import Player
from qdash.tui.app import QDashApp
from qdash.tui.dashboard import Dashboard
from qdash.tui.replay import ReplayApp
from tests.tui.hand_lab import HandLab

HERE: Final = Path(__file__).resolve().parent
MADE_WITH: Final = HERE / "made-with.txt"
"""Names the libraries that drew the pictures: others may draw them otherwise."""
_PYTHON: Final = "3.11–3.13"
"""What the pictures name as their Python, since they are the same on all of these."""
_FRAME: Final = 0.25
"""How many virtual seconds lie between two frames on the way to a moment."""
_STILL: Final = 4
"""In how many frames nothing may move until a script waits for you: it begins a lab in fewer."""


def made_with() -> str:
    """Return the libraries that draw the pictures here."""
    return f"textual {version('textual')}, rich {version('rich')}\n"


class Hand:
    """What may be done to an app: let time pass, press keys, click."""

    def __init__(self) -> None:
        self.app: QDashApp | ReplayApp
        self.pilot: Pilot[int]
        self.wall = 0.0
        """What stands in for the clock on the wall: it goes as the lab's does."""

    @property
    def lab(self) -> HandLab:
        """The lab that runs at present."""
        assert isinstance(self.app, QDashApp)
        assert isinstance(self.app.source, HandLab)
        return self.app.source

    async def to(self, t: float) -> None:
        """Run to the virtual time ``t``, in seconds, frame by frame; no toast is left of it."""
        while self.lab.position < t:
            passes = min(t - self.lab.position, _FRAME)
            self.lab.run_to(self.lab.position + passes)
            self._run_other()
            self.wall += passes
            self.app.tick()
        await self.pilot.pause()
        self.app.clear_notifications()
        await self.pilot.pause()

    def _run_other(self) -> None:
        """Let the lab beside the one that is shown follow it."""
        other = self.app.other
        if other is not None and other.run is not None:
            source = other.run.source
            assert isinstance(source, HandLab)
            source.run_to(self.lab.position)

    async def play(self, seconds: float) -> None:
        """Let a script go on for as long as this takes at its speed, or until it waits for you."""
        left, still = seconds, 0
        while left > 0 and still < _STILL:
            lab, speed = self.lab, self.lab.speed or 1.0
            before = lab.position
            if not lab.paused:
                lab.run_to(before + min(left, _FRAME) * speed)
            went = round((lab.position - before) / speed, 9)
            left = round(left - went, 9)
            self.wall += went
            still = 0 if went else still + 1
            self.app.tick()
        await self.pilot.pause(0)
        self.app.draw()  # what was laid out anew as well
        await self.pilot.pause(0)
        self.app.clear_notifications()

    async def press(self, *keys: str) -> None:
        """Press keys one after another; what they do is on the screen when this returns."""
        for key in keys:
            await self.pilot.press(key)
            self.app.tick()
            await self.pilot.pause()

    async def click(self, text: str) -> None:
        """Click on a text that is on the screen: the first such, from the top."""
        for y, strip in enumerate(self.app.screen._compositor.render_strips()):
            before, found, _ = strip.text.partition(text)
            if found:
                await self.pilot.click(offset=(cell_len(before) + cell_len(text) // 2, y))
                self.app.tick()
                await self.pilot.pause()
                return
        raise RuntimeError(f"there is no {text!r} to click on")

    async def type_in(self, name: str, text: str) -> None:
        """Type the value of a setting and press enter."""
        self.app.action_edit(name)
        await self.pilot.pause()
        await self.press(*text, "enter")

    async def give(self, name: str, value: Value) -> None:
        """Give a setting another value, as the strip of settings does."""
        self.app.set_value(name, value)
        self.app.tick()
        await self.pilot.pause()


@asynccontextmanager
async def by_hand(
    make: Callable[[], QDashApp | ReplayApp], size: tuple[int, int]
) -> AsyncIterator[Hand]:
    """Run an app, made by ``make``, on a screen of ``size``, and lend a hand to drive it."""
    hand = Hand()

    def wall() -> float:
        return hand.wall

    with ExitStack() as patches:
        folder = patches.enter_context(TemporaryDirectory())
        for patched in (
            patch("platform.python_version", return_value=_PYTHON),
            patch("qdash.tui.dashboard.monotonic", wall),
            patch("qdash.live.monotonic", wall),
            patch("qdash.experiment.batches.monotonic", wall),
            patch("qdash.course.Player", partial(Player, clock=wall)),
            patch("qdash.progress.path", return_value=Path(folder) / "progress.json"),
            patch.object(Dashboard, "NOTIFICATION_TIMEOUT", 3_600),  # toasts are taken away
        ):
            patches.enter_context(patched)
        hand.app = make()
        hand.app.animation_level = "none"
        async with hand.app.run_test(size=size) as hand.pilot:
            await hand.pilot.pause()  # what the first frame does not show comes after it
            yield hand
