"""A bar: lines of short pieces of text, some of which do something when they are clicked."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget


class Piece(NamedTuple):
    """A piece of text; ``kind`` is how it looks, ``action`` what a click on it does."""

    text: str
    kind: str = ""
    action: str = ""

    @property
    def width(self) -> int:
        """How many cells it takes."""
        return cell_len(self.text)


Line = tuple[Piece, ...]


class Bar(Widget):
    """Draws lines of pieces, and repaints only when one of them has changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "bar--plain",
        "bar--value",
        "bar--key",
        "bar--dim",
        "bar--loud",
        "bar--bad",
        "bar--good",
        "bar--chosen",
        "bar--typed",
        "bar--cursor",
    }
    DEFAULT_CSS = """
    Bar { height: 1; background: $panel; color: $foreground; }
    Bar > .bar--plain { color: $foreground; }
    Bar > .bar--value { color: $foreground; text-style: bold; }
    Bar > .bar--key { color: $accent; text-style: bold; }
    Bar > .bar--dim { color: $dim; }
    Bar > .bar--loud { color: $background; background: $blocked; text-style: bold; }
    Bar > .bar--bad { color: $blocked; text-style: bold; }
    Bar > .bar--good { color: $consumer; text-style: bold; }
    Bar > .bar--chosen { color: $background; background: $accent; text-style: bold; }
    Bar > .bar--typed { color: $foreground; background: $background; text-style: bold underline; }
    Bar > .bar--cursor { color: $background; background: $foreground; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()
        self._styles: dict[tuple[str, str], Style] = {}

    @property
    def lines(self) -> tuple[Line, ...]:
        """What is drawn."""
        return self._lines

    @property
    def text(self) -> str:
        """What is drawn, as plain text."""
        return "\n".join("".join(piece.text for piece in line) for line in self._lines)

    def draw(self, lines: tuple[Line, ...]) -> None:
        """Draw these lines from now on."""
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one line, filled up to the width."""
        base = self.rich_style
        # From the bottom up, so that lines stay where they are while the bar grows by one.
        at = y - self.size.height + len(self._lines)
        if not 0 <= at < len(self._lines):
            return Strip.blank(self.size.width, base)
        segments = [Segment(piece.text, self._style(piece)) for piece in self._lines[at]]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def notify_style_update(self) -> None:
        """Look the styles up anew after a change of theme."""
        self._styles.clear()
        super().notify_style_update()

    def _style(self, piece: Piece) -> Style:
        style = self._styles.get(piece[1:])
        if style is None:
            style = self.get_component_rich_style(f"bar--{piece.kind or 'plain'}")
            if piece.action:
                style += Style.from_meta({"@click": piece.action})
            self._styles[piece[1:]] = style
        return style


def width_of(line: Line) -> int:
    """Return how many cells the pieces of a line take."""
    return sum(piece.width for piece in line)
