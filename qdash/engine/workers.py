"""Workers: the tasks of a lab that have a name, and the loop that notices them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextvars import Context, copy_context
from typing import Any, TypeVar

import msgspec

from qdash.engine.context import current_worker
from qdash.engine.loop import LabLoop
from qdash.engine.tasks import NumberedTask

T = TypeVar("T")


class Worker(msgspec.Struct):
    """What the lab itself knows of a worker: its task, and where it can be reached."""

    name: str
    role: str
    task: asyncio.Task[Any]
    context: Context
    """The context in which its steps run, and those of nothing else."""
    sleeper: asyncio.Future[None] | None = None
    due: float = 0.0
    stalled: float = 0.0
    """Seconds by which its present sleep is drawn out, or its next one will begin late."""
    still_until: float = 0.0
    """When it goes on, after having been stalled as it slept."""
    error: BaseException | None = None
    """An exception that it will meet at its next making or work."""


class _LabTask(NumberedTask[T]):
    """A task that tells when it is given a name, which makes it a worker, and when it is cancelled.

    Python 3.11's ``asyncio.create_task`` names a task only after the loop has made it.
    """

    def __init__(self, coro: Coroutine[Any, Any, T], *, loop: WorkerLoop, context: Context) -> None:
        super().__init__(coro, loop=loop, context=context)
        self._its_loop, self._its_context = loop, context
        self._is_worker = False

    def cancel(self, msg: Any | None = None) -> bool:
        if self._is_worker and not self.done():
            self._its_loop.cancelling(self)
        return super().cancel(msg)

    def set_name(self, name: object) -> None:
        super().set_name(name)
        if not self._is_worker:
            self._is_worker = True
            parent = current_worker.get()
            self._its_context.run(current_worker.set, self.get_name())
            self._its_loop.adopt(self, parent, self._its_context)


class WorkerLoop(LabLoop):
    """A lab's loop: a task that is given a name when it is made is a worker.

    ``adopt`` is told of each, and ``cancelling`` of each that is about to be cancelled.
    """

    def __init__(
        self,
        adopt: Callable[[asyncio.Task[Any], str, Context], None],
        cancelling: Callable[[asyncio.Task[Any]], None],
    ) -> None:
        super().__init__()
        self.adopt = adopt
        self.cancelling = cancelling

    def create_task(  # type: ignore[override]
        self,
        coro: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
        **kwargs: Any,
    ) -> asyncio.Task[T]:
        """Start ``coro`` as a task; ``name`` makes it a worker of that name."""
        # A context of its own even where one is given, since the worker's name goes into it.
        own = copy_context() if context is None else context.copy()
        if self.is_closed():
            raise RuntimeError("Event loop is closed")
        task = _LabTask(coro, loop=self, context=own)
        if name is not None:
            task.set_name(name)
        return task

    def set_task_factory(self, factory: Any) -> None:
        """Raise NotImplementedError, unless ``factory`` is None: a lab's tasks are its workers."""
        if factory is not None:
            raise NotImplementedError(
                "a lab makes its tasks itself, since they are its workers; "
                "a task factory can be set on any other loop, LabLoop among them"
            )
