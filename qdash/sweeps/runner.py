"""Sweeps: what was planned is run, here or elsewhere, and the results gathered."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, Final

import msgspec

from qdash import __version__
from qdash.engine.pace import check_times
from qdash.events import Value
from qdash.experiment.grid import Plan, Vary
from qdash.experiment.grid import vary as varied
from qdash.experiment.results import Keeper, Results, Row, differences, read
from qdash.measured import Times
from qdash.scenarios import scenario as find
from qdash.settings import DURATION, JOBS, REPLICATIONS, SETTINGS, WARMUP, SettingError
from qdash.sweeps.pool import Pool, processors
from qdash.sweeps.replicate import Job, replicate
from qdash.words import Sentence, mark

UNTIL: Final = 1_000.0
"""How long a run lasts where nothing else would end it, in virtual seconds."""
WARM: Final = 0.1
"""Which part of such a run is left out at its beginning."""


class Progress(msgspec.Struct, frozen=True):
    """How far a sweep is.

    ``done`` of ``total`` runs are finished, those of an earlier part among them; ``left`` is an
    estimate of the seconds that the rest takes, None while nothing can be said. ``row`` is the run
    that has just been finished, None where nothing was. ``lost`` counts processes that died.
    """

    done: int
    total: int
    left: float | None
    row: Row | None
    lost: int


Told = Callable[[Progress], object]
Answer = tuple[int, dict[str, float | None]]
"""The number of a run, from 0 among those that were missing, and its figures."""


def plan(
    scenario: str,
    vary: Iterable[Vary] = (),
    *,
    settings: Mapping[str, Value] | None = None,
    replications: int = 10,
    seed: int | None = None,
    warmup: float | None = None,
    until: float | None = None,
    times: Times | None = None,
) -> Plan:
    """Return the plan of a sweep, checked.

    ``settings`` are those of the lab that are not varied, by name; ``times`` what ``arrivals`` and
    ``work`` mean by ``file``. Without ``until`` a run lasts
    ``UNTIL`` virtual seconds, or where the setting ``items`` sets an end, up to that; without
    ``warmup`` a tenth of ``until`` is left out, and nothing of a run that ends by its items.

    Raises UnknownScenario, SettingError or TooMuch, each with one sentence.
    """
    found = find(scenario)
    given = dict(settings or {})
    if "speed" in given:
        template = mark("speed is for the dashboard; without it a run goes as fast as it can")
        raise SettingError(Sentence(template))
    grid = tuple(vary)
    for at, each in enumerate(grid):
        if each.name in given:
            template = mark("{name} is varied, so it cannot be set as well")
            raise SettingError(Sentence(template, name=each.name))
        if any(other.name == each.name for other in grid[:at]):
            template = mark("{name} is varied twice; give all its values at once")
            raise SettingError(Sentence(template, name=each.name))
    complete = found.settings(given)
    values = {name: [value] for name, value in complete.items()}
    values |= {each.name: list(each.values) for each in grid}
    for arrivals, work in product(values["arrivals"], values["work"]):
        check_times({"arrivals": arrivals, "work": work}, times or {})
    items = set(values["items"])
    end: Any = None if until is None else DURATION.check(until)
    if end is None and None in items:
        end = UNTIL
    warm: Any = 0.0 if warmup is None else WARMUP.check(warmup)
    if warmup is None and items == {None}:
        warm = end * WARM
    if end is not None and warm >= end:
        template = mark("the warm-up must be shorter than the time to run, {until}; got {got}")
        said = {"until": DURATION.show(end), "got": WARMUP.show(warm)}
        raise SettingError(Sentence(template, **said))
    default: Any = SETTINGS["seed"].default
    count: Any = REPLICATIONS.check(replications)
    base: Any = SETTINGS["seed"].check(default if seed is None else seed)
    return Plan(
        scenario=found.slug,
        settings=complete,
        vary=grid,
        replications=count,
        seed=base,
        warmup=warm,
        until=end,
        python=platform.python_version(),
        qdash=__version__,
        times=dict(times or {}),
    )


def sweep(
    scenario: str,
    vary: Mapping[str, Sequence[Value] | str] | None = None,
    *,
    replications: int = 10,
    seed: int | None = None,
    warmup: float | None = None,
    until: float | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    resume: str | Path | None = None,
    progress: Told | None = None,
    times: Times | None = None,
    **settings: Value,
) -> Results:
    """Run a scenario at every combination of what is varied, and return what each came to.

    ``vary`` gives the values of settings by name, ``{"maxsize": [1, 2, 5], "consumers": "1..8"}``:
    a sequence, or text as on the command line. ``settings`` are those that stay the same. Every
    point is run ``replications`` times, from as many seeds, which are the same at each: so points
    differ by their settings and not by their luck. ``until`` and ``warmup`` are virtual seconds
    (see ``plan`` for what they are otherwise).

    ``jobs`` is how many processes share the runs, all processors by default; 1 runs them in this
    one. ``cluster`` is the address of a dask scheduler, or ``local:N`` for one of N processes. The
    file ``resume`` keeps every run that is finished, and is gone on from if it is there.
    ``progress`` is called for each run as it is finished, and now and then in between; what it
    raises ends the sweep. ``times`` are as of ``qdash.run``.

    The results are the same to the last digit however they were come by. Where there is more than
    one process, a script must call this under ``if __name__ == "__main__"``.

    Raises UnknownScenario, SettingError or TooMuch for wrong input, ResultsError for a file that
    cannot be used, and SweepError where a run breaks off or processes cannot be started.
    """
    grid = [varied(name, values) for name, values in (vary or {}).items()]
    wanted = plan(
        scenario,
        grid,
        settings=settings,
        replications=replications,
        seed=seed,
        warmup=warmup,
        until=until,
        times=times,
    )
    results = Results(wanted) if resume is None else go_on(resume, wanted)
    carry_out(results, jobs=jobs, cluster=cluster, keep=resume, progress=progress)
    return results


def go_on(path: str | Path, wanted: Plan | None = None) -> Results:
    """Return the results that a file holds so far, or none where there is no file yet.

    Without ``wanted`` the plan is that of the file. Raises ResultsError when it cannot be read,
    and SettingError when it is of another plan, or of another Python or qdash.
    """
    if wanted is not None and not os.path.exists(path):
        return Results(wanted)
    results = read(path)
    here = {"python": platform.python_version(), "qdash": __version__}
    expected = wanted or msgspec.structs.replace(results.plan, **here)
    for name, kept, asked in differences(results.plan, expected):
        template = mark("{file} is of another sweep: its {what} is {kept}, not {asked}")
        said = {"what": name, "kept": _shown(kept), "asked": _shown(asked)}
        raise SettingError(Sentence(template, file=repr(str(path)[-60:]), **said))
    return results


def carry_out(
    results: Results,
    *,
    jobs: int | None = None,
    cluster: str | None = None,
    keep: str | Path | None = None,
    progress: Told | None = None,
    apart: bool = False,
) -> None:
    """Run what ``results`` lacks of its plan, and add it.

    ``apart`` leaves none of it to this process, which a run would hold up. The other arguments and
    what is raised are as of ``sweep``. However it ends, results hold all runs that were finished,
    and so does the file ``keep``; no process is left.
    """
    missing = list(results.missing())
    teller = _Teller(results, len(missing), progress)
    todo = (_job(results.plan, row) for row in missing)
    keeper = None if keep is None else Keeper(keep, results)
    try:
        run = partial(replicate, times=results.plan.times)
        with closing(_answers(run, todo, len(missing), jobs, cluster, teller, apart)) as answers:
            for answer in answers:
                row = None
                if answer is not None:
                    number, figures = answer
                    row = msgspec.structs.replace(missing[number], figures=figures)
                    results.add(row)
                    if keeper is not None:
                        keeper.add(row)
                teller.tell(row)
    finally:
        if keeper is not None:
            keeper.close()
    if keep is not None:
        results.write(keep)


def _job(plan: Plan, row: Row) -> Job:
    return Job(plan.scenario, plan.at(row.point), row.seed, plan.until, plan.warmup)


def _answers(
    run: Callable[[Job], dict[str, float | None]],
    todo: Iterable[Job],
    size: int,
    jobs: int | None,
    cluster: str | None,
    teller: _Teller,
    apart: bool,
) -> Generator[Answer | None]:
    """Yield what each job came to with its number, as they come; None while there is nothing."""
    count: Any = processors() if jobs is None else JOBS.check(jobs)
    if cluster is not None:
        from qdash.sweeps.cluster import answers

        yield from answers(cluster, run, todo)
    elif (workers := min(count, size)) > 1 or (apart and workers):
        with Pool(workers, run, teller.lose) as pool:
            yield from pool.run(todo)
    else:
        for number, job in enumerate(todo):
            yield number, run(job)


class _Teller:
    """Tells how far a sweep is."""

    def __init__(self, results: Results, missing: int, progress: Told | None) -> None:
        self._before = self._done = len(results)
        self._total = self._before + missing
        self._lost = 0
        self._progress = progress
        self._began = time.monotonic()

    def lose(self) -> None:
        """Count a process that died."""
        self._lost += 1

    def tell(self, row: Row | None) -> None:
        """Tell of a run that is finished, or that none is."""
        self._done += row is not None
        if self._progress is None:
            return
        left = None
        if here := self._done - self._before:
            left = (time.monotonic() - self._began) / here * (self._total - self._done)
        self._progress(Progress(self._done, self._total, left, row, self._lost))


def _shown(value: object) -> str:
    text = str(value) or "–"
    return text if len(text) <= 40 else text[:39] + "…"
