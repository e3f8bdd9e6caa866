"""``qdash [SCENARIO]``: the dashboard, the command without a name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from qdash.cli import options
from qdash.cli.group import DASHBOARD, need_terminal
from qdash.cli.types import ScenarioType
from qdash.events import Value
from qdash.settings import SETTINGS

if TYPE_CHECKING:
    from qdash.scenarios import Scenario

NAMED: Final = ("list", "run", "replay", "explain")
"""The commands that have a name: one of them may have been meant."""


class _Dashboard(click.Command):
    """The command without a name."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("qdash", "[SCENARIO] [OPTIONS]")


@click.command(DASHBOARD, hidden=True, cls=_Dashboard)
@click.argument("scenario", required=False, type=ScenarioType(commands=NAMED))
@options.assignments
@options.seed
@options.speed
@options.ascii
@options.theme
@options.record
@options.without
def command(
    scenario: Scenario | None,
    assignments: tuple[tuple[str, Value], ...],
    seed: int | None,
    speed: float | None,
    ascii: bool,
    theme: str,
    record: Path | None,
    without: tuple[str, ...],
) -> int:
    """Open the dashboard."""
    from qdash.scenarios import SLUGS
    from qdash.scenarios import scenario as find

    need_terminal("qdash run SCENARIO")
    from qdash.tui.app import run_dashboard

    played: dict[str, Any] = {"seed": seed, "speed": speed}
    lab: dict[str, Value] = {}
    for name, value in assignments:
        (lab if SETTINGS[name].lab else played)[name] = value
    return run_dashboard(
        scenario or find(SLUGS[0]),
        lab,
        played["seed"],
        speed=played["speed"],
        ascii=ascii,
        theme=theme,
        record=record,
        without=without,
    )
