"""Which lines of the code are in sight: follows what happens, without jumping about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import nlargest
from typing import Final

_DECAY: Final = 0.9
"""What is left, from one look to the next, of how much a line was worth seeing."""
_COLD: Final = 0.02
_BETTER: Final = 1.3
"""So many times as much must be seen elsewhere before the code scrolls there by itself."""
_MOST: Final = 40
"""So many lines, those worth most, have a say in where to scroll."""
_CONTEXT: Final = 2
"""Lines around a followed one that are in sight too, where there is room."""


class Sight:
    """The first line in sight, counted from 0; it moves by itself unless ``held``."""

    def __init__(self) -> None:
        self.top = 0
        self.held = False
        """Whether a person has scrolled: then it stays."""
        self._heat: dict[int, float] = {}

    def look(
        self, lines: int, height: int, weights: Mapping[int, float], must: Sequence[int] = ()
    ) -> int:
        """Return the first of ``height`` lines to show, of ``lines``.

        ``weights`` tells how much each line with workers is worth seeing now; lines that are so
        again and again count most. ``must`` are the lines to follow, the most important first.
        """
        heat = self._heat
        for line in list(heat):
            heat[line] *= _DECAY
            if heat[line] < _COLD:
                del heat[line]
        for line, weight in weights.items():
            heat[line] = heat.get(line, 0.0) + weight
        if not self.held:
            for line in reversed(must):
                self._reach(line, height)
            self._move_to_most(lines, height, weights, must)
        self.top = max(0, min(self.top, lines - height))
        return self.top

    def scroll(self, by: int, lines: int, height: int) -> None:
        """Move by hand, and stay there."""
        self.held = True
        self.top = max(0, min(self.top + by, lines - height))

    def _reach(self, line: int, height: int) -> None:
        context = min(_CONTEXT, (height - 1) // 2)
        if line < self.top + context:
            self.top = line - context
        elif line > self.top + height - 1 - context:
            self.top = line - height + 1 + context

    def _move_to_most(
        self, lines: int, height: int, marked: Collection[int], must: Sequence[int]
    ) -> None:
        hot = nlargest(_MOST, self._heat, key=self._heat.__getitem__)

        def seen(top: int) -> set[int]:
            return {line for line in hot if top <= line < top + height}

        def worth(lines: Iterable[int]) -> float:
            return sum(self._heat[line] for line in lines)

        keep = [line for line in must if self.top <= line < self.top + height]
        # Each line that is worth it first or last in sight, if may be with some lines around it.
        found = (
            max(0, min(line + end, lines - height))
            for context in range(min(_CONTEXT, (height - 1) // 2), -1, -1)
            for end in (-context, context - height + 1)
            for line in sorted(hot)
        )
        tops = [top for top in dict.fromkeys(found) if all(top <= at < top + height for at in keep)]
        if not tops:
            return
        best = max(tops, key=lambda top: worth(seen(top)))
        now, then = seen(self.top), seen(best)
        # What shows all that there is to see here, and more, is always better.
        easily = now <= then or now.isdisjoint(marked)
        if worth(then) > worth(now) * (1.0 if easily else _BETTER):
            self.top = best
