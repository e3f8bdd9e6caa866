"""A queue's panel on the stage: how full it is, its slots, who waits, and what is unfinished.

Where it is low, lines go in this order: the spaces between, the counts, the refusals, the tall
slots, join() and the line of getters, what is unfinished, the line of putters, the slots.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

from qdash.state import QueueState, Waiter
from qdash.tui.widgets.stage_slots import add_slots
from qdash.tui.widgets.stage_text import (
    Line,
    Panel,
    Span,
    Spot,
    blank,
    both_ends,
    cells,
    clean,
    comma,
    enumerated,
    fit,
    item_name,
    listed,
    phrases,
    told_in,
    width_of,
)
from qdash.tui.widgets.stage_words import Scene
from qdash.why import Subject
from qdash.words import mark, tr, trc, trn

_SIDE_BY_SIDE = 60
"""From this width on, two short lines stand beside one another."""

_LISTED = 40
"""More waiting workers than this are not named in a line."""

_ROOM_TO_WRAP = 9
"""From this height on a sum that does not fit on its line takes two."""
_SHORT = 40
"""Below this width the least important lines are told in fewer words."""

_DISCIPLINES: Final = {
    "fifo": (mark("FIFO queue"), "FIFO"),
    "lifo": (mark("LIFO queue, newest first"), "LIFO"),
    "priority": (mark("priority queue, lowest first"), mark("priority")),
}
_HOW: Final = {
    "returned": mark("returned"),
    "cancelled": mark("cancelled"),
    "failed": mark("failed"),
    "shutdown": mark("shutdown"),
    "gone": mark("gone"),
}
"""How a worker that owes something is over."""
_REFUSED: Final = {
    "timeout": mark("{count} timed out"),
    "full": mark("{count} found it full"),
    "empty": mark("{count} found it empty"),
    "shutdown": mark("{count} shut down"),
    "cancelled": mark("{count} cancelled"),
    "error": mark("{count} failed"),
}
"""Why put or get ended without success."""


def queue_panel(scene: Scene, queue: QueueState, width: int, height: int) -> Panel:
    """Return the panel of one queue, ``width`` by ``height`` cells, without margins."""
    sum_line = unfinished(scene, queue, short=width < _SHORT)
    join_line = _join(queue)
    told = [line for line in (_refused(queue, width), _counts(queue, width)) if line]
    waiting = [_waiting(queue, "put", width), _waiting(queue, "get", width)]
    sums = [sum_line, join_line]
    if width >= _SIDE_BY_SIDE:
        get_line = _waiting(queue, "get", width * 4 // 10)
        put_line = _waiting(queue, "put", width - width_of(get_line) - 2)
        waiting = [_beside(put_line, get_line, width)]
    if width_of(sum_line) + 2 + width_of(join_line) <= width:
        sums = [_beside(sum_line, join_line, width)]
    elif height >= _ROOM_TO_WRAP:
        sums = [*_wrapped(sum_line, width), join_line]
    room = height - 2
    tall = room >= len(waiting) + len(sums) + 2
    # What a low panel gives up first stands last.
    important = [*waiting[:1], *sums[:1], *sums[1:], *waiting[1:], *told]
    kept = important[: max(0, room - (2 if tall else 0))]
    spare = room - (2 if tall else 0) - len(kept)
    groups = [[line for line in group if any(line is one for one in kept)] for group in
              (waiting, sums, told)]  # fmt: skip
    panel = Panel([header(scene, queue, width)])
    panel.spots.append(Spot(0, 0, width, Subject("queue", queue.name)))
    lines = panel.lines
    if height >= 2:
        if spare > 0:
            lines.append(blank(width))
            spare -= 1
        add_slots(panel, scene, queue, width, tall)
    for group in groups:
        if group and spare > 0:
            lines.append(blank(width))
            spare -= 1
        for line in group:
            lines.append(told_in(line, width, scene.glyphs))
            if group is groups[0]:
                _mark_waiting(panel, queue)
    del lines[height:]
    return panel


def _mark_waiting(panel: Panel, queue: QueueState) -> None:
    """Let the names of those who wait, and what they would put, be chosen on the last line."""
    y, x = len(panel.lines) - 1, 0
    told = {_waiter(waiter, "get"): waiter for waiter in queue.getters[:_LISTED]}
    told |= {_waiter(waiter, "put"): waiter for waiter in queue.putters[:_LISTED]}
    for text, _ in panel.lines[y]:
        if (waiter := told.get(text)) and waiter.worker:
            ends = x + cells(clean(waiter.worker))
            panel.spots.append(Spot(y, x, ends, Subject("worker", waiter.worker)))
            if isinstance(waiter.item, int) and ends < x + cells(text):
                to = Subject("item", waiter.item)
                panel.spots.append(Spot(y, ends + 1, x + cells(text), to))
        x += cells(text)


def header(scene: Scene, queue: QueueState, width: int) -> Line:
    """Return the queue's name, its discipline, and how full it is."""
    pointed = scene.pointed == Subject("queue", queue.name)
    name: Span = (clean(queue.name), "pointed" if pointed else "name")
    badges = _badges(scene, queue)
    for words in (*map(tr, _DISCIPLINES[queue.discipline]), ""):
        left = [name, (f" {words}", "dim")] if words else [name]
        if width_of(left) + 1 + width_of(badges) <= width:
            return both_ends(left, badges, width)
    return fit([*badges, (" ", "text"), name], width)


