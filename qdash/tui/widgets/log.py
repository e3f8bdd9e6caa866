"""The event log: what happened, as sentences, the newest at the bottom, and what is looked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.timer import Timer

from qdash.tui.messages import EventChosen, GoTo
from qdash.tui.view import View
from qdash.tui.widgets.bar import Piece
from qdash.tui.widgets.drawn import Drawn
from qdash.tui.widgets.log_filter import Filter
from qdash.tui.widgets.log_page import Page
from qdash.tui.widgets.log_rows import Line, Rows
from qdash.tui.widgets.stage_text import cells, crop
from qdash.words import mark, spoken, tr, trn

if TYPE_CHECKING:
    from textual.widgets import Input

_WHEEL: Final = 3
"""How many events a notch of the mouse wheel moves."""
_LOOK_SECONDS: Final = 0.008
"""How long one frame may look through the past for what is asked for."""
_AGAIN_SECONDS: Final = 1 / 40
"""How soon it goes on with either, where nothing else calls for a frame."""
_HOW: Final = mark(
    "worker: queue: item: kind: or any words; -word leaves out; enter keeps, esc undoes"
)


class EventLog(Drawn, can_focus=True):
    """Follows what happens, until somebody scrolls back; End returns to the moment shown.

    Only the lines in sight are made into sentences. Everyday work (making, working, waiting in
    get()) is left out unless asked for. While something is looked for, what was found is shown
    and nothing else; in the past that may have happened later than the moment shown.
    """

    DEFAULT_CSS = """
    EventLog { background: $surface; color: $foreground; padding: 0 1; }
    EventLog > Input { margin: 0 0 0 2; background: $panel; }
    """
    LOOKS: ClassVar[dict[str, str]] = {
        "title": "dim bold",
        "hint": "accent",
        "time": "dim",
        "chosen": "on accent 30%",
        "here": "accent bold",
        "calm": "foreground",
        "blocked": "blocked",
        "signal": "stop bold",
        "failure": "blocked bold",
        "person": "accent",
        "dim": "dim",
    }
    FOCUSED: ClassVar[dict[str, str]] = {
        "title": "foreground bold",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", mark("one before"), key_display="↑"),
        Binding("down", "choose(1)", mark("one after"), key_display="↓"),
        Binding("enter", "go", mark("go there"), key_display="enter"),
        Binding("w", "why", mark("why"), key_display="w"),
        Binding("slash", "search", mark("search"), key_display="/"),
        Binding("pageup", "page(-1)", mark("page up"), key_display="PgUp"),
        Binding("pagedown", "page(1)", mark("page down"), key_display="PgDn"),
        Binding("home", "oldest", mark("oldest"), key_display="Home"),
        Binding("end", "follow", mark("newest"), key_display="End"),
        Binding("a", "everyday", mark("all events"), key_display="a"),
        Binding("escape", "leave", mark("leave"), show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.everyday = False
        """Whether everyday work is shown too, while nothing is looked for."""
        self.filter = Filter()
        self.chosen: int | None = None
        """The number of the event that the person pointed at."""
        self._view: View | None = None
        self._rows: Rows | None = None
        self._last: int | None = None  # the number of the event at the bottom; None follows
        self._input: Input | None = None
        self._typing = False
        self._title: tuple[Piece, ...] = ()
        self._remarks: tuple[Line, ...] = ()
        self._lines: tuple[Line, ...] = ()
        self._key: object = None
        self._timer: Timer | None = None

    @property
    def live(self) -> bool:
        """Whether the newest events are followed."""
        return self._last is None

    @property
    def text(self) -> str:
        """What is drawn below the title, as plain text."""
        return "\n".join(f"{line.time} {line.text}".rstrip() for line in self.lines)

    @property
    def fetching(self) -> bool:
        """Whether what is in sight is not yet known in full: the next frames go on."""
        return self._rows is not None and self._rows.missing

    @property
    def title(self) -> str:
        """What the title line says."""
        return "  ".join(piece.text for piece in self._title)

    @property
    def lines(self) -> tuple[Line, ...]:
        """The lines drawn below the title."""
        return self._remarks + self._lines

    # --- what is shown ---------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Draw what is known in this frame."""
        if self._rows is None or self._rows.history is not view.history:  # another run
            self._rows, self._last, self.chosen, self._key = Rows(view.history), None, None, None
        self._view = view
        left = self.filter.look(view.history, view.events, _LOOK_SECONDS)
        key = (
            id(view.state), view.events, self._last, self.chosen, self.everyday, self.size,
            view.glyphs, view.past, view.replay, self._typing, self.filter.error,
            self._found_so_far(), spoken(),
        )  # fmt: skip
        if key != self._key or self.fetching:
            self._key = key
            page = self._page
            assert page is not None
            self._draw(page)
        if left or self.fetching:
            self._go_on_soon()

    def _found_so_far(self) -> object:
        search = self.filter.search
        return search and (id(search), search.back_to, search.on_to, len(search))

    def _go_on_soon(self) -> None:
        if self._timer is None and self.is_attached:
            # One that repeats: a timer for one time is skipped where the app is held up just then.
            self._timer = self.set_interval(_AGAIN_SECONDS, self._go_on)

    def _go_on(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._view is not None:
            self.show(self._view)

    def _draw(self, page: Page) -> None:
        width, height = self.size
        title = tuple(self._make_title(page, width))
        remarks = tuple(self._make_remarks(page.view, width)) if height > 2 else ()
        drawn = tuple(page.lines(self._last)) if width and height > 1 else ()
        if (title, remarks, drawn) != (self._title, self._remarks, self._lines):
            self._title, self._remarks, self._lines = title, remarks, drawn
            self.refresh()

    @property
    def _page(self) -> Page | None:
        """What there is to show, once there is anything."""
        if self._view is None or self._rows is None:
            return None
        width, height = self.size
        room = height - 1 - (self._typing and height > 2)
        return Page(self._view, self._rows, self.filter, self.everyday, width, room)

    def _again(self) -> None:
        if self._view is not None:
            self._key = None
            self.show(self._view)

    def _make_title(self, page: Page, width: int) -> Iterable[Piece]:
        view, search = page.view, self.filter.search
        if self._typing:
            yield Piece("/", "title", "")
            return
        if search is None:
            yield Piece(tr("WHAT HAPPENED"), "title")
        else:
            asked = crop(str(self.filter.query), max(8, width // 3), view.glyphs)
            yield Piece(tr("FOUND {count}").format(count=f"{len(search):,}"), "title")
            yield Piece(asked, "hint", "search")
            if not search.complete:
                start, end = page.when(search.back_to), page.when(search.on_to - 1)
                words = tr("looked through {start} to {end} so far")
                yield Piece(words.format(start=start, end=end), "time")
        if self._last is not None:
            later = page.count_later(self._last)
            words = trn(
                "{count} later event, End follows", "{count} later events, End follows", later
            )
            if not (view.past or view.replay):
                words = tr("not live: {what}").format(what=words)
            yield Piece(words.format(count=f"{later:,}"), "hint", "follow")
        if search is not None:
            yield Piece(tr("esc: all events"), "time", "leave")
            everyday = self.filter.everyday
        else:
            yield Piece(tr("/: search"), "time", "search")
            everyday = self.everyday
        words = tr("a: without everyday events") if everyday else tr("a: everyday events too")
        yield Piece(words, "time", "everyday")

    def _make_remarks(self, view: View, width: int) -> Iterable[Line]:
        """While something is typed: what can be, or why it cannot be looked for."""
        if not self._typing:
            return
        if self.filter.error:
            yield Line(-1, "", crop(self.filter.error, width, view.glyphs), "failure")
            return
        search = self.filter.search
        words = tr(_HOW)
        if search is not None:
            words = tr("{count} found; {how}").format(count=f"{len(search):,}", how=words)
        yield Line(-1, "", crop(words, width, view.glyphs), "dim")

    # --- moving ----------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Scroll by so many shown events, back in time when negative."""
        page = self._page
        if page is not None and page.view.history.events:
            last = self._last
            if last is None:
                shown = max((line.number for line in self._lines), default=-1)
                last = shown if shown >= 0 else page.view.events - 1
            self._last = page.moved(last, by)
            self._again()

    def action_page(self, pages: int) -> None:
        """Scroll by a page."""
        self.move(pages * max(1, len(self._lines) - 1))

    def action_oldest(self) -> None:
        """Show the oldest events that are kept."""
        if self._view is not None:
            self._last = self._view.history.first
            self._again()

    def action_follow(self) -> None:
        """Follow what happens up to the moment shown."""
        self._last = None
        self._again()

    def action_everyday(self) -> None:
        """Show everyday work too, or leave it out."""
        if self.filter.on:
            self.filter.toggle_everyday()
            self._write()
        else:
            self.everyday = not self.everyday
        self._again()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Back in time."""
        event.stop()
        self.move(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """On towards what happens now."""
        event.stop()
        self.move(_WHEEL)

    def on_resize(self) -> None:
        """Fill the new size."""
        self._again()

    # --- pointing at an event --------------------------------------------------------------------

    def action_choose(self, by: int) -> None:
        """Point at the shown event before (``by`` -1) or after (1) the one pointed at."""
        page, shown = self._page, [line.number for line in self._lines if line.number >= 0]
        if page is None or not shown:
            return
        if self.chosen is None:
            number: int | None = shown[-1]
        elif by < 0:
            number = next(page.older(self.chosen), None)
        else:
            number = next(page.newer(self.chosen + 1), None)
        if number is None:
            return
        if number > shown[-1]:
            self._last = page.ending(number)
        elif number < shown[0]:
            self._last = page.beginning(number)
        elif by < 0 and self._last is None:
            self._last = shown[-1]  # what is pointed at stands still
        self._point_at(number)

    def action_why(self) -> None:
        """Ask why the event pointed at came about."""
        if self.chosen is not None:
            self.post_message(EventChosen(self.chosen))

    def _point_at(self, number: int) -> None:
        self.chosen = number
        self._again()

    def action_go(self) -> None:
        """Go to the moment of the event pointed at."""
        if self.chosen is not None:
            self._last = None
            self.post_message(GoTo(self.chosen))

    def on_click(self, event: events.Click) -> None:
        """Ask why an event came about; on its time, go to its moment."""
        at = event.y - 1
        if not 0 <= at < len(self.lines) or self.lines[at].number < 0:
            return
        self._point_at(self.lines[at].number)
        if event.x <= self.gutter.left + cells(self.lines[at].time):
            self.action_go()
        else:
            self.action_why()

    # --- looking for events ----------------------------------------------------------------------

    async def action_search(self) -> None:
        """Type what to look for."""
        if self._input is None:
            from textual.widgets import Input

            self._input = Input(compact=True)
            self._input.cursor_blink = False
            await self.mount(self._input)
        self._input.display = self._typing = True
        self._write()
        self._input.focus()
        self._again()

    def _write(self) -> None:
        """Let the line hold what is looked for."""
        if self._input is not None:
            with self._input.prevent(self._input.Changed):
                self._input.value = str(self.filter.query)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look at once for what is typed."""
        event.stop()
        self.filter.type(event.value)
        self._last = self.chosen = None
        self._again()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep what was typed, if it can be looked for."""
        event.stop()
        if not self.filter.error:
            self.filter.keep()
            self._typed()

    def _typed(self) -> None:
        assert self._input is not None
        self._input.display = self._typing = False
        self.focus()
        self._again()

    async def action_leave(self) -> None:
        """Take back what was typed; or look for nothing; or point at nothing; or leave the log."""
        if self._typing:
            self.filter.undo()
            self._typed()
        elif self.filter.on:
            self.filter.clear()
            self._last = None
            self._again()
        elif self.chosen is not None:
            self.chosen = None
            self._again()
        else:
            await self.run_action("app.leave")

    # --- drawing ---------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        width, base = self.size.width, self.style_of("")
        segments: list[Segment] = []
        if y == 0:
            for piece in self._title:
                style = self.style_of(piece.kind)
                if piece.action:
                    style += Style.from_meta({"@click": piece.action})
                segments += [Segment(piece.text, style), Segment("  ", base)]
        elif y <= len(self.lines):
            line = self.lines[y - 1]
            if line.number == self.chosen:
                base += Style(bgcolor=self.style_of("chosen").bgcolor)
            time, tag = line.time, line.tag
            if line.number == self.chosen and time.strip() and self._view is not None:
                time = self._view.glyphs.more + time[1:]
            gap = width - cells(time) - 1 - cells(line.text) - cells(tag)
            segments = [
                Segment(f"{time} " if time else "", base + _fore(self.style_of("time"))),
                Segment(line.text, base + _fore(self.style_of(line.tone))),
                Segment(" " * gap, base),
                Segment(tag, base + _fore(self.style_of("here"))),
            ]
        return Strip(segments).adjust_cell_length(width, base)


def _fore(style: Style) -> Style:
    """Return a style without its background."""
    return Style(color=style.color, bold=style.bold)
