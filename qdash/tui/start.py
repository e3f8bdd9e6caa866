"""The ways in: each runs an app until the person quits, and returns the exit status."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qdash.tui.app import QDashApp, Titled, play_app

if TYPE_CHECKING:
    from qdash.events import Value
    from qdash.history import History
    from qdash.measured import Times
    from qdash.scenarios import Scenario
    from qdash.script.model import Script
    from qdash.tui.study import Draft


def run_dashboard(
    scenario: Scenario,
    settings: Mapping[str, Value],
    seed: int | None = None,
    *,
    speed: float | None = 1.0,
    ascii: bool = False,
    theme: str = "dark",
    record: Path | None = None,
    without: Collection[str] = (),
    times: Times | None = None,
) -> int:
    """Run the dashboard until the person quits; return the exit status.

    ``without`` names the rules of advice that are off; ``times`` are those to which the settings
    ``arrivals`` and ``work`` point by ``file``. Raises SettingError, and RecordingError when the
    file cannot be begun, or does not hold all that happened.
    """
    looks: dict[str, Any] = {"speed": speed, "ascii": ascii, "theme": theme, "without": without}
    return _run_lab(QDashApp(scenario, settings, seed, record=record, times=times, **looks))


def _run_lab(app: QDashApp) -> int:
    try:
        _run(app)
    finally:
        app.close_lab()  # whatever went wrong in a widget, the recording is whole
    if app.recording_problem is not None:
        raise app.recording_problem
    return app.return_code or 0


def run_experiment(
    scenario: Scenario,
    settings: Mapping[str, Value],
    seed: int | None = None,
    *,
    change: Callable[[Draft], None],
    begins: bool,
    jobs: int | None = None,
    times: Times | None = None,
    **looks: Any,
) -> int:
    """Open the experiment screen before the dashboard; return the exit status.

    ``change`` makes the draft of the experiment what was asked for, which is run at once if it
    ``begins``, by so many processes as ``jobs`` says.
    """
    app = QDashApp(scenario, settings, seed, times=times, **looks)
    app.jobs = jobs
    app.will_experiment(change, begins=begins)
    return _run_lab(app)


def run_compare(
    scenario: Scenario,
    first: Mapping[str, Value],
    second: Mapping[str, Value],
    seed: int,
    *,
    jobs: int | None = None,
    times: Times | None = None,
    **looks: Any,
) -> int:
    """Show two settings of a scenario side by side; return the exit status.

    ``jobs`` is how many processes share the runs of replications. ``looks`` are ``speed``,
    ``ascii`` and ``theme``, as for ``run_dashboard``.
    """
    app = QDashApp(scenario, first, seed, times=times, **looks)
    app.jobs = jobs
    app.will_compare(first, second)
    return _run_lab(app)


def run_play(
    name: str = "",
    script: Script | None = None,
    *,
    present: bool | None = None,
    times_as_fast: float | None = 1.0,
    written: Callable[[Sequence[Path]], None] | None = None,
    **looks: Any,
) -> int:
    """Play a script until the person quits; return the exit status. None lists all that ship.

    ``name``, ``present`` and ``times_as_fast`` are those of ``play_app``. ``looks`` are ``ascii``,
    ``theme``, ``without`` and ``record``, as for ``run_dashboard``; each lab is recorded in a file
    of its own, and ``written`` is told of them at the end.
    """
    app = play_app(name, script, present=present, times_as_fast=times_as_fast, **looks)
    try:
        return _run_lab(app)
    finally:
        if written is not None:
            written(app.recorded)


def run_replay(history: History, problem: str = "", **looks: Any) -> int:
    """Show a recording until the person quits; return the exit status.

    ``problem`` is a sentence on what is wrong with the file, or "". ``looks`` are the ``speed`` at
    which it is played, ``ascii``, ``theme`` and ``without``, as for ``run_dashboard``.
    """
    from qdash.tui.replay import ReplayApp

    app = ReplayApp(history, problem, **looks)
    _run(app)
    return app.return_code or 0


def _run(app: Titled) -> None:
    """Run an app as the last thing that this process does."""
    # What there is by now stays; looking through it for garbage would hold up a frame for long.
    gc.freeze()
    app.run()
