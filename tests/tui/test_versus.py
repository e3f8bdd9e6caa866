"""A against B: two labs of one seed side by side, at one time, of which one is acted on."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import pytest

from qdash.commands import SetValue
from qdash.events import Event
from qdash.experiment.compared import COMPARED, difference_words, of_pairs, value_words
from qdash.experiment.intervals import Interval
from qdash.experiment.measures import MEASURES
from qdash.tui.messages import QueueChosen
from qdash.tui.screens.beside import SIDE_BY_SIDE, beside
from qdash.tui.widgets.header import clock
from tests.tui.conftest import Desk, OpenDesk
from tests.tui.hand_lab import HandLab


@pytest.fixture(autouse=True)
def _all_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is: what has happened is measured in the next frame."""
    monkeypatch.setattr("qdash.tui.versus._FOLD", 3_600.0)


def labs(d: Desk) -> tuple[HandLab, HandLab]:
    """The labs of A and of B."""
    sources: list[Any] = [course.run.source for course in d.app.sides if course.run is not None]
    return sources[0], sources[1]


async def both_to(d: Desk, t: float) -> None:
    """Let both labs run up to a virtual time, a little at a time, as they do on a screen."""
    while min(lab.position for lab in labs(d)) < t:
        for lab in labs(d):
            lab.run_to(min(t, lab.position + 0.5))
        d.app.tick()
        for lab in labs(d):
            lab.run_to(min(t, lab.position))
        d.app.tick()
    await d.seen()


def titles(d: Desk) -> tuple[str, str]:
    main: Any = d.app.main
    return main.pair["title-a"].text, main.pair["title-b"].text


def figures(d: Desk) -> str:
    panel: Any = d.app.main.pair["figures"]
    return str(panel.text)


def events_of(course: Any) -> list[Event]:
    history = course.history
    return [history.event(number) for number in range(history.events)]


async def test_v_begins_two_labs_that_are_alike(desk: OpenDesk) -> None:
    async with desk(consumers=2) as d:
        await d.run_to(5.0)
        first = d.lab
        await d.press("V")
        assert not first.alive
        assert d.app.side_by_side
        await both_to(d, 20.0)
        a, b = d.app.sides
        assert events_of(a) == events_of(b)
        assert {"title-a", "stage-a", "title-b", "stage-b", "figures", "compare"} <= set(
            d.app.main.plan
        )
        assert all("the same settings" in title for title in titles(d))
        assert "keys and settings act here" in titles(d)[1]
        assert "jobs  4.5–19 s, ± not yet: about 50 s more" in figures(d)
        rows = {line.split()[0]: line for line in figures(d).splitlines() if line.split()}
        assert "0/s ± ?" in rows["throughput"]  # the same so far, but who knows
        assert "?" not in rows["lost"]  # nothing was, in either
        await both_to(d, 121.0)
        assert "jobs  30–120 s, 45 batches of 2 s" in figures(d)


