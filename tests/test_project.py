"""The project itself: what README and CI promise is so."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path

import pytest
from textual.keys import format_key

from qdash.cli import main
from qdash.tui.controls import PLAYING, bindings
from tests.readme_tables import filled

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_readme_lists_every_setting_and_disturbance() -> None:
    assert filled(README) == README, "write them: python -m tests.readme_tables"


def commands() -> list[str]:
    return re.findall(r"^    (qdash .*)$", README, re.MULTILINE)


def test_readme_commands_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In their order, since one may read what another wrote."""
    monkeypatch.chdir(tmp_path)
    for command in commands():
        assert main(shlex.split(command)[1:]) == 0, command
        assert capsys.readouterr().out


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_readme_python_works(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out


def test_readme_names_only_keys_that_there_are() -> None:
    every = [*bindings(()), *PLAYING]
    shown = {word for b in every for word in (b.key_display or b.key).split()}
    shown |= {word for b in PLAYING for word in b.key.split(",")}
    shown |= {format_key(word) for word in shown}
    keys = README.partition("## Keys")[2].partition("<!-- disturbances")[0]
    named = re.findall(r"`([^`]+)`", re.sub(r"\|[^|]*\|$", "", keys, flags=re.MULTILINE))
    assert set(named) <= shown | {"ctrl+p"}


def test_readme_shows_pictures_that_there_are() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert len(pictures) >= 6
    assert [p for p in pictures if not (ROOT / p).is_file()] == []


def test_readme_lists_every_benchmark() -> None:
    named = set(re.findall(r"^\| `(bench_\w+\.py)`", README, re.MULTILINE))
    assert named == {path.name for path in (ROOT / "tests" / "bench").glob("bench_*.py")}


def test_ci_runs_the_checks_and_the_readme_has_one_command_for_the_tests() -> None:
    (command,) = re.findall(r"^ +(python3 -m venv .*\.venv/bin/pytest)$", README, re.MULTILINE)
    assert command.count("&&") == 2
    for check in ("ruff format --check", "ruff check", "mypy", "lint-imports"):
        assert f".venv/bin/{check}" in CI


def test_contracts_fence_the_engine_and_the_screen() -> None:
    contracts = {c["id"]: c for c in PROJECT["tool"]["importlinter"]["contracts"]}
    assert {"arrows", "engine-runs", "screen-reads", "public-face", "no-screen"} <= set(contracts)
    assert contracts["arrows"]["exhaustive"]
    exempt = {line.partition(" ->")[0] for line in contracts["screen-reads"]["ignore_imports"]}
    assert exempt == {"qdash.tui.app"}
