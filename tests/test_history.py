"""The history: any moment of it is what a fold from the beginning gives, however it was kept."""

from __future__ import annotations

import random
from array import array
from collections import deque
from dataclasses import is_dataclass
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.events import Event
from qdash.history import CHUNK, SPARE, History, Moment, Row
from qdash.state import State
from qdash.timeline import Timeline
from qdash.track import Track, _Level
from tests.scenarios.watched import Watched

DISTURBED = ("burst", "stall", "forget-done", "exception", "cancel", "extra-done", "shutdown")

HOW = frozenset(
    ("_codes", "_effects", "_memo", "_merged", "_room", "_sealed", "_shared", "_times")
)  # fmt: skip
"""The parts of a track that are not the past itself: how its codes read, and how it is kept."""


def plain(thing: Any) -> Any:
    """Return all that a thing is made of, such that equal means the same in every part."""
    if isinstance(thing, (msgspec.Struct, bytearray)) or thing is None:
        return thing
    if isinstance(thing, array):
        return thing.tobytes()
    if isinstance(thing, dict):
        return [(key, plain(value)) for key, value in thing.items()]
    if isinstance(thing, (list, tuple, deque)):
        return [plain(part) for part in thing]
    if isinstance(thing, Track):
        parts = [plain(getattr(thing, name)) for name in thing.__slots__ if name not in HOW]
        return [*parts, plain(thing._points())]
    if isinstance(thing, _Level):
        return [plain(getattr(thing, name)) for name in thing.__slots__ if name != "shared"]
    if hasattr(thing, "__slots__") or is_dataclass(thing):
        return [(name, plain(getattr(thing, name))) for name in thing.__slots__]
    if isinstance(thing, (State, Timeline)):
        return [(name, plain(part)) for name, part in vars(thing).items() if name != "header"]
    return thing


def fresh(history: History, events: list[Event]) -> Moment:
    moment = Moment(State(history.header), Timeline(history.header))
    for event in events:
        moment.apply(event)
    return moment


def assert_same(moment: Moment, other: Moment) -> None:
    assert moment.events == other.events
    assert plain(moment.state) == plain(other.state)
    assert plain(moment.timeline) == plain(other.timeline)


class Long:
    """A run of every scenario's making, disturbed, and its history."""

    def __init__(self, slug: str, count: int, limit: int | None = None, **values: Any) -> None:
        with Watched(slug, **values) as it:
            it.lab.watch_lines()
            dice, t = random.Random(5), 0.0
            while len(it.events) < count and it.lab.ended is None and t < 20_000:
                t += 40.0
                it.to(t)
                if values.get("supervise"):
                    workers = [worker.name for worker in it.state.live() if worker.name != "main"]
                    it.inject(dice.choice(DISTURBED[:-1]), dice.choice([*workers, "main"]))
            self.events = it.events[:count]
            self.history = History(it.lab.header, limit)
        at = 0
        while at < len(self.events):
            size = dice.randint(1, 700)
            self.history.fold(self.events[at : at + size])
            at += size

    def moment(self, n: int) -> Moment:
        return fresh(self.history, self.events[:n])


@pytest.fixture(scope="module")
def long() -> Long:
    return Long("producer-consumer", 30_500, supervise=True)


@pytest.fixture(scope="module")
def bounded() -> Long:
    return Long("dynamic-tasks", 50_500, limit=5_000)


def test_the_present_is_a_fold_of_all_events(long: Long) -> None:
    assert long.history.events == len(long.events) == 30_500
    assert_same(long.history.now, long.moment(30_500))


@settings(max_examples=25)
@given(st.data())
def test_any_moment_is_a_fold_of_its_events(long: Long, data: st.DataObject) -> None:
    edges = st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 8 * CHUNK, 30_000, 30_500])
    n = data.draw(st.integers(0, 30_500) | edges)
    assert_same(long.history.moment(n), long.moment(n))


