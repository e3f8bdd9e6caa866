"""Graceful shutdown, the newest way: queue.shutdown() closes the door behind the last item.

Every further put() raises QueueShutDown; get() still hands out what lies there, and raises it once
the queue is empty. It does not count consumers. asyncio has it since Python 3.13.
"""

from qdash.engine import Lab, ObservedQueue, QueueShutDown

TITLE = "stop by shutdown()"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {"maxsize": 4, "producers": 2, "consumers": 3, "consume_time": 2.0, "items": 12}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, queue: ObservedQueue) -> None:
    async for item in lab.items():
        await queue.put(item)


async def consumer(lab: Lab, queue: ObservedQueue) -> None:
    while True:
        try:
            item = await queue.get()
        except QueueShutDown:
            return  # nothing is left, and nothing more can come
        try:
            await lab.work(item)
        finally:
            queue.task_done()


async def main(lab: Lab) -> None:
    queue = lab.queue("jobs")
    producers = lab.crew("producers", producer, queue)
    lab.crew("consumers", consumer, queue)
    await producers.finished()
    queue.shutdown()  # for all consumers at once, however many there are
    await queue.join()
