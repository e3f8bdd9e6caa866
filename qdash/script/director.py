"""The director: plays one script over the courses of a host, from one stop to the next.

It says how far a lab may run, does what each step says just there, and knows what is to be read.
It needs no screen, and no clock but the labs' own.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Literal, NamedTuple, Protocol

import msgspec

from qdash.commands import Command
from qdash.course import Course
from qdash.script.acts import Python, acts, commands
from qdash.script.card import Answer, Card, Phase
from qdash.script.measure import Scene
from qdash.script.model import Act, Cue, Panel, Script, Step
from qdash.script.verdict import is_right, look_up


class Host(Protocol):
    """Who has the labs: an app, or a test."""

    @property
    def course(self) -> Course:
        """The course of the lab that is played."""

    def begin(self, act: Act, limit: float, speed: float | None) -> None:
        """Begin the lab of an act, which runs on, but no further than the virtual time ``limit``.

        ``speed`` is in virtual seconds a wall second; None is as fast as can be.
        """

    def send(self, command: Command) -> None:
        """Let the lab carry out a command where it stands."""

    def note_speed(self, speed: float | None) -> None:
        """Take note that the lab goes on at another speed from here on, as the script says."""


class Stop(NamedTuple):
    """A place in an act at which something is done: a step, or the answer to its question."""

    t: float
    cue: Cue
    told: bool = False


class Director:
    """Plays a script on a Python. ``tick`` is to be called in each frame, once events are folded.

    Raises ValueError for a script that has no step for this Python.
    """

    def __init__(self, script: Script, host: Host, python: Python | None = None) -> None:
        self.script = script
        self.acts = acts(script, python)
        if not self.acts:
            raise ValueError("the script has no step for this Python")
        self.phase: Phase = "goes"
        self.off = False
        self.answers: dict[int, Answer] = {}
        """The answers by the numbers of their steps."""
        self._host = host
        self._seed: int | None = None
        self._act = 0
        self._stops: tuple[Stop, ...] = ()
        self._reached = self._viewed = -1  # the stop where the lab is, and the one that is read
        self._goal = -1  # the stop to which the play hastens on its way back, past all others
        self._due: Callable[[], None] | None = None  # what is done once the lab stands
        self._speed = _speed(script.speed)
        self._hastens = False
        self._course: Course | None = None  # the one in which the script goes on
        self._left: dict[Course, int] = {}  # others, each with the stop that it had reached
        self._spoken = [cue.number for act in self.acts for cue in act.steps if _speaks(cue.step)]

    # --- what is to be read ----------------------------------------------------------------------

    @property
    def act(self) -> Act:
        """The act that is played."""
        return self.acts[self._act]

    @property
    def card(self) -> Card:
        """What is to be read now."""
        stop = self._stops[self._viewed] if self._viewed >= 0 else None
        # Until the first step of a lab has come, that of the lab before stays.
        until = stop.cue.number if stop else self.act.steps[0].number - 1
        said = [cue for cue in self._cues(until) if _speaks(cue.step)]
        step = said[-1].step if said else None
        live = self._viewed == self._reached
        answer = self.answers.get(said[-1].number) if said and step and step.question else None
        told = answer is not None and answer.finding is not None
        if stop is not None and not live and said and stop.cue is said[-1] and not stop.told:
            told = False
        headings = [cue.step.title for cue in self._cues(until) if cue.step.title]
        questions = [cue.step.question for act in self.acts for cue in act.steps]
        return Card(
            script=self.script,
            phase=self.phase,
            heading=headings[-1] if headings else "",
            caption=step.caption if step else "",
            question=step.question if step else None,
            answer=answer,
            told=told,
            step=len(said),
            steps=len(self._spoken),
            right=sum(answer.right is True for answer in self.answers.values()),
            asked=sum(question is not None for question in questions),
            off=self.off and not self.aside,
            earlier=not live,
            aside=self._course.name if self.aside and self._course is not None else None,
        )

    @property
    def stands(self) -> bool:
        """Whether the lab stands still until the person does something."""
        return self._host.course.stands if self.aside else self._halts

    @property
    def aside(self) -> bool:
        """Whether another course is shown than that in which the script goes on.

        The script waits meanwhile. The other runs as far as the next step that it has not had.
        """
        return self._course is not None and self._host.course is not self._course

    @property
    def _halts(self) -> bool:
        return self.phase in ("waits", "asks", "tells")

    @property
    def look(self) -> Panel | None:
        """The panel to look at: what the latest step of this act that names one says."""
        looks = [step.look for step in self._viewed_steps() if step.look]
        return looks[-1] if looks else None

    @property
    def point(self) -> str | int:
        """What is pointed at, a worker, a queue or an item, or ""; as for ``look``."""
        points = [step.point for step in self._viewed_steps() if step.point != ""]
        return points[-1] if points else ""

    @property
    def place(self) -> tuple[int, int]:
        """The act, from 0, and the stop in it that is read."""
        return self._act, self._viewed

    def _viewed_steps(self) -> list[Step]:
        return [stop.cue.step for stop in self._stops[: self._viewed + 1] if not stop.told]

    def _cues(self, until: int) -> list[Cue]:
        """Return the steps up to the one with this number in the script."""
        return [cue for act in self.acts for cue in act.steps if cue.number <= until]

    # --- in each frame ---------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin at the beginning."""
        self.answers.clear()
        self._begin(0)

    def tick(self) -> None:
        """Do what is due where the lab stands; follow a person who goes through the past."""
        if self.aside:
            return
        self._follow()
        # A lab that is paused would not do all that comes of a command before the next.
        while self._due is not None and self._host.course.stands and not self._host.course.paused:
            due, self._due = self._due, None
            due()

    def _begin(self, number: int, goal: int = -1) -> None:
        """Begin an act, and hasten to the stop ``goal``, if there is one."""
        self._due, self._act, self._goal = None, number, goal
        act, self._stops = self.act, _stops(self.act)
        self._reached = self._viewed = -1
        self.off = self._seed is not None
        for cue in act.steps:
            if goal < 0:
                self.answers.pop(cue.number, None)
        said = (cue.step.speed for cue in self._cues(act.steps[0].number - 1))
        speeds = [speed for speed in said if speed is not None]
        self._speed = _speed(speeds[-1] if speeds else self.script.speed)
        self._hastens = False
        if self._seed is not None:
            act = msgspec.structs.replace(act, seed=self._seed)
        self.phase = "goes"
        self._host.begin(act, self._stops[0].t, self._speed)
        self._course = self._host.course
        self._left.clear()
        if goal > 0:
            self._hasten()
        self._due = self._arrive

    def _arrive(self) -> None:
        """Do what the stop says at which the lab stands now."""
        self._reached += 1
        self._viewed = self._reached
        stop = self._stops[self._reached]
        cue = stop.cue
        passing = self._reached < self._goal
        if not passing and (_speaks(cue.step) or self._reached == self._goal):
            self._stroll()
        if stop.told:
            self._tell(cue)
            stands: Phase = "tells"
        elif cue.step.question is None:
            self._do(cue.step)
            # The last words of a lesson's lab must not go before they are read.
            last = self.script.kind == "lesson" and stop is self._stops[-1]
            waits = cue.step.wait or last or self._reached == self._goal
            stands = "waits" if waits else "goes"
        elif passing:
            answer = self.answers.setdefault(cue.number, Answer(None, 0))
            answer.began = self._host.course.history.events
            self._do(cue.step)
            stands = "goes"
        else:
            stands = "asks"
        if passing or stands == "goes":
            self._due = self._leave
        else:
            self.phase, self._goal = stands, -1

    def _do(self, step: Step) -> None:
        for command in commands(step):
            self._host.send(command)
        if step.speed is not None:
            self._speed = _speed(step.speed)
            self._host.note_speed(self._speed)
            if not self._hastens:
                self._host.course.set_speed(self._speed)

    def _tell(self, cue: Cue) -> None:
        """Look up what the right answer was."""
        question, answer = cue.step.question, self.answers.get(cue.number)
        if question is None or answer is None:
            return
        history = self._host.course.history
        scene = Scene(
            history.now.state, cue.end, lambda: history.between(answer.began, history.events)
        )
        answer.finding = look_up(question, scene)
        answer.right = None
        if answer.given is not None and not answer.finding.problem:
            answer.right = is_right(question, answer.finding, answer.given)

    def _leave(self) -> None:
        """Run on to the next stop, or to the next act."""
        following = self._reached + 1
        if following < len(self._stops):
            stop = self._stops[following]
            self.phase = "shows" if stop.told else "goes"
            self._due = self._arrive
            self._host.course.hold(stop.t)
        elif self._act + 1 < len(self.acts):
            self._begin(self._act + 1)
        else:
            self.phase = "over"
            self._stroll()
            if self._host.course.speed is None:  # what comes after it is to be watched
                self._host.course.set_speed(1.0)
            self._host.course.hold(None)

    # --- what the person does --------------------------------------------------------------------

    def next(self, *, skip: bool = False) -> bool:
        """Go on: to the next step, at once; ``skip`` goes on without an answer, too.

        From an earlier step it goes to the one after it. Returns False where that cannot be: a
        question is open, the play is over, or another course is shown.
        """
        if self.aside:
            return False
        course = self._host.course
        if self._viewed < self._reached or course.past:
            later = range(self._viewed + 1, self._reached)
            self._view(next((at for at in later if self._is_read(at)), self._reached))
            return True
        if self.phase == "asks":
            return self.answer(None) if skip else False
        if self.phase == "over":
            return False
        if self.phase in ("waits", "tells"):
            self._due = self._leave
        else:
            self._hasten()
        self._resume()
        return True

    def back(self) -> bool:
        """Go to the step before the one that is read, as it was; returns False at the first.

        Where another course is shown, there is none to go to.
        """
        if self.aside:
            return False
        self._stroll()
        earlier = range(self._viewed - 1, -1, -1)
        at = next((at for at in earlier if self._is_read(at)), -1)
        if at >= 0:
            self._view(at)
            return True
        if self._act == 0:
            return False
        stops = _stops(self.acts[self._act - 1])
        goal = max((at for at, stop in enumerate(stops) if _speaks(stop.cue.step)), default=0)
        self._begin(self._act - 1, goal)
        return True

    def answer(self, given: float | None) -> bool:
        """Answer the question that is asked: the place of a choice from 0, a number, or None.

        Returns False where none is asked.
        """
        if self.aside or self.phase != "asks" or self._viewed < self._reached:
            return False
        cue = self._stops[self._reached].cue
        self.answers[cue.number] = Answer(given, self._host.course.history.events)
        self.phase = "shows"
        self._do(cue.step)
        self._due = self._leave
        self._resume()
        return True

    def again(self, seed: int | None = None) -> None:
        """Begin this act again; with another seed it is another run than the script is about."""
        self._seed = seed
        self._begin(self._act)
        self._seed = None

    def changed(self) -> None:
        """The person has changed something by hand, or has done something to the lab."""
        self.off = True

    def branched(self, t: float, old: Course) -> None:
        """Another course goes on from virtual time ``t`` of an ``old`` one; the script, in it.

        What the script did up to then in the old course has been done in it, and nothing later. It
        has not run yet.
        """
        self.off = True
        had = self._left.pop(old, -1) if old is not self._course else self._reached
        same = old is self._course
        self._left[old] = had
        self._course = self._host.course
        done = [at for at in range(had + 1) if self._stops[at].t <= t]
        reached = done[-1] if done else -1
        for at in range(reached + 1, len(self._stops)):
            stop = self._stops[at]
            answer = self.answers.get(stop.cue.number)
            if stop.told and answer is not None:
                answer.finding = answer.right = None
            elif not stop.told:
                self.answers.pop(stop.cue.number, None)
        course, before = self._host.course, self.phase
        if same and reached == had and (self._halts or before == "over"):
            course.hold(None if before == "over" else self._stops[reached].t)
            return
        self._reached = self._viewed = reached
        cue = self._stops[reached].cue if reached >= 0 else None
        if cue is not None and cue.step.question is not None and cue.number not in self.answers:
            self.phase, self._due = "asks", None
            course.hold(cue.t)
        else:
            self._leave()

    # --- to and fro ------------------------------------------------------------------------------

    def _is_read(self, at: int) -> bool:
        """Tell whether there is something to read at a stop."""
        return _speaks(self._stops[at].cue.step)

    def _view(self, at: int) -> None:
        """Show a stop that was reached, and the moment then; the latest is the present."""
        self._viewed = at
        course, t = self._host.course, self._stops[at].t
        if at == self._reached:
            course.to_now()
            self._resume()
        elif t < course.now:
            course.to_time(t)

    def _follow(self) -> None:
        """Let what is read go with the moment that is shown."""
        course = self._host.course
        shown = course.position if course.past else inf
        if not course.past and (self._viewed < 0 or self._stops[self._viewed].t >= course.now):
            return
        while self._viewed < self._reached and (
            self._stops[self._viewed + 1].t <= shown and self._stops[self._viewed].t < shown
        ):
            self._viewed += 1

    def _hasten(self) -> None:
        """Run to the next stop as fast as can be."""
        course = self._host.course
        if not self._hastens:
            self._hastens, self._speed = True, course.speed
            course.set_speed(None)

    def _stroll(self) -> None:
        """Go on at the speed that there was before."""
        if self._hastens:
            self._hastens = False
            self._host.course.set_speed(self._speed)

    def _resume(self) -> None:
        course = self._host.course
        if course.paused:
            course.pause_or_go()


def _stops(act: Act) -> tuple[Stop, ...]:
    stops: list[Stop] = []
    for cue in act.steps:
        stops.append(Stop(cue.t, cue))
        if cue.step.question is not None:
            stops.append(Stop(cue.end, cue, told=True))
    return tuple(stops)


def _speaks(step: Step) -> bool:
    """Tell whether a step has something to read."""
    return bool(step.caption or step.title or step.question or step.wait)


def _speed(speed: float | Literal["free"]) -> float | None:
    return None if speed == "free" else speed
