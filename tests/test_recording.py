"""Recordings: what is written is read again, from whole files and from cut ones."""

from __future__ import annotations

import errno
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash import events as ev
from qdash.recording import Recorder, RecordingError, read
from qdash.state import State
from tests.scenarios.watched import Watched


def recorded(path: Path, slug: str = "signals", until: float = 30.0) -> Watched:
    with Watched(slug) as it:
        recorder = Recorder(path, it.lab.header)
        for event in it.to(until).events:
            recorder.write(event)
        recorder.close()
        return it


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "whole.jsonl"
    recorded(path)
    return path


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    it = recorded(tmp_path / "r")
    header, events, problem = read(tmp_path / "r")
    assert (header, events, problem) == (it.lab.header, it.events, "")
    state = State(header)
    state.apply_all(events)
    assert state.queues == it.state.queues


def test_a_file_has_one_line_for_the_header_and_one_for_each_event(tmp_path: Path) -> None:
    it = recorded(tmp_path / "r")
    lines = (tmp_path / "r").read_bytes().split(b"\n")
    assert lines[-1] == b""
    assert len(lines) - 2 == len(it.events)
    header = msgspec.json.decode(lines[0])
    assert header["format"] == 1
    assert header["scenario"] == "signals"
    assert {msgspec.json.decode(line)["kind"] for line in lines[1:-1]} >= {"put", "task_done"}


@given(st.data())
def test_a_file_cut_off_anywhere_is_read_to_its_last_whole_line(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    content = whole.read_bytes()
    every = read(whole).events
    head = content.index(b"\n")
    cut = data.draw(st.integers(head, len(content)))
    path = tmp_path_factory.mktemp("cut") / "r"
    path.write_bytes(content[:cut])
    _, events, problem = read(path)
    # A cut just before the end of a line leaves that line whole.
    assert events == every[: content[: cut + 1].count(b"\n") - 1]
    broken = content[cut - 1 : cut] != b"\n" and content[cut : cut + 1] not in (b"\n", b"")
    assert bool(problem) == broken
    if broken:
        assert "cut off" in problem
        assert "\n" not in problem


@given(st.integers(0, 60))
def test_a_file_cut_off_in_its_header_is_no_recording(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    path = tmp_path_factory.mktemp("cut") / "r"
    path.write_bytes(whole.read_bytes()[:cut])
    with pytest.raises(RecordingError, match="is not a recording"):
        read(path)


def test_a_line_that_is_no_event_is_named(whole: Path, tmp_path: Path) -> None:
    lines = whole.read_bytes().split(b"\n")
    lines[10] = b'{"kind":"flight","t":1.0}'
    (tmp_path / "r").write_bytes(b"\n".join(lines))
    _, events, problem = read(tmp_path / "r")
    assert len(events) == 9
    assert "line 11" in problem
    assert "flight" in problem


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a recording"),
        (b"{}\n", "not a recording"),
        (b"[1]\n", "not a recording"),
        (b"\xff\xfe\x00", "not a recording"),
        (b'{"format": "one"}', "not a recording"),
        (b'{"format": 1}\n', "not a recording"),
        (b'{"format": 99, "anything": 1}\n', "of format 99; this qdash reads 1"),
    ],
)
def test_another_file_is_refused_in_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(RecordingError, match=said) as caught:
        read(tmp_path / "r")
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_no_content_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "r"
    path.write_bytes(content)
    with pytest.raises(RecordingError):
        read(path)


def test_what_cannot_be_read_or_written_is_said_so(tmp_path: Path) -> None:
    header = ev.Header("x", 1, "3.11", {})
    with pytest.raises(RecordingError, match="No such file"):
        read(tmp_path / "nowhere")
    with pytest.raises(RecordingError, match="directory"):
        read(tmp_path)
    for path in (tmp_path, tmp_path / "no" / "r", "a\0b"):
        with pytest.raises(RecordingError, match="cannot write"):
            Recorder(path, header)


def test_a_disk_that_fills_up_is_told_to_the_lab_and_on_closing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Watched("producer-consumer") as it:
        recorder = Recorder(tmp_path / "r", it.lab.header)
        it.lab.add_sink(recorder.write)
        it.to(20)

        class Full:
            closed = False

            def write(self, data: bytes) -> int:
                raise OSError(errno.ENOSPC, "No space left on device")

            def close(self) -> None:
                self.closed = True

        recorder._file.close()
        monkeypatch.setattr(recorder, "_file", Full())
        it.to(2_000)
        (error,) = it.all(ev.LoopError)
        assert "No space left on device" in error.error
        with pytest.raises(RecordingError, match="No space left"):
            recorder.close()
        recorder.close()  # once said is enough
