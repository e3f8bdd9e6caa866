"""The options that several commands have in common."""

from __future__ import annotations

import click

from qdash.cli.types import AssignmentType, FileType, RuleType, SettingType
from qdash.settings import SETTINGS

assignments = click.option(
    "--set",
    "assignments",
    metavar="NAME=VALUE",
    type=AssignmentType(),
    multiple=True,
    help="Give a setting another value; may be given many times.",
)
seed = click.option(
    "--seed", metavar="N", type=SettingType(SETTINGS["seed"]), help=SETTINGS["seed"].help
)
speed = click.option(
    "--speed",
    metavar="X",
    type=SettingType(SETTINGS["speed"]),
    default=str(SETTINGS["speed"].default),
    help=SETTINGS["speed"].help,
)
ascii = click.option("--ascii", is_flag=True, help="Draw with plain ASCII characters.")
theme = click.option(
    "--theme", type=click.Choice(["dark", "light"]), default="dark", help="The colours."
)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
record = click.option(
    "--record",
    metavar="FILE",
    type=FileType(),
    help="Write every event to FILE, a line of JSON each.",
)
without = click.option(
    "--without",
    metavar="RULE",
    type=RuleType(),
    multiple=True,
    help='Switch a rule of advice off; may be given many times. "qdash explain" names them.',
)
