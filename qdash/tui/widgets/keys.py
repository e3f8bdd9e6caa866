"""The bottom line: the keys, as many as there is room for; each can be clicked."""

from __future__ import annotations

from textual.binding import Binding
from textual.dom import DOMNode

from qdash.tui.controls import PLAYED
from qdash.tui.look import ASCII
from qdash.tui.view import View
from qdash.tui.widgets.bar import Bar, Piece, width_of
from qdash.words import tr

_LAST = ("help", "quit")
"""These stay whatever the room: all the others are found through the help."""
SPELT = {"←": "left", "→": "right", "↑": "up", "↓": "down"}
"""The arrow keys where there are no arrows to be drawn."""
_DRAWN = {name: arrow for arrow, name in SPELT.items()}
_FIRST = ("pause", "step", "settings", "disturb", "why", "lessons", "event-back")
"""The keys that are hinted at first: to halt, to change, to disturb, to ask."""
_TRAVEL = ("event-back", "event-on", "step-back")
"""The keys that are hinted at first in a recording and, with the next, in the past."""
_RETURN = ("now", "go-on-from-here")


class KeysLine(Bar):
    """Hints at the keys, those of the panel that has the focus first."""

    def show(self, view: View) -> None:
        """Draw what fits; what does not is in the help, which is always hinted at."""
        ascii_only = view.glyphs is ASCII
        own = _hinted(self.screen.focused)
        hints = [(b.action, _hint(b, f"focused.{b.action}", ascii_only)) for b in own]
        apt = _apt(self.app, view)
        if view.card is not None:  # the caption hints at those of a script
            apt = [b for b in apt if not PLAYED & set(b.key.split(","))]
        hints += [(b.action, _hint(b, f"app.{b.action}", ascii_only)) for b in apt]
        room = self.size.width - 1
        room -= sum(width_of(hint) for action, hint in hints if action in _LAST)
        line: list[Piece] = [Piece(" ")]
        for action, hint in hints:
            if action not in _LAST:
                room -= width_of(hint)
                if room < 0:
                    continue
            line += hint
        self.draw((tuple(line),))


def _apt(app: DOMNode, view: View) -> list[Binding]:
    """Return the keys of the app that are meant to be hinted at, the most apt first."""
    known = _hinted(app)
    order = {name: at for at, name in enumerate(_FIRST)}
    hinted = sorted(known, key=lambda b: order.get(b.id or "", len(order)))
    first: tuple[str, ...] = _TRAVEL if view.past or view.replay else ()
    if view.past:
        first = (*first, *_RETURN)
    if view.versus is not None:
        first = (*first, "other-course", "A-against-B", "replicate")
    elif view.twin is not None:
        first = (*first, "other-course")
    if not first:
        return hinted
    every = {b.id: b for b in app.BINDINGS if isinstance(b, Binding)}
    play, *rest = hinted  # space, which plays the past
    apt = [every[name] for name in first]
    return [play, *apt, *(b for b in rest if b not in apt)]


def _hinted(node: DOMNode | None) -> list[Binding]:
    """Return the keys of the app or of a panel that are meant to be hinted at."""
    shown = getattr(node, "BINDINGS", ())
    return [b for b in shown if isinstance(b, Binding) and b.show and b.key_display]


def _hint(binding: Binding, action: str, ascii_only: bool) -> tuple[Piece, ...]:
    key = binding.key_display or binding.key
    key = (SPELT if ascii_only else _DRAWN).get(key, key)
    word = (binding.id or binding.description).replace("-", " ")
    return (Piece(key, "key", action), Piece(f" {tr(word)}", "dim", action), Piece("  "))
