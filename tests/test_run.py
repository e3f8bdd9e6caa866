"""Runs without a screen: the figures add up, and the same run is the same to the byte."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qdash
from qdash import run
from qdash.cli import main
from qdash.engine import Lab
from qdash.engine.loop import Outcome
from qdash.engine.thread import Pace
from qdash.events import Stepped
from qdash.headless import Run
from qdash.recording import Recorder, RecordingError, read
from qdash.scenarios import SLUGS, UnknownScenario, scenario
from qdash.settings import SETTINGS, SettingError

every = pytest.mark.parametrize("slug", SLUGS)
PLENTY = 10_000_000


def without_wall(result: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in result.items() if name != "wall"}


# --- the result -------------------------------------------------------------------------------


def test_the_result_has_exactly_what_was_promised() -> None:
    result = run("producer-consumer", seed=7, until=30.0, maxsize=5, consumers=3)
    assert list(result) == [
        "scenario", "seed", "python", "settings", "clock", "wall", "events",
        "queues", "workers", "advice",
    ]  # fmt: skip
    spread = ["mean", "p50", "p95", "p99", "max"]
    queue = result["queues"]["jobs"]
    assert list(queue) == [
        "maxsize", "size", "put", "got", "done", "unfinished",
        "depth_mean", "depth_max", "full_fraction", "wait", "put_blocked",
    ]  # fmt: skip
    assert list(queue["wait"]) == list(queue["put_blocked"]) == spread
    assert list(result["workers"]["C1"]) == [
        "role", "state", "items", "busy_fraction", "blocked_fraction", "waiting_fraction",
        "timeouts", "error",
    ]  # fmt: skip
    assert set(result["settings"]) == {name for name, s in SETTINGS.items() if s.lab}
    assert (result["scenario"], result["seed"], result["clock"]) == ("producer-consumer", 7, 30.0)
    assert result["wall"] > 0


@every
def test_the_result_is_the_same_as_json(slug: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", slug, "--json", "--for", "40", "--seed", "3", "--set", "consumers=2"]) == 0
    printed = json.loads(capsys.readouterr().out)
    result = run(slug, seed=3, until=40, consumers=2)
    assert without_wall(printed) == without_wall(json.loads(json.dumps(result)))


@settings(max_examples=40)
@given(
    st.sampled_from([*SLUGS, "service"]),
    st.integers(0, 2**53),
    st.fixed_dictionaries(
        {},
        optional={
            "maxsize": st.integers(0, 10),
            "producers": st.integers(0, 8),
            "consumers": st.integers(0, 8),
            "produce_time": st.floats(0.05, 5),
            "consume_time": st.floats(0.05, 5),
            "jitter": st.sampled_from(("constant", "uniform", "exponential")),
            "put_timeout": st.none() | st.floats(0.1, 5),
            "get_timeout": st.none() | st.floats(0.1, 5),
            "discipline": st.sampled_from(("fifo", "lifo", "priority")),
            "supervise": st.booleans(),
            "arrivals": st.sampled_from(("as-jitter", "bursty", "ramp", "day", "lognormal")),
            "work": st.sampled_from(("as-jitter", "lognormal", "pareto")),
            "spread": st.floats(0.1, 10),
            "period": st.floats(1, 100),
            "failing": st.floats(0, 1),
            "retries": st.integers(0, 5),
            "backoff": st.floats(0, 3),
            "put_policy": st.sampled_from(("wait", "timeout", "drop-newest", "drop-oldest")),
        },
    ),
)
def test_the_counts_add_up_whatever_the_settings(
    slug: str, seed: int, given: dict[str, Any]
) -> None:
    result = run(slug, seed=seed, until=30.0, **given)
    told = {advice["rule"] for advice in result["advice"]}
    for queue in result["queues"].values():
        dropped = queue.get("dropped", 0)
        adds_up = (
            queue["put"] == queue["got"] + queue["size"] + dropped
            and queue["unfinished"] == queue["put"] - queue["done"] - dropped
        )
        assert adds_up or "counts-do-not-add-up" in told
        assert 0 <= queue["full_fraction"] <= 1
        assert queue["depth_mean"] <= queue["depth_max"]
    for worker in result["workers"].values():
        parts = [worker[f"{name}_fraction"] for name in ("busy", "blocked", "waiting")]
        assert all(0 <= part <= 1 for part in parts)
        assert sum(parts) <= 1 + 1e-9


# --- when it ends -----------------------------------------------------------------------------


def test_without_an_end_of_its_own_a_run_takes_a_minute() -> None:
    assert run("producer-consumer")["clock"] == 60.0


def test_a_number_of_items_ends_a_run_when_they_are_done() -> None:
    result = run("producer-consumer", items=200)
    assert result["clock"] > 60
    assert result["queues"]["jobs"]["done"] == 200
    assert result["workers"]["main"]["state"] == "returned"


def test_the_earlier_end_counts() -> None:
    assert run("producer-consumer", items=200, until=5.0)["clock"] == 5.0
    assert run("producer-consumer", items=2, until=500.0)["clock"] < 10


def ending(slug: str, **given: Any) -> str:
    until = given.pop("until", None)
    with Run(slug, given, until=until) as this:
        this.go()
    return this.ending


def test_how_it_ended_is_known() -> None:
    assert ending("signals") == "finished"
    assert ending("producer-consumer") == "time is up"
    assert ending("producer-consumer", consumers=0) == "stuck"
    assert ending("signals", discipline="priority") in ("failed", "stuck")


def test_a_run_in_which_no_item_will_ever_move_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qdash.headless._SLICE", 1_000)
    monkeypatch.setattr("qdash.headless._STANDSTILL", 10_000)
    # Consumers that give up and try again for ever, and nobody who would make an item.
    assert ending("timeouts", producers=0, items=5) == "standing still"


def test_progress_goes_from_nothing_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qdash.headless._SLICE", 1_000)
    seen: list[float] = []
    run("producer-consumer", until=1_000, progress=seen.append)
    assert seen == sorted(seen)
    assert len(seen) > 3
    assert seen[-1] == 1.0
    by_items: list[float] = []
    run("producer-consumer", items=1_000, progress=by_items.append)
    assert by_items == sorted(by_items)
    assert by_items[-1] == 1.0


# --- wrong input ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"scenario": "signal"}, UnknownScenario, "did you mean signals"),
        ({"maxsize": -1}, SettingError, "maxsize must be a whole number from 0"),
        ({"maxsize": "5"}, SettingError, "maxsize must be"),
        ({"maxsiz": 5}, SettingError, "did you mean maxsize"),
        ({"seed": -1}, SettingError, "seed must be"),
        ({"seed": "x"}, SettingError, "seed must be"),
        ({"until": 0}, SettingError, "time to run must be a number above 0"),
        ({"until": float("nan")}, SettingError, "time to run"),
        ({"until": "1"}, SettingError, "time to run"),
        ({"speed": 2.0}, SettingError, "speed is for the dashboard"),
        ({"record": "no/such/place"}, RecordingError, "cannot write"),
    ],
)
def test_wrong_input_raises_one_sentence(
    given: dict[str, Any], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said) as caught:
        run(**{"scenario": "signals", **given})
    assert "\n" not in str(caught.value)


# --- the same to the byte ---------------------------------------------------------------------


def recorded(slug: str, path: Path, drive: Any, **given: Any) -> bytes:
    """Record 40 s of a scenario whose lab is driven by ``drive``."""
    lab = scenario(slug).lab(given)
    recorder = Recorder(path, lab.header)
    lab.add_sink(recorder.write)
    lab.watch_lines()
    lab.start()
    drive(lab)
    lab.close()
    recorder.close()
    return path.read_bytes()


def freely(lab: Any) -> None:
    lab.advance(40.0, PLENTY)


def at_50_times(lab: Any) -> None:
    """As the lab's thread does it, on a wall clock that ticks by hand."""
    pace, draw = Pace(50.0, False, 0.0), random.Random(1)
    wall = 0.0
    while pace.position(wall) < 40.0:
        wall += draw.uniform(0.0001, 0.02)
        lab.advance(min(pace.until(wall), 40.0), draw.randint(1, 200))
    freely(lab)


