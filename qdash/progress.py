"""Progress: which lessons were finished, and with what result. Nothing depends on it.

It is kept as JSON in the folder that the platform has for such things.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from platformdirs import user_state_path

from qdash.words import Refusal, Sentence, mark

_FORMAT: Final = 1
_NAME: Final = "progress.json"


class ProgressError(Refusal, ValueError):
    """Progress cannot be read or written; the message says why."""


class Result(msgspec.Struct, frozen=True):
    """The best result of a lesson that was finished: how many of its answers were right."""

    right: int
    asked: int


class _Kept(msgspec.Struct):
    format: int = _FORMAT
    finished: dict[str, Result] = {}


def path() -> Path:
    """Return the file in which progress is kept."""
    return Path(user_state_path("qdash", appauthor=False)) / _NAME


def finished() -> dict[str, Result]:
    """Return the best result of each lesson that was finished. Raises ProgressError."""
    where = path()
    try:
        return msgspec.json.decode(where.read_bytes(), type=_Kept).finished
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise ProgressError(
            Sentence(
                mark("progress cannot be read from {file}: {why}"),
                file=str(where),
                why=_why(error),
            )
        ) from None


def note(name: str, right: int, asked: int) -> None:
    """Keep that a lesson was finished, with its result if none before was better.

    A file that cannot be read is begun anew. Raises ProgressError where it cannot be written.
    """
    try:
        known = finished()
    except ProgressError:
        known = {}
    best = known.get(name)
    if best is None or right >= best.right:
        _write({**known, name: Result(right, asked)})


def reset() -> None:
    """Forget all progress. Raises ProgressError."""
    try:
        path().unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(error) from None


def _write(known: Mapping[str, Result]) -> None:
    """Write the file whole or not at all."""
    where = path()
    beside = where.with_name(f"{where.name}.{os.getpid()}")
    text = msgspec.json.format(msgspec.json.encode(_Kept(finished=dict(known))))
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        try:
            beside.write_bytes(text + b"\n")
            beside.replace(where)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> ProgressError:
    return ProgressError(
        Sentence(
            mark("progress cannot be kept in {file}: {why}"), file=str(path()), why=_why(error)
        )
    )


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
