"""What a worker does, told in words: long for wide panels, short and tiny for narrow ones."""

from __future__ import annotations

from typing import Final

import msgspec

from qdash.state import State, Waiter, WorkerState
from qdash.tui.view import View
from qdash.tui.widgets.stage_text import error_name, item_name, nth, ordinal, plural, seconds

LOUD: Final[dict[str, int]] = {"failed": 0, "putting": 1, "stalled": 2, "woken": 3}
"""Who is shown first where not everybody fits; whatever is not named here comes after these."""


class Told(msgspec.Struct, frozen=True):
    """One worker's doing, in words."""

    kind: str
    """A phase, ``woken``, or how the worker ended."""
    style: str
    words: tuple[str, ...]
    """The same thing said in ever fewer words."""
    time: str = ""
    clock: float | None = None
    """The seconds of which ``time`` tells."""
    share: float | None = None
    """How far it has come, or how much of a timeout is left: 0 to 1."""
    notes: tuple[str, ...] = ()
    """What else there is to say, the same in ever fewer words."""
    place: int = 0


class Scene:
    """One frame's view, at the moment to draw, with what several panels ask of it."""

    def __init__(self, view: View, now: float) -> None:
        self.state: State = view.state
        self.glyphs = view.glyphs
        self.selected = view.selected
        self.now = now
        self.by_role: dict[str, list[WorkerState]] = {}
        for worker in view.state.workers.values():
            self.by_role.setdefault(worker.role, []).append(worker)
        self._lines: dict[tuple[str, bool], dict[str, tuple[int, Waiter]]] = {}

    def place_of(self, worker: WorkerState) -> tuple[int, Waiter] | None:
        """Return the worker's place (0 is first) and entry in the line in which it waits."""
        key = worker.queue, worker.phase == "putting"
        if (line := self._lines.get(key)) is None:
            queue = self.state.queues.get(worker.queue)
            waiters = () if queue is None else queue.putters if key[1] else queue.getters
            line = {waiter.worker: (place, waiter) for place, waiter in enumerate(waiters)}
            self._lines[key] = line
        return line.get(worker.name)


def kind_of(worker: WorkerState) -> str:
    """Return the worker's phase, ``woken``, or how it ended."""
    if worker.phase == "ended":
        return worker.how
    return "woken" if worker.woken else worker.phase


def tell(worker: WorkerState, scene: Scene) -> Told:
    """Say what the worker does at the moment of the scene."""
    phase, state, now = worker.phase, scene.state, scene.now
    if phase == "ended":
        return _ended(worker)
    if phase in ("making", "working", "stalled"):
        return _busy(worker, now)
    if phase in ("putting", "getting"):
        return _waiting(worker, scene)
    if phase == "joining":
        queue = state.queues.get(worker.queue)
        to_go = f"{queue.unfinished} to go" if queue is not None else ""
        words = ("waiting in join()", "in join()", "join")
        return Told("joining", "stop", words, *_since(worker, now), notes=(to_go,))
    if now > worker.since and worker.since < state.t:
        # Between two observed awaits no virtual time can pass: it awaits something unobserved.
        words = ("waits, not on a queue", "waits elsewhere", "elsewhere")
        return Told("elsewhere", "dim", words, *_since(worker, now), notes=_tally(worker))
    return Told("running", "text", ("running", "running", "runs"), notes=_tally(worker))


def _ended(worker: WorkerState) -> Told:
    tally = _tally(worker)
    if worker.how == "failed":
        name = error_name(worker.error)
        return Told("failed", "blocked", (f"failed: {name}", "failed"), notes=tally)
    if worker.how == "shutdown":
        return Told("shutdown", "dim", ("ended by QueueShutDown", "shut down", "shut"), notes=tally)
    return Told(worker.how, "dim", (worker.how,), notes=tally)


