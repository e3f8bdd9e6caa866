"""``qdash check``: scripts held to what they claim, without a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qdash.cli import options
from qdash.cli.shape import command as named
from qdash.cli.shape import option
from qdash.cli.types import ScriptType
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.script.model import Script


@named("check", mark("Run scripts without a screen, and hold each to what it claims."))
@click.argument("scripts", nargs=-1, metavar="[FILE|NAME]...", type=ScriptType())
@option("--all", "every", is_flag=True, help=mark("All lessons and demos that ship."))
@options.lang
def command(scripts: tuple[tuple[str, Script], ...], every: bool) -> int:
    """Check each script, and return 1 if any claims what its run does not show."""
    from qdash.check import check, report_lines
    from qdash.lessons import lessons, script
    from qdash.scenarios import ALL

    if not scripts and not every:
        raise click.UsageError(
            tr("which script? Give a FILE, or the NAME of a lesson or demo, or --all")
        )
    shipped = ((name, script(name, scenarios=ALL)) for name in lessons() if every)
    status = 0
    for name, this in (*scripts, *shipped):
        report = check(this)
        for line in report_lines(report, name):
            click.echo(line)
        status = 1 if report.problems else status
    return status
