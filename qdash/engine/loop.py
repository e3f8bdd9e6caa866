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
import logging
import sys
import threading
import weakref
from asyncio import Future
from asyncio import events as _events
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import contextmanager
from enum import Enum
from functools import partial
from heapq import heapify, heappop, heappush
from itertools import count
from math import isnan
from types import coroutine
from typing import Any, Final, TypeVar, final

import msgspec

from qdash.engine.refusals import NoOutsideWorld
from qdash.engine.tasks import NumberedTask

T = TypeVar("T")
Callback = Callable[..., object]

_SNAP: Final = 1.5 * 2**52
"""Added to a float and taken off again, it leaves the nearest whole number (up to 2**51)."""

_NEVER: Final = float("inf")
_HEAP_SPARE: Final = 64
"""How many timers are set between two sweeps of the heap, at least."""

_DEBUG_DEPTH: Final = 10
"""How many frames of where a coroutine was made are kept in debug mode, as by the stock loop."""


def nanosecond(seconds: float) -> float:
    """Return a time rounded to the nanosecond: the only values that the loop's time takes.

    Halves go to the even neighbour. Beyond 2**51 nanoseconds (26 days) the grid is as fine as a
    float allows; infinity stays what it is.
    """
    return (seconds * 1e9 + _SNAP - _SNAP) / 1e9


class Outcome(Enum):
    """Why a slice of the loop's work came to an end."""

    BUDGET = "budget"  # the allowed number of callbacks was run; more may be ready
    LIMIT = "limit"  # nothing more to do up to the given time
    IDLE = "idle"  # nothing ready and no timer set: only a command can make anything happen
    STOPPED = "stopped"  # ``stop()`` was called


@final
class LabTimer(asyncio.TimerHandle):
    """A timer of the lab's loop; ``fired`` tells whether its time has come."""

    __slots__ = ("fired",)

    fired: bool

    def _run(self) -> None:
        self.fired = True
        super()._run()

    def done(self) -> bool:
        """Return whether it is called off: the word that futures, which lie beside it, use."""
        return self.cancelled()


@final
class Soon(msgspec.Struct, gc=False):
    """A callback that is ready: what ``asyncio.Handle`` is, at a tenth of its price.

    It runs ``callback(*args)``.
    """

    callback: Callback
    args: tuple[Any, ...]
    context: contextvars.Context
    is_cancelled: bool = False

    def cancel(self) -> None:
        """Do not run the callback after all."""
        self.is_cancelled = True

    def cancelled(self) -> bool:
        """Return whether ``cancel`` was called."""
        return self.is_cancelled

    def done(self) -> bool:
        """Return whether it is called off: the word that futures, which lie beside it, use."""
        return self.is_cancelled

    def get_context(self) -> contextvars.Context:
        """Return the context in which the callback will run."""
        return self.context


Sleeper = Future[None]


@final
class Visit:
    """A turn of another thread: it lies among the timers as a sleeper does, and wakes no task."""

    __slots__ = ("_act", "_is_cancelled", "_loop")

    def __init__(self, loop: LabLoop, act: Callable[[], object]) -> None:
        self._loop, self._act, self._is_cancelled = loop, act, False

    def cancel(self) -> None:
        """Let the other thread have no turn after all."""
        self._is_cancelled = True

    def done(self) -> bool:
        """Return whether ``cancel`` was called."""
        return self._is_cancelled

    def set_result(self, _: None) -> None:
        """Let the other thread have its turn."""
        self._loop._let_in(self._act)


@final
class _Waking:
    """The loop's waking for a timer of its own, where another thread left something before it."""

    __slots__ = ("_loop",)

    def __init__(self, loop: LabLoop) -> None:
        self._loop = loop

    def done(self) -> bool:
        """Return whether the loop has been woken otherwise."""
        return self._loop._waking is not self

    def set_result(self, _: None) -> None:
        """Make ready what was left."""
        self._loop.wake()


Nap = tuple[Callback, contextvars.Context]
"""The next step of a task that naps. Nobody holds it, so it is no more than it must be."""
Entry = Any
"""What lies in the ready line and among the timers: Soon, LabTimer, Sleeper, Visit, _Waking, Nap or
_CalledOff. They have ``done()`` in common, but for a nap."""


@final
class _CalledOff:
    """What lies in the place of a nap that was cancelled."""

    def done(self) -> bool:
        """Return that it is called off."""
        return True


_CALLED_OFF: Final = _CalledOff()


