"""Jobs for worker processes, which must find them by name: some of them deadly."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def square(number: int) -> int:
    return number * number


def broken(number: int) -> int:
    if number == 3:
        raise ValueError("three is not allowed")
    return number


def dies_at_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def dies_the_first_time(job: tuple[int, Path]) -> int:
    """Die at every number of which there is no mark yet, and leave one."""
    number, marks = job
    mark = marks / str(number)
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def waits_for_ever(number: int) -> int:
    signal.pause()
    return number


class Unpicklable(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def raises_unpicklable(number: int) -> int:
    raise Unpicklable(number, number)
