"""shutdown(immediate=True) counts what it throws out as done, but not what is being worked on.

So join() still waits for those two. Their workers were cancelled a line before, and will never
call task_done() for them.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "stop at once"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 5,
    "producers": 1,
    "consumers": 2,
    "produce_time": 0.6,
    "consume_time": 2.5,
    "jitter": "constant",
    "items": 20,
}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        item = await jobs.get()
        await lab.work(item)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await asyncio.sleep(7)
    consumers.cancel()  # each has an item in hand
    jobs.shutdown(immediate=True)
    await jobs.join()
    lab.say("all has come to an end")
