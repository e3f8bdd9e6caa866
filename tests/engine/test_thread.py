"""The lab's thread: pace never changes what happens, nothing is dropped, nothing is left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import Inject, SetValue
from qdash.engine import Lab
from qdash.engine.again import Again
from qdash.engine.thread import LabThread, Pace
from qdash.scenarios import scenario


def a_lab(**settings: Any) -> Lab:
    return scenario("producer-consumer").lab({"items": 60, **settings}, 7)


def straight(lab: Lab) -> list[ev.Event]:
    """All that happens in a lab that runs with no thread and no pace."""
    events: list[ev.Event] = []
    lab.add_sink(events.append)
    lab.start()
    lab.advance(10_000.0, 1_000_000)
    lab.close()
    return events


@pytest.fixture
def threads() -> Iterator[list[LabThread]]:
    made: list[LabThread] = []
    yield made
    for thread in made:
        thread.close()
        assert not thread.alive


def to_the_end(thread: LabThread) -> list[ev.Event]:
    events: list[ev.Event] = []
    while not any(isinstance(event, ev.Ended) for event in events[-20:]):
        events += thread.drain()
    assert thread.settle()
    return events + thread.drain()


# --- pace ----------------------------------------------------------------------------------------


def test_a_pace_follows_the_wall_at_its_speed() -> None:
    pace = Pace(2.0, False, 100.0)
    assert pace.position(100.0) == 0.0
    assert pace.position(103.0) == 6.0
    assert pace.delay(103.0, 8.0) == 1.0
    assert pace.delay(103.0, 5.0) == 0.0
    assert pace.delay(103.0, None) is None


@given(
    st.lists(
        st.tuples(st.floats(0.0, 10.0), st.one_of(st.none(), st.floats(0.1, 1000.0)), st.booleans())
    )
)
def test_a_change_of_pace_never_makes_the_position_jump(
    changes: list[tuple[float, float | None, bool]],
) -> None:
    wall, pace = 0.0, Pace(1.0, False, 0.0)
    for wait, speed, paused in changes:
        wall += wait
        before = pace.position(wall)
        pace.change(wall, speed=speed, paused=paused)
        assert pace.position(wall) == before


def test_a_pace_stands_at_its_limit_and_goes_on_from_there_when_it_is_raised() -> None:
    pace = Pace(2.0, False, 100.0)
    pace.limit = 5.0
    assert pace.position(102.0) == 4.0
    assert pace.position(200.0) == 5.0
    assert pace.delay(102.0, 5.0) == 0.5
    assert pace.delay(102.0, 5.1) is None
    pace.anchor(200.0, pace.position(200.0))
    pace.limit = 9.0
    assert pace.position(201.0) == 7.0
    pace.limit = 1.0  # it does not go back
    assert pace.position(300.0) == 5.0


def test_a_paused_pace_stands_and_a_free_one_has_no_bound() -> None:
    pace = Pace(None, True, 0.0)
    assert pace.until(5.0) == 0.0
    assert pace.delay(5.0, 1.0) is None
    pace.change(5.0, speed=None, paused=False)
    assert pace.until(5.0) == float("inf")


# --- the thread ----------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [None, 1_000.0])
def test_any_speed_gives_the_same_events(threads: list[LabThread], speed: float | None) -> None:
    thread = LabThread(a_lab(), speed=speed)
    threads.append(thread)
    thread.start()
    assert to_the_end(thread) == straight(a_lab())


def test_pauses_and_steps_give_the_same_events(threads: list[LabThread]) -> None:
    thread = LabThread(a_lab(), speed=None, paused=True)
    threads.append(thread)
    thread.start()
    for _ in range(50):
        thread.step()
    assert thread.settle()
    assert thread.paused
    events = thread.drain()
    assert not any(isinstance(event, ev.Ended) for event in events)
    thread.set_speed(1_000.0)
    thread.resume()
    thread.pause()
    thread.set_speed(None)
    thread.resume()
    assert events + to_the_end(thread) == straight(a_lab())


def test_a_step_is_one_task_from_one_await_to_the_next(threads: list[LabThread]) -> None:
    thread = LabThread(a_lab(), paused=True)
    threads.append(thread)
    thread.start()
    thread.step()
    assert thread.settle()
    started = [e.worker for e in thread.drain() if isinstance(e, ev.WorkerStarted)]
    assert started == ["main", "P1", "P2", "P3", "C1", "C2", "C3"]
    thread.step()
    assert thread.settle()
    (making,) = thread.drain()
    assert isinstance(making, ev.Making)
    assert making.worker == "P1"


def test_the_lab_waits_for_a_screen_that_falls_behind(threads: list[LabThread]) -> None:
    thread = LabThread(a_lab(), speed=None, limit=40)
    threads.append(thread)
    thread.start()
    assert thread.settle()
    assert thread.lagging
    assert 40 <= thread.waiting < 1_000
    first = thread.drain(30)
    assert len(first) == 30
    assert first + to_the_end(thread) == straight(a_lab())


def test_commands_are_carried_out_while_it_stands(threads: list[LabThread]) -> None:
    thread = LabThread(a_lab(), paused=True)
    threads.append(thread)
    thread.start()
    thread.step()
    thread.send(SetValue("maxsize", 2))
    thread.send(SetValue("maxsize", -2))
    thread.send(Inject("nonsense"))
    assert thread.settle()
    told = [e for e in thread.drain() if isinstance(e, (ev.SettingChanged, ev.Refused))]
    assert [type(event) for event in told] == [ev.SettingChanged, ev.Refused, ev.Refused]
    assert thread.position == 0.0


def test_the_position_moves_between_two_events(threads: list[LabThread]) -> None:
    wall = [0.0]
    thread = LabThread(a_lab(produce_time=100.0), speed=2.0, wall=lambda: wall[0])
    threads.append(thread)
    thread.start()
    assert thread.settle()
    wall[0] = 3.0
    assert thread.position == 6.0


def test_a_failure_of_the_thread_itself_is_told(
    threads: list[LabThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(until: float, budget: int) -> None:
        raise MemoryError("out of luck")

    lab = a_lab()
    monkeypatch.setattr(lab, "advance", broken)
    thread = LabThread(lab)
    threads.append(thread)
    thread.start()
    assert thread.settle()
    (told,) = (event for event in thread.drain() if isinstance(event, ev.LoopError))
    assert "out of luck" in told.error
    assert "Traceback" in told.traceback


@pytest.mark.parametrize("when", ["before", "paused", "free", "lagging", "stuck", "over"])
def test_closing_at_any_moment_leaves_no_thread_and_no_task(when: str) -> None:
    lab = a_lab(consumers=0) if when == "stuck" else a_lab()
    thread = LabThread(
        lab, speed=None, paused=when == "paused", limit=30 if when == "lagging" else 10**6
    )
    if when != "before":
        thread.start()
    if when in {"lagging", "stuck", "over", "paused"}:
        assert thread.settle()
    tasks = [worker.task for worker in list(lab.workers.values())]
    thread.close()
    assert not thread.alive
    assert all(task.done() for task in tasks)
    assert lab.loop.is_closed()
    assert not [t for t in threading.enumerate() if t.name == "qdash-lab"]


def test_a_lab_that_is_held_runs_no_further_and_all_of_it_once_it_is_let_go(
    threads: list[LabThread],
) -> None:
    thread = LabThread(a_lab(), speed=None)
    threads.append(thread)
    thread.hold(5.0)
    thread.start()
    assert thread.settle()
    events = thread.drain()
    assert 4.0 < events[-1].t <= 5.0
    thread.hold(7.5)
    assert thread.settle()
    events += thread.drain()
    assert 7.0 < events[-1].t <= 7.5
    thread.hold(None)
    assert events + to_the_end(thread) == straight(a_lab())


@pytest.mark.parametrize("speed", [1.0, None])
def test_held_it_stands_just_there_once_all_is_done(
    threads: list[LabThread], speed: float | None
) -> None:
    wall = [0.0]
    thread = LabThread(a_lab(items=None), speed=speed, wall=lambda: wall[0])
    threads.append(thread)
    thread.hold(5.0005)  # when nothing is due
    thread.start()
    assert thread.settle()
    assert thread.stands == (speed is None)
    wall[0] = 60.0
    thread.hold(5.0006)
    wall[0] = 120.0
    thread.resume()
    assert thread.settle()
    assert (thread.stands, thread.position) == (True, 5.0006)
    thread.send(SetValue("maxsize", 2))
    assert not thread.stands or thread.drain()[-1].t == 5.0006
    assert thread.settle()
    assert thread.stands
    assert [e.t for e in thread.drain() if isinstance(e, ev.SettingChanged)] == [5.0006]
    thread.hold(None)
    assert not thread.stands


def test_no_step_leads_beyond_where_it_is_held(threads: list[LabThread]) -> None:
    thread = LabThread(a_lab(items=None), speed=None)
    threads.append(thread)
    thread.hold(5.0)
    thread.start()
    assert thread.settle()
    thread.drain()
    thread.step()
    assert thread.settle()
    assert (thread.drain(), thread.position) == ([], 5.0)
    thread.hold(None)
    thread.step()
    assert thread.settle()
    assert thread.drain()


# --- at a place of an earlier course -------------------------------------------------------------


def earlier(until: float, further: float = 0.0) -> tuple[list[ev.Event], Again]:
    """What happens where a command is given on the way, and the place at ``until`` of that."""
    lab = a_lab(items=None)
    events: list[ev.Event] = []
    lab.add_sink(events.append)
    lab.start()
    lab.advance(until / 2, 1_000_000)
    lab.command(SetValue("consumers", 1), until / 2)
    lab.advance(until, 1_000_000)
    place = Again(tuple(lab.given), len(events), events[-1], until)
    lab.advance(until + further, 1_000_000)
    lab.close()
    return events, place


def test_it_begins_at_a_place_of_an_earlier_course_and_hands_out_what_comes_then(
    threads: list[LabThread],
) -> None:
    events, place = earlier(20.0, 10.0)
    lab, heard = a_lab(items=None), list[ev.Event]()
    lab.add_sink(heard.append)
    thread = LabThread(lab, paused=True, again=place)
    threads.append(thread)
    assert (thread.again, thread.position) == (0.0, 20.0)
    thread.start()
    assert thread.settle()
    assert (thread.again, thread.position) == (None, 20.0)
    assert heard == events[: place.events]
    assert thread.drain() == []
    thread.hold(30.0)
    thread.set_speed(None)
    thread.resume()
    assert thread.settle()
    assert thread.drain() == events[place.events :]
    assert heard == events


def test_commands_sent_on_the_way_are_carried_out_at_the_place_in_their_order(
    threads: list[LabThread],
) -> None:
    _, place = earlier(20.0)
    wall = [0.0]
    thread = LabThread(a_lab(items=None), speed=1_000.0, wall=lambda: wall[0], again=place)
    threads.append(thread)
    thread.send(SetValue("maxsize", 2))
    thread.send(Inject("burst", amount=3))
    wall[0] = 100.0  # the way there takes its time
    assert thread.position == 20.0
    thread.start()
    assert thread.settle()
    assert thread.position == 20.0
    told = [e for e in thread.drain() if isinstance(e, (ev.SettingChanged, ev.Injected))]
    assert [type(event) for event in told] == [ev.SettingChanged, ev.Injected]
    assert [event.t for event in told] == [20.0, 20.0]


def test_it_can_be_closed_on_its_way(threads: list[LabThread]) -> None:
    _, place = earlier(100.0)
    lab = a_lab(items=None)
    reached, closing = threading.Event(), threading.Event()

    def wait_there(event: ev.Event) -> None:
        if event.t > 50.0 and not reached.is_set():
            reached.set()
            assert closing.wait(10.0)

    lab.add_sink(wait_there)
    thread = LabThread(lab, again=place)
    thread.start()
    assert reached.wait(10.0)
    assert thread.again is not None
    assert thread.again < 1.0
    closer = threading.Thread(target=thread.close)
    closer.start()
    while not thread._closing:
        pass
    closing.set()
    closer.join(10.0)
    assert not thread.alive
    assert lab.loop.is_closed()
    assert lab.loop.time() < 100.0
    assert thread.drain() == []


def test_a_lab_that_takes_another_course_is_told_of_and_ends(threads: list[LabThread]) -> None:
    _, place = earlier(20.0)
    lab = scenario("producer-consumer").lab({}, 8)
    thread = LabThread(lab, again=place)
    threads.append(thread)
    thread.start()
    assert thread.settle()
    (told,) = thread.drain()
    assert isinstance(told, ev.LoopError)
    assert "another course" in told.error
    assert told.t >= 20.0
    assert thread.again is None
