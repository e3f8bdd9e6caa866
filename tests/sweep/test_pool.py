"""The pool: every job is answered once, whatever its process dies of, and none is left behind."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qdash.sweeps.pool import RETRIES, JobFailed, Pool, SweepError, may_fork, processors
from tests.sweep import deadly

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing kills here")


@pytest.fixture(autouse=True)
def _all_are_started_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether this process has other threads depends on how pytest was called."""
    monkeypatch.setattr("qdash.sweeps.pool.may_fork", lambda: False)


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


# --- copies of one process, where there is no other thread ----------------------------------------

linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are not copied here")


def run_apart(program: str) -> subprocess.Popen[str]:
    """Start a program in a process that has one thread, as a command has."""
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def is_alive(process: Path) -> bool:
    try:
        return ") Z " not in (process / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@linux
def test_beside_a_thread_no_process_is_copied() -> None:
    pause = threading.Event()
    thread = threading.Thread(target=pause.wait)
    thread.start()
    try:
        assert not may_fork()
    finally:
        pause.set()
        thread.join()


@linux
def test_copies_do_the_same_and_one_that_is_killed_costs_nothing_but_time() -> None:
    with run_apart(
        "import os, signal, multiprocessing\n"
        "from qdash.sweeps.pool import Pool, may_fork\n"
        "from tests.sweep import deadly\n"
        "assert may_fork()\n"
        "seen = []\n"
        "with Pool(2, lambda n: deadly.square(n), lambda: None) as pool:\n"  # no spawn takes that
        "    for answer in pool.run(range(200)):\n"
        "        if answer is not None:\n"
        "            seen.append(answer)\n"
        "        if len(seen) == 20:\n"
        "            os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)\n"
        "assert not multiprocessing.active_children()\n"
        "print(sorted(seen) == [(n, n * n) for n in range(200)])\n"
    ) as process:
        assert process.communicate(timeout=60)[0] == "True\n"
    assert process.returncode == 0


@linux
def test_copies_end_when_the_process_that_had_them_made_is_killed() -> None:
    with run_apart(
        "import multiprocessing, time\n"
        "from qdash.sweeps.pool import Pool, may_fork\n"
        "from tests.sweep import deadly\n"
        "assert may_fork()\n"
        "pool = Pool(3, deadly.square, lambda: None)\n"
        "answers = pool.run(range(1000))\n"
        "next(answers)\n"
        "print(*(child.pid for child in multiprocessing.active_children()), flush=True)\n"
        "time.sleep(600)\n"
    ) as process:
        assert process.stdout is not None
        children = [Path("/proc", pid) for pid in process.stdout.readline().split()]
        assert len(children) == 3
        process.kill()
        while any(is_alive(child) for child in children):
            os.sched_yield()
