"""What the lab does: workers, settings and disturbances, each by asyncio's own means."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from qdash import events as ev
from qdash.commands import DISTURBANCES, Inject, SetValue
from qdash.engine import Lab, QueueShutDown
from qdash.engine.loop import Outcome
from qdash.scenarios import scenario
from qdash.settings import complete

PLENTY = 1_000_000


class Bench:
    """A lab with its events at hand."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.events: list[ev.Event] = []
        lab.add_sink(self.events.append)
        self.position = 0.0
        lab.start()

    def run_to(self, t: float) -> Outcome:
        self.position = max(t, self.position)
        return self.lab.advance(t, PLENTY)

    def give(self, command: Any) -> list[ev.Event]:
        before = len(self.events)
        self.lab.command(command, self.position)
        return self.events[before:]

    def of(self, kind: type[ev.Event], **fields: Any) -> list[Any]:
        return [
            event
            for event in self.events
            if isinstance(event, kind)
            and all(getattr(event, name) == value for name, value in fields.items())
        ]

    def alive(self, role: str) -> list[str]:
        return sorted(w.name for w in self.lab.workers.values() if w.role == role)


@pytest.fixture
def benches() -> Iterator[list[Bench]]:
    made: list[Bench] = []
    yield made
    for bench in made:
        bench.lab.close()


@pytest.fixture
def make(benches: list[Bench]) -> Any:
    def build(slug: str = "producer-consumer", seed: int = 7, **settings: Any) -> Bench:
        benches.append(Bench(scenario(slug).lab(settings, seed)))
        return benches[-1]

    return build


@pytest.fixture
def program(benches: list[Bench]) -> Any:
    """Run a main coroutine function of the test's own as a lab."""

    def build(main: Any, **settings: Any) -> Bench:
        from qdash.settings import complete

        benches.append(Bench(Lab(main, complete(settings, {}), seed=1)))
        return benches[-1]

    return build


def test_a_run_with_an_end_finishes_and_joins(make: Any) -> None:
    bench = make(items=20)
    assert bench.run_to(1_000.0) is Outcome.IDLE
    assert bench.lab.ended is not None
    assert bench.lab.ended.how == "finished"
    assert len(bench.of(ev.Put)) == len(bench.of(ev.Got)) == len(bench.of(ev.TaskDone)) == 20
    assert bench.of(ev.Joined, worker="main")
    assert not bench.lab.workers


def test_a_failing_worker_is_told_at_once_though_its_task_is_held(program: Any) -> None:
    held: list[asyncio.Task[None]] = []

    async def careless() -> None:
        await asyncio.sleep(1.0)
        raise ValueError("broken part")

    async def main(lab: Lab) -> None:
        held.append(asyncio.create_task(careless(), name="C1"))
        await asyncio.sleep(10.0)

    bench = program(main)
    bench.run_to(5.0)
    (failed,) = bench.of(ev.WorkerEnded)
    assert (failed.t, failed.worker, failed.how) == (1.0, "C1", "failed")
    assert failed.error == "ValueError: broken part"
    assert "careless" in failed.traceback
    assert held


def test_a_scenario_that_fails_ends_the_run_with_its_traceback(program: Any) -> None:
    async def main(lab: Lab) -> None:
        await asyncio.sleep(2.0)
        raise LookupError("no such thing")

    bench = program(main)
    bench.run_to(5.0)
    ended = bench.lab.ended
    assert ended is not None
    assert (ended.t, ended.how, ended.error) == (2.0, "failed", "LookupError: no such thing")
    assert "LookupError" in ended.traceback


def test_a_task_without_a_name_acts_for_the_worker_that_made_it(program: Any) -> None:
    async def getter(queue: Any) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(queue.get(), timeout=2.0)

    async def main(lab: Lab) -> None:
        await asyncio.create_task(getter(lab.queue("jobs")), name="C1")

    bench = program(main)
    bench.run_to(5.0)
    (waiting,) = bench.of(ev.GetWaiting)
    assert (waiting.worker, waiting.deadline) == ("C1", 2.0)
    (refused,) = bench.of(ev.GetRefused)
    assert (refused.t, refused.worker, refused.why) == (2.0, "C1", "timeout")


