"""Rules about stopping: sentinels, cancellation, timeouts and calls that are left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from qdash.advice.rule import Look, Rule, and_more
from qdash.events import Put
from qdash.narrate import ordinal, seconds
from qdash.state import orphaned
from qdash.words import mark, tr, trn

FEW: Final = 5
"""From how many given-up puts on, in the stretch looked back at, their share is worth a word."""


def _sentinel_stuck(look: Look) -> Iterator[str]:
    for queue in look.queues:
        stops = [waiter.worker for waiter in queue.putters if waiter.shape == "stop"]
        takers = [w for w in look.takers(queue) if w.name not in stops] if stops else []
        if stops and queue.full and not takers:
            yield tr(
                "{who} is blocked in put() of a stop signal: {queue} is full ({n:,}/{maxsize:,}) "
                "and no worker alive takes from it"
            ).format(
                who=look.named(stops[0]), queue=queue.name, n=queue.size, maxsize=queue.maxsize
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
            alive_of = trn("{n:,} {role}", "{n:,} {role}s", len(alive))
            yield trn(
                "{n:,} stop signal in {queue} for {alive}, {who}: {left:,} will not stop",
                "{n:,} stop signals in {queue} for {alive}, {who}: {left:,} will not stop",
                len(stops),
            ).format(
                n=len(stops), queue=queue.name, alive=alive_of.format(n=len(alive), role=takers),
                who=look.who(alive), left=len(alive) - len(stops),
            )  # fmt: skip


def _cancellation_swallowed(look: Look) -> Iterator[str]:
    swallowed = [(w, w.cancel) for w in look.live if w.swallowed and w.cancel is not None]
    if swallowed:
        worker, cancel = swallowed[0]
        evidence = tr(
            "{by} called cancel() on {worker} at {t:.2f} s, and it goes on: {does}"
        ).format(
            by=cancel.by or tr("code outside the workers"),
            worker=worker.name,
            t=cancel.t,
            does=_does(worker.doing).format(who=look.who([worker])),
        )
        yield and_more(evidence, len(swallowed) - 1)


_DOES: Final = {
    "putting": mark("{who} is in put()"),
    "getting": mark("{who} is in get()"),
    "joining": mark("{who} is in join()"),
    "making": mark("{who} makes an item"),
    "working": mark("{who} works"),
    "ended": mark("{who} is over"),
}


def _does(phase: str) -> str:
    return tr(_DOES.get(phase) or mark("{who} runs on"))


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
            if waiter.deadline is not None and waiter.deadline < look.state.t:
                given = seconds(waiter.deadline - waiter.since)
                does = tr("{who} gave it {time} and no more")
                does = does.format(who=look.who([worker]), time=given)
            elif worker.doing == "getting":
                does = tr("{who} has begun another get()").format(who=look.who([worker]))
            else:
                does = _does(worker.doing).format(who=look.who([worker]))
            evidence = tr(
                "a get() of {worker} stands {place} in the line of {queue} since {t:.2f} s, though "
                "{does}"
            ).format(
                worker=worker.name, place=ordinal(place), queue=queue.name, t=waiter.since,
                does=does,
            )  # fmt: skip
            yield and_more(evidence, len(left) - 1)


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
        evidence = tr(
            "{who} works {time} on {item}, and the timeout around it comes {early} before it is "
            "done"
        ).format(
            who=look.who([worker]),
            time=seconds(until - worker.since),
            item=_number(worker.item),
            early=seconds(until - deadline),
        )
        yield and_more(evidence, len(short) - 1)
    if look.over:
        return
    for queue in look.queues:
        if queue.gave_up < FEW:
            continue
        gave_up, puts = look.stretch.gave_up(queue.name), look.stretch.puts(queue.name)
        if gave_up >= FEW and gave_up > 2 * puts:
            rate = look.stretch.rate(queue.name)
            slot = (
                tr("a slot comes free every {time}").format(time=seconds(1 / rate))
                if rate
                else tr("no slot came free")
            )
            yield tr(
                "{n:,} of {puts:,} puts into {queue} gave up in the last {t:.0f} s: {slot}"
            ).format(
                n=gave_up, puts=gave_up + puts, queue=queue.name, t=look.stretch.seconds, slot=slot
            )


def _number(item: int | str) -> str:
    return f"#{item}" if isinstance(item, int) else item


SENTINEL: Final = Rule(
    name="sentinel-stuck",
    when=mark(
        "A worker is blocked in put() of a stop signal, since the queue is full, and no other "
        "worker alive takes from that queue."
    ),
    follows=mark(
        "The signal never goes in, and who sends it waits for ever: it stops nobody and is "
        "itself stopped."
    ),
    remedy=mark(
        "send stop signals while consumers are alive, or end the queue by shutdown(), which "
        "needs no room"
    ),
    see=mark("Cancel every consumer by hand (c), let the queue fill, and press s (stop signal)."),
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
    when=mark(
        "All producers are over, and fewer stop signals lie in the queue than there are consumers "
        "alive, with none on its way."
    ),
    follows=mark(
        "One sentinel stops the one consumer that gets it. The others wait in get() for ever."
    ),
    remedy=mark("put one stop signal for each consumer, or let each put it back for the next"),
    see=mark("In signals through the queue, wait until the producers are done, and press s."),
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
    when=mark(
        "cancel() was called on a worker, and after that it began to wait in get(), to make an "
        "item, or to work on another item than the one it had in hand."
    ),
    follows=mark(
        "The worker does not stop; who waits for its task waits for ever. On Python 3.11 "
        "wait_for(queue.get(), ...) does so by itself where the cancellation meets the delivery of "
        "an item: it returns the item, and the cancellation is gone."
    ),
    remedy=mark(
        "let CancelledError pass (raise it again where it is caught), and on 3.11 use "
        "asyncio.timeout() in place of wait_for()"
    ),
    see=mark("Needs a program that catches CancelledError, or wait_for() on Python 3.11."),
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
    when=mark(
        "A get() stands in line, though the worker that began it is over, does something else, "
        "has begun another get() since, or set a timeout around it that is past."
    ),
    follows=mark(
        "It takes the next item, and unless the worker has kept that task and awaits it later, "
        "nobody looks at it: the item is lost, and join() waits for it. asyncio.wait() with a "
        "timeout does not cancel what it waits for."
    ),
    remedy=mark(
        "use asyncio.wait_for() or asyncio.timeout(), which cancel the get(); after "
        "asyncio.wait() cancel what is pending"
    ),
    see=mark("Needs a program of one's own that uses asyncio.wait() with a timeout."),
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
    when=mark(
        "A worker works on an item, and the timeout around the work fires before it can be done; "
        "or 5 puts and more, and more than two in three, gave up in the last 20 s."
    ),
    follows=mark("Work is begun and thrown away, over and over; what is given up is lost."),
    remedy=mark(
        "give it more time than the work takes (for a put: than a slot takes to come free), or "
        "do something else with what is given up"
    ),
    see=mark("In timeouts, set put_timeout to 0.1 and consume_time to 20."),
    evidence=_timeout_too_short,
    broken="""\
await asyncio.wait_for(work(item), 1.0)  # takes 2 s
""",
    fixed="""\
await asyncio.wait_for(work(item), 10.0)
""",
)
