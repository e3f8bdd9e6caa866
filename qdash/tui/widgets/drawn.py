"""What every part that is drawn line by line has in common: its looks, and lines made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final
from weakref import WeakKeyDictionary

from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.app import App
from textual.color import Color
from textual.strip import Strip
from textual.widget import Widget

from qdash.tui.lasting import Lasting

_ATTRIBUTES: Final = frozenset({"bold", "italic", "underline", "reverse"})
_COLOURS: WeakKeyDictionary[App[Any], tuple[str, dict[str, str]]] = WeakKeyDictionary()
"""For each app, the theme for which they were asked last, and its colours by their names."""


class Drawn(Lasting, Widget):
    """A widget whose lines are made of texts, each with the name of a look.

    A look is written ``colour on colour bold``, each word of it only where it is meant; colours
    are the theme's variables, a ground may be laid on thinly: ``on accent 30%``. "" is the
    widget's own look. Component classes would say the same, but Textual parses and matches
    each of them before the first frame: for all that the parts have, a tenth of the start.
    """

    LOOKS: ClassVar[Mapping[str, str]] = {}
    FOCUSED: ClassVar[Mapping[str, str]] = {}
    """Looks that are others while the widget, or one in it, has the focus."""
    NO_COLOUR: ClassVar[Mapping[str, str]] = {}
    """Looks that are others where there are to be no colours."""
    GROUND: ClassVar[str] = ""
    """The look of what lies behind."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._styles: dict[Any, Style] = {}

    def style_of(self, name: Any) -> Style:
        """Return a style, looked up when it is asked for the first time."""
        if (style := self._styles.get(name)) is None:
            style = self._styles[name] = self.look_up(name)
        return style

    def look_up(self, name: Any) -> Style:
        """Make the style of a look."""
        if not name:
            return self.rich_style
        words = self.LOOKS[name]
        if name in self.NO_COLOUR and self.app.no_color:
            words = self.NO_COLOUR[name]
        elif name in self.FOCUSED and self._is_focused:
            words = self.FOCUSED[name]
        return self._styled(words)

    @property
    def _is_focused(self) -> bool:
        focused = self.screen.focused
        return focused is not None and self in focused.ancestors_with_self

    def _styled(self, words: str) -> Style:
        colours = _colours_of(self.app)
        _, _, ground, colour = self.colors
        attributes: dict[str, Any] = {}
        on = False
        for word in words.split():
            if word in _ATTRIBUTES:
                attributes[word] = True
            elif word == "on":
                on = True
            elif word.endswith("%"):
                ground = self.colors[2] + ground.with_alpha(float(word[:-1]) / 100)
            elif on:
                ground = Color.parse(colours[word])
            else:
                colour = Color.parse(colours[word])
        drawn = Style.from_color((ground + colour).rich_color, ground.rich_color)
        return self.rich_style + drawn + Style(**attributes)

    def strip_of(self, line: Iterable[tuple[str, Any]]) -> Strip:
        """Return a line as wide as the widget."""
        strip = Strip([Segment(text, self.style_of(name)) for text, name in line])
        return strip.adjust_cell_length(self.size.width, self.style_of(self.GROUND))

    def notify_style_update(self) -> None:
        """Take the looks anew, as after a change of theme."""
        super().notify_style_update()
        self._styles.clear()

    @on(events.Focus)
    @on(events.Blur)
    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def take_looks_anew(self) -> None:
        """Take those that depend on the focus."""
        if self.FOCUSED:
            self._styles.clear()
            self.refresh()


def _colours_of(app: App[Any]) -> dict[str, str]:
    theme, colours = _COLOURS.get(app, ("", {}))
    if theme != app.theme:
        colours = app.get_css_variables()
        _COLOURS[app] = app.theme, colours
    return colours
