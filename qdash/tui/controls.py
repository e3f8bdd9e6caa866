"""The controls: every key with its action, once, for the keys themselves, the palette and the help.

The keys of disturbances and their words come from ``DISTURBANCES``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.binding import Binding

from qdash.commands import DISTURBANCES

_PLAY: Final = Binding.Group("Time")
_LAB: Final = Binding.Group("Settings and workers")
_DISTURB: Final = Binding.Group("Disturbances")
_RUN: Final = Binding.Group("Scenarios")
_LOOK: Final = Binding.Group("Screen")

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
            _key(str(number), f"scenario('{slug}')", slug, f"Run {slug} with its settings.", _RUN)
            for number, slug in enumerate(scenarios, 1)
        ),
        *_AFTER,
    ]


_BEFORE: Final = (
    _key("space", "pause", "pause", "Stand still, or go on.", _PLAY, hint=True),
    _key(
        ".",
        "travel('steps',1)",
        "step",
        "Run one task, from one await to the next; in the past, one step on.",
        _PLAY,
        hint=True,
    ),
    _key(",", "travel('steps',-1)", "step back", "Go back one step of a worker.", _PLAY),
    _key("left", "travel('events',-1)", "event back", "Go back one event.", _PLAY, hint=True),
    _key("right", "travel('events',1)", "event on", "In the past, one event on.", _PLAY),
    _key("(", "travel('seconds',-1)", "second back", "Go back one second.", _PLAY),
    _key(")", "travel('seconds',1)", "second on", "In the past, one second on.", _PLAY),
    _key("n", "now", "now", "Return from the past to what happens now.", _PLAY),
    _key("g", "branch", "go on from here", "In the past: run on from this moment anew.", _PLAY),
    _key("o", "other", "other course", "Show the other of two courses.", _PLAY),
    _key("e", "edit", "settings", "Go to the settings: arrows change them.", _LAB, hint=True),
    _key("i", "disturb", "disturb", "List the disturbances.", _DISTURB, hint=True),
    _key("+", "nudge('speed',1)", "faster", "Play faster, up to free.", _PLAY, hint=True),
    _key("-", "nudge('speed',-1)", "slower", "Play slower.", _PLAY, hint=True),
    _key("0", "free", "free", "Go as fast as the processor can, or back to 1×.", _PLAY),
    _key("up down", "edit", "settings", "Go to the settings.", _LAB),
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
    _key("[", "choose(-1)", "worker before", "Choose the worker to disturb.", _LAB),
    _key("]", "choose(1)", "next worker", "Choose the worker to disturb.", _LAB, hint=True),
    _key("w", "why", "why", "Say why the chosen one waits, or how it came.", _LOOK, hint=True),
    _key("v", "failures", "failures", "What failed, with its traceback.", _LOOK, hint=True),
)
_AFTER: Final = (
    _key("r", "reset", "reset", "Begin again, same seed, same settings.", _RUN, hint=True),
    _key("R", "reset(True)", "new seed", "Begin again with another seed.", _RUN),
    _key("t", "theme", "theme", "Light or dark.", _LOOK),
    _key("<", "zoom(-1)", "zoom out", "Show more of the past.", _LOOK),
    _key(">", "zoom(1)", "zoom in", "Show less of the past.", _LOOK),
    _key(
        "/",
        "search",
        "search",
        "Find events by worker, queue, item, kind or words.",
        _LOOK,
        hint=True,
    ),
    _key("u", "rules", "rules", "The rules of advice: what each means, on or off.", _LOOK),
    _key("y", "fidelity", "Python", "On which Python this runs, what differs on others.", _LOOK),
    _key("a", "everyday", "all events", "Everyday work in the log too, or not.", _LOOK),
    _key("m", "maximise", "maximise", "Give one panel the room of all, in turn.", _LOOK),
    _key("F2", "fold('axis')", "time axis", "Fold the time axis away, or back.", _LOOK),
    _key("F3", "fold('log')", "log", "Fold the log away, or back.", _LOOK),
    _key("F4", "fold('advice')", "advice", "Fold the advice away, or back.", _LOOK),
    _key("F5", "fold('code')", "code", "Fold the code away, or back.", _LOOK),
    _key("F6", "fold('compare')", "comparison", "Fold the comparison away, or back.", _LOOK),
    _key("esc", "leave", "back", "Close, or choose no worker.", _LOOK),
    _key("?", "help", "help", "Every key, setting and disturbance.", _LOOK, hint=True),
    _key("^p", "command_palette", "palette", "Find an action by its name.", _LOOK, hint=True),
    _key("q", "quit", "quit", "Leave qdash.", _LOOK, hint=True),
)
