"""Which lines of the code are in sight: follows what happens, without jumping about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Final

_DECAY: Final = 0.96
"""What is left, after a tick, of how much a line was worth seeing."""
_MOST_TICKS: Final = 100
"""After so many ticks in which nothing happens, nothing else is worth seeing any more."""
_COLD: Final = 0.02
_BETTER: Final = 1.3
"""So many times as hot must another line be that is to take the place of one in sight."""
_LOUD: Final = 3.0
"""A line worth as much is in sight at once."""
_LINGER: Final = 100.0
"""How hot a loud line is at least: so it stays for some seconds when it is loud no more."""
_MOST: Final = 40
"""So many lines, the hottest, are remembered."""
_CONTEXT: Final = 2
"""Lines above the first that matters that are in sight too, where there is room."""


class Sight:
    """The lines in sight, counted from 0.

    Where all the lines that matter have room together, that is one piece of the code. Otherwise
    what lies between them is left out, so that each of them is seen, under the line with which its
    function begins. A person may scroll: then it is ``held``, and in one piece from ``top`` on.
    """

    def __init__(self) -> None:
        self.top = 0
        self.held = False
        self._heat: dict[int, float] = {}
        self._staged: set[int] = set()
        """Those remembered lines that have been worth more than a little."""
        self._kept: set[int] = set()

    def look(
        self,
        lines: int,
        height: int,
        weights: Mapping[int, float],
        must: Sequence[int] = (),
        heads: Mapping[int, int] | None = None,
        still: bool = False,
        ticks: int = 1,
    ) -> Sequence[int]:
        """Return which of ``lines`` to show, ``height`` at most, from top to bottom.

        ``weights`` tells how much each line with workers is worth seeing now; lines that are so
        again and again count most; before them, those that are loud now or, while time stands
        ``still``, have anybody now. ``must`` are the lines to follow, the most important first;
        ``heads`` tells where the function of a line begins. ``ticks``, tenths of a second for
        who looks on, have passed since the last look.
        """
        for _ in range(min(ticks, _MOST_TICKS)):
            self._remember(weights)
        if not self.held:
            now = [line for line, weight in weights.items() if still or weight >= _LOUD]
            chosen = self._choose(height, must, now)
            kept = [line for line in chosen if line < lines]
            own = [line for line in kept if line in self._staged or line in must] or kept
            if own and max(own) - min(own) >= height:
                return self._pieces(lines, height, kept, heads or {})
            if own and not self.top <= min(own) <= max(own) < self.top + height:
                spare = height - (max(own) - min(own) + 1)
                self.top = min(own) - min(_CONTEXT, spare)
        self.top = max(0, min(self.top, lines - height))
        return range(self.top, min(lines, self.top + height))

    def scroll(self, by: int, lines: int, height: int) -> None:
        """Move by hand, and stay there."""
        self.held = True
        self.top = max(0, min(self.top + by, lines - height))

    def _remember(self, weights: Mapping[int, float]) -> None:
        heat = {line: left * _DECAY for line, left in self._heat.items()}
        for line, weight in weights.items():
            heat[line] = max(heat.get(line, 0.0) + weight, _LINGER if weight >= _LOUD else 0.0)
            if weight >= 1:
                self._staged.add(line)
        hot = nlargest(_MOST, (line for line in heat if heat[line] > _COLD), key=heat.__getitem__)
        self._heat = {line: heat[line] for line in hot}
        self._staged.intersection_update(hot)

    def _choose(self, height: int, must: Sequence[int], now: Collection[int]) -> list[int]:
        """Return the lines that matter, those first that matter most, as many as have room."""

        def rank(line: int) -> tuple[bool, bool, float]:
            stays = _BETTER if line in self._kept else 1.0
            return line in must, line in now, self._heat.get(line, 0.0) * stays

        kept = nlargest(height, dict.fromkeys((*must, *self._heat)), key=rank)
        self._kept = set(kept)
        return kept

    def _pieces(
        self, lines: int, height: int, kept: list[int], heads: Mapping[int, int]
    ) -> list[int]:
        """Return these lines, and around them what there is room for."""
        shown = set(kept)
        for line in _around(kept, heads, lines):
            if len(shown) >= height:
                break
            shown.add(line)
        self.top = min(shown)
        return sorted(shown)


def _around(kept: list[int], heads: Mapping[int, int], lines: int) -> Iterable[int]:
    """Yield where their functions begin, then what is nearest to them."""
    for line in kept:
        if line in heads:
            yield heads[line]
    for distance in range(1, lines):
        for line in sorted(kept):
            for near in (line - distance, line + distance):
                if 0 <= near < lines:
                    yield near
