"""``qdash sweep``: what it prints, what it writes, what it asks and what it refuses."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.cli import main
from qdash.experiment.results import read
from qdash.sweeps import runner
from tests.test_bad_input import NOT_NUMBERS, TOO_MUCH, anything

SMALL = ("sweep", "producer-consumer", "--for", "20", "--replications", "3", "--jobs", "1")
VARIED = (*SMALL, "--vary", "maxsize=1,5", "--vary", "consumers=2..3")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


class Screen(io.StringIO):
    """A stream that is a terminal, or not."""

    def __init__(self, terminal: bool, text: str = "") -> None:
        super().__init__(text)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def typed(*arguments: str, terminal: bool = False, answer: str = "") -> tuple[int, str, str]:
    """Return the status, and what is on standard output and standard error."""
    out, err = Screen(False), Screen(terminal)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", Screen(terminal, answer))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main(arguments)
    return status, out.getvalue(), err.getvalue()


def refused(*arguments: str) -> str:
    status, out, err = typed(*arguments)
    assert (status, out) == (2, ""), (arguments, err)
    assert len(err.splitlines()) == 1, err
    assert err.startswith("qdash: ")
    assert len(err) < 600
    return err


# --- what comes of it -------------------------------------------------------------------------


def test_what_is_in_a_file_may_be_varied_on_the_screen_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "times.txt"
    path.write_text("0.5\n1\n")
    words = ["--vary", "arrivals=file,exponential", "--arrivals-from", str(path)]
    assert main(["experiment", "producer-consumer", *words]) == 2
    assert "needs a terminal" in capsys.readouterr().err


def test_the_table_has_a_row_a_point_and_a_column_a_measure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    status, out, err = typed(*VARIED)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == (
        "producer-consumer, seed 7: 4 points, 3 runs each, 20 s of virtual time, "
        "without the first 2 s"
    )
    head = next(line for line in lines if "maxsize" in line)
    for title in ("consumers", "throughput", "wait, p95", "blocked", "full", "utilisation"):
        assert title in head
    rows = [line.split()[:2] for line in lines if "±" in line and line[:1] == " "]
    assert rows == [["1", "2"], ["1", "3"], ["5", "2"], ["5", "3"]]


def test_a_wide_table_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = typed(*VARIED)
    assert max(len(line) for line in out.splitlines() if line[:1] == " ") <= 60
    tables = [line for line in out.splitlines() if "maxsize" in line]
    assert len(tables) > 1
    assert all("consumers" in line for line in tables)


def test_no_cell_is_cut_however_wide_the_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for columns in range(40, 140, 7):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert "…" not in typed(*VARIED)[1]


def test_theory_stands_beside_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    settings = ("--set", "jitter=exponential", "--set", "maxsize=0", "--set", "consumers=5")
    _, out, _ = typed(*SMALL, *settings, "--measure", "utilisation", "--measure", "lost")
    assert "theory: M/M/5" in out
    assert out.splitlines()[5].split()[3] == "60"
    assert "no theory: " in typed(*SMALL)[1]


def test_the_measures_can_be_chosen() -> None:
    _, out, _ = typed(*VARIED, "--measure", "refused", "--measure", "jobs:wait.max")
    assert "refused" in out
    assert "jobs: wait, max" in out
    assert "throughput" not in out


def test_of_which_queue_the_figures_are_is_told_where_there_are_two() -> None:
    two = ("sweep", "dynamic-tasks", "--for", "20", "--replications", "1", "--jobs", "1")
    assert "Figures are of the queue jobs; of another: --measure results:" in typed(*two)[1]
    _, out, _ = typed(*two, "--measure", "nowhere:full", "--measure", "results:full")
    assert "There is no queue called nowhere; there are jobs, results." in out
    assert "Figures are of" not in out
    assert "Figures are of" not in typed(*SMALL)[1]


def test_one_run_each_has_no_interval() -> None:
    _, out, _ = typed(*SMALL, "--replications", "1")
    assert "1 point, 1 run each" in out
    assert "±" not in out


def test_what_the_figures_lack_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _, out, _ = typed("sweep", "signals", "--warmup", "500", "--replications", "2", "--jobs", "1")
    assert "2 runs were over before the warm-up was; give --warmup 0 to measure them." in out
    figures = {"offered": 2.0, "failed": 1.0}
    monkeypatch.setattr(runner, "replicate", lambda *args, **kwargs: figures)
    assert "In 3 runs the scenario failed with an exception." in typed(*SMALL)[1]


def test_the_json_is_one_object_the_same_on_two_processes() -> None:
    status, out, err = typed(*VARIED, "--json")
    assert (status, err) == (0, "")
    assert typed(*VARIED, "--jobs", "2", "--json")[1] == out
    told = json.loads(out)
    assert [point["point"] for point in told["points"]] == [
        {"maxsize": maxsize, "consumers": consumers} for maxsize in (1, 5) for consumers in (2, 3)
    ]
    assert told["points"][0]["figures"]["jobs:throughput"]["n"] == 3


def test_the_csv_is_written_and_it_is_said_where() -> None:
    status, out, err = typed(*VARIED, "--csv", "r.csv")
    assert status == 0
    assert "maxsize" in out
    assert err == "qdash: 4 rows written to r.csv\n"
    with Path("r.csv").open(newline="") as file:
        assert len(list(csv.reader(file))) == 5


def test_a_setting_that_changes_nothing_is_told() -> None:
    _, _, err = typed(*SMALL, "--vary", "put_timeout=1,2")
    assert err == "qdash: put_timeout changes nothing in producer-consumer\n"


def test_measured_times_can_be_one_of_the_values() -> None:
    Path("gaps.csv").write_text("0.5\n1.5\n")
    given = ("--arrivals-from", "gaps.csv", "--vary", "arrivals=file,constant")
    status, out, _ = typed(*SMALL, *given, "--json")
    assert status == 0
    assert json.loads(out)["measured"]["arrivals"].startswith("gaps.csv ×2")
    status, out, _ = typed(*SMALL, "--arrivals-from", "gaps.csv", "--json")
    assert json.loads(out)["settings"]["arrivals"] == "file"


def test_how_far_it_is_is_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qdash.cli.sweeping._PATIENCE", 0.0)
    _, _, err = typed(*VARIED, terminal=True)
    assert "12/12" in err
    assert "0 s left" in err


# --- broken off -------------------------------------------------------------------------------


@pytest.fixture
def breaks_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let somebody press ctrl+c in the midst of the sixth run."""
    real, left = runner.replicate, [5]

    def replicate(*args: Any, **kwargs: Any) -> Any:
        if not left[0]:
            monkeypatch.setattr(runner, "replicate", real)
            raise KeyboardInterrupt
        left[0] -= 1
        return real(*args, **kwargs)

    monkeypatch.setattr(runner, "replicate", replicate)


