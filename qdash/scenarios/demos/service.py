"""A service under load: what becomes of a request when the queue is full, and of work that fails.

The setting put_policy says what a client does at a full queue. A server that fails tries again
after a pause, each time twice as long, and after so many retries gives the request up: it has been
dealt with, so task_done() is called all the same.
"""

import asyncio

from qdash.engine import Item, Lab, ObservedQueue, WorkFailed

TITLE = "a service under load"
LAYOUT = (("client", "@requests", "server"),)
DEFAULTS = {
    "maxsize": 6,
    "producers": 4,
    "consumers": 3,
    "jitter": "exponential",
    "failing": 0.2,
    "retries": 2,
    "backoff": 0.5,
    "put_policy": "timeout",
    "put_timeout": 1.0,
}
UNUSED = ("get_timeout",)


async def client(lab: Lab, requests: ObservedQueue) -> None:
    async for request in lab.items():
        try:
            if lab.put_policy == "wait":
                await requests.put(request)
            elif lab.put_policy == "timeout":
                await asyncio.wait_for(requests.put(request), timeout=lab.put_timeout)
            else:
                while lab.put_policy == "drop-oldest" and requests.full():
                    requests.drop()
                requests.put_nowait(request)  # never waits: without room, this one is dropped
        except (asyncio.QueueFull, TimeoutError):
            lab.say(f"gave up {request}: there was no room")


async def server(lab: Lab, requests: ObservedQueue) -> None:
    while True:
        request = await requests.get()
        try:
            if request is None:
                return
            if isinstance(request, Exception):
                raise request
            await serve(lab, request)
        finally:
            requests.task_done()


async def serve(lab: Lab, request: Item) -> None:
    for attempt in range(1, lab.retries + 2):
        try:
            return await lab.work(request, attempt)
        except WorkFailed:
            if attempt <= lab.retries:
                await asyncio.sleep(lab.backoff * 2 ** (attempt - 1))  # others may be served
    lab.say(f"gave up {request}: every attempt failed")


async def main(lab: Lab) -> None:
    requests = lab.queue("requests")
    clients = lab.crew("producers", client, requests)
    servers = lab.crew("consumers", server, requests)
    await clients.finished()
    await requests.join()
    servers.cancel()
