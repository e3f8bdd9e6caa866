"""The player: any way to and fro ends at the moment that a fold from the beginning gives."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.events import AnyEvent, Stepped, WorkerEnded
from qdash.history import History
from qdash.player import Player
from qdash.scenarios import scenario
from qdash.state import State

NOW = 31.5


@cache
def events() -> list[AnyEvent]:
    lab = scenario("signals").lab({"items": 60}, 3)
    out: list[AnyEvent] = []
    lab.add_sink(out.append)  # type: ignore[arg-type]
    lab.watch_lines()
    lab.start()
    lab.advance(30.0, 10**6)
    lab.close()
    return out


@cache
def history() -> History:
    made = History(scenario("signals").lab({"items": 60}, 3).header)
    made.fold(events())
    return made


class Wall:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.t = 100.0

    def __call__(self) -> float:
        return self.t


def player(speed: float | None = 1.0) -> tuple[Player, Wall]:
    wall = Wall()
    return Player(history(), speed, wall, now=NOW), wall


def is_at(made: Player, n: int) -> None:
    assert made.moment.events == n
    known = State(history().header)
    known.apply_all(events()[:n])
    assert made.moment.state.queues == known.queues
    assert made.moment.state.workers == known.workers


MOVES = st.one_of(
    st.tuples(st.just("by_events"), st.integers(-400, 400)),
    st.tuples(st.just("by_steps"), st.integers(-9, 9)),
    st.tuples(st.just("by_seconds"), st.floats(-12, 12)),
    st.tuples(st.just("to"), st.integers(-5, 2_000)),
    st.tuples(st.just("to_time"), st.floats(-1, 40)),
)


@given(st.lists(MOVES, max_size=8))
@settings(max_examples=60, deadline=None)
def test_wherever_it_went_it_shows_what_was_so_there(moves: list[tuple[str, float]]) -> None:
    made, _ = player()
    for name, by in moves:
        getattr(made, name)(by)
        n = made.moment.events
        assert 0 <= n <= len(events())
        assert 0 <= made.position <= NOW
        # All that happened up to the position has happened, and nothing after it.
        if name in ("by_seconds", "to_time"):
            assert n == history().at(made.position)
        assert all(event.t <= made.position for event in events()[max(0, n - 1) : n])
        assert all(event.t >= made.position for event in events()[n : n + 1])
        assert made.at_end == (n == len(events()) and made.position == NOW)
    is_at(made, made.moment.events)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_steps_end_where_a_worker_has_run_and_awaits(count: int) -> None:
    ends = [n for n, e in enumerate(events(), 1) if isinstance(e, (Stepped, WorkerEnded))]
    made, _ = player()
    made.to(ends[-30])
    made.by_steps(-count)
    assert made.moment.events == ends[-30 - count]
    made.by_steps(count)
    assert made.moment.events == ends[-30]
    made.to(ends[-30] + 1)  # in the middle of a step
    made.by_steps(-1)
    assert made.moment.events == ends[-30]


def test_it_begins_at_the_end_and_paused() -> None:
    made, _ = player()
    assert made.at_end
    assert made.paused
    assert made.position == NOW
    assert not made.tick(1.0)


@given(st.floats(0.1, 1_000), st.lists(st.floats(0.001, 0.5), min_size=1, max_size=40))
@settings(max_examples=30, deadline=None)
def test_playing_follows_the_wall_at_its_speed(speed: float, frames: list[float]) -> None:
    made, wall = player(speed)
    made.to(0)
    made.play()
    passed = 0.0
    for seconds in frames:
        wall.t += seconds
        passed += seconds
        was_paused = made.paused
        made.tick(1.0)
        if not was_paused:
            assert made.position == pytest.approx(min(passed * speed, NOW), abs=1e-6)
            assert made.moment.events == history().at(made.position)
    assert made.paused == made.at_end


def test_at_the_end_of_the_events_it_plays_on_to_the_end_of_the_time() -> None:
    made, wall = player()
    made.to_time(30.5)
    assert made.moment.events == len(events())
    assert not made.at_end
    made.play()
    wall.t += 0.5
    assert made.tick(1.0)
    assert made.position == 31.0
    assert not made.paused
    wall.t += 5.0
    made.tick(1.0)
    assert made.position == NOW
    assert made.paused


def test_free_it_plays_as_fast_as_can_be_but_no_longer_than_it_may() -> None:
    made, wall = player(None)
    made.to(0)
    made.play()
    step = iter(range(10**6))
    made._clock = lambda: next(step) * 1.0  # each look at the clock takes a second
    assert made.tick(0.5)
    assert 0 < made.moment.events < len(events())
    is_at(made, made.moment.events)
    made._clock = wall
    made.tick(10.0)
    assert made.at_end


def test_what_was_let_go_is_not_gone_back_to() -> None:
    made = History(history().header, 2_000)
    batch = events()
    for n in range(0, len(batch), 100):
        made.fold(batch[n : n + 100])
    at = Player(made, 1.0, Wall())
    at.to(made.first)
    first = made.first
    while made.first == first:  # it goes on meanwhile, and what is shown is let go
        made.fold([batch[-1]] * 1_000)
    at.by_events(1)
    assert at.moment.events == made.first
    at.to(0)
    at.by_steps(-1)
    assert at.moment.events == made.first
    at.by_seconds(-10.0)
    assert at.position == made.start