@pytest.mark.parametrize(
    ("setting", "role"), [("producers", "producer"), ("consumers", "consumer")]
)
def test_crews_follow_their_setting_at_once(make: Any, setting: str, role: str) -> None:
    bench = make()
    bench.run_to(2.0)
    for count in (0, 5, 1):
        bench.give(SetValue(setting, count))
        bench.run_to(bench.position)
        assert len(bench.alive(role)) == count


def test_maxsize_five_one_unbounded_eight(make: Any) -> None:
    bench = make(consumers=0, producers=3)
    bench.run_to(20.0)
    queue = bench.lab.queues["jobs"]
    assert queue.qsize() == 5
    assert len(queue.waiting("put")) == 3
    bench.give(SetValue("maxsize", 1))
    bench.run_to(25.0)
    assert (queue.maxsize, queue.qsize()) == (1, 5)
    bench.give(SetValue("maxsize", 0))
    bench.run_to(25.0)
    assert queue.qsize() == 8
    assert not queue.waiting("put")
    bench.run_to(40.0)
    bench.give(SetValue("maxsize", 8))
    size = queue.qsize()
    bench.run_to(60.0)
    assert queue.qsize() == size > 8
    assert len(queue.waiting("put")) == 3


def test_a_supervised_worker_is_started_again(make: Any) -> None:
    bench = make(supervise=True)
    bench.run_to(3.0)
    bench.give(Inject("fail", "C2"))
    bench.run_to(3.0)
    assert bench.of(ev.WorkerEnded, worker="C2", how="failed")
    assert len(bench.of(ev.WorkerStarted, worker="C2")) == 2
    assert bench.alive("consumer") == ["C1", "C2", "C3"]


def test_a_supervised_crew_made_smaller_stays_so_even_where_cancelling_fails(program: Any) -> None:
    async def consumer(lab: Lab) -> None:
        try:
            await asyncio.sleep(100.0)
        except asyncio.CancelledError:
            raise ValueError("could not clean up") from None

    async def main(lab: Lab) -> None:
        await lab.crew("consumers", consumer).finished()

    bench = program(main, consumers=3, supervise=True)
    bench.run_to(1.0)
    bench.give(SetValue("consumers", 1))
    bench.run_to(2.0)
    assert len(bench.of(ev.WorkerEnded, how="failed")) == 2
    assert bench.alive("consumer") == ["C1"]


def test_discipline_changes_while_it_runs_and_says_when_it_cannot(make: Any) -> None:
    bench = make(consumers=0, producers=2)
    bench.run_to(10.0)
    bench.give(SetValue("discipline", "lifo"))
    assert bench.lab.queues["jobs"].discipline == "lifo"
    bench.give(Inject("drain"))
    bench.give(Inject("stop"))
    bench.run_to(12.0)
    refused = bench.give(SetValue("discipline", "priority"))
    assert isinstance(refused[-1], ev.Refused)
    assert "compare" in refused[-1].why
    assert bench.lab.settings["discipline"] == "lifo"


@pytest.mark.parametrize(
    "command",
    [
        SetValue("maxsize", -1),
        SetValue("get_timeout", 0),
        SetValue("nonsense", 1),
        SetValue("speed", 2.0),
        Inject("nonsense"),
        Inject("cancel", "Z9"),
        Inject("stop", "nowhere"),
        Inject("stall", "C1", 0.0),
        Inject("burst", "", 1e9),
    ],
)
def test_a_command_that_cannot_be_done_is_refused_with_a_sentence(make: Any, command: Any) -> None:
    bench = make()
    bench.run_to(1.0)
    (event,) = bench.give(command)
    assert isinstance(event, ev.Refused)
    assert len(event.why) > 15


def test_every_disturbance_can_be_given_at_any_time(make: Any) -> None:
    for what in DISTURBANCES:
        for t in (0.0, 0.7, 4.0):
            bench = make(consumers=2)
            bench.run_to(t)
            told = bench.give(Inject(what))
            assert any(isinstance(event, (ev.Injected, ev.Refused)) for event in told), what
            bench.run_to(t + 20.0)


