"""Nobody is cancelled: the shutdown stops each consumer when it is through with what it has.

Whoever works finishes its item and calls task_done(); its next get() raises QueueShutDown. join()
waits for just that, and returns.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "stop, but finish what is in hand"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 5,
    "producers": 1,
    "consumers": 2,
    "produce_time": 0.6,
    "consume_time": 2.5,
    "jitter": "constant",
    "items": 20,
}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        item = await jobs.get()
        await lab.work(item)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    lab.crew("producers", producer, jobs)
    lab.crew("consumers", consumer, jobs)
    await asyncio.sleep(7)
    jobs.shutdown(immediate=True)  # their next get() ends them
    await jobs.join()
    lab.say("all has come to an end")
