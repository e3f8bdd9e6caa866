"""Advice: named rules that say what is wrong in a lab, by what evidence, and what helps.

Each rule is an exact condition on the state; two need to know how time was spent, and look at the
figures. A rule speaks as long as its condition holds and no longer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from qdash.state import QueueState, Slot, State, WorkerState
from qdash.stats import Stats

MANY: Final = 100
"""From how many things in an unbounded queue, or tasks in a crowd, growth is worth a word."""
STRETCH: Final = 20.0
"""Over how many virtual seconds, at least, the screen looks back at how time was spent."""


class Advice(msgspec.Struct, frozen=True):
    """What one rule has to say."""

    rule: str
    evidence: str
    remedy: str


class Spent(msgspec.Struct, frozen=True):
    """How time was spent from the beginning up to ``t``, in seconds, added up."""

    t: float = 0.0
    full: dict[str, float] = {}
    """For each queue, how long it was full."""
    roles: dict[str, dict[str, float]] = {}
    """For each role, how long its workers were in each phase."""

    @classmethod
    def of(cls, stats: Stats, t: float) -> Spent:
        """Take it from the figures."""
        full = {
            name: queue.full_fraction(t) * max(0.0, t - queue.began)
            for name, queue in stats.queues.items()
        }
        roles: dict[str, dict[str, float]] = {}
        for worker in stats.workers.values():
            phases = roles.setdefault(worker.role, {})
            for phase, seconds in worker.spent.items():
                now = t - worker.since if phase == worker.phase else 0.0
                phases[phase] = phases.get(phase, 0.0) + seconds + now
        return cls(t, full, roles)

    def full_since(self, before: Spent, queue: str) -> float:
        """Return the part of the time since ``before`` in which the queue was full."""
        seconds = self.full.get(queue, 0.0) - before.full.get(queue, 0.0)
        return seconds / (self.t - before.t) if self.t > before.t else 0.0

    def part_since(self, before: Spent, role: str, phase: str) -> float:
        """Return the part of their time since ``before`` that the workers of a role spent so."""
        mine, then = self.roles.get(role, {}), before.roles.get(role, {})
        spent = {name: max(0.0, mine[name] - then.get(name, 0.0)) for name in mine}
        life = sum(spent.values())
        return spent.get(phase, 0.0) / life if life > 0 else 0.0


class LookBack:
    """Keeps as much of the past as it takes to tell how time was spent of late."""

    def __init__(self, stretch: float = STRETCH) -> None:
        self._stretch = stretch
        self._past: deque[Spent] = deque([Spent()])

    def before(self, stats: Stats, t: float) -> Spent:
        """Return how time had been spent up to about ``STRETCH`` seconds before ``t``."""
        past = self._past
        if t >= past[-1].t + self._stretch / 10:
            past.append(Spent.of(stats, t))
        while len(past) > 1 and past[1].t <= t - self._stretch:
            past.popleft()
        return past[0]


def check(state: State, stats: Stats | None = None, before: Spent | None = None) -> list[Advice]:
    """Return all that the rules have to say, the gravest first.

    Without ``stats`` the rules that need figures are silent. They look at the time since
    ``before``, by default since the beginning.
    """
    spent = None if stats is None else Spent.of(stats, state.t)
    look = _Look(state, spent, before or Spent())
    return [
        Advice(name, evidence, remedy)
        for name, (rule, remedy) in RULES.items()
        for evidence in rule(look)
    ]


# --- what the rules look at -------------------------------------------------------------------


class _Look:
    def __init__(self, state: State, spent: Spent | None, before: Spent) -> None:
        self.state = state
        self.spent = spent
        self.before = before
        self.queues = list(state.queues.values())
        self.over = state.ended is not None
        self.roles: dict[str, list[WorkerState]] = {}
        for worker in state.workers.values():
            self.roles.setdefault(worker.role, []).append(worker)

    def beside(self, queue: QueueState, step: int) -> str:
        """The role left (-1) or right (1) of a queue on the stage; "" if there is none."""
        for row in self.state.header.layout:
            at = row.index(f"@{queue.name}") if f"@{queue.name}" in row else -1
            if at >= 0 and 0 <= at + step < len(row):
                return row[at + step]
        return ""

    def alive(self, role: str) -> int:
        return sum(worker.alive for worker in self.roles.get(role, ()))


def _things(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _names(names: list[str], most: int = 3) -> str:
    """``P1, P2 and 4 more``."""
    if len(names) <= most:
        return " and ".join(filter(None, [", ".join(names[:-1]), names[-1] if names else ""]))
    return f"{', '.join(names[:most])} and {len(names) - most:,} more"


def _held(held: list[tuple[str, Slot]]) -> str:
    """What was got by whom, and why it will not be marked done."""
    return _names([f"{slot.label} got by {name} ({slot.owed})" for name, slot in held])


def _share(part: float) -> str:
    return f"{100 * part:.0f} %"


# --- the rules: each yields its evidence, once for every queue that shows it -------------------


def _join_never_finishes(look: _Look) -> Iterator[str]:
    parents = {worker.parent for worker in look.state.live()}
    for queue in look.queues:
        owed = [held for held in queue.owed if held[0] not in parents]  # a child may still do it
        never = len(owed) + queue.astray
        if not queue.joiners or never <= 0:
            continue
        why = ": " * bool(owed) + _held(owed)
        waits = "waits" if len(queue.joiners) == 1 else "wait"
        yield (
            f"{_names(list(queue.joiners))} {waits} in join() on {queue.name}, but of "
            f"{queue.unfinished:,} unfinished nobody will mark {never:,} done{why}"
        )


def _stuck(look: _Look) -> Iterator[str]:
    if not look.state.stuck:
        return
    calls = {"putting": "put()", "getting": "get()", "joining": "join()"}
    waiting = [
        f"{_names([w.name for w in live])} in {call}"
        for phase, call in calls.items()
        if (live := [w for w in look.state.live() if w.phase == phase])
    ]
    yield f"nothing is ready and no timer is set; there wait {'; '.join(waiting) or 'workers'}"


def _workers_dead(look: _Look) -> Iterator[str]:
    if look.over:
        return
    for queue in look.queues:
        waiting = {
            1: (queue.size or queue.putters, f"{_things(queue.size, 'thing')} in {queue.name}"),
            -1: (queue.getters, f"{_things(len(queue.getters), 'worker')} waiting in get()"),
        }
        for step, (wait, what) in waiting.items():
            role = look.beside(queue, step)
            crew = look.roles.get(role, ())
            failed = [f"{w.name} ({w.error})" for w in crew if w.how == "failed"]
            ended = [f"{w.name} {w.how}" for w in crew if w.how not in ("", "returned")]
            if not wait or role.startswith("@"):
                continue
            if role and not look.alive(role) and (ended or step > 0):
                how = f" ({_names(failed or ended)})" if ended else ""
                yield f"no {role} is alive{how}, with {what}"
            elif failed and step > 0:
                yield f"{_names(failed)} failed and was not started again, with {what}"


def _too_few_sentinels(look: _Look) -> Iterator[str]:
    for queue in look.queues:
        makers, takers = look.beside(queue, -1), look.beside(queue, 1)
        alive = look.alive(takers)
        if look.over or not alive or not look.roles.get(makers) or look.alive(makers):
            continue
        stops = [slot for slot in queue.slots.values() if slot.shape == "stop"]
        # Whoever stands in line with one may have more to put; and one put just now, more to come.
        coming = any(waiter.shape == "stop" for waiter in queue.putters)
        late = any(slot.since >= look.state.t for slot in stops)
        if stops and not coming and not late and len(stops) < alive:
            yield (
                f"{_things(len(stops), 'stop signal')} in {queue.name} for "
                f"{_things(alive, takers)}: {alive - len(stops):,} will not stop"
            )


def _over_capacity(look: _Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.over:
            yield (
                f"{queue.name} holds {queue.size:,} with a maxsize of {queue.maxsize:,}: "
                f"{queue.over:,} too many"
            )


def _unbounded_growth(look: _Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.maxsize == 0 and queue.size > MANY and queue.size >= 0.9 * queue.peak:
            yield f"{queue.name} has no maxsize and has grown to {queue.size:,}"
    if look.over:
        return
    for role, crew in look.roles.items():
        # A crew is started by main or by a person; what other workers start may be without number.
        live = [w for w in crew if w.alive and look.state.workers.get(w.parent, w).parent]
        blocked = sum(worker.phase == "putting" for worker in live)
        if len(live) > MANY and blocked > len(live) / 2:
            yield f"{len(live):,} tasks run {role}(), {blocked:,} of them blocked in put()"


def _bottleneck(look: _Look) -> Iterator[str]:
    spent, before = look.spent, look.before
    if spent is None or look.over or spent.t - before.t < STRETCH:
        return
    since = f"of the last {spent.t - before.t:.0f} s" if before.t else "of the time"
    for queue in look.queues:
        makers, takers = look.beside(queue, -1), look.beside(queue, 1)
        if not look.alive(makers) or not look.alive(takers):
            continue
        full = spent.full_since(before, queue.name)
        busy = spent.part_since(before, takers, "working")
        waiting = spent.part_since(before, takers, "getting")
        if full > 0.5 and busy > 0.5:
            yield (
                f"{queue.name} is full {_share(full)} {since}, and every {takers} works "
                f"{_share(busy)}: the {takers} side is the slower one"
            )
        elif waiting > 0.5 and busy > 0:  # who never works itself, but hands on, may well wait
            yield (
                f"every {takers} waits in get() on {queue.name} {_share(waiting)} {since}: "
                f"the {makers} side is the slower one"
            )


def _items_lost(look: _Look) -> Iterator[str]:
    for queue in look.queues:
        gone = [(name, slot) for name, slot in queue.owed if slot.owed != "forgotten"]
        if gone:
            yield f"got from {queue.name} and never done: {_held(gone)}"
        if queue.broken_off:
            what = f"{_things(queue.broken_off, 'thing')} from {queue.name}"
            yield f"{what} marked done by a finally, though the work was broken off"
        if queue.lost:
            yield f"{_things(queue.lost, 'item')} lost as {queue.name} could not compare them"
        if queue.dropped:
            yield f"{_things(queue.dropped, 'item')} thrown out of {queue.name} by shutdown"


def _counts(look: _Look) -> Iterator[str]:
    for q in look.queues:
        parts = [f"{q.got:,} got", f"{q.size:,} in it"]
        parts += [f"{q.dropped:,} thrown out"] * bool(q.dropped) + [f"{q.lost:,} lost"] * bool(
            q.lost
        )
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


def _task_done_too_often(look: _Look) -> Iterator[str]:
    for queue in look.queues:
        if queue.too_often:
            calls = _things(queue.too_often, "task_done() call")
            yield f"{calls} on {queue.name} raised ValueError: nothing was unfinished"
        if queue.astray < 0:
            yield (
                f"{queue.name}: {queue.unfinished:,} unfinished, though {queue.size:,} in it and "
                f"{len(queue.hands):,} got are not done: join() returns too early"
            )


RULES: Final[dict[str, tuple[Callable[[_Look], Iterator[str]], str]]] = {
    "stuck": (
        _stuck,
        "break the circle: start a worker on the side that is missing, make room, or send a stop "
        "signal to each who waits in get()",
    ),
    "join-never-finishes": (
        _join_never_finishes,
        "call task_done() in a finally, once for each get() that succeeded",
    ),
    "workers-dead": (
        _workers_dead,
        "start workers on that side, catch what an item can raise, and start failed ones again "
        "(supervise)",
    ),
    "task-done-too-often": (
        _task_done_too_often,
        "call task_done() once for each get() that succeeded, with the get() outside the try",
    ),
    "items-lost": (
        _items_lost,
        "finish the item in hand before ending: stop consumers by a sentinel or shutdown(), not by "
        "cancel() or shutdown(immediate=True)",
    ),
    "counts-do-not-add-up": (
        _counts,
        "nothing to mend in the counting: this is where the difference comes from",
    ),
    "unbounded-growth": (
        _unbounded_growth,
        "set a limit, so that put() holds back whoever makes too much: a maxsize, or a semaphore "
        "around the tasks",
    ),
    "too-few-sentinels": (
        _too_few_sentinels,
        "put one stop signal for each consumer, or let each put it back for the next",
    ),
    "over-capacity": (
        _over_capacity,
        "nothing is lost: put() waits until get() has brought it below maxsize",
    ),
    "bottleneck": (
        _bottleneck,
        "add workers to the slower side or make it faster; a larger maxsize only delays it",
    ),
}
"""Every rule by its name, the gravest first, with its remedy."""
