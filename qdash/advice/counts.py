"""Rules about what is counted: ``task_done``, ``join`` and the items that got lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from qdash.advice.rule import Look, Rule, held
from qdash.narrate import names, things
from qdash.state import QueueState, Slot


def _join_never_finishes(look: Look) -> Iterator[str]:
    parents = {worker.parent for worker in look.live}
    for queue in look.queues:
        if not queue.joiners:
            continue
        owed = [each for each in queue.owed if each[0] not in parents]  # a child may still do it
        waiting = list(_held_by_who_waits_for_more(look, queue))
        never = len(owed) + len(waiting) + queue.astray
        if never > 0:
            parts = [held(owed)] if owed else []
            if waiting:
                items = names([slot.label for _, slot in waiting])
                holders = names([look.named(name) for name in dict.fromkeys(n for n, _ in waiting)])
                parts.append(f"{items} in the hands of {holders}, waiting in get() for more")
            why = ": " * bool(parts) + "; ".join(parts)
            waits = "waits" if len(queue.joiners) == 1 else "wait"
            joiners = names([look.named(name) for name in queue.joiners])
            yield (
                f"{joiners} {waits} in join() on {queue.name}, but of "
                f"{queue.unfinished:,} unfinished nobody will mark {never:,} done{why}"
            )


def _held_by_who_waits_for_more(look: Look, queue: QueueState) -> Iterator[tuple[str, Slot]]:
    """Yield what workers have in hand that wait for more from a queue into which nobody puts."""
    waiting = {
        worker.name
        for worker in look.live
        if worker.phase == "getting" and worker.queue == queue.name and worker.deadline is None
    }
    putting = {worker.name for worker in look.givers(queue)} - queue.joiners.keys() - waiting
    if waiting and not queue.size and not putting:
        for name, slot in queue.hands.values():
            if name in waiting and not slot.owed:
                yield name, slot


def _task_done_too_often(look: Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.too_often:
            calls = things(queue.too_often, "task_done() call")
            yield f"{calls} on {queue.name} raised ValueError: nothing was unfinished"
        in_hand = len(queue.hands) - len(queue.owed)
        if queue.astray + len(queue.owed) < 0:
            yield (
                f"{queue.name}: {queue.unfinished:,} unfinished, though {queue.size:,} in it and "
                f"{in_hand:,} in hand are not done: join() returns too early"
            )


def _items_lost(look: Look) -> Iterator[str]:
    for queue in look.queues:
        gone = [(name, slot) for name, slot in queue.owed if slot.owed != "forgotten"]
        if gone:
            yield f"got from {queue.name} and never done: {held(gone)}"
        if queue.broken_off:
            what = f"{things(queue.broken_off, 'thing')} from {queue.name}"
            yield f"{what} marked done by a finally, though the work was broken off"
        if queue.lost:
            yield f"{things(queue.lost, 'item')} lost as {queue.name} could not compare them"
        if queue.dropped:
            yield f"{things(queue.dropped, 'item')} thrown out of {queue.name} by shutdown"


def _counts(look: Look) -> Iterator[str]:
    for q in look.queues:
        parts = [f"{q.got:,} got", f"{q.size:,} in it"]
        if q.dropped:
            parts.append(f"{q.dropped:,} thrown out")
        if q.lost:
            parts.append(f"{q.lost:,} lost")
        if q.put != q.got + q.size:
            put = f"{q.put:,} put"
            if q.uncounted:
                put += f" + {q.uncounted:,} kept in the heap though their put failed"
            yield f"{q.name}: {put} = {' + '.join(parts)}"
        if q.dropped_owed:
            yield (
                f"{q.name}: {q.unfinished:,} unfinished = {q.put:,} put - {q.done:,} done - "
                f"{q.dropped_owed:,} thrown out, which counts as done"
            )


JOIN: Final = Rule(
    name="join-never-finishes",
    when="A worker waits in join(), and part of what is unfinished was got by somebody who is over "
    "or left task_done() out, or who waits in get() for more that nobody will put; or it no longer "
    "exists at all.",
    follows="join() waits for ever, and with it whatever was to come after; nothing raises.",
    remedy="call task_done() in a finally, once for each get() that succeeded",
    see="Press f (forgotten task_done), then j (join() waiter): it goes on waiting when all else "
    "is done. F (one task_done too many) makes up for it, since asyncio counts calls, not items.",
    evidence=_join_never_finishes,
    broken="""\
item = await queue.get()
await work(item)      # raises, or is cancelled ...
queue.task_done()     # ... and this is never reached
""",
    fixed="""\
item = await queue.get()
try:
    await work(item)
finally:
    queue.task_done()
""",
)
TASK_DONE: Final = Rule(
    name="task-done-too-often",
    when="task_done() was refused because nothing was unfinished, or fewer things are counted as "
    "unfinished than are queued or in the hands of somebody who has yet to mark them done.",
    follows="ValueError('task_done() called too many times') where the count is zero. Where it is "
    "not, nothing raises, and join() returns while somebody is still at work.",
    remedy="call task_done() once for each get() that succeeded, with the get() outside the try",
    see="Press F (one task_done too many).",
    evidence=_task_done_too_often,
    broken="""\
try:
    item = await queue.get()    # cancelled here ...
    await work(item)
finally:
    queue.task_done()           # ... ValueError here
""",
    fixed="""\
item = await queue.get()
try:
    await work(item)
finally:
    queue.task_done()
""",
)
LOST: Final = Rule(
    name="items-lost",
    when="A thing was got and its worker ended, or left the get() behind, without finishing it; or "
    "a finally marked it done although the work was broken off; or a shutdown or a heap that "
    "cannot compare threw it away.",
    follows="The item is gone: it is in no queue and in nobody's hands, and nothing raises. Where "
    "it was not marked done, join() waits for it for ever.",
    remedy="finish the item in hand before ending: stop consumers by a sentinel or shutdown(), not "
    "by cancel() or shutdown(immediate=True)",
    see="Press c (cancel a worker) while a consumer works.",
    evidence=_items_lost,
    broken="""\
for task in consumers:
    task.cancel()       # whoever works drops its item
""",
    fixed="""\
for _ in consumers:
    await queue.put(None)   # each ends what it has
await asyncio.gather(*consumers)
""",
)
COUNTS: Final = Rule(
    name="counts-do-not-add-up",
    when="What was put into a queue is not what was got from it and lies in it, or what is "
    "unfinished is not what was put and is not done.",
    follows="Nothing by itself: a shutdown or a heap that cannot compare took things out, or kept "
    "some whose put failed, and the rule says how many.",
    remedy="nothing to mend in the counting: this is where the difference comes from",
    see="Press K (shutdown(immediate=True)) while things are queued.",
    evidence=_counts,
)
