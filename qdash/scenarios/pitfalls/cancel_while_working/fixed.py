"""A consumer is stopped by a sentinel, which it can only get when its hands are empty.

The sentinel waits in the queue like an item. Whichever consumer gets it has finished and marked
done what it had before, so nothing is lost, and join() returns.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "stopped between two items"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 3,
    "producers": 1,
    "produce_time": 0.8,
    "consume_time": 1.9,
    "jitter": "constant",
    "items": 6,
}
UNUSED = ("consumers", "put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        item = await jobs.get()
        if item is None:
            jobs.task_done()
            return
        await lab.work(item)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consumers = [asyncio.create_task(consumer(lab, jobs), name=f"C{n}") for n in (1, 2)]
    await asyncio.sleep(3)  # one consumer is enough from now on
    await jobs.put(None)  # whoever gets it has empty hands
    await producers.finished()
    await jobs.join()
    for task in consumers:
        task.cancel()
