"""Two labs by batches of their time: what is measured, and how sure a difference is."""

from __future__ import annotations

from typing import Any

import pytest

from qdash.events import Event
from qdash.experiment.batches import Gauge, Pair
from qdash.experiment.compared import COMPARED
from qdash.experiment.measures import MEASURES
from qdash.experiment.steady import FEWEST
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
    rows = {row.name: row.difference for row in found.rows}
    assert all(each is None or each.mean == 0.0 for each in rows.values())
    assert rows["throughput"] is not None
    assert rows["throughput"].half == 0.0


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
        assert len(gauge.batches) < 64
        assert {round(batch.seconds, 9) for batch in gauge.batches} <= {gauge.width}
        assert t - gauge.width <= len(gauge.batches) * gauge.width <= t


def test_the_first_quarter_is_left_out_and_few_batches_have_no_interval() -> None:
    found = pair_of(ran(6.2), ran(6.2, consumers=5)).compare()
    assert (found.since, found.width, found.batches) == (1.0, 0.5, 9)
    assert all(row.difference is None or row.difference.half is None for row in found.rows)
    assert found.more is not None
    assert found.more > 0
    assert pair_of(ran(0.7), ran(0.7)).compare().rows == ()


def test_there_are_intervals_after_about_as_long_as_is_said() -> None:
    halves = []
    early = pair_of(ran(40.0, consumers=2), ran(40.0)).compare()
    assert early.more is not None
    for until in (40.0, 40.0 + 1.5 * early.more):
        found = pair_of(ran(until, consumers=2), ran(until)).compare()
        rows = {row.name: row.difference for row in found.rows}
        assert rows["wait.mean"] is not None
        halves.append(rows["wait.mean"].half)
    assert found.more == 0
    assert halves[0] is None
    assert halves[1] is not None


def test_a_queue_that_grows_without_end_never_has_one() -> None:
    long = {"maxsize": 0, "produce_time": 0.5}
    found = pair_of(ran(900.0, **long), ran(900.0, **long, consumers=4)).compare()
    assert found.batches > 20
    assert found.more is None
    assert all(row.difference is None or row.difference.half is None for row in found.rows)


def test_busy_consumers_take_longer_to_be_sure_of() -> None:
    shape = {"maxsize": 0, "producers": 1, "consumers": 1, "jitter": "exponential"}
    more = []
    for load in (0.5, 0.9):
        history = ran(400.0, **shape, produce_time=1.0, consume_time=load)
        found = pair_of(history, history).compare()
        more.append(found.more)
    assert more[0] == 0
    assert more[1] is None or more[1] > 400


def test_what_was_never_seen_has_no_interval() -> None:
    rare = {"maxsize": 200, "consumers": 5}
    found = pair_of(ran(4_000.0, **rare), ran(4_000.0, **rare, producers=2)).compare()
    rows = {row.name: row.difference for row in found.rows}
    for name in ("full", "blocked_share"):
        assert rows[name] is not None
        assert (rows[name].mean, rows[name].half) == (0.0, None)
    assert rows["throughput"] is not None
    assert rows["throughput"].half is not None


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
    assert 20.0 <= pair.gauges[0].began <= 20.5 < found.since
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
