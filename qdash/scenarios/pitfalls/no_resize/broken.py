"""A queue has no way to change its maxsize; setting the private name wakes nobody.

At 7 s the limit is raised from 2 to 5. Whoever is blocked in put() sleeps on beside three free
slots: a putter is woken by get() alone, one for each item that is taken out.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "another maxsize"
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
    jobs._maxsize = 5  # asyncio has no setter, and this wakes nobody
    lab.say(f"maxsize is {jobs.maxsize} now")
    await producers.finished()
    await jobs.join()
    consumers.cancel()
