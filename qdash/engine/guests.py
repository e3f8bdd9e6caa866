"""Other threads: real ones, which a scenario starts beside the thread of its loop.

Such a thread takes turns with the loop. It runs from one ``sleep`` to the next, at a virtual time,
while the loop's own thread stands still; so what it does comes at the same place in every run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qdash.engine.loop import LabLoop, Visit


class _Leave(BaseException):
    """Raised in a thread that sleeps as its lab is closed."""


class Guest:
    """A thread that runs ``call`` on its turns.

    ``ended`` is called in it at its end, with the exception that ended it, or None.
    """

    def __init__(
        self,
        loop: LabLoop,
        name: str,
        call: Callable[[], object],
        ended: Callable[[Guest, BaseException | None], None],
    ) -> None:
        self.name = name
        self._loop = loop
        self._call = call
        self._ended = ended
        self._closing = False
        self._visit: Visit | None = None
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(
            target=copy_context().run, args=(self._run,), name=name, daemon=True
        )

    def begin(self) -> None:
        """Start the thread and wait until it sleeps or is over."""
        self._thread.start()
        self._back.acquire()

    def sleep(self, seconds: float) -> None:
        """Sleep, in this thread, for ``seconds`` of virtual time. Raises ValueError below zero."""
        if self._closing:
            raise _Leave
        self._visit = self._loop.visit(seconds, self._turn)
        self._loop.guest = None
        self._back.release()
        self._go.acquire()
        if self._closing:
            raise _Leave
        self._loop.guest = threading.get_ident()

    def close(self) -> None:
        """End the thread where it sleeps."""
        if self._thread.is_alive():
            self._closing = True
            if self._visit is not None:
                self._visit.cancel()
            self._go.release()
            self._thread.join()

    def _turn(self) -> None:
        self._go.release()
        self._back.acquire()

    def _run(self) -> None:
        self._loop.guest = threading.get_ident()
        error: BaseException | None = None
        try:
            self._call()
        except BaseException as raised:
            error = raised
        if not self._closing:
            self._ended(self, error)
            self._loop.guest = None
            self._back.release()
