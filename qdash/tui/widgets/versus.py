"""Two labs side by side: what is said above each stage, the stages, and the figures of both."""

from __future__ import annotations

import math
from typing import ClassVar, Final, Literal

from textual import events
from textual.strip import Strip

from qdash.experiment.compared import COMPARED, Compared, difference_words, value_words
from qdash.experiment.measures import MEASURES
from qdash.tui.look import Glyphs
from qdash.tui.messages import SideChosen
from qdash.tui.view import Side, Versus, View
from qdash.tui.widgets.bar import Bar, Piece, width_of
from qdash.tui.widgets.drawn import Drawn
from qdash.tui.widgets.header import clock
from qdash.tui.widgets.stage import Stage
from qdash.tui.widgets.stage_text import Line, Span, cells, clean, crop, fit, pad
from qdash.words import spoken, tr, trn

Letter = Literal["A", "B"]

_WIDE: Final = 66
"""From this width on the figures say in a word which is better."""
_APART: Final = 0.05
"""By so many virtual seconds a lab must be behind for its own time to be told."""


def side_of(view: View, letter: Letter) -> Side | None:
    """Return one of the two labs, if there are two on the screen."""
    return None if view.versus is None else view.versus.sides[letter == "B"]


class SideTitle(Bar):
    """Says of one lab what sets it apart, how it is, and whether keys and settings act on it."""

    DEFAULT_CSS = "SideTitle { height: 1; background: $panel; color: $foreground; }"

    def __init__(self, letter: Letter, *, id: str) -> None:
        super().__init__(id=id)
        self.letter = letter

    def show(self, view: View) -> None:
        """Draw what is known in this frame."""
        side = side_of(view, self.letter)
        if side is None:
            return
        glyphs, state = view.glyphs, side.view.state
        kind = "chosen" if side.acted else "key"
        left = [Piece(" "), Piece(f" {side.letter} ", kind), Piece("  ")]
        right: list[Piece] = []
        if state.ended is not None:
            right.append(Piece(f" {tr('OVER at {time}').format(time=clock(state.t))} ", "loud"))
        elif state.stuck:
            right.append(Piece(f" {tr('STUCK')} ", "loud"))
        elif abs(side.view.position - view.position) > _APART:
            right.append(Piece(f" {clock(side.view.position)} ", "plain"))
        if side.acted:
            right.append(Piece(f"  {glyphs.less} {tr('keys and settings act here')} ", "key"))
        else:
            right.append(Piece("  o", "key", "app.other"))
            right.append(Piece(f" {tr('act on this one')} ", "dim", "app.other"))
        room = self.size.width - width_of(tuple(left))
        while len(right) > 1 and width_of(tuple(right)) + 12 > room:
            right.pop()
        label = clean(side.label).replace("→", glyphs.arrow)
        label = crop(label, max(0, room - width_of(tuple(right))), glyphs)
        left.append(Piece(label, "value" if side.acted else "plain"))
        gap = self.size.width - width_of((*left, *right))
        self.draw(((*left, Piece(" " * max(0, gap)), *right),))

    def on_click(self, event: events.Click) -> None:
        """Let keys and settings act on this lab."""
        self.post_message(SideChosen(self.letter))


class SideStage(Stage):
    """The stage of one of the two."""

    DEFAULT_CSS = "SideStage { height: auto; background: $background; }"

    def __init__(self, letter: Letter, *, id: str) -> None:
        super().__init__(id=id)
        self.letter = letter

    def show(self, view: View) -> None:
        """Draw its own lab."""
        side = side_of(view, self.letter)
        if side is not None:
            super().show(side.view)

    def on_click(self, event: events.Click) -> None:
        """Let keys and settings act on this lab, and choose what was clicked."""
        self.post_message(SideChosen(self.letter))
        super().on_click(event)


class FiguresPanel(Drawn):
    """Each measure of A and of B, and their difference with its interval."""

    GROUND = "text"
    DEFAULT_CSS = "FiguresPanel { background: $surface; color: $foreground; padding: 0 1; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "text": "foreground",
        "dim": "dim",
        "title": "dim bold",
        "name": "foreground",
        "value": "foreground bold",
        "better": "consumer bold",
        "worse": "blocked bold",
        "key": "accent bold",
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._key: object = None
        self._lines: list[Line] = []

    @property
    def text(self) -> str:
        """What is drawn, as plain text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def show(self, view: View) -> None:
        """Draw the figures."""
        versus = view.versus
        if versus is None:
            return
        key = (versus.comparison, versus.runs, versus.working, self.size, view.glyphs, spoken())
        if key != self._key:
            self._key = key
            self._lines = self._make(versus, view.glyphs)
            self.tooltip = _says(versus)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Return one prepared line."""
        return self.strip_of(self._lines[y] if y < len(self._lines) else ())

    async def on_click(self, event: events.Click) -> None:
        """A click on the title runs replications, or goes back."""
        offset = event.get_content_offset(self)
        if offset is not None and offset.y == 0:
            await self.run_action("app.replicate")

    def _make(self, versus: Versus, glyphs: Glyphs) -> list[Line]:
        width, height = self.size
        found = versus.comparison
        out = [fit(_title(versus, glyphs, width), width)]
        columns = _columns(width)
        heads = ("", "A", "B", tr("B − A (95 %)"))
        out.append(_row(heads, ("title",) * 4, columns, width, glyphs))
        rows = found.rows or tuple(Compared(name, None, None, None) for name in COMPARED)
        for row in rows[: max(0, height - 2)]:
            out.append(_figures(row, columns, width, glyphs))
        lines = [*out, *[fit((), width)] * (height - len(out))][:height]
        if glyphs.plus_minus == "±":
            return lines
        return [
            fit([(_plainly(text, glyphs), look) for text, look in line], width) for line in lines
        ]


