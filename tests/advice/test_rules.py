"""The rules as a whole: what they bear, what they cost, and how they are told."""

from __future__ import annotations

import ast
import pickle
import sys
from collections.abc import Sequence
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.advice import RULES, Advice, UnknownRule, check, rule
from qdash.commands import DISTURBANCES, Command, Inject, SetValue
from qdash.events import Event, Header
from qdash.headless import run
from qdash.scenarios import SLUGS, scenario
from qdash.state import State
from tests.advice.watched import HEADER, OPEN, Watched

SHOWN = {"signals": {"workers-dead"}}
"""What a scenario is there to show."""


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("seed", [7, 11])
def test_a_scenario_as_it_comes_breaks_no_rule_but_what_it_is_there_to_show(
    slug: str, seed: int
) -> None:
    lab = Watched(slug, seed=seed)
    for _ in range(600):
        lab.run(1.0)
        assert set(lab.says()) <= SHOWN.get(slug, set()), f"at {lab.t} s: {lab.says()}"
    assert lab.t == 600


PLANS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 3.0, 30.0]),
        st.sampled_from([Inject(name) for name in DISTURBANCES])
        | st.sampled_from(
            [
                SetValue("maxsize", 0),
                SetValue("maxsize", 1),
                SetValue("consumers", 0),
                SetValue("consumers", 4),
                SetValue("producers", 0),
                SetValue("items", 10),
                SetValue("discipline", "priority"),
                SetValue("consume_time", 5.0),
            ]
        ),
    ),
    max_size=12,
)


def play(slug: str, plan: Sequence[tuple[float, Command]]) -> tuple[Header, list[Event]]:
    """What happens in a scenario by such a plan."""
    lab = Watched(slug, lines=True)
    told: list[Event] = []
    lab.lab.add_sink(told.append)
    for pause, command in plan:
        lab.run(pause)
        lab.give(command)
    OPEN.pop().close()
    return lab.lab.header, told


@given(slug=st.sampled_from([*SLUGS, "service"]), plan=PLANS)
@settings(max_examples=40, deadline=None)
def test_rules_bear_whatever_happens(slug: str, plan: list[tuple[float, Command]]) -> None:
    lab = Watched(slug)
    for pause, command in plan:
        lab.run(pause)
        lab.give(command)
        found = check(lab.state)
        for advice in found:
            assert advice == Advice(advice.rule, advice.evidence, RULES[advice.rule].remedy)
            assert advice.evidence.isprintable()
            assert advice.evidence.isascii()
        sums_differ = any(
            q.put != q.got + q.size or q.unfinished != q.put - q.done
            for q in lab.state.queues.values()
        )
        assert any(a.rule == "counts-do-not-add-up" for a in found) == sums_differ
    OPEN.pop().close()


@given(slug=st.sampled_from([*SLUGS, "service"]), plan=PLANS, data=st.data())
@settings(max_examples=40, deadline=None)
def test_rules_bear_a_stream_with_gaps(
    slug: str, plan: list[tuple[float, Command]], data: st.DataObject
) -> None:
    header, told = play(slug, [(0.5, SetValue("consumers", 3)), *plan])
    lost = data.draw(st.sets(st.integers(0, max(0, len(told) - 1)), max_size=40))
    state = State(header)
    for number, event in enumerate(told):
        if number in lost:
            continue
        try:
            state.apply(event)
        except KeyError:  # of a queue whose making was lost: whoever folds leaves it out
            continue
    check(state)


