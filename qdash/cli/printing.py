"""What is printed: tables and figures of a run, and how far a long one is."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import click

from qdash.heard import heard
from qdash.settings import FROM_FILE, SETTINGS
from qdash.words import SOURCE, speaking, tr, trc, trn

# rich is imported where it is used, so that whatever does without it stays quick.
if TYPE_CHECKING:
    from rich.table import Table

    from qdash.headless import Run
    from qdash.recording import Reader

_ROWS: Final = 30  # how many workers the table of a run shows
_PATIENCE: Final = 0.5  # seconds before a progress bar appears


def print_json(make: Callable[[], object]) -> None:
    """Print what ``make`` returns as one JSON object.

    A program reads it: its sentences are English, whatever language is spoken.
    """
    import json

    with speaking(SOURCE):
        click.echo(json.dumps(make(), indent=2))


@contextmanager
def progress_bar(title: str) -> Generator[Callable[[float], None]]:
    """Show on standard error how far a long run is, where that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda part: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task(title, total=1.0)
    due = time.monotonic() + _PATIENCE

    def progress(part: float) -> None:
        if time.monotonic() >= due:
            bar.start()
            bar.update(task, completed=part)

    try:
        yield progress
    finally:
        bar.stop()


def print_figures(reader: Reader, without: tuple[str, ...]) -> int:
    """Print the figures of a recording, and say what is wrong with it."""
    from qdash.headless import figures
    from qdash.state import State
    from qdash.stats import Stats

    state, stats = State(reader.header), Stats()
    with progress_bar(tr("reading")) as progress:
        for events in reader:
            state.apply_all(events)
            stats.apply_all(events)
            progress(reader.part)
    print_json(lambda: figures(state, stats, state.t, without=without))
    if reader.problem:
        click.echo(f"qdash: {reader.problem}", err=True)
    return 1 if reader.problem else 0


def print_run(run: Run, without: tuple[str, ...]) -> None:
    """Print the figures of a run as tables, and the advice on it."""
    from rich.console import Console
    from rich.markup import escape

    result = run.result(without)
    console = Console(highlight=False)
    template = tr(
        "{scenario}, seed {seed}: {clock:,.2f} s of virtual time in {wall:.2f} s, "
        "{events:,} events; {ending}"
    )
    scenario, ending = f"[bold]{result['scenario']}[/]", tr(run.ending)
    said = template.format(**{**result, "scenario": scenario, "ending": ending})
    console.print(said, soft_wrap=True)
    for name, times in result.get("measured", {}).items():
        if result["settings"][name] == FROM_FILE:
            template = tr("{name} as measured: {times}; after the last time the first comes again")
            console.print(escape(template.format(name=name, times=times)), soft_wrap=True)
    console.print(_queues_table(result["queues"]))
    console.print(_workers_table(result["workers"]))
    if len(result["workers"]) > _ROWS:
        more = len(result["workers"]) - _ROWS
        template = trn(
            "… and {more:,} more worker; --json has them all",
            "… and {more:,} more workers; --json has them all",
            more,
        )
        console.print(template.format(more=more))
    for name, worker in result["workers"].items():
        if worker["error"]:
            console.print(f"[bold]{escape(name)}[/]: {escape(worker['error'])}")
    for line in _theory(result):
        console.print(line, soft_wrap=True)
    for advice in result["advice"]:
        console.print(f"[bold]{escape(advice['rule'])}[/]: {escape(advice['evidence'])}")
        console.print(f"  {escape(advice['remedy'])}")


_EXPECTED: Final = (
    "throughput", "wait.mean", "wait.p95", "depth.mean", "blocked.mean", "full", "refused",
)  # fmt: skip
"""The figures of theory that stand beside those of a run."""


