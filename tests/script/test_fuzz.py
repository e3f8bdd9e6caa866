"""Whatever stands in a file: it is a script that can be checked, or one sentence tells why not."""

from __future__ import annotations

import copy
import random
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import tomli_w
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.check import check, report_lines
from qdash.commands import DISTURBANCES
from qdash.lessons import lessons, source
from qdash.scenarios import ALL, SLUGS
from qdash.script.acts import said
from qdash.script.measure import EVENTS
from qdash.script.model import PANELS, Script
from qdash.script.read import ScriptError, read

SMALL = 3_000
"""How many events a lab may make here: enough for something to happen in it."""


def handled(text: str | bytes) -> Script | None:
    """Read, and check what can be read; anything but a sentence on what is wrong is an error."""
    try:
        script = read(text, scenarios=ALL)
    except ScriptError as error:
        wrong = error
    else:
        report = check(script, limit=SMALL)
        assert report_lines(report, "it")
        assert all(problem.text and "\n" not in problem.text for problem in report.problems)
        assert list(said(script))
        return script
    message = str(wrong)
    assert message
    assert "\n" not in message
    assert len(message) < 1_000
    assert 0 <= wrong.line <= text.count(b"\n" if isinstance(text, bytes) else "\n") + 1
    return None


# --- over the format ------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
TIMES = st.floats(0, 20).map(lambda t: round(t, 3))
QUEUES = st.sampled_from(["jobs", "results", "no"])
WORKERS = st.sampled_from(["P1", "C1", "main", "Z9"])
PLAIN = st.one_of(st.booleans(), st.integers(-5, 5), st.floats(-5, 5), TEXTS)
MEASURES = st.one_of(
    st.builds("queue.{}.{}".format, QUEUES, st.sampled_from(["size", "full", "peak", "blocked"])),
    st.builds("worker.{}.{}".format, WORKERS, st.sampled_from(["doing", "made", "hand", "ended"])),
    st.builds("event.{}.count".format, st.sampled_from(sorted(EVENTS))),
    st.sampled_from(["run.ended", "run.stuck", "run.clock", "role.consumer.alive"]),
    st.sampled_from(["advice.bottleneck", "advice.stuck", "advice.nonsense", "queue.size"]),
)
OPERATORS = st.sampled_from(["is", "is_not", "above", "below", "at_least", "at_most"])
CONDITIONS = st.builds(
    lambda what, op, value: {"what": what, op: value}, MEASURES, OPERATORS, PLAIN
)
NUMERIC = st.builds(
    lambda what, op, value: {"what": what, op: value},
    st.sampled_from(["queue.jobs.size", "event.put.count", "worker.P1.made", "run.clock"]),
    st.sampled_from(["is", "above", "below"]),
    st.integers(0, 5),
)
SET = st.fixed_dictionaries(
    {},
    optional={
        "maxsize": st.integers(0, 5),
        "consumers": st.integers(0, 4),
        "items": st.sampled_from(["off", 3]),
        "discipline": st.sampled_from(["fifo", "lifo", "priority"]),
        "supervise": st.booleans(),
    },
)
DEEDS = st.fixed_dictionaries(
    {"what": st.sampled_from(sorted(DISTURBANCES))}, optional={"target": WORKERS | QUEUES}
)