def _is_called_off(entry: Entry) -> bool:
    return type(entry) is not tuple and bool(entry.done())


class _ClosedLine(deque[Any]):
    """What takes the place of the ready line when the loop is closed."""

    def append(self, entry: object) -> None:
        raise RuntimeError("Event loop is closed")


class LabLoop(NoOutsideWorld):
    """An event loop on virtual time.

    Time starts at 0.0, counts seconds, takes only the values of timers, and is rounded to the
    nanosecond. One thread drives the loop.
    """

    def __init__(self) -> None:
        self.now = 0.0
        """What ``time()`` returns, for those who ask often."""
        self._ready: deque[Entry] = deque()
        self._turn = 0  # how many of those are left of a turn that a step broke off
        self._timers: list[tuple[float, int, Entry]] = []
        self._cancelled_itself: set[asyncio.Task[Any]] = set()  # and may not have noticed
        self._sequence = 0
        self.call_soon, self.lie_down = self._scheduling()
        self._napped = False  # whether any task ever has
        self._sweep_at = _HEAP_SPARE  # the number of the timer that is swept at
        self.thread: int | None = None
        """The thread that runs the loop just now."""
        self._stopping = False
        self._closed = False
        self._left: deque[Any] = deque()  # by another thread, for when this one wakes
        self._waking: _Waking | None = None
        self._woken = False
        self.guest: int | None = None
        """The other thread that has its turn just now, by its identifier."""
        self.set_debug(False)
        if sys.version_info < (3, 12):
            # There, a future that looks for its loop asks the operating system for the process.
            self.create_future = partial(Future, loop=self)  # type: ignore[method-assign]
        self._task_factory: Any = None
        self.task_numbers = count(1)
        self._exception_handler: Any = None
        self._asyncgens: weakref.WeakSet[AsyncGenerator[Any, Any]] = weakref.WeakSet()
        self.callbacks_run = 0
        """How many callbacks have run: the loop's own count of its steps, the same at any speed."""
        self.on_timer: Callable[[LabTimer], None] | None = None
        """Told of each timer set by ``call_at`` and ``call_later`` (not of ``LabLoop.sleep``)."""
        self.on_ran: Callable[[contextvars.Context], None] | None = None
        """Told of each callback that ran, by its context: in that of its task, if it is a step."""

    # --- time ------------------------------------------------------------------------------------

    def time(self) -> float:
        """Return the virtual time in seconds since the loop was made."""
        return self.now

    def sleep(self, seconds: float) -> Sleeper:
        """Return a future that is done ``seconds`` from now.

        The lab's own way to let time pass: cheaper than ``asyncio.sleep``, since the future itself
        lies on the heap. Cancelling the future is enough to call the sleep off. Raises ValueError
        when ``seconds`` is negative or not a number.
        """
        if not seconds >= 0:
            raise ValueError(f"a sleep takes zero or more seconds, not {seconds}")
        future: Sleeper = self.create_future()
        # nanosecond(), written out: each call is felt on this path.
        when = ((self.now + seconds) * 1e9 + _SNAP - _SNAP) / 1e9
        self._sequence = sequence = self._sequence + 1
        heappush(self._timers, (when, sequence, future))
        if sequence > self._sweep_at:
            self._sweep()
        return future

    @coroutine
    def nap(self, seconds: float) -> Generator[None, None, None]:
        """Let ``seconds`` pass for the task that awaits this: a sleep at half the price.

        No future is made: the task's own next step lies on the heap. It comes, or is cancelled, in
        the same place of the order. Only a task may await it. Raises ValueError when the seconds
        are negative or not a number.
        """
        lie_down = self.lie_down
        lie_down(seconds)
        yield

    lie_down: Callable[[float], None]
    """Begin a nap, whose seconds pass at the bare ``yield`` that must come next: see ``nap``."""

    def next_timer(self) -> float | None:
        """Return the time of the next live timer, or None when none is set."""
        timers = self._timers
        while timers and _is_called_off(timers[0][2]):
            heappop(timers)
        # A timer at infinity is allowed, and never fires.
        return timers[0][0] if timers and timers[0][0] < _NEVER else None

    @property
    def has_ready(self) -> bool:
        """Whether a callback is waiting to run at the present instant."""
        return bool(self._ready)

    # --- callbacks -------------------------------------------------------------------------------

    call_soon: Callable[..., Soon]  # type: ignore[assignment]
    """Run a callback (the arguments follow it) at this instant, after all that is ready."""

    def _scheduling(self) -> tuple[Callable[..., Any], Callable[[float], None]]:
        """Return ``call_soon`` and ``lie_down``: of all that a loop does, what is done most.

        They are made here, and not methods, since asyncio asks for ``call_soon`` by name at each
        step of a task, and what two functions share is had sooner than what an object has.
        """
        timers, until = self._timers, None

        def call_soon(
            callback: Callback, *args: Any, context: contextvars.Context | None = None
        ) -> Soon | None:
            nonlocal until
            if until is None:
                if context is None:
                    context = contextvars.copy_context()
                handle = Soon(callback, args, context)
                self._ready.append(handle)
                return handle
            # Called by asyncio for a task that has just begun to nap: it always gives a context,
            # and wants no handle.
            self._sequence = sequence = self._sequence + 1
            heappush(timers, (until, sequence, (callback, context)))
            until = None
            return None

        def lie_down(seconds: float) -> None:
            nonlocal until
            if not seconds >= 0.0:
                raise ValueError(f"a sleep takes zero or more seconds, not {seconds}")
            if self._cancelled_itself and self._is_ending():
                return
            # A bare yield lets asyncio hand the task's next step to call_soon(), at once and from
            # C; there it is put among the timers.
            self._napped = True
            until = ((self.now + seconds) * 1e9 + _SNAP - _SNAP) / 1e9

        return call_soon, lie_down

    def _is_ending(self) -> bool:
        """Tell whether the running task has cancelled itself, which comes at its next await."""
        task: Any = asyncio.current_task(self)
        self._cancelled_itself.discard(task)
        return bool(task._must_cancel)  # asyncio's own name for it

    def cancelling_nap(self, task: asyncio.Task[Any]) -> None:
        """Wake a task that is being cancelled, if it naps: called by the task."""
        # Looked for among all that lie there: cancelling is rare, and naps are not to pay for it.
        if self._napped and (nap := self._take_out_nap(task)) is not None:
            callback, context = nap
            self._ready.append(Soon(callback, (), context))
            return
        if asyncio.current_task(self) is task:
            self._cancelled_itself.add(task)

    def _take_out_nap(self, task: asyncio.Task[Any]) -> Nap | None:
        ready, timers = self._ready, self._timers
        for at, entry in enumerate(ready):
            if type(entry) is tuple and _task_of(entry[0]) is task:
                ready[at] = _CALLED_OFF
                return entry
        for at, (when, sequence, entry) in enumerate(timers):
            if type(entry) is tuple and _task_of(entry[0]) is task:
                timers[at] = (when, sequence, _CALLED_OFF)
                return entry
        return None

    def call_soon_threadsafe(  # type: ignore[override]
        self, callback: Callback, *args: Any, context: contextvars.Context | None = None
    ) -> Soon:
        """Do what ``call_soon`` does, and wake the loop: for a thread that has its turn.

        Raises NotImplementedError in any other thread while one drives the loop: what came in from
        there would come at no definite virtual time.
        """
        if self.thread not in (None, (thread := threading.get_ident())) and thread != self.guest:
            raise NotImplementedError(
                "a lab's loop belongs to the thread that drives it; "
                "send the lab a command instead of calling into its loop"
            )
        self._woken = True
        return self.call_soon(callback, *args, context=context)

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callback,
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> LabTimer:
        """Run ``callback(*args)`` after ``delay`` seconds of virtual time."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callback,
        *args: Any,
        context: contextvars.Context | None = None,
    ) -> LabTimer:
        """Run ``callback(*args)`` at virtual time ``when``, or at once where that is past.

        Raises ValueError when ``when`` is not a number.
        """
        if self._closed:
            raise RuntimeError("Event loop is closed")
        when = nanosecond(when)
        if isnan(when):
            raise ValueError("a timer needs a time, and this is not a number")
        timer = LabTimer(when, callback, args, self, context)
        timer.fired = False
        self._sequence = sequence = self._sequence + 1
        heappush(self._timers, (when, sequence, timer))
        if sequence > self._sweep_at:
            self._sweep()
        if self.on_timer is not None:
            self.on_timer(timer)
        return timer

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Called by ``TimerHandle.cancel``; nothing to do, since ``_sweep`` looks for itself."""

    def _sweep(self) -> None:
        """Throw called-off timers out of the heap, so that it cannot grow with the past.

        Done again when as many timers were set as live ones remain: a fixed price for each.
        """
        timers = self._timers
        timers[:] = [entry for entry in timers if not _is_called_off(entry[2])]
        heapify(timers)
        self._sweep_at = self._sequence + len(timers) + _HEAP_SPARE

    # --- other threads ---------------------------------------------------------------------------

    def visit(self, delay: float, act: Callable[[], object]) -> Visit:
        """Call ``act`` in ``delay`` seconds, as what happens in another thread.

        As on the stock loop, which sleeps until its next timer, what ``act`` leaves by
        ``call_soon`` is not seen before that; ``call_soon_threadsafe`` wakes the loop. Raises
        ValueError when ``delay`` is negative or not a number.
        """
        if not delay >= 0:
            raise ValueError(f"a sleep takes zero or more seconds, not {delay}")
        self._sequence += 1
        visit = Visit(self, act)
        heappush(self._timers, (nanosecond(self.now + delay), self._sequence, visit))
        return visit

    def _let_in(self, act: Callable[[], object]) -> None:
        ready = self._ready
        if any(type(entry) is not Visit for entry in ready):  # the loop is at work, not asleep
            act()
            return
        self._woken = False
        self._ready = self._left
        try:
            act()
        finally:
            self._ready = ready
        if self._woken:
            self.wake()
        elif self._left and self._waking is None:
            own = (
                when
                for when, _, entry in self._timers
                if not isinstance(entry, (Visit, _Waking)) and not _is_called_off(entry)
            )
            self._waking = _Waking(self)
            self._sequence += 1
            # The negative number puts it before all timers of its instant.
            heappush(self._timers, (min(own, default=_NEVER), -self._sequence, self._waking))

    def wake(self) -> None:
        """Make ready, before all else, what another thread left while the loop slept."""
        self._ready.extendleft(reversed(self._left))
        self._left.clear()
        self._waking = None

    # --- tasks and futures -----------------------------------------------------------------------

    def create_future(self) -> Future[Any]:
        """Return a new future of this loop."""
        # While the loop runs, a future finds it by itself; naming it costs a dictionary a call.
        return Future() if self.thread is not None else Future(loop=self)

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
            return NumberedTask(coro, loop=self, name=name, context=context, **kwargs)
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
        if self.thread is not None:
            raise RuntimeError("This event loop is already running")
        if _events._get_running_loop() is not None:
            raise RuntimeError("Cannot run the event loop while another loop is running")
        hooks = sys.get_asyncgen_hooks()
        self.thread = threading.get_ident()
        depth = sys.get_coroutine_origin_tracking_depth()
        if self.get_debug():
            sys.set_coroutine_origin_tracking_depth(_DEBUG_DEPTH)
        sys.set_asyncgen_hooks(self._asyncgens.add, self._close_asyncgen)
        _events._set_running_loop(self)
        try:
            yield
        finally:
            self.thread = None
            _events._set_running_loop(None)
            sys.set_asyncgen_hooks(*hooks)
            sys.set_coroutine_origin_tracking_depth(depth)

    def advance(self, until: float, budget: int) -> Outcome:
        """Run callbacks up to and including virtual time ``until``, and ``budget`` (> 0) at most.

        Call it inside ``running()``. Time stays at the last timer that ran. As in the stock loop,
        what is ready at the beginning of a turn runs before timers are looked at again; a turn
        that the budget breaks off is taken up by the next ``advance`` or ``step``.
        """
        ready, timers, ran = self._ready, self._timers, self.on_ran
        end = self.callbacks_run + budget
        left = budget  # of it, counted here and not there until somebody may look
        latest = -1.0 if self._stopping else min(until, sys.float_info.max)
        try:
            while True:
                # The most trodden path of a lab, turns of one callback, written out: a nap or a
                # sleep that ends alone at its instant, and whoever is woken by that alone.
                turn = self._turn
                while timers and not turn:
                    when, _, entry = timers[0]
                    if not ready:
                        kind = type(entry)
                        if when > latest or not (
                            kind is tuple or (kind is Future and not entry.done())
                        ):
                            break
                        heappop(timers)
                        self.now = when
                        if timers and timers[0][0] <= when:
                            ready.append(entry)
                            break
                        left -= 1
                        if kind is Future:
                            entry.set_result(None)
                            if not left:
                                return Outcome.BUDGET
                            continue
                        callback, context = entry
                        args: tuple[Any, ...] = ()
                    else:
                        soon = ready[0]
                        if len(ready) > 1 or when <= self.now or type(soon) is not Soon:
                            break
                        if soon.is_cancelled:
                            break
                        ready.clear()
                        left -= 1
                        callback, context, args = soon.callback, soon.context, soon.args
                    try:
                        if not args:
                            context.run(callback)
                        elif len(args) == 1:
                            context.run(callback, args[0])
                        else:
                            context.run(callback, *args)
                    except (SystemExit, KeyboardInterrupt):
                        raise
                    except BaseException as error:
                        self._callback_failed(callback, error)
                    if ran is not None:
                        ran(context)
                    if self._stopping:
                        self._stopping = False
                        return Outcome.STOPPED
                    if not left:
                        return Outcome.BUDGET
                if not turn:
                    if ready and (not timers or timers[0][0] > self.now):
                        turn = len(ready)
                    else:
                        self.callbacks_run = end - left
                        turn = self._begin_turn(until, end)
                        left = end - self.callbacks_run
                        if not turn:
                            return self._nothing_due() if left else Outcome.BUDGET
                if turn > left:
                    self._turn, turn = turn - left, left
                else:
                    self._turn = 0
                left -= turn
                while turn:
                    turn -= 1
                    # The same names as above, so that none of them holds what is long over.
                    entry = soon = ready.popleft()
                    if type(entry) is Soon:
                        if entry.is_cancelled:
                            continue
                        callback, context, args = entry.callback, entry.context, entry.args
                        try:
                            context.run(callback, *args)
                        except (SystemExit, KeyboardInterrupt):
                            raise
                        except BaseException as error:
                            self._callback_failed(callback, error)
                        if ran is not None:
                            ran(context)
                    elif type(entry) is tuple:
                        # Others are due with it, and what is woken by a future comes a turn later.
                        callback, context = entry
                        ready.append(Soon(callback, (), context))
                    elif not entry.done():  # it may have been called off since
                        if type(entry) is LabTimer:
                            entry._run()
                        else:
                            entry.set_result(None)
                if self._stopping and not self._turn:
                    self._stopping = False
                    return Outcome.STOPPED
                if not left:
                    return Outcome.BUDGET
        finally:
            self.callbacks_run = end - left

    def step(self, until: float) -> Outcome:
        """Run until one task has gone from one await to the next; STOPPED says that it has.

        Callbacks that are no task's step (a timer that wakes a future) and come before it run
        along. The order is that of ``advance``, which may go on where a step ended. Call it inside
        ``running()``.
        """
        while True:
            if not self._turn:
                self._turn = self._begin_turn(until, sys.maxsize)
                if not self._turn:
                    return self._nothing_due()
            was_step = _is_task_step(self._ready[0])
            if self.advance(until, 1) is Outcome.STOPPED or was_step:
                return Outcome.STOPPED

    def move_to(self, when: float) -> None:
        """Let time pass to ``when``, up to which nothing is due.

        Raises ValueError when that would skip a timer or turn time back.
        """
        when = nanosecond(when)
        due = self.next_timer()
        if when < self.now or self._ready or (due is not None and due < when):
            raise ValueError("time can only move on, and not past what is due")
        self.now = when

    def _begin_turn(self, until: float, end: int) -> int:
        """Add the timers that are due to what is ready and return how much that is.

        With nothing ready, time first jumps to the next timer; 0 says that it lies beyond
        ``until``, that there is none, or that ``end`` callbacks have run, all told.
        """
        ready, timers = self._ready, self._timers
        if not ready:
            if self._stopping:
                until = self.now
            while timers and timers[0][0] <= until and timers[0][0] < _NEVER:
                when, _, entry = heappop(timers)
                if _is_called_off(entry):
                    continue
                if when > self.now:  # a timer may be set in the past
                    self.now = when
                if type(entry) is LabTimer or (timers and timers[0][0] <= when):
                    ready.append(entry)
                    break
                if type(entry) is tuple:
                    ready.append(Soon(entry[0], (), entry[1]))
                    return 1
                # A sleeper alone at its instant is woken here: in the same place in the order as
                # by a callback of its own, and sooner.
                self.callbacks_run += 1
                entry.set_result(None)
                if ready or self.callbacks_run == end:  # nobody may await it any more
                    return len(ready)
        while timers and timers[0][0] <= self.now:
            entry = heappop(timers)[2]
            if not _is_called_off(entry):
                ready.append(entry)
        return len(ready)

    def _nothing_due(self) -> Outcome:
        """Say why no turn could begin."""
        if self._stopping:
            self._stopping = False
            return Outcome.STOPPED
        return Outcome.IDLE if self.next_timer() is None else Outcome.LIMIT

    def run_forever(self) -> None:
        """Run free until ``stop()`` is called.

        Raises RuntimeError when nothing is left that could ever happen, where the stock loop would
        wait for ever for the outside world.
        """
        with self.running():
            if self.advance(_NEVER, sys.maxsize) is Outcome.IDLE:
                raise RuntimeError(
                    "nothing is ready and no timer is set, so this loop would wait for ever: "
                    "a task waits for something that nothing will do"
                )

    def run_until_complete(self, future: Any) -> Any:
        """Run free until ``future`` is done and return its result.

        Raises what the future raises, and RuntimeError where the program deadlocks.
        """
        task = asyncio.ensure_future(future, loop=self)
        task.add_done_callback(_stop_its_loop)
        try:
            self.run_forever()
        finally:
            task.remove_done_callback(_stop_its_loop)
        if not task.done():
            raise RuntimeError("Event loop stopped before Future completed.")
        return task.result()

    def stop(self) -> None:
        """Stop at the end of the present turn."""
        self._stopping = True

    def is_running(self) -> bool:
        """Return whether the loop is running."""
        return self.thread is not None

    def is_closed(self) -> bool:
        """Return whether the loop was closed."""
        return self._closed

    def close(self) -> None:
        """Forget all that is scheduled. Raises RuntimeError while the loop runs."""
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        self._closed = True
        self._ready = _ClosedLine()
        self._timers.clear()

    def _close_asyncgen(self, generator: AsyncGenerator[Any, Any]) -> None:
        """Called by the interpreter for an asynchronous generator that nobody holds any more."""
        self._asyncgens.discard(generator)
        if not self._closed:
            self.call_soon(self.create_task, generator.aclose())

    async def shutdown_asyncgens(self) -> None:
        """Close the asynchronous generators that are still open."""
        generators = list(self._asyncgens)
        self._asyncgens.clear()
        closings = (generator.aclose() for generator in generators)
        for generator, result in zip(
            generators, await asyncio.gather(*closings, return_exceptions=True), strict=True
        ):
            if isinstance(result, Exception):
                message = f"an error occurred during closing of asynchronous generator {generator}"
                self.call_exception_handler(
                    {"message": message, "exception": result, "asyncgen": generator}
                )

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
        """Log the message and the traceback, where asyncio logs its own."""
        logging.getLogger("asyncio").error(
            context.get("message") or "Unhandled exception in event loop",
            exc_info=context.get("exception"),
        )

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Hand an exception that nobody took to the handler; one that raises is reported too."""
        if self._exception_handler is None:
            self.default_exception_handler(context)
            return
        try:
            self._exception_handler(self, context)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self.default_exception_handler(
                {"message": "Unhandled error in exception handler", "exception": error}
            )

    def _callback_failed(self, callback: Callback, error: BaseException) -> None:
        self.call_exception_handler(
            {"message": f"Exception in callback {callback!r}", "exception": error}
        )

    get_debug: Callable[[], bool]
    """Return whether asyncio's debug mode is on."""

    def set_debug(self, enabled: bool) -> None:
        """Switch asyncio's debug mode: futures and tasks then remember where they were made."""
        # Asked in C by every future that is made: a method in C answers at a third of the price.
        self.get_debug = bool(enabled).__bool__


def _stop_its_loop(future: Future[Any]) -> None:
    """End ``run_until_complete``, unless by an exception that ends the run by itself."""
    if future.cancelled() or not isinstance(future.exception(), (SystemExit, KeyboardInterrupt)):
        future.get_loop().stop()


def _is_task_step(entry: object) -> bool:
    """Tell whether a callback runs a task from one await to the next.

    The callables by which a task is run carry it as ``__self__``, and so do its public methods:
    the names tell them apart. The first of them, in C, has no name.
    """
    if type(entry) is not Soon or entry.is_cancelled:
        return False
    return _task_of(entry.callback) is not None and getattr(
        entry.callback, "__name__", "__step"
    ) in ("__step", "__wakeup", "task_wakeup")


def _task_of(callback: Callback) -> asyncio.Task[Any] | None:
    task = getattr(callback, "__self__", None)
    return task if isinstance(task, asyncio.Task) else None
