"""``qdash [SCENARIO]``: the dashboard, the command without a name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from qdash.cli import options
from qdash.cli.group import DASHBOARD, NAMED, Unnamed, opening_screen
from qdash.cli.shape import command as named
from qdash.cli.types import ScenarioType
from qdash.events import Value
from qdash.settings import SETTINGS
from qdash.words import mark

if TYPE_CHECKING:
    from qdash.measured import Measured
    from qdash.scenarios import Scenario


@named(DASHBOARD, mark("Open the dashboard."), hidden=True, cls=Unnamed)
@click.argument("scenario", required=False, type=ScenarioType(commands=NAMED))
@options.assignments
@options.seed
@options.arrivals_from
@options.work_from
@options.speed
@options.ascii
@options.theme
@options.record
@options.without
@options.lang
def command(
    scenario: Scenario | None,
    assignments: tuple[tuple[str, Value], ...],
    seed: int | None,
    arrivals_from: Measured | None,
    work_from: Measured | None,
    speed: float | None,
    ascii: bool,
    theme: str,
    record: Path | None,
    without: tuple[str, ...],
) -> int:
    """Open the dashboard on a scenario."""
    from qdash.scenarios import SLUGS
    from qdash.scenarios import scenario as find

    with opening_screen("qdash run SCENARIO"):
        from qdash.tui.start import run_dashboard

    played: dict[str, Any] = {"seed": seed, "speed": speed}
    lab: dict[str, Value] = {}
    for name, value in assignments:
        (lab if SETTINGS[name].lab else played)[name] = value
    return run_dashboard(
        scenario or find(SLUGS[0]),
        lab,
        played["seed"],
        times=options.times_of(lab, arrivals_from, work_from),
        speed=played["speed"],
        ascii=ascii,
        theme=theme,
        record=record,
        without=without,
    )
