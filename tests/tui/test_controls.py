"""What each key does, and that nothing has a key only."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from rich.console import Console
from textual.containers import VerticalScroll
from textual.widgets import Input, Label, OptionList

from qdash.commands import DISTURBANCES, Inject, SetValue
from qdash.scenarios import SLUGS
from qdash.settings import SETTINGS
from qdash.tui.app import CONTROLS
from qdash.tui.controls import PLAYING
from qdash.tui.messages import WorkerChosen
from qdash.tui.screens.disturb import DisturbScreen, TargetScreen
from qdash.tui.screens.help import HelpScreen
from qdash.words import speak
from tests.tui.conftest import OpenDesk


def test_no_two_controls_share_a_key() -> None:
    keys = Counter(key for control in CONTROLS for key in control.key.split(","))
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_control_says_what_it_does_and_where_it_belongs() -> None:
    for control in CONTROLS:
        assert control.description
        assert control.tooltip.endswith(".")
        assert control.group is not None
        assert control.key_display


async def test_space_pauses_and_goes_on(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press("space")
        assert d.lab.said == ["pause"]
        assert "paused" in d.app.main.header.text
        await d.press("space")
        assert d.lab.said == ["pause", "resume"]
        assert "paused" not in d.app.main.header.text


async def test_a_full_stop_steps(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.press(".", ".")
        assert d.lab.said == ["step", "step"]
        assert d.lab.paused


async def test_plus_and_minus_go_up_and_down_the_speeds_as_far_as_free(desk: OpenDesk) -> None:
    async with desk() as d:
        speeds = []
        for _ in range(12):
            await d.press("+")
            speeds.append(d.lab.speed)
        assert speeds == [2, 5, 10, 20, 50, 100, 200, 500, 1000, None, None, None]
        assert "free" in d.app.main.header.text
        for _ in range(20):
            await d.press("-")
        assert d.lab.speed == 0.1
        await d.press("0")
        assert d.lab.speed is None
        await d.press("0")
        assert d.lab.speed == 1.0


@pytest.mark.parametrize("number", range(1, 6))
async def test_a_number_runs_that_scenario(desk: OpenDesk, number: int) -> None:
    async with desk(maxsize=17) as d:
        await d.press(str(number))
        await d.run_to(1.0)
        assert d.app.state.header.scenario == SLUGS[number - 1]
        assert f"{number} {SLUGS[number - 1]}" in d.app.main.header.text
        assert d.app.state.settings["maxsize"] != 17


async def test_r_begins_again_with_the_settings_as_they_stand(desk: OpenDesk) -> None:
    async with desk(maxsize=4, seed=11) as d:
        await d.run_to(3.0)
        d.app.set_value("maxsize", 2)
        await d.seen()
        first = d.lab
        await d.press("r")
        assert not first.alive
        assert d.app.state.header.seed == 11
        assert d.app.state.settings["maxsize"] == 2
        assert d.app.state.t == 0
        await d.press("R")
        assert d.app.state.header.seed != 11


async def test_the_same_seed_gives_the_same_run(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(5.0)
        before = list(d.lab.happened)
        await d.press("r")
        await d.run_to(5.0)
        assert d.lab.happened == before != []


@pytest.mark.parametrize("item", DISTURBANCES.values(), ids=lambda item: item.name)
async def test_each_disturbance_goes_by_its_key(desk: OpenDesk, item: object) -> None:
    async with desk() as d:
        await d.run_to(2.0)
        d.app.on_worker_chosen(WorkerChosen("C1"))
        await d.press(item.key)  # type: ignore[attr-defined]
        target = "jobs" if item.target == "queue" else "C1"  # type: ignore[attr-defined]
        assert d.lab.sent == [Inject(item.name, target)]  # type: ignore[attr-defined]


async def test_a_disturbance_for_a_worker_asks_which(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(2.0)
        await d.press("c")
        assert isinstance(d.app.screen, TargetScreen)
        listed = [option.id for option in d.app.screen.query_one(OptionList).options]
        assert listed[0] == "-"
        assert {"P1", "P2", "P3", "C1", "C2", "C3"} <= set(listed)
        await d.press("down", "down", "enter")
        assert d.lab.sent == [Inject("cancel", str(listed[2]))]
        await d.press("c", "escape")
        assert len(d.lab.sent) == 1
        await d.press("c", "enter")
        assert d.lab.sent[-1] == Inject("cancel", "")


async def test_with_several_queues_it_asks_which(desk: OpenDesk) -> None:
    async with desk("dynamic-tasks") as d:
        await d.run_to(2.0)
        names = list(d.app.state.queues)
        assert len(names) > 1
        await d.press("d")
        await d.press("down", "enter")
        assert d.lab.sent == [Inject("drain", names[1])]


async def test_amounts_can_be_changed_and_are_checked_where_they_are_typed(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(2.0)
        await d.press("i", "b")
        picker = d.app.screen
        assert isinstance(picker, TargetScreen)
        await d.press("tab", *"lots", "enter")
        assert d.app.screen is picker
        assert "1 to 10,000 items" in str(picker.query_one(".refusal").render())
        picker.query_one(Input).value = "-3"
        await d.press("enter")
        assert d.app.screen is picker
        picker.query_one(Input).value = "25"
        await d.press("enter")
        assert d.lab.sent == [Inject("burst", "jobs", 25.0)]


async def test_the_menu_lists_every_disturbance_for_keys_and_mouse(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(2.0)
        await d.press("i")
        assert isinstance(d.app.screen, DisturbScreen)
        listed = [option.id for option in d.app.screen.query_one(OptionList).options]
        assert listed == list(DISTURBANCES)
        await d.pilot.click(OptionList, offset=(6, 1))
        await d.seen()
        assert d.lab.sent == [Inject("stop", "jobs")]


async def test_arrows_go_through_the_menu(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(2.0)
        await d.press("i", "down", "enter")
        assert d.lab.sent == [Inject("stop-all", "jobs")]


@pytest.mark.parametrize("key", ["question_mark", "y"])
async def test_arrows_scroll_what_is_long(desk: OpenDesk, key: str) -> None:
    async with desk(size=(80, 24)) as d:
        await d.press(key)
        box = d.app.screen.query_one(VerticalScroll)
        assert box.max_scroll_y > 30
        await d.press("down", "down")
        assert box.scroll_target_y == 2
        await d.press("end")
        assert box.scroll_target_y == box.max_scroll_y


async def test_all_that_a_disturbance_does_is_told_where_its_target_is_chosen(
    desk: OpenDesk,
) -> None:
    async with desk(size=(80, 24)) as d:
        await d.run_to(2.0)
        await d.press("c")
        about = d.app.screen.query_one(".about", Label)
        assert about.size.height == 2
        assert about.size.width < 80


async def test_a_small_screen_hints_at_what_a_newcomer_needs(desk: OpenDesk) -> None:
    async with desk(size=(80, 24)) as d:
        hints = d.app.main.keys.text
        for key in ("space pause", "e settings", "i disturb", "w why", "L lessons", "? help"):
            assert key in hints


async def test_the_menu_opens_by_a_click_on_its_hint(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.click_text(d.app.main.keys, "i disturb")
        assert isinstance(d.app.screen, DisturbScreen)


async def test_brackets_go_through_the_workers(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(1.0)
        names = [worker.name for worker in d.app.state.live()]
        await d.press("]")
        assert d.app.selected == names[0]
        await d.press("]")
        assert d.app.selected == names[1]
        await d.press("[", "[")
        assert d.app.selected == names[-1]
        await d.press("escape")
        assert d.app.selected == ""


async def test_a_chosen_worker_that_is_over_is_not_chosen_any_more(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(1.0)
        d.app.post_message(WorkerChosen("C1"))
        await d.seen()
        assert d.app.selected == "C1"
        await d.press("c")
        await d.run_to(1.5)
        assert d.app.selected == ""


async def test_the_help_is_made_from_the_lists_themselves(desk: OpenDesk) -> None:
    async with desk(size=(120, 200)) as d:
        await d.press("?")
        screen = d.app.screen
        assert isinstance(screen, HelpScreen)
        said = StringIO()
        Console(file=said, width=110).print(screen.contents())
        text = " ".join(said.getvalue().split())
        for name in SETTINGS:
            assert name in text
        for item in DISTURBANCES.values():
            assert f"{item.key} {item.title}" in text
        for control in CONTROLS:
            assert f"{control.key_display} {control.description}" in text
        await d.press("escape")
        assert d.app.screen is d.app.main


@pytest.mark.parametrize("playing", [False, True])
async def test_the_help_begins_with_what_counts_now(desk: OpenDesk, playing: bool) -> None:
    async with desk() as d:
        screen = HelpScreen(d.app.scenario, playing=playing)
        await d.app.push_screen(screen)
        said = StringIO()
        Console(file=said, width=110).print(screen.contents())
        named = {b.group.description for b in (*CONTROLS, *PLAYING) if b.group is not None}
        groups = [line.strip() for line in said.getvalue().splitlines() if line.strip() in named]
        assert set(groups) == named
        assert groups.index("While a lesson or demo is played") == (
            0 if playing else len(named) - 1
        )


async def test_scenarios_have_the_same_names_in_every_language(desk: OpenDesk) -> None:
    async with desk() as d:
        speak("zh_CN")
        try:
            listed = [command.title for command in d.app.get_system_commands(d.app.screen)]
            said = StringIO()
            Console(file=said, width=110).print(HelpScreen(d.app.scenario).contents())
        finally:
            speak("en")
        for number, slug in enumerate(SLUGS, 1):
            assert any(slug in title for title in listed)
            assert f"{number}  {slug}" in " ".join(said.getvalue().split(" "))


async def test_everything_is_in_the_palette(desk: OpenDesk) -> None:
    async with desk() as d:
        listed = [command.title for command in d.app.get_system_commands(d.app.screen)]
        for control in CONTROLS:
            if control.action not in ("command_palette", "leave"):
                assert any(f": {control.description}  (" in title for title in listed)


async def _palette_does(d: object, query: str) -> None:
    await d.press("ctrl+p")  # type: ignore[attr-defined]
    await d.press(*query)  # type: ignore[attr-defined]
    await d.app.workers.wait_for_complete()  # type: ignore[attr-defined]
    await d.press("enter")  # type: ignore[attr-defined]


async def test_the_palette_injects(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(1.0)
        commands = {c.title: c.callback for c in d.app.get_system_commands(d.app.screen)}
        callback = next(done for title, done in commands.items() if "stop signal  (" in title)
        await callback()
        await d.seen()
        assert d.lab.sent == [Inject("stop", "jobs")]


async def test_the_palette_sets_values(desk: OpenDesk) -> None:
    from qdash.tui.screens.palette import SettingCommands

    async with desk() as d:
        found = [hit async for hit in SettingCommands(d.app.main).search("maxsize 8")]
        best = max(found, key=lambda hit: hit.score)
        assert str(best.match_display) == "maxsize = 8"
        best.command()
        await d.seen()
        assert d.lab.sent == [SetValue("maxsize", 8)]
        found = [hit async for hit in SettingCommands(d.app.main).search("maxsize -8")]
        best = max(found, key=lambda hit: hit.score)
        assert "0 to 1,000,000" in (best.help or "")
        discovered = [hit async for hit in SettingCommands(d.app.main).discover()]
        assert len(discovered) == len(SETTINGS)


async def test_t_changes_the_theme(desk: OpenDesk) -> None:
    async with desk() as d:
        assert d.app.current_theme.dark
        await d.press("t")
        assert not d.app.current_theme.dark
        await d.press("t")
        assert d.app.current_theme.dark


@pytest.mark.parametrize("key", ["q", "ctrl+q"])
async def test_q_quits_and_leaves_nothing_behind(desk: OpenDesk, key: str) -> None:
    async with desk() as d:
        lab = d.lab
        await d.run_to(1.0)
        await d.pilot.press(key)
    assert not lab.alive
    assert lab.lab.loop.is_closed()
