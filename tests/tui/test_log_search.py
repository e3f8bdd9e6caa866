"""Looking for events in the log: by keys and mouse, live, in the past and in a recording."""

from __future__ import annotations

from typing import Any

import pytest
from textual.widgets import Input

from qdash import events as ev
from qdash.commands import Inject
from qdash.events import Event
from qdash.history import History
from qdash.scenarios import scenario
from qdash.search import parse
from qdash.tui.replay import ReplayApp
from tests.tui.conftest import Desk, OpenDesk

BUSY: dict[str, Any] = {"jitter": "constant", "consume_time": 4.0}
SLASH = "slash"


def log(d: Any) -> Any:
    return d.app.main.event_log


def numbers(d: Any) -> list[int]:
    return [line.number for line in log(d).lines if line.number >= 0 and line.time.strip()]


def found(history: History, query: str) -> list[int]:
    asked = parse(query)
    rows = history.rows(history.first, history.events)
    return [row.number for row in rows if asked.matches(row.event, row.then)]


async def look_for(d: Desk, query: str, *then: str) -> None:
    await d.press(SLASH)
    await type_(d, query)
    await d.press(*then)


async def type_(d: Desk, text: str) -> None:
    spelt = {" ": "space", ":": "colon", "-": "minus", '"': "quotation_mark", "#": "number_sign"}
    await d.press(*(spelt.get(char, char) for char in text))


