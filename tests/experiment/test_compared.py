"""Two settings as figures, by replications."""

from __future__ import annotations

from qdash.experiment.compared import of_pairs


def test_both_means_are_of_the_runs_that_the_difference_is_of() -> None:
    """In the second pair A has nothing to measure: it tells nothing of how they differ."""
    pairs = [
        ({"q:wait.mean": 1.0}, {"q:wait.mean": 2.0}),
        ({"q:wait.mean": None}, {"q:wait.mean": 50.0}),
        ({"q:wait.mean": 3.0}, {"q:wait.mean": 5.0}),
    ]
    row = next(row for row in of_pairs(pairs, "q").rows if row.name == "wait.mean")
    assert row.difference is not None
    assert (row.first, row.second, row.difference.mean, row.difference.n) == (2.0, 3.5, 1.5, 2)


def test_where_only_one_has_a_figure_it_is_told_without_a_difference() -> None:
    pairs = [({"q:wait.mean": None}, {"q:wait.mean": 2.0}), ({}, {"q:wait.mean": 4.0})]
    row = next(row for row in of_pairs(pairs, "q").rows if row.name == "wait.mean")
    assert (row.first, row.second, row.difference) == (None, 3.0, None)
