"""Whatever is typed: status 0 or 2, never a traceback, and one line that says what is allowed."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.cli import main
from qdash.settings import DURATION, SETTINGS


def typed(*arguments: str) -> tuple[int, str]:
    """Return the status and what is on standard error."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(arguments)
    return status, err.getvalue()


def refused(*arguments: str) -> str:
    status, err = typed(*arguments)
    assert status == 2, (arguments, err)
    assert len(err.splitlines()) == 1, err
    assert err.startswith("qdash: ")
    assert len(err) < 600
    return err


NOT_NUMBERS = (
    "nan",
    "inf",
    "-inf",
    "NaN",
    "1e999",
    "five",
    "",
    " ",
    "1,5",
    "0x10",
    "1/2",
    "∞",
    "٣٣x",
)
TOO_MUCH = ("-1", "-0.5", "1e300", "9" * 400, "9" * 5000, "-" + "9" * 50)
NUMBERS = [name for name, s in SETTINGS.items() if s.kind in ("int", "float") and s.name != "speed"]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("text", [*NOT_NUMBERS, *TOO_MUCH])
def test_a_number_that_is_not_allowed_is_refused_by_name(name: str, text: str) -> None:
    err = refused("run", "signals", "--for", "1", "--set", f"{name}={text}")
    assert f"{name} must be {SETTINGS[name].allowed}" in err


@pytest.mark.parametrize("name", ["produce_time", "consume_time", "put_timeout", "get_timeout"])
@pytest.mark.parametrize("text", ["0", "0.0", "-0", "1e-400"])
def test_zero_is_refused_where_it_makes_no_sense(name: str, text: str) -> None:
    assert f"{name} must be" in refused("run", "timeouts", "--set", f"{name}={text}")


@pytest.mark.parametrize("text", ["1.5", "2.0", "1e3", "true"])
@pytest.mark.parametrize("name", ["maxsize", "producers", "consumers", "items", "seed"])
def test_a_whole_number_is_asked_for(name: str, text: str) -> None:
    assert "a whole number" in refused("run", "signals", "--set", f"{name}={text}")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("jitter", "one of constant, uniform, exponential"),
        ("discipline", "one of fifo, lifo, priority"),
        ("supervise", "on or off"),
    ],
)
def test_a_word_that_is_not_allowed_is_refused_by_name(name: str, said: str) -> None:
    assert said in refused("run", "signals", "--set", f"{name}=sideways")


@pytest.mark.parametrize("text", [*NOT_NUMBERS, *TOO_MUCH, "0", "1000000001"])
def test_a_duration_that_is_not_allowed_is_refused(text: str) -> None:
    assert f"must be {DURATION.allowed}" in refused("run", "signals", "--for", text)


@pytest.mark.parametrize("text", [*NOT_NUMBERS, *TOO_MUCH, "0", "0.01", "1001"])
def test_a_speed_that_is_not_allowed_is_refused(text: str) -> None:
    assert f"speed must be {SETTINGS['speed'].allowed}" in refused("--speed", text)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "signal"), "did you mean signals?"),
        (("run", "…" * 2000), "there are producer-consumer"),
        (("run",), "which scenario? There are producer-consumer"),
        (("run", ""), "there is no scenario ''"),
        (("",), "there is no scenario ''"),
        (("lst",), "did you mean list?"),
        (("timeout",), "did you mean timeouts?"),
        (("run", "signals", "--set", "maxsiz=5"), "did you mean maxsize?"),
        (("run", "signals", "--set", "maxsize"), "NAME=VALUE"),
        (("run", "signals", "--set", "=5"), "there is no setting ''"),
        (("run", "signals", "--set", "x" * 3000), "NAME=VALUE"),
        (("run", "signals", "--set", "x" * 3000 + "=1"), "there is no setting"),
        (("run", "signals", "--set", "speed=2"), "speed is for the dashboard"),
        (("run", "signals", "--sed", "5"), "--seed"),
        (("run", "signals", "--seed"), "--seed"),
        (("run", "signals", "timeouts"), "timeouts"),
        (("--theme", "blue"), "'dark', 'light'"),
        (("--nonsense",), "--nonsense"),
        (("list", "all"), "all"),
        (("replay",), "which file? One that was written with --record FILE"),
        (("replay", "a", "b"), "b"),
        (("replay", "a", "--speed", "0"), "speed must be"),
        (("replay", "a", "--theme", "blue"), "'dark', 'light'"),
        (("replay", "a", "--set", "maxsize=5"), "--set"),
        (("play", "bargin"), "did you mean barging?"),
        (("play", "nowhere/x.toml"), "nowhere/x.toml"),
        (("play", "barging"), "the dashboard needs a terminal; without one there is: qdash check"),
        (("barging",), "barging is a lesson or demo; to play it: qdash play barging"),
        (("check",), "which script?"),
        (("check", "bargin"), "did you mean barging?"),
        (("check", "…" * 3000), "there is no lesson or demo"),
        (("check", "a\0b"), "there is no lesson or demo"),
        (("export",), "which scenario? There are producer-consumer"),
        (("export", "signal"), "did you mean signals?"),
        (("export", "signals", "--set", "speed=2"), "speed"),
        (("export", "signals", "--output", "nowhere/x.py"), "cannot write"),
        (("export", "signals", "--output", "a\0b"), "cannot write"),
        (("list", "--lang", "klingon"), "there is no language 'klingon'; there are en"),
        (("--lang=",), "there is no language ''"),
        (("--lang", "zh_C"), "did you mean zh_CN?"),
        (("--lang",), "--lang"),
    ],
)
def test_a_word_that_is_not_known_is_refused(arguments: tuple[str, ...], said: str) -> None:
    assert said in refused(*arguments)


