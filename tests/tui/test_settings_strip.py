"""The strip of settings: every value by arrows, typing and mouse; nothing typed does harm."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from textual.events import MouseScrollUp

from qdash.commands import SetValue
from qdash.settings import LAB_SETTINGS, SETTINGS
from qdash.tui.messages import SettingTyped
from qdash.tui.widgets.typed import Typed
from tests.tui.conftest import OpenDesk


async def _go_to(d: object, name: str) -> None:
    d.strip.action_choose(list(SETTINGS).index(name))  # type: ignore[attr-defined]
    await d.pilot.pause()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", LAB_SETTINGS)
async def test_arrows_change_every_setting(desk: OpenDesk, name: str) -> None:
    slug = "service" if SETTINGS[name].named else "producer-consumer"
    slug = "timeouts" if "timeout" in name else slug
    async with desk(slug) as d:
        old = d.app.state.settings[name]
        await _go_to(d, name)
        await d.press("right")
        expected = SETTINGS[name].nudge(old, 1)
        assert d.lab.sent == [SetValue(name, expected)]
        assert d.app.state.settings[name] == expected


async def test_presses_faster_than_the_lab_answers_add_up(desk: OpenDesk) -> None:
    async with desk(maxsize=5) as d:
        await _go_to(d, "maxsize")
        for _ in range(3):
            d.strip.action_nudge(1)
        await d.seen()
        assert d.app.state.settings["maxsize"] == 8
        assert d.app.asked == {}


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("maxsize", "12", 12),
        ("maxsize", "0", 0),
        ("consumers", "0", 0),
        ("consume_time", "1.9", 1.9),
        ("consume_time", "2 s", 2.0),
        ("jitter", "constant", "constant"),
        ("items", "off", None),
        ("supervise", "on", True),
    ],
)
async def test_a_value_is_typed_where_it_stands(
    desk: OpenDesk, name: str, typed: str, value: object
) -> None:
    async with desk() as d:
        await _go_to(d, name)
        await d.press("enter")
        await d.press(*("space" if c == " " else c for c in typed))
        assert typed in d.strip.text
        await d.press("enter")
        assert d.lab.sent == [SetValue(name, value)]  # type: ignore[arg-type]
        assert d.strip.typed is None


async def test_digits_begin_at_once_and_letters_keep_their_meaning(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(1.0)
        await _go_to(d, "maxsize")
        await d.press("3")
        assert d.strip.typed == Typed.after("3")
        assert d.app.state.header.scenario == "producer-consumer"
        await d.press("escape", "s")
        assert d.lab.sent
        assert d.lab.sent[0].what == "stop"  # type: ignore[union-attr]


async def test_a_negative_number_is_typed_and_refused_like_any_other(desk: OpenDesk) -> None:
    async with desk() as d:
        await _go_to(d, "maxsize")
        await d.press("-", "1", "enter")
        assert d.strip.typed == Typed.after("-1")
        assert "from 0 to 1,000,000" in d.strip.refusal
        assert d.lab.sent == []


@pytest.mark.parametrize("size", [(160, 45), (80, 24)])
async def test_a_refused_value_says_what_is_allowed_and_stays(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    async with desk(size=size) as d:
        await _go_to(d, "maxsize")
        await d.press(*"9x", "enter")
        assert d.lab.sent == []
        assert "from 0 to 1,000,000" in " ".join(d.strip.text.split())
        assert "9x" in d.strip.text
        await d.press("backspace", "enter")
        assert d.lab.sent == [SetValue("maxsize", 9)]


async def test_escape_takes_back_what_was_typed_then_leaves(desk: OpenDesk) -> None:
    async with desk() as d:
        await _go_to(d, "maxsize")
        await d.press("8", "escape")
        assert d.strip.typed is None
        assert d.strip.has_focus
        await d.press("escape")
        assert not d.strip.has_focus
        assert d.lab.sent == []


async def test_up_down_and_tab_go_through_the_settings(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("e")
        assert d.strip.name_chosen == "maxsize"
        await d.press("down", "tab")
        assert d.strip.name_chosen == "consumers"
        await d.press("up", "shift+tab")
        assert d.strip.name_chosen == "maxsize"
        await d.press("end")
        assert d.strip.name_chosen == "speed"
        await d.press("tab")
        assert not d.strip.has_focus or d.strip.name_chosen == "speed"


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (300, 100)])
async def test_the_mouse_changes_values(desk: OpenDesk, size: tuple[int, int]) -> None:
    async with desk(size=size, maxsize=5) as d:
        await d.click_text(d.strip, "▸")
        assert d.lab.sent == [SetValue("maxsize", 6)]
        await d.click_text(d.strip, "◂")
        assert d.lab.sent[-1] == SetValue("maxsize", 5)
        await d.click_text(d.strip, "consumers")
        assert d.strip.name_chosen == "consumers"
        await d.click_text(d.strip, "5")
        assert d.strip.name_chosen == "maxsize"
        assert d.strip.typed == Typed()


async def test_moving_on_gives_what_was_typed(desk: OpenDesk) -> None:
    async with desk(maxsize=5) as d:
        await d.press("e", "7", "down")
        assert d.lab.sent == [SetValue("maxsize", 7)]
        assert d.strip.name_chosen == "producers"
        await d.press("-", "1", "down")
        assert d.strip.name_chosen == "producers"
        assert "producers must be a whole number" in d.strip.text
        await d.press("escape", "down")
        assert d.lab.sent == [SetValue("maxsize", 7)]


async def test_the_wheel_turns_the_value_under_it(desk: OpenDesk) -> None:
    async with desk(maxsize=5) as d:
        x = d.strip.text.splitlines()[0].index("consumers")
        await d.pilot._post_mouse_events([MouseScrollUp], d.strip, offset=(x, 0), button=0)
        await d.seen()
        assert d.lab.sent == [SetValue("consumers", d.app.scenario.settings()["consumers"] + 1)]


async def test_a_setting_that_the_scenario_does_not_read_says_so(desk: OpenDesk) -> None:
    async with desk() as d:
        unused = d.app.scenario.unused
        assert unused
        assert "not used" not in d.strip.text
        await _go_to(d, unused[0])
        await d.press("right", "5", "enter")
        assert d.lab.sent == []
        assert "does not use it" in d.strip.text
        assert d.strip.text.count("not used") == 1
        await d.press("down")
        assert "not used" not in d.strip.text


async def test_a_setting_stands_there_while_it_matters(desk: OpenDesk) -> None:
    async with desk(arrivals="day") as d:
        assert "period" in d.strip.text
        assert "spread" not in d.strip.text
        await _go_to(d, "period")
        await d.press("up")
        assert d.strip.name_chosen == "work"
        await _go_to(d, "arrivals")
        await d.press("right")
        assert d.app.state.settings["arrivals"] == "lognormal"
        assert "spread" in d.strip.text
        assert "period" not in d.strip.text


async def test_the_timeout_of_put_stands_there_where_the_policy_asks_for_it(
    desk: OpenDesk,
) -> None:
    for slug, policy, shown in (
        ("service", "timeout", True),
        ("service", "drop-oldest", False),
        ("timeouts", "wait", True),
    ):
        async with desk(slug, put_policy=policy) as d:
            assert ("put timeout" in d.strip.text) == shown


async def test_arrows_pass_over_times_that_were_not_given(desk: OpenDesk) -> None:
    async with desk(arrivals="pareto") as d:
        await _go_to(d, "arrivals")
        await d.press("right")
        assert d.app.state.settings["arrivals"] == "as-jitter"
        await d.press("left")
        assert d.app.state.settings["arrivals"] == "pareto"
        await d.press("enter", *"file", "enter")
        await d.seen()
        assert d.app.state.settings["arrivals"] == "pareto"
        assert "--arrivals-from" in " ".join(d.strip.text.split())


async def test_speed_and_seed_stand_in_the_strip(desk: OpenDesk) -> None:
    async with desk() as d:
        await _go_to(d, "speed")
        await d.press("right")
        assert d.lab.speed == 2.0
        await d.press("enter", *"free", "enter")
        assert d.lab.speed is None
        await _go_to(d, "seed")
        await d.press(*"42", "enter")
        assert d.app.state.header.seed == 42
        assert "42" in d.strip.text


@pytest.mark.parametrize("width", [20, 40, 80, 100, 139, 140, 160, 300])
async def test_every_setting_is_there_at_every_width(desk: OpenDesk, width: int) -> None:
    async with desk(size=(width, 60)) as d:
        for name in SETTINGS:
            label = (SETTINGS[name].label or name).replace("_", " ")
            unused = d.app.scenario.unused
            read = {n: value for n, value in d.app.state.settings.items() if n not in unused}
            if name not in unused and SETTINGS[name].matters(read):
                assert label[:width] in d.strip.text
        for line in d.strip.text.splitlines():
            if width >= 40:
                assert len(line.rstrip()) <= width


async def test_where_lines_are_hidden_the_strip_says_how_many(desk: OpenDesk) -> None:
    async with desk(size=(40, 10)) as d:
        assert "lines" in d.strip.text
        await _go_to(d, "speed")
        assert "speed" in d.strip.text


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(list(SETTINGS)), texts=st.lists(st.text(max_size=30), max_size=4))
def test_whatever_is_typed_it_lives(desk: OpenDesk, name: str, texts: list[str]) -> None:
    import asyncio

    async def body() -> None:
        async with desk("timeouts", size=(100, 30)) as d:
            for text in texts:
                await _go_to(d, name)
                d.strip.action_enter()
                d.strip._type(Typed().insert(text, 24))
                d.strip.action_enter()
                d.app.post_message(SettingTyped(name, text))
                await d.seen()
                assert d.app.is_running
                value = d.app.value_of(name)
                assert SETTINGS[name].check(value) == value

    asyncio.run(body())
