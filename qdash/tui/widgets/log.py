"""The event log: what happened, as sentences, the newest at the bottom."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap
from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widget import Widget

from qdash.events import Event, Got, Woken
from qdash.history import History
from qdash.narrate import Tone, sentence, tone
from qdash.state import Then
from qdash.tui.view import View

_FETCH: Final = 100
_WHEEL: Final = 3
"""How many events a notch of the mouse wheel moves."""
_TONES: Final = ("calm", "blocked", "signal", "failure", "person", "dim")


class Row(NamedTuple):
    """One line: the time of an event or blanks, a part of its sentence, and how it is meant."""

    time: str
    text: str
    tone: Tone


class EventLog(Widget, can_focus=True):
    """Follows what happens, until somebody scrolls back; End returns to what happens now.

    Only the lines in sight are made into sentences. Everyday work (making, working, waiting in
    get()) is left out unless asked for.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "log--title", "log--hint", "log--time", *(f"log--{name}" for name in _TONES),
    }  # fmt: skip
    DEFAULT_CSS = """
    EventLog { background: $surface; color: $foreground; padding: 0 1; }
    EventLog > .log--title { color: $dim; text-style: bold; }
    EventLog > .log--hint { color: $accent; }
    EventLog > .log--time { color: $dim; }
    EventLog > .log--calm { color: $foreground; }
    EventLog > .log--blocked { color: $blocked; }
    EventLog > .log--signal { color: $stop; text-style: bold; }
    EventLog > .log--failure { color: $blocked; text-style: bold; }
    EventLog > .log--person { color: $accent; }
    EventLog > .log--dim { color: $dim; }
    EventLog:focus > .log--title { color: $foreground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pageup", "page(-1)", "back", key_display="PgUp", tooltip="Scroll the log back."),
        Binding("pagedown", "page(1)", "on", key_display="PgDn", tooltip="Scroll the log on."),
        Binding("home", "oldest", "oldest", key_display="Home", tooltip="The oldest event kept."),
        Binding("end", "live", "live", key_display="End", tooltip="Follow what happens now."),
        Binding(
            "a", "everyday", "all events", key_display="a", tooltip="Everyday work too, or not."
        ),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.everyday = False
        """Whether everyday work is shown too."""
        self._view: View | None = None
        self._history: History | None = None
        self._last: int | None = None  # the number of the event at the bottom; None follows
        self._title: tuple[tuple[str, str, str], ...] = ()
        self._rows: tuple[Row, ...] = ()
        self._key: object = None
        self._styles: dict[str, Style] = {}

    @property
    def live(self) -> bool:
        """Whether the newest events are followed."""
        return self._last is None

    @property
    def text(self) -> str:
        """What is drawn below the title, as plain text."""
        return "\n".join(f"{row.time} {row.text}".rstrip() for row in self._rows)

    @property
    def title(self) -> str:
        """What the title line says."""
        return "  ".join(text for text, _, _ in self._title)

    # --- what is shown ---------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Draw what is known in this frame."""
        if view.history is not self._history:  # another run
            self._history, self._last = view.history, None
        self._view = view
        key = (id(view.state), view.state.events, self._last, self.everyday, self.size, view.glyphs)
        if key != self._key:
            self._key = key
            self._draw(view)

    def _draw(self, view: View) -> None:
        width, height = self.size
        title = self._make_title(view)
        rows = tuple(self._make_rows(view, width, height - 1)) if width and height > 1 else ()
        if (title, rows) != (self._title, self._rows):
            self._title, self._rows = title, rows
            self.refresh()

    def _again(self) -> None:
        if self._view is not None:
            self._key = None
            self.show(self._view)

    def _make_title(self, view: View) -> tuple[tuple[str, str, str], ...]:
        everyday = "everyday events too" if self.everyday else "a: everyday events too"
        title = [("WHAT HAPPENED", "title", "")]
        if self._last is not None:
            later = view.state.events - 1 - self._last
            title.append((f"not live: {later:,} later events, End follows them", "hint", "live"))
        title.append((everyday, "time", "everyday"))
        return tuple(title)

    def _make_rows(self, view: View, width: int, height: int) -> list[Row]:
        """Fill the lines from the bottom up; with too few older events, from there downwards."""
        state, history = view.state, view.history
        rows: list[Row] = []
        bottom = state.events - 1 if self._last is None else self._last
        stamp = max(6, len(f"{state.t:.2f}"))
        for event, then in self._older(history, bottom):
            rows += reversed(_lines(event, then, stamp, width, view))
            if len(rows) >= height:
                break
        else:
            if history.first:
                limit = f"older events were let go: {history.first:,} of {history.events:,}"
                rows.append(Row(" " * stamp, limit, "dim"))
        rows = rows[:height][::-1]
        if self._last is not None and len(rows) < height:
            for event, then in self._newer(history, bottom + 1, state.events):
                rows += _lines(event, then, stamp, width, view)
                if len(rows) >= height:
                    break
        return rows[:height]

    def _older(self, history: History, at: int) -> Iterator[tuple[Event, Then | None]]:
        """The shown events from number ``at`` backwards."""
        for end in range(at + 1, history.first, -_FETCH):
            for number in range(end - 1, max(history.first, end - _FETCH) - 1, -1):
                if self._tells(history, number):
                    yield history.rows(number, number + 1)[0][1:]

    def _newer(self, history: History, at: int, end: int) -> Iterator[tuple[Event, Then | None]]:
        for number in range(at, end):
            if self._tells(history, number):
                yield history.rows(number, number + 1)[0][1:]

    def _tells(self, history: History, number: int) -> bool:
        """Whether an event has a line of its own."""
        if self.everyday:
            return True
        event = history.event(number)
        if tone(event) == "dim":
            return False
        if type(event) is Got and event.shape == "item" and number + 1 < history.events:
            after = history.event(number + 1)  # whom it woke is told in a sentence that tells both
            return type(after) is not Woken or tone(after) == "dim"
        return True

    # --- moving ----------------------------------------------------------------------------------

    def move(self, by: int) -> None:
        """Scroll by so many shown events, back in time when negative."""
        history = self._history
        if history is None or self._view is None or not self._view.events:
            return
        first, last = history.first, self._view.events - 1
        at = last if self._last is None else max(self._last, first)
        step = -1 if by < 0 else 1
        left = abs(by)
        while left and first <= at + step <= last:
            at += step
            left -= self._tells(history, at)
        self._last = None if at >= last else at
        self._again()

    def action_page(self, pages: int) -> None:
        """Scroll by a page."""
        self.move(pages * max(1, self.size.height - 2))

    def action_oldest(self) -> None:
        """Show the oldest events that are kept."""
        self.move(-1_000_000_000)

    def action_live(self) -> None:
        """Follow what happens now."""
        self._last = None
        self._again()

    def action_everyday(self) -> None:
        """Show everyday work too, or leave it out."""
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

    # --- drawing ---------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        width, base = self.size.width, self._style("")
        segments: list[Segment] = []
        if y == 0:
            for text, kind, action in self._title:
                style = self._style(kind)
                if action:
                    style += Style.from_meta({"@click": action})
                segments += [Segment(text, style), Segment("  ", base)]
        elif y <= len(self._rows):
            row = self._rows[y - 1]
            segments = [
                Segment(f"{row.time} ", self._style("time")),
                Segment(row.text, self._style(row.tone)),
            ]
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, kind: str) -> Style:
        if (style := self._styles.get(kind)) is None:
            style = self.get_component_rich_style(f"log--{kind}") if kind else self.rich_style
            self._styles[kind] = style
        return style

    def notify_style_update(self) -> None:
        """Take the colours anew, as after a change of theme or of the focus."""
        super().notify_style_update()
        self._styles.clear()


def _lines(event: Event, then: Then | None, stamp: int, width: int, view: View) -> list[Row]:
    """Break a sentence into at most two lines."""
    room = max(8, width - stamp - 1)
    text, mood = sentence(event, then), tone(event)
    first, *more = [text] if cell_len(text) <= room else wrap(text, room, subsequent_indent="  ")
    rows = [Row(f"{event.t:{stamp}.2f}", first, mood)]
    if more:
        second = more[0]
        if len(more) > 1:
            dots = view.glyphs.dots
            second = set_cell_size(second, min(cell_len(second), room - cell_len(dots))) + dots
        rows.append(Row(" " * stamp, second, mood))
    return rows
