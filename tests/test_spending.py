"""How time was spent, as the state adds it up, against the figures that Stats takes by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import Command, Inject, SetValue
from qdash.events import Event
from qdash.scenarios import SLUGS, scenario
from qdash.state import State
from qdash.state.spending import EVERY, STRETCH, missing_notes
from qdash.stats import Stats

COMMANDS: list[Command] = [
    SetValue("maxsize", 1), SetValue("maxsize", 8), SetValue("maxsize", 0),
    SetValue("consumers", 0), SetValue("consumers", 5), SetValue("discipline", "lifo"),
    SetValue("discipline", "priority"), SetValue("supervise", True), Inject("stall"),
    Inject("fail"), Inject("cancel"), Inject("burst"), Inject("drain"), Inject("exception"),
    Inject("shutdown-now"), Inject("forget"), Inject("join"),
]  # fmt: skip
PLANS = st.lists(
    st.tuples(st.sampled_from([0.0, 0.3, 2.0, 9.0]), st.sampled_from(COMMANDS)), max_size=10
)


def play(slug: str, plan: list[tuple[float, Command]], rest: float) -> tuple[Any, list[Event]]:
    lab = scenario(slug).lab()
    told: list[Event] = []
    lab.add_sink(told.append)
    lab.start()
    t = 0.0
    for pause, command in plan:
        t += pause
        lab.advance(t, 1_000_000)
        lab.command(command, t)
    lab.advance(t + rest, 1_000_000)
    lab.close()
    return lab.header, told


@given(
    slug=st.sampled_from([*SLUGS, "service"]),
    plan=PLANS,
    rest=st.sampled_from([1.0, 7.0, 40.0]),
)
@settings(max_examples=40, deadline=None)
def test_it_adds_up_to_the_figures(
    slug: str, plan: list[tuple[float, Command]], rest: float
) -> None:
    header, told = play(slug, plan, rest)
    state, stats = State(header), Stats()
    state.apply_all(told)
    stats.apply_all(told)
    now = state._spent(state.t)
    for name, queue in stats.queues.items():
        flow = now.queues[name]
        lasted = state.t - queue.began
        assert (flow.put, flow.got) == (queue.put, queue.got)
        assert flow.waits == pytest.approx(queue.wait.total)
        if lasted > 0:
            assert flow.area == pytest.approx(queue.depth_mean(state.t) * lasted)
            assert flow.full == pytest.approx(queue.full_fraction(state.t) * lasted)
    lives: dict[str, float] = {}
    began: dict[str, tuple[str, float]] = {}
    for event in told:
        if isinstance(event, ev.WorkerStarted):
            began[event.worker] = event.role, event.t
        elif isinstance(event, ev.WorkerEnded) and event.worker in began:
            role, t = began.pop(event.worker)
            lives[role] = lives.get(role, 0.0) + event.t - t
    for role, t in began.values():
        lives[role] = lives.get(role, 0.0) + state.t - t
    assert {role: sum(phases.values()) for role, phases in now.roles.items()} == pytest.approx(
        lives
    )


@given(
    due=st.integers(0, 40).map(lambda n: n * EVERY), later=st.floats(0.0, 500.0, allow_nan=False)
)
def test_notes_are_taken_at_the_same_instants_however_time_passes(due: float, later: float) -> None:
    notes = missing_notes(due, due + later)
    assert notes
    assert all(note % EVERY == 0 for note in notes)
    assert notes == sorted(set(notes))
    assert notes[0] >= due
    assert due + later - EVERY < notes[-1] <= due + later
    assert notes[0] == due or notes[0] <= due + later - STRETCH


def test_a_stretch_is_bounded_whatever_the_pace() -> None:
    header, told = play("producer-consumer", [], 300.0)
    state = State(header)
    for event in told:
        state.apply(event)
        lately = state.lately()
        assert lately.seconds <= STRETCH + EVERY
        assert lately.whole or lately.seconds >= STRETCH
        assert len(state._notes) <= STRETCH / EVERY + 1
