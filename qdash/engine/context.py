"""Who runs now: the name of the worker on whose behalf the present code runs.

A context variable, so that a task which a worker starts without a name of its own (as
``asyncio.wait_for`` does on Python 3.11) acts in that worker's name.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

current_worker: Final[ContextVar[str]] = ContextVar("qdash_worker", default="")

YOU: Final = "you"
"""The name under which the person's own disturbances act."""


@contextmanager
def acting_as(worker: str) -> Generator[None]:
    """Act in the name of ``worker`` for the length of a ``with`` block."""
    token = current_worker.set(worker)
    try:
        yield
    finally:
        current_worker.reset(token)
