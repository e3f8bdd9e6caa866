"""The pool: every job is answered once, whatever its process dies of, and none is left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qdash.sweeps.pool import RETRIES, JobFailed, Pool, SweepError, processors
from tests.sweep import deadly

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing kills here")


def done(workers: int, function: Callable[[Any], Any], jobs: list[Any]) -> tuple[list[Any], int]:
    """Return the answers in the order of the jobs, and how many processes died over one."""
    lost: list[None] = []
    with Pool(workers, function, lambda: lost.append(None)) as pool:
        answers = [answer for answer in pool.run(jobs) if answer is not None]
    assert not multiprocessing.active_children()
    assert sorted(number for number, _ in answers) == list(range(len(jobs)))
    return [value for _, value in sorted(answers)], len(lost)


def test_every_job_is_answered_once() -> None:
    assert done(2, deadly.square, list(range(50))) == ([n * n for n in range(50)], 0)


def test_a_process_that_is_killed_costs_one_more_try_of_its_job(tmp_path: Path) -> None:
    jobs = [(number, tmp_path) for number in range(3)]
    assert done(2, deadly.dies_the_first_time, jobs) == ([0, 1, 2], 3)


def test_a_process_killed_from_outside_costs_nothing_but_time() -> None:
    seen = []
    with Pool(2, deadly.square, lambda: None) as pool:
        for answer in pool.run(range(200)):
            if answer is not None:
                seen.append(answer[0])
            if len(seen) == 20:
                child = multiprocessing.active_children()[0]
                assert child.pid is not None
                os.kill(child.pid, signal.SIGKILL)
    assert sorted(seen) == list(range(200))


def test_a_job_that_kills_its_process_each_time_is_given_up() -> None:
    lost: list[None] = []
    with (
        Pool(2, deadly.dies_at_three, lambda: lost.append(None)) as pool,
        pytest.raises(JobFailed, match=f"its process died {RETRIES + 1} times"),
    ):
        list(pool.run(range(20)))
    assert len(lost) == RETRIES + 1
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (deadly.broken, "ValueError: three is not allowed"),
        (deadly.raises_unpicklable, "Unpicklable: "),
    ],
)
def test_a_job_that_raises_ends_the_pool_with_what_it_said(
    function: Callable[[Any], Any], said: str
) -> None:
    with pytest.raises(JobFailed, match=said):
        done(2, function, list(range(10)))
    assert not multiprocessing.active_children()


def test_processes_that_cannot_start_are_told(capfd: pytest.CaptureFixture[str]) -> None:
    class Nowhere:  # which the other process cannot find
        def __reduce__(self) -> tuple[Any, ...]:
            return os.kill, (0, 0, 0)

    with pytest.raises(SweepError, match='under if __name__ == "__main__"'):
        done(1, Nowhere(), [1])  # type: ignore[arg-type]
    assert "Traceback" in capfd.readouterr().err  # the interpreter's own, of the process that died


def test_where_nothing_comes_the_caller_is_told_so_and_can_stop() -> None:
    with Pool(2, deadly.waits_for_ever, lambda: None) as pool:
        answers = pool.run(range(10))
        assert next(answers) is None
        assert next(answers) is None
    assert not multiprocessing.active_children()


def test_there_is_a_processor() -> None:
    assert processors() >= 1
