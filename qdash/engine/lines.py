"""Lines: where in the scenario's source each worker stands, by the frames of its own task."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import Context
from pathlib import Path
from types import CodeType, CoroutineType
from typing import Any, Final

from qdash.events import Stepped

_LEAVES: Final = frozenset(
    str(Path(__file__).with_name(name)) for name in ("crew.py", "lab.py", "observed.py")
)
"""Files whose coroutines await none of a scenario's: there is no need to look inside."""


def line_of(coroutine: Any, file: str) -> int:
    """Return the line of a suspended coroutine's innermost frame in ``file``; 0 if it has none.

    It may await another coroutine of the file, and so on inwards; no Python tells what an
    asynchronous generator stands on that is iterated over.
    """
    line = 0
    while type(coroutine) is CoroutineType:
        if coroutine.cr_code.co_filename == file and (frame := coroutine.cr_frame) is not None:
            line = frame.f_lineno
        coroutine = coroutine.cr_await
    return line


class Lines:
    """Tells after each step of the workers that it follows on which line of ``file`` they stand.

    ``clock`` gives the virtual time in seconds; ``sink`` takes the events.
    """

    def __init__(
        self, file: str, sink: Callable[[Stepped], object], clock: Callable[[], float]
    ) -> None:
        self._file = file
        self._sink = sink
        self._clock = clock
        self._followed: dict[int, tuple[str, asyncio.Task[Any], Any, dict[int, int] | None]] = {}
        self._known: dict[CodeType, dict[int, int]] = {}

    def follow(self, task: asyncio.Task[Any], context: Context) -> None:
        """Tell of a worker's task from now on. Its steps, and they alone, run in ``context``."""
        coroutine: Any = task.get_coro()
        known = None
        if type(coroutine) is CoroutineType and coroutine.cr_code.co_filename == self._file:
            known = self._known.setdefault(coroutine.cr_code, {})
        self._followed[id(context)] = task.get_name(), task, coroutine, known

    def leave(self, context: Context) -> None:
        """Tell no more of the worker that has this context."""
        self._followed.pop(id(context), None)

    def ran(self, context: Context) -> None:
        """Tell of the worker whose step has run in ``context``, if it was one and not its last."""
        # Called at each step, so the common case is written out here: the innermost frame of the
        # file is the outermost of all, and its line was looked up before, which is no cheap thing.
        followed = self._followed.get(id(context))
        if followed is None:
            return
        name, task, coroutine, known = followed
        line = None
        if known is None:
            if task.done():
                return
        else:
            frame = coroutine.cr_frame
            if frame is None:
                return
            inner = coroutine.cr_await
            if type(inner) is not CoroutineType or inner.cr_code.co_filename in _LEAVES:
                at = frame.f_lasti
                line = known.get(at)
                if line is None:
                    line = known[at] = frame.f_lineno
        if line is None:
            line = line_of(coroutine, self._file)
        self._sink(Stepped(self._clock(), name, line))
