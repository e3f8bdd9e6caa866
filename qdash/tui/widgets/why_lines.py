"""The lines of the why panel: an answer and a life, laid out for a width."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.cells import cell_len, set_cell_size

from qdash.life import PHASES, Life, Part
from qdash.narrate import seconds
from qdash.prose import wrap
from qdash.tui.look import Glyphs
from qdash.tui.widgets.stage_text import pad
from qdash.why import Answer, Reason, Subject
from qdash.words import tr

Span = tuple[str, str]

_DEEPEST: Final = 6
"""Reasons that lie deeper are not indented further."""
_STYLES: Final = {
    "making": "making", "put": "put", "queue": "queue", "work": "work", "hand": "dim",
}  # fmt: skip


class Row(NamedTuple):
    """One line: its spans, and what it leads to. ``begins`` is false for a line that goes on."""

    spans: tuple[Span, ...]
    to: Subject | None = None
    begins: bool = True


def lay_out(
    answer: Answer, life: Life | None, events: int, now: float, width: int, glyphs: Glyphs
) -> list[Row]:
    """Return all lines of an answer, each at most ``width`` cells wide."""
    if life is not None:
        rows = _told(life.says(events, now), "says", width)
        rows += [Row(line) for line in life_bar(life.parts(events, now), width, glyphs)]
        rows += _marks(life, events, width, glyphs)
        if not life.over(events):
            rows += _told(answer.says, "says", width)
            rows += _reasons("", answer.because, width, glyphs)
            rows += _reasons(tr("what waits for it"), answer.so, width, glyphs)
        return rows
    rows = _told(answer.says, "says", width)
    rows += _reasons("", answer.because, width, glyphs)
    after = tr("and so") if answer.subject.kind == "event" else tr("what waits for it")
    rows += _reasons(after, answer.so, width, glyphs)
    return rows + _reasons(tr("see also"), answer.see, width, glyphs)


def _told(text: str, style: str, width: int) -> list[Row]:
    return [Row(((line, style),)) for line in wrap(text, max(8, width))]


def _section(title: str) -> list[Row]:
    return [Row(((title, "title"),))]


def _reasons(title: str, reasons: Sequence[Reason], width: int, glyphs: Glyphs) -> list[Row]:
    rows = _section(title) if reasons and title else []
    for reason in reasons:
        lead = "  " * min(reason.depth, _DEEPEST)
        lead += f"{glyphs.more if reason.to is not None else ' '} "
        rows += _wrapped(lead, reason.text, reason.to, width, "text")
    return rows


def _wrapped(lead: str, text: str, to: Subject | None, width: int, style: str) -> list[Row]:
    room = max(8, width - cell_len(lead))
    first, *more = wrap(text, room) or [""]
    rows = [Row(((lead, "link" if to is not None else style), (first, style)), to)]
    rows += [Row(((" " * cell_len(lead), style), (line, style)), to, False) for line in more]
    return rows


def _marks(life: Life, events: int, width: int, glyphs: Glyphs) -> list[Row]:
    rows: list[Row] = []
    marks = life.at(events)
    before: float | None = None
    if not life.begun:
        rows += _told(tr("what happened to it before may not be kept any more"), "dim", width)
    for mark in marks:
        passed = "" if before is None else f"+{seconds(mark.t - before)}"
        lead = f"{glyphs.more} {mark.t:8.2f} s {pad(passed, 8, 'left')}  "
        rows += _wrapped(lead, mark.text, Subject("event", mark.number), width, "text")
        before = mark.t
    return rows


def life_bar(parts: Iterable[Part], width: int, glyphs: Glyphs) -> list[tuple[Span, ...]]:
    """Return a proportional bar of where the time of an item went, and what its pieces mean."""
    parts = [part for part in parts if part.seconds > 0]
    whole = sum(part.seconds for part in parts)
    if not whole or width < 8:
        return []
    spans: list[Span] = []
    drawn, passed = 0, 0.0
    for part in parts:
        passed += part.seconds
        cells = round(width * passed / whole) - drawn
        drawn += cells
        spans.append((_glyph(part, glyphs) * cells, _STYLES[part.phase]))
    legend: list[Span] = []
    spent: dict[str, float] = {}
    looks: dict[str, Part] = {}
    for part in parts:
        name = tr(PHASES[part.phase])
        if part.phase == "queue":
            name = tr("in {queue}").format(queue=part.queue)
        spent[name] = spent.get(name, 0.0) + part.seconds
        looks.setdefault(name, part)
    room = width
    for name, length in spent.items():
        part = looks[name]
        text = f" {name} {100 * length / whole:.0f} %  "
        mark = _glyph(part, glyphs) * 2
        if cell_len(mark + text) > room:
            break
        legend += [(mark, _STYLES[part.phase]), (text, "dim")]
        room -= cell_len(mark + text)
    return [tuple(spans), tuple(legend)]


def _glyph(part: Part, glyphs: Glyphs) -> str:
    return {
        "making": glyphs.line,
        "put": glyphs.lane_blocked,
        "queue": glyphs.lane_waiting,
        "work": glyphs.lane_busy,
    }.get(part.phase, glyphs.tick)


def cut(spans: Iterable[Span], width: int) -> list[Span]:
    """Return the spans cut to at most ``width`` cells."""
    out: list[Span] = []
    for text, style in spans:
        taken = cell_len(text)
        if taken > width:
            text, taken = set_cell_size(text, max(0, width)), max(0, width)
        if text:
            out.append((text, style))
        width -= taken
    return out
