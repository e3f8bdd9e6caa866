"""Fidelity: on which Python the lab runs, what differs on others, and what is qdash's own."""

from __future__ import annotations

import platform
from typing import ClassVar

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from qdash.fidelity import MEASURED, Fact, facts, minor
from qdash.narrate import names
from qdash.state import State

_KINDS = {
    "differs": "differs between Pythons",
    "ours": "qdash's own",
    "same": f"the same on {', '.join(MEASURED)}",
}


class FidelityScreen(ModalScreen[None]):
    """The facts about Pythons, those first on which something depends that a state shows."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,y,q", "dismiss(None)", "close", key_display="esc")
    ]

    def __init__(self, state: State) -> None:
        super().__init__(classes="dialogue")
        self._state = state

    def compose(self) -> ComposeResult:
        """Make the one box."""
        with VerticalScroll(classes="box") as box:
            box.border_title = "Python"
            box.border_subtitle = "arrows scroll, esc closes"
            yield Static(self.contents())

    def contents(self) -> Group:
        """Return all that there is to say."""
        parts: list[RenderableType] = [Text(self._made_on(), style="bold")]
        found = facts(self._state)
        now = [fact for fact, concerns in found if concerns]
        later = [fact for fact, concerns in found if not concerns]
        parts += self._section("What is on the screen now depends on this", now)
        parts += self._section("At this moment nothing shown depends on this", later)
        return Group(*parts)

    def _made_on(self) -> str:
        made, here = self._state.header.python, platform.python_version()
        if made == here:
            text = f"This lab runs on Python {here}."
        else:
            text = f"This was recorded on Python {made}, and is shown by Python {here}."
        if minor(made) not in MEASURED:
            text += f" What follows was measured on {names(MEASURED)} only."
        return text

    def _section(self, title: str, facts: list[Fact]) -> list[RenderableType]:
        parts: list[RenderableType] = [Text(), Text(title, style="bold underline")] * bool(facts)
        for fact in facts:
            head = Text.assemble((fact.title, "bold"), f"  ({_KINDS[fact.kind]})")
            parts += [Text(), head, *(self._saying(fact, n) for n in range(len(fact.says)))]
        return parts

    def _saying(self, fact: Fact, n: int) -> RenderableType:
        saying = fact.says[n]
        if fact.kind != "differs":
            return Padding(Text(saying.text), (0, 0, 0, 2))
        this = minor(self._state.header.python) in saying.on
        mark = f"{self.app.glyphs.bullet} here" if this else ""  # type: ignore[attr-defined]
        where = f"{names(saying.on)} {mark}".strip()
        text = Text.assemble((f"{where}: ", "bold" if this else ""), saying.text)
        return Padding(text, (0, 0, 0, 2))
