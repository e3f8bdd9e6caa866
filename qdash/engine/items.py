"""Items: what producers make, and the random times that go with them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

PRIORITIES: Final = 10
"""Items get a priority number from 0 to this, exclusive; the lowest is served first."""


@dataclass(frozen=True, order=True, slots=True)
class Item:
    """One numbered item. Items compare by priority, then by number, as a priority queue needs.

    ``draw`` is a uniform number from 0 to 1 from which the time to work on it follows: it belongs
    to the item, so that the same items mean the same work however many consumers there are.
    """

    priority: int
    number: int
    draw: float = field(compare=False, default=0.5)
    qdash_label: tuple[int, str, float] = field(
        compare=False, repr=False, init=False, default=(0, "item", 0.0)
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "qdash_label", (self.number, "item", float(self.priority)))

    def __str__(self) -> str:
        return f"#{self.number}"


class Source:
    """Where items come from: numbered from 1, with all that is random about them."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.begun = 0

    def exhausted(self, limit: int | None) -> bool:
        """Tell whether as many items as ``limit`` allows have been begun."""
        return limit is not None and self.begun >= limit

    def next_item(self) -> tuple[Item, float]:
        """Return the next item, and the uniform draw for the time that making it takes."""
        self.begun += 1
        draw = self._random.random
        making = draw()
        return Item(int(draw() * PRIORITIES), self.begun, draw()), making
