"""The slots of a queue, drawn from left to right with the next to be served at the right end.

Where not every slot fits, the next ones and the last one are drawn, and between them it says how
many more there are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from itertools import islice

from rich.cells import cell_len

from qdash.state import QueueState, Slot
from qdash.tui.look import Glyphs
from qdash.tui.widgets.stage_text import Line, Span, crop, fit, item_name, width_of

_WIDEST = 9
_LONG_GAPS = 40
"""From this width on it says ``… 37 more …`` where slots are left out, else ``…37…``."""
_LOOK_AHEAD = 64
"""No terminal shows more slots than this of a queue, so no more of them are looked at."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One thing drawn in the row of slots: what stands over, in, and under it."""

    text: str
    style: str
    glyph: str = ""
    over: str = ""
    under: str = ""
    empty: bool = False
    words: bool = False
    """Whether it is only words between slots, such as how many more there are."""


def slot_lines(
    queue: QueueState, width: int, tall: bool, glyphs: Glyphs, plain: bool
) -> list[Line]:
    """Return the row of slots with its two ends, as one line, or as three if ``tall``.

    ``plain`` draws every slot with an outline, for a terminal without colours.
    """
    for long_ends in (True, False):
        left, right = _ends(queue, glyphs, long_ends)
        room = width - width_of(left) - width_of(right)
        cells, cell_width = _choose(queue, room, tall, glyphs, plain)
        whole = not any(cell.words for cell in cells)
        if whole or not long_ends or width >= 56:
            break
    # A row of slots whose number varies keeps its get end where it is.
    lead = max(0, room - _taken(cells, cell_width)) if queue.maxsize <= 0 else 0
    middle = 1 if tall else 0
    rows = []
    for row in range(3 if tall else 1):
        line: list[Span] = list(left) if row == middle else [(" " * width_of(left), "text")]
        line.append((" " * lead, "text"))
        for at, cell in enumerate(cells):
            if at:
                line.append((" ", "text"))
            line.append(_draw(cell, cell_width, row - middle, tall, glyphs, plain))
        if row == middle:
            line.extend(right)
        rows.append(fit(line, width))
    return rows


def _ends(queue: QueueState, glyphs: Glyphs, long: bool) -> tuple[list[Span], list[Span]]:
    put_style = "blocked" if queue.putters else "producer"
    get_style = "dim" if queue.getters else "consumer"
    if queue.is_shutdown:
        put_style = "stop"
    if queue.discipline == "lifo":  # a stack: both ends are one, where the newest lies
        if long:
            return [("oldest ", "dim")], [
                (f" {glyphs.less} put ", put_style),
                (f"get {glyphs.more}", get_style),
            ]
        return [], [(f" {glyphs.less}put", put_style), (f" get{glyphs.more}", get_style)]
    into = glyphs.error if queue.is_shutdown else glyphs.into
    if long:
        return [(f"put {into} ", put_style)], [(f" {glyphs.out} get", get_style)]
    return [(f"put{glyphs.more}", put_style)], [(f"{glyphs.more}get", get_style)]


