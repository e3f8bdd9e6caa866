"""A sweep: the same to the last digit on any number of processes, and gone on with."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import msgspec
import pytest

import qdash
from qdash.experiment.grid import TooMuch, Vary
from qdash.experiment.results import Results, ResultsError, read
from qdash.measured import measured
from qdash.scenarios import UnknownScenario
from qdash.settings import SettingError
from qdash.sweeps import runner
from qdash.sweeps.pool import SweepError
from qdash.sweeps.runner import Progress, carry_out, plan, sweep

SMALL: dict[str, Any] = {
    "vary": {"maxsize": [1, 5], "consumers": "2..3"},
    "replications": 3,
    "until": 40.0,
    "warmup": 4.0,
}


def written(results: Results, path: Path) -> bytes:
    results.write(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What the small sweep comes to in this very process."""
    results = sweep("producer-consumer", jobs=1, **SMALL)
    return written(results, tmp_path_factory.mktemp("alone") / "r")


def test_a_sweep_runs_every_point_as_often_as_asked(alone: bytes, tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(alone)
    results = read(tmp_path / "r")
    assert results.complete
    assert [row.replication for row in results.rows] == [0, 1, 2] * 4
    assert len({row.seed for row in results.rows}) == 3
    assert results.rows[0].seed == 7
    for row in results.rows:
        assert 0 < row.figures["jobs:throughput"] < 4  # type: ignore[operator]
        assert row.figures["failed"] == 0.0


def test_two_processes_come_to_the_same_to_the_last_digit(alone: bytes, tmp_path: Path) -> None:
    results = sweep("producer-consumer", jobs=2, **SMALL)
    assert written(results, tmp_path / "r") == alone
    assert not multiprocessing.active_children()


def test_the_public_function_is_this_one() -> None:
    assert qdash.sweep is sweep


def test_the_first_replication_is_the_run_of_that_seed() -> None:
    results = sweep("producer-consumer", {"maxsize": [2]}, replications=1, until=50, warmup=0.0)
    queue = qdash.run("producer-consumer", seed=7, until=50.0, maxsize=2)["queues"]["jobs"]
    figures = results.rows[0].figures
    assert figures["jobs:throughput"] == queue["done"] / 50
    assert figures["jobs:wait.p95"] == pytest.approx(queue["wait"]["p95"], abs=1e-12)
    assert figures["jobs:blocked.mean"] == pytest.approx(queue["put_blocked"]["mean"], abs=1e-12)
    assert figures["jobs:depth.mean"] == pytest.approx(queue["depth_mean"], abs=1e-12)
    assert figures["jobs:full"] == pytest.approx(queue["full_fraction"], abs=1e-12)


class Enough(Exception):
    """Raised by the one who looks on."""


def test_what_was_broken_off_is_gone_on_with(alone: bytes, tmp_path: Path) -> None:
    path = tmp_path / "kept"

    def look(progress: Progress) -> None:
        if progress.done == 5:
            raise Enough

    with pytest.raises(Enough):
        sweep("producer-consumer", jobs=2, resume=path, progress=look, **SMALL)
    assert not multiprocessing.active_children()
    assert len(read(path)) == 5
    path.write_bytes(path.read_bytes()[:-10])  # the process was killed as it wrote
    told: list[Progress] = []
    results = sweep("producer-consumer", jobs=2, resume=path, progress=told.append, **SMALL)
    assert sum(progress.row is not None for progress in told) == 8
    assert path.read_bytes() == alone == written(results, tmp_path / "again")
    sweep("producer-consumer", resume=path, progress=told.append, **SMALL)
    assert path.read_bytes() == alone


def test_a_killed_process_costs_one_retry_and_not_the_sweep(alone: bytes, tmp_path: Path) -> None:
    told: list[Progress] = []

    def look(progress: Progress) -> None:
        if not any(earlier.row for earlier in told) and progress.row is not None:
            child = multiprocessing.active_children()[0]
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
        told.append(progress)

    results = sweep("producer-consumer", jobs=2, progress=look, **SMALL)
    assert written(results, tmp_path / "r") == alone
    assert sum(progress.row is not None for progress in told) == 12
    assert told[-1].lost <= 1


def test_progress_counts_what_was_there_before(tmp_path: Path) -> None:
    told: list[Progress] = []
    wanted = plan("producer-consumer", [Vary("maxsize", (1, 2))], replications=2, until=10.0)
    results = Results(wanted)
    carry_out(results, jobs=1, progress=told.append)
    assert [progress.done for progress in told] == [1, 2, 3, 4]
    assert {progress.total for progress in told} == {4}
    assert [progress.row for progress in told] == sorted(
        results.rows, key=lambda row: row.replication
    )
    assert told[-1].left == 0.0
    half = Results(wanted)
    for row in results.rows[:3]:
        half.add(row)
    told.clear()
    carry_out(half, jobs=1, progress=told.append)
    assert [progress.done for progress in told] == [4]
    carry_out(half, jobs=1, progress=told.append)
    assert half.rows == results.rows


def test_points_see_the_same_arrivals_and_work() -> None:
    vary = {"consumers": [3, 6]}
    results = sweep("producer-consumer", vary, replications=4, until=60.0, maxsize=0, jobs=1)
    few, many = (results.values({"consumers": count}, "offered") for count in (3, 6))
    assert few == many  # nobody is ever blocked, so as many are made
    assert len(set(few)) > 1


def test_measured_times_reach_every_process(tmp_path: Path) -> None:
    times = {"arrivals": measured("gaps.csv", (1.0, 3.0))}
    given: dict[str, Any] = {
        "vary": {"arrivals": ["file", "constant"]},
        "replications": 2,
        "until": 100.0,
        "warmup": 0.0,
        "producers": 1,
        "times": times,
    }
    path = tmp_path / "r"
    results = sweep("producer-consumer", jobs=2, resume=path, **given)
    assert results.values({"arrivals": "file"}, "offered") == [0.5, 0.5]
    assert results.values({"arrivals": "constant"}, "offered") == [1.0, 1.0]
    assert read(path).plan.times == times
    assert sweep("producer-consumer", jobs=1, **given).rows == results.rows


# --- the plan ---------------------------------------------------------------------------------


def test_a_plan_is_complete() -> None:
    made = plan("producer-consumer", settings={"maxsize": 2})
    assert (made.until, made.warmup, made.replications, made.seed) == (1_000.0, 100.0, 10, 7)
    assert made.settings["maxsize"] == 2
    assert made.settings["consumers"] == 3
    assert plan("producer-consumer", until=50).warmup == 5.0
    assert plan("producer-consumer", warmup=0).warmup == 0.0


def test_runs_that_end_by_their_items_go_on_to_their_end() -> None:
    assert (plan("signals").until, plan("signals").warmup) == (None, 0.0)
    some = plan("signals", [Vary("items", (None, 5))])
    assert (some.until, some.warmup) == (1_000.0, 0.0)
    results = sweep("signals", {"items": [5, 10]}, replications=2, jobs=1)
    assert results.values({"items": 5}, "lost") == [0.0, 0.0]


def test_a_run_that_is_over_before_it_is_warm_has_no_figures() -> None:
    results = sweep("signals", replications=1, warmup=5_000.0, jobs=1)
    assert results.rows[0].figures == {"failed": 0.0}


def test_a_run_that_is_stuck_stands_still_until_its_time_is_up() -> None:
    results = sweep(
        "producer-consumer", replications=1, until=100.0, warmup=50.0, consumers=0, jobs=1
    )
    figures = results.rows[0].figures
    assert (figures["jobs:full"], figures["jobs:throughput"]) == (1.0, 0.0)
    assert figures["jobs:wait.mean"] is figures["utilisation"] is None


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"scenario": "signal"}, UnknownScenario, "did you mean signals"),
        ({"vary": {"maxsiz": [1]}}, SettingError, "did you mean maxsize"),
        ({"vary": {"maxsize": []}}, SettingError, "over no value"),
        ({"vary": {"maxsize": [-1]}}, SettingError, "maxsize must be"),
        ({"vary": {"maxsize": range(200_000)}}, TooMuch, "fewer than 1,000,000 runs"),
        ({"vary": {"maxsize": [1]}, "maxsize": 2}, SettingError, "varied, so it cannot be set"),
        ({"consumers": -1}, SettingError, "consumers must be"),
        ({"speed": 1.0}, SettingError, "speed is for the dashboard"),
        ({"replications": 0}, SettingError, "replications must be a whole number from 1"),
        ({"replications": 2.5}, SettingError, "replications must be"),
        ({"seed": -1}, SettingError, "seed must be"),
        ({"until": 0}, SettingError, "time to run must be"),
        ({"until": float("nan")}, SettingError, "time to run must be"),
        ({"warmup": -1}, SettingError, "warm-up must be"),
        ({"until": 10, "warmup": 10}, SettingError, "warm-up must be shorter"),
        ({"vary": {"items": [None]}, "warmup": 2_000}, SettingError, "the time to run, 1000 s"),
        ({"jobs": 0}, SettingError, "jobs must be"),
        ({"jobs": "2"}, SettingError, "jobs must be"),
        ({"arrivals": "file"}, SettingError, "arrivals is file only where"),
        ({"vary": {"work": ["constant", "file"]}}, SettingError, "work is file only where"),
        ({"resume": "no/such/place"}, ResultsError, "cannot write"),
        ({"cluster": "local:0"}, SweepError, "local:N|joblib and dask"),
    ],
)
def test_wrong_input_raises_one_sentence(
    given: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        sweep(**{"scenario": "signals", "vary": {}, **given})
    assert "\n" not in str(caught.value)


def test_a_setting_varied_twice_is_refused() -> None:
    twice = [Vary("maxsize", (1,)), Vary("maxsize", (2,))]
    with pytest.raises(SettingError, match="varied twice"):
        plan("signals", twice)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"seed": 8}, "its seed is 7, not 8"),
        ({"replications": 4}, "its number of replications is 3, not 4"),
        ({"until": 50.0}, "its time to run is 40.0, not 50.0"),
        ({"warmup": None}, ""),
        ({"vary": {"maxsize": [1]}}, "its grid is maxsize=1,5 × consumers=2,3, not maxsize=1"),
        ({"items": 5}, "its items is None, not 5"),
    ],
)
def test_a_file_of_another_sweep_is_not_gone_on_with(
    changes: dict[str, Any], said: str, alone: bytes, tmp_path: Path
) -> None:
    (tmp_path / "r").write_bytes(alone)
    given = {**SMALL, **changes}
    if not said:  # a tenth is what it was
        assert sweep("producer-consumer", resume=tmp_path / "r", **given).complete
        return
    with pytest.raises(SettingError, match=said) as caught:
        sweep("producer-consumer", resume=tmp_path / "r", **given)
    assert "is of another sweep" in str(caught.value)
    assert len(str(caught.value)) < 300
    assert (tmp_path / "r").read_bytes() == alone


def test_a_file_of_another_python_is_not_gone_on_with(alone: bytes, tmp_path: Path) -> None:
    header, _, rest = alone.partition(b"\n")
    told = json.loads(header)
    told["plan"]["python"] = "3.9.1"
    (tmp_path / "r").write_bytes(json.dumps(told).encode() + b"\n" + rest)
    with pytest.raises(SettingError, match="its Python is"):
        sweep("producer-consumer", resume=tmp_path / "r", **SMALL)
    with pytest.raises(SettingError, match="its Python is"):
        runner.go_on(tmp_path / "r")


def test_a_plan_alone_goes_on_as_its_file_says(alone: bytes, tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(alone)
    results = runner.go_on(tmp_path / "r")
    assert msgspec.json.encode(results.plan)
    assert results.complete
