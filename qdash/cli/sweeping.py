"""What commands have in common that run a scenario many times: consent, progress, ctrl+c."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from qdash.experiment.grid import ASKED
from qdash.words import tr, trn

if TYPE_CHECKING:
    from qdash.cli.asked import Kept
    from qdash.experiment.results import Results
    from qdash.scenarios import Scenario
    from qdash.sweeps.runner import Progress, Told

_PATIENCE: Final = 0.5  # seconds before a progress bar appears


def tell_unused(scenario: Scenario, names: Iterable[str]) -> None:
    """Say which of the settings that were given change nothing."""
    for name in names:
        if name in scenario.unused:
            template = tr("{name} changes nothing in {scenario}")
            click.echo(f"qdash: {template.format(name=name, scenario=scenario.slug)}", err=True)


def agree(runs: int, yes: bool) -> bool:
    """Ask whether many runs are to be begun; where nobody can be asked, ``--yes`` is needed."""
    if yes or runs <= ASKED:
        return True
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        template = tr("a sweep of {runs:,} runs is begun only with --yes")
        raise click.UsageError(template.format(runs=runs))
    return click.confirm(tr("This sweep has {runs:,} runs. Begin?").format(runs=runs), err=True)


def carry_out(results: Results, how: Kept, *, again: str = "qdash sweep --resume") -> int:
    """Run what results lack, with a progress bar; return the exit status, told if it is not 0.

    What is finished is kept in the file to resume from; where none was named and it is broken
    off, in one that is made then. ``again`` is what goes on with it, followed by that file.
    """
    from qdash.cli.entry import INTERRUPTED
    from qdash.sweeps.pool import JobFailed
    from qdash.sweeps.runner import carry_out

    try:
        with _bar(results.plan.scenario) as told:
            carry_out(results, jobs=how.jobs, cluster=how.cluster, keep=how.resume, progress=told)
    except KeyboardInterrupt:
        status, why = INTERRUPTED, tr("interrupted")
    except JobFailed as error:
        status, why = 1, str(error)
    else:
        return 0
    click.echo(f"qdash: {why}; {_kept(results, how.resume, again)}", err=True)
    return status


def _kept(results: Results, keep: Path | None, again: str) -> str:
    """Keep what is finished, and say where, and how to go on."""
    if not len(results):
        return tr("no run was finished")
    if keep is None:
        keep = _free(f"{results.plan.scenario.replace('/', '-')}-sweep")
        results.write(keep)
    template = trn(
        "{done:,} of {total:,} runs is finished and kept; to go on: {again} {file}",
        "{done:,} of {total:,} runs are finished and kept; to go on: {again} {file}",
        len(results),
    )
    total = len(results) + sum(1 for _ in results.missing())
    said = {"again": again, "file": shlex.quote(str(keep))}
    return template.format(done=len(results), total=total, **said)


def _free(name: str) -> Path:
    """Return the name of a file that is not there yet."""
    number, path = 1, Path(f"{name}.jsonl")
    while path.exists():
        number += 1
        path = Path(f"{name}-{number}.jsonl")
    return path


@contextmanager
def _bar(title: str) -> Generator[Told]:
    """Show on standard error how far a sweep is and how long it still takes, on a terminal."""
    lost = 0

    def count(progress: Progress) -> None:
        nonlocal lost
        lost = progress.lost

    if sys.stderr.isatty():
        with _drawn(title) as draw:

            def told(progress: Progress) -> None:
                count(progress)
                draw(progress)

            yield told
    else:
        yield count
    if lost:
        template = trn(
            "{count} process died, and its run was done again",
            "{count} processes died, and their runs were done again",
            lost,
        )
        click.echo(f"qdash: {template.format(count=lost)}", err=True)


@contextmanager
def _drawn(title: str) -> Generator[Told]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[left]}"),
        console=Console(stderr=True),
        transient=True,
    )
    task = bar.add_task(title, total=None, left="")
    due = time.monotonic() + _PATIENCE

    def draw(progress: Progress) -> None:
        if time.monotonic() >= due:
            bar.start()
            left = "" if progress.left is None else _left(progress.left)
            bar.update(task, completed=progress.done, total=progress.total, left=left)

    try:
        yield draw
    finally:
        bar.stop()


def _left(seconds: float) -> str:
    """Return how long something still takes, as a person would say it."""
    if seconds < 90:
        return tr("{count:.0f} s left").format(count=seconds)
    if seconds < 5_400:
        return tr("{count:.0f} min left").format(count=seconds / 60)
    return tr("{count:.1f} h left").format(count=seconds / 3_600)
