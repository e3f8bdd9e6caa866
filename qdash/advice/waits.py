"""Rules about waiting: for ever, in a circle, for somebody dead, or in the wrong place in line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from qdash.advice.rule import Look, Rule, and_more
from qdash.narrate import names, ordinal
from qdash.state import QueueState, WorkerState
from qdash.words import mark, tr, trc, trn

_CALLS: Final = {
    "putting": mark("{who} in put()"),
    "getting": mark("{who} in get()"),
    "joining": mark("{who} in join()"),
}


class _Wait(NamedTuple):
    """Waiting in one kind of call on one queue."""

    queue: str
    phase: str


def _stuck(look: Look) -> Iterator[str]:
    if not look.state.stuck:
        return
    waiting = [
        tr(call).format(who=look.who(live))
        for phase, call in _CALLS.items()
        if (live := [w for w in look.live if w.phase == phase])
    ]
    text = tr("nothing is ready and no timer is set; there wait {workers}")
    yield text.format(workers=trc("list", "; ").join(waiting) or tr("workers"))


def _circular_wait(look: Look) -> Iterator[str]:
    waits: dict[_Wait, list[WorkerState]] = {}
    for worker in look.live:
        if worker.phase in _CALLS and worker.deadline is None and not worker.woken:
            waits.setdefault(_Wait(worker.queue, worker.phase), []).append(worker)
    helpers = {wait: _helpers(look, wait) for wait in waits}
    # What is left in the end: waits of which all who could end them are themselves in such a wait.
    hopeless = set(waits)
    while freed := {
        wait for wait in hopeless if any(_waits(h, waits) not in hopeless for h in helpers[wait])
    }:
        hopeless -= freed
    told: set[_Wait] = set()
    for start in waits:
        circle = _circle(start, {}, hopeless - told, helpers, waits)
        told.update(circle)
        if circle:
            yield trc("list", "; ").join(
                tr("{waits}, which is up to {who}").format(
                    waits=_for_what(look, wait, look.who(waits[wait])), who=look.who(ends)
                )
                for wait, after in zip(circle, [*circle[1:], circle[0]], strict=True)
                if (ends := [h for h in helpers[wait] if _waits(h, waits) == after])
            )


def _waits(worker: WorkerState, waits: dict[_Wait, list[WorkerState]]) -> _Wait | None:
    """Return in which of the waits a worker is; None where it can go on by itself."""
    wait = _Wait(worker.queue, worker.phase)
    stays = worker.deadline is None and not worker.woken
    return wait if stays and wait in waits else None


def _helpers(look: Look, wait: _Wait) -> list[WorkerState]:
    """Return the live workers that could end a wait: they may take, put, or mark done."""
    queue = look.state.queues.get(wait.queue)
    if queue is None:
        return []
    if wait.phase == "putting":
        return look.takers(queue)
    if wait.phase == "getting":
        return look.givers(queue)
    holders = {name for name, slot in queue.hands.values() if not slot.owed}
    owing = [worker for worker in look.live if worker.name in holders]
    return owing + [w for w in look.takers(queue) if queue.size and w.name not in holders]


def _circle(
    start: _Wait,
    path: dict[_Wait, None],
    within: set[_Wait],
    helpers: dict[_Wait, list[WorkerState]],
    waits: dict[_Wait, list[WorkerState]],
) -> list[_Wait]:
    """Return waits each of which is for workers in the next one, and the last for the first."""
    if start in path:
        all_waits = list(path)
        return all_waits[all_waits.index(start) :]
    if start not in within:
        return []
    for after in dict.fromkeys(_waits(helper, waits) for helper in helpers[start]):
        if after is not None:
            found = _circle(after, {**path, start: None}, within, helpers, waits)
            if found:
                return found
    return []


def _for_what(look: Look, wait: _Wait, who: str) -> str:
    queue = look.state.queues[wait.queue]
    if wait.phase == "putting":
        return tr("{who} in put() for room in {queue} ({n:,}/{maxsize:,})").format(
            who=who, queue=queue.name, n=queue.size, maxsize=queue.maxsize
        )
    if wait.phase == "getting":
        return tr("{who} in get() for something in {queue}").format(who=who, queue=queue.name)
    return tr("{who} in join() for {n:,} unfinished in {queue}").format(
        who=who, n=queue.unfinished, queue=queue.name
    )


def _workers_dead(look: Look) -> Iterator[str]:
    if look.over:
        return
    for queue in look.queues:
        if queue.size or queue.putters:
            what = trn("{n:,} thing in {queue}", "{n:,} things in {queue}", queue.size)
            yield from _dead(look, queue, 1, what.format(n=queue.size, queue=queue.name))
        if queue.getters:
            what = trn(
                "{n:,} worker waiting in get() on {queue}",
                "{n:,} workers waiting in get() on {queue}",
                len(queue.getters),
            )
            yield from _dead(look, queue, -1, what.format(n=len(queue.getters), queue=queue.name))


def _dead(look: Look, queue: QueueState, step: int, what: str) -> Iterator[str]:
    role = look.role(queue, step)
    if not role:
        return
    crew = look.roles.get(role, [])
    parents = {worker.parent for worker in crew} - {"main"}
    if any(worker.name in parents for worker in look.live):
        return  # whoever starts them can start more
    failed = [worker for worker in crew if worker.how == "failed"]
    places = [_where_it_failed(look, worker) for worker in failed]
    ended = [
        tr(_HOW.get(w.how, mark("{who} ended"))).format(who=w.name)
        for w in crew
        if w.how not in ("", "returned")
    ]
    live = look.takers(queue) if step > 0 else look.givers(queue)
    if not look.alive(role) and not any(worker.role != "main" for worker in live):
        if ended or step > 0:
            errors = [
                tr("{who}: {error}").format(who=at, error=w.error)
                for at, w in zip(places, failed, strict=True)
            ]
            text = tr("no {role} is alive ({how}), with {what}")
            if not ended:
                text = tr("no {role} is alive, with {what}")
            yield text.format(role=role, how=names(errors or ended), what=what)
    elif failed and step > 0:
        why = names(list(dict.fromkeys(worker.error for worker in failed)), 2)
        yield trn(
            "{who} failed and was not started again ({why}), with {what}",
            "{who} failed and were not started again ({why}), with {what}",
            len(failed),
        ).format(who=names(places), why=why, what=what)


_HOW: Final = {
    "cancelled": mark("{who} cancelled"),
    "failed": mark("{who} failed"),
    "shutdown": mark("{who} shutdown"),
}


def _where_it_failed(look: Look, worker: WorkerState) -> str:
    """Name a worker that failed, with the line of its own function at which it did."""
    in_role = re.compile(rf"line (\d+), in {re.escape(worker.role)}$", re.MULTILINE)
    for failure in reversed(look.state.failures):
        if failure.worker == worker.name:
            lines = in_role.findall(failure.traceback)
            if not lines:
                return worker.name
            return tr("{who} (line {line})").format(who=worker.name, line=lines[-1])
    return worker.name


def _barged_put(look: Look) -> Iterator[str]:
    for queue in look.queues:
        barged = [each for each in enumerate(queue.putters, 1) if each[1].barged]
        if barged:
            place, waiter = max(barged, key=lambda each: each[1].barged)
            text = trn(
                "{who} was woken for a slot of {queue}, found it taken, and stands {place} in line",
                "{who} was woken for a slot of {queue}, found it taken {n:,} times by now, and "
                "stands {place} in line",
                waiter.barged,
            )
            evidence = text.format(
                who=look.named(waiter.worker), queue=queue.name, n=waiter.barged,
                place=ordinal(place),
            )  # fmt: skip
            yield and_more(evidence, len(barged) - 1)


def _over_capacity(look: Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.over:
            text = tr("{queue} holds {n:,} with a maxsize of {maxsize:,}: {over:,} too many")
            yield text.format(
                queue=queue.name, n=queue.size, maxsize=queue.maxsize, over=queue.over
            )


STUCK: Final = Rule(
    name="stuck",
    when=mark("Nothing is ready to run and no timer is set."),
    follows=mark(
        "Without help from outside nothing can ever happen again. A real program would sit "
        "there, at no load and without a word."
    ),
    remedy=mark(
        "break the circle: start a worker on the side that is missing, make room, or send a "
        "stop signal to each who waits in get()"
    ),
    see=mark("Set items to 5 and consumers to 0, and wait until the producers have returned."),
    evidence=_stuck,
)
CIRCLE: Final = Rule(
    name="circular-wait",
    when=mark(
        "Workers wait without a timeout, and everybody who could end the wait of one of them (who "
        "takes from the full queue, puts into the empty one, or owes a task_done) waits likewise, "
        "in a circle."
    ),
    follows=mark("A deadlock: none of them ever goes on, however long the others work."),
    remedy=mark(
        "let one stage not wait: an unbounded queue, put_nowait() with a way out when it is "
        "full, or a timeout around put()"
    ),
    see=mark(
        "Needs a program of one's own: two workers that each put into the other's bounded queue."
    ),
    evidence=_circular_wait,
    broken="""\
