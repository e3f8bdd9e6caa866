"""What a question is about, and what an answer to it is made of."""

from __future__ import annotations

from typing import Final, Literal, NamedTuple

import msgspec

from qdash.words import mark, tr

Kind = Literal["worker", "queue", "item", "event", "moment"]


_TITLES: Final[dict[Kind, str]] = {
    "worker": mark("worker {name}"),
    "queue": mark("queue {name}"),
    "item": mark("item {name}"),
    "event": mark("event {name}"),
    "moment": mark("moment {name}"),
}


class Subject(NamedTuple):
    """What is asked about.

    ``name`` is the name of a worker or a queue, the number of an item or of an event; a moment,
    which is not asked about but gone to, is that right after the event of its number. A thing
    without a number of its own, such as a stop signal, is known by its place: ``jobs/17`` is what
    was put into slot 17 of the queue jobs.
    """

    kind: Kind
    name: str | int

    @property
    def title(self) -> str:
        """How people call it: ``worker P2``, ``item #41``."""
        if self.kind == "item" and isinstance(self.name, int):
            return tr("item {name}").format(name=f"#{self.name}")
        if self.kind == "item" and "/" in str(self.name):
            queue, _, slot = str(self.name).rpartition("/")
            return tr("slot {slot} of {queue}").format(slot=slot, queue=queue)
        name = f"{self.name:,}" if self.kind == "event" else self.name
        return tr(_TITLES[self.kind]).format(name=name)


class Reason(msgspec.Struct, frozen=True):
    """One sentence of an answer; ``to`` is what to ask about next.

    Its ``depth`` is above that of the reason before it where it says why that is so.
    """

    text: str
    to: Subject | None = None
    depth: int = 0


class Answer(msgspec.Struct, frozen=True):
    """Why something is as it is: what it does, the reasons for it, and what follows from it."""

    subject: Subject
    says: str
    because: tuple[Reason, ...] = ()
    so: tuple[Reason, ...] = ()
    see: tuple[Reason, ...] = ()
    """What else it concerns."""


def slot_subject(queue: str, slot: int, item: int | str) -> Subject:
    """Return the subject for a thing in a queue, or got from it."""
    return Subject("item", item if isinstance(item, int) else f"{queue}/{slot}")
