"""The lean lab: it runs what a lab runs, in the same order, and measures instead of telling."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Generator
from contextvars import Context
from types import coroutine
from typing import Any

from qdash.engine import Item, Lab, WorkFailed
from qdash.engine.gauged import GAUGED, NOBODY, Tally, current_tally
from qdash.engine.pace import Making
from qdash.engine.watching import describe
from qdash.engine.workers import Worker
from qdash.events import Event
from qdash.sweeps.drawn import Drawn, drawn


class LeanLab(Lab):
    """A lab without events: its queues and workers count and sum up, and no sink is told.

    The scenario runs just as it does in a ``Lab``. Commands are not for it, and it has no figures
    but those of its queues, which are gauged, of ``spent`` and of ``made``.
    """

    queues: dict[str, Any]  # gauged ones

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.loop.on_timer = None
        self.made = 0
        """How many items were made."""
        self._tallies: dict[str, Tally] = {}
        self._over: dict[str, list[float]] = {}  # by role, what those spent that are over
        if (those := drawn(self.header.seed, self.settings)) is not None:
            self.next_making = self._making_of(those)

    # --- the words that a scenario uses ----------------------------------------------------------

    def queue(self, name: str, *, maxsize: int | None = None, tokens: bool = False) -> Any:
        """Return a new queue, which follows the settings ``maxsize`` and ``discipline``."""
        own = maxsize is not None
        cls = GAUGED["fifo" if own or tokens else self.settings["discipline"]]
        size = maxsize if own else self.settings["maxsize"]
        queue = self.queues[name] = cls(size, name=name, loop=self.loop)
        return queue

    def items(self) -> AsyncIterator[Item]:
        """Make items, one after another, each taking about ``produce_time`` seconds."""
        return _Items(self)

    async def work(self, item: Any, attempt: int = 1) -> None:
        """Work on an item: about ``consume_time`` seconds pass. Raises WorkFailed as Lab does."""
        working, loop, tally = self.working_time, self.loop, current_tally.get(NOBODY)
        seconds = working(item)
        tally.busy_since = loop.now
        tally.is_busy = True
        try:
            await loop.nap(seconds)
        finally:
            if tally.is_busy:
                tally.busy += loop.now - tally.busy_since
                tally.is_busy = False
        if self.fails is not None and self.fails(item, attempt):
            raise WorkFailed(describe(item)[0], attempt)

    def say(self, text: str) -> None:
        """Note nothing."""

    def emit(self, event: Event) -> None:
        """Tell nobody."""

    # --- workers ---------------------------------------------------------------------------------

    def _adopt(self, task: asyncio.Task[Any], parent: str, context: Context) -> None:
        super()._adopt(task, parent, context)
        self._tallies[task.get_name()] = tally = Tally(self.loop.now)
        context.run(current_tally.set, tally)

    def _cancelling(self, task: asyncio.Task[Any]) -> None:
        """Tell nobody."""

    def _worker_ended(self, worker: Worker, task: asyncio.Task[Any]) -> None:
        tally = worker.context[current_tally]
        if self._tallies.get(worker.name) is tally:
            del self._tallies[worker.name]
        sums = self._over.setdefault(worker.role, [0.0, 0.0, 0.0])
        sums[:] = map(float.__add__, sums, tally.spent(self.loop.now))
        super()._worker_ended(worker, task)

    def restart(self, t: float) -> None:
        """Forget what workers have spent up to ``t``."""
        self._over.clear()
        for tally in self._tallies.values():
            tally.restart(t)

    def spent(self, setting: str, t: float) -> tuple[float, float, float]:
        """Return the seconds that workers of a crew's ``setting`` spent up to ``t``.

        How long they lived, worked, and waited in put, all of them together.
        """
        roles = {crew.role for crew in self.crews if crew.setting == setting}
        parts = [tuple(sums) for role, sums in self._over.items() if role in roles]
        parts += (
            tally.spent(t)
            for name, tally in self._tallies.items()
            if self.workers[name].role in roles
        )
        lived, busy, blocked = map(math.fsum, zip(*parts, strict=True)) if parts else (0.0,) * 3
        return lived, busy, blocked

    # --- items -----------------------------------------------------------------------------------

    def _making_of(self, drawn: Drawn) -> Making:
        """Return what makes the items that were drawn, and after the last of them further ones."""
        made, source = drawn.made, self._source

        def making() -> tuple[Item, float]:
            source.begun = at = source.begun + 1
            try:
                return made[at - 1]
            except IndexError:
                if drawn.more(at - 1):
                    return made[at - 1]
            self._source = drawn.beyond()
            self._source.end_at(self.settings["items"])
            self.next_making = self._first_making
            return self.next_making()

        return making


class _Items:
    """What ``LeanLab.items`` returns: it does as an asynchronous generator, at half the price."""

    __slots__ = ("_is_over", "_lab")

    def __init__(self, lab: LeanLab) -> None:
        self._lab: LeanLab | None = lab  # None while it makes an item
        self._is_over = False

    def __aiter__(self) -> _Items:
        return self

    @coroutine
    def __anext__(self) -> Generator[None, None, Item]:
        if (lab := self._lab) is None:
            if self._is_over:
                raise StopAsyncIteration
            raise RuntimeError("anext(): asynchronous generator is already running")
        self._lab = None
        try:
            if (source := lab._source).begun >= source.limit:
                raise StopAsyncIteration
            making, lie_down = lab.next_making, lab.loop.lie_down
            item, seconds = making()
            lie_down(seconds)
            yield
        except BaseException:
            self._is_over = True
            raise
        self._lab = lab
        lab.made += 1
        return item
