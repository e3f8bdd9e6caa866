"""The command line: what each command prints, and with which status it ends."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.shell_completion import ShellComplete
from rich.cells import cell_len

import qdash
from qdash.advice import RULES
from qdash.cli import cli, main
from qdash.cli.group import NAMED
from qdash.cli.language import said_by_click
from qdash.events import Event, Stepped
from qdash.history import History
from qdash.lessons import lessons, load
from qdash.recording import Recorder, RecordingError, read
from qdash.scenarios import ALL, LISTED, SLUGS, Scenario
from qdash.words import tr

Captured = pytest.CaptureFixture[str]


def test_version(capsys: Captured) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"qdash {qdash.__version__}\n"


def test_list_has_a_line_for_each_scenario(capsys: Captured) -> None:
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(LISTED)


def test_help_tells_of_the_dashboard_and_of_the_commands(capsys: Captured) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert "Usage: qdash [SCENARIO] [OPTIONS]" in out
    for word in ("--set", "--seed", "--speed", "--ascii", "--theme", "--record"):
        assert word in out
    for command in NAMED:
        assert f"\n  {command} " in out


# --- run --------------------------------------------------------------------------------------


def test_run_prints_tables_for_people(capsys: Captured) -> None:
    assert main(["run", "dynamic-tasks"]) == 0
    out = capsys.readouterr().out
    assert "dynamic-tasks, seed 7: 60.00 s of virtual time" in out
    assert "time is up" in out
    for word in ("jobs", "results", "D1", "dispatcher", "unfinished"):
        assert word in out
    assert "more workers; --json has them all" in out
    assert max(len(line) for line in out.splitlines()[1:]) <= 80


def test_run_shows_the_error_of_a_worker(capsys: Captured) -> None:
    assert main(["run", "signals"]) == 0
    assert "ValueError: an order that cannot be read" in capsys.readouterr().out


def test_run_json_is_one_object(capsys: Captured) -> None:
    assert main(["run", "timeouts", "--json", "--for", "5s", "--set", "get_timeout=off"]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert result["clock"] == 5.0
    assert result["settings"]["get_timeout"] is None
    assert captured.err == ""


def test_seed_may_be_given_like_a_setting(capsys: Captured) -> None:
    assert main(["run", "timeouts", "--json", "--for", "5", "--set", "seed=11"]) == 0
    assert json.loads(capsys.readouterr().out)["seed"] == 11


def test_run_records(tmp_path: Path, capsys: Captured) -> None:
    assert main(["run", "signals", "--json", "--record", str(tmp_path / "r")]) == 0
    told = [event for event in read(tmp_path / "r").events if not isinstance(event, Stepped)]
    assert len(told) == json.loads(capsys.readouterr().out)["events"]


def test_a_scenario_that_fails_is_status_1(capsys: Captured) -> None:
    # At its end main() puts two sentinels: a priority queue cannot compare them.
    arguments = ["--set", "discipline=priority", "--set", "items=3"]
    assert main(["run", "signals", *arguments]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("qdash: signals failed: TypeError")
    assert len(captured.err.splitlines()) == 1
    assert "main" in captured.out


def test_a_recording_that_breaks_off_is_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    whole = Recorder.close

    def close(self: Recorder) -> None:
        whole(self)
        raise RecordingError("cannot write 'r': No space left on device")

    monkeypatch.setattr(Recorder, "close", close)
    assert main(["run", "signals", "--record", str(tmp_path / "r")]) == 1
    captured = capsys.readouterr()
    assert captured.err == "qdash: cannot write 'r': No space left on device\n"
    assert "signals, seed 7" in captured.out


def test_ctrl_c_is_status_130(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("qdash.engine.Lab.advance", interrupted)
    assert main(["run", "signals"]) == 130
    assert capsys.readouterr().err.strip() == "qdash: interrupted"


def test_ctrl_c_in_the_midst_of_a_task_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured, tmp_path: Path
) -> None:
    write = Recorder.write

    def interrupted(self: Recorder, event: Event) -> None:
        if event.t > 5:
            signal.raise_signal(signal.SIGINT)
        write(self, event)

    monkeypatch.setattr(Recorder, "write", interrupted)
    assert main(["run", "timeouts", "--record", str(tmp_path / "r")]) == 130
    assert capsys.readouterr().err.strip() == "qdash: interrupted"
    recording = read(tmp_path / "r")
    assert recording.problem == ""
    assert recording.events[-1].t <= 5


def test_a_setting_that_changes_nothing_is_told(capsys: Captured) -> None:
    assert main(["run", "signals", "--set", "get_timeout=2", "--set", "maxsize=3"]) == 0
    assert capsys.readouterr().err == "qdash: get_timeout changes nothing in signals\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_long_run_shows_a_progress_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qdash.cli.printing._PATIENCE", 0.0)
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert main(["run", "producer-consumer", "--for", "500", "--json"]) == 0
    assert "producer-consumer" in terminal.getvalue()


# --- the dashboard ----------------------------------------------------------------------------


class Dashboard:
    """Stands where the dashboard is, and notes how it was opened."""

    def __init__(self) -> None:
        self.arguments: tuple[Any, ...] = ()
        self.keywords: dict[str, Any] = {}

    def __call__(self, *arguments: Any, **keywords: Any) -> int:
        self.arguments, self.keywords = arguments, keywords
        return 0

    def opened_by(self, *typed: str) -> tuple[str, Any, Any]:
        with pytest.MonkeyPatch.context() as patch:
            module: Any = ModuleType("qdash.tui.start")
            module.run_dashboard = self
            patch.setitem(sys.modules, "qdash.tui.start", module)
            patch.setattr("sys.stdin", Terminal())
            patch.setattr("sys.stdout", Terminal())
            assert main(typed) == 0
        scenario, settings, seed = self.arguments
        assert isinstance(scenario, Scenario)
        return scenario.slug, settings, seed


@pytest.fixture
def dashboard() -> Dashboard:
    return Dashboard()


def test_without_a_word_the_dashboard_opens_on_the_first_scenario(dashboard: Dashboard) -> None:
    assert dashboard.opened_by() == (SLUGS[0], {}, None)
    options = {
        "speed": 1.0, "ascii": False, "theme": "dark", "record": None, "without": (), "times": {},
    }  # fmt: skip
    assert dashboard.keywords == options


def test_options_may_stand_before_and_after_the_scenario(dashboard: Dashboard) -> None:
    typed = ["--set", "maxsize=3", "timeouts", "--seed", "9", "--speed", "free", "--ascii"]
    typed += ["--theme", "light", "--record", "r", "--set", "get_timeout=off"]
    assert dashboard.opened_by(*typed) == ("timeouts", {"maxsize": 3, "get_timeout": None}, 9)
    assert dashboard.keywords == {
        "speed": None, "ascii": True, "theme": "light", "record": Path("r"), "without": (),
        "times": {},
    }  # fmt: skip


def test_speed_and_seed_may_be_given_like_settings(dashboard: Dashboard) -> None:
    assert dashboard.opened_by("--set", "speed=50", "--set", "seed=4")[1:] == ({}, 4)
    assert dashboard.keywords["speed"] == 50.0


def test_without_a_terminal_the_dashboard_points_to_run(capsys: Captured) -> None:
    assert main(["signals"]) == 2
    assert capsys.readouterr().err == (
        "qdash: the dashboard needs a terminal; without one there is: qdash run SCENARIO\n"
    )


# --- replay -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "r.jsonl"
    assert main(["run", "signals", "--for", "20", "--json", "--record", str(path)]) == 0
    return path


class Replay:
    """Stands where the screen of a replay is, and notes what it was given."""

    history: History
    problem: str
    looks: dict[str, Any]

    def __call__(self, history: History, problem: str, **looks: Any) -> int:
        self.history, self.problem, self.looks = history, problem, looks
        return 0

    def of(self, *typed: str | Path) -> int:
        """Type it at a terminal; return the status."""
        with pytest.MonkeyPatch.context() as patch:
            module: Any = ModuleType("qdash.tui.start")
            module.run_replay = self
            patch.setitem(sys.modules, "qdash.tui.start", module)
            patch.setattr("sys.stdin", Terminal())
            patch.setattr("sys.stdout", Terminal())
            return main(["replay", *map(str, typed)])


@pytest.fixture
def replay() -> Replay:
    return Replay()


def test_replay_hands_all_that_is_recorded_to_the_screen(recording: Path, replay: Replay) -> None:
    assert replay.of(recording) == 0
    header, events, _ = read(recording)
    assert replay.history.header == header
    assert [row.event for row in replay.history.rows(0, len(events))] == events
    assert replay.problem == ""
    assert replay.looks == {"speed": 1.0, "ascii": False, "theme": "dark", "without": ()}


def test_replay_takes_the_options_of_the_dashboard(recording: Path, replay: Replay) -> None:
    looks = ["--speed", "free", "--ascii", "--theme", "light"]
    assert replay.of(*looks, recording) == 0
    assert replay.looks == {"speed": None, "ascii": True, "theme": "light", "without": ()}


def test_replay_shows_what_is_whole_and_says_what_is_not(
    recording: Path, replay: Replay, tmp_path: Path
) -> None:
    (tmp_path / "r").write_bytes(recording.read_bytes()[:-5])
    assert replay.of(tmp_path / "r") == 0
    assert replay.history.events == len(read(recording).events) - 1
    assert "it was cut off in line" in replay.problem


def test_replay_says_where_it_let_events_go(
    tmp_path: Path, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["run", "timeouts", "--for", "6000", "--record", str(tmp_path / "r")]) == 0
    monkeypatch.setattr("qdash.cli.replay._KEPT", 4_000)
    assert replay.of(tmp_path / "r") == 0
    assert replay.history.first > 0
    assert replay.problem == (
        f"a replay keeps 4,000 events; those before {replay.history.start:,.2f} s were let go"
    )


def test_reading_a_long_recording_shows_a_progress_bar(
    recording: Path, replay: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qdash.cli.printing._PATIENCE", 0.0)
    monkeypatch.setattr("sys.stderr", terminal := Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert replay.of(recording) == 0
    assert "reading" in terminal.getvalue()
    assert "100%" in terminal.getvalue()


def test_ctrl_c_while_a_recording_is_read_is_status_130(
    recording: Path, replay: Replay, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    def interrupted(*_: Any) -> None:
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr("qdash.history.History.fold", interrupted)
    assert replay.of(recording) == 130
    assert capsys.readouterr().err.strip() == "qdash: interrupted"


def test_replay_without_a_terminal_points_to_the_figures(recording: Path, capsys: Captured) -> None:
    assert main(["replay", str(recording)]) == 2
    assert capsys.readouterr().err == (
        "qdash: the dashboard needs a terminal; without one there is: qdash replay FILE --json\n"
    )


def test_the_figures_of_a_recording_are_those_of_its_run(tmp_path: Path, capsys: Captured) -> None:
    # A run that ends by itself ends with its last event.
    run = ["run", "producer-consumer", "--set", "items=30", "--json"]
    assert main([*run, "--record", str(tmp_path / "r")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert main(["replay", "--json", str(tmp_path / "r")]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out) == told | {"wall": None}
    assert captured.err == ""


def test_figures_that_may_not_add_up_are_status_1(
    recording: Path, tmp_path: Path, capsys: Captured
) -> None:
    lines = recording.read_bytes().splitlines(keepends=True)
    (tmp_path / "r").write_bytes(b"".join([*lines[:100], b"?\n", *lines[101:]]))
    assert main(["replay", "--json", str(tmp_path / "r")]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["scenario"] == "signals"
    assert "line 101 is damaged and left out" in captured.err
    assert len(captured.err.splitlines()) == 1


# --- play, check and export -------------------------------------------------------------------


class Player:
    """Stands where the screen for lessons is, and notes what it was given."""

    def __init__(self) -> None:
        self.given: tuple[Any, ...] = ()
        self.looks: dict[str, Any] = {}

    def __call__(self, *given: Any, **looks: Any) -> int:
        self.given, self.looks = given, looks
        return 0

    def of(self, *typed: str) -> int:
        """Type it at a terminal; return the status."""
        with pytest.MonkeyPatch.context() as patch:
            module: Any = ModuleType("qdash.tui.start")
            module.run_play = self
            patch.setitem(sys.modules, "qdash.tui.start", module)
            patch.setattr("sys.stdin", Terminal())
            patch.setattr("sys.stdout", Terminal())
            return main(["play", *typed])


def test_play_hands_the_script_to_the_screen() -> None:
    player = Player()
    assert player.of("barging", "--present", "--ascii", "--theme", "light") == 0
    name, script = player.given
    assert (name, script.scenario) == ("barging", "barging/broken")
    del player.looks["written"]
    assert player.looks == {
        "present": True,
        "times_as_fast": 1.0,
        "record": None,
        "ascii": True,
        "theme": "light",
        "without": (),
    }


def test_play_is_faster_and_recorded_as_asked(tmp_path: Path, capsys: Captured) -> None:
    player = Player()
    file = tmp_path / "talk.jsonl"
    assert player.of("backpressure", "--speed", "2.5", "--record", str(file)) == 0
    assert (player.looks["times_as_fast"], player.looks["record"]) == (2.5, file)
    assert player.of("backpressure", "--speed", "free") == 0
    assert player.looks["times_as_fast"] is None
    capsys.readouterr()
    player.looks["written"]([file])
    assert capsys.readouterr().out == f"recorded in {file}; qdash replay shows it again\n"


def test_play_needs_to_know_what_to_record(tmp_path: Path, capsys: Captured) -> None:
    assert Player().of("--record", str(tmp_path / "r")) == 2
    assert "what is to be recorded?" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_play_without_a_name_lists_what_there_is_on_the_screen() -> None:
    player = Player()
    assert player.of() == 0
    assert player.given == ("", None)
    assert player.looks["present"] is None


def test_play_lists_what_there_is(capsys: Captured) -> None:
    assert main(["play", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(lessons())


def test_progress_can_be_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    monkeypatch.setattr("qdash.progress.path", lambda: tmp_path / "progress.json")
    (tmp_path / "progress.json").write_text("{}")
    assert main(["play", "--reset-progress"]) == 0
    assert capsys.readouterr().out == "no lesson is marked as finished any more\n"
    assert list(tmp_path.iterdir()) == []


SCRIPT = """
format = 1
title = "mine"
scenario = "signals"

