"""asyncio.timeout() cancels the get() that it gave up: it leaves the line, and takes nothing.

wait_for() does so too. After asyncio.wait(), whoever called it has to cancel what is not done.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "a get() that is cancelled"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "producers": 1,
    "consumers": 1,
    "produce_time": 2.5,
    "jitter": "constant",
    "get_timeout": 2.0,
    "items": 3,
}
UNUSED = ("consume_time", "put_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        try:
            async with asyncio.timeout(lab.get_timeout):
                item = await jobs.get()
        except TimeoutError:
            continue  # cancelled: it has left the line
        lab.say(f"handles {item}")
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await producers.finished()
    try:
        await asyncio.wait_for(jobs.join(), timeout=4)
    except TimeoutError:
        lab.say("join() did not return")
    consumers.cancel()
