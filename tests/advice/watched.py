"""A lab with what the rules look at: a scenario, or a program of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from qdash import events as ev
from qdash.advice import check
from qdash.commands import Command, Inject, SetValue
from qdash.engine import Lab
from qdash.events import Event, Header
from qdash.scenarios import scenario
from qdash.settings import complete
from qdash.state import State

PLENTY = 1_000_000
HEADER = Header("none", 7, "3.11", {}, (("producer", "@jobs", "consumer"),))

OPEN: list[Lab] = []

Program = Callable[[Lab], Coroutine[Any, Any, None]]


class Watched:
    """A lab that is moved by hand; ``says`` is what the rules say of it, by rule."""

    def __init__(
        self,
        program: str | Program = "producer-consumer",
        *,
        layout: tuple[tuple[str, ...], ...] = (),
        seed: int = 7,
        lines: bool = False,
        **settings: Any,
    ) -> None:
        if isinstance(program, str):
            self.lab = scenario(program).lab(settings, seed)
        else:
            self.lab = Lab(program, complete(settings, {}), seed=seed, layout=layout)
        self.state = State(self.lab.header)
        OPEN.append(self.lab)
        self.lab.add_sink(self.state.apply)
        if lines:
            self.lab.watch_lines()
        self.lab.start()
        self.t = 0.0

    def run(self, seconds: float) -> Watched:
        self.t += seconds
        self.lab.advance(self.t, PLENTY)
        return self

    def give(self, command: Command) -> Watched:
        self.lab.command(command, self.t)
        self.lab.advance(self.t, PLENTY)
        return self

    def inject(self, what: str, target: str = "", amount: float | None = None) -> Watched:
        return self.give(Inject(what, target, amount))

    def set(self, name: str, value: Any) -> Watched:
        return self.give(SetValue(name, value))

    def says(self) -> dict[str, str]:
        return {advice.rule: advice.evidence for advice in check(self.state)}


def fold(*events: Event) -> State:
    """A state with one queue, ``jobs`` of 5, and these events."""
    state = State(HEADER)
    state.apply(ev.QueueMade(0.0, "jobs", 5))
    state.apply_all(events)
    return state


def evidence(state: State, rule: str) -> list[str]:
    return [advice.evidence for advice in check(state) if advice.rule == rule]
