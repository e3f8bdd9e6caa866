"""What the rules say, and which of them may: the room of the app for advice."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from qdash.advice import check
from qdash.tui.messages import RuleChosen
from qdash.tui.shell import Shell


class Advise(Shell):
    """Opens the pages of the rules and switches them off; ``without`` are those that are off."""

    def __init__(self, *, without: Collection[str] = (), **looks: Any) -> None:
        super().__init__(**looks)
        self.without = frozenset(without)

    def on_rule_chosen(self, message: RuleChosen) -> None:
        """What a rule says was clicked; "" is the panel itself."""
        self.action_rules(message.rule)

    def action_rules(self, name: str = "") -> None:
        """Show every rule, and the page of one."""
        from qdash.tui.screens.rules import RulesScreen

        self.push_screen(RulesScreen(name, lambda: check(self.state), self.without, self._switch))

    def _switch(self, without: frozenset[str]) -> None:
        self.without = without
        self.draw()

    def action_fidelity(self) -> None:
        """Show on which Python the lab runs, and what differs on the others."""
        from qdash.tui.screens.fidelity import FidelityScreen

        self.push_screen(FidelityScreen(self.state))
