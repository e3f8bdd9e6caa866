"""Why somebody waits, where that leads, and what brought an event about."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import DISTURBANCES, Command, Inject, SetValue
from qdash.engine import Lab
from qdash.events import Event, Header
from qdash.history import History
from qdash.life import Life
from qdash.scenarios import SLUGS, scenario
from qdash.state import State
from qdash.why import Answer, Subject
from qdash.why.ask import why
from qdash.why.causes import cause_of, effects_of

PLENTY = 1_000_000
OPEN: list[Lab] = []
CONSTANT: dict[str, Any] = {"jitter": "constant"}


@pytest.fixture(autouse=True)
def _close_labs() -> Iterator[None]:
    """Leave no task behind."""
    yield
    while OPEN:
        OPEN.pop().close()


class Asked:
    """A lab that is asked why."""

    def __init__(self, what: Any = "producer-consumer", **given: Any) -> None:
        self.lab = (
            scenario(what).lab(given)
            if isinstance(what, str)
            else Lab(what, given, seed=7, scenario="a test")
        )
        OPEN.append(self.lab)
        self.lab.watch_lines()
        self.history = History(self.lab.header)
        self.lab.add_sink(lambda event: self.history.fold([event]))
        self.lab.start()
        self.t = 0.0

    @property
    def state(self) -> State:
        return self.history.now.state

    def run(self, seconds: float) -> Asked:
        self.t += seconds
        self.lab.advance(self.t, PLENTY)
        return self

    def give(self, command: Command) -> None:
        self.lab.command(command, self.t)
        self.lab.advance(self.t, PLENTY)

    def why(self, kind: Any, name: str | int) -> Answer:
        return why(Subject(kind, name), self.state, self.history, self.t)

    def because(self, kind: Any, name: str | int) -> list[str]:
        """The reasons, each indented by its depth."""
        return ["  " * r.depth + r.text for r in self.why(kind, name).because]

    def number(self, kind: type[Event], **fields: Any) -> int:
        """The number of the latest event like this."""
        for at, event in self.history.before(self.history.events, 0):
            if type(event) is kind and all(getattr(event, n) == fields[n] for n in fields):
                return at
        raise AssertionError(f"there is no {kind.__name__} with {fields}")

    def cause(self, number: int) -> Event:
        found = cause_of(number, self.history)
        assert found is not None
        return self.history.event(found)


# --- who waits for whom -------------------------------------------------------------------------


def test_a_full_queue_waits_for_the_consumers_that_work() -> None:
    asked = Asked(consume_time=4.0, **CONSTANT).run(6.5)
    answer = asked.why("worker", "P2")
    assert answer.says == (
        "P2 is blocked in put(#14) to jobs for 0.5 s, third in line: jobs is full (5 of 5)"
    )
    assert asked.because("worker", "P2") == [
        "jobs is full (5 of 5): nobody has taken anything from it for 1.5 s",
        "  C1, who may take from it, works on #4, 2.5 s left",
        "  C2, who may take from it, works on #5, 2.5 s left",
        "  C3, who may take from it, works on #6, 2.5 s left",
    ]
    assert [reason.to for reason in answer.because] == [
        Subject("queue", "jobs"),
        Subject("worker", "C1"),
        Subject("worker", "C2"),
        Subject("worker", "C3"),
    ]
    waiting = asked.why("worker", "C1").so
    assert waiting[0].text == "P3, P1 and P2 wait in put() on jobs, from which it may take"

    assert asked.why("worker", "P1").so[-1].text == (
        "P2 stands behind it in the line for put() on jobs"
    )


def test_who_waits_beside_free_slots_was_not_woken() -> None:
    asked = Asked("no-resize/broken").run(8)
    assert asked.because("worker", "P2") == [
        "jobs is neither full nor empty (2 of 5), but a put() that waits is woken by a get() alone",
        "  C1, who may take from it, works on #2, 1.0 s left",
    ]


def test_who_was_woken_from_another_thread_has_yet_to_run() -> None:
    asked = Asked("not-thread-safe/broken").run(4)
    answer = asked.why("worker", "C1")
    assert answer.says == "C1 was woken in get() from readings and has yet to run"


def test_a_stalled_consumer_is_the_reason() -> None:
    asked = Asked(consumers=1, **CONSTANT).run(3.0)
    asked.give(Inject("stall", "C1", 20.0))
    asked.run(5.0)
    assert asked.because("worker", "P1")[1] == (
        "  C1, who may take from it, stands still in the midst of the work on #3, "
        "stalled on your order, 15.0 s left"
    )


def test_where_nobody_is_left_to_take_it_is_said_how_they_ended() -> None:
    asked = Asked(supervise=False, **CONSTANT).run(2.0)
    asked.give(Inject("fail", "C1"))
    asked.give(Inject("fail", "C2"))
    asked.give(Inject("cancel", "C3"))
    asked.run(6.0)
    assert asked.because("worker", "P1")[1:] == [
        "  nobody is alive to take from it",
        "    C1 failed 6.0 s ago: InjectedError: raised in C1 by hand",
        "    C2 failed 6.0 s ago: InjectedError: raised in C2 by hand",
        "    C3 was cancelled 6.0 s ago",
    ]


def test_an_empty_queue_waits_for_a_slow_producer() -> None:
    asked = Asked(producers=1, produce_time=5.0, consumers=1, **CONSTANT).run(8.0)
    assert asked.why("worker", "C1").says == (
        "C1 waits in get() from jobs for 2.0 s, first in line: jobs is empty"
    )
    assert asked.because("worker", "C1") == [
        "jobs is empty: nobody has put anything into it for 3.0 s",
        "  P1, who may put into it, makes #2, 2.0 s left",
    ]
    assert asked.why("worker", "P1").so[0].text == (
        "C1 waits in get() on jobs, into which it may put"
    )


def test_join_waits_for_whoever_has_yet_to_mark_something_done() -> None:
    asked = Asked(items=6, consume_time=4.0, consumers=2, **CONSTANT).run(3.0)
    asked.give(Inject("forget"))
    asked.run(4.0)
    says = asked.because("worker", "main")
    assert asked.why("worker", "main").says == (
        "main waits in join() on jobs for 5.0 s: 5 unfinished"
    )
    assert says[0] == "5 unfinished in jobs: 2 queued, 3 got and not done"
    assert "  #1, got by C1, which left it out: task_done() will never be called" in says
    assert "  C1 has #3 in hand: it works on #3, 2.0 s left" in says


def test_a_circle_of_queues_ends_in_words() -> None:
    async def circle(lab: Lab) -> None:
        a, b = lab.queue("a", maxsize=1), lab.queue("b", maxsize=1)

        async def stage(source: Any, sink: Any) -> None:
            await sink.put(0)
            while True:
                thing = await source.get()
                await asyncio.sleep(0.1)
                await sink.put(thing)
                await sink.put(thing)

        tasks = [
            asyncio.create_task(stage(a, b), name="X"),
            asyncio.create_task(stage(b, a), name="Y"),
        ]
        await asyncio.wait(tasks)

    asked = Asked(circle).run(5.0)
    says = asked.because("worker", "X")
    assert "a circle: X waits for b, b for Y, Y for a, a for X" in says[-2].strip()
    assert says[-1] == "nobody in this can go on: a deadlock, unless somebody else puts or takes"
    # A timeout ends it by itself: then it is none.
    asked.state.workers["Y"].deadline = 60.0
    assert "deadlock" not in asked.because("worker", "X")[-1]


def test_visitors_who_wait_outside_are_no_help_to_one_another() -> None:
    asked = Asked("concurrency-limit", producers=6, produce_time=1.5, **CONSTANT).run(2.0)
    assert asked.because("worker", "V5")[1:] == [
        "  nobody has done so yet: who will take from it is not known"
    ]
    asked.run(3.2)
    outside = [waiter.worker for waiter in asked.state.queues["slots"].putters]
    inside = {worker.name for worker in asked.state.live("visitor")} - set(outside)
    assert len(outside) > 1
    says = asked.because("worker", outside[-1])
    assert says[0].startswith("slots is full (3 of 3)")
    assert {line.split(",")[0].strip() for line in says[1:]} == inside


def test_a_worker_pushed_back_says_so() -> None:
    asked = Asked(**CONSTANT, consume_time=10.0, consumers=1, maxsize=3).run(5.0)
    asked.give(SetValue("maxsize", 1))
    asked.run(7.0)
    name = next(w.worker for w in asked.state.queues["jobs"].putters if w.barged)
    assert asked.because("worker", name)[0] == (
        "it was woken, but found its place taken and went to the back of the line"
    )


def test_a_crowd_is_told_together() -> None:
    asked = Asked(producers=50, consumers=40, consume_time=9.0, **CONSTANT).run(3.0)
    says = asked.because("queue", "jobs")
    assert says[-1] == "and 37 more that work"
    assert len(says) == 4


def test_items_are_found_wherever_they_are() -> None:
    asked = Asked(consume_time=4.0, **CONSTANT).run(6.5)
    assert asked.why("item", 7).says == "#7 lies in jobs for 3.5 s, to be served first"
    assert asked.why("item", 4).says == "C1 has #4 of jobs in hand for 1.5 s"
    assert asked.why("item", 14).says.startswith("item #14: P2 is blocked in put(#14)")
    assert asked.why("item", 1).says == "item #1 is in no queue and in nobody's hands"
    asked.give(Inject("stop"))
    asked.run(7.0)
    [stop] = [slot for slot in asked.state.queues["jobs"].slots.values() if slot.shape == "stop"]
    assert asked.why("item", f"jobs/{stop.slot}").says.startswith("a stop signal lies in jobs")


# --- what brought an event about ----------------------------------------------------------------


def test_a_put_that_waited_was_brought_about_by_who_freed_the_slot() -> None:
    asked = Asked(consume_time=4.0, **CONSTANT).run(5.5)
    put = asked.number(ev.Put, worker="P3")
    chain = [reason.to for reason in asked.why("event", put).because]
    kinds = [type(asked.history.event(int(to.name))).__name__ for to in chain if to is not None]
    assert kinds[:4] == ["Woken", "Got", "TaskDone", "Worked"]
    woken = asked.number(ev.Woken, worker="P3")
    assert put in effects_of(woken, asked.history, asked.history.events)
    got = cause_of(woken, asked.history)
    assert got is not None
    assert woken in effects_of(got, asked.history, asked.history.events)


def test_who_filled_the_queue_brought_about_that_another_waits() -> None:
    asked = Asked(consume_time=4.0, **CONSTANT).run(6.5)
    waiting = asked.number(ev.PutWaiting, worker="P2")
    cause = asked.cause(waiting)
    assert isinstance(cause, ev.Put)
    assert cause.queue == "jobs"


def test_what_a_person_does_has_effects_and_no_cause() -> None:
    asked = Asked(consume_time=4.0, **CONSTANT).run(6.5)
    asked.give(SetValue("maxsize", 6))
    setting = asked.number(ev.SettingChanged)
    assert cause_of(setting, asked.history) is None
    resized = asked.number(ev.Resized)
    assert effects_of(setting, asked.history, asked.history.events) == [resized]
    assert isinstance(asked.cause(asked.number(ev.Woken)), ev.Resized)
    asked.give(Inject("cancel", "C2"))
    ended = asked.number(ev.WorkerEnded, worker="C2")
    assert isinstance(asked.cause(ended), ev.Cancelling)
    assert isinstance(asked.cause(asked.number(ev.Cancelling)), ev.Injected)
    asked.give(Inject("stall", "C1"))
    asked.run(6.0)
    assert isinstance(asked.cause(asked.number(ev.Stalled)), ev.Injected)
    assert isinstance(asked.cause(asked.number(ev.Resumed)), ev.Stalled)


def test_a_worker_that_is_over_says_what_ended_it() -> None:
    asked = Asked(**CONSTANT).run(2.0)
    asked.give(Inject("exception"))
    asked.run(1.5)
    name = asked.history.event(asked.number(ev.WorkerEnded)).worker
    says = asked.because("worker", name)
    assert "raised the exception that it had got" in says[0]
    assert "task_done()" in says[1]
    assert f"reached {name}" in says[2]
    asked.give(SetValue("consumers", 1))
    asked.run(0.1)
    gone = next(w.name for w in asked.state.workers.values() if w.how == "cancelled")
    says = asked.because("worker", gone)
    assert "was cancelled" in says[0]
    assert "called cancel()" in says[1]
    assert "you set consumers" in says[2]


def test_the_last_task_done_lets_a_join_return() -> None:
    asked = Asked(items=3, **CONSTANT).run(30.0)
    cause = asked.cause(asked.number(ev.Joined))
    assert isinstance(cause, ev.TaskDone)


@pytest.mark.parametrize("slug", SLUGS)
def test_causes_lie_before_and_effects_are_their_mirror(slug: str) -> None:
    asked = Asked(slug).run(15.0)
    asked.give(SetValue("maxsize", 2))
    asked.run(5.0)
    events = asked.history.events
    caused = 0
    for number in range(0, events, 7):
        cause = cause_of(number, asked.history)
        if cause is None:
            continue
        caused += 1
        assert cause < number
        assert asked.history.event(cause).t <= asked.history.event(number).t
    assert caused > events // 7 * 0.8
    for number in range(0, events, 29):
        for effect in effects_of(number, asked.history, events):
            assert cause_of(effect, asked.history) == number


@pytest.mark.parametrize("slug", SLUGS)
def test_who_waited_in_line_goes_on_since_it_was_woken_by_whom_the_queue_names(slug: str) -> None:
    asked = Asked(slug, maxsize=2).run(20.0)
    woken = waited = 0
    for row in asked.history.rows(0, asked.history.events):
        event, then = row.event, row.then
        if isinstance(event, ev.Woken):
            cause = asked.cause(row.number)
            assert isinstance(cause, ev.Got if event.op == "put" else ev.Put)
            assert (cause.worker, cause.queue, cause.t) == (event.by, event.queue, event.t)
            woken += 1
        elif isinstance(event, (ev.Put, ev.Got)) and then is not None and then.waited is not None:
            cause = asked.cause(row.number)
            assert isinstance(cause, ev.Woken)
            assert (cause.worker, cause.queue) == (event.worker, event.queue)
            waited += 1
    assert woken >= waited > 0


@pytest.mark.parametrize("slug", SLUGS)
def test_every_link_leads_somewhere(slug: str) -> None:
    asked = Asked(slug).run(12.0)
    asked.give(Inject("stop"))
    asked.give(Inject("exception"))
    asked.run(4.0)
    seen: set[Subject] = set()
    todo = [Subject("worker", name) for name in asked.state.workers]
    todo += [Subject("queue", name) for name in asked.state.queues]
    while todo and len(seen) < 150:
        subject = todo.pop()
        if subject in seen or subject.kind == "moment":
            continue
        seen.add(subject)
        answer = asked.why(subject.kind, subject.name)
        assert answer.says
        assert "there is no" not in answer.says
        reasons = (*answer.because, *answer.so, *answer.see)
        assert all(reason.text.strip() and reason.text.isprintable() for reason in reasons)
        todo += [reason.to for reason in reasons if reason.to is not None]


def test_what_is_not_there_is_said_to_be_not_there() -> None:
    asked = Asked().run(1.0)
    for kind, name in (("worker", "Z9"), ("queue", "nix"), ("event", 10**9)):
        assert asked.why(kind, name).says.split()[0] in ("there", "event")
        assert not asked.why(kind, name).because
    assert why(Subject("event", 0), State(Header("x", 1, "3.11", {})), None).says


COMMANDS = st.one_of(
    st.sampled_from(sorted(DISTURBANCES)).map(Inject),
    st.integers(0, 4).map(lambda n: SetValue("maxsize", n)),
    st.integers(0, 4).map(lambda n: SetValue("consumers", n)),
)


@settings(max_examples=15, deadline=None)
@given(slug=st.sampled_from([*SLUGS, "service"]), commands=st.lists(COMMANDS, max_size=6))
def test_every_question_has_an_answer_whatever_is_done(slug: str, commands: list[Command]) -> None:
    asked = Asked(slug)
    for command in commands:
        asked.run(3.0)
        asked.give(command)
    asked.run(2.0)
    for name in asked.state.workers:
        assert asked.why("worker", name).says
    for name in asked.state.queues:
        assert asked.why("queue", name).says
    for number in range(max(0, asked.history.events - 40), asked.history.events):
        assert asked.why("event", number).says
    OPEN.pop().close()


@settings(max_examples=20, deadline=None)
@given(
    slug=st.sampled_from([*SLUGS, "service"]), seed=st.integers(0, 99), share=st.floats(0.01, 0.6)
)
def test_a_stream_with_gaps_can_be_asked_about_too(slug: str, seed: int, share: float) -> None:
    asked = Asked(slug).run(8.0)
    asked.give(Inject("cancel"))
    asked.give(Inject("stop"))
    asked.run(4.0)
    OPEN.pop().close()
    choose = random.Random(seed)
    history = History(asked.history.header)
    for number in range(asked.history.events):
        event = asked.history.event(number)
        if isinstance(event, ev.QueueMade) or choose.random() > share:
            history.fold([event])
    state = history.now.state
    subjects = [Subject("worker", name) for name in state.workers]
    subjects += [Subject("queue", name) for name in state.queues]
    subjects += [Subject("event", number) for number in range(0, history.events, 5)]
    subjects += [Subject("item", number) for number in range(20)]
    for subject in subjects:
        assert why(subject, state, history, 12.5).says
    for number in range(20):
        life = Life(Subject("item", number), history)
        life.follow(history.events)
        assert life.says(history.events, 12.5)


STAGES = st.lists(st.tuples(st.integers(1, 2), st.integers(1, 2)), min_size=1, max_size=3)


@settings(max_examples=40, deadline=None)
@given(stages=STAGES, size=st.integers(1, 3), spare=st.integers(0, 1))
def test_who_is_said_to_be_deadlocked_never_moves_again(
    stages: list[tuple[int, int]], size: int, spare: int
) -> None:
    """Stages in a ring, each of which gets some and puts some: many rings run full, or dry."""

    async def main(lab: Lab) -> None:
        ring = [lab.queue(f"q{number}", maxsize=size) for number in range(len(stages))]

        async def stage(number: int, gets: int, puts: int) -> None:
            source, sink = ring[number], ring[(number + 1) % len(ring)]
            while True:
                for _ in range(gets):
                    await source.get()
                await asyncio.sleep(0.1)
                for _ in range(puts):
                    await sink.put(1)

        for queue in ring:
            queue.put_nowait(1)
        tasks = [
            asyncio.create_task(stage(number, *counts), name=f"S{number}")
            for number, counts in [*enumerate(stages), *enumerate(stages[:spare])]
        ]
        await asyncio.wait(tasks)

    asked = Asked(main).run(20.0)
    waiting = [worker for worker in asked.state.live() if worker.phase in ("putting", "getting")]
    stuck = [w for w in waiting if "deadlock" in asked.because("worker", w.name)[-1]]
    before = [(worker.phase, worker.since) for worker in stuck]
    if all(gets == puts for gets, puts in stages):
        assert not stuck
    elif all(gets < puts for gets, puts in stages):
        assert stuck == waiting  # each must put more than it gets: sooner or later all are full
    asked.run(20.0)
    assert [(worker.phase, worker.since) for worker in stuck] == before
    OPEN.pop().close()
