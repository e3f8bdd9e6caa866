"""The commands together, and what they are called."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Final

import click

from qdash.cli.shape import Command, cells
from qdash.words import tr

DASHBOARD: Final = "\0"  # a name that nobody can type

_MODULES: Final = {
    DASHBOARD: "dashboard",
    "list": "listing",
    "run": "run",
    "replay": "replay",
    "sweep": "sweep",
    "experiment": "experiment",
    "compare": "compare",
    "advise": "advise",
    "play": "play",
    "check": "check",
    "explain": "explain",
    "export": "export",
}
"""Every command, and the module in which it stands: one that is not called costs no start."""

NAMED: Final = tuple(name for name in _MODULES if name != DASHBOARD)
"""The commands that have a name: one of them may have been meant."""


class Commands(Command, click.Group):
    """Commands, and where the first word is none of them, the dashboard."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the dashboard before words that name no command."""
        own = {name for param in self.get_params(ctx) for name in param.opts}
        if not args or not args[0] or args[0] not in own | _MODULES.keys():
            args = [DASHBOARD, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how the dashboard and the commands are called."""
        formatter.write_usage("qdash", "[SCENARIO] [OPTIONS]")
        behind = " " * (cells(tr("Usage:")) + 1)
        formatter.write_usage("qdash", "COMMAND …", prefix=behind)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the dashboard's options, and the commands."""
        dashboard = self.get_command(ctx, DASHBOARD)
        assert dashboard is not None
        params = [*dashboard.params, *self.get_params(ctx)]
        options = [param for param in params if isinstance(param, click.Option)]
        records = [record for opt in options if (record := opt.get_help_record(ctx)) is not None]
        with formatter.section(tr("Options")):
            formatter.write_dl(records)
        self.format_commands(ctx, formatter)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order in which help shows them."""
        return list(_MODULES)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command of this name, None if there is none."""
        if name not in _MODULES:
            return None
        command: click.Command = import_module(f"qdash.cli.{_MODULES[name]}").command
        return command


class Unnamed(Command):
    """The command without a name."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write how the dashboard is called."""
        formatter.write_usage("qdash", "[SCENARIO] [OPTIONS]")


@contextmanager
def opening_screen(otherwise: str) -> Iterator[None]:
    """Import within this what draws; refuse where there is no terminal, and say what there is then.

    What modules make stays for good: to look through it for garbage, again and again while they are
    imported and while the screen is drawn, would be a tenth of the whole start.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        text = tr("the dashboard needs a terminal; without one there is: {otherwise}")
        raise click.UsageError(text.format(otherwise=otherwise))
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
