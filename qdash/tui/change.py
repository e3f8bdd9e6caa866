"""Settings: the room of the app in which what a person gives and nudges becomes commands."""

from __future__ import annotations

from qdash.commands import SetValue
from qdash.events import Event, Refused, SettingChanged, Value
from qdash.heard import heard
from qdash.settings import SETTINGS, SettingError
from qdash.tui.messages import SettingNudged, SettingTyped
from qdash.tui.shell import Shell


class Change(Shell):
    """Gives settings other values."""

    def value_of(self, name: str) -> Value:
        """Return the setting's value, as it will be when the lab has done what it was asked."""
        if name == "speed":
            return self.course.speed
        if name == "seed":
            return self.state.header.seed
        return self.asked[name][0] if name in self.asked else self.state.settings[name]

    def set_value(self, name: str, value: Value) -> None:
        """Give a setting another value. ``value`` is in the setting's own type and range."""
        if name == "speed":
            assert value is None or isinstance(value, (int, float))
            self.course.set_speed(value)
        elif name == "seed":
            assert isinstance(value, int)
            self.begin_again(seed=value)
        else:
            self.change(SetValue(name, value))
        self.draw()

    def begin_again(self, seed: int) -> None:
        """Run the same lab anew, with the settings as they stand and this seed."""
        raise NotImplementedError

    def note_asked(self, command: SetValue) -> None:
        """Until the lab answers, the next nudge goes on from the value asked for."""
        name = command.name
        self.asked[name] = (command.value, self.asked.get(name, (None, 0))[1] + 1)

    def note_answer(self, event: Event) -> None:
        """The lab answered with this event, if it is an answer."""
        if isinstance(event, SettingChanged):
            self._answered(event.name)
        elif isinstance(event, Refused):
            self._answered(event.what)
            why = heard(event.why)
            self.main.strip.refuse(event.what, why)
            self.refuse(why)

    def _answered(self, name: str) -> None:
        value, open_ = self.asked.pop(name, (None, 0))
        if open_ > 1:
            self.asked[name] = (value, open_ - 1)

    def on_setting_typed(self, message: SettingTyped) -> None:
        """A value was typed, or chosen by its text."""
        try:
            self.set_value(message.name, SETTINGS[message.name].parse(message.text))
        except SettingError as error:
            self.main.strip.refuse(message.name, str(error))
            self.refuse(str(error))

    def on_setting_nudged(self, message: SettingNudged) -> None:
        """An arrow was pressed or clicked."""
        self.action_nudge(message.name, message.by)

    def action_nudge(self, name: str, by: int) -> None:
        """Go to the next value of a setting, up or down."""
        old = self.value_of(name)
        new = SETTINGS[name].nudge(old, by)
        if new != old:
            self.set_value(name, new)

    def action_free(self) -> None:
        """Go as fast as the processor can; or back to the usual speed."""
        self.set_value("speed", 1.0 if self.course.speed is None else None)
