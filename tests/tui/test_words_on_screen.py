"""No word on the screen is left untranslated, in a language in which only what is marked is known.

What a person types stays as it is, as do names, code, and what the scenario and Python say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.strip import Strip

from qdash.advice import RULES
from qdash.commands import Inject, SetValue
from qdash.experiment.measures import MEASURES
from qdash.lessons import source
from qdash.scenarios import ALL, SLUGS
from qdash.script.read import read
from qdash.search import KINDS
from qdash.settings import SETTINGS
from qdash.tui.app import play_app
from qdash.tui.screens.experiment import ExperimentScreen
from tests.pseudo import Allowed, pseudo_spoken
from tests.test_words import known_in
from tests.tui.conftest import Desk, OpenDesk
from tests.tui.hand_lab import HandLab
from tests.tui.hand_sweep import HandSweep

LABELS = {s.label for s in SETTINGS.values()} | {
    w for s in SETTINGS.values() for w in s.label.split()
}
KEYS = {"esc", "space", "enter", "tab", "del", "up", "down", "left", "right", "PgUp", "PgDn"}
TYPED = {*KEYS, *KINDS, *ALL, *RULES, *LABELS, "qdash", "Python", "FIFO", "LIFO"}


@pytest.fixture(autouse=True)
def _pseudo() -> Iterator[None]:
    """Speak the language of what is marked."""
    with pseudo_spoken():
        yield


def shown(d: Desk) -> list[str]:
    """Return what the terminal shows: a dialogue, or everything but the code."""
    strips: list[Strip] = d.app.screen._compositor.render_strips()
    lines = [[*strip] for strip in strips]
    if isinstance(d.app.screen, ExperimentScreen):
        pass  # all of it is its own
    elif d.app.screen is not d.app.main:
        left, top, width, height = d.app.screen.children[0].region
        lines = [[*strip.crop(left, left + width)] for strip in strips[top : top + height]]
    elif d.app.main.code.display:
        left, top, width, height = d.app.main.code.region
        for y in range(top, top + height):
            before = strips[y].crop(0, left) if left else ()
            lines[y] = [*before, *strips[y].crop(left + width)]
    return ["".join(segment.text for segment in line) for line in lines]


def assert_translated(d: Desk, code: str = "") -> None:
    """Nothing is left untranslated but names, and the words of ``code``."""
    history = d.app.course.history
    raised = {failure.error for failure in history.now.state.failures}
    raised |= {str(getattr(event, "item", "")) for _, event, _ in history.rows(0, history.events)}
    words = {word for text in raised for word in text.split()}  # such a text may be broken
    words |= set(re.findall(r"\w+", code))
    left_over = Allowed(known_in(history) | words | TYPED).left_over
    missed = {f"{word}: {line.strip()}" for line in shown(d) for word in left_over(line)}
    assert sorted(missed) == []


@pytest.mark.parametrize("slug", SLUGS)
async def test_the_screen(desk: OpenDesk, slug: str) -> None:
    async with desk(slug) as d:
        for t, size in ((0.0, (160, 45)), (7.3, (80, 24)), (16.0, (120, 40))):
            await d.pilot.resize_terminal(*size)
            await d.run_to(t)
            assert_translated(d)
        for command in (Inject("stop"), SetValue("maxsize", 1), Inject("exception")):
            d.app.change(command)
        await d.run_to(24.0)
        assert_translated(d)


async def test_the_past_and_two_courses(desk: OpenDesk) -> None:
    async with desk(consume_time=1.9) as d:
        await d.run_to(20.0)
        await d.press("w")
        assert_translated(d)
        await d.press("escape", "left_parenthesis", "left_parenthesis")
        assert_translated(d)
        d.app.change(SetValue("consumers", 6))
        await d.run_to(25.0)
        assert d.app.other is not None
        assert_translated(d)


@pytest.mark.parametrize("key", ["question_mark", "L", "v", "i", "y", "ctrl+p", "l", "slash", "e"])
async def test_what_a_key_opens(desk: OpenDesk, key: str) -> None:
    async with desk("signals", size=(160, 45)) as d:
        await d.run_to(9.0)
        d.app.change(Inject("fail", "C1"))
        await d.run_to(12.0)
        await d.press(key)
        assert_translated(d)


async def test_an_experiment(desk: OpenDesk) -> None:
    async with desk() as d:
        d.app.make_sweeping = HandSweep
        await d.press("M")
        assert_translated(d)
        bench = d.app.bench
        assert bench is not None
        bench.draft.set_vary(1, "maxsize=1,2")
        await d.press("space")
        for runs in (20, 200):
            assert isinstance(bench.sweep, HandSweep)
            bench.sweep.do(runs)
            for keys in (("m",), ("tab",)):
                await d.press(*keys)
                assert_translated(d)
        await d.press("w")
        assert_translated(d, " ".join(MEASURES))


async def test_the_rules(desk: OpenDesk) -> None:
    async with desk(size=(160, 45)) as d:
        await d.press("u")
        samples = "".join(rule.broken + rule.fixed for rule in RULES.values())
        assert_translated(d, samples)


@pytest.mark.parametrize("name", ["first-queue", "backpressure"])
async def test_what_is_played(name: str) -> None:
    script = read(source(name), scenarios=ALL)
    app = play_app(name, script, thread_factory=HandLab)
    async with app.run_test(size=(160, 45)) as pilot:
        d = Desk(app, pilot)
        for n in range(9):
            assert_translated(d)
            await d.press("1" if app.director and app.director.phase == "asks" else "enter")
            await d.run_to(n * 3.0)


async def test_what_is_said_of_what_a_person_does(
    desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with desk("timeouts", size=(160, 45)) as d:
        await d.run_to(5.0)
        for key in (*"SXxbFjk", *"]ao", "W", "E", "g", "left_parenthesis", "g", "P", "R"):
            await d.press(key)
            assert_translated(d)
            given = {
                *known_in(d.app.course.history),
                *TYPED,
                "qdash-script-timeouts.toml",
                "py",
                "you",
            }
            for toast in d.toasts:
                assert Allowed(given).left_over(toast) == set(), toast
            if d.app.screen is not d.app.main:
                await d.press("escape")
            await d.run_to(d.lab.position + 0.7)
