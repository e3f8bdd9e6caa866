"""A card shown to a room, as lines: large words in the middle, with air around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qdash.tui.look import Glyphs
from qdash.tui.widgets.bar import Line, Piece, width_of
from qdash.tui.widgets.caption_card import aside, choices, told
from qdash.tui.widgets.caption_text import balanced, centred, cut, plain, with_end
from qdash.words import tr

if TYPE_CHECKING:
    from qdash.script.card import Card


def band_lines(card: Card, glyphs: Glyphs, width: int, typed: str) -> list[Line]:
    """Return the lines of a band with air around its words, all in the middle."""
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
    place = f"{card.step}/{card.steps}"
    if card.earlier:
        place = f"{glyphs.less} {place}"
    return [*(centred(line, width) for line in lines), with_end((), (Piece(place, "dim"),), width)]


def _block(lines: list[Line]) -> list[Line]:
    """Return lines one under the other, as wide as the widest."""
    widest = max(map(width_of, lines), default=0)
    return [(*line, Piece(" " * (widest - width_of(line)))) for line in lines]


def _told_band(card: Card, glyphs: Glyphs, width: int) -> list[Line]:
    return [cut(line[1:], width) for line in told(card, glyphs, width + 4)]
