"""A put_nowait() from another thread goes into the queue, but does not wake the loop.

The loop sleeps until its next timer, or for ever. What was put is seen when it wakes for something
else: at 5 s for main's sleep, later for the end of some work, and in the end not at all.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "put_nowait() in a thread"
LAYOUT = (("sensor", "@readings", "consumer"),)
DEFAULTS = {"consume_time": 0.8, "jitter": "constant"}
UNUSED = (
    "producers",
    "consumers",
    "produce_time",
    "put_timeout",
    "get_timeout",
    "items",
    "supervise",
)


def sensor(lab: Lab, readings: ObservedQueue) -> None:
    for number in range(1, 6):
        lab.sleep(2)
        readings.put_nowait(number)  # the loop sleeps on


async def consumer(lab: Lab, readings: ObservedQueue) -> None:
    for _ in range(5):
        reading = await readings.get()
        await lab.work(reading)
        readings.task_done()


async def main(lab: Lab) -> None:
    readings = lab.queue("readings")
    consuming = asyncio.create_task(consumer(lab, readings), name="C1")
    lab.thread(sensor, readings, name="S1")  # a thread, not a task
    await asyncio.sleep(5)
    lab.say("the loop is awake")
    await asyncio.wait([consuming])