def _title(versus: Versus, glyphs: Glyphs, width: int) -> list[Span]:
    """Say over which time the figures are, and how the interval comes about."""
    found = versus.comparison
    spans: list[Span] = [(tr("B AGAINST A"), "title")]
    if found.queue:
        spans.append((f"  {clean(found.queue)}", "name"))
    if versus.runs:
        words = trn("{count} run of each", "{count} runs of each", versus.runs)
        words = words.format(count=versus.runs)
    elif found.rows and found.more == 0:
        words = tr("{since}–{until} s, {count} batches of {width} s").format(
            since=_plain(found.since),
            until=_plain(found.until),
            count=found.batches,
            width=_plain(found.width),
        )
    elif found.rows:
        since, until = _plain(found.since), _plain(found.until)
        if found.more is None:
            words = tr("{since}–{until} s, ± not yet").format(since=since, until=until)
        else:
            words = tr("{since}–{until} s, ± not yet: about {more} s more").format(
                since=since, until=until, more=_about(found.more)
            )
    else:
        words = tr("measured from {since} s on").format(since=_plain(found.since))
    spans.append((f"  {words}", "dim"))
    hint = versus.working or tr("back") if versus.runs else versus.working or tr("replicate")
    spans += [("  C", "key"), (f" {hint}", "dim")]
    if found.queue and sum(cells(text) for text, _ in spans) > width:
        del spans[1]
    return spans if sum(cells(text) for text, _ in spans) <= width else spans[:-2]


def _says(versus: Versus) -> str:
    """Say what the intervals are of."""
    if versus.runs:
        return tr(
            "A and B were run with the same seeds, each time both. In 95 of 100 such comparisons "
            "the interval holds the true difference."
        )
    return tr(
        "The time since a setting was changed last, without its first quarter, is cut into "
        "batches. The interval comes of how the difference varies from batch to batch, and how "
        "neighbours are alike. There is none (?) while the time is short beside how long a queue "
        "remembers how full it was: the busier its consumers, the longer, and where it grows "
        "without end, for ever. C runs A and B with many seeds."
    )


def _columns(width: int) -> tuple[int, int, int, int]:
    """Return the widths of the measure's name, of A, of B and of the difference."""
    word = 9 if width >= _WIDE else 2
    figure = 10 if width >= _WIDE else 9
    difference = 20 if width >= _WIDE else 17
    name = max(6, min(16, width - 2 * figure - difference - word))
    return name, figure, figure, difference


def _row(
    texts: tuple[str, ...],
    looks: tuple[str, ...],
    columns: tuple[int, int, int, int],
    width: int,
    glyphs: Glyphs,
) -> Line:
    """Return a line of the table: the name on the left, figures on the right of their column."""
    spans: list[Span] = []
    for at, (text, look) in enumerate(zip(texts, looks, strict=True)):
        if at < 4:
            room = columns[at] if at == 0 else columns[at] - 1
            cut = crop(text, room, glyphs)
            spans.append((pad(cut, room) if at == 0 else " " + pad(cut, room, "left"), look))
        else:
            spans.append((f" {text}", look))
    return fit(spans, width)


def _figures(row: Compared, columns: tuple[int, int, int, int], width: int, glyphs: Glyphs) -> Line:
    measure = MEASURES[row.name]
    look = row.verdict
    word = tr(look) if look else ""
    if width < _WIDE and look:
        word = glyphs.right if look == "better" else glyphs.error
    unsure = " ± ?" if row.first or row.second else ""  # what never was is no difference
    texts = (
        tr(measure.title),
        value_words(measure, row.first),
        value_words(measure, row.second),
        difference_words(measure, row.difference, unsure=unsure),
        word,
    )
    return _row(texts, ("name", "value", "value", look or "text", look), columns, width, glyphs)


def _plainly(text: str, glyphs: Glyphs) -> str:
    """Return a text with the signs that a plain terminal has."""
    text = text.replace("\N{MINUS SIGN}", "-").replace("–", glyphs.dash)
    return text.replace(" ±", glyphs.plus_minus)


def _about(seconds: float) -> str:
    """Return a time to wait in two digits, rounded up."""
    by = 10 ** max(0, math.floor(math.log10(max(seconds, 1.0))) - 1)
    return f"{math.ceil(seconds / by) * by:,}"


def _plain(seconds: float) -> str:
    return f"{seconds:,.1f}".removesuffix(".0")
