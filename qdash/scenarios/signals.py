"""Stop signals and exceptions travel through the queue like any item, behind the backlog.

A sentinel (None) stops the one consumer that gets it, so each needs one of its own. An exception
object is raised again by the consumer that gets it, which ends that consumer and no other. Both
are counted as unfinished, so join() waits for them as well; it returns because task_done() stands
in a finally, which runs even as the consumer fails.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "signals through the queue"
LAYOUT = (("producer", "@jobs", "consumer"), ("signaller",))
DEFAULTS = {
    "maxsize": 8,
    "producers": 3,
    "consumers": 4,
    "produce_time": 0.8,
    "consume_time": 1.5,
    "items": 40,
}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, queue: ObservedQueue) -> None:
    async for item in lab.items():
        await queue.put(item)


async def signaller(lab: Lab, queue: ObservedQueue) -> None:
    await asyncio.sleep(5)
    await queue.put(None)  # goes to the end of the line, as any item does
    await asyncio.sleep(5)
    await queue.put(ValueError("an order that cannot be read"))


async def consumer(lab: Lab, queue: ObservedQueue) -> None:
    while True:
        item = await queue.get()
        try:
            if item is None:
                return  # this consumer stops, the others know nothing of it
            if isinstance(item, Exception):
                raise item
            await lab.work(item)
        finally:
            queue.task_done()  # owed for a signal too, or join() would wait for ever


async def main(lab: Lab) -> None:
    queue = lab.queue("jobs")
    producers = lab.crew("producers", producer, queue)
    consumers = lab.crew("consumers", consumer, queue)
    signals = asyncio.create_task(signaller(lab, queue), name="S1")
    await producers.finished()
    await asyncio.wait([signals])
    await queue.join()  # waits for the backlog and for the signals in it
    for _ in consumers.names:
        await queue.put(None)  # one sentinel for each consumer that is left
    await queue.join()
