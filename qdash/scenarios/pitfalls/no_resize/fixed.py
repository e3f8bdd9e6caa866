"""resize() sets the limit and wakes a putter for each slot that this makes free.

It is qdash's own: asyncio has none. If the limit is taken away, all are woken; if it becomes
smaller nobody is, and put() waits until the queue has been drained below it.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "another maxsize, and whom it wakes"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "producers": 3,
    "consumers": 1,
    "produce_time": 1.0,
    "consume_time": 4.0,
    "jitter": "constant",
    "items": 7,
}
UNUSED = ("maxsize", "put_timeout", "get_timeout", "discipline")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        item = await jobs.get()
        await lab.work(item)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs", maxsize=2)
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await asyncio.sleep(7)
    jobs.resize(5)  # wakes a putter for each new slot
    lab.say(f"maxsize is {jobs.maxsize} now")
    await producers.finished()
    await jobs.join()
    consumers.cancel()
