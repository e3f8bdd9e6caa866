"""Two courses of one run in one chart: depth and throughput of both, from before they part."""

from __future__ import annotations

from math import ceil, log2
from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.strip import Strip

from qdash.timeline import DEPTH, DONE, QueuePast, Timeline
from qdash.track import FINEST, WIDEST
from qdash.tui.look import Glyphs
from qdash.tui.messages import TimeChosen
from qdash.tui.view import Twin, View
from qdash.tui.widgets import timeaxis_draw as draw
from qdash.tui.widgets.drawn import Drawn
from qdash.tui.widgets.stage_text import Line, Span, both_ends, cells, clean, crop, fit, pad
from qdash.tui.widgets.timeaxis_rows import queue_names
from qdash.tui.widgets.timeaxis_scale import MOST, Window, ticks
from qdash.words import spoken, tr

_GUTTER: Final = 11
_BEFORE: Final = 1 / 8
"""The part of the picture that lies before the courses part."""
_SHORTEST: Final = 8.0
"""How many seconds the picture spans at least."""
_DEEP: Final = 4
"""Lines of depth of a queue that are comfortable to read."""
_RATED: Final = 3
"""Lines of throughput of a queue that are comfortable to read."""
_PAINTS: Final = 2
"""How often a second the picture may move on."""
_QUEUES: Final = 2
"""How many queues are compared where there is room."""


class _Series(NamedTuple):
    """One course of one queue: a value for each column up to where it is known."""

    depth: list[float]
    rate: list[float]


