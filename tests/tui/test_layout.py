"""Who gets which part of the screen, as a plan and on the screen."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash.scenarios import SLUGS
from qdash.tui.screens.plan import BESIDE, FOLD_ORDER, LEAST, PANELS, Box, Plan, plan
from tests.tui.conftest import OpenDesk

SIZES = [(20, 5), (40, 10), (80, 24), (100, 30), (120, 40), (160, 45), (300, 100)]
WANTS = {"stage": 12, "axis": 14, "strip": 3}
ALL = WANTS | {"scrub": 1, "compare": 8}


def apart(one: Box, two: Box) -> bool:
    return (
        one.x + one.width <= two.x
        or two.x + two.width <= one.x
        or one.y + one.height <= two.y
        or two.y + two.height <= one.y
    )


def empty_lines(shared: Plan, height: int) -> list[int]:
    taken = {y for box in shared.values() for y in range(box.y, box.y + box.height)}
    return [y for y in range(height) if y not in taken]


@given(
    width=st.integers(1, 400),
    height=st.integers(1, 150),
    stage=st.integers(0, 200),
    axis=st.integers(0, 200),
    strip=st.integers(1, 15),
    compare=st.sampled_from([0, 8]),
    scrub=st.sampled_from([0, 1]),
    folded=st.frozensets(st.sampled_from(["axis", "log", "advice", "code"])),
    biggest=st.sampled_from(["", *PANELS]),
    why=st.booleans(),
)
def test_nothing_overlaps_and_stage_and_settings_stay(
    width: int,
    height: int,
    stage: int,
    axis: int,
    strip: int,
    compare: int,
    scrub: int,
    folded: frozenset[str],
    biggest: str,
    why: bool,
) -> None:
    wants = {"stage": stage, "axis": axis, "strip": strip, "compare": compare, "scrub": scrub}
    shared = plan(width, height, wants, folded=folded, biggest=biggest, why=why)
    assert all(one == two or apart(one, two) for one, two in combinations(shared.values(), 2))
    assert len(set(shared.values())) == len(shared)
    for box in shared.values():
        assert box.width >= 1
        assert box.height >= 1
        assert 0 <= box.x <= box.x + box.width <= width
        assert 0 <= box.y <= box.y + box.height <= height
    enlarged = "why" if why and biggest == "log" else biggest
    assert (enlarged or "stage") in shared
    assert height == 1 or "strip" in shared
    assert not ("why" in shared and "log" in shared)
    if not biggest and why and height < 50:
        assert "advice" not in shared
    if not biggest:
        assert not (folded - {"log"}) & set(shared)
        assert why or "log" not in folded & set(shared)
        assert compare or "compare" not in shared
        assert scrub or "scrub" not in shared
        empty = empty_lines(shared, height)
        # Of what stands beside the code, only a line between log and advice may be empty.
        assert len(empty) <= 2
        assert all(y - 1 not in empty for y in empty)
    else:
        assert not empty_lines(shared, height)


@given(
    width=st.integers(1, 400),
    height=st.integers(1, 150),
    stage=st.integers(0, 200),
    axis=st.integers(0, 200),
    strip=st.integers(1, 15),
    caption=st.integers(1, 40),
    folded=st.frozensets(st.sampled_from(["axis", "log", "advice", "code"])),
    look=st.sampled_from(["", "stage", "axis", "code", "log", "advice", "why"]),
    biggest=st.sampled_from(["", *PANELS]),
    presenting=st.booleans(),
)
def test_what_a_script_says_and_its_stage_have_room(
    width: int,
    height: int,
    stage: int,
    axis: int,
    strip: int,
    caption: int,
    folded: frozenset[str],
    look: str,
    biggest: str,
    presenting: bool,
) -> None:
    wants = {"stage": stage, "axis": axis, "strip": strip, "caption": caption}
    shared = plan(
        width,
        height,
        wants,
        folded=folded,
        biggest=biggest,
        why=look == "why",
        look=look,
        presenting=presenting,
    )
    assert all(one == two or apart(one, two) for one, two in combinations(shared.values(), 2))
    for box in shared.values():
        assert box.width >= 1
        assert box.height >= 1
        assert 0 <= box.x <= box.x + box.width <= width
        assert 0 <= box.y <= box.y + box.height <= height
    assert height < 8 or "caption" in shared
    if presenting:
        assert set(shared) <= {"caption", "stage", look}
        assert not empty_lines(shared, height)
    elif height >= 30 and not biggest and not folded and look:
        assert "stage" in shared
        assert look in shared


@pytest.mark.parametrize("size", SIZES)
def test_the_plan_of_every_size_fills_the_screen(size: tuple[int, int]) -> None:
    for wants in (WANTS, ALL):
        shared = plan(*size, wants)
        width, height = size
        assert max(box.y + box.height for box in shared.values()) == height
        for name, box in shared.items():
            least = LEAST.get(name, 1)
            assert box.height >= least or len(shared) <= 4, name
        for y in range(height):
            line = [box for box in shared.values() if box.y <= y < box.y + box.height]
            assert sum(box.width for box in line) in (0, width, width - 1) or "code" in shared


@pytest.mark.parametrize("width", [80, BESIDE, 160])
@pytest.mark.parametrize("why", [False, True])
def test_panels_fold_away_in_the_stated_order(width: int, why: bool) -> None:
    order = list(FOLD_ORDER)
    if why:
        order = ["advice", "code", "keys", "compare", "axis", "why", "scrub", "header"]
    gone: list[str] = []
    for height in range(70, 1, -1):
        shared = plan(width, height, ALL, why=why)
        gone += [name for name in order if name not in shared and name not in gone]
    if width < BESIDE:
        assert gone == order
    elif why:  # what stands beside one another goes together
        assert gone == ["advice", "keys", "compare", "axis", "code", "why", "scrub", "header"]
    else:
        assert set(gone[:3]) == set(order[:3])
        assert gone[3:] == order[3:]


@pytest.mark.parametrize(("size", "shown"), [
    ((160, 45), {*FOLD_ORDER} - {"compare", "scrub"}),
    ((120, 40), {*FOLD_ORDER} - {"compare", "scrub"}),
    ((100, 30), {*FOLD_ORDER} - {"compare", "scrub"}),
    ((80, 24), {"header", "axis", "code", "keys"}),
])  # fmt: skip
def test_what_usual_sizes_show(size: tuple[int, int], shown: set[str]) -> None:
    assert set(plan(*size, WANTS)) == {"stage", "strip", *shown}


def test_an_answer_has_room_on_a_small_screen() -> None:
    assert plan(80, 24, WANTS, why=True)["why"].height >= 7
    assert "axis" in plan(80, 24, WANTS, why=True)
    assert plan(80, 24, ALL, why=True)["why"].height >= 7


def test_log_over_advice_stand_beside_the_code() -> None:
    shared = plan(160, 45, WANTS)
    code, log, advice = (shared[name] for name in ("code", "log", "advice"))
    assert code.y == log.y
    assert log.y + log.height < advice.y  # with an empty line between
    assert code.y + code.height == advice.y + advice.height
    assert code.width + 1 + log.width == 160
    folded = plan(160, 45, WANTS, folded=frozenset({"code"}))
    assert folded["log"].y == folded["advice"].y
    assert folded["log"].width > folded["advice"].width


def test_the_past_is_told_even_by_an_enlarged_panel() -> None:
    for name in PANELS:
        assert "scrub" in plan(80, 24, ALL, biggest=name)


# --- on the screen --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("slug", SLUGS)
async def test_every_scenario_at_every_size(
    desk: OpenDesk, slug: str, size: tuple[int, int]
) -> None:
    async with desk(slug, size=size) as d:
        await d.run_to(5.0)
        main = d.app.main
        assert not main.broken
        assert main.stage.size.height >= 1
        assert main.strip.size.height >= 1
        assert main.strip.region.bottom <= size[1]


async def test_it_flows_again_when_the_terminal_changes(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(3.0)
        main = d.app.main
        for size in [*SIZES, *reversed(SIZES)]:
            await d.pilot.resize_terminal(*size)
            await d.seen()
            assert main.size == size
            for name, part in main.parts.items():
                assert part.display == (name in main.plan)
                if part.display:
                    assert tuple(part.region) == main.plan[name]
            assert max(box.y + box.height for box in main.plan.values()) == size[1]


async def test_panels_are_folded_and_enlarged_by_hand(desk: OpenDesk) -> None:
    async with desk() as d:
        main = d.app.main
        for key, name in (("f2", "axis"), ("f3", "log"), ("f4", "advice"), ("f5", "code")):
            assert main.parts[name].display
            await d.press(key)
            assert not main.parts[name].display
            await d.press(key)
            assert main.parts[name].display
        panels = [name for name in PANELS if name in main.plan]
        for name in panels:
            await d.press("m")
            assert [n for n in PANELS if main.parts[n].display] == [name]
        await d.press("m")
        assert all(main.parts[n].display for n in panels)
