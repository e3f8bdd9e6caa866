"""A line that is being typed, with a cursor in it: what keys do to it, and how it is drawn."""

from __future__ import annotations

from typing import NamedTuple, Self

from textual import events

from qdash.tui.widgets.bar import Line, Piece


class Typed(NamedTuple):
    """What has been typed and not yet given; the cursor stands before the character ``at``."""

    text: str = ""
    at: int = 0

    @classmethod
    def after(cls, text: str) -> Self:
        """Return a text with the cursor behind it."""
        return cls(text, len(text))

    def insert(self, text: str, most: int) -> Self:
        """Return it with a text at the cursor, as much of it as ``most`` characters allow."""
        text = "".join(char for char in text if char.isprintable())[: max(0, most - len(self.text))]
        whole = self.text[: self.at] + text + self.text[self.at :]
        return self._replace(text=whole, at=self.at + len(text))

    def press(self, event: events.Key, most: int) -> Self | None:
        """Return what a key makes of it; None is that the key has nothing to do with typing."""
        text, at = self
        if event.key == "backspace":
            return self._replace(text=text[: max(0, at - 1)] + text[at:], at=max(0, at - 1))
        if event.key == "delete":
            return self._replace(text=text[:at] + text[at + 1 :])
        if event.key == "ctrl+u":
            return self._replace(text=text[at:], at=0)
        if event.key in _MOVES:
            return self._replace(at=min(max(at + _MOVES[event.key], 0), len(text)))
        if event.is_printable and event.character is not None:
            return self.insert(event.character, most)
        return None

    def pieces(self, room: int) -> Line:
        """Draw it in at most ``room`` cells, its cursor among them."""
        before, under, behind = self.text[: self.at], self.text[self.at : self.at + 1] or " ", ""
        while before and Piece(before + under).width > room:
            before = before[1:]
        for char in self.text[self.at + 1 :]:
            if Piece(before + under + behind + char).width > room:
                break
            behind += char
        pieces = (Piece(before, "typed"), Piece(under, "cursor"), Piece(behind, "typed"))
        return tuple(piece for piece in pieces if piece.text)


_MOVES = {"left": -1, "right": 1, "home": -1_000_000, "end": 1_000_000}
