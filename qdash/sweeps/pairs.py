"""Two settings of one scenario, each run with the same seeds, in the background."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from qdash.events import Value
from qdash.experiment.grid import seed_of
from qdash.measured import Times
from qdash.sweeps.pool import Pool, processors
from qdash.sweeps.replicate import Job, replicate
from qdash.sweeps.runner import UNTIL, WARM

Figures = dict[str, float | None]

_PATIENCE: Final = 2.0  # seconds for the processes to end


class Pairs:
    """Runs two complete settings of a scenario ``replications`` times each, in other processes.

    The n-th run of one has the seed of the n-th run of the other; seeds are those of a sweep whose
    seed is ``seed``. A run lasts as long as one of a sweep does, and its warm-up is left out.
    ``times`` were measured: what the settings ``arrivals`` and ``work`` mean by ``file``.
    """

    def __init__(
        self,
        scenario: str,
        first: Mapping[str, Value],
        second: Mapping[str, Value],
        *,
        seed: int,
        replications: int,
        times: Times | None = None,
    ) -> None:
        self._jobs = [
            _job(scenario, settings, seed_of(seed, number))
            for number in range(replications)
            for settings in (first, second)
        ]
        self._replicate = partial(replicate, times=times)
        self.done = 0
        """How many runs are finished."""
        self.total = len(self._jobs)
        """How many there are."""
        self.found: list[tuple[Figures, Figures]] | None = None
        """The figures of each pair, once all are finished."""
        self.why = ""
        """What went wrong, or ""."""
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="qdash-pairs", daemon=True)

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
            self._go()
        except Exception as error:
            self.why = str(error)  # nothing of this thread is silent

    def _go(self) -> None:
        answers: list[Any] = [None] * self.total
        with Pool(min(processors(), self.total), self._replicate, lambda: None) as pool:
            for answer in pool.run(self._jobs):
                if self._ended:
                    return
                if answer is not None:
                    number, answers[number] = answer
                    self.done += 1
        self.found = list(zip(answers[::2], answers[1::2], strict=True))


def _job(scenario: str, settings: Mapping[str, Value], seed: int) -> Job:
    ends = settings["items"] is not None
    return Job(scenario, dict(settings), seed, UNTIL, 0.0 if ends else UNTIL * WARM)
