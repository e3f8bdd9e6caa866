"""What a person points at: the room of the app for the chosen, and for what is done to it."""

from __future__ import annotations

from qdash.commands import DISTURBANCES, Inject
from qdash.tui.messages import EventChosen, ItemChosen, QueueChosen, WhyClosed, WorkerChosen
from qdash.tui.shell import Shell
from qdash.why import Subject


class Choose(Shell):
    """Chooses what is asked about and workers to disturb, and injects disturbances."""

    _biggest_before: str | None = None
    """What was enlarged before the why panel took all the room; None where it did not have to."""

    def on_worker_chosen(self, message: WorkerChosen) -> None:
        """A worker was clicked; clicked again, it is not chosen any more."""
        self.selected = "" if message.name == self.selected else message.name
        self.subject = Subject("worker", message.name)
        self.draw()

    def on_queue_chosen(self, message: QueueChosen) -> None:
        """A queue was clicked."""
        self._ask(Subject("queue", message.name))

    def on_item_chosen(self, message: ItemChosen) -> None:
        """An item was clicked."""
        self._ask(Subject("item", message.item))

    def on_event_chosen(self, message: EventChosen) -> None:
        """An event was clicked."""
        self._ask(Subject("event", message.number))

    def action_why(self) -> None:
        """Say why the chosen worker, or whatever was chosen last, is as it is; or close that."""
        if self.main.asking:
            self.on_why_closed()
        else:
            self._ask(Subject("worker", self.selected) if self.selected else self.subject)

    def _ask(self, subject: Subject | None) -> None:
        self.subject = subject
        if not self.main.asking:
            self._biggest_before = None
        self.main.asking = True
        self.draw()
        if "why" not in self.main.plan:  # there is no room beside what is shown: all is for it
            self._biggest_before, self.main.biggest = self.main.biggest, "log"
            self.draw()
        self.main.set_focus(self.main.why)
        self.draw()

    def on_why_closed(self, message: WhyClosed | None = None) -> None:
        """The panel goes, and the log comes back in its place."""
        self.main.asking = False
        if self._biggest_before is not None:
            self.main.biggest, self._biggest_before = self._biggest_before, None
        self.main.set_focus(None)
        self.draw()

    def action_choose(self, by: int) -> None:
        """Choose the next worker, or the one before."""
        names = [worker.name for worker in self.state.live()]
        if names:
            at = names.index(self.selected) + by if self.selected in names else min(by, 0)
            self.selected = names[at % len(names)]
            self.subject = Subject("worker", self.selected)
            self.draw()

    # --- disturbances ----------------------------------------------------------------------------

    def action_disturb(self) -> None:
        """List the disturbances, to inject one."""
        from qdash.tui.screens.disturb import DisturbScreen

        def chosen(name: str | None) -> None:
            if name:
                self.action_inject(name, ask=DISTURBANCES[name].amount is not None)

        self.push_screen(DisturbScreen(self._chosen_target), chosen)

    def action_inject(self, name: str, ask: bool = False) -> None:
        """Inject a disturbance; ask at whom it is aimed, where that is not clear."""
        from qdash.tui.screens.disturb import TargetScreen

        definition = DISTURBANCES[name]
        target = self._chosen_target(name)
        if target is not None and not ask:
            self.change(Inject(name, target))
            return

        def given(command: Inject | None) -> None:
            if command is not None:
                self.change(command)

        self.push_screen(TargetScreen(definition, self._targets(name), target or ""), given)

    def _targets(self, name: str) -> list[str]:
        if DISTURBANCES[name].target == "queue":
            return list(self.state.queues)
        return [worker.name for worker in self.state.live()]

    def _chosen_target(self, name: str) -> str | None:
        """Return the target where it is clear, else None."""
        targets = self._targets(name)
        if DISTURBANCES[name].target == "worker" and self.selected in targets:
            return self.selected
        return (targets or [""])[0] if len(targets) < 2 else None
