"""The fields of a script: what each may be. A check of a whole script is put together of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from qdash.commands import DISTURBANCES
from qdash.script.acts import CLAUSE
from qdash.script.lines import Path
from qdash.script.measure import Measure, MeasureError, parse, unknown
from qdash.script.model import FORMAT, KINDS, PANELS
from qdash.script.values import (
    LARGEST,
    Check,
    Wrong,
    flag,
    many,
    must,
    number,
    one_of,
    shown,
    table,
    text,
)
from qdash.settings import LAB_SETTINGS, SETTINGS, SettingError
from qdash.words import mark, tr

STEPS: Final = 500
"""How many steps a script may have."""
SHOW: Final = 3_600.0
"""How many seconds may be run before an answer is looked up."""
LENGTH: Final = 100_000.0
"""How many seconds a script may last in all its labs together."""

# --- plain fields -----------------------------------------------------------------------------


def _format(value: Any, path: Path) -> int:
    if value != FORMAT or type(value) is not int:
        raise must(path, tr("{format}, the only one there is so far").format(format=FORMAT), value)
    return value


def _speed(value: Any, path: Path) -> float | str:
    if value == "free":
        return "free"
    try:
        if isinstance(value, str):
            raise SETTINGS["speed"].refuse(value)
        return float(SETTINGS["speed"].check(value) or 0)
    except SettingError as error:
        raise Wrong(path, str(error)) from None


def _seed(value: Any, path: Path) -> int:
    try:
        return int(SETTINGS["seed"].check(value) or 0)
    except SettingError as error:
        raise Wrong(path, str(error)) from None


def _point(value: Any, path: Path) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST:
        return value
    if not isinstance(value, str):
        raise must(path, tr("the name of a worker or a queue, or the number of an item"), value)
    return str(text(100)(value, path))


def _clauses(value: Any, path: Path) -> str:
    allowed = tr("a version of Python such as {examples}").format(
        examples='"3.11", ">=3.12", "!=3.11"'
    )
    if not isinstance(value, str) or len(value) > 100:
        raise must(path, allowed, value)
    clauses = value.split(",")
    if not all(CLAUSE.fullmatch(clause.strip()) for clause in clauses):
        raise must(path, allowed, value)
    return value


def _settings(value: Any, path: Path) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise must(path, tr("a table"), value)
    return {name: _setting(name, given, (*path, name)) for name, given in value.items()}


def _setting(name: str, value: Any, path: Path) -> Any:
    if name not in LAB_SETTINGS:
        said = tr("a lab has no setting {name}").format(name=shown(name))
        raise Wrong(path, unknown(said, name, LAB_SETTINGS))
    setting = SETTINGS[name]
    try:
        if value == setting.off and setting.off:
            return None
        if isinstance(value, (dict, list)):
            raise must(path, setting.allowed, value)
        return setting.check(value)
    except SettingError as error:
        raise Wrong(path, str(error)) from None


def _deed(value: Any, path: Path) -> dict[str, Any]:
    checked: dict[str, Any] = _DEED(value, path)
    definition, amount = DISTURBANCES[checked["what"]], checked.get("amount")
    if amount is None:
        return checked
    if definition.amount is None:
        says = tr("{what} takes no amount").format(what=definition.name)
        raise Wrong((*path, "amount"), says)
    number(definition.low, definition.high, definition.unit)(amount, (*path, "amount"))
    return checked


# --- what is measured -------------------------------------------------------------------------

_OPERATORS: Final = ("is", "is_not", "above", "below", "at_least", "at_most")


def _asked(value: dict[str, Any], path: Path) -> Measure:
    """Return the measure of a checked table."""
    try:
        found = parse(value["what"])
    except MeasureError as error:
        raise Wrong((*path, "what"), str(error)) from None
    for field, can, tells in (
        ("of", found.of, mark("worker")),
        ("on", found.on, mark("queue")),
    ):
        if value.get(field) and not can:
            says = tr("{what} cannot be narrowed by {field}: it tells of no {tells}").format(
                what=value["what"], field=field, tells=tr(tells)
            )
            raise Wrong((*path, field), says)
    return found


def _condition(value: Any, path: Path) -> dict[str, Any]:
    checked: dict[str, Any] = _CONDITION(value, path)
    found = _asked(checked, path)
    given = [name for name in _OPERATORS if name in checked]
    if len(given) != 1:
        raise Wrong(
            path,
            tr("a condition has exactly one of {operators}; there are {count}").format(
                operators=", ".join(_OPERATORS), count=len(given)
            ),
        )
    operator = given[0]
    _comparable(checked["what"], found, operator, checked[operator], (*path, operator))
    return checked


def _plain(value: Any, path: Path) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return text(1_000, least=0)(value, path)
    if isinstance(value, (int, float)):
        number(-LARGEST, LARGEST)(value, path)
        return value
    raise must(path, tr("a number, a text, true or false"), value)


def _comparable(what: str, found: Measure, operator: str, value: Any, path: Path) -> None:
    """Refuse to compare what a measure can never be."""
    sort = "flag" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"
    if operator not in ("is", "is_not"):
        if found.sort not in ("number", "any"):
            raise Wrong(
                path, tr("{what} is no number: only is and is_not can be asked").format(what=what)
            )
        return
    if found.sort not in (sort, "any"):
        allowed = {
            "number": tr("a number"),
            "text": tr("a text in quotes"),
            "flag": tr("true or false"),
        }[found.sort]
        raise Wrong(
            path,
            tr("{what} is {allowed}; got {value}").format(
                what=what, allowed=allowed, value=shown(value)
            ),
        )
    if found.texts and value not in found.texts:
        said = tr("{what} is never {value}").format(what=what, value=shown(value))
        raise Wrong(path, unknown(said, str(value), [one or '""' for one in found.texts]))


def _number(value: Any, path: Path) -> dict[str, Any]:
    checked: dict[str, Any] = _NUMBER(value, path)
    if _asked(checked, path).sort not in ("number", "any"):
        says = tr("{what} is no number").format(what=checked["what"])
        raise Wrong((*path, "what"), says)
    return checked


def _question(value: Any, path: Path) -> dict[str, Any]:
    checked: dict[str, Any] = _QUESTION(value, path)
    if ("choices" in checked) == ("number" in checked):
        raise Wrong(path, tr("a question has either choices or a number, and not both"))
    texts = [choice["text"] for choice in checked.get("choices", ())]
    if len(set(texts)) < len(texts):
        raise Wrong((*path, "choices"), tr("two choices say the same"))
    return checked


# --- what a script is made of -----------------------------------------------------------------

_NAME: Final = text(100)

_DEED: Final = table(
    mark("a disturbance"),
    {
        "what": one_of(mark("disturbance"), DISTURBANCES),
        "target": text(100, least=0),
        "amount": number(-LARGEST, LARGEST),
    },
    ("what",),
)
_CONDITION: Final = table(
    mark("a condition"),
    {"what": text(200), "of": _NAME, "on": _NAME}
    | dict.fromkeys(("is", "is_not"), _plain)
    | dict.fromkeys(_OPERATORS[2:], number(-LARGEST, LARGEST)),
    ("what",),
)
_NUMBER: Final = table(
    mark("a number"),
    {
        "what": text(200),
        "of": _NAME,
        "on": _NAME,
        "unit": text(20),
        "tolerance": number(0, LARGEST),
    },
    ("what",),
)
_CHOICE: Final = table(
    mark("a choice"), {"text": text(200), "when": many(_condition, 1, 20)}, ("text", "when")
)
_QUESTION: Final = table(
    mark("a question"),
    {
        "ask": text(500, lines=True),
        "choices": many(_CHOICE, 2, 9),
        "number": _number,
        "show": number(0, SHOW, "s", above=True),
        "because": text(1_000, lines=True),
    },
    ("ask", "show", "because"),
)


def script(scenarios: Collection[str]) -> Check:
    """A whole script, whose labs run scenarios of these names."""
    scenario = one_of(mark("scenario"), scenarios)
    fields = {
        "at": number(0, LENGTH, "s"),
        "after": number(0, LENGTH, "s"),
        "scenario": scenario,
        "settings": _settings,
        "seed": _seed,
        "title": text(100),
        "caption": text(1_000, lines=True),
        "look": one_of(mark("panel"), PANELS),
        "point": _point,
        "set": _settings,
        "inject": many(_deed, 1, 50),
        "speed": _speed,
        "wait": flag,
        "python": _clauses,
        "expect": many(_condition, 1, 50),
        "question": _question,
    }
    step = table(mark("a step"), fields)

    def check_step(value: Any, path: Path) -> Any:
        checked = step(value, path)
        if "at" in checked and "after" in checked:
            says = tr("a step comes either at a time or after another one, and not both")
            raise Wrong((*path, "after"), says)
        for name in ("settings", "seed"):
            if name in checked and "scenario" not in checked:
                says = tr("{name} stands with the scenario that a step begins").format(name=name)
                raise Wrong((*path, name), says)
        return checked

    return table(
        mark("a script"),
        {
            "format": _format,
            "kind": one_of(mark("kind of script"), KINDS),
            "title": text(100),
            "about": text(200),
            "scenario": scenario,
            "settings": _settings,
            "seed": _seed,
            "speed": _speed,
            "step": many(check_step, 1, STEPS, "[[step]]"),
        },
        ("format", "title", "scenario", "step"),
    )
