"""Rules about what is counted: ``task_done``, ``join`` and the items that got lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from qdash.advice.rule import Look, Rule, held
from qdash.narrate import names
from qdash.state import QueueState, Slot
from qdash.words import mark, tr, trc, trn


def _join_never_finishes(look: Look) -> Iterator[str]:
    parents = {worker.parent for worker in look.live}
    for queue in look.queues:
        if not queue.joiners:
            continue
        owed = [each for each in queue.owed if each[0] not in parents]  # a child may still do it
        waiting = list(_held_by_who_waits_for_more(look, queue))
        never = len(owed) + len(waiting) + queue.astray
        if never > 0:
            text = trn(
                "{joiners} waits in join() on {queue}, but of {n:,} unfinished nobody will mark "
                "{never:,} done",
                "{joiners} wait in join() on {queue}, but of {n:,} unfinished nobody will mark "
                "{never:,} done",
                len(queue.joiners),
            ).format(
                joiners=names([look.named(name) for name in queue.joiners]),
                queue=queue.name,
                n=queue.unfinished,
                never=never,
            )
            parts = [held(owed)] if owed else []
            if waiting:
                holders = [look.named(name) for name in dict.fromkeys(n for n, _ in waiting)]
                parts.append(
                    tr("{items} in the hands of {who}, waiting in get() for more").format(
                        items=names([slot.label for _, slot in waiting]), who=names(holders)
                    )
                )
            if parts:
                why = trc("list", "; ").join(parts)
                text = tr("{evidence}: {why}").format(evidence=text, why=why)
            yield text


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


def _join_too_early(look: Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.early is not None:
            t, joiners, putters = queue.early.t, queue.early.joiners, queue.early.putters
            yield tr(
                "join() on {queue} let {joiners} go at {t:.2f} s, while {putters} waited in put(): "
                "what is not in the queue yet is not counted"
            ).format(queue=queue.name, joiners=names(joiners), t=t, putters=names(putters))


def _task_done_too_often(look: Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.too_often:
            yield trn(
                "{n:,} task_done() call on {queue} raised ValueError: nothing was unfinished",
                "{n:,} task_done() calls on {queue} raised ValueError: nothing was unfinished",
                queue.too_often,
            ).format(n=queue.too_often, queue=queue.name)
        in_hand = len(queue.hands) - len(queue.owed)
        if queue.astray + len(queue.owed) < 0:
            yield tr(
                "{queue}: {n:,} unfinished, though {size:,} in it and {in_hand:,} in hand are not "
                "done: join() returns too early"
            ).format(queue=queue.name, n=queue.unfinished, size=queue.size, in_hand=in_hand)


def _items_lost(look: Look) -> Iterator[str]:
    for queue in look.queues:
        gone = [(name, slot) for name, slot in queue.owed if slot.owed != "forgotten"]
        if gone:
            text = tr("got from {queue} and never done: {items}")
            yield text.format(queue=queue.name, items=held(gone))
        if queue.broken_off:
            yield trn(
                "{n:,} thing from {queue} marked done by a finally, though the work was broken off",
                "{n:,} things from {queue} marked done by a finally, though the work was broken "
                "off",
                queue.broken_off,
            ).format(n=queue.broken_off, queue=queue.name)
        if queue.lost:
            yield trn(
                "{n:,} item lost as {queue} could not compare them",
                "{n:,} items lost as {queue} could not compare them",
                queue.lost,
            ).format(n=queue.lost, queue=queue.name)
        if by_shutdown := queue.dropped - queue.shed:
            yield trn(
                "{n:,} item thrown out of {queue} by shutdown",
                "{n:,} items thrown out of {queue} by shutdown",
                by_shutdown,
            ).format(n=by_shutdown, queue=queue.name)


def _counts(look: Look) -> Iterator[str]:
    for q in look.queues:
        parts = [tr("{n:,} got").format(n=q.got), tr("{n:,} in it").format(n=q.size)]
        if q.dropped:
            parts.append(tr("{n:,} thrown out").format(n=q.dropped))
        if q.lost:
            parts.append(tr("{n:,} lost").format(n=q.lost))
        if q.put != q.got + q.size + q.shed:  # who drops to make room knows where things went
            put = tr("{n:,} put").format(n=q.put)
            if q.uncounted:
                kept = tr("{put} + {n:,} kept in the heap though their put failed")
                put = kept.format(put=put, n=q.uncounted)
            yield tr("{queue}: {put} = {parts}").format(
                queue=q.name, put=put, parts=" + ".join(parts)
            )
        if q.dropped > q.shed and q.dropped_owed:
            yield tr(
                "{queue}: {n:,} unfinished = {put:,} put - {done:,} done - {dropped:,} thrown out, "
                "which counts as done"
            ).format(queue=q.name, n=q.unfinished, put=q.put, done=q.done, dropped=q.dropped_owed)


JOIN: Final = Rule(
    name="join-never-finishes",
    when=mark(
        "A worker waits in join(), and part of what is unfinished was got by somebody who is over "
        "or left task_done() out, or who waits in get() for more that nobody will put; or it no "
        "longer exists at all."
    ),
    follows=mark("join() waits for ever, and with it whatever was to come after; nothing raises."),
    remedy=mark("call task_done() in a finally, once for each get() that succeeded"),
    see=mark(
        "Press f (forgotten task_done), then j (join() waiter): it goes on waiting when all else "
        "is done. F (one task_done too many) makes up for it, since asyncio counts calls, not "
        "items."
    ),
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
EARLY: Final = Rule(
    name="join-too-early",
    when=mark(
        "The last unfinished thing was marked done and join() let go who waited in it, while a "
        "worker was in put() on that queue, in line or just woken."
    ),
    follows=mark(
        "put() counts a thing as unfinished once it is in the queue, and not before. join() "
        "returns though there is more to do; what comes after it, such as cancel(), strikes "
        "producers at work."
    ),
    remedy=mark("wait for the producers first, and for the queue in join() after that"),
    see=mark("Play the lesson blocked-put-uncounted: main does not wait for its producer."),
    evidence=_join_too_early,
    broken="""\
