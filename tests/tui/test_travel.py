"""Time travel on the screen: to and fro, playing the past, and never taking it for the present."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from qdash.commands import DISTURBANCES
from qdash.events import Stepped, WorkerEnded
from qdash.history import History
from qdash.scenarios import scenario
from qdash.state import State
from qdash.tui.controls import SPELT
from qdash.tui.messages import GoTo, TimeChosen
from qdash.tui.replay import ReplayApp
from tests.tui.conftest import Desk, OpenDesk


def fresh(d: Desk) -> State:
    """What is known at the moment shown, folded anew from the beginning."""
    state = State(d.lab.header)
    state.apply_all(d.lab.happened[: d.app.state.events])
    return state


def shows(d: Desk, n: int) -> None:
    """Assert that every part of the screen is given the moment after ``n`` events."""
    view = d.app.make_view()
    assert view.events == view.state.events == n
    known = fresh(d)
    assert view.state.queues == known.queues
    assert view.state.workers == known.workers
    assert view.state.settings == known.settings


# --- to and fro ----------------------------------------------------------------------------------


async def test_a_time_that_is_still_to_come_is_the_present(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(5.0)
        d.app.post_message(TimeChosen(20.0))
        await d.seen()
        assert not d.app.course.past
        assert not d.app.course.paused
        d.app.post_message(TimeChosen(2.0))
        await d.seen()
        assert d.app.course.past
        d.app.post_message(TimeChosen(20.0))
        await d.seen()
        assert not d.app.course.past
        assert not d.app.course.paused


async def test_left_goes_back_an_event_and_halts_the_lab(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        n = d.app.state.events
        await d.press("left")
        assert d.lab.said == ["pause"]
        shows(d, n - 1)
        await d.press("left", "left", "right")
        shows(d, n - 2)
        assert d.lab.said == ["pause"]


async def test_right_up_to_the_end_is_the_present_and_stands(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        await d.press("left", "left", "right")
        assert d.app.course.past
        await d.press("right")
        assert not d.app.course.past
        assert d.lab.paused
        assert "PAST" not in d.app.main.header.text
        assert "paused" in d.app.main.header.text
        n = d.app.state.events
        await d.press("right", ")")
        assert d.app.state.events == n
        assert d.lab.said == ["pause"]
        await d.press("space")
        assert d.lab.said == ["pause", "resume"]


async def test_comma_and_full_stop_go_by_steps_of_workers(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        ends = [
            n
            for n, event in enumerate(d.lab.happened, 1)
            if isinstance(event, (Stepped, WorkerEnded))
        ]
        n = d.app.state.events
        back = [end for end in ends if end < n][-3:]
        for end in reversed(back):
            await d.press(",")
            shows(d, end)
        for end in back[1:]:
            await d.press("full_stop")
            shows(d, end)
        assert "step" not in d.lab.said


async def test_a_full_stop_in_the_present_steps_the_lab(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        await d.press("left", "n", "full_stop")
        assert d.lab.said == ["pause", "resume", "step"]


@pytest.mark.parametrize(
    ("back", "on"), [("left_parenthesis", "right_parenthesis"), ("shift+left", "shift+right")]
)
async def test_brackets_and_shifted_arrows_go_by_seconds(
    desk: OpenDesk, back: str, on: str
) -> None:
    async with desk() as d:
        await d.run_to(10.5)
        await d.press(back, back, back, on)
        assert d.app.make_view().position == 8.5
        shows(d, sum(event.t <= 8.5 for event in d.lab.happened))
        assert "00:08.50" in d.app.main.header.text
        assert "2.00 s back" in d.app.main.header.text
        await d.press(*[back] * 20)
        assert d.app.make_view().position == 0.0


async def test_n_is_now_and_the_lab_goes_on_if_it_did_before(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        await d.press("n")
        assert d.lab.said == []
        await d.press("left", "n")
        assert d.lab.said == ["pause", "resume"]
        assert not d.app.course.past
        await d.press("space", "left", "n")
        assert d.lab.said[2:] == ["pause", "pause"]
        assert d.lab.paused


async def test_space_plays_the_past_and_at_its_end_it_is_live_again(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        await d.press("left_parenthesis", "left_parenthesis")
        player = d.app.course.player
        assert player is not None
        wall = player._wall
        player._clock = lambda: wall
        await d.press("space")
        assert not player.paused
        assert "PAST" in d.app.main.header.text
        assert "paused" not in d.app.main.header.text
        wall += 0.5
        d.app.tick()
        assert d.app.make_view().position == 8.5
        shows(d, sum(event.t <= 8.5 for event in d.lab.happened))
        await d.press("+")
        assert d.app.make_view().speed == d.lab.speed == 2
        wall += 0.5
        d.app.tick()
        assert d.app.make_view().position == 9.5
        await d.press("space")
        wall += 5.0
        d.app.tick()
        assert d.app.make_view().position == 9.5
        await d.press("space")
        wall += 5.0
        d.app.tick()
        assert not d.app.course.past
        assert not d.lab.paused
        assert "PAST" not in d.app.main.header.text


async def test_a_stretch_in_which_nothing_happens_is_past_too(desk: OpenDesk) -> None:
    async with desk(consumers=0) as d:
        await d.run_to(60.0)
        assert d.app.state.stuck
        await d.press("left_parenthesis", "left_parenthesis")
        assert d.app.make_view().position == 58.0
        assert d.app.course.past
        assert "PAST" in d.app.main.header.text
        await d.press("right_parenthesis")
        assert d.app.course.past
        await d.press("right_parenthesis")
        assert not d.app.course.past


async def test_a_time_and_an_event_that_are_pointed_at(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        for t in (1.0, 7.0, 4.0):  # as when the mouse is drawn along
            d.app.post_message(TimeChosen(t))
        await d.seen()
        assert d.app.make_view().position == 4.0
        d.app.post_message(GoTo(41))
        await d.seen()
        shows(d, 42)


async def test_a_click_on_the_time_axis_goes_there(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(20.0)
        await d.click_text(d.app.main.axis, "╵5 s", at=1)  # it has a margin
        assert 5.0 <= d.app.make_view().position <= 5.25
        assert d.app.course.past
        assert d.app.selected == ""


async def test_the_scrub_bar_is_there_in_the_past_and_goes_where_it_is_clicked(
    desk: OpenDesk,
) -> None:
    async with desk() as d:
        await d.run_to(20.0)
        bar = d.app.main.scrub
        assert not bar.display
        await d.press("left")
        assert bar.display
        begin, cells = bar._track
        await d.pilot.click(bar, offset=(begin, 0))
        await d.seen()
        assert d.app.make_view().position == 0.0
        await d.pilot.mouse_down(bar, offset=(begin + 10, 0))
        await d.pilot.hover(bar, offset=(begin + cells // 2, 0))
        await d.pilot.mouse_up(bar, offset=(begin + cells // 2, 0))
        await d.seen()
        assert abs(d.app.make_view().position - 10.0) < 0.2
        await d.click_text(bar, "n now")
        assert not d.app.course.past
        assert not bar.display


async def test_what_was_let_go_is_told_and_is_where_the_past_ends(desk: OpenDesk) -> None:
    async with desk(produce_time=0.01, consume_time=0.01) as d:
        d.app.course.history.limit = 2_000
        await d.run_to(60.0)
        while d.lab._out:
            d.app.tick()
        history = d.app.course.history
        assert history.first > 0
        await d.press(*["left_parenthesis"] * 60)
        assert d.app.make_view().position == history.start
        assert "was let go" in d.app.main.scrub.text
        await d.press(*["left"] * 20, "comma")
        shows(d, history.first)


async def test_where_the_screen_is_behind_the_past_begins_where_it_has_come(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qdash.tui.dashboard.FOLD_SECONDS", 0.0)
    async with desk(produce_time=0.01, consume_time=0.01) as d:
        await d.run_to(60.0)
        t = d.app.state.t
        assert t < 50.0
        await d.press("left_parenthesis")
        assert d.app.make_view().position < t  # and not some time that is not folded
        while d.lab._out:
            d.app.tick()
        shows(d, sum(event.t <= d.app.course.position for event in d.lab.happened))
        assert d.app.make_view().now == 60.0


async def test_what_was_under_way_when_the_lab_was_halted_is_shown_too(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        d.lab.run_to(11.0)
        d.app.course.to_time(10.8)  # before it is folded
        await d.seen()
        assert d.app.course.past
        shows(d, sum(event.t <= 10.8 for event in d.lab.happened))


async def test_brackets_choose_among_those_who_were_there(desk: OpenDesk) -> None:
    async with desk("dynamic-tasks") as d:
        await d.run_to(10.0)
        await d.press(*["left_parenthesis"] * 9)
        there = {worker.name for worker in d.app.state.live()}
        for _ in range(len(there)):
            await d.press("]")
            assert d.app.selected in there


# --- never taken for the present -----------------------------------------------------------------


@pytest.mark.parametrize("size", [(40, 10), (80, 24), (120, 40), (160, 45)])
@pytest.mark.parametrize("ascii", [False, True])
async def test_the_past_is_loud_at_every_size(
    desk: OpenDesk, size: tuple[int, int], ascii: bool
) -> None:
    async with desk(size=size, options={"ascii": ascii}) as d:
        await d.run_to(10.0)
        await d.press("left_parenthesis", "left_parenthesis")
        main = d.app.main
        assert main.has_class("-past")
        assert "PAST" in main.strip.text
        if size[0] >= 80:
            assert "PAST" in main.header.text
            assert "00:08.00" in main.header.text
            assert main.scrub.display
            assert "2.00 s back" in main.header.text
            assert "n now" in main.header.text + main.scrub.text
        if ascii:
            for part in (main.header, main.scrub, main.strip, main.axis):
                assert part.text.isascii()
        await d.press("n")
        assert "PAST" not in main.header.text
        assert not main.has_class("-past")
        assert "PAST" not in main.strip.text


async def test_the_keys_of_the_past_are_hinted_at_and_can_be_clicked(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        keys = d.app.main.keys
        await d.click_text(keys, "← event back")
        n = d.app.state.events
        assert d.app.course.past
        assert "n now" in keys.text
        assert "g go on from here" in keys.text
        await d.click_text(keys, ", step back")
        assert d.app.state.events < n
        await d.click_text(keys, "n now")
        assert not d.app.course.past
        assert "n now" not in keys.text


async def test_a_frame_of_the_past_in_which_nothing_moved_draws_nothing(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        await d.press("left")
        shown: list[object] = []
        monkeypatch.setattr(d.app.main, "show", shown.append)
        d.app.tick()
        assert shown == []


async def test_another_run_begins_in_its_present(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        await d.press("left", "r")
        assert not d.app.course.past
        assert d.app.state.t == 0
        assert not d.lab.paused
        await d.run_to(2.0)
        await d.press("left", "2")
        assert not d.app.course.past
        assert "2 concurrency-limit" in d.app.main.header.text


# --- recordings ----------------------------------------------------------------------------------


def recorded(slug: str = "producer-consumer", until: float = 20.0, **settings: Any) -> History:
    """The history of a lab (which runs in a thread: a test has a loop of its own)."""

    def run() -> History:
        lab = scenario(slug).lab(settings, 7)
        history = History(lab.header, None)
        lab.add_sink(lambda event: history.fold([event]))
        lab.watch_lines()
        lab.start()
        lab.advance(until, 10**6)
        lab.close()
        return history

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result()


OpenReplay = Callable[..., AbstractAsyncContextManager[tuple[ReplayApp, Pilot[Any]]]]


@pytest.fixture
def replay() -> OpenReplay:
    """Open a recording, which does not play: ``async with replay(history) as (app, pilot)``."""

    @asynccontextmanager
    async def open_(
        history: History, problem: str = "", *, size: tuple[int, int] = (160, 45), **looks: Any
    ) -> AsyncIterator[tuple[ReplayApp, Pilot[Any]]]:
        app = ReplayApp(history, problem, **looks)
        assert app.course.player is not None
        app.course.player._clock = lambda: 0.0
        app.course.player.play()
        async with app.run_test(size=size) as pilot:
            yield app, pilot

    return open_


async def test_a_recording_plays_from_its_beginning_to_its_end_and_again(
    replay: OpenReplay,
) -> None:
    history = recorded()
    async with replay(history) as (app, pilot):
        player = app.course.player
        assert player is not None
        wall = 0.0
        player._clock = lambda: wall
        wall = 7.5
        app.tick()
        assert app.make_view().position == 7.5
        assert app.state.events == history.at(7.5)
        assert "RECORDING" in app.main.header.text
        assert "00:07.50" in app.main.header.text
        wall = 100.0
        app.tick()
        assert app.state.events == history.events
        assert player.paused
        assert app.course.player is player
        await pilot.press("space")
        app.tick()
        assert app.make_view().position == 0.0
        assert app.state.events == history.at(0.0)
        assert not player.paused


async def test_all_ways_to_and_fro_work_in_a_recording(replay: OpenReplay) -> None:
    history = recorded()
    async with replay(history) as (app, pilot):
        await pilot.press("n")
        assert app.state.events == history.events
        await pilot.press("left", "left", "right")
        assert app.state.events == history.events - 1
        await pilot.press("left_parenthesis", "comma", "full_stop", "full_stop")
        assert history.events - 200 < app.state.events < history.events
        await pilot.press("n", "right", "full_stop", "right_parenthesis")
        assert app.state.events == history.events
        assert "RECORDING" in app.main.header.text


async def test_nothing_can_be_changed_in_a_recording(replay: OpenReplay) -> None:
    history = recorded()
    async with replay(history) as (app, pilot):
        await pilot.press("n", "left_parenthesis", "]")
        n, selected = app.state.events, app.selected
        assert selected
        keys = [item.key for item in DISTURBANCES.values() if item.amount is None]
        keys += ["1", "5", "r", "R", "g", "o"]
        for key in keys:
            before = len(app._notifications)
            await pilot.press(SPELT.get(key, key))
            await pilot.pause()
            if app.screen is not app.main:  # it asks for a queue first
                await pilot.press("enter")
                await pilot.pause()
            notices = [notice.message for notice in app._notifications]
            assert len(notices) > before or key in notices, key
            assert "recording" in notices[-1]
            app.clear_notifications()
        app.set_value("maxsize", 17)
        app.set_value("seed", 3)
        await pilot.pause()
        assert app.state.events == n
        assert app.state.settings["maxsize"] != 17
        assert app.asked == {}
        app.set_value("speed", 5.0)
        assert app.make_view().speed == 5.0
        assert "cannot be changed" in app.main.strip.text


async def test_a_recording_of_an_unknown_scenario_is_shown(replay: OpenReplay) -> None:
    from msgspec.structs import replace

    known = recorded()
    history = History(replace(known.header, scenario="from-elsewhere"), None)
    history.fold([row.event for row in known.rows(0, known.events)])
    async with replay(history) as (app, pilot):
        await pilot.press("n", "?")
        assert type(app.screen).__name__ == "HelpScreen"
        await pilot.press("escape")
        assert "from-elsewhere" in app.main.header.text


async def test_what_is_wrong_with_the_file_is_told(replay: OpenReplay) -> None:
    async with replay(recorded(), "the last line is cut off") as (app, _):
        assert [notice.message for notice in app._notifications] == ["the last line is cut off"]


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (120, 40)])
async def test_an_empty_recording_is_shown(replay: OpenReplay, size: tuple[int, int]) -> None:
    history = History(recorded(until=0.0).header, None)
    async with replay(history, size=size) as (app, pilot):
        await pilot.press("left", "right", "n", "space", "comma", "full_stop", "left_parenthesis")
        app.tick()
        assert app._exception is None
        assert app.state.events == 0
