"""The language of the command line: what was asked for by ``--lang``, else by the environment."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from click import core, decorators, exceptions, formatting, parser, types

from qdash.words import from_environment, mark, speak, tr, trn

OPTION: Final = "--lang"


def choose(arguments: Sequence[str]) -> list[str]:
    """Speak the language asked for, and return the arguments without what asked for it.

    It may stand anywhere, before a command or after. Raises UnknownLanguage.
    """
    speak(from_environment(os.environ))
    rest: list[str] = []
    asked: str | None = None
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if word == "--":
            rest += [word, *words]
        elif name != OPTION:
            rest.append(word)
        elif equals:
            asked = value
        elif (value_behind := next(words, None)) is not None:
            asked = value_behind
        else:
            rest.append(word)  # click tells what is missing
    if asked is not None:
        speak(asked)
    return rest


def tell_click() -> None:
    """Let click, which says its own words by gettext, say them in the language spoken."""
    for module in (core, decorators, exceptions, formatting, parser, types):
        for gettexts, ours in (("_", tr), ("ngettext", trn)):
            if hasattr(module, gettexts):
                setattr(module, gettexts, ours)


def said_by_click() -> tuple[str, ...]:
    """Return what click may say to a person here: it looks these up in our catalogue."""
    return (
        mark("Usage:"),
        mark("Options"),
        mark("Commands"),
        mark("default: {default}"),
        mark("No such option {name!r}."),
        mark("No such option: {name}"),
        mark("Invalid value: {message}"),
        mark("Invalid value for {param_hint}: {message}"),
        mark("Option {name!r} does not take a value."),
        trn("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)", 1),
        trn("{value!r} is not {choice}.", "{value!r} is not one of {choices}.", 1),
        trn(
            "Option {name!r} requires an argument.",
            "Option {name!r} requires {nargs} arguments.",
            1,
        ),
        trn("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})", 1),
    )
