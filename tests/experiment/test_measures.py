"""The measures by name, and how figures are shown."""

from __future__ import annotations

import pytest

from qdash.experiment.intervals import Interval
from qdash.experiment.measures import (
    MEASURES,
    WATCHED,
    UnknownMeasure,
    decimals,
    figure,
    measure,
    shown,
    title,
)


def test_every_measure_says_what_it_is() -> None:
    assert set(WATCHED) <= MEASURES.keys()
    for name, each in MEASURES.items():
        assert each.name == name
        assert each.title
        assert each.help.endswith(".")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("wait.p96", "did you mean wait"),
        ("x" * 500, "there is no measure"),
        ("", "there are throughput"),
        ("jobs:offered", "is a measure of the whole run"),
        ("jobs:", "there is no measure 'jobs:'"),
    ],
)
def test_an_unknown_measure_is_refused_by_name(name: str, said: str) -> None:
    with pytest.raises(UnknownMeasure, match=said) as caught:
        measure(name)
    assert len(str(caught.value)) < 400


def test_a_measure_can_be_that_of_one_queue() -> None:
    assert measure("results:wait.p95") is MEASURES["wait.p95"]
    assert title("results:wait.p95") == "results: wait, p95"
    assert title("wait.p95") == "wait, p95"


def test_without_a_queue_a_figure_is_that_of_the_first() -> None:
    figures = {"offered": 3.0, "jobs:full": 0.1, "results:full": 0.9, "results:lost": None}
    assert figure(figures, "offered") == 3.0
    assert figure(figures, "full") == figure(figures, "jobs:full") == 0.1
    assert figure(figures, "results:full") == 0.9
    assert figure(figures, "lost") is None
    assert figure(figures, "other:full") is None


def test_a_value_is_shown_with_its_unit() -> None:
    assert MEASURES["wait.mean"].show(1.23456) == "1.235 s"
    assert MEASURES["throughput"].show(123456.7) == "123,457/s"
    assert MEASURES["full"].show(0.1234) == "12.3%"
    assert MEASURES["depth.max"].show(5.0) == "5"
    assert MEASURES["full"].show(None) == "–"


def test_a_column_has_as_many_decimals_as_its_intervals_can_tell() -> None:
    rough, fine = Interval(10.0, 2.0, 5), Interval(10.0, 0.012, 5)
    assert decimals([rough]) == 1
    assert decimals([fine, fine, rough]) == 3
    assert decimals([Interval(10.0, 1e-9, 5)]) == 4
    assert decimals([Interval(1234.0, 500.0, 5)]) == 0
    assert decimals([Interval(0.25, None, 1), None]) == 4
    assert decimals([Interval(0.0, 0.0, 5)]) == decimals([]) == 0
    assert shown(rough, "s", 1) == "10.0 ± 2.0"
    assert shown(Interval(0.5, None, 1), "share", 1) == "50.0"
    assert shown(None, "s", 1) == "–"