async def test_what_is_changed_is_changed_in_b_only(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("V")
        await both_to(d, 1.0)
        d.app.set_value("consumers", 1)
        await both_to(d, 60.0)
        assert "± not yet: about" in figures(d)
        assert "/s ± ?" in figures(d)
        assert "worse" not in figures(d)
        await both_to(d, 200.0)
        a, b = d.app.sides
        assert a.history.now.state.settings["consumers"] == 3
        assert b.history.now.state.settings["consumers"] == 1
        assert (labs(d)[0].sent, labs(d)[1].sent) == ([], [SetValue("consumers", 1)])
        assert "consumers 3" in titles(d)[0]
        assert "consumers 1" in titles(d)[1]
        assert "worse" in figures(d)
        assert "B: consumers 1" in d.app.main.compare.text
        assert " B " in d.app.main.strip.text


async def test_o_and_a_click_change_the_side_that_is_acted_on(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("V")
        await both_to(d, 3.0)
        await d.press("o")
        assert d.app.letter == "A"
        assert "keys and settings act here" in titles(d)[0]
        d.app.set_value("maxsize", 2)
        await both_to(d, 6.0)
        assert labs(d)[0].sent == [SetValue("maxsize", 2)]
        assert labs(d)[1].sent == []
        await d.pilot.click("#stage-b")
        await d.seen()
        assert d.app.letter == "B"
        await d.pilot.click("#title-a")
        await d.seen()
        assert d.app.letter == "A"
        assert " A " in d.app.main.strip.text


async def test_pause_speed_and_time_travel_are_for_both(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("V")
        await both_to(d, 10.0)
        await d.press("space", "+")
        a, b = d.app.sides
        assert b.paused
        assert a.speed == b.speed == 2.0
        assert labs(d)[0].held == labs(d)[1].position
        await d.press("left_parenthesis", "left_parenthesis")
        assert a.position == b.position == 8.0
        assert b.past
        assert a.moment.state.t <= 8.0
        stage: Any = d.app.main.pair["stage-a"]
        assert stage._view.position == 8.0
        d.app.set_value("maxsize", 2)
        await d.seen()
        assert "two labs are side by side" in d.toasts[-1]
        assert d.app.sides == (a, b)
        await d.press("n")
        assert not a.past
        assert not b.past


async def test_one_lab_waits_for_the_other(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("V")
        await d.seen()
        a, b = labs(d)
        b.run_to(50.0)
        await d.seen()
        assert b.position == pytest.approx(1.0)
        a.run_to(50.0)
        assert a.position == b.position
        await d.seen()
        b.run_to(50.0)
        assert b.position == pytest.approx(2.0)


async def test_what_a_lab_is_behind_it_makes_up_for_as_fast_as_it_can(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("V", "0")
        a, b = labs(d)
        assert a.speed is b.speed is None
        for _ in range(6):  # free, the lead doubles while it is used up
            b.run_to(1_000.0)
            await d.seen()
            a.run_to(b.position - 0.5)
            await d.seen()
        assert b.position > 15.0
        b.run_to(1_000.0)
        await d.press("0")
        await d.seen()
        assert b.speed == 1.0
        assert a.position < b.position - 1.0
        assert a.speed is None
        assert clock(a.position) in titles(d)[0]
        a.run_to(1_000.0)
        await d.seen()
        assert a.position == b.position
        assert a.speed == 1.0


async def test_what_is_shown_of_a_lab_is_of_its_own_time(desk: OpenDesk) -> None:
    async with desk(consume_time=3.0) as d:
        await d.press("V")
        a, b = labs(d)
        await both_to(d, 10.0)
        assert clock(10.0) not in titles(d)[0]
        await d.press(*["+"] * 5)
        b.run_to(b.position + 1.5)
        await d.seen()
        assert b.position - a.position > 0.1
        stage: Any = d.app.main.pair["stage-a"]
        assert stage._view.position == a.position
        assert clock(a.position) in titles(d)[0]


async def test_a_lab_that_is_over_leaves_the_other_to_go_on(desk: OpenDesk) -> None:
    async with desk(items=20) as d:
        await d.press("V")
        d.app.set_value("consume_time", 0.2)
        for _ in range(120):
            for lab in labs(d):
                lab.run_to(lab.position + 0.5)
            d.app.tick()
        await d.seen()
        ends = [course.history.now.state.ended for course in d.app.sides]
        assert all(end is not None for end in ends)
        assert ends[0].t > ends[1].t  # type: ignore[union-attr]
        assert all("OVER at" in title for title in titles(d))


async def test_v_again_shows_one_of_them_and_v_both(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("V")
        await both_to(d, 5.0)
        await d.press("V")
        assert not d.app.side_by_side
        assert "axis" in d.app.main.plan
        assert "stage-a" not in d.app.main.plan
        assert d.lab.held is None
        await d.press("V")
        assert d.app.side_by_side
        assert d.app.letter == "B"


async def test_r_begins_both_again_with_what_each_has(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("V")
        d.app.set_value("maxsize", 1)
        await both_to(d, 5.0)
        await d.press("o", "r")
        assert d.app.letter == "A"
        assert d.app.side_by_side
        sizes = [course.history.header.settings["maxsize"] for course in d.app.sides]
        assert sizes == [5, 1]
        d.app.set_value("seed", 11)
        await d.seen()
        assert {course.history.header.seed for course in d.app.sides} == {11}


async def test_two_courses_of_one_run_can_be_side_by_side(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(20.0)
        d.app.course.to_time(10.0)
        d.app.set_value("maxsize", 2)
        await d.seen()
        await d.press("V")
        assert d.app.side_by_side
        assert d.app.letter == "B"
        assert [course.name for course in d.app.sides] == ["course 1", "course 2: maxsize 5 → 2"]
        assert "maxsize 5" in titles(d)[0]


async def test_another_scenario_leaves_one_lab(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("V")
        await both_to(d, 2.0)
        a, b = labs(d)
        await d.press("3")
        assert {a.alive, b.alive} == {False}
        assert not d.app.side_by_side
        assert d.app.other is None


async def test_q_and_a_click_show_the_figures_of_another_queue(desk: OpenDesk) -> None:
    async with desk("dynamic-tasks") as d:
        await d.press("Q")
        assert "V shows a change beside this one" in d.toasts[-1]
        await d.press("V")
        d.app.set_value("consumers", 1)
        await both_to(d, 40.0)
        assert "B AGAINST A  jobs" in figures(d)
        await both_to(d, 160.0)
        await d.press("Q")
        await d.seen()
        assert "B AGAINST A  results" in figures(d)
        assert "worse" in figures(d)
        await d.press("Q")
        await d.seen()
        assert "B AGAINST A  jobs" in figures(d)
        d.app.main.post_message(QueueChosen("results"))
        await d.seen()
        await d.seen()
        assert "B AGAINST A  results" in figures(d)


class Runs:
    """Replications that are finished when the test says so."""

    def __init__(self) -> None:
        self.done, self.total, self.why, self.ended = 3, 20, "", False
        self.found: list[Any] | None = None

    def end(self, wait: bool = False) -> None:
        self.ended = True


async def test_replications_come_in_the_place_of_batches(
    desk: OpenDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk() as d:
        begun: list[Any] = []
        runs = Runs()

        def replicate_both(first: Any, second: Any) -> Runs:
            begun.append((first["consumers"], second["consumers"]))
            return runs

        monkeypatch.setattr(d.app, "replicate_both", replicate_both)
        await d.press("C")
        assert "V shows a change beside this one" in d.toasts[-1]
        await d.press("V")
        d.app.set_value("consumers", 4)
        await both_to(d, 3.0)
        await d.press("C")
        assert begun == [(3, 4)]
        assert "3 of 20 runs" in figures(d)
        runs.found = [
            ({"jobs:throughput": 2.0 + r, "utilisation": 0.5}, {"jobs:throughput": 3.0 + 1.1 * r})
            for r in range(10)
        ]
        await d.seen()
        assert "10 runs of each" in figures(d)
        line = next(row for row in figures(d).splitlines() if row.startswith("throughput"))
        assert line.split()[1:3] == ["6.50/s", "7.95/s"]
        assert "+1.45 ±" in line
        assert line.endswith("better")
        d.app.set_value("consumers", 5)
        await both_to(d, 4.0)
        assert "10 runs of each" not in figures(d)
        runs.found, runs.why = None, "a run was given up: its process died 3 times"
        await d.press("C")
        await d.seen()
        assert "its process died" in d.toasts[-1]
        assert runs.ended


def test_pairs_of_runs_differ_by_the_seed() -> None:
    found = of_pairs([({"q:lost": 1.0}, {"q:lost": 3.0}), ({"q:lost": 2.0}, {"q:lost": 4.0})], "q")
    rows = {row.name: row for row in found.rows}
    assert (rows["lost"].first, rows["lost"].second) == (1.5, 3.5)
    assert rows["lost"].difference == Interval(2.0, 0.0, 2)
    assert rows["throughput"].difference is None
    assert tuple(rows) == COMPARED


@pytest.mark.parametrize(
    ("name", "found", "words"),
    [
        ("throughput", Interval(0.431, 0.118, 9), "+0.43 ±0.12/s"),
        ("throughput", Interval(0.0, 0.0, 9), "0/s"),
        ("wait.mean", Interval(-0.0321, None, 1), "-0.032 s"),
        ("full", Interval(-0.1234, 0.05, 9), "-12.3 ±5.0 %"),
        ("lost", Interval(3.0, 1.2, 9), "+3 ±1"),
        ("wait.p95", None, "–"),
    ],
)
def test_a_difference_in_words(name: str, found: Interval | None, words: str) -> None:
    assert difference_words(MEASURES[name], found) == words


def test_a_figure_in_words() -> None:
    assert value_words(MEASURES["wait.mean"], 1234.5) == "1,234 s"
    assert value_words(MEASURES["wait.mean"], 0.01234) == "0.012 s"
    assert value_words(MEASURES["utilisation"], 0.5) == "50.0 %"
    assert value_words(MEASURES["wait.mean"], None) == "–"


def test_the_parts_fit_and_do_not_overlap() -> None:
    widths = (1, 20, 60, 80, 100, 120, SIDE_BY_SIDE - 1, SIDE_BY_SIDE, 240)
    heights = (1, 3, 8, 12, 16, 24, 30, 45, 70)
    for width, height, why, strip in product(widths, heights, (False, True), (1, 4)):
        wants = {"strip": strip, "stage": 12, "compare": 9}
        places = beside(width, height, wants, why=why)
        boxes = list(places.values())
        for at, box in enumerate(boxes):
            assert 0 <= box.x < box.x + box.width <= width
            assert 0 <= box.y < box.y + box.height <= height
            for other in boxes[:at]:
                apart_x = box.x >= other.x + other.width or other.x >= box.x + box.width
                assert apart_x or box.y >= other.y + other.height or other.y >= box.y + box.height
        if width >= 80 and height >= 24:
            assert {"stage-a", "stage-b", "figures", "strip", "keys"} <= set(places)
            assert places["figures"].height >= 2 + len(COMPARED)
            assert places["stage-a"].height >= 2 + (strip == 1)
            same = places["stage-a"].y == places["stage-b"].y
            assert same == (width >= SIDE_BY_SIDE)


@pytest.mark.parametrize("size", [(160, 45), (100, 30), (80, 24), (50, 14)])
async def test_every_size_shows_both(desk: OpenDesk, size: tuple[int, int]) -> None:
    async with desk(size=size, options={"ascii": size[0] < 60}) as d:
        await d.press("V")
        d.app.set_value("consumers", 1)
        await both_to(d, 12.0)
        assert d.app.main.broken == set()
        for side in "ab":
            assert f"title-{side}" in d.app.main.plan
        await d.press("w")
        await d.press("m")
        await d.press("escape")
        assert d.app.main.broken == set()


async def test_a_recording_has_no_second_lab(tmp_path: Path) -> None:
    from qdash.history import History
    from qdash.scenarios import scenario
    from qdash.tui.replay import ReplayApp

    app = ReplayApp(History(scenario("signals").lab({}, 1).header))
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("V", "C", "Q")
        await pilot.pause()
        assert len(app._notifications) == 3
