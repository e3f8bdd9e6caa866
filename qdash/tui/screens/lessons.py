"""The lessons and demos, to play one, with what was finished; and the scenarios to try freely."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from qdash import progress
from qdash.lessons import GROUPS, Lesson, lessons
from qdash.prose import wrap
from qdash.tui.lasting import Lasting
from qdash.tui.widgets.caption_text import plain
from qdash.words import mark, tr

if TYPE_CHECKING:
    from qdash.script.model import Script

_TITLES: Final = {
    "uses": mark("Five uses of a queue, from the beginning"),
    "pitfalls": mark("What goes wrong: each broken, then fixed"),
    "demos": mark("Demos, to be shown to a room"),
}
_WIDTH: Final = 100
"""How wide the box is at most, in cells."""


class LessonsScreen(Lasting, ModalScreen[str | None]):
    """Lists what can be played. ``load`` reads a script; ``playing`` is the one that is played.

    It is dismissed with ``lesson:NAME``, with ``scenario:NAME``, or with None.
    """

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,L,q", "dismiss(None)", "close", key_display="esc"),
        Binding("delete", "reset", "reset", key_display="del"),
    ]
    DEFAULT_CSS = """
    LessonsScreen #lessons-box { height: 95%; }
    LessonsScreen OptionList { height: 1fr; }
    """

    def __init__(
        self,
        load: Callable[[str], Script],
        playing: str,
        scenarios: tuple[str, ...],
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(classes="dialogue")
        self._load = load
        self._playing = playing
        self._scenarios = scenarios
        self._tell = tell
        self._sure = False  # whether the next press of the key forgets all

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical(classes="box", id="lessons-box") as box:
            box.border_title = tr("Lessons and demos")
            box.border_subtitle = self._hint()
            yield OptionList(*self._options())

    def _hint(self) -> str:
        if self._sure:
            return tr("del again forgets which lessons were finished")
        return tr("enter or a click plays; del forgets what was finished; esc closes")

    def on_mount(self) -> None:
        """Point at the lesson that is played, or at the first that is not finished."""
        options = self.query_one(OptionList)
        done = self._finished()
        names = [name for name, lesson in lessons().items() if lesson.group != "demos"]
        wanted = self._playing or next((name for name in names if name not in done), "")
        ids = [option.id for option in options.options]
        if (wanted := f"lesson:{wanted}") in ids:
            options.highlighted = ids.index(wanted)

    def _finished(self) -> dict[str, progress.Result]:
        try:
            return progress.finished()
        except progress.ProgressError as error:
            self._tell(str(error))
            return {}

    def _options(self) -> list[Option]:
        done = self._finished()
        options: list[Option] = []
        for group in GROUPS:
            members = [lesson for lesson in lessons().values() if lesson.group == group]
            if members:
                options.append(_heading(tr(_TITLES[group])))
            options += [self._option(lesson, done.get(lesson.name)) for lesson in members]
        options.append(_heading(tr("Try freely, without a script")))
        options += [
            Option(Text(f"  {number} {slug}"), id=f"scenario:{slug}")
            for number, slug in enumerate(self._scenarios, 1)
        ]
        return options

    def _option(self, lesson: Lesson, result: progress.Result | None) -> Option:
        ascii_only = self.app.has_class("-ascii")
        done = ("x" if ascii_only else "✔") if result is not None else " "
        number = f"{lesson.number} " if lesson.number else ""
        width = self.app.size.width
        try:
            script = self._load(lesson.name)
        except ValueError as error:
            words = Text(f"  {number}{lesson.name}: {error}", style="dim")
            return Option(words, disabled=True)
        words = Text.assemble((f"{done} ", "bold"), (f"{number}{plain(tr(script.title))}", "bold"))
        if result is not None and result.asked:
            told = tr("{right} of {asked} right").format(right=result.right, asked=result.asked)
            words.append(f"  {told}")
        if lesson.name == self._playing:
            words.append("  " + tr("is played now"))
        for line in wrap(plain(tr(script.about)), max(20, min(_WIDTH, width * 9 // 10) - 12)):
            words.append(f"\n    {line}", "dim")
        return Option(words, id=f"lesson:{lesson.name}")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """One was chosen."""
        self.dismiss(event.option_id)

    def action_reset(self) -> None:
        """Forget which lessons were finished, if it is asked for twice."""
        if self._sure:
            try:
                progress.reset()
            except progress.ProgressError as error:
                self._tell(str(error))
            options = self.query_one(OptionList)
            at = options.highlighted
            options.clear_options()
            options.add_options(self._options())
            options.highlighted = at
        self._sure = not self._sure
        self.query_one("#lessons-box").border_subtitle = self._hint()


def _heading(text: str) -> Option:
    return Option(Text(text, style="underline"), disabled=True)