def _badges(scene: Scene, queue: QueueState) -> list[Span]:
    size = queue.size
    badges: list[Span] = []
    if queue.is_shutdown:
        badges.append((f" {tr('SHUT DOWN')} ", "badge-stop"))
    if queue.maxsize <= 0:
        badges.append((f" {size} / {scene.glyphs.unbounded} ", "badge"))
    elif queue.over:
        over = tr("OVER by {count}").format(count=queue.over)
        badges.append((f" {size} / {queue.maxsize}  {over} ", "badge-blocked"))
    elif queue.full:
        badges.append((f" {size} / {queue.maxsize}  {tr('FULL')} ", "badge-blocked"))
    else:
        empty = f" {tr('empty')}" if not size else ""
        badges.append((f" {size} / {queue.maxsize}{empty} ", "badge"))
    return badges


def _beside(left: list[Span], right: list[Span], width: int) -> list[Span]:
    """Return two short lines as one, the second where three fifths of the width begin."""
    at = max(width * 6 // 10, width_of(left) + 2)
    at = min(at, max(width_of(left) + 2, width - width_of(right)))
    return [*fit(left, at), *right]


def _wrapped(spans: list[Span], width: int) -> list[list[Span]]:
    """Return the spans as two lines if they do not fit on one, broken before a ``+``."""
    if width_of(spans) <= width:
        return [spans]
    first: list[Span] = []
    rest = list(spans)
    while rest and (not first or width_of([*first, rest[0]]) <= width):
        first.append(rest.pop(0))
    return [first, [("  ", "dim"), *rest]] if rest else [first]


def _waiting(queue: QueueState, op: str, width: int) -> list[Span]:
    """Return who waits in put or get, in the order in which they will be woken."""
    line = queue.putters if op == "put" else queue.getters
    head = (tr("waiting to put") if op == "put" else tr("waiting to get")) + "  "
    if not line:
        return [(head, "dim"), (tr("none"), "dim")]
    style = "blocked" if op == "put" else "text"
    names = [(_waiter(waiter, op), style) for waiter in line[:_LISTED]]
    taken = sum(cells(text) for text, _ in names)
    for between in (trc("between names", " then "), enumerated(("", ""))):
        needed = cells(head) + taken + cells(between) * (len(names) - 1)
        if needed <= width:
            break
    else:
        head = (tr("in put()") if op == "put" else tr("in get()")) + " "
    return [(head, "dim"), *listed(names, width - cells(head), between, len(line))]


def _waiter(waiter: Waiter, op: str) -> str:
    name = clean(waiter.worker) or tr("outside")
    return f"{name} {item_name(waiter.item, waiter.shape)}" if op == "put" else name


def unfinished(scene: Scene, queue: QueueState, short: bool = False) -> list[Span]:
    """Return the count of unfinished things, and what it is made of."""
    uncounted = 0
    if queue.refused.get("error"):  # only a failed comparison leaves something uncounted
        uncounted = sum(not slot.counted for slot in queue.slots.values())
    queued = queue.size - uncounted
    workers = scene.state.workers
    over = [
        (holder, worker.how if worker is not None else "gone")
        for holder, _ in queue.hands.values()
        if (worker := workers.get(holder)) is None or worker.phase == "ended"
    ]
    owed = Counter(over)
    in_hand = len(queue.hands) - owed.total()
    spans: list[Span] = [(f"{tr('unfinished')} ", "dim"), (f"{queue.unfinished}", "strong")]

    def add(sign: str, words: str, count: int, style: str = "blocked", **who: object) -> None:
        spans.append((f" {sign} {words.format(count=count, **who)}", style))

    add("=", "{count}" if short else tr("{count} queued"), queued, "dim")
    add("+", tr("{count} in hand"), in_hand, "dim")
    if len(owed) == 1:
        (name, how), count = next(iter(owed.items()))
        who = {"worker": clean(name) or tr("nobody"), "how": tr(_HOW[how])}
        add("+", tr("{count} owed by {worker}, {how}"), count, **who)
    elif owed:
        words = tr("{count} owed by {workers} workers that are over")
        add("+", words, owed.total(), workers=len(owed))
    if queue.lost:
        add("+", tr("{count} lost"), queue.lost)
    rest = queue.unfinished - queued - len(queue.hands) - queue.lost
    if rest < 0:
        add("-", tr("{count} marked done too early"), -rest)
    elif rest > 0:
        add("+", tr("{count} not accounted for"), rest)
    if queue.forgotten:
        words = tr("({count} task_done forgotten)").format(count=queue.forgotten)
        spans.append((f" {words}", "blocked"))
    return spans


def _join(queue: QueueState) -> list[Span]:
    if not queue.joiners:
        return [(tr("nobody waits in join()"), "dim")]
    between = enumerated(("", ""))
    names = listed([(clean(name), "stop") for name in queue.joiners], 16, between)
    wait = trn("waits", "wait", len(queue.joiners))
    to_go = tr("{count} to go").format(count=queue.unfinished)
    return [("join()  ", "dim"), *names, (f" {wait}{comma()}", "dim"), (to_go, "stop")]


def _refused(queue: QueueState, width: int) -> list[Span]:
    """Return how often put and get ended without success, by the reason."""
    parts = [
        tr(_REFUSED[why]).format(count=count) if why in _REFUSED else f"{count} {why}"
        for why, count in queue.refused.items()
        if count
    ]
    if queue.dropped:
        parts.append(tr("{count} thrown away").format(count=queue.dropped))
    head = tr("put or get ended early: ") if width >= _SHORT else tr("refused: ")
    return [(head, "dim"), (phrases(parts), "stop")] if parts else []


def _counts(queue: QueueState, width: int) -> list[Span]:
    counts = tr("{put} put, {got} got, {done} done")
    if width >= _SHORT:
        counts = tr("so far {put} put, {got} got, {done} done")
    return [(counts.format(put=queue.put, got=queue.got, done=queue.done), "dim")]
