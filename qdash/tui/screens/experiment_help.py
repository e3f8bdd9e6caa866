"""The help of the experiment screen: what the figures are, and the keys of its parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.console import Group, RenderableType
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from qdash.prose import Prose
from qdash.tui.lasting import Lasting
from qdash.tui.screens.help import grid
from qdash.words import mark, tr

_TOLD: Final = (
    mark(
        "An experiment runs the lab many times at every point: at each with the same seeds, so "
        "that points differ by what is varied and not by luck."
    ),
    mark(
        "A figure is the mean over the runs of its point, each without its warm-up; behind ± "
        "stands half of the 95 % interval. Where it is missing, all runs came to the same, or "
        "there is only one."
    ),
    mark(
        "To try a setting at another value without varying it, vary it over that value alone, as "
        "in maxsize=10. What is not varied is as it was in the lab."
    ),
    mark(
        "A run opened live begins in the lab with the settings of its point and its seed; M comes "
        "back to the figures from there."
    ),
    mark(
        "W writes all runs into a file in the current folder: qdash sweep --resume FILE goes on "
        "with it, and prints its tables."
    ),
)


Parts = Sequence[tuple[str, Sequence[BindingType]]]


class ExperimentHelp(Lasting, ModalScreen[None]):
    """What the figures of an experiment are, and the keys of its ``parts``, each with a title."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "dismiss(None)", mark("close"))
    ]

    def __init__(self, parts: Parts) -> None:
        super().__init__(classes="dialogue")
        self._parts = parts

    def compose(self) -> ComposeResult:
        """Make the one box."""
        with VerticalScroll(classes="box") as box:
            box.border_title = tr("Help")
            box.border_subtitle = tr("arrows scroll; esc closes")
            yield Static(self.contents())

    def contents(self) -> Group:
        """Return all of the help."""
        parts: list[RenderableType] = [Prose(tr(text)) for text in _TOLD]
        for title, bindings in self._parts:
            table = grid(tr(title))
            for binding in bindings:
                if isinstance(binding, Binding):
                    key = binding.key_display or binding.key.partition(",")[0]
                    table.add_row(Prose(key), Prose(tr(binding.description)))
            parts += [Prose(), table]
        return Group(*parts)
