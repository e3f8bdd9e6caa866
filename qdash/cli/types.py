"""What is typed: the kinds of words that the commands take, each refused by one sentence."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem

from qdash.events import Value
from qdash.settings import LAB_SETTINGS, SETTINGS, Setting, SettingError, parse_assignment
from qdash.words import LANGUAGES, Refusal, tr

if TYPE_CHECKING:
    from qdash.experiment.cost import Cost
    from qdash.experiment.grid import Vary
    from qdash.experiment.target import Target
    from qdash.measured import Measured
    from qdash.scenarios import Scenario
    from qdash.script.model import Act, Script

    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType  # older versions of click know no type of a type


class ScenarioType(ParamType):
    """The slug of a scenario."""

    name = "scenario"

    def __init__(self, commands: Sequence[str] = ()) -> None:
        self._commands = commands

    def convert(self, value: Any, param: object, ctx: object) -> Scenario:
        """Return the scenario of that name."""
        from qdash.scenarios import UnknownScenario, scenario

        try:
            return scenario(value)
        except UnknownScenario as error:
            raise click.UsageError(self._instead(value) or str(error)) from None

    def _instead(self, value: str) -> str:
        """Say what may have been meant in the place of a scenario, where commands may stand too."""
        if not self._commands:
            return ""
        if os.path.isfile(value):
            play = value.endswith(".toml")
            template = (
                tr("there is no scenario {name}; to play a script: qdash play FILE")
                if play
                else tr("there is no scenario {name}; to see a recording: qdash replay FILE")
            )
            return template.format(name=repr(value))
        from difflib import get_close_matches

        from qdash.lessons import lessons

        if value in lessons():
            return tr("{name} is a lesson or demo; to play it: qdash play {name}").format(
                name=value
            )
        if near := get_close_matches(value[:100], self._commands, n=1):
            template = tr("there is no command {name}; did you mean {near}?")
            return template.format(name=repr(value), near=near[0])
        return ""

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        from qdash.scenarios import ALL, LISTED

        return beginning(incomplete, [*(LISTED if self._commands else ALL), *self._commands])


class SettingType(ParamType):
    """The value of one setting."""

    def __init__(self, setting: Setting) -> None:
        self.name = setting.name
        self._setting = setting

    def convert(self, value: Any, param: object, ctx: object) -> Value:
        """Return the value, if the setting takes it."""
        try:
            return self._setting.parse(value) if isinstance(value, str) else value
        except SettingError as error:
            raise click.UsageError(str(error)) from None


class AssignmentType(ParamType):
    """``NAME=VALUE`` for any setting."""

    name = "name=value"

    def convert(self, value: Any, param: object, ctx: object) -> tuple[str, Value]:
        """Return the setting's name and its value."""
        try:
            return parse_assignment(value)
        except SettingError as error:
            raise click.UsageError(str(error)) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        name, equals, _ = incomplete.partition("=")
        if not equals:
            return beginning(incomplete, [f"{name}=" for name in LAB_SETTINGS])
        setting = SETTINGS.get(name)
        words = [*setting.choices, setting.off] if setting is not None else []
        return beginning(incomplete, [f"{name}={word}" for word in words if word])


class TimesType(ParamType):
    """A file of measured times, with its column where it is a table."""

    name = "times"

    def convert(self, value: Any, param: object, ctx: object) -> Measured:
        """Return the times."""
        from qdash.measured import Measured, MeasuredError, read

        try:
            return value if isinstance(value, Measured) else read(value)
        except MeasuredError as error:
            raise click.UsageError(str(error)) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        return [CompletionItem(incomplete, type="file")]


class VaryType(ParamType):
    """``NAME=VALUES`` for a setting that is varied."""

    name = "name=values"

    def convert(self, value: Any, param: object, ctx: object) -> Vary:
        """Return the setting's name and its values."""
        from qdash.experiment.grid import Vary, parse_vary

        try:
            return value if isinstance(value, Vary) else parse_vary(value)
        except Refusal as error:
            raise click.UsageError(str(error)) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        return beginning(incomplete, [f"{name}=" for name in LAB_SETTINGS])


