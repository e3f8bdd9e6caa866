"""To and fro in time, and to another course of events: the room of the app for both."""

from __future__ import annotations

from typing import Any, NamedTuple

from qdash.commands import DISTURBANCES, Command, SetValue
from qdash.course import Course
from qdash.events import Value
from qdash.settings import SETTINGS
from qdash.tui.messages import GoTo, TimeChosen
from qdash.tui.shell import Shell
from qdash.words import tr


class Parting(NamedTuple):
    """Where two courses part: when, and how many things of each queue were marked done by then."""

    t: float
    done: dict[str, int]


class _Newest(NamedTuple):
    """How the latest course began: its number, with which command, and the settings before that."""

    course: Course
    number: int
    command: Command | None
    settings: dict[str, Value]

    def is_same(self, command: Command) -> bool:
        """Tell whether a command gives the very setting that began the course another value."""
        first = self.command
        if isinstance(command, SetValue) and isinstance(first, SetValue):
            return command.name == first.name
        return False

    def name(self, command: Command | None) -> str:
        """Return what the course is called that this command makes other."""
        what = _words(command, self.settings)
        return tr("course {number}: {what}").format(number=self.number, what=what)


class Travel(Shell):
    """Goes to other moments of the course that is shown, and to and fro between two courses.

    ``other`` is the course that is not shown: at most one is kept beside the one that is.
    """

    def __init__(self, **looks: Any) -> None:
        super().__init__(**looks)
        self.other: Course | None = None
        self.parting = Parting(0.0, {})
        self._courses = 1  # how many there have been in this run
        self._target: float | None = None
        self._newest: _Newest | None = None

    def action_travel(self, by: str, count: float) -> None:
        """Go to and fro in the past: by ``events``, ``steps`` or ``seconds``; back halts the lab.

        A step on from now is a step of the lab.
        """
        if not self.course.travel(by, count) and by == "steps":
            self.step()
        self.draw()

    def action_now(self) -> None:
        """Return from the past to what happens now."""
        self.course.to_now()
        self.draw()

    def action_pause(self) -> None:
        """Stand still, or go on."""
        self.course.pause_or_go()
        self.draw()

    def step(self) -> None:
        """Let the lab run one task, from one await to the next."""
        raise NotImplementedError

    def on_time_chosen(self, message: TimeChosen) -> None:
        """A time was pointed at; while the mouse is drawn along, only the latest counts."""
        if self._target is None:
            self.call_later(self._go_to_target)
        self._target = message.t

    def _go_to_target(self) -> None:
        t, self._target = self._target, None
        if t is not None:
            self.course.to_time(t)
            self.draw()

    def on_go_to(self, message: GoTo) -> None:
        """An event was pointed at, to see what was so right after it."""
        self.course.to(message.number + 1)
        self.draw()

    # --- two courses -----------------------------------------------------------------------------

    def action_branch(self) -> None:
        """Run on anew from the moment of the past that is shown."""
        if self.course.past:
            self.branch(None)
        else:
            self.refuse(
                tr("this is the present: go back first, then the lab runs on anew from there")
            )

    def action_other(self) -> None:
        """Show the other course, at the same time."""
        if self.other is None:
            self.refuse(
                tr(
                    "there is one course of events only: go back and change something, then there "
                    "are two"
                )
            )
            return
        self.other.take_over(self.course)
        self.course, self.other = self.other, self.course
        self.asked.clear()
        self.draw()

    def branch(self, command: Command | None) -> None:
        """Begin another course from the moment shown, with this command."""
        raise NotImplementedError

    def begin_course(self, course: Course, command: Command | None) -> Course | None:
        """Show a course that goes on from the moment shown; return one that is kept no longer."""
        state = self.state
        done = {name: queue.done for name, queue in state.queues.items()}
        self.parting = Parting(self.course.position, done)
        self._courses += 1
        self._newest = _Newest(course, self._courses, command, dict(state.settings))
        course.name = self._newest.name(command)
        dropped, self.other = self.other, self.course
        self.other.name = self.other.name or tr("course 1")
        self.other.rest()
        self.course = course
        self.asked.clear()
        return dropped

    def note_change(self, command: Command) -> None:
        """Call the course shown after the value that the setting which began it has from now on."""
        newest = self._newest
        if newest is not None and newest.course is self.course and newest.is_same(command):
            self.course.name = newest.name(command)

    def forget_courses(self) -> None:
        """Another run begins."""
        self.other, self._courses, self._target, self._newest = None, 1, None, None


def _words(command: Command | None, settings: dict[str, Value]) -> str:
    """Return in few words what is other in a course that begins with this command."""
    if command is None:
        return tr("no change")
    if isinstance(command, SetValue):
        setting = SETTINGS[command.name]
        old, new = setting.show(settings[command.name]), setting.show(command.value)
        return tr("{setting} {old} → {new}").format(setting=command.name, old=old, new=new)
    title = tr(DISTURBANCES[command.what].title)
    if not command.target:
        return title
    return tr("{disturbance}: {target}").format(disturbance=title, target=command.target)
