"""The figures against what a plain reading of the same events gives."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash import stats
from qdash.events import Event, Header
from qdash.scenarios import SLUGS
from qdash.state import State
from qdash.stats import Sample, Stats
from tests.scenarios.watched import Watched


def folded(*events: Event) -> Stats:
    figures = Stats()
    for event in events:
        figures.apply(event)
    return figures


def put(t: float, slot: int, worker: str = "P1") -> ev.Put:
    return ev.Put(t, worker, "q", slot, slot)


def got(t: float, slot: int, worker: str = "C1") -> ev.Got:
    return ev.Got(t, worker, "q", slot, slot)


# --- by hand ----------------------------------------------------------------------------------


def test_depth_is_an_average_over_time() -> None:
    events = (ev.QueueMade(0.0, "q", 2), put(1.0, 1), put(2.0, 2), got(4.0, 1), got(5.0, 2))
    queue = folded(*events).queues["q"]
    assert queue.depth_mean(5.0) == pytest.approx((1 + 2 * 2 + 1) / 5)
    assert queue.depth_mean(10.0) == pytest.approx(6 / 10)
    assert queue.depth_max == 2
    assert queue.full_fraction(10.0) == pytest.approx(2 / 10)


def test_full_is_judged_by_the_size_at_that_time() -> None:
    queue = folded(
        ev.QueueMade(0.0, "q", 2),
        put(0.0, 1),
        put(0.0, 2),
        ev.Resized(1.0, "q", 2, 4),
        ev.Resized(3.0, "q", 4, 1),
        ev.Resized(4.0, "q", 1, 0),
    ).queues["q"]
    assert queue.full_fraction(8.0) == pytest.approx((1 + 1) / 8)
    assert queue.depth_mean(8.0) == 2.0


def test_waits_are_taken_over_items_and_blocked_puts_over_puts() -> None:
    queue = folded(
        ev.QueueMade(0.0, "q", 1),
        put(0.0, 1),
        ev.PutWaiting(0.0, "P2", "q", 2),
        got(3.0, 1),
        put(3.0, 2, "P2"),
        got(4.0, 2),
        put(5.0, 3),
        got(5.0, 3),
    ).queues["q"]
    figures = queue.figures(5.0)
    assert figures["wait"] == pytest.approx(
        {"mean": 4 / 3, "p50": 1.0, "p95": 3.0, "p99": 3.0, "max": 3.0}
    )
    assert figures["put_blocked"] == pytest.approx(
        {"mean": 1.0, "p50": 0.0, "p95": 3.0, "p99": 3.0, "max": 3.0}
    )


def test_a_put_that_came_to_nothing_is_no_sample() -> None:
    queue = folded(
        ev.QueueMade(0.0, "q", 1),
        ev.PutWaiting(0.0, "P1", "q", 2),
        ev.PutRefused(2.0, "P1", "q", 2, "timeout"),
        put(3.0, 1),
    ).queues["q"]
    assert queue.put_blocked.spread(queue.put)["max"] == 0.0


def test_without_samples_there_are_no_figures() -> None:
    assert set(Sample().spread(0).values()) == {None}


def test_a_worker_is_busy_blocked_or_waiting() -> None:
    figures = folded(
        ev.QueueMade(0.0, "q", 1),
        ev.WorkerStarted(0.0, "W", "both"),
        ev.GetWaiting(0.0, "W", "q"),
        got(2.0, 1, "W"),
        ev.Working(2.0, "W", 1, 3.0),
        ev.Stalled(3.0, "W", 1.0),
        ev.Resumed(4.0, "W", 6.0),
        ev.Worked(6.0, "W", 1),
        ev.PutWaiting(6.0, "W", "q", 1),
        ev.PutRefused(7.0, "W", "q", 1, "timeout"),
        ev.WorkerEnded(8.0, "W", "failed", "ValueError: no", "…"),
    ).figures(20.0)
    assert figures["workers"]["W"] == {
        "role": "both",
        "state": "failed",
        "items": 1,
        "busy_fraction": pytest.approx(3 / 8),
        "blocked_fraction": pytest.approx(1 / 8),
        "waiting_fraction": pytest.approx(2 / 8),
        "timeouts": 1,
        "error": "ValueError: no",
    }


def test_what_shutdown_throws_away_is_taken_off() -> None:
    queue = folded(
        ev.QueueMade(0.0, "q", 0),
        put(0.0, 1),
        put(0.0, 2),
        ev.ShutDown(1.0, "q", True),
        ev.Dropped(1.0, "q", 1, 1),
        ev.Dropped(1.0, "q", 2, 2, counted=False),
    ).queues["q"]
    assert (queue.size, queue.unfinished, queue.dropped) == (0, 1, 2)
    assert queue.depth_mean(2.0) == 1.0


# --- many samples, many workers ---------------------------------------------------------------


def ranked(values: list[float], part: float) -> float:
    return sorted(values)[max(0, math.ceil(part * len(values)) - 1)]


@given(st.lists(st.floats(1e-9, 1e6), max_size=200), st.integers(0, 50))
def test_percentiles_are_exact_ranks(values: list[float], zeros: int) -> None:
    sample = Sample()
    sample.values.extend(values)
    every = values + [0.0] * zeros
    spread = sample.spread(len(every))
    if every:
        assert spread["mean"] == pytest.approx(sum(every) / len(every))
        assert spread["max"] == max(every)
        for name, part in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99)):
            assert spread[name] == ranked(every, part)


def test_past_the_limit_percentiles_are_near_and_the_rest_stays_exact(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stats, "EXACT_LIMIT", 100)
    draw = random.Random(1)
    values = [draw.expovariate(0.5) for _ in range(5_000)]
    sample = Sample()
    for at in range(0, len(values), 70):
        sample.values.extend(values[at : at + 70])
        sample.bound()
        assert len(sample.values) <= 100
    assert not sample.exact
    every = values + [0.0] * 1_000
    spread = sample.spread(len(every))
    assert spread["mean"] == pytest.approx(sum(every) / len(every))
    assert spread["max"] == max(every)
    for name, part in (("p50", 0.50), ("p95", 0.95), ("p99", 0.99)):
        assert spread[name] == pytest.approx(ranked(every, part), rel=0.005)


def test_samples_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "EXACT_LIMIT", 1_000)
    figures = folded(ev.QueueMade(0.0, "q", 0))
    for slot in range(1, 200_001):
        figures.apply(put(float(slot), slot))
        figures.apply(got(slot + 0.5, slot))
    queue = figures.queues["q"]
    assert len(queue.wait.values) <= 1_000 + 0xFFFF + 1
    assert queue.wait.spread(queue.got)["mean"] == pytest.approx(0.5)
    assert not queue.since


def test_workers_that_are_over_are_added_up_under_their_role(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stats, "ENDED_LIMIT", 5)
    with Watched("dynamic-tasks").to(30) as it:
        figures = folded(*it.events)
        workers = figures.figures(it.state.t)["workers"]
        (more,) = [name for name in workers if "more" in name]
        jobs = [worker for worker in workers.values() if worker["role"] == "job"]
        assert more.startswith("job (")
        assert workers[more]["state"] == "ended"
        assert sum(worker["items"] for worker in jobs) == len(it.all(ev.Put, queue="results"))
        assert len(workers) == 5 + 1 + len(it.lab.workers)


# --- against a plain reading of the events ----------------------------------------------------


def plainly(header: Header, events: list[Event], end: float) -> dict[str, Any]:
    """The same figures, the slow way: by looking at the whole state between any two events."""
    state = State(header)
    area: dict[str, float] = {}
    full: dict[str, float] = {}
    deepest: dict[str, int] = {}
    spent: dict[str, dict[str, float]] = {}
    filled: dict[tuple[str, int], float] = {}
    waits: dict[str, list[float]] = {}
    for at, event in enumerate(events):
        state.apply(event)
        if isinstance(event, ev.Put):
            filled[event.queue, event.slot] = event.t
        if isinstance(event, ev.Got):
            waits.setdefault(event.queue, []).append(event.t - filled[event.queue, event.slot])
        passed = (events[at + 1].t if at + 1 < len(events) else end) - event.t
        for name, queue in state.queues.items():
            area[name] = area.get(name, 0.0) + queue.size * passed
            full[name] = full.get(name, 0.0) + queue.full * passed
            deepest[name] = max(deepest.get(name, 0), queue.size)
        for worker in state.workers.values():
            phases = spent.setdefault(worker.name, {})
            if worker.alive:
                phases[worker.phase] = phases.get(worker.phase, 0.0) + passed
    return {
        "queues": {
            name: (
                area[name] / end,
                full[name] / end,
                deepest[name],
                (queue.size, queue.put, queue.got, queue.done, queue.unfinished),
                max(waits.get(name, [0.0])),
            )
            for name, queue in state.queues.items()
        },
        "spent": spent,
    }


@settings(max_examples=40)
@given(
    st.sampled_from([*SLUGS, "service"]),
    st.lists(
        st.tuples(
            st.floats(0.05, 3.0),
            st.one_of(
                st.tuples(st.just("maxsize"), st.integers(0, 6)),
                st.tuples(st.just("consumers"), st.integers(0, 5)),
                st.tuples(st.just("consume_time"), st.floats(0.1, 4.0)),
                st.tuples(st.just("put_policy"), st.sampled_from(("timeout", "drop-oldest"))),
                st.sampled_from(("stall", "cancel", "burst", "drain", "fail", "shutdown-now")),
            ),
        ),
        max_size=8,
    ),
)
def test_figures_agree_with_a_plain_reading(slug: str, actions: list[tuple[float, Any]]) -> None:
    with Watched(slug) as it:
        t = 0.0
        for pause, action in actions:
            t += pause
            it.to(t)
            if isinstance(action, tuple):
                it.set(**{action[0]: action[1]})
            else:
                it.inject(action)
        end = t + 5
        it.to(end)
        figures = folded(*it.events)
        plain = plainly(it.lab.header, it.events, end)
        for name, queue in figures.queues.items():
            area, full, deepest, counts, longest = plain["queues"][name]
            assert queue.depth_mean(end) == pytest.approx(area)
            assert queue.full_fraction(end) == pytest.approx(full)
            assert queue.depth_max == deepest
            assert (queue.size, queue.put, queue.got, queue.done, queue.unfinished) == counts
            if queue.got:
                assert queue.wait.spread(queue.got)["max"] == pytest.approx(longest)
        for name, worker in figures.workers.items():
            phases = plain["spent"][name]
            life = sum(phases.values())
            for phase in ("making", "working", "putting", "getting", "stalled"):
                expected = phases.get(phase, 0.0) / life if life else 0.0
                assert worker.fraction((phase,), end) == pytest.approx(expected, abs=1e-9)
