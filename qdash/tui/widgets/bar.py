"""A bar: lines of short pieces of text, some of which do something when they are clicked."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.style import Style
from textual.strip import Strip

from qdash.tui.widgets.drawn import Drawn


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


class Bar(Drawn):
    """Draws lines of pieces, and repaints only when one of them has changed."""

    DEFAULT_CSS = "Bar { height: 1; background: $panel; color: $foreground; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "plain": "foreground",
        "value": "foreground bold",
        "key": "accent bold",
        "dim": "dim",
        "loud": "background on blocked bold",
        "bad": "blocked bold",
        "good": "consumer bold",
        "chosen": "background on accent bold",
        "typed": "foreground on background bold underline",
        "cursor": "background on foreground",
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()

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
        # From the bottom up, so that lines stay where they are while the bar grows by one.
        at = y - self.size.height + len(self._lines)
        line = self._lines[at] if 0 <= at < len(self._lines) else ()
        return self.strip_of((piece.text, piece[1:]) for piece in line)

    def look_up(self, name: str | tuple[str, str]) -> Style:
        """Find the style of a piece, by its kind and action."""
        if not isinstance(name, tuple):
            return super().look_up(name)
        kind, action = name
        style = super().look_up(kind or "plain")
        return style + Style.from_meta({"@click": action}) if action else style


def width_of(line: Line) -> int:
    """Return how many cells the pieces of a line take."""
    return sum(piece.width for piece in line)
