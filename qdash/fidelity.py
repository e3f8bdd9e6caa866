"""Fidelity: what of a lab is the interpreter's own, what is qdash's, and how Pythons differ.

Each fact was measured on CPython 3.11, 3.12 and 3.13, and the tests assert it on the Python that
runs them. ``concerns`` tells whether something that a state shows depends on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

import msgspec

from qdash.state import State, orphaned
from qdash.words import mark

MEASURED: Final = ("3.11", "3.12", "3.13")
"""The Pythons on which the facts were measured."""

Kind = Literal["differs", "ours", "same"]


class Saying(msgspec.Struct, frozen=True):
    """What is so on some Pythons; on all of those measured, by default."""

    text: str
    on: tuple[str, ...] = MEASURED


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact: it ``differs`` between Pythons, is a thing of ``ours``, or the ``same`` on all."""

    title: str
    kind: Kind
    says: tuple[Saying, ...]
    concerns: Callable[[State], bool]


def minor(python: str) -> str:
    """Return ``3.12`` for ``3.12.1``."""
    return ".".join(python.split(".")[:2])


def facts(state: State) -> list[tuple[Fact, bool]]:
    """Return every fact, with whether it concerns what the state shows; those that do first."""
    found = [(fact, fact.concerns(state)) for fact in FACTS]
    return sorted(found, key=lambda each: not each[1])


# --- what concerns a state --------------------------------------------------------------------


def _source_has(word: str) -> Callable[[State], bool]:
    return lambda state: word in state.header.source


def _has_timeouts(state: State) -> bool:
    return any(w.timeouts or w.deadline is not None for w in state.workers.values())


def _was_cancelled_in_wait_for(state: State) -> bool:
    waits = "wait_for" in state.header.source or _has_timeouts(state)
    return waits and any(w.cancel is not None for w in state.workers.values())


def _is_shut_down(state: State) -> bool:
    return any(queue.is_shutdown for queue in state.queues.values())


def _other_than_at_first(name: str) -> Callable[[State], bool]:
    return lambda state: state.settings.get(name) != state.header.settings.get(name)


def _was_barged(state: State) -> bool:
    lines = (line for queue in state.queues.values() for line in (queue.putters, queue.getters))
    return any(waiter.barged for line in lines for waiter in line)


def _cannot_compare(state: State) -> bool:
    return any(queue.uncounted or queue.lost for queue in state.queues.values())


def _done_too_often(state: State) -> bool:
    return any(queue.too_often for queue in state.queues.values())


def _has_orphans(state: State) -> bool:
    return any(
        orphaned(state, queue, waiter)
        for queue in state.queues.values()
        for waiter in queue.getters
    )


def _has_tasks_in_sets(state: State) -> bool:
    return any(f"asyncio.{word}" in state.header.source for word in ("wait(", "TaskGroup"))


def _was_injected(state: State) -> bool:
    return any(
        worker.phase == "stalled" or worker.error.startswith("InjectedError")
        for worker in state.workers.values()
    )


