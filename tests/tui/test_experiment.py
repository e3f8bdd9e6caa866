"""The experiment screen: what is asked for, what comes of it, and how a run is opened live."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste

from qdash.experiment import theory
from qdash.experiment.results import read
from qdash.tui.screens.experiment import ExperimentScreen
from qdash.tui.screens.experiment_help import ExperimentHelp
from qdash.tui.screens.experiment_watch import WatchScreen
from qdash.tui.sweeping import Bench
from qdash.words import speak, speaking
from tests.tui.conftest import Desk, OpenDesk
from tests.tui.hand_sweep import HandSweep

SIZES = [(160, 45), (100, 30), (80, 24)]


class Table(Desk):
    """The desk with the experiment screen open on it."""

    @property
    def screen(self) -> ExperimentScreen:
        assert isinstance(self.app.screen, ExperimentScreen)
        return self.app.screen

    @property
    def bench(self) -> Bench:
        return self.screen.bench

    @property
    def sweep(self) -> HandSweep:
        assert isinstance(self.bench.sweep, HandSweep)
        return self.bench.sweep

    async def vary(self, *texts: str, replications: int = 2) -> None:
        """Ask for this, and begin it."""
        for at, text in enumerate(texts):
            self.bench.draft.set_vary(at, text)
        self.bench.draft.replications = replications
        await self.press("space")

    async def resize(self, size: tuple[int, int]) -> None:
        """Let the terminal have another size."""
        await self.pilot.resize_terminal(*size)
        await self.seen()

    async def type(self, text: str) -> None:
        """Give the chosen part of the form another value."""
        await self.pilot.press("enter", "ctrl+u")
        self.screen.form.post_message(Paste(text))
        await self.press("enter")

    async def do(self, runs: int) -> None:
        self.sweep.do(runs)
        self.screen.tick()
        await self.seen()

    @property
    def state(self) -> str:
        return self.screen.state.text

    @property
    def rows(self) -> list[list[str]]:
        return [line.split() for line in self.screen.table.text.splitlines()[1:]]


OpenTable = Callable[..., AbstractAsyncContextManager[Table]]


@pytest.fixture
def table(desk: OpenDesk) -> OpenTable:
    """Open the experiment screen: ``async with table("signals", size=(80, 24)) as t``."""

    @asynccontextmanager
    async def open_(*slug: str, **how: Any) -> AsyncIterator[Table]:
        async with desk(*slug, **how) as d:
            d.app.make_sweeping = HandSweep
            await d.press("M")
            yield Table(d.app, d.pilot)

    return open_


# --- what is asked for ----------------------------------------------------------------------------


async def test_it_proposes_something_and_says_what_stays_the_same(table: OpenTable) -> None:
    async with table(maxsize=4) as t:
        assert "vary ◂consumers=1..7▸" in t.screen.form.text
        assert "and ◂nothing▸" in t.screen.form.text
        assert "70 runs" in t.state
        assert "Nothing has been run yet" in t.screen.chart.text
        assert "arrows choose a setting" in t.screen.form.text
        await t.press("tab")
        for size in SIZES:
            await t.resize(size)
            assert ("maxsize 4" in t.screen.form.text) == (size[1] > 24)


async def test_arrows_choose_what_is_varied_and_beside_it(table: OpenTable) -> None:
    async with table() as t:
        await t.press("right", "right", "right")
        assert t.bench.draft.vary[0].name == "jitter"
        assert t.bench.draft.vary[0].values == ("constant", "uniform", "exponential")
        await t.press("left", "left", "left")
        assert t.bench.draft.vary[0].name == "consumers"
        await t.press("down", "right")
        assert [vary.name for vary in t.bench.draft.vary][1] == "maxsize"
        await t.press("left")
        assert len(t.bench.draft.vary) == 1


async def test_values_are_typed_as_on_the_command_line(table: OpenTable) -> None:
    async with table() as t:
        await t.type("maxsize=1,2,5")
        assert t.bench.draft.vary[0].values == (1, 2, 5)
        await t.press("down")
        await t.type("consume_time=0.2..0.6:0.2")
        assert t.bench.draft.vary[1].values == (0.2, 0.4, 0.6)
        assert "90 runs" in t.state
        await t.press("down", "down", "3", "enter")
        assert "27 runs" in t.state


async def test_what_is_wrong_is_told_where_it_was_typed(table: OpenTable) -> None:
    async with table() as t:
        t.bench.draft.usable = tuple(n for n in t.bench.draft.usable if n != "put_timeout")
        before = t.bench.draft.vary
        for typed, told in (
            ("nonsense", "NAME=VALUES"),
            ("consumer=1..3", "did you mean consumers"),
            ("consumers=3..1", "from the lower number to the higher"),
            ("put_timeout=1,2", "does not read put_timeout"),
            ("seed=1,2", "seed cannot be varied"),
        ):
            await t.type(typed)
            assert told in " ".join(t.screen.form.text.split())
            assert t.bench.draft.vary == before
            await t.press("escape")
            assert "consumers=1..7" in t.screen.form.text
            assert t.app.screen is t.screen


async def test_what_is_typed_has_a_cursor(table: OpenTable) -> None:
    async with table() as t:
        await t.press("enter", "left", "1")
        assert "consumers=1..17" in t.screen.form.text
        assert "ctrl+u" in t.screen.hints.text
        await t.press("delete", "backspace", "home", "end", "4", "enter")
        assert "vary ◂consumers=1..4▸" in t.screen.form.text


async def test_moving_on_gives_what_was_typed(table: OpenTable) -> None:
    async with table() as t:
        await t.press("down", "down", "down", "4", "down")
        assert t.bench.draft.replications == 4
        await t.press("5", "0", "tab")
        assert t.bench.draft.warmup == 50.0
        await t.click_text(t.screen.form, "seed")
        await t.press("9")
        await t.click_text(t.screen.form, "watch")
        assert t.bench.draft.seed == 9


@pytest.mark.parametrize("how", ["space", "a click"])
async def test_what_was_typed_counts_when_it_is_begun(table: OpenTable, how: str) -> None:
    async with table() as t:
        await t.press("down", "down", "down", "4")
        if how == "space":
            await t.press("space")
        else:
            await t.click_text(t.screen.state, "start")
        assert t.bench.runs
        assert t.bench.study is not None
        assert t.bench.study.plan.replications == 4


async def test_a_wrong_number_begins_nothing(table: OpenTable) -> None:
    async with table() as t:
        await t.press("down", "down", "down", "0", "space")
        assert not t.bench.runs
        assert "replications must be" in t.screen.form.text


@pytest.mark.parametrize("size", SIZES)
async def test_the_keys_are_those_of_the_part_and_help_is_always_there(
    table: OpenTable, size: tuple[int, int]
) -> None:
    async with table(size=size) as t:
        assert "space begin or stop" in t.screen.hints.text
        assert t.screen.hints.text.rstrip().endswith("? help")
        await t.vary("consumers=1..3")
        assert "enter open it live" in t.screen.hints.text
        await t.press("question_mark")
        help = t.app.screen
        assert isinstance(help, ExperimentHelp)
        await t.press("escape")
        assert t.screen.hints.text.rstrip().endswith("? help")
        await t.click_text(t.screen.hints, "? help")
        assert isinstance(t.app.screen, ExperimentHelp)


async def test_what_does_not_go_together_is_told_when_it_is_begun(table: OpenTable) -> None:
    async with table() as t:
        t.bench.draft.warmup = 2_000.0
        await t.press("space")
        assert "the warm-up must be shorter" in t.screen.form.text
        assert t.bench.study is None
        t.bench.draft.warmup = 0.0
        t.bench.draft.replications = 1_500
        await t.press("space")
        assert "10,500 runs are many: space again begins them" in t.state
        assert t.bench.study is None
        await t.press("space")
        assert t.bench.runs


async def test_a_million_runs_are_refused(table: OpenTable) -> None:
    async with table() as t:
        t.bench.draft.set_vary(0, "maxsize=1..1000")
        t.bench.draft.replications = 1_001
        await t.press("space")
        assert "fewer than 1,000,000 runs" in t.screen.form.text
        assert t.bench.study is None


# --- what comes of it -----------------------------------------------------------------------------


async def test_the_table_fills_and_the_chart_draws_while_it_runs(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        assert "starting" in t.state
        assert "0 of 8 runs" in t.state
        await t.do(4)
        assert "4 of 8 runs" in t.state
        assert "2 s left" in t.state
        assert [row[:3] for row in t.rows] == [
            ["1", "1/2", "1.000"],
            ["2", "1/2", "2.000"],
            ["3", "1/2", "3.000"],
            ["4", "1/2", "4.000"],
        ]
        assert t.screen.chart.text.count("○") == 4
        await t.do(4)
        for size in SIZES:
            await t.resize(size)
            assert "8 of 8 runs  done" in t.state
            assert t.rows[2][:4] == ["3", "2", "3.0", "±0.6"]
            assert t.screen.chart.text.count("●") == 4 + 1  # one is in the legend
            assert "┬" in t.screen.chart.text


async def test_two_settings_make_a_heat_map(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("maxsize=1,2,5", "consumers=1..4", replications=1)
        await t.do(12)
        for size in SIZES:
            await t.resize(size)
            chart = t.screen.chart.text
            assert "by maxsize × consumers" in chart
            for number in ("1.000", "2.000", "3.000", "4.000"):
                assert chart.count(number) >= 3
        await t.press("down", "right", "right")
        assert t.bench.study is not None
        assert t.bench.study.point == {"maxsize": 2, "consumers": 3}
        assert "▸3.000◂" in t.screen.chart.text
        assert "maxsize 2, consumers 3" in t.screen.point.text


async def test_one_value_beside_several_leaves_a_line(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("maxsize=10", "consumers=1..4", replications=1)
        await t.do(4)
        assert "by consumers" in t.screen.chart.text
        assert "×" not in t.screen.chart.text
        assert "maxsize 10" in t.screen.form.note
        await t.press("right")
        assert "maxsize 10, consumers 2" in t.screen.point.text


@pytest.mark.parametrize(
    ("vary", "title"),
    [
        ("maxsize=1,2,4", "by maxsize  "),
        ("maxsize=1,10,100", "by maxsize (logarithmic)"),
        ("maxsize=1,5,0", "by maxsize (not to scale)"),
        ("jitter=constant,uniform", "by jitter  "),
    ],
)
async def test_the_chart_says_what_distances_along_it_mean(
    table: OpenTable, vary: str, title: str
) -> None:
    async with table() as t:
        await t.vary(vary, replications=1)
        assert title in t.screen.chart.text.splitlines()[0]


async def test_a_click_points_at_a_tile_a_row_or_a_point(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("maxsize=1,2,5", "consumers=1..4", replications=1)
        await t.do(12)
        study = t.bench.study
        assert study is not None
        await t.pilot.click(t.screen.table, offset=(4, 6))
        await t.seen()
        assert study.at == 5
        await t.click_text(t.screen.form, "wait, p95")
        assert study.charted == "wait.p95"
        await t.click_text(t.screen.chart, "53")
        assert study.point == {"maxsize": 5, "consumers": 3}
        await t.pilot.click(t.screen.chart, offset=(4, 0))
        await t.seen()
        assert study.charted == "blocked_share"


async def test_another_measure_in_the_chart(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        await t.do(8)
        assert "throughput (1/s)" in t.screen.chart.text.splitlines()[0]
        await t.press("m")
        assert "wait, mean (s)" in t.screen.chart.text.splitlines()[0]
        await t.press("up")
        assert "throughput (1/s)" in t.screen.chart.text.splitlines()[0]
        await t.press("tab", "right", "right", "right")
        assert t.screen.focused is t.screen.table
        assert "blocked (%)" in t.screen.chart.text.splitlines()[0]
        assert t.rows[0][-1] == "50.00"


async def test_what_is_watched_is_chosen_from_a_list(table: OpenTable) -> None:
    async with table(size=(160, 60)) as t:
        await t.vary("consumers=1..2", replications=1)
        await t.do(2)
        await t.press("w")
        assert isinstance(t.app.screen, WatchScreen)
        await t.press("enter", "down", "down", "down", "down", "space", "escape")
        assert t.bench.draft.watch[0] == "wait.mean"
        assert t.bench.study is not None
        assert t.bench.study.charted == "wait.mean"
        assert "throughput" not in t.screen.table.text


async def test_several_queues_have_measures_of_their_own(table: OpenTable) -> None:
    async with table("dynamic-tasks") as t:
        await t.press("escape")
        await t.run_to(2.0)
        await t.press("M", "w")
        assert isinstance(t.app.screen, WatchScreen)
        assert {"jobs:full", "results:full", "utilisation"} <= set(t.app.screen._names)


async def test_theory_stands_beside_what_was_measured(table: OpenTable) -> None:
    async with table(maxsize=0, producers=1, jitter="exponential", consume_time=0.5) as t:
        await t.vary("consumers=1..4")
        await t.do(8)
        assert "◇ theory" in t.screen.table.text.splitlines()[0]
        assert t.rows[1][:5] == ["2", "2", "2.0", "±0.6", "1.0"]
        assert "theory: M/M/1" in t.screen.chart.text
        await t.press("right")
        assert "theory: M/M/2" in t.screen.chart.text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
async def test_what_theory_says_is_said_in_full_where_there_is_room(
    table: OpenTable, language: str
) -> None:
    async with table(size=(120, 40), jitter="exponential") as t:
        with speaking(language):
            await t.vary("consumers=1..3", replications=1)
            await t.do(3)
            study = t.bench.study
            assert study is not None
            shown = "".join(t.screen.chart.text.split())
            assert "".join(theory.sentence(study.theory_of(study.at)).split()) in shown
            assert "…" not in t.screen.chart.text


async def test_where_there_is_no_theory_it_says_why(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        assert "no theory: " in t.screen.chart.text


# --- stop, go on, change --------------------------------------------------------------------------


async def test_stopping_keeps_what_there_is_and_going_on_runs_the_rest(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        first = t.sweep
        first.do(3)
        await t.press("space")
        assert not first.alive
        assert "3 of 8 runs  stopped" in t.state
        assert "go on" in t.state
        await t.press("space")
        assert len(t.sweep.missing) == 5
        await t.do(5)
        assert "8 of 8 runs  done" in t.state
        assert "more replications" in t.state
        await t.press("space")
        assert not t.bench.runs


async def test_what_was_run_stays_until_something_else_is_begun(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        await t.do(8)
        await t.press("shift+tab", "down", "down", "down", "right")
        assert t.bench.draft.replications == 3
        assert "12 runs  asked for; below is what was run before" in t.state
        assert t.rows[2][:4] == ["3", "2", "3.0", "±0.6"]
        await t.press("space")
        assert "0 of 12 runs" in t.state


async def test_what_breaks_off_is_told(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        t.sweep.do(2)
        t.sweep.fail(RuntimeError("no more processes"))
        t.screen.tick()
        await t.seen()
        assert "broken off: no more processes" in t.state
        assert "no more processes" in t.toasts
        assert "2 of 8 runs" in t.state
        await t.press("space")
        assert len(t.sweep.missing) == 6


async def test_a_process_that_died_is_told(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        t.sweep.lost = 1
        await t.do(2)
        assert "1 process died" in t.state


async def test_closing_the_screen_ends_the_sweep_and_keeps_what_there_is(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        sweep = t.sweep
        await t.do(5)
        await t.press("escape")
        assert t.app.screen is t.app.main
        assert not sweep.alive
        await t.press("M")
        assert "5 of 8 runs  stopped" in t.state


async def test_the_app_waits_for_the_end_of_all_processes(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        sweep = t.sweep
        bench = t.bench
        sweep.stop = lambda: None  # type: ignore[method-assign]  # which takes its time
        await t.press("escape")
        assert bench._ending == [sweep]
    assert sweep.closed


async def test_another_scenario_has_another_bench(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        await t.do(8)
        await t.press("escape", "4", "M")
        assert t.bench.study is None
        assert "timeouts" in t.screen.top.text


# --- a run, live ----------------------------------------------------------------------------------


async def test_enter_opens_the_run_live_with_its_settings_and_its_seed(table: OpenTable) -> None:
    async with table(maxsize=4, seed=11) as t:
        await t.vary("consumers=1..4")
        await t.do(8)
        assert t.bench.study is not None
        seeds = t.bench.study.plan.seeds
        await t.press("right", "right", "right_square_bracket")
        assert f"run 2 of 2, seed {seeds[1]}: throughput 3.1/s" in t.screen.point.text
        await t.press("enter")
        assert t.app.screen is t.app.main
        state = t.app.state
        assert state.header.seed == seeds[1]
        assert (state.settings["consumers"], state.settings["maxsize"]) == (3, 4)
        assert not t.app.course.paused
        await t.run_to(5.0)
        assert len([w for w in t.app.state.live() if w.role == "consumer"]) == 3
        await t.press("M")
        assert "done" in t.state
        assert t.bench.draft.settings["consumers"] == 3
        assert not t.bench.stale


async def test_the_lab_stands_still_meanwhile(table: OpenTable) -> None:
    async with table() as t:
        assert t.app.course.paused
        await t.press("escape")
        assert not t.app.course.paused
        await t.press("space", "M", "escape")
        assert t.app.course.paused


async def test_settings_changed_in_the_lab_are_asked_for_next(table: OpenTable) -> None:
    async with table() as t:
        await t.vary("consumers=1..4")
        await t.do(8)
        await t.press("escape")
        t.app.set_value("maxsize", 9)
        await t.seen()
        await t.press("M")
        assert "asked for; below is what was run before" in t.state
        assert t.rows[2][:4] == ["3", "2", "3.0", "±0.6"]


async def test_results_are_saved_as_a_sweep_reads_them(
    table: OpenTable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with table() as t:
        await t.vary("consumers=1..4")
        await t.do(5)
        await t.press("W", "W")
        names = ["qdash-sweep-producer-consumer-2.jsonl", "qdash-sweep-producer-consumer.jsonl"]
        assert sorted(os.listdir(tmp_path)) == names
        assert len(read(tmp_path / names[1])) == 5
        assert any("5 runs are in" in told for told in t.toasts)


# --- looks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("varied", [["consumers=1..4"], ["consumers=1..4", "maxsize=1,2"]])
async def test_plain_ascii(table: OpenTable, varied: list[str]) -> None:
    async with table(options={"ascii": True}) as t:
        await t.vary(*varied)
        await t.do(100)
        for size in SIZES:
            await t.resize(size)
            parts = (t.screen.form, t.screen.state, t.screen.chart, t.screen.table, t.screen.point)
            assert all(part.text.isascii() for part in parts)


async def test_shades_are_characters_where_there_are_no_colours(
    table: OpenTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with table() as t:
        await t.vary("consumers=1..4", "maxsize=1,2")
        await t.do(100)
        chart = t.screen.chart.text
        assert "░" in chart
        assert "█" in chart


async def test_it_speaks_chinese_at_once(table: OpenTable) -> None:
    try:
        async with table() as t:
            await t.vary("consumers=1..4")
            await t.press("T")
            assert t.app.screen is t.screen
    finally:
        speak("en")
