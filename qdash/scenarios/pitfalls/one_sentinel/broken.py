"""One sentinel stops one consumer; the others wait in get() for ever.

A sentinel is a thing in the queue like any other: it is taken out once, by one consumer, and the
others never see it.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "one sentinel"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 8,
    "producers": 1,
    "consumers": 3,
    "produce_time": 0.4,
    "consume_time": 1.7,
    "jitter": "constant",
    "items": 8,
}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        item = await jobs.get()
        try:
            if item is None:
                return
            await lab.work(item)
        finally:
            jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await producers.finished()
    await jobs.put(None)  # one consumer gets it
    await consumers.finished()
    lab.say(f"all consumers have stopped; {jobs.qsize()} left in the queue")
