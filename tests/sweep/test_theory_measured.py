"""What is measured beside what theory expects: the intervals of real runs cover the exact value.

Seeds are fixed, so what holds here holds always; the intervals are those of 99.9 %, since there are
many. How often those of 95 % cover the value is measured by ``tests/bench/bench_theory.py``.
"""

from __future__ import annotations

from typing import Any

import pytest

from qdash.experiment import theory
from qdash.experiment.theory import Expected
from qdash.sweeps.runner import sweep

STEADY = {"jitter": "exponential", "consume_time": 1.0, "failing": 0.0}
MODELS: dict[str, tuple[str, dict[str, Any]]] = {
    "M/M/2": ("service", {"maxsize": 0, "consumers": 2, "produce_time": 2.5}),
    "M/M/2/6": ("service", {"maxsize": 4, "consumers": 2, "put_policy": "drop-newest"}),
    "M/M/2/5": ("service", {"maxsize": 3, "consumers": 2, "put_policy": "drop-oldest"}),
    "M/M/3/5//3": ("producer-consumer", {"maxsize": 2, "consumers": 3}),
    "M/D/1": ("producer-consumer", {"maxsize": 0, "consumers": 1, "produce_time": 5.0,
                                    "work": "constant"}),
    "M/G/1": ("producer-consumer", {"maxsize": 0, "consumers": 1, "produce_time": 5.0,
                                    "work": "uniform"}),
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_intervals_cover_what_theory_expects(model: str) -> None:
    slug, given = MODELS[model]
    results = sweep(
        slug, replications=6, until=1_000.0, jobs=1, seed=3, producers=3, **STEADY | given
    )
    found = theory.of(slug, results.plan.settings)
    assert isinstance(found, Expected)
    assert found.model == model
    for name, exact in found.figures.items():
        measured = results.interval({}, name, confidence=0.999)
        assert measured is not None
        assert measured.covers(exact), (name, measured, exact)
        assert measured.mean == pytest.approx(exact, rel=0.15, abs=0.02), name