async def stage(inbox, outbox):  # two, in a circle
    while True:
        item = await inbox.get()
        await outbox.put(item)   # both full: for ever
""",
    fixed="""\
async def stage(inbox, outbox):
    while True:
        item = await inbox.get()
        try:
            outbox.put_nowait(item)
        except asyncio.QueueFull:
            spill(item)
""",
)
DEAD: Final = Rule(
    name="workers-dead",
    when=mark(
        "Things lie in a queue and no worker that takes from it is alive, or one of them failed "
        "and was not started again; or workers wait in get() and all who put have failed or were "
        "cancelled."
    ),
    follows=mark(
        "The queue fills, whoever puts blocks, and join() never returns. The exception is "
        "printed only when the task is collected: never, while a list holds it."
    ),
    remedy=mark(
        "start workers on that side, catch what an item can raise, and start failed ones again "
        "(supervise)"
    ),
    see=mark(
        "Press x (exception through the queue): one consumer fails and the others know nothing."
    ),
    evidence=_workers_dead,
    broken="""\
for _ in range(3):
    tasks.add(asyncio.create_task(consumer(queue)))
await queue.join()      # all three failed: for ever
""",
    fixed="""\
async with asyncio.TaskGroup() as group:
    for _ in range(3):
        group.create_task(consumer(queue))
    await queue.join()  # one that fails cancels it