@pytest.mark.parametrize("size", [(160, 45), (120, 40), (80, 24)])
async def test_what_is_found_is_shown_and_nothing_else(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    async with desk(size=size, **BUSY) as d:
        await d.run_to(60.0)
        await look_for(d, "worker:C1 kind:got", "enter")
        expected = found(d.app.course.history, "worker:C1 kind:got")
        shown = numbers(d)
        assert shown == expected[-len(shown) :]
        assert f"FOUND {len(expected)}" in log(d).title
        assert "worker:C1 kind:got" in log(d).title
        assert d.app.focused is log(d)
        assert "log" in d.app.main.plan


async def test_it_is_found_while_it_is_typed(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        await look_for(d, "item:12")
        assert numbers(d)[-1] == found(d.app.course.history, "item:12")[-1]
        assert f"{len(found(d.app.course.history, 'item:12'))} found" in log(d).text
        await d.press("backspace")
        assert f"{len(found(d.app.course.history, 'item:1'))} found" in log(d).text


async def test_what_cannot_be_looked_for_is_told_while_it_is_typed(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        await look_for(d, "worker:P1 kind:putt")
        assert "did you mean put?" in log(d).text
        everything = found(d.app.course.history, "worker:P1")  # what is whole is looked for
        assert numbers(d) == everything[-len(numbers(d)) :]
        await d.press("enter")
        assert isinstance(d.app.focused, Input)
        await d.press("backspace", "enter")
        assert "FOUND" in log(d).title
        assert "did you mean" not in log(d).text


async def test_escape_takes_back_what_was_typed_and_then_what_was_kept(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        before = log(d).text
        await look_for(d, "kind:got", "enter")
        kept = numbers(d)
        await look_for(d, "kind:put", "escape")
        assert numbers(d) == kept
        assert "kind:got" in log(d).title
        await d.press("escape")
        assert log(d).text == before
        await d.press("escape")
        assert d.app.focused is None


async def test_keys_of_the_app_are_letters_while_typing(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        await look_for(d, "q 1 r")
        assert d.app.is_running
        assert d.app.focused.value == "q 1 r"
        assert d.app.course.history.now.state.t > 50.0


async def test_what_is_found_can_be_stepped_through_and_gone_to(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        await look_for(d, "kind:woken", "enter")
        expected = found(d.app.course.history, "kind:woken")
        chosen = []
        for _ in range(20):
            await d.press("up")
            chosen.append(log(d).chosen)
            assert chosen[-1] in numbers(d)
        assert chosen == expected[::-1][:20]
        await d.press("enter")
        assert d.app.state.events == expected[-20] + 1
        assert log(d).chosen in numbers(d)
        await d.press("down", "down")
        assert log(d).chosen == expected[-18]
        await d.press("enter")
        assert d.app.state.events == expected[-18] + 1


async def test_in_the_past_what_comes_later_is_found_and_marked(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        d.app.course.to_time(20.0)
        d.app.main.biggest = "log"
        await look_for(d, "kind:got", "enter")
        assert len(log(d).filter.search) == len(found(d.app.course.history, "kind:got"))
        later = {line.number for line in log(d).lines if line.tag == "later"}
        here = [line.number for line in log(d).lines if line.tag.endswith("here")]
        assert later == {n for n in numbers(d) if n >= d.app.state.events}
        assert later
        assert here == [max(n for n in numbers(d) if n < d.app.state.events)]


async def test_what_happens_while_it_is_looked_for_appears(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await look_for(d, "failed", "enter")
        assert "nothing like this" in log(d).text
        await d.run_to(3.0)
        d.lab.send(Inject("fail", "C1"))
        await d.run_to(10.0)
        assert numbers(d) == found(d.app.course.history, "failed")
        assert "failed" in log(d).text


async def test_it_goes_on_being_looked_for_in_another_run(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        await look_for(d, "kind:got", "enter")
        await d.press("r")
        await d.run_to(9.0)
        expected = found(d.app.course.history, "kind:got")
        assert numbers(d) == expected[-len(numbers(d)) :]
        assert f"FOUND {len(expected)}" in log(d).title


async def test_everyday_work_can_be_left_out(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        await look_for(d, "worker:C1", "enter", "a")
        assert "-kind:everyday" in log(d).title
        assert f"FOUND {len(found(d.app.course.history, 'worker:C1 -kind:everyday'))}" in (
            log(d).title
        )
        await d.press("a")
        assert "-kind:everyday" not in log(d).title
        assert not log(d).everyday


async def test_the_mouse_does_it_too(desk: OpenDesk) -> None:
    async with desk(**BUSY) as d:
        await d.run_to(60.0)
        left, top = log(d).content_region.offset
        await d.pilot.click(offset=(left + log(d).title.index("/: search"), top))
        await d.seen()
        await type_(d, "kind:got")
        await d.press("enter")
        before = numbers(d)
        log(d).move(-3)
        await d.seen()
        assert numbers(d) != before
        number = log(d).lines[2].number
        await d.pilot.click(offset=(left + 2, top + 3))
        await d.seen()
        assert d.app.state.events == number + 1
        await d.pilot.click(offset=(left + log(d).title.index("esc: all"), top))
        await d.seen()
        assert "FOUND" not in log(d).title


async def test_a_long_past_is_looked_through_a_part_at_a_time(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk(**BUSY) as d:
        history = d.app.course.history
        history.fold([ev.Noted(0.0, "main", f"note {n}") for n in range(20_000)])
        monkeypatch.setattr("qdash.tui.widgets.log._LOOK_SECONDS", 0.0)
        monkeypatch.setattr("qdash.tui.widgets.log._AGAIN_SECONDS", 1e9)
        await look_for(d, '"note 12345"', "enter")
        assert "so far" in log(d).title
        assert "looking further back" in log(d).text
        assert not numbers(d)
        while not log(d).filter.search.complete:
            log(d)._go_on()
        assert len(numbers(d)) == 1
        assert "so far" not in log(d).title


async def test_it_looks_on_by_itself(desk: OpenDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk(**BUSY) as d:
        d.app.course.history.fold([ev.Noted(0.0, "main", f"note {n}") for n in range(3_000)])
        d.lab.pause()
        monkeypatch.setattr("qdash.tui.widgets.log._LOOK_SECONDS", 0.0)
        monkeypatch.setattr("qdash.tui.widgets.log._AGAIN_SECONDS", 1e-3)
        await look_for(d, "kind:noted", "enter")
        for _ in range(1_000):
            if log(d).filter.search.complete:
                break
            await d.pilot.pause()
        assert "FOUND 3,000" in log(d).title


@pytest.fixture
def recorded() -> History:
    events: list[Event] = []
    lab = scenario("producer-consumer").lab(BUSY)
    lab.watch_lines()
    lab.add_sink(events.append)
    lab.start()
    lab.advance(60.0, 1_000_000)
    lab.close()
    history = History(lab.header, None)
    history.fold(events)
    return history


async def test_a_recording_is_searched_before_it_is_played(recorded: History) -> None:
    app = ReplayApp(recorded)
    async with app.run_test(size=(120, 40)) as pilot:
        app.course.to(0)
        d = Desk(app, pilot)  # type: ignore[arg-type]
        await look_for(d, "kind:task-done", "enter")
        expected = found(recorded, "kind:task_done")
        assert numbers(d) == expected[: len(numbers(d))]
        assert {line.tag for line in log(d).lines if line.time.strip()} == {"later"}
        await d.press("up", "enter")
        assert app.state.events == log(d).chosen + 1
