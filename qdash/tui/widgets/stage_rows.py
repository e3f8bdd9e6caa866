"""Where things stand on the stage: rows of stations from left to right, and who stands in none.

A row that is too narrow for its stations is broken into several. A stage too low or too narrow for
panels tells each station in one line.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from typing import Final

import msgspec

from qdash.state import State, WorkerState
from qdash.tui.widgets.stage_queue import header, queue_panel
from qdash.tui.widgets.stage_text import (
    Line,
    Panel,
    Span,
    Spot,
    blank,
    clean,
    comma,
    fit,
    phrases,
    role_title,
    told_in,
)
from qdash.tui.widgets.stage_words import LOUD, Scene, kind_of, tell
from qdash.tui.widgets.stage_workers import busy_words, group_words, role_panel

ROLE_MIN: Final = 22
QUEUE_MIN: Final = 32
_LOWEST_PANEL: Final = 3
_NARROWEST: Final = 40
_ROOMY: Final = 100
"""From this width on there are two cells between panels."""

_WIDE: Final = 150
"""From this width on panels have a margin of two cells."""

Row = tuple[str, ...]


class Frame(msgspec.Struct):
    """All lines of the stage, and where on them is what can be chosen; the first spot counts."""

    lines: list[Line] = []
    spots: list[Spot] = []


def preferred_height(state: State, width: int) -> int:
    """Return how many lines the stage would like; it depends on nothing that moves."""
    rows = len(_rows(_layout(state), width))
    panel = {1: 11 if width >= _ROOMY else 10, 2: 8}.get(rows, 6)
    return rows * panel + (rows - 1 if width >= _ROOMY else 0) + 1


def side(layout: tuple[Row, ...], role: str) -> str:
    """Return on which side of a queue a role stands: ``consumer``, ``producer`` or ``other``."""
    for row in layout:
        if role in row:
            at = row.index(role)
            if at and row[at - 1].startswith("@"):
                return "consumer"
            if at + 1 < len(row) and row[at + 1].startswith("@"):
                return "producer"
    return "other"


def compose(scene: Scene, width: int, height: int) -> Frame:
    """Return the stage as lines, ``width`` by ``height`` cells."""
    frame = Frame()
    if width <= 0 or height <= 0:
        return frame
    layout = _layout(scene.state)
    rows = _rows(layout, width)
    others = _not_placed(scene, layout)
    foot = 1 if others and height >= 6 else 0
    gap = 1 if width >= _ROOMY and height >= len(rows) * 8 + foot else 0
    room = height - foot - gap * (len(rows) - 1)
    if not rows or room < _LOWEST_PANEL * len(rows) or width < _NARROWEST:
        frame.lines = _summary(scene, layout, others, width, height)
    else:
        starts = {row[0] for row in layout}
        for at, row in enumerate(rows):
            share = room * (at + 1) // len(rows) - room * at // len(rows)
            if at and gap:
                frame.lines.append(blank(width, "gap"))
            lead = "" if row[0] in starts else f"{scene.glyphs.more} "
            _panels(frame, scene, layout, row, width, share, lead)
        if foot:
            frame.lines.append(fit(_others(scene, others), width, "gap"))
    frame.lines.extend([blank(width, "gap")] * (height - len(frame.lines)))
    del frame.lines[height:]
    return frame


def _not_placed(scene: Scene, layout: tuple[Row, ...]) -> list[WorkerState]:
    """Return the workers whose role stands nowhere, but for those that ended well."""
    placed = {station for row in layout for station in row}
    return [
        worker
        for role, workers in scene.by_role.items()
        if role not in placed
        for worker in workers
        if worker.alive or worker.how == "failed"
    ]


def _layout(state: State) -> tuple[Row, ...]:
    """Return the rows of the header's layout in which there is a queue.

    Workers of other rows are told of at the foot. Without a layout, each queue is a row.
    """
    rows = state.header.layout or tuple((f"@{name}",) for name in state.queues)
    return tuple(row for row in rows if any(station.startswith("@") for station in row))


def _least(station: str) -> int:
    return QUEUE_MIN if station.startswith("@") else ROLE_MIN


def _gap(width: int) -> int:
    return 2 if width >= _ROOMY else 1


def _need(row: Row, gap: int) -> int:
    return sum(map(_least, row)) + gap * (len(row) - 1)


def _rows(layout: tuple[Row, ...], width: int) -> list[Row]:
    gap = _gap(width)
    return [part for row in layout if row for part in _broken(row, width, gap)]


def _broken(row: Row, width: int, gap: int) -> list[Row]:
    """Break a row into as few parts as have room, the widest of them as narrow as can be."""
    for parts in range(1, len(row)):
        splits = [
            [row[a:b] for a, b in zip((0, *cuts), (*cuts, len(row)), strict=True)]
            for cuts in combinations(range(1, len(row)), parts - 1)
        ]
        best = min(splits, key=lambda split: max(_need(part, gap) for part in split))
        if max(_need(part, gap) for part in best) <= width:
            return best
    return [(station,) for station in row]


def _panels(
    frame: Frame,
    scene: Scene,
    layout: tuple[Row, ...],
    row: Row,
    width: int,
    height: int,
    lead: str,
) -> None:
    """Add one row of panels to the frame; ``lead`` stands before its first title."""
    gap = _gap(width)
    margin = 2 if width >= _WIDE else 1
    top, left = len(frame.lines), 0
    lines: list[list[Span]] = [[] for _ in range(height)]
    for at, (station, taken) in enumerate(zip(row, _widths(row, width, gap), strict=True)):
        if at:
            arrow = _arrow(scene, row[at - 1], station)
            for y, line in enumerate(lines):
                line.extend(fit([(arrow, "gap")] if y == height // 2 else (), gap, "gap"))
            left += gap
        panel = _panel(scene, layout, station, taken - 2 * margin, height, "" if at else lead)
        side_space, nothing = (" " * margin, "text"), blank(taken)
        for y, line in enumerate(lines):
            if y < len(panel.lines):
                line.extend((side_space, *panel.lines[y], side_space))
            else:
                line.extend(nothing)
        for y, begins, ends, to in panel.spots:
            if y >= height:
                continue
            if to.kind in ("worker", "queue") and ends - begins == taken - 2 * margin:
                begins, ends = -margin, taken - margin  # a whole line, with the space beside it
            frame.spots.append(Spot(top + y, left + margin + begins, left + margin + ends, to))
        left += taken
    frame.lines.extend(map(tuple, lines))


def _panel(
    scene: Scene, layout: tuple[Row, ...], station: str, width: int, height: int, lead: str
) -> Panel:
    if not station.startswith("@"):
        return role_panel(scene, station, side(layout, station), width, height, lead)
    queue = scene.state.queues.get(station[1:])
    if queue is None:  # the scenario has not made it yet
        return Panel([fit([(clean(station[1:]), "dim")], width)])
    return queue_panel(scene, queue, width, height)


def _arrow(scene: Scene, before: str, after: str) -> str:
    """Return the sign between two roles that meet without a queue; a queue draws its own ends."""
    return "" if "@" in (before[0], after[0]) else scene.glyphs.more


def _widths(row: Row, width: int, gap: int) -> list[int]:
    """Share out the width: each station its least, what is left one part a role, two a queue."""
    least = [_least(station) for station in row]
    spare = width - _need(row, gap)
    if spare < 0:  # one station alone, wider than the screen
        return [width - gap * (len(row) - 1)]
    parts = [2 if station.startswith("@") else 1 for station in row]
    widths = [low + spare * part // sum(parts) for low, part in zip(least, parts, strict=True)]
    widths[max(range(len(row)), key=lambda at: parts[at])] += (
        width - gap * (len(row) - 1) - sum(widths)
    )
    return widths


def _others(scene: Scene, others: list[WorkerState]) -> list[Span]:
    """Return what the workers do that stand in no panel, the loudest first."""
    loudest = sorted(others, key=lambda worker: LOUD.get(kind_of(worker), 9))[:40]
    spans: list[Span] = []
    for worker in loudest:
        told = tell(worker, scene)
        spans.append(("   " if spans else " ", "gap"))
        chosen = worker.name == scene.selected
        spans.append((clean(worker.name), "other-chosen" if chosen else "other"))
        words = told.words[0]
        if told.kind == "joining":
            words = phrases((words, told.notes[0]))
        spans.append((f" {words}", "gap-blocked" if told.style == "blocked" else "gap-text"))
    return spans


def _summary(
    scene: Scene, layout: tuple[Row, ...], others: list[WorkerState], width: int, height: int
) -> list[Line]:
    """Return one line a station; where not even that fits, the queues' lines come first."""
    stations = [station for row in layout for station in row]
    kept = sorted(stations, key=lambda station: not station.startswith("@"))[:height]
    lines: list[Line] = []
    for station in stations:
        if station not in kept:
            continue
        if not station.startswith("@"):
            kinds = Counter([kind_of(worker) for worker in scene.by_role.get(station, [])])
            spans: list[Span] = [(f"{role_title(station, 2)} ", "title")]
            spans.append((f"{busy_words(kinds)[1]} ", side(layout, station)))
            for at, (text, style) in enumerate(group_words(kinds, short=True)):
                spans.extend([(comma(), "dim")] if at else [])
                spans.append((text, style))
            lines.append(told_in(spans, width, scene.glyphs))
        elif (queue := scene.state.queues.get(station[1:])) is not None:
            lines.append(header(scene, queue, width))
    if others and len(lines) < height:
        lines.append(fit(_others(scene, others), width, "gap"))
    return lines
