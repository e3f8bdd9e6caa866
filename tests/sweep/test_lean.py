"""What the lean lab does in its own way: it comes to what any lab comes to, and sooner."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from qdash.engine import Lab
from qdash.scenarios import SLUGS, scenario
from qdash.sweeps import drawn as drawing
from qdash.sweeps.lean import LeanLab
from qdash.sweeps.replicate import Job, measure, replicate
from tests.sweep.folded import folded

LABS = pytest.mark.parametrize("kind", [Lab, LeanLab])
PLENTY = 100_000


@pytest.fixture(autouse=True)
def _nothing_drawn() -> None:
    drawing._drawn.cache_clear()


@pytest.mark.parametrize("slug", [*SLUGS, "service"])
@LABS
@pytest.mark.parametrize("discipline", ["fifo", "lifo", "priority"])
def test_what_each_step_goes_through_is_found_without_a_dictionary(
    slug: str, kind: type[Lab], discipline: str
) -> None:
    found = scenario(slug)
    lab = kind(found.main, found.settings({"discipline": discipline}), seed=1)
    lab.start()
    lab.advance(20.0, PLENTY)
    for thing in (lab, lab.loop, *lab.queues.values()):
        assert len(vars(thing)) <= 30, type(thing)  # CPython's SHARED_KEYS_MAX_SIZE
    lab.close()


# --- items ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["one", "none kept", "a few", "a block more"])
def test_items_are_the_same_however_many_are_kept(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, block = {"one": (1, 1), "none kept": (0, 1), "a few": (64, 7), "a block more": (7, 64)}[
        how
    ]
    monkeypatch.setattr(drawing, "_KEPT", kept)
    monkeypatch.setattr(drawing, "_BLOCK", block)
    job = Job("service", scenario("service").settings({"producers": 2, "items": 200}), 3, None)
    wanted = folded(job)
    for _ in range(2):
        assert replicate(job)["requests:wait.mean"] == pytest.approx(wanted["requests:wait.mean"])
        assert replicate(job) == replicate(job)


def test_what_was_drawn_for_one_setting_is_not_taken_for_another() -> None:
    def mean(**given: Any) -> float | None:
        given = {"jitter": "exponential", "producers": 1, "maxsize": 0} | given
        job = Job("producer-consumer", scenario("producer-consumer").settings(given), 3, 500.0)
        return replicate(job)["jobs:wait.mean"]

    slow = mean(produce_time=1.0)
    assert mean(produce_time=0.5) != slow
    assert mean(produce_time=1.0, arrivals="lognormal") != slow
    assert mean(produce_time=1.0, arrivals="bursty", period=10.0) != slow
    assert mean(produce_time=1.0) == slow


def test_runs_of_one_seed_in_many_threads_do_not_get_into_each_others_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drawing, "_BLOCK", 3)
    jobs = [
        Job("producer-consumer", scenario("producer-consumer").settings({"maxsize": n}), 5, 300.0)
        for n in range(1, 9)
    ]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(replicate, jobs))
    drawing._drawn.cache_clear()
    assert together == [replicate(job) for job in jobs]


Program = Callable[[Lab], Any]


async def _one_after_another(lab: Lab, it: AsyncIterator[Any]) -> list[object]:
    return [str(item) async for item in it]


async def _cancelled(lab: Lab, it: AsyncIterator[Any]) -> list[object]:
    told: list[object] = [str(await anext(it))]
    try:
        async with asyncio.timeout(0.1):
            await anext(it)
    except TimeoutError:
        told.append("timeout")
    told.append(await anext(it, "over"))
    return [*told, await anext(it, "over")]


async def _both_at_once(lab: Lab, it: AsyncIterator[Any]) -> list[object]:
    async def take() -> str:
        return str(await anext(it))

    ends = await asyncio.gather(take(), take(), return_exceptions=True)
    return [repr(end) for end in ends] + [str(await anext(it))]


async def _made_after_the_last(lab: Lab, it: AsyncIterator[Any]) -> list[object]:
    told = [str(item) async for item in it]
    return [*told, await anext(it, "over"), [item async for item in it]]


@pytest.mark.parametrize(
    "act", [_one_after_another, _cancelled, _both_at_once, _made_after_the_last]
)
def test_items_come_as_from_an_asynchronous_generator(act: Any) -> None:
    told: dict[type[Lab], object] = {}
    for kind in (Lab, LeanLab):

        async def main(lab: Lab, kind: type[Lab] = kind) -> None:
            told[kind] = await act(lab, lab.items()), lab.loop.time()

        lab = kind(main, scenario("producer-consumer").settings({"items": 4}), seed=2)
        lab.start()
        lab.advance(math.inf, PLENTY)
        assert lab.ended is not None
        assert lab.ended.how == "finished", lab.ended
        lab.close()
    assert told[Lab] == told[LeanLab]


def test_a_figure_of_what_was_offered_counts_what_was_made() -> None:
    found = scenario("producer-consumer")
    lab = LeanLab(found.main, found.settings({"items": 30}), seed=2)
    measure(lab, None)
    assert lab.made == 30
