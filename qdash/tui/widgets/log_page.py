"""A page of the event log: the lines in sight, and where the events before and after them are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from qdash.tui.view import View
from qdash.tui.widgets.header import clock
from qdash.tui.widgets.log_filter import Filter
from qdash.tui.widgets.log_rows import FAR, Line, Rows, Source, Told, lines
from qdash.tui.widgets.stage_text import crop
from qdash.words import tr

_TELL_SECONDS: Final = 0.02
"""How long one frame may find out what was true after events of long ago."""
_LATER: Final = 3
"""In the past, one of so many lines is for what was found later than the moment shown."""


class Page:
    """What there is room for, of the events that are told or looked for.

    An event is known by its number, and a page by that of the event at its bottom: ``last``, None
    for the latest up to the moment shown.
    """

    def __init__(
        self, view: View, rows: Rows, filter: Filter, everyday: bool, width: int, height: int
    ) -> None:
        self.view = view
        self._rows = rows
        self._filter = filter
        self._everyday = everyday
        self._width = width
        self._height = height

    @property
    def end(self) -> int:
        """Below which number events are shown: what is looked for may come later than now."""
        return self.view.history.events if self._filter.on else self.view.events

    @property
    def _source(self) -> Source:
        if self._filter.search is not None:
            return self._filter.search
        return Told(self.view.history, self._everyday)

    def older(self, number: int) -> Iterator[int]:
        """The numbers below ``number`` of shown events, the latest first."""
        return self._source.older(min(number, self.end))

    def newer(self, number: int) -> Iterator[int]:
        """The numbers from ``number`` on of shown events, the earliest first."""
        end = self.end
        for found in self._source.newer(number):
            if found >= end:
                return
            yield found

    def count_later(self, last: int) -> int:
        """Return how many events there are after ``last``, or how many of those looked for."""
        search = self._filter.search
        return self.end - last - 1 if search is None else search.count(last + 1)

    def when(self, number: int) -> str:
        """Return the clock at an event, or at that which is kept and the nearest to it."""
        history = self.view.history
        if not history.events:
            return clock(0.0)
        return clock(history.event(min(max(number, history.first), history.events - 1)).t)

    # --- lines -----------------------------------------------------------------------------------

    def lines(self, last: int | None) -> list[Line]:
        """Fill the lines from the bottom up; with too few older events, from there downwards."""
        view, height, glyphs = self.view, self._height, self.view.glyphs
        bottom = view.events if last is None else last + 1
        older = list(islice(self.older(bottom), height))
        ahead = height // _LATER if last is None else 0
        newer = list(islice(self.newer(bottom), height if len(older) < height else ahead))
        known = self._rows.get([*older, *newer], _TELL_SECONDS)
        here = next(self.older(view.events), -1) if self._tells_here else -1

        def told(number: int) -> list[Line]:
            tag = f"{glyphs.less} {tr('here')}" if number == here else ""
            tag = tag or (tr("later") if number >= view.events else "")
            return lines(known[number], self._stamp, self._width, view, tag)

        below: list[Line] = []
        while newer and len(below) < ahead:
            below += told(newer.pop(0))
        above: list[Line] = []
        for number in older:
            above += reversed(told(number))
            if len(above) >= height - len(below):
                break
        else:
            above += self._why_no_older(bottom)
        out = above[: height - len(below)][::-1] + below
        while newer and len(out) < height:
            out += told(newer.pop(0))
        return out[:height]

    @property
    def _stamp(self) -> int:
        """The width of the times, with room before them for a mark."""
        return max(6, len(f"{self.view.history.now.state.t:.2f}") + 1)

    @property
    def _tells_here(self) -> bool:
        """Whether the moment shown is pointed out, since it is not the latest that is known."""
        view = self.view
        halted = view.past or (view.replay and view.paused)
        return halted and view.events < view.history.events

    def _why_no_older(self, bottom: int) -> Iterable[Line]:
        history, search = self.view.history, self._filter.search
        if search is not None and search.back_to > history.first:
            why = tr("looking further back than {time}").format(time=self.when(search.back_to))
        elif search is not None and search.complete and not len(search):
            count = f"{history.events - history.first:,}"
            why = tr("nothing like this is among the {count} events").format(count=count)
        elif search is None and bottom - FAR > history.first:
            words = tr("before, only everyday work since {time}: PgUp goes on, a shows it")
            why = words.format(time=self.when(bottom - FAR))
        elif history.first:
            words = tr("older events were let go: {gone} of {count}")
            why = words.format(gone=f"{history.first:,}", count=f"{history.events:,}")
        else:
            return
        room = self._width - self._stamp - 1
        yield Line(-1, " " * self._stamp, crop(why, room, self.view.glyphs), "dim")

    # --- other pages -----------------------------------------------------------------------------

    def moved(self, last: int, by: int) -> int | None:
        """Return the page so many shown events on, or back where ``by`` is negative."""
        if by < 0:
            found = list(islice(self.older(last), -by))
            last = found[-1] if found else last
            if len(found) < -by and not self._filter.on:
                last = max(self.view.history.first, last - FAR)
        else:
            found = list(islice(self.newer(last + 1), by))
            last = found[-1] if found else last
            if len(found) < by and not self._filter.on:
                last = min(self.end - 1, last + FAR)
        return self.ending(last)

    def ending(self, last: int) -> int | None:
        """Return the page with this event at the bottom: None where that is the latest."""
        # What is found later than the moment shown ends elsewhere: there is nothing to follow.
        if self.end != self.view.events or next(self.newer(last + 1), None) is not None:
            return last
        return last if not self._filter.on and last + FAR < self.end else None

    def beginning(self, first: int) -> int:
        """Return the page with this event at the top."""
        room, last = self._height, first
        numbers = list(islice(self.newer(first), room))
        known = self._rows.get(numbers, _TELL_SECONDS)
        for number in numbers:
            room -= len(lines(known[number], self._stamp, self._width, self.view))
            if room < 0:
                break
            last = number
        return last
