"""What a widget is given to draw: one frame's view of everything that is known."""

from __future__ import annotations

import msgspec

from qdash.state import State
from qdash.stats import Stats
from qdash.timeline import Timeline
from qdash.tui.look import Glyphs


class View(msgspec.Struct, frozen=True, eq=False):
    """All that a widget may show. It is made anew for each frame; the state in it is live.

    ``position`` is the clock to show, in virtual seconds: it moves on between two events, so that
    progress bars and countdowns move too. ``speed`` None is free; ``selected`` is the worker that
    the person chose, or "".
    """

    state: State
    timeline: Timeline
    position: float
    speed: float | None
    paused: bool
    lagging: bool
    """Whether the lab waits for the screen."""
    glyphs: Glyphs
    selected: str = ""
    stats: Stats | None = None
    """The figures of the run, where somebody keeps them."""
    title: str = ""
    """The number and the name of the scenario."""
