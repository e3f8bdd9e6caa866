"""How times vary: each way keeps its mean, its shape is what is said, and draws belong to items."""

from __future__ import annotations

import math
import random
from statistics import fmean, pstdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import SetValue
from qdash.engine import Lab, WorkFailed
from qdash.engine.distributions import _CURVES, BURST, chance_of, spread_of, wait_of
from qdash.measured import measured
from qdash.scenarios import scenario
from qdash.settings import SETTINGS, SettingError

PLENTY = 1_000_000
STEADY = ("constant", "uniform", "exponential", "lognormal", "pareto")
CHANGING = ("bursty", "ramp", "day")
_draw = random.Random(7).random
DRAWS = [_draw() for _ in range(100_000)]
TIMES = {"arrivals": measured("gaps", (0.5, 2.0, 0.25)), "work": measured("work", (1.0, 3.0))}

times = st.floats(0.001, 3_600)
draws = st.floats(0, 1, exclude_max=True)


# --- distributions --------------------------------------------------------------------------------


@pytest.mark.parametrize("spread", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("shape", STEADY)
def test_the_mean_is_kept_and_the_spread_is_what_is_said(shape: str, spread: float) -> None:
    follows = spread_of(shape, 0.8, spread)
    values = [follows(draw) for draw in DRAWS]
    own = {"constant": 0.0, "uniform": 1 / math.sqrt(12), "exponential": 1.0}.get(shape, spread)
    assert fmean(values) == pytest.approx(0.8, abs=4 * own * 0.8 / math.sqrt(len(values)) + 1e-12)
    if own <= 1 and shape != "pareto":  # a heavy tail has no reliable deviation in any sample
        assert pstdev(values) / 0.8 == pytest.approx(own, rel=0.05, abs=1e-12)


@given(st.sampled_from(STEADY), times, st.floats(0.1, 10), draws)
def test_every_draw_gives_a_time(shape: str, mean: float, spread: float, draw: float) -> None:
    seconds = spread_of(shape, mean, spread)(draw)
    assert math.isfinite(seconds)
    assert seconds >= 0


@given(st.sampled_from(STEADY), times, st.floats(0.1, 10), draws, draws)
def test_a_larger_draw_is_a_longer_time(
    shape: str, mean: float, spread: float, one: float, other: float
) -> None:
    follows = spread_of(shape, mean, spread)
    low, high = sorted((one, other))
    assert follows(low) <= follows(high)


@given(st.sampled_from(CHANGING), times, st.floats(1, 86_400), st.floats(0, 1e6), draws)
def test_the_next_arrival_is_never_in_the_past(
    shape: str, mean: float, period: float, now: float, draw: float
) -> None:
    wait = wait_of(shape, mean, period)
    assert wait is not None
    seconds = wait(now, draw)
    assert math.isfinite(seconds)
    assert seconds >= 0


@given(st.sampled_from(CHANGING), st.floats(0, 1, exclude_max=True))
def test_the_way_into_even_time_leads_back(shape: str, part: float) -> None:
    come, gone = _CURVES[shape]
    assert come(gone(part)) == pytest.approx(part, abs=1e-12)
    assert 0 <= gone(part) <= 1


def arrivals(shape: str, mean: float, period: float, periods: int) -> list[float]:
    """Return when things arrive, as parts of a period from 0 to 1."""
    wait, draw, t, came = wait_of(shape, mean, period), random.Random(3).random, 0.0, []
    assert wait is not None
    while (t := t + wait(t, draw())) < period * periods:
        came.append(t / period % 1.0)
    return came


@pytest.mark.parametrize("shape", CHANGING)
def test_over_whole_periods_as_many_come_as_the_mean_says(shape: str) -> None:
    came = arrivals(shape, 0.1, 10.0, 100)
    assert len(came) == pytest.approx(10_000, abs=4 * math.sqrt(10_000))


@pytest.mark.parametrize(
    ("shape", "parts"),
    [
        ("bursty", [1 / (4 * BURST), 0, 0, 0]),
        ("ramp", [1 / 16, 3 / 16, 5 / 16, 7 / 16]),
        ("day", [1 / 4 - 1 / (2 * math.pi), 1 / 4 + 1 / (2 * math.pi)] * 2),
    ],
)
def test_they_come_when_it_is_said(shape: str, parts: list[float]) -> None:
    came = arrivals(shape, 0.1, 10.0, 100)
    if shape == "day":  # low, high, high, low
        parts = [parts[0], parts[1], parts[1], parts[0]]
    for quarter, part in enumerate(parts):
        inside = sum(int(each * 4) == quarter for each in came) / len(came)
        assert inside == pytest.approx(part, abs=0.02)


def test_chances_of_attempts_are_even_and_know_nothing_of_each_other() -> None:
    for attempt in (1, 2, 3):
        chances = [chance_of(draw, attempt) for draw in DRAWS[:20_000]]
        assert fmean(chances) == pytest.approx(0.5, abs=0.01)
        for others in (DRAWS, [chance_of(draw, attempt + 1) for draw in DRAWS[:20_000]]):
            together = fmean((a - 0.5) * (b - 0.5) for a, b in zip(chances, others, strict=False))
            assert abs(together) * 12 < 0.03


# --- in a lab -------------------------------------------------------------------------------------


def told(slug: str = "producer-consumer", until: float = 60.0, **settings: Any) -> list[ev.Event]:
    events: list[ev.Event] = []
    lab = scenario(slug).lab(settings, 7, TIMES)
    lab.add_sink(events.append)
    lab.start()
    lab.advance(until, PLENTY)
    lab.close()
    return events


def works(events: list[ev.Event]) -> dict[int | str, float]:
    return {event.item: event.seconds for event in events if isinstance(event, ev.Working)}


def test_by_default_both_follow_jitter() -> None:
    for jitter in ("constant", "uniform", "exponential"):
        own = told(arrivals=jitter, work=jitter, jitter="uniform")
        assert own == told(jitter=jitter)


@pytest.mark.parametrize("shape", [*STEADY, "file"])
def test_the_same_items_mean_the_same_work_however_many_workers_there_are(shape: str) -> None:
    few, many = works(told(work=shape)), works(told(work=shape, consumers=6, producers=5))
    assert len(few) > 20
    assert few.items() <= {**many, **few}.items()
    assert all(many[item] == seconds for item, seconds in few.items() if item in many)


@pytest.mark.parametrize("shape", SETTINGS["arrivals"].choices)
def test_a_run_with_any_arrivals_is_the_same_again(shape: str) -> None:
    assert told(arrivals=shape, work="lognormal") == told(arrivals=shape, work="lognormal")


def test_a_change_acts_at_the_next_item() -> None:
    events: list[ev.Event] = []
    lab = scenario("producer-consumer").lab({"producers": 1, "jitter": "constant"}, 7)
    lab.add_sink(events.append)
    lab.start()
    lab.advance(2.5, PLENTY)
    for name, value in (("arrivals", "ramp"), ("period", 9.0), ("work", "pareto"), ("spread", 0.5)):
        lab.command(SetValue(name, value), 2.5)
    lab.advance(30.0, PLENTY)
    lab.close()
    makes = [event.seconds for event in events if isinstance(event, ev.Making)]
    assert makes[:3] == [1.0, 1.0, 1.0]
    assert 1.0 not in makes[3:]
    assert list(works(events).values())[:2] == [1.0, 1.0]
    assert len(set(works(events).values())) > 5


def test_measured_times_come_in_their_order_and_then_again() -> None:
    events = told(producers=1, arrivals="file", work="file", maxsize=0)
    makes = [event.seconds for event in events if isinstance(event, ev.Making)]
    assert makes[:7] == [0.5, 2.0, 0.25, 0.5, 2.0, 0.25, 0.5]
    assert [works(events)[number] for number in (1, 2, 3, 4)] == [1.0, 3.0, 1.0, 3.0]


def test_a_lab_made_again_has_the_same_times_and_its_header_tells_which() -> None:
    lab = scenario("service").lab({"arrivals": "file"}, 7, TIMES)
    again = lab.fresh()
    assert again.times == TIMES
    assert again.header == lab.header
    assert lab.header.measured["arrivals"].startswith("gaps ×3 ")
    for each in (lab, again):
        each.close()


def test_file_is_refused_where_no_file_was_given() -> None:
    with pytest.raises(SettingError, match="--work-from FILE"):
        scenario("service").lab({"work": "file"})
    lab = scenario("service").lab()
    events: list[ev.Event] = []
    lab.add_sink(events.append)
    lab.start()
    lab.command(SetValue("arrivals", "file"), 0.0)
    assert lab.settings["arrivals"] == "as-jitter"
    [refused] = [event for event in events if isinstance(event, ev.Refused)]
    assert "--arrivals-from FILE" in refused.why
    lab.close()


# --- work that fails ------------------------------------------------------------------------------


async def tries(lab: Lab) -> None:
    """Work on each item until it is done, three times at most."""
    async for item in lab.items():
        for attempt in (1, 2, 3):
            try:
                await lab.work(item, attempt)
                break
            except WorkFailed as error:
                lab.say(str(error))


def attempts(**settings: Any) -> list[ev.Worked]:
    lab = Lab(tries, {"items": 2_000, "produce_time": 0.1, **settings}, seed=7)
    events: list[ev.Event] = []
    lab.add_sink(events.append)
    lab.start()
    lab.advance(1e6, PLENTY)
    lab.close()
    assert lab.ended is not None
    assert lab.ended.how == "finished"
    return [event for event in events if isinstance(event, ev.Worked)]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
def test_the_share_that_is_asked_for_fails(share: float) -> None:
    every = attempts(failing=share)
    failed = sum(event.failed for event in every) / len(every)
    assert failed == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / len(every)))


def test_whether_an_attempt_fails_is_the_items_own_luck() -> None:
    fewer, more = attempts(failing=0.2), attempts(failing=0.4, consume_time=3.0)
    failed = [{event.item for event in each if event.failed} for each in (fewer, more)]
    assert failed[0] < failed[1]


def test_work_that_fails_unheeded_ends_the_worker_with_a_sentence() -> None:
    ended = [each for each in told(failing=1.0, items=3) if isinstance(each, ev.WorkerEnded)]
    errors = {each.error for each in ended if each.how == "failed"}
    assert "WorkFailed: attempt 1 at #1 failed" in errors