""",
)
BARGED: Final = Rule(
    name="barged-put",
    when=mark(
        "A worker in the line of putters was woken for a slot before, found none free when it "
        "ran, and went to the back of the line."
    ),
    follows=mark(
        "Order among putters is not kept: who came first may be served last, and while others "
        "keep taking the slot first, it may wait without end (CPython issue gh-83055)."
    ),
    remedy=mark(
        "put under one asyncio.Lock, which is fair, or from one task only; do not count on the "
        "order of putters"
    ),
    see=mark(
        "Set jitter to constant and producers to 6: a get() and the put() of one who has not "
        "waited then often fall on one instant."
    ),
    evidence=_barged_put,
    broken="""\
await queue.put(1)      # task A, woken for a slot ...
await queue.put(2)      # ... that task B finds free first
""",
    fixed="""\
async with lock:        # asyncio.Lock(): first come, first in
    await queue.put(1)
""",
)
OVER: Final = Rule(
    name="over-capacity",
    when=mark("A queue holds more than its maxsize, since it was made smaller than its content."),
    follows=mark(
        "put() waits until get() has brought it below maxsize. asyncio itself cannot resize "
        "a queue; the lab can."
    ),
    remedy=mark("nothing is lost: put() waits until get() has brought it below maxsize"),
    see=mark("Set maxsize to 1 while the queue is full."),
    evidence=_over_capacity,
)
