"""The experiment screen: choose what to vary and to watch, and see the figures come."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen

from qdash.events import Value
from qdash.experiment.measures import measure, title
from qdash.settings import SETTINGS, SettingError
from qdash.tui.look import Glyphs
from qdash.tui.study import Study
from qdash.tui.sweeping import Bench
from qdash.tui.widgets.bar import Bar, Line, Piece, width_of
from qdash.tui.widgets.experiment_chart import ExperimentChart, MeasureChosen, PointChosen
from qdash.tui.widgets.experiment_form import ExperimentForm
from qdash.tui.widgets.experiment_table import ExperimentTable
from qdash.tui.widgets.experiment_text import values_of
from qdash.tui.widgets.stage_text import bar, crop
from qdash.tui.widgets.timeaxis_scale import length
from qdash.words import Refusal, mark, tr, trn

FRAMES: Final = 8
"""How many times a second what has come is shown."""
_BAR: Final = 24
_STEADY: Final = 28
"""From this height on the form keeps its lines, so that nothing below it jumps."""


class Opened(NamedTuple):
    """A run that a person wants to see live: the settings are complete."""

    scenario: str
    settings: dict[str, Value]
    seed: int


class ExperimentScreen(ModalScreen[Opened | None]):
    """Shows what is on the bench, and begins and ends its sweep.

    It is dismissed with the run to be seen live, or None.
    """

    AUTO_FOCUS = "ExperimentForm"
    BINDINGS: ClassVar[list[BindingType]] = [
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
        self.top.draw((self._top(width),))
        self.form.redraw()
        self.state.draw((self._state(width),))
        self.chart.show(study)
        self.table.show(study)
        self.point.draw((self._pointed(width, study),))
        self.hints.draw((self._hints(width),))

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

    def _top(self, width: int) -> Line:
        scenario = self.bench.draft.scenario
        left = (Piece(f" {tr('EXPERIMENT')}", "key"), Piece(f"  {scenario}", "value"))
        right = (Piece("esc", "key", "screen.back"), Piece(f" {tr('back to the lab')} ", "dim"))
        gap = width - width_of(left) - width_of(right)
        return (*left, Piece(" " * max(1, gap)), *(right if gap > 0 else ()))

    def _constant(self) -> str:
        """Say what is the same at every point."""
        draft = self.bench.draft
        varied = {vary.name for vary in draft.vary if len(vary.values) > 1}
        values = draft.settings | {vary.name: vary.values[0] for vary in draft.vary}
        read = {name: values[name] for name in draft.usable}
        names = [name for name in read if name not in varied and SETTINGS[name].matters(read)]
        same = values_of({name: read[name] for name in names})
        return tr("The same at every point: {settings}").format(settings=same) if names else ""

    def _state(self, width: int) -> Line:
        bench, study, glyphs = self.bench, self.bench.study, self._glyphs
        draft = bench.draft
        if bench.runs:
            button = Piece(f" {glyphs.stop} {tr('stop')} ", "chosen", "screen.begin")
        else:
            word = tr("start")
            if study is not None and not bench.stale and not study.results.complete:
                word = tr("go on")
            kind = "dim" if study is not None and not bench.stale and study.results.complete else ""
            button = Piece(f" {glyphs.play} {word} ", kind or "chosen", "screen.begin")
        parts = [Piece(" "), button, Piece(f" {tr('space')}  ", "dim", "screen.begin")]
        asked = trn("{count} run", "{count} runs", draft.runs).format(count=f"{draft.runs:,}")
        if study is not None and (bench.runs or not bench.stale):
            total = study.plan.grid.runs
            full, empty = bar(study.done / total, min(_BAR, width // 5), glyphs)
            parts += [Piece(full, "good"), Piece(empty, "dim"), Piece("  ")]
            words = tr("{done} of {total} runs").format(done=f"{study.done:,}", total=f"{total:,}")
            parts.append(Piece(words, "value"))
        elif bench.sure:
            words = tr("{runs} are many: space again begins them").format(runs=asked)
            parts.append(Piece(words, "bad"))
        else:
            parts.append(Piece(asked, "value"))
        parts += self._how_it_goes()
        out: list[Piece] = []
        for piece in parts:
            room = width - width_of(tuple(out))
            out.append(piece._replace(text=crop(piece.text, max(0, room), glyphs)))
        return tuple(out)

    def _how_it_goes(self) -> list[Piece]:
        """Say how long it takes, or why nothing goes on."""
        bench, study = self.bench, self.bench.study
        if bench.runs and bench.sweep is not None:
            left = bench.sweep.left
            words = tr("starting") if left is None else tr("{time} left").format(time=_time(left))
            parts = [Piece(f"  {words}", "dim")]
            if lost := bench.sweep.lost:
                said = trn("{count} process died", "{count} processes died", lost)
                parts.append(Piece(f"  {said.format(count=lost)}", "bad"))
            return parts
        if bench.error is not None:
            error = " ".join(str(bench.error).split()) or type(bench.error).__name__
            return [Piece(f"  {tr('broken off: {error}').format(error=error)}", "bad")]
        if study is None:
            return []
        if bench.stale:
            return [Piece(f"  {tr('asked for; below is what was run before')}", "dim")]
        if study.results.complete:
            return [Piece(f"  {tr('done')}", "good")]
        return [Piece(f"  {tr('stopped; what was run stays')}", "dim")]

    def _pointed(self, width: int, study: Study | None) -> Line:
        """Say what is pointed at, and what it came to in one run of it."""
        if study is None:
            return ()
        run = tr("run {number} of {count}, seed {seed}").format(
            number=f"{study.replication + 1:,}",
            count=f"{study.plan.replications:,}",
            seed=study.seed,
        )
        name = study.charted
        value = study.value(name)
        pieces = [
            Piece(f" {self._glyphs.more} ", "key"),
            Piece(values_of(study.point), "value"),
            Piece(f"  {run}", "plain"),
        ]
        if value is not None:
            said = tr("{measure} {value}").format(
                measure=title(name), value=measure(name).show(value)
            )
            pieces.append(Piece(f": {said}", "plain"))
        opens = (Piece("  enter", "key", "screen.open"), Piece(f" {tr('opens it live')} ", "dim"))
        room = width - width_of(opens)
        while len(pieces) > 2 and width_of(tuple(pieces)) > room:
            pieces.pop()
        pieces[1] = pieces[1]._replace(text=crop(pieces[1].text, max(0, room - 3), self._glyphs))
        gap = max(0, room - width_of(tuple(pieces)))
        return (*pieces, Piece(" " * gap), *opens)

    def _hints(self, width: int) -> Line:
        out: list[Piece] = [Piece(" ")]
        for key, action, words in (
            ("tab", "app.focus_next", tr("next part")),
            ("enter", "screen.enter", tr("type or open")),
            ("m", "screen.measure(1)", tr("next measure")),
            ("w", "screen.watch", tr("what to watch")),
            ("W", "screen.save", tr("save results")),
            ("t", "app.theme", tr("theme")),
            ("T", "screen.language", tr("language")),
            ("[ ]", "screen.run(1)", tr("other run")),
        ):
            hint = (Piece(key, "key", action), Piece(f" {words}  ", "dim", action))
            if width_of((*out, *hint)) > width:
                break
            out += hint
        return tuple(out)

    # --- what a person does ----------------------------------------------------------------------

    def action_begin(self) -> None:
        """Begin, or go on; while it runs, stop."""
        bench = self.bench
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
        self.bench.sure = False
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


def _time(seconds: float) -> str:
    """Return how long something takes, in whole seconds while that is short."""
    return f"{seconds:.0f} s" if seconds < 120 else length(seconds)