def with_steps_in_between(lab: Any) -> None:
    draw = random.Random(2)
    t = 0.0
    while t < 40.0:
        t += draw.uniform(0.01, 1.0)
        lab.advance(min(t, 40.0), draw.randint(1, 50))
        for _ in range(draw.randint(0, 20)):
            lab.step(40.0)
    freely(lab)


def by_steps_only(lab: Any) -> None:
    while lab.step(40.0) is Outcome.STOPPED:
        pass


@every
@pytest.mark.parametrize("drive", [freely, at_50_times, with_steps_in_between, by_steps_only])
def test_pace_steps_and_pauses_change_nothing(slug: str, drive: Any, tmp_path: Path) -> None:
    run(slug, until=40.0, record=tmp_path / "run")
    assert recorded(slug, tmp_path / "driven", drive) == (tmp_path / "run").read_bytes()


@every
def test_another_process_records_the_same(slug: str, tmp_path: Path) -> None:
    run(slug, until=40.0, record=tmp_path / "here")
    command = [sys.executable, "-m", "qdash", "run", slug, "--for", "40", "--record"]
    environment = os.environ | {"PYTHONHASHSEED": "12345"}
    path = tmp_path / "there"
    subprocess.run([*command, path], check=True, env=environment, stdout=subprocess.DEVNULL)
    assert path.read_bytes() == (tmp_path / "here").read_bytes()


def test_another_seed_is_another_run(tmp_path: Path) -> None:
    assert run("producer-consumer", seed=1)["queues"] != run("producer-consumer", seed=2)["queues"]


def test_a_recording_holds_as_many_events_as_the_result_says_and_every_step(tmp_path: Path) -> None:
    result = run("timeouts", record=tmp_path / "r")
    header, events, problem = read(tmp_path / "r")
    steps = sum(isinstance(event, Stepped) for event in events)
    assert len(events) - steps == result["events"] == run("timeouts")["events"]
    assert steps
    assert header.settings == result["settings"]
    assert problem == ""


def test_the_public_names_are_there() -> None:
    for name in qdash.__all__:
        assert getattr(qdash, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'walk'"):
        qdash.walk  # noqa: B018


def test_a_run_ends_with_its_scenario_though_a_worker_swallows_its_cancellation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def deaf(lab: Lab) -> None:
        while True:
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(1.0)

    async def deaf_crew(lab: Lab) -> None:
        lab.crew("consumers", deaf)
        await asyncio.sleep(5.0)

    found = msgspec.structs.replace(scenario("signals"), main=deaf_crew)
    monkeypatch.setattr("qdash.headless.find", lambda slug: found)
    result = run("signals", until=1_000_000.0)
    assert result["clock"] == 5.0
