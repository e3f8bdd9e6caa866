"""How events are meant, for their colour."""

from __future__ import annotations

from typing import Final, Literal

from qdash import events as ev
from qdash.events import Event

Tone = Literal["calm", "blocked", "signal", "failure", "person", "dim"]
"""How an event is meant: ``dim`` is everyday work, ``calm`` the traffic of a queue, ``signal`` a
sentinel or exception on its way, ``person`` what somebody changed or injected."""


def tone(event: Event) -> Tone:
    """Return how an event is meant, for its colour."""
    found = _TONES.get(type(event), "calm")
    if found == "calm" and getattr(event, "shape", "item") in ("stop", "error"):
        return "signal"
    if isinstance(event, ev.Woken) and event.op == "get":
        return "dim"  # the worker gets its item right after this
    if isinstance(event, ev.WorkerEnded):
        return "failure" if event.how == "failed" else "calm"
    if isinstance(event, ev.Ended):
        return "failure" if event.how == "failed" else "person"
    return found


_TONES: Final[dict[type[Event], Tone]] = {
    ev.PutWaiting: "blocked",
    ev.PutRefused: "blocked",
    ev.GetRefused: "blocked",
    ev.Barged: "blocked",
    ev.TaskDoneRefused: "failure",
    ev.TaskDoneForgotten: "failure",
    ev.Dropped: "blocked",
    ev.WorkerStarted: "dim",
    ev.Making: "dim",
    ev.Made: "dim",
    ev.Working: "dim",
    ev.Worked: "dim",
    ev.GetWaiting: "dim",
    ev.TaskDone: "dim",
    ev.Resized: "person",
    ev.Rearranged: "person",
    ev.ShutDown: "person",
    ev.Stepped: "dim",
    ev.Stalled: "person",
    ev.Resumed: "person",
    ev.Noted: "signal",
    ev.SettingChanged: "person",
    ev.Injected: "person",
    ev.Refused: "failure",
    ev.Stuck: "failure",
    ev.LoopError: "failure",
}
