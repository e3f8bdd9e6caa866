"""The controls: every key with its action, once, for the keys themselves, the palette and the help.

The keys of disturbances and their words come from ``DISTURBANCES``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.binding import Binding

from qdash.commands import DISTURBANCES
from qdash.words import mark, tr

_PLAY: Final = Binding.Group(mark("Time"))
_LAB: Final = Binding.Group(mark("Settings and workers"))
_DISTURB: Final = Binding.Group(mark("Disturbances"))
_RUN: Final = Binding.Group(mark("Scenarios"))
_LOOK: Final = Binding.Group(mark("Screen"))
_TEACH: Final = Binding.Group(mark("While a lesson or demo is played"))

SPELT: Final = {
    ".": "full_stop",
    "/": "slash",
    "+": "plus,equals_sign",
    "-": "minus",
    "?": "question_mark,f1",
    ",": "comma",
    "(": "left_parenthesis,shift+left",
    ")": "right_parenthesis,shift+right",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    "^p": "ctrl+p",
    "q": "q,ctrl+q",
    "esc": "escape",
    "up down": "up,down",
    "right PgDn": "right,pagedown",
    "left PgUp": "left,backspace,pageup",
    "0–9": "1",
}
"""How Textual spells the keys that are shown otherwise."""


def _key(
    shown: str,
    action: str,
    title: str,
    help: str,
    group: Binding.Group,
    *,
    hint: bool = False,
    id: str | None = None,
) -> Binding:
    return Binding(
        SPELT.get(shown, shown.lower() if shown[0] == "F" and len(shown) > 1 else shown),
        action,
        title,
        show=hint,
        key_display=shown,
        tooltip=help,
        group=group,
        id=id or title.replace(" ", "-"),
    )


def bindings(scenarios: Iterable[str]) -> list[Binding]:
    """Return every key, in the order in which they are shown; the scenarios are numbered from 1.

    A binding with ``show`` is hinted at on the bottom line as far as there is room.
    """
    return [
        *_BEFORE,
        *(
            _key(
                str(number),
                f"scenario('{slug}')",
                slug,
                mark("Run this scenario with its settings."),
                _RUN,
            )
            for number, slug in enumerate(scenarios, 1)
        ),
        *_AFTER,
    ]


def title_of(binding: Binding) -> str:
    """Return what a binding is called; the name of a scenario is the same in every language."""
    named = binding.action.startswith("scenario(")
    return binding.description if named else tr(binding.description)


_BEFORE: Final = (
    _key("space", "pause", mark("pause"), mark("Stand still, or go on."), _PLAY, hint=True),
    _key(
        ".",
        "travel('steps',1)",
        mark("step"),
        mark("Run one task, from one await to the next; in the past, one step on."),
        _PLAY,
        hint=True,
    ),
    _key(
        "L",
        "lessons",
        mark("lessons"),
        mark("Lessons and demos: list them, play one."),
        _RUN,
        hint=True,
    ),
    _key(
        ",", "travel('steps',-1)", mark("step back"), mark("Go back one step of a worker."), _PLAY
    ),
    _key(
        "left",
        "travel('events',-1)",
        mark("event back"),
        mark("Go back one event."),
        _PLAY,
        hint=True,
    ),
    _key(
        "right", "travel('events',1)", mark("event on"), mark("In the past, one event on."), _PLAY
    ),
    _key("(", "travel('seconds',-1)", mark("second back"), mark("Go back one second."), _PLAY),
    _key(")", "travel('seconds',1)", mark("second on"), mark("In the past, one second on."), _PLAY),
    _key("n", "now", mark("now"), mark("Return from the past to what happens now."), _PLAY),
    _key(
        "g",
        "branch",
        mark("go on from here"),
        mark("In the past: run on from this moment anew."),
        _PLAY,
    ),
    _key("o", "other", mark("other course"), mark("Show the other of two courses."), _PLAY),
    _key(
        "V",
        "versus",
        mark("A against B"),
        mark("Try a change beside this: two labs of one seed side by side, or one again."),
        _PLAY,
    ),
    _key(
        "C",
        "replicate",
        mark("replicate"),
        mark("Run A and B with many seeds, to be sure how they differ; or back to the two."),
        _PLAY,
    ),
    _key(
        "Q",
        "queue",
        mark("next queue"),
        mark("Of A and B: show the figures of the next queue."),
        _PLAY,
    ),
    _key(
        "e",
        "edit",
        mark("settings"),
        mark("Go to the settings: arrows change them."),
        _LAB,
        hint=True,
    ),
    _key("i", "disturb", mark("disturb"), mark("List the disturbances."), _DISTURB, hint=True),
    _key(
        "+", "nudge('speed',1)", mark("faster"), mark("Play faster, up to free."), _PLAY, hint=True
    ),
    _key("-", "nudge('speed',-1)", mark("slower"), mark("Play slower."), _PLAY, hint=True),
    _key("0", "free", mark("free"), mark("Go as fast as the processor can, or back to 1×."), _PLAY),
    _key("up down", "edit", mark("settings"), mark("Go to the settings."), _LAB),
    *(
        _key(
            item.key,
            f"inject('{item.name}')",
            item.title,
            item.help,
            _DISTURB,
            id=item.name,
            hint=item.name in {"stop", "exception", "cancel", "burst"},
        )
        for item in DISTURBANCES.values()
    ),
    _key("[", "choose(-1)", mark("worker before"), mark("Choose the worker to disturb."), _LAB),
    _key(
        "]",
        "choose(1)",
        mark("next worker"),
        mark("Choose the worker to disturb."),
        _LAB,
        hint=True,
    ),
    _key(
        "w",
        "why",
        mark("why"),
        mark("Say why the chosen one waits, or how it came."),
        _LOOK,
        hint=True,
    ),
    _key(
        "v",
        "failures",
        mark("failures"),
        mark("What failed, with its traceback."),
        _LOOK,
        hint=True,
    ),
)
_AFTER: Final = (
    _key(
        "r", "reset", mark("reset"), mark("Begin again, same seed, same settings."), _RUN, hint=True
    ),
    _key("R", "reset(True)", mark("new seed"), mark("Begin again with another seed."), _RUN),
    _key("t", "theme", mark("theme"), mark("Light or dark."), _LOOK),
    _key("<", "zoom(-1)", mark("zoom out"), mark("Show more of the past."), _LOOK),
    _key(">", "zoom(1)", mark("zoom in"), mark("Show less of the past."), _LOOK),
    _key(
        "/",
        "search",
        mark("search"),
        mark("Find events by worker, queue, item, kind or words."),
        _LOOK,
        hint=True,
    ),
    _key(
        "u", "rules", mark("rules"), mark("The rules of advice: what each means, on or off."), _LOOK
    ),
    _key(
        "y",
        "fidelity",
        mark("Python"),
        mark("On which Python this runs, what differs on others."),
        _LOOK,
    ),
    _key("a", "everyday", mark("all events"), mark("Everyday work in the log too, or not."), _LOOK),
    _key(
        "m", "maximise", mark("maximise"), mark("Give one panel the room of all, in turn."), _LOOK
    ),
    _key("F2", "fold('axis')", mark("time axis"), mark("Fold the time axis away, or back."), _LOOK),
    _key("F3", "fold('log')", mark("log"), mark("Fold the log away, or back."), _LOOK),
    _key("F4", "fold('advice')", mark("advice"), mark("Fold the advice away, or back."), _LOOK),
    _key("F5", "fold('code')", mark("code"), mark("Fold the code away, or back."), _LOOK),
    _key(
        "F6",
        "fold('compare')",
        mark("comparison"),
        mark("Fold the comparison away, or back."),
        _LOOK,
    ),
    _key(
        "M",
        "experiment",
        mark("experiment"),
        mark("Measure: run this many times, with other settings and seeds, and compare."),
        _RUN,
        hint=True,
    ),
    _key("T", "language", mark("language"), mark("Speak another language."), _LOOK),
    _key(
        "W",
        "save",
        mark("save script"),
        mark("Write what was done in this run as a script, into this folder."),
        _LOOK,
    ),
    _key(
        "E",
        "export",
        mark("export"),
        mark("Write what is shown as a plain asyncio program, into this folder."),
        _LOOK,
    ),
    _key("esc", "leave", mark("back"), mark("Close, or choose no worker."), _LOOK),
    _key("?", "help", mark("help"), mark("Every key, setting and disturbance."), _LOOK, hint=True),
    _key(
        "^p",
        "command_palette",
        mark("palette"),
        mark("Find an action by its name."),
        _LOOK,
        hint=True,
    ),
    _key("q", "quit", mark("quit"), mark("Leave qdash."), _LOOK, hint=True),
)

_WORDS: Final = (mark("stop"), mark("exception"), mark("cancel"), mark("burst"))
"""What disturbances are called on the bottom line."""

PLAYING: Final = (
    _key(
        "enter",
        "play_next",
        mark("next step"),
        mark("Go on, at once where the lab is still on its way."),
        _TEACH,
    ),
    _key(
        "right PgDn",
        "play_next(True)",
        mark("next step"),
        mark("The same; at a question, show the answer."),
        _TEACH,
        id="next-or-show",
    ),
    _key(
        "left PgUp",
        "play_back",
        mark("step before"),
        mark("Go to the step before, as it was then."),
        _TEACH,
    ),
    _key(
        "space",
        "go",
        mark("go on or pause"),
        mark("Go on where the script waits, else pause."),
        _TEACH,
    ),
    _key(
        "0–9",
        "answer(1)",
        mark("answer"),
        mark("Choose an answer by its number, or type a number."),
        _TEACH,
        id="answer-1",
    ),
    *(
        Binding(str(digit), f"answer({digit})", "answer", show=False, id=f"answer-{digit}")
        for digit in (0, *range(2, 10))
    ),
    _key(
        "P",
        "present",
        mark("presenter mode"),
        mark("Large words and the stage only, or all that there is."),
        _TEACH,
    ),
)
"""The keys of a script, which count while one is played; those of the lab that remain do too."""

PLAYED: Final = frozenset(key for binding in PLAYING for key in binding.key.split(","))
"""The keys that are a script's while one is played."""
