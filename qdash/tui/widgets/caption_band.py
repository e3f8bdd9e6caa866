"""A card shown to a room, as lines: large words in the middle, with air around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from qdash.tui.look import Glyphs
from qdash.tui.widgets.bar import Line, Piece, width_of
from qdash.tui.widgets.caption_card import aside, choices, told
from qdash.tui.widgets.caption_text import balanced, centred, cut, plain, with_end
from qdash.words import tr

if TYPE_CHECKING:
    from qdash.script.card import Card

_ON: Final = "app.play_next"


def band_lines(card: Card, glyphs: Glyphs, width: int, typed: str) -> list[Line]:
    """Return the lines of a band with air around its words, all in the middle.

    A click on its words goes on, but for a question that is open: there it would be no answer.
    """
    inside = max(10, min(width - 8, width * 5 // 6))
    heading = plain(tr(card.heading or card.script.title))
    lines: list[Line] = [(), cut((Piece(heading, "dim"),), inside), ()]
    if card.aside is not None:
        lines += balanced(aside(card), inside, "loud-words")
    elif card.told:
        lines += _told_band(card, glyphs, inside)
    else:
        lines += balanced(tr(card.caption), inside, "loud-words")
        if card.question is not None:
            lines += [(), *balanced(tr(card.question.ask), inside, "ask", "ask-code")]
            lines += [(), *_block(choices(card.question, card, inside))]
            if card.is_typed:
                lines.append((Piece(typed, "typed"), Piece(" ", "cursor")))
    asks = card.phase == "asks" and not card.earlier and card.aside is None
    if not asks:
        lines = [tuple(piece._replace(action=_ON) for piece in line) for line in lines]
    return [*(centred(line, width) for line in lines), with_end((), _place(card, glyphs), width)]


def _place(card: Card, glyphs: Glyphs) -> Line:
    """Return which step it is, with an arrow where it stands until somebody goes on."""
    place = Piece(f"{card.step}/{card.steps}", "dim", _ON)
    if card.earlier:
        return (Piece(f"{glyphs.less} ", "key", "app.play_back"), place)
    if card.phase in ("waits", "asks", "tells") or card.aside is not None:
        return (place, Piece(f" {glyphs.more}", "key", _ON))
    return (place,)


def _block(lines: list[Line]) -> list[Line]:
    """Return lines one under the other, as wide as the widest."""
    widest = max(map(width_of, lines), default=0)
    return [(*line, Piece(" " * (widest - width_of(line)))) for line in lines]


def _told_band(card: Card, glyphs: Glyphs, width: int) -> list[Line]:
    return [cut(line[1:], width) for line in told(card, glyphs, width + 4)]
