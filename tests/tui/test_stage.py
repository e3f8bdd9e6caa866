"""The stage: what it says in each situation, that it fits, and that it paints only what changed."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Coroutine, Iterable
from functools import lru_cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult

from qdash import events as ev
from qdash.commands import Command, Inject, SetValue
from qdash.engine import Lab
from qdash.history import History
from qdash.scenarios import SLUGS, scenario
from qdash.settings import complete
from qdash.state import State
from qdash.timeline import Timeline
from qdash.tui.look import ASCII, DARK, LIGHT, THEME_VARIABLES, UNICODE, Glyphs
from qdash.tui.messages import WorkerChosen
from qdash.tui.view import View
from qdash.tui.widgets.stage import Stage
from qdash.tui.widgets.stage_queue import unfinished
from qdash.tui.widgets.stage_rows import Frame, compose, preferred_height
from qdash.tui.widgets.stage_text import crop, fit, listed, natural, nth, plural, seconds, width_of
from qdash.tui.widgets.stage_words import Scene

Orders = Iterable[tuple[float, Command]]
WIDE, MIDDLE, NARROW = (160, 12), (120, 12), (80, 11)


class Bench:
    """A lab that was run to some time, with the state folded from what it told."""

    def __init__(self, lab: Lab, until: float, orders: Orders = ()) -> None:
        self.state = State(lab.header)
        self.timeline = Timeline(lab.header)
        lab.add_sink(self.state.apply)
        lab.start()
        for at, command in orders:
            lab.advance(at, 10**7)
            lab.command(command, at)
        lab.advance(until, 10**7)
        self.until = until
        self.waiting = {name: list(queue.waiting("put")) for name, queue in lab.queues.items()}
        self.unfinished = {name: queue.unfinished for name, queue in lab.queues.items()}
        lab.close()

    def view(self, glyphs: Glyphs = UNICODE, **changes: Any) -> View:
        values: dict[str, Any] = {
            "position": self.until,
            "speed": 1.0,
            "paused": False,
            "lagging": False,
            "selected": "",
            "history": History(self.state.header),
        }
        values.update(changes)
        return View(state=self.state, timeline=self.timeline, glyphs=glyphs, **values)

    def frame(self, size: tuple[int, int] = WIDE, glyphs: Glyphs = UNICODE) -> Frame:
        return compose(Scene(self.view(glyphs), self.until), *size)

    def text(self, size: tuple[int, int] = WIDE, glyphs: Glyphs = UNICODE) -> str:
        return text_of(self.frame(size, glyphs))

    def line(self, what: str, size: tuple[int, int] = WIDE) -> str:
        """Return the one line in which ``what`` stands."""
        lines = [line for line in self.text(size).splitlines() if what in line]
        assert len(lines) == 1, f"{what!r} in {lines}"
        return lines[0]


def text_of(frame: Frame) -> str:
    return "\n".join("".join(text for text, _ in line) for line in frame.lines)


def bench(slug: str, until: float, orders: Orders = (), **settings: Any) -> Bench:
    return Bench(scenario(slug).lab(settings), until, orders)


@lru_cache
def situation(name: str) -> Bench:
    """Return one of the situations that the stage has to show."""
    jobs = "producer-consumer"
    match name:
        case "calm":
            return bench(jobs, 10.4, consume_time=0.1)
        case "full":
            return bench(jobs, 24, consume_time=1.9)
        case "over":
            return bench(jobs, 20.1, [(20, SetValue("maxsize", 3))], maxsize=8, consume_time=4.0)
        case "signals":
            orders = [(16.0, Inject("stop")), (16.1, Inject("exception")), (16.2, Inject("join"))]
            return bench(jobs, 20.5, orders, maxsize=8, consume_time=1.9)
        case "lifo":
            return bench(jobs, 15, discipline="lifo", consume_time=1.5)
        case "priority":
            return bench(jobs, 15, discipline="priority", consume_time=1.5)
        case "unbounded":
            return bench(jobs, 60, maxsize=0, consume_time=1.5)
        case "crowd":
            return bench(jobs, 20, maxsize=40, producers=1000, consumers=1000, consume_time=9.0)
        case "shutdown":
            return bench(jobs, 20.2, [(20, Inject("shutdown"))], consume_time=4.0)
        case "stalled":
            return bench(jobs, 20.2, [(19, Inject("stall", "C1"))])
        case "ended":
            orders = [(19.0, Inject("fail", "C2")), (19.5, Inject("cancel", "C1"))]
            return bench(jobs, 20, orders, consume_time=4.0)
        case "incomparable":
            return bench(jobs, 15, [(10, Inject("stop"))], discipline="priority", consume_time=1.5)
        case "countdown":
            return bench("timeouts", 7.4)
        case "pile":
            return bench("dynamic-tasks", 40, produce_time=0.3)
    return bench(name, 14.3)


SITUATIONS = (
    "calm", "full", "over", "signals", "lifo", "priority", "unbounded", "crowd", "shutdown",
    "stalled", "ended", "incomparable", "countdown", "pile", *SLUGS,
)  # fmt: skip


# --- what it says --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, MIDDLE])
def test_who_is_blocked_in_put_and_in_which_order_they_will_be_woken(
    size: tuple[int, int],
) -> None:
    found = situation("full")
    line = found.state.queues["jobs"].putters
    assert [waiter.worker for waiter in line] == found.waiting["jobs"]
    assert len(line) == 2
    text = found.text(size)
    for place, waiter in zip(("first", "second"), line, strict=True):
        rows = text.splitlines()
        at = next(y for y, row in enumerate(rows) if f"{waiter.worker} blocked" in row)
        assert f"blocked in put(#{waiter.item})" in rows[at]
        assert f"{found.until - waiter.since:.1f} s" in rows[at]
        assert f"{place} in line" in rows[at + 1]
    names = " then ".join(f"{waiter.worker} #{waiter.item}" for waiter in line)
    assert f"waiting to put  {names}" in text
    assert "waiting to get  none" in text
    assert "2 blocked" in text


def test_at_eighty_columns_it_says_the_same_in_fewer_words() -> None:
    found = situation("full")
    first, second = found.state.queues["jobs"].putters
    text = found.text(NARROW)
    assert f"{first.worker} blocked #{first.item}" in text
    assert f"waiting to put  {first.worker} #{first.item}, {second.worker} #{second.item}" in text
    assert "first in line" in text
    assert "5 / 5  FULL" in text
    assert "unfinished 8 = 5 + 3 in hand" in text


def test_full_and_not_full() -> None:
    assert "5 / 5  FULL" in situation("full").text()
    assert "FULL" not in situation("calm").text()
    assert re.search(r"[0-4] / 5", situation("calm").text())


def test_the_slots_stand_with_the_next_one_at_the_get_end() -> None:
    found = situation("full")
    order = [f"#{slot.item}" for slot in found.state.queues["jobs"].in_order()]
    row = found.line("put ──▶")
    slots = row[row.index("put ──▶") : row.index("▶── get")]
    assert re.findall(r"#\d+", slots) == order[::-1]


def test_free_slots_are_drawn_empty() -> None:
    found = situation("stalled")
    queue = found.state.queues["jobs"]
    free = queue.maxsize - queue.size
    assert free > 0
    assert found.text().count("┌") == free
    assert found.text((80, 7)).count(UNICODE.lane_idle) == free


def test_over_capacity() -> None:
    found = situation("over")
    queue = found.state.queues["jobs"]
    assert (queue.size, queue.maxsize) == (8, 3)
    text = found.text()
    assert "8 / 3  OVER by 5" in text
    assert "FULL" not in text
    assert len(re.findall(r"\bover\b", text)) == 5
    styles = [style for line in found.frame().lines for text, style in line if "#" in text]
    assert (styles.count("slot-over"), styles.count("slot")) == (5, 3)


@pytest.mark.parametrize("size", [WIDE, MIDDLE, NARROW, (160, 7), (80, 7)])
def test_signals_have_shapes_of_their_own_where_they_are_in_the_line(
    size: tuple[int, int],
) -> None:
    found = situation("signals")
    order = found.state.queues["jobs"].in_order()
    shapes = [slot.shape for slot in order]
    assert shapes.count("stop") == 1
    row = next(line for line in found.text(size).splitlines() if UNICODE.stop in line)
    assert f"#{order[0].item}" in row[row.index(UNICODE.stop) :]
    if "error" in shapes:
        assert UNICODE.error in row
    if size[1] > 10:
        assert "stop" in found.text(size)


def test_stop_signals_of_a_person_waiting_to_get_in() -> None:
    found = bench("producer-consumer", 16.1, [(16, Inject("stop"))], consume_time=3.0)
    place = [waiter.worker for waiter in found.state.queues["jobs"].putters].index("you1")
    assert f"you1 blocked in put(stop), {nth(place)}" in found.text() or (
        f"you1 blocked in put(stop), {['first', 'second', 'third', 'fourth'][place]} in line"
        in found.text()
    )


def test_lifo_says_which_end_is_served() -> None:
    found = situation("lifo")
    text = found.text()
    assert "LIFO queue, newest first" in text
    row = found.line("oldest ")
    assert row.index("oldest ") < row.index("◂ put get ▸")
    newest = max(slot.slot for slot in found.state.queues["jobs"].slots.values())
    item = found.state.queues["jobs"].slots[newest].item
    assert re.findall(r"#\d+", row[: row.index("◂ put")])[-1] == f"#{item}"


def test_priority_shows_rank_and_order() -> None:
    found = situation("priority")
    slots = found.state.queues["jobs"].in_order()
    text = found.text()
    assert "priority queue, lowest first" in text
    ranks = [int(rank) for rank in re.findall(r"\bp(\d)\b", text)]
    assert ranks == [slot.rank for slot in slots][::-1]
    assert ranks == sorted(ranks, reverse=True)


def test_what_a_failed_comparison_leaves_behind_is_marked() -> None:
    found = situation("incomparable")
    assert any(not slot.counted for slot in found.state.queues["jobs"].slots.values())
    assert "uncounted" in found.text()


def test_unbounded_shows_first_last_and_how_many_between() -> None:
    found = situation("unbounded")
    queue = found.state.queues["jobs"]
    order = queue.in_order()
    text = found.text()
    assert f"{queue.size} / ∞" in text
    row = found.line("put ──▶")
    shown = re.findall(r"#\d+", row[row.index("put ──▶") : row.index("▶── get")])
    hidden = int(re.search(r"… (\d+) more …", row)[1])  # type: ignore[index]
    assert shown[-1] == f"#{order[0].item}"
    assert shown[0] == f"#{order[-1].item}"
    assert len(shown) + hidden == queue.size


def test_many_free_slots_are_counted() -> None:
    found = bench("producer-consumer", 10, maxsize=1000, consume_time=0.9)
    free = 1000 - found.state.queues["jobs"].size
    assert f"{free} free" in found.text()
    assert f"{free} free" in found.text(NARROW)


def test_join_says_who_waits_and_for_how_many() -> None:
    assert "nobody waits in join()" in situation("full").text()
    found = situation("signals")
    unfinished = found.state.queues["jobs"].unfinished
    [joiner] = found.state.queues["jobs"].joiners
    assert f"join()  {joiner} waits, {unfinished} to go" in found.text()
    assert f"{joiner} waiting in join(), {unfinished} to go" in found.text()


def test_shut_down() -> None:
    text = situation("shutdown").text()
    assert "SHUT DOWN" in text
    assert "ended by QueueShutDown" in text
    assert "shut down" in situation("shutdown").line("put or get ended early")


def test_ended_workers_are_marked() -> None:
    text = situation("ended").text()
    assert "C2 failed: InjectedError" in text
    assert "C1 cancelled" in text
    assert "1 of 1 busy" in text


def test_stalled() -> None:
    found = situation("stalled")
    until = found.state.workers["C1"].until
    assert until is not None
    line = found.line("C1 stalled")
    assert f"{until - found.until:.1f} s" in line
    assert "2 of 3 busy" in found.text()


def test_progress_bar_and_seconds_left() -> None:
    found = situation("full")
    worker = found.state.workers["C1"]
    assert worker.until is not None
    line = found.line("C1 working on")
    left = worker.until - found.until
    share = 1 - left / (worker.until - worker.since)
    bars = line[line.index("C1") :].count("▰"), line[line.index("C1") :].count("▱")
    assert bars[0] == round(share * sum(bars))
    assert f"{left:.1f} s" in line


@pytest.mark.parametrize("size", [WIDE, MIDDLE, NARROW])
def test_a_timeout_counts_down(size: tuple[int, int]) -> None:
    found = situation("countdown")
    waiting = [worker for worker in found.state.live("consumer") if worker.phase == "getting"]
    assert waiting
    for worker in waiting:
        assert worker.deadline is not None
        left, whole = worker.deadline - found.until, worker.deadline - worker.since
        assert f"{left:.1f} of {whole:.1f} s" in found.text(size)
    assert "timed out" in found.text(size)


def test_a_long_line_says_everything_on_a_wide_panel() -> None:
    found = situation("countdown")
    text = found.text((260, 5))
    assert "waiting in get()" in text
    assert re.search(r"\d\.\d of 2\.0 s", text)
    assert re.search(r"\d\.\d s left", text)


def test_somebody_pushed_back_in_line_is_told() -> None:
    async def main(lab: Lab) -> None:
        queue = lab.queue("jobs")
        queue.put_nowait(1)

        async def barger() -> None:
            await queue.put(2)

        async def second() -> None:
            await queue.put(3)

        first, other = barger(), second()
        lab.loop.create_task(first, name="A1")
        lab.loop.create_task(other, name="A2")
        await lab.loop.sleep(1)
        queue.get_nowait()  # wakes A1, but the next line takes its place
        queue.put_nowait(4)
        await lab.loop.sleep(1)

    found = made(main, 1.5, layout=(("barger", "@jobs"),), maxsize=1)
    assert [waiter.worker for waiter in found.state.queues["jobs"].putters] == ["A2", "A1"]
    assert "second in line, pushed back" in found.text()


def made(main: Any, until: float, orders: Orders = (), *, layout: Any, **settings: Any) -> Bench:
    lab = Lab(main, complete(settings, {}), seed=7, layout=layout)
    return Bench(lab, until, orders)


async def forgetful(lab: Lab) -> None:
    """A consumer that does not mark its item done when it is cancelled."""
    queue = lab.queue("jobs")

    async def consumer(_: Lab) -> None:
        while True:
            item = await queue.get()
            await lab.work(item)
            queue.task_done()

    async def producer(_: Lab) -> None:
        async for item in lab.items():
            await queue.put(item)

    lab.crew("producers", producer)
    crew = lab.crew("consumers", consumer)
    await lab.loop.sleep(1000)
    crew.cancel()


LAYOUT = (("producer", "@jobs", "consumer"),)


def test_what_a_worker_that_is_over_still_owes() -> None:
    orders = [(15.0, Inject("cancel", "C2"))]
    found = made(forgetful, 16, orders, layout=LAYOUT, consume_time=9.0, maxsize=4)
    assert "unfinished 7 = 4 queued + 2 in hand + 1 owed by C2, cancelled" in found.text((200, 12))
    both = [(15.0, Inject("cancel", "C2")), (15.1, Inject("fail", "C1"))]
    found = made(forgetful, 16, both, layout=LAYOUT, consume_time=9.0, maxsize=4)
    assert "+ 1 in hand + 2 owed by 2 workers that are over" in found.text((200, 12))


NAMES = ("C1", "P2")
ORDERS = st.lists(
    st.tuples(
        st.floats(0, 20),
        st.sampled_from(
            [
                *(Inject(what) for what in (
                    "stop", "exception", "burst", "forget", "extra-done", "join", "drain",
                    "shutdown", "shutdown-now",
                )),
                *(Inject(what, name) for what in ("cancel", "fail", "stall") for name in NAMES),
                SetValue("maxsize", 2), SetValue("maxsize", 0), SetValue("discipline", "priority"),
                SetValue("discipline", "lifo"), SetValue("consumers", 1), SetValue("producers", 6),
            ]
        ),
    ),
    max_size=8,
)  # fmt: skip


@given(orders=ORDERS, program=st.sampled_from([forgetful, scenario("producer-consumer").main]))
def test_the_sum_of_unfinished_always_adds_up(
    orders: list[tuple[float, Command]], program: Any
) -> None:
    orders = sorted(orders, key=lambda order: order[0])
    found = made(program, 21, orders, layout=LAYOUT, consume_time=1.5)
    for queue in found.state.queues.values():
        assert queue.unfinished == found.unfinished[queue.name]
        scene = Scene(found.view(), found.until)
        text = "".join(text for text, _ in unfinished(scene, queue))
        told = re.match(r"unfinished (-?\d+) = (\d+) queued", text)
        assert told is not None
        parts = [int(sign + count) for sign, count in re.findall(r" ([+-]) (\d+) ", text)]
        assert int(told[1]) == queue.unfinished
        assert int(told[1]) == int(told[2]) + sum(parts), text
        assert "not accounted for" not in text


def test_workers_outside_the_layout_stand_at_the_foot() -> None:
    foot = situation("signals").text().splitlines()[-1]
    assert "main" in foot
    assert "you3 waiting in join()" in foot


def test_rows_without_a_queue_are_told_at_the_foot() -> None:
    found = bench("signals", 3)
    text = found.text((160, 12))
    assert "SIGNALLER" not in text
    assert "S1 waits, not on a queue" in text.splitlines()[-1]


def test_a_thousand_workers_are_grouped_and_every_one_is_counted() -> None:
    found = situation("crowd")
    rows = found.text().splitlines()
    kinds = Counter(worker.phase for worker in found.state.live("producer"))
    assert f"{kinds['putting']} blocked" in rows[0]
    assert kinds["putting"] >= 100
    assert f"{kinds['putting']} blocked" in found.text((80, 12)).splitlines()[0]
    shown = [row for row in rows if re.match(r"\s*P\d+ ", row)]
    first = found.state.queues["jobs"].putters[: len(shown)]
    assert [re.match(r"\s*(P\d+) ", row)[1] for row in shown] == [w.worker for w in first]  # type: ignore[index]
    groups = " ".join(row[:42] for row in rows)
    more = re.search(r"(\d+) more: (\d+) blocked, (\d+) making", groups)
    assert more is not None
    assert int(more[1]) == 1000 - len(shown)
    assert int(more[2]) == kinds["putting"] - len(shown)
    assert int(more[3]) == kinds["making"]


def test_tasks_that_are_over_are_counted_not_listed() -> None:
    found = situation("dynamic-tasks")
    text = found.text((160, 18))
    assert re.search(r"\d+ returned", text)
    assert "J1 returned" not in text


def test_a_long_row_is_broken_where_it_is_too_wide() -> None:
    found = situation("dynamic-tasks")
    one = found.text((200, 18)).splitlines()[0]
    assert "PRODUCERS" in one
    assert "COLLECTORS" in one
    two = found.text((120, 18)).splitlines()
    assert "PRODUCERS" in two[0]
    assert "COLLECTORS" not in two[0]
    assert any("▸ JOB" in row and "COLLECTORS" in row for row in two)


def test_it_wishes_for_a_height_that_does_not_move_with_the_workers() -> None:
    for width in (40, 80, 120, 160, 300):
        heights = {
            preferred_height(situation(name).state, width)
            for name in ("calm", "full", "crowd", "ended")
        }
        assert len(heights) == 1


# --- that it fits --------------------------------------------------------------------------------


def assert_fits(frame: Frame, width: int, height: int) -> None:
    assert len(frame.lines) == height
    for line in frame.lines:
        assert sum(cell_len(text) for text, _ in line) == width
    for y, left, right, _ in frame.spots:
        assert 0 <= y < height
        assert 0 <= left < right <= width


@pytest.mark.parametrize("name", SITUATIONS)
@pytest.mark.parametrize("width", [80, 120, 160])
def test_every_line_is_as_wide_as_the_stage(name: str, width: int) -> None:
    found = situation(name)
    height = preferred_height(found.state, width)
    for glyphs in (UNICODE, ASCII):
        assert_fits(found.frame((width, height), glyphs), width, height)


@given(
    name=st.sampled_from(SITUATIONS),
    width=st.integers(1, 300),
    height=st.integers(1, 100),
    glyphs=st.sampled_from([UNICODE, ASCII]),
)
def test_it_fits_any_size(name: str, width: int, height: int, glyphs: Glyphs) -> None:
    assert_fits(situation(name).frame((width, height), glyphs), width, height)


@pytest.mark.parametrize("name", SITUATIONS)
def test_ascii_is_ascii(name: str) -> None:
    for size in (WIDE, NARROW, (20, 5)):
        assert situation(name).text(size, ASCII).isascii()


def test_the_smallest_stage_still_tells_of_the_queue() -> None:
    text = situation("full").text((20, 5))
    assert "jobs" in text
    assert "5 / 5  FULL" in text


def test_before_anything_has_happened() -> None:
    found = bench("producer-consumer", 0)
    found.state = State(found.state.header)
    assert "jobs" in found.text()


@given(st.text(max_size=60), st.integers(0, 40))
def test_cropped_and_fitted_text_has_the_width_it_should(text: str, width: int) -> None:
    text = "".join(char for char in text if char.isprintable())
    for glyphs in (UNICODE, ASCII):
        assert cell_len(crop(text, width, glyphs)) <= width
    assert width_of(fit([(text, "text")], width)) == width


def test_odd_names_do_not_break_the_columns() -> None:
    async def main(lab: Lab) -> None:
        queue = lab.queue("队列\n")

        async def worker_with_a_very_long_name() -> None:
            for item in ("\x1b[31mred", "日本語" * 9, b"\x00"):
                await queue.put(item)

        lab.loop.create_task(worker_with_a_very_long_name(), name="工人\t" * 5)
        await lab.loop.sleep(5)

    layout = (("worker_with_a_very_long_name", "@队列\n"),)
    found = made(main, 1, layout=layout, maxsize=2)
    for width in (20, 60, 80, 160):
        assert_fits(found.frame((width, 9)), width, 9)
        assert "\x1b" not in found.text((width, 9))


# --- small words ---------------------------------------------------------------------------------


def test_words() -> None:
    assert [nth(place) for place in (0, 1, 2, 3, 10, 20, 110)] == [
        "1st", "2nd", "3rd", "4th", "11th", "21st", "111th",
    ]  # fmt: skip
    assert [plural(noun, 2) for noun in ("producer", "entry", "boss")] == [
        "producers", "entries", "bosses",
    ]  # fmt: skip
    assert plural("producer", 1) == "producer"
    assert [seconds(x) for x in (0.04, 9.96, 99.94, 99.96, 3600, 36000)] == [
        "0.0 s", "10.0 s", "99.9 s", "100 s", "3600 s", "10.0 h",
    ]  # fmt: skip
    assert sorted(["C10", "C2", "main"], key=natural) == ["C2", "C10", "main"]


@given(
    names=st.lists(st.text("abc#1 ", min_size=1, max_size=12), min_size=1, max_size=9),
    width=st.integers(20, 60),
    more=st.integers(0, 2000),
)
def test_a_list_that_does_not_fit_says_how_many_more(
    names: list[str], width: int, more: int
) -> None:
    spans = [(name, "text") for name in names]
    out = listed(spans, width, " then ", len(names) + more)
    shown = [text for text, style in out if style == "text"]
    assert shown == names[: len(shown)]
    rest = len(names) + more - len(shown)
    tail = out[-1][0] if out else ""
    assert (f"+{rest}" in tail) if rest else tail == "" or tail == names[-1]
    assert width_of(out) <= width


# --- the widget ----------------------------------------------------------------------------------


class OneStage(App[None]):
    CSS = "Stage { height: 100%; }"

    def __init__(self, theme: str = "qdash-dark") -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme
        self.chosen: list[str] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return THEME_VARIABLES

    def compose(self) -> ComposeResult:
        yield Stage()

    def on_worker_chosen(self, message: WorkerChosen) -> None:
        self.chosen.append(message.name)


def drive(test: Coroutine[Any, Any, None]) -> None:
    """Run a test of the widget: a lab's loop must not meet the screen's, so it is run before."""
    asyncio.run(test)


@pytest.mark.parametrize("width", [20, 80, 120, 160])
@pytest.mark.parametrize("name", ["full", "dynamic-tasks", "crowd"])
def test_every_strip_has_the_width_of_the_widget(name: str, width: int) -> None:
    found = situation(name)

    async def test() -> None:
        app = OneStage()
        async with app.run_test(size=(width, 14)) as pilot:
            stage = app.query_one(Stage)
            assert stage.render_line(3).cell_length == width
            stage.show(found.view())
            await pilot.pause()
            strips = [stage.render_line(y) for y in range(14)]
            assert {strip.cell_length for strip in strips} == {width}
            # Every segment has a background of its own: none shows what lies below.
            assert all(
                segment.style is not None and segment.style.bgcolor is not None
                for strip in strips
                for segment in strip
            )

    drive(test())


def test_only_lines_that_changed_are_painted_again() -> None:
    found = situation("full")

    async def test() -> None:
        app = OneStage()
        async with app.run_test(size=WIDE) as pilot:
            stage = app.query_one(Stage)
            stage.show(found.view())
            await pilot.pause()
            painted: list[int] = []
            whole = stage.refresh

            def refresh(*regions: Any, **options: Any) -> Any:
                painted.extend(y for region in regions for y in range(region.y, region.bottom))
                return whole(*regions, **options)

            stage.refresh = refresh  # type: ignore[method-assign,assignment]
            stage.show(found.view())
            stage.show(found.view(position=found.until + 0.05))
            assert not painted
            before = [stage.render_line(y).text for y in range(12)]
            stage.show(found.view(position=found.until + 0.2))
            after = [stage.render_line(y).text for y in range(12)]
            changed = [y for y in range(12) if before[y] != after[y]]
            assert set(changed) <= set(painted)
            assert 0 not in painted
            assert 10 not in painted
            # Ten times as fast, the same step of the eye is ten times as long.
            painted.clear()
            stage.show(found.view(position=found.until, speed=10.0))
            painted.clear()
            stage.show(found.view(position=found.until + 0.5, speed=10.0))
            assert not painted

    drive(test())


def test_what_happens_is_drawn_with_the_next_step_of_the_clock_or_when_it_stands() -> None:
    found = bench("producer-consumer", 24, consume_time=1.9)

    async def test() -> None:
        app = OneStage()
        async with app.run_test(size=WIDE) as pilot:
            stage = app.query_one(Stage)

            def seen() -> str:
                return "".join(stage.render_line(y).text for y in range(12))

            await pilot.pause()
            stage.show(found.view(position=24.01))
            stage.show(found.view(position=24.02))
            for name, before, then in (("C1", 24.03, 24.11), ("C2", 24.12, 24.12)):
                found.state.apply(ev.WorkerEnded(24.01, name, "returned"))
                stage.show(found.view(position=before))
                assert f"{name} returned" not in seen()
                stage.show(found.view(position=then))
                assert f"{name} returned" in seen()
            for name, changes in (("C3", {"paused": True}), ("P1", {"speed": None})):
                found.state.apply(ev.WorkerEnded(24.01, name, "returned"))
                stage.show(found.view(position=24.13, **changes))
                assert f"{name} returned" in seen()
            found.state.apply(ev.WorkerEnded(24.01, "P2", "returned"))
            found.state.apply(ev.Ended(24.01, "finished"))
            stage.show(found.view(position=24.14))
            assert "P2 returned" in seen()

    drive(test())


def test_a_click_on_a_worker_chooses_it() -> None:
    found = situation("full")

    async def test() -> None:
        app = OneStage()
        async with app.run_test(size=WIDE) as pilot:
            stage = app.query_one(Stage)
            stage.show(found.view())
            await pilot.pause()
            rows = [stage.render_line(y).text for y in range(12)]
            y = next(y for y, row in enumerate(rows) if "C2 working" in row)
            await pilot.click(offset=(rows[y].index("C2"), y))
            await pilot.click(offset=(rows[0].index("jobs"), 0))
            assert app.chosen == ["C2"]
            await pilot.hover(offset=(rows[y].index("C2"), y))
            assert "C2, consumer: working on" in str(stage.tooltip)
            stage.show(found.view(selected="C2"))
            style = next(s.style for s in stage.render_line(y) if s.text == "C2")
            other = next(s.style for s in stage.render_line(y) if "working" in s.text)
            assert style is not None
            assert other is not None
            assert style.bgcolor != other.bgcolor

    drive(test())


def test_it_flows_anew_when_resized() -> None:
    found = situation("full")

    async def test() -> None:
        app = OneStage()
        async with app.run_test(size=WIDE) as pilot:
            stage = app.query_one(Stage)
            stage.show(found.view())
            for size in ((80, 10), (20, 5), (300, 100), (120, 12)):
                await pilot.resize_terminal(*size)
                await pilot.pause()
                assert {stage.render_line(y).cell_length for y in range(size[1])} == {size[0]}
            assert "blocked in put(" in "".join(stage.render_line(y).text for y in range(12))

    drive(test())


def test_colours_follow_the_theme() -> None:
    found = situation("full")

    async def test() -> None:
        app = OneStage()
        async with app.run_test(size=WIDE) as pilot:
            stage = app.query_one(Stage)
            stage.show(found.view())
            colours: list[Any] = []
            for theme in ("qdash-dark", "qdash-light"):
                app.theme = theme
                await pilot.pause()
                colours += [
                    s.style and s.style.bgcolor for s in stage.render_line(0) if "FULL" in s.text
                ]
            assert len(set(colours)) == 2

    drive(test())


def test_blocked_is_loud_without_colours_too(monkeypatch: pytest.MonkeyPatch) -> None:
    found = situation("full")
    monkeypatch.setenv("NO_COLOR", "1")

    async def test() -> None:
        app = OneStage()
        async with app.run_test(size=WIDE) as pilot:
            stage = app.query_one(Stage)
            stage.show(found.view())
            await pilot.pause()
            loud = [
                segment.style
                for y in range(12)
                for segment in stage.render_line(y)
                if "blocked in put" in segment.text
            ]
            assert len(loud) == 2
            assert all(style is not None and style.reverse for style in loud)

    drive(test())
