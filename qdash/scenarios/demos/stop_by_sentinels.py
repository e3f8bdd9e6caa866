"""Graceful shutdown, another way: one sentinel for each consumer, behind the last item.

The queue serves in order, so whoever gets a sentinel knows that all items were taken. It needs as
many sentinels as there are consumers: one too few, and a consumer waits for ever.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "stop by sentinels"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {"maxsize": 4, "producers": 2, "consumers": 3, "consume_time": 2.0, "items": 12}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, queue: ObservedQueue) -> None:
    async for item in lab.items():
        await queue.put(item)


async def consumer(lab: Lab, queue: ObservedQueue) -> None:
    while True:
        item = await queue.get()
        try:
            if item is None:
                return
            await lab.work(item)
        finally:
            queue.task_done()  # for the sentinel too: it was put, so it is counted


async def main(lab: Lab) -> None:
    queue = lab.queue("jobs")
    producers = lab.crew("producers", producer, queue)
    consumers = lab.crew("consumers", consumer, queue)
    await producers.finished()
    for _ in consumers.names:
        await queue.put(None)  # each stops the one consumer that gets it
    await queue.join()
