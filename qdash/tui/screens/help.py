"""The help, made from the very lists of which keys, settings and disturbances are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.console import Group, RenderableType
from rich.table import Table
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from qdash.prose import Prose, run_on
from qdash.search import KINDS
from qdash.settings import SETTINGS
from qdash.tui.controls import PLAYING, title_of
from qdash.tui.lasting import Lasting
from qdash.tui.screens.plan import FOLD_ORDER
from qdash.tui.widgets.stage_text import enumerated
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.scenarios import Scenario


_PARTS: Final = {
    "advice": mark("advice"),
    "log": mark("log"),
    "code": mark("code"),
    "keys": mark("keys"),
    "compare": mark("compare"),
    "axis": mark("axis"),
    "scrub": mark("scrub"),
    "header": mark("header"),
}
"""What the parts of the screen that fold away are called."""


_TOLD: Final = (
    mark(
        "In the settings: up and down choose one; left and right, a click on its arrows or the "
        "wheel change it; digits or enter type a value, enter gives it, esc leaves."
    ),
    mark("A click on a worker chooses it: disturbances for a worker then go to it."),
    mark(
        "The past: a click on the time axis, or on the bar under it, goes to that time, and the "
        "lab halts; n returns to now. A setting changed or a disturbance injected there makes "
        "another course of events: the lab is run again with the same seed up to that moment, and "
        "on from there. The course before it is kept, o shows it; both are compared in one chart, "
        "in bars and dots."
    ),
    mark(
        "w says why: the chosen worker, a queue by a click on its name, an item by a click on its "
        "number or slot (its life), an event by a click in the log. There up and down choose a "
        "reason, enter or a click asks on from it, backspace goes back."
    ),
    mark(
        "In the log: up and down choose an event, enter or a click on its time goes there, w or a "
        "click on its words says why it came about."
    ),
    mark(
        "In the code each worker is named on the line where it is, with the sign of what it does "
        "there; the arrowheads are where the latest step began and where it stands, three dots "
        "tell that lines are left out. A click on a name, or on its line, chooses; the wheel "
        "scrolls, End or a click on the title follows again."
    ),
    mark(
        'A search such as worker:C1,C2 queue:jobs item:41 kind:put* -kind:everyday "in line" finds '
        "what all its words are true of; a comma is or, a minus not, a * anything, quotes keep "
        "words together. Kinds: {kinds}."
    ),
    mark("Where there is little room these go first: {parts}; the stage and the settings stay."),
)
"""What is told below the lists."""


class HelpScreen(Lasting, ModalScreen[None]):
    """What can be done, and what the scenario is about (None: it is not one of ours).

    The keys of a script come first while one is ``playing``, else last.
    """

    AUTO_FOCUS = "VerticalScroll"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,f1,q", "dismiss(None)", "close")
    ]

    def __init__(self, scenario: Scenario | None, playing: bool = False) -> None:
        super().__init__(classes="dialogue")
        self._scenario = scenario
        self._playing = playing

    def compose(self) -> ComposeResult:
        """Make the one box."""
        with VerticalScroll(classes="box") as box:
            box.border_title = tr("Help")
            box.border_subtitle = tr("arrows scroll; esc closes")
            yield Static(self.contents())

    def contents(self) -> Group:
        """Return all of the help."""
        scenario = self._scenario
        parts: list[RenderableType] = []
        if scenario is not None:
            paragraphs = (" ".join(each.split()) for each in scenario.about.split("\n\n"))
            parts += [Prose(tr(scenario.title), style="bold"), Prose(run_on(map(tr, paragraphs)))]
        groups: dict[str, Table] = {}
        # What counts now comes first.
        for binding in sorted(self.app.BINDINGS, key=lambda b: (b in PLAYING) != self._playing):
            if isinstance(binding, Binding) and binding.group is not None:
                group = binding.group.description
                table = groups.setdefault(group, grid(tr(group)))
                words = tr("{what}: {help}").format(
                    what=title_of(binding), help=tr(binding.tooltip)
                )
                table.add_row(Prose(binding.key_display or binding.key), Prose(words))
        for table in groups.values():
            parts += [Prose(), table]
        table = grid(tr("The settings"))
        for setting in SETTINGS.values():
            unused = scenario is not None and setting.name in scenario.unused
            words = tr("{help} {allowed}.  Not used here.") if unused else tr("{help} {allowed}.")
            words = words.format(help=tr(setting.help), allowed=setting.allowed.capitalize())
            table.add_row(Prose(setting.name), Prose(words))
        parts += [Prose(), table, Prose()]
        kinds = ", ".join(KINDS)
        order = enumerated(tr(_PARTS.get(part, part)) for part in FOLD_ORDER)
        parts += [Prose(tr(text).format(kinds=kinds, parts=order)) for text in _TOLD]
        return Group(*parts)


def grid(title: str) -> Table:
    """Return an empty table of two columns below a title: keys, and what they do."""
    table = Table.grid(padding=(0, 2))
    table.title, table.title_justify, table.title_style = title, "left", "bold"
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    return table
