"""What is advised, with the evidence for it: a verdict, and a table of what was tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from qdash.cli.length_notes import length_notes, point_words
from qdash.experiment import theory
from qdash.experiment.measures import SCALES, SIGNS, decimals, measure, shown, title
from qdash.experiment.target import Target, Verdict
from qdash.settings import DURATION, SETTINGS
from qdash.sweeps.advise import Advice, Evidence, Judged
from qdash.words import mark, tr, trn

_ROWS: Final = 12  # how many points the table shows

_VERDICTS: Final[dict[Verdict, str]] = {
    "met": mark("met"),
    "missed": mark("missed"),
    "undecided": mark("undecided"),
}
_MARKS: Final[dict[Verdict, str]] = {"met": "✓", "missed": "✗", "undecided": "?"}


def print_advice(advice: Advice) -> None:
    """Print the verdict and its evidence."""
    console = Console(highlight=False)
    for line in (*_about(advice), "", *_said(advice)):
        console.print(line, soft_wrap=True)
    console.print()
    shown = _shown(advice)
    console.print(_table(advice, shown))
    for line in _notes(advice, shown):
        console.print(line, soft_wrap=True)


def _about(advice: Advice) -> Iterator[str]:
    plan = advice.results.plan
    count, runs = len(advice.judged), len(advice.results)
    length = tr("up to their own end")
    if plan.until is not None:
        until = DURATION.show(plan.until)
        length = tr("{until} of virtual time").format(until=until)
    if plan.warmup:
        warmup = DURATION.show(plan.warmup)
        length = tr("{length}, without the first {warmup}").format(length=length, warmup=warmup)
    yield tr("{scenario}, seed {seed}: {points}, {runs}, {length}").format(
        scenario=f"[bold]{plan.scenario}[/]",
        seed=plan.seed,
        points=trn("{count:,} point", "{count:,} points", count).format(count=count),
        runs=trn("{count:,} run", "{count:,} runs", runs).format(count=runs),
        length=length,
    )
    yield tr("wanted: {targets}").format(targets=", ".join(map(str, advice.targets)))
    template = tr("cheapest by: {cost}; of equals, what changes the fewest settings")
    yield template.format(cost=advice.cost)


def _said(advice: Advice) -> Iterator[str]:
    """Say what is advised, and how sure that is."""
    if advice.chosen is not None:
        template = tr("Take [bold]{point}[/]: it meets every target.")
        yield template.format(point=point_words(advice.chosen.point))
        if advice.open:
            most = max(each.runs for each in advice.open)
            yield trn(
                "{count:,} cheaper point is undecided after {runs:,} runs; --at-most allows more.",
                "{count:,} cheaper points are undecided after {runs:,} runs; "
                "--at-most allows more.",
                len(advice.open),
            ).format(count=len(advice.open), runs=most)
        return
    if advice.open:
        most = max(each.runs for each in advice.open)
        yield trn(
            "[bold]None[/] was shown to meet every target; {count:,} point is undecided after "
            "{runs:,} runs, and --at-most allows more.",
            "[bold]None[/] was shown to meet every target; {count:,} points are undecided after "
            "{runs:,} runs, and --at-most allows more.",
            len(advice.open),
        ).format(count=len(advice.open), runs=most)
    else:
        yield tr("[bold]None[/] of these settings meets every target.")
    nearest = advice.nearest
    misses = [each for each in nearest.evidence if each.verdict != "met"]
    template = tr("Nearest comes {point}: {misses}.")
    told = ", ".join(map(_evidence, misses))
    yield template.format(point=point_words(nearest.point), misses=told)


def _evidence(each: Evidence) -> str:
    """``wait.p95 is 0.612 ± 0.03 s, wanted < 0.5 s``."""
    if each.found is None:
        return tr("{measure} could not be measured").format(measure=each.target.name)
    unit = measure(each.target.name).unit
    places = decimals([each.found], SCALES.get(unit, 1.0))
    found = f"{shown(each.found, unit, places)} {SIGNS[unit]}".strip()
    template = tr("{measure} is {found}, wanted {bound}")
    bound = str(each.target).removeprefix(each.target.name).strip()
    return template.format(measure=each.target.name, found=found, bound=bound)


def _shown(advice: Advice) -> list[Judged]:
    """Return the points of the table: those up to the chosen one, or the nearest; by cost."""
    every = advice.judged
    if advice.chosen is None:
        near = sorted(every, key=lambda each: each.misses_by)[:_ROWS]
        return [each for each in every if any(each is one for one in near)]
    at = next(n for n, each in enumerate(every) if each is advice.chosen)
    first = max(0, min(at - _ROWS // 2, len(every) - _ROWS))
    return list(every[first : first + _ROWS])


def _table(advice: Advice, rows: list[Judged]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("\n")
    for name in advice.judged[0].point:
        table.add_column(f"{name}\n", justify="right", no_wrap=True)
    summed = any(len(terms) > 1 for terms in advice.cost.sums)  # else it can be read in the table
    if summed:
        table.add_column(tr("cost") + "\n", justify="right")
    table.add_column(tr("runs") + "\n", justify="right")
    columns = [_column(rows, n, target) for n, target in enumerate(advice.targets)]
    for head, _ in columns:
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("\n")
    for at, each in enumerate(rows):
        cells = ["→" if each is advice.chosen else " "]
        cells += [SETTINGS[name].show(value) for name, value in each.point.items()]
        if summed:
            cells.append(", ".join(f"{price:g}" for price in each.cost))
        cells.append(f"{each.runs:,}")
        cells += [column[at] for _, column in columns]
        style = "bold" if each is advice.chosen else "" if each.verdict != "missed" else "dim"
        table.add_row(*cells, tr(_VERDICTS[each.verdict]), style=style)
    return table


def _column(rows: list[Judged], number: int, target: Target) -> tuple[str, list[str]]:
    """Return the head of a target's column, and what each point came to, with its sign."""
    unit = measure(target.name).unit
    evidence = [each.evidence[number] for each in rows]
    places = decimals((each.found for each in evidence), SCALES.get(unit, 1.0))
    cells = [f"{shown(each.found, unit, places)} {_MARKS[each.verdict]}" for each in evidence]
    bound = str(target).removeprefix(target.name).strip()
    return f"{title(target.name)}\n{bound}", cells


def _notes(advice: Advice, rows: Iterable[Judged]) -> Iterator[str]:
    yield tr("± is half of the {each} % interval; a target is met where all of it is (✓).").format(
        each=f"{100 * advice.each:.5g}"
    )
    if advice.looks > 1:
        yield tr(
            "Each point is looked at up to {looks} times; over all, a verdict holds at 95 %."
        ).format(looks=advice.looks)
    more = len(advice.judged) - len(list(rows))
    if more > 0:
        yield trn(
            "… and {more:,} more point; --json has them all",
            "… and {more:,} more points; --json has them all",
            more,
        ).format(more=more)
    yield from length_notes(advice.results)
    told = advice.chosen or advice.nearest
    plan = advice.results.plan
    found = theory.of(plan.scenario, plan.at(told.point))
    expected = [
        tr("{measure} {value}").format(
            measure=each.target.name, value=measure(each.target.name).show(each.expected)
        )
        for each in told.evidence
        if each.expected is not None
    ]
    line = theory.sentence(found)
    if expected:
        template = tr("{line}; it expects {figures} there")
        line = template.format(line=line, figures=", ".join(expected))
    yield line
