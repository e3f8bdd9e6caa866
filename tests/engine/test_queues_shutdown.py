"""``shutdown`` on every Python does what the documentation of Python 3.13 says.

https://docs.python.org/3.13/library/asyncio-queue.html#asyncio.Queue.shutdown
The tests run on asyncio's own classes too, where those have it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from qdash.engine.queues import DISCIPLINES, ObservedQueue, QueueShutDown

CLASSES = list(DISCIPLINES.values())
if hasattr(asyncio, "QueueShutDown"):
    CLASSES += [asyncio.Queue, asyncio.LifoQueue, asyncio.PriorityQueue]


@pytest.fixture(params=CLASSES, ids=lambda cls: cls.__name__)
def queue(request: pytest.FixtureRequest) -> Any:
    """An empty queue of two slots."""
    return request.param(2)


async def settle() -> None:
    """Let everything that is ready run: there are at most three hops in these tests."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_puts_are_refused_and_gets_too_once_it_is_empty(queue: Any) -> None:
    queue.put_nowait(1)
    queue.shutdown()
    with pytest.raises(QueueShutDown):
        queue.put_nowait(2)
    with pytest.raises(QueueShutDown):
        await queue.put(2)
    assert await queue.get() == 1
    with pytest.raises(QueueShutDown):
        await queue.get()
    with pytest.raises(QueueShutDown):
        queue.get_nowait()


async def test_a_full_queue_that_is_shut_down_refuses_instead_of_waiting(queue: Any) -> None:
    queue.put_nowait(1)
    queue.put_nowait(2)
    queue.shutdown()
    with pytest.raises(QueueShutDown):
        await queue.put(3)
    assert queue.qsize() == 2


async def test_waiting_getters_are_unblocked_and_raise(queue: Any) -> None:
    getters = [asyncio.create_task(queue.get()) for _ in range(3)]
    await settle()
    queue.shutdown()
    ends = await asyncio.gather(*getters, return_exceptions=True)
    assert [type(end) for end in ends] == [QueueShutDown] * 3


async def test_waiting_putters_are_unblocked_and_raise(queue: Any) -> None:
    queue.put_nowait(1)
    queue.put_nowait(2)
    putters = [asyncio.create_task(queue.put(3)) for _ in range(3)]
    await settle()
    queue.shutdown()
    ends = await asyncio.gather(*putters, return_exceptions=True)
    assert [type(end) for end in ends] == [QueueShutDown] * 3
    assert sorted([queue.get_nowait(), queue.get_nowait()]) == [1, 2]


async def test_a_putter_that_was_woken_already_raises_though_a_slot_is_free(queue: Any) -> None:
    queue.put_nowait(1)
    queue.put_nowait(2)
    putter = asyncio.create_task(queue.put(3))
    await settle()
    queue.get_nowait()
    queue.shutdown()
    with pytest.raises(QueueShutDown):
        await putter
    assert queue.qsize() == 1


async def test_a_getter_that_was_woken_already_still_gets_its_item(queue: Any) -> None:
    getter = asyncio.create_task(queue.get())
    await settle()
    queue.put_nowait(1)
    queue.shutdown()
    assert await getter == 1


async def test_join_still_needs_every_task_done(queue: Any) -> None:
    queue.put_nowait(1)
    joiner = asyncio.create_task(queue.join())
    await settle()
    queue.shutdown()
    await settle()
    assert not joiner.done()
    await queue.get()
    await settle()
    assert not joiner.done()
    queue.task_done()
    await joiner


async def test_immediate_drops_the_content_and_lets_join_go(queue: Any) -> None:
    queue.put_nowait(1)
    queue.put_nowait(2)
    joiner = asyncio.create_task(queue.join())
    await settle()
    queue.shutdown(immediate=True)
    await joiner
    assert queue.empty()
    with pytest.raises(QueueShutDown):
        await queue.get()
    with pytest.raises(ValueError, match="too many"):
        queue.task_done()


async def test_immediate_leaves_join_waiting_for_what_is_in_hand(queue: Any) -> None:
    queue.put_nowait(1)
    queue.put_nowait(2)
    await queue.get()
    joiner = asyncio.create_task(queue.join())
    queue.shutdown(immediate=True)
    await settle()
    assert not joiner.done()
    queue.task_done()
    await joiner


async def test_a_second_shutdown_may_be_immediate(queue: Any) -> None:
    queue.put_nowait(1)
    queue.shutdown()
    queue.shutdown(immediate=True)
    assert queue.empty()
    await queue.join()


async def test_a_cancelled_getter_stays_cancelled(queue: Any) -> None:
    getter = asyncio.create_task(queue.get())
    await settle()
    getter.cancel()
    queue.shutdown()
    with pytest.raises(asyncio.CancelledError):
        await getter


def test_it_is_known() -> None:
    queue = ObservedQueue[int]()
    assert not queue.is_shutdown
    queue.shutdown()
    assert queue.is_shutdown
