"""What the chart and the table of an experiment have in common: in both a person points at one."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from qdash.tui.look import UNICODE, Glyphs
from qdash.tui.study import Study
from qdash.tui.widgets.drawn import Drawn
from qdash.tui.widgets.stage_text import Line
from qdash.words import mark, spoken


class PointChosen(Message):
    """A person pointed at the point with this number; ``opened``: to see it live."""

    def __init__(self, at: int, *, opened: bool = False) -> None:
        super().__init__()
        self.at = at
        self.opened = opened


class MeasureChosen(Message):
    """A person wants the measure with this number in the chart."""

    def __init__(self, measure: int) -> None:
        super().__init__()
        self.measure = measure


POINTING: tuple[BindingType, ...] = (
    Binding("enter", "open", mark("open it live"), key_display="enter"),
    Binding("home", "edge(-1)", mark("first point"), show=False),
    Binding("end", "edge(1)", mark("last point"), show=False),
)
"""The keys of both; each has arrows of its own beside them."""


class Pointing(Drawn, can_focus=True):
    """Draws a study in lines, anew when it has changed, and sends up what is pointed at."""

    GROUND = "text"
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._study: Study | None = None
        self._lines: list[Line] = []
        self._key: object = None

    @property
    def text(self) -> str:
        """What is drawn, as plain text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def show(self, study: Study | None) -> None:
        """Draw a study as it is now; None is that nothing was begun yet."""
        self._study = study
        width, height = self.size
        key = (id(study), study and study.version, width, height, spoken())
        if not width or not height or key == self._key:
            return
        self._key = key
        self._lines = self.nothing() if study is None else self.draw(study)
        self.refresh()

    def nothing(self) -> list[Line]:
        """Return what is drawn where nothing was begun yet."""
        return []

    def draw(self, study: Study) -> list[Line]:
        """Return the lines of a study, for the room there is."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """Draw for the room there is."""
        self.show(self._study)

    def render_line(self, y: int) -> Strip:
        """Return one prepared line."""
        return self.strip_of(self._lines[y] if y < len(self._lines) else ())

    # --- what the person does --------------------------------------------------------------------

    def point(self, at: int) -> None:
        """Point at the point with this number, or as near to it as there is one."""
        if self._study is not None:
            self.post_message(PointChosen(at))

    def action_edge(self, by: int) -> None:
        """Point at the first or the last point."""
        if self._study is not None:
            self.point(0 if by < 0 else len(self._study.points) - 1)

    def action_measure(self, by: int) -> None:
        """Have the next measure in the chart, or the one before."""
        if self._study is not None:
            self.post_message(MeasureChosen(self._study.measure + by))

    def action_open(self) -> None:
        """See the point live."""
        if self._study is not None:
            self.post_message(PointChosen(self._study.at, opened=True))