def test_a_stop_signal_waits_its_turn_and_stops_one_consumer(make: Any) -> None:
    bench = make(consume_time=3.0)
    bench.run_to(15.0)
    bench.give(Inject("stop"))
    bench.run_to(15.0)
    (waiting,) = bench.of(ev.PutWaiting, shape="stop")
    assert waiting.worker == "you1"
    bench.run_to(60.0)
    (got,) = bench.of(ev.Got, shape="stop")
    assert bench.of(ev.WorkerEnded, worker=got.worker, how="returned")
    assert len(bench.alive("consumer")) == 2


def test_an_exception_through_the_queue_is_raised_by_who_gets_it(make: Any) -> None:
    bench = make()
    bench.run_to(5.0)
    bench.give(Inject("exception"))
    bench.run_to(20.0)
    (got,) = bench.of(ev.Got, shape="error")
    (failed,) = bench.of(ev.WorkerEnded, how="failed")
    assert failed.worker == got.worker
    assert "sent through the queue" in failed.error


def test_an_exception_in_a_worker_lands_where_it_waits(make: Any) -> None:
    bench = make(producers=0, consumers=2)
    bench.run_to(1.0)
    bench.give(Inject("fail", "C1"))
    bench.run_to(1.0)
    assert bench.of(ev.GetRefused, worker="C1", why="error")
    assert bench.of(ev.WorkerEnded, worker="C1", how="failed")


def test_a_stalled_worker_finishes_late_by_just_that(make: Any) -> None:
    plain, stalled = make(jitter="constant"), make(jitter="constant")
    for bench in (plain, stalled):
        bench.run_to(0.5)
    stalled.give(Inject("stall", "P1", 3.0))
    for bench in (plain, stalled):
        bench.run_to(10.0)
    (first,), late = plain.of(ev.Made, worker="P1")[:1], stalled.of(ev.Made, worker="P1")[0]
    assert (first.t, late.t) == (1.0, 4.0)
    assert stalled.of(ev.Resumed, worker="P1")[0].t == 3.5


def test_two_stalls_of_one_worker_add_up(make: Any) -> None:
    bench = make(jitter="constant")
    bench.run_to(0.5)
    bench.give(Inject("stall", "P1", 3.0))
    bench.run_to(1.5)
    bench.give(Inject("stall", "P1", 2.0))
    bench.run_to(10.0)
    assert [event.t for event in bench.of(ev.Resumed, worker="P1")] == [5.5]
    assert bench.of(ev.Made, worker="P1")[0].t == 6.0


def test_a_forgotten_task_done_lets_join_wait_for_ever(make: Any) -> None:
    bench = make(items=10)
    bench.run_to(1.0)
    bench.give(Inject("forget"))
    assert bench.run_to(1_000.0) is Outcome.IDLE
    assert bench.lab.ended is None
    assert isinstance(bench.events[-1], ev.Stuck)
    assert bench.lab.queues["jobs"].unfinished == 1
    bench.give(Inject("extra-done"))
    bench.run_to(1_000.0)
    assert bench.lab.ended is not None


def test_one_task_done_too_many_fails_the_one_who_is_right(make: Any) -> None:
    bench = make(items=1, producers=1, consumers=1)
    while not bench.of(ev.Got):
        bench.run_to(bench.lab.loop.next_timer() or 0.0)
    bench.give(Inject("extra-done"))
    assert bench.lab.queues["jobs"].unfinished == 0
    bench.run_to(bench.position)
    assert bench.of(ev.Joined, worker="main")
    second = make(items=1, producers=1, consumers=1)
    told = second.give(Inject("extra-done"))
    assert [type(event) for event in told] == [ev.Refused]
    second.run_to(0.0)
    told = second.give(Inject("extra-done"))
    assert isinstance(told[-1], ev.TaskDoneRefused)


def test_shutdown_lets_gets_drain_and_refuses_puts(make: Any) -> None:
    bench = make(consume_time=3.0)
    bench.run_to(12.0)
    inside = bench.lab.queues["jobs"].qsize()
    bench.give(Inject("shutdown"))
    bench.run_to(12.0)
    assert {event.why for event in bench.of(ev.PutRefused)} == {"shutdown"}
    before = len(bench.of(ev.Got))
    bench.run_to(60.0)
    assert len(bench.of(ev.Got)) - before == inside
    assert {event.how for event in bench.of(ev.WorkerEnded)} == {"shutdown"}
    assert QueueShutDown.__name__ in bench.of(ev.WorkerEnded)[0].error