class ComparePanel(Drawn):
    """The course on the screen as bars, the other as dots, under one another on one axis."""

    GROUND = "text"
    DEFAULT_CSS = "ComparePanel { background: $surface; color: $foreground; padding: 0 1; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "text": "foreground",
        "dim": "dim",
        "title": "dim bold",
        "name": "foreground bold",
        "depth": "producer",
        "rate": "consumer",
        "other": "accent bold",
        "depth-both": "surface on producer bold",
        "rate-both": "surface on consumer bold",
        "mark": "accent",
        "cursor": "foreground bold",
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._key: object = None
        self._window: Window | None = None
        self._lines: list[Line] = []

    # --- what is shown ---------------------------------------------------------------------------

    def preferred_height(self, view: View, width: int) -> int:
        """Return how many lines the panel would like: none where there is one course only."""
        if view.twin is None:
            return 0
        queues = min(_QUEUES, len(view.history.now.timeline.queues))
        return 2 + max(1, queues) * (_DEEP + _RATED)

    @property
    def text(self) -> str:
        """What is drawn, as plain text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def show(self, view: View) -> None:
        """Draw both courses; nothing is done until further columns are complete."""
        if view.versus is not None:
            view = view.versus.chart
        twin = view.twin
        if twin is None or not all(self.size):
            return
        shown = _window(view, twin, self._columns)
        here = shown.column(view.position) if view.past else -1
        # What is drawn seldom costs little, although all of both pasts is gone through each time.
        pace = shown.columns / 32 if view.speed is None else view.speed / _PAINTS / shown.width
        stride = shown.width if view.paused else shown.width * max(1.0, pace)
        behind = max(0.0, view.now - twin.now)
        ends: tuple[object, ...] = (
            view.history,
            int(view.now // stride),
            twin.history,
            int(behind // stride),
        )
        if view.paused:
            ends = (*ends, view.history.events, twin.history.events)
        names = twin.shown, twin.name, spoken()
        key = (shown.width, shown.first, here, ends, self.size, view.glyphs, names)
        if key != self._key:
            self._key, self._window = key, shown
            lines = self._make(view, twin, shown, here)
            if lines != self._lines:
                self._lines = lines
                self.refresh()

    @property
    def _gutter(self) -> int:
        return min(_GUTTER, self.size.width // 3)

    @property
    def _columns(self) -> int:
        return max(1, min(self.size.width - self._gutter, MOST))

    def _make(self, view: View, twin: Twin, shown: Window, here: int) -> list[Line]:
        height = self.size.height
        timelines = view.history.now.timeline, twin.history.now.timeline
        nows = view.now, twin.now
        names = [n for n in queue_names(timelines[0]) if n in timelines[1].queues]
        room = height - 2
        names = names[: max(1, min(_QUEUES, room // 4))]
        out = [self._title(view, twin)]
        for at, name in enumerate(names):
            lines = room // len(names) + (at < room % len(names))
            both = [
                _series(timeline.queues[name], shown, now)
                for timeline, now in zip(timelines, nows, strict=True)
            ]
            out += self._queue(view, twin, name, timelines, both, lines, here)
        out.append(self._line(view, "", "dim", self._axis(view, twin, shown)))
        return (out + [fit((), self.size.width)] * height)[:height]

    def _axis(self, view: View, twin: Twin, shown: Window) -> list[draw.Cell]:
        """Draw where the courses part, and the ticks for which there is room beside that."""
        glyphs, columns = view.glyphs, self._columns
        axis: list[draw.Cell] = [(" ", "text")] * columns
        parted, words = shown.column(twin.parted), f"{glyphs.mark} {tr('they part')}"
        places = [(parted, words, "mark")] if twin.parted > 0 or not twin.beside else []
        for column, name in ticks(shown, columns):
            text = f"{glyphs.tick}{name}"
            free = column + cells(text) < parted or column > parted + cells(words)
            if free or places[:1] != [(parted, words, "mark")]:
                places.append((column, text, "dim"))
        for start, text, style in places:
            if start >= 0 and start + cells(text) <= columns:
                axis[start : start + cells(text)] = draw.spread(text, style)
        return axis

    def _title(self, view: View, twin: Twin) -> Line:
        glyphs = view.glyphs

        def arrows(name: str) -> str:
            return clean(name).replace("→", glyphs.arrow)

        shown = arrows(twin.shown)
        if not twin.beside:
            shown = tr("{course}, on the screen").format(course=shown)
        left: list[Span] = [
            (tr("COMPARED"), "title"),
            (f"  {glyphs.blocks[-1] * 2}", "depth"),
            (f" {shown}", "text"),
            (f"   {glyphs.token * 2}", "other"),
            (f" {arrows(twin.name)}", "text"),
        ]
        if twin.beside:
            return fit(left, self.size.width)
        return both_ends(
            left, [("o", "mark"), (f" {tr('shows the other')}", "dim")], self.size.width
        )

    def _queue(
        self,
        view: View,
        twin: Twin,
        name: str,
        timelines: tuple[Timeline, Timeline],
        both: list[_Series],
        lines: int,
        here: int,
    ) -> list[Line]:
        rated = max(2, lines * _RATED // (_DEEP + _RATED)) if lines > 3 else lines // 2
        deep = lines - rated
        if here < 0:
            depths, rates = _figures(view, twin, name)
        else:  # in the past, those of the column that the moment is in
            depths = [_at(each.depth, here) for each in both]
            rates = [_at(each.rate, here) for each in both]
        glyphs = view.glyphs
        limits = [timeline.queues[name].maxsize for timeline in timelines]
        out: list[Line] = []
        for kind, rows, series, words in (
            ("depth", deep, [each.depth for each in both], depths),
            ("rate", rated, [each.rate for each in both], rates),
        ):
            if rows < 1:
                break
            bounds = limits if kind == "depth" else ()
            top = max([*bounds, *(max(values, default=0.0) for values in series), 1e-9])
            grid = _chart(series, top, rows, self._columns, glyphs, kind)
            if 0 <= here < self._columns:
                for row in grid:
                    row[here] = (glyphs.upright, "cursor")
            what = clean(name) if kind == "depth" else tr("done/s")
            scale = f"{top:,.0f}" if kind == "depth" else draw.rate_words(top)
            room = max(0, self._gutter - 2 - len(scale))
            labels = [
                (f"{pad(crop(what, room, glyphs), room)} {scale}", "name"),
                (f"{glyphs.blocks[-1]} {words[0]}", kind),
                (f"{glyphs.token} {words[1]}", "other"),
            ]
            if rows < 3:
                labels = [labels[0], (f"{words[0]} {glyphs.token} {words[1]}", "dim")][-rows:]
            labels += [("", "dim")] * (rows - len(labels))
            for (text, style), row in zip(labels, grid, strict=True):
                out.append(self._line(view, text, style, row))
        return out

    def _line(self, view: View, label: str, style: str, drawn: list[draw.Cell]) -> Line:
        gutter = self._gutter
        text = crop(label, max(0, gutter - 1), view.glyphs)
        return fit([*fit([(text, style)], gutter), *draw.merge(drawn)], self.size.width)

    def render_line(self, y: int) -> Strip:
        """Return one prepared line."""
        return self.strip_of(self._lines[y] if y < len(self._lines) else ())

    # --- what the person does --------------------------------------------------------------------

    async def on_click(self, event: events.Click) -> None:
        """Go to the time that was clicked; a click on the title shows the other course."""
        offset = event.get_content_offset(self)
        if offset is None or self._window is None:
            return
        if offset.y == 0:
            await self.run_action("app.other")
        elif (column := offset.x - self._gutter) >= 0:
            self.post_message(TimeChosen(self._window.end_of(column)))


def _window(view: View, twin: Twin, columns: int) -> Window:
    """Return a stretch from a little before the courses part up to the later of the two nows.

    Its columns double in width as time goes on, so that the picture seldom moves.
    """
    now = max(view.now, twin.now)
    after = max(_SHORTEST, now - twin.parted)
    width = 2.0 ** ceil(log2(after / (columns * (1 - _BEFORE))))
    width = min(max(width, FINEST), WIDEST)
    first = max(0, int(twin.parted // width) - int(columns * _BEFORE))
    return Window(width, first, columns, now, min(view.now, twin.now))


def _series(queue: QueuePast, shown: Window, now: float) -> _Series:
    """Return the mean depth and the rate of ``task_done`` of each column that is over."""
    count = min(max(0, int(now // shown.width) - shown.first), shown.columns)
    before = min(draw.RATE_COLUMNS, shown.first)
    columns = queue.track.columns(shown.width, shown.first - before, before + count, now)
    rates = draw.rates(columns, shown, DONE)[before:]
    return _Series([column[DEPTH] for column in columns[before:]], rates)


def _figures(view: View, twin: Twin, name: str) -> tuple[list[str], list[str]]:
    """Return the depth of a queue now, and what was done a second since they part, of both."""
    depths, rates = [], []
    for history, now in ((view.history, view.now), (twin.history, twin.now)):
        queue, passed = history.now.state.queues[name], now - twin.parted
        done = queue.done - twin.done.get(name, 0)
        depths.append(f"{queue.size:,}")
        rates.append(draw.rate_words(done / passed if passed > 0 else 0.0))
    return depths, rates


def _at(values: list[float], column: int) -> str:
    """Return the value of a column, or a dash where it is not over."""
    return draw.rate_words(values[column]) if column < len(values) else "-"


def _chart(
    series: list[list[float]], top: float, rows: int, columns: int, glyphs: Glyphs, style: str
) -> list[list[draw.Cell]]:
    """Draw the first series as bars, and the second as a dot a column at its height."""
    grid: list[list[draw.Cell]] = [[(" ", "text")] * columns for _ in range(rows)]
    blocks = glyphs.blocks
    bars, dots = series
    for at, value in enumerate(bars):
        height = min(rows * 8, ceil(value / top * rows * 8 - 1e-9))
        for row in range((height + 7) // 8):
            part = min(8, height - 8 * row)
            grid[rows - 1 - row][at] = (blocks[min(part, len(blocks) - 1)], style)
    for at, value in enumerate(dots):
        row = rows - 1 - min(rows - 1, max(0, ceil(value / top * rows - 1e-9) - 1))
        filled = grid[row][at][0] == blocks[-1]
        grid[row][at] = (glyphs.token, f"{style}-both" if filled else "other")
    return grid
