"""``qdash export SCENARIO``: a scenario as a plain asyncio program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qdash import __version__
from qdash.cli import options
from qdash.cli.shape import command as named
from qdash.cli.shape import option
from qdash.cli.types import FileType, ScenarioType
from qdash.events import Value
from qdash.settings import SETTINGS
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.scenarios import Scenario


@named("export", mark("Write SCENARIO as a plain asyncio program, which needs no qdash."))
@click.argument("scenario", required=False, metavar="SCENARIO", type=ScenarioType())
@options.assignments
@options.seed
@option(
    "--output",
    metavar="FILE",
    type=FileType(),
    help=mark("Write it to FILE, not to standard output."),
)
@option("--force", is_flag=True, help=mark("Write over FILE, if there is one."))
@options.lang
def command(
    scenario: Scenario | None,
    assignments: tuple[tuple[str, Value], ...],
    seed: int | None,
    output: Path | None,
    force: bool,
) -> int:
    """Print the program, or write it to a file."""
    from qdash.export import program, write
    from qdash.scenarios import SLUGS

    if scenario is None:
        names = ", ".join(SLUGS)
        raise click.UsageError(tr("which scenario? There are {names}").format(names=names))
    settings = dict(assignments)
    given = settings.pop("seed", seed)
    if "speed" in settings:
        text = tr("speed is for the dashboard; a program goes as fast as the clock")
        raise click.UsageError(text)
    for name in settings:
        if name in scenario.unused:
            template = tr("{name} changes nothing in {scenario}")
            click.echo(f"qdash: {template.format(name=name, scenario=scenario.slug)}", err=True)
    text = program(
        scenario.source,
        scenario.settings(settings),
        seed=int((SETTINGS["seed"].default if given is None else given) or 0),
        scenario=scenario.slug,
        qdash=__version__,
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        write(output, text, force=force)
    return 0
