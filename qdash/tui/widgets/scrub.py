"""The scrub bar: all of the past that is kept on one line, and the moment of it that is shown."""

from __future__ import annotations

from textual import events

from qdash.tui.messages import TimeChosen
from qdash.tui.view import View
from qdash.tui.widgets.bar import Bar, Line, Piece, width_of
from qdash.tui.widgets.header import clock, event_of
from qdash.words import tr

_LEAST = 8
"""The cells of the track itself, which go before any word."""


class ScrubBar(Bar):
    """A line to point at: a click or a drag goes to that time."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self._track = (0, 1)  # where the track begins, and how many cells it has
        self._dragged = False

    def preferred_height(self, view: View, width: int) -> int:
        """Return how many lines the bar would like: none in the present."""
        return int(view.past or view.replay)

    def show(self, view: View) -> None:
        """Draw where the moment lies between the oldest that is kept and the latest."""
        self._view = view
        width = self.size.width
        left, right = _ends(view, width)
        cells = max(1, width - width_of(left) - width_of(right))
        self._track = (width_of(left), cells)
        self.draw(((*left, *self._drawn_track(view, cells), *right),))

    def _cell(self, view: View, t: float, cells: int) -> int:
        start, end = view.history.start, view.now
        share = (t - start) / (end - start) if end > start else 1.0
        return round(min(max(share, 0.0), 1.0) * (cells - 1))

    def _drawn_track(self, view: View, cells: int) -> Line:
        glyphs = view.glyphs
        here = self._cell(view, view.position, cells)
        drawn = [glyphs.lane_busy] * here + [glyphs.limit] * (cells - here)
        start = view.history.start
        for mark in view.history.now.timeline.marks:
            if mark.t >= start:
                drawn[self._cell(view, mark.t, cells)] = glyphs.mark
        return (
            Piece("".join(drawn[:here]), "key"),
            Piece(glyphs.bullet, "cursor"),
            Piece("".join(drawn[here + 1 :]), "dim"),
        )

    # --- what the person does --------------------------------------------------------------------

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Go to the time under the mouse, and follow it."""
        begin, cells = self._track
        if begin <= event.x < begin + cells:
            event.stop()
            self._dragged = True
            self.capture_mouse()
            self._go(event.x)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Follow the mouse while its button is held."""
        if self._dragged:
            event.stop()
            self._go(event.x)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """Stay where the mouse let go."""
        if self._dragged:
            event.stop()
            self._dragged = False
            self.release_mouse()

    def _go(self, x: int) -> None:
        if (view := self._view) is not None:
            begin, cells = self._track
            share = min(max((x - begin) / max(1, cells - 1), 0.0), 1.0)
            start = view.history.start
            self.post_message(TimeChosen(start + share * (view.now - start)))


def _ends(view: View, width: int) -> tuple[Line, Line]:
    """Return what stands left and right of the track, as much as there is room for."""
    history = view.history
    start, end = clock(history.start), clock(view.now)
    older = tr("older than {time} was let go").format(time=start) if history.first else start
    number = event_of(view)
    word = tr("now") if view.past else tr("end")
    key = (Piece("n", "key", "app.now"), Piece(f" {word} ", "dim", "app.now"))
    step = Piece("← →" if view.glyphs.dots == "…" else "left right", "key")
    by = Piece(f" {tr('event')}  ", "dim")
    wide = (Piece(f" {end}  {number}  ", "dim"), step, by, *key)
    forms: list[tuple[Line, Line]] = [
        ((Piece(f" {older} ", "dim"),), wide),
        ((Piece(f" {older} ", "dim"),), (Piece(f" {end}  {number}  ", "dim"), *key)),
        ((Piece(f" {start} ", "dim"),), (Piece(f" {end}  ", "dim"), *key)),
        ((Piece(" "),), (Piece(" "), *key)),
    ]
    for left, right in forms:
        if width_of(left) + width_of(right) + max(_LEAST, width // 3) <= width:
            return left, right
    return (), ()
