"""A queue's panel on the stage: how full it is, its slots, who waits, and what is unfinished.

Where it is low, lines go in this order: the spaces between, the counts, the refusals, the tall
slots, join() and the line of getters, what is unfinished, the line of putters, the slots.
"""

from __future__ import annotations

from collections import Counter

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
    fit,
    item_name,
    listed,
    told_in,
    width_of,
)
from qdash.tui.widgets.stage_words import Scene
from qdash.why import Subject

_SIDE_BY_SIDE = 60
"""From this width on, two short lines stand beside one another."""

_LISTED = 40
"""More waiting workers than this are not named in a line."""

_ROOM_TO_WRAP = 9
"""From this height on a sum that does not fit on its line takes two."""
_SHORT = 40
"""Below this width the least important lines are told in fewer words."""

_DISCIPLINES = {
    "fifo": ("FIFO queue", "FIFO"),
    "lifo": ("LIFO queue, newest first", "LIFO"),
    "priority": ("priority queue, lowest first", "priority"),
}


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
    y = len(panel.lines) - 1
    text = "".join(part for part, _ in panel.lines[y])
    for op, line in (("put", queue.putters), ("get", queue.getters)):
        at = max(text.find(f"waiting to {op}"), text.find(f"in {op}()"))
        for waiter in line[:_LISTED] if at >= 0 else ():
            at = panel.mark(y, f" {clean(waiter.worker)} ", Subject("worker", waiter.worker), at)
            if op == "put" and isinstance(waiter.item, int):
                at = panel.mark(y, f"#{waiter.item}", Subject("item", waiter.item), at)


def header(scene: Scene, queue: QueueState, width: int) -> Line:
    """Return the queue's name, its discipline, and how full it is."""
    name: Span = (clean(queue.name), "name")
    badges = _badges(scene, queue)
    for words in (*_DISCIPLINES[queue.discipline], ""):
        left = [name, (f" {words}", "dim")] if words else [name]
        if width_of(left) + 1 + width_of(badges) <= width:
            return both_ends(left, badges, width)
    return fit([*badges, (" ", "text"), name], width)


def _badges(scene: Scene, queue: QueueState) -> list[Span]:
    size = queue.size
    badges: list[Span] = []
    if queue.is_shutdown:
        badges.append((" SHUT DOWN ", "badge-stop"))
    if queue.maxsize <= 0:
        badges.append((f" {size} / {scene.glyphs.unbounded} ", "badge"))
    elif queue.over:
        badges.append((f" {size} / {queue.maxsize}  OVER by {queue.over} ", "badge-blocked"))
    elif queue.full:
        badges.append((f" {size} / {queue.maxsize}  FULL ", "badge-blocked"))
    else:
        empty = " empty" if not size else ""
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
    head = f"waiting to {op}  "
    if not line:
        return [(head, "dim"), ("none", "dim")]
    style = "blocked" if op == "put" else "text"
    names = [(_waiter(waiter, op), style) for waiter in line[:_LISTED]]
    taken = sum(cells(text) for text, _ in names)
    between = " then " if len(head) + taken + 6 * (len(names) - 1) <= width else ", "
    if len(head) + taken + len(between) * (len(names) - 1) > width:
        head = f"in {op}() "
    return [(head, "dim"), *listed(names, width - len(head), between, len(line))]


def _waiter(waiter: Waiter, op: str) -> str:
    name = clean(waiter.worker) or "outside"
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
    spans: list[Span] = [("unfinished ", "dim"), (f"{queue.unfinished}", "strong")]
    spans.append((f" = {queued}" if short else f" = {queued} queued", "dim"))
    spans.append((f" + {in_hand} in hand", "dim"))
    if len(owed) == 1:
        (name, how), count = next(iter(owed.items()))
        spans.append((f" + {count} owed by {clean(name) or 'nobody'}, {how}", "blocked"))
    elif owed:
        spans.append((f" + {owed.total()} owed by {len(owed)} workers that are over", "blocked"))
    if queue.lost:
        spans.append((f" + {queue.lost} lost", "blocked"))
    rest = queue.unfinished - queued - len(queue.hands) - queue.lost
    if rest < 0:
        spans.append((f" - {-rest} marked done too early", "blocked"))
    elif rest > 0:
        spans.append((f" + {rest} not accounted for", "blocked"))
    if queue.forgotten:
        spans.append((f" ({queue.forgotten} task_done forgotten)", "blocked"))
    return spans


def _join(queue: QueueState) -> list[Span]:
    if not queue.joiners:
        return [("nobody waits in join()", "dim")]
    names = listed([(clean(name), "stop") for name in queue.joiners], 16, ", ")
    return [("join()  ", "dim"), *names, (f" {_verb(queue)}, ", "dim"),
            (f"{queue.unfinished} to go", "stop")]  # fmt: skip


def _verb(queue: QueueState) -> str:
    return "waits" if len(queue.joiners) == 1 else "wait"


def _refused(queue: QueueState, width: int) -> list[Span]:
    """Return how often put and get ended without success, by the reason."""
    reasons = {"timeout": "timed out", "full": "found it full", "empty": "found it empty",
               "shutdown": "shut down", "error": "failed"}  # fmt: skip
    parts = [f"{count} {reasons.get(why, why)}" for why, count in queue.refused.items() if count]
    if queue.dropped:
        parts.append(f"{queue.dropped} thrown away")
    head = "put or get ended early: " if width >= _SHORT else "refused: "
    return [(head, "dim"), (", ".join(parts), "stop")] if parts else []


def _counts(queue: QueueState, width: int) -> list[Span]:
    head = "so far " if width >= _SHORT else ""
    return [(f"{head}{queue.put} put, {queue.got} got, {queue.done} done", "dim")]
