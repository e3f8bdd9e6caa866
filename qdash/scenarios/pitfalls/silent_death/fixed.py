"""A task group is told of the exception at once, cancels what waits, and raises it.

When a task of a TaskGroup fails, the group cancels its other tasks and the body of its with block,
here the wait for the producer or the join(), and raises the exception in an ExceptionGroup.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "a death that is told"
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
    async with asyncio.TaskGroup() as tasks:  # awaits its tasks
        feeder = tasks.create_task(producer(lab, jobs), name="P1")
        eater = tasks.create_task(consumer(lab, jobs), name="C1")
        await asyncio.wait([feeder])
        await jobs.join()
        eater.cancel()
