"""Two ways to let at most three jobs run at once.

Above, N consumers on one queue: no more jobs run than there are consumers. Below, the queue itself
as a semaphore: a visitor puts a token to enter, which waits while all places are taken, and takes
one out to leave. A limit made smaller turns nobody out: whoever is inside stays until done, and
nobody enters before there is room again.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "concurrency limit"
LAYOUT = (("producer", "@jobs", "consumer"), ("visitor", "@slots"))
DEFAULTS = {
    "maxsize": 3,
    "producers": 5,
    "consumers": 3,
    "produce_time": 2.2,
    "consume_time": 2.0,
}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for job in lab.items():
        await jobs.put(job)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    while True:
        job = await jobs.get()
        try:
            if job is None:
                return
            if isinstance(job, Exception):
                raise job
            await lab.work(job)
        finally:
            jobs.task_done()


async def visitor(lab: Lab, slots: ObservedQueue) -> None:
    async for job in lab.items():
        await slots.put(None)  # enter: waits here while every place is taken
        try:
            await lab.work(job)  # never more than maxsize of them are here
        finally:
            slots.get_nowait()  # leave: any token will do, for they are all alike
            slots.task_done()


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    slots = lab.queue("slots", tokens=True)
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    visitors = lab.crew("producers", visitor, slots)
    await producers.finished()
    await visitors.finished()
    await jobs.join()
    await slots.join()
    consumers.cancel()
