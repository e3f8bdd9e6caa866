"""The workplace: workers on a loop of their own, and all that is told of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context
from functools import partial
from typing import Any

from qdash import events as ev
from qdash.engine.context import current_worker
from qdash.engine.entries import LabTimer
from qdash.engine.failures import short_traceback
from qdash.engine.guests import Guests
from qdash.engine.lines import Lines, line_of
from qdash.engine.loop import LabLoop
from qdash.engine.shutdown import QueueShutDown
from qdash.engine.watching import say, without_addresses
from qdash.engine.workers import Worker, WorkerLoop
from qdash.events import Event

Sink = Callable[[Event], object]


class Workplace:
    """Where the workers of one run are, and its threads; ``main`` is the function they come from.

    Events go to the sinks in the order in which they were added; a sink that raises is taken away,
    and a ``LoopError`` tells so.
    """

    def __init__(self, main: Callable[..., Coroutine[Any, Any, None]]) -> None:
        self.loop: LabLoop = WorkerLoop(self._adopt, self._cancelling)
        self.loop.on_timer = self._timer_set
        self.loop.set_exception_handler(self._loop_failed)
        self.workers: dict[str, Worker] = {}
        self._main_function = main
        self._main: asyncio.Task[None] | None = None
        self._guests = Guests(self)
        self._timers: dict[str, LabTimer] = {}
        self._sinks: list[Sink] = []
        self._lines: Lines | None = None

    @property
    def running_worker(self) -> str:
        """The name of the worker that runs now."""
        return current_worker.get()

    # --- events ----------------------------------------------------------------------------------

    def add_sink(self, sink: Sink) -> None:
        """Hand every event from now on to ``sink``."""
        self._sinks.append(sink)

    def remove_sink(self, sink: Sink) -> None:
        """Hand no more events to ``sink``."""
        self._sinks = [other for other in self._sinks if other != sink]

    def emit(self, event: Event) -> None:
        """Hand an event to the sinks."""
        failed: tuple[Exception, ...] = ()
        for sink in self._sinks:
            try:
                sink(event)
            except Exception as error:
                self.remove_sink(sink)
                failed += (error,)
        for each in failed:  # told when all have this event, so that they have one order
            text = f"something that listened to the lab failed and was taken away: {say(each)}"
            self.emit(ev.LoopError(self.loop.time(), text, short_traceback(each)))

    # --- workers ---------------------------------------------------------------------------------

    def _adopt(self, task: asyncio.Task[Any], parent: str, context: Context) -> None:
        name, coroutine = task.get_name(), task.get_coro()
        role = getattr(coroutine, "__name__", "task")
        self.workers[name] = worker = Worker(name, role, task, context)
        if self._lines is not None:
            self._lines.follow(task, context)
        line = line_of(coroutine, self.file)
        self.emit(ev.WorkerStarted(self.loop.time(), name, role, parent, line))
        task.add_done_callback(partial(self._worker_ended, worker))

    def _cancelling(self, task: asyncio.Task[Any]) -> None:
        name, by = task.get_name(), current_worker.get()
        over = self._main is not None and self._main.done()  # then Ended tells all
        # A timeout or a task group breaks off its own task by this, and catches it.
        if by != name and not over:
            self.emit(ev.Cancelling(self.loop.time(), name, by))

    def _worker_ended(self, worker: Worker, task: asyncio.Task[Any]) -> None:
        name = worker.name
        if self.workers.get(name) is worker:
            del self.workers[name]
        if self._lines is not None:
            self._lines.leave(worker.context)
        self._timers.pop(name, None)
        t = self.loop.time()
        if task.cancelled():
            self.emit(ev.WorkerEnded(t, name, "cancelled"))
        elif (error := task.exception()) is None:
            self.emit(ev.WorkerEnded(t, name, "returned"))
        else:
            how: Any = "shutdown" if isinstance(error, QueueShutDown) else "failed"
            self.emit(ev.WorkerEnded(t, name, how, say(error), short_traceback(error)))

    def _loop_failed(self, loop: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        message = str(context.get("message", "the event loop reports an error"))
        text = f"{message}: {say(error)}" if error is not None else message
        trace = short_traceback(error) if error is not None else ""
        self.emit(ev.LoopError(self.loop.time(), without_addresses(text), trace))

    # --- on which lines they are -----------------------------------------------------------------

    @property
    def file(self) -> str:
        """The file of the scenario's source; "" where it has none."""
        code = getattr(self._main_function, "__code__", None)
        return code.co_filename if code else ""

    @property
    def watches_lines(self) -> bool:
        """Whether it is told on which line each worker is."""
        return self._lines is not None

    def watch_lines(self) -> None:
        """Tell from now on, after each step of a worker, on which line of the scenario it is."""
        self._lines = lines = Lines(self.file, self.emit, self.loop.time)
        for worker in self.workers.values():
            lines.follow(worker.task, worker.context)
        self.loop.on_ran = lines.ran

    def lines(self) -> dict[str, int]:
        """Return the line of the scenario's source on which each worker is now; 0 is elsewhere."""
        tasks = {
            name: line_of(worker.task.get_coro(), self.file)
            for name, worker in self.workers.items()
        }
        return tasks | self._guests.lines

    # --- time that passes in a worker's hands ----------------------------------------------------

    async def _spend(self, name: str, seconds: float) -> None:
        worker = self.workers.get(name)
        if worker is None:
            await self.loop.sleep(seconds)
            return
        if worker.stalled:  # ordered while it waited for something else
            pause, worker.stalled = worker.stalled, 0.0
            self.emit(ev.Stalled(self.loop.time(), name, pause))
            await self._sleep(worker, pause)
            until = round(self.loop.time() + seconds, 9)
            self.emit(ev.Resumed(self.loop.time(), name, until))
        await self._sleep(worker, seconds)
        while worker.stalled:  # ordered while it slept
            pause, worker.stalled = worker.stalled, 0.0
            await self._sleep(worker, pause)

    async def _sleep(self, worker: Worker, seconds: float) -> None:
        if worker.error is not None:
            error, worker.error = worker.error, None
            raise error
        worker.due = self.loop.time() + seconds
        worker.sleeper = sleeper = self.loop.sleep(seconds)
        try:
            await sleeper
        finally:
            worker.sleeper = None

    def _timer_set(self, timer: LabTimer) -> None:
        self._timers[current_worker.get()] = timer

    def _timeout_around(self) -> LabTimer | None:
        """Return the timer that the running worker has set and that may still fire."""
        timer = self._timers.get(current_worker.get())
        return None if timer is None or timer.cancelled() or timer.fired else timer
