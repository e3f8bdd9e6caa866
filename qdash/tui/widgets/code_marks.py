"""The marks in the code: who is on which line, what they do there, and how that is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import chain, islice
from typing import Final, NamedTuple

from qdash.state import State, WorkerState
from qdash.tui.look import Glyphs
from qdash.tui.widgets.stage_rows import side
from qdash.tui.widgets.stage_text import Span, cells, clean, comma, listed, natural
from qdash.tui.widgets.stage_words import phase_words
from qdash.words import tr, trc, trn

_LOUDNESS: Final = (
    "putting", "stalled", "woken", "joining", "working", "making", "getting", "running",
)  # fmt: skip
"""What workers do on a line, the most telling first: that decides how the line looks."""
_TINTS: Final = {
    "putting": "blocked", "stalled": "stop", "woken": "busy", "working": "busy", "making": "busy",
    "joining": "wait", "getting": "wait", "running": "wait",
}  # fmt: skip
_WEIGHTS: Final = {"putting": 3.0, "stalled": 3.0, "woken": 2.0, "joining": 2.0}
"""How much a line is worth seeing; 1 where it is not named here."""
_ASIDE: Final = 0.2
_UNSEEN: Final = "not on a queue"
"""What those do who wait for what is not observed."""
_MANY: Final = 40
"""A group of more workers is neither sorted nor told as a range."""


class Mark(NamedTuple):
    """All workers on one line: by what they do, the most telling first."""

    line: int
    by_kind: dict[str, list[WorkerState]]

    @property
    def kind(self) -> str:
        """The most telling of what they do."""
        return next(iter(self.by_kind))

    @property
    def size(self) -> int:
        """How many they are."""
        return sum(map(len, self.by_kind.values()))

    @property
    def tint(self) -> str:
        """How the line is tinted."""
        return _TINTS[self.kind]

    def weight(self, staged: Collection[str]) -> float:
        """Return how much the line is worth seeing: little, if no role there is on the stage."""
        on_stage = any(worker.role in staged for group in self.by_kind.values() for worker in group)
        return _WEIGHTS.get(self.kind, 1.0) * (1.0 if on_stage else _ASIDE)

    def workers(self, limit: int | None = None) -> list[WorkerState]:
        """Return the workers, or some of them; by name where they are not too many."""
        found = list(islice(chain.from_iterable(self.by_kind.values()), limit))
        return sorted(found, key=_by_name) if self.size <= _MANY else found


def _by_name(worker: WorkerState) -> tuple[str, int, str]:
    return natural(worker.name)


def marks_of(state: State) -> dict[int, Mark]:
    """Return where the workers that are not over are, by line; 0 is elsewhere."""
    found: dict[tuple[int, str, bool], list[WorkerState]] = {}
    for worker in state.workers.values():
        try:
            found[worker.line, worker.phase, worker.woken].append(worker)
        except KeyError:
            found[worker.line, worker.phase, worker.woken] = [worker]
    marks: dict[int, dict[str, list[WorkerState]]] = {}
    for kind in _LOUDNESS:
        for (line, doing, woken), group in found.items():
            if kind == ("woken" if woken else doing):
                marks.setdefault(line, {}).setdefault(kind, []).extend(group)
    return {line: Mark(line, kinds) for line, kinds in marks.items()}


def sign(mark: Mark, glyphs: Glyphs) -> Span:
    """Return the one character that says what they do: that of their lanes on the time axis."""
    return {
        "putting": (glyphs.lane_blocked, "blocked"),
        "stalled": (glyphs.lane_stalled, "stop"),
        "woken": (glyphs.play, "accent"),
        "joining": (glyphs.lane_joining, "stop"),
        "working": (glyphs.lane_busy, "consumer"),
        "making": (glyphs.lane_busy, "producer"),
        "getting": (glyphs.lane_waiting, "dim"),
        "running": (glyphs.lane_idle, "dim"),
    }[mark.kind]


def names(mark: Mark, width: int, selected: str, state: State, glyphs: Glyphs) -> list[Span]:
    """Return the names in at most ``width`` cells: each, else as ranges, else with a count."""
    total, layout = mark.size, state.header.layout
    workers = mark.workers(None if total <= _MANY else width // 2 + 1)
    chosen = state.workers.get(selected)
    if chosen is not None and any(
        worker is chosen for group in mark.by_kind.values() for worker in group
    ):
        workers = [chosen, *(worker for worker in workers if worker is not chosen)]
    spans: list[Span] = [
        (clean(each.name), side(layout, each.role) + ("-chosen" if each is chosen else ""))
        for each in workers
    ]
    if total <= _MANY:
        if sum(cells(text) + 1 for text, _ in spans) - 1 <= width:
            return listed(spans, width, " ")
        ranges = _ranges(spans, glyphs.dash)
        if sum(cells(text) + 1 for text, _ in ranges) - 1 <= width:
            return listed(ranges, width, " ")
    return listed(spans[: width // 2 + 1], width, " ", total)  # a name takes two cells at least


def _ranges(spans: list[Span], dash: str) -> list[Span]:
    """Put three or more of one kind that follow one another by number into one."""
    out: list[Span] = []
    run: list[Span] = []
    for span in [*spans, ("", "")]:
        if run and not _follows(run[-1], span):
            out += [(f"{run[0][0]}{dash}{run[-1][0]}", run[0][1])] if len(run) > 2 else run
            run = []
        run.append(span)
    return out


def _follows(before: Span, after: Span) -> bool:
    (prefix, number, rest), (prefix_2, number_2, rest_2) = natural(before[0]), natural(after[0])
    one_kind = (prefix, rest, before[1]) == (prefix_2, rest_2, after[1])
    return one_kind and not rest and -1 < number == number_2 - 1


def note(mark: Mark, state: State) -> tuple[Span, ...]:
    """Return what they do and why, the same in ever fewer words; nothing if it goes without."""
    counts = Counter({kind: len(group) for kind, group in mark.by_kind.items()})
    if mark.by_kind.get("running"):
        # At the very instant it has just begun, or is between two steps of which nothing is known.
        still = sum(worker.since < state.t for worker in mark.by_kind["running"])
        del counts["running"]
        if still:
            counts[_UNSEEN] = still
    if not counts:
        return ()
    alone = len(counts) == 1 and mark.size == 1
    brief = [_words(kind, 0 if alone else count) for kind, count in counts.items()]
    style = {"blocked": "blocked-loud", "stop": "stop"}.get(mark.tint, "note")
    short = comma().join(brief)
    reason = _reason(mark, state)
    first = tr("{doing}: {reason}").format(doing=brief[0], reason=reason)
    long = trc("between phrases", "; ").join([first, *brief[1:]]) if reason else short
    return tuple((text, style) for text in dict.fromkeys((long, short, brief[0])))


def _words(kind: str, count: int) -> str:
    if kind == _UNSEEN:
        words = tr("{count} wait, not on a queue") if count > 1 else tr("waits, not on a queue")
        return words.format(count=count)
    doing = phase_words(kind, short=True)
    return tr("{count} {doing}").format(count=count, doing=doing) if count else doing


def _reason(mark: Mark, state: State) -> str:
    """Say why those wait who do the most telling thing, where one queue is the reason."""
    queues = {worker.queue for worker in mark.by_kind[mark.kind]}
    queue = state.queues.get(queues.pop()) if len(queues) == 1 else None
    if queue is None:
        return ""
    name = clean(queue.name)
    if mark.kind == "putting" and queue.full:
        return tr("{queue} is full").format(queue=name)
    if mark.kind == "getting" and not queue.size:
        return tr("{queue} is empty").format(queue=name)
    if mark.kind == "joining" and (count := queue.unfinished):
        return trn("{count} item unfinished", "{count} items unfinished", count).format(count=count)
    return ""
