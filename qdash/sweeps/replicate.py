"""One run of a sweep: a scenario on virtual time, and the figures that it comes to."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any, Final, TypeAlias

import msgspec

from qdash.engine.loop import Outcome
from qdash.events import Value
from qdash.measured import Times
from qdash.scenarios import scenario
from qdash.sweeps.gauges import QueueGauge
from qdash.sweeps.lean import LeanLab

Main: TypeAlias = Callable[[Any], Coroutine[Any, Any, None]]

_SLICE: Final = 20_000  # callbacks between two looks at how it goes
_STANDSTILL: Final = 1_000_000  # callbacks in which no item moved, after which none will


class Job(msgspec.Struct, frozen=True):
    """One run: ``settings`` are complete, times are in virtual seconds.

    Figures are taken from ``warmup`` to ``until``, or to the instant at which the scenario ended
    if that is sooner. ``until`` None lets it go on to its own end.
    """

    scenario: str
    settings: dict[str, Value]
    seed: int
    until: float | None
    warmup: float = 0.0


def replicate(job: Job, times: Times | None = None) -> dict[str, float | None]:
    """Run a job, as fast as it goes, and return its figures by name.

    ``times`` were measured: what the settings ``arrivals`` and ``work`` mean by ``file``.
    See ``qdash.experiment.measures`` for what they are; None is a figure of which there is nothing
    to measure. The same job gives the same figures, to the last digit. A scenario that fails
    raises nothing: its figure ``failed`` is 1.
    """
    lab = LeanLab(
        _main_of(job.scenario), job.settings, seed=job.seed, scenario=job.scenario, times=times
    )
    return measure(lab, job.until, job.warmup)


@cache
def _main_of(slug: str) -> Main:
    return scenario(slug).main  # which looks into files, and is asked for at every run


def measure(lab: LeanLab, until: float | None, warmup: float = 0.0) -> dict[str, float | None]:
    """Run a lab that was not yet started, close it, and return its figures: see ``replicate``."""
    run = _Run(lab)
    try:
        lab.start()
        if warmup:
            run.go(warmup)
            run.restart(warmup)
        return run.figures(run.go(math.inf if until is None else until))
    finally:
        lab.close()


class _Run:
    """A lean lab on its way, and its gauges."""

    def __init__(self, lab: LeanLab) -> None:
        self._lab = lab
        self._gauges: dict[str, QueueGauge] = {}
        self._began = 0.0
        self._made = 0  # before that

    def go(self, until: float) -> float:
        """Run up to ``until``, or to where nothing happens any more; return where that is."""
        lab, outcome, idle, moved = self._lab, Outcome.BUDGET, 0, -1
        while outcome is Outcome.BUDGET and idle < _STANDSTILL and lab.ended is None:
            outcome = lab.advance(until, _SLICE)
            self._look()
            before, moved = moved, lab.made + sum(each.moved for each in self._gauges.values())
            idle = idle + _SLICE if moved == before else 0
        if lab.ended is not None:
            return lab.ended.t
        return lab.loop.time() if math.isinf(until) else until

    def _look(self) -> None:
        for name, queue in self._lab.queues.items():
            if name not in self._gauges:
                self._gauges[name] = QueueGauge(queue)
            self._gauges[name].bound()

    def restart(self, t: float) -> None:
        """Let what is measured begin at ``t``, where the run has come to."""
        self._began, self._made = t, self._lab.made
        self._lab.restart(t)
        for gauge in self._gauges.values():
            gauge.restart(t)

    def figures(self, end: float) -> dict[str, float | None]:
        """Return all figures up to ``end``."""
        lab, seconds = self._lab, end - self._began
        failed = float(lab.ended is not None and lab.ended.how == "failed")
        if seconds <= 0:  # it was over before it was warm
            return {"failed": failed}
        lived, busy, _ = lab.spent("consumers", end)
        there, _, blocked = lab.spent("producers", end)
        whole: dict[str, float | None] = {
            "offered": (lab.made - self._made) / seconds,
            "utilisation": busy / lived if lived else None,
            "blocked_share": blocked / there if there else None,
            "failed": failed,
        }
        for name, gauge in self._gauges.items():
            whole |= {f"{name}:{key}": value for key, value in gauge.figures(end).items()}
        return whole
