"""A role's panel on the stage: its title, and a line or more for each of its workers.

Where it is narrow it says the same in fewer words, in this order: the long time and the bar on the
first line go, then the words get shorter, then the time goes. Where it is low the second line of a
worker goes first; past what fits, the loudest workers stand alone and the rest as a group.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rich.cells import cell_len

from qdash.state import WorkerState
from qdash.tui.view import View
from qdash.tui.widgets.stage_text import (
    Line,
    Span,
    bar,
    both_ends,
    clean,
    crop,
    fit,
    natural,
    plural,
    width_of,
)
from qdash.tui.widgets.stage_words import LOUD, Places, Told, kind_of, phase_words, tell

_TIME = 12
"""Cells of the long form of a time, as ``1.3 of 2.0 s``."""
_TIME_SHORT = 6
_BAR = (4, 12)
"""The least and the most cells of a bar."""
_FULL_WORDS = 19
"""Cells that ``blocked in put(#46)`` takes."""
_SHORT_GROUPS = 32
_OVER_SHOWN = 4
"""As many workers that are over have a line each; more of them are only counted."""
_GROUP_ORDER = {kind: at for at, kind in enumerate(
    ("failed", "putting", "stalled", "woken", "making", "working", "getting", "joining")
)}  # fmt: skip


@dataclass(slots=True)
class Panel:
    """Lines of one width, and which worker stands on which of them."""

    lines: list[Line] = field(default_factory=list)
    workers: dict[int, str] = field(default_factory=dict)


def role_panel(
    view: View,
    places: Places,
    role: str,
    workers: list[WorkerState],
    style: str,
    width: int,
    height: int,
    now: float,
    lead: str = "",
) -> Panel:
    """Return the panel of one role, ``width`` by ``height`` cells, without margins.

    ``lead`` stands before the title.
    """
    panel = Panel([_title(lead, role, workers, style, width)])
    room = height - 1
    if room <= 0:
        return panel
    ordered, over = _ordered(workers)
    tail = _over(view, over, width) if over and room > 1 else []
    room -= len(tail)
    gap = 1 if room >= 3 and len(ordered) <= room - 1 else 0
    room -= gap
    panel.lines.extend([fit((), width)] * gap)
    if not ordered:
        panel.lines.extend(tail or [fit([("nobody", "dim")], width)])
        return panel
    each = min(3, room // len(ordered))
    if not each:
        ordered, rest = _loudest(ordered, places, room - _group_lines(room))
        each = 1
    else:
        rest = []
    longest = max(len(worker.name) for worker in ordered) if ordered else 0
    for worker in ordered:
        words = tell(worker, view.state, places, now)
        block = _worker(view, worker, words, style, min(longest, 8), width, each)
        for line in block:
            panel.workers[len(panel.lines)] = worker.name
            panel.lines.append(line)
    if rest:
        room = height - len(panel.lines) - len(tail)
        panel.lines.extend(_group(rest, len(ordered), width, room))
    panel.lines.extend(tail)
    return panel


def busy_words(workers: list[WorkerState]) -> tuple[str, str]:
    """Return how many of the workers that live are busy, long and short."""
    live = [worker for worker in workers if worker.alive]
    busy = sum(worker.phase in ("making", "working") for worker in live)
    if not live:
        return "none", "0"
    return f"{busy} of {len(live)} busy", f"{busy}/{len(live)} busy"


def group_words(workers: list[WorkerState], short: bool = False) -> list[Span]:
    """Return how many of the workers do what, as spans, the loudest first."""
    counts = Counter(kind_of(worker) for worker in workers)
    kinds = sorted(counts, key=lambda kind: (_GROUP_ORDER.get(kind, 99), kind))
    return [(f"{counts[kind]} {phase_words(kind, short)}", _group_style(kind)) for kind in kinds]


def _group_style(kind: str) -> str:
    if kind in ("failed", "putting"):
        return "blocked"
    if kind in ("getting", "joining", "returned", "cancelled", "shutdown"):
        return "dim"
    return "stop" if kind == "stalled" else "text"


def _title(lead: str, role: str, workers: list[WorkerState], style: str, width: int) -> Line:
    live = sum(worker.alive for worker in workers)
    title = lead + plural(clean(role), live).upper()
    blocked = sum(worker.phase == "putting" and not worker.woken for worker in workers)
    long, short = busy_words(workers)
    loud = [(f"{blocked} blocked", "blocked-loud")] if blocked else []
    comma = [(", ", "dim")] if blocked else []
    count = [(str(live), style)]
    rights = ([*loud, *comma, (long, style)], loud, [(long, style)], [(short, style)], count)
    for right in filter(None, rights):
        if cell_len(title) + 1 + width_of(right) <= width:
            return both_ends([(title, "title")], right, width)
    return fit([(title, "title")], width)


def _ordered(workers: list[WorkerState]) -> tuple[list[WorkerState], list[WorkerState]]:
    """Return the workers in a calm order, by name, and those that are over and need no line.

    Whoever failed keeps its place; who returned or was cancelled comes last, while they are few.
    """
    over = [worker for worker in workers if not worker.alive and worker.how != "failed"]
    if len(over) <= _OVER_SHOWN:
        key = {id(worker): True for worker in over}
        return sorted(workers, key=lambda w: (id(w) in key, natural(w.name))), []
    stay = [worker for worker in workers if worker.alive or worker.how == "failed"]
    return sorted(stay, key=lambda worker: natural(worker.name)), over


def _over(view: View, over: list[WorkerState], width: int) -> list[Line]:
    """Return the line that counts those who are over."""
    words = ", ".join(text for text, _ in group_words(over))
    lately = " of late" if view.state.workers_gone else ""
    return [fit([(words + lately, "dim")], width)]


def _loudest(
    workers: list[WorkerState], places: Places, count: int
) -> tuple[list[WorkerState], list[WorkerState]]:
    def loudness(worker: WorkerState) -> tuple[int, int]:
        found = places.of(worker) if worker.phase == "putting" else None
        rank = LOUD.get(kind_of(worker), 8 if worker.alive else 9)
        return rank, found[0] if found is not None else 0

    by_loudness = sorted(workers, key=loudness)
    return by_loudness[: max(0, count)], by_loudness[max(0, count) :]


def _group_lines(room: int) -> int:
    return 1 if room < 5 else 2 if room < 8 else 3


def _group(rest: list[WorkerState], shown: int, width: int, room: int) -> list[Line]:
    """Return the lines that tell of the workers who do not stand alone."""
    head = f"{len(rest)} more: " if shown else f"{len(rest)}: "
    lines: list[Line] = []
    line: list[Span] = [(head, "dim")]
    parts = group_words(rest, short=width < _SHORT_GROUPS)
    for at, (text, style) in enumerate(parts):
        between: list[Span] = [(", ", "dim")] if width_of(line) and at else []
        if width_of([*line, *between]) + cell_len(text) > width and len(lines) < room - 1:
            lines.append(fit(line, width))
            line, between = [("  ", "dim")], []
        line.extend([*between, (text, style)])
    lines.append(fit(line, width))
    return lines[:room]


def _worker(
    view: View, worker: WorkerState, told: Told, style: str, longest: int, width: int, lines: int
) -> list[Line]:
    """Return one worker's lines."""
    glyphs = view.glyphs
    chosen = worker.name == view.selected
    name = crop(clean(worker.name), longest, glyphs).ljust(longest)
    name_style = f"{style}-chosen" if chosen else style if worker.alive else "dim"
    head: list[Span] = [(name, name_style), (" ", "text")]
    room = width - longest - 1
    first, bar_here = _first_line(view, told, style, room, place=lines == 1)
    block: list[Line] = [fit([*head, *first], width)]
    if lines >= 2:
        under: list[Span] = [(" " * (longest + 1), "text")]
        if told.share is not None and not bar_here:
            under.extend([*_bar(view, told, style, max(4, min(8, room - 19))), (" ", "text")])
        left = width - width_of(under)
        under.append((crop(told.note, left, glyphs), "dim"))
        block.append(fit(under, width))
    if lines >= 3:
        block.append(fit((), width))
    return block


def _bar(view: View, told: Told, style: str, width: int) -> list[Span]:
    full, empty = bar(told.share or 0.0, width, view.glyphs)
    colour = told.style if told.kind in ("putting", "stalled") else style
    return [(full, colour), (empty, "dim")]


def _first_line(
    view: View, told: Told, style: str, room: int, place: bool
) -> tuple[list[Span], bool]:
    """Return what stands beside the name, and whether the bar is there.

    ``place`` wants the place in line said here, since there is no second line to say it.
    """
    words_style = "blocked-loud" if told.kind in ("putting", "failed") else told.style
    long_time = room >= _FULL_WORDS + 1 + _BAR[0] + 1 + _TIME
    time_width = _TIME if long_time else _TIME_SHORT
    bar_width = min(_BAR[1], room - _FULL_WORDS - 3 - time_width)
    has_bar = told.share is not None and bar_width >= _BAR[0]
    time = told.time if long_time else told.time_short
    right: list[Span] = []
    if has_bar:
        right = [*_bar(view, told, style, bar_width), (" ", "text")]
    if time and room >= 14:
        cells = time_width if room >= _FULL_WORDS + _TIME_SHORT else cell_len(time)
        right.append((time.rjust(cells), "blocked" if told.kind == "putting" else "dim"))
    taken = width_of(right)
    space = room - taken - (1 if taken else 0)
    fitting = [text for text in told.words if cell_len(text) <= space]
    if not place:
        fitting = [text for text in fitting if "," not in text] or fitting
    words = fitting[0] if fitting else None
    if words is None:  # the shortest words may take the time's place
        right, taken, space, has_bar = [], 0, room, False
        words = crop(told.words[-1], room, view.glyphs)
    return [*fit([(words, words_style)], room - taken), *right], has_bar
