"""Playing scripts on the screen: what keys and clicks do, what is read, what may be seen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.widgets import OptionList

from qdash import progress, recording
from qdash.commands import SetValue
from qdash.history import History
from qdash.lessons import lessons
from qdash.scenarios import ALL, scenario
from qdash.script.read import read
from qdash.tui.app import CONTROLS, play_app
from qdash.tui.controls import PLAYED, PLAYING
from qdash.tui.replay import ReplayApp
from qdash.tui.screens.lessons import LessonsScreen
from qdash.words import speak
from tests.pseudo import pseudo_spoken
from tests.tui.conftest import Desk
from tests.tui.hand_lab import HandLab

LESSON = """
format = 1
kind = "lesson"
title = "What is full"
scenario = "producer-consumer"
[settings]
maxsize = 2
producers = 1
consumers = 1
consume_time = 30.0
jitter = "constant"

[[step]]
title = "A queue of two"
caption = "P1 makes items, and `put()` puts them into the queue."
wait = true
[[step]]
at = 2
caption = "C1 got one."
point = "C1"
look = "log"
[[step]]
at = 6
point = "P1"
look = "code"
[step.question]
ask = "What does P1 do in `put()`?"
choices = [
  { text = "It waits", when = [{ what = "worker.P1.doing", is = "putting" }] },
  { text = "It fails", when = [{ what = "worker.P1.ended", is = "failed" }] },
]
show = 1
because = "The queue is full."
[[step]]
[step.question]
ask = "How many lie in the queue?"
number = { what = "queue.jobs.size", unit = "item|items" }
show = 1
because = "Two is what it holds."
[[step]]
caption = "That is backpressure."
point = "jobs"
"""
PACED = """
format = 1
title = "Fast, then faster"
scenario = "producer-consumer"
speed = 2.0
settings = { maxsize = 2 }

