"""The settings in the command palette: type a name and a value, as in "maxsize 8"."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider

from qdash.settings import SETTINGS, Setting, SettingError
from qdash.tui.messages import SettingTyped
from qdash.words import tr


class SettingCommands(Provider):
    """Each setting as a command: to type its value, or to give it the value in the query."""

    async def discover(self) -> Hits:
        """Offer every setting."""
        for setting in SETTINGS.values():
            yield DiscoveryHit(_title(setting), self._edit(setting), help=tr(setting.help))

    async def search(self, query: str) -> Hits:
        """Offer the settings that match, and the value if one stands behind the name."""
        matcher = self.matcher(query)
        word, _, value = query.replace("=", " ").strip().partition(" ")
        for setting in SETTINGS.values():
            if (score := matcher.match(_title(setting))) > 0:
                yield Hit(
                    score,
                    matcher.highlight(_title(setting)),
                    self._edit(setting),
                    help=tr(setting.help),
                )
            if value and setting.name.startswith(word.lower()):
                yield self._value(setting, value.strip())

    def _value(self, setting: Setting, text: str) -> Hit:
        try:
            shown = setting.show(setting.parse(text))
        except SettingError as error:
            words = tr("{setting}: not allowed").format(setting=setting.name)
            return Hit(1.0, words, self._edit(setting), help=str(error))
        give = partial(self.app.post_message, SettingTyped(setting.name, text))
        return Hit(1.0, f"{setting.name} = {shown}", give, help=tr(setting.help))

    def _edit(self, setting: Setting) -> Callable[[], None]:
        return partial(self.app.action_edit, setting.name)  # type: ignore[attr-defined]


def _title(setting: Setting) -> str:
    return tr("Set {setting}").format(setting=setting.name)
