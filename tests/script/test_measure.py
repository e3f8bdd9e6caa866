"""Measures: each is what the run shows, whatever of it there is."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from qdash import events as ev
from qdash.check import check
from qdash.script.conditions import holds, missed
from qdash.script.measure import EVENTS, MeasureError, Scene, measure, parse
from qdash.script.model import Choice, Condition, Number, Plain, Question, Script, Step
from qdash.script.verdict import is_right, look_up
from qdash.state import State


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Two producers before a full queue of two; their only consumer works on #1."""
    script = Script(
        format=1,
        title="x",
        scenario="producer-consumer",
        settings={
            "maxsize": 2, "producers": 3, "consumers": 1,
            "produce_time": 1.0, "consume_time": 30.0, "jitter": "constant",
        },
        step=(Step(at=5),),
    )  # fmt: skip
    played = check(script).acts[0]
    return Scene(played.state, 5.0, lambda: played.events)


MEASURED: list[tuple[str, Plain]] = [
    ("queue.jobs.size", 2),
    ("queue.jobs.maxsize", 2),
    ("queue.jobs.unfinished", 3),
    ("queue.jobs.put", 3),
    ("queue.jobs.got", 1),
    ("queue.jobs.done", 0),
    ("queue.jobs.peak", 2),
    ("queue.jobs.full", True),
    ("queue.jobs.blocked", 3),
    ("queue.jobs.waiting", 0),
    ("queue.jobs.joining", 0),
    ("queue.jobs.shutdown", False),
    ("queue.jobs.lost", 0),
    ("queue.jobs.over", False),
    ("queue.no.size", 0),
    ("queue.no.full", False),
    ("worker.P1.doing", "putting"),
    ("worker.C1.doing", "working"),
    ("worker.P9.doing", "unknown"),
    ("worker.P1.ended", ""),
    ("worker.P9.ended", ""),
    ("worker.P1.error", ""),
    ("worker.P1.made", 2),
    ("worker.P1.put", 1),
    ("worker.C1.got", 1),
    ("worker.C1.done", 0),
    ("worker.C1.timeouts", 0),
    ("worker.C1.hand", 1),
    ("worker.P1.place", 1),
    ("worker.P2.place", 2),
    ("worker.C1.place", 0),
    ("worker.P9.place", 0),
    ("role.producer.alive", 3),
    ("role.producer.blocked", 3),
    ("role.consumer.waiting", 0),
    ("role.consumer.busy", 1),
    ("role.consumer.ended", 0),
    ("role.consumer.failed", 0),
    ("role.nobody.alive", 0),
    ("run.ended", ""),
    ("run.stuck", False),
    ("run.clock", 5.0),
    ("run.error", ""),
    ("advice.circular-wait", False),
    ("event.put.count", 3),
    ("event.put.first", 1.0),
    ("event.put.last", 1.0),
    ("event.put.item", 1),
    ("event.put.worker", "P1"),
    ("event.put_waiting.t", 1.0),
    ("event.put_refused.count", 0),
    ("event.put_refused.worker", ""),
    ("event.put_refused.why", ""),
    ("event.put_refused.t", 0),
    ("event.worker_started.role", "main"),
    ("event.shut_down.immediate", False),
]


@pytest.mark.parametrize(("what", "value"), MEASURED)
def test_a_measure_is_what_the_run_shows(scene: Scene, what: str, value: Plain) -> None:
    found = measure(what, scene)
    assert found == value
    assert isinstance(found, bool) is isinstance(value, bool)
    assert holds(Condition(what, is_=value), scene)
    assert missed(Condition(what, is_=value), scene) == ""


def test_the_line_of_a_worker_is_where_it_stands(scene: Scene) -> None:
    line = measure("worker.P1.line", scene)
    assert isinstance(line, int)
    source = scene.state.header.source.splitlines()
    assert "await queue.put(item)" in source[line - 1]


def test_events_are_narrowed_to_a_worker_and_a_queue(scene: Scene) -> None:
    assert measure("event.put.count", scene, of="P2") == 1
    assert measure("event.put.item", scene, of="P2") == 2
    assert measure("event.put.count", scene, of="P9") == 0
    assert measure("event.put.count", scene, on="jobs") == 3
    assert measure("event.put.count", scene, on="no") == 0
    assert missed(Condition("event.put.count", of="P2", on="jobs", above=1), scene) == (
        "event.put.count of P2 on jobs is 1, and the script says above = 1"
    )


def test_every_kind_of_event_can_be_measured_in_every_field(scene: Scene) -> None:
    assert set(EVENTS.values()) == set(get_args(ev.AnyEvent))
    for kind, cls in EVENTS.items():
        for field in (*cls.__struct_fields__, "count", "first", "last"):
            assert isinstance(measure(f"event.{kind}.{field}", scene), (int, float, str))


