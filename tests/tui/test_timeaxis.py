"""The time axis: what stands where, on which columns, at every size."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from textual.app import App, ComposeResult

from qdash.commands import Command, Inject, SetValue
from qdash.history import History
from qdash.scenarios import SLUGS, scenario
from qdash.timeline import BLOCKED
from qdash.tui.look import ASCII, DARK, LIGHT, THEME_VARIABLES, UNICODE
from qdash.tui.messages import TimeChosen, WorkerChosen
from qdash.tui.view import View
from qdash.tui.widgets.timeaxis import TimeAxis
from qdash.tui.widgets.timeaxis_draw import depth
from qdash.tui.widgets.timeaxis_rows import share_out
from qdash.tui.widgets.timeaxis_scale import PAINTS, SPAN, Window, clock, page, ticks, window

Commands = list[tuple[float, Command]]


def look(
    slug: str = "producer-consumer",
    until: float = 30.0,
    commands: Commands | None = None,
    *,
    speed: float | None = 1.0,
    paused: bool = False,
    glyphs: Any = UNICODE,
    selected: str = "",
    **values: Any,
) -> View:
    """A view of a lab at a time (which runs in a thread: a test has a loop of its own)."""
    with ThreadPoolExecutor(1) as pool:
        history = pool.submit(_run, slug, until, commands or [], values).result()
    return View(
        state=history.now.state, timeline=history.now.timeline, history=history, position=until,
        now=until, speed=speed, paused=paused, lagging=False, glyphs=glyphs, selected=selected,
    )  # fmt: skip


def _run(slug: str, until: float, commands: Commands, values: dict[str, Any]) -> History:
    lab = scenario(slug).lab(values)
    history = History(lab.header)
    lab.add_sink(lambda event: history.fold([event]))
    lab.start()
    for t, command in commands:
        lab.advance(t, 10**6)
        lab.command(command, t)
    lab.advance(until, 10**6)
    lab.close()
    return history


def past(view: View, t: float) -> View:
    """The same run at an earlier moment."""
    moment = view.history.moment(view.history.at(t))
    return replace(
        view, state=moment.state, timeline=moment.timeline, position=t, past=True, paused=True
    )


class Bench(App[None]):
    """Nothing but the axis."""

    def __init__(self, theme: str) -> None:
        super().__init__()
        self._theme_name = theme
        self.chosen: list[str] = []
        self.times: list[float] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return THEME_VARIABLES

    def compose(self) -> ComposeResult:
        axis = TimeAxis()
        axis.styles.height = "1fr"
        yield axis

    def on_mount(self) -> None:
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = self._theme_name

    def on_worker_chosen(self, message: WorkerChosen) -> None:
        self.chosen.append(message.name)

    def on_time_chosen(self, message: TimeChosen) -> None:
        self.times.append(message.t)


Open = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def axis() -> Open:
    """Open the axis: ``async with axis(view, (120, 18)) as (widget, pilot)``."""

    @asynccontextmanager
    async def open_(
        view: View, size: tuple[int, int] = (120, 18), theme: str = DARK.name
    ) -> AsyncIterator[Any]:
        app = Bench(theme)
        async with app.run_test(size=size) as pilot:
            widget = app.query_one(TimeAxis)
            widget.show(view)
            await pilot.pause()
            yield widget, pilot

    return open_


def row(widget: TimeAxis, label: str) -> str:
    """The cells of the line with this label, without the gutter."""
    line = next(line for line in widget.text.splitlines() if line.startswith(label))
    return line.ljust(widget.size.width)[11:]


SLOWER: Commands = [(10.0, SetValue("consume_time", 1.9))]


async def test_a_setting_that_is_nudged_along_is_told_as_one_change(axis: Open) -> None:
    nudges: Commands = [(9.0 + n / 4, SetValue("maxsize", 6 + n)) for n in range(4)]
    later: Commands = [(15.0, SetValue("maxsize", 3)), (15.25, SetValue("consumers", 4))]
    async with axis(look(commands=nudges + later), (160, 18)) as (widget, _):
        assert widget.text.count("▲ maxsize 5 → 9") == 1
        assert "8 → 9" not in widget.text
        assert "maxsize 9 → 3" in widget.text  # this one is another change
        assert "consumers 3 → 4" in widget.text


async def test_cause_and_effect_stand_on_the_same_columns(axis: Open) -> None:
    view = look(commands=SLOWER, consume_time=0.8)
    async with axis(view, (160, 18)) as (widget, _):
        ten = int(10 / 0.25)
        marks = next(line for line in widget.text.splitlines() if "▲" in line)[11:]
        assert marks.index("▲") == ten
        assert "▲ consume_time 0.8 → 1.9 s" in marks
        ticks_line = next(line for line in widget.text.splitlines() if "╵" in line)[11:]
        assert ticks_line[ten:].startswith("╵10 s")
        limit = row(widget, "maxsize 5")
        first_full = limit.index("━")
        assert ten < first_full < ten + 30
        assert "█" not in row(widget, "P1")[:ten]
        assert "█" in row(widget, "P1")[first_full:]


async def test_a_lane_is_blocked_exactly_where_the_worker_was(axis: Open) -> None:
    view = look(commands=SLOWER)
    async with axis(view, (160, 18)) as (widget, _):
        for name in ("P1", "P2", "P3", "C1"):
            lane = view.timeline.lane(name)
            assert lane is not None
            cells = row(widget, name)
            for at, column in enumerate(lane.track.columns(0.25, 0, 120, 30.0)):
                assert (cells[at] in "▂▃▄▅▆▇█") == (column[BLOCKED] > 0)
                assert (cells[at] == "█") == (column[BLOCKED] > 1 - 1e-6)


async def test_only_a_full_queue_reaches_the_line(axis: Open) -> None:
    view = look(until=20.0, commands=[(10.0, SetValue("consumers", 0))], consumers=6)
    async with axis(view, (120, 18)) as (widget, _):
        lines = widget.text.splitlines()
        top = next(y for y, line in enumerate(lines) if line.startswith("maxsize 5")) + 1
        columns = view.timeline.queues["jobs"].track.columns(0.25, 0, 80, 20.0)
        for at, column in enumerate(columns):
            assert (lines[top].ljust(120)[11 + at] == "█") == (column[0] > 5 - 1e-5)
            assert (lines[top - 1][11 + at] == "━") == (column[1] > 0)
        assert lines[top].rstrip().endswith("█████")


async def test_what_is_over_capacity_is_another_sign(axis: Open) -> None:
    commands: Commands = [(1.0, SetValue("consumers", 0)), (20.0, SetValue("maxsize", 2))]
    view = look(until=24.0, commands=commands, maxsize=8)
    async with axis(view, (120, 20)) as (widget, _):
        assert "▒" in widget.text
        over = [line[11 + 84 :] for line in widget.text.splitlines() if "▒" in line]
        assert all(set(line.strip()) <= {"▒"} for line in over)


@pytest.mark.parametrize("lines", [1, 2, 3, 4, 5])
def test_a_full_queue_is_not_over_capacity_however_few_lines_there_are(lines: int) -> None:
    commands: Commands = [(10.0, SetValue("maxsize", 5))]
    queue = look(until=20.0, commands=commands, maxsize=3, consumers=0).timeline.queues["jobs"]
    columns = queue.track.columns(0.25, 0, 80, 20.0)
    grid, _ = depth(queue, columns, Window(0.25, 0, 80, 20.0, 20.0), lines, UNICODE)
    assert max(column[0] for column in columns) == 5
    assert "over" not in {style for row in grid for _, style in row}


async def test_unbounded_has_no_line_and_says_its_scale(axis: Open) -> None:
    async with axis(look(maxsize=0, consumers=1), (120, 18)) as (widget, _):
        assert "maxsize ∞" in widget.text
        assert "━" not in row(widget, "jobs")
        assert any(line[:11].strip().isdigit() for line in widget.text.splitlines())


async def test_a_thousand_workers_are_groups_that_say_how_many(axis: Open) -> None:
    view = look(until=8.0, producers=500, consumers=500, maxsize=50)
    async with axis(view, (120, 16)) as (widget, _):
        labels = [line[:11].strip() for line in widget.text.splitlines()]
        producers = [label for label in labels if label.endswith(" P")]
        consumers = [label for label in labels if label.endswith(" C")]
        assert producers
        assert consumers
        alone = sum(label.startswith("P") and label[1:].isdigit() for label in labels)
        assert producers == [f"+{500 - alone} P"]
    async with axis(view, (120, 5)) as (widget, _):
        assert row(widget, "P×500")
        assert row(widget, "C×500")


async def test_the_height_of_a_group_is_the_share_that_is_blocked(axis: Open) -> None:
    view = look(until=9.0, commands=[(4.0, SetValue("consumers", 0))], producers=40, maxsize=1)
    async with axis(view, (120, 5)) as (widget, _):
        cells = row(widget, "P×40")[:36]
        assert cells.endswith("████")


async def test_the_chosen_worker_has_a_line_of_its_own(axis: Open) -> None:
    view = look(until=5.0, producers=20, selected="P13")
    async with axis(view, (120, 14)) as (widget, _):
        assert row(widget, "P13")
        alone = sum(line.startswith("P") for line in widget.text.splitlines())
        assert row(widget, f"+{20 - alone} P")


async def test_failures_stalls_and_joins_have_signs_of_their_own(axis: Open) -> None:
    commands: Commands = [
        (5.0, Inject("fail", "C1")),
        (6.0, Inject("stall", "C2", 3.0)),
        (7.0, Inject("join")),
        (8.0, Inject("cancel", "P2")),
    ]
    view = look(until=12.0, commands=commands)
    async with axis(view, (160, 20)) as (widget, _):
        assert row(widget, "C1")[20] == "✖"
        assert row(widget, "C1")[21:].strip() == ""
        assert row(widget, "C2")[24:36] == "░" * 12
        assert row(widget, "you1").strip().strip("├") == "═" * 19
        assert row(widget, "P2")[33:].strip() == ""
    async with axis(look(until=12.0, commands=commands[:1]), (120, 18)) as (widget, _):
        assert "▲ C1 failed: InjectedError" in widget.text


async def test_workers_that_come_and_go_share_lanes(axis: Open) -> None:
    async with axis(look("dynamic-tasks", until=30.0), (160, 30)) as (widget, _):
        assert "├" in widget.text
        assert "results" in widget.text


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
async def test_every_line_is_as_wide_as_the_widget(axis: Open, slug: str, glyphs: Any) -> None:
    view = look(slug, 20.0, [(5.0, SetValue("maxsize", 1))], glyphs=glyphs)
    async with axis(view, (160, 45)) as (widget, pilot):
        for size in ((160, 45), (120, 18), (80, 9), (80, 24), (20, 5), (300, 100), (3, 1), (12, 2)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            widget.show(view)
            for y in range(widget.size.height):
                strip = widget.render_line(y)
                assert strip.cell_length == widget.size.width
                assert glyphs is UNICODE or strip.text.isascii()


async def test_light_and_dark(axis: Open) -> None:
    colours = []
    for theme in (DARK.name, LIGHT.name):
        async with axis(look(commands=SLOWER), theme=theme) as (widget, _):
            colours.append([seg.style for y in range(18) for seg in widget.render_line(y)])
    assert colours[0] != colours[1]


async def test_it_is_drawn_again_only_when_a_column_is_complete(axis: Open) -> None:
    view = look(until=30.0)
    async with axis(view) as (widget, _):
        drawn = 0

        def refresh(*_: Any, **__: Any) -> None:
            nonlocal drawn
            drawn += 1

        widget.refresh = refresh
        for frame in range(60):
            widget.show(replace(view, position=30.0 + frame / 30))
        assert drawn <= 2 * PAINTS
        assert drawn >= 7
        drawn = 0
        for _frame in range(60):
            widget.show(replace(view, position=32.0, paused=True))
        assert drawn == 1


async def test_zoom_by_call_and_wheel(axis: Open) -> None:
    view = look()
    async with axis(view, (120, 18)) as (widget, pilot):
        assert "0.25 s a column" in widget.text
        widget.action_zoom_in()
        assert "0.125 s a column" in widget.text
        for _ in range(50):
            widget.action_zoom_in()
        widget.action_zoom_out()
        assert "0.00781 s a column" in widget.text
        for _ in range(50):
            widget.action_zoom_out()
        widget.action_zoom_in()
        assert "a column" in widget.text
        await pilot.pause()


async def test_a_click_on_the_name_of_a_lane_chooses_its_worker(axis: Open) -> None:
    async with axis(look(), (120, 18)) as (widget, pilot):
        for y, line in enumerate(widget.text.splitlines()):
            await pilot.click(TimeAxis, offset=(2, y))
            name = line[:11].strip()
            assert pilot.app.chosen == (
                [name] if name in {"P1", "P2", "P3", "C1", "C2", "C3"} else []
            )
            pilot.app.chosen.clear()
        assert pilot.app.times == []


async def test_a_click_on_a_column_goes_to_the_end_of_its_time(axis: Open) -> None:
    async with axis(look(), (120, 18)) as (widget, pilot):
        ruler = next(line for line in widget.text.splitlines() if "╵20 s" in line)
        for y in range(1, 18):
            await pilot.click(TimeAxis, offset=(1 + ruler.index("╵20 s"), y))
        assert pilot.app.chosen == []
        assert len(pilot.app.times) == 17
        assert {round(t, 6) for t in pilot.app.times} == {20.25}
        assert max(pilot.app.times) < 20.25
        await pilot.mouse_down(TimeAxis, offset=(1 + ruler.index("╵20 s"), 5))
        await pilot.hover(TimeAxis, offset=(5 + ruler.index("╵20 s"), 5))
        await pilot.mouse_up(TimeAxis, offset=(5 + ruler.index("╵20 s"), 5))
        assert round(pilot.app.times[-1], 6) == 21.25


# --- the past ------------------------------------------------------------------------------------


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
async def test_what_came_after_the_moment_is_grey_and_stands_still(axis: Open, glyphs: Any) -> None:
    view = look(until=60.0, commands=[(42.0, SetValue("maxsize", 2))], glyphs=glyphs)
    async with axis(past(view, 40.0), (120, 18)) as (widget, _):
        before = [line.replace(glyphs.upright, " ") for line in widget.text.splitlines()]
        assert "grey is what came after" in before[0]
        assert "maxsize 5" in widget.text
        here = row(widget, "C1").index(glyphs.upright)
        for y, line in enumerate(widget._lines):
            x = -11
            for text, style in line:
                for char in text:
                    if x > here and y:
                        assert style in ("dim", "text") or char == " ", (y, x, char, style)
                    x += 1
        for t in (40.25, 41.0, 43.0):
            widget.show(past(view, t))
            assert row(widget, "C1").index(glyphs.upright) == here + round((t - 40.0) / 0.25)
            # The columns stand; only the figures in the gutter are those of the moment.
            for was, line in zip(before[1:], widget.text.splitlines()[1:], strict=True):
                for x, (a, b) in enumerate(zip(was[11:], line[11:], strict=False)):
                    assert a == b or glyphs.upright in (a, b) or x == here, (was, line)


async def test_the_figures_in_the_gutter_are_those_of_the_moment(axis: Open) -> None:
    view = look(until=60.0, commands=[(42.0, SetValue("consume_time", 9.0))])
    async with axis(past(view, 10.0), (120, 18)) as (widget, _):
        for t in (10.0, 30.0, 41.0, 50.0, 59.0):
            shown = past(view, t)
            widget.show(shown)
            assert f"depth {shown.state.queues['jobs'].size}" in widget.text


async def test_a_group_says_how_many_there_are_at_the_moment(axis: Open) -> None:
    view = look(until=60.0, consumers=400, commands=[(30.0, SetValue("consumers", 2))])
    async with axis(past(view, 20.0), (120, 12)) as (widget, _):
        for t, alive in ((20.0, 400), (29.0, 400)):
            widget.show(past(view, t))
            found = re.search(rf"C×{alive} |^\+{alive - 1} C ", widget.text, re.MULTILINE)
            assert found, widget.text


async def test_zoom_works_in_the_past(axis: Open) -> None:
    view = past(look(until=60.0), 30.0)
    async with axis(view, (120, 18)) as (widget, _):
        assert "0.25 s a column" in widget.text
        widget.action_zoom_in()
        assert "0.125 s a column" in widget.text
        widget.action_zoom_out()
        widget.action_zoom_out()
        assert "0.5 s a column" in widget.text


@given(
    st.floats(0, 1e6), st.floats(0, 1), st.integers(1, 400), st.integers(-8, 8),
    st.sampled_from([None, 0.1, 1.0, 1000.0]),
)  # fmt: skip
def test_the_moment_is_always_on_its_page(
    now: float, share: float, columns: int, zoom: int, speed: float | None
) -> None:
    at = now * share
    view = replace(VIEW, now=now, position=at, past=True, speed=speed)
    shown = page(view, columns, zoom)
    assert 0 <= shown.column(at) < shown.columns <= min(columns, 304)
    assert shown.first >= 0
    assert shown.until <= now


@pytest.mark.parametrize(("t", "style"), [(41.0, "dim"), (43.0, "mark")])
async def test_a_mark_is_grey_while_it_is_yet_to_come(axis: Open, t: float, style: str) -> None:
    view = look(until=60.0, commands=[(42.0, SetValue("maxsize", 2))])
    async with axis(past(view, t), (120, 18)) as (widget, _):
        looks = {
            name for line in widget._lines for text, name in line if "maxsize 5 " in text and name
        }
        assert looks == {style}


# --- pure parts ----------------------------------------------------------------------------------


@given(
    st.floats(0, 1e9),
    st.one_of(st.none(), st.floats(0.1, 1000)),
    st.integers(1, 400),
    st.integers(-20, 20),
    st.booleans(),
)
def test_windows(
    position: float, speed: float | None, columns: int, zoom: int, paused: bool
) -> None:
    view = replace(VIEW, position=position, speed=speed, paused=paused)
    shown = window(view, columns, zoom)
    assert 1 <= shown.columns <= columns
    assert shown.first >= 0
    if paused:
        assert shown.start <= max(position, VIEW.state.t) < shown.end
    if zoom == 0 and speed is not None and not paused:
        later = window(replace(view, position=position + speed / 100), columns, zoom)
        assert later.width == shown.width
        assert columns * shown.width >= min(SPAN * speed, columns * 2.0**-8)
    for column, _ in ticks(shown, columns):
        assert column < columns


VIEW = look(until=1.0)


@pytest.mark.parametrize(
    ("t", "step", "said"),
    [
        (0, 5, "0 s"),
        (12, 2, "12 s"),
        (0.25, 0.05, "0.25 s"),
        (1.5, 0.5, "1.5 s"),
        (65, 5, "1:05"),
        (60, 30, "1:00"),
        (3_661, 1, "1:01:01"),
        (172_800, 86_400, "2 d"),
    ],
)
def test_clock(t: float, step: float, said: str) -> None:
    assert clock(t, step) == said


@given(st.integers(0, 100), st.integers(0, 10), st.integers(0, 60), st.integers(0, 5))
def test_lines_are_shared_out_without_rest_and_without_excess(
    height: int, roles: int, more: int, queues: int
) -> None:
    lines = share_out(height, roles, roles + more, queues)
    total = (
        lines.title + lines.lanes + sum(lines.depth) + sum(lines.rate) + lines.axis + lines.marks
    )
    assert total <= height
    assert lines.lanes <= roles + more
    if height and queues:
        assert lines.depth[0]
    if height > queues + roles + 2:
        assert all(lines.depth)
        assert lines.lanes >= roles
