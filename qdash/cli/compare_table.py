"""The table of a comparison: a row a measure, A, B, and how they differ."""

from __future__ import annotations

from typing import Final

from qdash.cli.length_notes import side_notes
from qdash.experiment.compared import BETTER, Comparison, difference_words, value_words
from qdash.experiment.grid import Plan
from qdash.experiment.measures import MEASURES
from qdash.settings import DURATION, SETTINGS
from qdash.words import tr, trn

_LOOKS: Final = {BETTER: "bold green", "": ""}


def print_comparison(first: Plan, second: Plan, found: Comparison) -> None:
    """Print what both come to, and the difference with its interval."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    runs = trn("{count} run of each", "{count} runs of each", found.batches)
    length = tr("up to their own end") if first.until is None else DURATION.show(first.until)
    if first.warmup:
        template = tr("{length}, without the first {warmup}")
        length = template.format(length=length, warmup=DURATION.show(first.warmup))
    said = tr("{scenario}, seed {seed}: {runs}, {length}").format(
        scenario=f"[bold]{first.scenario}[/]",
        seed=first.seed,
        runs=runs.format(count=found.batches),
        length=length,
    )
    console.print(said, soft_wrap=True)
    for letter, plan, other in (("A", first, second), ("B", second, first)):
        console.print(f"[bold]{letter}[/]: {escape(_apart(plan, other))}", soft_wrap=True)
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column(escape(found.queue))
    for head in ("A", "B", tr("B − A (95 %)")):
        table.add_column(head, justify="right")
    table.add_column("")
    for row in found.rows:
        measure = MEASURES[row.name]
        look = _LOOKS.get(row.verdict, "bold red")
        table.add_row(
            tr(measure.title),
            value_words(measure, row.first),
            value_words(measure, row.second),
            difference_words(measure, row.difference),
            f"[{look}]{tr(row.verdict)}[/]" if row.verdict else "",
        )
    console.print(table)
    of = {row.name: row for row in found.rows}
    busy, rate = of["utilisation"], of["throughput"]
    for note in (
        *side_notes("A", first, busy.first, rate.first),
        *side_notes("B", second, busy.second, rate.second),
    ):
        console.print(note, soft_wrap=True)
    if found.batches == 1:
        console.print(tr("One run says nothing of how sure that is: give --replications."))


def _apart(plan: Plan, other: Plan) -> str:
    """Return the settings in which a plan differs from the other."""
    names = [name for name, value in plan.settings.items() if other.settings[name] != value]
    if not names:
        return tr("the same settings")
    return ", ".join(f"{name} {SETTINGS[name].show(plan.settings[name])}" for name in names)
