"""A queue belongs to the loop in which somebody first had to wait for it.

The helper is a thread with a loop of its own. As long as something lies in the queue its get()
works, in silence; the first that would have to wait raises RuntimeError.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "two loops"
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


def helper(lab: Lab, jobs: ObservedQueue) -> None:
    lab.sleep(5.5)
    asyncio.run(help_out(lab, jobs))  # a second loop


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    lab.thread(helper, jobs, name="H1")
    await producers.finished()
    await jobs.join()
    consumers.cancel()
