"""A live run and its branches: no event is lost, none is told twice, and the past is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import Command, Inject, SetValue
from qdash.history import History
from qdash.live import LiveRun
from qdash.recording import Recorder, read
from qdash.scenarios import SLUGS, scenario

every = pytest.mark.parametrize("slug", SLUGS)


class Run:
    """A live run on a real thread that runs free, from one limit of time to the next."""

    def __init__(self, live: LiveRun) -> None:
        self.live = live
        live.source.hold(0.0)
        live.source.start()
        self.see()

    def see(self) -> None:
        """Fold all that has happened."""
        assert self.live.source.settle()
        while self.live.fold(10.0, (), lambda event: None):
            assert self.live.source.settle()

    def to(self, t: float) -> Run:
        self.live.source.hold(t)
        self.see()
        return self

    def give(self, *commands: Command) -> None:
        for command in commands:
            self.live.source.send(command)
        self.see()

    @property
    def events(self) -> list[ev.Event]:
        history = self.live.history
        return [row.event for row in history.rows(history.first, history.events)]


@pytest.fixture
def live() -> Iterator[Callable[..., Run]]:
    made: list[LiveRun] = []

    def start(of: Any, n: int | None = None, **options: Any) -> Run:
        options = {"speed": None, "paused": False} | options
        run = LiveRun(of, **options) if n is None else of.live.branch(n, **options)
        made.append(run)
        return Run(run)

    yield start
    for run in made:
        run.close()


def assert_folded(history: History, events: list[ev.Event]) -> None:
    fresh = History(history.header)
    fresh.fold(events)
    assert history.now.state.workers == fresh.now.state.workers
    assert history.now.state.queues == fresh.now.state.queues
    assert history.events == len(events)


@every
def test_a_branch_with_no_change_is_the_same_run(slug: str, live: Callable[..., Run]) -> None:
    plain = live(scenario(slug).lab()).to(30.0)
    changed = live(scenario(slug).lab()).to(12.0)
    before = changed.live.history.events
    changed.give(SetValue("consumers", 1), Inject("burst"))
    after = changed.live.history.events
    changed.to(30.0)
    count = changed.live.history.events
    # The commands are repeated where they lie before the place, and else they are not.
    for n, same in (
        *((n, plain) for n in (0, 1, 2, 117, before - 1, before)),
        *((n, changed) for n in (after, (after + count) // 2, count - 1, count)),
    ):
        branch = live(changed, n).to(30.0)
        assert branch.events == same.events
        assert_folded(branch.live.history, branch.events)


@settings(max_examples=25)
@given(st.floats(0.0, 1.0))
def test_a_branch_at_any_event_has_the_same_past_and_its_commands_there(part: float) -> None:
    lab = scenario("producer-consumer").lab()
    first = Run(LiveRun(lab, speed=None, paused=False)).to(15.0)
    n = round(part * first.live.history.events)
    place = first.events[n - 1].t if n else 0.0
    made = first.live.branch(n, speed=None, paused=False)
    made.source.send(SetValue("maxsize", 1))
    made.source.send(Inject("stop"))
    branch = Run(made).to(25.0)
    known, events = first.events, branch.events
    at = events.index(ev.SettingChanged(place, "maxsize", 5, 1))
    assert at >= n
    assert events[:at] == known[:at]
    assert {event.t for event in events[n:at]} <= {place}
    again = Run(branch.live.branch(branch.live.history.events, speed=None, paused=False))
    again.to(35.0)
    branch.to(35.0)
    assert again.events == branch.events
    assert_folded(again.live.history, again.events)
    for run in (first, branch, again):
        run.live.close()


def test_a_branch_between_two_instants_begins_just_there(live: Callable[..., Run]) -> None:
    first = live(scenario("producer-consumer").lab({"jitter": "constant"})).to(5.0)
    n = first.live.history.at(3.3)
    branch = live(first, n, position=3.3, paused=True)
    assert branch.live.source.position == 3.3
    branch.give(SetValue("maxsize", 9))
    changed, resized = branch.events[n:]
    assert branch.events[:n] == first.events[:n]
    assert changed == ev.SettingChanged(3.3, "maxsize", 5, 9)
    assert resized == ev.Resized(3.3, "jobs", 5, 9)


def test_a_branch_is_recorded_from_its_very_beginning(
    live: Callable[..., Run], tmp_path: Path
) -> None:
    first = live(scenario("signals").lab(), record=tmp_path / "one").to(20.0)
    branch = live(first, first.live.history.events // 2, record=tmp_path / "two")
    branch.give(SetValue("maxsize", 3))
    branch.to(30.0)
    for run, name in ((first, "one"), (branch, "two")):
        assert run.live.close() is None
        recording = read(tmp_path / name)
        assert recording.events == run.events
        assert recording.problem == ""


def test_a_recording_that_breaks_off_is_told_and_does_not_stand_in_the_way(
    live: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(recorder: Recorder, event: ev.Event) -> None:
        from qdash.recording import RecordingError

        if event.t > 5.0:
            raise RecordingError("no space left")
        write(recorder, event)

    write = Recorder.write
    monkeypatch.setattr(Recorder, "write", full)
    first = live(scenario("producer-consumer").lab(), record=tmp_path / "r").to(4.0)
    assert not any(isinstance(event, ev.LoopError) for event in first.events)
    first.to(10.0)
    (lost,) = (event for event in first.events if isinstance(event, ev.LoopError))
    assert "no space left" in lost.error
    at = first.events.index(lost)
    first.to(15.0)
    alone = [event for event in first.events if event is not lost and event != lost]
    for n in (at, at + 1, at + 2, first.live.history.events):
        branch = live(first, n).to(15.0)
        assert [event for event in branch.events if event != lost] == alone
        assert branch.events.count(lost) == (n > at)
        twice = live(branch, branch.live.history.events).to(15.0)
        assert twice.events == branch.events


def test_a_moment_that_is_no_longer_kept_is_no_place_to_branch(live: Callable[..., Run]) -> None:
    first, t = live(scenario("producer-consumer").lab()), 0.0
    history = first.live.history
    history.limit = 2_000
    while not history.first:
        t += 200.0
        first.to(t)
    with pytest.raises(IndexError):
        first.live.branch(history.first - 1, speed=None, paused=False)
    branch = live(first, history.first).to(t)
    assert branch.live.history.events == history.events
    assert branch.events[-2_000:] == first.events[-2_000:]
