"""A maxsize of 0 is no limit at all: put() never waits, and the queue grows.

Meant was "hold nothing in between, hand each item over". But 0, or less, is what asyncio calls
infinite: full() is never true, and a consumer that is slower falls further and further behind.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "maxsize=0"
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
    jobs = lab.queue("jobs", maxsize=0)  # 0 is without limit
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await producers.finished()
    lab.say(f"all is made, and {jobs.qsize()} are still in the queue")
    await jobs.join()
    consumers.cancel()
