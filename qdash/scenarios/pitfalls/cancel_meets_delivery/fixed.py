"""asyncio.timeout() around a plain get(): an item and a cancellation that meet both arrive.

Nothing stands between the keeper and the queue, so an item is either in the queue or in the
keeper's hands, and the cancellation is raised at the keeper's next await. On every Python.
"""

import asyncio

from qdash.engine import Item, Lab, ObservedQueue

TITLE = "timeout() around a plain get()"
LAYOUT = (("producer", "@jobs", "keeper"),)
DEFAULTS = {"maxsize": 3, "jitter": "constant", "items": 4, "get_timeout": 2.0}
UNUSED = ("producers", "consumers", "consume_time", "put_timeout", "supervise")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def keeper(lab: Lab, jobs: ObservedQueue, kept: list[Item]) -> None:
    while True:
        try:
            async with asyncio.timeout(lab.get_timeout):
                item = await jobs.get()  # by the keeper itself
        except TimeoutError:
            continue
        kept.append(item)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs, kept = lab.queue("jobs"), list[Item]()
    feeding = asyncio.create_task(producer(lab, jobs), name="P1")
    keeping = asyncio.create_task(keeper(lab, jobs, kept), name="K1")
    await feeding
    keeping.cancel()  # just as the last item is on its way
    await asyncio.wait([keeping], timeout=5)
    lab.say(f"{len(kept)} kept, and K1 {'is over' if keeping.done() else 'still runs'}")
