"""The get() stands inside the try, so a cancelled get() is followed by a task_done() too many.

The consumers are cancelled while they wait in get(). CancelledError leaves through the finally,
where task_done() finds nothing unfinished and raises ValueError in its place.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "task_done() too often"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 3,
    "producers": 1,
    "produce_time": 2.0,
    "consume_time": 1.5,
    "jitter": "constant",
    "items": 4,
}
UNUSED = ("consumers", "put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        try:
            item = await jobs.get()  # cancelled here ...
            await lab.work(item)
        finally:
            jobs.task_done()  # ... and this is called all the same


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consumers = [asyncio.create_task(consumer(lab, jobs), name=f"C{n}") for n in (1, 2)]
    await producers.finished()
    await jobs.join()
    for task in consumers:
        task.cancel()
    for how in await asyncio.gather(*consumers, return_exceptions=True):
        lab.say(f"a consumer ended with {how!r}")
