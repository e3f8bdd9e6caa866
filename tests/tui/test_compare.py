"""Two courses in one chart: what is drawn of each is what happened in it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
from msgspec.structs import replace
from textual.app import App, ComposeResult

from qdash.commands import Command, SetValue
from qdash.history import History
from qdash.scenarios import scenario
from qdash.timeline import DEPTH
from qdash.tui.look import ASCII, DARK, THEME_VARIABLES, UNICODE
from qdash.tui.messages import TimeChosen
from qdash.tui.view import Twin, View
from qdash.tui.widgets.compare import ComparePanel

PARTED = 20.0


def _run(slug: str, until: float, commands: list[tuple[float, Command]]) -> History:
    lab = scenario(slug).lab({"consume_time": 1.3})
    history = History(lab.header)
    lab.add_sink(lambda event: history.fold([event]))
    lab.start()
    for t, command in commands:
        lab.advance(t, 10**6)
        lab.command(command, t)
    lab.advance(until, 10**6)
    lab.close()
    return history


def look(
    slug: str = "producer-consumer",
    *,
    now: float = 50.0,
    other: float = 60.0,
    glyphs: Any = UNICODE,
) -> View:
    """Two courses that part at 20 s, where the one shown gets three more consumers."""
    change: list[tuple[float, Command]] = [(PARTED, SetValue("consumers", 6))]
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(_run, slug, other, []).result()
        shown = pool.submit(_run, slug, now, change).result()
    queues = first.moment(first.at(PARTED)).state.queues
    twin = Twin(
        history=first,
        name="course 1",
        shown="course 2: consumers 3 → 6",
        now=other,
        parted=PARTED,
        done={name: queue.done for name, queue in queues.items()},
    )
    return View(
        state=shown.now.state, timeline=shown.now.timeline, history=shown, position=now, now=now,
        speed=1.0, paused=True, lagging=False, glyphs=glyphs, twin=twin,
    )  # fmt: skip


class Bench(App[None]):
    """Nothing but the panel."""

    def __init__(self) -> None:
        super().__init__()
        self.times: list[float] = []
        self.swaps = 0

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return THEME_VARIABLES

    def compose(self) -> ComposeResult:
        panel = ComparePanel()
        panel.styles.height = "1fr"
        yield panel

    def on_mount(self) -> None:
        self.register_theme(DARK)
        self.theme = DARK.name

    def on_time_chosen(self, message: TimeChosen) -> None:
        self.times.append(message.t)

    def action_other(self) -> None:
        self.swaps += 1


Open = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def panel() -> Open:
    """Open the panel: ``async with panel(view, (120, 9)) as (widget, pilot)``."""

    @asynccontextmanager
    async def open_(view: View, size: tuple[int, int] = (120, 9)) -> AsyncIterator[Any]:
        app = Bench()
        async with app.run_test(size=size) as pilot:
            widget = app.query_one(ComparePanel)
            widget.show(view)
            await pilot.pause()
            yield widget, pilot

    return open_


def cells(widget: ComparePanel) -> list[list[tuple[str, str]]]:
    """The cells of each line with their styles, without the gutter."""
    return [[(char, name) for text, name in line for char in text][11:] for line in widget._lines]


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
async def test_bars_are_the_course_shown_and_dots_the_other(panel: Open, glyphs: Any) -> None:
    view = look(glyphs=glyphs)
    assert view.twin is not None
    async with panel(view, (120, 18)) as (widget, _):
        shown = widget._window
        assert shown.start < PARTED < shown.column(PARTED) * shown.width + PARTED
        rows = cells(widget)
        deep = next(y for y, line in enumerate(widget.text.splitlines()) if "done/s" in line) - 1
        chart = rows[1 : 1 + deep]
        for history, now, styles, dot in (
            (view.history, view.now, ("depth", "depth-both"), False),
            (view.twin.history, view.twin.now, ("other", "depth-both"), True),
        ):
            track = history.now.timeline.queues["jobs"].track
            columns = track.columns(shown.width, shown.first, shown.columns, now)
            for x, column in enumerate(columns):
                over = (shown.first + x + 1) * shown.width <= now
                there = [row[x] for row in chart if row[x][1] in styles]
                if dot:
                    assert len(there) == over
                    assert {char for char, _ in there} <= {glyphs.token}
                elif not over:
                    assert there == []
                elif column[DEPTH] > 4.99:
                    assert len(there) == deep - any(row[x][1] == "other" for row in chart)


async def test_the_figures_are_those_since_they_part(panel: Open) -> None:
    view = look()
    assert view.twin is not None
    before = view.twin.done["jobs"]
    async with panel(view) as (widget, _):
        mine = (view.history.now.state.queues["jobs"].done - before) / (view.now - PARTED)
        other = (view.twin.history.now.state.queues["jobs"].done - before) / (60.0 - PARTED)
        assert f"█ {mine:.1f}" in widget.text
        assert f"● {other:.1f}" in widget.text
        assert "course 2: consumers 3 → 6, on the screen" in widget.text
        assert "●● course 1" in widget.text
        assert "▲ they part" in widget.text


async def test_columns_before_they_part_are_the_same(panel: Open) -> None:
    async with panel(look()) as (widget, _):
        shown = widget._window
        parted = shown.column(PARTED)
        for view in (look(now=PARTED, other=60.0),):
            widget.show(view)
        rows = cells(widget)
        bars = [row[parted + 1 :] for row in rows[1:-1]]
        assert not any(name in ("depth", "rate") for row in bars for _, name in row)


@pytest.mark.parametrize("slug", ["producer-consumer", "dynamic-tasks", "concurrency-limit"])
@pytest.mark.parametrize("size", [(20, 4), (40, 6), (80, 7), (160, 20), (300, 40)])
async def test_it_fits_at_every_size(panel: Open, slug: str, size: tuple[int, int]) -> None:
    view = look(slug, glyphs=ASCII)
    async with panel(view, size) as (widget, pilot):
        assert len(widget._lines) == size[1]
        assert widget.text.isascii()
        assert pilot.app._exception is None
        for strip in (widget.render_line(y) for y in range(size[1])):
            assert strip.cell_length == widget.size.width


async def test_there_is_nothing_of_it_without_a_second_course(panel: Open) -> None:
    view = replace(look(), twin=None)
    async with panel(view) as (widget, _):
        assert widget.preferred_height(view, 120) == 0
        assert widget.text == ""


async def test_a_moment_of_the_past_is_a_line_on_it(panel: Open) -> None:
    view = replace(look(), past=True, position=30.0)
    async with panel(view) as (widget, _):
        here = widget._window.column(30.0)
        track = view.history.now.timeline.queues["jobs"].track
        first, width = widget._window.first, widget._window.width
        depth = track.columns(width, first + here, 1, (first + here + 1) * width)[0][DEPTH]
        assert f"█ {depth:.1f}" in widget.text
        assert all(row[here] == ("│", "cursor") for row in cells(widget)[1:-1])


@pytest.mark.parametrize("speed", [1.0, 100.0])
async def test_it_is_drawn_again_twice_a_second_at_most(
    panel: Open, monkeypatch: pytest.MonkeyPatch, speed: float
) -> None:
    view = replace(look(other=50.0), paused=False, speed=speed)
    twin = view.twin
    assert twin is not None
    async with panel(view) as (widget, _):
        made: list[int] = []
        make = widget._make

        def count(*args: Any) -> Any:
            made.append(1)
            return make(*args)

        monkeypatch.setattr(widget, "_make", count)
        for frame in range(1, 91):
            now = 50.0 + speed * frame / 30
            widget.show(replace(view, now=now, position=now, twin=replace(twin, now=now)))
        assert 2 <= len(made) <= 3 * 2 + 4  # the scale may change too


async def test_clicks_go_to_a_time_and_to_the_other_course(panel: Open) -> None:
    async with panel(look()) as (widget, pilot):
        await pilot.click(ComparePanel, offset=(5, 0))
        assert pilot.app.swaps == 1
        await pilot.click(ComparePanel, offset=(12 + 30, 3))
        assert pilot.app.times == [widget._window.end_of(30)]
