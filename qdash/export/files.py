"""Exported programs in files; none is ever written over another file unasked."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from qdash.export.errors import ExportError
from qdash.words import tr


def write(path: Path, text: str, *, force: bool = False) -> None:
    """Write a program to ``path``. Raises ExportError where that is not possible.

    A file that is there already is refused, unless ``force`` says to write over it.
    """
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ExportError(_taken(path)) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        text = tr("cannot write {path!r}: {why}")
        raise ExportError(text.format(path=_short(str(path)), why=why)) from None


def save(folder: Path, scenario: str, text: str) -> Path:
    """Write a program to ``folder``, under a name that is free there, and return its path.

    It is called after the scenario: ``qdash-signals.py``, then ``qdash-signals-2.py`` and so on.
    Raises ExportError where it cannot be written.
    """
    name = "qdash-" + scenario.replace("/", "-")
    for number in count(1):
        path = folder / (f"{name}.py" if number == 1 else f"{name}-{number}.py")
        if not path.exists():
            break
    write(path, text)
    return path


def _taken(path: Path) -> str:
    text = tr("{path!r} is there already; --force writes over it, another --output leaves it alone")
    return text.format(path=_short(str(path)))


def _short(text: str) -> str:
    return text if len(text) <= 60 else "…" + text[-59:]
