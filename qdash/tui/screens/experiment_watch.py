"""What to watch in an experiment: all measures that there are, to choose some."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from qdash.experiment.measures import measure, title
from qdash.prose import flowing
from qdash.tui.lasting import Lasting
from qdash.tui.study import watchable
from qdash.words import mark, tr


class WatchScreen(Lasting, ModalScreen[tuple[str, ...] | None]):
    """Lists the measures, of several ``queues`` those of each; returns the chosen ones, in order.

    At least one is chosen.
    """

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,w", "done", mark("close"), key_display="esc"),
        Binding("space", "switch", mark("on or off"), priority=True),
    ]
    DEFAULT_CSS = """
    WatchScreen #watch-box { height: 95%; }
    WatchScreen OptionList { height: 1fr; }
    """

    def __init__(self, watch: tuple[str, ...], queues: tuple[str, ...]) -> None:
        super().__init__(classes="dialogue")
        self._names = list(dict.fromkeys([*watchable(queues), *watch]))
        self._on = set(watch)

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical(classes="box", id="watch-box") as box:
            box.border_title = tr("What to watch")
            box.border_subtitle = tr("enter, space or a click: on or off; esc: done")
            yield OptionList(*(Option(self._row(name), id=name) for name in self._names))

    def _row(self, name: str) -> Text:
        ascii_only = self.app.has_class("-ascii")
        sign = ("x" if ascii_only else "✔") if name in self._on else " "
        words = Text.assemble((f"{sign} {title(name)}", "bold"), f"  {name}\n", style="")
        words.append(f"    {tr(measure(name).help)}", "dim")
        return flowing(words)  # type: ignore[return-value]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """One was chosen: it is watched from now on, or no longer."""
        self._switch(str(event.option_id))

    def action_switch(self) -> None:
        """Switch the one that is pointed at."""
        option = self.query_one(OptionList).highlighted_option
        if option is not None:
            self._switch(str(option.id))

    def _switch(self, name: str) -> None:
        if self._on != {name}:
            self._on ^= {name}
            self.query_one(OptionList).replace_option_prompt(name, self._row(name))

    def action_done(self) -> None:
        """Close."""
        self.dismiss(tuple(name for name in self._names if name in self._on))
