"""Prose: text broken into lines by terminal cells, in languages that put no spaces between words.

Text of narrow characters alone is broken as ``textwrap`` and Rich do it.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import wrap as wrap_narrow
from typing import Any, Final

from rich.cells import cell_len, get_character_cell_size
from rich.console import Console, Group
from rich.containers import Lines
from rich.text import Text

_BEGINS_NO_LINE: Final = frozenset("，。、：；？！）》〉」』】”’…—％·,.:;?!)]}%'\"")
"""What belongs to the word before it."""
_ENDS_NO_LINE: Final = frozenset("（《〈「『【“‘([{")
"""What belongs to the word after it."""


def has_wide(text: str) -> bool:
    """Tell whether the text takes another number of cells than it has characters."""
    return not text.isascii() and cell_len(text) != len(text)


def breaks(text: str, width: int, indent: int = 0) -> list[int]:
    """Return where in the text, by index, its second line begins, and every one after it.

    Lines are at most ``width`` cells wide, less the ``indent`` from the second on, not counting the
    spaces at their ends. They part between words and beside wide characters, but not before a
    closing sign nor after an opening one; what is longer than a line is broken anywhere.
    """
    found: list[int] = []
    at = begin = may = 0  # here; where the line begins; the last place where it could end
    used = 0  # the cells of the line up to here
    while at < len(text):
        if at > begin and _may_part(text, at):
            may = at
        size = get_character_cell_size(text[at])
        room = width - (indent if found else 0)
        if text[at] != " " and used + size > room and at > begin:
            at = begin = may = may if may > begin else at
            found.append(at)
            used = 0
        else:
            used += size
            at += 1
    return found


def _may_part(text: str, at: int) -> bool:
    """Tell whether a line may begin at ``at``, which is above 0."""
    before, after = text[at - 1], text[at]
    if after == " " or after in _BEGINS_NO_LINE or before in _ENDS_NO_LINE:
        return False
    wide = get_character_cell_size(after) == 2
    if before == " ":
        return not (wide and text[at - 2 : at - 1].isdecimal())  # a number and what it counts
    return wide or get_character_cell_size(before) == 2


def wrap(text: str, width: int, indent: str = "") -> list[str]:
    """Return the text as lines of at most ``width`` cells; ``indent`` begins all but the first.

    As with ``textwrap.wrap``, spaces at the ends of lines go, and an empty text has no line.
    """
    if not has_wide(text):
        return wrap_narrow(text, width, subsequent_indent=indent)
    text = "".join(" " if char.isspace() else char for char in text).rstrip()
    starts = [0, *breaks(text, width, cell_len(indent))]
    parts = [text[a:b].rstrip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    return [parts[0], *(indent + part for part in parts[1:])]


def run_on(sentences: Iterable[str]) -> str:
    """Return sentences one after another, with a space between unless the first ends wide."""
    out = ""
    for sentence in sentences:
        out += sentence if not out or has_wide(out[-1]) else f" {sentence}"
    return out


class Prose(Text):
    """A text of Rich that is broken into lines as ``breaks`` says where it has wide characters."""

    def wrap(self, console: Console, width: int, **how: Any) -> Lines:
        """Return its lines, at most ``width`` cells wide each."""
        if self.no_wrap or how.get("no_wrap") or not has_wide(self.plain):
            return super().wrap(console, width, **how)
        lines = Lines()
        for paragraph in self.split(allow_blank=True):
            parts = paragraph.divide(breaks(paragraph.plain, width))
            for part in parts:
                part.rstrip()
            lines.extend(parts)
        return lines


def flowing(text: Text) -> Text | Group:
    """Return what Textual is to show for a text: it would break one itself only at spaces."""
    if text.no_wrap or not has_wide(text.plain):
        return text
    return Group(Prose(text.plain, text.style, spans=text.spans))
