"""shutdown() is a door that closes: who is still in put() is turned away, with the item in hand.

What lies in the queue can still be got; after that get() raises QueueShutDown too. Here it is
called while producers still wait in put(), and the consumer has something left to do at its end.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "shutdown() too soon"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 3,
    "producers": 2,
    "consumers": 1,
    "produce_time": 0.8,
    "consume_time": 1.5,
    "jitter": "constant",
    "items": 8,
}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    done = 0
    while True:
        item = await jobs.get()  # raises QueueShutDown in the end
        await lab.work(item)
        jobs.task_done()
        done += 1
    lab.say(f"{done} done in all")


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await asyncio.sleep(5)
    jobs.shutdown()  # some are still in put()
    await jobs.join()
    await consumers.finished()
