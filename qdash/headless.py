"""A scenario without a screen: run free on virtual time, and told in figures."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Final

import msgspec

from qdash.advice import check, rule
from qdash.engine.lab import Lab
from qdash.engine.loop import Outcome
from qdash.events import Event, Value
from qdash.measured import Times
from qdash.recording import Recorder
from qdash.scenarios import scenario as find
from qdash.settings import DURATION, SettingError
from qdash.state import State
from qdash.stats import Stats
from qdash.words import Sentence, mark

_MINUTE: Final = 60.0  # virtual seconds for a run that nothing else would end
_SLICE: Final = 20_000  # callbacks between two looks at the progress
_STANDSTILL: Final = 1_000_000  # callbacks in which no item moved, after which none will

_ENDINGS: Final = {
    Outcome.IDLE: mark("stuck"),
    Outcome.LIMIT: mark("time is up"),
    Outcome.BUDGET: mark("standing still"),
}

_ENDED: Final = {
    "finished": mark("finished"),
    "cancelled": mark("cancelled"),
    "failed": mark("failed"),
}
"""How a main coroutine ends, in the words in which it is printed."""

Progress = Callable[[float], object]


def run(
    scenario: str,
    *,
    seed: int | None = None,
    until: float | None = None,
    record: str | Path | None = None,
    progress: Progress | None = None,
    without: Collection[str] = frozenset(),
    times: Times | None = None,
    **settings: Value,
) -> dict[str, Any]:
    """Run a scenario on virtual time, as fast as it goes, and return its figures.

    ``until`` is in virtual seconds; without it the run ends when the scenario does, or, where the
    setting ``items`` sets no end, after a minute. ``settings`` are those of the lab by name. The
    events are written to the file ``record``. ``progress`` is called now and then with the part
    that is done, from 0 to 1. ``without`` names rules that are not to give advice. ``times`` were
    measured (see ``qdash.measured.read``): what the settings ``arrivals`` and ``work`` mean by
    ``file``. The result is what ``qdash run --json`` prints: depth figures are averages over time,
    wait figures over items, all times in virtual seconds but ``wall``.

    Raises UnknownScenario, UnknownRule or SettingError for wrong input, and RecordingError when the
    file cannot be written. A scenario that fails raises nothing here: the error stands in the
    result, with the worker ``main``.
    """
    for name in without:
        rule(name)
    with Run(scenario, settings, seed=seed, until=until, record=record, times=times) as this:
        this.go(progress)
    return this.result(without)


class Run:
    """One run without a screen. As a context manager it leaves nothing behind."""

    def __init__(
        self,
        scenario: str,
        settings: dict[str, Value],
        *,
        seed: int | None = None,
        until: float | None = None,
        record: str | Path | None = None,
        times: Times | None = None,
    ) -> None:
        """Make it ready; the arguments and what they raise are those of ``run``."""
        found = find(scenario)
        if "speed" in settings:
            template = mark("speed is for the dashboard; without it a run goes as fast as it can")
            raise SettingError(Sentence(template))
        given = None if until is None else DURATION.check(until)
        self._lab: Lab = found.lab(settings, seed, times)
        self.items: int | None = self._lab.settings["items"]
        self.until = float(given) if given is not None else None if self.items else _MINUTE
        self._state = State(self._lab.header)
        self._stats = Stats()
        self._events: list[Event] = []  # of the present slice: folded all at once, it is quicker
        self._lab.add_sink(self._events.append)
        self._recorder: Recorder | None = None
        if record is not None:
            self._recorder = Recorder(record, self._lab.header)
            self._lab.add_sink(self._recorder.write)
            self._lab.watch_lines()
        self.wall = 0.0
        """Real seconds that the run took."""
        self.clock = 0.0
        """The virtual time that was reached, in seconds."""
        self.ending = ""
        """How it ended: finished, cancelled, failed, stuck, time is up, or standing still."""
        self.failed = ""
        """The exception that ended the scenario's main coroutine, if one did."""

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self._lab.close()
        if self._recorder is not None:
            self._recorder.close()

    def go(self, progress: Progress | None = None) -> None:
        """Run until the scenario ends or is stuck, its time is up, or no item moves any more."""
        began = time.perf_counter()
        until = float("inf") if self.until is None else self.until
        outcome, moved, idle = Outcome.BUDGET, -1, 0
        self._lab.start()
        # A worker that swallows its cancellation outlives the end; the run does not.
        while outcome is Outcome.BUDGET and idle < _STANDSTILL and self._lab.ended is None:
            outcome = self._lab.advance(until, _SLICE)
            self._state.apply_all(self._events)
            self._stats.apply_all(self._events)
            self._events.clear()
            before, moved = moved, self._moved()
            idle = idle + _SLICE if moved == before else 0
            self.clock = until if outcome is Outcome.LIMIT else self._lab.loop.time()
            if progress is not None:
                progress(self._part())
        self.wall = time.perf_counter() - began
        self._state.place(self._lab.lines())
        if (ended := self._lab.ended) is not None:
            self.ending, self.clock = _ENDED[ended.how], ended.t
            self.failed = ended.error
        else:
            self.ending = _ENDINGS[outcome]

    def _moved(self) -> int:
        return self._stats.made + sum(q.put + q.got + q.done for q in self._stats.queues.values())

    def _part(self) -> float:
        """The part that is done, from 0 to 1, by time or by items, whichever is further."""
        by_time = self.clock / self.until if self.until else 0.0
        by_items = self._stats.made / self.items if self.items else 0.0
        return min(1.0, max(by_time, by_items))

    def result(self, without: Collection[str] = frozenset()) -> dict[str, Any]:
        """Return the figures, and what rules but those in ``without`` say: see ``run``."""
        return figures(self._state, self._stats, self.clock, self.wall, without)


def figures(
    state: State,
    stats: Stats,
    clock: float,
    wall: float | None = None,
    without: Collection[str] = frozenset(),
) -> dict[str, Any]:
    """Return what was asked for and what came of it, as ``run`` does.

    ``clock`` is the virtual time that was reached; ``wall`` how many real seconds that took, None
    where nobody measured it, as for a recording. Rules in ``without`` give no advice.
    """
    header = state.header
    return {
        "scenario": header.scenario,
        "seed": header.seed,
        "python": header.python,
        "settings": dict(state.settings),
        **({"measured": dict(header.measured)} if header.measured else {}),
        "clock": clock,
        "wall": wall,
        "events": state.events - state.steps,
        **stats.figures(clock),
        "advice": msgspec.to_builtins(check(state, without)),
    }
