"""``qdash list``: the scenarios by name."""

from __future__ import annotations

import click


@click.command("list")
def command() -> None:
    """Name the scenarios, a line each."""
    from qdash.scenarios import SLUGS, scenario

    for slug in SLUGS:
        click.echo(f"{slug:<18} {scenario(slug).about.splitlines()[0]}")
