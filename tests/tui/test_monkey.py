"""A monkey at the keys, the mouse and the edges of the window: the app is alive at the end.

``QDASH_MONKEY=10000`` lets it do ten thousand things instead of four hundred; the monkey is
seeded, so that what it did can be done again.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.events import MouseScrollDown, MouseScrollUp, Paste

from qdash.history import History
from qdash.scenarios import scenario
from qdash.tui.app import CONTROLS, QDashApp
from qdash.tui.controls import PLAYED
from qdash.tui.messages import TimeChosen
from qdash.tui.replay import ReplayApp
from qdash.words import speak
from tests.tui.conftest import Desk, OpenDesk
from tests.tui.hand_lab import HandLab

DEEDS = int(os.environ.get("QDASH_MONKEY", "400"))
_QUITS = {"q", "ctrl+q"}
KEYS = [
    *(key for control in CONTROLS for key in control.key.split(",") if key not in _QUITS),
    *sorted(PLAYED),
    *("left", "right", "up", "down", "enter", "escape", "tab", "shift+tab", "backspace"),
    *("home", "end", "pageup", "pagedown", "f5", "f12", "ctrl+u", "ctrl+a", "delete", "insert"),
    *"0123456789abcdefgz.,-_ü∞",
]


async def _key(d: Desk, die: random.Random) -> None:
    key = die.choice(KEYS)
    typing = type(d.app.screen).__name__ == "CommandPalette"
    if typing and key == "enter" and not die.randrange(3):
        key = "escape"
    await d.pilot.press(key)


async def _click(d: Desk, die: random.Random) -> None:
    width, height = d.app.size
    place = die.randrange(width), die.randrange(height)
    if any(action in ("app.quit", "quit") for action in _actions_at(d.app, place)):
        return
    await d.pilot.click(offset=place, times=die.choice((1, 1, 1, 2)))


def _actions_at(app: QDashApp, place: tuple[int, int]) -> list[str]:
    style = app.screen.get_style_at(*place)
    return [str(style.meta.get("@click", ""))]


async def _wheel(d: Desk, die: random.Random) -> None:
    width, height = d.app.size
    kind = die.choice((MouseScrollUp, MouseScrollDown))
    place = die.randrange(width), die.randrange(height)
    await d.pilot._post_mouse_events([kind], offset=place, button=0)


async def _resize(d: Desk, die: random.Random) -> None:
    width, height = die.choice(
        ((20, 5), (300, 100), (80, 24), (die.randint(20, 300), die.randint(5, 100)))
    )
    await d.pilot.resize_terminal(width, height)


async def _time(d: Desk, die: random.Random) -> None:
    d.lab.run_to(d.lab.position + die.choice((0.001, 0.1, 1.0)))
    d.lab.lagging = not die.randrange(5)
    d.app.tick()


async def _travel(d: Desk, die: random.Random) -> None:
    d.app.post_message(TimeChosen(die.uniform(-1.0, d.app.course.now + 1.0)))
    await d.pilot.pause()
    if die.randrange(2):
        d.app.action_nudge(die.choice(("maxsize", "consumers", "speed")), die.choice((-1, 1)))
    elif die.randrange(2):
        d.app.action_branch()
    await d.pilot.pause()
    d.app.tick()


async def _paste(d: Desk, die: random.Random) -> None:
    text = "".join(die.choices("0123456789.-eE ∞\n\x00[/]", k=die.randrange(30)))
    d.app.post_message(Paste(text))


_DEEDS = {_key: 60, _click: 14, _wheel: 4, _resize: 4, _time: 16, _travel: 6, _paste: 2}


@pytest.fixture(autouse=True)
def _cage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let it write its files where they harm nobody, and speak what it likes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    yield
    speak("en")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_monkey_does_no_harm(desk: OpenDesk, seed: int) -> None:
    die = random.Random(seed)
    async with desk(size=(120, 40)) as d:
        for number in range(DEEDS // 2):
            deed = die.choices(list(_DEEDS), list(_DEEDS.values()))[0]
            await deed(d, die)
            assert d.app.is_running, f"after {number + 1} deeds, the last of them {deed.__name__}"
            assert d.app._exception is None
        await d.pilot.resize_terminal(120, 40)
        while d.app.screen is not d.app.main:
            await d.press("escape")
        await d.press("escape", "escape")
        d.app.action_scenario("producer-consumer")
        assert d.app.other is None
        await d.run_to(2.0)
        assert d.app.state.header.scenario == "producer-consumer"
        assert d.app.state.events > 0
        assert "1 producer-consumer" in d.app.main.header.text


@pytest.mark.slow
async def test_a_monkey_does_no_harm_to_a_recording() -> None:
    die = random.Random(3)
    lab = scenario("signals").lab(None, 7)
    hand = HandLab(lab)
    lab.watch_lines()
    hand.start()
    hand.run_to(30.0)
    history = History(lab.header)
    history.fold(hand.happened)
    hand.close()
    app = ReplayApp(history)
    async with app.run_test(size=(120, 40)) as pilot:
        for number in range(DEEDS // 4):
            key = die.choice(KEYS)
            typing = type(app.screen).__name__ == "CommandPalette"
            await pilot.press("escape" if typing and key == "enter" else key)
            app.tick()
            assert app.is_running, f"after {number + 1} keys, the last of them {key}"
            assert app._exception is None
    assert history.events == len(hand.happened)
