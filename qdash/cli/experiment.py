"""``qdash experiment SCENARIO``: a sweep on the screen, and its points live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from qdash.cli import options
from qdash.cli.group import opening_screen
from qdash.cli.shape import command as named
from qdash.cli.shape import option
from qdash.cli.types import MeasureType, ScenarioType
from qdash.events import Value
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.experiment.grid import Vary
    from qdash.measured import Measured
    from qdash.scenarios import Scenario
    from qdash.tui.study import Draft


@named(
    "experiment",
    mark(
        "Sweep SCENARIO on the screen: the figures as they come, and any point of it live.\n\n"
        "With --vary it begins at once; without, choose there what to vary."
    ),
)
@click.argument("scenario", required=False, metavar="[SCENARIO]", type=ScenarioType())
@options.vary
@options.assignments
@options.seed
@options.arrivals_from
@options.work_from
@options.replications
@options.warmup
@options.each_until
@option(
    "--measure",
    "measures",
    metavar="NAME",
    type=MeasureType(),
    multiple=True,
    help=mark("Watch this measure, such as wait.p95 or jobs:full; may be given many times."),
)
@options.jobs
@options.ascii
@options.theme
@options.lang
def command(
    scenario: Scenario | None,
    vary: tuple[Vary, ...],
    assignments: tuple[tuple[str, Value], ...],
    seed: int | None,
    arrivals_from: Measured | None,
    work_from: Measured | None,
    replications: int | None,
    warmup: float | None,
    until: float | None,
    measures: tuple[str, ...],
    jobs: int | None,
    ascii: bool,
    theme: str,
) -> int:
    """Open the dashboard with an experiment on it."""
    from qdash.scenarios import SLUGS
    from qdash.scenarios import scenario as find

    settings = dict(assignments)
    seed = settings.pop("seed", seed)  # type: ignore[assignment]
    times = options.times_of(settings, arrivals_from, work_from)
    if len(vary) > _AXES:
        raise click.UsageError(
            tr("a chart has two axes: vary one setting or two; qdash sweep varies more")
        )
    if "speed" in settings:
        raise click.UsageError(tr("an experiment runs as fast as it can: it has no speed"))
    chosen = scenario or find(SLUGS[0])
    _plan(chosen, vary, settings, times, replications, seed, warmup, until)
    with opening_screen("qdash sweep SCENARIO"):
        from qdash.tui.app import run_experiment

    def change(draft: Draft) -> None:
        draft.replications = replications or draft.replications
        if until is not None:
            draft.warmup *= until / draft.until
            draft.until = until
        draft.warmup = draft.warmup if warmup is None else warmup
        draft.vary = vary or draft.vary
        draft.watch = measures or draft.watch

    return run_experiment(
        chosen,
        settings,
        seed,
        change=change,
        begins=bool(vary),
        jobs=jobs,
        times=times,
        ascii=ascii,
        theme=theme,
    )


_AXES = 2


def _plan(
    scenario: Scenario,
    vary: tuple[Vary, ...],
    settings: dict[str, Value],
    times: dict[str, Measured],
    replications: int | None,
    seed: int | None,
    warmup: float | None,
    until: float | None,
) -> None:
    """Check what was given together, before a screen is opened. Raises errors for people."""
    from qdash.sweeps.runner import plan

    given: dict[str, Any] = {"replications": replications, "seed": seed}
    given = {name: value for name, value in given.items() if value is not None}
    plan(scenario.slug, vary, settings=settings, times=times, warmup=warmup, until=until, **given)
