"""Producers put, consumers get, and join() waits until everything that was put is done.

The queue holds five items. A producer that finds it full waits in put() until a consumer has taken
one: that is backpressure. A consumer that finds it empty waits in get(). Each put counts one item
as unfinished and each task_done() takes one off; join() returns when none is left.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "producer–consumer"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {"maxsize": 5, "producers": 3, "consumers": 3, "consume_time": 1.0}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, queue: ObservedQueue) -> None:
    async for item in lab.items():
        await queue.put(item)  # waits here while the queue is full


async def consumer(lab: Lab, queue: ObservedQueue) -> None:
    while True:
        item = await queue.get()  # waits here while the queue is empty
        try:
            if item is None:
                return  # a stop signal
            if isinstance(item, Exception):
                raise item
            await lab.work(item)
        finally:
            queue.task_done()


async def main(lab: Lab) -> None:
    queue = lab.queue("jobs")
    producers = lab.crew("producers", producer, queue)
    consumers = lab.crew("consumers", consumer, queue)
    await producers.finished()
    await queue.join()  # returns when every item put has been marked done
    consumers.cancel()
