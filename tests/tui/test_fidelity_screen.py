"""The panel that says on which Python the lab runs, and what differs on the others."""

from __future__ import annotations

import platform
from io import StringIO

import pytest
from rich.console import Console

from qdash.events import Header
from qdash.fidelity import FACTS, minor
from qdash.state import State
from qdash.tui.screens.fidelity import FidelityScreen
from tests.tui.conftest import OpenDesk


def text_of(screen: FidelityScreen) -> str:
    out = StringIO()
    Console(file=out, width=200).print(screen.contents())
    return out.getvalue()


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_it_tells_on_which_python_the_lab_runs(desk: OpenDesk, size: tuple[int, int]) -> None:
    async with desk("timeouts", size=size) as d:
        await d.run_to(20.0)
        await d.press("y")
        screen = d.app.screen
        assert isinstance(screen, FidelityScreen)
        text = text_of(screen)
        assert f"This lab runs on Python {platform.python_version()}." in text
        assert all(fact.title in text for fact in FACTS)
        now, _, later = text.partition("At this moment nothing shown depends")
        assert "wait_for() and its task" in now
        assert "Queue.shutdown()" in later
        await d.press("escape")
        await d.press("k", "y")  # shutdown()
        screen = d.app.screen
        assert isinstance(screen, FidelityScreen)
        assert "Queue.shutdown()" in text_of(screen).partition("At this moment")[0]
        await d.press("y")
        assert d.app.screen is d.app.main


async def test_it_tells_on_which_python_a_recording_was_made(desk: OpenDesk) -> None:
    async with desk() as d:
        screen = FidelityScreen(State(Header("none", 7, "3.13.0", {})))
        await d.app.push_screen(screen)
        text = text_of(screen)
        assert "This was recorded on Python 3.13.0" in text or minor("3.13.0") in text
        screen = FidelityScreen(State(Header("none", 7, "3.99.1", {})))
        await d.app.push_screen(screen)
        assert "measured on 3.11, 3.12 and 3.13 only" in text_of(screen)
