"""asyncio.wait() with a timeout cancels nothing: the get() lives on, and takes the next item.

The consumer gives each get() two seconds, and items come every two and a half: each goes to a
get() that was left behind, whose task holds it, and nobody looks at that task any more.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "a get() left behind"
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
        getter = asyncio.create_task(jobs.get())
        await asyncio.wait([getter], timeout=lab.get_timeout)
        if not getter.done():
            continue  # not cancelled: it stays in line
        lab.say(f"handles {getter.result()}")
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
