"""Checking scripts: all that one claims is held against its run, and live it runs the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from qdash import events as ev
from qdash.check import check, report_lines, trace
from qdash.engine.thread import LabThread
from qdash.lessons import lessons, script
from qdash.scenarios import ALL, SLUGS, scenario
from qdash.script.acts import acts, commands
from qdash.script.model import Act, Choice, Condition, Deed, Number, Question, Script, Step
from qdash.words import speak

encode = msgspec.json.Encoder().encode

CALM = {"maxsize": 2, "producers": 1, "consumers": 1, "jitter": "constant"}


def a_script(*steps: Step, slug: str = "producer-consumer", **settings: Any) -> Script:
    return Script(format=1, title="x", scenario=slug, settings=CALM | settings, step=steps)


def problems(script: Script, **given: Any) -> list[tuple[int, str]]:
    return [(one.step, one.text) for one in check(script, **given).problems]


def size(value: int) -> Condition:
    return Condition("queue.jobs.size", is_=value)


def asking(*conditions: Condition, show: float = 1.0) -> Question:
    choices = tuple(Choice(str(n), (condition,)) for n, condition in enumerate(conditions))
    return Question(ask="?", choices=choices, show=show, because="!")


def test_what_holds_is_no_problem() -> None:
    slow = a_script(
        Step(expect=(size(0), Condition("worker.P1.doing", is_="making"))),
        Step(at=3.5, expect=(size(2), Condition("event.put.count", of="P1", above=2))),
        Step(after=1, question=asking(Condition("worker.P1.doing", is_="putting"), size(0))),
        consume_time=30.0,
    )
    report = check(slow)
    assert not report.problems
    assert (report.expects, report.questions) == (4, 1)
    assert report.acts[0].found[3].right == 0
    assert report_lines(report, "slow")[0].endswith("(steps: 3, questions: 1, other claims: 4)")


def test_what_does_not_hold_is_told_with_what_is_measured() -> None:
    script = a_script(Step(expect=(size(0), size(1))), Step(at=4, expect=(size(7),)))
    found = problems(script)
    assert found[0] == (1, "queue.jobs.size is 0, and the script says is = 1")
    assert found[1][0] == 2
    lines = report_lines(check(script), "it")
    assert lines[0].startswith("it: 2 things are not as it says, on Python 3.")
    assert lines[1] == "  step 1, at 0 s: queue.jobs.size is 0, and the script says is = 1"


def test_exactly_one_choice_has_to_be_right() -> None:
    none = a_script(Step(question=asking(size(8), size(9))))
    assert problems(none) == [
        (1, "none of the choices is what the run shows"),
        (1, "choice 1: queue.jobs.size is 0, and the script says is = 8"),
        (1, "choice 2: queue.jobs.size is 0, and the script says is = 9"),
    ]
    both = a_script(Step(question=asking(size(0), Condition("queue.jobs.size", below=3))))
    assert problems(both) == [(1, "more than one of the choices is what the run shows: 1, 2")]


def test_a_question_looks_at_what_happens_from_its_own_deeds_on() -> None:
    before = Condition("event.setting_changed.count", is_=2)
    after = Condition("event.setting_changed.count", is_=1)
    script = a_script(
        Step(set={"maxsize": 3}),
        Step(set={"maxsize": 4}, question=asking(before, after), expect=(
            Condition("queue.jobs.maxsize", is_=3),
        )),
        Step(expect=(Condition("queue.jobs.maxsize", is_=4), before)),
    )  # fmt: skip
    report = check(script)
    assert not report.problems
    assert report.acts[0].found[2].right == 1


def test_what_a_step_does_has_had_its_consequences_when_it_is_looked_at() -> None:
    script = a_script(
        Step(at=5, expect=(Condition("queue.jobs.blocked", is_=1),)),
        Step(set={"maxsize": 0}, expect=(Condition("queue.jobs.blocked", is_=0), size(3))),
        Step(inject=(Deed("drain"), Deed("burst", amount=2.0)), expect=(size(2),)),
        consume_time=30.0,
    )
    assert problems(script) == []


def test_a_number_is_measured() -> None:
    number = Number("event.got.item", of="C1")
    script = a_script(Step(question=Question(ask="?", number=number, show=1.5, because="!")))
    assert check(script).acts[0].found[1].number == 1
    early = a_script(Step(question=Question(ask="?", number=number, show=0.5, because="!")))
    assert problems(early) == [(1, "event.got.item of C1 is '', which is no number")]


def test_what_the_lab_refuses_is_a_problem_unless_the_step_speaks_of_it() -> None:
    deed = (Deed("cancel", "C7"),)
    assert problems(a_script(Step(inject=deed))) == [
        (1, "cancel was refused: there is no worker 'C7' alive; there are main, P1, C1")
    ]
    expected = (Condition("event.refused.count", is_=1),)
    assert problems(a_script(Step(inject=deed, expect=expected))) == []
    over = a_script(Step(at=60, set={"maxsize": 1}), items=3)
    assert problems(over) == [
        (1, "maxsize was refused: this run has ended; reset it to start again")
    ]


def test_names_that_nobody_has_are_told() -> None:
    script = a_script(
        Step(point="P9", expect=(Condition("queue.jbos.size", is_=0),)),
        Step(point="jobs", expect=(Condition("worker.C9.doing", is_="unknown"),)),
        Step(expect=(Condition("role.cook.alive", is_=0),)),
        Step(expect=(Condition("event.put.count", of="P8", on="no", is_=0),)),
    )
    assert problems(script) == [
        (1, "the lab has no queue 'jbos'; it has jobs"),
        (1, "the lab has no worker 'P9'; it has main, P1, C1"),
        (3, "the lab has no role 'cook'; it has main, producer, consumer"),
        (4, "the lab has no worker 'P8'; it has main, P1, C1"),
        (4, "the lab has no queue 'no'; it has jobs"),
    ]


def test_a_lab_that_tells_too_much_is_broken_off() -> None:
    busy = a_script(Step(at=3_600), producers=50, maxsize=0, produce_time=0.001)
    [(step, says)] = problems(busy, limit=2_000)
    assert step == 1
    assert says.startswith("more than 2,000 events have happened by 0.")


def test_a_run_that_is_broken_off_is_no_problem_of_itself() -> None:
    script = a_script(
        Step(at=1, inject=(Deed("cancel", "main"),)),
        Step(at=20, expect=(Condition("run.ended", is_="cancelled"), size(0))),
        Step(at=30, expect=(Condition("run.clock", is_=1.0),)),
    )
    assert problems(script) == []


def test_each_act_has_a_lab_of_its_own() -> None:
    script = a_script(
        Step(at=9, expect=(Condition("queue.jobs.put", above=0),)),
        Step(scenario="signals", seed=4, settings={"items": 2}, expect=(size(0),)),
        Step(at=30, expect=(Condition("run.ended", is_="finished"),)),
    )
    report = check(script)
    assert not report.problems
    assert [played.header.scenario for played in report.acts] == ["producer-consumer", "signals"]
    assert report.acts[1].header.seed == 4


def test_the_steps_are_those_for_the_python_that_is_asked_for() -> None:
    wrong = (size(9),)
    script = a_script(Step(), Step(python="3.11", expect=wrong), Step(python="3.12", expect=wrong))
    assert [step for step, _ in problems(script, python=(3, 11))] == [2]
    assert [step for step, _ in problems(script, python=(3, 12))] == [3]
    assert report_lines(check(script, python=(3, 13)), "x")[0].startswith(
        "x: all is as it says, on Python 3.13 ("
    )


def test_a_trace_is_english_sentences_with_their_times() -> None:
    played = check(a_script(Step(at=1.5))).acts[0]
    english = trace(played)
    assert english[0] == "    0.000  main started: a task running main()"
    assert "    1.000  P1 put #1 into jobs (1/2)" in english
    assert not any("runs on to line" in line for line in english)
    speak("zh_CN")
    try:
        assert trace(played) == english
    finally:
        speak("en")


# --- live and headless ----------------------------------------------------------------------------


@pytest.fixture
def threads() -> Iterator[list[LabThread]]:
    made: list[LabThread] = []
    yield made
    for thread in made:
        thread.close()


class Wall:
    """A clock on the wall that is put forward by hand."""

    def __init__(self) -> None:
        self.t = 0.0

    def __call__(self) -> float:
        return self.t


def live(act: Act, speed: float | None, made: list[LabThread]) -> list[ev.Event]:
    """Play an act as the screen does: held at each step, and never before it."""
    lab = scenario(act.scenario).lab(act.settings, act.seed)
    lab.watch_lines()
    wall = Wall()
    thread = LabThread(lab, speed=speed, wall=wall)
    made.append(thread)
    thread.hold(act.steps[0].t)
    thread.start()
    events: list[ev.Event] = []

    def come_to(t: float) -> None:
        thread.hold(t)
        while not thread.stands:
            wall.t += 1_000.0
            thread.resume()  # which lets the thread look at the clock again
            assert thread.settle()
            events.extend(thread.drain())
        assert thread.settle()
        events.extend(thread.drain())

    for cue in act.steps:
        come_to(cue.t)
        for command in commands(cue.step):
            thread.send(command)
            come_to(cue.t)
        come_to(cue.end)
    return events


@pytest.mark.parametrize("speed", [None, 1.0])
@pytest.mark.parametrize("slug", SLUGS)
def test_a_script_plays_the_same_live_to_the_byte(
    slug: str, speed: float | None, threads: list[LabThread]
) -> None:
    made = Script(
        format=1,
        title="x",
        scenario=slug,
        step=(
            Step(at=2.75, set={"maxsize": 1, "consumers": 1}),
            Step(inject=(Deed("stop"), Deed("burst", amount=3.0))),
            Step(after=1 / 3, question=asking(size(0), show=2.2), set={"maxsize": 0}),
            Step(after=4, inject=(Deed("cancel"),), set={"consumers": 3}),
            Step(after=5),
        ),
    )
    [played] = check(made).acts
    [act] = acts(made)
    assert encode(live(act, speed, threads)) == encode(played.events)


@pytest.mark.parametrize("name", lessons())
def test_what_ships_plays_the_same_live_to_the_byte(name: str, threads: list[LabThread]) -> None:
    for played in check(script(name, scenarios=ALL)).acts:
        assert encode(live(played.act, 1.0, threads)) == encode(played.events)