@pytest.mark.parametrize(
    ("operator", "value", "holding"),
    [
        ("is_", 2, True),
        ("is_", 3, False),
        ("is_not", 3, True),
        ("is_not", 2, False),
        ("above", 1, True),
        ("above", 2, False),
        ("below", 3, True),
        ("below", 2, False),
        ("at_least", 2, True),
        ("at_least", 3, False),
        ("at_most", 2, True),
        ("at_most", 1, False),
    ],
)
def test_a_condition_compares(scene: Scene, operator: str, value: float, holding: bool) -> None:
    given: Any = {operator: value}
    condition = Condition("queue.jobs.size", **given)
    assert holds(condition, scene) is holding
    assert (missed(condition, scene) == "") is holding


def test_a_flag_is_no_number_and_a_text_is_not_ordered(scene: Scene) -> None:
    assert not holds(Condition("queue.jobs.full", is_=1), scene)
    assert not holds(Condition("event.put.worker", above=0), scene)
    assert not holds(Condition("event.put.worker", below=0), scene)


def test_a_run_that_has_ended_has_a_clock_that_stands() -> None:
    state = State(ev.Header(scenario="x", seed=1, python="3", settings={}))
    state.apply(ev.Ended(3.5, "failed", "ValueError: no"))
    scene = Scene(state, 9.0, tuple)
    assert measure("run.clock", scene) == 3.5
    assert measure("run.ended", scene) == "failed"
    assert measure("run.error", scene) == "ValueError: no"


@pytest.mark.parametrize(
    ("what", "says"),
    [
        ("", "there is no measure ; there are queue, worker, role, run, advice, event"),
        ("queue", "there is no measure queue.NAME.; there are size"),
        ("queue.size", "there is no measure queue.NAME.size; did you mean size? There are size"),
        ("run.ende", "there is no measure run.ende; did you mean ended? There are ended"),
        ("advice.", "there is no rule ''; there are"),
        ("event.put", "there is no kind of event put; did you mean put? There are"),
        ("event.putt.count", "there is no kind of event putt; did you mean put? There are"),
        ("event.put.coun", "there is no measure event.put.coun; did you mean count? There are"),
        ("x" * 200, f"there is no measure {'x' * 59}…; there are queue"),
    ],
)
def test_there_is_no_other_measure(what: str, says: str) -> None:
    with pytest.raises(MeasureError) as caught:
        parse(what)
    assert str(caught.value).startswith(says)


# --- verdicts -------------------------------------------------------------------------------------


def asking(*conditions: Condition) -> Question:
    choices = tuple(Choice(str(n), (condition,)) for n, condition in enumerate(conditions))
    return Question(ask="?", choices=choices, show=1.0, because="!")


FULL = Condition("queue.jobs.full", is_=True)
EMPTY = Condition("queue.jobs.size", is_=0)


def test_the_right_choice_is_the_one_that_the_run_shows(scene: Scene) -> None:
    question = asking(EMPTY, FULL)
    found = look_up(question, scene)
    assert (found.right, found.problem) == (1, "")
    assert is_right(question, found, 1)
    assert not is_right(question, found, 0)


def test_exactly_one_choice_must_be_right(scene: Scene) -> None:
    question = asking(EMPTY, EMPTY)
    none = look_up(question, scene)
    assert (none.right, none.problem) == (None, "none of the choices is what the run shows")
    assert not is_right(question, none, 0)
    both = look_up(asking(FULL, EMPTY, FULL), scene)
    assert (both.right, both.holding) == (None, (0, 2))
    assert both.problem == "more than one of the choices is what the run shows: 1, 3"


def test_a_number_is_right_within_its_tolerance(scene: Scene) -> None:
    number = Number("queue.jobs.size", tolerance=0.5)
    question = Question(ask="?", number=number, show=1.0, because="!")
    found = look_up(question, scene)
    assert found.number == 2
    assert [is_right(question, found, n) for n in (1.4, 1.5, 2, 2.5, 2.6)] == [
        False, True, True, True, False,
    ]  # fmt: skip
    exact = Question(ask="?", number=Number("event.put.first"), show=1.0, because="!")
    assert is_right(exact, look_up(exact, scene), 0.1 + 0.9)


def test_what_is_no_number_cannot_be_guessed_as_one(scene: Scene) -> None:
    question = Question(ask="?", number=Number("event.made.item", of="P9"), show=1.0, because="!")
    found = look_up(question, scene)
    assert found.problem == "event.made.item of P9 is '', which is no number"
    assert not is_right(question, found, 0)
