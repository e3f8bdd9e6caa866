"""The state, folded from events alone, is what the real queues and tasks are."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import DISTURBANCES, Command, Inject, SetValue
from qdash.engine import Lab
from qdash.engine.watching import describe
from qdash.events import Event, Header
from qdash.scenarios import SLUGS, scenario
from qdash.state import ENDED_LIMIT, State

PLENTY = 1_000_000
HEADER = Header("none", 7, "3.11", {})

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "maxsize": st.sampled_from([0, 1, 2, 3, 5, 8]),
    "producers": st.integers(0, 5),
    "consumers": st.integers(0, 5),
    "produce_time": st.sampled_from([0.05, 0.3, 1.0, 3.0]),
    "consume_time": st.sampled_from([0.05, 0.3, 1.0, 3.0]),
    "jitter": st.sampled_from(["constant", "uniform", "exponential"]),
    "arrivals": st.sampled_from(["as-jitter", "bursty", "day", "pareto"]),
    "work": st.sampled_from(["as-jitter", "lognormal"]),
    "failing": st.sampled_from([0.0, 0.0, 0.2, 1.0]),
    "backoff": st.sampled_from([0.0, 0.5]),
    "put_policy": st.sampled_from(["wait", "timeout", "drop-newest", "drop-oldest"]),
    "put_timeout": st.sampled_from([None, 0.1, 0.5, 2.0]),
    "get_timeout": st.sampled_from([None, 0.1, 0.5, 2.0]),
    "discipline": st.sampled_from(["fifo", "lifo", "priority"]),
    "items": st.sampled_from([None, 1, 10, 40]),
    "supervise": st.booleans(),
}
SETTINGS = st.fixed_dictionaries({}, optional=VALUES)
WORKERS = st.sampled_from(["", "", "P1", "P2", "C1", "C2", "D1", "J3", "V1", "S1", "main", "you1"])


@st.composite
def commands(draw: st.DrawFn) -> Command:
    if draw(st.booleans()):
        name = draw(st.sampled_from(sorted(VALUES)))
        return SetValue(name, draw(VALUES[name]))
    kind = DISTURBANCES[draw(st.sampled_from(sorted(DISTURBANCES)))]
    target = draw(WORKERS if kind.target == "worker" else st.sampled_from(["", "results", "slots"]))
    amount = draw(st.sampled_from([None, 1, 3])) if kind.amount is not None else None
    return Inject(kind.name, target, amount)


PLANS = st.lists(st.tuples(st.sampled_from([0.0, 0.01, 0.2, 1.0, 4.0]), commands()), max_size=25)


def labels(lab: Lab, name: str) -> list[int | str]:
    """What really lies in a queue, in the order in which get will take it."""
    queue = lab.queues[name]
    items = queue.items()
    if queue.discipline == "lifo":
        items.reverse()
    elif queue.discipline == "priority":
        items.sort()
    return [describe(item)[0] for item in items]


def check_same(lab: Lab, state: State) -> None:
    """Compare the state with the queues and tasks themselves.

    A waiting call that was cancelled has left the line, but tells so only when its task runs.
    """
    assert set(state.queues) == set(lab.queues)
    for name, queue in lab.queues.items():
        known = state.queues[name]
        assert known.size == queue.qsize()
        # A heap that met a thing which it could not compare is a heap no more, and what it kept
        # of a failed put is of unknown rank.
        comparable = not known.uncounted
        if comparable and name != "slots":
            assert [slot.item for slot in known.in_order()] == labels(lab, name)
        for op, line in (("put", known.putters), ("get", known.getters)):
            real = queue.waiting(op)
            told = [waiter.worker for waiter in line]
            if not lab.loop.has_ready:
                assert told == real
            assert [worker for worker in told if worker in real] == real
        assert known.unfinished == queue.unfinished
        assert known.maxsize == max(0, queue.maxsize)
        assert known.discipline == queue.discipline
        assert known.full == queue.full()
        assert known.is_shutdown == queue.is_shutdown
    assert {worker.name for worker in state.live()} == set(lab.workers)


def check_sums(state: State) -> None:
    """Every thing is somewhere, and every count has its reason."""
    for queue in state.queues.values():
        assert queue.put + queue.uncounted == queue.got + queue.size + queue.dropped + queue.lost
        assert queue.unfinished == queue.put - queue.done - queue.dropped_owed
        in_hands = {slot: name for slot, (name, kept) in queue.hands.items() if not kept.owed}
        held = {
            slot.slot: worker.name
            for worker in state.workers.values()
            for owner, slot in worker.hand
            if owner == queue.name and not slot.owed
        }
        assert held == {s: name for s, name in in_hands.items() if name in state.workers}
    for worker in state.workers.values():
        waits = [q for q in state.queues.values() for w in q.putters if w.worker == worker.name]
        waits += [q for q in state.queues.values() for w in q.getters if w.worker == worker.name]
        if worker.phase not in ("putting", "getting"):
            assert not waits
        elif not worker.woken:
            assert [queue.name for queue in waits] == [worker.queue]


def run(
    slug: str, given_settings: dict[str, Any], plan: list[tuple[float, Command]], *, step: bool
) -> tuple[State, list[Event], Lab]:
    lab = scenario(slug).lab(given_settings)
    state, events = State(lab.header), []
    lab.add_sink(state.apply)
    lab.add_sink(events.append)
    lab.start()
    t = 0.0
    for pause, command in plan:
        t += pause
        if step:
            for _ in range(30):
                lab.step(t)
                check_same(lab, state)
                check_sums(state)
        lab.advance(t, PLENTY)
        check_same(lab, state)
        lab.command(command, t)
        check_same(lab, state)
    lab.advance(t + 5.0, PLENTY)
    check_same(lab, state)
    check_sums(state)
    return state, events, lab


@pytest.mark.parametrize("step", [False, True])
@given(slug=st.sampled_from([*SLUGS, "service"]), given_settings=SETTINGS, plan=PLANS)
@settings(max_examples=150)
def test_the_state_is_what_the_queues_are(
    slug: str, given_settings: dict[str, Any], plan: list[tuple[float, Command]], step: bool
) -> None:
    state, events, lab = run(slug, given_settings, plan, step=step)
    assert state.events == len(events)
    loop_errors = [e for e in events if isinstance(e, ev.LoopError) and "listened" in e.error]
    assert not loop_errors
    lab.close()


@given(slug=st.sampled_from([*SLUGS, "service"]), given_settings=SETTINGS, plan=PLANS)
@settings(max_examples=60)
def test_unfinished_is_what_is_queued_or_got_unless_somebody_meddled(
    slug: str, given_settings: dict[str, Any], plan: list[tuple[float, Command]]
) -> None:
    state, _, lab = run(slug, given_settings, plan, step=False)
    meddled = any(isinstance(c, Inject) and c.what == "extra-done" for _, c in plan)
    for queue in state.queues.values():
        if not meddled and not queue.lost and not queue.uncounted:
            assert queue.astray == 0
    lab.close()


def facts(state: State) -> list[Any]:
    return [
        state.queues, state.workers, state.settings, state.last, state.steps, state.stepped,
        list(state.failures),
        state.t, state.events, state.stuck, state.ended, state.failure_count, state.workers_gone,
    ]  # fmt: skip


@given(
    slug=st.sampled_from([*SLUGS, "service"]),
    given_settings=SETTINGS,
    plan=PLANS,
    sizes=st.lists(st.integers(1, 50), min_size=1),
)
@settings(max_examples=40)
def test_batches_and_a_recording_give_the_same_state(
    slug: str,
    given_settings: dict[str, Any],
    plan: list[tuple[float, Command]],
    sizes: list[int],
) -> None:
    state, events, lab = run(slug, given_settings, plan, step=False)
    lab.close()
    batched, rest = State(lab.header), iter(events)
    for size in itertools.cycle(sizes):
        batch = list(itertools.islice(rest, size))
        if not batch:
            break
        batched.apply_all(batch)
    assert facts(batched) == facts(state)

    line = msgspec.json.encode(events)
    recorded = State(lab.header)
    recorded.apply_all(msgspec.json.decode(line, type=list[ev.AnyEvent]))
    assert facts(recorded) == facts(state)


# --- one rule at a time -----------------------------------------------------------------------


def fold(*events: Event) -> State:
    state = State(HEADER)
    state.apply_all(events)
    return state


MADE = ev.QueueMade(0.0, "jobs", 2)
CONSUMER = ev.WorkerStarted(0.0, "C1", "consumer")


def test_a_forgotten_task_done_is_owed_and_leaves_the_hand() -> None:
    state = fold(
        MADE, CONSUMER,
        ev.Put(1.0, "P1", "jobs", 1, 1), ev.Got(1.0, "C1", "jobs", 1, 1),
        ev.TaskDoneForgotten(2.0, "C1", "jobs"),
        ev.Put(3.0, "P1", "jobs", 2, 2), ev.Got(3.0, "C1", "jobs", 2, 2),
    )  # fmt: skip
    jobs = state.queues["jobs"]
    assert [slot.item for _, slot in jobs.owed] == [1]
    assert [slot.item for _, slot in state.workers["C1"].hand] == [2]
    state.apply(ev.TaskDone(4.0, "C1", "jobs"))
    assert [slot.item for _, slot in jobs.hands.values()] == [1]
    assert jobs.unfinished == 1


def test_what_a_worker_held_as_it_ended_stays_owed_though_it_starts_again() -> None:
    state = fold(
        MADE, CONSUMER,
        ev.Put(1.0, "P1", "jobs", 1, 1), ev.Got(1.0, "C1", "jobs", 1, 1),
        ev.WorkerEnded(2.0, "C1", "failed", "ValueError: no", "Traceback …"),
        ev.WorkerStarted(2.0, "C1", "consumer"),
    )  # fmt: skip
    assert state.workers["C1"].restarts == 1
    assert not state.workers["C1"].hand
    assert [(name, slot.item) for name, slot in state.queues["jobs"].owed] == [("C1", 1)]


def test_somebody_elses_task_done_lets_go_of_nothing_in_hand() -> None:
    state = fold(
        MADE, CONSUMER,
        ev.Put(1.0, "P1", "jobs", 1, 1), ev.Got(1.0, "C1", "jobs", 1, 1),
        ev.TaskDone(2.0, "you", "jobs"),
    )  # fmt: skip
    jobs = state.queues["jobs"]
    assert [slot.item for _, slot in state.workers["C1"].hand] == [1]
    assert (jobs.unfinished, jobs.astray) == (0, -1)
    state.apply(ev.TaskDoneRefused(3.0, "C1", "jobs"))
    assert not jobs.hands
    assert (jobs.too_often, jobs.astray) == (1, 0)


def test_a_child_task_marks_done_what_its_parent_got() -> None:
    state = fold(
        MADE, ev.WorkerStarted(0.0, "D1", "dispatcher"),
        ev.Put(1.0, "P1", "jobs", 1, 1), ev.Put(1.0, "P1", "jobs", 2, 2),
        ev.Got(1.0, "D1", "jobs", 1, 1), ev.Got(1.0, "D1", "jobs", 2, 2),
        ev.WorkerStarted(1.0, "J1", "job", "D1"), ev.WorkerStarted(1.0, "J2", "job", "D1"),
        ev.Working(1.0, "J2", 2, 1.0),
        ev.TaskDone(2.0, "J2", "jobs"),
    )  # fmt: skip
    assert [slot.item for _, slot in state.workers["D1"].hand] == [1]
    assert [slot.item for _, slot in state.queues["jobs"].hands.values()] == [1]


def test_priority_serves_equal_ranks_by_number() -> None:
    state = fold(
        ev.QueueMade(0.0, "jobs", 0, "priority"),
        ev.Put(1.0, "P1", "jobs", 1, 9, rank=2.0),
        ev.Put(1.0, "P1", "jobs", 2, 4, rank=2.0),
        ev.Put(1.0, "P1", "jobs", 3, 7, rank=1.0),
    )
    assert [slot.item for slot in state.queues["jobs"].in_order()] == [7, 4, 9]


def test_the_workers_that_are_over_are_bounded() -> None:
    state, many = fold(MADE), 3 * ENDED_LIMIT
    for n in range(many):
        state.apply(ev.WorkerStarted(float(n), f"J{n}", "job"))
        state.apply(ev.WorkerEnded(float(n), f"J{n}", "returned"))
    assert len(state.workers) == ENDED_LIMIT
    assert state.workers_gone == many - ENDED_LIMIT
    assert state.workers[f"J{many - 1}"].how == "returned"


def test_a_name_used_again_is_not_let_go_before_its_time() -> None:
    state = fold(MADE)
    for _ in range(ENDED_LIMIT):
        state.apply(ev.WorkerStarted(0.0, "C1", "consumer"))
        state.apply(ev.WorkerEnded(0.0, "C1", "cancelled"))
    for n in range(ENDED_LIMIT - 1):
        state.apply(ev.WorkerStarted(1.0, f"J{n}", "job"))
        state.apply(ev.WorkerEnded(1.0, f"J{n}", "returned"))
    assert "C1" in state.workers
    assert state.workers_gone == 0
