"""The event log, the advice and the failures, on the screen."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import OptionList, Static

from qdash import events as ev
from qdash.commands import Inject
from qdash.history import CHUNK, History
from qdash.tui.look import ASCII, UNICODE
from qdash.tui.screens.failures import FailuresScreen
from qdash.tui.widgets.log_rows import FAR
from qdash.why.answers import Subject
from tests.tui.conftest import Desk, OpenDesk

BUSY: dict[str, Any] = {"jitter": "constant", "consume_time": 4.0}


def log(d: Desk) -> Any:
    return d.app.main.event_log


def times(d: Desk) -> list[float]:
    """The times that stand in front of the lines."""
    return [float(line.time) for line in log(d).lines if line.time.strip()]


async def test_the_newest_event_is_at_the_bottom(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(3.0)
        assert log(d).text.splitlines()[-1] == (
            "  3.00 P3 blocked in put(#9): jobs is full (5/5), first in line"
        )
        await d.run_to(4.0)
        assert log(d).text.splitlines()[-1] == (
            "  4.00 P2 blocked in put(#11): jobs is full (5/5), third in line"
        )
        assert times(d) == sorted(times(d))
        assert log(d).live


async def test_everyday_events_are_shown_on_request(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.0)
        assert "has made" not in log(d).text
        log(d).focus()
        await d.press("a")
        assert "has made" in log(d).text
        await d.press("a")
        assert "has made" not in log(d).text


async def test_a_get_that_woke_somebody_is_told_once(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(5.5)
        lines = [line for line in log(d).text.splitlines() if "C1 got #4" in line]
        assert [line.split(" ", 3)[-1] for line in lines] == [
            "C1 got #4 and freed a slot, so P3, first in line for put(), was woken"
        ]


async def test_scrolled_back_it_stands_still_until_end(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        log(d).focus()
        before = log(d).text
        await d.press("pageup")
        back = log(d).text
        assert back != before
        assert not log(d).live
        assert "not live" in log(d).title
        await d.run_to(90.0)
        assert log(d).text == back
        await d.press("pagedown")
        assert log(d).text != back
        await d.press("end")
        assert log(d).live
        assert times(d)[-1] >= 88.0
        assert "not live" not in log(d).title


async def test_the_wheel_and_clicks_on_the_title_do_the_same(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        left, top = log(d).content_region.offset
        log(d).move(-3)
        assert not log(d).live
        await d.pilot.click(offset=(left + log(d).title.index("not live"), top))
        await d.seen()
        assert log(d).live
        await d.pilot.click(offset=(left + log(d).title.index("a: everyday"), top))
        await d.seen()
        assert log(d).everyday


async def test_a_page_back_and_a_page_on_is_where_one_was(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(100.0)
        log(d).focus()
        await d.press("pageup", "pageup", "pageup")
        there = log(d).text
        await d.press("pageup", "pagedown")
        assert log(d).text == there


async def test_the_oldest_fill_the_panel_and_say_what_was_let_go(desk: OpenDesk) -> None:
    async with desk(produce_time=0.1, consume_time=0.1) as d:
        d.app.course.history.limit = 2 * CHUNK
        await d.run_to(2.0)
        log(d).focus()
        await d.press("home")
        assert "queue jobs was made" in log(d).text.splitlines()[0]
        assert len(log(d).lines) == log(d).size.height - 1
        d.lab.run_to(2_000.0)
        while not d.app.course.history.first:  # a frame folds no more than it has time for
            await d.seen()
        await d.press("home")
        assert "older events were let go" in log(d).text.splitlines()[0]
        assert len(log(d).lines) == log(d).size.height - 1


async def test_everything_kept_is_reached_page_by_page(desk: OpenDesk) -> None:
    async with desk(size=(80, 24), **BUSY) as d:
        d.app.main.biggest = "log"
        await d.run_to(60.0)
        log(d).focus()
        await d.press("a")
        seen: set[int] = set()
        while 0 not in seen:
            while log(d).fetching:
                await d.pilot.pause()
            before = len(seen)
            seen |= {line.number for line in log(d).lines}
            assert len(seen) > before
            await d.press("pageup")
        assert seen == set(range(d.app.state.events))


async def test_the_last_event_of_a_moment_in_the_past_is_pointed_out(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(30.0)
        assert "here" not in {line.tag[-4:] for line in log(d).lines}
        d.app.course.to_time(5.5)
        d.app.draw()
        last = log(d).lines[-1]
        assert last.tag == f"{UNICODE.less} here"
        assert last.number < d.app.state.events < d.app.course.history.events
        assert times(d)[-1] <= 5.5
        await d.press("n")
        assert not any(line.tag for line in log(d).lines)
        assert times(d)[-1] >= 28.0


async def test_a_seek_does_not_show_what_has_not_happened(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        log(d).focus()
        await d.press("pageup")
        d.app.course.to_time(5.0)
        d.app.draw()
        assert max(line.number for line in log(d).lines) < d.app.state.events


# --- pointing at events -----------------------------------------------------------------------


async def test_an_event_is_chosen_by_keys_and_gone_to(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        log(d).focus()
        shown = [line.number for line in log(d).lines if line.time.strip()]
        await d.press("up")
        assert log(d).chosen == shown[-1]
        await d.press("up", "up")
        assert log(d).chosen == shown[-3]
        await d.press("down")
        assert log(d).chosen == shown[-2]
        assert [UNICODE.more in line_text(d, y) for y in range(1, 3 + len(shown))].count(True) == 1
        await d.press("enter")
        assert d.app.state.events == shown[-2] + 1
        assert log(d).lines[-1].number == shown[-2]


async def test_what_is_chosen_stays_in_sight(desk: OpenDesk) -> None:
    async with desk(size=(80, 24), **BUSY) as d:
        d.app.main.biggest = "log"
        await d.run_to(60.0)
        log(d).focus()
        passed = []
        for _ in range(40):
            await d.press("up")
            passed.append(log(d).chosen)
            assert log(d).chosen in {line.number for line in log(d).lines}
        assert passed == sorted(set(passed), reverse=True)
        for _ in range(40):
            await d.press("down")
            assert log(d).chosen in {line.number for line in log(d).lines}
        assert log(d).chosen == passed[0]
        assert log(d).live


async def test_a_click_asks_why_and_one_on_the_time_goes_there(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        number = log(d).lines[3].number
        left, top = log(d).content_region.offset
        await d.pilot.click(offset=(left + 12, top + 4))
        await d.seen()
        assert log(d).chosen == number
        assert d.app.subject == Subject("event", number)
        assert d.app.main.asking
        await d.press("escape")
        await d.pilot.click(offset=(left + 3, top + 4))
        await d.seen()
        assert d.app.state.events == number + 1
        assert not d.app.main.asking


async def test_why_the_chosen_event_came_about_is_asked_by_a_key(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        log(d).focus()
        await d.press("up", "up")
        number = log(d).chosen
        await d.press("w")
        assert d.app.subject == Subject("event", number)


def line_text(d: Desk, y: int) -> str:
    return str(log(d).render_line(y).text)


# --- limits -----------------------------------------------------------------------------------


async def test_another_run_is_followed_from_its_beginning(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(30.0)
        log(d).move(-5)
        await d.press("r")
        assert log(d).live
        await d.run_to(1.5)
        assert times(d)[-1] <= 1.5


async def test_unchanged_lines_are_not_painted_again(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(3.5)
        painted: list[object] = []
        monkeypatch.setattr(log(d), "refresh", lambda *a, **k: painted.append(a))
        await d.run_to(3.9)
        assert not painted
        await d.run_to(4.5)
        assert painted


@pytest.mark.parametrize("size", [(20, 5), (80, 24), (120, 40), (300, 100)])
async def test_every_line_is_as_wide_as_its_panel(desk: OpenDesk, size: tuple[int, int]) -> None:
    async with desk("signals", size=size, **BUSY) as d:
        d.lab.send(Inject("exception"))
        await d.run_to(20.0)
        d.app.course.history.fold([ev.Noted(20.0, "main", "各位好 " * 80 + "\x1b[31m")])
        for glyphs in (ASCII, UNICODE):
            d.app.glyphs = glyphs
            for panel in (log(d), d.app.main.advice):
                panel.show(d.app.make_view())
                for y in range(panel.size.height):
                    assert panel.render_line(y).cell_length == panel.size.width
                assert "\x1b" not in panel.text


async def test_a_long_sentence_takes_two_lines_at_most(desk: OpenDesk) -> None:
    async with desk(size=(80, 40), **BUSY) as d:
        d.app.course.history.fold([ev.Noted(0.0, "main", "word " * 200)])
        d.app.draw()
        words = [line.text for line in log(d).lines if "word" in line.text]
        assert len(words) == 2
        assert words[1].endswith(UNICODE.dots)


async def test_much_everyday_work_is_skipped_a_part_at_a_time(desk: OpenDesk) -> None:
    async with desk(size=(80, 40), **BUSY) as d:
        history: History = d.app.course.history
        history.fold([ev.Noted(0.0, "main", "long ago")])
        history.fold([ev.Stepped(0.001 * n, "P1", 20) for n in range(12_000)])
        d.app.draw()
        assert "before, only everyday work since" in log(d).text
        log(d).focus()
        pages = 0
        while "long ago" not in log(d).text:
            await d.press("pageup")
            pages += 1
        assert pages == 12_000 // FAR
        await d.press("end", "a")
        assert "before, only" not in log(d).text


# --- advice -----------------------------------------------------------------------------------


async def test_advice_appears_and_goes_with_its_cause(desk: OpenDesk) -> None:
    async with desk(consumers=0, **{**BUSY, "produce_time": 1.0}) as d:
        await d.press("f5")  # without the code there is room for all of it
        assert "no rule has anything to say" in d.app.main.advice.text
        await d.run_to(3.0)
        text = d.app.main.advice.text
        assert "● workers-dead  no consumer is alive" in text
        assert "start failed ones again" in text.replace("\n", " ")
        d.app.set_value("consumers", 3)
        await d.run_to(4.0)
        assert "workers-dead" not in d.app.main.advice.text


async def test_advice_waits_for_its_turn_but_not_when_paused(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.0)
        panel = d.app.main.advice
        d.lab.send(Inject("shutdown-now"))
        await d.seen()
        assert "counts-do-not-add-up" not in panel.text
        d.lab.pause()
        d.lab.send(Inject("join"))
        await d.seen()
        assert "counts-do-not-add-up" in panel.text


async def test_with_little_room_the_rest_is_counted(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(6.0)
        d.lab.send(Inject("fail"))
        d.lab.send(Inject("forget"))
        d.lab.send(Inject("shutdown-now"))
        await d.run_to(20.0)
        panel = d.app.main.advice
        assert panel.size.height < 8
        assert panel.text.splitlines()[-1].startswith("and ")


# --- failures ---------------------------------------------------------------------------------


async def test_failures_show_the_traceback_of_the_one_chosen(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(2.0)
        await d.press("v")
        assert isinstance(d.app.screen, FailuresScreen)
        assert "Nothing has failed" in str(d.app.screen.query_one(Static).content)
        await d.press("escape")
        d.lab.send(Inject("fail", "C1"))
        await d.run_to(3.0)
        d.lab.send(Inject("exception"))
        await d.run_to(20.0)
        await d.press("v")
        screen = d.app.screen
        shown = screen.query_one(OptionList)
        assert shown.option_count == 2
        assert "C1" in str(shown.get_option_at_index(1).prompt)
        await d.press("down")
        trace = str(screen.query_one("#trace", Static).content)
        assert "raised in C1 by hand" in trace
        assert "Traceback" in trace
        await d.press("pagedown", "pageup", "v")
        assert not isinstance(d.app.screen, FailuresScreen)


async def test_a_traceback_cannot_disturb_the_terminal(desk: OpenDesk) -> None:
    async with desk(size=(20, 5), **BUSY) as d:
        for n in range(300):
            d.app.course.history.fold(
                [ev.LoopError(0.0, f"bad {n} \x1b[2J [bold]", "Trace\x1b[2J\nback")]
            )
        await d.press("v")
        assert str(d.app.screen.query_one("#trace", Static).content) == "Trace?[2J\nback"
        assert "\x1b" not in str(d.app.screen.query_one(OptionList).get_option_at_index(0).prompt)
        assert "the latest 200 of 300" in str(d.app.screen.query_one(".about", Static).content)
        await d.press("escape")
