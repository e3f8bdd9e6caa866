"""What a person did, as a script: TOML that ``read`` takes, and that does the same again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
import tomli_w

from qdash.commands import Command, Inject, SetValue
from qdash.events import Value
from qdash.script.fields import STEPS
from qdash.script.model import FORMAT
from qdash.script.read import ScriptError
from qdash.settings import SETTINGS
from qdash.words import tr

_SAID: Final = "# `qdash play FILE` plays this. A step may get a caption, which is read there.\n\n"


class Speed(msgspec.Struct, frozen=True):
    """The speed was changed, to so many virtual seconds a wall second; None is free."""

    speed: float | None


class Halt(msgspec.Struct, frozen=True):
    """The lab was halted: the script waits there until somebody goes on."""


Deed: TypeAlias = Command | Speed | Halt


def write(
    scenario: str,
    settings: Mapping[str, Value],
    seed: int | None,
    done: Iterable[tuple[float, Deed]],
    *,
    title: str = "",
    speed: float | None = 1.0,
) -> str:
    """Return a script that begins with these settings, and does what was done at its times.

    ``done`` is in order, each with its time in virtual seconds; what the lab refused is to be left
    out. ``speed`` is that with which it began. Raises ScriptError where it is too much.
    """
    steps: list[dict[str, Any]] = []
    for t, deed in done:
        at = max(round(float(t), 9), steps[-1]["at"] if steps else 0.0)
        if not (steps and steps[-1]["at"] == at and _add(steps[-1], deed)):
            steps.append({"at": at})
            _add(steps[-1], deed)
    if len(steps) > STEPS:
        says = tr("a script has at most {most} steps, and this would have {count:,}")
        raise ScriptError(says.format(most=STEPS, count=len(steps)))
    document: dict[str, Any] = {
        "format": FORMAT,
        "kind": "demo",
        "title": title or tr("What was done with {scenario}").format(scenario=scenario),
        "scenario": scenario,
        "speed": _speed(speed),
        "settings": {name: _value(name, value) for name, value in settings.items()},
        "step": steps or [{"at": 0.0}],
    }
    if seed is not None:
        document["seed"] = seed
    return _SAID + tomli_w.dumps(document)


def _add(step: dict[str, Any], deed: Deed) -> bool:
    """Let a step do something more, if it then still does all in the order in which it was done."""
    if "wait" in step:
        return False
    if isinstance(deed, SetValue):
        if "inject" in step or deed.name in step.get("set", ()):
            return False
        step.setdefault("set", {})[deed.name] = _value(deed.name, deed.value)
    elif isinstance(deed, Inject):
        step.setdefault("inject", []).append(_inject(deed))
    elif isinstance(deed, Speed):
        if "speed" in step:
            return False
        step["speed"] = _speed(deed.speed)
    else:
        step["wait"] = True
    return True


def _inject(deed: Inject) -> dict[str, Any]:
    fields: dict[str, Any] = {"what": deed.what}
    if deed.target:
        fields["target"] = deed.target
    if deed.amount is not None:
        fields["amount"] = deed.amount
    return fields


def _value(name: str, value: Value) -> Value:
    return SETTINGS[name].off if value is None else value


def _speed(speed: float | None) -> float | str:
    return "free" if speed is None else speed
