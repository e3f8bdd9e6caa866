"""Explain: the rules of advice as pages for people, the same in a terminal and on the screen."""

from __future__ import annotations

from textwrap import indent

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from qdash.advice import RULES, Rule


def page(rule: Rule) -> Group:
    """Return all there is to say of one rule."""
    parts: list[RenderableType] = [
        Text(rule.name, style="bold"),
        Text(f"Speaks when: {rule.when}"),
        *_paragraph("What follows", rule.follows),
        *_paragraph("What helps", f"{rule.remedy[0].upper()}{rule.remedy[1:]}."),
    ]
    if rule.broken:
        parts += [*_code("Broken", rule.broken), *_code("Mended", rule.fixed)]
    parts += _paragraph("To see it here", rule.see)
    return Group(*parts)


def _paragraph(title: str, text: str) -> list[RenderableType]:
    return [Text(), Text(title, style="bold"), Text(text)]


def _code(title: str, code: str) -> list[RenderableType]:
    return [Text(), Text(title, style="bold"), Text(indent(code.rstrip(), "    "))]


def overview() -> Table:
    """Return every rule with its condition, the gravest first."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for rule in RULES.values():
        table.add_row(Text(rule.name), Text(rule.when))
    return table
