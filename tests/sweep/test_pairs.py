"""Two settings run with the same seeds, in this process, in others, and in the background."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.cli import main
from qdash.experiment.compared import of_pairs
from qdash.experiment.grid import Plan
from qdash.sweeps.pairs import Pairs
from qdash.sweeps.pool import JobFailed
from qdash.sweeps.replicate import Job, replicate
from qdash.sweeps.runner import plan

SLUG = "producer-consumer"


def plans(**how: Any) -> tuple[Plan, Plan]:
    how = {"replications": 3, "until": 40.0, "warmup": 5.0, **how}
    return plan(SLUG, **how), plan(SLUG, settings={"consumers": 1}, **how)


def found_by(jobs: int) -> Any:
    pairs = Pairs(*plans(), jobs=jobs)
    pairs.run()
    assert pairs.done == pairs.total == 6
    return pairs.found


def test_the_same_in_one_process_and_in_two() -> None:
    first = found_by(1)
    assert first == found_by(2)
    for plan_, figures in zip(plans(), first[2], strict=True):
        assert figures == replicate(Job(SLUG, plan_.settings, plan_.seeds[2], 40.0, 5.0))


def test_runs_of_one_seed_are_taken_together() -> None:
    rows = {row.name: row for row in of_pairs(found_by(1), "jobs").rows}
    throughput = rows["throughput"]
    assert throughput.verdict == "worse"
    assert throughput.difference is not None
    assert throughput.difference.n == 3
    assert rows["refused"].verdict == ""


def test_in_the_background_it_is_there_in_the_end_or_is_ended() -> None:
    pairs = Pairs(*plans(), jobs=1)
    pairs.start()
    pairs._thread.join(30)
    assert pairs.found == found_by(1)
    ended = Pairs(*plans(replications=50, until=10_000.0), jobs=2)
    ended.start()
    ended.end(wait=True)
    assert not ended._thread.is_alive()
    assert ended.found is None


def test_what_goes_wrong_in_the_background_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = Pairs(*plans(), jobs=1)

    def fail(job: Job) -> None:
        raise JobFailed("a run broke off: it was the test")  # type: ignore[arg-type]

    monkeypatch.setattr(pairs, "_replicate", fail)
    pairs.start()
    pairs._thread.join(30)
    assert "it was the test" in pairs.why


def compared(*words: str) -> int:
    return main(["compare", SLUG, "--jobs", "1", *words])


def test_the_command_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert compared("--b", "consumers=1", "--replications", "2", "--for", "30") == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[:3] == [
        "producer-consumer, seed 7: 2 runs of each, 30 s, without the first 3 s",
        "A: consumers 3",
        "B: consumers 1",
    ]
    assert any(line.split()[0] == "throughput" for line in lines[3:] if line.strip())


def test_the_command_prints_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert compared("--a", "maxsize=1", "--set", "items=30", "--json", "--replications", "2") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["settings"]["a"] == {**told["settings"]["b"], "maxsize": 1}
    assert (told["replications"], told["until"], told["queue"]) == (2, None, "jobs")
    throughput = told["figures"]["throughput"]
    assert throughput["difference"]["mean"] == pytest.approx(throughput["b"] - throughput["a"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--a", "consumers=x"], "consumers must be a whole number"),
        (["--b", "seed=3"], "seed is the same for A and B: it is given by --seed"),
        (["--set", "speed=3"], "speed is the same for A and B: it is given by --speed"),
        (["--for", "10"], "give --replications or --json too"),
        (["--json", "--for", "10", "--warmup", "10"], "the warm-up must be shorter"),
        (["--replications", "0"], "replications must be a whole number"),
        ([], "needs a terminal"),
    ],
)
def test_wrong_input_is_one_sentence(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert compared(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert len(err.splitlines()) == 1


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["--a", "--b", "--set", "--for", "--warmup", "--seed"]),
            st.text(max_size=12),
        ),
        min_size=1,
        max_size=3,
    )
)
def test_whatever_is_typed_is_refused_without_a_terminal(words: list[tuple[str, str]]) -> None:
    flat = [word for pair in words for word in pair]
    if any(word in ("-", "--") for word in flat):
        return
    assert main(["compare", SLUG, "--jobs", "1", *flat]) == 2