class MeasureType(ParamType):
    """The name of a measure."""

    name = "measure"

    def convert(self, value: Any, param: object, ctx: object) -> str:
        """Return the measure's name as it was given."""
        from qdash.experiment.measures import UnknownMeasure, measure

        try:
            measure(value)
        except UnknownMeasure as error:
            raise click.UsageError(str(error)) from None
        return str(value)

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        from qdash.experiment.measures import MEASURES

        return beginning(incomplete, MEASURES)


class TargetType(ParamType):
    """What a measure is to come to."""

    name = "target"

    def convert(self, value: Any, param: object, ctx: object) -> Target:
        """Return the target."""
        from qdash.experiment.target import Target, parse_target

        try:
            return value if isinstance(value, Target) else parse_target(value)
        except Refusal as error:
            raise click.UsageError(str(error)) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        from qdash.experiment.measures import MEASURES

        return beginning(incomplete, [f"{name}{_WANTED[m.better]}" for name, m in MEASURES.items()])


class CostType(ParamType):
    """A sum of settings."""

    name = "cost"

    def convert(self, value: Any, param: object, ctx: object) -> Cost:
        """Return the cost."""
        from qdash.experiment.cost import Cost, parse_cost

        try:
            return value if isinstance(value, Cost) else parse_cost(value)
        except Refusal as error:
            raise click.UsageError(str(error)) from None


class RuleType(ParamType):
    """The name of a rule of advice."""

    name = "rule"

    def convert(self, value: Any, param: object, ctx: object) -> str:
        """Return the rule's own name."""
        from qdash.advice import UnknownRule, rule

        try:
            return rule(value).name
        except UnknownRule as error:
            raise click.UsageError(str(error)) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        from qdash.advice import RULES

        return beginning(incomplete, list(RULES))


class ScriptType(ParamType):
    """The name of a lesson or demo, or of a file."""

    name = "script"

    def convert(self, value: Any, param: object, ctx: object) -> tuple[str, Script]:
        """Return what it is called, and the script."""
        from qdash.lessons import UnknownLesson, load
        from qdash.scenarios import ALL
        from qdash.script.read import ScriptError

        try:
            return load(value, scenarios=ALL)
        except UnknownLesson as error:
            raise click.UsageError(str(error)) from None
        except ScriptError as error:
            template = tr("{name}: {error}")
            raise click.UsageError(template.format(name=_short(value), error=error)) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        from qdash.lessons import lessons

        found = beginning(incomplete, lessons())
        return found or [CompletionItem(incomplete, type="file")]


class ProgramType(ParamType):
    """The slug of a scenario, or the name of a lesson or demo that plays one scenario only."""

    name = "program"

    def convert(self, value: Any, param: object, ctx: object) -> Act:
        """Return the scenario with what it begins with: no settings and no seed are its own."""
        from qdash.lessons import lessons, script
        from qdash.scenarios import ALL, UnknownScenario, scenario
        from qdash.script.acts import acts
        from qdash.script.model import Act

        if value in lessons():
            played = acts(script(value, scenarios=ALL))
            slugs = list(dict.fromkeys(act.scenario for act in played))
            if len(slugs) > 1:
                template = tr("{name} plays several programs; name one of {slugs}")
                text = template.format(name=value, slugs=", ".join(slugs))
                raise click.UsageError(text)
            return played[0]
        try:
            return Act(scenario(value).slug, {}, None, (), 1)
        except UnknownScenario as error:
            raise click.UsageError(str(error)) from None

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        from qdash.scenarios import ALL

        return beginning(incomplete, ALL)


class LanguageType(ParamType):
    """The name of a language; it was chosen before the command line is parsed."""

    name = "language"

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        return beginning(incomplete, LANGUAGES)


class FileType(ParamType):
    """The name of a file; opening it tells whether that is possible."""

    name = "file"

    def convert(self, value: Any, param: object, ctx: object) -> Path:
        """Return the path."""
        return Path(value)

    def shell_complete(self, ctx: object, param: object, incomplete: str) -> list[CompletionItem]:
        """Return what the shell may complete it to."""
        return [CompletionItem(incomplete, type="file")]


def beginning(incomplete: str, words: Iterable[str]) -> list[CompletionItem]:
    """Return the words that go on from what is typed so far."""
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


_WANTED: Final = {"low": "<", "high": ">", "": ""}
"""By which values of a measure are to be wished for: what a target of it goes on with."""


def _short(text: str) -> str:
    return text if len(text) <= 60 else "…" + text[-59:]
