"""The acts of a script: which steps come on which Python, and when."""

from __future__ import annotations

import msgspec
import pytest

from qdash.commands import Inject, SetValue
from qdash.script.acts import acts, commands, faster, is_for
from qdash.script.model import Choice, Condition, Deed, Question, Script, Step

QUESTION = Question(
    ask="?",
    choices=(Choice("a", (Condition("run.clock", above=0),)),) * 2,
    show=4.0,
    because="!",
)


def a_script(*steps: Step) -> Script:
    return Script(format=1, title="x", scenario="signals", settings={"maxsize": 1}, step=steps)


def times(script: Script, python: tuple[int, int] | None = None) -> list[list[tuple[int, float]]]:
    return [[(cue.number, cue.t) for cue in act.steps] for act in acts(script, python)]


def test_a_step_comes_at_a_time_or_after_the_one_before_it_or_with_it() -> None:
    steps = (Step(), Step(after=0.1), Step(after=0.2), Step(), Step(at=5))
    assert times(a_script(*steps)) == [[(1, 0.0), (2, 0.1), (3, 0.3), (4, 0.3), (5, 5.0)]]


def test_a_step_after_a_question_comes_after_its_answer() -> None:
    script = a_script(Step(at=1, question=QUESTION), Step(), Step(after=2))
    assert times(script) == [[(1, 1.0), (2, 5.0), (3, 7.0)]]
    assert [cue.end for cue in acts(script)[0].steps] == [5.0, 5.0, 7.0]


def test_a_step_with_a_scenario_begins_another_lab_at_time_0() -> None:
    script = a_script(
        Step(at=9), Step(scenario="timeouts", settings={"items": 3}, seed=2), Step(after=1)
    )
    first, second = acts(script)
    assert (first.scenario, first.settings, first.seed) == ("signals", {"maxsize": 1}, None)
    assert (second.scenario, second.settings, second.seed) == ("timeouts", {"items": 3}, 2)
    assert (first.number, second.number) == (1, 2)
    assert times(script) == [[(1, 9.0)], [(2, 0.0), (3, 1.0)]]
    assert times(a_script(Step(scenario="timeouts"), Step(after=1))) == [[(1, 0.0), (2, 1.0)]]


def test_steps_that_are_not_for_a_python_are_not_there() -> None:
    script = a_script(
        Step(at=1),
        Step(after=5, python="3.11"),
        Step(after=1, python=">=3.12"),
        Step(scenario="timeouts", python=">=3.13"),
        Step(after=1),
        Step(scenario="signals"),
    )
    assert times(script, (3, 11)) == [[(1, 1.0), (2, 6.0)], [(6, 0.0)]]
    assert times(script, (3, 13)) == [[(1, 1.0), (3, 2.0)], [(4, 0.0), (5, 1.0)], [(6, 0.0)]]
    assert [act.number for act in acts(script, (3, 11))] == [1, 2]
    assert len(acts(script)) == 3


@pytest.mark.parametrize(
    ("clauses", "minors"),
    [
        ("", [11, 12, 13]),
        ("3.11", [11]),
        ("== 3.12", [12]),
        ("!=3.11", [12, 13]),
        ("<3.12", [11]),
        ("<=3.12", [11, 12]),
        (">3.12", [13]),
        (">=3.12", [12, 13]),
        (">=3.11, <3.13", [11, 12]),
    ],
)
def test_a_clause_names_pythons(clauses: str, minors: list[int]) -> None:
    assert [minor for minor in (11, 12, 13) if is_for(clauses, (3, minor))] == minors


def test_what_is_no_clause_is_refused() -> None:
    with pytest.raises(ValueError, match="'three' names no Python"):
        is_for("three", (3, 11))


def test_a_step_changes_settings_before_it_disturbs() -> None:
    step = Step(set={"maxsize": 2, "items": None}, inject=(Deed("stop"), Deed("burst", "jobs", 3)))
    assert commands(step) == (
        SetValue("maxsize", 2),
        SetValue("items", None),
        Inject("stop"),
        Inject("burst", "jobs", 3),
    )


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        (1.0, [2.0, None, 0.5, "free"]),
        (4.0, [8.0, None, 2.0, "free"]),
        (0.1, [0.2, None, 0.1, "free"]),
        (900.0, [1000.0, None, 450.0, "free"]),
        (None, ["free", None, "free", "free"]),
    ],
)
def test_a_script_is_played_faster_or_slower_within_the_range_of_speeds(
    times: float | None, expected: list[object]
) -> None:
    script = a_script(Step(), Step(speed=0.5), Step(speed="free"))
    script = faster(msgspec.structs.replace(script, speed=2.0), times)
    assert [script.speed, *(step.speed for step in script.step)] == expected
