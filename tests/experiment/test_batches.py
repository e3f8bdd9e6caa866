"""Two labs by batches of their time: what is measured, and how sure a difference is."""

from __future__ import annotations

from typing import Any

import pytest

from qdash.events import Event
from qdash.experiment.batches import FEWEST, Gauge, Pair
from qdash.experiment.compared import COMPARED
from qdash.experiment.measures import MEASURES
from qdash.history import History
from qdash.scenarios import scenario
from qdash.sweeps.replicate import Job, replicate

SLUG = "producer-consumer"


def ran(until: float, *, seed: int = 7, limit: int | None = None, **settings: Any) -> History:
    """The history of a run."""
    lab = scenario(SLUG).lab(settings, seed)
    history = History(lab.header, limit)
    events: list[Event] = []
    lab.add_sink(events.append)
    lab.start()
    lab.advance(until, 10_000_000)
    lab.close()
    history.fold([event for event in events if event.t <= until])
    return history


def pair_of(first: History, second: History, since: float = 0.0) -> Pair:
    pair = Pair(first.header.layout, since)
    for _ in range(3):  # a change of a setting begins anew, once
        pair.fold(first, second, 60.0)
    return pair


def test_every_compared_measure_is_one() -> None:
    assert set(COMPARED) <= MEASURES.keys()


def test_the_figures_are_those_of_a_replication_over_the_same_time() -> None:
    settings = {"consumers": 2, "put_timeout": 0.7, "jitter": "exponential"}
    pair = pair_of(ran(70.0, **settings), ran(70.0, **settings))
    found = pair.compare()
    whole = scenario(SLUG).settings(settings)
    figures = replicate(Job(SLUG, whole, 7, found.until, found.since))
    assert found.until - found.since >= 40
    for row in found.rows:
        name = row.name if row.name in figures else f"{found.queue}:{row.name}"
        wanted = figures[name]
        assert row.first == row.second
        # A percentile comes from classes 0.5 % wide.
        assert row.first == pytest.approx(wanted, rel=0.005 if row.name == "wait.p95" else 1e-9)


def test_two_that_are_alike_do_not_differ() -> None:
    found = pair_of(ran(60.0), ran(60.0)).compare()
    assert found.batches >= FEWEST
    for row in found.rows:
        assert row.difference is None or (row.difference.mean, row.difference.half) == (0.0, 0.0)


def test_two_that_differ_are_told_apart() -> None:
    found = pair_of(ran(120.0, consumers=1), ran(120.0, consumers=4)).compare()
    rows = {row.name: row for row in found.rows}
    more = rows["throughput"].difference
    assert more is not None
    assert more.half is not None
    assert more.low is not None
    assert more.low > 0
    assert more.mean == pytest.approx(rows["throughput"].second - rows["throughput"].first)  # type: ignore[operator]
    less = rows["blocked_share"].difference
    assert less is not None
    assert less.high is not None
    assert less.high < 0


def test_batches_double_as_time_goes_on_and_cover_it_all() -> None:
    gauge = Gauge((("producer", "@jobs", "consumer"),))
    for t in range(0, 2_000, 3):
        gauge.advance(float(t))
        assert len(gauge.batches) < 12
        assert {round(batch.seconds, 9) for batch in gauge.batches} <= {gauge.width}
        assert t - gauge.width <= len(gauge.batches) * gauge.width <= t


def test_the_first_batch_is_left_out_and_few_have_no_interval() -> None:
    found = pair_of(ran(2.7), ran(2.7, consumers=5)).compare()
    assert (found.since, found.width) == (0.5, 0.5)
    assert 1 <= found.batches < FEWEST
    assert all(row.difference is None or row.difference.half is None for row in found.rows)
    assert pair_of(ran(0.7), ran(0.7)).compare().rows == ()


def test_a_change_of_a_setting_begins_anew_for_both() -> None:
    histories = []
    for value in (None, 4):
        lab = scenario(SLUG).lab({}, 7)
        history = History(lab.header)
        events: list[Event] = []
        lab.add_sink(events.append)
        lab.start()
        lab.advance(20.0, 1_000_000)
        if value is not None:
            from qdash.commands import SetValue

            lab.command(SetValue("consumers", value), 20.0)
        lab.advance(20.0, 1_000_000)
        history.fold(events)
        pair = None
        lab.advance(60.0, 1_000_000)
        lab.close()
        histories.append((history, events))
    pair = Pair(histories[0][0].header.layout)
    pair.fold(histories[0][0], histories[1][0], 60.0)
    for history, events in histories:
        history.fold(events[history.events :])
    pair.fold(histories[0][0], histories[1][0], 60.0)
    found = pair.compare()
    assert 20.0 <= found.since - found.width <= 20.5
    assert found.rows


def test_what_was_let_go_is_made_up_for_by_what_is_known() -> None:
    short, full = ran(2_000.0, limit=1_000), ran(2_000.0)
    assert short.first > 0
    since = short.moment(short.first).state.t
    gauges = []
    for history in (short, full):
        gauge = Gauge(history.header.layout)
        gauge.begin(since + 1.0)
        gauge.fold(history, 60.0)
        gauges.append(gauge)
    assert gauges[0].changed == since
    assert [b.figures() for b in gauges[0].batches] == [
        pytest.approx(b.figures()) for b in gauges[1].batches
    ]


def test_a_lab_that_stands_still_is_measured_on() -> None:
    stuck = ran(60.0, items=3, consumers=0)
    pair = pair_of(stuck, ran(60.0))
    assert pair.compare().rows == ()
    pair.stand_still(0, 60.0)
    rows = {row.name: row for row in pair.compare().rows}
    assert rows["throughput"].first == 0.0
    assert rows["wait.mean"].first is None
    assert rows["wait.mean"].difference is None
