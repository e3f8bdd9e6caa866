"""More comes in than can be done: wait, give up after a while, or drop at once.

Above, put() holds the producer back: nothing is lost, and everything is late. In the middle, a put
that has waited for the put timeout gives its item up. Below, an item that finds the queue full is
dropped, and the producer never waits. All three consumers get the same number of items done.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "overload"
LAYOUT = (("holder", "@wait"), ("quitter", "@timeout"), ("dropper", "@drop"), ("consumer",))
DEFAULTS = {
    "maxsize": 3,
    "producers": 1,
    "produce_time": 1.0,
    "consume_time": 0.8,
    "put_timeout": 0.5,
}
UNUSED = ("consumers", "get_timeout")


async def holder(lab: Lab, queue: ObservedQueue) -> None:
    async for item in lab.items():
        await queue.put(item)  # as long as it takes


async def quitter(lab: Lab, queue: ObservedQueue) -> None:
    async for item in lab.items():
        try:
            await asyncio.wait_for(queue.put(item), timeout=lab.put_timeout)
        except TimeoutError:
            lab.say(f"gave up {item}: there was no room in time")


async def dropper(lab: Lab, queue: ObservedQueue) -> None:
    async for item in lab.items():
        try:
            queue.put_nowait(item)  # never waits
        except asyncio.QueueFull:
            lab.say(f"dropped {item}: there was no room")


async def consumer(lab: Lab, queue: ObservedQueue) -> None:
    while True:
        item = await queue.get()
        try:
            await lab.work(item)
        finally:
            queue.task_done()


async def main(lab: Lab) -> None:
    queues = lab.queue("wait"), lab.queue("timeout"), lab.queue("drop")
    consumers = [
        asyncio.create_task(consumer(lab, queue), name=f"C{number}")
        for number, queue in enumerate(queues, 1)
    ]
    crews = [
        lab.crew("producers", producer, queue)
        for producer, queue in zip((holder, quitter, dropper), queues, strict=True)
    ]
    for crew in crews:
        await crew.finished()
    for queue in queues:
        await queue.join()
    for task in consumers:
        task.cancel()
