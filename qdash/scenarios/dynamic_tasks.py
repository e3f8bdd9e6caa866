"""A dispatcher creates a task for each job, and never waits for them; results go to a second queue.

So the bounded jobs queue holds nothing back: whatever comes in becomes a task at once. When the
collectors are slower than the jobs come, tasks pile up without limit, each blocked in put() on the
full results queue. Three cures: more collectors (consumers), slower producers, or a put timeout,
after which a job gives its result up. A fourth is a limit on the tasks, as in concurrency limit.
"""

import asyncio

from qdash.engine import Item, Lab, ObservedQueue

TITLE = "dynamic tasks"
LAYOUT = (("producer", "@jobs", "dispatcher", "job", "@results", "collector"),)
DEFAULTS = {"maxsize": 5, "producers": 2, "consumers": 2}
UNUSED = ("get_timeout",)


async def producer(lab: Lab, jobs: ObservedQueue) -> None:
    async for item in lab.items():
        await jobs.put(item)


async def job(lab: Lab, item: Item, results: ObservedQueue) -> None:
    await lab.work(item)
    try:
        await asyncio.wait_for(results.put(item), timeout=lab.put_timeout)
    except TimeoutError:
        lab.say(f"gave up the result of {item}: the results queue is full")


async def dispatcher(lab: Lab, jobs: ObservedQueue, results: ObservedQueue) -> None:
    tasks = set()  # the loop holds a task only weakly: somebody has to keep it
    while True:
        item = await jobs.get()
        jobs.task_done()  # dispatched; how the job goes on is not waited for
        if item is None:
            break
        if isinstance(item, Exception):
            raise item
        task = asyncio.create_task(job(lab, item, results), name=f"J{item.number}")
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    while tasks:
        await asyncio.wait(tasks)


async def collector(lab: Lab, results: ObservedQueue) -> None:
    while True:
        result = await results.get()
        try:
            if result is None:
                return
            if isinstance(result, Exception):
                raise result
            await lab.work(result)
        finally:
            results.task_done()


async def main(lab: Lab) -> None:
    jobs, results = lab.queue("jobs"), lab.queue("results")
    producers = lab.crew("producers", producer, jobs)
    collectors = lab.crew("consumers", collector, results)
    dispatch = asyncio.create_task(dispatcher(lab, jobs, results), name="D1")
    await producers.finished()
    await jobs.join()
    await jobs.put(None)  # the one dispatcher needs one stop signal
    await asyncio.wait([dispatch])
    await results.join()
    collectors.cancel()
