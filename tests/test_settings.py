"""The settings: what is typed is what is shown, and nothing that is not allowed gets in."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash.settings import (
    LAB_SETTINGS,
    SETTINGS,
    Setting,
    SettingError,
    complete,
    parse_assignment,
    setting,
)

every = pytest.mark.parametrize("one", SETTINGS.values(), ids=SETTINGS)
anything: st.SearchStrategy[Any] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.binary()
)


def is_allowed(one: Setting, value: Any) -> bool:
    """What the definition says, read once more."""
    if value is None:
        return bool(one.off)
    if one.kind == "choice":
        return value in one.choices
    if one.kind == "flag":
        return isinstance(value, bool)
    assert isinstance(value, (int, float))
    inside = one.low <= value <= one.high and not (one.above and value == one.low)
    return inside and math.isfinite(value) and (one.kind == "float" or value == int(value))


@every
def test_the_default_is_allowed_and_in_its_own_type(one: Setting) -> None:
    assert one.check(one.default) == one.default
    assert type(one.check(one.default)) is type(one.default)


@every
@given(value=anything)
def test_only_what_is_allowed_gets_in(one: Setting, value: Any) -> None:
    said = ""
    try:
        checked = one.check(value)
        assert is_allowed(one, checked)
        assert checked == value
    except SettingError as error:
        said = str(error)
    assert not said or one.allowed in said
    assert "\n" not in said


@every
@given(text=st.text(max_size=30))
def test_any_text_is_parsed_or_refused(one: Setting, text: str) -> None:
    said = ""
    try:
        assert is_allowed(one, one.parse(text))
    except SettingError as error:
        said = str(error)
    assert not said or one.allowed in said


def allowed_values(one: Setting) -> st.SearchStrategy[Any]:
    if one.kind == "choice":
        return st.sampled_from(one.choices)
    if one.kind == "flag":
        return st.booleans()
    if one.kind == "int":
        values: st.SearchStrategy[Any] = st.integers(int(one.low), int(one.high))
    else:
        values = st.floats(one.low, one.high, exclude_min=one.above)
    return values | st.none() if one.off else values


@every
@given(data=st.data())
def test_what_is_allowed_can_be_typed(one: Setting, data: st.DataObject) -> None:
    value = data.draw(allowed_values(one))
    typed = (
        one.off
        if value is None
        else "on"
        if value is True
        else "off"
        if value is False
        else str(value)
    )
    assert one.parse(f" {typed.upper()} ") == value


@every
@given(data=st.data())
def test_arrows_stay_inside_and_come_back(one: Setting, data: st.DataObject) -> None:
    value = data.draw(allowed_values(one))
    for by in (1, -1):
        beside = one.nudge(value, by)
        assert is_allowed(one, beside)
        if (
            isinstance(value, (int, float))
            and isinstance(beside, (int, float))
            and one.kind != "flag"
        ):
            assert (beside - value) * by >= 0
    assert one.show(value)


@every
def test_arrows_come_to_an_end(one: Setting) -> None:
    if one.kind in ("flag", "choice"):
        return  # they go round
    for by in (1, -1):
        value, seen = one.default, 0
        while (beside := one.nudge(value, by)) != value:
            value, seen = beside, seen + 1
            assert seen < 200


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    with pytest.raises(SettingError, match="did you mean consumers"):
        setting("consumer")
    with pytest.raises(SettingError, match="did you mean maxsize"):
        parse_assignment("max_size=3")


def test_an_assignment_is_a_name_and_a_value() -> None:
    assert parse_assignment(" maxsize = 3 ") == ("maxsize", 3)
    assert parse_assignment("get_timeout=0.5 s") == ("get_timeout", 0.5)
    assert parse_assignment("items=off") == ("items", None)


def test_what_is_given_goes_before_the_scenario_and_that_before_the_setting() -> None:
    values = complete({"maxsize": 9}, {"maxsize": 3, "producers": 2})
    assert set(values) == set(LAB_SETTINGS)
    assert (values["maxsize"], values["producers"]) == (9, 2)
    assert values["consumers"] == SETTINGS["consumers"].default
    with pytest.raises(SettingError):
        complete({"maxsize": -1}, {})
    with pytest.raises(SettingError):
        complete({"size": 1}, {})
