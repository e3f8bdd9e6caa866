"""The screen in a language of wide characters: everything fits, stands in columns, can be clicked.

The language is made up: each letter of what can be translated becomes one twice as wide.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from rich.cells import cell_len
from textual.strip import Strip

from qdash import events as ev
from qdash import words
from qdash.commands import Inject, SetValue
from qdash.scenarios import ALL, SLUGS, scenario
from qdash.timeline import Mark
from qdash.tui.look import ASCII, UNICODE
from qdash.tui.widgets import timeaxis_draw as draw
from qdash.tui.widgets.bar import Bar
from qdash.tui.widgets.stage_rows import compose
from qdash.tui.widgets.stage_text import crop, fit, pad, role_title
from qdash.tui.widgets.stage_words import Scene
from qdash.tui.widgets.timeaxis_scale import Window
from tests.tui.conftest import Desk, OpenDesk
from tests.tui.test_stage import situation

SIZES = [(80, 24), (120, 40), (160, 45)]
SITUATIONS = (
    "full", "over", "signals", "lifo", "priority", "unbounded", "crowd", "shutdown", "stalled",
    "ended", "incomparable", "countdown",
)  # fmt: skip


def widened(text: str) -> str:
    """Return the text with wide letters, its fields as they are."""
    parts = re.split(r"(\{[^}]*\})", text)
    return "".join(
        part if at % 2 else re.sub("[A-Za-z]", lambda found: chr(ord(found[0]) + 0xFEE0), part)
        for at, part in enumerate(parts)
    )


class Wide(gettext.NullTranslations):
    """A catalogue that has everything."""

    def gettext(self, message: str) -> str:
        return widened(message)

    def ngettext(self, one: str, many: str, n: int) -> str:
        return widened(one if n == 1 else many)

    def pgettext(self, context: str, message: str) -> str:
        return widened(message)


@pytest.fixture
def wide(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Speak the language of wide letters."""
    monkeypatch.setattr(words, "_catalogue", lambda name: Wide())
    words.speak("zh_CN")
    yield
    words.speak("en")


def lines_of(d: Desk) -> list[str]:
    """Return what the terminal shows."""
    strips: list[Strip] = d.app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


def widths(lines: Iterable[Iterable[Any]]) -> set[int]:
    return {sum(cell_len(span[0]) for span in line) for line in lines}


def assert_fits(d: Desk) -> None:
    """Every line of the screen and of each part has the width that it is to have."""
    main = d.app.main
    assert {cell_len(line) for line in lines_of(d)} == {d.app.size.width}
    for part, lines in (
        (main.stage, main.stage._frame.lines),
        (main.axis, main.axis._lines),
        (main.code, main.code._lines),
        (main.compare, main.compare._lines),
    ):
        if part.display and part.size.width and lines:
            assert widths(lines) == {part.size.width}, part
    for bar in main.query(Bar):
        if bar.display and bar.size.width:
            assert max(widths(bar.lines), default=0) <= bar.size.width, bar
    if room := main.advice.size.width:
        assert max(widths(line.spans for line in main.advice._lines)) <= room
    if room := main.event_log.size.width:
        for line in main.event_log.lines:
            told = " ".join(filter(None, [line.time, line.text, line.tag]))
            assert cell_len(told) <= room, line


@pytest.mark.parametrize("slug", SLUGS)
async def test_every_line_is_as_wide_as_the_screen(wide: None, desk: OpenDesk, slug: str) -> None:
    async with desk(slug) as d:
        for t, size in zip((0.0, 7.3, 16.0), SIZES, strict=True):
            await d.pilot.resize_terminal(*size)
            await d.run_to(t)
            assert_fits(d)
        d.app.change(Inject("stop"))
        d.app.change(SetValue("maxsize", 1))
        d.app.change(Inject("exception"))
        for t, size in zip((17.0, 24.0, 31.0), reversed(SIZES), strict=True):
            await d.run_to(t)
            await d.pilot.resize_terminal(*size)
            await d.seen()
            assert_fits(d)


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_stage_fits_into_every_room(wide: None, name: str) -> None:
    here = situation(name)
    for glyphs in (UNICODE, ASCII):
        scene = Scene(here.view(glyphs, selected="C1"), here.until)
        for width in range(1, 200, 13):
            for height in (1, 4, 9, 14):
                frame = compose(scene, width, height)
                assert len(frame.lines) == height
                assert widths(frame.lines) == {width}
                for spot in frame.spots:
                    assert 0 <= spot.left < spot.right <= width


