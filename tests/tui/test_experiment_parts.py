"""The parts of the experiment screen for themselves: what is asked for, drawn, and carried out."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash.experiment.grid import Plan, Vary, parse_vary
from qdash.experiment.intervals import Interval
from qdash.experiment.measures import MEASURES
from qdash.experiment.results import Results, Row
from qdash.scenarios import SLUGS, scenario
from qdash.settings import SETTINGS, SettingError, complete
from qdash.tui.look import ASCII, UNICODE, Glyphs
from qdash.tui.study import Study, as_typed, draft, watchable
from qdash.tui.sweeping import Sweeping
from qdash.tui.widgets.experiment_axis import Scale, stand
from qdash.tui.widgets.experiment_heat import SHADES, Tile, draw_map, levels
from qdash.tui.widgets.experiment_lines import Spot, draw_lines
from qdash.tui.widgets.experiment_text import amount, mean_and_half, number, ticks
from qdash.tui.widgets.stage_text import width_of
from tests.tui.hand_sweep import figures

FINITE = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 6))
GLYPHS = st.sampled_from([UNICODE, ASCII])


def planned(*vary: str, replications: int = 2) -> Plan:
    return Plan(
        scenario="producer-consumer",
        settings=complete({}, {}),
        vary=tuple(map(parse_vary, vary)),
        replications=replications,
        seed=7,
        warmup=0.0,
        until=10.0,
        python="3.11",
        qdash="1",
    )


def filled(plan: Plan) -> list[Row]:
    return [Row(r.point, r.replication, r.seed, figures(r)) for r in Results(plan).missing()]


# --- what is asked for ----------------------------------------------------------------------------


@pytest.mark.parametrize("slug", [*SLUGS, "service"])
def test_every_scenario_has_a_proposal_with_values_that_are_allowed(slug: str) -> None:
    chosen = scenario(slug)
    asked = draft(slug, chosen.settings(), chosen.unused, 7)
    for name in asked.usable:
        if values := asked.suggest(name):
            assert Vary(name, values).values == values
    for at in (0, 1):
        seen = set()
        for _ in range(15):
            asked.nudge_vary(at, 1)
            seen.add(tuple(vary.name for vary in asked.vary))
            assert len({vary.name for vary in asked.vary}) == len(asked.vary) <= 2
        assert len(seen) > 1 or len(asked.usable) < 3


@given(st.data())
def test_what_is_varied_is_shown_as_it_can_be_typed(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(["maxsize", "consume_time", "jitter", "supervise"]))
    found = SETTINGS[name]
    values: dict[str, st.SearchStrategy[Any]] = {
        "maxsize": st.integers(0, 50),
        "consume_time": st.floats(0.001, 3_600).map(lambda value: round(value, 4)),
        "jitter": st.sampled_from(found.choices or ("",)),
        "supervise": st.booleans(),
    }
    drawn = data.draw(st.lists(values[name], min_size=1, max_size=8, unique=True))
    vary = Vary(name, tuple(drawn))
    assert parse_vary(as_typed(vary)) == vary


def test_off_is_shown_as_it_can_be_typed() -> None:
    vary = Vary("put_timeout", (None, 0.5, 2.0))
    assert as_typed(vary) == "put_timeout=off,0.5,2"
    assert parse_vary(as_typed(vary)) == vary


def test_a_setting_is_varied_once() -> None:
    asked = draft("producer-consumer", complete({}, {}), (), 7)
    with pytest.raises(SettingError, match="consumers is varied already"):
        asked.set_vary(1, "consumers=1,2")
    asked.set_vary(1, "maxsize=1,2")
    asked.set_vary(0, "")
    assert [vary.name for vary in asked.vary] == ["maxsize"]


def test_a_draft_knows_its_plan() -> None:
    asked = draft("producer-consumer", complete({}, {}), (), 7)
    asked.set_vary(0, "consumers=1..3")
    asked.replications, asked.warmup, asked.until = 2, 0.0, 10.0
    plan = planned("consumers=1..3")
    assert asked.asks_for(plan)
    asked.settings["consumers"] = 9  # which is varied
    assert asked.asks_for(plan)
    asked.settings["maxsize"] = 9
    assert not asked.asks_for(plan)


def test_what_can_be_watched() -> None:
    assert watchable(["jobs"]) == list(MEASURES)
    assert "utilisation" in watchable(["a", "b"])
    assert {"a:full", "b:full"} <= set(watchable(["a", "b"]))


# --- what has come --------------------------------------------------------------------------------


@given(st.randoms())
def test_figures_are_the_same_in_whatever_order_runs_come(random: Any) -> None:
    plan = planned("consumers=1..3", "maxsize=1,2", replications=3)
    rows = filled(plan)
    random.shuffle(rows)
    study = Study(plan, ("throughput", "wait.mean"))
    for row in rows:
        study.add([row])
        study.interval(random.randrange(6), "throughput")  # known so far, and forgotten again
    assert study.done == len(rows) == 18
    for at, point in enumerate(study.points):
        assert study.whole(at)
        for name in study.watch:
            assert study.interval(at, name) == study.results.interval(point, name)


def test_theory_is_not_asked_of_a_thousand_points() -> None:
    study = Study(planned("maxsize=1..1000"), ("throughput",))
    study.point_at(5_000)
    assert study.at == 999
    assert not study._theory
    study.expected(5, "throughput")
    assert not study._theory
    study.expected(999, "throughput")
    assert list(study._theory) == [999]


# --- numbers and charts ---------------------------------------------------------------------------


@given(FINITE, FINITE, st.integers(3, 9))
def test_an_axis_shows_all_between_round_numbers(one: float, other: float, most: int) -> None:
    low, high = min(one, other), max(one, other)
    names = ticks(low, high, most)
    slack = 1e-6 * max(1.0, abs(low), abs(high))
    assert names[0][0] - slack <= low
    assert high <= names[-1][0] + slack
    assert 2 <= len(names) <= most
    assert len({name for _, name in names}) == len(names)


def test_an_axis_begins_at_nothing_unless_all_lies_close_together() -> None:
    assert [name for _, name in ticks(1.0, 2.9, 4)] == ["0", "1", "2", "3"]
    assert [name for _, name in ticks(1.9, 2.0, 4)] == ["1.90", "1.95", "2.00"]
    assert [name for _, name in ticks(0.0, 0.0, 4)] == ["0.0", "0.5", "1.0"]
    assert [name for _, name in ticks(3.0, 3.0, 5)] == ["0", "1", "2", "3", "4"]


def test_a_figure_and_its_interval() -> None:
    assert mean_and_half("full", Interval(0.1234, 0.0123, 5), 1, UNICODE) == ("12.3", "±1.2")
    assert mean_and_half("full", Interval(0.1234, 0.0123, 5), 1, ASCII) == ("12.3", "+-1.2")
    assert mean_and_half("full", Interval(0.5, 0.0004, 5), 1, UNICODE) == ("50.0", "±<0.1")
    assert mean_and_half("wait.mean", Interval(2.0, None, 1), 2, UNICODE) == ("2.00", "")
    assert mean_and_half("wait.mean", None, 2, UNICODE) == ("–", "")
    assert number(-0.0001, 2) == "0.00"
    assert number(-12_345.6, 1) == "-12,345.6"


# --- where values stand on an axis ----------------------------------------------------------------


def test_numbers_stand_to_scale() -> None:
    found, scale = stand([1, 2, 4, 8], 80)
    assert scale is Scale.LINEAR
    first, second, third, last = found
    assert (second - first, third - first) == (
        round((last - first) / 7),
        round(3 * (last - first) / 7),
    )


def test_values_over_decades_stand_by_their_logarithms() -> None:
    found, scale = stand([1, 10, 100], 60)
    assert (found, scale) == ([10, 30, 50], Scale.LOGARITHMIC)
    assert stand(range(1, 101), 400)[1] is Scale.LINEAR  # the last ones would fall together


@pytest.mark.parametrize(
    "values",
    [
        pytest.param([1, 5, None], id="no-number"),
        pytest.param([5, 1, 3], id="in-another-order"),
        pytest.param([1, 100, 101], id="too-close"),
        pytest.param([0, 1, 1000], id="nothing-has-no-logarithm"),
    ],
)
def test_what_cannot_be_to_scale_stands_evenly(values: list[float | None]) -> None:
    assert stand(values, 60) == ([10, 30, 50], Scale.NONE)


@given(st.lists(st.none() | FINITE, min_size=1, max_size=30), st.integers(1, 200))
def test_values_stand_apart_and_in_their_order(values: list[float | None], columns: int) -> None:
    columns = max(columns, 3 * len(values))
    found, _ = stand(values, columns)
    assert 0 <= found[0] <= found[-1] < columns
    assert all(other - one >= 2 for one, other in pairwise(found))


def test_unbounded_is_no_number() -> None:
    assert amount("maxsize", 0) is None
    assert amount("maxsize", 5) == 5.0
    assert amount("consumers", 0) == 0.0
    assert amount("put_timeout", None) is None
    assert amount("jitter", "uniform") is None


SPOTS = st.lists(
    st.builds(
        Spot,
        label=st.text(st.characters(codec="utf-8", categories=["L", "N"]), max_size=9),
        value=st.none() | FINITE,
        mean=st.none() | FINITE,
        half=st.none() | st.floats(0, 1e9, allow_nan=False),
        expected=st.none() | FINITE,
        whole=st.booleans(),
    ),
    min_size=1,
    max_size=60,
)


@given(SPOTS, st.integers(0, 59), st.integers(24, 90), st.integers(3, 25), GLYPHS)
def test_lines_fit_whatever_the_figures(
    spots: list[Spot], chosen: int, width: int, height: int, glyphs: Glyphs
) -> None:
    chosen %= len(spots)
    drawn = draw_lines(spots, chosen, width, height, glyphs)
    assert len(drawn.lines) <= height
    assert {width_of(line) for line in drawn.lines} == {width}
    assert chosen in drawn.points
    assert drawn.left_out == len(spots) - len(set(drawn.points) - {-1})


@pytest.mark.parametrize(("values", "joined"), [([1, 2], True), ([None, None], False)])
def test_words_are_not_joined_by_a_line(values: list[float | None], joined: bool) -> None:
    spots = [Spot(str(n), value, 5.0 + n, None, None, True) for n, value in enumerate(values)]
    text = [
        "".join(part for part, _ in line) for line in draw_lines(spots, 0, 60, 9, UNICODE).lines
    ]
    assert any("\u2800" <= char <= "\u28ff" for line in text for char in line) is joined


def test_an_interval_reaches_as_far_up_as_down() -> None:
    spots = [Spot(str(n), n, 5.0, 2.0, None, True) for n in range(3)] + [
        Spot("9", 9, 0.0, None, None, True)
    ]
    lines = draw_lines(spots, 0, 60, 22, UNICODE).lines
    text = ["".join(part for part, _ in line) for line in lines]
    column = next(line.index("┬") for line in text if "┬" in line)
    drawn = "".join(line[column] for line in text)
    up, down = drawn.index("●") - drawn.index("┬"), drawn.index("┴") - drawn.index("●")
    assert up == down > 1


@given(
    st.integers(1, 12),
    st.integers(1, 12),
    st.integers(0, 143),
    st.integers(30, 140),
    st.integers(3, 40),
    GLYPHS,
    st.booleans(),
)
def test_maps_fit_and_tell_what_is_where(
    rows: int, columns: int, at: int, width: int, height: int, glyphs: Glyphs, textured: bool
) -> None:
    chosen = divmod(at % (rows * columns), columns)
    tiles = [
        [
            Tile(f"{row}.{column}", "±0.1", (row + column) % SHADES, True)
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    names = [f"r{n}" for n in range(rows)], [f"c{n}" for n in range(columns)]
    found = draw_map(
        tiles, names, ("rows", "columns"), chosen, (width, height), glyphs, textured=textured
    )
    assert len(found.lines) == height
    assert {width_of(line) for line in found.lines} == {width}
    assert chosen[0] in found.rows
    assert chosen[1] in found.columns
    shown = {point for x in range(width) for y in range(height) if (point := found.point(x, y))}
    assert chosen in shown
    assert found.left_out == rows * columns - len(shown)


def test_shades_go_from_the_least_to_the_greatest() -> None:
    assert levels([1.0, None, 2.0, 1.5]) == [0, -1, SHADES - 1, SHADES // 2]
    assert levels([3.0, 3.0]) == [0, 0]
    assert levels([None]) == [-1]


# --- in a thread ----------------------------------------------------------------------------------


class Told(NamedTuple):
    row: Row | None
    left: float | None = 1.0
    lost: int = 0


class Sweeps:
    """Carries out when it is allowed to, a run at a time."""

    def __init__(self, error: Exception | None = None) -> None:
        self.allowed = threading.Semaphore(0)
        self.told = threading.Semaphore(0)
        self.ended = False
        self._error = error

    def plan(self, *_: Any, **__: Any) -> Plan:
        raise NotImplementedError

    def carry_out(self, results: Results, *, progress: Callable[[Any], None]) -> None:
        try:
            for row in filled(results.plan)[len(results) :]:
                self.allowed.acquire()
                if self._error is not None:
                    raise self._error
                results.add(row)
                progress(Told(row))
                self.told.release()
        finally:
            self.ended = True


def test_rows_come_through_and_the_results_of_the_screen_are_left_alone() -> None:
    sweeps, results = Sweeps(), Results(planned("consumers=1..3"))
    rows = filled(results.plan)
    results.add(rows[0])
    sweeping = Sweeping(sweeps, results)
    sweeping.start()
    for _ in range(2):
        sweeps.allowed.release()
        sweeps.told.acquire()
    assert sweeping.drain() == rows[1:3]
    assert sweeping.drain() == []
    assert (len(results), sweeping.left, sweeping.alive) == (1, 1.0, True)
    sweeping.stop()
    assert not sweeps.ended
    sweeps.allowed.release()
    sweeping.close()
    assert sweeps.ended
    assert not sweeping.alive
    assert sweeping.error is None


def test_what_goes_wrong_is_kept() -> None:
    error = RuntimeError("broken")
    sweeps = Sweeps(error)
    sweeping = Sweeping(sweeps, Results(planned("consumers=1..3")))
    sweeping.start()
    sweeps.allowed.release()
    sweeping.close()
    assert sweeping.error is error


def test_one_that_was_never_begun_can_be_closed() -> None:
    Sweeping(Sweeps(), Results(planned("consumers=1..3"))).close()
