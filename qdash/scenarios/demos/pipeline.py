"""Three stages with a bounded queue between each two: the slowest stage sets the pace of all.

When the savers fall behind, rows fills up and put() holds the parsers; then nobody takes pages, so
pages fills up and put() holds the fetchers. Nobody has told them: the queues did.
"""

from qdash.engine import Lab, ObservedQueue

TITLE = "pipeline"
LAYOUT = (("fetcher", "@pages", "parser", "@rows", "saver"),)
DEFAULTS = {"maxsize": 4, "producers": 2, "consumers": 2, "consume_time": 0.8}
UNUSED = ("put_timeout", "get_timeout")


async def fetcher(lab: Lab, pages: ObservedQueue) -> None:
    async for page in lab.items():
        await pages.put(page)


async def parser(lab: Lab, pages: ObservedQueue, rows: ObservedQueue) -> None:
    while True:
        page = await pages.get()
        try:
            await lab.work(page)
            await rows.put(page)  # while it waits here, it takes no page
        finally:
            pages.task_done()  # only now: pages.join() means that every row was put


async def saver(lab: Lab, rows: ObservedQueue) -> None:
    while True:
        row = await rows.get()
        try:
            await lab.work(row)
        finally:
            rows.task_done()


async def main(lab: Lab) -> None:
    pages, rows = lab.queue("pages"), lab.queue("rows")
    fetchers = lab.crew("producers", fetcher, pages)
    parsers = lab.crew("producers", parser, pages, rows)
    savers = lab.crew("consumers", saver, rows)
    await fetchers.finished()
    await pages.join()
    await rows.join()  # stage by stage, in the order in which the work flows
    parsers.cancel()
    savers.cancel()