[[step]]
caption = "It begins."
[[step]]
at = 2
caption = "Faster."
set = { maxsize = 7 }
speed = 5.0
SECOND
"""
DEMO = LESSON.replace('kind = "lesson"', 'kind = "demo"').replace("wait = true\n", "")

OpenPlay = Callable[..., AbstractAsyncContextManager[Desk]]


@pytest.fixture
def play() -> OpenPlay:
    """Play a script: ``async with play(LESSON, size=(80, 24)) as d``."""

    @asynccontextmanager
    async def open_(
        text: str | None = LESSON,
        *,
        name: str = "mine",
        size: tuple[int, int] = (120, 40),
        present: bool | None = None,
        **options: Any,
    ) -> AsyncIterator[Desk]:
        script = None if text is None else read(text, scenarios=ALL)
        app = play_app(name, script, present=present, thread_factory=HandLab, **options)
        async with app.run_test(size=size) as pilot:
            d = Desk(app, pilot)
            await settled(d)
            yield d

    return open_


async def settled(d: Desk) -> None:
    for _ in range(4):
        await d.seen()


async def pass_to(d: Desk, t: float) -> None:
    """Let time pass, through what the script does on the way."""
    before: object = None
    while before != (before := (d.lab, d.lab.held)):
        d.lab.run_to(t)
        await settled(d)


async def press(d: Desk, *keys: str) -> None:
    """Press keys; where the lab is free to run, it does."""
    for key in keys:
        await d.press(key)
        await settled(d)
        while d.lab.speed is None and d.lab.held is not None and d.lab.held > d.lab.position:
            d.lab.run_to(d.lab.held)
            await settled(d)


def said(d: Desk) -> str:
    return " ".join(d.app.main.caption.text.split())


def phase(d: Desk) -> str:
    assert d.app.director is not None
    return d.app.director.phase


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


# --- a lesson -------------------------------------------------------------------------------------


async def test_a_lesson_says_where_it_is_and_what_to_press(play: OpenPlay) -> None:
    async with play() as d:
        assert "What is full A queue of two step 1 of 5" in said(d)
        assert "P1 makes items, and put() puts them into the queue." in said(d)
        assert "enter go on" in said(d)
        assert "paused" in d.app.main.header.text  # it stands, and says so
        await d.run_to(5.0)
        assert d.lab.position == 0.0


@pytest.mark.parametrize("key", ["enter", "space", "right", "pagedown"])
async def test_every_key_that_goes_on_does(play: OpenPlay, key: str) -> None:
    async with play() as d:
        await d.press(key)
        await settled(d)
        assert phase(d) == "goes"
        await pass_to(d, 2.5)
        assert d.lab.position == 2.5
        assert "C1 got one. ▶ the lab runs enter at once ← back" in said(d)
        assert d.app.selected == "C1"
        assert d.app.main.look == "log"


@pytest.mark.parametrize("key", ["left", "pageup", "backspace"])
async def test_every_key_that_goes_back_does(play: OpenPlay, key: str) -> None:
    async with play() as d:
        await press(d, "enter", "enter")
        assert "C1 got one." in said(d)
        await press(d, key)
        assert "P1 makes items" in said(d)
        assert "enter forward to where you were" in said(d)
        assert d.app.course.past
        assert d.app.course.position == 0.0
        assert d.app.selected == ""
        await press(d, "enter")
        assert "C1 got one." in said(d)
        assert not d.app.course.past


async def test_a_question_is_answered_by_its_number(play: OpenPlay) -> None:
    async with play() as d:
        await press(d, "enter", "enter", "enter")
        assert phase(d) == "asks"
        assert "What does P1 do in put()? 1 It waits 2 It fails" in said(d)
        assert "Press 1 to 2, or click." in said(d)
        await d.run_to(20.0)
        assert d.lab.position == 6.0
        await press(d, "enter")
        assert phase(d) == "asks"
        assert "Answer first" in d.toasts[-1]
        await press(d, "space", "full_stop")
        assert "the script holds the lab here" in d.toasts[-1]
        assert (phase(d), d.lab.position) == ("asks", 6.0)
        await press(d, "3")
        assert "from 1 to 2" in d.toasts[-1]
        await press(d, "1")
        assert phase(d) == "shows"
        assert "the lab runs: watch" in said(d)
        await pass_to(d, 20.0)
        assert phase(d) == "tells"
        assert "✔ right The run shows: It waits The queue is full. enter go on" in said(d)


async def test_a_wrong_answer_is_told_with_what_the_run_shows(play: OpenPlay) -> None:
    async with play() as d:
        await press(d, "enter", "enter", "enter")
        await d.click_text(d.app.main.caption, "It fails")
        await pass_to(d, 20.0)
        assert "✖ not so You said 2. The run shows: It waits" in said(d)


async def test_a_number_is_typed(play: OpenPlay) -> None:
    async with play() as d:
        await press(d, "enter", "enter", "enter", "1", "enter", "enter")
        assert phase(d) == "asks"
        assert "How many lie in the queue? " in said(d)
        await press(d, "3")
        assert "Your answer: 3" in said(d)
        await press(d, "minus", "enter")
        assert "A number is asked for" in said(d)
        await press(d, "backspace", "backspace", "2", "full_stop", "0", "enter")
        await pass_to(d, 20.0)
        assert "✔ right The run shows: 2 items" in said(d)
        await press(d, "enter")
        assert "That is backpressure." in said(d)
        assert phase(d) == "waits"
        await press(d, "enter")
        assert "2 of 2 answers were right" in said(d)
        assert "L all lessons" in said(d)


async def test_one_of_a_kind_is_told_as_one(play: OpenPlay) -> None:
    async with play() as d:
        await press(d, "enter", "enter", "enter", "1", "enter", "enter", "1")
        assert "Your answer: 1 items" in said(d)
        await press(d, "enter")
        await pass_to(d, 20.0)
        assert "You said 1 item. The run shows: 2 items" in said(d)


async def test_what_was_told_before_is_gone_once_the_script_goes_on(play: OpenPlay) -> None:
    async with play() as d:
        await press(d, "4")
        assert "a script is played" in d.toasts[-1]
        await press(d, "enter")
        assert d.toasts == []


async def test_what_is_pointed_at_is_marked(play: OpenPlay) -> None:
    pointing = LESSON.replace('point = "P1"', "point = 3").replace("at = 2\n", "at = 4.5\n")
    async with play(pointing) as d:
        await press(d, "enter", "enter", "enter")
        spans = [span for line in d.app.main.stage._frame.lines for span in line]
        assert [text.strip() for text, kind in spans if kind == "pointed" and text.strip()] == [
            "#3"
        ]
        await press(d, "1", "enter", "enter", "2", "enter", "enter", "enter")
        spans = [span for line in d.app.main.stage._frame.lines for span in line]
        assert [text for text, kind in spans if kind == "pointed"] == ["jobs"]
        assert not d.app.main.asking


async def test_what_was_changed_by_hand_may_make_it_otherwise(play: OpenPlay) -> None:
    async with play() as d:
        await press(d, "enter", "enter", "enter")
        d.app.change(SetValue("maxsize", 50))
        await settled(d)
        assert "changed by hand" in said(d)
        await press(d, "1")
        await pass_to(d, 20.0)
        assert "What you changed made it otherwise" in said(d)
        await press(d, "r")
        assert "step 1 of 5" in said(d)
        assert "changed by hand" not in said(d)
        assert d.app.state.settings["maxsize"] == 2


async def test_a_change_in_the_past_is_played_on(play: OpenPlay) -> None:
    async with play() as d:
        await press(d, "enter", "enter", "enter", "left")
        assert d.app.course.past
        d.app.change(SetValue("maxsize", 1))
        await settled(d)
        assert d.app.other is not None
        assert not d.app.course.past
        assert "C1 got one." in said(d)
        await pass_to(d, 30.0)
        assert (phase(d), d.lab.position) == ("asks", 6.0)
        await press(d, "o", "enter", "1", "enter", "enter")  # the other course: no harm is done
        assert d.app.director is not None


async def test_the_everyday_keys_still_work(play: OpenPlay) -> None:
    async with play() as d:
        await press(d, "enter")
        await d.run_to(1.0)
        await press(d, "space")
        assert d.lab.paused
        await press(d, "space", "b")
        assert not d.lab.paused
        assert len(d.lab.sent) == 1
        await press(d, "plus")
        assert d.lab.speed == 2
        await press(d, "f2")
        assert "axis" in d.app.main.plan
        await press(d, "4")
        assert "L leaves it" in d.toasts[-1]
        assert d.app.director is not None


async def test_the_list_of_lessons_leaves_a_script_for_a_scenario(play: OpenPlay) -> None:
    async with play() as d:
        await press(d, "L")
        assert isinstance(d.app.screen, LessonsScreen)
        listed = d.app.screen.query_one(OptionList)
        listed.highlighted = [option.id for option in listed.options].index("scenario:timeouts")
        await press(d, "enter")
        assert d.app.director is None
        assert d.app.state.header.scenario == "timeouts"
        assert d.app.main.caption.display is False
        assert d.lab.held is None
        await d.run_to(2.0)
        assert d.lab.position == 2.0
        await press(d, "2")
        assert d.app.state.header.scenario == "concurrency-limit"


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (160, 45)])
async def test_words_stage_and_code_are_to_be_seen_at_every_size(
    play: OpenPlay, size: tuple[int, int]
) -> None:
    async with play(size=size) as d:
        for _ in range(6):
            plan = d.app.main.plan
            assert plan["stage"].height >= 6
            assert plan[d.app.main.look or "code"].height >= 4
            assert plan["caption"].height >= d.app.main.caption.text.count("\n")
            assert not d.app.main.broken
            assert "enter" in said(d) or "Press" in said(d)
            await press(d, "1" if phase(d) == "asks" else "enter")
            if d.app.main.caption.has_focus:
                await press(d, "enter")


# --- to a room ------------------------------------------------------------------------------------


async def test_a_demo_plays_by_itself_with_nothing_that_distracts(play: OpenPlay) -> None:
    async with play(DEMO) as d:
        assert set(d.app.main.plan) == {"caption", "stage"}
        await pass_to(d, 3.0)
        assert d.lab.position == 3.0
        assert "C1 got one." in said(d)
        assert said(d).endswith("2/5")
        assert set(d.app.main.plan) == {"caption", "stage", "log"}
        await press(d, "P")
        assert {"header", "strip", "code"} <= set(d.app.main.plan)
        await press(d, "P", "escape")
        assert "header" in d.app.main.plan


async def test_to_a_room_the_answer_is_shown_to_who_goes_on(play: OpenPlay) -> None:
    async with play(DEMO) as d:
        await pass_to(d, 30.0)
        assert phase(d) == "asks"
        assert "1 It waits" in said(d)
        await press(d, "space")
        await pass_to(d, 30.0)
        assert phase(d) == "tells"
        assert "The run shows: It waits" in said(d)
        await press(d, "pagedown", "enter")
        await pass_to(d, 30.0)
        await press(d, "enter")
        assert phase(d) == "over"
        assert "That is backpressure." in said(d)


async def test_on_a_stage_a_click_on_the_words_goes_on(play: OpenPlay) -> None:
    async with play(present=True) as d:
        assert said(d).endswith("1/5 ▸")  # it waits
        await d.click_text(d.app.main.caption, "makes items")
        await settled(d)
        assert phase(d) == "goes"
        await pass_to(d, 30.0)
        assert said(d).endswith("3/5 ▸")
        await d.click_text(d.app.main.caption, "What does P1")  # that is no answer
        await settled(d)
        assert phase(d) == "asks"


async def test_at_its_end_a_room_is_shown_no_list(play: OpenPlay) -> None:
    async with play(PACED.replace("SECOND", ""), name="backpressure") as d:
        await press(d, "right", "right")
        assert phase(d) == "over"
        assert len(d.app.screen_stack) == 1
        assert "That was all of it." in d.toasts[-1]
        await press(d, "P", "enter")
        assert isinstance(d.app.screen, LessonsScreen)


async def test_to_a_room_one_lesson_follows_another(play: OpenPlay, nothing_finished: Path) -> None:
    first, second = list(lessons())[:2]
    async with play(PACED.replace("SECOND", ""), name=first, present=True) as d:
        await press(d, "right", "right")
        assert d.app.director is not None
        assert d.app.director.script.title == d.app.load(second).title
        assert d.app.presenting


async def test_what_comes_after_a_free_play_is_to_be_watched(play: OpenPlay) -> None:
    async with play(PACED.replace("SECOND", ""), times_as_fast=None) as d:
        assert d.lab.speed is None
        await press(d, "P")
        while d.lab.held is not None:
            d.lab.run_to(d.lab.held)
            await settled(d)
        assert (phase(d), d.lab.speed) == ("over", 1.0)


# --- the list -------------------------------------------------------------------------------------


@pytest.fixture
def nothing_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(progress, "user_state_path", lambda *_, **__: tmp_path)
    return tmp_path


async def test_without_a_name_the_list_opens_over_a_lab_that_stands(
    play: OpenPlay, nothing_finished: Path
) -> None:
    progress.note("first-queue", 3, 4)
    async with play(None) as d:
        assert isinstance(d.app.screen, LessonsScreen)
        assert d.lab.paused
        options = d.app.screen.query_one(OptionList)
        ids = [option.id for option in options.options if option.id]
        assert ids[: len(lessons())] == [f"lesson:{name}" for name in lessons()]
        shown = [str(option.prompt) for option in options.options]
        assert any("✔ 1 A first queue" in text and "3 of 4 right" in text for text in shown)
        assert options.highlighted_option is not None
        assert options.highlighted_option.id == ids[1]  # the first that is not finished
        await press(d, "delete")
        assert progress.finished() != {}
        await press(d, "delete")
        assert progress.finished() == {}
        await press(d, "enter")
        assert d.app.director is not None
        assert d.app.screen is d.app.main
        assert not d.lab.paused


async def test_a_lesson_that_is_finished_is_kept_and_the_next_follows(
    play: OpenPlay, nothing_finished: Path
) -> None:
    first, second = list(lessons())[:2]
    async with play(name=first) as d:
        await press(d, "enter", "enter", "enter", "1", "enter", "enter", "2", "enter", "enter")
        await press(d, "enter", "enter")
        assert phase(d) == "over"
        assert progress.finished() == {first: progress.Result(2, 2)}
        await press(d, "enter")
        assert d.app.director is not None
        assert d.app.director.script.title != "What is full"
        assert d.app._lesson == second


async def test_progress_that_cannot_be_kept_is_told_and_nothing_else(
    play: OpenPlay, nothing_finished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = nothing_finished / "file"
    blocked.write_text("no folder")
    monkeypatch.setattr(progress, "user_state_path", lambda *_, **__: blocked / "x")
    async with play(name=next(iter(lessons()))) as d:
        await press(d, "enter", "enter", "enter", "1", "enter", "enter", "2", "enter", "enter")
        await press(d, "enter", "enter")
        assert phase(d) == "over"
        assert "progress cannot be kept" in d.toasts[-1]


# --- files and languages --------------------------------------------------------------------------


async def test_what_was_done_is_written_as_a_script(
    play: OpenPlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with play() as d:
        await press(d, "enter")
        await d.run_to(1.0)
        d.app.change(SetValue("maxsize", 7))
        d.app.change(SetValue("seed", -1))  # refused
        await d.run_to(1.5)
        d.app.set_value("speed", 5.0)
        await press(d, "space", "W", "W")
        first, second = files(tmp_path)
        assert first.name == "qdash-script-producer-consumer-2.toml"
        assert second.name == "qdash-script-producer-consumer.toml"
        assert second.name in "".join(d.toasts)
        script = read(second.read_text(encoding="utf-8"), scenarios=ALL)
        assert script.settings["consume_time"] == 30.0
        assert [(step.at, step.set, step.speed, step.wait) for step in script.step] == [
            (1.0, {"maxsize": 7}, None, False),
            (1.5, {}, 5.0, True),
        ]


async def test_the_speeds_of_a_script_are_written_and_not_the_haste_of_a_person(
    play: OpenPlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PACED.replace("SECOND", "")
    async with play(text, times_as_fast=2.0) as d:
        assert d.lab.speed == 4.0
        await press(d, "right", "W")  # to the second step at once
        (file,) = files(tmp_path)
        script = read(file.read_text(encoding="utf-8"), scenarios=ALL)
        assert script.speed == 4.0
        assert [(step.at, step.set, step.speed) for step in script.step] == [
            (2.0, {"maxsize": 7}, 10.0)
        ]


async def test_each_lab_of_a_play_is_recorded_in_a_file_of_its_own(
    play: OpenPlay, tmp_path: Path
) -> None:
    text = PACED.replace(
        "SECOND", '[[step]]\nscenario = "signals"\ncaption = "Another"\nwait = true'
    )
    file = tmp_path / "talk.jsonl"
    async with play(text, record=file) as d:
        lab = d.lab
        await pass_to(d, 2.0)
        first = list(lab.happened)
        assert d.app.scenario.slug == "signals"
        assert d.toasts == []  # nothing is told to the room
        assert d.app.recorded == [file, tmp_path / "talk-2.jsonl"]
    played, second = recording.read(file), recording.read(tmp_path / "talk-2.jsonl")
    assert played.header.scenario == "producer-consumer"
    assert played.header.settings["maxsize"] == 2
    assert played.events[: len(first)] == first != []
    assert second.header.scenario == "signals"


def test_a_recording_that_cannot_be_begun_is_told_before_the_screen(tmp_path: Path) -> None:
    with pytest.raises(recording.RecordingError):
        play_app("mine", read(LESSON, scenarios=ALL), record=tmp_path)


async def test_a_script_goes_on_in_one_course_and_the_other_says_so(
    play: OpenPlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PACED.replace("SECOND", '[[step]]\nat = 6\ncaption = "Later"\nset = { maxsize = 9 }')
    async with play(text, present=False) as d:
        await pass_to(d, 1.5)
        old = d.lab
        d.app.course.to_time(1.0)
        d.app.change(SetValue("consumers", 2))
        await settled(d)
        new = d.lab
        await pass_to(d, 4.0)
        assert "This is the other course" not in said(d)
        assert SetValue("maxsize", 7) in new.sent

        await press(d, "o")  # the other course, in which the script goes on no further
        assert d.lab is old
        for _ in range(3):
            await pass_to(d, 7.0)
        assert old.position == 2.0  # where the next step was to come
        assert SetValue("maxsize", 7) not in old.sent
        assert "This is the other course. The script goes on in course 2" in said(d)
        assert "enter back to the script" in said(d)
        assert "paused" in d.app.main.header.text
        await press(d, "left", "W")
        assert d.lab is old
        (file,) = files(tmp_path)
        assert "maxsize = 7" not in file.read_text(encoding="utf-8")
        assert "course 1" in d.toasts[-1]

        await press(d, "enter")
        assert d.lab is new
        assert "This is the other course" not in said(d)
        for _ in range(3):
            await pass_to(d, 7.0)
        assert SetValue("maxsize", 9) in new.sent
        assert [command for command in old.sent if isinstance(command, SetValue)] == []


async def test_what_is_shown_is_written_as_a_program(
    play: OpenPlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with play() as d:
        await press(d, "enter")
        await d.run_to(1.0)
        await press(d, "b", "E")
        (file,) = files(tmp_path)
        assert file.name == "qdash-producer-consumer.py"
        text = file.read_text(encoding="utf-8")
        compile(text, file.name, "exec")
        assert "import qdash" not in text
        assert file.name in d.toasts[-1]
        assert "burst of items" in d.toasts[-1]


async def test_what_cannot_be_written_is_told(
    play: OpenPlay, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    async with play() as d:
        monkeypatch.chdir(gone)
        gone.rmdir()
        for key in "WE":
            said_before = len(d.toasts)
            await press(d, key)
            assert len(d.toasts) > said_before
        assert d.app.is_running


async def test_a_recording_is_exported_and_plays_no_lesson(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lab = scenario("signals").lab(None, 7)
    hand = HandLab(lab)
    hand.start()
    hand.run_to(5.0)
    history = History(lab.header)
    history.fold(hand.happened)
    hand.close()
    app = ReplayApp(history)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("L", "W", "1", "enter", "space")
        assert app.screen is app.main
        assert all("this is a recording" in notice.message for notice in app._notifications)
        await pilot.press("E")
        assert [file.name for file in files(tmp_path)] == ["qdash-signals.py"]


async def test_another_language_is_spoken_at_once(play: OpenPlay) -> None:
    try:
        async with play() as d:
            english = d.app.main.keys.text
            await press(d, "T")
            assert "简体中文" in d.toasts[-1]
            await press(d, "T")
            assert d.app.main.keys.text == english
    finally:
        speak("en")


@pytest.mark.parametrize("size", [(40, 16), (100, 30)])
@pytest.mark.parametrize("text", [LESSON, DEMO], ids=["lesson", "demo"])
async def test_wide_letters_stay_inside_the_caption(
    play: OpenPlay, text: str, size: tuple[int, int]
) -> None:
    with pseudo_spoken():
        async with play(text, size=size) as d:
            for _ in range(7):
                lines = d.app.main.caption.text.splitlines()
                assert max(map(cell_len, lines)) <= size[0]
                assert not d.app.main.broken
                await press(d, "1" if phase(d) == "asks" else "enter")
                await pass_to(d, d.lab.position + 1.0)
                if d.app.main.caption.has_focus:
                    await press(d, "enter")


# --- keys -----------------------------------------------------------------------------------------


def test_the_keys_of_a_script_are_its_own() -> None:
    keys = [key for binding in PLAYING for key in binding.key.split(",")]
    assert len(keys) == len(set(keys))
    assert set(keys) == PLAYED
    for binding in PLAYING:
        assert binding.id
        if binding.group is not None:
            assert binding.description
            assert binding.tooltip.endswith(".")
            assert binding.key_display


async def test_they_are_in_the_palette_while_one_is_played(play: OpenPlay) -> None:
    async with play() as d:
        titles: list[Any] = [c.title for c in d.app.get_system_commands(d.app.screen)]
        assert any("next step" in title for title in titles)
        await press(d, "L")
        d.app.screen.dismiss("scenario:signals")
        await settled(d)
        titles = [c.title for c in d.app.get_system_commands(d.app.screen)]
        assert not any("next step" in title for title in titles)
        assert len(titles) == len(CONTROLS) - 2
