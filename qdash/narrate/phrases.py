"""What sentences are made of: names, numbers, items and lengths of time as people say them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from qdash.events import Shape
from qdash.state import Then
from qdash.words import mark, say, tr, trc

_ORDINALS: Final = (
    mark("first"), mark("second"), mark("third"), mark("fourth"), mark("fifth"),
    mark("sixth"), mark("seventh"), mark("eighth"), mark("ninth"), mark("tenth"),
)  # fmt: skip
_ENDINGS: Final = {1: mark("{n}st"), 2: mark("{n}nd"), 3: mark("{n}rd")}


def printable(text: str) -> str:
    """Return one line of text without characters that would disturb a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def seconds(value: float) -> str:
    """Return a length of time as people say it: ``2.0 s``, ``0.05 s``."""
    if value >= 0.1 or value == 0:
        return f"{value:.1f} s"
    return f"{f'{value:.3f}'.rstrip('0') if value >= 0.001 else f'{value:.1g}'} s"


def ordinal(place: int) -> str:
    """Return ``first`` for 1, ``11th`` for 11."""
    if 1 <= place <= len(_ORDINALS):
        return tr(_ORDINALS[place - 1])
    ending = None if place % 100 in (11, 12, 13) else _ENDINGS.get(place % 10)
    return say(ending or mark("{n}th"))(n=place)


def names(all_names: Sequence[str], most: int = 3) -> str:
    """Return ``P1``, ``P1 and P2``, ``P1, P2, P3 and 4 more``."""
    count = len(all_names)
    if count > most:
        return listed(all_names, most)
    if count < 2:
        return "".join(all_names)
    *others, last = all_names
    return say("{names} and {last}")(names=trc("list", ", ").join(others), last=last)


def listed(all_names: Sequence[str], most: int = 3) -> str:
    """Return ``P1, P2``, or ``P1, P2, P3 and 4 more``."""
    text = trc("list", ", ").join(all_names[:most])
    more = len(all_names) - most
    return say("{names} and {n:,} more")(names=text, n=more) if more > 0 else text


@lru_cache(maxsize=4)
def _lines(source: str) -> tuple[str, ...]:
    return tuple(source.splitlines())


def code_line(source: str, line: int) -> str:
    """Return the code on a line, counted from 1, without its indent and its comment; or ""."""
    lines = _lines(source)
    return lines[line - 1].partition("  #")[0].strip() if 0 < line <= len(lines) else ""


def number(item: int | str) -> str:
    """Return an item as its number: ``#12``."""
    return f"#{item}" if isinstance(item, int) else item


def thing(item: int | str, shape: Shape) -> str:
    """Return an item as the object of a sentence."""
    if shape == "item":
        return f"#{item}" if isinstance(item, int) else item
    if shape == "stop":
        return tr("a stop signal")
    if shape == "error":
        return say("an exception ({error})")(error=item)
    return tr("a token")


def the_thing(item: int | str, shape: Shape) -> str:
    """Return an item of which is known which one it is."""
    if shape == "stop":
        return tr("the stop signal")
    if shape == "error":
        return say("the exception ({error})")(error=item)
    return thing(item, shape)


def argument(item: int | str, shape: Shape) -> str:
    """Return an item as the argument of put()."""
    if shape == "error":
        return str(item).partition(":")[0]
    return shape if shape in ("stop", "token") else number(item)


def who(worker: str) -> str:
    """Return the one who acts."""
    return worker or tr("code outside the workers")


def level(then: Then) -> str:
    """Return how full a queue was."""
    if then.maxsize > 0:
        return f"{then.size}/{then.maxsize}"
    return say("{n} in it, unbounded")(n=then.size)


def size(maxsize: int) -> str:
    """Return a maxsize as people say it."""
    return str(maxsize) if maxsize > 0 else tr("unbounded")


def refused(templates: tuple[str, str], fields: dict[str, str], then: Then | None) -> str:
    """Fill in the first template where it is not known how long a call waited, else the second."""
    plain, timed = templates
    if then is None or then.waited is None:
        return say(plain)(**fields)
    return say(timed)(**fields, time=seconds(then.waited))
