"""First the producers are waited for, and only then what they have put: join() is the last of all.

Once every producer has returned nobody is in put() any more, so all items are counted, and join()
returns when all of them are done.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "join() after the producers"
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
    await producers.finished()  # only now nothing more can come
    await jobs.join()
    lab.say(f"all is done; {jobs.qsize()} left in the queue")
    producers.cancel()
    keepers.cancel()
