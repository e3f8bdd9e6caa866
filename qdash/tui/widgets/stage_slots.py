"""The slots of a queue, drawn from left to right with the next to be served at the right end.

Where not every slot fits, the next ones and the last one are drawn, and between them it says how
many more there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import nsmallest
from itertools import islice

import msgspec
from msgspec.structs import replace

from qdash.state import QueueState, Slot
from qdash.tui.look import Glyphs
from qdash.tui.widgets.stage_text import (
    Panel,
    Span,
    Spot,
    cells,
    crop,
    fit,
    item_name,
    pad,
    width_of,
)
from qdash.tui.widgets.stage_words import Scene
from qdash.why import Subject, slot_subject
from qdash.words import mark, tr

_WIDEST = 9
_SEARCHED = 2_000
"""In a longer priority queue the last one is not looked for: that takes a look at every slot."""
_NAMED = 4
"""A cell of at least this width says under its glyph what it is, cut short if need be."""
_LONG_ENDS = 48
"""From this width on the ends stay long where not every slot fits anyway."""
_LONG_GAPS = 40
"""From this width on it says ``… 37 more …`` where slots are left out, else ``…37…``."""
_LOOK_AHEAD = 64
"""No terminal shows more slots than this of a queue, so no more of them are looked at."""


_SIGNALS = ("slot-stop", "slot-error")
_SHAPES = {"stop": mark("stop"), "error": mark("error"), "token": mark("token")}
"""What is written under the sign of a thing that is no item."""


class Cell(msgspec.Struct, frozen=True):
    """One thing drawn in the row of slots: what stands over, in, and under it."""

    text: str
    style: str
    glyph: str = ""
    over: str = ""
    under: str = ""
    least: int = 0
    """How wide it has to be at the least."""
    empty: bool = False
    words: bool = False
    """Whether it is only words between slots, such as how many more there are."""
    to: Subject | None = None
    """What is chosen by a click on it."""

    def width(self, usual: int) -> int:
        """Return how wide it is among cells that are ``usual`` wide."""
        return self.least if self.words else max(usual, self.least)


def add_slots(panel: Panel, scene: Scene, queue: QueueState, width: int, tall: bool) -> None:
    """Add the row of slots with its two ends, as one line, or as three if ``tall``."""
    glyphs = scene.glyphs
    nearest = [_cell(queue, slot, at, glyphs, tall) for at, slot in enumerate(_first(queue))]
    if scene.pointed is not None:
        nearest = [
            replace(cell, style="pointed") if cell.to == scene.pointed else cell for cell in nearest
        ]
    tries = [(named, length) for named in (True, False) for length in (2, 1, 0)]
    for named, length in tries:
        left, right = _ends(queue, glyphs, length)
        room = width - width_of(left) - width_of(right)
        widths = _cell_widths(nearest, room, tall, named)
        if (cell_width := _fitting(queue, nearest, room, *widths)) is not None:
            free = [_free()] * (queue.maxsize - queue.size)
            row_of_cells = [*free, *reversed(nearest)]
            break
    else:
        left, right = _ends(queue, glyphs, 2 if width >= _LONG_ENDS else 0)
        room = width - width_of(left) - width_of(right)
        cell_width, _ = _cell_widths(nearest, room, tall, False)
        row_of_cells = _shortened(queue, nearest, room, cell_width, glyphs, tall)
    # A row of slots whose number varies keeps its get end where it is.
    lead = max(0, room - _taken(row_of_cells, cell_width)) if queue.maxsize <= 0 else 0
    middle = 1 if tall else 0
    for row in range(3 if tall else 1):
        y, x = len(panel.lines), width_of(left) + lead
        line: list[Span] = list(left) if row == middle else [(" " * width_of(left), "text")]
        line.append((" " * lead, "text"))
        for at, cell in enumerate(row_of_cells):
            if at:
                line.append((" ", "text"))
            taken = cell.width(cell_width)
            line.append(_draw(cell, taken, row - middle, tall, glyphs))
            if cell.to is not None and x + taken <= width:
                panel.spots.append(Spot(y, x, x + taken, cell.to))
            x += taken + 1
        if row == middle:
            line.extend(right)
        panel.lines.append(fit(line, width))


def _ends(queue: QueueState, glyphs: Glyphs, length: int) -> tuple[list[Span], list[Span]]:
    """Return the two ends of the row; ``length`` is 2 for long ones, 0 for the shortest."""
    put_style = "blocked" if queue.putters else "producer"
    get_style = "dim" if queue.getters else "consumer"
    if queue.is_shutdown:
        put_style = "stop"
    space = " " if length else ""
    if queue.discipline == "lifo":  # a stack: both ends are one, where the newest lies
        if length == 2:
            return [(f"{tr('oldest')} ", "dim")], [
                (f" {glyphs.less} put ", put_style),
                (f"get {glyphs.more}", get_style),
            ]
        return [], [(f" {glyphs.less}put", put_style), (f" get{glyphs.more}", get_style)]
    shut = glyphs.error if queue.is_shutdown else ""
    if length == 2:
        into = shut or glyphs.into
        return [(f"put {into} ", put_style)], [(f" {glyphs.out} get", get_style)]
    return (
        [(f"put{shut or glyphs.more}{space}", put_style)],
        [(f"{space}{glyphs.more}get", get_style)],
    )


def _cell_widths(nearest: list[Cell], room: int, tall: bool, named: bool) -> tuple[int, int]:
    """Return the least and the greatest width of a cell.

    ``named`` wants each wide enough for its words, not only for its glyph.
    """
    shown = nearest[: max(3, room // 4)]
    label = max((_label(cell, tall) for cell in shown), default=3)
    short = max((cells(cell.glyph or cell.text) for cell in shown), default=3)
    least = max(3, label if named else short)
    return least, max(least, min(_WIDEST, label + (4 if tall else 2)))


def _fitting(
    queue: QueueState, nearest: list[Cell], room: int, least: int, widest: int
) -> int | None:
    """Return the greatest width at which all slots have room, if there is one."""
    total = max(queue.size, queue.maxsize)
    if not 0 < total <= _LOOK_AHEAD:
        return None
    for width in range(widest, least - 1, -1):
        wider = sum([cell.least - width for cell in nearest if cell.least > width])
        if total * (width + 1) - 1 + wider <= room:
            return width
    return None


def _shortened(
    queue: QueueState, nearest: list[Cell], room: int, cell_width: int, glyphs: Glyphs, tall: bool
) -> list[Cell]:
    """Return as many cells as have room, with words in place of the rest.

    The next one comes before all others, then signals on their way, then the last one.
    """
    size = queue.size
    free = max(0, queue.maxsize - size) if queue.maxsize > 0 else 0
    lead: list[Cell] = []
    if free and (free + min(size, 3)) * (cell_width + 1) + 12 <= room:
        lead.extend([_free()] * free)
    elif free or not size:
        lead.append(_words(tr("{count} free").format(count=free) if free else tr("empty")))
    if not size:
        return lead
    room -= _taken(lead, cell_width) + 1 if lead else 0
    at_place = dict(enumerate(nearest))
    if size > len(nearest) and (queue.discipline != "priority" or size <= _SEARCHED):
        at_place[size - 1] = _cell(queue, _last(queue), size - 1, glyphs, tall)
    signals = [at for at, cell in at_place.items() if cell.style in _SIGNALS]
    more = "{count}"
    if room >= _LONG_GAPS:
        more = " " + tr("{count} more") + " "
    chosen: list[int] = []
    fitting = room // (cell_width + 1) + 1
    beside = [at + step for at in (*signals, size - 1) for step in (-1, 1)]
    for place in dict.fromkeys([0, *signals, size - 1, *range(fitting), *beside]):
        if place in at_place:
            row = _with_gaps(at_place, sorted([*chosen, place]), size, more, glyphs)
            if _taken(row, cell_width) <= room:
                chosen.append(place)
    if not chosen:
        return [*lead, _words(tr("{count} items").format(count=size))]
    row = _with_gaps(at_place, sorted(chosen), size, more, glyphs)
    return [*lead, *reversed(row)]


def _with_gaps(
    at_place: dict[int, Cell], places: list[int], size: int, more: str, glyphs: Glyphs
) -> list[Cell]:
    """Return the cells at these places, the next to be served first, and words between them."""
    row: list[Cell] = []
    for place, after in zip([-1, *places], [*places, size], strict=True):
        if place >= 0:
            row.append(at_place[place])
        if hidden := after - place - 1:
            row.append(_words(f"{glyphs.dots}{more.format(count=hidden)}{glyphs.dots}"))
    return row


def _first(queue: QueueState) -> Iterable[Slot]:
    """Return the slots that get will serve next, the very next one first."""
    if queue.discipline == "fifo":
        return islice(queue.slots.values(), _LOOK_AHEAD)
    if queue.discipline == "lifo":
        return islice(reversed(queue.slots.values()), _LOOK_AHEAD)
    return nsmallest(_LOOK_AHEAD, queue.slots.values(), key=_rank)


def _last(queue: QueueState) -> Slot:
    """Return the slot that get will serve last."""
    if queue.discipline == "fifo":
        return next(reversed(queue.slots.values()))
    if queue.discipline == "lifo":
        return next(iter(queue.slots.values()))
    return max(queue.slots.values(), key=_rank)


def _rank(slot: Slot) -> tuple[bool, float, int]:
    return slot.rank is None, slot.rank or 0.0, slot.slot


def _cell(queue: QueueState, slot: Slot, place: int, glyphs: Glyphs, tall: bool) -> Cell:
    """Return the cell of a slot that is served after ``place`` others."""
    over = f"p{slot.rank:g}" if queue.discipline == "priority" and slot.rank is not None else ""
    over_capacity = 0 < queue.maxsize <= place
    if slot.shape == "item":
        text, glyph = item_name(slot.item, slot.shape), ""
        style = "slot-over" if over_capacity else "slot"
        under = tr("over") if over_capacity else ""
    else:
        glyphs_of = {"stop": glyphs.stop, "error": glyphs.error, "token": glyphs.token}
        text = under = tr(_SHAPES[slot.shape])
        glyph, style = glyphs_of[slot.shape], f"slot-{slot.shape}"
    if not slot.counted:
        style, under = "slot-error", tr("uncounted")
    least = cells(under) if tall and glyph and style in _SIGNALS and slot.counted else 0
    to = slot_subject(queue.name, slot.slot, slot.item)
    return Cell(text, style, glyph, over, under, least, to=to)


def _words(text: str) -> Cell:
    return Cell(text, "dim", least=cells(text), words=True)


def _free() -> Cell:
    return Cell("", "slot-empty", empty=True)


def _label(cell: Cell, tall: bool) -> int:
    """Return how wide the cell has to be for all its words."""
    if tall:
        return min(_WIDEST, max(map(cells, (cell.over, cell.glyph or cell.text, cell.under))))
    return min(_WIDEST, cells(_chip(cell)))


def _chip(cell: Cell) -> str:
    """Return a cell's text where it has but one line."""
    return f"{cell.glyph or cell.over} {cell.text}".strip()


