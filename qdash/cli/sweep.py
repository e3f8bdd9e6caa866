"""``qdash sweep SCENARIO``: the same scenario at many settings, with many seeds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qdash.cli import options
from qdash.cli.asked import Asked, Kept, repeated, swept
from qdash.cli.shape import command as named
from qdash.cli.shape import option
from qdash.cli.types import FileType, ScenarioType
from qdash.experiment.measures import WATCHED
from qdash.words import mark, tr, trn

if TYPE_CHECKING:
    from qdash.experiment.grid import Vary
    from qdash.experiment.results import Results
    from qdash.scenarios import Scenario


@named(
    "sweep",
    mark(
        "Run SCENARIO at every combination of what is varied, many times each, and print the "
        "figures with their intervals.\n\n"
        "With --resume FILE and no SCENARIO, the sweep that FILE holds is gone on with."
    ),
)
@click.argument("scenario", required=False, metavar="[SCENARIO]", type=ScenarioType())
@options.vary
@repeated
@options.measures
@swept
@options.as_json
@option(
    "--csv",
    "csv",
    metavar="FILE",
    type=FileType(),
    help=mark("Write all figures to FILE, a row a point, as spreadsheets read them."),
)
@options.lang
def command(
    scenario: Scenario | None,
    vary: tuple[Vary, ...],
    asked: Asked,
    measures: tuple[str, ...],
    how: Kept,
    as_json: bool,
    csv: Path | None,
) -> int:
    """Run a sweep and print what came of it."""
    from qdash.cli.sweeping import agree, carry_out, tell_unused
    from qdash.scenarios import scenario as find

    results = _results(scenario, vary, asked.plan(vary), how.resume)
    tell_unused(find(results.plan.scenario), asked.names(vary))
    if csv is not None:
        _writable(csv, how.resume)
    if how.cluster is not None and how.jobs is not None:
        raise click.UsageError(tr("--jobs is for this machine; a --cluster has workers of its own"))
    if not agree(results.plan.grid.runs - len(results), how.yes):
        return 1
    if status := carry_out(results, how):
        return status
    if csv is not None:
        results.write_csv(csv)
        count = len(results.points)
        template = trn("{count:,} row written to {file}", "{count:,} rows written to {file}", count)
        click.echo(f"qdash: {template.format(count=count, file=csv)}", err=True)
    _print(results, measures or WATCHED, as_json)
    return 0


def _results(
    scenario: Scenario | None, vary: Sequence[Vary], asked: dict[str, Any], resume: Path | None
) -> Results:
    """Return the results so far of the sweep that was asked for: none, or what a file holds."""
    from qdash.experiment.results import Results
    from qdash.scenarios import LISTED
    from qdash.sweeps.runner import go_on, plan

    if scenario is None and resume is not None and os.path.exists(resume):
        if vary or asked:
            raise click.UsageError(
                tr("without a SCENARIO, --resume FILE goes on as FILE says; nothing else is given")
            )
        return go_on(resume)
    if scenario is None and resume is not None:
        text = tr("there is no file {file} to go on with; give a SCENARIO, and it is made")
        name = str(resume)
        shown = name if len(name) <= 40 else name[:39] + "…"
        raise click.UsageError(text.format(file=repr(shown)))
    if scenario is None:
        names = ", ".join(LISTED)
        raise click.UsageError(tr("which scenario? There are {names}").format(names=names))
    wanted = plan(scenario.slug, vary, **asked)
    return Results(wanted) if resume is None else go_on(resume, wanted)


def _writable(csv: Path, resume: Path | None) -> None:
    """Refuse a file that cannot be written before the sweep, not after it."""
    from qdash.experiment.results import writable

    if resume is not None and csv.absolute() == resume.absolute():
        raise click.UsageError(tr("--csv and --resume need a file each; got one for both"))
    writable(csv)


def _print(results: Results, measures: Sequence[str], as_json: bool) -> None:
    if as_json:
        from qdash.cli.printing import print_json

        print_json(results.as_json)
    else:
        from qdash.cli.sweep_table import print_results

        print_results(results, measures)
