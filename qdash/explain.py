"""Explain: the rules of advice as pages for people, the same in a terminal and on the screen."""

from __future__ import annotations

from textwrap import indent

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from qdash.advice import RULES, Rule
from qdash.prose import Prose
from qdash.words import tr


def page(rule: Rule) -> Group:
    """Return all there is to say of one rule."""
    remedy = tr(rule.remedy)
    parts: list[RenderableType] = [
        Text(rule.name, style="bold"),
        Prose(tr("Speaks when: {condition}").format(condition=tr(rule.when))),
        *_paragraph(tr("What follows"), tr(rule.follows)),
        *_paragraph(
            tr("What helps"), tr("{remedy}.").format(remedy=f"{remedy[0].upper()}{remedy[1:]}")
        ),
    ]
    if rule.broken:
        parts += [*_code(tr("Broken"), rule.broken), *_code(tr("Mended"), rule.fixed)]
    parts += _paragraph(tr("To see it here"), tr(rule.see))
    return Group(*parts)


def _paragraph(title: str, text: str) -> list[RenderableType]:
    return [Text(), Text(title, style="bold"), Prose(text)]


def _code(title: str, code: str) -> list[RenderableType]:
    return [Text(), Text(title, style="bold"), Text(indent(code.rstrip(), "    "))]


def overview() -> Table:
    """Return every rule with its condition, the gravest first."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    for rule in RULES.values():
        table.add_row(Text(rule.name), Prose(tr(rule.when)))
    return table
