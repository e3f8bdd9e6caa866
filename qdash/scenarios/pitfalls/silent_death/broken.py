"""A consumer dies of an exception, nobody is told, and everything stands still.

A task keeps its exception until somebody awaits it. main() holds the tasks in a list and awaits
only join(), so the exception is never seen, the queue fills, and the producer waits in put().
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "a silent death"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 3,
    "produce_time": 0.8,
    "consume_time": 1.3,
    "jitter": "constant",
    "items": 8,
}
UNUSED = ("producers", "consumers", "put_timeout", "get_timeout", "supervise")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        item = await jobs.get()
        try:
            if item.number == 3:
                raise ValueError(f"{item} cannot be read")
            await lab.work(item)
        finally:
            jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    feeder = asyncio.create_task(producer(lab, jobs), name="P1")
    tasks = [feeder, asyncio.create_task(consumer(lab, jobs), name="C1")]
    await asyncio.wait([feeder])
    await jobs.join()  # and nobody ever awaits C1
    for task in tasks:
        task.cancel()
