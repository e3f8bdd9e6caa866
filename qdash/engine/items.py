"""Items: what producers make, and the random times that go with them."""

from __future__ import annotations

import random
from typing import Final

import msgspec

PRIORITIES: Final = 10
"""Items get a priority number from 0 to this, exclusive; the lowest is served first."""


class Item(msgspec.Struct, frozen=True, order=True, gc=False):
    """One numbered item. Items compare by priority, then by number, as a priority queue needs.

    ``draw`` is a uniform number from 0 to 1 from which the time to work on it follows: it belongs
    to the item, so that the same items mean the same work however many consumers there are.
    """

    priority: int
    number: int
    draw: float = 0.5

    @property
    def qdash_label(self) -> tuple[int, str, float]:
        """How events speak of it: see ``watching.describe``."""
        return self.number, "item", float(self.priority)

    def __str__(self) -> str:
        return f"#{self.number}"


class Source:
    """Where items come from: numbered from 1, with all that is random about them."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed).random
        self.begun = 0

    def exhausted(self, limit: int | None) -> bool:
        """Tell whether as many items as ``limit`` allows have been begun."""
        return limit is not None and self.begun >= limit

    def next_item(self) -> tuple[Item, float]:
        """Return the next item, and the uniform draw for the time that making it takes."""
        draw = self._draw
        self.begun = number = self.begun + 1
        making = draw()
        return Item(int(draw() * PRIORITIES), number, draw()), making
