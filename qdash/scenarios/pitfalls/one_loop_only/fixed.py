"""One loop: the helper is a task of the loop to which the queue belongs.

It waits in get() like any other. What has to stay in another thread can hand a coroutine to this
loop, by asyncio.run_coroutine_threadsafe().
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "one loop"
LAYOUT = (("producer", "@jobs", "consumer"), ("helper",))
DEFAULTS = {
    "maxsize": 8,
    "producers": 1,
    "consumers": 1,
    "produce_time": 1.0,
    "consume_time": 2.2,
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
        await lab.work(item)
        jobs.task_done()


async def help_out(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        item = await jobs.get()
        lab.say(f"took {item}")
        jobs.task_done()


async def helper(lab: Lab, jobs: ObservedQueue) -> None:
    await asyncio.sleep(5.5)
    await help_out(lab, jobs)  # in the queue's own loop


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    helping = asyncio.create_task(helper(lab, jobs), name="H1")
    await producers.finished()
    await jobs.join()
    consumers.cancel()
    helping.cancel()