def _choose(
    queue: QueueState, room: int, tall: bool, glyphs: Glyphs, plain: bool
) -> tuple[list[Cell], int]:
    """Return the cells to draw, from left to right, and how wide each is."""
    size = queue.size
    free = max(0, queue.maxsize - size) if queue.maxsize > 0 else 0
    nearest = [_cell(queue, slot, at, glyphs) for at, slot in enumerate(_first(queue))]
    margin = 2 if plain else 0
    shown = nearest[: max(3, room // 4)]
    least = max((_label(cell, tall, short=True) for cell in shown), default=3)
    label = max((_label(cell, tall, short=False) for cell in shown), default=3)
    least = max(3, least) + margin
    if not size and not free:
        return [Cell("empty", "dim", words=True)], least
    widest = max(least, min(_WIDEST, label + (4 if tall else 2) + margin))
    total = size + free
    if total <= _LOOK_AHEAD:
        for cell_width in range(widest, least - 1, -1):
            if total * (cell_width + 1) - 1 <= room:
                return [*[_free()] * free, *reversed(nearest)], cell_width
    return _shortened(queue, nearest, free, room, least, glyphs), least


def _shortened(
    queue: QueueState, nearest: list[Cell], free: int, room: int, cell_width: int, glyphs: Glyphs
) -> list[Cell]:
    """Return as many cells as have room, with words in place of the rest.

    The next one comes before all others, then signals on their way, then the last one.
    """
    size = queue.size
    unit = cell_width + 1
    cells: list[Cell] = []
    if free and (free + min(size, 3)) * unit + 12 <= room:
        cells.extend([_free()] * free)
    elif free:
        cells.append(Cell(f"{free} free", "dim", words=True))
    room -= _taken(cells, cell_width) + 1 if cells else 0
    at_place = dict(enumerate(nearest))
    if size > len(nearest):
        at_place[size - 1] = _cell(queue, _last(queue), size - 1, glyphs)
    signals = [at for at, cell in at_place.items() if cell.style in ("slot-stop", "slot-error")]
    more = " more" if room >= _LONG_GAPS else ""
    chosen: list[int] = []
    for place in dict.fromkeys([0, *signals, size - 1, *range(len(nearest))]):
        if place in at_place:
            row = _with_gaps(at_place, sorted([*chosen, place]), size, more, glyphs)
            if _taken(row, cell_width) <= room:
                chosen.append(place)
    if size and not chosen:
        return [*cells, Cell(f"{size} items", "dim", words=True)]
    row = _with_gaps(at_place, sorted(chosen), size, more, glyphs)
    return [*cells, *reversed(row)]


def _with_gaps(
    at_place: dict[int, Cell], places: list[int], size: int, more: str, glyphs: Glyphs
) -> list[Cell]:
    """Return the cells at these places, the next to be served first, and words between them."""
    row: list[Cell] = []
    for place, after in zip([-1, *places], [*places, size], strict=True):
        if place >= 0:
            row.append(at_place[place])
        if hidden := after - place - 1:
            space = " " if more else ""
            words = f"{glyphs.dots}{space}{hidden}{more}{space}{glyphs.dots}"
            row.append(Cell(words, "dim", words=True))
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


def _cell(queue: QueueState, slot: Slot, place: int, glyphs: Glyphs) -> Cell:
    """Return the cell of a slot that is served after ``place`` others."""
    over = f"p{slot.rank:g}" if queue.discipline == "priority" and slot.rank is not None else ""
    over_capacity = 0 < queue.maxsize <= place
    if slot.shape == "item":
        text, glyph = item_name(slot.item, slot.shape), ""
        style = "slot-over" if over_capacity else "slot"
        under = "over" if over_capacity else ""
    else:
        glyphs_of = {"stop": glyphs.stop, "error": glyphs.error, "token": glyphs.token}
        text, glyph, style = slot.shape, glyphs_of[slot.shape], f"slot-{slot.shape}"
        under = slot.shape
    if not slot.counted:
        style, under = "slot-error", "uncounted"
    return Cell(text, style, glyph, over, under)


def _free() -> Cell:
    return Cell("", "slot-empty", empty=True)


def _label(cell: Cell, tall: bool, short: bool) -> int:
    """Return how wide the cell has to be, at the least if ``short``."""
    if short and cell.glyph:
        return 1
    if tall:
        return min(_WIDEST, max(map(cell_len, (cell.over, cell.glyph or cell.text, cell.under))))
    return min(_WIDEST, cell_len(_chip(cell)))


def _chip(cell: Cell) -> str:
    """Return a cell's text where it has but one line."""
    return f"{cell.glyph or cell.over} {cell.text}".strip()


def _taken(cells: list[Cell], cell_width: int) -> int:
    widths = [cell_len(cell.text) if cell.words else cell_width for cell in cells]
    return sum(widths) + max(0, len(widths) - 1)


def _draw(cell: Cell, width: int, row: int, tall: bool, glyphs: Glyphs, plain: bool) -> Span:
    """Return one row of one cell: -1 is the row over the text, 1 the row under it."""
    if cell.words:
        return (cell.text if row == 0 else " " * cell_len(cell.text), cell.style)
    text = (cell.over, cell.glyph or cell.text, cell.under)[row + 1] if tall else _chip(cell)
    outlined = plain or (cell.empty and tall)
    inner = width - 2 if outlined else width
    if cell.glyph and cell_len(text) > inner:
        text = cell.glyph if row == 0 else "" if inner < 4 else text
    text = crop(text, inner, glyphs)
    if not outlined:
        return ((glyphs.lane_idle if cell.empty else text).center(width), cell.style)
    if tall and row:
        first, second = glyphs.corner[:2] if row < 0 else glyphs.corner[2:]
        return (f"{first}{_centred(text, inner, glyphs.line)}{second}", cell.style)
    first, second = (glyphs.upright, glyphs.upright) if tall else ("[", "]")
    return (f"{first}{_centred(text, inner, ' ')}{second}", cell.style)


def _centred(text: str, width: int, fill: str) -> str:
    left = max(0, width - cell_len(text)) // 2
    return fill * left + text + fill * max(0, width - cell_len(text) - left)
