"""What the items of a seed are and how long making each takes: drawn once for all runs of a seed.

The runs of a sweep differ by their settings and not by their luck, so what chance gives is the same
in many of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any, Final

from qdash.engine.distributions import spread_of, wait_of
from qdash.engine.items import Item, Source
from qdash.settings import FROM_FILE, shape_of

_KEPT: Final = 1 << 15  # items of a seed that are kept, at about 150 bytes each
_SEEDS: Final = 8  # for so many seeds, or ways to spread the times
_BLOCK: Final = 1 << 10


class Drawn:
    """The first items of a seed and how long making each takes, as far as anybody has asked."""

    def __init__(self, seed: int, takes: Callable[[float], float]) -> None:
        self.made: list[tuple[Item, float]] = []
        self._source = Source(seed)
        self._takes = takes
        self._lock = Lock()

    def more(self, than: int) -> bool:
        """Draw some if there are no more ``than`` so many; False says that no more are kept."""
        with self._lock:
            if len(self.made) == than < _KEPT:
                drawn = [self._source.next_item() for _ in range(_BLOCK)]
                self.made += [(item, self._takes(draw)) for item, draw in drawn]
            return len(self.made) > than

    def beyond(self) -> Source:
        """Return a source that goes on where what is kept ends."""
        return self._source.copy()


def drawn(seed: int, settings: dict[str, Any]) -> Drawn | None:
    """Return what is drawn of a seed; None where the times follow from more than a draw."""
    shape = shape_of("arrivals", settings)
    mean, spread = settings["produce_time"], settings["spread"]
    if shape == FROM_FILE or wait_of(shape, mean, settings["period"]) is not None:
        return None
    return _drawn(seed, shape, mean, spread)


@lru_cache(_SEEDS)
def _drawn(seed: int, shape: str, mean: float, spread: float) -> Drawn:
    return Drawn(seed, spread_of(shape, mean, spread))
