"""The shell of the app: how it looks, and what a person does to the screen itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import App, SystemCommand
from textual.binding import Binding
from textual.filter import ANSIToTruecolor, LineFilter
from textual.screen import Screen

from qdash.commands import Command
from qdash.course import Course
from qdash.events import Value
from qdash.prose import has_wide, wrap
from qdash.settings import SETTINGS
from qdash.state import State
from qdash.tui.controls import PLAYING, title_of
from qdash.tui.lasting import Lasting
from qdash.tui.look import ASCII, DARK, LIGHT, THEME_VARIABLES, UNICODE
from qdash.tui.screens.main import MainScreen
from qdash.why import Subject
from qdash.words import LANGUAGES, speak, spoken, tr

if TYPE_CHECKING:
    from qdash.script.director import Director


_TOAST: Final = 64
"""How many cells a line of what is said aloud takes at most."""


class Shell(Lasting, App[int]):
    """What the rooms of the app have in common; each of them is a part of ``Dashboard``."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "qdash"
    AUTO_FOCUS = None
    CONTROLS: ClassVar[list[Binding]] = []
    """Every key with its action."""
    COMMANDS = App.COMMANDS | {lambda: _setting_commands()}

    course: Course
    """What is shown."""

    def __init__(self, *, ascii: bool = False, theme: str = "dark") -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = self._styled = LIGHT.name if theme == "light" else DARK.name
        self.stylesheet.set_variables(self.get_css_variables())
        self.glyphs = ASCII if ascii else UNICODE
        self.set_class(ascii, "-ascii")
        self.selected = ""
        """The worker that the person chose, or ""."""
        self.asked: dict[str, tuple[Value, int]] = {}
        """The values asked for that the lab has not answered, each with how many there are."""
        self.subject: Subject | None = None
        """What the person chose last: a worker, a queue, an item or an event."""
        self.director: Director | None = None
        """Who plays a script, while one is played."""
        self.presenting = False
        """Whether the script is shown to a room, and nothing else that distracts."""
        self.main = MainScreen()

    # --- what the rooms ask of the dashboard -----------------------------------------------------

    @property
    def state(self) -> State:
        """What is known at the moment shown."""
        return self.course.moment.state

    def draw(self) -> None:
        """Show the moment as it is."""
        raise NotImplementedError

    def direct(self) -> None:
        """Do what is due in a script that is played, once what has happened is folded."""

    def change(self, command: Command) -> None:
        """Hand a command to the lab; in the past, that makes another course of events."""
        raise NotImplementedError

    def notify(self, message: str, **how: Any) -> None:
        """Say something aloud; what is long is broken into lines as its language wants it."""
        if has_wide(message):
            message = "\n".join(line for part in message.split("\n") for line in wrap(part, _TOAST))
        super().notify(message, **how)

    def refuse(self, why: str) -> None:
        """Say why something is not done."""
        self.notify(why, title=tr("refused"), severity="warning", markup=False)

    # --- looks -----------------------------------------------------------------------------------

    def get_default_screen(self) -> Screen[Any]:
        """Return the screen with the lab on it."""
        return self.main

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours that themes other than ours do not define."""
        return THEME_VARIABLES

    def refresh_css(self, animate: bool = True) -> None:
        """Style everything anew for another theme.

        Textual asks for it at the start too, when all has just been styled for the first theme.
        """
        if self.theme != self._styled:
            self._styled = self.theme
            super().refresh_css(animate)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Leave out what makes true colours of a terminal's own sixteen: there are none of those.

        It would look at every piece of text that is painted.
        """
        return [f for f in super().get_line_filters() if not isinstance(f, ANSIToTruecolor)]

    def action_theme(self) -> None:
        """Change between light and dark."""
        self.theme = DARK.name if self.theme == LIGHT.name else LIGHT.name

    def action_language(self) -> None:
        """Speak the next language."""
        names = list(LANGUAGES)
        speak(names[(names.index(spoken()) + 1) % len(names)])
        self.notify(LANGUAGES[spoken()], title=tr("language"), markup=False)
        self.draw()

    # --- panels ----------------------------------------------------------------------------------

    def action_edit(self, name: str = "") -> None:
        """Go to the settings; with a name, to type its value."""
        strip = self.main.strip
        if name:
            strip.action_type(list(SETTINGS).index(name))
        else:
            strip.focus()

    def action_zoom(self, by: int) -> None:
        """Show more or less of the past."""
        (self.main.axis.action_zoom_in if by > 0 else self.main.axis.action_zoom_out)()
        self.draw()

    def action_everyday(self) -> None:
        """Let the log show everyday work too, or not."""
        self.main.event_log.action_everyday()

    async def action_search(self) -> None:
        """Type what to look for in the log, which is shown for it."""
        main = self.main
        main.asking = False
        main.folded -= {"log"}
        if main.biggest:
            main.biggest = "log"
        self.draw()
        if "log" not in main.plan:
            main.biggest = "log"
            self.draw()
        await main.event_log.action_search()

    def action_maximise(self) -> None:
        """Enlarge the next panel in turn."""
        self.main.maximise()
        self.draw()

    def action_fold(self, name: str) -> None:
        """Fold a panel away, or back."""
        self.main.fold(name)
        self.draw()

    def action_leave(self) -> None:
        """Choose no worker, ask nothing, enlarge no panel, leave what has the focus."""
        self.selected, self.main.biggest, self.main.asking = "", "", False
        self.main.set_focus(None)
        self.main.code.action_follow()
        self.draw()

    # --- the palette -----------------------------------------------------------------------------

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """Every binding is in the palette too, by its name."""
        playing = PLAYING if self.director is not None else ()
        for binding in (*playing, *self.CONTROLS):
            if binding.group and binding.action not in ("command_palette", "leave", "answer(1)"):
                title = tr("{group}: {what}  ({key})").format(
                    group=tr(binding.group.description),
                    what=title_of(binding),
                    key=binding.key_display,
                )
                yield SystemCommand(title, tr(binding.tooltip), self._runner(binding.action))

    def _runner(self, action: str) -> Callable[[], Any]:
        async def run() -> None:
            await self.run_action(action)

        return run


def _setting_commands() -> Any:
    from qdash.tui.screens.palette import SettingCommands

    return SettingCommands
