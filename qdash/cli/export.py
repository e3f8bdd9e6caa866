"""``qdash export SCENARIO``: a scenario as a plain asyncio program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from qdash import __version__
from qdash.cli import options
from qdash.cli.shape import command as named
from qdash.cli.shape import option
from qdash.cli.types import FileType, ProgramType
from qdash.events import Value
from qdash.settings import SETTINGS
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.script.model import Act


@named(
    "export", mark("Write SCENARIO, or what NAME plays, as a plain asyncio program without qdash.")
)
@click.argument("asked", required=False, metavar="SCENARIO|NAME", type=ProgramType())
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
    asked: Act | None,
    assignments: tuple[tuple[str, Value], ...],
    seed: int | None,
    output: Path | None,
    force: bool,
) -> int:
    """Print the program, or write it to a file."""
    from qdash.export import program, write
    from qdash.scenarios import LISTED
    from qdash.scenarios import scenario as find

    if asked is None:
        names = ", ".join(LISTED)
        raise click.UsageError(tr("which scenario? There are {names}").format(names=names))
    scenario, settings = find(asked.scenario), dict(assignments)
    given = settings.pop("seed", asked.seed if seed is None else seed)
    if "speed" in settings:
        text = tr("speed is for the dashboard; a program goes as fast as the clock")
        raise click.UsageError(text)
    for name in settings:
        if name in scenario.unused:
            template = tr("{name} changes nothing in {scenario}")
            click.echo(f"qdash: {template.format(name=name, scenario=scenario.slug)}", err=True)
    text = program(
        scenario.source,
        scenario.settings({**asked.settings, **settings}),
        seed=int((SETTINGS["seed"].default if given is None else given) or 0),
        scenario=scenario.slug,
        qdash=__version__,
    )
    if output is None:
        click.echo(text, nl=False)
    else:
        write(output, text, force=force)
    return 0
