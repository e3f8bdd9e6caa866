"""What widgets tell the app: intents of the person, which the app turns into commands."""

from __future__ import annotations

from textual.message import Message


class WorkerChosen(Message):
    """A person pointed at the worker ``name``: disturbances for a worker go to it from now on."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class QueueChosen(Message):
    """A person pointed at the queue ``name``."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class SideChosen(Message):
    """A person pointed at one of two labs side by side, by its letter: A or B."""

    def __init__(self, letter: str) -> None:
        super().__init__()
        self.letter = letter


class ItemChosen(Message):
    """A person pointed at an item, by its number or what it is called."""

    def __init__(self, item: int | str) -> None:
        super().__init__()
        self.item = item


class EventChosen(Message):
    """A person pointed at the event with this number in the history."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class TimeChosen(Message):
    """A person pointed at the virtual time ``t`` of the past, in seconds."""

    def __init__(self, t: float) -> None:
        super().__init__()
        self.t = t


class GoTo(Message):
    """A person wants to see the moment right after the event with this number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class RuleChosen(Message):
    """A person pointed at what the rule of this name has to say."""

    def __init__(self, rule: str) -> None:
        super().__init__()
        self.rule = rule


class WhyClosed(Message):
    """A person has read enough about why."""


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


class AnswerGiven(Message):
    """A person answered a question of a script with a number."""

    def __init__(self, number: float) -> None:
        super().__init__()
        self.number = number


class PartFailed(Message):
    """The part ``name`` of the screen could not do what it was to do: an error came to it."""

    def __init__(self, name: str, error: Exception) -> None:
        super().__init__()
        self.name = name
        self.error = error


class StripChanged(Message):
    """The strip of settings may need another number of lines."""
