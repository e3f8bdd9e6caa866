"""What an exported program prints, and what it ought to print by the lab's own events."""

from __future__ import annotations

import asyncio
import contextlib
import io
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any

from qdash import events as ev
from qdash.engine.guests import Guest
from qdash.engine.loop import Outcome
from qdash.events import Event, Value
from qdash.export import program
from qdash.scenarios import scenario
from tests.engine.stock_loop import StockLoop

Line = tuple[float, str, str]
"""When, who, what."""


def exported(slug: str, settings: dict[str, Value], seed: int) -> str:
    """Return the program."""
    this = scenario(slug)
    return program(this.source, this.settings(settings), seed=seed, scenario=slug)


def printed(text: str, until: float) -> list[Line]:
    """Run a program on the stock loop, on virtual time, and return what it printed before then."""
    module = ModuleType("exported_program")
    loop: StockLoop | None = None

    def stopping() -> StockLoop:
        nonlocal loop
        loop = StockLoop()
        loop.call_at(until, loop.stop)
        return loop

    out = io.StringIO()
    sys.modules[module.__name__] = module
    threads = _Threads(lambda: loop)
    try:
        exec(compile(text, "exported.py", "exec"), module.__dict__)
        module.__dict__.update(threading=threads, time=threads)
        with contextlib.redirect_stdout(out), asyncio.Runner(loop_factory=stopping) as runner:
            try:
                runner.run(module.run())
            except BaseException as error:
                # The lab's main fails with the same; and so ends what is broken off at `until`.
                print(f"{loop.time():9.3f}  raises {type(error).__name__}")
    finally:
        threads.close()
        del sys.modules[module.__name__]
    return [line for line in parsed(out.getvalue()) if line[0] < until and line[1] != "raise"]


class _Threads:
    """Stands where ``threading`` and ``time`` are: threads take turns, on the loop's own time."""

    def __init__(self, loop: Callable[[], Any]) -> None:
        self._loop = loop
        self._here: dict[int, Guest] = {}

    def Thread(self, *, target: Any, args: Any, name: str, daemon: bool) -> _Threads:
        def call() -> None:
            self._here[threading.get_ident()] = guest
            target(*args)

        guest = Guest(self._loop(), name, call, lambda *_: None)
        self._start = guest.begin
        return self

    def start(self) -> None:
        self._start()

    def sleep(self, seconds: float) -> None:
        self._here[threading.get_ident()].sleep(seconds)

    def close(self) -> None:
        for guest in self._here.values():
            guest.close()


def parsed(out: str) -> list[Line]:
    """Return the lines that a program printed."""
    return [(float(line[:9]), line[11:16].strip(), line[17:]) for line in out.splitlines()]


def expected(slug: str, settings: dict[str, Value], seed: int, until: float) -> list[Line]:
    """Run the scenario in the lab and return what is to be printed."""
    told: list[Event] = []
    lab = scenario(slug).lab(settings, seed)
    lab.add_sink(told.append)
    lab.start()
    while lab.advance(until - 0.0005, 100_000) is Outcome.BUDGET:
        pass
    lab.close()
    behind = "_maxsize" in lab.header.source  # asyncio itself tells nothing of that
    return [line for line in _lines(told) if not (behind and line[2].startswith("resize"))]


class _Queue:
    def __init__(self, name: str, maxsize: int) -> None:
        self.name, self.maxsize = name, maxsize
        self.size = self.unfinished = 0

    def __str__(self) -> str:
        return f"{self.name} {self.size}/{self.maxsize or 'any'}"

    def owed(self) -> str:
        return f"{self.unfinished} unfinished in {self.name}"


def _item(event: Any) -> str:
    if getattr(event, "shape", "item") in ("stop", "token"):
        return "None"
    return f"#{event.item}" if isinstance(event.item, int) else str(event.item)


_OBSERVED = re.compile(r"<Observed\w+ [^>]*>")
_RAISED = {
    "full": "QueueFull",
    "empty": "QueueEmpty",
    "timeout": "CancelledError",
    "cancelled": "CancelledError",
    "shutdown": "QueueShutDown",
}


def _lines(events: Iterable[Event]) -> Iterator[Line]:
    queues: dict[str, _Queue] = {}
    for event in events:
        queue: Any = queues.get(getattr(event, "queue", ""))
        what = ""
        match event:
            case ev.QueueMade():
                queues[event.queue] = _Queue(event.queue, event.maxsize)
            case ev.PutWaiting():
                what = f"waits in put({_item(event)}): {queue}, full"
            case ev.Put():
                queue.size += 1
                queue.unfinished += 1
                what = f"put {_item(event)}: {queue}"
            case ev.PutRefused():
                queue.size += event.slot is not None
                raised = _RAISED.get(event.why, event.error)
                what = f"put({_item(event)}) raises {raised}: {queue}"
            case ev.GetWaiting():
                what = f"waits in get(): {queue}, empty"
            case ev.Got():
                queue.size -= 1
                what = f"got {_item(event)}: {queue}"
            case ev.GetRefused():
                queue.size -= event.slot is not None
                raised = _RAISED.get(event.why, _OBSERVED.sub(str(queue), event.error))
                if "bound to a different event loop" in raised:  # known only as it begins to wait
                    yield round(event.t, 3), event.worker, f"waits in get(): {queue}, empty"
                what = f"get() raises {raised}: {queue}"
            case ev.TaskDone():
                queue.unfinished -= 1
                what = f"task_done(): {queue.owed()}"
            case ev.TaskDoneRefused():
                what = "task_done() raises ValueError: task_done() called too many times"
            case ev.JoinWaiting():
                what = f"waits in join(): {queue.owed()}"
            case ev.Joined():
                what = f"join() returns: {queue.owed()}"
            case ev.JoinRefused():
                what = f"join() raises CancelledError: {queue.owed()}"
            case ev.Resized():
                queue.maxsize = event.new
                what = f"resize({event.new}): {queue}"
            case ev.ShutDown():
                what = f"shutdown(immediate={event.immediate}): {queue}"
            case ev.Dropped():
                queue.size -= 1
                queue.unfinished -= event.counted
                if event.worker:
                    what = f"throws away {_item(event)}: {queue}"
            case ev.WorkerStarted():
                what = "starts"
            case ev.WorkerEnded():
                how = {"returned": "returns", "cancelled": "is cancelled"}
                error = _OBSERVED.sub(str(next(iter(queues.values()), "")), event.error)
                what = how.get(event.how, f"fails: {error}")
            case ev.Making():
                what = f"makes #{event.item} ({event.seconds:.2f} s)"
            case ev.Working():
                shown = f"#{event.item}" if isinstance(event.item, int) else event.item
                what = f"works on {shown} ({event.seconds:.2f} s)"
            case ev.Noted():
                what = f"says: {event.text}"
            case ev.Cancelling():
                yield round(event.t, 3), event.by, f"cancels {event.worker}"
        if what:
            yield round(event.t, 3), getattr(event, "worker", "?"), what
