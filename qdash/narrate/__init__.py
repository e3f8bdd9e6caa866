"""Narrate: one event, one plain sentence, with its cause where the event or the state tells it.

What an event does not say itself (how full the queue was just then, who stood where in line) the
reducer notes beside it in the log, as ``Then``; without that the sentence leaves it out. Sentences
are in the language spoken, one line each, and in English ASCII as long as the event's own texts
are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from qdash import events as ev
from qdash.events import Event
from qdash.narrate import of_items, of_joins, of_lab, of_queues, of_workers
from qdash.narrate.phrases import code_line, names, ordinal, printable, seconds
from qdash.narrate.tones import Tone, tone
from qdash.state import Then

__all__ = ["Tone", "code_line", "names", "ordinal", "printable", "seconds", "sentence", "tone"]


def sentence(event: Event, then: Then | None = None, source: str = "") -> str:
    """Return what happened as one sentence.

    ``then`` is what the history keeps beside the event; of ``source``, the scenario's, the line on
    which a step ended is told.
    """
    kind = type(event)
    if kind is ev.Stepped:
        text = of_workers.stepped(event, source)  # type: ignore[arg-type]
    else:
        text = _SENTENCES[kind](event, then)
    if text.isprintable() and "  " not in text and text[0] != " " != text[-1]:
        return text
    return printable(" ".join(text.split()))


_SENTENCES: Final[dict[type[Event], Callable[[Any, Then | None], str]]] = {
    **of_queues.SENTENCES,
    **of_items.SENTENCES,
    **of_joins.SENTENCES,
    **of_workers.SENTENCES,
    **of_lab.SENTENCES,
}
