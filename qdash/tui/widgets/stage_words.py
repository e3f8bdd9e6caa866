"""What a worker does, told in words: long for wide panels, short and tiny for narrow ones."""

from __future__ import annotations

from typing import Final

import msgspec

from qdash.state import State, Waiter, WorkerState
from qdash.tui.view import View
from qdash.tui.widgets.stage_text import error_name, in_line, item_name, nth, phrases, seconds
from qdash.words import mark, tr, trn

LOUD: Final[dict[str, int]] = {"failed": 0, "putting": 1, "stalled": 2, "woken": 3}
"""Who is shown first where not everybody fits; whatever is not named here comes after these."""


class Told(msgspec.Struct, frozen=True):
    """One worker's doing, in words."""

    kind: str
    """A phase, ``woken``, or how the worker ended."""
    style: str
    words: tuple[str, ...]
    """The same thing said in ever fewer words."""
    alone: tuple[str, ...] = ()
    """Those of them that are meant for a line on which nothing follows."""
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
        # What a script points at; what a person chose last is asked about, and not marked here.
        self.pointed = view.subject if view.card is not None else None
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
        count = 0 if queue is None else queue.unfinished
        to_go = tr("{count} to go").format(count=count) if queue is not None else ""
        words = (tr("waiting in join()"), tr("in join()"), "join")
        time, clock = _since(worker, now)
        return Told("joining", "stop", words, time=time, clock=clock, notes=(to_go,))
    if now > worker.since and worker.since < state.t:
        # Between two observed awaits no virtual time can pass: it awaits something unobserved.
        words = (tr("waits, not on a queue"), tr("waits elsewhere"), tr("elsewhere"))
        time, clock = _since(worker, now)
        return Told("elsewhere", "dim", words, words[:1], time, clock, notes=_tally(worker))
    words = (tr("running"), tr("running"), tr("runs"))
    return Told("running", "text", words, notes=_tally(worker))


def _ended(worker: WorkerState) -> Told:
    tally = _tally(worker)
    if worker.how == "failed":
        failed = tr("failed: {error}").format(error=error_name(worker.error))
        return Told("failed", "blocked", (failed, tr("failed")), notes=tally)
    if worker.how == "shutdown":
        words = (tr("ended by QueueShutDown"), tr("shut down"), tr("shut"))
        return Told("shutdown", "dim", words, notes=tally)
    return Told(worker.how, "dim", (phase_words(worker.how, True),), notes=tally)


def _busy(worker: WorkerState, now: float) -> Told:
    item = item_name(worker.item, worker.shape) if worker.item != "" else ""
    style = "text"
    if worker.phase == "making":
        templates = (tr("making {item}"), tr("making {item}"), tr("make {item}"))
    elif worker.phase == "working":
        templates = (tr("working on {item}"), tr("working {item}"), tr("work {item}"))
    else:
        before = worker.before_stall[0] if worker.before_stall else ""
        stalled = {"making": tr("stalled making {item}"), "working": tr("stalled on {item}")}
        templates = (stalled.get(before, tr("stalled")), tr("stalled"), tr("stalled"))
        style = "stop"
    words = tuple(template.format(item=item) for template in templates)
    if worker.until is None:
        return Told(worker.phase, style, words, notes=_tally(worker))
    left = max(0.0, worker.until - now)
    whole = worker.until - worker.since
    share = 1.0 - left / whole if whole > 0 else 1.0
    return Told(
        worker.phase,
        style,
        words,
        time=tr("{time} left").format(time=seconds(left)),
        clock=left,
        share=share,
        notes=_tally(worker),
    )


def _waiting(worker: WorkerState, scene: Scene) -> Told:
    putting, now = worker.phase == "putting", scene.now
    item = item_name(worker.item, worker.shape)
    call = f"put({item})" if putting else "get()"
    if worker.woken:
        told = (tr("woken in {call}"), tr("woken {call}"), tr("woken"))
        return Told("woken", "accent", tuple(text.format(call=call) for text in told))
    found = scene.place_of(worker)
    place, barged = (found[0], found[1].barged) if found is not None else (0, 0)
    notes: tuple[str, ...] = (in_line(place),)
    if len(scene.state.queues) > 1:
        where = tr("{place} for {queue}").format(place=in_line(place), queue=worker.queue)
        notes = (where, *notes)
    if barged:
        notes = (tr("{place}, pushed back").format(place=in_line(place)), *notes)
    time, clock = _since(worker, now)
    share = None
    if worker.deadline is not None:
        clock, whole = max(0.0, worker.deadline - now), worker.deadline - worker.since
        share = clock / whole if whole > 0 else 0.0
        time = tr("{part} of {time}").format(part=f"{clock:.1f}", time=seconds(whole))
        left = tr("{time} left").format(time=time)
        notes = (*(phrases((left, note)) for note in notes), left, time)
    if putting:
        templates = (
            tr("blocked in {call}, {place}"),
            tr("blocked in {call}, {nth}"),
            tr("blocked in {call}"),
            tr("blocked {item}, {nth}"),
            tr("blocked {item}"),
            tr("blocked"),
        )
        words: tuple[str, ...] = tuple(
            text.format(call=call, item=item, place=in_line(place), nth=nth(place))
            for text in templates
        )
        alone = (*words[:2], words[3])
        return Told("putting", "blocked", words, alone, time, clock, share, notes)
    words = (tr("waiting in get()"), tr("waiting get()"), tr("waiting"))
    return Told("getting", "dim", words, (), time, clock, share, notes)


def _since(worker: WorkerState, now: float) -> tuple[str, float]:
    passed = max(0.0, now - worker.since)
    return tr("for {time}").format(time=seconds(passed)), passed


def _tally(worker: WorkerState) -> tuple[str, ...]:
    """Return what the worker has done so far, and what else it has in hand."""
    parts = []
    if worker.made or (worker.put and not worker.got):
        parts.append(tr("{count} put").format(count=worker.put))
    if worker.got:
        parts.append(tr("{count} done").format(count=worker.done))
    others = [slot for _, slot in worker.hand if slot.item != worker.item]
    if len(worker.hand) and (others or not worker.alive):
        names = [item_name(slot.item, slot.shape) for _, slot in worker.hand[:3]]
        more = f" +{len(worker.hand) - 3}" if len(worker.hand) > 3 else ""
        parts.append(tr("in hand {names}").format(names=f"{' '.join(names)}{more}"))
    if worker.timeouts:
        parts.append(tr("{count} timed out").format(count=worker.timeouts))
    if restarts := worker.restarts:
        parts.append(trn("{count} restart", "{count} restarts", restarts).format(count=restarts))
    return tuple(phrases(parts[:count]) for count in range(len(parts), 0, -1))


def phase_words(kind: str, short: bool) -> str:
    """Return what a worker of a kind is said to do, or how it ended."""
    words = _PHASES if short else {**_PHASES, **_PHASES_LONG}
    return tr(words[kind]) if kind in words else kind


_PHASES: Final = {
    "making": mark("making"),
    "working": mark("working"),
    "putting": mark("blocked"),
    "getting": mark("waiting"),
    "joining": mark("in join()"),
    "running": mark("running"),
    "stalled": mark("stalled"),
    "woken": mark("woken"),
    "returned": mark("returned"),
    "cancelled": mark("cancelled"),
    "failed": mark("failed"),
    "shutdown": mark("shut down"),
}
_PHASES_LONG: Final = {
    "putting": mark("blocked in put()"),
    "getting": mark("waiting in get()"),
    "joining": mark("waiting in join()"),
}
