"""A crew: workers that all run one coroutine function, as many as a setting says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qdash.engine.lab import Lab


class Crew:
    """Workers named ``P1``, ``P2``, … of one role, kept at the number that a setting gives.

    A worker too many is cancelled at once, the newest first; asyncio decides what that costs.
    """

    def __init__(
        self,
        lab: Lab,
        setting: str,
        function: Callable[..., Coroutine[Any, Any, None]],
        args: tuple[Any, ...],
    ) -> None:
        self.setting = setting
        self.role = function.__name__
        self._lab = lab
        self._function = function
        self._args = args
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._waiters: list[asyncio.Future[None]] = []
        self._closed = False

    @property
    def names(self) -> list[str]:
        """The workers whose tasks are not over."""
        return [name for name, task in self._tasks.items() if not task.done()]

    def resize(self, count: int) -> None:
        """Start or cancel workers until there are ``count``."""
        if self._closed:
            return
        names = [name for name in self.names if not self._tasks[name].cancelling()]
        for name in reversed(names[count:]):
            self._tasks[name].cancel()
        number = 0
        for _ in range(count - len(names)):
            number += 1
            while f"{self.role[0].upper()}{number}" in self.names:
                number += 1
            self._start(f"{self.role[0].upper()}{number}")

    def _start(self, name: str) -> None:
        coro = self._function(self._lab, *self._args)
        self._tasks[name] = task = self._lab.loop.create_task(coro, name=name)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        name = task.get_name()
        if self._closed or self._tasks.get(name) is not task:
            return
        failed = not task.cancelled() and task.exception() is not None
        wanted = len(self.names) < self._lab.settings[self.setting]
        if failed and wanted and self._lab.supervise and not self._lab.was_shut_down(task):
            self._start(name)
        if self._is_finished():
            for waiter in self._waiters:
                if not waiter.done():
                    waiter.set_result(None)
            self._waiters.clear()

    def _is_finished(self) -> bool:
        return not self.names and self._lab.all_made

    async def finished(self) -> None:
        """Wait until every item has been made and every worker of the crew has returned."""
        while not self._is_finished():
            waiter = self._lab.loop.create_future()
            self._waiters.append(waiter)
            await waiter

    def cancel(self) -> None:
        """Cancel every worker; the crew takes on no more."""
        self._closed = True
        for task in self._tasks.values():
            task.cancel()
