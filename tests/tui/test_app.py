"""The shell as a whole: frames, layout at every size, what is said aloud, and how it ends."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from textual import events

from qdash import recording
from qdash.commands import Inject
from qdash.events import LoopError, Refused
from qdash.scenarios import scenario
from qdash.state import State
from qdash.tui.app import QDashApp
from qdash.tui.look import ASCII
from qdash.tui.screens.help import HelpScreen
from qdash.tui.screens.main import MainScreen
from qdash.tui.widgets.code import CodePane
from qdash.tui.widgets.header import clock, fit
from tests.tui.conftest import Desk, OpenDesk

# --- frames ---------------------------------------------------------------------------------------


async def test_what_is_shown_is_the_fold_of_what_happened(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(10.0)
        known = State(d.lab.header)
        known.apply_all(d.lab.happened)
        assert d.app.state.events == known.events > 100
        assert d.app.state.queues == known.queues
        assert d.app.state.workers == known.workers
        assert d.app.state.queues["jobs"].size == d.lab.lab.queues["jobs"].qsize()


async def test_a_frame_in_which_nothing_happened_draws_nothing(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk() as d:
        await d.run_to(1.0)
        shown: list[object] = []
        monkeypatch.setattr(d.app.main, "show", shown.append)
        d.app.tick()
        assert shown == []
        d.lab.position += 0.1
        d.app.tick()
        assert len(shown) == 1


async def test_where_little_happens_frames_are_few_and_where_much_happens_many(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = 1_000.0
    monkeypatch.setattr("qdash.tui.dashboard.monotonic", lambda: wall)

    async def frames_in_a_second(d: Desk) -> int:
        nonlocal wall
        shown: list[object] = []
        monkeypatch.setattr(d.app.main, "show", shown.append)
        for _ in range(30):
            wall += 1 / 30
            d.lab.run_to(d.lab.position + 1 / 30)
            d.app._frame()
        return len(shown)

    async with desk() as d:
        assert 6 <= await frames_in_a_second(d) <= 9
    async with desk(producers=300, maxsize=0, produce_time=0.1, consume_time=0.1) as d:
        assert await frames_in_a_second(d) > 20


async def test_folding_stops_for_the_next_frame_but_loses_nothing(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qdash.tui.dashboard.FOLD_SECONDS", 0.0)
    async with desk(produce_time=0.01, consume_time=0.01) as d:
        d.lab.run_to(20.0)
        happened = len(d.lab._out) + d.app.state.events
        d.app.tick()
        first = d.app.state.events
        assert first < happened
        while d.lab._out:
            d.app.tick()
        assert d.app.state.events == happened


# --- the top line ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "00:00.00"), (24.0, "00:24.00"), (61.239, "01:01.23"), (3_725.5, "1:02:05.50")],
)
def test_the_clock(seconds: float, shown: str) -> None:
    assert clock(seconds) == shown


@pytest.mark.parametrize("width", [20, 40, 80, 120, 300])
async def test_the_top_line_says_the_most_important_whatever_the_width(
    desk: OpenDesk, width: int
) -> None:
    async with desk("signals", size=(width, 24)) as d:
        await d.run_to(3.0)
        text = d.app.main.header.text
        assert "3 signals" in text
        if width >= 40:
            assert "00:03.00" in text
            assert "1×" in text
        if width >= 80:
            assert "seed 7" in text
        if width >= 120:
            assert "Python 3." in text
            assert f"history {d.app.state.events:,} of 500,000" in text
        assert len(text) <= width or width < 40


async def test_the_bound_of_the_past_is_shown_when_it_is_reached(desk: OpenDesk) -> None:
    async with desk(produce_time=0.01, consume_time=0.01) as d:
        history = d.app.course.history
        history.limit = 2_000
        await d.run_to(1.0)
        assert f"history {history.events:,} of 2,000" in d.app.main.header.text
        await d.run_to(60.0)
        while d.lab._out:
            d.app.tick()
        kept = history.events - history.first
        said = f"history {kept:,} of {history.events:,}, since {clock(history.start)}"
        assert said in d.app.main.header.text
        assert 2_000 <= kept < history.events


async def test_stuck_ended_and_lagging_are_loud(desk: OpenDesk) -> None:
    async with desk(consumers=0) as d:
        await d.run_to(60.0)
        assert "STUCK" in d.app.main.header.text
        assert "nothing can happen any more" in d.app.main.header.text
    async with desk(items=3) as d:
        await d.run_to(60.0)
        assert "FINISHED" in d.app.main.header.text
        d.lab.lagging = True
        await d.seen()
        assert "the lab waits for the screen" in d.app.main.header.text


# --- what is said aloud ---------------------------------------------------------------------------


async def test_a_refusal_of_the_lab_is_said_once(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(1.0)
        d.lab.send(Inject("cancel", "nobody"))
        await d.seen()
        await d.seen()
        why = [event.why for event in d.lab.happened if isinstance(event, Refused)]
        assert [toast for toast in d.toasts if "nobody" in toast] == why
        assert len(why) == 1


async def test_a_failure_is_said_counted_and_its_traceback_one_key_away(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(2.0)
        d.lab.send(Inject("fail", "C1"))
        await d.run_to(3.0)
        assert any("press v" in toast for toast in d.toasts)
        assert "1 failed" in d.app.main.header.text
        await d.press("v")
        assert type(d.app.screen).__name__ == "FailuresScreen"
        await d.press("escape")
        assert d.app.screen is d.app.main


async def test_a_thousand_failures_do_not_make_a_thousand_toasts(desk: OpenDesk) -> None:
    async with desk() as d:
        for _ in range(1_000):
            d.lab.lab.emit(LoopError(0.0, "boom", "Traceback"))
        await d.seen()
        assert d.app.state.failure_count == 1_000
        assert len(d.toasts) < 5


# --- recording, looks, and the end ----------------------------------------------------------------


async def test_every_run_is_recorded_in_a_file_of_its_own(desk: OpenDesk, tmp_path: Path) -> None:
    path = tmp_path / "session.jsonl"
    async with desk(options={"record": path}) as d:
        await d.run_to(5.0)
        happened = d.app.state.events
        await d.press("r")
        await d.run_to(1.0)
    first, second = recording.read(path), recording.read(tmp_path / "session-2.jsonl")
    assert len(first.events) == happened
    assert first.problem is None or first.problem == ""
    assert second.header == first.header
    assert second.events


async def test_a_recording_that_fails_is_told_and_the_lab_goes_on(
    desk: OpenDesk, tmp_path: Path
) -> None:
    path = tmp_path / "session.jsonl"
    (tmp_path / "session-2.jsonl").mkdir()
    async with desk(options={"record": path}) as d:
        await d.press("r")
        assert any("session-2.jsonl" in toast for toast in d.toasts)
        await d.run_to(1.0)
        assert d.app.state.events > 0
        assert d.app.recording_problem is not None
    with pytest.raises(recording.RecordingError):
        QDashApp(scenario("signals"), {}, 7, record=tmp_path)


async def test_a_screen_that_fails_whole_does_not_take_the_recording_along(
    desk: OpenDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "session.jsonl"
    happened = []

    async def body() -> None:
        async with desk(options={"record": path}) as d:
            await d.run_to(5.0)
            happened.extend(d.lab.happened)
            monkeypatch.setattr(d.app.main, "show", lambda view: 1 // 0)
            d.lab.run_to(6.0)
            d.app.tick()

    with pytest.raises(ZeroDivisionError):
        await body()
    assert recording.read(path).events[: len(happened)] == happened != []


async def test_ascii_needs_no_other_characters(desk: OpenDesk) -> None:
    async with desk(options={"ascii": True}) as d:
        await d.run_to(5.0)
        assert d.app.glyphs is ASCII
        for bar in (d.app.main.header, d.app.main.strip, d.app.main.keys):
            assert bar.text.isascii()


async def test_the_light_theme_can_be_asked_for(desk: OpenDesk) -> None:
    async with desk(options={"theme": "light"}) as d:
        assert not d.app.current_theme.dark


@pytest.mark.parametrize("keys", [(), ("space",), ("0",), ("2", "0"), ("r", "R", "5")])
async def test_quitting_at_any_moment_leaves_no_thread(keys: tuple[str, ...]) -> None:
    app = QDashApp(scenario("producer-consumer"), {}, 7)
    async with app.run_test() as pilot:
        await pilot.press(*keys)
        assert any(thread.name == "qdash-lab" for thread in threading.enumerate())
        await pilot.press("q")
    assert not any(thread.name == "qdash-lab" for thread in threading.enumerate())
    assert asyncio.all_tasks() <= {asyncio.current_task()}


def test_what_fits_of_the_top_line_keeps_its_order() -> None:
    from qdash.tui.widgets.bar import Piece, width_of

    parts = [(rank, (Piece(str(rank) * 5),)) for rank in (2, 0, 3, 1)]
    for width in range(60):
        line = fit(parts, width)
        shown = [piece.text[0] for piece in line if piece.text.strip()]
        assert "0" in shown
        assert shown == [c for c in "2031" if c in shown]
        if width > 12:
            assert width_of(line) <= width


@pytest.mark.parametrize(
    "part", ["header", "stage", "axis", "code", "event_log", "advice", "strip"]
)
async def test_a_part_that_cannot_draw_is_told_and_outlived(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    def broken(view: object) -> None:
        raise ZeroDivisionError("no room at all")

    async with desk() as d:
        await d.run_to(1.0)
        monkeypatch.setattr(getattr(d.app.main, part), "show", broken)
        await d.run_to(2.0)
        await d.run_to(3.0)
        assert d.app.state.t > 2.0
        (failure,) = d.app._own_failures
        assert failure.error == "ZeroDivisionError: no room at all"
        assert "in broken" in failure.traceback
        await d.press("v")
        assert "no room at all" in str(d.app.screen.query_one("#trace").render())
        monkeypatch.undo()
        await d.press("escape", "r")
        assert d.app.main.broken == set()  # each run gives every part another try


@pytest.mark.parametrize(
    ("owner", "handler", "do"),
    [
        (CodePane, "on_click", "click"),
        (CodePane, "on_mouse_scroll_down", "wheel"),
        (MainScreen, "on_strip_changed", "e"),
        (QDashApp, "action_zoom", "<"),
        (QDashApp, "on_worker_chosen", "click"),
        (HelpScreen, "action_dismiss", "? escape"),
    ],
)
async def test_a_handler_that_fails_is_told_and_outlived(
    desk: OpenDesk,
    monkeypatch: pytest.MonkeyPatch,
    outlived: list[Exception],
    owner: type,
    handler: str,
    do: str,
) -> None:
    def failing(*_: object) -> None:
        raise ZeroDivisionError("a slip")

    async with desk() as d:
        await d.run_to(2.0)
        with monkeypatch.context() as patch:
            patch.setattr(owner, handler, failing, raising=owner is not HelpScreen)
            for _ in range(2):
                if do == "click":
                    await d.click_text(d.app.main.code, "P1")
                elif do == "wheel":
                    d.app.main.code.post_message(
                        events.MouseScrollDown(None, 3, 3, 0, 3, 0, False, False, False)
                    )
                    await d.seen()
                else:
                    await d.press(*do.split())
        assert len(outlived) >= 1
        assert {str(error) for error in outlived} == {"a slip"}
        assert any("ZeroDivisionError: a slip; press v" in toast for toast in d.toasts)
        outlived.clear()
        await d.press("escape", "escape", "v")
        assert "a slip" in str(d.app.screen.query_one("#trace").render())
        await d.press("escape", "[")
        assert d.app.selected
        await d.run_to(3.0)
        assert d.app.state.t > 2.5


async def test_the_clock_of_a_run_that_is_over_stands(desk: OpenDesk) -> None:
    async with desk(items=5) as d:
        await d.run_to(60.0)
        assert d.app.state.ended is not None
        assert d.app.make_view().position == d.app.state.ended.t < 60.0
        assert "FINISHED" in d.app.main.header.text
