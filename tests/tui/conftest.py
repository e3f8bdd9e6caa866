"""What the tests of the screen share: the app on a lab that is moved by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from rich.cells import cell_len
from textual.pilot import Pilot

from qdash.scenarios import scenario
from qdash.tui.app import QDashApp
from qdash.tui.lasting import Lasting
from tests.tui.hand_lab import HandLab


class Desk:
    """The app with its pilot: what a test does to it, and what it sees."""

    def __init__(self, app: QDashApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def lab(self) -> HandLab:
        """The lab of the present run."""
        source: Any = self.app.source
        assert isinstance(source, HandLab)
        return source

    @property
    def strip(self) -> Any:
        """The strip of settings."""
        return self.app.main.strip

    async def run_to(self, t: float) -> None:
        """Let the lab run up to a virtual time, and show it."""
        self.lab.run_to(t)
        await self.seen()

    async def seen(self) -> None:
        """Let all that was asked for happen, and show it."""
        await self.pilot.pause()
        self.app.tick()
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys, and show what comes of it."""
        await self.pilot.press(*keys)
        await self.seen()

    async def click_text(self, widget: Any, text: str, nth: int = 0, at: int = 0) -> None:
        """Click on a text that a bar shows, ``at`` cells into it."""
        for y, line in enumerate(widget.text.splitlines()):
            x = -1
            for _ in range(nth + 1):
                x = line.find(text, x + 1)
            if x >= 0:
                # By the place on the screen: a widget may move between mouse down and mouse up.
                left, top = widget.region.offset
                await self.pilot.click(offset=(left + cell_len(line[:x]) + at, top + y))
                await self.seen()
                return
        raise AssertionError(f"{text!r} is not in {widget.text!r}")

    @property
    def toasts(self) -> list[str]:
        """What has been said aloud."""
        return [notice.message for notice in self.app._notifications]


OpenDesk = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def desk() -> OpenDesk:
    """Open the app: ``async with desk("signals", size=(80, 24), maxsize=1) as d``."""

    @asynccontextmanager
    async def open_(
        slug: str = "producer-consumer",
        *,
        size: tuple[int, int] = (160, 45),
        seed: int = 7,
        options: dict[str, Any] | None = None,
        **settings: Any,
    ) -> AsyncIterator[Desk]:
        app = QDashApp(
            scenario(slug), settings, seed, **{"thread_factory": HandLab, **(options or {})}
        )
        async with app.run_test(size=size) as pilot:
            yield Desk(app, pilot)

    return open_


@pytest.fixture(autouse=True)
def outlived(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Exception]]:
    """The errors that parts of the screen outlived; a test that expects them takes them out."""
    errors: list[Exception] = []
    tell = Lasting.outlive

    def outlive(self: Lasting, error: Exception) -> None:
        errors.append(error)
        tell(self, error)

    monkeypatch.setattr(Lasting, "outlive", outlive)
    yield errors
    assert not errors
