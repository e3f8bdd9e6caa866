"""What commands are asked alike that run a scenario many times: their options, and a plan of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from qdash.cli import options
from qdash.events import Value

if TYPE_CHECKING:
    from qdash.experiment.grid import Vary
    from qdash.measured import Measured

_OPTIONS = (
    options.assignments,
    options.seed,
    options.arrivals_from,
    options.work_from,
    options.replications,
    options.warmup,
    options.each_until,
)


class Asked(NamedTuple):
    """What was given of the options of ``repeated``; None is what was not given."""

    assignments: tuple[tuple[str, Value], ...]
    seed: int | None
    arrivals_from: Measured | None
    work_from: Measured | None
    replications: int | None
    warmup: float | None
    until: float | None

    def plan(self, vary: Sequence[Vary] = ()) -> dict[str, Any]:
        """Return what was given, by the names that ``qdash.sweeps.runner.plan`` has for it."""
        given = dict(self.assignments)
        settings = dict(given)
        seed: Any = settings.pop("seed", self.seed)
        times = options.times_of(settings, self.arrivals_from, self.work_from)
        for each in vary:  # among its values stands what is in the file
            if each.name in times and each.name not in given:
                del settings[each.name]
        found = {
            "settings": settings,
            "seed": seed,
            "times": times,
            "replications": self.replications,
            "warmup": self.warmup,
            "until": self.until,
        }
        return {name: value for name, value in found.items() if value not in (None, {})}

    def names(self, vary: Sequence[Vary] = ()) -> list[str]:
        """Return the settings that were named."""
        return [*dict(self.assignments), *(each.name for each in vary)]


def repeated(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of a scenario that runs many times, as its argument ``asked``."""

    @wraps(function)
    def gathered(**given: Any) -> int:
        asked = Asked(*(given.pop(name) for name in Asked._fields))
        return function(asked=asked, **given)

    found: Callable[..., int] = gathered
    for option in reversed(_OPTIONS):
        found = option(found)
    return found


class Kept(NamedTuple):
    """What was given of the options of ``swept``: where a sweep runs, and what is kept of it."""

    jobs: int | None
    cluster: str | None
    resume: Path | None
    yes: bool


def swept(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options of a sweep without a screen, as its argument ``how``."""

    @wraps(function)
    def gathered(**given: Any) -> int:
        how = Kept(*(given.pop(name) for name in Kept._fields))
        return function(how=how, **given)

    found: Callable[..., int] = gathered
    for option in (options.yes, options.resume, options.cluster, options.jobs):
        found = option(found)
    return found
