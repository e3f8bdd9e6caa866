"""What failed: every failure with its worker and error, and the traceback of the chosen one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from qdash.narrate import printable
from qdash.state import Failure, State
from qdash.tui.lasting import Lasting
from qdash.words import mark, tr


class FailuresScreen(Lasting, ModalScreen[None]):
    """The failures of a run as they are at this moment, the latest first.

    ``of_screen`` are those of the screen itself, which stand before the lab's.
    """

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,v,q", "dismiss(None)", mark("close"), key_display="esc"),
        # Before the list, which would take them for itself.
        Binding("pageup", "scroll(-1)", mark("traceback up"), key_display="PgUp", priority=True),
        Binding("pagedown", "scroll(1)", mark("traceback down"), key_display="PgDn", priority=True),
    ]
    DEFAULT_CSS = """
    FailuresScreen #failures { height: auto; max-height: 30vh; }
    FailuresScreen #frame {
        height: auto; max-height: 55vh; background: $panel; padding: 0 1; overflow-x: auto;
    }
    FailuresScreen #trace { width: auto; height: auto; }
    """

    def __init__(self, state: State, of_screen: Sequence[Failure] = ()) -> None:
        super().__init__(classes="dialogue")
        self._count = state.failure_count + len(of_screen)
        self._failures = [*reversed(of_screen), *reversed(state.failures)]

    def compose(self) -> ComposeResult:
        """Make the list, and room for the traceback below."""
        with Vertical(classes="box") as box:
            box.border_title = tr("Failures")
            box.border_subtitle = tr("up and down choose, PgUp and PgDn scroll, esc closes")
            if not self._failures:
                yield Static(tr("Nothing has failed."))
                return
            if self._count > len(self._failures):
                kept = tr("the latest {kept} of {count} failures").format(
                    kept=f"{len(self._failures):,}", count=f"{self._count:,}"
                )
                yield Static(kept, classes="about", markup=False)
            yield OptionList(*map(_option, self._failures), id="failures")
            with VerticalScroll(id="frame", can_focus=True):
                yield Static(id="trace", markup=False)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the traceback of the failure that is pointed at."""
        failure = self._failures[event.option_index]
        lines = (failure.traceback.rstrip() or failure.error).splitlines()
        self.query_one("#trace", Static).update(Text("\n".join(map(printable, lines))))
        self.query_one("#frame").scroll_home(animate=False)

    def action_scroll(self, pages: int) -> None:
        """Scroll the traceback by a page."""
        for frame in self.query("#frame"):
            frame.scroll_relative(y=pages * max(1, frame.size.height - 1), animate=False)


def _option(failure: Failure) -> Option:
    who = failure.worker or tr("the lab")
    error = printable(" ".join(failure.error.split()))
    return Option(Text(f"{failure.t:9.2f} s  {who}  {error}", no_wrap=True, overflow="ellipsis"))
