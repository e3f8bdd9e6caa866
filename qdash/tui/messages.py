"""What widgets tell the app: intents of the person, which the app turns into commands."""

from __future__ import annotations

from textual.message import Message


class WorkerChosen(Message):
    """A person pointed at the worker ``name``: disturbances for a worker go to it from now on."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class SettingTyped(Message):
    """A person typed ``text`` as the value of the setting ``name``."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__()
        self.name = name
        self.text = text


class SettingNudged(Message):
    """A person asked for the next value of the setting ``name``, up (``by`` 1) or down (-1)."""

    def __init__(self, name: str, by: int) -> None:
        super().__init__()
        self.name = name
        self.by = by


class PartFailed(Message):
    """The part ``name`` of the screen could not draw; it is let be until the next run."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__()
        self.name = name
        self.error = error


class StripChanged(Message):
    """The strip of settings may need another number of lines."""
