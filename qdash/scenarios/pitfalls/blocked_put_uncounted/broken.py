"""join() counts what has been put, and not who is still in put(): it returns too early.

The keeper takes the one item in the queue and marks it done at once. Nothing is unfinished then:
the producer, who was waiting in put(), has been woken but has not put its next item yet.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "a put() that is not counted"
LAYOUT = (("producer", "@jobs", "keeper"),)
DEFAULTS = {
    "maxsize": 1,
    "producers": 1,
    "consumers": 1,
    "produce_time": 0.7,
    "jitter": "constant",
    "items": 5,
}
UNUSED = ("consume_time", "put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def keeper(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        await asyncio.sleep(2)
        item = await jobs.get()  # wakes P1, which runs later
        lab.say(f"keeps {item}")
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    keepers = lab.crew("consumers", keeper, jobs)
    await asyncio.sleep(1)  # P1 has begun; but is it through?
    await jobs.join()
    lab.say(f"all is done; {jobs.qsize()} left in the queue")
    producers.cancel()
    keepers.cancel()
