"""One queue of the circle has no limit, so one stage never waits in put(), and takes again.

Pages still hold the fetcher back. How many links there are must be limited elsewhere: here by the
site, in a real crawler by what has been seen already.
"""

import asyncio

from qdash.engine import Lab, ObservedQueue

TITLE = "a circle with a way out"
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
    links = lab.queue("links", maxsize=0)  # put() never waits here
    pages = lab.queue("pages", maxsize=1)
    fetching = asyncio.create_task(fetcher(lab, links, pages), name="F1")
    parsing = asyncio.create_task(parser(pages, links), name="P1")
    await links.put(1)
    await asyncio.wait([parsing])
    fetching.cancel()
