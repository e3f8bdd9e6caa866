"""The table of an experiment: a row a point, a column a measure, as they come."""

from __future__ import annotations

import math
from typing import ClassVar, Final, NamedTuple

from textual import events
from textual.binding import Binding, BindingType

from qdash.experiment.intervals import Interval
from qdash.settings import setting
from qdash.tui.look import UNICODE, Glyphs
from qdash.tui.study import Study
from qdash.tui.widgets.experiment_pointing import (
    POINTING,
    MeasureChosen,
    PointChosen,
    Pointing,
)
from qdash.tui.widgets.experiment_text import alone, heading, label, mean_and_half, places
from qdash.tui.widgets.stage_text import Line, Span, cells, crop, fit, pad
from qdash.words import mark, tr

_FIGURE, _TITLE, _THEORY = 14, 26, 12
"""How many cells a figure and its interval take at least, and their title at most; theory's."""
_WHEEL: Final = 3


class _Column(NamedTuple):
    """One measure's place in the table; ``measure`` is its number, -1 for what theory expects.

    ``places`` is how many decimals its figures have; half their intervals take ``half`` cells.
    """

    measure: int
    title: str
    width: int
    places: int
    half: int


class ExperimentTable(Pointing):
    """Shows the figures of all points with half their 95 % intervals."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "go(-1)", mark("point before"), key_display="↑"),
        Binding("down", "go(1)", mark("next point"), key_display="↓"),
        Binding("left", "measure(-1)", mark("measure before"), key_display="←"),
        Binding("right", "measure(1)", mark("next measure"), key_display="→"),
        Binding("pageup", "page(-1)", mark("page up"), show=False),
        Binding("pagedown", "page(1)", mark("page down"), show=False),
        *POINTING,
    ]
    DEFAULT_CSS = "ExperimentTable { background: $background; color: $foreground; padding: 0 1; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "text": "foreground",
        "dim": "dim",
        "head": "dim bold",
        "measure": "accent bold",
        "mean": "foreground bold",
        "theory": "other",
        "point": "foreground",
        "row": "foreground on panel",
        "row-dim": "dim on panel",
        "row-mean": "foreground on panel bold",
        "row-theory": "other on panel",
        "row-point": "accent on panel bold",
    }
    FOCUSED: ClassVar[dict[str, str]] = {
        "row-point": "background on accent bold",
    }
    NO_COLOUR: ClassVar[dict[str, str]] = {
        "row-point": "foreground bold reverse",
        "measure": "foreground bold underline",
    }

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._columns: list[_Column] = []
        self._left = 0
        self._first = self._first_measure = 0

    def draw(self, study: Study) -> list[Line]:
        """Return the titles, and the rows around the point that is pointed at."""
        width, height = self.size
        glyphs = self._glyphs
        names = [label(vary.name) for vary in study.plan.vary] or [""]
        widths = [
            max(cells(name), *(cells(setting(v.name).show(value)) for value in v.values))
            for name, v in zip(names, study.plan.vary, strict=False)
        ] or [cells(tr("as it is"))]
        done = tr("runs")
        total = f"{study.plan.replications:,}"
        runs = max(cells(done), 2 * cells(total) + 1)
        head: list[Span] = [
            (f"{pad(crop(name, size, glyphs), size)}  ", "head")
            for name, size in zip(names, widths, strict=True)
        ]
        head.append((f"{pad(done, runs, 'left')}  ", "head"))
        self._left = sum(widths) + 2 * len(widths) + runs + 2
        self._columns = self._share_out(study, width - self._left)
        for column in self._columns:
            style = "theory" if column.measure < 0 else "head"
            style = "measure" if column.measure == study.measure else style
            title = crop(column.title, column.width - 2, glyphs)
            head.append((pad(title, column.width - 2, "left") + "  ", style))
        out = [fit(head, width)]
        room = max(1, height - 1)
        count = len(study.points)
        self._first = min(
            max(0, count - room), max(study.at - room + 1, min(self._first, study.at))
        )
        for at in range(self._first, min(count, self._first + room)):
            here = "row-" if at == study.at else ""
            values = [setting(n).show(value) for n, value in study.points[at].items()]
            row: list[Span] = [
                (f"{pad(value, size)}  ", f"{here}point")
                for value, size in zip(values or [tr("as it is")], widths, strict=True)
            ]
            said = total if study.whole(at) else f"{study.counts[at]}/{total}"
            row.append((f"{pad(said, runs, 'left')}  ", f"{here}dim"))
            for column in self._columns:
                row += self._figure(study, at, column, here)
            out.append(fit(row, width, "row" if here else "text"))
        return out

    def _share_out(self, study: Study, room: int) -> list[_Column]:
        """Return the measures for which there is room, that in the chart among them."""
        glyphs = self._glyphs
        name = study.charted
        expects = any(study.expected(at, name) is not None for at in range(len(study.points)))
        every = [self._column(study, n) for n in range(len(study.watch))]
        own = every[study.measure]
        extra = _Column(-1, f"{glyphs.expected} {tr('theory')}", _THEORY, own.places, 0)
        first = min(self._first_measure, study.measure)
        while first < study.measure:
            needed = sum(column.width for column in every[first : study.measure + 1])
            if needed + (extra.width if expects else 0) <= room:
                break
            first += 1
        self._first_measure = first
        out: list[_Column] = []
        for column in every[first:]:
            if column.width > room and out:
                break
            out.append(column)
            room -= column.width
            if column is own and expects and extra.width <= room:
                out.append(extra)
                room -= extra.width
        return out

    def _column(self, study: Study, measure: int) -> _Column:
        name = study.watch[measure]
        found = study.intervals(name)
        digits = places(name, found)
        figures = [mean_and_half(name, each, digits, self._glyphs) for each in _extremes(found)]
        half = max((cells(half) for _, half in figures), default=0)
        figure = max((cells(mean) for mean, _ in figures), default=0) + half + 3
        title = min(_TITLE, cells(heading(name)) + 2)
        return _Column(measure, heading(name), max(_FIGURE, figure, title), digits, half)

    def _figure(self, study: Study, at: int, column: _Column, here: str) -> list[Span]:
        name = study.watch[study.measure if column.measure < 0 else column.measure]
        if column.measure < 0:
            text = alone(name, study.expected(at, name), column.places)
            return [(pad(text, column.width - 2, "left") + "  ", f"{here}theory")]
        found = study.interval(at, name)
        mean, half = mean_and_half(name, found, column.places, self._glyphs)
        style = f"{here}mean" if study.whole(at) else here.rstrip("-") or "text"
        room = column.width - 3 - column.half
        return [
            (pad(mean, room, "left") + " ", style),
            (pad(half, column.half, "left") + "  ", f"{here}dim"),
        ]

    # --- what the person does --------------------------------------------------------------------

    def action_go(self, by: int) -> None:
        """Point at a point further down (``by`` above 0) or up."""
        if self._study is not None:
            self.point(self._study.at + by)

    def action_page(self, by: int) -> None:
        """Go a page down or up."""
        self.action_go(by * max(1, self.size.height - 2))

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Go up."""
        self.action_go(-_WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Go down."""
        self.action_go(_WHEEL)

    def on_click(self, event: events.Click) -> None:
        """Point at the row that was clicked, and have its measure in the chart."""
        offset, study = event.get_content_offset(self), self._study
        if offset is None or study is None:
            return
        right = self._left
        for column in self._columns:
            if right <= offset.x < right + column.width and column.measure >= 0:
                self.post_message(MeasureChosen(column.measure))
            right += column.width
        at = self._first + offset.y - 1
        if offset.y > 0 and at < len(study.points):
            self.post_message(PointChosen(at, opened=event.chain > 1))


def _extremes(found: list[Interval | None]) -> list[Interval]:
    """Return those figures of a column among which the widest are."""
    known = [each for each in found if each is not None]
    if not known:
        return []
    return [
        min(known, key=lambda each: each.mean),
        max(known, key=lambda each: each.mean),
        max(known, key=lambda each: each.half or 0.0),
        min(known, key=lambda each: each.half or math.inf),
    ]
