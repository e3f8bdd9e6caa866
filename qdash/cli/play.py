"""``qdash play``: lessons and demos on the screen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from qdash.cli import options
from qdash.cli.group import opening_screen
from qdash.cli.shape import command as named
from qdash.cli.shape import option
from qdash.cli.types import FileType, ScriptType, SettingType
from qdash.settings import SETTINGS
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.script.model import Script

_FASTER: Final = mark("How many times as fast as the script says; free is as fast as can be.")
_RECORD: Final = mark(
    "Write every event to FILE, a line of JSON each; of each further lab to FILE-2, and so on."
)


@named("play", mark("Play a lesson or a demo, by its name or its FILE; or show them all."))
@click.argument("script", required=False, metavar="[FILE|NAME]", type=ScriptType())
@option("--speed", metavar="X", type=SettingType(SETTINGS["speed"]), default="1", help=_FASTER)
@options.ascii
@options.theme
@option(
    "--present/--no-present",
    default=None,
    help=mark("Show it to a room, with nothing on the screen beside it; demos are unless told."),
)
@option("--list", "listing", is_flag=True, help=mark("Name the lessons and demos, a line each."))
@option("--reset-progress", "reset", is_flag=True, help=mark("Forget which lessons were finished."))
@option("--record", metavar="FILE", type=FileType(), help=_RECORD)
@options.without
@options.lang
def command(
    script: tuple[str, Script] | None,
    speed: float | None,
    ascii: bool,
    theme: str,
    present: bool | None,
    listing: bool,
    reset: bool,
    record: Path | None,
    without: tuple[str, ...],
) -> int:
    """Play a script, or do what else was asked for."""
    if reset:
        from qdash import progress

        progress.reset()
        click.echo(tr("no lesson is marked as finished any more"))
        if script is None and not listing:
            return 0
    if listing:
        _list()
        return 0
    if record is not None and script is None:
        raise click.UsageError(
            tr("what is to be recorded? Give a FILE, or the NAME of a lesson or demo")
        )
    with opening_screen("qdash check NAME"):
        from qdash.tui.start import run_play

    name, played = script or ("", None)
    return run_play(
        name,
        played,
        present=present,
        times_as_fast=speed,
        record=record,
        written=_written,
        ascii=ascii,
        theme=theme,
        without=without,
    )


def _written(files: Sequence[Path]) -> None:
    """Tell where the labs were recorded that were played, one a file."""
    for file in files:
        text = tr("recorded in {file}; qdash replay shows it again")
        click.echo(text.format(file=file))


def _list() -> None:
    from qdash.lessons import lessons, script
    from qdash.scenarios import ALL

    known = lessons()
    width = max(map(len, known), default=0)
    for name in known:
        click.echo(f"{name:<{width}}  {tr(script(name, scenarios=ALL).title)}")
