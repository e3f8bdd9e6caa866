"""What holds for each scenario."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import pytest

from qdash import events as ev
from qdash.commands import DISTURBANCES, Inject
from qdash.engine import Lab
from qdash.scenarios import DEMOS, SLUGS, UnknownScenario, scenario
from qdash.settings import LAB_SETTINGS, SETTINGS
from tests.scenarios.watched import PLENTY, Watched

every = pytest.mark.parametrize("slug", [*SLUGS, *DEMOS])


@every
def test_is_short_and_tells_what_it_is(slug: str) -> None:
    it = scenario(slug)
    module = import_module(it.main.__module__)
    code = it.source.replace(module.__doc__ or "", "")
    assert len([line for line in code.splitlines() if line]) <= 60
    assert it.title
    assert len(it.about.splitlines()[0]) <= 100
    assert it.source == inspect.getsource(module)


@every
def test_defaults_are_allowed(slug: str) -> None:
    for name, value in scenario(slug).defaults.items():
        assert SETTINGS[name].check(value) == value


@every
def test_layout_has_a_place_for_all_that_there_is(slug: str) -> None:
    with Watched(slug).to(15) as it:
        stations = {station for row in it.scenario.layout for station in row}
        roles = {event.role for event in it.all(ev.WorkerStarted)} - {"main"}
        queues = {f"@{event.queue}" for event in it.all(ev.QueueMade)}
        assert stations == roles | queues


class _Reading(dict[str, Any]):
    """Settings that remember which of them were read."""

    def __init__(self, settings: dict[str, Any], read: set[str]) -> None:
        super().__init__(settings)
        self.read = read

    def __getitem__(self, name: str) -> Any:
        self.read.add(name)
        return super().__getitem__(name)


def settings_read(lab: Lab) -> set[str]:
    """Return a set to which a lab adds the names of settings that are read from now on."""
    read: set[str] = set()

    class Noting(type(lab)):  # type: ignore[misc]
        def __getattribute__(self, name: str) -> Any:
            if name in LAB_SETTINGS:
                read.add(name)
            if name == "all_made":
                read.add("items")
            return super().__getattribute__(name)

    lab.settings = _Reading(lab.settings, read)
    lab.__class__ = Noting
    return read


@every
def test_names_the_settings_that_change_nothing(slug: str) -> None:
    lab = scenario(slug).lab()
    read = settings_read(lab)
    lab.start()
    lab.advance(5, PLENTY)
    lab.command(Inject("fail"), 5.0)  # only then it is asked whether to start the worker again
    lab.advance(10, PLENTY)
    lab.close()
    assert set(LAB_SETTINGS) - read == set(scenario(slug).unused)


@every
@pytest.mark.parametrize("seed", range(5))
def test_runs_without_a_mishap(slug: str, seed: int) -> None:
    with Watched(slug, seed).to(120) as it:
        assert not it.all(ev.LoopError)
        assert not it.all(ev.Stuck)
        assert not it.all(ev.TaskDoneRefused)
        failed = it.all(ev.WorkerEnded, how="failed")
        assert len(failed) == (slug == "signals")  # there a failure is what is to be seen


@every
@pytest.mark.parametrize("what", DISTURBANCES)
def test_takes_every_disturbance(slug: str, what: str) -> None:
    with Watched(slug).to(3) as it:
        queues: tuple[str, ...] = ("",)
        if DISTURBANCES[what].target == "queue":
            queues = tuple(it.lab.queues)
        for queue in queues:
            told = [type(event) for event in it.inject(what, queue)]
            # The second of two queues may find nobody left to stop, and says so.
            nobody = queue != queues[0] or "consumers" in it.scenario.unused
            assert ev.Injected in told or (nobody and told == [ev.Refused])
            it.to(it.position + 10)
        assert not it.all(ev.LoopError)
        for known in it.state.queues.values():
            real = it.lab.queues[known.name]
            assert real.qsize() == known.size
            assert real.unfinished == known.unfinished
            assert known.put == known.got + known.size + known.dropped + known.lost


@every
def test_ends_when_all_is_made(slug: str) -> None:
    with Watched(slug, items=12).to(200) as it:
        ended = it.all(ev.Ended)
        assert [event.how for event in ended] == ["finished"]
        assert it.state.queues
        assert all(q.unfinished == 0 and q.size == 0 for q in it.state.queues.values())
        assert not it.lab.workers


@every
def test_without_consumers_nothing_is_lost_and_nothing_breaks(slug: str) -> None:
    with Watched(slug, consumers=0, items=4).to(100) as it:
        it.set(consumers=2)
        it.to(300)
        assert [event.how for event in it.all(ev.Ended)] == ["finished"]


def test_an_unknown_scenario_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(UnknownScenario, match="did you mean signals"):
        scenario("signal")
    with pytest.raises(UnknownScenario, match="there are producer-consumer"):
        scenario("…" * 1000)
