"""The app of a recording: everything but changing what happened."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar, Final

from textual.binding import BindingType

from qdash.course import Course
from qdash.history import History
from qdash.tui.app import CONTROLS, Titled
from qdash.tui.keep import Keep
from qdash.words import mark, tr

_RECORDED: Final = mark(
    "this is a recording, in which nothing can be changed: qdash runs a lab anew"
)


class ReplayApp(Titled, Keep):
    """The dashboard of a recording: everything but changing what happened.

    ``problem`` is what is to be told of the file, or "".
    """

    BINDINGS: ClassVar[list[BindingType]] = list(CONTROLS)

    def __init__(
        self,
        history: History,
        problem: str = "",
        *,
        speed: float | None = 1.0,
        ascii: bool = False,
        theme: str = "dark",
        without: Collection[str] = (),
    ) -> None:
        super().__init__(ascii=ascii, theme=theme, without=without)
        self.problem = problem
        self.course = Course(history, speed=speed)
        self.show_named(history.header.scenario)

    def on_mount(self) -> None:
        """Tell what is wrong with the file."""
        self.action_problem()

    def action_problem(self) -> None:
        """Tell what is wrong with the file, if anything is."""
        if self.problem:
            title = tr("this recording")
            self.notify(self.problem, title=title, severity="warning", markup=False)

    def step(self) -> None:
        """There is no lab that could run on from the end."""

    def change(self, *_: Any, **__: Any) -> None:
        """Refuse: what happened has happened."""
        self.refuse(tr(_RECORDED))

    branch = begin_again = change
    action_branch = change
    action_other = change
    action_versus = change
    action_replicate = change
    action_queue = change
    action_experiment = change
    action_reset = change
    action_scenario = change
    action_lessons = change
    action_save = change
