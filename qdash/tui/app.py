"""The app: the only place that knows both the lab and the screen."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.binding import BindingType

from qdash.commands import Command, SetValue
from qdash.course import Course
from qdash.engine import Lab
from qdash.engine.failures import short_traceback
from qdash.engine.thread import LabThread
from qdash.engine.watching import say
from qdash.events import Value
from qdash.live import LiveRun
from qdash.measured import Times
from qdash.scenarios import ALL, SLUGS, Scenario, scenario
from qdash.tui.controls import PLAYING, bindings
from qdash.tui.dashboard import Dashboard
from qdash.tui.experiment import Experiment
from qdash.tui.keep import Keep
from qdash.tui.messages import PartFailed
from qdash.tui.teach import Teach
from qdash.tui.versus import REPLICATIONS, Replications
from qdash.words import tr

if TYPE_CHECKING:
    from qdash.experiment.grid import Plan, Vary
    from qdash.experiment.results import Results
    from qdash.recording import RecordingError
    from qdash.script.model import Act, Script
    from qdash.tui.screens.experiment import Opened
    from qdash.tui.study import Draft
    from qdash.tui.sweeping import Sweeps

CONTROLS: Final = bindings(SLUGS)


class Titled(Dashboard):
    """What the app of a lab and that of a recording have in common."""

    CONTROLS = CONTROLS

    def show_scenario(self, chosen: Scenario | None, name: str) -> None:
        """Be about this scenario; None is one called ``name`` that is not among ours."""
        self.scenario = chosen
        ours = chosen is not None and chosen.slug in SLUGS
        number = f"{SLUGS.index(name) + 1} " if ours else ""
        self.title_shown = f"{number}{name}"
        self.main.strip.use(chosen.unused if chosen else ())

    def show_named(self, name: str) -> None:
        """Be about what has this name, one of our scenarios or not."""
        self.show_scenario(scenario(name) if name in ALL else None, name)

    def on_part_failed(self, message: PartFailed) -> None:
        """An error came to a part of the screen: the lab, the recording and the rest go on."""
        error = message.error
        part = tr("the screen's {part}").format(part=message.name)
        self.tell_own_failure(part, say(error), short_traceback(error))

    def action_help(self) -> None:
        """Show every key, setting and disturbance."""
        from qdash.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.scenario, playing=self.director is not None))


class QDashApp(Titled, Keep, Teach, Experiment):
    """The dashboard of one scenario, lesson or demo at a time.

    ``thread_factory`` makes the source of events of a lab that is not started, with the face of a
    ``LabThread``; ``record`` is the file into which the events go, a further one with a number
    for each reset and for each further course.
    """

    # Those of a script come first: where none is played, a key is left to what it does else.
    BINDINGS: ClassVar[list[BindingType]] = [*PLAYING, *CONTROLS]

    scenario: Scenario
    scenarios = SLUGS

    def __init__(
        self,
        scenario: Scenario,
        settings: Mapping[str, Value],
        seed: int | None,
        *,
        speed: float | None = 1.0,
        ascii: bool = False,
        theme: str = "dark",
        record: Path | None = None,
        without: Collection[str] = (),
        times: Times | None = None,
        thread_factory: Callable[..., LabThread] = LabThread,
    ) -> None:
        super().__init__(ascii=ascii, theme=theme, without=without)
        self._times = times
        self._speed, self._paused = speed, False
        self._record, self._runs = record, 0
        self.recorded: list[Path] = []
        """The files into which labs were recorded so far, in their order."""
        self._factory = thread_factory
        self.jobs: int | None = None
        """How many processes share the runs of an experiment; None is one a processor."""
        self.recording_problem: RecordingError | None = None
        """Why something is missing in a recording, for the person to be told at the end."""
        self._show(scenario, scenario.lab(settings, seed, times))

    # --- one run after another -------------------------------------------------------------------

    @property
    def live(self) -> LiveRun:
        """The run that is shown."""
        assert self.course.run is not None
        return self.course.run

    @property
    def source(self) -> LabThread:
        """The lab's thread, or what stands in its place."""
        return self.live.source

    def _show(self, chosen: Scenario, lab: Lab) -> None:
        """Be about a lab from now on; nothing happens in it yet."""
        self.course = self._course(lab)
        self.note_run(self._speed)
        self.show_scenario(chosen, chosen.slug)

    def _course(self, lab: Lab) -> Course:
        """Return the course of a lab in which nothing happens yet."""
        make = partial(
            LiveRun, lab, speed=self._speed, paused=self._paused, thread_factory=self._factory
        )
        live = self._recorded(make)
        return Course(live.history, run=live)

    def _recorded(self, make: Callable[..., LiveRun]) -> LiveRun:
        """Make a run that is recorded, each in a file of its own, if that was asked for.

        Raises RecordingError for the first, before there is a screen.
        """
        from qdash.recording import RecordingError

        path = self._record
        if path is None:
            return make()
        self._runs += 1
        if self._runs > 1:
            path = path.with_stem(f"{path.stem}-{self._runs}")
        try:
            live = make(record=path)
        except RecordingError as error:
            if not self.is_running:
                raise
            self.recording_problem = error
            self.notify(str(error), title=tr("not recorded"), severity="error", markup=False)
            return make()
        self.recorded.append(path)
        # Of a script that is played, they are told at the end: not in the midst of a talk.
        if self._runs > 1 and self.director is None:
            told = tr("this run is recorded in {file}").format(file=path.name)
            self.notify(told, markup=False)
        return live

    def _again(self, chosen: Scenario, settings: Mapping[str, Value], seed: int | None) -> None:
        """End this run, and be about another that has not begun."""
        lab = chosen.lab(settings, seed, self._times)
        self.close_lab()
        self.forget()
        self._show(chosen, lab)

    def begin_pair(
        self, first: Mapping[str, Value], second: Mapping[str, Value], seed: int
    ) -> None:
        """Begin two labs of the same scenario and seed, A and B, and show them side by side."""
        labs = [self.scenario.lab(each, seed, self._times) for each in (first, second)]
        if self.source.alive:
            self.close_lab()
        self.forget()
        self._show(self.scenario, labs[0])
        self.show_pair(self.course, self._course(labs[1]))
        for course in (self.other, self.course):
            assert course is not None
            assert course.run is not None
            course.run.source.start()
        self.tick()

    def replicate_both(
        self, first: Mapping[str, Value], second: Mapping[str, Value]
    ) -> Replications:
        """Begin to run both settings ``REPLICATIONS`` times each, in the background."""
        from qdash.sweeps.pairs import Pairs
        from qdash.sweeps.runner import plan

        how: Any = {"seed": self.state.header.seed, "replications": REPLICATIONS}
        plans = [
            plan(self.scenario.slug, settings=settings, times=self._times, **how)
            for settings in (first, second)
        ]
        pairs = Pairs(plans[0], plans[1], jobs=self.jobs)
        _ready_for_processes()
        pairs.start()
        return pairs

    def close_lab(self) -> None:
        """End the run: no thread and no task is left, and its recording is whole."""
        self._speed, self._paused = self.source.speed, not self.course.goes_on
        for course in (self.course, self.other):
            self._close(course)

    def _close(self, course: Course | None) -> None:
        if course is not None and course.run is not None:
            self.recording_problem = course.run.close() or self.recording_problem

    def on_load(self) -> None:
        """Begin, so that there is something to show in the first frame."""
        self.play_first()
        self.compare_first()
        if not self.source.alive:
            self.source.start()

    def on_mount(self) -> None:
        """List the lessons and demos, if that was asked for."""
        if self.lists_first:
            self.action_lessons()
        self.experiment_first()

    def on_unmount(self) -> None:
        """Leave nothing behind."""
        self.end_replications()
        self.close_bench()
        self.close_lab()

    # --- what a person asks for ------------------------------------------------------------------

    def change(self, command: Command) -> None:
        """Hand a command to the lab; what comes of it is shown in the very next frame."""
        if self.course.past:
            self.branch(command)
            return
        if self.director is not None:
            self.director.changed()
        self.send(command)

    def send(self, command: Command) -> None:
        """Let the lab carry out a command where it stands."""
        if isinstance(command, SetValue):
            self.note_asked(command)
            self.note_change(command)
        self.source.send(command)
        self.hurry()

    def branch(self, command: Command | None) -> None:
        """Run the same lab again up to the moment shown, and on from there with this command."""
        course = self.course
        if self.side_by_side:
            self.refuse(
                tr("two labs are side by side: n is the present, where either can be changed")
            )
            return
        if course.again is not None:
            self.refuse(tr("this course is still being run again: wait until that is done"))
            return
        make = partial(
            self.live.branch,
            course.moment.events,
            position=course.position,
            speed=course.speed,
            paused=False,
        )
        live = self._recorded(make)
        t = course.position
        self._close(self.begin_course(Course(live.history, run=live), command))
        self.note_branch(t, course)
        if self.director is not None:
            self.director.branched(t, course)
        if command is not None:
            self.change(command)
        self.source.start()
        self.draw()

    def set_value(self, name: str, value: Value) -> None:
        """Give a setting another value. ``value`` is in the setting's own type and range."""
        super().set_value(name, value)
        if name == "speed":
            assert value is None or isinstance(value, (int, float))
            self.note_speed(value)

    def action_pause(self) -> None:
        """Stand still, or go on."""
        super().action_pause()
        self.note_pause()

    def step(self) -> None:
        """Run one task, from one await to the next."""
        if self.director is not None and self.director.stands:
            self.refuse(tr("the script holds the lab here: enter goes on"))
            return
        self.source.step()
        self.hurry()

    def begin_again(self, seed: int) -> None:
        """Run the same lab anew, with the settings as they stand and this seed.

        Of a script that is played, this part begins again as the script has it.
        """
        if self.director is not None:
            same = seed == self.state.header.seed
            self.director.again(None if same else seed)
            self.tick()
        elif self.paired:
            which, beside = self.letter, self.side_by_side
            first, second = (course.moment.state.settings for course in self.sides)
            self.begin_pair(first, second, seed)
            if which == "A":
                self.action_other()
            self.side_by_side = beside
        else:
            self._again(self.scenario, self.state.settings, seed)
            self.source.start()
            self.tick()

    def action_reset(self, new_seed: bool = False) -> None:
        """Begin again with the settings as they stand."""
        self.begin_again(random.randrange(10_000) if new_seed else self.state.header.seed)

    def action_scenario(self, slug: str) -> None:
        """Run a scenario with the settings that it comes with; a script that is played ends."""
        seed = self.state.header.seed
        if self.director is not None:
            self.stop_playing()
            self.course.set_speed(1.0)
        self._again(scenario(slug), {}, seed)
        self.source.start()
        self.tick()

    # --- experiments -----------------------------------------------------------------------------

    def sweeps(self) -> Sweeps:
        """Return what plans sweeps and carries them out."""
        return _Runner(self._times, self.jobs)

    def new_draft(self) -> Draft:
        """Return a first proposal for the scenario that is shown, with its settings as they are."""
        from qdash.tui.study import draft

        chosen = self.scenario
        return draft(chosen.slug, self.state.settings, chosen.unused, self.state.header.seed)

    def open_run(self, opened: Opened) -> None:
        """Begin the lab of one run, to be seen live."""
        if self.director is not None:
            self.stop_playing()
            self.course.set_speed(1.0)
        self._again(scenario(opened.scenario), opened.settings, opened.seed)
        self.source.start()
        self.tick()

    # --- scripts ---------------------------------------------------------------------------------

    def will_play(self, name: str, script: Script | None, *, present: bool | None = None) -> None:
        """Play a script from the first frame on; of None, list those that ship."""
        super().will_play(name, script, present=present)
        if script is not None:
            self._runs, self.recorded = 0, []  # the lab that there is now is never begun

    def stop_playing(self) -> None:
        """Leave the script that is played, if one is; its lab is as it is."""
        super().stop_playing()
        if self.other is not None:
            self.other.hold(None)

    def load(self, name: str) -> Script:
        """Return a script that ships. Raises UnknownLesson and ScriptError."""
        from qdash.lessons import script

        return script(name, scenarios=ALL)

    def begin(self, act: Act, limit: float, speed: float | None) -> None:
        """Begin the lab of an act, which runs on, but no further than the virtual time ``limit``.

        ``speed`` is in virtual seconds a wall second; None is as fast as can be.
        """
        chosen = scenario(act.scenario)
        lab = chosen.lab(act.settings, act.seed)
        self.close_lab()
        self._speed, self._paused = speed, False
        self.forget()
        self._show(chosen, lab)
        self.course.hold(limit)
        self.source.start()


