"""The table of a sweep: a row a point, each figure with its interval; wide ones are folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from qdash.cli.length_notes import length_notes
from qdash.cli.shape import cells
from qdash.experiment import theory
from qdash.experiment.measures import SCALES, SIGNS, decimals, measure, shown, title
from qdash.experiment.results import Results
from qdash.settings import DURATION, SETTINGS
from qdash.words import tr, trn

if TYPE_CHECKING:
    from rich.table import Table

_ROWS: Final = 200  # how many points a table shows
_GAP: Final = 3  # cells between two columns: padding on either side, and the box's own

Column = list[str]
"""The heads of a column, then a cell a row."""


def print_results(results: Results, measures: Sequence[str]) -> None:
    """Print what a sweep came to."""
    from rich.console import Console

    console = Console(highlight=False)
    console.print(_about(results), soft_wrap=True)
    varied = [_varied(results, vary.name) for vary in results.plan.vary]
    found = _theory(results)
    columns = [_measured(results, found, name) for name in measures]
    for table in _folded(varied, columns, console.width):
        console.print()
        console.print(table)
    console.print()
    for note in [*_queue_notes(results, measures), *length_notes(results), *_notes(results)]:
        console.print(note, soft_wrap=True)


def _about(results: Results) -> str:
    plan = results.plan
    count = plan.grid.size
    points = trn("{count:,} point", "{count:,} points", count).format(count=count)
    runs = trn("{count:,} run each", "{count:,} runs each", plan.replications)
    if plan.until is None:
        length = tr("up to their own end")
    else:
        length = tr("{until} of virtual time").format(until=DURATION.show(plan.until))
    if plan.warmup:
        template = tr("{length}, without the first {warmup}")
        length = template.format(length=length, warmup=DURATION.show(plan.warmup))
    template = tr("{scenario}, seed {seed}: {points}, {runs}, {length}")
    return template.format(
        scenario=f"[bold]{plan.scenario}[/]",
        seed=plan.seed,
        points=points,
        runs=runs.format(count=plan.replications),
        length=length,
    )


def _varied(results: Results, name: str) -> Column:
    shows = SETTINGS[name].show
    return [name, "", *(shows(point[name]) for point in results.points[:_ROWS])]


def _theory(results: Results) -> list[theory.Found]:
    """Return what theory has to say of each point that is shown."""
    plan = results.plan
    return [theory.of(plan.scenario, plan.at(point)) for point in results.points[:_ROWS]]


def _measured(results: Results, found: list[theory.Found], name: str) -> list[Column]:
    """Return the column of a measure, and one of what theory expects, if it does anywhere."""
    unit = measure(name).unit
    scale = SCALES.get(unit, 1.0)
    intervals = [results.interval(point, name) for point in results.points[:_ROWS]]
    places = decimals(intervals, scale)
    columns = [[title(name), SIGNS[unit], *(shown(each, unit, places) for each in intervals)]]
    expected = [theory.expected(each, name) for each in found]
    if any(value is not None for value in expected):
        texts = ["" if value is None else f"{value * scale:,.{places}f}" for value in expected]
        columns.append([tr("theory"), "", *texts])
    return columns


def _folded(varied: list[Column], groups: list[list[Column]], width: int) -> Iterator[Table]:
    """Yield tables, each with what is varied and as many other columns as there is room for."""
    first = sum(map(_width, varied))
    rest = list(groups)
    while True:
        taken, used = 0, first
        while taken < len(rest) and (not taken or used + sum(map(_width, rest[taken])) <= width):
            used += sum(map(_width, rest[taken]))
            taken += 1
        yield _table([*varied, *(column for group in rest[:taken] for column in group)])
        rest = rest[taken:]
        if not rest:
            return


def _width(column: Column) -> int:
    return max(map(cells, column)) + _GAP


def _table(columns: list[Column]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1), show_edge=False)
    for head, unit, *_ in columns:
        table.add_column(f"{head}\n{unit}", justify="right", no_wrap=True)
    for row in zip(*(column[2:] for column in columns), strict=True):
        table.add_row(*row)
    return table


def _queue_notes(results: Results, measures: Sequence[str]) -> Iterator[str]:
    """Say of which queue the figures are where there are more than one."""
    queues = list(dict.fromkeys(name.rpartition(":")[0] for name in results.names if ":" in name))
    asked = dict.fromkeys(name.rpartition(":")[0] for name in measures)
    for unknown in [name for name in asked if name and name not in queues]:
        template = tr("There is no queue called {name}; there are {known}.")
        yield template.format(name=unknown, known=", ".join(queues))
    plain = [name for name in measures if ":" not in name and measure(name).queue]
    if len(queues) > 1 and plain:
        template = tr("Figures are of the queue {first}; of another: --measure {other}.")
        yield template.format(first=queues[0], other=f"{queues[1]}:{plain[0]}")


def _notes(results: Results) -> Iterator[str]:
    more = len(results.points) - _ROWS
    if more > 0:
        yield trn(
            "… and {more:,} more point; --json and --csv have them all",
            "… and {more:,} more points; --json and --csv have them all",
            more,
        ).format(more=more)
    yield from theory.lines(_theory(results))
    rows = results.rows
    if results.plan.replications > 1:
        yield tr("± is half of the 95 % interval of the mean over the runs of a point.")
    if cold := sum(len(row.figures) <= 1 for row in rows):
        yield trn(
            "{count:,} run was over before the warm-up was; give --warmup 0 to measure it.",
            "{count:,} runs were over before the warm-up was; give --warmup 0 to measure them.",
            cold,
        ).format(count=cold)
    if failed := sum(bool(row.figures.get("failed")) for row in rows):
        yield trn(
            "In {count:,} run the scenario failed with an exception.",
            "In {count:,} runs the scenario failed with an exception.",
            failed,
        ).format(count=failed)
