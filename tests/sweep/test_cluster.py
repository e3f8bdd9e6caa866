"""The same sweep on a cluster: a local one of two workers, where the extra is installed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from qdash.experiment.results import read
from qdash.sweeps.cluster import answers
from qdash.sweeps.pool import JobFailed, SweepError
from qdash.sweeps.runner import Progress, sweep
from tests.sweep import deadly

installed = pytest.mark.skipif(
    find_spec("distributed") is None or find_spec("joblib") is None,
    reason="the extra qdash[cluster] is not installed",
)
# Dask's own threads and sockets are not ours to warn of.
quiet = pytest.mark.filterwarnings("ignore")

SMALL: dict[str, Any] = {
    "vary": {"maxsize": [1, 5], "consumers": "2..3"},
    "replications": 2,
    "until": 40.0,
}


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two workers."""
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        yield cluster.scheduler_address


@installed
@quiet
def test_a_cluster_comes_to_the_same_to_the_last_digit(scheduler: str, tmp_path: Path) -> None:
    told: list[Progress] = []
    there = sweep(
        "producer-consumer",
        cluster=scheduler,
        resume=tmp_path / "there",
        progress=told.append,
        **SMALL,
    )
    here = sweep("producer-consumer", jobs=1, resume=tmp_path / "here", **SMALL)
    assert there.rows == here.rows
    assert (tmp_path / "there").read_bytes() == (tmp_path / "here").read_bytes()
    assert [progress.done for progress in told if progress.row] == list(range(1, 9))


@installed
@quiet
def test_two_processes_of_this_machine_are_a_cluster_too() -> None:
    there = sweep("producer-consumer", cluster="local:2", **SMALL)
    assert there.rows == sweep("producer-consumer", jobs=1, **SMALL).rows


@installed
@quiet
def test_what_a_cluster_broke_off_is_gone_on_with_elsewhere(scheduler: str, tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def look(progress: Progress) -> None:
        if progress.done == 3:
            raise Enough

    path = tmp_path / "kept"
    with pytest.raises(Enough):
        sweep("producer-consumer", cluster=scheduler, resume=path, progress=look, **SMALL)
    assert len(read(path)) == 3
    sweep("producer-consumer", jobs=1, resume=path, **SMALL)
    sweep("producer-consumer", jobs=1, resume=tmp_path / "here", **SMALL)
    assert path.read_bytes() == (tmp_path / "here").read_bytes()


@installed
@quiet
def test_a_job_that_raises_on_a_cluster_is_told(scheduler: str) -> None:
    with pytest.raises(JobFailed, match="ValueError: three is not allowed"):
        list(answers(scheduler, deadly.broken, range(5)))


@installed
@quiet
@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1:9", "tcp://", "", "x" * 500])
def test_a_cluster_that_does_not_answer_is_told(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qdash.sweeps.cluster._PATIENCE", 0.5)
    with pytest.raises(SweepError, match="no cluster answers at") as caught:
        sweep("producer-consumer", cluster=address, **SMALL)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("count", ["", "0", "-1", "two", "1.5", "9999", "٣", "9" * 5000])
def test_a_local_cluster_has_a_number_of_processes(count: str) -> None:
    with pytest.raises(SweepError, match="a local cluster is local:N, with N a whole number"):
        sweep("producer-consumer", cluster=f"local:{count}", **SMALL)


@pytest.mark.skipif(find_spec("distributed") is not None, reason="the extra is installed")
def test_without_the_extra_it_is_said_how_to_get_it() -> None:
    with pytest.raises(SweepError, match=r"pip install 'qdash\[cluster\]'"):
        sweep("producer-consumer", cluster="local:2", **SMALL)
