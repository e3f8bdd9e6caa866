"""The experiment screen: choose what to vary and to watch, and see the figures come."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from qdash.events import Value
from qdash.settings import SETTINGS, SettingError
from qdash.tui.lasting import Lasting
from qdash.tui.look import Glyphs
from qdash.tui.sweeping import Bench
from qdash.tui.widgets.bar import Bar
from qdash.tui.widgets.experiment_bars import (
    IN_FIGURES,
    IN_FORM,
    TYPING,
    Key,
    keys_line,
    point_line,
    state_line,
    top_line,
)
from qdash.tui.widgets.experiment_chart import ExperimentChart
from qdash.tui.widgets.experiment_form import ExperimentForm
from qdash.tui.widgets.experiment_pointing import MeasureChosen, PointChosen
from qdash.tui.widgets.experiment_table import ExperimentTable
from qdash.tui.widgets.experiment_text import values_of
from qdash.words import Refusal, mark, tr

FRAMES: Final = 8
"""How many times a second what has come is shown."""
_STEADY: Final = 28
"""From this height on the form keeps its lines, so that nothing below it jumps."""


class Opened(NamedTuple):
    """A run that a person wants to see live: the settings are complete."""

    scenario: str
    settings: dict[str, Value]
    seed: int


class ExperimentScreen(Lasting, ModalScreen[Opened | None]):
    """Shows what is on the bench, and begins and ends its sweep.

    It is dismissed with the run to be seen live, or None.
    """

    AUTO_FOCUS = "ExperimentForm"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", mark("help"), key_display="?"),
        Binding("escape", "back", mark("back"), key_display="esc"),
        Binding("q,M", "dismiss(None)", mark("back"), show=False),
        Binding("space", "begin", mark("begin or stop"), key_display="space"),
        Binding("m", "measure(1)", mark("next measure"), key_display="m"),
        Binding("w", "watch", mark("what to watch"), key_display="w"),
        Binding("tab", "app.focus_next", mark("next part"), key_display="tab"),
        Binding("left_square_bracket", "run(-1)", mark("run before"), key_display="["),
        Binding("right_square_bracket", "run(1)", mark("next run"), key_display="]"),
        Binding("W", "save", mark("save results"), key_display="W"),
        Binding("ctrl+q", "app.quit", mark("quit"), show=False),
        Binding("t", "app.theme", mark("theme"), show=False),
        Binding("T", "language", mark("language"), show=False),
    ]
    DEFAULT_CSS = """
    ExperimentScreen { background: $background; overflow: hidden; }
    ExperimentScreen #experiment-top { background: $panel; }
    ExperimentScreen #experiment-form { background: $surface; }
    ExperimentScreen #experiment-state { background: $surface; }
    ExperimentScreen #experiment-chart { height: 1fr; }
    ExperimentScreen #experiment-point { background: $panel; }
    ExperimentScreen #experiment-keys { background: $background; }
    """

    def __init__(self, bench: Bench, glyphs: Glyphs, queues: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.bench = bench
        self._glyphs = glyphs
        self._queues = queues
        self._told: Exception | None = None
        self.top = Bar(id="experiment-top")
        self.form = ExperimentForm(bench.draft, glyphs, id="experiment-form")
        self.state = Bar(id="experiment-state")
        self.chart = ExperimentChart(glyphs, id="experiment-chart")
        self.table = ExperimentTable(glyphs, id="experiment-table")
        self.point = Bar(id="experiment-point")
        self.hints = Bar(id="experiment-keys")

    def compose(self) -> ComposeResult:
        """Make the parts."""
        yield from (
            self.top,
            self.form,
            self.state,
            self.chart,
            self.table,
            self.point,
            self.hints,
        )

    def on_mount(self) -> None:
        """Show what comes from now on."""
        self.set_interval(1 / FRAMES, self.tick)
        if self.bench.study is not None:
            self.chart.focus()
        self.call_after_refresh(self.show)

    def on_unmount(self) -> None:
        """Nothing goes on unseen; what there is stays on the bench."""
        self.bench.end()

    def on_resize(self) -> None:
        """Share out the screen anew."""
        self.call_after_refresh(self.show)

    # --- what is shown ---------------------------------------------------------------------------

    def tick(self) -> None:
        """Take what was finished, and show it."""
        bench = self.bench
        if bench.take() or bench.sweep is not None:
            self.show()
        error = bench.error
        if error is not None and error is not self._told:
            self._told = error
            text = " ".join(str(error).split()) or type(error).__name__
            self.app.notify(text, title=tr("the sweep broke off"), severity="error", markup=False)

    def show(self) -> None:
        """Show all that there is."""
        width, height = self.size
        if not width or not self.is_attached:
            return
        study = self.bench.study
        draft = self.bench.draft
        self.form.charted = study.charted if study is not None else draft.watch[0]
        self.form.note = self._constant()
        self._share_out(width, height)
        self.top.draw((top_line(draft.scenario, width),))
        self.form.redraw()
        self.state.draw((state_line(self.bench, width, self._glyphs),))
        self.chart.show(study)
        self.table.show(study)
        self.point.draw((point_line(study, width, self._glyphs),))
        self.hints.draw((keys_line(self._keys(), width, self._glyphs),))

    def _share_out(self, width: int, height: int) -> None:
        """Give the form and the table the lines they need, and the chart the rest."""
        form = self.form.lines_wanted(width, steady=height >= _STEADY)
        left = height - form - 4
        study = self.bench.study
        rows = 0 if study is None else len(study.points) + 1
        table = min(rows, max(4, left * 2 // 5))
        if study is not None and len(study.across) > 1:
            # As tall tiles as leave the table a third of the lines; beside them a map has four.
            values = len(study.plan.vary[0].values)
            rest = [left - 4 - tall * values for tall in (5, 4, 3, 2, 1)]
            table = min(rows, next((r for r in rest if r >= max(4, left // 3)), max(4, rest[-1])))
        for widget, lines in ((self.form, form), (self.table, table)):
            if widget.styles.height is None or widget.styles.height.value != lines:
                widget.styles.height = lines

    def _keys(self) -> tuple[Key, ...]:
        """Return the keys that are of use where the person is."""
        if not self.form.has_focus:
            return IN_FIGURES
        return IN_FORM if self.form.typed is None else TYPING

    def _constant(self) -> str:
        """Say what is the same at every point."""
        draft = self.bench.draft
        varied = {vary.name for vary in draft.vary if len(vary.values) > 1}
        values = draft.settings | {vary.name: vary.values[0] for vary in draft.vary}
        read = {name: values[name] for name in draft.usable}
        names = [name for name in read if name not in varied and SETTINGS[name].matters(read)]
        same = values_of({name: read[name] for name in names})
        return tr("The same at every point: {settings}").format(settings=same) if names else ""

    # --- what a person does ----------------------------------------------------------------------

    def action_begin(self) -> None:
        """Begin, or go on; while it runs, stop."""
        bench = self.bench
        if not self.form.give():
            return
        if bench.runs:
            bench.end()
        else:
            try:
                begun = bench.begin()
            except (Refusal, SettingError) as error:
                self.form.refuse(str(error))
                return
            if begun and self.form.has_focus:
                self.chart.focus()
        self.show()

    def action_back(self) -> None:
        """Take back what was typed; else close."""
        if not (self.form.has_focus and self.form.take_back()):
            self.dismiss(None)

    def action_enter(self) -> None:
        """Type into the form, or open the point, whichever has the focus."""
        if self.form.has_focus:
            self.form.action_enter()
        else:
            self.action_open()

    def action_open(self) -> None:
        """See the point live."""
        study = self.bench.study
        if study is not None:
            plan = study.plan
            self.dismiss(Opened(plan.scenario, plan.at(study.point), study.seed))

    def action_measure(self, by: int) -> None:
        """Have the next measure in the chart, or the one before."""
        study = self.bench.study
        if study is not None:
            study.chart(study.measure + by)
            self.show()

    def action_run(self, by: int) -> None:
        """Point at the next run of the point, or the one before."""
        study = self.bench.study
        if study is not None:
            study.choose_run(by)
            self.show()

    def action_watch(self) -> None:
        """Choose what to watch from all that can be."""
        from qdash.tui.screens.experiment_watch import WatchScreen

        def chosen(watch: tuple[str, ...] | None) -> None:
            if watch:
                self.bench.draft.watch = watch
                if self.bench.study is not None:
                    self.bench.study.look_at(watch)
            self.show()

        self.app.push_screen(WatchScreen(self.bench.draft.watch, self._queues), chosen)

    def action_help(self) -> None:
        """Tell what can be done here, and what the figures are."""
        from qdash.tui.screens.experiment_help import ExperimentHelp

        parts = (
            (mark("Anywhere"), self.BINDINGS),
            (mark("In the form"), self.form.BINDINGS),
            (mark("In the chart"), self.chart.BINDINGS),
            (mark("In the table"), self.table.BINDINGS),
        )
        self.app.push_screen(ExperimentHelp(parts))

    def action_language(self) -> None:
        """Speak the next language."""
        self.app.action_language()  # type: ignore[attr-defined]
        self.show()

    def action_save(self) -> None:
        """Write the results into the current folder, as ``qdash sweep --resume`` reads them."""
        study = self.bench.study
        if study is not None:
            self.app.save_results(study.results)  # type: ignore[attr-defined]

    def on_experiment_form_changed(self, message: ExperimentForm.Changed) -> None:
        """Something else is asked for."""
        self.show()

    def on_experiment_form_resized(self, message: ExperimentForm.Resized) -> None:
        """The form explains something else."""
        self.show()

    def on_experiment_form_listed(self, message: ExperimentForm.Listed) -> None:
        """The list of all measures was asked for."""
        self.action_watch()

    def on_experiment_form_charted(self, message: ExperimentForm.Charted) -> None:
        """Another measure was asked for."""
        self.action_measure(message.by)

    def on_point_chosen(self, message: PointChosen) -> None:
        """A point was pointed at."""
        study = self.bench.study
        if study is not None:
            study.point_at(message.at)
            self.show()
            if message.opened:
                self.action_open()

    def on_measure_chosen(self, message: MeasureChosen) -> None:
        """A measure was pointed at."""
        study = self.bench.study
        if study is not None:
            study.chart(message.measure)
            self.show()