def test_shutdown_immediate_drops_what_is_inside(make: Any) -> None:
    bench = make(consume_time=3.0)
    bench.run_to(12.0)
    inside = bench.lab.queues["jobs"].qsize()
    bench.give(Inject("shutdown-now"))
    assert len(bench.of(ev.Dropped)) == inside
    assert bench.lab.queues["jobs"].qsize() == 0


def test_a_priority_queue_survives_what_cannot_be_compared(make: Any) -> None:
    bench = make(discipline="priority", consumers=0)
    bench.run_to(10.0)
    bench.give(Inject("drain"))
    bench.run_to(10.0)
    bench.give(SetValue("producers", 1))
    bench.give(Inject("drain"))
    bench.run_to(12.0)
    bench.give(Inject("stop"))
    bench.run_to(12.0)
    (refused,) = bench.of(ev.PutRefused, why="error")
    assert "TypeError" in refused.error
    assert refused.slot is not None
    queue = bench.lab.queues["jobs"]
    assert None in queue.items()
    assert queue.qsize() == queue.unfinished + 1


def test_a_sink_that_raises_is_taken_away_and_told(make: Any) -> None:
    bench = make()

    def broken(event: ev.Event) -> None:
        raise OSError("no space left on device")

    bench.lab.add_sink(broken)
    bench.run_to(5.0)
    (told,) = bench.of(ev.LoopError)
    assert "no space left" in told.error
    assert len(bench.of(ev.Put)) > 5


def test_a_sink_that_raises_changes_no_order_for_those_after_it(make: Any) -> None:
    bench = make()

    def broken(event: ev.Event) -> None:
        raise OSError("no space left on device")

    after: list[ev.Event] = []
    bench.lab.add_sink(broken)
    bench.lab.add_sink(after.append)
    before = len(bench.events)
    bench.run_to(5.0)
    assert after == bench.events[before:]
    assert [type(event) is ev.LoopError for event in after[:3]] == [False, True, False]


def test_closing_leaves_no_task(make: Any) -> None:
    for t in (0.0, 0.3, 1.0, 7.7):
        bench = make(get_timeout=2.0, slug="producer-consumer")
        bench.run_to(t)
        bench.give(Inject("join"))
        tasks = [worker.task for worker in bench.lab.workers.values()]
        bench.lab.close()
        assert tasks
        assert all(task.done() for task in tasks)


def test_the_same_seed_gives_the_same_events_however_it_is_paced(make: Any) -> None:
    free, sliced, stepped, other = make(), make(), make(), make(seed=8)
    free.run_to(30.0)
    other.run_to(30.0)
    for n in range(1, 301):
        while sliced.lab.advance(n / 10, 3) is Outcome.BUDGET:
            pass
    while stepped.lab.step(30.0) is Outcome.STOPPED:
        pass
    assert free.events == sliced.events == stepped.events
    assert free.events != other.events
    assert free.lab.loop.callbacks_run == sliced.lab.loop.callbacks_run


def test_a_task_factory_that_would_make_no_workers_is_refused(benches: list[Bench]) -> None:
    async def main(lab: Lab) -> None:
        lab.loop.set_task_factory(None)
        lab.loop.set_task_factory(asyncio.Task)

    benches.append(bench := Bench(Lab(main, complete({}, {}), seed=1)))
    bench.run_to(1.0)
    assert bench.lab.ended is not None
    assert "a lab makes its tasks itself" in bench.lab.ended.error


def test_addresses_in_memory_are_left_out_of_what_is_told() -> None:
    async def main(lab: Lab) -> None:
        raise RuntimeError(f"{object()!r} is not to be had")

    lab = Lab(main, complete({}, {}), seed=1)
    lab.start()
    lab.advance(1, 1000)
    assert lab.ended is not None
    assert lab.ended.error == "RuntimeError: <object object> is not to be had"
    assert "0x" not in lab.ended.traceback