@pytest.mark.usefixtures("breaks_off")
@pytest.mark.parametrize("keep", [[], ["--resume", "kept here.jsonl"]])
def test_what_is_finished_at_ctrl_c_is_kept_and_gone_on_with(keep: list[str]) -> None:
    status, out, err = typed(*VARIED, "--csv", "r.csv", *keep)
    assert (status, out) == (130, "")
    assert err.startswith("qdash: interrupted; 5 of 12 runs are finished and kept; to go on: ")
    assert not Path("r.csv").exists()
    again = shlex.split(err.partition("to go on: ")[2])
    assert again[:3] == ["qdash", "sweep", "--resume"]
    assert again[3] == (keep[1] if keep else "producer-consumer-sweep.jsonl")
    assert len(read(again[3])) == 5
    assert typed(*again[1:], "--json") == typed(*VARIED, "--json")
    assert read(again[3]).complete


@pytest.mark.usefixtures("breaks_off")
def test_what_is_kept_replaces_no_file() -> None:
    Path("producer-consumer-sweep.jsonl").write_text("mine")
    assert "producer-consumer-sweep-2.jsonl" in typed(*VARIED)[2]
    assert Path("producer-consumer-sweep.jsonl").read_text() == "mine"


def test_a_run_that_breaks_off_ends_the_sweep_with_status_1(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from qdash.sweeps.pool import JobFailed

    def replicate(*args: Any, **kwargs: Any) -> Any:
        raise JobFailed("a run was given up: its process died 3 times")

    monkeypatch.setattr(runner, "replicate", replicate)
    status, out, err = typed(*VARIED)
    assert (status, out) == (1, "")
    assert err == ("qdash: a run was given up: its process died 3 times; no run was finished\n")


# --- what is asked ----------------------------------------------------------------------------

MANY = (*SMALL, "--vary", "maxsize=1..100", "--vary", "consumers=1..100")


def test_many_runs_are_not_begun_in_silence() -> None:
    assert "a sweep of 30,000 runs is begun only with --yes" in refused(*MANY)


def test_on_a_terminal_it_is_asked() -> None:
    status, out, err = typed(*MANY, terminal=True, answer="n\n")
    assert (status, out) == (1, "")
    assert "This sweep has 30,000 runs. Begin?" in err
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("qdash.cli.sweeping.ASKED", 5)
        assert typed(*VARIED, terminal=True, answer="y\n")[0] == 0
        assert typed(*VARIED, "--yes")[0] == 0
        assert typed(*VARIED)[0] == 2


def test_a_million_is_refused_whatever_is_said() -> None:
    for more in ((), ("--yes",)):
        err = refused(*MANY, "--vary", "producers=1..100", *more)
        assert "fewer than 1,000,000 runs; this one would have 3,000,000" in err


# --- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sweep",), "which scenario? There are producer-consumer"),
        (("sweep", "signal"), "did you mean signals?"),
        (("sweeep", "signals"), "did you mean sweep?"),
        ((*SMALL, "--vary", "maxsize"), "what is varied is given as NAME=VALUES"),
        ((*SMALL, "--vary", "maxsiz=1"), "did you mean maxsize?"),
        ((*SMALL, "--vary", "seed=1,2"), "seed cannot be varied"),
        ((*SMALL, "--vary", "maxsize=1", "--vary", "maxsize=2"), "varied twice"),
        ((*SMALL, "--vary", "maxsize=1", "--set", "maxsize=2"), "varied, so it cannot be set"),
        ((*SMALL, "--set", "speed=1"), "speed is for the dashboard"),
        ((*SMALL, "--measure", "wait.p96"), "did you mean wait"),
        ((*SMALL, "--measure", "jobs:offered"), "is a measure of the whole run"),
        ((*SMALL, "--warmup", "20"), "the warm-up must be shorter than the time to run, 20 s"),
        ((*SMALL, "--resume", "r", "--csv", "./r"), "need a file each"),
        ((*SMALL, "--arrivals-from", "nowhere"), "cannot read"),
        (("sweep", "signals", "--cluster", "local:none"), "a local cluster is local:N"),
        ((*SMALL, "--cluster", "local:2"), "--jobs is for this machine"),
        (("sweep", "--resume", "nowhere"), "there is no file 'nowhere' to go on with"),
        ((*SMALL, "more"), "more"),
        ((*SMALL, "--nonsense"), "--nonsense"),
    ],
)
def test_wrong_input_is_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(*arguments)


