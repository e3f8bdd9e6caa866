"""A consumer skips what it cannot use, and its task_done() with it: join() waits for ever.

Each put() counts one item as unfinished; only task_done() takes one off. The fourth item is
skipped by a continue, which skips task_done() as well.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "a missed task_done()"
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
        if item.number == 4:
            continue  # not for us; but this skips task_done() too
        await lab.work(item)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await producers.finished()
    await jobs.join()
    consumers.cancel()