class _Runner:
    """Plans sweeps and carries them out, for a screen that knows no engine."""

    def __init__(self, times: Times | None, jobs: int | None) -> None:
        self._times = times
        self._jobs = jobs

    def plan(self, scenario: str, vary: Sequence[Vary], **how: Any) -> Plan:
        """Return the plan of a sweep: see ``qdash.sweeps.runner``."""
        from qdash.sweeps.runner import plan

        return plan(scenario, vary, times=self._times, **how)

    def carry_out(self, results: Results, *, progress: Callable[[Any], None]) -> None:
        """Run what is missing, by processes."""
        from qdash.sweeps.runner import carry_out

        _ready_for_processes()
        carry_out(results, jobs=self._jobs, progress=progress, apart=True)


def _ready_for_processes() -> None:
    """Start what looks after the processes of a sweep, before the first of them."""
    from multiprocessing import resource_tracker

    # It is handed the number of the file of sys.stderr, and Textual's stand-in has none.
    with redirect_stderr(sys.__stderr__):
        resource_tracker.ensure_running()


def play_app(
    name: str,
    script: Script | None,
    *,
    present: bool | None = None,
    times_as_fast: float | None = 1.0,
    **looks: Any,
) -> QDashApp:
    """Return an app that plays a script once it runs; of None it lists all that ship.

    ``name`` is that of the lesson or demo, or what its file is called; ``present`` is whether it is
    shown to a room, None leaves that to its kind. ``times_as_fast`` is how many times as fast as
    they say scripts are played, above 0; None is as fast as can be.
    """
    app = QDashApp(scenario(SLUGS[0] if script is None else script.scenario), {}, None, **looks)
    app.times_as_fast = times_as_fast
    app.will_play(name, script, present=present)
    return app
