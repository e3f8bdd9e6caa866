"""The options that several commands have in common."""

from __future__ import annotations

import click

from qdash.cli.language import OPTION
from qdash.cli.shape import option
from qdash.cli.types import AssignmentType, FileType, LanguageType, RuleType, SettingType
from qdash.settings import SETTINGS
from qdash.words import mark

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
