"""Nobody waits for ever: wait_for() puts a limit on put() and on get().

Producers work in rushes with lulls between. A producer that finds no room within the put timeout
gives the item up; a consumer that gets nothing within the get timeout tries again. When the time is
over, wait_for() cancels the call and raises TimeoutError. task_done() is owed only for what was
got, so the get stands outside the try that has the finally. A timeout is off or above zero: at zero
or less wait_for() gives up before get() has begun, even if an item lies there.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "timeouts"
LAYOUT = (("producer", "@jobs", "consumer"),)
DEFAULTS = {
    "maxsize": 2,
    "producers": 2,
    "consumers": 2,
    "produce_time": 0.5,
    "consume_time": 1.5,
    "put_timeout": 1.0,
    "get_timeout": 2.0,
}
UNUSED = ()


async def producer(lab: Lab, queue: ObservedQueue) -> None:
    made = 0
    async for item in lab.items():
        try:
            await asyncio.wait_for(queue.put(item), timeout=lab.put_timeout)
        except TimeoutError:
            lab.say(f"gave up {item}: there was no room")
        made += 1
        if made % 6 == 0:
            await asyncio.sleep(10)  # after the rush a lull, in which consumers wait in vain


async def consumer(lab: Lab, queue: ObservedQueue) -> None:
    while True:
        try:
            item = await asyncio.wait_for(queue.get(), timeout=lab.get_timeout)
        except TimeoutError:
            continue  # nothing was got, so no task_done() is owed
        try:
            if item is None:
                return
            if isinstance(item, Exception):
                raise item
            await lab.work(item)
        finally:
            queue.task_done()


async def main(lab: Lab) -> None:
    queue = lab.queue("jobs")
    producers = lab.crew("producers", producer, queue)
    consumers = lab.crew("consumers", consumer, queue)
    await producers.finished()
    await queue.join()
    consumers.cancel()
