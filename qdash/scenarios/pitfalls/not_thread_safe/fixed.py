"""call_soon_threadsafe() hands the put to the loop, and wakes it.

put_nowait() then runs in the loop's own thread, between two steps of its tasks, and the consumer
has each reading at once.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "call_soon_threadsafe()"
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


def sensor(lab: Lab, readings: ObservedQueue, loop: asyncio.AbstractEventLoop) -> None:
    for number in range(1, 6):
        lab.sleep(2)
        loop.call_soon_threadsafe(readings.put_nowait, number)  # wakes the loop


async def consumer(lab: Lab, readings: ObservedQueue) -> None:
    for _ in range(5):
        reading = await readings.get()
        await lab.work(reading)
        readings.task_done()


async def main(lab: Lab) -> None:
    readings = lab.queue("readings")
    consuming = asyncio.create_task(consumer(lab, readings), name="C1")
    lab.thread(sensor, readings, asyncio.get_running_loop(), name="S1")
    await asyncio.sleep(5)
    lab.say("the loop is awake")
    await asyncio.wait([consuming])
