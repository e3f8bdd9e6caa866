"""What a widget is given to draw: one frame's view of everything that is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from qdash.experiment.compared import Comparison
from qdash.history import History
from qdash.state import State
from qdash.timeline import Timeline
from qdash.tui.look import Glyphs
from qdash.why import Subject

if TYPE_CHECKING:
    from qdash.script.card import Card


class Twin(msgspec.Struct, frozen=True, eq=False):
    """The other of two courses of one run, which were the same up to a moment.

    ``name`` and ``shown`` are what this one and the one on the screen are called; ``now`` is the
    clock of its latest moment. They part at ``parted`` (all in virtual seconds), when ``done``
    things of each queue were marked done.
    """

    history: History
    name: str
    shown: str
    now: float
    parted: float
    done: Mapping[str, int]
    beside: bool = False
    """Whether both are on the screen, side by side."""


class View(msgspec.Struct, frozen=True, eq=False):
    """All that a widget may show. It is made anew for each frame; the state in it is live.

    ``state`` and ``timeline`` are those of the moment shown, which may lie in the past: a later
    view can show an earlier moment. ``history`` is the same object as long as one run is shown.
    ``position`` is the clock to show, in virtual seconds: it moves on between two events, so that
    progress bars and countdowns move too. ``speed`` None is free; ``selected`` is the worker that
    the person chose, or "".
    """

    state: State
    timeline: Timeline
    history: History
    position: float
    speed: float | None
    paused: bool
    lagging: bool
    """Whether the lab waits for the screen."""
    glyphs: Glyphs
    selected: str = ""
    subject: Subject | None = None
    """What was chosen last, a new one each time: it is what the person asks about."""
    past: bool = False
    """Whether the moment shown is not the latest of a run that goes on."""
    replay: bool = False
    """Whether a recording is shown, in which nothing can be changed."""
    now: float = 0.0
    """The clock of the present, or of the end of a recording: ``position`` unless in the past."""
    twin: Twin | None = None
    """The course beside the one shown, to compare them."""
    again: float | None = None
    """While the lab is run again up to where a course branches: the part done, 0 to 1."""
    without: frozenset[str] = frozenset()
    """The rules of advice that are switched off."""
    title: str = ""
    """The number and the name of the scenario."""
    problem: str = ""
    """What is wrong with the recording that is shown, or ""."""
    card: Card | None = None
    """What a script that is played says now."""
    presenting: bool = False
    """Whether it is shown to a room: nothing else is on the screen that distracts."""
    versus: Versus | None = None
    """Two labs side by side, of which this view is the one that keys and settings act on."""

    @property
    def events(self) -> int:
        """How many events have happened at the moment shown: their numbers are below this."""
        return self.state.events


class Side(msgspec.Struct, frozen=True, eq=False):
    """One of two labs side by side.

    ``letter`` is A or B, ``label`` what sets it apart from the other. Keys and settings act on the
    one that is ``acted`` on.
    """

    letter: str
    label: str
    view: View
    acted: bool


class Versus(msgspec.Struct, frozen=True, eq=False):
    """Two labs side by side, A and B, and how they differ."""

    sides: tuple[Side, Side]
    chart: View
    """A view of A with B as its twin, to compare them in one chart."""
    comparison: Comparison
    runs: int = 0
    """How many replications of each the comparison is of; 0: it is of the two on the screen."""
    working: str = ""
    """How far replications have come that are being run, in words, or ""."""

    @property
    def acted(self) -> Side:
        """The side that keys and settings act on."""
        return self.sides[0] if self.sides[0].acted else self.sides[1]
