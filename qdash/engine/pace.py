"""How long things take, and which work fails: chosen by the settings, then drawn for each item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from qdash.engine.distributions import chance_of, spread_of, wait_of
from qdash.engine.items import Item
from qdash.measured import Measured, Times
from qdash.settings import FROM_FILE, SETTINGS, SettingError, shape_of
from qdash.words import Sentence, mark

Making: TypeAlias = Callable[[], tuple[Item, float]]
Working: TypeAlias = Callable[[Any], float]
Failing: TypeAlias = Callable[[Any, int], bool]


class WorkFailed(Exception):
    """An attempt to work on an item came to nothing, as the setting ``failing`` has it."""

    def __init__(self, item: int | str, attempt: int) -> None:
        called = f"#{item}" if isinstance(item, int) else item
        super().__init__(f"attempt {attempt} at {called} failed")


def check_times(settings: Mapping[str, Any], times: Times) -> None:
    """See that there are times where a setting says ``file``. Raises SettingError."""
    for name in ("arrivals", "work"):
        if settings[name] == FROM_FILE and name not in times:
            text = mark(
                "{name} is file only where the file was given at the start, with {option} FILE; "
                "without it, it is one of {choices}"
            )
            choices = ", ".join(each for each in SETTINGS[name].choices if each != FROM_FILE)
            option = f"--{name}-from"
            raise SettingError(Sentence(text, name=name, option=option, choices=choices))


def making_of(
    settings: Mapping[str, Any],
    times: Times,
    next_item: Callable[[], tuple[Item, float]],
    now: Callable[[], float],
) -> Making:
    """Return what makes the next item, and tells how many seconds that takes."""
    mean, spread, period = settings["produce_time"], settings["spread"], settings["period"]
    shape = shape_of("arrivals", settings)
    if shape == FROM_FILE:
        seconds = times["arrivals"].seconds

        def measured() -> tuple[Item, float]:
            item = next_item()[0]
            return item, seconds[(item.number - 1) % len(seconds)]

        return measured
    if (wait := wait_of(shape, mean, period)) is not None:

        def in_time() -> tuple[Item, float]:
            item, draw = next_item()
            return item, wait(now(), draw)

        return in_time
    after = spread_of(shape, mean, spread)

    def spread_out() -> tuple[Item, float]:
        item, draw = next_item()
        return item, after(draw)

    return spread_out


def working_of(settings: Mapping[str, Any], times: Times) -> Working:
    """Return what tells how many seconds an attempt to work on an item takes.

    What is no item takes what an ordinary one does.
    """
    shape = shape_of("work", settings)
    if shape == FROM_FILE:
        return _as_measured(times["work"])
    takes = spread_of(shape, settings["consume_time"], settings["spread"])
    ordinary = takes(0.5)

    def working(item: Any) -> float:
        return takes(item.draw) if type(item) is Item else ordinary

    return working


def _as_measured(times: Measured) -> Working:
    seconds, mean = times.seconds, times.mean

    def working(item: Any) -> float:
        return seconds[(item.number - 1) % len(seconds)] if isinstance(item, Item) else mean

    return working


def failing_of(settings: Mapping[str, Any]) -> Failing | None:
    """Return what tells whether an attempt at an item fails; None where none does.

    What is no item never fails.
    """
    share = settings["failing"]
    if not share:
        return None

    def fails(item: Any, attempt: int) -> bool:
        return isinstance(item, Item) and chance_of(item.draw, attempt) < share

    return fails
