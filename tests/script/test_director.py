"""The director: steps come at their times, questions are answered by the run, to and fro works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from qdash.check import check
from qdash.commands import Inject, SetValue
from qdash.course import Course
from qdash.engine.thread import LabThread
from qdash.events import Injected, SettingChanged, Stepped
from qdash.scenarios import ALL
from qdash.script.read import read
from tests.script.stage import Stage

SCRIPT = """
format = 1
kind = "demo"
title = "Full"
scenario = "producer-consumer"
seed = 5
speed = 2.0
[settings]
maxsize = 2
producers = 1
consumers = 1
consume_time = 30.0
jitter = "constant"

[[step]]
caption = "first"
look = "code"
wait = true
[[step]]
caption = "second, at the same instant"
point = "P1"
[[step]]
after = 2
set = { maxsize = 3 }
inject = [{ what = "stall", target = "P1", amount = 0.5 }]
[[step]]
after = 1.25
caption = "third"
title = "Part two"
speed = "free"
[[step]]
at = 8
set = { producers = 2 }
[step.question]
ask = "What will P1 do?"
choices = [
  { text = "wait", when = [{ what = "worker.P1.doing", is = "putting" }] },
  { text = "go on", when = [{ what = "worker.P1.doing", is_not = "putting" }] },
]
show = 3
because = "the queue is full"
[[step]]
[step.question]
ask = "How many lie in the queue?"
number = { what = "queue.jobs.size", unit = "items" }
show = 1
because = "so many fit"
[[step]]
scenario = "signals"
after = 1
caption = "another lab"
wait = true
[[step]]
after = 1
caption = "the end"
"""


@pytest.fixture
def stage() -> Iterator[Callable[..., Stage]]:
    made: list[Stage] = []

    def open_(text: str = SCRIPT, **how: Any) -> Stage:
        made.append(Stage(text, **how))
        return made[-1]

    yield open_
    for one in made:
        one.close()


def read_now(stage: Stage) -> tuple[str, str, int]:
    card = stage.director.card
    return card.caption, card.phase, card.step


def test_it_waits_and_goes_on(stage: Callable[..., Stage]) -> None:
    s = stage()
    s.tick()
    s.tick()
    assert read_now(s) == ("first", "waits", 1)
    assert (s.director.look, s.director.point) == ("code", "")
    s.pass_to(10.0)
    assert s.lab.position == 0.0  # it stands until the person goes on
    assert s.director.next()
    s.tick()
    assert read_now(s) == ("second, at the same instant", "goes", 2)
    assert s.director.point == "P1"
    assert s.director.card.steps == 7


def test_what_a_step_does_comes_at_its_time_and_all_of_it_before_the_next(
    stage: Callable[..., Stage],
) -> None:
    s = stage()
    s.tick()
    s.director.next()
    s.pass_to(3.0)
    assert s.lab.sent == [SetValue("maxsize", 3), Inject("stall", "P1", 0.5)]
    done = [e.t for e in s.events() if isinstance(e, (SettingChanged, Injected))]
    assert done == [2.0, 2.0]
    assert read_now(s)[0] == "second, at the same instant"
    assert s.lab.speed == 2.0
    s.pass_to(3.3)
    assert read_now(s) == ("third", "goes", 3)
    assert s.director.card.heading == "Part two"
    assert s.lab.speed is None


def test_a_question_stands_until_it_is_answered_and_the_run_says_what_is_right(
    stage: Callable[..., Stage],
) -> None:
    s = stage()
    s.tick()
    s.director.next()
    s.pass_to(30.0)
    assert s.lab.position == 8.0
    card = s.director.card
    assert (card.phase, card.told, card.answer) == ("asks", False, None)
    assert s.course.history.now.state.settings["producers"] == 1  # done after the answer only
    assert not s.director.next()
    assert s.director.answer(1)
    assert not s.director.answer(0)
    s.pass_to(30.0)
    assert s.lab.position == 11.0
    card = s.director.card
    assert (card.phase, card.told, card.asked, card.right) == ("tells", True, 2, 0)
    assert card.answer is not None
    assert card.answer.right is False
    assert card.answer.finding is not None
    assert card.answer.finding.right == 0
    s.director.next()
    s.tick()
    assert s.director.phase == "asks"
    s.director.answer(3)
    s.pass_to(30.0)
    card = s.director.card
    assert (card.right, card.phase, s.lab.position) == (1, "tells", 12.0)
    assert card.answer is not None
    assert card.answer.finding is not None
    assert card.answer.finding.number == 3


def test_who_goes_on_at_once_hastens_to_what_is_next_to_read(stage: Callable[..., Stage]) -> None:
    s = stage()
    s.tick()
    s.director.next()
    s.tick()
    s.director.next()
    assert s.lab.speed is None
    s.tick()
    s.lab.run_to(s.lab.held)
    s.tick()
    s.tick()
    assert read_now(s)[0] == "second, at the same instant"  # a silent step is passed
    s.lab.run_to(s.lab.held)
    s.tick()
    s.tick()
    assert (read_now(s)[0], s.lab.position) == ("third", 3.25)


def test_skipping_shows_the_answer_and_counts_for_nothing(stage: Callable[..., Stage]) -> None:
    s = stage()
    s.tick()
    s.director.next()
    s.pass_to(30.0)
    assert s.director.next(skip=True)
    s.pass_to(30.0)
    card = s.director.card
    assert card.told
    assert card.answer is not None
    assert (card.answer.right, card.right) == (None, 0)


def at_the_end_of_the_first_lab(s: Stage) -> None:
    s.tick()
    s.director.next()
    s.pass_to(30.0)
    s.director.answer(0)
    s.pass_to(30.0)
    s.director.next()
    s.tick()
    s.director.answer(3)
    s.pass_to(30.0)


def test_back_is_the_moment_and_the_words_of_the_step_before(stage: Callable[..., Stage]) -> None:
    s = stage()
    at_the_end_of_the_first_lab(s)
    seen: list[tuple[str, bool, float]] = []
    while s.director.back() and len(s.begun) == 1:
        s.tick()
        card = s.director.card
        said = card.question.ask if card.question else card.caption
        seen.append((said, card.told, s.course.position))
        assert card.earlier
    assert seen == [
        ("How many lie in the queue?", False, 11.0),
        ("What will P1 do?", True, 11.0),
        ("What will P1 do?", False, 8.0),
        ("third", False, 3.25),
        ("second, at the same instant", False, 0.0),
        ("first", False, 0.0),
    ]
    said = []
    while s.director.card.earlier:
        assert s.director.next()
        s.tick()
        said.append(s.course.position)
    assert said == [0.0, 3.25, 8.0, 11.0, 11.0, 12.0]
    assert not s.course.past
    assert s.director.card.right == 2


def test_the_words_go_with_a_past_that_is_played(stage: Callable[..., Stage]) -> None:
    s = stage()
    at_the_end_of_the_first_lab(s)
    s.course.to_time(1.0)
    s.director._viewed = 1
    s.course.to_time(5.0)
    s.tick()
    assert s.director.card.caption == "third"
    s.course.to_now()
    s.tick()
    assert not s.director.card.earlier


def test_the_next_lab_begins_and_back_from_it_plays_the_one_before_again(
    stage: Callable[..., Stage],
) -> None:
    s = stage()
    at_the_end_of_the_first_lab(s)
    before = s.events()
    s.director.next()
    s.tick()
    assert [act.scenario for act in s.begun] == ["producer-consumer", "signals"]
    s.pass_to(5.0)
    assert (read_now(s)[:2], s.lab.position) == (("another lab", "waits"), 1.0)
    s.director.back()
    s.rush()
    assert [act.scenario for act in s.begun][2:] == ["producer-consumer"]
    card = s.director.card
    assert (card.phase, card.told, card.right) == ("tells", True, 2)
    assert s.events() == before
    s.director.next()
    s.tick()
    s.pass_to(5.0)
    s.director.next()
    s.pass_to(9.0)
    assert read_now(s)[:2] == ("the end", "over")
    assert not s.director.next()
    assert s.lab.held is None


def test_the_first_step_has_none_before_it(stage: Callable[..., Stage]) -> None:
    s = stage()
    s.tick()
    assert not s.director.back()


def test_a_lab_that_is_begun_again_asks_again(stage: Callable[..., Stage]) -> None:
    s = stage()
    at_the_end_of_the_first_lab(s)
    s.director.again()
    s.tick()
    s.tick()
    assert read_now(s) == ("first", "waits", 1)
    assert (s.director.card.right, s.director.off) == (0, False)
    s.director.again(99)
    s.tick()
    assert s.begun[-1].seed == 99
    assert s.director.off


def test_what_is_changed_in_the_past_is_played_on_from_there(stage: Callable[..., Stage]) -> None:
    s = stage()
    at_the_end_of_the_first_lab(s)
    s.course.to_time(5.0)
    old = s.course
    assert old.run is not None
    live = old.run.branch(old.moment.events, position=5.0, speed=1.0, paused=False)
    s._courses.append(Course(live.history, run=live))
    s.director.branched(5.0, old)
    s.send(SetValue("maxsize", 50))
    live.source.start()
    s.tick()
    assert (read_now(s)[:2], s.director.off) == (("third", "goes"), True)
    assert s.director.card.right == 0
    s.pass_to(30.0)
    assert (s.director.phase, s.lab.position) == ("asks", 8.0)
    s.director.answer(0)
    s.pass_to(30.0)
    assert s.director.card.right == 0  # nobody waits before a queue so large


LESSON = SCRIPT.replace('kind = "demo"', 'kind = "lesson"')


def test_the_last_words_of_a_lesson_stay_until_they_are_read(stage: Callable[..., Stage]) -> None:
    s = stage(LESSON)
    at_the_end_of_the_first_lab(s)
    s.director.next()
    s.tick()
    s.pass_to(5.0)
    s.director.next()
    s.pass_to(9.0)
    assert read_now(s)[:2] == ("the end", "waits")
    s.director.next()
    s.tick()
    assert s.director.phase == "over"


def test_paused_by_hand_it_does_nothing(stage: Callable[..., Stage]) -> None:
    s = stage()
    s.tick()
    s.director.next()
    s.tick()
    s.course.pause_or_go()
    s.pass_to(2.0)
    assert s.lab.sent == []
    s.course.pause_or_go()
    s.tick()
    assert len(s.lab.sent) == 2


@pytest.mark.parametrize("patient", [True, False])
def test_in_a_real_thread_it_is_the_very_run_that_was_checked(
    stage: Callable[..., Stage], patient: bool
) -> None:
    wall = [0.0]
    s = stage(factory=lambda lab, **how: LabThread(lab, wall=lambda: wall[0], **how))
    script = read(SCRIPT, scenarios=ALL)
    for _ in range(2000):
        wall[0] += 0.21
        s.lab.set_speed(s.lab.speed)  # it looks at the wall again
        assert s.lab.settle()
        s.tick()
        if s.director.phase == "asks":
            s.director.answer(0)
        elif s.director.stands or not patient:
            s.director.next()
        if s.director.phase == "over":
            break
    report = check(script)
    assert not report.problems
    played = s.all_events()
    assert len(played) == len(report.acts) == 2
    for act, events in zip(report.acts, played, strict=True):
        seen, checked = (
            [e for e in all_ if type(e) is not Stepped] for all_ in (events, act.events)
        )
        assert len(seen) >= len(checked) > 10
        assert seen[: len(checked)] == checked
