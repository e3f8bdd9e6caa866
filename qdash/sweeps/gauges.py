"""What a queue's raw numbers come to: its figures over a stretch of virtual time."""

from __future__ import annotations

import math
from array import array

from qdash.engine.gauged import AnyGauged
from qdash.stats import EXACT_LIMIT, Sample

_COUNTS = ("puts", "done", "refused", "dropped", "lost")


class Tape:
    """Times in seconds of which a great many may be 0, measured since ``restart``."""

    def __init__(self, values: array[float]) -> None:
        self._values = values
        self._condensed = Sample()
        self._count = 0  # of those that were condensed

    def restart(self) -> None:
        """Forget what was measured."""
        del self._values[:]
        self._condensed, self._count = Sample(), 0

    def bound(self) -> None:
        """Keep memory bounded: past ``EXACT_LIMIT`` values, percentiles are no longer exact."""
        if len(self._values) > EXACT_LIMIT:
            self._count += len(self._values)
            self._condensed.values.extend(value for value in self._values if value > 0)
            self._condensed.bound()
            del self._values[:]

    @property
    def count(self) -> int:
        """How many there are."""
        return self._count + len(self._values)

    def sample(self) -> Sample:
        """Return them all; zeros among them may be left out."""
        sample = self._condensed
        if sample.exact:
            sample.values = self._values
        else:
            sample.values.extend(value for value in self._values if value > 0)
        return sample


class QueueGauge:
    """The figures of one queue since the last ``restart``, or since it was made."""

    def __init__(self, queue: AnyGauged) -> None:
        self._queue = queue
        self._waits, self._blocked = Tape(queue.waits), Tape(queue.blocked)
        self._began = queue.made_at
        self._got = 0  # before that, as all that follows
        self._before = dict.fromkeys(_COUNTS, 0)
        self._gone_time = self._lain = self._full = 0.0

    @property
    def moved(self) -> int:
        """A number that grows with each item that is put or done."""
        counts = self._counts()
        return counts["puts"] + counts["done"]

    def bound(self) -> None:
        """Keep memory bounded in a long run."""
        self._waits.bound()
        self._blocked.bound()

    def restart(self, t: float) -> None:
        """Forget what was up to ``t``; what lies in the queue goes on lying there."""
        queue = self._queue
        self._before = self._counts()
        self._got += self._waits.count
        self._began = t
        self._gone_time, self._full = queue.losses.gone_time, self._full_up_to(t)
        self._lain = math.fsum(t - filled for filled in queue.inside())
        self._waits.restart()
        self._blocked.restart()
        queue.depth_max = queue.qsize()

    def figures(self, end: float) -> dict[str, float | None]:
        """Return the figures up to ``end``, a time after the restart, by the names of measures."""
        queue, seconds = self._queue, end - self._began
        if seconds <= 0:
            return {}
        counts = {name: count - self._before[name] for name, count in self._counts().items()}
        got, waits, blocked = self._waits.count, self._waits.sample(), self._blocked.sample()
        # Depth summed over time is the time that each item lay there, summed over items.
        inside = math.fsum(end - filled for filled in queue.inside())
        lain = waits.total + (queue.losses.gone_time - self._gone_time) + inside - self._lain
        tried = counts["puts"] + counts["refused"]
        return {
            "throughput": counts["done"] / seconds,
            **_spread("wait", waits, got),
            **_spread("blocked", blocked, counts["puts"]),
            "full": (self._full_up_to(end) - self._full) / seconds,
            "depth.mean": lain / seconds,
            "depth.max": float(queue.depth_max),
            "refused": (counts["refused"] + counts["dropped"]) / tried if tried else None,
            "lost": float(counts["lost"]),
        }

    def _counts(self) -> dict[str, int]:
        """Return how often each thing has happened since the queue was made."""
        queue, losses = self._queue, self._queue.losses
        gone = losses.dropped + losses.lost
        puts = self._got + self._waits.count + gone + queue.qsize() - losses.stayed
        done = puts - losses.owed_less - queue.unfinished
        return {
            "puts": puts,
            "done": done,
            "refused": losses.refused,
            "dropped": losses.dropped,
            "lost": losses.lost,
        }

    def _full_up_to(self, t: float) -> float:
        since = self._queue.full_since
        return self._queue.full_time + (t - since if since is not None else 0.0)


def _spread(name: str, sample: Sample, count: int) -> dict[str, float | None]:
    return {f"{name}.{key}": value for key, value in sample.spread(count).items()}