await queue.join()      # a producer is still in put() ...
for task in tasks:
    task.cancel()       # ... and is struck there
""",
    fixed="""\
await asyncio.gather(*producers)    # all is in
await queue.join()
""",
)
TASK_DONE: Final = Rule(
    name="task-done-too-often",
    when=mark(
        "task_done() was refused because nothing was unfinished, or fewer things are counted as "
        "unfinished than are queued or in the hands of somebody who has yet to mark them done."
    ),
    follows=mark(
        "ValueError('task_done() called too many times') where the count is zero. Where it is "
        "not, nothing raises, and join() returns while somebody is still at work."
    ),
    remedy=mark(
        "call task_done() once for each get() that succeeded, with the get() outside the try"
    ),
    see=mark("Press F (one task_done too many)."),
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
    when=mark(
        "A thing was got and its worker ended, or left the get() behind, without finishing it; or "
        "a finally marked it done although the work was broken off; or a shutdown or a heap that "
        "cannot compare threw it away."
    ),
    follows=mark(
        "The item is gone: it is in no queue and in nobody's hands, and nothing raises. Where "
        "it was not marked done, join() waits for it for ever."
    ),
    remedy=mark(
        "finish the item in hand before ending: stop consumers by a sentinel or shutdown(), not "
        "by cancel() or shutdown(immediate=True)"
    ),
    see=mark("Press c (cancel a worker) while a consumer works."),
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
    when=mark(
        "What was put into a queue is not what was got from it and lies in it, or what is "
        "unfinished is not what was put and is not done."
    ),
    follows=mark(
        "Nothing by itself: a shutdown or a heap that cannot compare took things out, or kept "
        "some whose put failed, and the rule says how many."
    ),
    remedy=mark("nothing to mend in the counting: this is where the difference comes from"),
    see=mark("Press K (shutdown(immediate=True)) while things are queued."),
    evidence=_counts,
)
