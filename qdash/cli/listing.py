"""``qdash list``: the scenarios by name."""

from __future__ import annotations

import click

from qdash.cli import options
from qdash.cli.shape import command as named
from qdash.words import mark, tr


@named("list", mark("Name the scenarios, a line each."))
@options.lang
def command() -> None:
    """Print a line for each scenario."""
    from qdash.scenarios import LISTED, scenario

    for slug in LISTED:
        about = tr(scenario(slug).about.splitlines()[0])
        click.echo(f"{slug:<18} {about}")
