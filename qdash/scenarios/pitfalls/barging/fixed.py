"""Producers put under one lock, which is fair: whoever comes first puts first.

Only one of them is ever in the queue's line of putters. It may still be woken in vain, but at the
back of a line of one it is first again; the others wait in the line of the lock.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "putters under a lock"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {"maxsize": 1, "consume_time": 1.5, "jitter": "constant"}
UNUSED = (
    "producers",
    "consumers",
    "produce_time",
    "put_timeout",
    "get_timeout",
    "items",
    "supervise",
)


async def producer(jobs: ObservedQueue, number: int, lock: asyncio.Lock) -> None:
    await asyncio.sleep(number)
    async with lock:  # first come, first in
        await jobs.put(number)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    await asyncio.sleep(5)
    first = await jobs.get()  # frees the slot and wakes P2 ...
    jobs.put_nowait(first)  # ... and fills it before P2 runs
    jobs.task_done()
    await asyncio.sleep(1)
    while True:
        item = await jobs.get()
        await lab.work(item)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs, lock = lab.queue("jobs"), asyncio.Lock()
    producers = [asyncio.create_task(producer(jobs, n, lock), name=f"P{n}") for n in (1, 2, 3)]
    consuming = asyncio.create_task(consumer(lab, jobs), name="C1")
    await asyncio.wait(producers)
    await jobs.join()
    consuming.cancel()
