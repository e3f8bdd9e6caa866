"""First in, first out: everything waits about as long, and nothing starves.

The same items, the same consumer: each waits for the three before it, and no longer.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "first in, first out"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 10,
    "producers": 1,
    "produce_time": 0.5,
    "consume_time": 0.5,
    "jitter": "constant",
    "items": 30,
    "discipline": "fifo",  # the oldest first
}
UNUSED = ("consumers", "put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    await asyncio.sleep(2.25)  # comes late, and finds four
    while True:
        item = await jobs.get()
        await lab.work(item)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consuming = asyncio.create_task(consumer(lab, jobs), name="C1")
    await producers.finished()
    await jobs.join()
    consuming.cancel()
