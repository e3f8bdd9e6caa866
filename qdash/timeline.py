"""The past along virtual time: what each worker did, how deep each queue was, how fast it went."""

from __future__ import annotations

from qdash.events import Event, Header


class Timeline:
    """A bounded history, folded from events in their order."""

    def __init__(self, header: Header) -> None:
        self.header = header

    def apply(self, event: Event) -> None:
        """Fold one event into the history."""
