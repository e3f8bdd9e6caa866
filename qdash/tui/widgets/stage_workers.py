"""A role's panel on the stage: its title, and a line or more for each of its workers.

Where it is narrow it says the same in fewer words, in this order: the long time and the bar on the
first line go, then the words get shorter, then the time goes. Where it is low the second line of a
worker goes first; past what fits, the loudest workers stand alone and the rest as a group.
"""

from __future__ import annotations

from collections import Counter
from heapq import nsmallest

from qdash.state import WorkerState
from qdash.tui.look import Glyphs
from qdash.tui.widgets.stage_text import (
    Line,
    Panel,
    Span,
    Spot,
    bar,
    blank,
    both_ends,
    cells,
    clean,
    comma,
    crop,
    fit,
    natural,
    pad,
    phrases,
    role_title,
    seconds,
    told_in,
    width_of,
)
from qdash.tui.widgets.stage_words import LOUD, Scene, Told, kind_of, phase_words, tell
from qdash.why import Subject
from qdash.words import tr

_TIME = 12
"""Cells of the long form of a time, as ``1.3 of 2.0 s``."""
_TIME_SHORT = 6
_BAR = (4, 12)
"""The least and the most cells of a bar."""
_USUAL_CALL = "put(#46)"
"""What a worker is usually blocked in: it is to have room beside the bar."""
_TITLE = 6
"""The least cells of a title that is cut for the sake of how many are blocked."""
_CALM_ENDS = ("returned", "cancelled", "shutdown")
_OVER_SHOWN = 4
"""As many workers that are over have a line each; more of them are only counted."""
_GROUP_ORDER = {kind: at for at, kind in enumerate(
    ("failed", "putting", "stalled", "woken", "making", "working", "getting", "joining")
)}  # fmt: skip


