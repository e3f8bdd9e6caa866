"""A putter that was woken finds its slot taken, and goes to the back of the line.

get() frees a slot and wakes the first putter in line, which runs only later. Here the consumer
itself fills the slot before that, so P2 is overtaken by P3, who came after it.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "barging"
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


async def producer(jobs: ObservedQueue, number: int) -> None:
    await asyncio.sleep(number)
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
    jobs = lab.queue("jobs")
    producers = [asyncio.create_task(producer(jobs, n), name=f"P{n}") for n in (1, 2, 3)]
    consuming = asyncio.create_task(consumer(lab, jobs), name="C1")
    await asyncio.wait(producers)
    await jobs.join()
    consuming.cancel()
