"""Two entries of one rank: the heap goes on to compare what stands behind it, and cannot.

An entry is (rank, job), and tuples compare from left to right: where two ranks are equal the jobs
are compared, and dicts have no order. put() raises TypeError, but the entry lies in the heap by
then: it will be served, and was never counted.
"""

import asyncio

from qdash.engine import Lab, ObservedPriorityQueue

TITLE = "equal priorities"
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
    for rank, task in (2, "report"), (1, "alarm"), (1, "backup"):
        await asyncio.sleep(1.5)
        try:
            await jobs.put((rank, {"do": task}))  # equal ranks: dicts are compared
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
