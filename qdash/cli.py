"""The command line: parses, calls, prints.

Wrong input is one line on standard error that says what is allowed, and exit status 2.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem

from qdash import __version__
from qdash.events import Value
from qdash.settings import DURATION, LAB_SETTINGS, SETTINGS, Setting, SettingError, parse_assignment

# Textual, rich and the engine are imported where they are used, so that whatever does without
# them stays quick.
if TYPE_CHECKING:
    from rich.table import Table

    from qdash.headless import Run
    from qdash.recording import Reader
    from qdash.scenarios import Scenario

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # older versions of click know no type of a type

INTERRUPTED: Final = 130
"""The exit status after ctrl+c."""

_ROWS: Final = 30  # how many workers the table of a run shows
_PATIENCE: Final = 0.5  # seconds before a progress bar appears
_KEPT: Final = 5_000_000  # how many of its latest events a replay keeps at least


# --- what is typed ----------------------------------------------------------------------------


class _ScenarioType(_ParamType):
    """The slug of a scenario."""

    name = "scenario"

    def __init__(self, commands: Sequence[str] = ()) -> None:
        self._commands = commands

    def convert(self, value: Any, param: object, ctx: object) -> Scenario:
        from qdash.scenarios import UnknownScenario, scenario

        try:
            return scenario(value)
        except UnknownScenario as error:
            from difflib import get_close_matches

            if self._commands and os.path.isfile(value):
                raise click.UsageError(
                    f"there is no scenario {value!r}; to see a recording: qdash replay FILE"
                ) from None

            near = get_close_matches(value, self._commands, n=1)
            raise click.UsageError(
                f"there is no command {value!r}; did you mean {near[0]}?" if near else str(error)
            ) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        from qdash.scenarios import SLUGS

        return _beginning(incomplete, [*SLUGS, *self._commands])


class _SettingType(_ParamType):
    """The value of one setting."""

    def __init__(self, setting: Setting) -> None:
        self.name = setting.name
        self._setting = setting

    def convert(self, value: Any, param: object, ctx: object) -> Value:
        try:
            return self._setting.parse(value) if isinstance(value, str) else value
        except SettingError as error:
            raise click.UsageError(str(error)) from None


class _AssignmentType(_ParamType):
    """``NAME=VALUE`` for any setting."""

    name = "name=value"

    def convert(self, value: Any, param: object, ctx: object) -> tuple[str, Value]:
        try:
            return parse_assignment(value)
        except SettingError as error:
            raise click.UsageError(str(error)) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        name, equals, _ = incomplete.partition("=")
        if not equals:
            return _beginning(incomplete, [f"{name}=" for name in LAB_SETTINGS])
        setting = SETTINGS.get(name)
        words = [*setting.choices, setting.off] if setting is not None else []
        return _beginning(incomplete, [f"{name}={word}" for word in words if word])


class _RuleType(_ParamType):
    """The name of a rule of advice."""

    name = "rule"

    def convert(self, value: Any, param: object, ctx: object) -> str:
        from qdash.advice import UnknownRule, rule

        try:
            return rule(value).name
        except UnknownRule as error:
            raise click.UsageError(str(error)) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        from qdash.advice import RULES

        return _beginning(incomplete, list(RULES))


class _FileType(_ParamType):
    """The name of a file; opening it tells whether that is possible."""

    name = "file"

    def convert(self, value: Any, param: object, ctx: object) -> Path:
        return Path(value)

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        return [CompletionItem(incomplete, type="file")]


def _beginning(incomplete: str, words: Iterable[str]) -> list[CompletionItem]:
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


_set = click.option(
    "--set",
    "assignments",
    metavar="NAME=VALUE",
    type=_AssignmentType(),
    multiple=True,
    help="Give a setting another value; may be given many times.",
)
_seed = click.option(
    "--seed", metavar="N", type=_SettingType(SETTINGS["seed"]), help=SETTINGS["seed"].help
)
_speed = click.option(
    "--speed",
    metavar="X",
    type=_SettingType(SETTINGS["speed"]),
    default=str(SETTINGS["speed"].default),
    help=SETTINGS["speed"].help,
)
_ascii = click.option("--ascii", is_flag=True, help="Draw with plain ASCII characters.")
_theme = click.option(
    "--theme", type=click.Choice(["dark", "light"]), default="dark", help="The colours."
)
_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
_record = click.option(
    "--record",
    metavar="FILE",
    type=_FileType(),
    help="Write every event to FILE, a line of JSON each.",
)
_without = click.option(
    "--without",
    metavar="RULE",
    type=_RuleType(),
    multiple=True,
    help='Switch a rule of advice off; may be given many times. "qdash explain" names them.',
)


class _Commands(click.Group):
    """Commands, and where the first word is none of them, the dashboard."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {name for param in self.get_params(ctx) for name in param.opts}
        if not args or not args[0] or args[0] not in own | self.commands.keys():
            args = [_DASHBOARD, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("qdash", "[SCENARIO] [OPTIONS]")
        formatter.write_usage("qdash", "COMMAND …", prefix="       ")

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        params = [*self.commands[_DASHBOARD].params, *self.get_params(ctx)]
        options = [param for param in params if isinstance(param, click.Option)]
        records = [record for opt in options if (record := opt.get_help_record(ctx)) is not None]
        with formatter.section("Options"):
            formatter.write_dl(records)
        self.format_commands(ctx, formatter)


class _Dashboard(click.Command):
    """The command without a name."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_usage("qdash", "[SCENARIO] [OPTIONS]")


_DASHBOARD: Final = ""  # a name that nobody types
_NAMED: Final = ("list", "run", "replay", "explain")


@click.group(cls=_Commands)
@click.version_option(__version__, prog_name="qdash", message="%(prog)s %(version)s")
def cli() -> None:
    """Watch, disturb and understand real asyncio producers and consumers at a real queue.

    Without a command: the dashboard. "qdash list" names the scenarios.
    """


# --- the commands -----------------------------------------------------------------------------


@cli.command(_DASHBOARD, hidden=True, cls=_Dashboard)
@click.argument("scenario", required=False, type=_ScenarioType(commands=_NAMED))
@_set
@_seed
@_speed
@_ascii
@_theme
@_record
@_without
def _dashboard(
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

    _need_terminal("qdash run SCENARIO")
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


@cli.command("list")
def _list() -> None:
    """Name the scenarios, a line each."""
    from qdash.scenarios import SLUGS, scenario

    for slug in SLUGS:
        click.echo(f"{slug:<18} {scenario(slug).about.splitlines()[0]}")


@cli.command("run")
@click.argument("scenario", required=False, metavar="SCENARIO", type=_ScenarioType())
@_set
@_seed
@click.option("--for", "until", metavar="SECONDS", type=_SettingType(DURATION), help=DURATION.help)
@_json
@_record
@_without
def _run(
    scenario: Scenario | None,
    assignments: tuple[tuple[str, Value], ...],
    seed: int | None,
    until: float | None,
    as_json: bool,
    record: Path | None,
    without: tuple[str, ...],
) -> int:
    """Run SCENARIO without a screen, on virtual time, as fast as it goes."""
    from qdash.headless import Run
    from qdash.recording import RecordingError
    from qdash.scenarios import SLUGS

    if scenario is None:
        raise click.UsageError(f"which scenario? There are {', '.join(SLUGS)}")
    settings = dict(assignments)
    given: Any = settings.pop("seed", seed)
    this = Run(scenario.slug, settings, seed=given, until=until, record=record)
    for name in settings:
        if name in scenario.unused:
            click.echo(f"qdash: {name} changes nothing in {scenario.slug}", err=True)
    lost = ""
    try:
        with this, _progress_bar(scenario.slug) as progress:
            this.go(progress)
    except RecordingError as error:
        lost = str(error)
    if as_json:
        import json

        click.echo(json.dumps(this.result(without), indent=2))
    else:
        _print_run(this, without)
    problem = f"{scenario.slug} failed: {this.failed}" if this.failed else lost
    if problem:
        click.echo(f"qdash: {problem}", err=True)
    return 1 if problem else 0


@cli.command("replay")
@click.argument("file", required=False, metavar="FILE", type=_FileType())
@_speed
@_ascii
@_theme
@_json
@_without
def _replay(
    file: Path | None,
    speed: float | None,
    ascii: bool,
    theme: str,
    as_json: bool,
    without: tuple[str, ...],
) -> int:
    """Show the recording FILE on the dashboard's screen, or its figures with --json."""
    from qdash.recording import Reader

    if file is None:
        raise click.UsageError("which file? One that was written with --record FILE")
    with Reader(file) as reader:
        if as_json:
            return _print_figures(reader, without)
        _need_terminal("qdash replay FILE --json")
        from qdash.history import History

        history = History(reader.header, _KEPT)
        with _progress_bar("reading") as progress:
            for events in reader:
                history.fold(events)
                progress(reader.part)
    problem = reader.problem
    if history.first:
        gone = f"a replay keeps {_KEPT:,} events; those before {history.start:,.2f} s were let go"
        problem = f"{problem}; {gone}" if problem else gone
    from qdash.tui.app import run_replay

    return run_replay(
        history, problem, speed=speed, ascii=ascii, theme=theme, without=without
    )  # fmt: skip


@cli.command("explain")
@click.argument("rule", required=False, metavar="RULE", type=_RuleType())
def _explain(rule: str | None) -> None:
    """Explain a RULE of advice: when it speaks, what follows, what helps; or name them all."""
    from rich.console import Console

    from qdash.advice import RULES
    from qdash.explain import overview, page

    Console(highlight=False).print(overview() if rule is None else page(RULES[rule]))


def _need_terminal(otherwise: str) -> None:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(f"the dashboard needs a terminal; without one there is: {otherwise}")


# --- what is printed --------------------------------------------------------------------------


@contextmanager
def _progress_bar(title: str) -> Generator[Callable[[float], None]]:
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


def _print_figures(reader: Reader, without: tuple[str, ...]) -> int:
    """Print the figures of a recording, and say what is wrong with it."""
    import json

    from qdash.headless import figures
    from qdash.state import State
    from qdash.stats import Stats

    state, stats = State(reader.header), Stats()
    with _progress_bar("reading") as progress:
        for events in reader:
            state.apply_all(events)
            stats.apply_all(events)
            progress(reader.part)
    click.echo(json.dumps(figures(state, stats, state.t, without=without), indent=2))
    if reader.problem:
        click.echo(f"qdash: {reader.problem}", err=True)
    return 1 if reader.problem else 0


def _print_run(run: Run, without: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape

    result = run.result(without)
    console = Console(highlight=False)
    console.print(
        f"[bold]{result['scenario']}[/], seed {result['seed']}: {result['clock']:,.2f} s of "
        f"virtual time in {result['wall']:.2f} s, {result['events']:,} events; {run.ending}",
        soft_wrap=True,
    )
    console.print(_queues_table(result["queues"]))
    console.print(_workers_table(result["workers"]))
    if len(result["workers"]) > _ROWS:
        console.print(f"… and {len(result['workers']) - _ROWS:,} more workers; --json has them all")
    for name, worker in result["workers"].items():
        if worker["error"]:
            console.print(f"[bold]{escape(name)}[/]: {escape(worker['error'])}")
    for advice in result["advice"]:
        console.print(f"[bold]{escape(advice['rule'])}[/]: {escape(advice['evidence'])}")
        console.print(f"  {escape(advice['remedy'])}")


def _table(*columns: str) -> Table:
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE, pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column in ("", "role", "state") else "right")
    return table


def _queues_table(queues: dict[str, Any]) -> Table:
    """One column a queue, since there are few queues and many figures."""
    table = _table("", *queues)
    every = list(queues.values())
    table.add_row("maxsize", *(SETTINGS["maxsize"].show(q["maxsize"]) for q in every))
    for key in ("size", "put", "got", "done", "unfinished"):
        table.add_row(key, *(f"{q[key]:,}" for q in every))
    table.add_row(
        "depth, mean and max", *(f"{q['depth_mean']:.2f}  {q['depth_max']}" for q in every)
    )
    table.add_row("full", *(f"{q['full_fraction']:.0%} of the time" for q in every))
    table.add_row("wait, mean p95 max", *(_seconds(q["wait"]) for q in every))
    table.add_row("blocked in put, same", *(_seconds(q["put_blocked"]) for q in every))
    return table


def _seconds(spread: dict[str, float | None]) -> str:
    if spread["mean"] is None:
        return "–"
    return "  ".join(f"{spread[key]:.2f}" for key in ("mean", "p95", "max")) + " s"


def _workers_table(workers: dict[str, Any]) -> Table:
    table = _table("", "role", "state", "items", "busy", "blocked", "waiting", "timeouts")
    for name, w in list(workers.items())[:_ROWS]:
        fractions = (f"{w[f'{key}_fraction']:.0%}" for key in ("busy", "blocked", "waiting"))
        table.add_row(
            name, w["role"], w["state"], f"{w['items']:,}", *fractions, f"{w['timeouts']:,}"
        )
    return table


# --- the way in -------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    from qdash.recording import RecordingError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a dash is no error
    try:
        status = cli.main(arguments, prog_name="qdash", standalone_mode=False)
        sys.stdout.flush()
    except (click.ClickException, SettingError, RecordingError) as error:
        text = error.format_message() if isinstance(error, click.ClickException) else str(error)
        click.echo(f"qdash: {' '.join(text.split())}", err=True)
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("qdash: interrupted", err=True)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever reads has had enough, as in "qdash list | head -1"; the interpreter must not
        # complain of it again when it flushes. The status is click's own for this.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return int(status or 0)
