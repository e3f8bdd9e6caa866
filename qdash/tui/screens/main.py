"""The main screen: shares the lines out among its parts and hands each of them the view."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget

from qdash.tui.messages import PartFailed, StripChanged
from qdash.tui.screens.plan import PANELS, Plan, plan
from qdash.tui.view import View
from qdash.tui.widgets.advice import AdvicePanel
from qdash.tui.widgets.header import TopLine
from qdash.tui.widgets.keys import KeysLine
from qdash.tui.widgets.log import EventLog
from qdash.tui.widgets.settings_strip import SettingsStrip
from qdash.tui.widgets.stage import Stage
from qdash.tui.widgets.timeaxis import TimeAxis

_PARTS: Final = ("header", "stage", "axis", "log", "advice", "strip", "keys")


class MainScreen(Screen[None]):
    """The lab at work; ``folded`` and ``biggest`` are the panels put away and the one enlarged."""

    def __init__(self) -> None:
        super().__init__()
        self.header = TopLine(id="header")
        self.stage = Stage(id="stage")
        self.axis = TimeAxis(id="axis")
        self.event_log = EventLog(id="log")
        self.advice = AdvicePanel(id="advice")
        self.strip = SettingsStrip(id="strip")
        self.keys = KeysLine(id="keys")
        self.below = Horizontal(id="below")
        self.folded: frozenset[str] = frozenset()
        self.biggest = ""
        self.broken: set[str] = set()
        """The parts that failed to draw, which the others outlive."""
        self.plan = Plan()
        self._painted = False
        self._wishes: tuple[object, ...] = ()
        self._most = {"stage": 0, "axis": 0}

    def compose(self) -> ComposeResult:
        """Make the parts, from top to bottom."""
        # With the lines shared out already, the first frame needs no second layout.
        self.share_out(self.app.make_view(), self.app.size)  # type: ignore[attr-defined]
        yield self.header
        yield self.stage
        yield self.axis
        with self.below:
            yield self.event_log
            yield self.advice
        yield self.strip
        yield self.keys

    @property
    def parts(self) -> dict[str, Widget]:
        """The parts of the screen by their names in a plan."""
        return dict(
            zip(
                _PARTS,
                (
                    self.header,
                    self.stage,
                    self.axis,
                    self.event_log,
                    self.advice,
                    self.strip,
                    self.keys,
                ),
                strict=True,
            )
        )

    def show(self, view: View) -> None:
        """Draw one frame."""
        self.share_out(view, self.size)
        for name, part in self.parts.items():
            # While the app is taken down its parts go one by one, and a last frame may be due.
            if getattr(self.plan, name) and part.is_attached and name not in self.broken:
                try:
                    part.show(view)  # type: ignore[attr-defined]
                except Exception as error:
                    self.broken.add(name)
                    self.post_message(PartFailed(name, error))

    def _compositor_refresh(self) -> None:
        # Called by Textual to paint, when every part knows its size: the very first time is the
        # earliest moment at which the parts can draw, so that no empty frame is painted before.
        if not self._painted:
            self._painted = True
            self.app.draw()  # type: ignore[attr-defined]
        super()._compositor_refresh()

    def update_node_styles(self, animate: bool = True) -> None:
        """Style every part anew: not before the first frame, for which all has just been styled."""
        if self._painted:
            super().update_node_styles(animate)

    def forget(self) -> None:
        """Another run begins: share out the lines anew, and give every part another try."""
        self.broken.clear()
        self._most = {"stage": 0, "axis": 0}

    # --- who gets how many lines -----------------------------------------------------------------

    def share_out(self, view: View, size: Size) -> None:
        """Give each part its lines of a screen of this size, if anything has changed."""
        width, height = size
        if not width or not height:
            return
        most = self._most
        # A panel that once needed a line keeps it, lest everything jump as workers come and go.
        most["stage"] = max(most["stage"], self.stage.preferred_height(view, width))
        most["axis"] = max(most["axis"], self.axis.preferred_height(view, width))
        strip = self.strip.lines_wanted(width)
        wishes = (width, height, *most.values(), strip, self.folded, self.biggest)
        if wishes == self._wishes:
            return
        self._wishes = wishes
        self._lay_out(
            plan(
                width,
                height,
                **most,
                strip=strip,
                folded=self.folded,
                biggest=self.biggest,
            ),
            width,
        )

    def _lay_out(self, new: Plan, width: int) -> None:
        self.plan = new
        for name, part in self.parts.items():
            lines = getattr(new, name)
            part.display = lines > 0
            part.styles.height = max(1, lines)
        self.below.display = bool(new.log or new.advice)
        self.axis.styles.margin = self.below.styles.margin = (new.gap, 0, 0, 0)
        beside = new.beside(width)
        self.below.set_class(not beside, "stacked")
        self.below.styles.height = max(1, new.log if beside else new.log + new.advice)

    def on_resize(self) -> None:
        """Share out the lines anew when the terminal has another size."""
        self.forget()
        self.app.draw()  # type: ignore[attr-defined]

    def on_strip_changed(self, message: StripChanged) -> None:
        """The strip explains a setting, or no longer does."""
        message.stop()
        self.app.draw()  # type: ignore[attr-defined]

    # --- what the person puts away ---------------------------------------------------------------

    def fold(self, name: str) -> None:
        """Put a panel away, or back."""
        self.folded ^= {name}

    def maximise(self) -> None:
        """Enlarge the next panel in turn; after the last, none."""
        turns = ("", *PANELS)
        self.biggest = turns[(turns.index(self.biggest) + 1) % len(turns)]
