"""The caption: what a lesson or a demo says now, asks, and found; and what to press next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import events

from qdash.tui.messages import AnswerGiven
from qdash.tui.view import View
from qdash.tui.widgets.bar import Bar, Line
from qdash.words import spoken, tr

if TYPE_CHECKING:
    from qdash.script.card import Card

_LONGEST: Final = 20
"""How many characters of a number can be typed."""
_LEAST: Final = 5
"""How many lines the caption of a lesson has at least."""
_EVEN: Final = 5
"""A caption keeps this part of the height for the longest text, lest all jump from step to step."""


class CaptionPanel(Bar):
    """Says where a script is. A number is typed into it, if one is asked for."""

    DEFAULT_CSS = "CaptionPanel { background: $surface; color: $foreground; }"
    LOOKS: ClassVar[dict[str, str]] = Bar.LOOKS | {
        "code": "accent",
        "ask": "primary bold",
        "ask-code": "accent bold",
        "loud-words": "foreground bold",
        "right": "background on consumer bold",
        "wrong": "background on blocked bold",
        "other": "background on accent bold",
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self.typed = ""
        """The number as far as it has been typed."""
        self.refusal = ""
        self._most: dict[tuple[str, int, str], int] = {}

    def preferred_height(self, view: View, width: int, height: int) -> int:
        """Return how many lines it would like on a screen of this size: none without a script."""
        card = view.card
        if card is None:
            return 0
        needed = len(self._lines_of(view, card, width))
        if view.presenting:
            return needed
        from qdash.tui.widgets.caption_card import most_lines

        key = (card.script.title, width, spoken())
        if key not in self._most:
            self._most = {key: most_lines(card.script, width)}
        return max(needed, _LEAST, min(self._most[key], height // _EVEN))

    def show(self, view: View) -> None:
        """Draw what is to be read now."""
        self._view = view
        card = view.card
        width, height = self.size
        if card is None or not width or not height:
            return
        if not card.is_typed:
            self.typed = self.refusal = ""
        self.can_focus = card.is_typed
        lines = self._lines_of(view, card, width)
        self.draw(tuple(_fitted(lines, height, in_middle=view.presenting)))

    def _lines_of(self, view: View, card: Card, width: int) -> list[Line]:
        # Here, since no start waits for a script that is not played.
        if view.presenting:
            from qdash.tui.widgets.caption_band import band_lines

            return band_lines(card, view.glyphs, width, self.typed)
        from qdash.tui.widgets.caption_card import lesson_lines

        return lesson_lines(view, card, width, self.typed, self.refusal)

    def on_resize(self) -> None:
        """Fill the new size."""
        self._redraw()

    def _redraw(self) -> None:
        if self._view is not None:
            self.show(self._view)

    # --- a number is typed -----------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Add to the number that is typed."""
        self.typed, self.refusal = (self.typed + text)[:_LONGEST], ""
        self._redraw()

    def on_key(self, event: events.Key) -> None:
        """Take the keys of a number, as long as one is asked for."""
        card = self._view.card if self._view is not None else None
        if card is None or not card.is_typed:
            return
        if event.key == "enter" and self.typed:
            self.give()
        elif event.key == "backspace" and self.typed:
            self.typed, self.refusal = self.typed[:-1], ""
            self._redraw()
        elif event.character is not None and event.character in "0123456789.-":
            self.type(event.character)
        else:
            return
        event.prevent_default().stop()

    def give(self) -> None:
        """Give the number that was typed."""
        try:
            number = float(self.typed)
        except ValueError:
            self.refusal = tr("A number is asked for, such as 3 or 2.5.")
            self._redraw()
            return
        self.post_message(AnswerGiven(number))


def _fitted(lines: list[Line], height: int, *, in_middle: bool) -> list[Line]:
    """Return just so many lines: the first and the last stay, what is between is moved or cut."""
    first, *between, last = lines
    room = height - 2
    if room < 0:
        return [last][:height]
    if len(between) > room:
        between = between[len(between) - room :]  # what was said last matters most
    spare = room - len(between)
    above = spare // 2 if in_middle else 0
    return [first, *[()] * above, *between, *[()] * (spare - above), last]
