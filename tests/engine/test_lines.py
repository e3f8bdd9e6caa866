"""The lines that a lab tells are those on which its tasks stand, whoever drives it and however."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from importlib import import_module
from types import FrameType
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash import events as ev
from qdash.commands import DISTURBANCES, Inject, SetValue
from qdash.engine import Crew, Lab, ObservedQueue
from qdash.engine.lines import _LEAVES
from qdash.engine.loop import Outcome
from qdash.scenarios import SLUGS, scenario
from qdash.settings import complete
from qdash.state import State
from tests.scenarios.watched import Watched

every = pytest.mark.parametrize("slug", SLUGS)
INSTANTS = 10


def file_of(slug: str) -> str:
    return import_module(scenario(slug).main.__module__).__file__ or ""


def lines_of_its_frames(task: asyncio.Task[Any], file: str) -> list[int]:
    """The lines of a suspended task's frames in a file, from the outermost inwards."""
    frames: list[FrameType] = []
    awaited: Any = task.get_coro()
    while (frame := getattr(awaited, "cr_frame", None)) is not None:
        frames.append(frame)
        awaited = awaited.cr_await
    return [frame.f_lineno for frame in frames if frame.f_code.co_filename == file]


def assert_true(lab: Lab, state: State, file: str) -> int:
    """Compare what was told of each worker's line with its task; return how many were on one."""
    seen = 0
    for name, worker in lab.workers.items():
        if worker.task.done():
            continue  # it has no frame any more, and its end is told by the very next callbacks
        known = state.workers[name].line
        lines = lines_of_its_frames(worker.task, file)
        assert known == (lines[-1] if lines else 0), name
        stack = [f.f_lineno for f in worker.task.get_stack() if f.f_code.co_filename == file]
        assert stack == lines[:1], name  # asyncio itself tells of the outermost frame only
        seen += known > 0
    assert {w.name for w in state.live()} == set(lab.workers)
    return seen


def freely(lab: Lab, draw: random.Random) -> None:
    lab.advance(lab.loop.time() + draw.uniform(0.0, 5.0), 1_000_000)


def by_slices(lab: Lab, draw: random.Random) -> None:
    until = lab.loop.time() + draw.uniform(0.0, 5.0)
    for _ in range(draw.randrange(40)):  # broken off anywhere, so mostly amid an instant
        if lab.advance(until, draw.randrange(1, 12)) is not Outcome.BUDGET:
            return


def by_steps(lab: Lab, draw: random.Random) -> None:
    for _ in range(draw.randrange(1, 60)):
        lab.step()


def with_hands(lab: Lab, draw: random.Random) -> None:
    by_slices(lab, draw)
    what = draw.choice([*sorted(DISTURBANCES), "consumers", "maxsize"])
    command = Inject(what) if what in DISTURBANCES else SetValue(what, draw.randrange(5))
    lab.command(command, lab.loop.time())


@every
@pytest.mark.parametrize("move", [freely, by_slices, by_steps, with_hands])
def test_are_those_of_the_frames_at_any_instant(
    slug: str, move: Callable[[Lab, random.Random], None]
) -> None:
    file = file_of(slug)
    draw = random.Random(f"{slug} {move.__name__}")
    told = {0}
    with Watched(slug) as it:
        it.lab.watch_lines()
        seen = 0
        for _ in range(INSTANTS):
            move(it.lab, draw)
            seen += assert_true(it.lab, it.state, file)
            told |= {worker.line for worker in it.state.live()}
    assert seen >= INSTANTS
    assert len(told) > 3


@every
@given(st.integers(0, 5), st.lists(st.integers(1, 40), max_size=30))
def test_are_those_of_the_frames_between_any_two_callbacks(
    slug: str, seed: int, budgets: list[int]
) -> None:
    file = file_of(slug)
    with Watched(slug, seed) as it:
        it.lab.watch_lines()
        for budget in budgets:
            it.lab.advance(60.0, budget)
            assert_true(it.lab, it.state, file)


@pytest.mark.parametrize(
    "word", [Lab.work, Crew.finished, ObservedQueue.put, ObservedQueue.get, ObservedQueue.join]
)
def test_no_word_of_the_lab_is_looked_into_at_each_step(word: Any) -> None:
    assert word.__code__.co_filename in _LEAVES


def test_are_of_the_innermost_frame_in_the_scenario() -> None:
    async def outer(lab: Lab) -> None:
        await inner(lab)

    async def inner(lab: Lab) -> None:
        async with asyncio.timeout(5.0):
            await asyncio.wait_for(asyncio.sleep(1.0), None)

    async def main(lab: Lab) -> None:
        nested = asyncio.create_task(outer(lab), name="nested")
        foreign = asyncio.create_task(asyncio.sleep(9.0), name="foreign")
        await asyncio.wait([nested, foreign])

    begins, at = main.__code__.co_firstlineno, inner.__code__.co_firstlineno + 2
    lab = Lab(main, complete({}, {}), seed=1)
    state = State(lab.header)
    lab.add_sink(state.apply)
    lab.watch_lines()
    lab.start()
    assert state.workers["main"].line == begins
    lab.advance(0.5, 1_000)
    lines = {name: worker.line for name, worker in state.workers.items()}
    lab.close()
    assert lines == {"main": begins + 3, "nested": at, "foreign": 0}


@every
@given(
    st.integers(0, 3),
    st.lists(st.tuples(st.floats(0.0, 4.0), st.sampled_from(sorted(DISTURBANCES))), max_size=6),
)
@hypothesis.settings(max_examples=30)
def test_watching_them_changes_nothing_else(
    slug: str, seed: int, plan: list[tuple[float, str]]
) -> None:
    def told(watched: bool) -> tuple[list[ev.Event], int]:
        with Watched(slug, seed) as it:
            if watched:
                it.lab.watch_lines()
            for wait, what in plan:
                it.to(it.position + wait)
                it.inject(what)
            it.to(it.position + 20.0)
            return it.events, it.lab.loop.callbacks_run

    plain, watched = told(False), told(True)
    steps = [event for event in watched[0] if isinstance(event, ev.Stepped)]
    assert steps
    assert [event for event in watched[0] if not isinstance(event, ev.Stepped)] == plain[0]
    assert watched[1] == plain[1]


@every
def test_a_step_tells_of_one_worker_and_last(slug: str) -> None:
    with Watched(slug) as it:
        it.lab.watch_lines()
        told = 0
        while it.lab.loop.time() < 20.0:
            before = len(it.events)
            assert it.lab.step() is Outcome.STOPPED
            events = it.events[before:]
            steps = [event for event in events if isinstance(event, ev.Stepped)]
            # None where a worker's task ends, and where the step is that of a task without a name.
            assert steps in ([], events[-1:])
            told += len(steps)
        assert told > 50
