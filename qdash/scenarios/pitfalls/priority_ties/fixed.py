"""A number that no other entry has stands behind the rank, so nothing further is compared.

The entries of one rank are served in the order in which they were put: such a counter is what
asyncio's and heapq's documentation advise.
"""

import asyncio
from itertools import count

from qdash.engine import Lab, ObservedPriorityQueue

TITLE = "equal priorities, and a number"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {"discipline": "priority", "consume_time": 1.2, "jitter": "constant"}
UNUSED = (
    "producers",
    "consumers",
    "produce_time",
    "put_timeout",
    "get_timeout",
    "items",
    "supervise",
)


async def producer(lab: Lab, jobs: ObservedPriorityQueue) -> None:
    number = count(1)
    for rank, task in (2, "report"), (1, "alarm"), (1, "backup"):
        await asyncio.sleep(1.5)
        try:
            await jobs.put((rank, next(number), {"do": task}))  # no two are equal
        except TypeError:
            lab.say(f"could not put {task}")


async def consumer(lab: Lab, jobs: ObservedPriorityQueue) -> None:
    await asyncio.sleep(7)
    while not jobs.empty():
        entry = await jobs.get()
        await lab.work(entry)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producing = asyncio.create_task(producer(lab, jobs), name="P1")
    consuming = asyncio.create_task(consumer(lab, jobs), name="C1")
    await asyncio.wait([producing, consuming])
    await jobs.join()
