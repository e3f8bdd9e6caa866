"""Words, numbers and lines of the stage: small pure helpers that know neither panels nor widgets.

A line is a tuple of spans, and a span is a text with the name of its style; the widget turns the
names into colours. Widths are in terminal cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

import msgspec
from rich.cells import cell_len, set_cell_size

from qdash.events import Shape
from qdash.tui.look import Glyphs
from qdash.why import Subject
from qdash.words import mark, tr, trc

Span: TypeAlias = tuple[str, str]
Line: TypeAlias = tuple[Span, ...]


class Spot(NamedTuple):
    """Cells of a line, from ``left`` up to ``right``, that stand for something to be chosen."""

    y: int
    left: int
    right: int
    to: Subject


class Panel(msgspec.Struct):
    """Lines of one width, and what can be chosen on them; of two spots the first one counts."""

    lines: list[Line] = []
    spots: list[Spot] = []

    def mark(self, y: int, text: str, to: Subject, start: int = 0) -> None:
        """Let ``text`` on a line, from character ``start`` on, stand for ``to`` if it is there."""
        line = "".join(part for part, _ in self.lines[y])
        at = line.find(text, start)
        if at >= 0:
            left = cells(line[:at])
            self.spots.append(Spot(y, left, left + cells(text), to))


_IN_LINE: Final = (
    mark("first in line"), mark("second in line"), mark("third in line"), mark("fourth in line"),
    mark("fifth in line"), mark("sixth in line"), mark("seventh in line"), mark("eighth in line"),
    mark("ninth in line"), mark("tenth in line"),
)  # fmt: skip
_NTH: Final = {
    0: mark("{number}th"), 1: mark("{number}st"), 2: mark("{number}nd"), 3: mark("{number}rd"),
}  # fmt: skip
_ROLES: Final = {
    "producer": mark("producer"),
    "consumer": mark("consumer"),
    "visitor": mark("visitor"),
    "dispatcher": mark("dispatcher"),
    "job": mark("job"),
    "collector": mark("collector"),
    "signaller": mark("signaller"),
    "fetcher": mark("fetcher"),
    "parser": mark("parser"),
    "saver": mark("saver"),
    "holder": mark("holder"),
    "quitter": mark("quitter"),
    "dropper": mark("dropper"),
    "keeper": mark("keeper"),
    "helper": mark("helper"),
    "sensor": mark("sensor"),
    "client": mark("client"),
    "server": mark("server"),
}
"""The roles in programs of ours, which are shown in the language spoken."""


def cells(text: str) -> int:
    """Return how many terminal cells the text takes."""
    return len(text) if text.isascii() else cell_len(text)


def width_of(spans: Iterable[Span]) -> int:
    """Return how many cells the spans take."""
    return sum([cells(text) for text, _ in spans])


def pad(text: str, width: int, side: Literal["left", "right", "both"] = "right") -> str:
    """Return ``text`` with spaces, on its right or elsewhere, so that it takes ``width`` cells."""
    spare = max(0, width - cells(text))
    left = {"left": spare, "right": 0, "both": spare // 2}[side]
    return " " * left + text + " " * (spare - left)


def blank(width: int, style: str = "text") -> Line:
    """Return an empty line of ``width`` cells."""
    return ((" " * width, style),) if width > 0 else ()


def crop(text: str, width: int, glyphs: Glyphs) -> str:
    """Return ``text`` in at most ``width`` cells, with dots where something is left out."""
    if cells(text) <= width:
        return text
    dots = glyphs.dots
    if width <= cells(dots):
        return set_cell_size(text, max(0, width))
    return set_cell_size(text, width - cells(dots)) + dots


def fit(spans: Iterable[Span], width: int, style: str = "text") -> Line:
    """Return the spans cut or padded to exactly ``width`` cells."""
    out: list[Span] = []
    room = width
    for text, name in spans:
        taken = cells(text)
        if taken > room:
            text, taken = set_cell_size(text, room), room
        if taken:
            out.append((text, name))
            room -= taken
        if not room:
            break
    if room > 0:
        out.append((" " * room, style))
    return tuple(out)


def told_in(spans: Sequence[Span], width: int, glyphs: Glyphs) -> Line:
    """Return the spans in exactly ``width`` cells, with dots where something is left out."""
    if width_of(spans) <= width or width <= cells(glyphs.dots):
        return fit(spans, width)
    return (*fit(spans, width - cells(glyphs.dots)), (glyphs.dots, "dim"))


def both_ends(left: Sequence[Span], right: Sequence[Span], width: int) -> Line:
    """Return a line with ``left`` at its left and, where there is room, ``right`` at its right."""
    taken = width_of(right)
    if not taken or width_of(left) + 1 + taken > width:
        return fit(left, width)
    return (*fit(left, width - taken), *right)


def listed(names: Sequence[Span], width: int, between: str, total: int | None = None) -> list[Span]:
    """Return as many of the names as fit in ``width`` cells, then how many more of ``total``."""
    total = len(names) if total is None else total
    for count in range(len(names), 1, -1):
        words = [text for text, _ in names[:count]]
        rest = total - count
        tail = _more(rest)
        if sum(map(cells, words)) + cells(between) * (count - 1) + cells(tail) <= width:
            break
    else:
        count, rest = min(1, len(names)), total - min(1, len(names))
        tail = _more(rest)
        if names and cells(names[0][0]) + cells(tail) > width:
            tail = f" +{rest}" if rest else ""
    out = [span for name in names[:count] for span in ((between, "dim"), name)]
    return [*out[1:], (tail, "dim")] if tail else out[1:]


def _more(count: int) -> str:
    return " " + tr("+{count} more").format(count=count) if count else ""


def comma() -> str:
    """Return what stands between two things that are said of one."""
    return trc("between phrases", ", ")


def phrases(parts: Iterable[str]) -> str:
    """Return several things that are said of one, one after another."""
    return comma().join(parts)


def enumerated(names: Iterable[str]) -> str:
    """Return several names, one after another."""
    return trc("between names", ", ").join(names)


@lru_cache(maxsize=4096)
def clean(text: str) -> str:
    """Return ``text`` without characters that would disturb the terminal or the columns."""
    return "".join(char if char.isprintable() else "?" for char in text)


def item_name(item: int | str, shape: Shape) -> str:
    """Return how an item is called in a sentence: ``#12``, ``stop``, ``ValueError``."""
    if isinstance(item, int):
        return f"#{item}"
    if shape == "error":
        return error_name(item)
    return clean(item) or shape


