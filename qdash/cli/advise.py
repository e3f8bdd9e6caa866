"""``qdash advise SCENARIO``: the cheapest setting that meets a target, with the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qdash.cli import options
from qdash.cli.asked import Asked, Kept, repeated, swept
from qdash.cli.shape import command as named
from qdash.cli.shape import option
from qdash.cli.types import CostType, ScenarioType, SettingType, TargetType
from qdash.experiment.target import AT_MOST
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.experiment.cost import Cost
    from qdash.experiment.grid import Vary
    from qdash.experiment.target import Target
    from qdash.scenarios import Scenario


@named(
    "advise",
    mark(
        "Find the cheapest of all combinations of what is varied at which SCENARIO meets every "
        "target, and print the evidence.\n\n"
        "A target is met where the whole interval lies on the right side of it: each verdict holds "
        "at 95 %, however often it is looked at. The exit status is 1 where no setting was shown "
        "to meet them all."
    ),
)
@click.argument("scenario", required=False, metavar="SCENARIO", type=ScenarioType())
@option(
    "--target",
    "targets",
    metavar="TARGET",
    type=TargetType(),
    multiple=True,
    help=mark(
        "What is to be reached: wait.p95<0.5 or blocked_share<=5% or throughput>2; may be given "
        "many times."
    ),
)
@options.vary
@option(
    "--cost",
    metavar="COST",
    type=CostType(),
    help=mark(
        "What is to be spared: consumers, or 3*consumers+maxsize; after a comma, what counts of "
        "equals. Without it: consumers, maxsize."
    ),
)
@repeated
@option("--at-most", "most", metavar="N", type=SettingType(AT_MOST), help=AT_MOST.help)
@swept
@options.as_json
@options.lang
def command(
    scenario: Scenario | None,
    targets: tuple[Target, ...],
    vary: tuple[Vary, ...],
    cost: Cost | None,
    asked: Asked,
    most: int | None,
    how: Kept,
    as_json: bool,
) -> int:
    """Look for a setting and print what came of it."""
    from qdash.cli.sweeping import agree, carry_out, tell_unused
    from qdash.experiment.cost import STANDARD
    from qdash.scenarios import LISTED
    from qdash.sweeps.advise import rounds, search

    if scenario is None:
        names = ", ".join(LISTED)
        raise click.UsageError(tr("which scenario? There are {names}").format(names=names))
    begun = search(
        scenario.slug,
        vary,
        targets,
        cost=STANDARD if cost is None else cost,
        most=most,
        resume=how.resume,
        **asked.plan(vary),
    )
    tell_unused(scenario, asked.names(vary))
    if not agree(sum(1 for _ in begun.missing()), how.yes):
        return 1
    again = tr("the same command with {option}").format(option="--resume")
    for each in rounds(begun):
        if status := carry_out(each, how, again=again):
            return status
    advice = begun.judge()
    if as_json:
        from qdash.cli.printing import print_json

        print_json(advice.as_json)
    else:
        from qdash.cli.advice_table import print_advice

        print_advice(advice)
    if not vary and advice.chosen is None:
        text = tr("there is one setting to choose from: {option} gives more, as in {example}")
        said = text.format(option="--vary", example="--vary consumers=1..8")
        click.echo(f"qdash: {said}", err=True)
    return 0 if advice.chosen is not None else 1
