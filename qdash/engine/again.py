"""The same course once more: a fresh lab is brought to where an earlier one of its kind has been.

A run follows from its scenario, settings, seed and commands alone. So any place of its past is
reached again by running them again, and from there a run may take another course.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import nextafter
from typing import TYPE_CHECKING, Final

import msgspec

from qdash.commands import Command
from qdash.engine.loop import Outcome
from qdash.events import Event

if TYPE_CHECKING:
    from qdash.engine.lab import Lab
    from qdash.engine.workplace import Sink

_SLICE: Final = 2_000
"""How many callbacks run before it is asked whether to go on."""


class Given(msgspec.Struct, frozen=True):
    """One command and where in the run it was given: enough to give it again just there."""

    t: float
    callbacks_run: int
    command: Command


class Again(msgspec.Struct, frozen=True):
    """A place in the course of an earlier run, and the way there.

    It is the end of the callback, or command, by which event number ``events`` came, counted from
    1; that event is ``last`` (None where ``events`` is 0, which is the beginning). ``given`` are
    the commands of that run; those given after the place are left out. ``position`` is the virtual
    time from which to go on, in seconds: that of the event, or later, but not after the next one.
    """

    given: tuple[Given, ...]
    events: int
    last: Event | None
    position: float


class NotTheSame(RuntimeError):
    """A lab that was run again did not do what the earlier one had done."""


def run_again(
    lab: Lab, again: Again, sink: Sink, going: Callable[[float], bool] = lambda part: True
) -> bool:
    """Start a fresh lab and run it, as fast as it goes, up to a place of an earlier course.

    ``sink`` gets the events after the first ``again.events``, from then on; other sinks of the lab
    get all. ``going`` is told now and then which part of the way is done, 0 to 1; where it returns
    False the run is broken off there, and False is returned. Raises NotTheSame.
    """
    told, last = 0, None

    def count(event: Event) -> None:
        nonlocal told, last
        told += 1
        if told > again.events:
            sink(event)
        elif told == again.events:
            last = event

    lab.add_sink(count)
    lab.start()
    loop, t = lab.loop, again.last.t if again.last is not None else 0.0
    before, near = nextafter(t, -1.0), False
    for order in (*again.given, None):
        end = sys.maxsize if order is None else order.callbacks_run
        while told < again.events and loop.callbacks_run < end:
            if not going(told / again.events):
                return False
            # Fast up to the instant at which the place lies, and then callback by callback.
            if near or loop.time() >= t:
                outcome = lab.advance(t, 1)
            elif (
                outcome := lab.advance(before, min(_SLICE, end - loop.callbacks_run))
            ) is Outcome.LIMIT:
                near = True
                continue
            if outcome in (Outcome.LIMIT, Outcome.IDLE) and told < again.events:
                raise NotTheSame(_different(lab, again, told))
        if order is not None and told < again.events:
            lab.tell_if_stuck()  # which may be the last event of all
        if order is None or told >= again.events:
            break
        lab.command(order.command, order.t)
    if last != again.last:
        raise NotTheSame(_different(lab, again, told))
    if again.position > t:
        while lab.advance(again.position, _SLICE) is Outcome.BUDGET:
            if not going(1.0):
                return False
    lab.remove_sink(count)
    lab.add_sink(sink)
    return True


def _different(lab: Lab, again: Again, told: int) -> str:
    return (
        "run again with the same settings, seed and commands, the scenario took another course: "
        f"event {min(told, again.events):,} of {again.events:,} is not what it was, at "
        f"{lab.loop.time():g} s; it must depend on something else as well"
    )
