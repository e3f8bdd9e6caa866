"""The interpreter's own queue tests, run on the observed queues, watched and not, and the gauged.

On Python 3.13 and later they hold the tests of ``shutdown`` too. Earlier ones get those of
``test_queues_shutdown.py``.
"""

from __future__ import annotations

import asyncio
import io
import unittest
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

import pytest

from qdash import events
from qdash.engine.gauged import GaugedLifoQueue, GaugedPriorityQueue, GaugedQueue
from qdash.engine.loop import LabLoop
from qdash.engine.queues import ObservedLifoQueue, ObservedPriorityQueue, ObservedQueue

theirs = pytest.importorskip(
    "test.test_asyncio.test_queues", reason="this Python comes without the test package"
)

OURS = {
    "Queue": ObservedQueue,
    "LifoQueue": ObservedLifoQueue,
    "PriorityQueue": ObservedPriorityQueue,
}

GAUGED = {
    "Queue": GaugedQueue,
    "LifoQueue": GaugedLifoQueue,
    "PriorityQueue": GaugedPriorityQueue,
}


def gauged(cls: type[Any]) -> type[Any]:
    """Return a class like ``cls`` that is made as asyncio's is."""

    class Gauged(cls):  # type: ignore[misc]
        def __init__(self, maxsize: int = 0) -> None:
            super().__init__(maxsize, name="queue", loop=LabLoop())

    Gauged.__name__ = cls.__name__.removeprefix("Gauged")
    return Gauged


def observed(cls: type[Any], sink: Callable[[events.Event], object] | None) -> type[Any]:
    """Return a class like ``cls`` whose queues have ``sink`` from the start."""

    class Watched(cls):  # type: ignore[misc]
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, sink=sink, **kwargs)

    Watched.__name__ = cls.__name__.removeprefix("Observed")  # looked for by the tests of repr()
    return Watched


@pytest.mark.parametrize("how", ["no sink", "watched", "gauged"])
def test_the_interpreters_own_queue_tests_pass(how: str) -> None:
    told: list[events.Event] = []
    sink = told.append if how == "watched" else None
    if how == "gauged":
        classes = {name: gauged(cls) for name, cls in GAUGED.items()}
    else:
        classes = {name: observed(cls, sink) for name, cls in OURS.items()}
    suite = unittest.TestSuite()
    failed_watching: list[dict[str, Any]] = []
    with ExitStack() as stack:
        for case in vars(theirs).values():
            if isinstance(case, type) and issubclass(case, unittest.TestCase):
                if hasattr(case, "q_class"):
                    own = classes[case.q_class.__name__]
                    stack.enter_context(mock.patch.object(case, "q_class", own))
                suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(case))
        stack.enter_context(mock.patch.multiple(asyncio, **classes))
        stack.enter_context(
            mock.patch.object(
                asyncio.BaseEventLoop,
                "call_exception_handler",
                lambda loop, context: failed_watching.append(context),
            )
        )
        count = suite.countTestCases()
        result = unittest.TextTestRunner(io.StringIO()).run(suite)
    assert result.wasSuccessful(), "\n".join(t for _, t in [*result.failures, *result.errors])
    assert result.testsRun == count >= 40
    assert not result.skipped
    assert not failed_watching
    assert bool(told) is (how == "watched")
