"""The lessons and demos that ship: each a script in a file, found by its name.

``uses`` and ``pitfalls`` are lessons, ``demos`` are demos, in the order of the numbers with which
their files begin. The name is what follows the number: ``pitfalls/08-barging.toml`` is barging.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from qdash.words import tr

if TYPE_CHECKING:
    from qdash.script.model import Script

GROUPS: Final = ("uses", "pitfalls", "demos")
"""The groups of lessons and demos, in their order; each is a folder here."""

_FILE: Final = re.compile(r"(?:(\d+)-)?(.+)\.toml")


class UnknownLesson(ValueError):
    """There is no such lesson or demo; the message names those that there are."""


class Lesson(NamedTuple):
    """One lesson or demo that ships: ``number`` is its place in its group, 0 where it has none."""

    name: str
    group: str
    number: int
    file: Traversable


@cache
def lessons() -> Mapping[str, Lesson]:
    """Return every lesson and demo by its name, in their order."""
    found = [lesson for group in GROUPS for lesson in sorted(_of_group(group), key=_order)]
    return {lesson.name: lesson for lesson in found}


def _of_group(group: str) -> list[Lesson]:
    folder = files("qdash.lessons") / group
    if not folder.is_dir():
        return []
    matches = [(file, _FILE.fullmatch(file.name)) for file in folder.iterdir()]
    return [
        Lesson(match[2], group, int(match[1] or 0), file)
        for file, match in matches
        if match is not None
    ]


def _order(lesson: Lesson) -> tuple[int, str]:
    return lesson.number, lesson.name


def lesson(name: str) -> Lesson:
    """Return the lesson or demo called ``name``. Raises UnknownLesson."""
    known = lessons()
    if name in known:
        return known[name]
    near = get_close_matches(name[:100], known, n=1)
    shown = name if len(name) <= 40 else name[:39] + "…"
    there = ", ".join(known)
    if near:
        says = tr(
            "there is no lesson or demo {name!r}, and no such file; did you mean {near}? "
            "There are {there}"
        )
        raise UnknownLesson(says.format(name=shown, near=near[0], there=there))
    says = tr("there is no lesson or demo {name!r}, and no such file; there are {there}")
    raise UnknownLesson(says.format(name=shown, there=there))


def source(name: str) -> str:
    """Return the TOML of a lesson or demo. Raises UnknownLesson."""
    return lesson(name).file.read_text(encoding="utf-8")


_read: Final[dict[str, Script]] = {}


def script(name: str, *, scenarios: Collection[str]) -> Script:
    """Return a lesson or demo as a script; ``scenarios`` are the names that scripts may use.

    Raises UnknownLesson, and ScriptError should it be wrong.
    """
    if name not in _read:
        from qdash.script.read import read

        _read[name] = read(source(name), scenarios=scenarios)
    return _read[name]


def load(argument: str, *, scenarios: Collection[str]) -> tuple[str, Script]:
    """Return the script that is meant by the name of a lesson or demo, or of a file, and its name.

    A lesson goes before a file of its name. Raises UnknownLesson and ScriptError.
    """
    if argument not in lessons() and "\0" not in argument:
        path = Path(argument)
        # os.path.exists, unlike the method, takes no offence at a name that no file can have
        if path.suffix == ".toml" or os.path.exists(argument):
            from qdash.script.read import read_file

            return path.stem, read_file(path, scenarios=scenarios)
    return argument, script(argument, scenarios=scenarios)
