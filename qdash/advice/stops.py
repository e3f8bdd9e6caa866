"""Rules about stopping: sentinels, cancellation, timeouts and calls that are left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from qdash.advice.rule import Look, Rule, more
from qdash.events import Put
from qdash.narrate import ordinal, seconds, things
from qdash.state import orphaned

FEW: Final = 5
"""From how many given-up puts on, in the stretch looked back at, their share is worth a word."""


def _sentinel_stuck(look: Look) -> Iterator[str]:
    for queue in look.queues:
        stops = [waiter.worker for waiter in queue.putters if waiter.shape == "stop"]
        takers = [w for w in look.takers(queue) if w.name not in stops] if stops else []
        if stops and queue.full and not takers:
            yield (
                f"{look.named(stops[0])} is blocked in put() of a stop signal: {queue.name} is "
                f"full ({queue.size:,}/{queue.maxsize:,}) and no worker alive takes from it"
            )


def _too_few_sentinels(look: Look) -> Iterator[str]:
    if look.over:
        return
    for queue in look.queues:
        stops = [slot for slot in queue.slots.values() if slot.shape == "stop"]
        if not stops:
            continue
        makers, takers = look.role(queue, -1), look.role(queue, 1)
        alive = look.alive(takers)
        if not alive or not look.roles.get(makers) or look.alive(makers):
            continue
        # Whoever stands in line with one, or has put one and nothing else since, may put more.
        latest = look.state.last[0] if look.state.last is not None else None
        coming = any(waiter.shape == "stop" for waiter in queue.putters)
        if not look.state.placed:  # else its step is known to be over
            coming = coming or (type(latest) is Put and latest.shape == "stop")
        if not coming and len(stops) < len(alive):
            yield (
                f"{things(len(stops), 'stop signal')} in {queue.name} for "
                f"{things(len(alive), takers)}, {look.who(alive)}: "
                f"{len(alive) - len(stops):,} will not stop"
            )


def _cancellation_swallowed(look: Look) -> Iterator[str]:
    swallowed = [(w, w.cancel) for w in look.live if w.swallowed and w.cancel is not None]
    if swallowed:
        worker, cancel = swallowed[0]
        yield (
            f"{cancel.by or 'code outside the workers'} called cancel() on {worker.name} at "
            f"{cancel.t:.2f} s, and it goes on: {look.who([worker])} {_does(worker.doing)}"
            f"{more(len(swallowed) - 1)}"
        )


def _does(phase: str) -> str:
    calls = {"putting": "is in put()", "getting": "is in get()", "joining": "is in join()"}
    plain = {"making": "makes an item", "working": "works", "ended": "is over"}
    return calls.get(phase) or plain.get(phase, "runs on")


def _orphaned_getter(look: Look) -> Iterator[str]:
    if look.over:
        return
    for queue in look.queues:
        left = [
            each for each in enumerate(queue.getters, 1) if orphaned(look.state, queue, each[1])
        ]
        if left:
            place, waiter = left[0]
            worker = look.state.workers[waiter.worker]
            does = "has begun another get()" if worker.doing == "getting" else _does(worker.doing)
            if waiter.deadline is not None and waiter.deadline < look.state.t:
                does = f"gave it {seconds(waiter.deadline - waiter.since)} and no more"
            yield (
                f"a get() of {worker.name} stands {ordinal(place)} in the line of {queue.name} "
                f"since {waiter.since:.2f} s, though {look.who([worker])} {does}"
                f"{more(len(left) - 1)}"
            )


def _timeout_too_short(look: Look) -> Iterator[str]:
    short = [
        (worker, until, deadline)
        for worker in look.live
        if worker.phase == "working"
        and (until := worker.until) is not None
        and (deadline := worker.deadline) is not None
        and deadline < until
    ]
    if short:
        worker, until, deadline = short[0]
        yield (
            f"{look.who([worker])} works {seconds(until - worker.since)} on "
            f"{_number(worker.item)}, and the timeout around it comes {seconds(until - deadline)} "
            f"before it is done{more(len(short) - 1)}"
        )
    if look.over:
        return
    for queue in look.queues:
        if queue.gave_up < FEW:
            continue
        gave_up, puts = look.stretch.gave_up(queue.name), look.stretch.puts(queue.name)
        if gave_up >= FEW and gave_up > 2 * puts:
            rate = look.stretch.rate(queue.name)
            slot = f"a slot comes free every {seconds(1 / rate)}" if rate else "no slot came free"
            yield (
                f"{gave_up:,} of {gave_up + puts:,} puts into {queue.name} gave up in the last "
                f"{look.stretch.seconds:.0f} s: {slot}"
            )


def _number(item: int | str) -> str:
    return f"#{item}" if isinstance(item, int) else item


SENTINEL: Final = Rule(
    name="sentinel-stuck",
    when="A worker is blocked in put() of a stop signal, since the queue is full, and no other "
    "worker alive takes from that queue.",
    follows="The signal never goes in, and who sends it waits for ever: it stops nobody and is "
    "itself stopped.",
    remedy="send stop signals while consumers are alive, or end the queue by shutdown(), which "
    "needs no room",
    see="Cancel every consumer by hand (c), let the queue fill, and press s (stop signal).",
    evidence=_sentinel_stuck,
    broken="""\
