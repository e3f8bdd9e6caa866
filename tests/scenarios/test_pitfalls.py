"""What holds for the two programs of each pitfall, and what they do, event by event."""

from __future__ import annotations

import inspect
import platform
from difflib import unified_diff
from importlib import import_module
from importlib.util import find_spec

import pytest

from qdash import events as ev
from qdash.commands import Inject
from qdash.fidelity import MEASURED, minor
from qdash.scenarios import ALL, PITFALLS, scenario
from qdash.settings import LAB_SETTINGS, SETTINGS
from tests.golden.traces import PROGRAMS, path, trace
from tests.scenarios.test_every_scenario import settings_read
from tests.scenarios.watched import PLENTY, Watched

THERE = [slug for slug in PITFALLS if find_spec(ALL[f"{slug}/broken"].rpartition(".")[0])]
LONG_ENOUGH = 30.0
measured_here = pytest.mark.skipif(
    minor(platform.python_version()) not in MEASURED, reason="not measured on this Python"
)
each = pytest.mark.parametrize("slug", THERE)
both = pytest.mark.parametrize("slug", [f"{slug}/{which}" for slug in THERE for which in PROGRAMS])


def code(slug: str) -> list[str]:
    """The lines of a program below what it tells of itself."""
    it = scenario(slug)
    module = import_module(it.main.__module__)
    return [line for line in it.source.replace(module.__doc__ or "", "").splitlines() if line]


@measured_here
@each
def test_does_what_it_did_when_it_was_measured(slug: str) -> None:
    assert trace(slug).splitlines() == path(slug).read_text(encoding="utf-8").splitlines()


@both
def test_is_short_and_tells_what_it_is(slug: str) -> None:
    it = scenario(slug)
    assert len(code(slug)) <= 45
    assert it.title
    assert len(it.about.splitlines()[0]) <= 100
    assert it.source == inspect.getsource(import_module(it.main.__module__))
    assert all(SETTINGS[name].check(value) == value for name, value in it.defaults.items())


@each
def test_broken_and_fixed_are_the_same_but_for_some_lines(slug: str) -> None:
    broken, fixed = (code(f"{slug}/{which}") for which in PROGRAMS)
    changed = [
        line
        for line in unified_diff(broken, fixed, n=0, lineterm="")
        if line[0] in "+-" and line[:3] not in ("+++", "---") and "TITLE" not in line
    ]
    assert 0 < len(changed) <= 16
    assert scenario(f"{slug}/broken").layout == scenario(f"{slug}/fixed").layout


@both
def test_layout_has_a_place_for_all_that_there_is(slug: str) -> None:
    with Watched(slug).to(LONG_ENOUGH) as it:
        stations = {station for row in it.scenario.layout for station in row}
        roles = {event.role for event in it.all(ev.WorkerStarted)} - {"main"}
        queues = {f"@{event.queue}" for event in it.all(ev.QueueMade)}
        assert stations == roles | queues


@both
def test_names_the_settings_that_change_nothing(slug: str) -> None:
    read: set[str] = set()
    for disturbed in (False, True):
        lab = scenario(slug).lab()
        seen = settings_read(lab)
        lab.start()
        lab.advance(0.5, PLENTY)
        if disturbed:  # only then it is asked whether to start a worker again
            for crew in lab.crews:
                lab.command(Inject("fail", crew.names[0]), 0.5)
        lab.advance(LONG_ENOUGH, PLENTY)
        lab.close()
        read |= seen
    assert set(LAB_SETTINGS) - read == set(scenario(slug).unused)


@both
def test_is_over_or_stuck_soon_and_takes_its_time(slug: str) -> None:
    with Watched(slug).to(LONG_ENOUGH) as it:
        assert it.all(ev.Ended) or it.all(ev.Stuck)
        assert it.all(ev.Ended) or slug.endswith("/broken")
        assert it.state.t >= 2
