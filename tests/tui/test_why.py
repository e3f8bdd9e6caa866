"""The why panel by keys and by mouse, live and in the past."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from qdash.commands import Inject
from qdash.tui.replay import ReplayApp
from qdash.tui.widgets.why import WhyPanel
from qdash.why import Subject
from tests.tui.conftest import Desk, OpenDesk

BUSY: dict[str, Any] = {"jitter": "constant", "consume_time": 4.0}


def panel(d: Desk) -> WhyPanel:
    return d.app.main.why


async def click_stage(d: Desk, text: str, nth: int = 0) -> None:
    """Click on a text that the stage shows."""
    stage = d.app.main.stage
    found = 0
    for y, line in enumerate(stage._frame.lines):
        drawn = "".join(part for part, _ in line)
        x = drawn.find(text)
        while x >= 0:
            if found == nth:
                left, top = stage.region.offset
                await d.pilot.click(offset=(left + x, top + y))
                await d.seen()
                return
            found += 1
            x = drawn.find(text, x + 1)
    raise AssertionError(f"{text!r} is not on the stage")


async def click_line(d: Desk, text: str) -> None:
    """Click on a line of the panel."""
    left, top = panel(d).content_region.offset
    for y, line in enumerate(panel(d).text.splitlines()):
        if text in line:
            await d.pilot.click(offset=(left + 4, top + y))
            await d.seen()
            return
    raise AssertionError(f"{text!r} is not in {panel(d).text!r}")


async def test_w_asks_about_who_has_waited_longest_and_esc_closes(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.5)
        assert not panel(d).display
        await d.press("w")
        assert panel(d).display
        assert not d.app.main.event_log.display
        assert panel(d).has_focus
        assert panel(d).subject == Subject("worker", "P3")
        lines = panel(d).text.splitlines()
        assert lines[0].startswith("WHY  worker P3")
        assert " ".join(lines[1:3]) == (
            "P3 is blocked in put(#12) to jobs for 0.5 s, first in line: jobs is full (5 of 5)"
        )
        assert "  ▸ C1, who may take from it, works on #4, 2.5 s left" in lines
        await d.press("escape")
        assert not panel(d).display
        assert d.app.main.event_log.display
        await d.press("w")
        d.app.main.set_focus(None)
        await d.press("escape")
        assert not panel(d).display


async def test_links_are_followed_and_gone_back_by_keys(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.5)
        await d.press("w", "enter")
        assert panel(d).subject == Subject("queue", "jobs")
        assert "◂ worker P3" in panel(d).text.splitlines()[0]
        await d.press("down", "enter")
        assert panel(d).subject == Subject("worker", "C2")
        assert d.app.selected == "C2"
        await d.press("backspace")
        assert panel(d).subject == Subject("queue", "jobs")
        await d.press("backspace", "backspace")
        assert panel(d).subject == Subject("worker", "P3")


@pytest.mark.parametrize(("size", "biggest"), [((40, 12), ""), ((120, 40), "stage")])
async def test_an_answer_is_seen_where_there_is_no_room_beside(
    desk: OpenDesk, size: tuple[int, int], biggest: str
) -> None:
    async with desk(size=size) as d:
        await d.run_to(3.0)
        d.app.main.biggest = biggest
        await d.press("w")
        assert d.app.main.why.display
        assert "WHY" in d.app.main.why.text
        await d.press("w")
        assert not d.app.main.why.display
        assert d.app.main.biggest == biggest
        await d.press("w")
        d.app.action_leave()
        d.app.main.biggest = "log"  # enlarged by hand
        await d.press("w", "w")
        assert d.app.main.biggest == "log"


async def test_links_and_hints_are_followed_by_clicks(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.5)
        await d.press("w")
        await click_line(d, "C2, who may take")
        assert panel(d).subject == Subject("worker", "C2")
        left, top = panel(d).content_region.offset
        title = panel(d).text.splitlines()[0]
        await d.pilot.click(offset=(left + title.index("◂ worker P3") + 1, top))
        await d.seen()
        assert panel(d).subject == Subject("worker", "P3")
        title = panel(d).text.splitlines()[0]
        await d.pilot.click(offset=(left + title.index("esc") + 1, top))
        await d.seen()
        assert not panel(d).display


async def test_what_is_chosen_on_the_stage_is_asked_about(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.5)
        await click_stage(d, "jobs")
        assert panel(d).subject == Subject("queue", "jobs")
        await click_stage(d, "#7")
        assert panel(d).subject == Subject("item", 7)
        assert "P1 put it into jobs" in panel(d).text
        await click_stage(d, "#4")  # in C1's row
        assert panel(d).subject == Subject("item", 4)
        await click_stage(d, "C2")
        assert panel(d).subject == Subject("worker", "C2")
        assert d.app.selected == "C2"
        await click_stage(d, "P1 #13")
        assert panel(d).subject == Subject("worker", "P1")
        await d.press("left_square_bracket")
        assert panel(d).subject == Subject("worker", d.app.selected)


async def test_a_stop_signal_in_a_slot_has_a_life(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(1.5)
        d.lab.send(Inject("stop"))
        await d.run_to(4.0)
        await click_stage(d, "stop")
        subject = panel(d).subject
        assert subject is not None
        assert subject.kind == "item"
        assert str(subject.name).startswith("jobs/")
        assert "you1 put it into jobs" in panel(d).text


async def test_an_event_tells_what_brought_it_about(desk: OpenDesk) -> None:
    async with desk(size=(160, 60), **BUSY) as d:
        await d.run_to(5.5)
        number = next(
            at for at, event in d.app.course.history.before(10**9, 0)
            if type(event).__name__ == "Put"
        )  # fmt: skip
        d.app.main.event_log.chosen = number
        d.app.main.event_log.action_why()
        await d.seen()
        assert panel(d).subject == Subject("event", number)
        text = panel(d).text
        assert "and freed a slot, so" in text
        assert "show the moment right after it" in text
        await click_line(d, "show the moment")
        assert d.app.course.past
        assert d.app.course.moment.events == number + 1


async def test_it_follows_time_to_and_fro(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.5)
        await d.press("w")
        assert "for 0.5 s" in panel(d).text
        await d.run_to(7.5)
        assert panel(d).subject == Subject("worker", "P3")
        assert "for 1.5 s" in panel(d).text
        await click_stage(d, "#8")
        then = panel(d).text
        await d.press(*["left_parenthesis"] * 4)
        assert d.app.course.past
        assert panel(d).text != then
        await d.press("n")
        assert panel(d).text == then


async def test_another_run_is_asked_anew(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.5)
        await click_stage(d, "#7")
        await d.press("r")
        assert panel(d).subject is not None
        assert panel(d).subject.kind != "item"


async def test_another_course_of_the_run_is_asked_the_same(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.5)
        await click_stage(d, "#7")
        view = d.app.make_view()
        before = panel(d).text
        panel(d).show(msgspec.structs.replace(view, history=view.history.fork(view.events)))
        assert panel(d).subject == Subject("item", 7)
        assert panel(d).text == before


async def test_more_lines_than_fit_are_counted_and_reached(desk: OpenDesk) -> None:
    async with desk(size=(80, 24), **BUSY) as d:
        await d.run_to(6.5)
        await d.press("w")
        assert panel(d).display
        first = panel(d).text
        assert "more lines: PgDn" in first
        for _ in range(12):
            await d.press("pagedown")
        assert "more lines" not in panel(d).text
        assert "its latest event" in panel(d).text
        await d.press("pageup", "pageup", "pageup", "pageup", "pageup", "pageup", "pageup")
        assert panel(d).text == first
        for _ in range(30):
            await d.press("down")
        assert "its latest event" in panel(d).text


@pytest.mark.parametrize("size", [(20, 5), (40, 12), (80, 24), (160, 45)])
@pytest.mark.parametrize("ascii", [False, True])
async def test_every_line_fits(desk: OpenDesk, size: tuple[int, int], ascii: bool) -> None:
    async with desk("dynamic-tasks", size=size, options={"ascii": ascii}) as d:
        await d.run_to(12.0)
        await d.press("w")
        state = d.app.state
        subjects = [Subject("worker", name) for name in state.workers]
        subjects += [Subject("queue", name) for name in state.queues]
        subjects += [Subject("item", 3), Subject("item", 14), Subject("event", 200)]
        for subject in subjects:
            d.app._ask(subject)
            for y in range(panel(d).size.height):
                assert panel(d).render_line(y).cell_length == panel(d).size.width
            assert not ascii or panel(d).text.isascii()


async def test_nothing_is_painted_where_nothing_changes(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.5)
        await click_stage(d, "#1")  # its life is over
        painted: list[object] = []
        monkeypatch.setattr(panel(d), "refresh", lambda *a, **k: painted.append(a))
        d.app.draw()
        assert not painted


async def test_a_recording_is_asked_the_same(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.5)
        history = d.app.course.history
    app = ReplayApp(history)
    async with app.run_test(size=(160, 45)) as pilot:
        await pilot.press("w")
        app.course.to_time(6.5)
        app.draw()
        await pilot.press("enter", "down", "enter", "backspace", "left", "escape")
        app._ask(Subject("item", 7))
        await pilot.pause()
        assert "P1 put it into jobs" in app.main.why.text
        app.course.to(5)
        app.draw()
        assert "not spoken of" in app.main.why.text
