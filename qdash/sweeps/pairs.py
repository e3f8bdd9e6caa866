"""Two settings of one scenario, each run with the same seeds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeAlias

from qdash.experiment.grid import Plan
from qdash.sweeps.pool import Pool, processors
from qdash.sweeps.replicate import Job, replicate

Figures: TypeAlias = dict[str, float | None]

_PATIENCE: Final = 2.0  # seconds for the processes to end


class Pairs:
    """Runs two plans that vary nothing, the n-th run of one with the seed of the n-th of the other.

    They share scenario, seed and replications, and differ by their settings. ``jobs`` is how many
    processes share the runs: None is one a processor, with 1 they are run in this one.
    """

    def __init__(self, first: Plan, second: Plan, *, jobs: int | None = None) -> None:
        self._todo = [
            Job(plan.scenario, plan.settings, seed, plan.until, plan.warmup)
            for seed in first.seeds
            for plan in (first, second)
        ]
        self._replicate = partial(replicate, times=first.times)
        self._workers = min(processors() if jobs is None else jobs, len(self._todo))
        self.done = 0
        """How many runs are finished."""
        self.total = len(self._todo)
        """How many there are."""
        self.found: list[tuple[Figures, Figures]] | None = None
        """The figures of each pair, once all are finished."""
        self.why = ""
        """What went wrong in the background, or ""."""
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="qdash-pairs", daemon=True)

    def run(self, tell: Callable[[], object] = lambda: None) -> None:
        """Run them all; ``tell`` is called now and then. Raises SweepError."""
        answers: list[Any] = [None] * self.total
        if self._workers > 1:
            with Pool(self._workers, self._replicate, lambda: None) as pool:
                for answer in pool.run(self._todo):
                    if self._ended:
                        return
                    if answer is not None:
                        number, answers[number] = answer
                        self.done += 1
                    tell()
        else:
            for number, job in enumerate(self._todo):
                answers[number] = self._replicate(job)
                self.done += 1
                tell()
        self.found = list(zip(answers[::2], answers[1::2], strict=True))

    # --- in the background -----------------------------------------------------------------------

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def end(self, wait: bool = False) -> None:
        """Stop; with ``wait`` the processes are gone when this returns."""
        self._ended = True
        if wait and self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def _run(self) -> None:
        try:
            self.run()
        except Exception as error:
            self.why = str(error)  # nothing of this thread is silent