def _busy(worker: WorkerState, now: float) -> Told:
    item = item_name(worker.item, worker.shape) if worker.item != "" else ""
    style = "text"
    if worker.phase == "making":
        words: tuple[str, ...] = (f"making {item}", f"making {item}", f"make {item}")
    elif worker.phase == "working":
        words = (f"working on {item}", f"working {item}", f"work {item}")
    else:
        before = worker.before_stall[0] if worker.before_stall else ""
        doing = {"making": f"making {item}", "working": f"on {item}"}.get(before, "")
        words = (f"stalled {doing}".rstrip(), "stalled")
        style = "stop"
    if worker.until is None:
        return Told(worker.phase, style, words, notes=_tally(worker))
    left = max(0.0, worker.until - now)
    whole = worker.until - worker.since
    share = 1.0 - left / whole if whole > 0 else 1.0
    return Told(
        worker.phase,
        style,
        words,
        f"{seconds(left)} left",
        left,
        share,
        _tally(worker),
    )


def _waiting(worker: WorkerState, scene: Scene) -> Told:
    putting, now = worker.phase == "putting", scene.now
    item = item_name(worker.item, worker.shape)
    call = f"put({item})" if putting else "get()"
    if worker.woken:
        return Told("woken", "accent", (f"woken in {call}", f"woken {call}", "woken"))
    found = scene.place_of(worker)
    place, barged = (found[0], found[1].barged) if found is not None else (0, 0)
    where = f" for {worker.queue}" if len(scene.state.queues) > 1 else ""
    notes: tuple[str, ...] = (f"{ordinal(place)} in line{where}", f"{ordinal(place)} in line")
    if barged:
        notes = (f"{notes[1]}, pushed back", *notes)
    time, clock = _since(worker, now)
    share = None
    if worker.deadline is not None:
        clock, whole = max(0.0, worker.deadline - now), worker.deadline - worker.since
        share = clock / whole if whole > 0 else 0.0
        time = f"{clock:.1f} of {seconds(whole)}"
        notes = (*(f"{time} left, {note}" for note in notes), f"{time} left", time)
    if putting:
        words: tuple[str, ...] = (
            f"blocked in {call}, {ordinal(place)} in line",
            f"blocked in {call}, {nth(place)}",
            f"blocked in {call}",
            f"blocked {item}, {nth(place)}",
            f"blocked {item}",
            "blocked",
        )
        return Told("putting", "blocked", words, time, clock, share, notes, place)
    words = ("waiting in get()", "waiting get()", "waiting")
    return Told("getting", "dim", words, time, clock, share, notes, place)


def _since(worker: WorkerState, now: float) -> tuple[str, float]:
    passed = max(0.0, now - worker.since)
    return f"for {seconds(passed)}", passed


def _tally(worker: WorkerState) -> tuple[str, ...]:
    """Return what the worker has done so far, and what else it has in hand."""
    parts = []
    if worker.made or (worker.put and not worker.got):
        parts.append(f"{worker.put} put")
    if worker.got:
        parts.append(f"{worker.done} done")
    others = [slot for _, slot in worker.hand if slot.item != worker.item]
    if len(worker.hand) and (others or not worker.alive):
        names = [item_name(slot.item, slot.shape) for _, slot in worker.hand[:3]]
        more = f" +{len(worker.hand) - 3}" if len(worker.hand) > 3 else ""
        parts.append(f"in hand {' '.join(names)}{more}")
    if worker.timeouts:
        parts.append(f"{worker.timeouts} timed out")
    if worker.restarts:
        parts.append(f"{worker.restarts} {plural('restart', worker.restarts)}")
    return tuple(", ".join(parts[:count]) for count in range(len(parts), 0, -1))


def phase_words(kind: str, short: bool) -> str:
    """Return what a group of workers of one kind is said to do."""
    if short:
        return _GROUPS_SHORT.get(kind, kind)
    return _GROUPS.get(kind, kind)


_GROUPS_SHORT: Final = {
    "putting": "blocked",
    "getting": "waiting",
    "joining": "in join()",
    "shutdown": "shut down",
}
_GROUPS: Final = {
    **_GROUPS_SHORT,
    "putting": "blocked in put()",
    "getting": "waiting in get()",
    "joining": "waiting in join()",
}
