"""On which line of a TOML file something stands, which its reader does not tell.

A field stands where the shortest beginning of the file ends in which it can be read. That is looked
for by reading beginnings, so that what is TOML and what is not is left to the one who knows.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

Path = tuple[str | int, ...]
"""The way to a field: names in tables, places from 0 in lists."""

_HEADER: Final = re.compile(r"[ \t]*\[\[[ \t]*step[ \t]*\]\]")
_CLOSERS: Final = ("]", "]}", "]}]")
"""What may end a list that is broken off between two things in it."""
_EFFORT: Final = 4_000_000
"""How many characters are read at most; then the line found so far has to do."""


def line_of(text: str, path: Path) -> int:
    """Return the line, from 1, on which a field of a readable document begins; 0 where it is none.

    Something that stands in a list over several lines is found by the line on which it begins.
    """
    if not path:
        return 0
    lines = text.replace("\r\n", "\n").split("\n")
    first, part, way = _part(lines, path)
    return first + _Finder(part, way).find()


def _part(lines: list[str], path: Path) -> tuple[int, list[str], Path]:
    """Return the part in which a field stands, with how many lines lie before it, and the way."""
    heads = [at for at, line in enumerate(lines) if _HEADER.match(line)]
    steps = _read(lines)
    steps = steps.get("step") if steps is not None else None
    if isinstance(steps, list) and len(heads) == len(steps):  # none of them inside a text
        if path[0] != "step":
            before = lines[: heads[0] if heads else len(lines)]
            if _present(_read(before), path):
                return 0, before, path
        elif len(path) > 1 and isinstance(place := path[1], int):
            end = heads[place + 1] if place + 1 < len(heads) else len(lines)
            part = lines[heads[place] : end]
            if _present(_read(part), ("step", 0, *path[2:])):
                return heads[place], part, ("step", 0, *path[2:])
    return 0, lines, path


class _Finder:
    """Looks for one field in some lines, in all of which together it is to be found."""

    def __init__(self, lines: Sequence[str], path: Path) -> None:
        self._lines = lines
        self._path = path
        self._effort = 0
        self._lengths = [0, *accumulate(len(line) + 1 for line in lines)]

    def find(self) -> int:
        """Return its line, from 1."""
        # Before the line after ``low`` it is not there; with the lines up to ``high`` it is.
        low, high = 0, len(self._lines)
        while high - low > 1:
            middle = (low + high) // 2
            readable = next((n for n in range(middle, low, -1) if self._has(n) is not None), low)
            if readable == low:
                inside = (n for n in range(middle + 1, high) if self._has(n) is not None)
                readable = next(inside, high)
                if readable == high:
                    return self._inside(low, high)
            if self._has(readable):
                high = readable
            else:
                low = readable
        return high

    def _inside(self, low: int, high: int) -> int:
        """Return the line in one value that goes from the line after ``low`` to ``high``."""
        begins = low
        for n in range(low + 1, high):
            for closer in _CLOSERS:
                has = self._has(n, closer)
                if has:
                    return begins + 1
                if has is not None:
                    begins = n
                    break
        return begins + 1

    def _has(self, n: int, closer: str = "") -> bool | None:
        """Tell whether the field is in the first ``n`` lines; None where these cannot be read."""
        self._effort += self._lengths[n]
        if self._effort > _EFFORT:
            return None
        document = _read([*self._lines[:n], *filter(None, [closer])])
        return None if document is None else _present(document, self._path)


def _read(lines: Sequence[str]) -> dict[str, Any] | None:
    try:
        return tomllib.loads("\n".join(lines))
    except (ValueError, RecursionError):
        return None


def _present(document: object, path: Path) -> bool:
    at = document
    for part in path:
        there = part < len(at) if isinstance(at, list) and isinstance(part, int) else False
        if isinstance(at, dict):
            there = part in at
        if not there:
            return False
        at = at[part]  # type: ignore[index]
    return True
