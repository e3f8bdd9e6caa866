"""``qdash explain [RULE]``: the pages of the rules of advice."""

from __future__ import annotations

import click

from qdash.cli import options
from qdash.cli.shape import command as named
from qdash.cli.types import RuleType
from qdash.words import mark


@named(
    "explain",
    mark("Explain a RULE of advice: when it speaks, what follows, what helps; or name them all."),
)
@click.argument("rule", required=False, metavar="RULE", type=RuleType())
@options.lang
def command(rule: str | None) -> None:
    """Print the page of a rule, or all rules."""
    from rich.console import Console

    from qdash.advice import RULES
    from qdash.explain import overview, page

    Console(highlight=False).print(overview() if rule is None else page(RULES[rule]))
