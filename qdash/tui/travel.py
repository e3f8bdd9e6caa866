"""To and fro in time: the room of the app in which a person leaves the present, and returns."""

from __future__ import annotations

from qdash.tui.messages import GoTo, TimeChosen
from qdash.tui.shell import Shell


class Travel(Shell):
    """Goes to other moments of the course that is shown, by keys and by what was clicked."""

    def action_travel(self, by: str, count: float) -> None:
        """Go to and fro in the past: by ``events``, ``steps`` or ``seconds``; back halts the lab.

        A step on from now is a step of the lab.
        """
        if not self.course.travel(by, count) and by == "steps":
            self.step()
        self.draw()

    def action_now(self) -> None:
        """Return from the past to what happens now."""
        self.course.to_now()
        self.draw()

    def action_pause(self) -> None:
        """Stand still, or go on."""
        self.course.pause_or_go()
        self.draw()

    def step(self) -> None:
        """Let the lab run one task, from one await to the next."""
        raise NotImplementedError

    def on_time_chosen(self, message: TimeChosen) -> None:
        """A time was pointed at."""
        self.course.to_time(message.t)
        self.draw()

    def on_go_to(self, message: GoTo) -> None:
        """An event was pointed at, to see what was so right after it."""
        self.course.to(message.number + 1)
        self.draw()
