"""What asyncio asks of any loop, whatever its time: tasks and futures, generators, errors."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import sys
import threading
import weakref
from asyncio import Future
from asyncio import events as _events
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import contextmanager
from functools import partial
from itertools import count
from typing import Any, Final, TypeVar

from qdash.engine.entries import Callback
from qdash.engine.refusals import NoOutsideWorld
from qdash.engine.tasks import NumberedTask

T = TypeVar("T")

_DEBUG_DEPTH: Final = 10
"""How many frames of where a coroutine was made are kept in debug mode, as by the stock loop."""


class BaseLoop(NoOutsideWorld):
    """An event loop that has yet to be told when anything runs.

    It lacks ``call_soon`` and its like, ``time``, ``stop`` and ``run_forever``; and its tasks tell
    ``cancelling_nap`` when they are cancelled. One thread drives the loop.
    """

    def __init__(self) -> None:
        self.thread: int | None = None
        """The thread that runs the loop just now."""
        self._closed = False
        self.task_numbers = count(1)
        self._task_factory: Any = None
        self._exception_handler: Any = None
        self._asyncgens: weakref.WeakSet[AsyncGenerator[Any, Any]] = weakref.WeakSet()
        self.set_debug(False)
        if sys.version_info < (3, 12):
            # There, a future that looks for its loop asks the operating system for the process.
            self.create_future = partial(Future, loop=self)  # type: ignore[method-assign]

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

    def run_until_complete(self, future: Any) -> Any:
        """Run free until ``future`` is done and return its result.

        Raises what the future raises, and RuntimeError where the program deadlocks.
        """
        is_own = not asyncio.isfuture(future)
        task: Any = asyncio.ensure_future(future, loop=self)
        if is_own:
            # What is raised here says it all: as by the stock loop, nothing is logged besides.
            task._log_destroy_pending = False
        task.add_done_callback(_stop_its_loop)
        try:
            self.run_forever()
        except BaseException:
            if is_own and task.done() and not task.cancelled():
                task.exception()
            raise
        finally:
            task.remove_done_callback(_stop_its_loop)
        if not task.done():
            raise RuntimeError("Event loop stopped before Future completed.")
        return task.result()

    def is_running(self) -> bool:
        """Return whether the loop is running."""
        return self.thread is not None

    def is_closed(self) -> bool:
        """Return whether the loop was closed."""
        return self._closed

    def close(self) -> None:
        """Let nothing run any more. Raises RuntimeError while the loop runs."""
        if self.is_running():
            raise RuntimeError("Cannot close a running event loop")
        self._closed = True

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Nothing to do: a lab has no threads of its own."""

    # --- asynchronous generators -----------------------------------------------------------------

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
