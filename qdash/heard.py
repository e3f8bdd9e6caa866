"""Heard: what events say in sentences of their own, said in the language spoken.

Events hold English, so that a recording is the same in every language. What the lab itself words
there is known by the templates below; an exception's own text is nobody's to translate, and stays.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from qdash.settings import SETTINGS
from qdash.words import mark, on_speak, spoken, tr

_FIELD: Final = r"\\\{(\w+)\\\}"

_SENTENCES: Final = (
    # what a disturbance did
    mark("{n} sentinels"),
    mark("{n} items"),
    mark("{n} things"),
    mark("for {n} s"),
    mark("for {n} s, when it next makes or works"),
    mark("in the call in which it waits"),
    mark("when it next makes or works on an item"),
    mark("the next task_done() is left out"),
    # why it was refused
    mark("there is no disturbance {name}; they are {known}"),
    mark("the scenario has made no queue yet"),
    mark("there is no queue {name}; there are {known}"),
    mark("there is no worker {name} alive; there are {known}"),
    mark("no worker of any crew is alive"),
    mark("there is no consumer to stop"),
    mark("the heap cannot compare what is left in it: {error}"),
    mark("{title} takes {low} to {high} {unit}; got {amount}"),
    # why a command was refused
    mark("this run has ended; reset it to start again"),
    mark("{name} is not a setting that a running lab can change"),
    mark("{name} must be {allowed}; got {got}"),
    mark("a priority queue must be able to compare all that lies in it: {error}"),
    mark(
        "{name} is file only where the file was given at the start, with {option} FILE; "
        "without it, it is one of {choices}"
    ),
    # what befell the lab
    mark("something that listened to the lab failed and was taken away: {error}"),
    mark("the recording breaks off here: {error}"),
    mark("cannot write {file}: {reason}"),
    mark("Task exception was never retrieved: {error}"),
    mark("the event loop reports an error"),
    # where those wait that are stuck
    mark("{n} in put()"),
    mark("{n} in get()"),
    mark("{n} in join()"),
    mark("{n} elsewhere"),
    # workers that are told together in figures
    mark("{role} ({n} more, ended)"),
)
_WORDS: Final = frozenset({"title", "unit"})
"""The fields that hold words of the program, not names and numbers."""


def _as_group(field: re.Match[str]) -> str:
    name = field[1]
    return f"(?P<{name}>{'[0-9.,e+]+' if name == 'n' else '.+?'})"


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    return [
        (re.compile(re.sub(_FIELD, _as_group, re.escape(template)), re.DOTALL), template)
        for template in _SENTENCES
    ]


@lru_cache(maxsize=256)
def _translated(text: str) -> str:
    for pattern, template in _patterns():
        if found := pattern.fullmatch(text):
            fields = found.groupdict()
            for name in _WORDS & fields.keys():
                fields[name] = tr(fields[name])
            if "error" in fields:  # which may be a sentence of the lab's too
                fields["error"] = _translated(fields["error"])
            if "allowed" in fields and fields["name"] in SETTINGS:
                fields["allowed"] = SETTINGS[fields["name"]].allowed
            return tr(template).format(**fields)
    return text


on_speak(_translated.cache_clear)


def heard(text: str) -> str:
    """Return what an event says, in the language spoken if it is known, else as it is."""
    return text if spoken() == "en" else _translated(text)
