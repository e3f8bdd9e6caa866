"""``qdash explain [RULE]``: the pages of the rules of advice."""

from __future__ import annotations

import click

from qdash.cli.types import RuleType


@click.command("explain")
@click.argument("rule", required=False, metavar="RULE", type=RuleType())
def command(rule: str | None) -> None:
    """Explain a RULE of advice: when it speaks, what follows, what helps; or name them all."""
    from rich.console import Console

    from qdash.advice import RULES
    from qdash.explain import overview, page

    Console(highlight=False).print(overview() if rule is None else page(RULES[rule]))
