"""The disturbances as a list, and the choice of whom one is aimed at."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from qdash.commands import DISTURBANCES, Disturbance, Inject
from qdash.prose import flowing
from qdash.tui.lasting import Lasting
from qdash.words import mark, tr


class DisturbScreen(Lasting, ModalScreen[str | None]):
    """All disturbances with their keys; returns the name of the chosen one.

    ``target`` tells at whom one would be aimed without asking, or None.
    """

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,i,q", "dismiss(None)", mark("close"))]

    def __init__(self, target: Callable[[str], str | None]) -> None:
        super().__init__(classes="dialogue")
        self._target = target

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical(classes="box") as box:
            box.border_title = tr("Disturb")
            box.border_subtitle = tr("enter, a click or its key injects; esc closes")
            yield OptionList(*(self._option(item) for item in DISTURBANCES.values()))

    def _option(self, item: Disturbance) -> Option:
        if not (aim := self._target(item.name)):
            aim = tr("choose a worker") if item.target == "worker" else tr("choose a queue")
        words = Text.assemble(
            (f"{item.key} {tr(item.title)}", "bold"),
            f"  {tr('at: {target}').format(target=aim)}\n",
            f"    {tr(item.help)}",
        )
        return Option(flowing(words), id=item.name)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """One was chosen."""
        self.dismiss(event.option_id)

    def on_key(self, event: events.Key) -> None:
        """The keys of the disturbances work here too."""
        for item in DISTURBANCES.values():
            if event.character == item.key:
                event.stop()
                self.dismiss(item.name)


class TargetScreen(Lasting, ModalScreen[Inject | None]):
    """Asks at which worker or queue a disturbance is aimed, and how much of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", mark("close")),
        Binding("tab,shift+tab", "other", mark("target or amount")),
    ]

    def __init__(self, disturbance: Disturbance, targets: list[str], chosen: str = "") -> None:
        super().__init__(classes="dialogue")
        self._disturbance = disturbance
        self._targets = targets
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        """Make the list of targets, and the amount above it where there is one."""
        item = self._disturbance
        with Vertical(classes="box") as box:
            box.border_title = tr(item.title)
            box.border_subtitle = tr("enter or a click injects; esc closes")
            yield Label(flowing(Text(tr(item.help))), classes="about")
            if item.amount is not None:
                words = tr("How much, {range}:  (tab goes there and back)")
                yield Label(words.format(range=_range(item)), markup=False)
                yield Input(f"{item.amount:g}", id="amount", select_on_focus=True)
                yield Label("", classes="refusal", markup=False)
            which = tr("At which worker:") if item.target == "worker" else tr("At which queue:")
            yield Label(which)
            yield OptionList(*self._options())

    def _options(self) -> list[Option]:
        options = [Option(Text(name), id=name) for name in self._targets]
        if not self._chosen and (self._disturbance.target == "worker" or not options):
            # An empty target leaves the choice to the lab.
            options.insert(0, Option(Text(tr("let the lab choose")), id="-"))
        return options

    def on_mount(self) -> None:
        """Begin where the person most likely wants to be."""
        targets = self.query_one(OptionList)
        if self._chosen in self._targets:
            targets.highlighted = self._targets.index(self._chosen)
        else:
            targets.highlighted = 0
        targets.focus()

    def action_other(self) -> None:
        """Go from the targets to the amount, or back."""
        if self._disturbance.amount is not None:
            on_list = isinstance(self.focused, OptionList)
            self.query_one(Input if on_list else OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A target was chosen."""
        self._give(event.option_id)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """The amount was given: aim at the target that is highlighted."""
        targets = self.query_one(OptionList)
        option = targets.highlighted_option
        self._give(option.id if option is not None else None)

    def _give(self, option: str | None) -> None:
        amount = None
        if self._disturbance.amount is not None:
            amount = self._amount(self.query_one(Input).value)
            if amount is None:
                self._refuse()
                return
        target = "" if option in (None, "-") else str(option)
        self.dismiss(Inject(self._disturbance.name, target, amount))

    def _amount(self, text: str) -> float | None:
        item = self._disturbance
        try:
            amount = float(text.strip().removesuffix("s"))
        except ValueError:
            return None
        fits = math.isfinite(amount) and item.low <= amount <= item.high
        return amount if fits else None

    def _refuse(self) -> None:
        given = self.query_one(Input)
        said = self.query_one(".refusal", Label)
        words = tr("It must be {range}; got {got}.")
        said.update(words.format(range=_range(self._disturbance), got=repr(given.value[:40])))
        said.add_class("said")
        given.focus()


def _range(item: Disturbance) -> str:
    words = tr("{low} to {high} {unit}")
    return words.format(low=f"{item.low:g}", high=f"{item.high:,g}", unit=tr(item.unit))
