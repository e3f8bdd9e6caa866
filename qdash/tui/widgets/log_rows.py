"""The rows of the event log: which events have one, what is known of them, and its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Final, NamedTuple, Protocol

from rich.cells import cell_len

from qdash.events import Got, Woken
from qdash.history import CHUNK, History, Row
from qdash.narrate import Tone, sentence, tone
from qdash.prose import wrap
from qdash.tui.view import View
from qdash.tui.widgets.stage_text import crop

FAR: Final = 5_000
"""How many everyday events are skipped in a row, lest a frame looks through the whole past."""
_BLOCK: Final = 50
_KEPT: Final = 2_000
"""How many rows are kept of which it is known what was true right after them."""


class Line(NamedTuple):
    """A line: the number of its event (-1: a remark), the event's time or blanks, its words.

    ``tag`` stands at the end of the line: where in time the event is.
    """

    number: int
    time: str
    text: str
    tone: Tone
    tag: str = ""


class Source(Protocol):
    """The numbers of the events that are shown."""

    def older(self, number: int) -> Iterator[int]:
        """Those below ``number``, the latest first."""

    def newer(self, number: int) -> Iterator[int]:
        """Those from ``number`` on, the earliest first."""


class Told:
    """The events of a history that are told: all of them, or all but everyday work.

    No more than ``FAR`` events are looked at, from the number asked for.
    """

    def __init__(self, history: History, everyday: bool) -> None:
        self._history = history
        self._everyday = everyday

    def older(self, number: int) -> Iterator[int]:
        """Those below ``number``, the latest first."""
        number = min(number, self._history.events)
        least = max(self._history.first, number - FAR)
        for end in range(number, least, -_BLOCK):
            yield from reversed(self._block(max(least, end - _BLOCK), end))

    def newer(self, number: int) -> Iterator[int]:
        """Those from ``number`` on, the earliest first."""
        number = max(number, self._history.first)
        most = min(self._history.events, number + FAR)
        for start in range(number, most, _BLOCK):
            yield from self._block(start, min(most, start + _BLOCK))

    def _block(self, a: int, b: int) -> list[int]:
        if self._everyday:
            return list(range(a, b))
        events = list(self._history.between(a, b + 1))
        told = []
        for at, event in enumerate(events[: b - a]):
            if tone(event) == "dim":
                continue
            if type(event) is Got and event.shape == "item" and at + 1 < len(events):
                after = events[at + 1]  # whom it woke is told in a sentence that tells both
                if type(after) is Woken and tone(after) != "dim":
                    continue
            told.append(a + at)
        return told


class Rows:
    """What is known of the events in sight: their own words at once, the rest as it is found."""

    def __init__(self, history: History) -> None:
        self.history = history
        self.missing = False
        """Whether something about the rows asked for last is yet to be found out."""
        self._kept: dict[int, Row] = {}

    def get(
        self, numbers: Sequence[int], seconds: float, clock: Callable[[], float] = monotonic
    ) -> dict[int, Row]:
        """Return the rows with these numbers, those asked for first as whole as time allows."""
        history, kept = self.history, self._kept
        until = clock() + seconds
        recent = [n for n in numbers if n >= history.told and n not in kept]
        if recent:
            low = min(recent)
            told = history.rows(low, max(recent) + 1)
            kept.update((number, told[number - low]) for number in recent)
        rows: dict[int, Row] = {}
        paid = -1  # the chunk for which the past was told again: its other rows cost nothing
        self.missing = False
        for number in numbers:
            chunk = number // CHUNK
            if number in kept:
                rows[number] = kept[number]
            elif chunk == paid or clock() < until:
                paid = chunk
                rows[number] = kept[number] = history.rows(number, number + 1)[0]
            else:
                rows[number] = Row(number, history.event(number), None)
                self.missing = True
        while len(kept) > _KEPT:
            del kept[next(iter(kept))]
        return rows


def lines(row: Row, stamp: int, width: int, view: View, tag: str = "") -> list[Line]:
    """Break a sentence into at most two lines; the first has room for the ``tag`` at its end."""
    glyphs = view.glyphs
    number, event, then = row
    room = max(8, width - stamp - 1)
    text, mood = sentence(event, then, view.history.header.source), tone(event)
    if tag and room < 3 * cell_len(tag):
        tag = ""
    left = room - cell_len(tag) - 1 if tag else room
    first, *more = [text] if cell_len(text) <= left else wrap(text, left, "  ")
    out = [Line(number, f"{event.t:{stamp}.2f}", first, mood, tag)]
    if more:
        rest = more[0] if len(more) == 1 else f"{more[0]}{glyphs.dots}"
        if cell_len(rest) > room:
            rest = crop(more[0] + " ", room, glyphs)
        out.append(Line(number, " " * stamp, rest, mood))
    return out
