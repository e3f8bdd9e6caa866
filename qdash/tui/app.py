"""The app: the only place that knows both the lab and the screen.

It drains the lab's events thirty times a second, folds them into the state, shows one view of it,
and turns what a person does into commands.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import App, SystemCommand
from textual.binding import BindingType
from textual.screen import Screen

from qdash import events as ev
from qdash.commands import DISTURBANCES, Command, Inject, SetValue
from qdash.engine import Lab
from qdash.engine.failures import short_traceback
from qdash.engine.thread import LabThread
from qdash.engine.watching import say
from qdash.events import Event, Value
from qdash.live import LiveRun
from qdash.player import Player
from qdash.scenarios import SLUGS, Scenario, scenario
from qdash.settings import SETTINGS, SettingError
from qdash.state import Failure, State
from qdash.tui.controls import bindings
from qdash.tui.look import ASCII, DARK, LIGHT, THEME_VARIABLES, UNICODE
from qdash.tui.messages import PartFailed, SettingNudged, SettingTyped, WorkerChosen
from qdash.tui.screens.main import MainScreen
from qdash.tui.view import View

if TYPE_CHECKING:
    from qdash.recording import RecordingError

CONTROLS: Final = bindings(SLUGS)
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


class QDashApp(App[int]):
    """The dashboard of one scenario at a time.

    ``thread_factory`` makes the source of events of a lab that is not started, with the face of a
    ``LabThread``; ``record`` is the file into which the events go, a further one with a number
    for each reset.
    """

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "qdash"
    AUTO_FOCUS = None
    BINDINGS: ClassVar[list[BindingType]] = list(CONTROLS)
    COMMANDS = App.COMMANDS | {lambda: _setting_commands()}

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
        thread_factory: Callable[..., LabThread] = LabThread,
    ) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = self._styled = LIGHT.name if theme == "light" else DARK.name
        self.stylesheet.set_variables(self.get_css_variables())
        self.glyphs = ASCII if ascii else UNICODE
        self.set_class(ascii, "-ascii")
        self.scenario = scenario
        self.selected = ""
        self.player: Player | None = None
        """Where in the past the person is; None is now."""
        self._went_on = False  # whether the lab ran when the person went back
        self._speed, self._paused = speed, False
        self._record, self._runs = record, 0
        self._factory = thread_factory
        self.recording_problem: RecordingError | None = None
        """Why something is missing in a recording, for the person to be told at the end."""
        self._asked: dict[str, tuple[Value, int]] = {}
        self._own_failures: list[Failure] = []
        self._quiet_until = 0.0
        self._moment: tuple[object, ...] = ()
        self._stale, self._drawn, self._calm = True, 0.0, 0.0
        self.main = MainScreen()
        self.live = self._make_live(scenario.lab(settings, seed))

    # --- one run after another -------------------------------------------------------------------

    @property
    def state(self) -> State:
        """What is known of the present run."""
        return self.live.history.now.state

    @property
    def source(self) -> LabThread:
        """The lab's thread, or what stands in its place."""
        return self.live.source

    def _make_live(self, lab: Lab) -> LiveRun:
        """Make everything that belongs to one run; nothing happens in it yet.

        Each run is recorded in a file of its own. Raises RecordingError for the first only.
        """
        from qdash.recording import RecordingError

        self._runs += 1
        path = self._record
        if path is not None and self._runs > 1:
            path = path.with_stem(f"{path.stem}-{self._runs}")
        make = partial(
            LiveRun, lab, speed=self._speed, paused=self._paused, thread_factory=self._factory
        )
        try:
            live = make(record=path)
        except RecordingError as error:
            if self._runs == 1:
                raise
            self.recording_problem = error
            self.notify(str(error), title="not recorded", severity="error", markup=False)
            return make()
        if path is not None and self._runs > 1:
            self.notify(f"this run is recorded in {path.name}", markup=False)
        return live

    def _again(self, chosen: Scenario, settings: Mapping[str, Value], seed: int) -> None:
        """End this run and begin another."""
        lab = chosen.lab(settings, seed)
        self.close_lab()
        self.scenario, self.selected, self.player = chosen, "", None
        self._asked.clear()
        self._own_failures.clear()
        self.live = self._make_live(lab)
        self.main.forget()
        self.main.strip.use(chosen.unused)
        self.source.start()
        self.tick()

    def close_lab(self) -> None:
        """End the run: no thread and no task is left, and its recording is whole."""
        self._speed, self._paused = self.source.speed, self.source.paused
        self.recording_problem = self.live.close() or self.recording_problem

    def get_default_screen(self) -> Screen[Any]:
        """Return the screen with the lab on it."""
        return self.main

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours that themes other than ours do not define."""
        return THEME_VARIABLES

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew for another theme.

        Textual asks for it at the start too, when all has just been styled for the first theme.
        """
        if self.theme != self._styled:
            self._styled = self.theme
            super().refresh_css(animate)

    def on_load(self) -> None:
        """Begin, so that there is something to show in the first frame."""
        self.main.strip.use(self.scenario.unused)
        self.source.start()

    def on_mount(self) -> None:
        """Show what happens from now on."""
        self.set_interval(1 / FRAME_RATE, self._frame)

    def on_unmount(self) -> None:
        """Leave nothing behind."""
        self.close_lab()

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

    def _fold(self) -> int:
        """Fold events for as long as a frame may; return how many there were."""
        folded = self.live.fold(FOLD_SECONDS, _TOLD, self._tell)
        source = self.source
        if self.player is not None and self.player.tick(FOLD_SECONDS):
            self._stale = True
            if self.player.at_end:
                self.action_now()
        moment = (source.position, source.paused, source.speed, source.lagging)
        self._stale = self._stale or folded > 0 or moment != self._moment
        self._moment = moment
        return folded

    def draw(self) -> None:
        """Show one view of the state as it is."""
        self._stale, self._drawn = False, monotonic()
        self._calm = 1 / CALM_RATE - 0.5 / FRAME_RATE
        if self.main.is_attached:
            self.main.show(self.make_view())

    def make_view(self) -> View:
        """Return what is known now, for the widgets to draw."""
        history, source, player = self.live.history, self.source, self.player
        moment = history.now if player is None else player.moment
        state = moment.state
        worker = state.workers.get(self.selected)
        if worker is None or not worker.alive:
            self.selected = ""
        # The position goes on with the wall; the clock of a run that is over stands.
        now = state.t if state.ended else max(source.position, state.t)
        return View(
            state=state,
            timeline=moment.timeline,
            history=history,
            position=now if player is None else player.position,
            speed=source.speed if player is None else player.speed,
            paused=source.paused if player is None else player.paused,
            lagging=source.lagging,
            glyphs=self.glyphs,
            selected=self.selected,
            past=player is not None,
            title=f"{SLUGS.index(self.scenario.slug) + 1} {self.scenario.slug}",
        )

    def _tell(self, event: Event) -> None:
        """Say aloud what a person must not miss."""
        if isinstance(event, ev.SettingChanged):
            self._answered(event.name)
        elif isinstance(event, ev.Refused):
            self._answered(event.what)
            self.main.strip.refuse(event.what, event.why)
            self.notify(event.why, title="refused", severity="warning", markup=False)
        elif isinstance(event, ev.WorkerEnded) and event.traceback:
            self._tell_failure(event.worker, event.error)
        elif isinstance(event, ev.LoopError):
            self._tell_failure("the lab", event.error)

    def on_part_failed(self, message: PartFailed) -> None:
        """A part of the screen could not draw: the lab, the recording and the rest go on."""
        who, error = f"the screen's {message.name}", message.error
        self._own_failures.append(Failure(self.state.t, who, say(error), short_traceback(error)))
        self._quiet_until = 0.0
        self._tell_failure(who, say(error))

    def _tell_failure(self, who: str, error: str) -> None:
        if monotonic() >= self._quiet_until:
            self._quiet_until = monotonic() + _QUIET_SECONDS
            text = f"{who} failed: {error}; press v for the traceback"
            self.notify(text, title="failure", severity="error", markup=False)

    def _send(self, command: Command) -> None:
        """Hand a command to the lab; what comes of it is shown in the very next frame."""
        self.source.send(command)
        self._calm = 0.0

    # --- settings --------------------------------------------------------------------------------

    def value_of(self, name: str) -> Value:
        """Return the setting's value, as it will be when the lab has done what it was asked."""
        if name == "speed":
            return self.source.speed
        if name == "seed":
            return self.state.header.seed
        return self._asked[name][0] if name in self._asked else self.state.settings[name]

    def set_value(self, name: str, value: Value) -> None:
        """Give a setting another value. ``value`` is in the setting's own type and range."""
        if name == "speed":
            assert value is None or isinstance(value, (int, float))
            self.source.set_speed(value)
        elif name == "seed":
            assert isinstance(value, int)
            self._again(self.scenario, self.state.settings, value)
        else:
            # Until the lab answers, the next nudge goes on from the value asked for.
            self._asked[name] = (value, self._asked.get(name, (None, 0))[1] + 1)
            self._send(SetValue(name, value))
        self.draw()

    def _answered(self, name: str) -> None:
        value, open_ = self._asked.pop(name, (None, 0))
        if open_ > 1:
            self._asked[name] = (value, open_ - 1)

    def on_setting_typed(self, message: SettingTyped) -> None:
        """A value was typed, or chosen by its text."""
        try:
            self.set_value(message.name, SETTINGS[message.name].parse(message.text))
        except SettingError as error:
            self.main.strip.refuse(message.name, str(error))
            self.notify(str(error), title="refused", severity="warning", markup=False)

    def on_setting_nudged(self, message: SettingNudged) -> None:
        """An arrow was pressed or clicked."""
        self.action_nudge(message.name, message.by)

    def action_nudge(self, name: str, by: int) -> None:
        """Go to the next value of a setting, up or down."""
        old = self.value_of(name)
        new = SETTINGS[name].nudge(old, by)
        if new != old:
            self.set_value(name, new)

    def action_edit(self, name: str = "") -> None:
        """Go to the settings; with a name, to type its value."""
        strip = self.main.strip
        if name:
            strip.action_type(list(SETTINGS).index(name))
        else:
            strip.focus()

    # --- time ------------------------------------------------------------------------------------

    def action_travel(self, by: str, count: float) -> None:
        """Go to and fro in the past: by ``events``, ``steps`` or ``seconds``; back halts the lab.

        A step on from now is a step of the lab.
        """
        if self.player is None:
            if count > 0:
                if by == "steps":
                    self.action_step()
                return
            self._went_on = not self.source.paused
            self.source.pause()
            self.player = Player(self.live.history, self.source.speed)
        getattr(self.player, f"by_{by}")(count)
        self.draw()

    def action_now(self) -> None:
        """Return from the past to what happens now."""
        if self.player is not None:
            self.player = None
            if self._went_on:
                self.source.resume()
            self.draw()

    def action_pause(self) -> None:
        """Stand still, or go on."""
        if self.player is not None:
            (self.player.play if self.player.paused else self.player.pause)()
        elif self.source.paused:
            self.source.resume()
        else:
            self.source.pause()
        self.draw()

    def action_step(self) -> None:
        """Run one task, from one await to the next."""
        self.source.step()
        self._calm = 0.0

    def action_free(self) -> None:
        """Go as fast as the processor can; or back to the usual speed."""
        self.set_value("speed", 1.0 if self.source.speed is None else None)

    def action_reset(self, new_seed: bool = False) -> None:
        """Begin again with the settings as they stand."""
        seed = random.randrange(10_000) if new_seed else self.state.header.seed
        self._again(self.scenario, self.state.settings, seed)

    def action_scenario(self, slug: str) -> None:
        """Run a scenario with the settings that it comes with."""
        self._again(scenario(slug), {}, self.state.header.seed)

    # --- workers and disturbances ----------------------------------------------------------------

    def on_worker_chosen(self, message: WorkerChosen) -> None:
        """A worker was clicked; clicked again, it is not chosen any more."""
        self.selected = "" if message.name == self.selected else message.name
        self.draw()

    def action_choose(self, by: int) -> None:
        """Choose the next worker, or the one before."""
        names = [worker.name for worker in self.state.live()]
        if names:
            at = names.index(self.selected) + by if self.selected in names else min(by, 0)
            self.selected = names[at % len(names)]
            self.draw()

    def action_disturb(self) -> None:
        """List the disturbances, to inject one."""
        from qdash.tui.screens.disturb import DisturbScreen

        def chosen(name: str | None) -> None:
            if name:
                self.action_inject(name, ask=DISTURBANCES[name].amount is not None)

        self.push_screen(DisturbScreen(self._chosen_target), chosen)

    def action_inject(self, name: str, ask: bool = False) -> None:
        """Inject a disturbance; ask at whom it is aimed, where that is not clear."""
        from qdash.tui.screens.disturb import TargetScreen

        definition = DISTURBANCES[name]
        target = self._chosen_target(name)
        if target is not None and not ask:
            self._send(Inject(name, target))
            return

        def given(command: Inject | None) -> None:
            if command is not None:
                self._send(command)

        self.push_screen(TargetScreen(definition, self._targets(name), target or ""), given)

    def _targets(self, name: str) -> list[str]:
        if DISTURBANCES[name].target == "queue":
            return list(self.state.queues)
        return [worker.name for worker in self.state.live()]

    def _chosen_target(self, name: str) -> str | None:
        """Return the target where it is clear, else None."""
        targets = self._targets(name)
        if DISTURBANCES[name].target == "worker" and self.selected in targets:
            return self.selected
        return (targets or [""])[0] if len(targets) < 2 else None

    # --- the screen ------------------------------------------------------------------------------

    def action_failures(self) -> None:
        """Show what failed, with its traceback."""
        from qdash.tui.screens.failures import FailuresScreen

        self.push_screen(FailuresScreen(self.state, self._own_failures))

    def action_help(self) -> None:
        """Show every key, setting and disturbance."""
        from qdash.tui.screens.help import HelpScreen

        self.push_screen(HelpScreen(self.scenario))

    def action_theme(self) -> None:
        """Change between light and dark."""
        self.theme = DARK.name if self.theme == LIGHT.name else LIGHT.name

    def action_zoom(self, by: int) -> None:
        """Show more or less of the past."""
        (self.main.axis.action_zoom_in if by > 0 else self.main.axis.action_zoom_out)()
        self.draw()

    def action_everyday(self) -> None:
        """Let the log show everyday work too, or not."""
        self.main.event_log.action_everyday()

    def action_maximise(self) -> None:
        """Enlarge the next panel in turn."""
        self.main.maximise()
        self.draw()

    def action_fold(self, name: str) -> None:
        """Fold a panel away, or back."""
        self.main.fold(name)
        self.draw()

    def action_leave(self) -> None:
        """Choose no worker, enlarge no panel, leave what has the focus."""
        self.selected, self.main.biggest = "", ""
        self.main.set_focus(None)
        self.draw()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every binding is in the palette too, by its name."""
        for binding in CONTROLS:
            if binding.action not in ("command_palette", "leave"):
                group = binding.group.description if binding.group else ""
                title = f"{group}: {binding.description}  ({binding.key_display})"
                yield SystemCommand(title, binding.tooltip, self._runner(binding.action))

    def _runner(self, action: str) -> Callable[[], Any]:
        async def run() -> None:
            await self.run_action(action)

        return run


_TOLD: Final[frozenset[type[Event]]] = frozenset(
    {ev.SettingChanged, ev.Refused, ev.WorkerEnded, ev.LoopError}
)


def _setting_commands() -> Any:
    from qdash.tui.screens.palette import SettingCommands

    return SettingCommands


def run_dashboard(
    scenario: Scenario,
    settings: Mapping[str, Value],
    seed: int | None = None,
    *,
    speed: float | None = 1.0,
    ascii: bool = False,
    theme: str = "dark",
    record: Path | None = None,
) -> int:
    """Run the dashboard until the person quits; return the exit status.

    Raises RecordingError when the file cannot be begun, or does not hold all that happened.
    """
    app = QDashApp(scenario, settings, seed, speed=speed, ascii=ascii, theme=theme, record=record)
    try:
        app.run()
    finally:
        app.close_lab()  # whatever went wrong in a widget, the recording is whole
    if app.recording_problem is not None:
        raise app.recording_problem
    return app.return_code or 0
