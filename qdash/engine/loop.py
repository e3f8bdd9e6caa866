"""The loop: an asyncio event loop whose time is virtual and belongs to whoever drives it.

Tasks, futures, queues and timeouts on it are the interpreter's own; this loop only decides *when*.
It does no I/O and never sleeps. Callbacks run in the order in which the stock loop would run them;
when nothing is ready, time jumps to the next timer. Timers of one instant run in the order in which
they were set.

Two ways to drive it:

* as any loop: ``asyncio.Runner(loop_factory=LabLoop)`` or ``run_until_complete`` run free, as fast
  as the processor goes;
* by parts, for a lab with a person in front of it: ``advance`` runs a bounded slice and says why it
  stopped, ``step`` runs exactly one task step.
"""

from __future__ import annotations

import asyncio
import contextvars
import traceback
from asyncio import events as _events
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from enum import Enum
from heapq import heapify, heappop, heappush
from typing import Any, NoReturn, TypeVar

import msgspec

T = TypeVar("T")
Callback = Callable[..., object]
_Entry = tuple[float, int, Any]

_CANCELLED_TIMERS_KEPT = 64
"""How many cancelled timers may lie in the heap before they are swept out (if they are half of it)."""


class Outcome(Enum):
    """Why a slice of the loop's work came to an end."""

    BUDGET = "budget"  # the allowed number of callbacks was run; more is ready
    LIMIT = "limit"  # nothing more to do up to the given time
    IDLE = "idle"  # nothing ready and no timer set: only a command can make anything happen
    STOPPED = "stopped"  # ``stop()`` was called


class LabTimer(asyncio.TimerHandle):
    """A timer of the lab's loop; ``fired`` tells whether its time has come."""

    __slots__ = ("fired",)

    fired: bool

    def _run(self) -> None:
        self.fired = True
        super()._run()


class Soon(msgspec.Struct):
    """A callback that is ready: what ``asyncio.Handle`` is, at a tenth of its price."""

    callback: Any
    args: tuple[Any, ...]
    context: contextvars.Context
    is_cancelled: bool = False

    def cancel(self) -> None:
        """Do not run the callback after all."""
        self.is_cancelled = True

    def cancelled(self) -> bool:
        """Return whether ``cancel`` was called."""
        return self.is_cancelled

    def get_context(self) -> contextvars.Context:
        """Return the context in which the callback will run."""
        return self.context


