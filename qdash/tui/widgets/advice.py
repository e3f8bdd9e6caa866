"""The advice: what is wrong, by the name of its rule, with evidence and remedy."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.strip import Strip

from qdash.advice import Advice, check
from qdash.prose import wrap
from qdash.state import State
from qdash.tui.messages import RuleChosen
from qdash.tui.view import View
from qdash.tui.widgets.drawn import Drawn
from qdash.words import spoken, tr

_EVERY: Final = 0.5
"""How many seconds of the wall's clock lie between two checks of the rules while time passes."""
_FRAMES: Final = 15
"""How many frames lie between two checks when time passes as fast as it can."""


class Span(NamedTuple):
    """A piece of text, and how it looks."""

    text: str
    kind: str


class Line(NamedTuple):
    """A line of the panel; ``rule`` is whose page a click on it opens, "" the list of all."""

    spans: tuple[Span, ...]
    rule: str = ""


class AdvicePanel(Drawn):
    """Says what the rules say, the gravest first; with little room, remedies go first."""

    DEFAULT_CSS = "AdvicePanel { background: $surface; color: $foreground; padding: 0 1; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "title": "dim bold",
        "rule": "accent bold",
        "evidence": "foreground",
        "remedy": "dim",
        "good": "consumer",
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._state: State | None = None
        self._view: View | None = None
        self._asked: object = None  # which rules are asked, and in which language
        self._checked = -1  # how many events there were at the last check
        self._position = 0.0  # where the clock stood then
        self._frames = 0  # how many frames ago that is
        self._advice: list[Advice] = []
        self._lines: tuple[Line, ...] = ()

    @property
    def text(self) -> str:
        """What is drawn, as plain text."""
        return "\n".join("".join(span.text for span in line.spans) for line in self._lines)

    def show(self, view: View) -> None:
        """Draw what is known in this frame.

        The rules are asked when something has happened, while time passes twice a second at most.
        """
        self._view = view
        state = view.state
        asked = view.without, spoken()
        if state is not self._state or asked != self._asked:  # another run, or another moment
            self._state, self._asked, self._checked = state, asked, -1
        self._frames += 1
        if state.events == self._checked or not self._is_due(view):
            return
        self._checked, self._position, self._frames = state.events, view.position, 0
        self._advice = check(state, view.without)
        self._draw(view)

    def _is_due(self, view: View) -> bool:
        if view.paused or view.state.stuck or view.state.ended is not None or self._checked < 0:
            return True
        if view.speed is None:
            return self._frames >= _FRAMES
        return view.position >= self._position + _EVERY * view.speed

    def _draw(self, view: View) -> None:
        width, height = self.size
        lines = tuple(_lay_out(self._advice, width, height, view)) if width and height else ()
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def on_resize(self) -> None:
        """Fill the new size."""
        if self._view is not None:
            self._draw(self._view)

    def on_click(self, event: events.Click) -> None:
        """Open the page of the rule that was clicked, or the list of all."""
        rule = self._lines[event.y].rule if event.y < len(self._lines) else ""
        self.post_message(RuleChosen(rule))

    def render_line(self, y: int) -> Strip:
        """Return one line."""
        spans = self._lines[y].spans if y < len(self._lines) else ()
        return self.strip_of((span.text, span.kind) for span in spans)


def _lay_out(advice: list[Advice], width: int, height: int, view: View) -> list[Line]:
    title = Line((Span(tr("ADVICE"), "title"), Span(_hint(view.without), "remedy")))
    if not advice:
        nothing = Line((Span(tr("no rule has anything to say"), "good"),))
        return [_crop(line, width) for line in (title, nothing)][:height]
    full = [_one(each, width, view, remedy=True) for each in advice]
    brief = [_one(each, width, view, remedy=False) for each in advice]
    room = height - 1
    parts = full if sum(map(len, full)) <= room else brief
    lines: list[Line] = [title]
    for at, part in enumerate(parts):
        left = len(parts) - at
        # Where not all of them fit, the last line is kept for how many more there are.
        if len(lines) + len(part) > height - (left > 1):
            lines += part[: max(0, height - 1 - len(lines))]
            unsaid = _unsaid(left - 1)
            if part[0] not in lines:
                unsaid = tr("and {count} more").format(count=f"{left:,}")
            lines.append(Line((Span(unsaid, "title"),), part[0].rule))
            break
        lines += part
    return [_crop(line, width) for line in lines[:height]]


def _unsaid(count: int) -> str:
    """Say what is missing below a piece of advice that is cut off."""
    if count:
        return tr("... and {count} more").format(count=f"{count:,}")
    return tr("... click for all of it")


def _hint(without: frozenset[str]) -> str:
    if not without:
        return "  " + tr("u: all rules")
    return "  " + tr("u: all rules, {count} of them off").format(count=f"{len(without):,}")


def _one(advice: Advice, width: int, view: View, *, remedy: bool) -> list[Line]:
    rule = advice.rule
    head = f"{view.glyphs.bullet} {rule}  "
    inside = max(8, width - 2)
    first, *more = wrap(" " * (cell_len(head) - 2) + advice.evidence, inside) or [""]
    first = first.lstrip()
    lines = [Line((Span(head, "rule"), Span(first, "evidence")), rule)]
    lines += [Line((Span(f"  {text}", "evidence"),), rule) for text in more]
    if remedy:
        lines += [
            Line((Span(f"  {text}", "remedy"),), rule) for text in wrap(advice.remedy, inside)
        ]
    return lines


def _crop(line: Line, width: int) -> Line:
    spans: list[Span] = []
    for span in line.spans:
        cells = min(cell_len(span.text), width)
        spans.append(Span(set_cell_size(span.text, cells), span.kind))
        width -= cells
    return line._replace(spans=tuple(spans))