await asyncio.wait(consumers)   # they have all failed
await queue.put(None)           # full, and nobody takes
""",
    fixed="""\
queue.shutdown()    # Python 3.13: needs no room
""",
)
SENTINELS: Final = Rule(
    name="too-few-sentinels",
    when="All producers are over, and fewer stop signals lie in the queue than there are consumers "
    "alive, with none on its way.",
    follows="One sentinel stops the one consumer that gets it. The others wait in get() for ever.",
    remedy="put one stop signal for each consumer, or let each put it back for the next",
    see="In signals through the queue, wait until the producers are done, and press s.",
    evidence=_too_few_sentinels,
    broken="""\
await queue.put(None)   # three consumers: two wait on
""",
    fixed="""\
for _ in consumers:
    await queue.put(None)
""",
)
SWALLOWED: Final = Rule(
    name="cancellation-swallowed",
    when="cancel() was called on a worker, and after that it began to wait in get(), to make an "
    "item, or to work on another item than the one it had in hand.",
    follows="The worker does not stop; who waits for its task waits for ever. On Python 3.11 "
    "wait_for(queue.get(), ...) does so by itself where the cancellation meets the delivery of an "
    "item: it returns the item, and the cancellation is gone.",
    remedy="let CancelledError pass (raise it again where it is caught), and on 3.11 use "
    "asyncio.timeout() in place of wait_for()",
    see="Needs a program that catches CancelledError, or wait_for() on Python 3.11.",
    evidence=_cancellation_swallowed,
    broken="""\
try:
    await work(item)
except BaseException:       # CancelledError is one
    log("failed")           # and the loop goes on
""",
    fixed="""\
try:
    await work(item)
except Exception:           # CancelledError is none
    log("failed")
""",
)
ORPHANED: Final = Rule(
    name="orphaned-getter",
    when="A get() stands in line, though the worker that began it is over, does something else, "
    "has begun another get() since, or set a timeout around it that is past.",
    follows="It takes the next item, and unless the worker has kept that task and awaits it later, "
    "nobody looks at it: the item is lost, and join() waits for it. asyncio.wait() with a timeout "
    "does not cancel what it waits for.",
    remedy="use asyncio.wait_for() or asyncio.timeout(), which cancel the get(); after "
    "asyncio.wait() cancel what is pending",
    see="Needs a program of one's own that uses asyncio.wait() with a timeout.",
    evidence=_orphaned_getter,
    broken="""\
getter = asyncio.create_task(queue.get())
done, pending = await asyncio.wait({getter}, timeout=1.0)
if not done:
    continue    # the getter lives, and eats an item
""",
    fixed="""\
try:
    async with asyncio.timeout(1.0):
        item = await queue.get()
except TimeoutError:
    continue
""",
)
TIMEOUT: Final = Rule(
    name="timeout-too-short",
    when="A worker works on an item, and the timeout around the work fires before it can be done; "
    f"or {FEW} puts and more, and more than two in three, gave up in the last 20 s.",
    follows="Work is begun and thrown away, over and over; what is given up is lost.",
    remedy="give it more time than the work takes (for a put: than a slot takes to come free), or "
    "do something else with what is given up",
    see="In timeouts, set put_timeout to 0.1 and consume_time to 20.",
    evidence=_timeout_too_short,
    broken="""\
await asyncio.wait_for(work(item), 1.0)  # takes 2 s
""",
    fixed="""\
await asyncio.wait_for(work(item), 10.0)
""",
)
