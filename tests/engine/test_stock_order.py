"""The lab's loop runs a program in the order in which the stock loop runs it: Hypothesis writes
little programs, both run them, and what happened when must be the same. So must it be when the lab
runs them step by step."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.engine.loop import LabLoop, Outcome
from tests.engine.stock_loop import StockLoop

FOREVER = float("inf")
TASKS = 4

_delay = st.sampled_from([0, 0.25, 0.5, 0.5, 1.0, 1.0, 1.5, 0.1, 1 / 3])
_number = st.integers(0, 1)
_simple = st.one_of(
    st.tuples(st.sampled_from(["sleep", "future", "nap", "nap", "later", "at"]), _delay),
    st.tuples(st.sampled_from(["soon", "yield", "set", "clear"]), _number),
    st.tuples(st.sampled_from(["put", "get", "wait"]), _number),
    st.tuples(st.just("cancel"), st.integers(0, TASKS - 1)),
)
_program = st.recursive(
    st.lists(_simple, min_size=1, max_size=5),
    lambda inner: st.lists(
        st.one_of(
            _simple,
            st.tuples(st.sampled_from(["wait_for", "timeout"]), _delay, inner),
            st.tuples(
                st.sampled_from(["group", "gather"]), st.lists(inner, min_size=1, max_size=3)
            ),
        ),
        min_size=1,
        max_size=4,
    ),
    max_leaves=6,
)
programs = st.lists(_program, min_size=1, max_size=TASKS)


class Play:
    """One run of a program; ``trace`` is what happened, and when."""

    def __init__(self, program: list[Any]) -> None:
        self.program = program
        self.trace: list[tuple[Any, ...]] = []

    def note(self, *what: Any) -> None:
        self.trace.append((asyncio.get_running_loop().time(), *what))

    async def main(self) -> None:
        self.events = [asyncio.Event(), asyncio.Event()]
        self.queues = [asyncio.Queue(1), asyncio.Queue(2)]
        self.tasks = [
            asyncio.create_task(self.run(part, str(n))) for n, part in enumerate(self.program)
        ]
        await asyncio.sleep(5.0)
        for task in self.tasks:
            task.cancel()
        ends = await asyncio.gather(*self.tasks, return_exceptions=True)
        self.note("end", [type(end).__name__ for end in ends])

    async def run(self, part: list[Any], name: str) -> None:
        for n, (word, *rest) in enumerate(part):
            where = f"{name}.{n}"
            self.note(where, word)
            try:
                await self.do(word, rest, where)
            except BaseException as error:
                self.note(where, type(error).__name__)
                if not isinstance(error, TimeoutError):
                    raise
            self.note(where, "done")

    async def do(self, word: str, rest: list[Any], where: str) -> None:
        loop: Any = asyncio.get_running_loop()
        match word, rest:
            case "sleep", [delay]:
                await asyncio.sleep(delay)
            case "future", [delay]:
                await loop.sleep(delay)
            case "nap", [delay]:
                await loop.nap(delay)
            case "later", [delay]:
                loop.call_later(delay, self.note, where, "called later")
            case "at", [delay]:
                handle = loop.call_at(loop.time() - delay, self.note, where, "called late")
                if delay == 1.0:
                    handle.cancel()
            case "soon", [number]:
                handle = loop.call_soon(self.note, where, "called soon")
                if number:
                    handle.cancel()
            case "yield", _:
                await asyncio.sleep(0)
            case "set", [number]:
                self.events[number].set()
            case "clear", [number]:
                self.events[number].clear()
            case "wait", [number]:
                await self.events[number].wait()
            case "put", [number]:
                await self.queues[number].put(where)
            case "get", [number]:
                self.note(where, "got", await self.queues[number].get())
            case "cancel", [number]:
                if number < len(self.tasks):
                    self.tasks[number].cancel()
            case "cancel myself", _:
                asyncio.current_task().cancel()
            case "wait_for", [delay, inner]:
                await asyncio.wait_for(self.run(inner, where), delay)
            case "timeout", [delay, inner]:
                async with asyncio.timeout(delay):
                    await self.run(inner, where)
            case "group", [inners]:
                async with asyncio.TaskGroup() as group:
                    for k, inner in enumerate(inners):
                        group.create_task(self.run(inner, f"{where}/{k}"))
            case "gather", [inners]:
                await asyncio.gather(
                    *(self.run(inner, f"{where}/{k}") for k, inner in enumerate(inners))
                )


def played(program: list[Any], loop: asyncio.AbstractEventLoop) -> list[tuple[Any, ...]]:
    """Run a program free and return its trace."""
    play = Play(program)
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        # Programs that are cancelled leave exceptions that nobody fetches; they are not the matter.
        loop.set_exception_handler(lambda *_: None)
        runner.run(play.main())
    return play.trace


def played_by_parts(program: list[Any], part: Any) -> tuple[list[tuple[Any, ...]], int]:
    """Run a program with ``part(loop)`` until it is done; return its trace and how many calls."""
    play, loop = Play(program), LabLoop()
    loop.set_exception_handler(lambda *_: None)
    with loop.running():
        main = loop.create_task(play.main())
        while not main.done():
            part(loop)
        count = loop.callbacks_run
        part(loop)
    loop.close()
    return play.trace, count


@given(programs)
@settings(max_examples=300)
def test_a_program_runs_in_the_order_of_the_stock_loop(program: list[Any]) -> None:
    assert played(program, LabLoop()) == played(program, StockLoop())


@given(programs, st.integers(0, 1000))
@settings(max_examples=100)
def test_steps_and_slices_of_any_size_run_it_in_the_same_order(
    program: list[Any], seed: int
) -> None:
    whole, count = played_by_parts(program, lambda loop: loop.advance(FOREVER, 1))
    assert whole == played(program, LabLoop())
    assert played_by_parts(program, lambda loop: loop.step(FOREVER)) == (whole, count)

    chance = random.Random(seed)

    def mixed(loop: LabLoop) -> Outcome:
        if chance.random() < 0.3:
            return loop.step(FOREVER)
        due = loop.next_timer()  # asked between slices by a screen; asking changes nothing
        return loop.advance(max(loop.time(), due or 0.0), chance.randint(1, 4))

    trace, _ = played_by_parts(program, mixed)
    assert trace == whole


@pytest.mark.parametrize("debug", [False, True])
def test_debug_mode_does_not_change_the_order(debug: bool) -> None:
    program = [[("wait_for", 0.5, [("get", 0)]), ("put", 0)], [("sleep", 0.5), ("put", 0)]]
    loop = LabLoop()
    loop.set_debug(debug)
    assert loop.get_debug() is debug
    assert played(program, loop) == played(program, StockLoop())


@pytest.mark.parametrize("rest", ["future", "nap", "sleep"])
def test_who_is_cancelled_before_it_naps_does_not_nap(rest: str) -> None:
    program = [[("cancel myself",), (rest, 1.0)], [("yield", 0), ("yield", 0), ("nap", 0)]]
    trace = played(program, LabLoop())
    assert trace == played(program, StockLoop())
    assert (0.0, "0.1", "CancelledError") in trace
