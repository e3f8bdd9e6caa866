"""The main screen: shares it out among its parts and hands each of them the view."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.layouts.vertical import VerticalLayout
from textual.screen import Screen
from textual.widget import Widget

from qdash.tui.lasting import Lasting
from qdash.tui.messages import PartFailed, StripChanged
from qdash.tui.screens.plan import PANELS, Plan, plan
from qdash.tui.view import View
from qdash.tui.widgets.advice import AdvicePanel
from qdash.tui.widgets.caption import CaptionPanel
from qdash.tui.widgets.code import CodePane
from qdash.tui.widgets.compare import ComparePanel
from qdash.tui.widgets.header import TopLine
from qdash.tui.widgets.keys import KeysLine
from qdash.tui.widgets.log import EventLog
from qdash.tui.widgets.scrub import ScrubBar
from qdash.tui.widgets.settings_strip import SettingsStrip
from qdash.tui.widgets.stage import Stage
from qdash.tui.widgets.timeaxis import TimeAxis
from qdash.tui.widgets.why import WhyPanel

_STRIP = 15
"""While a script is played, one line in so many is the settings', unless they have the focus."""


class _Planned(Layout):
    """Puts each part of the main screen where the plan has it."""

    name = "planned"

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        assert isinstance(parent, MainScreen)
        places = {parent.parts[name]: Region(*box) for name, box in parent.plan.items()}
        placed = [
            WidgetPlacement(places[child], NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if child in places
        ]
        if others := [child for child in children if child not in places]:  # a tooltip, a toast
            placed += VerticalLayout().arrange(parent, others, size, greedy)
        return placed


class MainScreen(Lasting, Screen[None]):
    """The lab at work; ``folded`` and ``biggest`` are the panels put away and the one enlarged."""

    def __init__(self) -> None:
        super().__init__()
        self.header = TopLine(id="header")
        self.caption = CaptionPanel(id="caption")
        self.stage = Stage(id="stage")
        self.axis = TimeAxis(id="axis")
        self.scrub = ScrubBar(id="scrub")
        self.compare = ComparePanel(id="compare")
        self.code = CodePane(id="code")
        self.event_log = EventLog(id="log")
        self.why = WhyPanel(id="why")
        self.advice = AdvicePanel(id="advice")
        self.strip = SettingsStrip(id="strip")
        self.keys = KeysLine(id="keys")
        parts = (
            self.header,
            self.caption,
            self.stage,
            self.axis,
            self.scrub,
            self.compare,
            self.code,
            self.event_log,
            self.why,
            self.advice,
            self.strip,
            self.keys,
        )
        self.parts: dict[str, Widget] = {str(part.id): part for part in parts}
        """The parts of the screen by their names in a plan, from top to bottom."""
        self.pair: dict[str, Widget] = {}
        """Further parts, made once two labs are side by side."""
        self.folded: frozenset[str] = frozenset()
        self.biggest = ""
        self.asking = False
        """Whether the why panel stands in the place of the log."""
        self.look = ""
        """The panel that a script wants looked at."""
        self.broken: set[str] = set()
        """The parts that failed to draw, which the others outlive."""
        self.plan: Plan = {}
        self._planned = _Planned()
        self._painted = False
        self._wishes: tuple[object, ...] = ()
        self._most: dict[str, int] = {}
        self._panels: list[str] = []
        """What can be enlarged, in turn."""

    @property
    def layout(self) -> Layout:
        """What puts the parts where they belong."""
        return self._planned

    def compose(self) -> ComposeResult:
        """Make the parts that are in the first frame."""
        # With the screen shared out already, the first frame needs no second layout.
        self.share_out(self.app.make_view(), self.app.size)  # type: ignore[attr-defined]
        yield from (self.parts[name] for name in self.plan)

    def show(self, view: View) -> None:
        """Draw one frame."""
        if view.versus is not None and self._painted and not self.pair:
            self._make_pair()
        self.share_out(view, self.size)
        for name in self.plan:
            part = self.parts[name]
            # While the app is taken down its parts go one by one, and a last frame may be due.
            if part.is_attached and name not in self.broken:
                try:
                    part.show(view)  # type: ignore[attr-defined]
                except Exception as error:
                    self.broken.add(name)
                    self.post_message(PartFailed(name, error))

    def _make_pair(self) -> None:
        from qdash.tui.widgets.versus import FiguresPanel, SideStage, SideTitle

        made = (
            SideTitle("A", id="title-a"),
            SideStage("A", id="stage-a"),
            SideTitle("B", id="title-b"),
            SideStage("B", id="stage-b"),
            FiguresPanel(id="figures"),
        )
        self.pair = {str(part.id): part for part in made}
        self.parts |= self.pair
        self.mount_all(made)
        self.call_after_refresh(self.app.draw)  # type: ignore[attr-defined]

    def _compositor_refresh(self) -> None:
        # Called by Textual to paint, when every part knows its size: the very first time is the
        # earliest moment at which the parts can draw, so that no empty frame is painted before.
        if not self._painted:
            self._painted = True
            self.app.draw()  # type: ignore[attr-defined]
            # The first frame does not wait for parts that are not in it.
            self.call_after_refresh(self._mount_others)
        super()._compositor_refresh()

    async def _mount_others(self) -> None:
        await self.mount_all(part for part in self.parts.values() if not part.is_attached)
        self.app.draw()  # type: ignore[attr-defined]

    def update_node_styles(self, animate: bool = True) -> None:
        """Style every part anew: not before the first frame, for which all has just been styled."""
        if self._painted:
            super().update_node_styles(animate)

    def forget(self) -> None:
        """Another run begins: share out the screen anew, and give every part another try."""
        self.broken.clear()
        self._most.clear()

    # --- who gets which part of the screen -------------------------------------------------------

    def share_out(self, view: View, size: Size) -> None:
        """Give each part its place on a screen of this size, if anything has changed."""
        width, height = size
        if not width or not height:
            return
        most = self._most
        for name, part in (("stage", self.stage), ("axis", self.axis)):
            # A panel that once needed a line keeps it, lest everything jump as workers come and go.
            most[name] = max(most.get(name, 0), part.preferred_height(view, width))
        wants = most | {"strip": self.strip.lines_wanted(width)}
        if view.card is not None and not self.strip.has_focus:
            wants["strip"] = min(wants["strip"], max(1, height // _STRIP))
        wants["caption"] = self.caption.preferred_height(view, width, height)
        wants["scrub"] = self.scrub.preferred_height(view, width)
        wants["compare"] = self.compare.preferred_height(view, width)
        self._panels = [name for name in PANELS if name != "compare" or wants["compare"]]
        if self.biggest not in self._panels:
            self.biggest = ""
        two = view.versus is not None and not self.biggest and bool(self.pair)
        if two and view.versus is not None:
            from qdash.tui.screens.beside import SIDE_BY_SIDE, beside

            half = (width - 1) // 2 if width >= SIDE_BY_SIDE else width
            sides = (side.view for side in view.versus.sides)
            wants["stage"] = max(self.stage.preferred_height(side, half) for side in sides)
        shown = (self.folded, self.biggest, self.asking, self.look, view.presenting, two)
        wishes = (width, height, *wants.items(), *shown)
        if wishes != self._wishes:
            self._wishes = wishes
            if two:
                new = beside(width, height, wants, folded=self.folded, why=self.asking)
            else:
                new = plan(
                    width,
                    height,
                    wants,
                    folded=self.folded,
                    biggest=self.biggest,
                    why=self.asking,
                    look=self.look,
                    presenting=view.presenting,
                )
            if new != self.plan:
                self.plan = new
                for name, widget in self.parts.items():
                    widget.display = name in new
                self._clear_arrangement_cache()
                self.refresh(layout=True)

    def on_resize(self) -> None:
        """Share out the screen anew when the terminal has another size."""
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
        turns = ["", *self._panels]
        self.biggest = turns[(turns.index(self.biggest) + 1) % len(turns)]
