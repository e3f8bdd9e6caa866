"""Two courses of one run: what is changed in the past begins another one, and both are kept."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from qdash import recording
from qdash.commands import Inject, SetValue
from qdash.events import Event, SettingChanged
from qdash.scenarios import scenario
from qdash.tui.app import QDashApp
from tests.tui.conftest import Desk, OpenDesk
from tests.tui.hand_lab import HandLab


def other_lab(d: Desk) -> HandLab:
    """The lab of the course that is not shown."""
    assert d.app.other is not None
    assert d.app.other.run is not None
    source: Any = d.app.other.run.source
    return source  # type: ignore[no-any-return]


async def back_to(d: Desk, t: float) -> None:
    d.app.course.to_time(t)
    d.app.draw()
    await d.seen()


def events_of(d: Desk) -> list[Event]:
    """All events of the course that is shown, as its history has them."""
    history = d.app.course.history
    return [history.event(number) for number in range(history.events)]


async def test_a_setting_changed_in_the_past_begins_another_course(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(20.0)
        first, before = d.lab, list(d.lab.happened)
        await back_to(d, 10.0)
        n = d.app.state.events
        d.app.set_value("maxsize", 2)
        await d.seen()
        assert d.lab is not first
        assert first.alive
        assert first.sent == []
        assert d.lab.sent == [SetValue("maxsize", 2)]
        assert not d.app.course.past
        assert not d.lab.paused
        assert d.app.state.settings["maxsize"] == 2
        assert d.app.main.strip._values["maxsize"] == 2
        assert events_of(d)[:n] == before[:n]
        change = events_of(d)[n]
        assert isinstance(change, SettingChanged)
        assert change.t <= 10.0
        await d.run_to(15.0)
        assert d.app.state.t > 14.0
        assert events_of(d) == d.lab.happened
        assert d.lab.happened != before[: len(d.lab.happened)]
        assert "course 2: maxsize 5 → 2" in d.app.main.header.text
        d.app.set_value("maxsize", 4)  # nudged along
        d.app.set_value("consumers", 2)
        await d.run_to(16.0)
        assert "course 2: maxsize 5 → 4" in d.app.main.header.text


async def test_a_disturbance_in_the_past_goes_to_whom_was_there_then(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(5.0)
        d.app.selected = "P1"
        await d.run_to(10.0)
        await back_to(d, 5.0)
        await d.press("c")
        assert d.lab.sent == [Inject("cancel", "P1")]
        assert "P1" not in {worker.name for worker in d.app.state.live()}
        assert "cancel a worker: P1" in d.app.main.header.text


async def test_going_on_without_a_change_gives_the_same_events(desk: OpenDesk) -> None:
    async with desk("signals") as d:
        await d.run_to(20.0)
        before = list(d.lab.happened)
        for t in (3.0, 11.5):
            await back_to(d, t)
            await d.press("g")
            assert d.lab.sent == []
            await d.run_to(20.0)
            assert d.lab.happened == events_of(d) == before
        assert "no change" in d.app.main.header.text


async def test_there_is_nothing_to_branch_from_in_the_present(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(5.0)
        first = d.lab
        await d.press("g")
        assert d.lab is first
        assert "this is the present" in d.toasts[-1]
        await d.press("o")
        assert d.lab is first
        assert "one course of events only" in d.toasts[-1]


async def test_o_changes_between_the_two_and_back(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(20.0)
        first = d.lab
        await back_to(d, 10.0)
        d.app.set_value("maxsize", 2)
        await d.run_to(15.0)
        second = d.lab
        await d.press("o")
        assert d.lab is first
        assert d.app.state.settings["maxsize"] == 5
        assert "course 1" in d.app.main.header.text
        assert not d.app.course.past
        assert not first.paused
        assert other_lab(d) is second
        await d.press("space", "o")
        assert d.lab is second
        assert second.paused
        await d.press("left_parenthesis", "left_parenthesis", "o")
        assert d.lab is first
        assert d.app.course.past
        assert d.app.make_view().position == 13.0
        await d.press("n")
        assert first.paused  # as it was before the person went back


async def test_the_other_runs_on_as_far_as_the_one_shown_and_no_further(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(20.0)
        first = d.lab
        await back_to(d, 10.0)
        await d.press("g")
        d.app.tick()
        assert other_lab(d) is first
        assert first.held == 10.0
        await d.run_to(25.0)
        assert first.held == 25.0
        assert not first.paused
        first.run_to(25.0)
        d.app.tick()
        assert d.app.make_view().twin.now == 25.0  # type: ignore[union-attr]
        d.app.set_value("speed", 20.0)
        d.app.tick()
        assert first.speed == 20.0
        await d.press("o")
        assert first.held is None


async def test_a_further_branch_takes_the_place_of_the_other(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(20.0)
        first = d.lab
        await back_to(d, 10.0)
        d.app.set_value("maxsize", 2)
        await d.run_to(15.0)
        second = d.lab
        await back_to(d, 12.0)
        d.app.set_value("maxsize", 9)
        await d.run_to(16.0)
        assert not first.alive
        assert second.alive
        assert other_lab(d) is second
        assert "course 3: maxsize 2 → 9" in d.app.main.header.text
        assert d.app.make_view().twin.parted == 12.0  # type: ignore[union-attr]


@pytest.mark.parametrize("key", ["r", "R", "3"])
async def test_another_run_ends_both(desk: OpenDesk, key: str) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        first = d.lab
        await back_to(d, 5.0)
        await d.press("g")
        second = d.lab
        await d.press(key)
        assert not first.alive
        assert not second.alive
        assert d.app.other is None
        assert d.app.make_view().twin is None
        assert "course" not in d.app.main.header.text
        assert not d.app.main.compare.display


async def test_both_are_compared_on_the_screen(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(20.0)
        assert not d.app.main.compare.display
        await back_to(d, 10.0)
        d.app.set_value("consumers", 1)
        await d.run_to(30.0)
        panel = d.app.main.compare
        assert panel.display
        assert "course 2: consumers 3 → 1, on the screen" in panel.text
        assert "they part" in panel.text
        await d.click_text(panel, "COMPARED", at=3)
        assert "course 1, on the screen" in panel.text
        await d.click_text(d.app.main.header, "course 1")
        assert "course 2: consumers 3 → 1, on the screen" in panel.text


async def test_with_ascii_two_courses_and_the_past_need_no_other_characters(
    desk: OpenDesk,
) -> None:
    async with desk(options={"ascii": True}) as d:
        await d.run_to(20.0)
        await back_to(d, 10.0)
        d.app.set_value("maxsize", 3)
        await d.run_to(30.0)
        d.app.clear_notifications()
        await d.press("left_parenthesis")
        drawn = [
            "".join(segment.text for segment in strip)
            for strip in d.app.main._compositor.render_strips()
        ]
        assert "PAST" in drawn[0]
        assert [line for line in drawn if not line.isascii()] == []


async def test_the_comparison_can_be_folded_away(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(20.0)
        await back_to(d, 10.0)
        await d.press("g")
        assert d.app.main.compare.display
        await d.press("f6")
        assert not d.app.main.compare.display
        await d.press("f6")
        assert d.app.main.compare.display


async def test_nudges_in_the_past_add_up_on_the_branch(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        await back_to(d, 5.0)
        for _ in range(3):
            d.app.action_nudge("maxsize", 1)
        await d.seen()
        assert [command.value for command in d.lab.sent] == [6, 7, 8]
        assert d.app.asked == {}
        assert d.app.state.settings["maxsize"] == 8


async def test_how_far_the_lab_is_run_again_is_told(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        await back_to(d, 5.0)
        await d.press("g")
        d.lab.again = 0.43
        await d.seen()
        assert "running the same seed again 43%" in d.app.main.header.text
        await d.press("left")
        d.app.set_value("maxsize", 9)
        await d.seen()
        assert "still being run again" in d.toasts[-1]
        d.lab.again = None
        await d.press("n")
        assert "again" not in d.app.main.header.text


async def test_every_course_is_recorded_from_its_beginning(desk: OpenDesk, tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    async with desk(options={"record": path}) as d:
        await d.run_to(10.0)
        first = list(d.lab.happened)
        await back_to(d, 5.0)
        d.app.set_value("maxsize", 2)
        await d.run_to(10.0)
        second = events_of(d)
    assert recording.read(path).events[: len(first)] == first
    assert recording.read(tmp_path / "session-2.jsonl").events[: len(second)] == second


async def test_real_labs_branch_and_leave_no_thread() -> None:
    app = QDashApp(scenario("producer-consumer"), {"items": 200}, 7, speed=None)
    async with app.run_test() as pilot:
        while app.state.ended is None:
            app.tick()
        events = app.state.events
        await pilot.press(*["left_parenthesis"] * 5)
        assert app.course.past
        await pilot.press("g")
        while app.state.ended is None or app.source.waiting:
            app.tick()
        assert app.state.events == events
        assert sum(thread.name == "qdash-lab" for thread in threading.enumerate()) >= 1
        await pilot.press("q")
    assert not any(thread.name == "qdash-lab" for thread in threading.enumerate())