def _theory(result: dict[str, Any]) -> Iterator[str]:
    """Say what theory expects of a run, and what Little's law says of its own figures.

    Only of scenarios that are models: of the others there is never anything to say.
    """
    from qdash.experiment import theory
    from qdash.experiment.measures import measure, title

    if result["scenario"] not in theory.MODELLED:
        return
    found = theory.of(result["scenario"], result["settings"])
    yield theory.sentence(found)
    expected = {name: theory.expected(found, name) for name in _EXPECTED}
    figures = [
        f"{title(name)} {measure(name).show(value)}" for name, value in expected.items() if value
    ]
    if figures:
        yield "  " + tr("in the steady state: {figures}").format(figures="; ".join(figures))
    queue = next(iter(result["queues"].values()), None)
    if queue is not None and queue["got"] and result["clock"]:
        rate, wait = queue["got"] / result["clock"], queue["wait"]["mean"]
        template = tr(
            "Little's law: {rate} got × {wait} in the queue = a depth of {depth:.4g}; "
            "it was {measured:.4g}"
        )
        said = {"rate": measure("throughput").show(rate), "wait": measure("wait.mean").show(wait)}
        depth = theory.little(rate, wait)
        yield "  " + template.format(depth=depth, measured=queue["depth_mean"], **said)


def _table(*columns: str) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE, pad_edge=False)
    for column in columns:
        left = column in ("", tr("role"), tr("state"))
        table.add_column(column, justify="left" if left else "right")
    return table


def _queues_table(queues: dict[str, Any]) -> Table:
    """One column a queue, since there are few queues and many figures."""
    table = _table("", *queues)
    every = list(queues.values())
    table.add_row("maxsize", *(SETTINGS["maxsize"].show(q["maxsize"]) for q in every))
    counts = {
        "size": trc("figure", "size"),
        "put": "put",
        "got": trc("figure", "got"),
        "done": trc("figure", "done"),
        "unfinished": trc("figure", "unfinished"),
    }
    if any("dropped" in q for q in every):
        counts["dropped"] = trc("figure", "thrown away")
    for key, shown in counts.items():
        table.add_row(shown, *(f"{q.get(key, 0):,}" for q in every))
    depths = (f"{q['depth_mean']:.2f}  {q['depth_max']}" for q in every)
    table.add_row(tr("depth, mean and max"), *depths)
    part = tr("{part:.0%} of the time")
    table.add_row(trc("figure", "full"), *(part.format(part=q["full_fraction"]) for q in every))
    table.add_row(tr("wait, mean p95 max"), *(_seconds(q["wait"]) for q in every))
    table.add_row(tr("blocked in put, same"), *(_seconds(q["put_blocked"]) for q in every))
    return table


def _seconds(spread: dict[str, float | None]) -> str:
    if spread["mean"] is None:
        return "–"
    return "  ".join(f"{spread[key]:.2f}" for key in ("mean", "p95", "max")) + " s"


def _workers_table(workers: dict[str, Any]) -> Table:
    table = _table(
        "",
        tr("role"),
        tr("state"),
        trc("figure", "items"),
        trc("figure", "busy"),
        trc("figure", "blocked"),
        trc("figure", "waiting"),
        trc("figure", "timeouts"),
    )
    states = {
        "running": trc("state", "running"),
        "making": trc("state", "making"),
        "working": trc("state", "working"),
        "putting": trc("state", "putting"),
        "getting": trc("state", "getting"),
        "joining": trc("state", "joining"),
        "stalled": trc("state", "stalled"),
        "returned": trc("state", "returned"),
        "failed": trc("state", "failed"),
        "cancelled": trc("state", "cancelled"),
        "shutdown": trc("state", "shutdown"),
    }
    for name, w in list(workers.items())[:_ROWS]:
        fractions = (f"{w[f'{key}_fraction']:.0%}" for key in ("busy", "blocked", "waiting"))
        table.add_row(
            heard(name),  # some are told together, in words
            w["role"],
            states.get(w["state"], w["state"]),
            f"{w['items']:,}",
            *fractions,
            f"{w['timeouts']:,}",
        )
    return table
