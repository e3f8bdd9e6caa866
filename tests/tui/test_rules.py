"""The rules on the screen: what they say, their pages, on and off."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList, Static

from qdash.advice import RULES, Advice, check
from qdash.tui.screens.rules import RulesScreen
from qdash.tui.widgets.advice import _lay_out
from tests.tui.conftest import OpenDesk

SIZES = [(160, 45), (120, 40), (80, 24)]


def said(screen: RulesScreen, part: str) -> str:
    return str(screen.query_one(part, Static).content)


@pytest.mark.parametrize("size", SIZES)
async def test_every_rule_is_listed_with_whether_it_speaks(
    desk: OpenDesk, size: tuple[int, int]
) -> None:
    async with desk(size=size, consumers=0) as d:
        await d.run_to(9.0)
        await d.press("u")
        screen = d.app.screen
        assert isinstance(screen, RulesScreen)
        options = screen.query_one(OptionList)
        assert [option.id for option in options.options] == list(RULES)
        assert screen.rule == "stuck"  # the gravest that speaks
        assert said(screen, "#now").startswith("It says now: nothing is ready")
        await d.press("down", "down")
        assert screen.rule == "workers-dead"
        await d.press("down")
        assert said(screen, "#now") == "Its condition does not hold now."
        await d.press("escape")
        assert not isinstance(d.app.screen, RulesScreen)


async def test_a_rule_is_switched_off_and_on(desk: OpenDesk) -> None:
    async with desk(consumers=0) as d:
        await d.run_to(9.0)
        assert "workers-dead" in d.app.main.advice.text
        await d.press("u", "down", "down", "space", "escape")
        assert d.app.without == {"workers-dead"}
        assert "workers-dead" not in d.app.main.advice.text
        assert "1 of them off" in d.app.main.advice.text
        await d.press("u", "down", "down", "space", "escape")
        assert "workers-dead" in d.app.main.advice.text


async def test_a_click_on_a_piece_of_advice_opens_its_page(desk: OpenDesk) -> None:
    async with desk(consumers=0) as d:
        await d.run_to(9.0)
        await d.click_text(d.app.main.advice, "workers-dead")
        screen = d.app.screen
        assert isinstance(screen, RulesScreen)
        assert screen.rule == "workers-dead"
        await d.pilot.click("#toggle")
        assert d.app.without == {"workers-dead"}
        await d.press("escape")
        await d.click_text(d.app.main.advice, "ADVICE")
        assert isinstance(d.app.screen, RulesScreen)


async def test_what_a_rule_says_follows_the_lab(desk: OpenDesk) -> None:
    async with desk(consumers=0) as d:
        await d.run_to(9.0)
        await d.press("u")
        screen = d.app.screen
        assert isinstance(screen, RulesScreen)
        d.lab.paused = True
        d.app.set_value("consumers", 3)
        await d.seen()
        screen.refresh_rules()
        assert said(screen, "#now") == "Its condition does not hold now."


async def test_the_past_has_the_advice_of_then(desk: OpenDesk) -> None:
    async with desk(consumers=0) as d:
        await d.run_to(2.0)
        while d.lab.waiting:  # a frame folds for some milliseconds only
            d.app.tick()
        then = {advice.rule for advice in check(d.app.state)}
        await d.run_to(9.0)
        assert "stuck" in d.app.main.advice.text
        while d.app.state.t > 2.0:
            await d.press("left")
        assert {name for name in RULES if name in d.app.main.advice.text} == then


async def test_rules_off_from_the_beginning(desk: OpenDesk) -> None:
    async with desk(consumers=0, options={"without": ["stuck"]}) as d:
        await d.run_to(9.0)
        assert "workers-dead" in d.app.main.advice.text
        assert "stuck" not in d.app.main.advice.text


async def test_advice_that_is_cut_off_says_how_much_is_missing(desk: OpenDesk) -> None:
    async with desk(consumers=0) as d:
        await d.run_to(9.0)
        view = d.app.make_view()
        long = [Advice(f"rule-{n}", "word " * 40, "do this") for n in range(3)]

        def last(advice: list[Advice], height: int) -> str:
            lines = _lay_out(advice, 40, height, view)
            assert len(lines) <= height
            return "".join(span.text for span in lines[-1].spans)

        assert last(long, 2) == "and 3 more"
        assert last(long, 5) == "... and 2 more"
        assert last(long[:1], 4) == "... click for all of it"
        assert last(long[:1], 20) == "  do this"
        assert _lay_out(long[:1], 40, 4, view)[-1].rule == "rule-0"
