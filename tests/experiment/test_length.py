"""How long runs should be, from how busy consumers were."""

from __future__ import annotations

import math
from typing import Any

import pytest

from qdash.cli.length_notes import length_notes, side_notes
from qdash.experiment.grid import Vary
from qdash.experiment.length import long_enough
from qdash.experiment.results import Results, Row
from qdash.sweeps.runner import plan


def results(busy: float = 0.9, slug: str = "producer-consumer", **how: Any) -> Results:
    """The results of runs with two consumers whose work takes a second, and who were so busy."""
    until = how.pop("until", 1_000.0)
    vary = how.pop("vary", [])
    settings = {"producers": 2, "produce_time": 1 / busy, "consume_time": 1.0}
    settings |= {} if vary else {"consumers": 2}
    found = Results(plan(slug, vary, settings={**settings, **how}, replications=3, until=until))
    for row in list(found.missing()):
        figures = {"utilisation": busy, "jobs:throughput": 2 * busy}
        found.add(Row(row.point, row.replication, row.seed, figures))
    return found


def test_the_busier_consumers_are_the_longer_runs_must_be() -> None:
    lengths = [long_enough(results(busy, maxsize=0), {}) for busy in (0.5, 0.7, 0.9, 0.95)]
    exact = [20 * 0.5 / (1 - math.sqrt(busy)) ** 2 for busy in (0.5, 0.7, 0.9, 0.95)]
    assert lengths == pytest.approx(exact, rel=1e-3)


@pytest.mark.parametrize("busy", [1.0, 1.5])
def test_a_queue_that_grows_has_no_length_that_is_enough(busy: float) -> None:
    assert long_enough(results(busy, maxsize=0), {}) == math.inf
    assert long_enough(results(min(busy, 1.0), maxsize=5), {}) < 200


def test_what_is_no_model_or_ends_by_itself_needs_none() -> None:
    assert long_enough(results(slug="timeouts"), {}) == 0.0
    assert long_enough(results(items=50), {}) == 0.0
    assert long_enough(results(until=None, items=50), {}) == 0.0


def notes(found: Results) -> list[str]:
    return list(length_notes(found))


def test_short_runs_are_told_with_how_long_they_should_be() -> None:
    assert notes(results(0.5, maxsize=0)) == []
    assert notes(results(0.9, maxsize=0)) == [
        "At 1 point, the scenario as it is, runs are short for such busy consumers: the queue "
        "hardly forgets that it began empty. --for 3800 is long enough."
    ]
    assert notes(results(0.9, maxsize=0, until=3_800.0)) == []
    both = [Vary("consumers", (2, 3))]
    (said,) = notes(results(0.9, maxsize=0, until=60.0, vary=both))
    assert said.startswith("At 2 points, most at consumers=2, runs are short")


def test_a_queue_that_grows_is_told() -> None:
    (said,) = notes(results(1.2, maxsize=0))
    assert said.startswith("At 1 point, the scenario as it is, at least as much comes as can be")


def test_of_two_that_are_compared_each_is_told() -> None:
    wanted = results(0.9, maxsize=0).plan
    assert list(side_notes("A", wanted, 0.9, 1.8)) == [
        "A: runs are short for such busy consumers: the queue hardly forgets that it began empty. "
        "--for 3800 is long enough."
    ]
    assert list(side_notes("A", results(0.5, maxsize=0).plan, 0.5, 1.0)) == []
    assert list(side_notes("A", wanted, None, None)) == []
    (said,) = side_notes("B", results(1.2, maxsize=0).plan, 1.0, 2.0)
    assert said.startswith("B: at least as much comes as can be done")