class LabLoop(asyncio.AbstractEventLoop):
    """An event loop on virtual time.

    Time starts at 0.0, counts seconds, takes only the values of timers, and is rounded to the
    nanosecond. The loop is single-threaded: drive it from one thread only.
    """

    def __init__(self) -> None:
        self._now = 0.0
        self._ready: deque[Any] = deque()
        self._timers: list[_Entry] = []
        self._sequence = 0
        self._cancelled_timers = 0
        self._running = False
        self._stopping = False
        self._closed = False
        self.call_soon = _call_soon_on(self._ready)
        self._task_factory: Any = None
        self._exception_handler: Any = None
        self._asyncgens: list[Any] = []
        self.callbacks_run = 0
        """How many callbacks have run: the loop's own count of its steps, the same at any speed."""
        self.on_timer: Callable[[LabTimer], None] | None = None
        """Told of each timer set by ``call_at`` and ``call_later`` (not of the lab's own sleeps)."""

    # --- time ------------------------------------------------------------------------------------

    def time(self) -> float:
        """Return the virtual time in seconds since the loop was made."""
        return self._now

    def sleep(self, seconds: float) -> asyncio.Future[None]:
        """Return a future that is done ``seconds`` (>= 0) from now.

        The lab's own way to let time pass: cheaper than ``asyncio.sleep``, since the future itself
        lies on the heap. Cancelling the future is enough to call the sleep off.
        """
        future: asyncio.Future[None] = asyncio.Future(loop=self)
        self._sequence = sequence = self._sequence + 1
        heappush(self._timers, (int((self._now + seconds) * 1e9 + 0.5) / 1e9, sequence, future))
        return future

    def next_timer(self) -> float | None:
        """Return the time of the next live timer, or None when none is set."""
        timers = self._timers
        while timers:
            when, _, entry = timers[0]
            if not entry.cancelled():
                return when
            heappop(timers)
            if type(entry) is LabTimer:
                self._cancelled_timers -= 1
        return None

    @property
    def has_ready(self) -> bool:
        """Whether a callback is waiting to run at the present instant."""
        return bool(self._ready)

    # --- callbacks -------------------------------------------------------------------------------


    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callback,
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> LabTimer:
        """Run ``callback(*args)`` after ``delay`` seconds of virtual time."""
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callback,
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> LabTimer:
        """Run ``callback(*args)`` at virtual time ``when``, or at once where that is past."""
        if self._closed:
            raise RuntimeError("Event loop is closed")
        when = round(when, 9)
        timer = LabTimer(when, callback, args, self, context)
        timer.fired = False
        timer._scheduled = True  # so that its cancel() tells us, as the stock loop's does
        self._sequence = sequence = self._sequence + 1
        heappush(self._timers, (when, sequence, timer))
        if self.on_timer is not None:
            self.on_timer(timer)
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Called by ``TimerHandle.cancel``: sweep the heap when cancelled timers fill it."""
        self._cancelled_timers += 1
        timers = self._timers
        if self._cancelled_timers > _CANCELLED_TIMERS_KEPT and self._cancelled_timers * 2 > len(
            timers
        ):
            timers[:] = [entry for entry in timers if not entry[2].cancelled()]
            heapify(timers)
            self._cancelled_timers = 0

    # --- tasks and futures -----------------------------------------------------------------------

    def create_future(self) -> asyncio.Future[Any]:
        """Return a new future of this loop."""
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self,
        coro: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: contextvars.Context | None = None,
        **kwargs: Any,
    ) -> asyncio.Task[T]:
        """Start ``coro`` as a task of this loop; a task factory, if set, makes it."""
        if self._closed:
            raise RuntimeError("Event loop is closed")
        if self._task_factory is None:
            return asyncio.Task(coro, loop=self, name=name, context=context, **kwargs)
        if context is not None:
            kwargs["context"] = context
        task: asyncio.Task[T] = self._task_factory(self, coro, **kwargs)
        if name is not None:
            task.set_name(name)
        return task

    def set_task_factory(self, factory: Any) -> None:
        """Let ``factory(loop, coro, **kwargs)`` make the tasks; None restores the default."""
        self._task_factory = factory

    def get_task_factory(self) -> Any:
        """Return the task factory, or None."""
        return self._task_factory

    # --- running ---------------------------------------------------------------------------------

    @contextmanager
    def running(self) -> Generator[None]:
        """Make this the thread's running loop for the length of a ``with`` block."""
        if self._closed:
            raise RuntimeError("Event loop is closed")
        if self._running:
            raise RuntimeError("This event loop is already running")
        if _events._get_running_loop() is not None:
            raise RuntimeError("Cannot run the event loop while another loop is running")
        self._running = True
        _events._set_running_loop(self)
        try:
            yield
        finally:
            self._running = False
            _events._set_running_loop(None)

    def advance(self, until: float, budget: int) -> Outcome:
        """Run callbacks up to and including virtual time ``until``, at most about ``budget`` of them.

        Call it inside ``running()``. Time stays at the last timer that ran.
        """
        ready, timers = self._ready, self._timers
        left = budget
        while True:
            if not ready:
                if not timers or timers[0][0] > until:
                    return Outcome.LIMIT if timers else Outcome.IDLE
                when, _, entry = heappop(timers)
                if type(entry) is LabTimer or (timers and timers[0][0] <= when):
                    heappush(timers, (when, _, entry))
                    if not self._take_due(until): continue
                else:
                    # A sleeper alone at its instant: woken here, in the same place in the order
                    # as by a callback of its own, and sooner.
                    if entry.done():  # called off
                        continue
                    self._now = when
                    entry.set_result(None)
            elif timers and timers[0][0] <= self._now:
                self._collect_due()
            # One turn, as the stock loop does: what is ready now, not what that makes ready.
            turn = len(ready)
            left -= turn
            while turn:
                turn -= 1
                entry = ready.popleft()
                if type(entry) is Soon and not entry.is_cancelled:
                    try:
                        entry.context.run(entry.callback, *entry.args)
                    except (SystemExit, KeyboardInterrupt):
                        raise
                    except BaseException as error:
                        self._report(entry.callback, error)
                else:
                    self._run_other(entry)
            if self._stopping:
                return Outcome.STOPPED
            if left <= 0:
                return Outcome.BUDGET

    def step(self, until: float) -> Outcome:
        """Run until one task has gone from one await to the next; STOPPED says that it has.

        Callbacks that are no task's step (a timer that wakes a future) run along with it. Call it
        inside ``running()``.
        """
        while True:
            self._collect_due()
            if not self._ready and not self._take_due(until):
                return Outcome.IDLE if not self._timers else Outcome.LIMIT
            handle = self._ready.popleft()
            was_step = _is_task_step(handle) and not handle.cancelled()
            self._run_handle(handle)
            if was_step:
                return Outcome.STOPPED

    def move_to(self, when: float) -> None:
        """Let time pass to ``when``, up to which nothing is due.

        Raises ValueError when that would skip a timer or turn time back.
        """
        when = round(when, 9)
        due = self.next_timer()
        if when < self._now or self._ready or (due is not None and due < when):
            raise ValueError("time can only move on, and not past what is due")
        self._now = when

    def _take_due(self, until: float) -> bool:
        """With nothing ready, let time jump to the next timer (not beyond ``until``)."""
        timers = self._timers
        while True:
            when = self.next_timer()
            if when is None or when > until:
                return False
            if when > self._now:
                self._now = when
            entry = timers[0][2]
            if type(entry) is not LabTimer:
                heappop(timers)
                if not timers or timers[0][0] > when:
                    # A sleeper alone at this instant: woken here, in the same place in the order
                    # as by a callback of its own, and sooner.
                    entry.set_result(None)
                    if self._ready:
                        return True
                    continue
                self._ready.append(entry)
            self._collect_due()
            if self._ready:
                return True

    def _collect_due(self) -> None:
        """Move the timers of this instant to what is ready."""
        timers, now, ready = self._timers, self._now, self._ready
        while timers and timers[0][0] <= now:
            entry = heappop(timers)[2]
            if type(entry) is LabTimer:
                if entry.cancelled():
                    self._cancelled_timers -= 1
                else:
                    entry._scheduled = False
                    ready.append(entry)
            elif not entry.done():
                ready.append(entry)

    def _run_other(self, entry: Any) -> None:
        """Run what is not a live ``Soon``: a timer, or a sleeper whose time has come."""
        if type(entry) is LabTimer:
            if not entry.cancelled():
                entry._run()
        elif type(entry) is not Soon and not entry.done():
            entry.set_result(None)

    def _report(self, callback: Any, error: BaseException) -> None:
        self.call_exception_handler(
            {"message": f"Exception in callback {callback!r}", "exception": error}
        )

    def run_forever(self) -> None:
        """Run free until ``stop()`` is called.

        Raises RuntimeError when nothing is left that could ever happen, where the stock loop would
        wait for ever for the outside world.
        """
        with self.running():
            try:
                outcome = self.advance(float("inf"), 1 << 62)
            finally:
                self._stopping = False
        if outcome is Outcome.IDLE:
            raise RuntimeError(
                "nothing is ready and no timer is set, so this loop would wait for ever: "
                "a task waits for something that nothing will do"
            )

    def run_until_complete(self, future: Any) -> Any:
        """Run free until ``future`` is done and return its result.

        Raises what the future raises, and RuntimeError where the program deadlocks.
        """
        task = asyncio.ensure_future(future, loop=self)

        def finished(_: object) -> None:
            self.stop()

        task.add_done_callback(finished)
        try:
            self.run_forever()
        finally:
            task.remove_done_callback(finished)
        return task.result()

    def stop(self) -> None:
        """Stop at the end of the present turn."""
        self._stopping = True

    def is_running(self) -> bool:
        """Return whether the loop is running."""
        return self._running

    def is_closed(self) -> bool:
        """Return whether the loop was closed."""
        return self._closed

    def close(self) -> None:
        """Forget all that is scheduled. Raises RuntimeError while the loop runs."""
        if self._running:
            raise RuntimeError("Cannot close a running event loop")
        self._closed = True
        self._ready.clear()
        self._timers.clear()

    async def shutdown_asyncgens(self) -> None:
        """Nothing to do: asynchronous generators are closed with their tasks."""

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Nothing to do: a lab has no threads of its own."""

    # --- errors ----------------------------------------------------------------------------------

    def set_exception_handler(self, handler: Any) -> None:
        """Let ``handler(loop, context)`` hear of exceptions that nobody else took."""
        self._exception_handler = handler

    def get_exception_handler(self) -> Any:
        """Return the exception handler, or None."""
        return self._exception_handler

    def default_exception_handler(self, context: dict[str, Any]) -> None:
        """Print the message and the traceback to stderr."""
        import sys

        print(context.get("message", "unhandled exception in the loop"), file=sys.stderr)
        if (exception := context.get("exception")) is not None:
            traceback.print_exception(exception)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Hand an exception that nobody took to the handler."""
        if self._exception_handler is None:
            self.default_exception_handler(context)
        else:
            self._exception_handler(self, context)

    get_debug = staticmethod(bool)
    def set_debug(self, enabled: bool) -> None:
        """Switch debug mode."""
        self._debug = enabled

def _call_soon_on(ready):
    append = ready.append
    copy_context = contextvars.copy_context
    def call_soon(
        callback: Callback, *args: Any, context: contextvars.Context | None = None
    ) -> Soon:
        """Run ``callback(*args)`` at this instant, after all that is ready already."""
        handle = Soon(callback, args, copy_context() if context is None else context)
        append(handle)
        return handle
    return call_soon

def _is_task_step(handle: Any) -> bool:
    """Tell whether a callback runs a task from one await to the next.

    The step and wake-up callables of C tasks carry their task as ``__self__``.
    """
    callback = getattr(handle, "_callback", None)
    return isinstance(getattr(callback, "__self__", None), asyncio.Task)


def _refuse(name: str) -> Callable[..., NoReturn]:
    def refused(self: LabLoop, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"{name}() needs the outside world; a lab's loop runs on virtual time and does no I/O, "
            "threads or processes"
        )

    refused.__name__ = refused.__qualname__ = name
    refused.__doc__ = "Refused with NotImplementedError: a lab does no I/O."
    return refused
