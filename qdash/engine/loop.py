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

It stands on floors, each a class that knows only those below: what asyncio asks of any loop
(``base_loop.py``), time and timers (``scheduling.py``), other threads (``visits.py``). This one
runs what lies there.
"""

from __future__ import annotations

import contextvars
import sys
from asyncio import Future
from collections.abc import Callable
from enum import Enum
from heapq import heappop
from typing import Any

from qdash.engine.entries import LabTimer, Soon, is_called_off, is_task_step
from qdash.engine.scheduling import NEVER, nanosecond
from qdash.engine.visits import VisitedLoop


class Outcome(Enum):
    """Why a slice of the loop's work came to an end."""

    BUDGET = "budget"  # the allowed number of callbacks was run; more may be ready
    LIMIT = "limit"  # nothing more to do up to the given time
    IDLE = "idle"  # nothing ready and no timer set: only a command can make anything happen
    STOPPED = "stopped"  # ``stop()`` was called


class LabLoop(VisitedLoop):
    """An event loop on virtual time.

    Time starts at 0.0, counts seconds, takes only the values of timers, and is rounded to the
    nanosecond. One thread drives the loop.
    """

    def __init__(self) -> None:
        super().__init__()
        self.callbacks_run = 0
        """How many callbacks have run: the loop's own count of its steps, the same at any speed."""
        self.on_ran: Callable[[contextvars.Context], None] | None = None
        """Told of each callback that ran, by its context: in that of its task, if it is a step."""
        self._turn = 0  # how many callbacks are left of a turn that a step broke off
        self._stopping = False

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
            was_step = is_task_step(self._ready[0])
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
            while timers and timers[0][0] <= until and timers[0][0] < NEVER:
                when, _, entry = heappop(timers)
                if is_called_off(entry):
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
            if not is_called_off(entry):
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
            if self.advance(NEVER, sys.maxsize) is Outcome.IDLE:
                raise RuntimeError(
                    "nothing is ready and no timer is set, so this loop would wait for ever: "
                    "a task waits for something that nothing will do"
                )

    def stop(self) -> None:
        """Stop at the end of the present turn."""
        self._stopping = True