def role_panel(
    scene: Scene, role: str, style: str, width: int, height: int, lead: str = ""
) -> Panel:
    """Return the panel of one role, ``width`` by ``height`` cells, without margins.

    ``lead`` stands before the title.
    """
    workers = scene.by_role.get(role, [])
    kinds = Counter([kind_of(worker) for worker in workers])
    panel = Panel([_title(scene, lead, role, kinds, style, width)])
    room = height - 1
    if room <= 0:
        return panel
    shown = workers
    tail: list[Line] = []
    if sum(kinds[how] for how in _CALM_ENDS) > _OVER_SHOWN:
        shown = [worker for worker in workers if kind_of(worker) not in _CALM_ENDS]
        if room > 1:
            tail.append(_over(scene, kinds, width))
    room -= len(tail)
    over = 0 if tail else sum(kinds[how] for how in _CALM_ENDS)  # a line each, no more
    alive = max(1, len(shown) - over)
    if room >= 3 and 0 < min(2, (room - over) // alive) == min(2, (room - over - 1) // alive):
        panel.lines.append(blank(width))  # it costs no worker a line
        room -= 1
    if not shown:
        panel.lines.extend(tail or [fit([(tr("nobody"), "dim")], width)])
        return panel
    rest: Counter[str] = Counter()
    each = min(3, (room - over) // alive)
    if each:
        shown = sorted(shown, key=_calm)
    else:
        each = 1
        rest = Counter({kind: kinds[kind] for kind in kinds if not tail or kind not in _CALM_ENDS})
        group = len(_group(rest, width, max(1, room // 2)))
        shown = _loudest(scene, shown, room - group)
        rest.subtract([kind_of(worker) for worker in shown])
    longest = min(8, max((cells(clean(worker.name)) for worker in shown), default=0))
    for worker in shown:
        lines = 1 if kind_of(worker) in _CALM_ENDS else each
        for line in _worker(scene, worker, style, longest, width, lines):
            y = len(panel.lines)
            panel.lines.append(line)
            if isinstance(worker.item, int) and worker.alive:
                name = line[0][0] if line else ""
                panel.mark(y, f"#{worker.item}", Subject("item", worker.item), len(name))
            panel.spots.append(Spot(y, 0, width, Subject("worker", worker.name)))
    if rest:
        panel.lines.extend(_group(rest, width, room - len(shown)))
    panel.lines.extend(tail)
    return panel


def busy_words(kinds: Counter[str]) -> tuple[str, str]:
    """Return how many of the workers that live are busy, long and short."""
    live = _live(kinds)
    busy = kinds["making"] + kinds["working"]
    if not live:
        return tr("none"), "0"
    long, short = tr("{busy} of {count} busy"), tr("{busy}/{count} busy")
    return long.format(busy=busy, count=live), short.format(busy=busy, count=live)


def group_words(kinds: Counter[str], short: bool = False) -> list[Span]:
    """Return how many of the workers do what, as spans, the loudest first."""
    words = tr("{count} {doing}")
    order = sorted(kinds, key=lambda kind: (_GROUP_ORDER.get(kind, 99), kind))
    return [
        (words.format(count=kinds[kind], doing=phase_words(kind, short)), _group_style(kind))
        for kind in order
        if kinds[kind]
    ]


def _live(kinds: Counter[str]) -> int:
    return kinds.total() - kinds["failed"] - sum(kinds[how] for how in _CALM_ENDS)


def _group_style(kind: str) -> str:
    if kind in ("failed", "putting"):
        return "blocked"
    if kind in ("getting", "joining", *_CALM_ENDS):
        return "dim"
    return "stop" if kind == "stalled" else "text"


def _title(scene: Scene, lead: str, role: str, kinds: Counter[str], style: str, width: int) -> Line:
    live, blocked = _live(kinds), kinds["putting"]
    style = style if live else "dim"
    title = lead + role_title(role, live)
    long, short = busy_words(kinds)
    told = tr("{count} blocked").format(count=blocked)
    loud = [(told, "blocked-loud")] if blocked else []
    between = [(comma(), "dim")] if blocked else []
    count = [(str(live), style)]
    rights = ([*loud, *between, (long, style)], loud, [(long, style)], [(short, style)], count)
    for right in filter(None, rights):
        left = width - 1 - width_of(right)
        if cells(title) <= left:
            return both_ends([(title, "title")], right, width)
        if right is loud and left >= _TITLE:  # it counts for more than the title's end
            return both_ends(told_in([(title, "title")], left, scene.glyphs), right, width)
    return fit([(title, "title")], width)


def _calm(worker: WorkerState) -> tuple[bool, tuple[str, int, str]]:
    """Return a key that sorts by name, and last those that are over and did not fail."""
    return kind_of(worker) in _CALM_ENDS, natural(worker.name)


def _over(scene: Scene, kinds: Counter[str], width: int) -> Line:
    """Return the line that counts those who are over and did not fail."""
    over = Counter({how: kinds[how] for how in _CALM_ENDS})
    words = phrases(text for text, _ in group_words(over))
    if scene.state.workers_gone:  # the state lets the oldest of them go
        words = tr("{what} of late").format(what=words)
    return fit([(words, "dim")], width)


def _loudest(scene: Scene, workers: list[WorkerState], count: int) -> list[WorkerState]:
    """Return ``count`` of the workers, the loudest first."""

    def loudness(worker: WorkerState) -> tuple[int, int]:
        found = scene.place_of(worker) if worker.phase == "putting" else None
        return LOUD[kind_of(worker)], found[0] if found is not None else 0

    loud = [worker for worker in workers if kind_of(worker) in LOUD]
    shown = nsmallest(count, loud, key=loudness)
    if len(shown) < count:
        calm = [worker for worker in workers if kind_of(worker) not in LOUD]
        shown += nsmallest(count - len(shown), calm, key=_calm)
    return shown


def _group(rest: Counter[str], width: int, room: int) -> list[Line]:
    """Return the lines, at most ``room``, that tell of workers who do not stand alone."""
    lines: list[list[Span]] = []
    for short in (False, True):
        lines = [[(tr("{count} more: ").format(count=rest.total()), "dim")]]
        for at, (text, style) in enumerate(group_words(rest, short)):
            between: list[Span] = [(comma(), "dim")] if at else []
            if at and width_of([*lines[-1], *between]) + cells(text) > width:
                lines.append([("  ", "dim")])
                between = []
            lines[-1].extend([*between, (text, style)])
        if len(lines) == 1:
            break
    return [fit(line, width) for line in lines[:room]]


def _worker(
    scene: Scene, worker: WorkerState, style: str, longest: int, width: int, lines: int
) -> list[Line]:
    """Return one worker's lines."""
    glyphs = scene.glyphs
    told = tell(worker, scene)
    chosen = worker.name == scene.selected
    name = pad(crop(clean(worker.name), longest, glyphs), longest)
    name_style = f"{style}-chosen" if chosen else style if worker.alive else "dim"
    head: list[Span] = [(name, name_style), (" ", "text")]
    room = width - longest - 1
    first, bar_here = _first_line(glyphs, told, style, room, place=lines == 1)
    block: list[Line] = [fit([*head, *first], width)]
    if lines >= 2:
        under: list[Span] = [(" " * (longest + 1), "text")]
        if told.share is not None and not bar_here:
            least = min((cells(note) for note in told.notes), default=0)
            under.extend(_bar(glyphs, told, style, max(_BAR[0], min(8, room - least - 1))))
            under.append((" ", "text"))
        left = width - width_of(under)
        note = next((note for note in told.notes if cells(note) <= left), "")
        under.append((note or crop("".join(told.notes[-1:]), left, glyphs), "dim"))
        block.append(fit(under, width))
    if lines >= 3:
        block.append(blank(width))
    return block


def _bar(glyphs: Glyphs, told: Told, style: str, width: int) -> list[Span]:
    full, empty = bar(told.share or 0.0, width, glyphs)
    colour = told.style if told.kind in ("putting", "stalled") else style
    return [(full, colour), (empty, "dim")]


def _first_line(
    glyphs: Glyphs, told: Told, style: str, room: int, place: bool
) -> tuple[list[Span], bool]:
    """Return what stands beside the name, and whether the bar is there.

    ``place`` wants the place in line said here, since there is no second line to say it.
    """
    words_style = "blocked-loud" if told.kind in ("putting", "failed") else told.style
    full_words = cells(tr("blocked in {call}").format(call=_USUAL_CALL))
    long_time = room >= full_words + 1 + _BAR[0] + 1 + _TIME
    time_width = _TIME if long_time else _TIME_SHORT
    bar_width = min(_BAR[1], room - full_words - 3 - time_width)
    has_bar = told.share is not None and bar_width >= _BAR[0]
    time = told.time
    if told.clock is not None and not long_time:
        time = seconds(told.clock, short=room < full_words + _TIME_SHORT)
    right: list[Span] = []
    if has_bar:
        right = [*_bar(glyphs, told, style, bar_width), (" ", "text")]
    if time and room >= 14:
        column = time_width if room >= full_words + _TIME_SHORT else cells(time)
        right.append((pad(time, column, "left"), "blocked" if told.kind == "putting" else "dim"))
    taken = width_of(right)
    space = room - taken - (1 if taken else 0)
    fitting = [text for text in told.words if cells(text) <= space]
    if not place:
        fitting = [text for text in fitting if text not in told.alone] or fitting
    words = fitting[0] if fitting else None
    if words is None:  # the shortest words may take the time's place
        right, taken, space, has_bar = [], 0, room, False
        words = crop(told.words[-1], room, glyphs)
    return [*fit([(words, words_style)], room - taken), *right], has_bar
