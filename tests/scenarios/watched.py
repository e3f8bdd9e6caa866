"""A scenario under observation: its lab, its state and all of its events."""

from __future__ import annotations

from types import TracebackType
from typing import Any, TypeVar

from qdash.commands import Inject, SetValue
from qdash.events import Event, Value
from qdash.scenarios import scenario
from qdash.state import State

E = TypeVar("E", bound=Event)
PLENTY = 10_000_000


class Watched:
    def __init__(self, slug: str, seed: int | None = None, **settings: Value) -> None:
        self.scenario = scenario(slug)
        self.lab = self.scenario.lab(settings, seed)
        self.state = State(self.lab.header)
        self.events: list[Event] = []
        self.lab.add_sink(self.events.append)
        self.lab.add_sink(self.state.apply)
        self.position = 0.0
        self.lab.start()

    def __enter__(self) -> Watched:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.lab.close()

    def to(self, t: float) -> Watched:
        self.position = t
        self.lab.advance(t, PLENTY)
        return self

    def set(self, **settings: Value) -> None:
        for name, value in settings.items():
            self.lab.command(SetValue(name, value), self.position)

    def inject(self, what: str, target: str = "", amount: float | None = None) -> list[Event]:
        before = len(self.events)
        self.lab.command(Inject(what, target, amount), self.position)
        return self.events[before:]

    def all(self, kind: type[E], **fields: Any) -> list[E]:
        return [
            event
            for event in self.events
            if isinstance(event, kind)
            and all(getattr(event, name) == value for name, value in fields.items())
        ]

    def index(self, event: Event) -> int:
        return next(at for at, other in enumerate(self.events) if other is event)

    def live(self, role: str) -> int:
        return len(self.state.live(role))
