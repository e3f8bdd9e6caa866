"""Two stages put into each other's bounded queue: when both are full, both wait for ever.

The fetcher gets addresses and puts pages, the parser gets pages and puts the addresses in them.
Each could go on only if the other took something, and neither takes while it puts.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "a circle of queues"
LAYOUT = (("@links", "fetcher", "@pages", "parser"),)
DEFAULTS = {"consume_time": 0.8, "jitter": "constant"}
UNUSED = (
    "maxsize",
    "producers",
    "consumers",
    "produce_time",
    "put_timeout",
    "get_timeout",
    "discipline",
    "items",
    "supervise",
)


async def fetcher(lab: Lab, links: ObservedQueue, pages: ObservedQueue) -> None:
    while True:
        link = await links.get()
        await lab.work(link)
        await pages.put(link)
        links.task_done()


async def parser(pages: ObservedQueue, links: ObservedQueue) -> None:
    for _ in range(11):
        page = await pages.get()
        for link in (2 * page, 2 * page + 1):  # the two links on that page
            await asyncio.sleep(0.5)
            if link <= 11:
                await links.put(link)
        pages.task_done()


async def main(lab: Lab) -> None:
    links = lab.queue("links", maxsize=2)  # full when the fetcher waits ...
    pages = lab.queue("pages", maxsize=1)  # ... for room here
    fetching = asyncio.create_task(fetcher(lab, links, pages), name="F1")
    parsing = asyncio.create_task(parser(pages, links), name="P1")
    await links.put(1)
    await asyncio.wait([parsing])
    fetching.cancel()
