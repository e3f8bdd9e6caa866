"""A sweep moved by hand: the face of ``Sweeping`` without a thread, processes or a lab."""

from __future__ import annotations

from itertools import islice

import msgspec

from qdash.experiment.results import Results, Row
from qdash.tui.sweeping import Sweeps


class HandSweep:
    """Runs only when told to; its figures are made up from the point and the replication."""

    def __init__(self, sweeps: Sweeps, results: Results) -> None:
        self.missing = list(results.missing())
        self.left: float | None = None
        self.lost = 0
        self.error: Exception | None = None
        self.alive = False
        self.closed = False
        self._rows: list[Row] = []

    def start(self) -> None:
        self.alive = True

    def do(self, runs: int) -> None:
        """Finish so many of the runs that are missing."""
        done = list(islice(self.missing, runs))
        del self.missing[:runs]
        self._rows += [msgspec.structs.replace(row, figures=figures(row)) for row in done]
        self.left = len(self.missing) / 2
        self.alive = self.alive and bool(self.missing)

    def fail(self, error: Exception) -> None:
        self.error, self.alive = error, False

    def drain(self) -> list[Row]:
        rows, self._rows = self._rows, []
        return rows

    def stop(self) -> None:
        self.alive = False

    def close(self) -> None:
        self.alive, self.closed = False, True


def figures(row: Row) -> dict[str, float | None]:
    """Return figures by which a test can tell which point and which run they are of."""
    consumers = float(row.point.get("consumers", 3) or 0)
    maxsize = float(row.point.get("maxsize", 5) or 0)
    return {
        "jobs:throughput": consumers + row.replication / 10,
        "jobs:wait.mean": maxsize / consumers if consumers else None,
        "jobs:wait.p95": 10 * maxsize + consumers,
        "jobs:full": 0.25,
        "utilisation": 0.5,
        "blocked_share": None,
    }
