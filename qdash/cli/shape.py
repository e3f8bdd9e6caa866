"""How commands and options look in the help: in the language spoken, in columns of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from qdash.words import tr

F = TypeVar("F", bound=Callable[..., Any])


class HelpFormatter(click.HelpFormatter):
    """Click's own, save for wide characters: these it would count as narrow ones."""

    def write_heading(self, heading: str) -> None:
        """Write what a section is called."""
        self.write(" " * self.current_indent + tr("{heading}:").format(heading=heading) + "\n")

    def write_text(self, text: str) -> None:
        """Write paragraphs, indented as they are to be here."""
        if _is_plain(text):
            super().write_text(text)
            return
        from qdash.prose import wrap

        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            self.write("\n" if number else "")
            for line in wrap(paragraph, self.width - self.current_indent):
                self.write(f"{indent}{line}\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Write two columns: what there is, and what it does."""
        rows = list(rows)
        if all(_is_plain(text) for row in rows for text in row):
            super().write_dl(rows, col_max, col_spacing)
            return
        from rich.cells import set_cell_size

        from qdash.prose import wrap

        first = min(col_max, max(cells(term) for term, _ in rows)) + col_spacing
        indent = " " * self.current_indent
        for term, text in rows:
            lines = wrap(text, self.width - first - self.current_indent) or [""]
            if cells(term) > first - col_spacing:
                self.write(f"{indent}{term}\n")
                term = ""
            for line in lines:
                self.write(f"{indent}{set_cell_size(term, first)}{line}".rstrip() + "\n")
                term = ""


def cells(text: str) -> int:
    """Return how many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def _is_plain(text: str) -> bool:
    return cells(text) == len(text)


click.Context.formatter_class = HelpFormatter


@contextmanager
def _translated(command: click.Command | click.Option) -> Iterator[None]:
    """Have the help in the language spoken, for as long as it is written."""
    kept, command.help = command.help, tr(command.help or "")
    try:
        yield
    finally:
        command.help = kept


class Option(click.Option):
    """An option whose help is translated when it is shown."""

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return what it is called, and what it does."""
        with _translated(self):
            return super().get_help_record(ctx)


class Command(click.Command):
    """A command whose help is translated when it is shown."""

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what it does."""
        with _translated(self):
            super().format_help_text(ctx, formatter)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option --help, which click makes once and for all languages."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = tr("Show this message and exit.")
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """Return what it does in a line, or the whole where that has wide characters."""
        if not _is_plain(text := tr(self.help or "")):
            return text
        with _translated(self):
            return super().get_short_help_str(limit)


def option(*names: str, **how: Any) -> Callable[[F], F]:
    """Return a decorator that gives a command an option; its help is marked to be translated."""
    return click.option(*names, cls=Option, **how)


def command(
    name: str, help: str, *, cls: type[Command] = Command, **how: Any
) -> Callable[[Callable[..., Any]], Command]:
    """Return a decorator that makes a function a command; ``help`` is marked to be translated."""
    return click.command(name, cls=cls, help=help, **how)
