"""The options that several commands have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from qdash.cli.language import OPTION
from qdash.cli.shape import option
from qdash.cli.types import (
    AssignmentType,
    FileType,
    LanguageType,
    MeasureType,
    RuleType,
    SettingType,
    TimesType,
    VaryType,
)
from qdash.settings import DURATION, FROM_FILE, JOBS, REPLICATIONS, SETTINGS, WARMUP
from qdash.words import mark

if TYPE_CHECKING:
    from qdash.events import Value
    from qdash.measured import Measured

assignments = option(
    "--set",
    "assignments",
    metavar="NAME=VALUE",
    type=AssignmentType(),
    multiple=True,
    help=mark("Give a setting another value; may be given many times."),
)
seed = option("--seed", metavar="N", type=SettingType(SETTINGS["seed"]), help=SETTINGS["seed"].help)
speed = option(
    "--speed",
    metavar="X",
    type=SettingType(SETTINGS["speed"]),
    default=str(SETTINGS["speed"].default),
    help=SETTINGS["speed"].help,
)
arrivals_from = option(
    "--arrivals-from",
    metavar="FILE",
    type=TimesType(),
    help=mark(
        "Make items in the times of FILE: seconds, one a line; FILE:COLUMN names a column. After "
        "the last the first comes again."
    ),
)
work_from = option(
    "--work-from",
    metavar="FILE",
    type=TimesType(),
    help=mark("The same for the times to work on items: the n-th belongs to the n-th item."),
)
ascii = option("--ascii", is_flag=True, help=mark("Draw with plain ASCII characters."))
theme = option(
    "--theme", type=click.Choice(["dark", "light"]), default="dark", help=mark("The colours.")
)
as_json = option("--json", "as_json", is_flag=True, help=mark("Print one JSON object."))
record = option(
    "--record",
    metavar="FILE",
    type=FileType(),
    help=mark("Write every event to FILE, a line of JSON each."),
)
without = option(
    "--without",
    metavar="RULE",
    type=RuleType(),
    multiple=True,
    help=mark('Switch a rule of advice off; may be given many times. "qdash explain" names them.'),
)
lang = option(
    OPTION,
    metavar="NAME",
    type=LanguageType(),
    expose_value=False,
    help=mark("The language: en or zh_CN. Without it, that of the environment."),
)


def times_of(
    settings: dict[str, Value], arrivals: Measured | None, work: Measured | None
) -> dict[str, Measured]:
    """Return the measured times by the names of the settings, which then follow them.

    A setting that was given another value keeps that.
    """
    given = {"arrivals": arrivals, "work": work}
    times = {name: each for name, each in given.items() if each is not None}
    for name in times:
        settings.setdefault(name, FROM_FILE)
    return times


# What commands have in common that run a scenario many times.

vary = option(
    "--vary",
    metavar="NAME=VALUES",
    type=VaryType(),
    multiple=True,
    help=mark(
        "Vary a setting: maxsize=1,2,5,10 or consumers=1..8 or produce_time=0.5..2:0.5; may be "
        "given many times."
    ),
)
measures = option(
    "--measure",
    "measures",
    metavar="NAME",
    type=MeasureType(),
    multiple=True,
    help=mark("Show this measure, such as wait.p95 or jobs:full; may be given many times."),
)
replications = option(
    "--replications", metavar="N", type=SettingType(REPLICATIONS), help=REPLICATIONS.help
)
warmup = option("--warmup", metavar="SECONDS", type=SettingType(WARMUP), help=WARMUP.help)
each_until = option(
    "--for",
    "until",
    metavar="SECONDS",
    type=SettingType(DURATION),
    help=mark("How long each run lasts, in virtual seconds."),
)
jobs = option("--jobs", metavar="N", type=SettingType(JOBS), help=JOBS.help)
cluster = option(
    "--cluster",
    metavar="ADDRESS",
    help=mark("Run it on a dask cluster: tcp://HOST:PORT, or local:N for N processes here."),
)
resume = option(
    "--resume",
    metavar="FILE",
    type=FileType(),
    help=mark("Keep what is finished in FILE, and go on from what it holds."),
)
yes = option("--yes", is_flag=True, help=mark("Begin a sweep of many runs without being asked."))
