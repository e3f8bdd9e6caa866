"""The rules of advice: each with its page, whether it speaks now, and whether it may."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from qdash.advice import RULES, Advice
from qdash.explain import page
from qdash.narrate import names
from qdash.prose import flowing
from qdash.tui.lasting import Lasting
from qdash.words import mark, tr

_EVERY: Final = 0.5
"""How many seconds lie between two questions to the rules."""


class RulesScreen(Lasting, ModalScreen[None]):
    """Lists the rules; ``says`` asks them all, ``switch`` is told which are to be off."""

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,u,q", "dismiss(None)", mark("close"), key_display="esc"),
        Binding("space", "switch", mark("on or off"), priority=True),
        # Before the list, which would take them for itself.
        Binding("pageup", "scroll(-1)", mark("page up"), key_display="PgUp", priority=True),
        Binding("pagedown", "scroll(1)", mark("page down"), key_display="PgDn", priority=True),
    ]
    DEFAULT_CSS = """
    RulesScreen #rules-box { height: 95%; max-width: 130; }
    RulesScreen #rules { width: 32; height: 100%; }
    RulesScreen #frame { width: 1fr; height: 100%; background: $panel; padding: 0 1; }
    RulesScreen #toggle { height: auto; color: $accent; text-style: bold; }
    RulesScreen #now { height: auto; color: $blocked; }
    RulesScreen #page { height: auto; margin-top: 1; }
    """

    def __init__(
        self,
        name: str,
        says: Callable[[], list[Advice]],
        without: frozenset[str],
        switch: Callable[[frozenset[str]], None],
    ) -> None:
        super().__init__(classes="dialogue")
        self._first = name
        self._says = says
        self._without = without
        self._tell = switch
        self._evidence: dict[str, list[str]] = {}

    def compose(self) -> ComposeResult:
        """Make the list, and beside it room for the page of the rule that is pointed at."""
        self._ask()
        with Vertical(classes="box", id="rules-box") as box:
            box.border_title = tr("Rules of advice")
            box.border_subtitle = tr("space: on or off, PgUp PgDn: scroll, esc: close")
            with Horizontal():
                yield OptionList(*(Option(self._row(name), id=name) for name in RULES), id="rules")
                with VerticalScroll(id="frame", can_focus=False):
                    yield Static(id="toggle", markup=False)
                    yield Static(id="now", markup=False)
                    yield Static(id="page", markup=False)

    def on_mount(self) -> None:
        """Begin with the rule that was asked for, else with the first that speaks."""
        speaking = next((name for name in RULES if name in self._evidence), next(iter(RULES)))
        first = self._first if self._first in RULES else speaking
        self.query_one("#rules", OptionList).highlighted = list(RULES).index(first)
        self.set_interval(_EVERY, self.refresh_rules)

    @property
    def rule(self) -> str:
        """The rule that is pointed at."""
        at = self.query_one("#rules", OptionList).highlighted
        return list(RULES)[at or 0]

    def _ask(self) -> None:
        self._evidence = {}
        for advice in self._says():
            self._evidence.setdefault(advice.rule, []).append(advice.evidence)

    def _row(self, name: str) -> Text:
        box = "[ ]" if name in self._without else "[x]"
        speaks = name in self._evidence
        mark = self.app.glyphs.bullet if speaks else " "  # type: ignore[attr-defined]
        return Text(f"{box} {mark} {name}", style="bold" if speaks else "", no_wrap=True)

    def refresh_rules(self) -> None:
        """Ask the rules anew: time goes on below."""
        before = self._evidence
        self._ask()
        if self._evidence != before:
            self._show()

    def _show(self) -> None:
        options = self.query_one("#rules", OptionList)
        for name in RULES:
            options.replace_option_prompt(name, self._row(name))
        self._say()

    def _say(self) -> None:
        name = self.rule
        off = name in self._without
        if off:
            words = tr("off (space or a click switches it on)")
        else:
            words = tr("on (space or a click switches it off)")
        toggle = Text(f"[{' ' if off else 'x'}] {words}")
        self.query_one("#toggle", Static).update(flowing(toggle))
        text = tr("Its condition does not hold now.")
        if said := self._evidence.get(name, []):
            text = tr("It says now: {evidence}.").format(evidence=names(said, 5))
        self.query_one("#now", Static).update(flowing(Text(text)))

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the page of the rule that is pointed at."""
        self._say()
        self.query_one("#page", Static).update(page(RULES[self.rule]))
        self.query_one("#frame").scroll_home(animate=False)

    def on_click(self, event: object) -> None:
        """A click on the line that says whether the rule is on switches it."""
        if getattr(event, "widget", None) is self.query_one("#toggle"):
            self.action_switch()

    def action_switch(self) -> None:
        """Switch the rule off, or on again."""
        self._without ^= {self.rule}
        self._tell(self._without)
        self._show()

    def action_scroll(self, pages: int) -> None:
        """Scroll the page."""
        frame = self.query_one("#frame")
        frame.scroll_relative(y=pages * max(1, frame.size.height - 1), animate=False)
