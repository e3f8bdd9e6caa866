"""Fidelity: on which Python the lab runs, what differs on others, and what is qdash's own."""

from __future__ import annotations

import platform
from typing import ClassVar, Final

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
from qdash.prose import Prose, run_on
from qdash.state import State
from qdash.tui.lasting import Lasting
from qdash.words import mark, tr

_KINDS: Final = {
    "differs": mark("differs between Pythons"),
    "ours": mark("qdash's own"),
    "same": mark("the same on {versions}"),
}


class FidelityScreen(Lasting, ModalScreen[None]):
    """The facts about Pythons, those first on which something depends that a state shows."""

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,y,q", "dismiss(None)", mark("close"), key_display="esc")
    ]

    def __init__(self, state: State) -> None:
        super().__init__(classes="dialogue")
        self._state = state

    def compose(self) -> ComposeResult:
        """Make the one box."""
        with VerticalScroll(classes="box") as box:
            box.border_title = "Python"
            box.border_subtitle = tr("arrows scroll, esc closes")
            yield Static(self.contents())

    def contents(self) -> Group:
        """Return all that there is to say."""
        parts: list[RenderableType] = [Prose(self._made_on(), style="bold")]
        found = facts(self._state)
        now = [fact for fact, concerns in found if concerns]
        later = [fact for fact, concerns in found if not concerns]
        parts += self._section(tr("What is on the screen now depends on this"), now)
        parts += self._section(tr("At this moment nothing shown depends on this"), later)
        return Group(*parts)

    def _made_on(self) -> str:
        made, here = self._state.header.python, platform.python_version()
        if made == here:
            told = [tr("This lab runs on Python {version}.").format(version=here)]
        else:
            words = tr("This was recorded on Python {version}, and is shown by Python {here}.")
            told = [words.format(version=made, here=here)]
        if minor(made) not in MEASURED:
            words = tr("What follows was measured on {versions} only.")
            told.append(words.format(versions=names(MEASURED)))
        return run_on(told)

    def _section(self, title: str, facts: list[Fact]) -> list[RenderableType]:
        parts: list[RenderableType] = [Text(), Prose(title, style="bold underline")] * bool(facts)
        for fact in facts:
            kind = tr(_KINDS[fact.kind]).format(versions=", ".join(MEASURED))
            head = Prose.assemble((tr(fact.title), "bold"), f"  ({kind})")
            parts += [Text(), head, *(self._saying(fact, n) for n in range(len(fact.says)))]
        return parts

    def _saying(self, fact: Fact, n: int) -> RenderableType:
        saying = fact.says[n]
        if fact.kind != "differs":
            return Padding(Prose(tr(saying.text)), (0, 0, 0, 2))
        this = minor(self._state.header.python) in saying.on
        where = names(saying.on)
        if this:
            where += f" {self.app.glyphs.bullet} {tr('here')}"  # type: ignore[attr-defined]
        text = Prose.assemble(
            (tr("{where}: ").format(where=where), "bold" if this else ""), tr(saying.text)
        )
        return Padding(text, (0, 0, 0, 2))
