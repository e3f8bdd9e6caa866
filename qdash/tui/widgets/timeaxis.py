"""The time axis: lanes, depth, rates and marks on the same columns: cause over effect."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.strip import Strip

from qdash.history import History
from qdash.timeline import QueuePast, Timeline
from qdash.track import FINEST, WIDEST
from qdash.tui.messages import TimeChosen, WorkerChosen
from qdash.tui.view import View
from qdash.tui.widgets import timeaxis_draw as draw
from qdash.tui.widgets.drawn import Drawn
from qdash.tui.widgets.stage_text import Line, Span, blank, both_ends, clean, crop, fit
from qdash.tui.widgets.timeaxis_rows import Cast, queue_names, share_out, wanted
from qdash.tui.widgets.timeaxis_scale import Window, length, page, window
from qdash.words import spoken, tr

_GUTTER: Final = 11
"""Cells before the columns, for names and numbers."""


class TimeAxis(Drawn):
    """The latest stretch of the run; ``zoom_in`` and ``zoom_out`` choose how long it is."""

    GROUND = "text"
    DEFAULT_CSS = "TimeAxis { background: $surface; color: $foreground; padding: 0 1; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "text": "foreground",
        "dim": "dim",
        "title": "dim bold",
        "name": "foreground bold",
        "producer": "producer",
        "consumer": "consumer",
        "other": "other",
        "producer-chosen": "background on producer bold",
        "consumer-chosen": "background on consumer bold",
        "other-chosen": "background on other bold",
        "blocked": "blocked",
        "stalled": "stop",
        "depth": "producer",
        "full": "blocked",
        "over": "stop",
        "rate": "consumer",
        "mark": "accent",
        "here": "foreground bold",
        "failure": "blocked bold",
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._zoom = 0
        self._key: object = None
        self._shown: Window | None = None
        self._here = -1  # the column of the moment shown, where there is more after it
        self._page: tuple[History | None, int, Timeline | None] = (None, 0, None)
        self._dragged = False
        self._lines: list[Line] = []
        self._spots: dict[int, str] = {}

    # --- what is shown ---------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Draw this view; nothing is done until another column is complete."""
        self._view = view
        if not all(self.size):
            return
        travels = view.past or view.replay
        shown = (page if travels else window)(view, self._columns, self._zoom)
        here = shown.column(view.position) if travels else -1
        timeline = self._timeline_until(view, shown.until) if travels else view.timeline
        still = travels or view.paused or view.state.ended is not None
        key = (
            timeline, shown.width, shown.first, shown.columns, view.selected, self.size,
            view.glyphs, view.state.events if still else 0, here, spoken(),
        )  # fmt: skip
        if key != self._key:
            self._key, self._shown, self._here = key, shown, here
            self._draw(view, timeline, shown)

    def _timeline_until(self, view: View, t: float) -> Timeline:
        """Return what was known at a time, which is the same for as long as the page stands."""
        history = view.history
        number = history.at(t)
        if number == history.events:
            return history.now.timeline
        known, at, timeline = self._page
        if known is not history or at != number or timeline is None:
            timeline = history.timeline(number)
            self._page = (history, number, timeline)
        return timeline

    def preferred_height(self, view: View, width: int) -> int:
        """Return how many lines the axis would like."""
        return wanted(view.timeline, len(view.timeline.queues))

    @property
    def text(self) -> str:
        """What is drawn, as plain text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    @property
    def _gutter(self) -> int:
        return min(_GUTTER, self.size.width // 3)

    @property
    def _columns(self) -> int:
        return max(1, self.size.width - self._gutter)

    def _draw(self, view: View, timeline: Timeline, shown: Window) -> None:
        self._spots = {}
        lines = self._make(view, timeline, shown)
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def _make(self, view: View, timeline: Timeline, shown: Window) -> list[Line]:
        width, height = self.size
        glyphs = view.glyphs
        queues = [timeline.queues[name] for name in queue_names(timeline)]
        cast = Cast(timeline, shown, view.timeline)
        lines = share_out(height, cast.roles, cast.lanes, len(queues))
        out: list[Line] = []
        if lines.title:
            out.append(self._title(view, shown))
        for row in cast.rows(lines.lanes, view.selected, glyphs.times):
            alive = row.alive > 0
            if row.worker:
                self._spots[len(out)] = row.worker
                there = view.state.workers.get(row.worker)
                alive = there is not None and there.alive
            style = f"{row.style}-chosen" if row.chosen else row.style if alive else "dim"
            out.append(self._line(row.label, style, draw.lane(row, glyphs)))
        for queue, deep, rated in zip(queues, lines.depth, lines.rate, strict=True):
            if not deep:
                break
            out += self._queue(view, shown, queue, deep, rated)
        if lines.axis:
            out.append(self._line("", "dim", draw.axis(shown, self._columns, glyphs)))
        if lines.marks:
            found = timeline.marks_between(shown.start, shown.end)
            for cells in draw.marks(found, shown, self._columns, lines.marks, glyphs, self._here):
                out.append(self._line("", "dim", cells, grey=False))
        out += [blank(width)] * (height - len(out))
        return out[:height]

    def _title(self, view: View, shown: Window) -> Line:
        glyphs = view.glyphs
        if self._here < 0:
            words = tr("last {time}, {column} a column")
        else:
            words = tr("{time}, {column} a column; grey is what came after")
        time, column = length(shown.columns * shown.width), length(shown.width)
        told = "  " + words.format(time=time, column=column)
        if gone := view.timeline.marks_gone:
            told += "  " + tr("{count} older marks were let go").format(count=f"{gone:,}")
        left = [(tr("TIME"), "title"), (told, "dim")]
        right: list[Span] = []
        for sign, style, word in (
            (glyphs.lane_busy, "producer", tr("busy")),
            (glyphs.lane_blocked, "blocked", tr("blocked in put")),
            (glyphs.lane_waiting, "dim", tr("waiting in get")),
            (glyphs.lane_joining, "other", "join"),
            (glyphs.lane_stalled, "stalled", tr("stalled")),
        ):
            right += [(f"  {sign * 2}", style), (f" {word}", "dim")]
        return both_ends(left, right, self.size.width)

    def _queue(
        self, view: View, shown: Window, queue: QueuePast, deep: int, rated: int
    ) -> list[Line]:
        glyphs = view.glyphs
        before = min(draw.RATE_COLUMNS, shown.first)  # the first rates in sight count these too
        columns = queue.track.columns(
            shown.width, shown.first - before, before + shown.columns, shown.until, shown.known
        )
        grid, names = draw.depth(queue, columns[before:], shown, deep, glyphs)
        present = view.timeline.queues.get(queue.name)  # None: it was made later
        size, most = (present.depth, present.maxsize) if present else (0, queue.maxsize)
        limit = f"{most:,}" if most else glyphs.unbounded
        name, now = clean(queue.name), tr("depth {count}").format(count=f"{size:,}")
        if deep == 1:
            name = f"{name} {size:,}/{limit}"
        texts = (name, now) if queue.maxsize else (name, now, f"maxsize {limit}")
        free = [y for y in range(deep) if y not in names]
        names.update(zip(free, texts, strict=False))
        out = []
        for y, cells in enumerate(grid):
            text = names.get(y, "")
            out.append(self._line(text, "name" if text is name else "dim", cells))
        values = {tick: draw.rates(columns, shown, tick)[before:] for _, tick, _ in draw.RATES}
        top = max((value for each in values.values() for value in each), default=0.0)
        for words, tick, style in reversed(draw.RATES[:rated]):
            latest = values[tick][: self._here + 1 or None][-1:] or [0.0]
            label = tr(words).format(rate=draw.rate_words(latest[0]))
            out.append(self._line(label, "dim", draw.rate(values[tick], top, style, glyphs)))
        return out

    def _line(self, label: str, style: str, cells: list[draw.Cell], *, grey: bool = True) -> Line:
        """Return a line: its name in the gutter, then a cell a column."""
        assert self._view is not None
        glyphs, gutter = self._view.glyphs, self._gutter
        if self._here >= 0:
            cells = draw.parted(cells, self._here, self._columns, glyphs, grey=grey)
        text = crop(label, max(0, gutter - 1), glyphs)
        return fit([*fit([(text, style)], gutter), *draw.merge(cells)], self.size.width)

    def render_line(self, y: int) -> Strip:
        """Return one prepared line."""
        return self.strip_of(self._lines[y] if y < len(self._lines) else ())

    # --- what the person does --------------------------------------------------------------------

    def _look(self, zoom: int) -> None:
        if self._view is None or self._shown is None:
            return
        if FINEST <= self._shown.width * 2.0 ** (self._zoom - zoom) <= WIDEST:
            self._zoom = zoom
            self.show(self._view)

    def action_zoom_in(self) -> None:
        """Show half as much of the past, twice as wide."""
        self._look(self._zoom + 1)

    def action_zoom_out(self) -> None:
        """Show twice as much of the past."""
        self._look(self._zoom - 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Zoom in."""
        event.stop()
        self.action_zoom_in()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Zoom out."""
        event.stop()
        self.action_zoom_out()

    def on_resize(self) -> None:
        """Draw anew at another size."""
        if self._view is not None:
            self.show(self._view)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to the time that is pointed at, and follow the mouse; a name chooses its worker."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        if offset.x >= self._gutter and offset.y:
            self._dragged = True
            self.capture_mouse()
            self._go(offset.x)
        elif worker := self._spots.get(offset.y):
            self.post_message(WorkerChosen(worker))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while its button is held."""
        if self._dragged:
            self._go(event.x - self.content_offset.x)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Stay where the mouse let go."""
        if self._dragged:
            self._dragged = False
            self.release_mouse()

    def _go(self, x: int) -> None:
        shown, column = self._shown, x - self._gutter
        if shown is not None and 0 <= column < shown.columns:
            self.post_message(TimeChosen(shown.end_of(column)))
