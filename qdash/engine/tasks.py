"""Tasks whose order in a set is the same on every run, and which can be woken from a nap."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class NumberedTask(asyncio.Task[T]):
    """An ``asyncio.Task`` whose hash is its number, the next of its loop's ``task_numbers``.

    asyncio keeps tasks in sets (``TaskGroup`` cancels its children in the order of one, ``wait``
    returns two), and by default the hash is an address in memory, another on every run.
    """

    def __init__(self, coro: Coroutine[Any, Any, T], *, loop: Any, **kwargs: Any) -> None:
        self._number: int = next(loop.task_numbers)
        self._loop_of_naps = loop
        super().__init__(coro, loop=loop, **kwargs)

    def __hash__(self) -> int:
        return self._number

    def cancel(self, msg: Any | None = None) -> bool:
        """Ask the task to end; one that naps is woken, as asyncio wakes one that awaits."""
        asked = super().cancel(msg)
        if asked:
            self._loop_of_naps.cancelling_nap(self)
        return asked
