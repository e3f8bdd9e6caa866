"""``qdash replay FILE``: a recording, on the screen or as figures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from qdash.cli import options
from qdash.cli.group import opening_screen
from qdash.cli.printing import print_figures, progress_bar
from qdash.cli.shape import command as named
from qdash.cli.types import FileType
from qdash.words import mark, tr, trc

_KEPT: Final = 5_000_000  # how many of its latest events a replay keeps at least


@named(
    "replay",
    mark("Show the recording FILE on the dashboard's screen, or its figures with --json."),
)
@click.argument("file", required=False, metavar="FILE", type=FileType())
@options.speed
@options.ascii
@options.theme
@options.as_json
@options.without
@options.lang
def command(
    file: Path | None,
    speed: float | None,
    ascii: bool,
    theme: str,
    as_json: bool,
    without: tuple[str, ...],
) -> int:
    """Show a recording, or print its figures."""
    from qdash.recording import Reader

    if file is None:
        raise click.UsageError(tr("which file? One that was written with --record FILE"))
    with Reader(file) as reader:
        if as_json:
            return print_figures(reader, without)
        with opening_screen("qdash replay FILE --json"):
            from qdash.tui.start import run_replay

        from qdash.history import History

        history = History(reader.header, _KEPT)
        with progress_bar(tr("reading")) as progress:
            for events in reader:
                history.fold(events)
                progress(reader.part)
    problem = reader.problem
    if history.first:
        template = tr("a replay keeps {kept:,} events; those before {start:,.2f} s were let go")
        gone = template.format(kept=_KEPT, start=history.start)
        problem = trc("list", "; ").join([problem, gone]) if problem else gone
    return run_replay(
        history, problem, speed=speed, ascii=ascii, theme=theme, without=without
    )  # fmt: skip
