"""``qdash run SCENARIO``: a run without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qdash.cli import options
from qdash.cli.printing import print_json, print_run, progress_bar
from qdash.cli.shape import command as named
from qdash.cli.shape import option
from qdash.cli.types import ScenarioType, SettingType
from qdash.events import Value
from qdash.settings import DURATION
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.measured import Measured
    from qdash.scenarios import Scenario


@named("run", mark("Run SCENARIO without a screen, on virtual time, as fast as it goes."))
@click.argument("scenario", required=False, metavar="SCENARIO", type=ScenarioType())
@options.assignments
@options.seed
@options.arrivals_from
@options.work_from
@option("--for", "until", metavar="SECONDS", type=SettingType(DURATION), help=DURATION.help)
@options.as_json
@options.record
@options.without
@options.lang
def command(
    scenario: Scenario | None,
    assignments: tuple[tuple[str, Value], ...],
    seed: int | None,
    arrivals_from: Measured | None,
    work_from: Measured | None,
    until: float | None,
    as_json: bool,
    record: Path | None,
    without: tuple[str, ...],
) -> int:
    """Run a scenario and print what came of it."""
    from qdash.headless import Run
    from qdash.recording import RecordingError
    from qdash.scenarios import LISTED

    if scenario is None:
        names = ", ".join(LISTED)
        raise click.UsageError(tr("which scenario? There are {names}").format(names=names))
    settings = dict(assignments)
    given: Any = settings.pop("seed", seed)
    asked = list(settings)
    times = options.times_of(settings, arrivals_from, work_from)
    this = Run(scenario.slug, settings, seed=given, until=until, record=record, times=times)
    for name in asked:
        if name in scenario.unused:
            template = tr("{name} changes nothing in {scenario}")
            click.echo(f"qdash: {template.format(name=name, scenario=scenario.slug)}", err=True)
    lost = ""
    try:
        with this, progress_bar(scenario.slug) as progress:
            this.go(progress)
    except RecordingError as error:
        lost = str(error)
    if as_json:
        print_json(lambda: this.result(without))
    else:
        print_run(this, without)
    failed = tr("{scenario} failed: {error}").format(scenario=scenario.slug, error=this.failed)
    problem = failed if this.failed else lost
    if problem:
        click.echo(f"qdash: {problem}", err=True)
    return 1 if problem else 0
