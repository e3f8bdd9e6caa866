"""One sentinel for each consumer: each takes one out, and each stops.

They lie behind the backlog, so all that was put before them is worked on first, as long as the
queue serves the oldest first.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "a sentinel for each consumer"
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
    for _ in consumers.names:
        await jobs.put(None)  # one for each
    await consumers.finished()
    lab.say(f"all consumers have stopped; {jobs.qsize()} left in the queue")
