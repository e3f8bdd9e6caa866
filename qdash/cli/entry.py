"""The way in: the commands put together, and the exit status."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Final

import click

from qdash import __version__
from qdash.cli.group import Commands
from qdash.cli.language import choose, tell_click
from qdash.cli.shape import Option
from qdash.words import Refusal, mark, tr

# Textual, rich and the engine are imported by the commands that use them, so that whatever does
# without them stays quick.

INTERRUPTED: Final = 130
"""The exit status after ctrl+c."""

_ABOUT: Final = mark(
    "Watch, disturb and understand real asyncio producers and consumers at a real queue.\n\n"
    'Without a command: the dashboard. "qdash list" names the scenarios.'
)


@click.group(cls=Commands, help=_ABOUT)
@click.version_option(
    __version__,
    prog_name="qdash",
    message="%(prog)s %(version)s",
    cls=Option,
    help=mark("Show the version and exit."),
)
def cli() -> None:
    """Every command has a module of its own, imported when it is called."""


tell_click()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a dash is no error
    try:
        words = choose(sys.argv[1:] if arguments is None else arguments)
        status = cli.main(words, prog_name="qdash", standalone_mode=False)
        sys.stdout.flush()
    except (click.ClickException, Refusal) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"qdash: {' '.join(text.split())}", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"qdash: {tr('interrupted')}", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has had enough, as in "qdash list | head -1"; the interpreter must not
        # complain of it again when it flushes. The status is click's own for this.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return int(status or 0)