def questions(conditions: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    choice = st.builds(
        lambda text, when: {"text": text, "when": when},
        TEXTS,
        st.lists(conditions, min_size=1, max_size=2),
    )
    common = {"ask": TEXTS, "because": TEXTS, "show": st.floats(0.1, 5)}
    several = st.lists(choice, min_size=2, max_size=3, unique_by=lambda one: str(one["text"]))
    number = st.fixed_dictionaries({"what": MEASURES}, optional={"unit": TEXTS})
    return st.one_of(
        st.fixed_dictionaries({**common, "choices": several}),
        st.fixed_dictionaries({**common, "number": number}),
    )


def scripts(conditions: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        "after": TIMES,
        "title": TEXTS,
        "caption": TEXTS,
        "look": st.sampled_from(PANELS),
        "point": WORKERS | st.integers(0, 9),
        "set": SET,
        "inject": st.lists(DEEDS, min_size=1, max_size=2),
        "speed": st.sampled_from([1, 0.5, "free"]),
        "wait": st.booleans(),
        "python": st.sampled_from(["3.11", ">=3.12", "!=3.13"]),
        "expect": st.lists(conditions, min_size=1, max_size=2),
        "question": questions(conditions),
        "scenario": st.sampled_from(SLUGS),
    }
    step = st.fixed_dictionaries({}, optional=fields)
    return st.fixed_dictionaries(
        {
            "format": st.just(1),
            "title": TEXTS,
            "scenario": st.sampled_from(SLUGS),
            "step": st.lists(step, min_size=1, max_size=4),
        },
        optional={
            "kind": st.sampled_from(["demo", "lesson"]),
            "about": TEXTS,
            "settings": SET,
            "seed": st.integers(0, 99),
            "speed": st.sampled_from([2, "free"]),
        },
    )


@given(scripts(CONDITIONS))
def test_a_script_of_any_content_is_checked_or_refused(document: dict[str, Any]) -> None:
    handled(tomli_w.dumps(document))


@settings(max_examples=50)
@given(scripts(NUMERIC))
def test_a_script_of_the_right_form_is_read(document: dict[str, Any]) -> None:
    for step in document["step"]:  # a number to guess may be one that is none
        step.get("question", {}).pop("number", None)
        if "question" in step and "choices" not in step["question"]:
            del step["question"]
    script = handled(tomli_w.dumps(document))
    assert script is not None
    assert len(script.step) == len(document["step"])


@given(st.text(max_size=200) | st.binary(max_size=200))
def test_anything_else_is_refused(text: str | bytes) -> None:
    assert handled(text) is None


# --- mutated files --------------------------------------------------------------------------------

WORDS = [
    "0", "-1", "1e99", "nan", "true", "''", '"free"', "[]", "{}", "[[1]]", "1979-05-27", "9" * 50,
    '"P1"', "0x1F", '"""', "[[step]]", "[step.question]", "=", "scenario", "at = 1", "show = 0.1",
    "\\u0000", "\u202e", "#", '"queue.jobs.size"', '"signals"', "step.step.step", "999999",
]  # fmt: skip


def mutated(text: str, dice: random.Random) -> str | bytes:
    """Return a text with one to three things in it changed, as it may go wrong in an editor."""
    for _ in range(dice.randint(1, 3)):
        lines = text.split("\n")
        at, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        way = dice.randrange(9)
        if way == 0:
            del lines[at]
        elif way == 1:
            lines.insert(other, lines[at])
        elif way == 2:
            lines[at], lines[other] = lines[other], lines[at]
        elif way == 3:
            lines.insert(at, dice.choice(WORDS))
        elif way == 4:
            lines = lines[:at]
        else:
            tokens = list(re.finditer(r'"[^"]*"|[\w.]+|[^\s\w]', text))
            if tokens:
                token = dice.choice(tokens)
                end = token.start() if way == 5 else token.end()
                word = dice.choice(tokens)[0] if way == 6 else dice.choice(WORDS)
                word = token[0][::-1] if way == 7 else word
                lines = (text[: token.start()] + word + text[end:]).split("\n")
        text = "\n".join(lines)
    if dice.random() < 0.1:
        raw = bytearray(text.encode())
        for _ in range(3):
            if raw:
                raw[dice.randrange(len(raw))] = dice.randrange(256)
        return bytes(raw)
    return text


VALUES: list[Any] = [
    0, -1, 1, 2.5, 1e99, float("nan"), 10**30, True, "", "x" * 2_000, "a\nb", "\u202e", "free",
    "off", "P1", "jobs", "signals", "barging/fixed", ">=3.12", "queue.jobs.size", [], {}, [1],
    "event.put.count", {"what": "stop"}, {"what": "run.clock", "above": 1}, date(1979, 5, 27),
]  # fmt: skip


def meddled(text: str, dice: random.Random) -> str:
    """Return a script of which one to three fields are changed, doubled, renamed or left out."""
    document = tomllib.loads(text)
    for _ in range(dice.randint(1, 3)):
        places = list(_places(document))
        if not places:
            break
        inside, key = dice.choice(places)
        value = dice.choice([*VALUES, dice.choice(places)[0]])
        way = dice.randrange(5)
        if way == 0:
            del inside[key]
        elif way == 1 and isinstance(inside, list):
            inside.insert(key, copy.deepcopy(inside[key]))
        elif way == 1:
            name = dice.choice([str(key)[:-1], "at", "scenario", "question", "wait", "python"])
            inside[name] = inside.pop(key)
        elif way == 2 and isinstance(inside[key], (int, float)):
            inside[key] = inside[key] * dice.choice([-1, 0, 0.5, 3, 100])
        elif way == 3:
            other, place = dice.choice(places)
            inside[key] = copy.deepcopy(other[place])
        else:
            inside[key] = copy.deepcopy(value)
    return tomli_w.dumps(document)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield all that stands in a document: in what, and under which key."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from _places(value[key])


@pytest.mark.parametrize("part", range(10))
def test_500_mutated_files_are_checked_or_refused(part: int) -> None:
    dice = random.Random(part)
    names = list(lessons())
    for n in range(50):
        text = source(dice.choice(names))
        handled(mutated(text, dice) if n % 2 else meddled(text, dice))
