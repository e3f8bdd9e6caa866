"""The life of an item: its parts make up the whole, however it ends."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import DISTURBANCES, Command, Inject, SetValue
from qdash.events import Header
from qdash.history import CHUNK, History
from qdash.life import Life
from qdash.scenarios import SLUGS, scenario
from qdash.why import Subject

PLENTY = 1_000_000
CONSTANT: dict[str, Any] = {"jitter": "constant"}


def history_of(
    slug: str = "producer-consumer",
    until: float = 30.0,
    orders: tuple[tuple[float, Command], ...] = (),
    **given: Any,
) -> History:
    """Run a scenario with orders at their times; return all that happened."""
    lab = scenario(slug).lab(given)
    history = History(lab.header)
    events: list[ev.Event] = []
    lab.add_sink(events.append)
    lab.start()
    for at, command in orders:
        lab.advance(at, PLENTY)
        lab.command(command, at)
    lab.advance(until, PLENTY)
    history.fold(events)
    lab.close()
    return history


def life_of(item: int | str, history: History) -> Life:
    life = Life(Subject("item", item), history)
    assert life.follow(history.events)
    return life


def phases(life: Life, history: History) -> list[str]:
    return [mark.phase for mark in life.at(history.events)]


def test_an_item_is_made_put_got_worked_on_and_done() -> None:
    history = history_of(consume_time=4.0, **CONSTANT)
    life = life_of(14, history)
    assert phases(life, history) == [
        "making", "hand", "put", "queue", "hand", "work", "hand", "done",
    ]  # fmt: skip
    assert [mark.text for mark in life.marks] == [
        "P2 began to make it",
        "P2 had made it",
        "P2 was blocked in put() to jobs: it was full",
        "P2 put it into jobs",
        "C2 got it from jobs",
        "C2 began to work on it, for 4.0 s",
        "C2 was through with it",
        "C2 marked it done: task_done() on jobs",
    ]
    assert life.says(history.events, 30.0) == (
        "item #14, its life took 16.0 s: 1.0 s being made, 3.0 s blocked in put(), "
        "8.0 s in jobs, 4.0 s worked on"
    )


@pytest.mark.parametrize("slug", SLUGS)
def test_the_parts_of_every_life_make_up_the_whole(slug: str) -> None:
    history = history_of(slug, 30.0, maxsize=2)
    events = [history.event(number) for number in range(history.events)]
    items = {event.item for event in events if isinstance(event, ev.Making)}
    assert items
    choose = random.Random(7)
    for item in choose.sample(sorted(items), min(25, len(items))):
        life = life_of(item, history)
        told = [number for number, event in enumerate(events)
                if getattr(event, "item", None) == item]  # fmt: skip
        assert {mark.number for mark in life.marks} >= set(told)
        numbers = [mark.number for mark in life.marks]
        assert numbers == sorted(set(numbers))
        for n in (history.events, choose.randrange(history.events), told[0] + 1, told[-1]):
            marks = life.at(n)
            if not marks:
                continue
            now = max(marks[-1].t, 30.0)
            over = marks[-1].phase in ("done", "gone")
            whole = (marks[-1].t if over else now) - marks[0].t
            assert sum(part.seconds for part in life.parts(n, now)) == pytest.approx(whole)
            assert all(part.seconds >= 0 for part in life.parts(n, now))


def test_where_an_item_is_now_is_what_the_state_says() -> None:
    for slug in SLUGS:
        history = history_of(slug, 17.0)
        state = history.now.state
        for queue in state.queues.values():
            for slot in queue.slots.values():
                if slot.shape == "item":
                    assert life_of(slot.item, history).marks[-1].phase == "queue"
        for worker in state.live():
            if worker.phase in ("making", "working", "putting") and isinstance(worker.item, int):
                phase = {"making": "making", "working": "work", "putting": "put"}[worker.phase]
                mark = life_of(worker.item, history).marks[-1]
                assert (mark.phase, mark.worker) == (phase, worker.name)


def last(item: int | str, history: History) -> tuple[str, str]:
    mark = life_of(item, history).marks[-1]
    return mark.phase, mark.text


def test_what_is_given_up_thrown_out_lost_or_owed_ends_so() -> None:
    history = history_of("timeouts", consumers=0, maxsize=1, put_timeout=0.5, **CONSTANT)
    refused = next(
        e.item for e in map(history.event, range(history.events)) if isinstance(e, ev.PutRefused)
    )
    assert last(refused, history)[0] == "gone"
    assert "it was given up, never put" in last(refused, history)[1]

    busy: dict[str, Any] = {"consume_time": 4.0, **CONSTANT}
    history = history_of(until=7.0, orders=((6.5, Inject("shutdown-now")),), **busy)
    assert last(8, history) == ("gone", "shutdown threw it out of jobs")

    history = history_of(until=20.0, orders=((6.5, Inject("forget")),), **busy)
    assert last(4, history)[1] == "C1 left task_done() out on jobs: it stays owed"

    history = history_of(until=7.0, orders=((6.5, Inject("cancel", "C1")),), **busy)
    assert last(4, history) == (
        "done", "C1 marked it done: task_done() on jobs, though the work on it was broken off"
    )  # fmt: skip
    history = history_of(until=7.0, orders=((6.6, Inject("cancel", "P1")),), **busy)
    assert last(13, history) == (
        "gone", "P1 was cancelled and it was given up: it is in no queue"
    )  # fmt: skip


def test_a_job_that_dies_keeps_what_it_had() -> None:
    history = history_of("dynamic-tasks", 6.0, ((4.9, Inject("cancel", "J7")),), consume_time=5.0)
    assert last(7, history) == ("gone", "J7 was cancelled and it was given up: it is in no queue")


def test_a_stall_lengthens_the_work_and_is_told() -> None:
    history = history_of(
        until=20.0, orders=((5.0, Inject("stall", "C1", 3.0)),), consume_time=4.0, **CONSTANT
    )
    texts = [mark.text for mark in life_of(4, history).marks]
    assert "C1 was through with it, 3.0 s longer than it takes (stalled)" in texts


def test_a_stop_signal_has_a_life_by_its_slot() -> None:
    history = history_of(until=30.0, orders=((6.5, Inject("stop")),), consume_time=4.0, **CONSTANT)
    [slot] = [
        e.slot
        for e in map(history.event, range(history.events))
        if isinstance(e, ev.Put) and e.shape == "stop"
    ]
    life = life_of(f"jobs/{slot}", history)
    assert phases(life, history) == ["queue", "hand", "done"]


def test_a_long_history_is_followed_a_piece_at_a_time() -> None:
    history = history_of(until=100.0, produce_time=0.1, consume_time=0.1)
    assert history.events > 5 * CHUNK
    whole = life_of(2000, history)
    pieces = Life(Subject("item", 2000), history)
    turns = 1
    while not pieces.follow(history.events, lambda: True):
        turns += 1
    assert pieces.marks == whole.marks
    late = history.now.state.queues["jobs"].put - 5
    spoken = [chunk for chunk in range(history.events // CHUNK) if history.speaks(chunk, late)]
    assert len(spoken) <= 2


def test_a_life_whose_beginning_was_let_go_says_so() -> None:
    lab = scenario("producer-consumer").lab({"produce_time": 0.1, "consume_time": 0.1})
    history = History(lab.header, limit=2 * CHUNK)
    lab.add_sink(lambda event: history.fold([event]))
    lab.start()
    lab.advance(120.0, PLENTY)
    lab.close()
    assert history.first > 0
    life = life_of(1, history)
    assert not life.marks
    assert "not spoken of in what is kept" in life.says(history.events, 120.0)
    spoken = map(history.event, range(history.first, history.events))
    cut = next(event.item for event in spoken if isinstance(event, ev.Worked))
    assert not life_of(cut, history).begun
    assert life_of(history.now.state.queues["jobs"].put - 1, history).begun


COMMANDS = st.one_of(
    st.sampled_from(sorted(DISTURBANCES)).map(Inject),
    st.integers(0, 4).map(lambda n: SetValue("maxsize", n)),
    st.integers(0, 4).map(lambda n: SetValue("consumers", n)),
    st.sampled_from(["lifo", "priority", "fifo"]).map(lambda name: SetValue("discipline", name)),
)


@settings(max_examples=20, deadline=None)
@given(slug=st.sampled_from([*SLUGS, "service"]), commands=st.lists(COMMANDS, max_size=8))
def test_every_life_adds_up_whatever_is_done(slug: str, commands: list[Command]) -> None:
    orders = tuple((2.0 * at + 1.0, command) for at, command in enumerate(commands))
    history = history_of(slug, 2.0 * len(commands) + 5.0, orders)
    t = history.now.state.t
    for item in range(1, 30):
        life = life_of(item, history)
        if life.marks:
            over = life.marks[-1].phase in ("done", "gone")
            whole = (life.marks[-1].t if over else t) - life.marks[0].t
            parts = life.parts(history.events, t)
            assert sum(part.seconds for part in parts) == pytest.approx(whole)
        assert life.says(history.events, t)


def test_an_empty_history_has_no_lives() -> None:
    history = History(Header("none", 7, "3.11", {}))
    assert life_of(1, history).at(0) == []
    assert life_of("jobs/3", history).at(0) == []
