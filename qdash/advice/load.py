"""Rules about load: who is too slow, what grows without limit, what is never served."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from qdash.advice.rule import Look, Rule, share
from qdash.narrate import seconds
from qdash.state import STRETCH, QueueState

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
            rates = f"{stretch.put_rate(name):.1f} a second put, {stretch.rate(name):.1f} got"
            yield f"{name} has no maxsize and has grown to {queue.size:,}: {rates}"
    if look.over:
        return
    for role, crew in look.roles.items():
        # A crew is started by main or by a person; what other workers start may be without number.
        live = [w for w in crew if w.alive and look.state.workers.get(w.parent, w).parent]
        blocked = [worker for worker in live if worker.phase == "putting"]
        if len(live) > MANY and len(blocked) > len(live) / 2:
            yield (
                f"{len(live):,} tasks run {role}(), {len(blocked):,} of them blocked in put(): "
                f"{look.who(blocked)}"
            )


def _starvation(look: Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.discipline == "fifo" or not queue.slots:
            continue
        oldest = next(iter(queue.slots.values()))
        # Slots are numbered as they are put: those later ones that lie in it no more were served.
        overtaken = queue.newest - oldest.slot - (queue.size - 1)
        if overtaken >= OVERTAKEN:
            order = "last in, first out" if queue.discipline == "lifo" else "lowest priority first"
            yield (
                f"{oldest.label} has lain in {queue.name} for "
                f"{seconds(look.state.t - oldest.since)}, and {overtaken:,} put after it were "
                f"served before it ({order})"
            )


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
            yield (
                f"{takers} is the slower side: busy {share(worked)}, while {makers} is blocked in "
                f"put() {share(blocked)} {look.since}; {_littles_law(look, queue)}"
            )
        elif made >= BUSY and waited >= IDLE and worked > 0:
            yield (
                f"{makers} is the slower side: busy {share(made)}, while {takers} waits in get() "
                f"{share(waited)} {look.since}; {_littles_law(look, queue)}"
            )


def _littles_law(look: Look, queue: QueueState) -> str:
    stretch, name = look.stretch, queue.name
    rate, wait = stretch.rate(name), stretch.wait(name)
    return (
        f"in {name} L = {stretch.depth(name):.1f}, rate x wait = {rate:.2f}/s x {wait:.2f} s = "
        f"{rate * wait:.1f}"
    )


GROWTH: Final = Rule(
    name="unbounded-growth",
    when=f"A queue without maxsize holds more than {MANY} things and is about as long as it ever "
    f"was; or more than {MANY} tasks that a worker started live, most of them blocked in put().",
    follows="Memory grows without end, and each item waits longer than the one before it. Nothing "
    "holds back whoever makes too much: there is no backpressure.",
    remedy="set a limit, so that put() holds back whoever makes too much: a maxsize, or a "
    "semaphore around the tasks",
    see="Set maxsize to 0 and consumers to 1; or, in dynamic tasks, producers to 20.",
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
    when=f"In a LIFO or priority queue, {OVERTAKEN} items and more that were put after the oldest "
    "one were served before it.",
    follows="While others keep arriving the oldest item is never served, however long it waits.",
    remedy="use a FIFO queue; or let the priority of an item rise with its age",
    see="Set discipline to lifo and consumers to 2, and wait.",
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
    when=f"Over the last {STRETCH:.0f} s one side of a queue was busy {BUSY:.0%} of its time or "
    f"more, and the other spent {IDLE:.0%} of its time or more waiting for it.",
    follows="The slower side sets the pace; more workers on the other one change nothing. By "
    "Little's law the mean depth L is the rate times the mean wait (over a short time, nearly): "
    "what lies in a full queue only waits.",
    remedy="add workers to the slower side or make it faster; a larger maxsize only delays it",
    see="Set consume_time to 4.",
    evidence=_bottleneck,
)
