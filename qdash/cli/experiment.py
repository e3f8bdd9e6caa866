"""``qdash experiment SCENARIO``: a sweep on the screen, and its points live."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qdash.cli import options
from qdash.cli.asked import Asked, repeated
from qdash.cli.group import opening_screen
from qdash.cli.shape import command as named
from qdash.cli.types import ScenarioType
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.experiment.grid import Vary
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
@repeated
@options.measures
@options.jobs
@options.ascii
@options.theme
@options.lang
def command(
    scenario: Scenario | None,
    vary: tuple[Vary, ...],
    asked: Asked,
    measures: tuple[str, ...],
    jobs: int | None,
    ascii: bool,
    theme: str,
) -> int:
    """Open the dashboard with an experiment on it."""
    from qdash.scenarios import SLUGS
    from qdash.scenarios import scenario as find
    from qdash.sweeps.runner import plan

    if len(vary) > _AXES:
        raise click.UsageError(
            tr("a chart has two axes: vary one setting or two; qdash sweep varies more")
        )
    chosen = scenario or find(SLUGS[0])
    given = asked.plan(vary)
    plan(chosen.slug, vary, **given)
    with opening_screen("qdash sweep SCENARIO"):
        from qdash.tui.start import run_experiment

    def change(draft: Draft) -> None:
        draft.replications = asked.replications or draft.replications
        if asked.until is not None:
            draft.warmup *= asked.until / draft.until
            draft.until = asked.until
        draft.warmup = draft.warmup if asked.warmup is None else asked.warmup
        draft.vary = vary or draft.vary
        draft.watch = measures or draft.watch

    return run_experiment(
        chosen,
        given.get("settings", {}),
        given.get("seed"),
        change=change,
        begins=bool(vary),
        jobs=jobs,
        times=given.get("times", {}),
        ascii=ascii,
        theme=theme,
    )


_AXES = 2
