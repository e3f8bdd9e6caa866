"""The scenarios: one short asyncio program a file, whose source is what the screen shows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Final

import msgspec

from qdash import __version__
from qdash.engine import Lab
from qdash.events import Value
from qdash.measured import Times
from qdash.settings import SETTINGS, complete
from qdash.words import Refusal, Sentence, mark


def _module(slug: str) -> str:
    return slug.replace("-", "_")


SLUGS: Final = (
    "producer-consumer",
    "concurrency-limit",
    "signals",
    "timeouts",
    "dynamic-tasks",
)
"""The five uses of a queue, in the order in which they are shown."""

DEMOS: Final = (
    "one-queue",
    "pipeline",
    "stop-by-join",
    "stop-by-sentinels",
    "stop-by-shutdown",
    "overload",
    "service",
)
"""What lessons, demos and experiments show beside those."""

LISTED: Final = (*SLUGS, "service")
"""What is run for its own sake: the five uses, and one for experiments."""

PITFALLS: Final = (
    "missed-task-done",
    "silent-death",
    "task-done-too-often",
    "cancel-meets-delivery",
    "wait-leaves-getter",
    "cancel-while-working",
    "one-sentinel",
    "barging",
    "blocked-put-uncounted",
    "maxsize-zero",
    "priority-ties",
    "lifo-starvation",
    "no-resize",
    "shutdown-drains",
    "shutdown-immediate",
    "not-thread-safe",
    "one-loop-only",
    "circular-wait",
)
"""What goes wrong with queues: each is two programs, ``NAME/broken`` and ``NAME/fixed``."""

ALL: Final[dict[str, str]] = {
    **{slug: f"qdash.scenarios.{_module(slug)}" for slug in SLUGS},
    **{slug: f"qdash.scenarios.demos.{_module(slug)}" for slug in DEMOS},
    **{
        f"{slug}/{which}": f"qdash.scenarios.pitfalls.{_module(slug)}.{which}"
        for slug in PITFALLS
        for which in ("broken", "fixed")
    },
}
"""Every program by its slug, with the module in which it stands."""


class UnknownScenario(Refusal, ValueError):
    """There is no such scenario; the message names those that there are."""


class Scenario(msgspec.Struct, frozen=True):
    """One scenario: a program, its place on the stage, and the settings with which it comes.

    ``unused`` names the settings that the program does not read: changing them changes nothing.
    """

    slug: str
    title: str
    about: str
    layout: tuple[tuple[str, ...], ...]
    defaults: dict[str, Value]
    unused: tuple[str, ...]
    source: str
    main: Callable[[Lab], Coroutine[Any, Any, None]]

    def settings(self, given: Mapping[str, Value] | None = None) -> dict[str, Value]:
        """Return a value for every setting of the lab. Raises SettingError."""
        return complete(given or {}, self.defaults)

    def lab(
        self,
        given: Mapping[str, Value] | None = None,
        seed: int | None = None,
        times: Times | None = None,
    ) -> Lab:
        """Return a lab, not yet started, that runs this scenario.

        ``times`` were measured: what the settings ``arrivals`` and ``work`` mean by ``file``.
        Raises SettingError.
        """
        default: Any = SETTINGS["seed"].default
        return Lab(
            self.main,
            self.settings(given),
            seed=int(SETTINGS["seed"].check(default if seed is None else seed) or 0),
            scenario=self.slug,
            layout=self.layout,
            source=self.source,
            qdash=__version__,
            times=times,
        )


def _unused(module: Any) -> tuple[str, ...]:
    """Return the settings that a program does not read: those it says, and those that go along."""
    also = (
        name
        for name, each in SETTINGS.items()
        if (each.named and name not in module.DEFAULTS)
        or (each.beside and all(other in module.UNUSED for other in each.beside))
    )
    return (*module.UNUSED, *also)


def scenario(slug: str) -> Scenario:
    """Return the scenario called ``slug``. Raises UnknownScenario."""
    if slug not in ALL:
        shown, known = repr(slug if len(slug) <= 40 else slug[:39] + "…"), ", ".join(LISTED)
        if near := get_close_matches(slug, ALL, n=1):
            template = mark("there is no scenario {name}; did you mean {near}? there are {known}")
            raise UnknownScenario(Sentence(template, name=shown, near=near[0], known=known))
        template = mark("there is no scenario {name}; there are {known}")
        raise UnknownScenario(Sentence(template, name=shown, known=known))
    module = import_module(ALL[slug])
    return Scenario(
        slug=slug,
        title=module.TITLE,
        about=(module.__doc__ or "").strip(),
        layout=module.LAYOUT,
        defaults=module.DEFAULTS,
        unused=_unused(module),
        source=inspect.getsource(module),
        main=module.main,
    )
