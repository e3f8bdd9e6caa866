"""The dashboard: folds a course of events into what is known, and shows it frame by frame.

Thirty times a second it asks for what happened. What a person may do stands in the rooms out of
which it is put together; where the events come from, in ``qdash.tui.app``.
"""

from __future__ import annotations

from time import monotonic
from typing import Any, Final

from qdash import events as ev
from qdash.course import Course
from qdash.events import Event
from qdash.heard import heard
from qdash.state import Failure
from qdash.tui.advise import Advise
from qdash.tui.change import Change
from qdash.tui.choose import Choose
from qdash.tui.versus import TwoLabs
from qdash.tui.view import Twin, View
from qdash.words import tr

FRAME_RATE: Final = 30
"""How many times a second what happened is folded and, where much happens, shown."""
CALM_RATE: Final = 8
"""How many times a second a frame is shown where little happens: enough for bars and clocks."""
_MUCH: Final = 50
"""From this many events in a thirtieth of a second on, much happens."""
FOLD_SECONDS: Final = 0.01
"""How long one frame may fold events before it draws, so that keys stay quick."""
_QUIET_SECONDS: Final = 3.0
"""How long after a word about failures the next one may come; the count on top is always right."""


class Dashboard(Advise, Change, Choose, TwoLabs):
    """Shows a course, which whoever makes it sets, and tells aloud what must not be missed."""

    problem = ""
    """What is wrong with the recording that is shown, or ""."""
    title_shown = ""
    """What is shown, in few words."""

    def __init__(self, **looks: Any) -> None:
        super().__init__(**looks)
        self._own_failures: list[Failure] = []
        self._quiet_until = 0.0
        self._moment: tuple[object, ...] = ()
        self._stale, self._drawn, self._calm = True, 0.0, 0.0

    def on_mount(self) -> None:
        """Show what happens from now on."""
        self.set_interval(1 / FRAME_RATE, self._frame)

    # --- frames ----------------------------------------------------------------------------------

    def tick(self) -> None:
        """Fold what has happened since the last frame, and show it."""
        self._fold()
        if self._stale:
            self.draw()

    def _frame(self) -> None:
        """Do the same in the course of time, where little happens not too often.

        What a person has just caused to be drawn is painted first.
        """
        if monotonic() < self._drawn + 0.5 / FRAME_RATE:
            return
        folded = self._fold()
        if self._stale and (folded >= _MUCH or monotonic() >= self._drawn + self._calm):
            self.draw()

    def hurry(self) -> None:
        """Show what comes of the latest command in the very next frame."""
        self._calm = 0.0

    def _fold(self) -> int:
        """Fold events for as long as a frame may; return how many there were."""
        course, before = self.course, self.course.moment.events
        folded = course.fold(FOLD_SECONDS, _TOLD, self._tell)
        if course.play(FOLD_SECONDS):
            folded = max(folded, course.moment.events - before)
            self._stale = True
        if self.other is not None:
            if self.side_by_side:
                self.keep_together()
            else:
                self.other.keep_up(course)
            folded += self.other.fold(FOLD_SECONDS / 2, (), self._tell)
        self.direct()
        course = self.course  # a script may have begun another lab
        script = None if self.director is None else (self.director.place, self.director.phase)
        clock = (course.position, course.paused, course.speed, course.lagging, course.again)
        moment = (*clock, script)
        self._stale = self._stale or folded > 0 or moment != self._moment
        self._moment = moment
        return folded

    def draw(self) -> None:
        """Show one view of the moment as it is."""
        self._stale, self._drawn = False, monotonic()
        self._calm = 1 / CALM_RATE - 0.5 / FRAME_RATE
        if self.main.is_attached:
            self.main.set_class(self.course.past, "-past")
            self.main.set_class(self.course.run is None, "-replay")
            self.main.show(self.make_view())

    def make_view(self) -> View:
        """Return what is known at the moment shown, for the widgets to draw."""
        self.name_sides()
        view = self._view_of(self.course)
        if not self.side_by_side or self.other is None:
            return view
        return self.with_sides(view, self._view_of(self.other))

    def _view_of(self, course: Course) -> View:
        moment = course.moment
        acted = course is self.course
        worker = moment.state.workers.get(self.selected)
        if acted and (worker is None or not worker.alive):
            self.selected = ""
        return View(
            state=moment.state,
            timeline=moment.timeline,
            history=course.history,
            position=course.position,
            now=course.now,
            speed=course.speed,
            paused=course.paused or (self.director is not None and self.director.stands),
            lagging=course.lagging,
            glyphs=self.glyphs,
            selected=self.selected if acted else "",
            subject=self.subject if acted else None,
            past=course.past,
            replay=course.run is None,
            twin=self._make_twin() if acted else None,
            again=course.again,
            without=self.without,
            title=self.title_shown,
            problem=self.problem,
            card=None if self.director is None else self.director.card,
            presenting=self.presenting and self.director is not None,
        )

    def _make_twin(self) -> Twin | None:
        other = self.other
        if other is None:
            return None
        return Twin(
            history=other.history,
            name=other.name,
            shown=self.course.name,
            now=other.now,
            parted=self.parting.t,
            done=self.parting.done,
        )

    def forget(self) -> None:
        """Another run begins: nothing of what belongs to this one is kept."""
        self.forget_courses()
        self.selected, self.subject = "", None
        self.asked.clear()
        self._own_failures.clear()
        self.main.forget()

    # --- said aloud ------------------------------------------------------------------------------

    def _tell(self, event: Event) -> None:
        """Say aloud what a person must not miss."""
        if isinstance(event, ev.WorkerEnded):
            if event.traceback:
                self._tell_failure(event.worker, event.error)
        elif isinstance(event, ev.LoopError):
            self._tell_failure(tr("the lab"), heard(event.error))
        else:
            self.note_answer(event)

    def tell_own_failure(self, who: str, error: str, traceback: str) -> None:
        """Keep and tell that a part of the screen itself failed."""
        self._own_failures.append(Failure(self.state.t, who, error, traceback))
        self._quiet_until = 0.0
        self._tell_failure(who, error)

    def _tell_failure(self, who: str, error: str) -> None:
        if monotonic() >= self._quiet_until:
            self._quiet_until = monotonic() + _QUIET_SECONDS
            text = tr("{who} failed: {error}; press v for the traceback")
            told = text.format(who=who, error=error)
            self.notify(told, title=tr("failure"), severity="error", markup=False)

    def action_failures(self) -> None:
        """Show what failed, with its traceback."""
        from qdash.tui.screens.failures import FailuresScreen

        self.push_screen(FailuresScreen(self.state, self._own_failures))


_TOLD: Final[frozenset[type[Event]]] = frozenset(
    {ev.SettingChanged, ev.Refused, ev.WorkerEnded, ev.LoopError}
)