@given(slug=st.sampled_from([*SLUGS, "service"]), plan=PLANS)
@settings(max_examples=15, deadline=None)
def test_what_rules_say_is_the_same_of_a_state_that_was_put_away(
    slug: str, plan: list[tuple[float, Command]]
) -> None:
    header, told = play(slug, [*plan, (25.0, SetValue("consumers", 2))])
    whole, halves = State(header), State(header)
    whole.apply_all(told)
    halves.apply_all(told[: len(told) // 2])
    halves = pickle.loads(pickle.dumps(halves))
    halves.apply_all(told[len(told) // 2 :])
    assert check(whole) == check(halves)


@given(slug=st.sampled_from([*SLUGS, "service"]), plan=PLANS)
@settings(max_examples=20, deadline=None)
def test_without_a_screen_the_rules_say_the_same(
    slug: str, plan: list[tuple[float, Command]]
) -> None:
    said = []
    for lines in (True, False):
        lab = Watched(slug, lines=lines)
        for pause, command in [*plan, (0.5, Inject("join"))]:
            lab.run(pause)
            lab.give(command)
        if not lines:
            lab.state.place(lab.lab.lines())
        said.append(check(lab.state))
        OPEN.pop().close()
    assert said[0] == said[1]


def test_how_time_was_spent_does_not_depend_on_steps_being_told() -> None:
    header, told = play("timeouts", [(7.0, SetValue("consumers", 3)), (37.3, Inject("join"))])
    watched, unwatched = State(header), State(header)
    watched.apply_all(told)
    unwatched.apply_all(event for event in told if type(event) is not ev.Stepped)
    assert watched.steps
    a, b = watched.lately(), unwatched.lately()
    for role in ("producer", "consumer"):
        for phase in ("making", "working", "putting", "getting", "running"):
            assert a.part(role, phase) == pytest.approx(b.part(role, phase))
    for ask in ("full", "depth", "rate", "wait", "puts", "gave_up"):
        assert getattr(a, ask)("jobs") == pytest.approx(getattr(b, ask)("jobs"))
    assert a.seconds == b.seconds


def test_how_time_was_spent_of_late() -> None:
    lab = Watched(jitter="constant", producers=1, consumers=1, consume_time=0.5, produce_time=1.0)
    lab.run(60.0)
    lately = lab.state.lately()
    assert 20.0 <= lately.seconds < 25.0
    assert lately.part("consumer", "working") == pytest.approx(0.5, abs=0.05)
    assert lately.part("producer", "making") == pytest.approx(1.0)
    assert lately.full("jobs") == 0.0
    assert lately.rate("jobs") == pytest.approx(1.0, abs=0.06)


def test_little_s_law_holds_as_it_is_measured() -> None:
    lab = Watched(jitter="exponential", producers=4, consumers=4, consume_time=0.9)
    lab.run(15.0)
    lately = lab.state.lately()
    assert lately.whole
    area = lately.depth("jobs") * lately.seconds
    inside = sum(lab.state.t - slot.since for slot in lab.state.queues["jobs"].slots.values())
    served = lately.rate("jobs") * lately.wait("jobs") * lately.seconds
    assert area == pytest.approx(served + inside)


def test_the_cost_of_asking_grows_as_the_workers_do() -> None:
    """Counted in calls: what grows as a square would show at once."""
    few = calls(Watched(producers=50, consumers=50, consume_time=3.0).run(30.0).state)
    lab = Watched(producers=500, consumers=500, consume_time=3.0).run(30.0)
    assert len(lab.state.live()) > 1000
    assert calls(lab.state) < 15 * few
    idle = Watched(producers=0, consumers=1000).run(1.0)
    assert len(idle.state.queues["jobs"].getters) == 1000
    assert calls(idle.state) < 15 * few


def calls(state: State) -> int:
    """How many functions are called to ask all rules."""
    count = 0

    def called(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(called)
    try:
        check(state)
    finally:
        sys.setprofile(None)
    return count


# --- by name ----------------------------------------------------------------------------------


def test_a_rule_that_is_switched_off_says_nothing() -> None:
    lab = Watched(consumers=0).run(9.0)
    assert "workers-dead" in lab.says()
    assert not [a for a in check(lab.state, {"workers-dead"}) if a.rule == "workers-dead"]


def test_json_has_the_same_advice_as_the_state_with_the_lines_asked_at_the_end() -> None:
    told = run("producer-consumer", until=9.5, consumers=0)["advice"]
    assert [list(each) for each in told] == [["rule", "evidence", "remedy"]] * len(told)
    assert {each["rule"] for each in told} == {"stuck", "workers-dead"}
    told = run("producer-consumer", until=9.5, consumers=0, without={"stuck"})["advice"]
    assert {each["rule"] for each in told} == {"workers-dead"}
    source = scenario("producer-consumer").source.splitlines()
    stuck = run("producer-consumer", until=90.0, consumers=0, producers=1, items=2)["advice"][0]
    line = int(stuck["evidence"].partition("(line ")[2].partition(")")[0])
    assert "join()" in source[line - 1]


def test_an_unknown_rule_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownRule, match="did you mean bottleneck"):
        rule("botleneck")
    with pytest.raises(UnknownRule, match="there are circular-wait, not-thread-safe, "):
        run("signals", without=["zzzz"])


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_a_whole_page(name: str) -> None:
    found = RULES[name]
    assert found.name == name
    for text in (found.when, found.follows, found.see):
        assert text.endswith(".")
        assert text.isascii()
    assert found.remedy[0].islower()
    assert bool(found.broken) == bool(found.fixed)
    for code in (found.broken, found.fixed):
        assert code.isascii()
        ast.parse(f"async def page():\n    while True:\n{_indented(code)}" if code else "")


def _indented(code: str) -> str:
    return "".join(f"        {line}\n" for line in dedent(code).splitlines())


def test_no_queue_no_worker_no_advice() -> None:
    assert check(State(HEADER)) == []
