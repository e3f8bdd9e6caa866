"""Advice: the cheapest point that was shown to meet every target, or that none was."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from qdash.experiment.cost import STANDARD, CostError, parse_cost
from qdash.experiment.grid import Vary
from qdash.experiment.measures import UnknownMeasure
from qdash.experiment.results import Row
from qdash.experiment.target import TargetError, parse_target
from qdash.settings import SettingError
from qdash.sweeps.advise import Search, advise, rounds, search
from tests.sweep.test_sweep_command import refused, typed
from tests.test_bad_input import anything

Figure = Callable[[Mapping[str, Any], int], float | None]

VARY = [Vary("maxsize", (1, 5, 0)), Vary("consumers", (1, 2, 3))]


def begun(*targets: str, cost: str = "", vary: Any = VARY, **how: Any) -> Search:
    wanted = [parse_target(text) for text in targets]
    chosen = parse_cost(cost) if cost else STANDARD
    return search("producer-consumer", vary, wanted, cost=chosen, **how)


def filled(it: Search, figure: Figure) -> Search:
    """Add what is missing: ``wait.mean`` is made up from the point and the replication."""
    for row in list(it.missing()):
        figures = {"jobs:wait.mean": figure(row.point, row.replication), "offered": 3.0}
        it.add(Row(row.point, row.replication, row.seed, figures))
    return it


def carried_out(it: Search, figure: Figure) -> list[int]:
    """Go through all rounds, and return how many runs each had."""
    counts = []
    for each in rounds(it):
        counts.append(len(list(each.missing())))
        filled(each, figure)
    return counts


def wobbling(mean: float, by: float, replication: int) -> float:
    return mean + (by if replication % 2 else -by)


# --- which is chosen ------------------------------------------------------------------------------


def test_the_fewest_consumers_and_then_the_least_room_are_the_cheapest() -> None:
    it = begun("wait.mean<1")
    carried_out(it, lambda point, r: wobbling(0.5 if point["consumers"] > 1 else 2.0, 0.1, r))
    advice = it.judge()
    assert advice.chosen is not None
    assert advice.chosen.point == {"maxsize": 1, "consumers": 2}
    assert [each.point["maxsize"] for each in advice.judged[:3]] == [1, 5, 0]  # 0 has no limit
    assert [each.verdict for each in advice.judged[:4]] == ["missed"] * 3 + ["met"]
    assert not advice.open


@pytest.mark.parametrize(
    ("cost", "chosen"),
    [
        ("consumers", {"maxsize": 5, "consumers": 2}),  # as the scenario has it
        ("maxsize", {"maxsize": 1, "consumers": 3}),
        ("consumers+maxsize", {"maxsize": 1, "consumers": 2}),
        ("-consumers, maxsize", {"maxsize": 1, "consumers": 3}),
    ],
)
def test_what_is_cheap_can_be_said(cost: str, chosen: dict[str, Any]) -> None:
    it = begun("wait.mean<1", cost=cost)
    carried_out(it, lambda point, r: wobbling(0.5 if point["consumers"] > 1 else 2.0, 0.1, r))
    advice = it.judge()
    assert advice.chosen is not None
    assert advice.chosen.point == chosen


def test_every_target_counts() -> None:
    it = begun("wait.mean<1", "offered>=3", "offered>4")
    carried_out(it, lambda point, r: wobbling(0.5, 0.1, r))
    advice = it.judge()
    assert advice.chosen is None
    assert {each.verdict for each in advice.judged} == {"missed"}
    assert [each.verdict for each in advice.nearest.evidence] == ["met", "met", "missed"]


def test_the_nearest_is_the_one_whose_worst_figure_misses_by_least() -> None:
    it = begun("wait.mean<1")
    carried_out(it, lambda point, r: wobbling(4.0 - point["consumers"] / 2, 0.1, r))
    advice = it.judge()
    assert advice.chosen is None
    assert advice.nearest.point == {"maxsize": 1, "consumers": 3}
    assert advice.nearest.misses_by == pytest.approx(1.5)


def test_what_was_not_measured_is_no_advice() -> None:
    it = begun("wait.mean<1")
    carried_out(it, lambda point, r: None)
    assert it.judge().chosen is None
    assert it.judge().nearest.misses_by == float("inf")


# --- how sure -------------------------------------------------------------------------------------


def straddling(point: Mapping[str, Any], replication: int) -> float:
    """Undecided with few runs, met with many, by one consumer; well met by more."""
    near = point == {"maxsize": 1, "consumers": 1}
    return wobbling(0.9, 0.3, replication) if near else wobbling(0.5, 0.1, replication)


def test_only_what_is_cheaper_and_undecided_is_run_again_and_again() -> None:
    it = begun("wait.mean<1", replications=4)
    assert carried_out(it, straddling) == [9 * 4, 4, 8, 16, 32, 16]
    advice = it.judge()
    assert advice.chosen is not None
    assert advice.chosen.point == {"maxsize": 1, "consumers": 1}
    assert advice.chosen.runs == 80
    assert {each.runs for each in advice.judged[1:]} == {4}


@pytest.mark.parametrize(
    ("replications", "most", "looks"), [(10, 80, 4), (10, 10, 1), (4, 80, 6), (4, 10, 3), (9, 5, 1)]
)
def test_the_chance_to_be_wrong_is_shared_out_among_all_looks(
    replications: int, most: int, looks: int
) -> None:
    it = begun("wait.mean<1", replications=replications, most=most)
    advice = filled(it, straddling).judge()
    assert (it.looks, advice.looks) == (looks, looks)
    assert looks * (1 - it.each) == pytest.approx(0.05)
    found = advice.judged[0].evidence[0].found
    assert found == it.interval(advice.judged[0].point, "wait.mean", it.each)


def test_who_looks_again_and_again_is_wrong_no_more_often_than_is_said() -> None:
    """The figure is just at its bound: whatever is decided is wrong on one side or the other."""
    draw = random.Random(5)
    decided, tries = 0, 300
    for _ in range(tries):
        it = begun("wait.mean<1", vary=[Vary("consumers", (1,))], replications=5)
        carried_out(it, lambda point, r: draw.gauss(1.0, 0.2))
        decided += it.judge().judged[0].verdict != "undecided"
    assert 1 <= decided <= 0.05 * tries  # 50 where each look had an interval of 95 %


def test_there_is_an_end_to_it() -> None:
    it = begun("wait.mean<1", replications=4, most=10)
    assert carried_out(it, straddling) == [9 * 4, 4, 2]
    advice = it.judge()
    assert advice.chosen is not None
    assert advice.chosen.point == {"maxsize": 5, "consumers": 1}
    assert [each.point for each in advice.open] == [{"maxsize": 1, "consumers": 1}]


def test_where_none_is_met_all_that_is_undecided_stays_open() -> None:
    it = begun("wait.mean<1", replications=2, most=4)
    assert carried_out(it, lambda point, r: wobbling(1.0, 0.3, r)) == [18, 18]
    advice = it.judge()
    assert advice.chosen is None
    assert len(advice.open) == 9


def test_dearer_points_are_not_run_again() -> None:
    it = begun("wait.mean<1", replications=4)
    counts = carried_out(
        it, lambda point, r: wobbling(0.5 if point["consumers"] == 1 else 1.0, 0.1, r)
    )
    assert counts == [36]


def test_a_search_with_too_many_points_has_fewer_runs_of_each() -> None:
    many = [Vary("maxsize", tuple(range(1, 501))), Vary("consumers", tuple(range(1, 101)))]
    assert begun("wait.mean<1", vary=many).plan.replications == 19


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "error", "said"),
    [
        ({"targets": []}, TargetError, "advice needs a target"),
        ({"targets": ["wait<1"]}, UnknownMeasure, "did you mean"),
        ({"targets": ["wait.p95"]}, TargetError, "a target is"),
        ({"cost": "jitter"}, CostError, "has no cost"),
        ({"replications": 1}, SettingError, "an interval needs 2 replications or more; got 1"),
        ({"most": 1}, SettingError, "replications at most must be a whole number from 2"),
        ({"vary": {"consumer": [1]}}, SettingError, "did you mean consumers"),
    ],
)
def test_wrong_input_is_refused(how: dict[str, Any], error: type[Exception], said: str) -> None:
    given: dict[str, Any] = {"targets": ["wait.p95<1"], "vary": {"consumers": [1, 2]}} | how
    with pytest.raises(error, match=said):
        advise("producer-consumer", **given)


# --- with real runs -------------------------------------------------------------------------------

ASKED = (
    "advise", "producer-consumer", "--set", "jitter=exponential", "--vary", "consumers=2..5",
    "--vary", "maxsize=1,5", "--for", "60", "--replications", "4", "--at-most", "8", "--jobs", "1",
)  # fmt: skip


def test_real_runs_and_theory_agree_on_the_advice() -> None:
    advice = advise(
        "producer-consumer",
        ["throughput>2.2", "wait.mean<2"],
        {"consumers": "2..5", "maxsize": [1, 5]},
        jitter="exponential",
        until=100.0,
        replications=5,
        jobs=1,
    )
    assert advice.chosen is not None
    for each in advice.judged:
        for evidence in each.evidence:
            assert evidence.expected is not None
            wanted = evidence.target
            by_theory = wanted._keeps(evidence.expected)
            assert evidence.verdict in (
                ["undecided", "met"] if by_theory else ["undecided", "missed"]
            )


def test_advice_is_printed_with_its_evidence(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = typed(*ASKED, "--target", "throughput>2", "--target", "wait.p95<=3 s")
    assert (status, err) == (0, "")
    assert "wanted: throughput > 2/s, wait.p95 ≤ 3 s" in out
    assert "cheapest by: consumers, then maxsize" in out
    assert "Take consumers=3 maxsize=" in out
    assert "→" in out
    assert "± is half of the 97.5 % interval" in out
    assert "looked at up to 2 times; over all, a verdict holds at 95 %." in out
    assert "arrivals stop while put() waits" in out


def test_that_none_is_good_enough_is_said_with_the_nearest(
    tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = typed(*ASKED, "--target", "wait.p95<0")
    assert (status, err) == (1, "")
    assert "None of these settings meets every target." in out
    assert "Nearest comes consumers=5 maxsize=1: wait.p95 is " in out


def test_with_nothing_varied_it_says_how_there_is_more_to_choose_from() -> None:
    alone = ("advise", "producer-consumer", "--for", "20", "--replications", "2", "--jobs", "1")
    status, out, err = typed(*alone, "--target", "wait.p95<0")
    assert status == 1
    assert "None of these settings" in out
    assert "--vary consumers=1..8" in err


def test_advice_is_one_object_and_goes_on_from_a_file(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    wanted = (*ASKED, "--target", "throughput>2", "--json", "--resume", "kept")
    status, out, _ = typed(*wanted)
    told = json.loads(out)
    assert status == 0
    assert told["targets"] == ["throughput>2.0"]
    assert (told["confidence"], told["looks"], told["confidence_each"]) == (0.95, 2, 0.975)
    assert told["cost"] == "consumers, maxsize"
    assert told["chosen"]["consumers"] == 3
    assert len(told["points"]) == 8
    evidence = told["points"][0]["evidence"]["throughput>2.0"]
    assert evidence.keys() == {"found", "verdict", "theory"}
    kept = (tmp_path / "kept").read_bytes()
    assert typed(*wanted)[1] == out  # nothing is run again
    assert (tmp_path / "kept").read_bytes() == kept


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("advise",), "which scenario? There are producer-consumer"),
        (("advise", "signals"), "advice needs a target, such as wait.p95<0.5"),
        (("advise", "signals", "--target", "wait.p95"), "a target is a measure"),
        (("advise", "signals", "--target", "wait.p95<5%"), "a number of seconds"),
        (("advise", "signals", "--target", "wat.p95<5"), "did you mean wait.p95?"),
        (("advise", "signals", "--target", "full<1", "--cost", "consumer"), "did you mean"),
        (("advise", "signals", "--target", "full<1", "--cost", "3*"), "a cost is a sum"),
        (("advise", "signals", "--target", "full<1", "--at-most", "1"), "from 2 to 10,000"),
        (("advise", "signals", "--target", "full<1", "--replications", "1"), "2 replications"),
        (("advise", "signals", "--target", "full<1", "--vary", "maxsize"), "NAME=VALUES"),
        (("advise", "signals", "--target", "full<1", "--resume", "nowhere/x"), "cannot write"),
        (("advis", "signals"), "did you mean advise?"),
    ],
)
def test_wrong_words_are_refused(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(*arguments)


@settings(max_examples=30)
@given(anything)
def test_any_text_as_a_target_or_a_cost_is_refused_or_taken(text: str) -> None:
    calm = ("advise", "producer-consumer", "--for", "0.5", "--replications", "2", "--jobs", "1")
    for words in (("--target", text), ("--target", "full<1", "--cost", text)):
        status, _, err = typed(*calm, *words)
        assert status in (0, 1, 2)
        assert len(err.splitlines()) == (status == 2)
        assert "Traceback" not in err