async def test_the_past_and_two_courses_fit(wide: None, desk: OpenDesk) -> None:
    async with desk(consume_time=1.9) as d:
        await d.run_to(20.0)
        d.app.action_travel("seconds", -5)
        await d.seen()
        assert_fits(d)
        await d.press("w")
        why = d.app.main.why
        assert max(widths(why._line(y) for y in range(why.size.height))) <= why.size.width
        await d.press("escape")
        d.app.change(SetValue("consumers", 6))
        await d.seen()
        await d.run_to(25.0)
        assert d.app.other is not None
        for size in SIZES:
            await d.pilot.resize_terminal(*size)
            await d.seen()
            assert_fits(d)


@pytest.mark.parametrize("key", ["question_mark", "u", "v", "i", "y", "ctrl+p", "l"])
async def test_dialogues_fit(wide: None, desk: OpenDesk, key: str) -> None:
    async with desk("signals", size=(80, 24)) as d:
        await d.run_to(9.0)
        d.app.change(Inject("fail", "C1"))
        await d.run_to(12.0)
        await d.press(key)
        assert {cell_len(line) for line in lines_of(d)} == {80}
        assert re.search("[Ａ-ｚ]", "".join(lines_of(d)))


# --- another language while it runs ---------------------------------------------------------------


async def test_another_language_is_spoken_everywhere_at_once(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_catalogue", lambda name: Wide())
    async with desk(consume_time=1.9) as d:
        await d.run_to(16.0)
        english = lines_of(d)
        try:
            words.speak("zh_CN")
            d.app.draw()
            await d.seen()
            for part in (d.app.main.stage, d.app.main.axis, d.app.main.code, d.app.main.event_log,
                         d.app.main.advice, d.app.main.header, d.app.main.strip):  # fmt: skip
                shown = "".join(part.render_line(y).text for y in range(part.size.height))
                assert re.search("[Ａ-ｚ]", shown), part
        finally:
            words.speak("en")
        d.app.draw()
        await d.seen()
        assert lines_of(d) == english


# --- the mouse ------------------------------------------------------------------------------------


async def test_a_click_falls_on_what_stands_there(wide: None, desk: OpenDesk) -> None:
    async with desk(consume_time=1.9) as d:
        await d.run_to(16.0)
        stage = d.app.main.stage
        spot = next(s for s in stage._frame.spots if s.to.kind == "worker" and s.to.name == "P2"
                    and s.right - s.left == 2)  # fmt: skip
        line = "".join(text for text, _ in stage._frame.lines[spot.y])
        before = next(x for x in range(len(line)) if cell_len(line[:x]) == spot.left)
        assert line[before : before + 2] == "P2"  # in the line of those who wait
        left, top = stage.region.offset
        await d.pilot.click(offset=(left + spot.left + 1, top + spot.y))
        await d.seen()
        assert d.app.selected == "P2"
        await d.click_text(d.app.main.header, widened("chosen") + " P2", at=14)
        assert d.app.selected == ""
        before = d.app.state.settings["consumers"]
        await d.click_text(d.strip, "▸", nth=2)
        assert d.lab.sent[-1] == SetValue("consumers", before + 1)


async def test_hints_in_titles_are_buttons(wide: None, desk: OpenDesk) -> None:
    async with desk(consume_time=1.9) as d:
        await d.run_to(16.0)
        await d.press("w")
        assert "why" in d.app.main.plan
        await d.click_text(d.app.main.why, widened("esc: close"), at=3)
        assert "why" not in d.app.main.plan


# --- cells ----------------------------------------------------------------------------------------


def test_marks_of_wide_words_keep_the_columns() -> None:
    shown = Window(1.0, 0, 40, 40.0, 40.0)
    said = [Mark(t, "failure", ev.LoopError(t, "队列 jobs 已满，停止", "")) for t in (3.5, 30.5)]
    for glyphs in (UNICODE, ASCII):
        for here in range(-1, 40):
            for line in draw.marks(said, shown, 40, 2, glyphs, here):
                drawn = draw.parted(line, here, 40, glyphs) if here >= 0 else line
                assert len(drawn) == 40
                assert cell_len("".join(char for char, _ in drawn)) == 40
                assert widths([fit(draw.merge(drawn), 40)]) == {40}


def test_words_are_padded_and_cropped_by_cells() -> None:
    assert pad("队列", 6) == "队列  "
    assert pad("队列", 6, "left") == "  队列"
    assert pad("队列", 7, "both") == " 队列  "
    assert crop("队列已满", 6, UNICODE) == "队列 …"
    assert [text for text, _ in draw.spread("a队b", "dim")] == ["a", "队", "", "b"]


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", ALL)
def test_every_role_on_the_stage_has_a_name_in_other_languages(wide: None, slug: str) -> None:
    roles = {role for row in scenario(slug).layout for role in row if not role.startswith("@")}
    for role in roles:
        assert role_title(role, 2) == widened(role)
