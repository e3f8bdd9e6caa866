"""Other threads: real ones, which a scenario starts beside the thread of its loop.

Such a thread takes turns with the loop. It runs from one ``sleep`` to the next, at a virtual time,
while the loop's own thread stands still; so what it does comes at the same place in every run.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING, Any

from qdash.engine.context import acting_as, current_worker
from qdash.engine.failures import short_traceback
from qdash.engine.watching import say
from qdash.events import Stepped, WorkerEnded, WorkerStarted

if TYPE_CHECKING:
    from qdash.engine.loop import LabLoop
    from qdash.engine.visits import Visit
    from qdash.engine.workplace import Workplace


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
        starter = self._loop.guest  # a thread may start another on its turn
        self._thread.start()
        self._back.acquire()
        self._loop.guest = starter

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
            try:
                self._ended(self, error)
            finally:  # whoever waits for this turn to end must not wait for ever
                self._loop.guest = None
                self._back.release()


class Guests:
    """The threads of a lab, which tells of them as of its workers."""

    def __init__(self, lab: Workplace) -> None:
        self._lab = lab
        self._guests: dict[str, Guest] = {}
        self.lines: dict[str, int] = {}
        """The line of the scenario's source on which each thread is now; 0 is elsewhere."""

    def begin(self, name: str, function: Callable[..., object], args: tuple[Any, ...]) -> None:
        """Run ``function(lab, *args)`` in a thread called ``name`` until it sleeps or is over.

        Raises ValueError where one of that name is alive.
        """
        if name in self._guests:
            raise ValueError(f"there is a thread {name!r} already; each has a name of its own")
        lab, code = self._lab, getattr(function, "__code__", None)
        line = code.co_firstlineno if code and code.co_filename == lab.file else 0
        role, by = getattr(function, "__name__", "thread"), current_worker.get()
        lab.emit(WorkerStarted(lab.loop.time(), name, role, by, line, thread=True))
        with acting_as(name):
            guest = Guest(lab.loop, name, partial(function, lab, *args), self._ended)
        self._guests[name], self.lines[name] = guest, line
        guest.begin()

    def sleep(self, seconds: float) -> None:
        """Let the present thread sleep. Raises RuntimeError where it is not one of these."""
        lab, name = self._lab, current_worker.get()
        if lab.loop.guest != threading.get_ident() or name not in self._guests:
            raise RuntimeError("lab.sleep() is for a thread; a coroutine awaits asyncio.sleep()")
        frame = sys._getframe(2)  # that of whoever called lab.sleep()
        while frame.f_code.co_filename != lab.file and frame.f_back is not None:
            frame = frame.f_back
        line = self.lines[name] = frame.f_lineno if frame.f_back is not None else 0
        if lab.watches_lines:
            lab.emit(Stepped(lab.loop.time(), name, line))
        self._guests[name].sleep(seconds)

    def close(self, *, tell: bool = False) -> None:
        """End all threads where they sleep; ``tell`` of each that it was cancelled."""
        for guest in list(self._guests.values()):
            guest.close()
            self._forget(guest)
            if tell:
                t = self._lab.loop.time()
                self._lab.emit(WorkerEnded(t, guest.name, "cancelled", thread=True))

    def _ended(self, guest: Guest, error: BaseException | None) -> None:
        self._forget(guest)
        t = self._lab.loop.time()
        if error is None:
            self._lab.emit(WorkerEnded(t, guest.name, "returned", thread=True))
        else:
            trace = short_traceback(error)
            self._lab.emit(WorkerEnded(t, guest.name, "failed", say(error), trace, thread=True))

    def _forget(self, guest: Guest) -> None:
        del self._guests[guest.name], self.lines[guest.name]
