"""A script without a screen: run as it would be played, and held to what it claims."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from qdash.engine import Lab
from qdash.engine.loop import Outcome
from qdash.events import Event, Header, Refused, Stepped
from qdash.narrate import sentence
from qdash.scenarios import scenario
from qdash.script.acts import Python, acts, commands
from qdash.script.conditions import missed
from qdash.script.measure import UNKNOWN, Scene, parse
from qdash.script.model import Act, Condition, Cue, Number, Script
from qdash.script.verdict import Finding, look_up
from qdash.state import State, Then
from qdash.words import SOURCE, speak, spoken, tr, trn

LIMIT: Final = 500_000
"""How many events there may be in one lab: as many as the screen keeps, to go back in them."""
_SLICE: Final = 5_000
"""How many callbacks run before it is asked whether anything comes of them."""
_STANDSTILL: Final = 1_000_000
"""After so many callbacks without an event, none will come."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that a script claims and its run does not show: a sentence on it.

    ``act`` and ``step`` are where it is claimed, from 1; ``t`` when, in virtual seconds.
    """

    act: int
    step: int
    t: float
    text: str


@dataclass(slots=True)
class Played:
    """One act as it ran: its events, with what was known beside each, and what was known last.

    ``found`` are the answers to its questions by the number of their step.
    """

    act: Act
    header: Header
    state: State
    events: list[Event] = field(default_factory=list)
    thens: list[Then | None] = field(default_factory=list)
    found: dict[int, Finding] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a script on one Python."""

    script: Script
    python: Python
    acts: tuple[Played, ...]
    problems: tuple[Problem, ...]

    @property
    def cues(self) -> list[Cue]:
        """All steps that were played."""
        return [cue for played in self.acts for cue in played.act.steps]

    @property
    def questions(self) -> int:
        """How many questions were looked up."""
        return sum(cue.step.question is not None for cue in self.cues)

    @property
    def expects(self) -> int:
        """How many claims were held against the run."""
        return sum(len(cue.step.expect) for cue in self.cues)


def check(script: Script, *, python: Python | None = None, limit: int = LIMIT) -> Report:
    """Run every act of a script, and return what it claims and the run does not show.

    ``python`` chooses the steps; without it they are those for the Python that runs, which is what
    the labs run on in any case. In one act there may be ``limit`` events.
    """
    python = python or sys.version_info[:2]
    runs = [_Run(act, limit) for act in acts(script, python)]
    for run in runs:
        run.go()
    problems = tuple(problem for run in runs for problem in run.problems)
    return Report(script, python, tuple(run.played for run in runs), problems)


class _TooMuch(Exception):
    """The lab does not come to the time of a step; the message says why."""


class _Run:
    """One act on its way."""

    def __init__(self, act: Act, limit: int) -> None:
        self._lab: Lab = scenario(act.scenario).lab(act.settings, act.seed)
        self._limit = limit
        self._new: list[Event] = []
        self.played = Played(act, self._lab.header, State(self._lab.header))
        self.problems: list[Problem] = []

    def go(self) -> None:
        """Run the act to its last step."""
        lab = self._lab
        lab.watch_lines()  # as on the screen, so that the events are the same
        lab.add_sink(self._new.append)
        lab.start()
        cue = self.played.act.steps[0]
        try:
            for cue in self.played.act.steps:
                self._advance(cue.t)
                self._do(cue)
        except _TooMuch as error:
            self._blame(cue, str(error))
        else:
            self._check_names()
        finally:
            lab.close()

    def _do(self, cue: Cue) -> None:
        question, since = cue.step.question, len(self.played.events)
        if question is None:
            self._carry_out(cue)
        self._expect(cue)
        if question is None:
            return
        self._carry_out(cue)
        self._advance(cue.end)
        scene = self._scene(cue.end, since)
        finding = look_up(question, scene)
        self.played.found[cue.number] = finding
        if finding.problem:
            self._blame(cue, finding.problem)
            for place, choice in enumerate(question.choices if not finding.holding else (), 1):
                says = "; ".join(filter(None, (missed(one, scene) for one in choice.when)))
                self._blame(cue, tr("choice {place}: {says}").format(place=place, says=says))

    def _carry_out(self, cue: Cue) -> None:
        since = len(self.played.events)
        for command in commands(cue.step):
            self._lab.command(command, cue.t)
            self._advance(cue.t)
        if "refused" in {parse(asked.what).name for asked in _asked(cue)}:
            return
        for event in self.played.events[since:]:
            if isinstance(event, Refused):
                says = tr("{what} was refused: {why}")
                self._blame(cue, says.format(what=event.what, why=event.why))

    def _expect(self, cue: Cue) -> None:
        scene = self._scene(cue.t, 0)
        for condition in cue.step.expect:
            if says := missed(condition, scene):
                self._blame(cue, says)

    def _advance(self, t: float) -> None:
        """Let happen all that is due up to and including a time."""
        idle = 0
        while self._lab.advance(t, _SLICE) is Outcome.BUDGET:
            idle = 0 if self._new else idle + _SLICE
            self._fold()
            if idle >= _STANDSTILL:
                says = tr("at {t:g} s the lab stands still: much runs, and nothing happens")
                raise _TooMuch(says.format(t=self._lab.loop.time()))
            if len(self.played.events) > self._limit:
                says = tr("more than {limit:,} events have happened by {t:g} s")
                raise _TooMuch(says.format(limit=self._limit, t=self._lab.loop.time()))
        self._fold()

    def _fold(self) -> None:
        self.played.thens.extend(map(self.played.state.apply, self._new))
        self.played.events += self._new
        self._new.clear()

    def _scene(self, t: float, since: int) -> Scene:
        events = self.played.events
        return Scene(self.played.state, t, lambda: events[since:])

    def _blame(self, cue: Cue, text: str) -> None:
        self.problems.append(Problem(self.played.act.number, cue.number, cue.t, text))

    # --- names that nobody has -------------------------------------------------------------------

    def _check_names(self) -> None:
        """Tell of queues, workers and roles that the script names and the lab never had."""
        there = _Names(self.played.events)
        for cue in self.played.act.steps:
            for says in dict.fromkeys(there.missing(cue)):
                self._blame(cue, says)