def error_name(text: str) -> str:
    """Return the type of an exception that is told as ``Type: message``."""
    return clean(text.partition(":")[0].strip())


def seconds(value: float, short: bool = False) -> str:
    """Return a length of time in few characters, to a tenth of a second while that matters."""
    value = max(0.0, value)
    if value < 99.95:
        number, unit = f"{value:.1f}", "s"
    elif value < 9_999.5:
        number, unit = f"{value:.0f}", "s"
    else:
        number, unit = f"{value / 3600:.1f}", "h"
    return f"{number}{unit}" if short else f"{number} {unit}"


def in_line(place: int) -> str:
    """Return ``first in line`` for 0, ``second in line`` for 1, and so on."""
    if place < len(_IN_LINE):
        return tr(_IN_LINE[place])
    return tr("{nth} in line").format(nth=nth(place))


def nth(place: int) -> str:
    """Return ``1st`` for 0, ``2nd`` for 1, and so on."""
    number = place + 1
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return tr(_NTH.get(last, _NTH[0])).format(number=number)


def role_name(role: str) -> str:
    """Return what one worker of a role is called."""
    return tr(_ROLES[role]) if role in _ROLES else clean(role)


def role_title(role: str, count: int) -> str:
    """Return the title of a role of which there are ``count`` workers."""
    name = role_name(role)
    return name if name != clean(role) else plural(name, count).upper()


def plural(noun: str, count: int) -> str:
    """Return the noun as it is said of ``count`` of them."""
    if count == 1:
        return noun
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def bar(share: float, width: int, glyphs: Glyphs) -> tuple[str, str]:
    """Return the filled and the empty part of a bar."""
    full = round(min(1.0, max(0.0, share)) * width)
    return glyphs.bar_full * full, glyphs.bar_empty * (width - full)


@lru_cache(maxsize=8192)
def natural(name: str) -> tuple[str, int, str]:
    """Return a key that sorts ``C2`` before ``C10``."""
    found = re.match(r"(\D*)(\d{1,18})(.*)", name)
    return (found[1], int(found[2]), found[3]) if found else (name, -1, "")
