"""Rules about waking: who sleeps on beside free slots, or was woken and is not run."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final

from qdash import events as ev
from qdash.advice.rule import Look, Rule, and_more
from qdash.events import Event
from qdash.state import QueueState
from qdash.words import mark, tr, trn

_WAKING: Final[tuple[type[Event], ...]] = (
    ev.Got,
    ev.GetRefused,
    ev.PutRefused,
    ev.Dropped,
    ev.Resized,
    ev.ShutDown,
    ev.Woken,
)
"""What makes room, or wakes: the next event may tell of somebody who is woken by it."""


def _putters_asleep(look: Look) -> Iterator[str]:
    latest = look.state.last[0] if look.state.last is not None else None
    for queue in look.queues:
        if not queue.putters or queue.full:
            continue
        if isinstance(latest, _WAKING) and getattr(latest, "queue", "") == queue.name:
            continue
        if _free(queue) > len(look.called(queue)):
            who = look.who(look.known(waiter.worker for waiter in queue.putters))
            has = tr("{n:,} of {maxsize:,} slots taken").format(n=queue.size, maxsize=queue.maxsize)
            if not queue.maxsize:
                has = tr("no maxsize")
            yield trn(
                "{who} waits in put() on {queue}, which has room ({has}), and nobody has woken it",
                "{who} wait in put() on {queue}, which has room ({has}), and nobody has woken them",
                len(queue.putters),
            ).format(who=who, queue=queue.name, has=has)


def _free(queue: QueueState) -> float:
    return queue.maxsize - queue.size if queue.maxsize else inf


def _not_thread_safe(look: Look) -> Iterator[str]:
    asleep = []
    for worker in look.live:
        waking = worker.waking
        if worker.woken and waking is not None and waking.t < look.state.t:
            by = look.state.workers.get(waking.by)
            if by is not None and by.thread and worker.phase in ("putting", "getting"):
                asleep.append((worker, waking))
    if asleep:
        worker, waking = asleep[0]
        evidence = tr(
            "{by} is a thread, and woke {who} at {t:.2f} s by what it did to {queue}; the loop has "
            "not run it since"
        ).format(by=waking.by, who=look.who([worker]), t=waking.t, queue=waking.queue)
        yield and_more(evidence, len(asleep) - 1)


ASLEEP: Final = Rule(
    name="putters-asleep",
    when=mark(
        "Workers stand in line in put() before a queue that has room, and more slots are free than "
        "workers have been woken for."
    ),
    follows=mark(
        "They sleep on beside the free slots. Each get() wakes one of them, as if the queue had "
        "been full; where nobody gets, they sleep for ever."
    ),
    remedy=mark(
        "leave _maxsize alone: asyncio cannot resize a queue; where the limit must change, bound "
        "it by a semaphore, or wake one putter for each new slot"
    ),
    see=mark("Play the lesson no-resize: its program sets the private _maxsize."),
    evidence=_putters_asleep,
    broken="""\
queue._maxsize = 5      # larger, and wakes nobody
""",
    fixed="""\
await room.acquire()    # a Semaphore; get() is followed by room.release()
queue.put_nowait(item)  # into an unbounded queue
for _ in range(3):
    room.release()      # three slots more: each wakes one
""",
)
THREAD: Final = Rule(
    name="not-thread-safe",
    when=mark(
        "A thread has put into a queue or taken from it by itself, and so woken a worker; time has "
        "passed since, and the worker has not run."
    ),
    follows=mark(
        "The loop sleeps until its next timer, or for ever: a callback that comes from another "
        "thread does not wake it. Nothing raises, but in asyncio's debug mode."
    ),
    remedy=mark(
        "from another thread call loop.call_soon_threadsafe(queue.put_nowait, item), or "
        "asyncio.run_coroutine_threadsafe() where it is to wait for room"
    ),
    see=mark("Play the lesson not-thread-safe: its sensor is a thread."),
    evidence=_not_thread_safe,
    broken="""\
queue.put_nowait(reading)       # in a thread
""",
    fixed="""\
loop.call_soon_threadsafe(queue.put_nowait, reading)
""",
)
