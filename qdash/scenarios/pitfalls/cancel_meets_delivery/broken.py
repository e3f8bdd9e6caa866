"""A cancellation meets the delivery of an item in wait_for(): one of the two gets lost.

The keeper's get() runs in a task of its own, and wait_for() waits for that task. main() cancels
the keeper just when that task has taken the last item and wait_for() has yet to pass it on. Python
3.11 passes the item on and forgets the cancellation; later ones cancel, and the item is gone.
"""

import asyncio

from qdash.engine import Item, Lab, ObservedQueue

TITLE = "a cancellation meets a delivery"
LAYOUT = (("producer", "@jobs", "keeper"),)
DEFAULTS = {"maxsize": 3, "jitter": "constant", "items": 4, "get_timeout": 2.0}
UNUSED = ("producers", "consumers", "consume_time", "put_timeout", "supervise")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def keeper(lab: Lab, jobs: ObservedQueue, kept: list[Item]) -> None:
    while True:
        getter = asyncio.create_task(jobs.get())  # a second task
        try:
            item = await asyncio.wait_for(getter, lab.get_timeout)
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
