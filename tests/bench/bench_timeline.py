"""What the time axis costs: folding an event, asking for a picture, and memory over a long run.

Run it as ``python tests/bench/bench_timeline.py``. The measure beside the fold is the call of a
method that does nothing, and the state's own fold.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from itertools import count, cycle
from typing import Any

from _compare import ratio_table, take_turns

from qdash.events import Event, Header
from qdash.scenarios import scenario
from qdash.state import State
from qdash.timeline import Timeline

EVENTS = 100_000
LABS: dict[str, dict[str, Any]] = {
    "6 workers, often waiting": {},
    "6 workers, mostly blocked": {"consume_time": 1.9},
    "1,000 workers": {"producers": 500, "consumers": 500, "maxsize": 50},
}


class Nothing:
    """Takes an event and does nothing."""

    def apply(self, event: Event) -> None:
        """Do nothing."""


def record(values: dict[str, Any]) -> tuple[Header, list[Event]]:
    """Return the events of a run."""
    lab = scenario("producer-consumer").lab(values)
    events: list[Event] = []
    lab.add_sink(events.append)
    lab.start()
    while len(events) < EVENTS:
        lab.advance(float("inf"), 10_000)
    lab.close()
    return lab.header, events


def fold(into: Any, events: list[Event]) -> None:
    """Fold all events."""
    apply = into.apply
    for event in events:
        apply(event)


def ask(timeline: Timeline, until: float, known: float, width: float) -> None:
    """Ask for all that a picture needs."""
    columns = 150
    first = max(0, int(until // width) - columns)
    for role in timeline.roles.values():
        for lane in role.lanes:
            lane.track.columns(width, first, columns, until, known)
        role.rest.columns(width, first, columns, until, known)
    for queue in timeline.queues.values():
        queue.track.columns(width, first, columns, until, known)


def questions(timeline: Timeline, end: float) -> dict[str, Callable[[], None]]:
    """Return the asking for a picture anew, and for the one a column later than the last."""
    ticking, zoom = count(1), cycle((0.5, 0.25))
    return {
        "all columns anew": lambda: ask(timeline, end, -1.0, next(zoom)),
        "a column later": lambda: ask(timeline, end + next(ticking) / 8, end, 0.125),
    }


def memory(events: list[Event], rounds: int) -> list[float]:
    """Return the megabytes that a timeline holds after each tenth of so many times the events."""
    timeline = Timeline(Header(scenario="", seed=1, python="", settings={}))
    length = events[-1].t
    held = []
    tracemalloc.start()
    for n in range(rounds):
        for event in events:
            timeline.apply(type(event)(event.t + n * length, *_rest(event)))
        if n % max(1, rounds // 10) == 0:
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0] / 1e6)
    tracemalloc.stop()
    return held


def _rest(event: Event) -> list[Any]:
    return [getattr(event, name) for name in event.__struct_fields__[1:]]


def main() -> None:
    """Measure and print."""
    for name, values in LABS.items():
        header, events = record(values)
        times = take_turns(
            {
                "a method that does nothing": lambda e=events: fold(Nothing(), e),
                "State.apply": lambda e=events, h=header: fold(State(h), e),
                "Timeline.apply": lambda e=events, h=header: fold(Timeline(h), e),
            },
            rounds=5,
        )
        ratio_table(f"fold an event: {name}", times, operations=len(events))
        timeline = Timeline(header)
        fold(timeline, events)
        times = take_turns(questions(timeline, events[-1].t), rounds=20)
        ratio_table(f"ask for a picture: {name}", times, operations=1)
    _, events = record({})
    steady = [
        event for event in events if type(event).__name__ not in ("QueueMade", "WorkerStarted")
    ]
    begun = [event for event in events if event not in steady[:1] and event.t == 0.0]
    held = memory([*begun, *steady[:20_000]], 50)
    print("MB held over 1,000,000 events:", " ".join(f"{mb:.2f}" for mb in held))


if __name__ == "__main__":
    main()
