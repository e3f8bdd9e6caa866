"""Graceful shutdown, one way: join() until all is done, then cancel who waits for more.

No consumer has anything in hand when it is cancelled, since join() has returned: nothing is lost.
It needs a task_done() for every get(), and producers that have stopped.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "stop by join() and cancel()"
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
            await lab.work(item)
        finally:
            queue.task_done()


async def main(lab: Lab) -> None:
    queue = lab.queue("jobs")
    producers = lab.crew("producers", producer, queue)
    consumers = lab.crew("consumers", consumer, queue)
    await producers.finished()
    await queue.join()  # until every item that was put is done
    consumers.cancel()  # each of them waits in get(), with nothing in hand
