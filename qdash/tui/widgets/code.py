"""The code pane: the source that runs, each worker a mark on the line where it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip

from qdash.tui.messages import WorkerChosen
from qdash.tui.view import View
from qdash.tui.widgets.code_marks import Mark, marks_of, note
from qdash.tui.widgets.code_rows import Spot, row, title
from qdash.tui.widgets.code_sight import Sight
from qdash.tui.widgets.code_source import heads_of, highlighted, lines_of, numbers_of, plain
from qdash.tui.widgets.drawn import Drawn
from qdash.tui.widgets.stage_text import Line, clean, enumerated, fit
from qdash.words import mark, spoken, tr

_STEPS: Final = 10
"""How often in a second of the wall's clock marks move."""
_WHEEL: Final = 3
"""How many lines a notch of the mouse wheel moves."""
_NAMED: Final = 20
"""How many workers of a line are named in its tooltip."""


class CodePane(Drawn, can_focus=True):
    """The running scenario's source. Give it a view by ``show``.

    It keeps in sight the lines on which somebody is, that of the chosen worker and, while time
    stands still, the step just run; what lies between them is left out where there is no room.
    Once somebody scrolls it stays there, in one piece, until ``action_follow``.
    """

    GROUND = "text"
    DEFAULT_CSS = "CodePane { background: $surface; color: $foreground; padding: 0 1; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "text": "foreground",
        "dim": "dim",
        "title": "dim bold",
        "hint": "accent",
        "keyword": "keyword",
        "await": "keyword bold",
        "string": "string",
        "comment": "dim italic",
        "number": "number",
        "name": "foreground bold",
        "builtin": "foreground",
        "producer": "producer bold",
        "consumer": "consumer bold",
        "other": "other bold",
        "producer-chosen": "background on producer bold",
        "consumer-chosen": "background on consumer bold",
        "other-chosen": "background on other bold",
        "blocked": "blocked",
        "blocked-loud": "blocked bold",
        "stop": "stop",
        "accent": "accent",
        "note": "foreground",
        "line": "dim",
        "from": "accent bold",
        "to": "background on accent bold",
        "on-blocked": "on line-blocked",
        "on-stop": "on line-stop",
        "on-busy": "on line-busy",
        "on-wait": "on line-wait",
        "on-run": "on line-run",
    }
    FOCUSED: ClassVar[dict[str, str]] = {
        "title": "foreground bold",
    }
    NO_COLOUR: ClassVar[dict[str, str]] = {
        "blocked-loud": "foreground bold reverse",
        "from": "accent bold underline",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_lines(-1)", mark("up"), key_display="↑"),
        Binding("down", "scroll_lines(1)", mark("down"), key_display="↓"),
        Binding("pageup", "scroll_pages(-1)", mark("page up"), key_display="PgUp"),
        Binding("pagedown", "scroll_pages(1)", mark("page down"), key_display="PgDn"),
        Binding("home", "scroll_pages(-1000)", mark("top"), key_display="Home"),
        Binding("end", "follow", mark("follow"), key_display="End"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sight = Sight()
        self._view: View | None = None
        self._source: str | None = None
        self._text: list[str] = []
        self._code: list[Line] = []
        self._numbers: list[int] = []
        self._places: dict[int, int] = {}
        self._heads: dict[int, int] = {}
        self._marks: dict[int, Mark] = {}
        self._selected = ""
        self._key: object = None
        self._drawn = (0, 0.0)
        self._lines: list[Line] = []
        self._calm: dict[tuple[int, bool], Line] = {}
        """Lines on which nobody is, as they are drawn."""
        self._spots: dict[int, list[Spot]] = {}
        self._shown: list[int] = []

    # --- what is shown ---------------------------------------------------------------------------

    @property
    def text(self) -> str:
        """What is drawn, as plain text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def show(self, view: View) -> None:
        """Draw this view; nothing is done where nothing has happened.

        While the clock moves, that is ten times a second at most.
        """
        moving = self._view is not None and view.position != self._view.position
        self._view = view
        self._take(view.state.header.source)
        if view.selected != self._selected:
            self._selected = view.selected
            self.sight.held &= not view.selected
        key = view.state, view.selected, view.paused, self.size, view.glyphs, spoken()
        news = view.state.events != self._drawn[0] and not (moving and self._soon(view))
        if key != self._key or news:
            ticks = self._ticks(view)
            self._key, self._drawn = key, (view.state.events, view.position)
            self._draw(view, ticks)

    def _soon(self, view: View) -> bool:
        """Tell whether the last frame is so near that the eye would not see what has changed."""
        if view.speed is None or view.state.stuck or view.state.ended is not None:
            return False
        return 0 <= view.position - self._drawn[1] < view.speed / _STEPS and not view.paused

    def _ticks(self, view: View) -> int:
        """Return how often, since the last frame drawn, marks could have moved; once at least."""
        passed = view.position - self._drawn[1]
        return max(1, round(passed * _STEPS / view.speed)) if view.speed else 1

    def _take(self, source: str) -> None:
        if source != self._source:  # another scenario
            self._source, self._text, self.sight = source, lines_of(source), Sight()
            self._calm.clear()
            self._code, self._numbers = plain(self._text), numbers_of(self._text)
            places = self._places = {number: at for at, number in enumerate(self._numbers)}
            heads = heads_of(self._text).items()
            self._heads = {places[number]: places[head] for number, head in heads}
            # Colours take a while to compute: not before the first frame is painted.
            self.call_after_refresh(self._colour)

    def _colour(self) -> None:
        self._code = highlighted(self._text)
        self._again()

    def _again(self) -> None:
        if self._view is not None:
            self._key = None
            self._calm.clear()
            self.show(self._view)

    def _draw(self, view: View, ticks: int) -> None:
        width, height = self.size
        if not width or not height:
            return
        before = self._lines
        marks = self._marks = marks_of(view.state)
        if self._code:
            shown = self._look(view, height - 1, ticks)
        else:  # without a source there are only the lines on which somebody is
            self._numbers = sorted(set(marks) - {0}) or [1]
            shown = self.sight.look(len(self._numbers), height - 1, {})
        self._shown = [self._numbers[at] for at in shown]
        self._spots = {}
        self._lines = [title(view, marks, self._shown, self.sight.held, width)]
        for at, last in zip(shown, [at - 1 for at in shown[:1]] + [*shown], strict=False):
            self._lines.append(self._row(view, self._numbers[at], at != last + 1, width))
        if not self._code:
            told = tr("no source came with this run")
            self._lines.append(fit([(told, "dim")], width))
        self._lines += [fit((), width)] * (height - len(self._lines))
        if len(before) != len(self._lines):
            self.refresh()
        elif changed := [
            Region(0, y, width, 1)
            for y, (old, new) in enumerate(zip(before, self._lines, strict=True))
            if old != new
        ]:
            self.refresh(*changed)

    def _look(self, view: View, height: int, ticks: int) -> Sequence[int]:
        """Return which lines are in sight, by their places among all that can be."""
        places = self._places
        staged = {role for row in view.state.header.layout for role in row}
        return self.sight.look(
            len(places),
            height,
            {
                places[number]: there.weight(staged)
                for number, there in self._marks.items()
                if number in places
            },
            [places[number] for number in self._followed(view) if number in places],
            self._heads,
            still=view.paused,
            ticks=ticks,
        )

    def _followed(self, view: View) -> list[int]:
        """Return the lines to keep in sight, the most important first."""
        worker = view.state.workers.get(view.selected)
        if worker is not None:
            return [worker.line]
        state, step = view.state, view.state.stepped
        stands = view.paused or state.stuck or state.ended is not None
        return [step.line, step.before] if step is not None and stands else []

    # --- one line after another ------------------------------------------------------------------

    def _row(self, view: View, number: int, gap: bool, width: int) -> Line:
        """Return one line of code: who is on it, its number, and what it says.

        ``gap`` tells that lines before it are left out.
        """
        step, there = view.state.stepped, self._marks.get(number)
        calm = there is None and (step is None or number not in (step.before, step.line))
        if calm and (known := self._calm.get((number, gap))) is not None:
            return known
        code = self._code[number - 1] if self._code else ()
        digits = max(2, len(str(self._numbers[-1])))
        line, self._spots[number] = row(view, there, number, code, (width, digits, gap))
        if calm:
            self._calm[number, gap] = line
        return line

    # --- moving and choosing ---------------------------------------------------------------------

    def scroll_by(self, lines: int) -> None:
        """Scroll by so many lines, and stay there."""
        self.sight.scroll(lines, len(self._numbers), max(1, self.size.height - 1))
        self._again()

    def action_scroll_lines(self, lines: int) -> None:
        """Scroll by lines."""
        self.scroll_by(lines)

    def action_scroll_pages(self, pages: int) -> None:
        """Scroll by pages."""
        self.scroll_by(pages * max(1, self.size.height - 2))

    def action_follow(self) -> None:
        """Follow what happens again."""
        self.sight.held = False
        self._again()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Scroll up."""
        event.stop()
        self.scroll_by(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Scroll down."""
        event.stop()
        self.scroll_by(_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Choose the worker clicked on, or the next one of that line; on the title, follow."""
        event.stop()
        at = event.get_content_offset_capture(self)
        if at.y == 0:
            self.action_follow()
        elif (there := self._mark_at(at.y)) is not None:
            spots = self._spots[there.line]
            name = next((name for left, right, name in spots if left <= at.x < right), "")
            self.post_message(WorkerChosen(name or _next_one(there, self._selected)))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say in a tooltip who is on the line under the pointer, by name."""
        there = self._mark_at(event.get_content_offset_capture(self).y)
        self.tooltip = None
        if there is not None and self._view is not None:
            workers = enumerated(clean(worker.name) for worker in there.workers(_NAMED))
            if (more := there.size - _NAMED) > 0:
                words = tr("line {line}: {workers} and {count} more")
            else:
                words = tr("line {line}: {workers}")
            told = words.format(line=there.line, workers=workers, count=f"{more:,}")
            self.tooltip = "\n".join(
                [told, *(text for text, _ in note(there, self._view.state)[:1])]
            )

    def _mark_at(self, y: int) -> Mark | None:
        return self._marks.get(self._shown[y - 1]) if 0 < y <= len(self._shown) else None

    def on_resize(self) -> None:
        """Fill the new size."""
        self._again()

    # --- drawing ---------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """Return one prepared line."""
        line = self._lines[y] if y < len(self._lines) else ()
        return self.strip_of(line)

    def look_up(self, name: str) -> Style:
        """Find a style, laid on the tint of its line: ``word@tint``."""
        word, _, tint = name.partition("@")
        style = super().look_up(word)
        if tint and word != "to" and not word.endswith("-chosen"):
            style += Style(bgcolor=super().look_up(f"on-{tint}").bgcolor)
        return style


def _next_one(there: Mark, selected: str) -> str:
    """Return the worker of this line after the one chosen, or the first."""
    workers = [worker.name for worker in there.workers()]
    at = workers.index(selected) + 1 if selected in workers else 0
    return workers[at % len(workers)]
