"""The smallest program with a queue: one side puts, the other gets, main waits until all is done.

Three calls of the queue are awaited, and each of them can wait: put(), get() and join().
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "one queue"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {"maxsize": 3, "producers": 1, "consumers": 1, "consume_time": 2.0}
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
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await producers.finished()
    await jobs.join()
    consumers.cancel()
