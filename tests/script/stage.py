"""A host for the director without a screen: its labs are moved by hand, or run in threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qdash.commands import Command
from qdash.course import Course
from qdash.events import Event
from qdash.live import LiveRun
from qdash.scenarios import ALL, scenario
from qdash.script.director import Director
from qdash.script.model import Act
from qdash.script.read import read
from tests.tui.hand_lab import HandLab


class Stage:
    """``begun`` are the acts in the order in which they began; ``played`` their events."""

    def __init__(self, text: str, factory: Callable[..., Any] = HandLab) -> None:
        self.begun: list[Act] = []
        self.noted: list[float | None] = []
        self._factory = factory
        self._courses: list[Course] = []
        self.director = Director(read(text, scenarios=ALL), self)
        self.director.begin()

    @property
    def course(self) -> Course:
        return self._courses[-1]

    @property
    def lab(self) -> Any:
        run = self.course.run
        assert run is not None
        return run.source

    def begin(self, act: Act, limit: float, speed: float | None) -> None:
        self.begun.append(act)
        lab = scenario(act.scenario).lab(act.settings, act.seed)
        live = LiveRun(lab, speed=speed, paused=False, thread_factory=self._factory)
        self._courses.append(Course(live.history, run=live))
        self.course.hold(limit)
        live.source.start()

    def send(self, command: Command) -> None:
        self.lab.send(command)

    def note_speed(self, speed: float | None) -> None:
        self.noted.append(speed)

    def tick(self) -> None:
        """Some frames, as many as it takes to do what is due at one instant."""
        for _ in range(4):
            self.course.fold(1.0, (), lambda event: None)
            self.course.play(1.0)
            self.director.tick()

    def pass_to(self, t: float) -> None:
        """Let time pass up to ``t`` in the lab that is played, frame by frame."""
        before: object = None
        while before != (before := (self.director.place, self.lab, self.lab.held)):
            self.lab.run_to(t)
            self.tick()

    def rush(self) -> None:
        """Let a lab that is free run to where it is held, until the play stands."""
        for _ in range(1000):
            self.tick()
            if self.director.stands or self.director.phase == "over":
                return
            if self.lab.speed is None and self.lab.held is not None:
                self.lab.run_to(self.lab.held)
        raise AssertionError(f"it hastens on and on: {self.director.place}")

    def events(self) -> list[Event]:
        """All events of the lab that is played."""
        return self.all_events()[-1]

    def all_events(self) -> list[list[Event]]:
        """The events of each lab that was begun."""
        histories = [course.history for course in self._courses]
        return [list(history.between(0, history.events)) for history in histories]

    def close(self) -> None:
        for course in self._courses:
            assert course.run is not None
            course.run.close()
