"""Rules about waking: when each fires, what near it does not, and how it clears."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.advice import wakes
from qdash.advice.rule import Look
from qdash.commands import DISTURBANCES, Command, Inject, SetValue
from qdash.engine import Lab
from qdash.scenarios import SLUGS
from qdash.state import State
from tests.advice.watched import OPEN, Program, Watched, evidence, fold

NEW = ("putters-asleep", "not-thread-safe")

# --- putters-asleep ---------------------------------------------------------------------------


def enlarged(maxsize: int, *, by_resize: bool) -> Program:
    """Three blocked in put() before a queue of one, which is larger from 1 s on."""

    async def producer(lab: Lab, queue: Any) -> None:
        await queue.put(0)

    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs", maxsize=1)
        tasks = [asyncio.create_task(producer(lab, queue), name=f"P{n}") for n in range(1, 5)]
        await asyncio.sleep(1)
        if by_resize:
            queue.resize(maxsize)
        else:
            queue._maxsize = maxsize
        lab.say(f"maxsize is {queue.maxsize} now")
        await asyncio.wait(tasks)

    return main


def test_putters_who_were_not_woken_for_slots_that_are_free() -> None:
    lab = Watched(enlarged(3, by_resize=False)).run(0.5)
    assert "putters-asleep" not in lab.says()  # the queue is full
    lab.run(1.0)
    assert lab.says()["putters-asleep"] == (
        "P2, P3 and P4 wait in put() on jobs, which has room (1 of 3 slots taken), and nobody has "
        "woken them"
    )
    lab.inject("drain").run(1.0)  # wakes one
    assert lab.says()["putters-asleep"].startswith("P3 and P4 wait in put()")


def test_putters_asleep_before_a_queue_without_end() -> None:
    lab = Watched(enlarged(0, by_resize=False)).run(2.0)
    assert "which has room (no maxsize)" in lab.says()["putters-asleep"]


@pytest.mark.parametrize("maxsize", [0, 2, 3, 10])
def test_putters_who_are_woken_for_each_new_slot_do_not_sleep(maxsize: int) -> None:
    lab = Watched(enlarged(maxsize, by_resize=True))
    for _ in range(4):
        assert "putters-asleep" not in lab.run(0.5).says()


def test_between_a_get_and_the_waking_that_it_causes_nobody_sleeps() -> None:
    begun = [
        *(ev.WorkerStarted(0.0, name, role="producer") for name in ("P1", "P2")),
        *(ev.Put(0.0, "", "jobs", slot, slot) for slot in range(1, 6)),
        *(ev.PutWaiting(1.0, name, "jobs", 6) for name in ("P1", "P2")),
    ]
    got, woken = ev.Got(2.0, "C1", "jobs", 1, 1), ev.Woken(2.0, "P1", "jobs", "put", "C1")
    for events in ((), (got,), (got, woken), (got, woken, ev.Noted(2.0, "main", "!"))):
        assert evidence(fold(*begun, *events), "putters-asleep") == []
    other = fold(*begun, got, ev.Noted(2.0, "main", "!"))
    assert evidence(other, "putters-asleep") == [
        "P1 and P2 wait in put() on jobs, which has room (4 of 5 slots taken), and nobody has "
        "woken them"
    ]


# --- not-thread-safe --------------------------------------------------------------------------


def test_a_worker_that_a_thread_has_woken_and_the_loop_does_not_run() -> None:
    lab = Watched("not-thread-safe/broken").run(3.0)
    assert "not-thread-safe" not in lab.says()  # no time is known to have passed
    lab.run(1.5)
    assert lab.says()["not-thread-safe"] == (
        "S1 is a thread, and woke C1 (line 33) at 2.00 s by what it did to readings; the loop has "
        "not run it since"
    ).replace(" (line 33)", "")
    assert "not-thread-safe" not in lab.run(1.0).says()  # it runs, at last
    assert "woke C1 at 8.00 s" in lab.run(20.0).says()["not-thread-safe"]


def test_threads_that_ask_the_loop_are_safe() -> None:
    lab = Watched("not-thread-safe/fixed", lines=True)
    for _ in range(60):
        assert "not-thread-safe" not in lab.run(0.25).says()


# --- neither of them, wherever nothing of the kind is done ------------------------------------

PLANS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.5, 3.0, 9.0]),
        st.sampled_from([Inject(name) for name in DISTURBANCES])
        | st.sampled_from(
            [
                *(SetValue("maxsize", size) for size in (0, 1, 2, 9)),
                *(SetValue("consumers", count) for count in (0, 1, 9)),
                *(SetValue("producers", count) for count in (0, 1, 9)),
                *(SetValue("discipline", name) for name in ("lifo", "priority", "fifo")),
                *(SetValue("put_timeout", timeout) for timeout in (0.1, None)),
                SetValue("consume_time", 5.0),
            ]
        ),
    ),
    max_size=10,
)


@given(slug=st.sampled_from([*SLUGS, "service", "barging/broken"]), plan=PLANS)
@settings(max_examples=40, deadline=None)
def test_no_false_alarm_after_any_event_at_all(
    slug: str, plan: Sequence[tuple[float, Command]]
) -> None:
    lab = Watched(slug)
    wrong: list[str] = []
    state: State = lab.state

    def look(event: ev.Event) -> None:
        seen = Look(state)
        for rule in (wakes.ASLEEP, wakes.THREAD):
            wrong.extend(f"{state.t} s, after {event}: {said}" for said in rule.evidence(seen))

    lab.lab.add_sink(look)
    for pause, command in [*plan, (5.0, SetValue("maxsize", 4))]:
        lab.run(pause)
        lab.give(command)
    OPEN.pop().close()
    assert not wrong
