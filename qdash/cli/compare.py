"""``qdash compare SCENARIO``: two settings against one another, on the screen or as figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from qdash.cli import options
from qdash.cli.asked import Asked, repeated
from qdash.cli.group import opening_screen
from qdash.cli.shape import F, option
from qdash.cli.shape import command as named
from qdash.cli.types import AssignmentType, ScenarioType
from qdash.events import Value
from qdash.settings import SETTINGS
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.experiment.grid import Plan
    from qdash.scenarios import Scenario


def _side(letter: str, help: str) -> Callable[[F], F]:
    return option(
        f"--{letter}",
        letter,
        metavar="NAME=VALUE",
        type=AssignmentType(),
        multiple=True,
        help=help,
    )


@named(
    "compare",
    mark(
        "Show SCENARIO twice with the same seed, A against B, side by side.\n\n"
        "With --replications or --json: no screen, but the figures of many runs of each, and how "
        "they differ."
    ),
)
@click.argument("scenario", required=False, metavar="[SCENARIO]", type=ScenarioType())
@_side("a", mark("Give a setting of A another value; may be given many times."))
@_side("b", mark("Give a setting of B another value; may be given many times."))
@repeated
@options.jobs
@options.speed
@options.ascii
@options.theme
@options.as_json
@options.lang
def command(
    scenario: Scenario | None,
    a: tuple[tuple[str, Value], ...],
    b: tuple[tuple[str, Value], ...],
    asked: Asked,
    jobs: int | None,
    speed: float | None,
    ascii: bool,
    theme: str,
    as_json: bool,
) -> int:
    """Compare two settings of a scenario."""
    from qdash.cli.sweeping import tell_unused
    from qdash.scenarios import SLUGS
    from qdash.scenarios import scenario as find
    from qdash.sweeps.runner import plan

    chosen = scenario or find(SLUGS[0])
    how = asked.plan()
    common = how.pop("settings", {})
    for name in (*common, *dict(a), *dict(b)):
        if not SETTINGS[name].lab:
            text = tr("{name} is the same for A and B: it is given by --{name}")
            raise click.UsageError(text.format(name=name))
    sides = [{**common, **dict(given)} for given in (a, b)]
    first, second = (plan(chosen.slug, settings=side, **how) for side in sides)
    tell_unused(chosen, dict.fromkeys((*common, *dict(a), *dict(b))))
    if as_json or asked.replications is not None:
        return _run(first, second, jobs, as_json)
    if asked.warmup is not None or asked.until is not None:
        raise click.UsageError(
            tr(
                "--warmup and --for are for the figures of many runs: "
                "give --replications or --json too"
            )
        )
    with opening_screen("qdash compare SCENARIO --replications N"):
        from qdash.tui.start import run_compare

    return run_compare(
        chosen,
        first.settings,
        second.settings,
        first.seed,
        times=how.get("times", {}),
        jobs=jobs,
        speed=speed,
        ascii=ascii,
        theme=theme,
    )


def _run(first: Plan, second: Plan, jobs: int | None, as_json: bool) -> int:
    """Run both without a screen, and print what came of it; return the exit status."""
    from qdash.cli.printing import print_json, progress_bar
    from qdash.experiment.compared import of_pairs
    from qdash.sweeps.pairs import Pairs
    from qdash.sweeps.pool import SweepError

    pairs = Pairs(first, second, jobs=jobs)
    try:
        with progress_bar(first.scenario) as progress:
            pairs.run(lambda: progress(pairs.done / pairs.total))
    except SweepError as error:
        click.echo(f"qdash: {error}", err=True)
        return 1
    figures = pairs.found or []
    queue = next((name.partition(":")[0] for name in figures[0][0] if ":" in name), "")
    found = of_pairs(figures, queue)
    if as_json:
        from qdash.experiment.compared import as_json as told

        print_json(lambda: told(first, second, found))
    else:
        from qdash.cli.compare_table import print_comparison

        print_comparison(first, second, found)
    return 0
