"""shutdown() comes after the last put(), and the consumer takes QueueShutDown for the end.

Then nobody is turned away: the consumer gets all that is left, and knows by the exception that
there will be no more. A sentinel for each consumer is not needed.
"""

from qdash.engine import Lab, ObservedQueue, QueueShutDown

TITLE = "shutdown() after the last put()"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 3,
    "producers": 2,
    "consumers": 1,
    "produce_time": 0.8,
    "consume_time": 1.5,
    "jitter": "constant",
    "items": 8,
}
UNUSED = ("put_timeout", "get_timeout")


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def consumer(lab: Lab, jobs: ObservedQueue) -> None:
    done = 0
    while True:
        try:
            item = await jobs.get()
        except QueueShutDown:  # shut down, and empty
            break
        await lab.work(item)
        jobs.task_done()
        done += 1
    lab.say(f"{done} done in all")


async def main(lab: Lab) -> None:
    jobs = lab.queue("jobs")
    producers = lab.crew("producers", producer, jobs)
    consumers = lab.crew("consumers", consumer, jobs)
    await producers.finished()
    jobs.shutdown()  # nobody is in put() any more
    await jobs.join()
    await consumers.finished()
