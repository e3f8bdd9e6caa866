"""The life of an item: made, waited in put, put, got, worked on, done; and what took how long.

A life is read from the events of the history that speak of the item, whatever its end: marked done,
given up, thrown out, lost, or not ended yet.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final, Literal, NamedTuple

import msgspec

from qdash import events as ev
from qdash.events import Event
from qdash.history import CHUNK, History
from qdash.narrate import seconds
from qdash.state import Then
from qdash.why import Subject
from qdash.words import mark, tr, trc

Phase = Literal["making", "hand", "put", "queue", "work", "done", "gone"]
"""What begins for an item: it is made, lies in somebody's hands, waits in ``put`` with its worker,
lies in a queue, is worked on; is marked done, or gone for good (lost, given up, thrown out)."""

PHASES: Final[dict[Phase, str]] = {
    "making": mark("being made"),
    "put": mark("blocked in put()"),
    "queue": mark("in a queue"),
    "work": mark("worked on"),
    "hand": mark("in hand"),
}
"""The phases that take time, as people say them."""
_OVER: Final = ("done", "gone")
_BACK: Final = 20_000
"""How many events back the beginning of a thing without a number is looked for."""


class Mark(msgspec.Struct, frozen=True):
    """Something that happened to an item at ``t``: event ``number``, by which a phase began."""

    number: int
    t: float
    phase: Phase
    text: str
    worker: str = ""
    queue: str = ""


class Part(NamedTuple):
    """How long an item was in a phase, in seconds; ``queue`` where it lay or waited, if in one."""

    phase: Phase
    seconds: float
    queue: str


class Life:
    """All that has happened to one item, as far as its history has been followed.

    ``subject`` is an item: by its number, or a thing without one by its queue and slot.
    """

    def __init__(self, subject: Subject, history: History, moment: int | None = None) -> None:
        self.subject = subject
        self.history = history
        self.marks: list[Mark] = []
        self._whole = history.first == 0  # whether all events have been seen
        self._number = subject.name if isinstance(subject.name, int) else None
        queue, _, slot = str(subject.name).rpartition("/")
        self._place = (queue, int(slot)) if slot.isdecimal() and self._number is None else None
        self.seen = history.first if self._number is not None else self._begin(moment)
        """How many events have been followed."""
        self._worker = ""  # who has it in hand
        self._until = 0.0  # how long the work on it was to take
        self._tried = False  # whether the latest put was refused

    def _begin(self, moment: int | None) -> int:
        """Return where a thing without a number was put, going back from ``moment``."""
        end = self.history.events if moment is None else moment
        low = max(self.history.first, end - _BACK)
        for number in range(end - 1, low - 1, -1):
            event = self.history.event(number)
            if isinstance(event, ev.Put) and (event.queue, event.slot) == self._place:
                return number
        return end

    # --- following -------------------------------------------------------------------------------

    def follow(self, until: int, enough: Callable[[], bool] = lambda: False) -> bool:
        """Follow the history up to ``until`` events; return whether it got there.

        It stops when ``enough()``, asked now and then, says so, and can be called again.
        """
        until = min(until, self.history.events)
        if self.seen < self.history.first:
            self._whole = False
            self.seen = self.history.first
        while self.seen < until:
            end = min(until, (self.seen // CHUNK + 1) * CHUNK)
            # In somebody's hands it depends on events that do not name it.
            idle = not self.marks or self.marks[-1].phase in ("queue", *_OVER)
            speaks = self._number is None or self.history.speaks(self.seen // CHUNK, self._number)
            if speaks or not idle:
                for number in range(self.seen, end):
                    self._read(number)
                self.seen = end
                if enough():
                    break
            self.seen = end
        return self.seen >= until

    def _read(self, number: int) -> None:
        event = self.history.event(number)
        kind = type(event)
        if kind in _ITS and self._is_it(event):
            self._note(number, event, *_ITS[kind](self, event))
        elif self.marks and kind in _OTHERS and (told := _OTHERS[kind](self, event, number)):
            self._note(number, event, *told)

    def _is_it(self, event: Any) -> bool:
        if self._number is not None:
            return bool(event.item == self._number)
        return self._place == (getattr(event, "queue", ""), getattr(event, "slot", None))

    def _then(self, number: int) -> Then:
        [row] = self.history.rows(number, number + 1)
        return row.then or Then()

    def _concerns(self, e: Any, number: int) -> bool:
        """Whether an event that names no item was about this one."""
        if self._number is None:
            return self._place is not None and (e.worker, e.queue) == (self._worker, self._place[0])
        return self._then(number).item == self._number

    def _note(self, number: int, event: Any, phase: Phase, text: str) -> None:
        worker, queue = getattr(event, "worker", ""), getattr(event, "queue", "")
        if phase in ("making", "hand", "put", "work"):
            self._worker = worker
        elif phase != "done":
            self._worker = ""
        self._tried = type(event) is ev.PutRefused
        if type(event) is ev.Working:
            self._until = event.seconds
        self.marks.append(Mark(number, event.t, phase, text, worker, queue))

    @property
    def _phase(self) -> Phase:
        return self.marks[-1].phase

    # --- what happened ---------------------------------------------------------------------------

    def _worked(self, e: ev.Worked) -> tuple[Phase, str]:
        if e.failed:
            return "hand", tr("the work of {who} on it failed").format(who=_who(e))
        began = next((each for each in reversed(self.marks) if each.phase == "work"), None)
        stalled = 0.0 if began is None else e.t - began.t - self._until
        if stalled > 1e-6:
            text = tr("{who} was through with it, {time} longer than it takes (stalled)")
            return "hand", text.format(who=_who(e), time=seconds(stalled))
        return "hand", tr("{who} was through with it").format(who=_who(e))

    def _task_done(self, e: ev.TaskDone, number: int) -> tuple[Phase, str] | None:
        if self._phase in ("queue", *_OVER) or not self._concerns(e, number):
            return None
        text = tr("{who} marked it done: task_done() on {queue}")
        if self._phase == "work":
            text = tr(
                "{who} marked it done: task_done() on {queue}, though the work on it was broken off"
            )
        return "done", text.format(who=_who(e), queue=e.queue)

    def _refused(self, e: ev.TaskDoneRefused, number: int) -> tuple[Phase, str] | None:
        if self._phase in ("queue", *_OVER) or not self._concerns(e, number):
            return None
        text = tr("{who}'s task_done() for it was refused: nothing was unfinished any more")
        return "done", text.format(who=_who(e))

    def _forgotten(self, e: ev.TaskDoneForgotten, number: int) -> tuple[Phase, str] | None:
        if e.worker != self._worker or not self._concerns(e, number):
            return None
        text = tr("{who} left task_done() out on {queue}: it stays owed")
        return "gone", text.format(who=_who(e), queue=e.queue)

    def _lost(self, e: ev.GetRefused, number: int) -> tuple[Phase, str] | None:
        if e.slot is None or self._phase != "queue":
            return None
        if self._place != (e.queue, e.slot) and self._then(number).item != self._number:
            return None
        return "gone", tr("{queue} lost it as it could not be compared").format(queue=e.queue)

    def _holder_ended(self, e: ev.WorkerEnded, number: int) -> tuple[Phase, str] | None:
        if e.worker != self._worker or self._phase in ("queue", *_OVER):
            return None
        texts = _ENDED_WITH.get(e.how, _ENDED_WITH["shutdown"])
        at = 0 if self._phase == "making" else 1 if self._got() else 2
        return "gone", tr(texts[at]).format(who=e.worker)

    def _next_one(self, e: ev.Making, number: int) -> tuple[Phase, str] | None:
        """Who has it in hand goes on to make another: so it will not come to this one again."""
        if e.worker != self._worker or self._phase != "hand" or self._got():
            return None
        if self._tried:
            text = tr("{who} went on to {item}: it was given up, never put")
            return "gone", text.format(who=e.worker, item=f"#{e.item}")
        return "done", tr("{who} went on to {item}").format(who=e.worker, item=f"#{e.item}")

    def _got(self) -> bool:
        """Whether it was got from a queue and is owed a ``task_done``."""
        for each in reversed(self.marks):
            if each.phase in ("queue", "done"):
                return each.phase == "queue"
        return False

    @property
    def begun(self) -> bool:
        """Whether the first that is known of it is its beginning, as far as can be told."""
        known = self._whole or self._number is None
        return known or not self.marks or self.marks[0].phase == "making"

    # --- a life at a moment ----------------------------------------------------------------------

    def at(self, n: int) -> list[Mark]:
        """Return what had happened to it when ``n`` events had happened."""
        return self.marks[: bisect_left(self.marks, n, key=_number)]

    def over(self, n: int) -> bool:
        """Tell whether its life had ended when ``n`` events had happened, as far as is known."""
        marks = self.at(n)
        return bool(marks) and marks[-1].phase in _OVER

    def parts(self, n: int, now: float) -> list[Part]:
        """Return where its time went up to ``n`` events and the clock ``now``, one after another.

        What follows a ``task_done`` belongs to it only if it goes on to live.
        """
        marks = self.at(n)
        parts = [
            Part(a.phase if a.phase not in _OVER else "hand", b.t - a.t, a.queue)
            for a, b in pairwise(marks)
        ]
        if marks and marks[-1].phase not in _OVER:
            last = marks[-1]
            parts.append(Part(last.phase, max(0.0, now - last.t), last.queue))
        return parts

    def says(self, n: int, now: float) -> str:
        """Return its life so far in one sentence."""
        marks = self.at(n)
        what = self.subject.title
        if not marks:
            text = tr("{what} is not spoken of in what is kept, as far as has been looked")
            return text.format(what=what)
        spent: dict[str, float] = {}
        for part in self.parts(n, now):
            name = tr(PHASES[part.phase])
            if part.phase == "queue":
                name = tr("in {queue}").format(queue=part.queue)
            spent[name] = spent.get(name, 0.0) + part.seconds
        told = trc("list", ", ").join(
            tr("{time} {phase}").format(time=seconds(length), phase=name)
            for name, length in spent.items()
            if length
        )
        last = marks[-1]
        whole = (last.t if last.phase in _OVER else max(now, last.t)) - marks[0].t
        if last.phase in _OVER:
            text = tr("{what}, its life took {time}: {parts}")
            if not told:
                text = tr("{what}, its life took {time}")
        else:
            text = tr("{what}, so far {time}: {parts}") if told else tr("{what}, so far {time}")
        return text.format(what=what, time=seconds(whole), parts=told)


def _number(mark: Mark) -> int:
    return mark.number


def _who(e: Any) -> str:
    return e.worker or tr("code outside the workers")


def _making(life: Life, e: ev.Making) -> tuple[Phase, str]:
    return "making", tr("{who} began to make it").format(who=_who(e))


def _made(life: Life, e: ev.Made) -> tuple[Phase, str]:
    return "hand", tr("{who} had made it").format(who=_who(e))


def _put_waiting(life: Life, e: ev.PutWaiting) -> tuple[Phase, str]:
    text = tr("{who} was blocked in put() to {queue}: it was full")
    return "put", text.format(who=_who(e), queue=e.queue)


def _put(life: Life, e: ev.Put) -> tuple[Phase, str]:
    return "queue", tr("{who} put it into {queue}").format(who=_who(e), queue=e.queue)


_WHY: Final = {
    "full": mark("it was full"),
    "timeout": mark("timeout"),
    "shutdown": mark("it was shut down"),
}
_ENDED_WITH: Final = {
    "returned": (
        mark("{who} returned before it was made"),
        mark("{who} returned with it in hand: task_done() stays owed"),
        mark("{who} returned and it was given up: it is in no queue"),
    ),
    "failed": (
        mark("{who} failed before it was made"),
        mark("{who} failed with it in hand: task_done() stays owed"),
        mark("{who} failed and it was given up: it is in no queue"),
    ),
    "cancelled": (
        mark("{who} was cancelled before it was made"),
        mark("{who} was cancelled with it in hand: task_done() stays owed"),
        mark("{who} was cancelled and it was given up: it is in no queue"),
    ),
    "shutdown": (
        mark("{who} ended before it was made"),
        mark("{who} ended with it in hand: task_done() stays owed"),
        mark("{who} ended and it was given up: it is in no queue"),
    ),
}
"""By how a worker ended: with a thing that it made, that it had got, that it had yet to put."""


def _put_refused(life: Life, e: ev.PutRefused) -> tuple[Phase, str]:
    why = tr(_WHY[e.why]) if e.why in _WHY else e.error or tr("cancelled")
    text = tr("{who}'s put() to {queue} was refused: {why}")
    if e.slot is not None:
        text = tr("{who}'s put() failed ({why}), but it stays in {queue}, uncounted")
    phase: Phase = "hand" if e.slot is None else "queue"
    return phase, text.format(who=_who(e), queue=e.queue, why=why)


def _got(life: Life, e: ev.Got) -> tuple[Phase, str]:
    return "hand", tr("{who} got it from {queue}").format(who=_who(e), queue=e.queue)


def _working(life: Life, e: ev.Working) -> tuple[Phase, str]:
    text = tr("{who} began to work on it, for {time}")
    return "work", text.format(who=_who(e), time=seconds(e.seconds))


def _dropped(life: Life, e: ev.Dropped) -> tuple[Phase, str]:
    if e.worker:
        text = tr("{who} threw it out of {queue}, to make room")
        return "gone", text.format(who=_who(e), queue=e.queue)
    return "gone", tr("shutdown threw it out of {queue}").format(queue=e.queue)


_ITS: Final[dict[type[Event], Callable[[Life, Any], tuple[Phase, str]]]] = {
    ev.Making: _making,
    ev.Made: _made,
    ev.PutWaiting: _put_waiting,
    ev.Put: _put,
    ev.PutRefused: _put_refused,
    ev.Got: _got,
    ev.Working: _working,
    ev.Worked: Life._worked,
    ev.Dropped: _dropped,
}
"""Events that name their item."""
_OTHERS: Final[dict[type[Event], Callable[[Life, Any, int], tuple[Phase, str] | None]]] = {
    ev.Making: Life._next_one,
    ev.TaskDone: Life._task_done,
    ev.TaskDoneRefused: Life._refused,
    ev.TaskDoneForgotten: Life._forgotten,
    ev.GetRefused: Life._lost,
    ev.WorkerEnded: Life._holder_ended,
}
"""Events that do not, but may be about it."""
