"""A sweep that goes on while a person looks at it: in a thread, its processes beside it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from qdash.events import Value
from qdash.experiment.grid import ASKED, Plan, Vary
from qdash.experiment.results import Results, Row
from qdash.tui.study import Draft, Study


class Progress(Protocol):
    """How far a sweep is: see ``qdash.sweeps.runner.Progress``."""

    @property
    def row(self) -> Row | None:
        """The run that has just been finished."""

    @property
    def left(self) -> float | None:
        """The seconds that the rest will take, if that can be said."""

    @property
    def lost(self) -> int:
        """How many processes died."""


class Sweeps(Protocol):
    """What plans sweeps and carries them out: ``qdash.sweeps.runner``, of which we know no more."""

    def plan(
        self,
        scenario: str,
        vary: Sequence[Vary],
        *,
        settings: Mapping[str, Value],
        replications: int,
        seed: int,
        warmup: float,
        until: float,
    ) -> Plan:
        """Return the plan, checked. Raises an error for people, made of one sentence."""

    def carry_out(self, results: Results, *, progress: Callable[[Any], None]) -> None:
        """Run what is missing. What ``progress`` raises ends it, and all of its processes."""


class Carrier(Protocol):
    """What carries out a sweep beside the screen: a ``Sweeping``, or what stands in its place."""

    left: float | None
    lost: int
    error: Exception | None

    @property
    def alive(self) -> bool:
        """Whether it still goes on."""

    def start(self) -> None:
        """Begin."""

    def drain(self) -> list[Row]:
        """Return the runs that were finished since the last time."""

    def stop(self) -> None:
        """End it soon."""

    def close(self) -> None:
        """End it, and wait for that."""


class _Stop(Exception):
    """The person has had enough."""


class Sweeping:
    """Carries out what ``results`` lacks; the rows are taken by ``drain``, here or never.

    ``results`` itself is left as it is: it belongs to whoever asked for it.
    """

    def __init__(self, sweeps: Sweeps, results: Results) -> None:
        self._sweeps = sweeps
        self._results = Results(results.plan)
        for row in results.rows:
            self._results.add(row)
        self._rows: deque[Row] = deque()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qdash-sweep")
        self.left: float | None = None
        """The seconds that the rest will take, if that can be said."""
        self.lost = 0
        """How many processes died; what they were at is run again."""
        self.error: Exception | None = None
        """What broke it off."""

    @property
    def alive(self) -> bool:
        """Whether it still goes on."""
        return self._thread.is_alive()

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def drain(self) -> list[Row]:
        """Return the runs that were finished since the last time."""
        return [self._rows.popleft() for _ in range(len(self._rows))]

    def stop(self) -> None:
        """End it, with all of its processes, as soon as can be; this does not wait."""
        self._stop.set()

    def close(self) -> None:
        """End it, and wait until no process is left."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._sweeps.carry_out(self._results, progress=self._told)
        except _Stop:
            pass
        except Exception as error:  # told on the screen, whatever it is
            self.error = error

    def _told(self, progress: Progress) -> None:
        if progress.row is not None:
            self._rows.append(progress.row)
        self.left, self.lost = progress.left, progress.lost
        if self._stop.is_set():
            raise _Stop


class Bench:
    """What is on the bench: what is asked for, what has come of it, and the sweep that goes on."""

    def __init__(
        self,
        draft: Draft,
        sweeps: Sweeps,
        make: Callable[[Sweeps, Results], Carrier] = Sweeping,
    ) -> None:
        self.draft = draft
        self.study: Study | None = None
        self.sweep: Carrier | None = None
        self.told = 0
        """How many runs the person was told there are, where that is many."""
        self._sweeps = sweeps
        self._make = make
        self._ending: list[Carrier] = []

    @property
    def runs(self) -> bool:
        """Whether a sweep goes on."""
        return self.sweep is not None and self.sweep.alive

    @property
    def stale(self) -> bool:
        """Whether something else is asked for than what has been run."""
        return self.study is None or not self.draft.asks_for(self.study.plan)

    @property
    def sure(self) -> bool:
        """Whether the person knows that so many runs are asked for."""
        return self.told == self.draft.runs

    @property
    def error(self) -> Exception | None:
        """What broke the sweep off."""
        return None if self.sweep is None else self.sweep.error

    def begin(self) -> bool:
        """Begin what is asked for, or go on with it; tell whether there was anything to do.

        Of very many runs it does nothing the first time. Raises an error for people.
        """
        draft = self.draft
        if self.stale:
            if draft.runs > ASKED and not self.sure:
                self._plan()  # which refuses what is too much
                self.told = draft.runs
                return False
            self.study = Study(self._plan(), draft.watch)
        assert self.study is not None
        self.told = 0
        if self.study.results.complete:
            return False
        self.end()
        self.sweep = self._make(self._sweeps, self.study.results)
        self.sweep.start()
        return True

    def _plan(self) -> Plan:
        draft = self.draft
        varied = {vary.name for vary in draft.vary}
        return self._sweeps.plan(
            draft.scenario,
            draft.vary,
            settings={name: v for name, v in draft.settings.items() if name not in varied},
            replications=draft.replications,
            seed=draft.seed,
            warmup=draft.warmup,
            until=draft.until,
        )

    def take(self) -> bool:
        """Take what was finished meanwhile; tell whether anything was."""
        if self.sweep is None or self.study is None:
            return False
        rows = self.sweep.drain()
        self.study.add(rows)
        return bool(rows)

    def end(self) -> None:
        """Stop; what was finished stays."""
        if self.sweep is not None:
            self.sweep.stop()
            self.take()
            self._ending = [sweep for sweep in (*self._ending, self.sweep) if sweep.alive]
            self.sweep = None

    def close(self) -> None:
        """Stop, and wait until no process is left."""
        self.end()
        for sweep in self._ending:
            sweep.close()
        self._ending.clear()