[[step]]
at = 2
caption = "Look."
expect = [{ what = "queue.jobs.maxsize", is = 8 }]
"""


def test_check_holds_scripts_to_what_they_claim(tmp_path: Path, capsys: Captured) -> None:
    right, wrong = tmp_path / "right.toml", tmp_path / "wrong.toml"
    right.write_text(SCRIPT)
    wrong.write_text(SCRIPT.replace("is = 8", "is = 9"))
    assert main(["check", str(right), "barging"]) == 0
    out = capsys.readouterr().out
    assert [line.split(":")[0] for line in out.splitlines()] == ["right", "barging"]
    assert main(["check", str(wrong), str(right)]) == 1
    out = capsys.readouterr().out
    assert out.startswith("wrong: 1 thing is not as it says")
    assert len(out.splitlines()) == 3


def test_export_prints_the_program(capsys: Captured) -> None:
    assert main(["export", "timeouts", "--set", "maxsize=4", "--seed", "3"]) == 0
    out = capsys.readouterr().out
    assert "\nSEED = 3 " in out
    assert "\nMAXSIZE = 4 " in out
    compile(out, "exported.py", "exec")


def test_export_takes_the_program_of_a_lesson_as_it_begins_there(capsys: Captured) -> None:
    name, script = load("first-queue", scenarios=ALL)
    assert main(["export", name]) == 0
    out = capsys.readouterr().out
    assert f"from its scenario '{script.scenario}'" in " ".join(out.split())
    for setting, value in script.settings.items():
        assert f"\n{setting.upper()} = {value!r}".replace("'", '"') in out
    assert main(["export", "barging"]) == 2
    assert "name one of barging/broken, barging/fixed" in capsys.readouterr().err


def test_export_writes_the_program_to_a_file_but_not_over_one(
    tmp_path: Path, capsys: Captured
) -> None:
    path = tmp_path / "mine.py"
    command = ["export", "barging/fixed", "--output", str(path)]
    assert main(command) == 0
    text = path.read_text(encoding="utf-8")
    assert "async with lock" in text
    path.write_text("precious")
    assert main(command) == 2
    err = capsys.readouterr().err
    assert "is there already" in err
    assert len(err.splitlines()) == 1
    assert path.read_text() == "precious"
    assert main([*command, "--force"]) == 0
    assert path.read_text(encoding="utf-8") == text


# --- the language -----------------------------------------------------------------------------


@pytest.fixture
def english() -> Iterator[None]:
    """Speak English again in the end."""
    yield
    main(["--version"])


CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    "typed",
    [
        ["--lang", "zh", "--help"],
        ["--help", "--lang=zh_CN"],
        ["run", "--help", "--lang", "zh"],
        ["export", "--lang", "zh-cn", "--help"],
        ["list", "--lang", "zh"],
        ["--lang", "zh", "list"],
        ["explain", "starvation", "--lang", "zh"],
        ["run", "signals", "--for", "9", "--lang", "zh"],
        ["play", "--list", "--lang", "zh"],
        ["check", "barging", "--lang", "zh"],
    ],
)
def test_every_command_speaks_the_language_asked_for(typed: list[str], capsys: Captured) -> None:
    assert main(typed) == 0
    out = capsys.readouterr().out
    assert CHINESE.search(out)
    assert "--help" not in typed or all(cell_len(line) <= 80 for line in out.splitlines())
    plain = [word for word in typed if not word.startswith(("--lang", "zh"))]
    assert main(plain) == 0
    assert not CHINESE.search(capsys.readouterr().out)


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    "typed",
    [
        ["run"],
        ["run", "signl"],
        ["--sed", "5"],
        ["run", "signals", "x"],
        ["--seed", "x"],
        ["run", "-x"],
    ],
)
def test_what_is_wrong_is_told_in_the_language_asked_for(
    typed: list[str], capsys: Captured
) -> None:
    assert main([*typed, "--lang", "zh"]) == 2
    err = capsys.readouterr().err
    assert CHINESE.search(err)
    assert len(err.splitlines()) == 1


@pytest.mark.usefixtures("english")
def test_click_speaks_the_language_too() -> None:
    assert main(["--version", "--lang", "zh"]) == 0
    assert all(CHINESE.search(tr(text)) for text in said_by_click())


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("environment", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "C", "LANGUAGE": "zh:en"}, True),
        ({"LANG": "de_DE.UTF-8"}, False),
    ],
)
def test_without_the_option_the_environment_says(
    environment: dict[str, str], chinese: bool, monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert main(["list"]) == 0
    assert bool(CHINESE.search(capsys.readouterr().out)) is chinese


# --- the shell --------------------------------------------------------------------------------


def completed(*words: str) -> list[str]:
    shell = ShellComplete(cli, {}, "qdash", "_QDASH_COMPLETE")
    return [item.value for item in shell.get_completions(list(words[:-1]), words[-1])]


def test_the_shell_completes_scenarios_commands_and_settings() -> None:
    assert completed("") == [*LISTED, *NAMED]
    assert completed("run", "ti") == ["timeouts"]
    assert completed("run", "timeouts", "--set", "get") == ["get_timeout="]
    assert completed("run", "timeouts", "--set", "discipline=l") == ["discipline=lifo"]
    assert "--record" in completed("run", "timeouts", "--")
    assert "--ascii" in completed("replay", "r", "--")
    assert completed("play", "silent") == ["silent-death"]
    assert completed("export", "barging/") == ["barging/broken", "barging/fixed"]
    assert completed("list", "--lang", "z") == ["zh_CN"]


def qdash_process(*arguments: str, **keywords: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qdash", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **keywords)


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "qdash", "run", "dynamic-tasks", "--json", "--for", "200"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_output_that_cannot_show_a_dash_is_no_error() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = qdash_process("run", "producer-consumer", "--set", "producers=0", env=environment)
    assert done.returncode == 0
    assert done.stderr == ""


def test_explain_names_every_rule_or_prints_the_page_of_one(capsys: Captured) -> None:
    assert main(["explain"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in RULES)
    assert main(["explain", "bottleneck"]) == 0
    out = capsys.readouterr().out
    assert "Speaks when" in out
    assert "What helps" in out


def test_a_rule_that_does_not_exist_is_refused_with_the_nearest(capsys: Captured) -> None:
    for words in (["explain", "botleneck"], ["run", "signals", "--without", "botleneck"]):
        assert main(words) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("qdash: there is no rule 'botleneck'; did you mean bottleneck?")
        assert err.count("\n") == 1


def test_json_is_english_whatever_is_spoken(capsys: Captured, tmp_path: Path) -> None:
    words = ["run", "producer-consumer", "--for", "9", "--set", "consumers=0", "--json"]
    recorded = str(tmp_path / "r")
    assert main([*words, "--record", recorded]) == 0
    english = json.loads(capsys.readouterr().out)["advice"]
    for chinese in ([*words, "--lang", "zh"], ["replay", recorded, "--json", "--lang", "zh"]):
        assert main(chinese) == 0
        assert json.loads(capsys.readouterr().out)["advice"] == english
    assert main(["run", "producer-consumer", "--for", "9", "--lang", "zh"]) == 0
    assert "虚拟时间" in capsys.readouterr().out


def test_a_rule_can_be_switched_off(capsys: Captured) -> None:
    words = ["run", "producer-consumer", "--for", "9", "--set", "consumers=0", "--json"]
    for more, rules in ([], ["stuck", "workers-dead"]), (["--without", "stuck"], ["workers-dead"]):
        assert main([*words, *more]) == 0
        told = json.loads(capsys.readouterr().out)["advice"]
        assert [each["rule"] for each in told] == rules
