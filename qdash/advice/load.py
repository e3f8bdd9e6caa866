"""Rules about load: who is too slow, what grows without limit, what is never served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from qdash.advice.rule import Look, Rule, share
from qdash.narrate import seconds
from qdash.state import STRETCH, QueueState
from qdash.words import mark, tr

MANY: Final = 100
"""From how many things in an unbounded queue, or tasks in a crowd, growth is worth a word."""
OVERTAKEN: Final = 20
"""From how many later items on that were served before it, an item starves."""
BUSY: Final = 0.9
"""From this part of its time on that it makes or works, a side is as busy as can be."""
IDLE: Final = 0.5
"""From this part of its time on that it waits for the other, a side is held up."""


def _unbounded_growth(look: Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.maxsize == 0 and queue.size > MANY and queue.size >= 0.9 * queue.peak:
            stretch, name = look.stretch, queue.name
            yield tr(
                "{queue} has no maxsize and has grown to {n:,}: {put:.1f} a second put, {got:.1f} "
                "got"
            ).format(queue=name, n=queue.size, put=stretch.put_rate(name), got=stretch.rate(name))
    if look.over:
        return
    for role, crew in look.roles.items():
        # A crew is started by main or by a person; what other workers start may be without number.
        live = [w for w in crew if w.alive and look.state.workers.get(w.parent, w).parent]
        blocked = [worker for worker in live if worker.phase == "putting"]
        if len(live) > MANY and len(blocked) > len(live) / 2:
            yield tr(
                "{n:,} tasks run {role}(), {blocked:,} of them blocked in put(): {who}"
            ).format(n=len(live), role=role, blocked=len(blocked), who=look.who(blocked))


def _starvation(look: Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.discipline == "fifo" or not queue.slots:
            continue
        oldest = next(iter(queue.slots.values()))
        # Slots are numbered as they are put: those later ones that lie in it no more were served.
        overtaken = queue.newest - oldest.slot - (queue.size - 1)
        if overtaken >= OVERTAKEN:
            text = (
                tr(
                    "{item} has lain in {queue} for {time}, and {n:,} put after it were served "
                    "before it (last in, first out)"
                )
                if queue.discipline == "lifo"
                else tr(
                    "{item} has lain in {queue} for {time}, and {n:,} put after it were served "
                    "before it (lowest priority first)"
                )
            )
            lain = seconds(look.state.t - oldest.since)
            yield text.format(item=oldest.label, queue=queue.name, time=lain, n=overtaken)


def _bottleneck(look: Look) -> Iterator[str]:
    if look.over or look.state.t < STRETCH:
        return
    stretch = look.stretch
    for queue in look.queues:
        makers, takers = look.role(queue, -1), look.role(queue, 1)
        if makers == takers or not look.alive(makers) or not look.alive(takers):
            continue
        made = stretch.part(makers, "making", "working")
        worked = stretch.part(takers, "making", "working")
        blocked, waited = stretch.part(makers, "putting"), stretch.part(takers, "getting")
        if worked >= BUSY and blocked >= IDLE:
            text = tr(
                "{slower} is the slower side: busy {busy}, while {other} is blocked in put() "
                "{share} {since}; {law}"
            )
            yield text.format(
                slower=takers, busy=share(worked), other=makers, share=share(blocked),
                since=look.since, law=_littles_law(look, queue),
            )  # fmt: skip
        elif made >= BUSY and waited >= IDLE and worked > 0:
            text = tr(
                "{slower} is the slower side: busy {busy}, while {other} waits in get() {share} "
                "{since}; {law}"
            )
            yield text.format(
                slower=makers, busy=share(made), other=takers, share=share(waited),
                since=look.since, law=_littles_law(look, queue),
            )  # fmt: skip


def _littles_law(look: Look, queue: QueueState) -> str:
    stretch, name = look.stretch, queue.name
    rate, wait = stretch.rate(name), stretch.wait(name)
    return tr(
        "in {queue} L = {depth:.1f}, rate x wait = {rate:.2f}/s x {wait:.2f} s = {product:.1f}"
    ).format(queue=name, depth=stretch.depth(name), rate=rate, wait=wait, product=rate * wait)


GROWTH: Final = Rule(
    name="unbounded-growth",
    when=mark(
        "A queue without maxsize holds more than 100 things and is about as long as it ever "
        "was; or more than 100 tasks that a worker started live, most of them blocked in put()."
    ),
    follows=mark(
        "Memory grows without end, and each item waits longer than the one before it. Nothing "
        "holds back whoever makes too much: there is no backpressure."
    ),
    remedy=mark(
        "set a limit, so that put() holds back whoever makes too much: a maxsize, or a "
        "semaphore around the tasks"
    ),
    see=mark("Set maxsize to 0 and consumers to 1; or, in dynamic tasks, producers to 20."),
    evidence=_unbounded_growth,
    broken="""\
queue = asyncio.Queue()     # put() never waits
""",
    fixed="""\
queue = asyncio.Queue(100)  # put() waits when full
""",
)
STARVATION: Final = Rule(
    name="starvation",
    when=mark(
        "In a LIFO or priority queue, 20 items and more that were put after the oldest "
        "one were served before it."
    ),
    follows=mark(
        "While others keep arriving the oldest item is never served, however long it waits."
    ),
    remedy=mark("use a FIFO queue; or let the priority of an item rise with its age"),
    see=mark("Set discipline to lifo and consumers to 2, and wait."),
    evidence=_starvation,
    broken="""\
queue = asyncio.LifoQueue()
""",
    fixed="""\
queue = asyncio.PriorityQueue()
await queue.put((deadline, number, item))
""",
)
BOTTLENECK: Final = Rule(
    name="bottleneck",
    when=mark(
        "Over the last 20 s one side of a queue was busy 90% of its time or "
        "more, and the other spent 50% of its time or more waiting for it."
    ),
    follows=mark(
        "The slower side sets the pace; more workers on the other one change nothing. By Little's "
        "law the mean depth L is the rate times the mean wait (over a short time, nearly): what "
        "lies in a full queue only waits."
    ),
    remedy=mark(
        "add workers to the slower side or make it faster; a larger maxsize only delays it"
    ),
    see=mark("Set consume_time to 4."),
    evidence=_bottleneck,
)
