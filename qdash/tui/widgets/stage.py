"""The stage: producers, the queue as slots, consumers, as they are at this moment."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip

from qdash.tui.messages import ItemChosen, QueueChosen, WorkerChosen
from qdash.tui.view import View
from qdash.tui.widgets.drawn import Drawn
from qdash.tui.widgets.stage_rows import Frame, compose, preferred_height
from qdash.tui.widgets.stage_text import role_name
from qdash.tui.widgets.stage_words import Scene, tell
from qdash.why import Subject
from qdash.words import spoken, tr

_STEPS = 10
"""How often in a second of the wall's clock bars and countdowns move."""

_TOGETHER = 3
"""Changed lines nearer to one another than this are painted at one go, which is quicker."""


class Stage(Drawn):
    """Who makes, who waits, what lies in the queue, and who works. Give it a view by ``show``."""

    GROUND = "gap"
    DEFAULT_CSS = "Stage { height: auto; background: $background; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "gap": "dim on background",
        "gap-text": "foreground on background",
        "gap-blocked": "blocked on background bold",
        "text": "foreground on surface",
        "dim": "dim on surface",
        "title": "dim on surface bold",
        "name": "foreground on surface bold",
        "strong": "foreground on surface bold",
        "accent": "accent on surface",
        "producer": "producer on surface bold",
        "consumer": "consumer on surface bold",
        "other": "other on background bold",
        "producer-chosen": "background on producer bold",
        "consumer-chosen": "background on consumer bold",
        "other-chosen": "background on other bold",
        "blocked": "blocked on surface",
        "blocked-loud": "blocked on surface bold",
        "stop": "stop on surface",
        "pointed": "background on accent bold",
        "badge": "foreground on panel bold",
        "badge-blocked": "background on blocked bold",
        "badge-stop": "background on stop bold",
        "slot": "producer on slot bold",
        "slot-stop": "stop on slot-stop bold",
        "slot-error": "blocked on slot-error bold",
        "slot-token": "other on slot bold",
        "slot-over": "blocked on slot bold",
        "slot-empty": "dim on slot-empty",
    }
    NO_COLOUR: ClassVar[dict[str, str]] = {
        "blocked": "foreground bold",
        "blocked-loud": "foreground bold reverse",
        "gap-blocked": "foreground bold reverse",
    }

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)  # type: ignore[arg-type]
        self._view: View | None = None
        self._key: object = None
        self._frame = Frame()

    def show(self, view: View) -> None:
        """Draw this view; only lines in which a cell differs are painted again.

        While the clock moves, that is ten times a second; else whenever something happened.
        """
        moving = self._view is not None and view.position != self._view.position
        self._view = view
        moment = self._moment(view)
        chosen = (view.selected, view.subject, view.card is None)
        key: tuple[object, ...] = (view.state, moment, *chosen, self.size, spoken())
        if not moving or moment == view.position:
            key += (view.state.events,)
        if key != self._key:
            self._key = key
            self._draw()

    def preferred_height(self, view: View, width: int) -> int:
        """Return how many lines the stage would like at this width."""
        return preferred_height(view.state, width)

    def _moment(self, view: View) -> float:
        """Return the time to draw: the clock's, while it moves in steps that the eye can follow."""
        if view.paused or view.speed is None or view.state.stuck or view.state.ended is not None:
            return view.position
        step = view.speed / _STEPS
        return int(view.position / step) * step

    def _draw(self) -> None:
        view = self._view
        if view is None:
            return
        width, height = self.size
        now = max(view.state.t, self._moment(view))
        before = self._frame.lines
        self._frame = compose(Scene(view, now), width, height)
        lines = self._frame.lines
        if len(lines) != len(before):
            self.refresh()
            return
        regions: list[Region] = []
        for y in range(height):
            if lines[y] == before[y]:
                continue
            last = regions[-1] if regions else None
            if last is not None and y - last.bottom < _TOGETHER:
                regions[-1] = Region(0, last.y, width, y + 1 - last.y)
            else:
                regions.append(Region(0, y, width, 1))
        if regions:
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        """Return one prepared line."""
        lines = self._frame.lines
        return self.strip_of(lines[y] if y < len(lines) else ())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return the height for ``height: auto``."""
        return self.preferred_height(self._view, width) if self._view is not None else 1

    def _on_resize(self, event: events.Resize) -> None:
        self._key = None
        self._draw()

    def _at(self, x: int, y: int) -> Subject | None:
        for line, left, right, to in self._frame.spots:
            if line == y and left <= x < right:
                return to
        return None

    def on_click(self, event: events.Click) -> None:
        """Choose the item, the queue or the worker on which the person clicked."""
        to = self._at(event.x, event.y)
        if to is None:
            return
        event.stop()
        if to.kind == "item":
            self.post_message(ItemChosen(to.name))
        elif to.kind == "queue":
            self.post_message(QueueChosen(str(to.name)))
        else:
            self.post_message(WorkerChosen(str(to.name)))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Say in a tooltip what the worker under the pointer does, or what a click will tell."""
        to = self._at(event.x, event.y)
        if to is not None and to.kind != "worker":
            if to.kind == "item":
                words = tr("{subject}: click for its life")
            else:
                words = tr("{subject}: click for why it is as it is")
            self.tooltip = words.format(subject=to.title)
            return
        name = "" if to is None else str(to.name)
        worker = self._view.state.workers.get(name) if self._view is not None else None
        if self._view is None or worker is None:
            self.tooltip = None
            return
        now = max(self._view.state.t, self._view.position)
        told = tell(worker, Scene(self._view, now))
        who = tr("{worker}, {role}: {doing}").format(
            worker=worker.name, role=role_name(worker.role), doing=told.words[0]
        )
        parts = (who, told.time, *told.notes[:1])
        self.tooltip = "\n".join(part for part in parts if part)
