"""What is added up over a stretch of time in one lab, and how its figures vary by stretches."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final

from qdash.experiment.steady import half_width

TOTALS: Final = frozenset({"lost"})
"""The measures that grow with time; all others are means."""

_CLASS: Final = math.log(1.005)  # waits are kept in classes 0.5 % wide, so that memory is bounded
_AT_ONCE: Final = -(10**9)  # the class of what did not wait
_HIGH: Final = 0.95  # of which share of the waits p95 is the longest
_FEWEST_WAITS: Final = 100  # for p95 to say how sure it is
_WIDEST: Final = 0.045  # how far from p95 its neighbours are looked for at most
_ROUNDED: Final = 1e-12  # a part of a sum that is nothing but how numbers are rounded


class Tally:
    """What is added up over a stretch of time in one lab."""

    __slots__ = (
        "area", "done", "full", "lived_giving", "lived_taking", "lost", "puts", "putting",
        "refused", "seconds", "wait_sum", "waits", "working",
    )  # fmt: skip

    def __init__(self) -> None:
        self.seconds = self.area = self.full = 0.0
        self.lived_giving = self.putting = self.lived_taking = self.working = 0.0
        self.done = self.puts = self.refused = self.lost = 0
        self.wait_sum = 0.0
        self.waits: Counter[int] = Counter()

    def add(self, other: Tally) -> None:
        """Add another stretch of time."""
        for name in self.__slots__:
            if name == "waits":
                self.waits.update(other.waits)
            else:
                setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def got(self) -> int:
        """How many items were got."""
        return self.waits.total()

    @property
    def offered(self) -> int:
        """How many items were put, or refused."""
        return self.puts + self.refused

    def figures(self) -> dict[str, float | None]:
        """Return the measures by their names; None where there was nothing to measure."""
        found: dict[str, float | None] = {}
        for name, (value, whole) in _PARTS.items():
            of = getattr(self, whole)
            found[name] = getattr(self, value) / of if of > 0 else None
        place = self.wait_at(_HIGH)
        found["wait.p95"] = None if place is None else _seconds(place)
        found["lost"] = float(self.lost)
        return found

    def wait_at(self, share: float) -> int | None:
        """Return the class of the longest of this share of the waits; None if there are none."""
        rank, seen = math.ceil(self.got * share), 0
        for key in sorted(self.waits):
            seen += self.waits[key]
            if seen >= rank:
                return key
        return None

    def waited(self, seconds: float) -> None:
        """Count an item that was got after so long."""
        self.wait_sum += seconds
        self.waits[int(math.log(seconds) // _CLASS) if seconds > 0 else _AT_ONCE] += 1


_PARTS: Final = {
    "throughput": ("done", "seconds"),
    "wait.mean": ("wait_sum", "got"),
    "blocked_share": ("putting", "lived_giving"),
    "full": ("full", "seconds"),
    "utilisation": ("working", "lived_taking"),
    "depth.mean": ("area", "seconds"),
    "refused": ("refused", "offered"),
}


def _seconds(place: int) -> float:
    """Return how long the waits of a class are."""
    return 0.0 if place == _AT_ONCE else math.exp((place + 0.5) * _CLASS)


# --- many of them -----------------------------------------------------------------------------


def merged(batches: Sequence[Tally], count: int) -> list[Tally]:
    """Let each ``count`` batches be one; what is left over at the end is left out."""
    if count == 1:
        return list(batches)
    out = []
    for at in range(0, len(batches) - count + 1, count):
        whole = Tally()
        for batch in batches[at : at + count]:
            whole.add(batch)
        out.append(whole)
    return out


def shares(name: str, whole: Tally, batches: Sequence[Tally]) -> list[float] | None:
    """Return by how much each batch moves a measure of the whole, in the measure's unit.

    Their mean is 0, or that of a batch for one of ``TOTALS``; how they vary says how sure the
    measure is. A mean over items counts each item alike, whatever the batch. None where there is
    nothing to measure, or for p95 too little to say how sure that is.
    """
    if name in TOTALS:
        return [float(getattr(batch, name)) for batch in batches]
    if name == "wait.p95":
        return _of_p95(whole, batches)
    value, per = _PARTS[name]
    of = getattr(whole, per)
    if of <= 0:
        return None
    ratio, least = getattr(whole, value) / of, _ROUNDED * abs(getattr(whole, value))
    moved = (getattr(batch, value) - ratio * getattr(batch, per) for batch in batches)
    return [each * len(batches) / of if abs(each) > least else 0.0 for each in moved]


def _of_p95(whole: Tally, batches: Sequence[Tally]) -> list[float] | None:
    """Return by how much each batch moves p95: more waits beyond it move it up.

    How far is read off the waits around it, as far as the share beyond it is not known better.
    """
    place, got = whole.wait_at(_HIGH), whole.got
    if place is None or got < _FEWEST_WAITS:
        return None
    beyond = [sum(count for key, count in batch.waits.items() if key > place) for batch in batches]
    share = sum(beyond) / got
    moved = [
        (count - share * batch.got) * len(batches) / got
        for count, batch in zip(beyond, batches, strict=True)
    ]
    unsure = half_width(moved)
    if unsure is None:
        return None
    by = min(max(unsure, 1 / got), _WIDEST)
    low, high = whole.wait_at(_HIGH - by), whole.wait_at(_HIGH + by)
    assert low is not None
    assert high is not None
    slope = (_seconds(high) - _seconds(low)) / (2 * by)
    return [each * slope for each in moved]