def _taken(row: list[Cell], cell_width: int) -> int:
    return sum([cell.width(cell_width) + 1 for cell in row]) - 1 if row else 0


def _draw(cell: Cell, width: int, row: int, tall: bool, glyphs: Glyphs) -> Span:
    """Return one row of one cell: -1 is the row over the text, 1 the row under it."""
    if cell.words:
        return (cell.text if row == 0 else " " * width, cell.style)
    if cell.empty and tall:
        return (_outline(width, row, glyphs), cell.style)
    if not tall and row:
        return (" " * width, "text")
    text = (cell.over, cell.glyph or cell.text, cell.under)[row + 1] if tall else _chip(cell)
    if cell.empty:
        text = glyphs.lane_idle.strip() or "."
    elif cell.glyph and cells(text) > width:
        text = cell.glyph if row == 0 else "" if width < _NAMED else text
    return (pad(crop(text, width, glyphs), width, "both"), cell.style)


def _outline(width: int, row: int, glyphs: Glyphs) -> str:
    """Return one row of a slot with nothing in it."""
    if not row:
        return glyphs.upright + " " * (width - 2) + glyphs.upright
    first, last = glyphs.corner[:2] if row < 0 else glyphs.corner[2:]
    return first + glyphs.line * (width - 2) + last
