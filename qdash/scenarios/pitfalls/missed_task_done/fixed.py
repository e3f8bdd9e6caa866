"""What was got is marked done in a finally, on whichever way the consumer leaves it.

A continue, a return, an exception and a cancellation all pass through the finally, so each get()
that succeeded has its task_done(), and join() returns.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "task_done() in a finally"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 3,
    "producers": 1,
    "consumers": 2,
    "produce_time": 0.7,
    "consume_time": 1.5,
    "jitter": "constant",
    "items": 6,
}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        item = await jobs.get()
        try:
            if item.number == 4:
                continue  # not for us
            await lab.work(item)
        finally:
            jobs.task_done()  # on every way out of the try


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await producers.finished()
    await jobs.join()
    consumers.cancel()