@pytest.mark.parametrize("where", ["", "nowhere/r", "a\0b", "x" * 5000])
def test_a_file_that_cannot_be_written_is_refused(where: str, tmp_path: Path) -> None:
    assert "cannot write" in refused("run", "signals", "--record", str(tmp_path) + "/" + where)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert "Permission denied" in refused("run", "signals", "--record", str(tmp_path / "r"))


@pytest.mark.parametrize("where", ["", "nowhere/r", "a\0b", "x" * 5000])
@pytest.mark.parametrize("more", [[], ["--json"]])
def test_a_file_that_cannot_be_read_is_refused(where: str, more: list[str], tmp_path: Path) -> None:
    assert "cannot read" in refused("replay", str(tmp_path) + "/" + where, *more)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a recording: its first line is no header of qdash"),
        (b"\0" * 100_000, "is not a recording"),
        (b"\x7fELF\x02\x01\n" * 100, "is not a recording"),
        (b"name,size\njobs,5\n", "is not a recording"),
        (b"[" * 100_000, "is not a recording"),
        (b'{"format":1,"scenario":"signals"}\n', "is a recording of format 1"),
    ],
)
def test_a_file_that_is_no_recording_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(content)
    assert said in refused("replay", str(tmp_path / "r"))


def test_a_recording_in_the_place_of_a_scenario_is_known_for_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(b"")
    assert "qdash replay FILE" in refused(str(tmp_path / "r"))


# --- anything at all --------------------------------------------------------------------------

anything = st.text(max_size=60) | st.sampled_from([*NOT_NUMBERS, *TOO_MUCH, "-", "--", "0", "off"])
# A run with these is short whatever else is typed.
CALM = ("run", "timeouts", "--for", "0.5")


def harmless(*arguments: str) -> None:
    status, err = typed(*arguments)
    assert status in (0, 2)
    assert len(err.splitlines()) == (status == 2)
    assert "Traceback" not in err


@settings(max_examples=50)
@given(st.sampled_from(sorted(SETTINGS)), anything)
def test_any_value_for_any_setting(name: str, text: str) -> None:
    harmless(*CALM, "--set", f"{name}={text}")


@settings(max_examples=50)
@given(anything)
def test_any_text_as_a_setting_a_seed_or_a_scenario(text: str) -> None:
    harmless(*CALM, "--set", text)
    harmless(*CALM, "--seed", text)
    harmless("export", text)
    harmless("check", text)
    harmless("play", text)
    harmless("list", "--lang", text)
    harmless("run", text, "--for", "0.5")
    harmless("--speed", text)
    harmless("--theme", text)
    harmless(text)


@settings(max_examples=50)
@given(anything)
def test_any_text_as_a_duration(text: str) -> None:
    harmless("run", "signals", "--for", text)


@settings(max_examples=50)
@given(st.text(st.characters(exclude_characters="/"), max_size=40))
def test_any_text_as_a_file(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with contextlib.chdir(tmp_path_factory.mktemp("any")):
        harmless(*CALM, "--record", text)
        harmless("replay", text, "--json")


@settings(max_examples=50)
@given(st.binary(max_size=300))
def test_any_content_of_a_file(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "r"
    path.write_bytes(content)
    harmless("replay", str(path), "--json")


@settings(max_examples=50)
@given(st.lists(anything | st.sampled_from(["run", "list", "replay", "--set", "--for", "signals"])))
def test_any_line_at_all(arguments: list[str]) -> None:
    if not {"--for", "run"} <= set(arguments):  # what is left is short
        harmless(*arguments)
