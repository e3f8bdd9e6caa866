"""Each event is one true sentence."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import DISTURBANCES, Inject, SetValue
from qdash.engine import Lab
from qdash.events import Event
from qdash.narrate import Tone, ordinal, seconds, sentence, tone
from qdash.scenarios import SLUGS, scenario
from qdash.state import State, Then

KINDS: tuple[type[Event], ...] = get_args(ev.AnyEvent)
PLENTY = 1_000_000


def any_of(cls: type[Any]) -> st.SearchStrategy[Any]:
    """Records of a type with any content at all, infinite and empty included."""
    fields = {name: st.from_type(kind) for name, kind in get_type_hints(cls).items()}
    if "cause" in fields:
        fields["cause"] = st.none() | EVENTS
    return st.builds(cls, **fields)


EVENTS = st.one_of([any_of(kind) for kind in KINDS])


@given(event=EVENTS, then=st.none() | any_of(Then))
def test_every_event_whatever_it_holds_is_one_line(event: Event, then: Then | None) -> None:
    text = sentence(event, then)
    assert text.strip()
    assert text.isprintable()
    assert tone(event) in get_args(Tone)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_event_has_a_sentence_of_its_own(kind: type[Event]) -> None:
    values = {"t": 1.0, "item": 45, "worker": "P1", "queue": "jobs", "seconds": 2.0}
    for name, hint in get_type_hints(kind).items():
        if name not in values:
            options = get_args(hint)
            values[name] = (
                options[0] if options and isinstance(options[0], str) else hint_value(hint)
            )
    event = kind(**{name: values[name] for name in get_type_hints(kind)})
    assert sentence(event).isascii()
    assert kind.__name__ not in sentence(event)


def hint_value(hint: Any) -> Any:
    return {int: 3, float: 2.0, str: "word", bool: True}.get(hint)


OPEN: list[Lab] = []


@pytest.fixture(autouse=True)
def _close_labs() -> Iterator[None]:
    """Leave no task behind."""
    yield
    while OPEN:
        OPEN.pop().close()


class Told:
    """A lab whose log can be read as sentences."""

    def __init__(self, slug: str = "producer-consumer", **settings: Any) -> None:
        self.lab: Lab = scenario(slug).lab(settings)
        self.state = State(self.lab.header)
        OPEN.append(self.lab)
        self.told: list[tuple[Event, Any]] = []
        self.lab.add_sink(lambda event: self.told.append((event, self.state.apply(event))))
        self.lab.start()
        self.t = 0.0

    def run(self, seconds: float) -> None:
        self.t += seconds
        self.lab.advance(self.t, PLENTY)

    def give(self, command: Any) -> None:
        self.lab.command(command, self.t)

    def say(self, kind: type[Event], **fields: Any) -> list[str]:
        return [
            sentence(event, then)
            for event, then in self.told
            if isinstance(event, kind) and all(getattr(event, n) == v for n, v in fields.items())
        ]


BUSY: dict[str, Any] = {
    "jitter": "constant", "produce_time": 1.0, "consume_time": 10.0, "consumers": 1, "maxsize": 1,
}  # fmt: skip


def test_a_full_queue_blocks_and_a_get_wakes_who_is_first() -> None:
    told = Told(**BUSY)
    told.run(12.0)
    assert told.say(ev.Put)[:2] == ["P1 put #1: jobs is full (1/1)", told.say(ev.Put)[1]]
    assert told.say(ev.PutWaiting)[:3] == [
        "P2 blocked in put(#2): jobs is full (1/1), first in line",
        "P3 blocked in put(#3): jobs is full (1/1), second in line",
        "P1 blocked in put(#4): jobs is full (1/1), second in line",
    ]
    assert told.say(ev.Woken, op="put")[-1] == (
        "C1 got #2 and freed a slot, so P3, first in line for put(), was woken"
    )
    assert told.say(ev.Put)[-1] == "P3 put #3, blocked for 10.0 s: jobs is full (1/1)"
    assert told.say(ev.Woken, op="get") == ["P1 put #1, so C1, first in line for get(), was woken"]
    assert told.say(ev.Got)[0] == "C1 got #1 from jobs (0/1), waited 1.0 s"


def test_over_capacity_is_said_when_it_is_so() -> None:
    told = Told(**BUSY | {"maxsize": 3})
    told.run(5.0)
    told.give(SetValue("maxsize", 1))
    told.run(7.0)
    assert told.say(ev.SettingChanged) == ["you set maxsize from 3 to 1"]
    assert told.say(ev.Resized) == [
        "maxsize of jobs went from 3 to 1: 3 lie in it, over capacity by 2 until it is drained"
    ]
    assert told.say(ev.Got)[-1] == "C1 got #2 from jobs (2/1), still over capacity"
    assert told.say(ev.Woken, op="put")[-1] == (
        "C1 got #2, so P2, first in line for put(), was woken, though jobs is still full (2/1)"
    )
    assert told.say(ev.Barged) == [
        "P2 was woken, but jobs is still over capacity (2/1): "
        "P2 goes to the back of the line, third"
    ]


def test_who_took_the_slot_first_is_named() -> None:
    event = ev.Barged(2.0, "P1", "jobs", "put", "P3")
    assert sentence(event, Then(1, 1, place=2)) == (
        "P1 was woken, but P3 took the slot first: P1 goes to the back of the line, second"
    )


def test_it_is_told_how_a_slot_was_taken_from_who_was_woken_for_it() -> None:
    lab = Lab(barging, {}, seed=7, scenario="barging")
    OPEN.append(lab)
    state = State(lab.header)
    said: list[str] = []
    lab.add_sink(lambda event: said.append(sentence(event, state.apply(event))))
    lab.start()
    lab.advance(10.0, PLENTY)
    assert (
        "A was woken, but B took the slot first (put_nowait): A goes to the back of the line, first"
    ) in said


async def barging(lab: Lab) -> None:
    queue = lab.queue("jobs", maxsize=1)
    queue.put_nowait(1)

    async def a() -> None:
        await queue.put(2)

    async def b() -> None:
        await asyncio.sleep(1)
        queue.get_nowait()
        queue.put_nowait(3)

    tasks = [asyncio.create_task(a(), name="A"), asyncio.create_task(b(), name="B")]
    await asyncio.wait(tasks)


def test_a_step_tells_the_line_on_which_it_ends() -> None:
    told = Told()
    told.lab.watch_lines()
    told.run(3.0)
    steps = [e for e, _ in told.told if isinstance(e, ev.Stepped) and e.worker == "C1"]
    source = told.lab.header.source
    assert sentence(steps[0], None, source) == (
        f"C1 runs on to line {steps[0].line}: item = await queue.get()"
    )
    assert sentence(ev.Stepped(0.0, "C1", 9_999), None, source) == "C1 runs on to line 9999"


def test_a_stop_signal_and_an_exception_travel() -> None:
    told = Told(jitter="constant", producers=0, consumers=2)
    told.run(1.0)
    told.give(Inject("stop"))
    told.give(Inject("exception"))
    told.run(1.0)
    assert told.say(ev.Injected) == [
        "you: stop signal (jobs)",
        "you: exception through the queue (jobs)",
    ]
    assert told.say(ev.Put, shape="stop") == ["you1 put a stop signal into jobs (1/5)"]
    assert told.say(ev.Got, shape="stop") == ["the stop signal reached C1 (1/5)"]
    assert told.say(ev.WorkerEnded, worker="C1") == ["C1 had got the stop signal and returned"]
    assert told.say(ev.Got, shape="error") == [
        "the exception (InjectedError: sent through the queue) reached C2 (0/5)"
    ]
    assert told.say(ev.WorkerEnded, worker="C2") == [
        "C2 raised the exception that it had got, and failed: InjectedError: sent through the queue"
    ]


def test_a_timeout_says_how_long_it_waited() -> None:
    told = Told("timeouts", producers=0, get_timeout=2.0, consumers=1)
    told.run(2.0)
    assert told.say(ev.GetWaiting)[0] == "C1 waits in get(): jobs is empty; gives up in 2.0 s"
    assert told.say(ev.GetRefused) == [
        "C1 waited 2.0 s in get() from jobs and gave up (timeout): it is still empty"
    ]


def test_join_and_task_done_count_down() -> None:
    told = Told(jitter="constant", items=2, producers=2, consumers=1, consume_time=0.8)
    told.run(60.0)
    assert told.say(ev.JoinWaiting) == [
        "main waits in join(): 2 unfinished in jobs, 1 queued and 1 got and not done"
    ]
    assert told.say(ev.TaskDone) == [
        "task_done() by C1 on jobs for #1: 1 unfinished",
        "task_done() by C1 on jobs for #2: nothing is unfinished, so join() by main returns",
    ]
    assert told.say(ev.Joined) == [
        "join() by main on jobs returned after 1.6 s: nothing is unfinished"
    ]
    assert told.say(ev.Ended) == ["the run is over: main returned"]


def test_a_run_that_is_stuck_says_where_everybody_waits() -> None:
    told = Told(jitter="constant", items=1, consumers=0, producers=1)
    told.run(60.0)
    assert told.say(ev.Stuck) == [
        "nothing can happen any more: 1 worker waits (1 in join()), and no timer is set"
    ]


def test_what_a_cancelled_worker_held_stays_owed() -> None:
    event = ev.WorkerEnded(3.0, "C2", "cancelled")
    assert sentence(event, Then(names=("#7", "#8"))) == (
        "C2 was cancelled: its task is over, with #7, #8 in hand: task_done() stays owed"
    )


@pytest.mark.parametrize("slug", SLUGS)
def test_a_level_told_is_the_level_of_then(slug: str) -> None:
    told = Told(slug)
    told.run(20.0)
    told.give(SetValue("maxsize", 2))
    told.run(20.0)
    size: dict[str, int] = {}
    maxsize: dict[str, int] = {}
    checked = 0
    for event, then in told.told:
        queue = getattr(event, "queue", "")
        if isinstance(event, ev.QueueMade):
            size[queue], maxsize[queue] = 0, event.maxsize
        elif isinstance(event, ev.Resized):
            maxsize[queue] = event.new
        elif isinstance(event, ev.Put):
            size[queue] += 1
        elif isinstance(event, (ev.Got, ev.Dropped)):
            size[queue] -= 1
        for level in re.findall(r"\((\d+/\d+)\)", sentence(event, then)):
            assert level == f"{size[queue]}/{maxsize[queue]}"
            checked += 1
    assert checked > 20


def test_disturbances_and_settings_have_their_own_titles() -> None:
    for name, disturbance in DISTURBANCES.items():
        assert disturbance.title in sentence(ev.Injected(0.0, name, "jobs"))
    assert sentence(ev.SettingChanged(0.0, "get_timeout", None, 0.5)) == (
        "you set get_timeout from off to 0.5 s"
    )
    assert sentence(ev.Refused(0.0, "maxsize", "maxsize must be one")) == (
        "maxsize was refused: maxsize must be one"
    )


def test_numbers_are_said_as_people_say_them() -> None:
    assert [ordinal(n) for n in (1, 2, 10, 11, 12, 21, 22, 103, 111)] == [
        "first", "second", "tenth", "11th", "12th", "21st", "22nd", "103rd", "111th",
    ]  # fmt: skip
    assert [seconds(s) for s in (0.0, 0.0057, 0.05, 2.0, 61.25)] == [
        "0.0 s", "0.006 s", "0.05 s", "2.0 s", "61.2 s",
    ]  # fmt: skip
