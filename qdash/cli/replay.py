"""``qdash replay FILE``: a recording, on the screen or as figures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from qdash.cli import options
from qdash.cli.group import need_terminal
from qdash.cli.printing import print_figures, progress_bar
from qdash.cli.types import FileType

_KEPT: Final = 5_000_000  # how many of its latest events a replay keeps at least


@click.command("replay")
@click.argument("file", required=False, metavar="FILE", type=FileType())
@options.speed
@options.ascii
@options.theme
@options.as_json
@options.without
def command(
    file: Path | None,
    speed: float | None,
    ascii: bool,
    theme: str,
    as_json: bool,
    without: tuple[str, ...],
) -> int:
    """Show the recording FILE on the dashboard's screen, or its figures with --json."""
    from qdash.recording import Reader

    if file is None:
        raise click.UsageError("which file? One that was written with --record FILE")
    with Reader(file) as reader:
        if as_json:
            return print_figures(reader, without)
        need_terminal("qdash replay FILE --json")
        from qdash.history import History

        history = History(reader.header, _KEPT)
        with progress_bar("reading") as progress:
            for events in reader:
                history.fold(events)
                progress(reader.part)
    problem = reader.problem
    if history.first:
        gone = f"a replay keeps {_KEPT:,} events; those before {history.start:,.2f} s were let go"
        problem = f"{problem}; {gone}" if problem else gone
    from qdash.tui.app import run_replay

    return run_replay(
        history, problem, speed=speed, ascii=ascii, theme=theme, without=without
    )  # fmt: skip
