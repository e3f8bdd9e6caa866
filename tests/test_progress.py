"""Progress: kept whole, forgotten when asked, and never in the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from qdash import progress
from qdash.progress import ProgressError, Result


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(progress, "user_state_path", lambda *_, **__: tmp_path / "new" / "qdash")
    return tmp_path


def test_nothing_is_finished_at_first() -> None:
    assert progress.finished() == {}


def test_the_best_result_is_kept() -> None:
    progress.note("first-queue", 2, 4)
    progress.note("barging", 0, 0)
    progress.note("first-queue", 4, 4)
    progress.note("first-queue", 1, 4)
    assert progress.finished() == {"first-queue": Result(4, 4), "barging": Result(0, 0)}
    assert [file.name for file in progress.path().parent.iterdir()] == ["progress.json"]


def test_it_can_be_forgotten() -> None:
    progress.note("barging", 1, 1)
    progress.reset()
    assert progress.finished() == {}
    progress.reset()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"finished": {"a": 3}}', '{"finished": {"a": {"right": "x"}}}', "\x00ÿ"],
)
def test_a_broken_file_is_told_and_begun_anew(text: str) -> None:
    progress.path().parent.mkdir(parents=True)
    progress.path().write_text(text, encoding="latin-1")
    with pytest.raises(ProgressError, match=r"progress cannot be read from .*progress\.json: "):
        progress.finished()
    progress.note("barging", 1, 2)
    assert progress.finished() == {"barging": Result(1, 2)}


def test_a_folder_that_cannot_be_written_is_told(folder: Path) -> None:
    (folder / "new").write_text("a file where a folder should be")
    with pytest.raises(ProgressError, match=r"progress cannot be kept in .*progress\.json: "):
        progress.note("barging", 1, 2)
    with pytest.raises(ProgressError):
        progress.finished()
    with pytest.raises(ProgressError):
        progress.reset()
