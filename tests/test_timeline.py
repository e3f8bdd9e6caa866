"""The timeline says of every column what a plain look at the events says."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash import events as ev
from qdash import timeline as tl
from qdash.commands import DISTURBANCES, Command, Inject, SetValue
from qdash.events import Event, Header
from qdash.scenarios import scenario
from qdash.timeline import LANES, MARKS, Timeline
from qdash.track import COLUMNS, FINEST, POINTS, WIDEST, Track

HEADER = Header(scenario="", seed=1, python="", settings={})

PHASE_AFTER: dict[type[Event], int] = {
    ev.Making: tl.BUSY,
    ev.Working: tl.BUSY,
    ev.PutWaiting: tl.BLOCKED,
    ev.GetWaiting: tl.WAITING,
    ev.JoinWaiting: tl.JOINING,
    **dict.fromkeys(
        (ev.Made, ev.Worked, ev.Put, ev.PutRefused, ev.Got, ev.GetRefused), tl.RUNNING
    ),
    ev.Joined: tl.RUNNING,
    ev.JoinRefused: tl.RUNNING,
}  # fmt: skip
DEPTHS: dict[type[Event], int] = {ev.Put: 1, ev.Got: -1, ev.Dropped: -1}


class Plain:
    """The past as plain stretches (begin, end, value), with nothing clever about them."""

    def __init__(self, events: list[Event], until: float) -> None:
        self.workers: dict[str, list[tuple[float, float, int]]] = {}
        self.roles: dict[str, str] = {}
        self.depths: dict[str, list[tuple[float, float, int, int]]] = {}
        self.ticks: dict[tuple[str, int], list[float]] = {}
        phase: dict[str, tuple[float, int]] = {}
        before: dict[str, int] = {}
        queues: dict[str, list[Any]] = {}

        def move(name: str, t: float, new: int | None) -> None:
            if name in phase:
                since, old = phase.pop(name)
                self.workers.setdefault(name, []).append((since, t, old))
                if new is not None:
                    phase[name] = (t, new)

        def flow(name: str, t: float, by: int, maxsize: int | None = None) -> None:
            since, depth, limit = queues[name]
            self.depths.setdefault(name, []).append((since, t, depth, limit))
            queues[name] = [t, depth + by, limit if maxsize is None else maxsize]

        for e in events:
            name = getattr(e, "worker", "")
            if isinstance(e, ev.WorkerStarted):
                phase[name] = (e.t, tl.RUNNING)
                self.roles[name] = e.role
            elif isinstance(e, ev.WorkerEnded):
                move(name, e.t, None)
            elif isinstance(e, ev.Stalled):
                if name in phase and phase[name][1] != tl.STALLED:
                    before[name] = phase[name][1]
                    move(name, e.t, tl.STALLED)
            elif isinstance(e, ev.Resumed):
                if name in phase and phase[name][1] == tl.STALLED:
                    move(name, e.t, before[name])
            elif type(e) in PHASE_AFTER:
                move(name, e.t, PHASE_AFTER[type(e)])
            if isinstance(e, ev.QueueMade):
                queues[e.queue] = [e.t, 0, e.maxsize]
            elif isinstance(e, ev.Resized):
                flow(e.queue, e.t, 0, e.new)
            elif type(e) in DEPTHS:
                flow(e.queue, e.t, DEPTHS[type(e)])  # type: ignore[attr-defined]
            elif isinstance(e, (ev.PutRefused, ev.GetRefused)) and e.slot is not None:
                flow(e.queue, e.t, 1 if isinstance(e, ev.PutRefused) else -1)
            tick = {ev.Put: tl.PUT, ev.Got: tl.GOT, ev.TaskDone: tl.DONE}.get(type(e))
            if tick is not None:
                self.ticks.setdefault((e.queue, tick), []).append(e.t)  # type: ignore[attr-defined]
        for name in list(phase):
            move(name, until, None)
        for name in queues:
            flow(name, until, 0)

    def keep(self, begin: float) -> None:
        """Forget what was over before ``begin``."""
        for past in (*self.workers.values(), *self.depths.values()):
            past[:] = [stretch for stretch in past if stretch[1] >= begin]  # type: ignore[index]
        for times in self.ticks.values():
            times[:] = [t for t in times if t >= begin]

    def share(self, names: list[str], phase: int, begin: float, end: float) -> float:
        """How many of the workers were in a phase, on average."""
        total = sum(
            max(0.0, min(end, stop) - max(begin, start))
            for name in names
            for start, stop, what in within(self.workers.get(name, []), begin, end)
            if what == phase
        )
        return total / (end - begin)

    def depth(self, queue: str, begin: float, end: float) -> tuple[float, float, float]:
        """Mean depth, share of the time in which it was full, and over capacity."""
        sums = [0.0, 0.0, 0.0]
        for start, stop, depth, limit in within(self.depths.get(queue, []), begin, end):
            length = max(0.0, min(end, stop) - max(begin, start))
            sums[0] += depth * length
            sums[1] += length * (0 < limit <= depth)
            sums[2] += length * (0 < limit < depth)
        return tuple(total / (end - begin) for total in sums)  # type: ignore[return-value]

    def count(self, queue: str, tick: int, begin: float, end: float) -> int:
        """How many puts, gets or dones there were."""
        return sum(begin <= t < end for t in self.ticks.get((queue, tick), ()))


def within(past: list[Any], begin: float, end: float) -> list[Any]:
    """The stretches that are not over before ``begin`` and have begun by ``end``."""
    first = bisect_left(past, begin, key=lambda stretch: stretch[1])
    return past[first : bisect_right(past, end, key=lambda stretch: stretch[0])]


def fold(events: list[Event]) -> Timeline:
    timeline = Timeline(HEADER)
    for event in events:
        timeline.apply(event)
    return timeline


def check(events: list[Event], until: float, width: float, columns: int) -> None:
    """Compare the latest columns with the plain past."""
    timeline, plain = fold(events), Plain(events, until)
    last = int(until // width)
    first = max(0, last + 1 - columns)
    count = last + 1 - first
    plain.keep(first * width)
    spans = [(k * width, min((k + 1) * width, until)) for k in range(first, last + 1)]
    for role in timeline.roles.values():
        lanes = [lane.track.columns(width, first, count, until) for lane in role.lanes]
        lanes.append(role.rest.columns(width, first, count, until))
        names = [name for name, what in plain.roles.items() if what == role.name]
        for at, (begin, end) in enumerate(spans):
            if end <= begin:
                continue
            for phase in range(tl.PHASES):
                found = sum(lane[at][phase] for lane in lanes)
                wanted = plain.share(names, phase, begin, end)
                assert found == pytest.approx(wanted, rel=1e-4, abs=1e-6)
                assert (found > 0) == (wanted > 0)  # nothing too short to be seen
    for queue in timeline.queues.values():
        found = queue.track.columns(width, first, count, until)
        for at, (begin, end) in enumerate(spans):
            if end <= begin:
                continue
            assert found[at][:3] == pytest.approx(
                plain.depth(queue.name, begin, end), rel=1e-4, abs=1e-6
            )
            whole = (first + at + 1) * width
            for tick in (tl.PUT, tl.GOT, tl.DONE):
                assert found[at][tick] == plain.count(queue.name, tick, begin, whole)


def run(
    slug: str, values: dict[str, Any], commands: list[tuple[float, Command]], until: float
) -> list[Event]:
    lab = scenario(slug).lab(values)
    events: list[Event] = []
    lab.add_sink(events.append)
    lab.start()
    for t, command in commands:
        lab.advance(t, 10**6)
        lab.command(command, t)
    lab.advance(until, 10**6)
    lab.close()
    return events


SLUGS = ("producer-consumer", "concurrency-limit", "signals", "timeouts", "dynamic-tasks")
COMMANDS = st.one_of(
    st.sampled_from(sorted(DISTURBANCES)).map(Inject),
    st.integers(0, 6).map(lambda n: SetValue("maxsize", n)),
    st.integers(0, 5).map(lambda n: SetValue("consumers", n)),
    st.integers(0, 5).map(lambda n: SetValue("producers", n)),
    st.sampled_from([0.1, 0.8, 3.0]).map(lambda s: SetValue("consume_time", s)),
    st.sampled_from([None, 0.5, 2.0]).map(lambda s: SetValue("get_timeout", s)),
    st.booleans().map(lambda on: SetValue("supervise", on)),
)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(SLUGS),
    st.lists(st.tuples(st.floats(0.1, 15), COMMANDS), max_size=6),
    st.floats(16, 40),
    st.integers(-6, 2),
    st.integers(1, 60),
)
def test_columns_are_those_of_the_plain_past(
    slug: str, commands: list[tuple[float, Command]], until: float, exponent: int, columns: int
) -> None:
    events = run(slug, {}, sorted(commands, key=lambda pair: pair[0]), until)
    check(events, max(until, events[-1].t), 2.0**exponent, columns)


@pytest.mark.parametrize("width", [2.0**-5, 0.25, 1.0, 8.0, 64.0])
def test_columns_stay_exact_when_older_changes_are_in_bins(width: float) -> None:
    events = run("producer-consumer", {"consume_time": 1.9, "maxsize": 3}, [], 9_000.0)
    assert len(events) > 5 * POINTS
    check(events, events[-1].t, width, 120)


@pytest.mark.parametrize("silence", [0.0, 50.0, 1e5, 1e8])
def test_a_long_silence_between_two_bursts(silence: float) -> None:
    """No work is done for each bin of a silence, and nothing is lost on either side of it."""
    events: list[Event] = [ev.QueueMade(0.0, "q", 2), ev.WorkerStarted(0.0, "P1", "p")]
    t = 0.0
    for burst in range(2):
        for n in range(POINTS // 2 + 500):
            t = round(t + 0.013, 9)
            events.append(ev.PutWaiting(t, "P1", "q", n))
            t = round(t + 0.004, 9)
            events.append(ev.Put(t, "P1", "q", n, n))
            events.append(ev.Got(t, "C1", "q", n, n))
        if not burst:
            t += silence
    for width in (2.0**-6, 0.5, 32.0):
        check(events, t + 1, width, 100)


def test_many_workers_are_summed_up() -> None:
    values = {"producers": 90, "consumers": 80, "maxsize": 20}
    events = run("producer-consumer", values, [(3.0, SetValue("producers", 30))], 6.0)
    check(events, 6.0, 0.25, 24)
    timeline = fold(events)
    assert [len(role.lanes) for role in timeline.roles.values()] == [1, LANES, LANES]
    assert timeline.roles["producer"].alive == 30
    assert timeline.roles["consumer"].alive == 80


def test_a_blocked_moment_leaves_a_sign_in_the_widest_column() -> None:
    events: list[Event] = [
        ev.QueueMade(0.0, "q", 1),
        ev.WorkerStarted(0.0, "P1", "p"),
        ev.Making(0.0, "P1", 1, 1.0),
        ev.PutWaiting(1.0, "P1", "q", 1),
        ev.Put(1.001, "P1", "q", 1, 1),
        ev.Making(1.001, "P1", 2, 99.0),
    ]
    lane = fold(events).lane("P1")
    assert lane is not None
    column = lane.track.columns(64.0, 0, 1, 64.0)[0]
    assert column[tl.BLOCKED] == pytest.approx(0.001 / 64)
    assert column[tl.BUSY] == pytest.approx(63.999 / 64)
    assert column[tl.RUNNING] == 0


def test_short_lives_share_a_lane() -> None:
    events: list[Event] = []
    for n in range(100):
        events += [
            ev.WorkerStarted(n, f"J{n}", "job"),
            ev.WorkerEnded(n + 0.5, f"J{n}", "returned"),
        ]
    timeline = fold(events)
    (lane,) = timeline.roles["job"].lanes
    assert (lane.worker, lane.alive) == ("J99", False)
    columns = lane.track.columns(0.5, 0, 200, 100.0)
    assert [column[tl.RUNNING] for column in columns] == [1, 0] * 100
    assert [column[tl.STARTED] for column in columns] == [1, 0] * 100


def test_a_worker_that_fails_and_is_started_again_at_once() -> None:
    events = [
        ev.WorkerStarted(0.0, "C1", "c"),
        ev.Working(0.0, "C1", 1, 2.0),
        ev.WorkerEnded(1.0, "C1", "failed", "ValueError: no"),
        ev.WorkerStarted(1.0, "C1", "c"),
        ev.GetWaiting(1.0, "C1", "q"),
    ]
    timeline = fold(events)
    lane = timeline.lane("C1")
    assert lane is not None
    assert lane.alive
    column = lane.track.columns(0.5, 2, 1, 2.0)[0]
    assert (column[tl.FAILED], column[tl.STARTED], column[tl.WAITING]) == (1, 1, 1)
    assert [mark.text for mark in timeline.marks] == ["C1 failed: ValueError"]


def test_marks_say_what_was_done() -> None:
    commands: list[tuple[float, Command]] = [
        (1.0, SetValue("consume_time", 1.9)),
        (2.0, SetValue("maxsize", 0)),
        (3.0, SetValue("get_timeout", 2.0)),
        (4.0, Inject("cancel", "C2")),
        (5.0, Inject("burst", amount=4)),
        (6.0, Inject("shutdown")),
    ]
    timeline = fold(run("producer-consumer", {"consume_time": 0.8}, commands, 6.0))
    assert [(mark.t, mark.text) for mark in timeline.marks_between(0.5, 6.5)] == [
        (1.0, "consume_time 0.8 → 1.9 s"),
        (2.0, "maxsize 5 → unbounded"),
        (3.0, "get_timeout off → 2 s"),
        (4.0, "cancel a worker: C2"),
        (5.0, "burst of items: 4 items"),
        (6.0, "shutdown()"),
    ]
    assert timeline.marks_between(4.0, 5.0) == [timeline.marks[3]]


def test_maxsize_along_time() -> None:
    commands: list[tuple[float, Command]] = [
        (2.0, SetValue("maxsize", 1)),
        (4.0, SetValue("maxsize", 0)),
    ]
    queue = fold(run("producer-consumer", {"consumers": 0}, commands, 5.0)).queues["jobs"]
    assert [queue.maxsize_at(t) for t in (0.0, 1.0, 2.0, 2.5, 4.0, 4.5)] == [5, 5, 5, 1, 1, 0]
    columns = queue.track.columns(0.5, 0, 10, 5.0)
    assert columns[6][tl.FULL] == columns[6][tl.OVER] == 1
    assert columns[9][tl.FULL] == columns[9][tl.OVER] == 0


def test_everything_is_bounded() -> None:
    timeline = Timeline(HEADER)
    timeline.apply(ev.QueueMade(0.0, "q", 5))
    for n in range(3 * MARKS):
        timeline.apply(ev.SettingChanged(float(n), "maxsize", n, n + 1))
        timeline.apply(ev.Resized(float(n), "q", n, n + 1))
        timeline.apply(ev.WorkerStarted(float(n), f"W{n}", f"role {n}"))
        timeline.apply(ev.QueueMade(float(n), f"q{n}", 5))
    assert (len(timeline.marks), timeline.marks_gone) == (MARKS, 2 * MARKS)
    assert len(timeline.queues["q"].sizes) == tl.SIZES
    assert len(timeline.roles) == tl.ROLES
    assert len(timeline.queues) == tl.QUEUES


def test_a_track_keeps_so_many_changes_and_rings() -> None:
    track = Track(1, 1, ((((0, 1),), ()), (((0, -1),), ((1, 1),))))
    t = 0.0
    for n in range(20 * POINTS):
        t += 0.001 if n % 7 else 3.0
        track.change(t, n % 2)
    assert len(track._codes) == len(track._times) <= POINTS
    assert sum(len(level.ring) for level in track._levels.values()) <= 12 * 2 * COLUMNS * 2


class OnOff:
    """A track that is switched on and off, and the time that it was on up to any time."""

    def __init__(self) -> None:
        self.track = Track(1, 1, ((((0, 1),), ()), (((0, -1),), ((1, 1),))))
        self.times: list[float] = []
        self.on: list[float] = []

    def switch(self, t: float) -> None:
        """Switch it."""
        odd = len(self.times) % 2
        self.track.change(t, odd)
        self.on.append(self.on_until(t))
        self.times.append(t)

    def on_until(self, t: float) -> float:
        """How long it was on before ``t``."""
        at = bisect_right(self.times, t) - 1
        return 0.0 if at < 0 else self.on[at] + (t - self.times[at]) * (at % 2 == 0)

    def check(self, width: float, columns: int, known: float) -> None:
        """Compare the latest columns."""
        until = self.times[-1]
        last = int(until // width)
        first = max(0, last + 1 - columns)
        found = self.track.columns(width, first, last + 1 - first, until, known)
        for at, column in enumerate(found):
            begin, end = (first + at) * width, min((first + at + 1) * width, until)
            if end > begin:
                share = (self.on_until(end) - self.on_until(begin)) / (end - begin)
                assert column[0] == pytest.approx(share, abs=1e-5)
                whole = (first + at + 1) * width
                before, after = (bisect_left(self.times, t) // 2 for t in (begin, whole))
                assert column[1] == after - before


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("asking", ["seldom", "often"])
def test_a_picture_is_exact_at_any_width_however_irregular_the_changes(
    seed: int, asking: str
) -> None:
    """Bursts, lulls and long silences in turn; asked with and without what is remembered."""
    random, one = Random(seed), OnOff()
    t, scale = 0.0, 0.01
    for n in range(5 * POINTS):
        if n % 1_500 == 0:
            scale = random.choice((0.002, 0.05, 0.05, 1.0, 7.0))
        t = round(t + random.lognormvariate(0, 1.5) * scale, 9)
        if random.random() < 0.001:
            t = round(t + 100 * scale, 9)
        one.switch(t)
        if n % 997 == 0 and asking == "often":
            one.check(2.0**-3, 40, t)
        if n % 5_003 == 0:
            for exponent in range(-8, 16, 1 + n % 2):
                one.check(2.0**exponent, COLUMNS, t if asking == "often" else -1.0)


def test_what_is_remembered_is_of_no_use_once_the_changes_since_are_in_bins() -> None:
    one = OnOff()
    for n in range(4 * POINTS):
        one.switch(n / 100 + 0.001 * (n % 7))
        if n in (500, 3 * POINTS, 4 * POINTS - 1):
            one.check(1.0, COLUMNS, one.times[-1])


def test_unknown_names_and_outsiders_are_no_trouble() -> None:
    nobody: list[Callable[[], Event]] = [
        lambda: ev.Put(0.0, "", "nowhere", 1, 1),
        lambda: ev.Got(0.0, "you", "nowhere", 1, 1),
        lambda: ev.TaskDone(0.0, "you", "nowhere"),
        lambda: ev.WorkerEnded(0.0, "ghost", "returned"),
        lambda: ev.Stalled(0.0, "ghost", 1.0),
        lambda: ev.Resumed(0.0, "ghost"),
        lambda: ev.Resized(0.0, "nowhere", 1, 2),
    ]
    timeline = fold([make() for make in nobody])
    assert timeline.lane("ghost") is None
    assert not timeline.queues
    assert not timeline.roles


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(1, 900), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(-4, 4), st.integers(1, 80)), min_size=1, max_size=3),
    st.sampled_from([20.0, 3_000.0]),
)
def test_asked_again_and_again_it_says_the_same(
    parts: list[int], asked: list[tuple[int, int]], until: float
) -> None:
    """Neither batches nor questions change anything, nor does what is remembered of old answers."""
    events = LONG[until]
    timeline, at = Timeline(HEADER), 0
    scale = len(events) / sum(parts)
    for n, part in enumerate(parts):
        batch = events[int(at * scale) : int((at + part) * scale)]
        at += part
        for event in batch:
            timeline.apply(event)
        if not batch:
            continue
        t = batch[-1].t
        fresh = fold(events[: int(at * scale)])
        exponent, columns = asked[n % len(asked)]
        width = 2.0**exponent
        first = max(0, int(t // width) + 1 - columns)
        for name, role in timeline.roles.items():
            for lane, other in zip(role.lanes, fresh.roles[name].lanes, strict=True):
                found = lane.track.columns(width, first, columns, t, t)
                wanted = other.track.columns(width, first, columns, t)
                assert [pytest.approx(column, rel=1e-5, abs=1e-9) for column in wanted] == found
        for name, queue in timeline.queues.items():
            found = queue.track.columns(width, first, columns, t, t)
            wanted = fresh.queues[name].track.columns(width, first, columns, t)
            assert [pytest.approx(column, rel=1e-5, abs=1e-9) for column in wanted] == found


LONG = {
    until: run("producer-consumer", {"consume_time": 1.9, "maxsize": 3}, [], until)
    for until in (20.0, 3_000.0)
}


def test_widths_are_powers_of_two() -> None:
    for width in (FINEST, WIDEST):
        assert math.log2(width) == int(math.log2(width))