@pytest.mark.parametrize("slug", ["concurrency-limit", "signals", "timeouts", "dynamic-tasks"])
def test_every_scenario_has_its_moments(slug: str) -> None:
    run = Long(slug, 9_500, supervise=slug != "signals")
    for n in (0, 400, len(run.events) // 2, len(run.events)):
        assert_same(run.history.moment(n), run.moment(n))


def test_a_moment_can_go_on_and_changes_nothing_else(long: Long) -> None:
    moment = long.history.moment(4_321)
    for event in long.events[4_321:9_000]:
        moment.apply(event)
    assert_same(moment, long.moment(9_000))
    assert_same(long.history.moment(4_321), long.moment(4_321))
    assert_same(long.history.now, long.moment(30_500))


def test_moments_of_a_crowd() -> None:
    run = Long("producer-consumer", 33_500, producers=200, consumers=200)
    for n in (399, 33_000):
        assert_same(run.history.moment(n), run.moment(n))


@settings(max_examples=25)
@given(st.integers(-5, 30_600), st.integers(0, 2_500))
def test_rows_are_the_events_with_what_was_true_then(long: Long, a: int, length: int) -> None:
    b = a + length
    rows = long.history.rows(a, b)
    a, b = max(0, a), min(b, 30_500)
    moment = long.moment(a)
    assert rows == [Row(n, long.events[n], moment.apply(long.events[n])) for n in range(a, b)]


@given(st.data())
def test_single_events(long: Long, data: st.DataObject) -> None:
    n = data.draw(st.integers(0, 30_499))
    assert long.history.event(n) == long.events[n]


@given(st.data())
def test_between_is_a_stretch_of_events(long: Long, data: st.DataObject) -> None:
    a = data.draw(st.integers(0, 30_500))
    b = data.draw(st.integers(a, min(30_500, a + 3_000)))
    assert list(long.history.between(a, b)) == long.events[a:b]


@given(st.data())
def test_at_counts_all_up_to_and_including_an_instant(long: Long, data: st.DataObject) -> None:
    times = [event.t for event in long.events]
    t = data.draw(st.floats(-1, times[-1] + 1) | st.sampled_from(times))
    assert long.history.at(t) == sum(one <= t for one in times)


# --- bounded ----------------------------------------------------------------------------------


def test_the_oldest_events_are_let_go(bounded: Long) -> None:
    history = bounded.history
    assert history.events == 50_500
    assert history.events - history.first >= 5_000
    assert 0 < history.first <= 50_500 - 5_000
    assert history.first % CHUNK == 0
    assert history.start == bounded.events[history.first - 1].t
    assert [row.number for row in history.rows(0, history.first + 3)] == [
        history.first, history.first + 1, history.first + 2,
    ]  # fmt: skip
    assert history.at(0.0) == history.first
    for n in (history.first, history.first + 1, 45_000, 50_500):
        assert_same(history.moment(n), bounded.moment(n))


def test_what_was_let_go_is_refused(bounded: Long) -> None:
    history = bounded.history
    for n in (-1, 0, history.first - 1, history.events + 1):
        with pytest.raises(IndexError, match=f"not {n}"):
            history.moment(n)
    for n in (-1, history.first - 1, history.events):
        with pytest.raises(IndexError, match=f"not {n}"):
            history.event(n)


def test_a_history_is_never_much_longer_than_its_limit() -> None:
    header = ev.Header("x", 1, "3.11", {})
    history = History(header, 5_000)
    for n in range(200):
        history.fold([ev.Noted(float(n), "", "said")] * 500)
        assert history.events - history.first <= 5_000 + SPARE * CHUNK
    assert history.events == 100_000


def test_an_empty_history_has_one_moment() -> None:
    history = History(ev.Header("x", 1, "3.11", {}))
    assert (history.events, history.first, history.start) == (0, 0, 0.0)
    assert history.moment(0).events == 0
    assert history.rows(0, 10) == []
    assert history.at(5.0) == 0


# --- forks ------------------------------------------------------------------------------------


@settings(max_examples=12)
@given(st.data())
def test_a_fork_has_the_same_past_and_a_future_of_its_own(long: Long, data: st.DataObject) -> None:
    edges = st.sampled_from([0, 1, CHUNK, 8 * CHUNK, 30_000, 30_500])
    n = data.draw(st.integers(0, 30_500) | edges)
    fork = long.history.fork(n)
    assert fork.events == n
    assert_same(fork.now, long.moment(n))
    others = [ev.Noted(fork.now.state.t, "", f"otherwise {i}") for i in range(2_500)]
    fork.fold(others)
    course = [*long.events[:n], *others]
    for m in {n // 2, n, n + 1_777}:
        assert_same(fork.moment(m), fresh(fork, course[:m]))
    rows = fork.rows(n - 5, n + 5)
    assert [row.event for row in rows] == course[max(0, n - 5) : n + 5]
    assert fork.at(fork.now.state.t) == n + 2_500
    assert_same(long.history.now, long.moment(30_500))
    assert long.history.events == 30_500


def test_what_a_history_tells_is_not_less_for_having_been_forked(long: Long) -> None:
    history = History(long.history.header)
    history.fold(long.events[:1_500])
    first = history.fork(1_300)
    history.fold(long.events[1_500:1_900])
    second = history.fork(1_800)
    for course in (history, first, second):
        course.fold(long.events[course.events : 5_000])
        assert course.rows(900, 2_100) == long.history.rows(900, 2_100)


def test_a_fork_of_a_bounded_history_keeps_its_bounds(bounded: Long) -> None:
    n = bounded.history.first + 4_321
    fork = bounded.history.fork(n)
    assert (fork.first, fork.start) == (bounded.history.first, bounded.history.start)
    fork.fold(bounded.events[n:])
    assert_same(fork.moment(fork.first), bounded.moment(fork.first))
    assert_same(fork.now, bounded.moment(50_500))
