"""A script out of its file: TOML that is checked field by field before anything of it is run."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Collection
from pathlib import Path as FilePath
from typing import Final

import msgspec

from qdash.script.acts import acts
from qdash.script.fields import LENGTH
from qdash.script.fields import script as check_script
from qdash.script.lines import Path, line_of
from qdash.script.model import Script
from qdash.script.values import Wrong, shown
from qdash.words import tr

SIZE: Final = 256 * 1024
"""How many bytes a file may have."""
PYTHONS: Final = ((3, 11), (3, 12), (3, 13))
"""The Pythons on which the steps of a script must come in order."""

_MARKS: Final = {
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_NAME: Final = re.compile(r"[\w-]{1,40}", re.ASCII)
_PLACE: Final = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)")


class ScriptError(ValueError):
    """A script is wrong: one sentence on where and what is allowed.

    ``line`` is the one on which it stands, from 1; 0 where it stands on none.
    """

    def __init__(self, says: str, line: int = 0) -> None:
        super().__init__(says)
        self.line = line


def read_file(path: str | FilePath, *, scenarios: Collection[str]) -> Script:
    """Return the script in a file: see ``read``. A file that cannot be read is a ScriptError."""
    try:
        with FilePath(path).open("rb") as file:
            content = file.read(SIZE + 1)
    except (OSError, ValueError) as error:  # a ValueError for a name with a zero byte
        why = getattr(error, "strerror", None) or str(error)
        raise ScriptError(tr("cannot read it: {why}").format(why=why)) from None
    return read(content, scenarios=scenarios)


def read(source: str | bytes, *, scenarios: Collection[str]) -> Script:
    """Return the script that a TOML text is. ``scenarios`` are the names that it may use.

    Raises ScriptError, for the first thing that is wrong.
    """
    text = _text(source)
    try:
        document = tomllib.loads(text)
    except RecursionError:
        raise ScriptError(tr("this is not a script: its brackets are nested too deep")) from None
    except ValueError as error:
        raise _not_toml(str(error), text) from None
    try:
        checked = check_script(scenarios)(document, ())
        script = msgspec.convert(checked, Script)
        _check_times(script)
    except Wrong as wrong:
        raise _told(wrong, text) from None
    return script


def _text(source: str | bytes) -> str:
    size = len(source) if isinstance(source, bytes) else len(source.encode(errors="replace"))
    if size > SIZE:
        raise ScriptError(tr("a script has at most {size} KiB").format(size=SIZE // 1024))
    if isinstance(source, str):
        return source
    for start, name in _MARKS.items():
        if source.startswith(start):
            raise ScriptError(tr("a script is UTF-8 text; this is {name}").format(name=name))
    try:
        return source.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        line = source.count(b"\n", 0, error.start) + 1
        byte = f"0x{source[error.start]:02x}"
        says = tr("line {line}: a script is UTF-8 text, and the byte {byte} here is none")
        raise ScriptError(says.format(line=line, byte=byte), line) from None


def _not_toml(error: str, text: str) -> ScriptError:
    match = _PLACE.search(error)
    what = _PLACE.sub("", error)
    if match is None:
        return ScriptError(tr("this is not TOML: {what}").format(what=what))
    line = int(match[1] or text.count("\n") + 1)
    if match[2] is None:
        says = tr("line {line}, the end of the file: this is not TOML: {what}")
        return ScriptError(says.format(line=line, what=what), line)
    says = tr("line {line}, column {column}: this is not TOML: {what}")
    return ScriptError(says.format(line=line, column=match[2], what=what), line)


def _told(wrong: Wrong, text: str) -> ScriptError:
    line, way = line_of(text, wrong.path), ", ".join(_way(wrong.path))
    if line:
        says = tr("line {line}, {way}: {says}").format(line=line, way=way, says=wrong.says)
        return ScriptError(says, line)
    return ScriptError(f"{way}: {wrong.says}" if way else wrong.says)


def _way(path: Path) -> list[str]:
    """Return the way to a field as people say it: ``step 3``, ``question.choices 2``, ``text``."""
    parts: list[str] = []
    names: list[str] = []
    for part in path:
        if isinstance(part, str):
            names.append(part if _NAME.fullmatch(part) else shown(part))
            continue
        parts.append(f"{'.'.join(names)} {part + 1}".strip())
        names = []
    return [*parts, ".".join(names)] if names else parts


def _check_times(script: Script) -> None:
    """Refuse steps that do not come one after the other, and a script that takes too long."""
    for python in PYTHONS:
        total = 0.0
        for act in acts(script, python):
            end = 0.0
            for cue in act.steps:
                if cue.t < end:
                    says = tr(
                        "at must not lie before {end:g} s, when the last step ends; got {at:g}"
                    )
                    path = ("step", cue.number - 1, "at")
                    raise Wrong(path, says.format(end=end, at=cue.t))
                end = cue.end
            total += end
            if total > LENGTH:
                says = tr("a script lasts at most {length:,.0f} s; here it is at {total:,.0f} s")
                way = ("step", act.steps[-1].number - 1)
                raise Wrong(way, says.format(length=LENGTH, total=total))
