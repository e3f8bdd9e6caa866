"""The smallest limit is 1: put() waits until the item before has been taken.

So the producer is held back to the speed of the consumer, and never more than one item waits. A
queue that holds nothing at all, and hands items from hand to hand, asyncio does not have.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "maxsize=1"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "producers": 1,
    "consumers": 1,
    "produce_time": 0.5,
    "consume_time": 1.5,
    "jitter": "constant",
    "items": 12,
}
UNUSED = ("maxsize", "put_timeout", "get_timeout", "discipline")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        if jobs.full():
            lab.say(f"{item} will have to wait")
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        item = await jobs.get()
        await lab.work(item)
        jobs.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs", maxsize=1)  # one at a time
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await producers.finished()
    lab.say(f"all is made, and {jobs.qsize()} are still in the queue")
    await jobs.join()
    consumers.cancel()