FACTS: Final = (
    Fact(
        title=mark("wait_for() and its task"),
        kind="differs",
        says=(
            Saying(
                mark(
                    "wait_for() runs the call that it limits in a task of its own. The lab counts "
                    "its steps to the worker, so a limited put or get takes more steps."
                ),
                on=("3.11",),
            ),
            Saying(
                mark("wait_for() runs the call that it limits in the same task, under timeout()."),
                on=("3.12", "3.13"),
            ),
        ),
        concerns=_has_timeouts,
    ),
    Fact(
        title=mark("a cancellation that meets a delivery in wait_for(queue.get())"),
        kind="differs",
        says=(
            Saying(
                mark("The item is returned and the cancellation is swallowed: the worker goes on."),
                on=("3.11",),
            ),
            Saying(
                mark(
                    "The worker is cancelled, and the item stays in the queue. If wait_for() was "
                    "given a task, the item is lost."
                ),
                on=("3.12", "3.13"),
            ),
        ),
        concerns=_was_cancelled_in_wait_for,
    ),
    Fact(
        title=mark("Queue.shutdown()"),
        kind="differs",
        says=(
            Saying(
                mark(
                    "asyncio has none. The lab's queues have one of their own, which does what "
                    "3.13's does and raises a QueueShutDown of its own."
                ),
                on=("3.11", "3.12"),
            ),
            Saying(mark("It is asyncio's own."), on=("3.13",)),
        ),
        concerns=_is_shut_down,
    ),
    Fact(
        title=mark("a TaskGroup cancelled from outside as one of its tasks fails"),
        kind="differs",
        says=(
            Saying(
                mark(
                    "The ExceptionGroup is raised, and the cancellation is forgotten: who catches "
                    "the group goes on."
                ),
                on=("3.11", "3.12"),
            ),
            Saying(
                mark(
                    "The ExceptionGroup is raised, and the next await after it raises "
                    "CancelledError."
                ),
                on=("3.13",),
            ),
        ),
        concerns=_source_has("TaskGroup"),
    ),
    Fact(
        title=mark("the loop and the time"),
        kind="ours",
        says=(
            Saying(
                mark(
                    "The event loop is the lab's: it decides when, on a virtual clock, and calls "
                    "back in the order of asyncio's own loop. Tasks, futures, put(), get(), "
                    "task_done(), join(), wait_for() and TaskGroup are the interpreter's own code."
                )
            ),
        ),
        concerns=lambda state: True,
    ),
    Fact(
        title=mark("another maxsize while it runs"),
        kind="ours",
        says=(
            Saying(
                mark(
                    "asyncio cannot resize a queue. The lab's can: a larger one wakes a putter for "
                    "each new slot, a smaller one is over capacity until it is drained."
                )
            ),
        ),
        concerns=_other_than_at_first("maxsize"),
    ),
    Fact(
        title=mark("another discipline while it runs"),
        kind="ours",
        says=(
            Saying(
                mark(
                    "An asyncio queue is FIFO, LIFO or a priority queue for life. The lab's can be "
                    "rearranged, and keeps the items that lie in it."
                )
            ),
        ),
        concerns=_other_than_at_first("discipline"),
    ),
    Fact(
        title=mark("the order of tasks in a set"),
        kind="ours",
        says=(
            Saying(
                mark(
                    "asyncio.wait() returns sets of tasks, and a TaskGroup cancels its tasks in "
                    "the order of one. asyncio's order changes from run to run with the tasks' "
                    "addresses; here it is always the same."
                )
            ),
        ),
        concerns=_has_tasks_in_sets,
    ),
    Fact(
        title=mark("threads of the program's own"),
        kind="ours",
        says=(
            Saying(
                mark(
                    "The threads are real, but take turns with the loop, each until it sleeps. "
                    "Elsewhere they run beside it, and what two of them do at once comes in any "
                    "order. What the loop sees of them, and when, is as in asyncio's own."
                )
            ),
        ),
        concerns=_source_has("lab.thread("),
    ),
    Fact(
        title=mark("injected failures and stalls"),
        kind="ours",
        says=(
            Saying(
                mark(
                    "An injected exception is set on the future that the worker awaits; a stall "
                    "makes its sleep longer. The worker's own code meets both as it would a real "
                    "one."
                )
            ),
        ),
        concerns=_was_injected,
    ),
    Fact(
        title=mark("barging (gh-83055)"),
        kind="same",
        says=(
            Saying(
                mark(
                    "A woken putter or getter that finds its place taken goes to the back of the "
                    "line: order among them is not kept."
                )
            ),
        ),
        concerns=_was_barged,
    ),
    Fact(
        title=mark("a heap that cannot compare"),
        kind="same",
        says=(
            Saying(
                mark(
                    "A put into a PriorityQueue that raises TypeError leaves its item in the heap, "
                    "uncounted."
                )
            ),
        ),
        concerns=_cannot_compare,
    ),
    Fact(
        title=mark("task_done() too often"),
        kind="same",
        says=(
            Saying(
                mark(
                    "It raises ValueError, and in a finally around get() it does so in place of "
                    "CancelledError."
                )
            ),
        ),
        concerns=_done_too_often,
    ),
    Fact(
        title=mark("asyncio.wait() with a timeout"),
        kind="same",
        says=(
            Saying(
                mark("It cancels nothing: a get() that it waited for lives on, and takes an item.")
            ),
        ),
        concerns=_has_orphans,
    ),
)
"""Every fact: what differs first, then what is qdash's own, then what is the same on all."""