class _Names:
    """The names of all that there was in a lab."""

    def __init__(self, events: list[Event]) -> None:
        self.known: dict[str, dict[str, None]] = {"queue": {}, "worker": {}, "role": {}}
        for event in events:
            for name in self.known:
                if value := getattr(event, name, ""):
                    self.known[name][value] = None

    def missing(self, cue: Cue) -> Iterator[str]:
        """Yield a sentence for each name that a step uses and nobody has."""
        for asked in _asked(cue):
            found = parse(asked.what)
            if isinstance(asked, Condition) and UNKNOWN in asked.operators.values():
                continue
            for subject, name in (
                (found.subject, found.name),
                ("worker", asked.of),
                ("queue", asked.on),
            ):
                if name and name not in self.known.get(subject, {name: None}):
                    yield self._missing(subject, name)
        point = cue.step.point
        named = (*self.known["worker"], *self.known["queue"])
        if isinstance(point, str) and point and point not in named:
            yield self._missing("worker", point)

    def _missing(self, subject: str, name: str) -> str:
        there = ", ".join(list(self.known[subject])[:20])
        says = {
            "queue": tr("the lab has no queue {name!r}; it has {there}"),
            "worker": tr("the lab has no worker {name!r}; it has {there}"),
            "role": tr("the lab has no role {name!r}; it has {there}"),
        }
        return says[subject].format(name=name, there=there)


def _asked(cue: Cue) -> Iterator[Condition | Number]:
    """Yield all that a step measures."""
    yield from cue.step.expect
    if (question := cue.step.question) is None:
        return
    if question.number is not None:
        yield question.number
    for choice in question.choices:
        yield from choice.when


def report_lines(report: Report, name: str) -> list[str]:
    """Return what people are told: a line on the script, and a line for each problem."""
    problems = len(report.problems)
    python = ".".join(map(str, report.python))
    if problems:
        told = trn(
            "{name}: {count} thing is not as it says, on Python {python}",
            "{name}: {count} things are not as it says, on Python {python}",
            problems,
        ).format(name=name, count=problems, python=python)
    else:
        told = tr(
            "{name}: all is as it says, on Python {python} "
            "(steps: {steps}, questions: {questions}, other claims: {expects})"
        ).format(
            name=name,
            python=python,
            steps=len(report.cues),
            questions=report.questions,
            expects=report.expects,
        )
    line = tr("  step {step}, at {t:g} s: {text}")
    return [
        told,
        *(line.format(step=one.step, t=one.t, text=one.text) for one in report.problems),
    ]


def trace(played: Played) -> list[str]:
    """Return what happened in an act, an event a line: the time in seconds, and the sentence.

    It is English in any language. Steps of workers, which only tell of lines, are left out.
    """
    language = spoken()
    speak(SOURCE)
    try:
        return [
            f"{event.t:9.3f}  {sentence(event, then)}"
            for event, then in zip(played.events, played.thens, strict=True)
            if not isinstance(event, Stepped)
        ]
    finally:
        speak(language)
