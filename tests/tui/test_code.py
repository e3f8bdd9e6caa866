"""The code pane: the source that runs, and each worker a mark on its line."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash.events import Header, QueueMade, Stepped, WorkerEnded, WorkerStarted
from qdash.scenarios import SLUGS, scenario
from qdash.state import State, Step
from qdash.tui.look import ASCII, UNICODE
from qdash.tui.widgets.code_marks import marks_of, names, note
from qdash.tui.widgets.code_sight import Sight
from qdash.tui.widgets.code_source import (
    KEPT,
    LONGEST,
    heads_of,
    highlighted,
    lines_of,
    numbers_of,
    plain,
    solid,
)
from qdash.tui.widgets.stage_text import width_of
from tests.tui.conftest import Desk, OpenDesk

SLOW: dict[str, Any] = {"jitter": "constant", "consume_time": 4.0}
"""All producers are blocked from the fourth second on."""


def code(d: Desk) -> Any:
    return d.app.main.code


def rows(d: Desk) -> dict[int, str]:
    """What stands on each numbered line that is in sight."""
    found = {}
    for row in code(d).text.splitlines()[1:]:
        if match := re.match(r"(.*?) +(\d+)(?:[▸▹ ].*)?$", row):
            found[int(match[2])] = row
    return found


def gutter(row: str) -> list[str]:
    """The names in front of a line, with ranges written out."""
    head = re.match(r"(.*?) +\d+(?:[▸▹ ]|$)", row)
    assert head is not None, row
    out = []
    for word in head[1].split():
        if match := re.fullmatch(r"(\D+)(\d+)–(\D+)(\d+)", word):
            out += [f"{match[1]}{n}" for n in range(int(match[2]), int(match[4]) + 1)]
        elif not re.fullmatch(r"[━█░▶═┄·]", word):
            out.append(word)
    return out


# --- marks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("slug", SLUGS)
async def test_the_marks_are_where_the_workers_frames_are(desk: OpenDesk, slug: str) -> None:
    async with desk(slug, size=(160, 100)) as d:
        d.app.main.biggest = "code"
        for t in (0.0, 0.7, 3.1, 8.0, 21.5, 40.0):
            await d.run_to(t)
            while d.lab._out:
                await d.seen()
            lines = d.lab._hand.submit(d.lab.lab.lines).result()
            shown = {name: n for n, row in rows(d).items() for name in gutter(row)}
            assert shown == {name: line for name, line in lines.items() if line}
            assert len(rows(d)) == len(numbers_of(lines_of(d.app.state.header.source)))


async def test_three_consumers_in_get_are_three_marks_on_that_line(desk: OpenDesk) -> None:
    async with desk(produce_time=9.0, jitter="constant") as d:
        await d.run_to(5.0)
        (row,) = [row for row in rows(d).values() if "await queue.get()" in row]
        assert gutter(row) == ["C1", "C2", "C3"]
        assert "3 waiting: jobs is empty" in row
        assert UNICODE.lane_waiting in row


async def test_a_line_says_what_is_done_there_and_why(desk: OpenDesk) -> None:
    async with desk(**SLOW) as d:
        await d.run_to(8.0)
        (row,) = [row for row in rows(d).values() if "await queue.put(item)" in row]
        assert gutter(row) == ["P1", "P2", "P3"]
        assert "3 blocked: jobs is full" in row
        assert UNICODE.lane_blocked in row
        assert any("3 working" in row for row in rows(d).values())


async def test_a_long_line_still_has_its_note(desk: OpenDesk) -> None:
    async with desk("timeouts") as d:
        await d.run_to(10.0)
        (row,) = [row for row in rows(d).values() if "item = await asyncio.wait_for(" in row]
        assert re.search(r"…  2 waiting$", row)


async def test_what_lies_between_lines_that_matter_is_left_out(desk: OpenDesk) -> None:
    async with desk(size=(80, 24), **SLOW) as d:
        await d.run_to(12.0)
        shown = rows(d)
        assert list(shown) == sorted(shown)
        assert len(shown) == code(d).size.height - 1 < 17
        assert {name for row in shown.values() for name in gutter(row)} >= {"P1", "P2", "P3", "C1"}
        after = [n for n, row in shown.items() if re.search(rf"{n}.{UNICODE.left_out}", row)]
        assert after == [b for a, b in pairwise(shown) if b > a + 1]


async def test_a_function_begins_above_its_lines(desk: OpenDesk) -> None:
    async with desk("dynamic-tasks") as d:
        await d.run_to(14.0)
        shown = rows(d)
        assert max(shown) - min(shown) > len(shown)
        state = d.app.state
        heads = heads_of(lines_of(state.header.source))
        for worker in state.live():
            assert worker.name in gutter(shown[worker.line])
            assert f"def {worker.role}" in shown[heads[worker.line]]


async def test_who_is_out_of_sight_is_told(desk: OpenDesk) -> None:
    async with desk(size=(80, 24), **SLOW) as d:
        await d.run_to(8.0)
        code(d).focus()
        await d.press("home")
        title = code(d).text.splitlines()[0]
        assert re.search(r"out of sight C1–C3", title) or "out of sight C1" in title


async def test_ascii_needs_no_other_characters(desk: OpenDesk) -> None:
    async with desk(options={"ascii": True}, **SLOW) as d:
        await d.run_to(8.0)
        assert code(d).text.isascii()
        assert "P1 P2 P3" in code(d).text


async def test_of_a_crowd_some_are_named_and_all_counted(desk: OpenDesk) -> None:
    async with desk(producers=300, consumers=200, maxsize=3) as d:
        await d.run_to(5.0)
        total = 0
        for row in rows(d).values():
            if match := re.match(r"(\S+(?: \S+)*?) \+(\d+)", row):
                total += len(match[1].split()) + int(match[2])
        assert total >= 300


def one(line: int, count: int, role: str = "consumer", first: int = 1) -> list[Any]:
    """The events of so many workers on one line."""
    out: list[Any] = []
    for n in range(first, first + count):
        out += [WorkerStarted(0.0, f"C{n}", role), Stepped(0.0, f"C{n}", line)]
    return out


def state_of(*events: Any, source: str = "x = 1\n") -> State:
    state = State(Header("s", 1, "3.11", {}, (("@q", "consumer"),), source))
    state.apply_all(events)
    return state


@given(
    numbers=st.lists(st.integers(1, 120), min_size=1, max_size=120, unique=True),
    width=st.integers(8, 40),
    chosen=st.integers(1, 120),
)
def test_names_fit_and_nobody_is_left_out(numbers: list[int], width: int, chosen: int) -> None:
    state = state_of(*(event for n in numbers for event in one(7, 1, first=n)))
    spans = names(marks_of(state)[7], width, f"C{chosen}", state, UNICODE)
    assert width_of(spans) <= width
    text = "".join(text for text, _ in spans)
    count = 0
    for word in text.replace(" more", "").split():
        if match := re.fullmatch(r"C(\d+)–C(\d+)", word):
            count += int(match[2]) - int(match[1]) + 1
        else:
            count += int(word) if word.startswith("+") else 1
    assert count == len(numbers)
    assert (chosen in numbers) == any(style == "consumer-chosen" for _, style in spans)


def test_names_that_follow_one_another_are_a_range() -> None:
    def told(*numbers: int, selected: str = "", glyphs: Any = UNICODE) -> str:
        state = state_of(*(event for n in numbers for event in one(7, 1, first=n)))
        spans = names(marks_of(state)[7], 12, selected, state, glyphs)
        return "".join(text for text, _ in spans)

    assert told(1, 2, 3) == "C1 C2 C3"
    assert told(*range(1, 41)) == "C1–C40"
    assert told(*range(1, 41), glyphs=ASCII) == "C1-C40"
    assert told(1, 2, 3, 4, 9) == "C1–C4 C9"
    assert told(*range(1, 41), selected="C7") == "C7 +39 more"
    assert told(*range(1, 1000)) == "C1 +998 more"


def test_who_has_no_line_is_elsewhere_and_who_is_over_nowhere() -> None:
    state = state_of(*one(0, 1), *one(3, 1, first=2), WorkerEnded(1.0, "C2", "returned"))
    assert list(marks_of(state)) == [0]


def test_a_note_shrinks() -> None:
    state = state_of(QueueMade(0.0, "q", 1), *one(4, 2))
    state.workers["C1"].phase = state.workers["C2"].phase = "getting"
    state.workers["C1"].queue = state.workers["C2"].queue = "q"
    texts = [text for text, _ in note(marks_of(state)[4], state)]
    assert texts == ["2 waiting: q is empty", "2 waiting"]
    state.workers["C2"].woken = True
    texts = [text for text, _ in note(marks_of(state)[4], state)]
    assert texts == ["1 woken, 1 waiting", "1 woken"]


# --- the line just run ----------------------------------------------------------------------------


def lit(d: Desk) -> tuple[int, int]:
    """The lines from which and to which the latest step ran, as they are drawn."""
    found = {sign: n for n, row in rows(d).items() for sign in "▹▸" if f"{n}{sign}" in row}
    return found.get("▹", 0), found.get("▸", 0)


async def test_the_line_just_run_lights_up_step_by_step(desk: OpenDesk) -> None:
    async with desk() as d:
        await d.run_to(3.0)
        await d.press("space")
        seen = []
        for _ in range(8):
            await d.press("full_stop")
            step = d.app.state.stepped
            assert step is not None
            before = step.before if step.before != step.line else 0
            assert lit(d) == (before, step.line)
            assert f"{step.worker} ran line {step.before}" in code(d).text
            seen.append(lit(d))
        assert len(set(seen)) > 2
        await d.press("comma", "comma")
        assert lit(d) == seen[-3]  # the past too
        await d.press("n")
        assert lit(d) == seen[-1]


def test_a_step_that_ends_its_worker_leads_nowhere() -> None:
    state = state_of(*one(3, 2), WorkerEnded(1.0, "C1", "returned"))
    assert state.stepped == Step("C1", 3, 0)


# --- what is in sight -----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_chosen_worker_is_followed(desk: OpenDesk, size: tuple[int, int]) -> None:
    async with desk("timeouts", size=size) as d:
        await d.run_to(0.5)
        d.app.selected = "C2"
        for t in range(1, 40):
            await d.run_to(float(t))
            line = d.app.state.workers["C2"].line
            assert "C2" in gutter(rows(d)[line])
            assert "follows C2" in code(d).text


async def test_at_the_end_the_last_line_that_ran_is_in_sight(desk: OpenDesk) -> None:
    async with desk(size=(80, 24), items=4) as d:
        await d.run_to(60.0)
        assert d.app.state.ended is not None
        assert "C3 ran line 23 and ended" in code(d).text
        assert lit(d) == (23, 0)


async def test_scrolled_it_stays_until_asked_to_follow(desk: OpenDesk) -> None:
    async with desk(size=(120, 40)) as d:
        await d.run_to(3.0)
        code(d).focus()
        await d.press("home")
        assert min(rows(d)) == 1
        await d.run_to(9.0)
        assert min(rows(d)) == 1
        assert "click here to follow" in code(d).text
        await d.press("down", "down")
        assert min(rows(d)) == 3
        await d.press("pagedown", "pagedown", "pagedown", "pagedown")
        last = len(lines_of(d.app.state.header.source))
        assert max(rows(d)) == last
        await d.click_text(code(d), "CODE")
        assert max(rows(d)) < last
        assert "click here to follow" not in code(d).text
        await d.press("home")
        await d.press("end")
        assert min(rows(d)) > 1


async def test_the_wheel_scrolls(desk: OpenDesk) -> None:
    async with desk(size=(120, 40)) as d:
        await d.run_to(3.0)
        top = min(rows(d))
        await d.pilot._post_mouse_events([_wheel()], widget=code(d), offset=(5, 3))
        assert min(rows(d)) > top
        assert code(d).sight.held


def _wheel() -> Any:
    from textual.events import MouseScrollDown

    return MouseScrollDown


async def test_another_scenario_is_followed_anew(desk: OpenDesk) -> None:
    async with desk(size=(120, 40)) as d:
        await d.run_to(3.0)
        code(d).focus()
        await d.press("home")
        await d.press("5")
        assert not code(d).sight.held
        await d.run_to(3.5)
        assert any("jobs" in row for row in rows(d).values())


@given(
    lines=st.integers(1, 200),
    height=st.integers(1, 40),
    looks=st.lists(
        st.tuples(
            st.dictionaries(st.integers(0, 199), st.sampled_from([0.2, 1.0, 3.0])),
            st.lists(st.integers(0, 199), max_size=2),
        ),
        max_size=20,
    ),
)
def test_what_must_be_in_sight_is(
    lines: int, height: int, looks: list[tuple[dict[int, float], list[int]]]
) -> None:
    sight = Sight()
    for weights, must in looks:
        must = [line for line in must if line < lines]
        weights = {line: weight for line, weight in weights.items() if line < lines}
        shown = sight.look(lines, height, weights, must)
        assert list(shown) == sorted(set(shown))
        assert len(shown) == min(lines, height)
        assert all(0 <= line < lines for line in shown)
        assert set(must[:height]) <= set(shown)
        loud = [line for line, weight in weights.items() if weight >= 3]
        if not must and len(loud) <= height:
            assert set(loud) <= set(shown)


def test_it_does_not_jump_about() -> None:
    sight = Sight()
    places = []
    for frame in range(300):
        # Consumers that are now in get(), now at work, too far apart to be shown in one piece.
        weights = {10: 3.0, 30: 1.0} if frame % 3 else {10: 1.0, 30: 1.0, 40: 1.0}
        places.append(tuple(sight.look(60, 8, weights)))
    assert len(set(places[1:])) == 1
    assert {10, 30, 40} <= set(places[-1])


def test_of_more_lines_than_have_room_the_same_stay() -> None:
    sight = Sight()
    places = []
    for frame in range(600):
        weights = {n: 1.0 for n in range(0, 60, 6) if (frame + n) % (3 + n % 4)}
        places.append(tuple(sight.look(60, 4, weights)))
    assert len(set(places[300:])) <= 5


def test_it_leaves_where_nothing_is_to_be_seen() -> None:
    sight = Sight()
    for _ in range(50):
        assert 10 in sight.look(60, 2, {10: 3.0})
    for _ in range(600):
        shown = sight.look(60, 2, {50: 1.0, 51: 1.0})
    assert list(shown) == [50, 51]


async def test_where_little_happens_it_still_goes_where_they_went(desk: OpenDesk) -> None:
    async with desk("timeouts", size=(80, 24), consume_time=2.0) as d:
        for tenth in range(86):
            await d.run_to(tenth / 10)
        for t in (9.5, 10.5, 11.5):  # all wait for seconds: there are few looks
            await d.run_to(t)
        shown = {name for row in rows(d).values() for name in gutter(row)}
        assert shown >= {"P1", "P2", "C1", "C2"}


# --- choosing by the mouse ------------------------------------------------------------------------


async def test_a_click_on_a_mark_chooses_the_worker(desk: OpenDesk) -> None:
    async with desk(**SLOW) as d:
        await d.run_to(8.0)
        await d.click_text(code(d), "P1 P2 P3", at=4)  # the pane has an edge of one cell
        assert d.app.selected == "P2"
        assert "follows P2" in code(d).text
        await d.click_text(code(d), "queue.put(item)")
        assert d.app.selected == "P3"  # the next one of that line
        await d.click_text(code(d), "queue.put(item)")
        assert d.app.selected == "P1"


async def test_a_click_on_a_range_goes_through_it(desk: OpenDesk) -> None:
    async with desk(producers=7, **SLOW) as d:
        await d.run_to(8.0)
        await d.click_text(code(d), "P1–P7", at=1)
        assert d.app.selected == "P1"
        assert "P1 P2–P7" in code(d).text
        await d.click_text(code(d), "queue.put(item)")
        assert d.app.selected == "P2"


async def test_esc_chooses_nobody_and_follows_again(desk: OpenDesk) -> None:
    async with desk(size=(120, 40)) as d:
        await d.run_to(3.0)
        code(d).focus()
        await d.press("home")
        await d.press("escape")
        assert not code(d).sight.held


async def test_the_pointer_is_told_who_is_on_a_line(desk: OpenDesk) -> None:
    async with desk(producers=30, **SLOW) as d:
        await d.run_to(8.0)
        at = next(y for y, row in enumerate(code(d).text.splitlines()) if "put(item)" in row)
        await d.pilot.hover(code(d), offset=(30, at))
        assert code(d).tooltip == (
            f"line 18: {', '.join(f'P{n}' for n in range(1, 21))} and 10 more\n"
            "30 blocked: jobs is full"
        )


# --- the source -----------------------------------------------------------------------------------


def text_of(lines: list[Any]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_highlighting_changes_no_character(source: str) -> None:
    lines = lines_of(source)
    assert text_of(highlighted(lines)) == lines == text_of(plain(lines))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_scenario_is_highlighted(slug: str) -> None:
    lines = lines_of(scenario(slug).source)
    assert scenario(slug).source.split("\n")[: len(lines)] == lines
    kinds = {kind for line in highlighted(lines) for _, kind in line}
    assert kinds >= {"text", "keyword", "await", "string", "name"}


def test_a_very_long_source_is_shown_plain() -> None:
    lines = lines_of("x = 1\n" * LONGEST)
    assert highlighted(lines) == plain(lines)


def test_of_an_endless_source_the_beginning_is_shown_and_that_is_said() -> None:
    lines = lines_of("x = 1\n" * KEPT)
    assert len(lines) < KEPT / 5
    assert "only its first 500,000 characters" in lines[-1]


def test_where_functions_begin() -> None:
    source = ["x = 1", "def f():", "    y", "", "    async def g():", "        z", "    w", "x"]
    assert heads_of(source) == {3: 2, 5: 2, 6: 5, 7: 2}


def test_of_several_empty_lines_one_is_shown() -> None:
    assert numbers_of(["", "", "a", "", "", "b", "", "c"]) == [1, 3, 4, 6, 7, 8]


def test_what_is_solid_of_a_line() -> None:
    (line,) = highlighted(["await get()  # waits here"])
    assert solid(line) == len("await get()")
    (line,) = highlighted(["x = '# no comment'"])
    assert solid(line) == len("x = '# no comment'")


@pytest.mark.parametrize(
    "source", ["", "\n\n", "é \x00 not ( Python", "名 = '漢字' # 🙂\n" * 30, "x = 1\n" * 5_000]
)
async def test_any_source_can_be_shown(desk: OpenDesk, source: str) -> None:
    async with desk(size=(120, 40)) as d:
        state = d.app.state
        state.header = msgspec.structs.replace(state.header, source=source)
        await d.run_to(5.0)
        assert not d.app.main.broken
        if not source.strip():
            assert "no source came with this run" in code(d).text
            assert {name for row in rows(d).values() for name in gutter(row)} >= {"P1", "C1"}
        code(d).focus()
        await d.press("end", "home", "pagedown", "up")
        assert not d.app.main.broken
