"""Times that were measured somewhere, read from a file: what arrivals and work can follow."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeAlias

import msgspec

from qdash.words import Refusal, Sentence, mark

LONGEST: Final = 1e6
"""The longest time that is taken, in seconds."""
MOST: Final = 1_000_000
"""How many times a file may hold."""


class MeasuredError(Refusal, ValueError):
    """A file holds no times that could be used; the message is one sentence that says where."""


class Measured(msgspec.Struct, frozen=True):
    """Times in seconds, in the order of the file; whoever needs more begins again with the first.

    ``name`` is what the file is called, with its column where one was named, and ``digest`` tells
    the times from others: the first 16 digits of their SHA-256.
    """

    name: str
    seconds: tuple[float, ...]
    digest: str

    def __str__(self) -> str:
        return f"{self.name} ×{len(self.seconds)} {self.digest}"

    @property
    def mean(self) -> float:
        """The mean, in seconds."""
        return math.fsum(self.seconds) / len(self.seconds)


Times: TypeAlias = Mapping[str, Measured]
"""What the settings ``arrivals`` and ``work`` mean by ``file``, each by its name."""


def measured(name: str, seconds: tuple[float, ...]) -> Measured:
    """Return measured times. Raises MeasuredError where there are none, or one is not allowed."""
    if not seconds:
        raise MeasuredError(Sentence(mark("{file} holds no times"), file=_shown(name)))
    for number, value in enumerate(seconds, 1):
        if not 0 <= value <= LONGEST:
            raise _wrong(name, number, repr(value))
    if not any(seconds):
        raise MeasuredError(Sentence(mark("all times in {file} are 0"), file=_shown(name)))
    import hashlib  # like csv below, only for who has such a file

    lines = "\n".join(map(repr, seconds))
    return Measured(name, seconds, hashlib.sha256(lines.encode()).hexdigest()[:16])


def read(given: str) -> Measured:
    """Read ``FILE`` or ``FILE:COLUMN``: seconds, one a line, or a column of a table with commas.

    The first line may be a header; with ``COLUMN`` it must be one, and names it. Raises
    MeasuredError for a file that cannot be read, and for the first line that holds no time.
    """
    import csv

    path, column = _split(given)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return measured(_name(path, column), tuple(_times(path, column, csv.reader(file))))
    except UnicodeDecodeError:
        text = mark("{file} is not a text file: it must hold seconds, one a line")
        raise MeasuredError(Sentence(text, file=_shown(path))) from None
    except csv.Error as error:
        text = mark("cannot read {file}: {reason}")
        raise MeasuredError(Sentence(text, file=_shown(path), reason=str(error))) from None
    except OSError as error:
        reason = error.strerror or str(error)
        text = mark("cannot read {file}: {reason}")
        raise MeasuredError(Sentence(text, file=_shown(path), reason=reason)) from None
    except ValueError as error:
        if isinstance(error, MeasuredError):
            raise
        text = mark("cannot read {file}: {reason}")  # a name that no file can have
        raise MeasuredError(Sentence(text, file=_shown(path), reason=str(error))) from None


def _split(given: str) -> tuple[Path, str]:
    """Return the file and the column: a file that has a colon in its name goes before."""
    file, colon, column = given.rpartition(":")
    try:
        whole = not colon or not file or Path(given).exists()
    except (OSError, ValueError):
        whole = True
    return (Path(given), "") if whole else (Path(file), column)


def _name(path: Path, column: str) -> str:
    return f"{path.name}:{column}" if column else path.name


def _times(path: Path, column: str, rows: Iterator[list[str]]) -> Iterator[float]:
    at, line, count = 0, 0, 0
    for line, row in enumerate(rows, 1):
        if not any(cell.strip() for cell in row):
            continue
        if not count and column and line == 1:
            at = _find(path, column, row)
            continue
        if not column and len(row) > 1 and line == 1:
            text = mark("{file} has {n} columns: say which, as in {file}:{column}; there are {all}")
            raise MeasuredError(
                Sentence(
                    text,
                    file=_plain(path),
                    n=len(row),
                    column=_cut(row[0].strip()),
                    all=_cut(", ".join(cell.strip() for cell in row)),
                )
            )
        cell = row[at].strip() if at < len(row) else ""
        try:
            value = float(cell)
        except ValueError:
            if line == 1:
                continue  # a header
            raise _wrong(path, line, cell) from None
        if not 0 <= value <= LONGEST:
            raise _wrong(path, line, cell)
        count += 1
        if count > MOST:
            text = mark("{file} holds more than {most:,} times, which is too many")
            raise MeasuredError(Sentence(text, file=_shown(path), most=MOST))
        yield value


def _find(path: Path, column: str, header: list[str]) -> int:
    names = [cell.strip() for cell in header]
    if column in names:
        return names.index(column)
    fields = {"file": _shown(path), "column": repr(_cut(column)), "all": _cut(", ".join(names))}
    if near := get_close_matches(column, names, n=1):
        text = mark("{file} has no column {column}; did you mean {near}? There are {all}")
        raise MeasuredError(Sentence(text, near=near[0], **fields))
    text = mark("{file} has no column {column}; there are {all}")
    raise MeasuredError(Sentence(text, **fields))


def _wrong(file: str | Path, line: int, got: str) -> MeasuredError:
    text = mark(
        "{file}, line {line:,}: must be a number of seconds from 0 to {most:,.0f}; got {got}"
    )
    shown = repr(_cut(got))
    return MeasuredError(Sentence(text, file=_shown(file), line=line, most=LONGEST, got=shown))


def _cut(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _plain(file: str | Path) -> str:
    return _cut(str(file))


def _shown(file: str | Path) -> str:
    return repr(_plain(file))
