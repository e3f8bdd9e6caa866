"""What stands on the axis and how many lines each part has, as the height allows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from qdash.timeline import BLOCKED, JOINING, STALLED, WAITING, Lane, RolePast, Timeline
from qdash.track import Track
from qdash.tui.widgets.stage_rows import side
from qdash.tui.widgets.stage_text import clean
from qdash.tui.widgets.timeaxis_scale import Window
from qdash.words import tr

Columns = list[list[float]]

_DEEP: Final = 5
"""Lines of a depth chart that is comfortable to read, with that of maxsize."""
_DEEPEST: Final = 9


class Lines(NamedTuple):
    """How many lines each part has; ``depth`` and ``rate`` are of each queue."""

    title: int
    lanes: int
    depth: tuple[int, ...]
    rate: tuple[int, ...]
    axis: int
    marks: int


class LaneRow(NamedTuple):
    """One worker, or (with ``worker`` "") a group of which so many are alive."""

    label: str
    style: str
    worker: str
    alive: int
    columns: Columns
    chosen: bool = False


def share_out(height: int, roles: int, lanes: int, queues: int) -> Lines:
    """Share out the lines: first some depth, the axis and a line a role, then the rest in turn."""
    got: dict[str, int] = {}
    for part in _wishes(roles, lanes, queues):
        if sum(got.values()) >= height:
            break
        got[part] = got.get(part, 0) + 1
    return Lines(
        title=got.get("title", 0),
        lanes=got.get("lanes", 0),
        depth=tuple(got.get(f"depth {n}", 0) for n in range(queues)),
        rate=tuple(got.get(f"rate {n}", 0) for n in range(queues)),
        axis=got.get("axis", 0),
        marks=got.get("marks", 0),
    )


def _wishes(roles: int, lanes: int, queues: int) -> Iterator[str]:
    """Yield the parts in the order in which each is given one more line."""
    every = range(queues)
    yield from ("depth 0", "axis") if queues else ("axis",)
    yield from ["lanes"] * roles
    yield "marks"
    yield from (f"depth {n}" for n in every[1:])
    yield "title"
    yield from (f"rate {n}" for n in every)
    yield from (f"depth {n}" for _ in range(2) for n in every)
    yield from ["lanes"] * (lanes - roles)
    yield from (f"depth {n}" for _ in range(_DEEP - 3) for n in every)
    yield from (f"rate {n}" for n in every)
    yield "marks"
    yield from (f"depth {n}" for _ in range(_DEEPEST - _DEEP) for n in every)


def wanted(timeline: Timeline, queues: int) -> int:
    """Return how many lines would be comfortable."""
    lanes = sum(
        min(len(role.lanes) + bool(role.alive > len(role.lanes)), 6)
        for role in timeline.roles.values()
        if _in_layout(timeline, role)
    )
    return 3 + min(lanes, 12) + queues * (_DEEP + 1 if queues < 2 else _DEEP - 1) + 1


def queue_names(timeline: Timeline) -> list[str]:
    """Return the queues as the layout has them, from left to right, then any others."""
    stations = [station for row in timeline.header.layout for station in row]
    placed = [name[1:] for name in stations if name.startswith("@") and name[1:] in timeline.queues]
    return list(dict.fromkeys([*placed, *timeline.queues]))


def _in_layout(timeline: Timeline, role: RolePast) -> bool:
    return any(role.name in row for row in timeline.header.layout)


class Cast:
    """Who is to be shown in a window: the roles, and the lanes of each that are in sight.

    ``present`` is the timeline up to the moment shown, which says how many are alive.
    """

    def __init__(self, timeline: Timeline, shown: Window, present: Timeline) -> None:
        self._timeline = timeline
        self._present = present
        self._shown = shown
        order = {name: at for at, name in enumerate(n for r in timeline.header.layout for n in r)}
        roles = sorted(timeline.roles.values(), key=lambda role: order.get(role.name, len(order)))
        self._roles: list[tuple[RolePast, list[Lane], int]] = []
        for role in roles:
            lanes = [lane for lane in role.lanes if lane.alive or lane.track.t >= shown.start]
            if not _in_layout(timeline, role):
                lanes = [lane for lane in lanes if self._tells(lane.track)]
            beyond = role.alive - sum(lane.alive for lane in role.lanes)
            if lanes or beyond:
                self._roles.append((role, lanes, beyond))

    @property
    def roles(self) -> int:
        """How many roles there are."""
        return len(self._roles)

    @property
    def lanes(self) -> int:
        """How many lines it takes to show everybody."""
        return sum(len(lanes) + bool(beyond) for _, lanes, beyond in self._roles)

    def rows(self, lines: int, selected: str, times: str) -> list[LaneRow]:
        """Return at most so many lines; where a role has more workers, its last is a group."""
        wishes = [len(lanes) + bool(beyond) for _, lanes, beyond in self._roles]
        given = [0] * len(wishes)
        for _ in range(lines):
            open_ = [at for at, wish in enumerate(wishes) if given[at] < wish]
            if not open_:
                break
            given[min(open_, key=lambda at: given[at])] += 1
        out: list[LaneRow] = []
        for (role, lanes, beyond), wish, room in zip(self._roles, wishes, given, strict=True):
            style = side(self._timeline.header.layout, role.name)
            first = sorted(lanes, key=lambda lane: lane.worker != selected)
            alone = {id(lane) for lane in (first if room == wish else first[: max(0, room - 1)])}
            for lane in lanes:
                if id(lane) in alone and room:
                    chosen = bool(selected) and lane.worker == selected
                    columns = self._columns(lane.track)
                    name, alive = lane.worker, int(lane.alive)
                    out.append(LaneRow(clean(name), style, name, alive, columns, chosen))
            hidden = [lane for lane in lanes if id(lane) not in alone]
            if room and (hidden or beyond):
                tracks = [lane.track for lane in hidden] + [role.rest] * bool(beyond)
                columns = _sum([self._columns(track) for track in tracks])
                count = self._alive(role.name, {lane.worker for lane in lanes if id(lane) in alone})
                name = _group_name([lane.worker for lane in lanes] or [role.name])
                label = f"+{count:,} {name}" if alone else f"{name}{times}{count:,}"
                out.append(LaneRow(label, style, "", count, columns))
        return out

    def _alive(self, role: str, others: set[str]) -> int:
        """Return how many of a role are alive at the moment shown, but for these others."""
        past = self._present.roles.get(role)
        if past is None:
            return 0
        return past.alive - sum(lane.alive and lane.worker in others for lane in past.lanes)

    def _columns(self, track: Track) -> Columns:
        shown = self._shown
        return track.columns(shown.width, shown.first, shown.columns, shown.until, shown.known)

    def _tells(self, track: Track) -> bool:
        """Tell whether a lane of somebody without a place on the stage shows anything."""
        phases = (BLOCKED, WAITING, JOINING, STALLED)
        return any(column[phase] for column in self._columns(track) for phase in phases)


def _sum(many: Sequence[Columns]) -> Columns:
    if len(many) == 1:
        return many[0]
    return [[sum(each) for each in zip(*same, strict=True)] for same in zip(*many, strict=True)]


def _group_name(names: list[str]) -> str:
    prefixes = {re.sub(r"\d.*", "", name) for name in names}
    return clean(prefixes.pop()) if len(prefixes) == 1 else tr("others")
