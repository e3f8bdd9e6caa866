"""The get() stands before the try, so task_done() is called only for what was got.

The consumers are cancelled while they wait in get(), outside the try: no finally runs, and
CancelledError leaves them as it should.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "task_done() once for each get()"
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
        item = await jobs.get()  # nothing got, nothing owed
        try:
            await lab.work(item)
        finally:
            jobs.task_done()


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
