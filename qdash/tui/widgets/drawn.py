"""What every part that is drawn line by line has in common: styles looked up once, and strips."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget


class Drawn(Widget):
    """A widget whose lines are made of texts, each with the name of a style.

    The style ``name`` is that of the component class ``PART--name``; "" is the widget's own, and
    ``GROUND`` names the one on which everything stands.
    """

    PART: ClassVar[str]
    GROUND: ClassVar[str] = ""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._styles: dict[Any, Style] = {}

    def style_of(self, name: Any) -> Style:
        """Return a style, looked up when it is asked for the first time."""
        if (style := self._styles.get(name)) is None:
            style = self._styles[name] = self.look_up(name)
        return style

    def look_up(self, name: Any) -> Style:
        """Find a style."""
        return self.get_component_rich_style(f"{self.PART}--{name}") if name else self.rich_style

    def strip_of(self, line: Iterable[tuple[str, Any]]) -> Strip:
        """Return a line as wide as the widget."""
        strip = Strip([Segment(text, self.style_of(name)) for text, name in line])
        return strip.adjust_cell_length(self.size.width, self.style_of(self.GROUND))

    def notify_style_update(self) -> None:
        """Take the colours anew, as after a change of theme or of the focus."""
        super().notify_style_update()
        self._styles.clear()
