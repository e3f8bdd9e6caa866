"""Experiments: the room of the app in which many runs are planned, and one of them is opened."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qdash.tui.shell import Shell
from qdash.words import Refusal, tr

if TYPE_CHECKING:
    from qdash.experiment.results import Results
    from qdash.tui.screens.experiment import Opened
    from qdash.tui.study import Draft
    from qdash.tui.sweeping import Bench, Carrier, Sweeps


class Experiment(Shell):
    """Keeps what is on the bench, for as long as the same scenario is shown."""

    def __init__(self, **looks: Any) -> None:
        super().__init__(**looks)
        self.bench: Bench | None = None
        """The experiment that was before the person last."""
        self.make_sweeping: Callable[[Sweeps, Results], Carrier] | None = None
        """What carries a sweep out instead of a thread with processes."""
        self._planned: Callable[[Draft], None] | None = None
        self._begins = False
        self._stood = False  # whether the lab stood still when the screen was opened

    # --- what the app does for it ----------------------------------------------------------------

    def sweeps(self) -> Sweeps:
        """Return what plans sweeps and carries them out."""
        raise NotImplementedError

    def new_draft(self) -> Draft:
        """Return a first proposal for the scenario that is shown, with its settings as they are."""
        raise NotImplementedError

    def open_run(self, opened: Opened) -> None:
        """Begin the lab of one run, to be seen live."""
        raise NotImplementedError

    # --- the bench -------------------------------------------------------------------------------

    def will_experiment(self, change: Callable[[Draft], None], *, begins: bool) -> None:
        """Open the experiment screen at the beginning, with the draft as ``change`` makes it.

        ``begins`` runs it at once.
        """
        self._planned, self._begins = change, begins

    def experiment_first(self) -> None:
        """Open what ``will_experiment`` was told of."""
        if self._planned is not None:
            self.action_experiment()
            if self._begins:
                self.call_after_refresh(self.screen.run_action, "screen.begin")

    def _laid_out(self) -> Bench:
        """Return the bench: as it was left, with the settings as they are now."""
        from qdash.tui.sweeping import Bench, Sweeping

        new = self.new_draft()
        bench = self.bench
        if bench is None or bench.draft.scenario != new.scenario:
            self.close_bench()
            if self._planned is not None:
                self._planned(new)
                self._planned = None
            bench = self.bench = Bench(new, self.sweeps(), self.make_sweeping or Sweeping)
        elif not self._is_run(bench, new):
            bench.draft.settings = new.settings
        return bench

    @staticmethod
    def _is_run(bench: Bench, now: Draft) -> bool:
        """Tell whether the lab that is shown is a run of the experiment: it is at a point of it."""
        study = bench.study
        return study is not None and any(
            study.plan.at(point) == now.settings for point in study.points
        )

    def close_bench(self) -> None:
        """End whatever goes on there; no process is left."""
        if self.bench is not None:
            self.bench.close()

    # --- what a person does ----------------------------------------------------------------------

    def action_experiment(self) -> None:
        """Plan many runs of the scenario that is shown; the lab stands still meanwhile."""
        from qdash.tui.screens.experiment import ExperimentScreen

        self._stood = self.course.paused or self.director is not None
        if not self._stood:
            self.course.pause_or_go()
        queues = tuple(self.state.queues)
        screen = ExperimentScreen(self._laid_out(), self.glyphs, queues)
        self.push_screen(screen, self._chosen)

    def _chosen(self, opened: Opened | None) -> None:
        if opened is not None:
            self.open_run(opened)
            self._stood = False
        if not self._stood and self.course.paused:
            self.course.pause_or_go()
        self.draw()

    def save_results(self, results: Results) -> None:
        """Write results into the current folder, as ``qdash sweep --resume`` reads them."""
        name = results.plan.scenario.replace("/", "-")
        try:
            path = _free(Path.cwd() / f"qdash-sweep-{name}.jsonl")
            results.write(path)
        except (Refusal, OSError) as error:
            self.notify(str(error), title=tr("not written"), severity="error", markup=False)
            return
        told = tr(
            "{done} runs are in {file}: qdash sweep --resume {file} prints them, and runs what is "
            "missing"
        )
        self.notify(
            told.format(done=f"{len(results):,}", file=path.name), title=tr("saved"), markup=False
        )


def _free(path: Path) -> Path:
    """Return the path of a file that is not there yet: with a number where there is one."""
    paths = (path.with_stem(f"{path.stem}-{number}") for number in count(2))
    return path if not path.exists() else next(each for each in paths if not each.exists())
