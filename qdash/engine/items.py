"""Items: what producers make, and the random times that go with them."""

from __future__ import annotations

import random
import sys
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
        self._random = random.Random(seed)
        self._draw = self._random.random
        self.begun = 0
        """How many items were begun."""
        self.limit = sys.maxsize
        """How many may be begun."""

    def end_at(self, limit: int | None) -> None:
        """Let it be exhausted when ``limit`` items have been begun; None lets it never be."""
        self.limit = sys.maxsize if limit is None else limit

    @property
    def is_exhausted(self) -> bool:
        """Whether as many items as there may be have been begun."""
        return self.begun >= self.limit

    def copy(self) -> Source:
        """Return another that makes the same items from here on."""
        other = Source(0)
        other._random.setstate(self._random.getstate())
        other.begun, other.limit = self.begun, self.limit
        return other

    def next_item(self) -> tuple[Item, float]:
        """Return the next item, and the uniform draw for the time that making it takes."""
        draw = self._draw
        self.begun = number = self.begun + 1
        making = draw()
        return Item(int(draw() * PRIORITIES), number, draw()), making