@pytest.mark.parametrize("text", [*NOT_NUMBERS, *TOO_MUCH, "0"])
def test_a_number_of_jobs_or_replications_that_is_not_allowed_is_refused(text: str) -> None:
    assert "replications must be a whole number from 1" in refused(*SMALL, "--replications", text)
    assert "jobs must be a whole number from 1" in refused(*SMALL, "--jobs", text)


def test_a_file_that_cannot_be_used_is_refused_before_anything_is_run() -> None:
    Path("other").write_text("mine")
    assert "cannot write" in refused(*VARIED, "--csv", "nowhere/r.csv")
    assert "cannot write" in refused(*VARIED, "--resume", "nowhere/r")
    assert "holds no results of a sweep" in refused(*VARIED, "--resume", "other")
    assert "holds no results of a sweep" in refused("sweep", "--resume", "other")
    assert Path("other").read_text() == "mine"


@pytest.mark.parametrize("name", ["", "/", "nowhere/r", "a\0b", "x" * 5000])
def test_a_name_that_no_file_can_have_is_refused(name: str) -> None:
    assert "cannot" in refused(*VARIED, "--csv", name)
    assert "cannot" in refused(*VARIED, "--resume", name)
    refused("sweep", "--resume", name)


def test_a_file_of_another_sweep_is_refused() -> None:
    assert typed(*VARIED, "--resume", "r")[0] == 0
    whole = Path("r").read_bytes()
    assert "its seed is 7, not 8" in refused(*VARIED, "--resume", "r", "--seed", "8")
    assert "--resume FILE goes on as FILE says" in refused("sweep", "--resume", "r", "--seed", "8")
    assert Path("r").read_bytes() == whole


@settings(max_examples=60)
@given(
    st.sampled_from(
        ["--vary", "--set", "--seed", "--replications", "--warmup", "--for", "--measure", "--jobs"]
    ),
    anything | st.sampled_from(["maxsize=1,,", "consumers=1..", "wait", ":", "maxsize=1..2:0"]),
)
def test_any_text_for_any_option(option: str, text: str) -> None:
    calm = ("sweep", "timeouts", "--for", "0.5", "--replications", "1", "--jobs", "1")
    status, _, err = typed(*calm, option, text)
    assert status in (0, 2)
    assert len(err.splitlines()) == (status == 2)
    assert "Traceback" not in err
