"""The why panel: what was chosen, why it is as it is, and what can be asked next."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.strip import Strip

from qdash.history import History
from qdash.state import State
from qdash.tui.messages import GoTo, WhyClosed, WorkerChosen
from qdash.tui.view import View
from qdash.tui.widgets.drawn import Drawn
from qdash.why import Answer, Subject
from qdash.words import mark, spoken, tr

if TYPE_CHECKING:  # imported when somebody asks: the first frame needs none of it
    from qdash.life import Life
    from qdash.tui.widgets.why_lines import Row, Span

Hint: TypeAlias = "tuple[str, str, Callable[[], None] | None]"
"""A piece of the title: its text, its look, and what a click on it does."""

_FOLLOWED: Final = 0.005
"""For how many seconds a frame may follow an item through its history."""
_TRAIL: Final = 50
"""How many subjects one can go back to."""
_WHEEL: Final = 3


class WhyPanel(Drawn, can_focus=True):
    """Answers why the chosen worker, queue, item or event is as it is at the moment shown.

    Reasons that lead on are followed by enter or a click; backspace goes back along the trail.
    """

    DEFAULT_CSS = "WhyPanel { background: $surface; color: $foreground; padding: 0 1; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "title": "dim bold",
        "hint": "accent",
        "says": "foreground bold",
        "text": "foreground",
        "dim": "dim",
        "link": "accent bold",
        "chosen": "background on accent bold",
        "making": "producer",
        "put": "blocked",
        "queue": "stop",
        "work": "consumer",
    }
    FOCUSED: ClassVar[dict[str, str]] = {
        "title": "foreground bold",
    }
    NO_COLOUR: ClassVar[dict[str, str]] = {
        "chosen": "foreground bold reverse",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", mark("up"), key_display="↑"),
        Binding("down", "move(1)", mark("down"), key_display="↓"),
        Binding("enter", "follow", mark("follow"), key_display="enter"),
        Binding("backspace", "back", mark("back"), key_display="⌫"),
        Binding("pageup", "page(-1)", mark("page up"), key_display="PgUp"),
        Binding("pagedown", "page(1)", mark("page down"), key_display="PgDn"),
        Binding("escape", "close", mark("close"), key_display="esc"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._history: History | None = None
        self._given: Subject | None = None  # what the app handed down last
        self._trail: list[Subject] = []
        self._language = ""  # in which what follows is told
        self._life: Life | None = None
        self._answer: tuple[object, Answer] | None = None  # of an event, which does not change
        self._rows: list[Row] = []
        self._key: object = None
        self._at = 0  # which of the links is chosen
        self._top = 0  # the first line shown
        self._drawn: tuple[object, ...] = ()

    @property
    def subject(self) -> Subject | None:
        """What is asked about."""
        return self._trail[-1] if self._trail else None

    @property
    def text(self) -> str:
        """All that is drawn, as plain text."""
        return "\n".join(
            "".join(text for text, _ in self._line(y)).rstrip() for y in range(self.size.height)
        )

    # --- what is shown ---------------------------------------------------------------------------

    def show(self, view: View) -> None:
        """Draw what is known in this frame."""
        if spoken() != self._language:
            self._language, self._life, self._answer = spoken(), None, None
        if view.history is not self._history:  # another course of this run, or another run
            self._history, self._life, self._answer = view.history, None, None
            if view.subject is None:
                self._given, self._trail = None, []
        self._view = view
        if view.subject is not None and view.subject is not self._given:
            self._given = view.subject
            self._ask(view.subject)
        elif not self._trail:
            self._trail = [telling(view.state)]
        life = self._life
        behind = life is not None and life.seen < view.events
        moment = (id(view.state), view.events, view.position, self.subject, self.size)
        key = (moment, view.glyphs, behind, spoken())
        if key != self._key or behind:
            self._key = key
            self._make(view)

    def _make(self, view: View) -> None:
        from qdash.life import Life
        from qdash.tui.widgets.why_lines import lay_out

        subject = self.subject
        assert subject is not None
        if subject.kind == "item" and (self._life is None or self._life.subject != subject):
            self._life = Life(subject, view.history, view.events)
        life = self._life if subject.kind == "item" else None
        if life is not None:
            until = monotonic() + _FOLLOWED
            life.follow(view.events, lambda: monotonic() > until)
        width = self.size.width
        answer = self._asked(subject, view)
        now = max(view.state.t, view.position)
        self._rows = lay_out(answer, life, view.events, now, width, view.glyphs) if width else []
        self._at = max(0, min(self._at, len(self._links()) - 1))
        self._redraw()

    def _asked(self, subject: Subject, view: View) -> Answer:
        from qdash.why.ask import why

        if subject.kind != "event":
            return why(subject, view.state, view.history, max(view.state.t, view.position))
        # What it brought about may yet come: until then it is asked again now and then.
        key = (subject, view.events if view.events < int(subject.name) + 500 else None)
        if self._answer is None or self._answer[0] != key:
            self._answer = key, why(subject, view.state, view.history)
        return self._answer[1]

    def _redraw(self) -> None:
        drawn = tuple(tuple(self._line(y)) for y in range(self.size.height))
        if drawn != self._drawn:
            self._drawn = drawn
            self.refresh()

    def _again(self) -> None:
        self._key = None
        if self._view is not None:
            self.show(self._view)

    # --- asking on -------------------------------------------------------------------------------

    def _ask(self, subject: Subject) -> None:
        if self.subject != subject:
            self._trail = [*self._trail, subject][-_TRAIL:]
            self._at = self._top = 0

    def _links(self) -> list[int]:
        """The lines that lead on, by number."""
        return [at for at, row in enumerate(self._rows) if row.to is not None and row.begins]

    def action_move(self, by: int) -> None:
        """Choose the next reason that leads on, or scroll where there is none."""
        links = self._links()
        if not links:
            self._scroll(by)
            return
        at = self._at + by
        if not 0 <= at < len(links):
            self._scroll(by)
            return
        self._at = at
        line, room = links[at], max(1, self.size.height - 1)
        last = line
        while last + 1 < len(self._rows) and not self._rows[last + 1].begins:
            last += 1
        if line < self._top or at == 0:
            self._top = 0 if at == 0 else line
        elif last >= self._top + room:
            self._top = last - room + 1
        self._redraw()

    def action_follow(self) -> None:
        """Ask about what the chosen reason leads to."""
        if links := self._links():
            self._go(self._rows[links[self._at]].to)

    def _go(self, to: Subject | None) -> None:
        if to is None:
            return
        if to.kind == "moment":
            self.post_message(GoTo(int(to.name)))
            return
        self._ask(to)
        view = self._view
        if to.kind == "worker" and view is not None and view.selected != to.name:
            worker = view.state.workers.get(str(to.name))
            if worker is not None and worker.alive:
                self.post_message(WorkerChosen(worker.name))  # so that it is seen elsewhere too
        self._again()

    def action_back(self) -> None:
        """Return to what was asked before."""
        if len(self._trail) > 1:
            self._trail.pop()
            self._at = self._top = 0
            self._again()

    def action_close(self) -> None:
        """Close the panel."""
        self.post_message(WhyClosed())

    def action_page(self, pages: int) -> None:
        """Scroll by a page."""
        self._scroll(pages * max(1, self.size.height - 2))

    def _scroll(self, lines: int) -> None:
        most = max(0, len(self._rows) - max(1, self.size.height - 1))
        self._top = max(0, min(self._top + lines, most))
        self._redraw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self._scroll(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self._scroll(_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Follow the reason on which the person clicked; on the title, the hints are buttons."""
        place = event.get_content_offset(self)
        if place is None:
            return
        event.stop()
        if place.y:
            line = self._top + place.y - 1
            if line < len(self._rows):
                self._go(self._rows[line].to)
            return
        x = 0
        for text, _, act in self._title():
            if act is not None and x <= place.x < x + cell_len(text):
                act()
                return
            x += cell_len(text)

    def on_resize(self) -> None:
        """Fill the new size."""
        self._again()

    # --- drawing ---------------------------------------------------------------------------------

    def _title(self) -> list[Hint]:
        """The trail, and the keys as far as there is room."""
        if self.subject is None or self._view is None:
            return [(tr("WHY"), "title", None)]
        less = self._view.glyphs.less
        hints: list[Hint] = [(f"{tr('WHY')}  {self.subject.title}", "title", None)]
        ends: list[Hint] = [
            (f"  {tr('esc: close')}", "hint", self.action_close),
            (f"  {tr('up down enter: follow')}", "dim", None),
        ]
        if len(self._trail) > 1:
            back = f"  {less} {self._trail[-2].title}"
            if (more := len(self._trail) - 2) > 0:
                back += f" {less} {tr('{count} more').format(count=more)}"
            ends.insert(0, (back, "hint", self.action_back))
            ends.append((f"  {tr('backspace: back')}", "dim", None))
        for end in ends:
            if sum(cell_len(text) for text, _, _ in (*hints, end)) <= self.size.width:
                hints.append(end)
        return hints

    def _line(self, y: int) -> list[Span]:
        from qdash.tui.widgets.why_lines import cut

        width = self.size.width
        if y == 0:
            return cut([(text, style) for text, style, _ in self._title()], width)
        at = self._top + y - 1
        if at >= len(self._rows):
            return []
        room = self.size.height - 1
        below = len(self._rows) - self._top - room
        if y == room and below > 0 and room > 2:
            words = tr("{count} more lines: PgDn").format(count=below + 1)
            return cut([(words, "dim")], width)
        row = self._rows[at]
        spans: tuple[Span, ...] = row.spans
        links = self._links()
        if row.to is not None and self.has_focus and links:
            first = at
            while not self._rows[first].begins:
                first -= 1
            if first == links[self._at]:
                spans = tuple((text, "chosen") for text, _ in spans)
        return cut(spans, width)

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        return self.strip_of(self._line(y))


def telling(state: State) -> Subject:
    """Return what is most worth asking about, where nobody has chosen anything."""
    queues = state.queues.values()
    for firsts in (
        [queue.putters[0].worker for queue in queues if queue.putters],
        [name for queue in queues for name in queue.joiners],
        [queue.getters[0].worker for queue in queues if queue.getters],
    ):
        waiting = [state.workers[name] for name in firsts if name in state.workers]
        if waiting:
            return Subject("worker", min(waiting, key=lambda worker: worker.since).name)
    if state.queues:
        return Subject("queue", next(iter(state.queues)))
    return Subject("worker", next(iter(state.workers), "main"))
