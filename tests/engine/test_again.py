"""Run again with the same seed and commands, a lab comes to the same place and goes on the same."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import hypothesis
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import DISTURBANCES, Inject, SetValue
from qdash.engine import Lab
from qdash.engine.again import Again, NotTheSame, run_again
from qdash.scenarios import SLUGS, scenario
from qdash.settings import complete
from tests.scenarios.watched import PLENTY, Watched

every = pytest.mark.parametrize("slug", SLUGS)
encode = msgspec.json.Encoder().encode

COMMANDS = st.one_of(
    st.builds(SetValue, st.just("maxsize"), st.integers(0, 8)),
    st.builds(SetValue, st.sampled_from(["producers", "consumers"]), st.integers(0, 5)),
    st.builds(SetValue, st.just("consume_time"), st.floats(0.1, 3.0)),
    st.builds(SetValue, st.just("discipline"), st.sampled_from(["fifo", "lifo", "priority"])),
    st.builds(Inject, st.sampled_from(sorted(DISTURBANCES))),
)
PART = st.floats(0.0, 1.0)
"""Where in a course a place is, as a part of its events."""


def ignore(event: ev.Event) -> None:
    """A sink for what is heard elsewhere."""


class Course:
    """One run that is moved by hand, with commands in it, and all that happens in it."""

    def __init__(self, lab: Lab, *, lines: bool = True) -> None:
        self.lab = lab
        self.events: list[ev.Event] = []
        lab.add_sink(self.events.append)
        if lines:
            lab.watch_lines()

    def begin(self) -> Course:
        self.lab.start()
        return self

    def to(self, t: float) -> Course:
        self.lab.advance(t, PLENTY)
        return self

    def place(self, n: int, position: float | None = None) -> Again:
        last = self.events[n - 1] if n else None
        t = last.t if last is not None else 0.0
        return Again(tuple(self.lab.given), n, last, t if position is None else position)


@pytest.fixture
def courses() -> Iterator[list[Course]]:
    made: list[Course] = []
    yield made
    for course in made:
        course.lab.close()


def again_from(first: Course, n: int, until: float) -> Course:
    """Bring a fresh lab to where the first was after ``n`` events, and run it on from there.

    It ends with the commands that the first was given later, each at its own place.
    """
    other = Course(first.lab.fresh())
    after: list[ev.Event] = []
    assert run_again(other.lab, first.place(n), after.append)
    told, repeated = len(other.events), len(other.lab.given)
    assert told >= n
    assert after == other.events[n:]
    if n:  # it went no further than to the end of what caused event n
        assert {event.t for event in after} <= {first.events[n - 1].t}
    for order in first.lab.given[repeated:]:
        if left := order.callbacks_run - other.lab.loop.callbacks_run:
            other.lab.advance(order.t, left)
        other.lab.command(order.command, order.t)
    other.to(until)
    assert after == other.events[n:]  # and the sink stays on
    return other


@every
def test_a_course_that_is_not_changed_is_the_same_to_the_byte(
    slug: str, courses: list[Course]
) -> None:
    first = Course(scenario(slug).lab()).begin().to(40.0)
    courses.append(first)
    draw = random.Random(slug)
    count = len(first.events)
    places = {0, 1, 2, count, *(draw.randrange(count) for _ in range(20))}
    for n in places:
        other = again_from(first, n, 40.0)
        courses.append(other)
        assert list(map(encode, other.events)) == list(map(encode, first.events))
        assert other.lab.loop.callbacks_run == first.lab.loop.callbacks_run
        assert other.lab.settings == first.lab.settings


@every
@given(
    st.integers(0, 3),
    st.lists(st.tuples(st.floats(0.0, 3.0), st.integers(0, 4), COMMANDS), max_size=12),
    PART,
)
@hypothesis.settings(max_examples=40)
def test_a_course_with_hands_in_it_is_the_same_from_any_place_on(
    slug: str,
    seed: int,
    plan: list[tuple[float, int, Any]],
    part: float,
) -> None:
    first = Course(scenario(slug).lab({}, seed)).begin()
    position = 0.0
    for wait, steps, command in plan:
        position += wait
        first.to(position)
        for _ in range(steps):  # a command may come in the middle of an instant
            first.lab.step()
        first.lab.command(command, position)
        position = max(position, first.lab.loop.time())
    until = position + 20.0
    first.to(until)
    other = again_from(first, round(part * len(first.events)), until)
    assert other.events == first.events
    assert other.lab.given == first.lab.given
    assert other.lab.loop.callbacks_run == first.lab.loop.callbacks_run
    first.lab.close()
    other.lab.close()


@given(PART, COMMANDS, PART)
@hypothesis.settings(max_examples=40)
def test_another_command_at_the_place_is_another_course_and_can_be_run_again_too(
    part: float, command: Any, part_of_other: float
) -> None:
    first = Course(scenario("producer-consumer").lab()).begin().to(15.0)
    first.lab.command(SetValue("consumers", 1), 15.0)
    first.to(30.0)
    n = max(1, round(part * len(first.events)))
    other = Course(first.lab.fresh())
    run_again(other.lab, first.place(n), ignore)
    before, place = len(other.events), first.events[n - 1].t
    other.lab.command(command, place)
    other.to(40.0)
    assert other.events[:before] == first.events[:before]
    assert min(event.t for event in other.events[before:]) >= place
    third = again_from(other, round(part_of_other * len(other.events)), 40.0)
    assert third.events == other.events
    for course in (first, other, third):
        course.lab.close()


def test_a_place_between_two_instants_is_reached_when_all_before_it_is_done(
    courses: list[Course],
) -> None:
    first = Course(scenario("producer-consumer").lab({"jitter": "constant"})).begin().to(5.0)
    n = len(first.events)
    between = (first.lab.loop.next_timer() or 0.0) - 0.01
    other = Course(first.lab.fresh())
    courses += [first, other]
    run_again(other.lab, first.place(n, between), ignore)
    assert other.events == first.events
    other.lab.command(Inject("burst"), between)
    assert other.events[-1].t == between


def test_the_way_there_is_told_and_can_be_broken_off(courses: list[Course]) -> None:
    first = Course(scenario("producer-consumer").lab()).begin().to(400.0)
    courses += [first, Course(first.lab.fresh()), Course(first.lab.fresh())]
    n = len(first.events)
    parts: list[float] = []
    heard: list[ev.Event] = []

    def going(part: float) -> bool:
        parts.append(part)
        return len(parts) < 4

    assert not run_again(courses[1].lab, first.place(n), heard.append, going)
    assert len(parts) == 4
    assert parts == sorted(parts)
    assert 0.0 < parts[-1] < 1.0
    assert not heard
    assert run_again(courses[2].lab, first.place(n), heard.append, lambda part: part <= 1.0)
    assert courses[2].events == first.events


def test_a_lab_that_is_stuck_is_so_again(courses: list[Course]) -> None:
    first = Course(scenario("producer-consumer").lab({"consumers": 0})).begin().to(100.0)
    courses.append(first)
    stuck = len(first.events)
    assert isinstance(first.events[-1], ev.Stuck)
    first.lab.command(SetValue("consumers", 2), 50.0)
    first.to(60.0)
    for n in (stuck - 1, stuck, stuck + 1):
        courses.append(again_from(first, n, 60.0))
        assert courses[-1].events == first.events
    other = Course(first.lab.fresh())
    courses.append(other)
    assert run_again(other.lab, first.place(stuck), ignore)
    assert other.events == first.events[:stuck]  # the command came later, and is left out
    assert not other.lab.given


@pytest.mark.parametrize("how", ["fewer", "others", "at another time"])
def test_a_scenario_that_does_not_follow_from_its_seed_is_told(
    how: str, courses: list[Course]
) -> None:
    runs = iter([0, 1])

    async def main(lab: Lab) -> None:
        run = next(runs)
        await lab.loop.sleep(1.0 + 0.5 * (how == "at another time") * run)
        for _ in range(5 - (how == "fewer") * run):
            lab.say(f"text {(how == 'others') * run}")
        await lab.loop.sleep(1.0)

    first = Course(Lab(main, complete({}, {}), seed=1), lines=False).begin()
    first.to(1.0)
    n = len(first.events)
    other = Course(first.lab.fresh(), lines=False)
    courses += [first, other]
    with pytest.raises(NotTheSame, match="took another course"):
        run_again(other.lab, first.place(n), ignore)


def test_a_fresh_lab_is_as_the_first_was_made() -> None:
    with Watched("timeouts", seed=5, maxsize=3) as it:
        it.to(3.0)
        it.set(maxsize=7)
        other = it.lab.fresh()
        assert other.header == it.lab.header
        assert other.settings["maxsize"] == 3
