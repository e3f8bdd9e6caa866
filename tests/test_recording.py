"""Recordings: what is written is read again, from whole files and from cut ones."""

from __future__ import annotations

import contextlib
import errno
import json
import random
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qdash import events as ev
from qdash.advice import check
from qdash.events import FORMAT
from qdash.headless import figures
from qdash.history import History
from qdash.narrate import sentence
from qdash.recording import Reader, Recorder, Recording, RecordingError, read
from qdash.state import State
from qdash.stats import Stats
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
    assert header["format"] == FORMAT
    assert header["scenario"] == "signals"
    assert {msgspec.json.decode(line)["kind"] for line in lines[1:-1]} >= {"put", "task_done"}


# --- cut off ----------------------------------------------------------------------------------


def test_a_file_cut_off_at_any_byte_is_read_to_its_last_whole_line(
    whole: Path, tmp_path: Path
) -> None:
    content = whole.read_bytes()
    header, every, _ = read(whole)
    head = content.index(b"\n")
    cuts = {head, head + 1, len(content) - 1, len(content)}
    cuts.update(random.Random(3).choices(range(len(content)), k=1_000))
    for cut in sorted(cuts):
        (tmp_path / "r").write_bytes(content[:cut])
        if cut < head:
            with pytest.raises(RecordingError, match="is not a recording"):
                read(tmp_path / "r")
            continue
        _, events, problem = read(tmp_path / "r")
        # A cut just before the end of a line leaves that line whole.
        assert events == every[: content[: cut + 1].count(b"\n") - 1]
        History(header).fold(events)
        broken = content[cut - 1 : cut] != b"\n" and content[cut : cut + 1] not in (b"\n", b"")
        line = len(events) + 2
        assert problem.endswith(f"/r': it was cut off in line {line:,}" if broken else "")


def test_a_file_that_cannot_be_read_to_its_end_is_read_as_far_as_it_goes(
    whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = read(whole).events
    with Reader(whole) as reader:

        class Worn:
            def __init__(self, content: bytes) -> None:
                self.content = content

            def read(self, size: int) -> bytes:
                if not self.content:
                    raise OSError(errno.EIO, "Input/output error")
                part, self.content = self.content[:1_000], self.content[1_000:]
                return part

            def close(self) -> None: ...

        with monkeypatch.context() as patch:
            patch.setattr(reader, "_file", Worn(whole.read_bytes().partition(b"\n")[2][:20_000]))
            events = [event for batch in reader for event in batch]
        assert events == every[: len(events)]
        assert len(events) > 100
        assert reader.problem.endswith(f"beyond line {len(events) + 2}: Input/output error")


# --- damaged ----------------------------------------------------------------------------------


def lines_of(path: Path) -> list[bytes]:
    """Return the lines with their ends; the first is the header."""
    return path.read_bytes().splitlines(keepends=True)


def reread(path: Path, lines: list[bytes]) -> Recording:
    path.write_bytes(b"".join(lines))
    return read(path)


@pytest.mark.parametrize(
    "wrong",
    [
        b'{"kind":"flight","t":1.0}',
        b'{"kind":"worked","t":1.0,"worker":"C1"}',
        b'{"kind":"worked","t":"1.0","worker":"C1","item":1}',
        b'{"kind":"worked","t":-1.0,"worker":"C1","item":1}',
        b'{"kind":"worked","t":1e999,"worker":"C1","item":1}',
        b'{"kind":"worked","t":2e15,"worker":"C1","item":1}',
        b'{"kind":"worked","t":99.0,"worker":"C1","item":1}',
        b'{"kind":"worked","t":0.0,"worker":"C1","item":1}',
        b'{"kind":"worked","t":NaN,"worker":"C1","item":1}',
        b'{"kind":"setting_changed","t":6.0,"name":"maxsize","old":1,"new":"five"}',
        b'{"kind":"noted","t":6.0,"worker":"C1","text":"' + b"x" * 18_000_000 + b'"}',
        b'{"deep":' + b"[" * 100_000 + b"]" * 100_000 + b',"kind":"stuck","t":6.0,"waiting":1}',
        b"\0" * 1_000,
        b"\xff",
        b"",
    ],
    ids=lambda wrong: wrong[:60].decode(errors="replace"),
)
def test_a_damaged_line_is_left_out_and_told(whole: Path, tmp_path: Path, wrong: bytes) -> None:
    lines = lines_of(whole)
    every = read(whole).events
    at = next(n for n, event in enumerate(every) if event.t > 6) + 1
    lines[at] = wrong + b"\n"
    _, events, problem = reread(tmp_path / "r", lines)
    assert events == every[: at - 1] + every[at:]
    said = f"line {at + 1} is damaged and left out, so what follows may not add up"
    assert problem.endswith(f"/r': {said}")


def test_damaged_lines_are_counted_from_the_first_on(whole: Path, tmp_path: Path) -> None:
    lines = lines_of(whole)
    for at in (50, 20, 30):
        lines[at] = b"{}\n"
    problem = reread(tmp_path / "r", [*lines, b'{"kind":'])[2]
    assert problem.endswith(
        "/r': 3 lines from line 21 on are damaged and left out, so what follows may not add up; "
        f"it was cut off in line {len(lines) + 1:,}"
    )


def test_one_wrong_time_takes_no_other_line_with_it(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also at the end of what is read at once, where the lines after it are not known yet."""
    lines = lines_of(whole)
    every = read(whole).events
    monkeypatch.setattr("qdash.recording._PART", 5_000)
    monkeypatch.setattr("qdash.recording._LAG", 10)
    for at in range(100, 300):
        t = every[at - 1].t
        wrong = lines[at].replace(b'"t":%r' % t, b'"t":1234.5')
        assert wrong != lines[at]
        _, events, problem = reread(tmp_path / "r", [*lines[:at], wrong, *lines[at + 1 :]])
        assert events == every[: at - 1] + every[at:]
        assert f"line {at + 1:,} is damaged" in problem


def test_a_queue_whose_making_is_lost_is_shown_all_the_same(whole: Path, tmp_path: Path) -> None:
    lines = lines_of(whole)
    every = read(whole)
    at = next(n for n, event in enumerate(every.events) if isinstance(event, ev.QueueMade)) + 1
    lines[at] = b"?\n"
    header, events, problem = reread(tmp_path / "r", lines)
    made = next(event for event in events if isinstance(event, ev.QueueMade))
    assert (made.queue, made.maxsize) == ("jobs", header.settings["maxsize"])
    state = State(header)
    state.apply_all(events)
    whole_state = State(header)
    whole_state.apply_all(every.events)
    assert state.queues == whole_state.queues
    assert "how queue 'jobs' was made is lost, and its maxsize taken from the settings" in problem
    more = b'{"kind":"joined","t":%r,"worker":"main","queue":"x"}\n' % events[-1].t
    problem = reread(tmp_path / "r", [*lines, more])[2]
    assert "how 2 queues were made is lost, and their maxsize taken" in problem


def test_the_ends_of_lines_may_be_those_of_another_system(whole: Path, tmp_path: Path) -> None:
    lines = [line[:-1] + b"\r\n" for line in lines_of(whole)]
    assert reread(tmp_path / "r", lines) == read(whole)


def test_an_event_broken_over_two_lines_is_two_damaged_lines(whole: Path, tmp_path: Path) -> None:
    lines = lines_of(whole)
    lines[9] = lines[9].replace(b",", b",\n", 1)
    _, events, problem = reread(tmp_path / "r", lines)
    every = read(whole).events
    assert events == every[:8] + every[9:]
    assert "2 lines from line 10 on are damaged" in problem


def folded(recording: Recording) -> History:
    """Fold it, ask for moments of it, and say each event and what is wrong."""
    header, events, problem = recording
    assert "\n" not in problem
    assert len(problem) < 500
    times = [event.t for event in events]
    assert times == sorted(times)
    history = History(header)
    history.fold(events)
    stats = Stats()
    stats.apply_all(events)
    check(history.now.state)
    json.dumps(figures(history.now.state, stats, history.now.state.t), allow_nan=False)
    for row in history.rows(0, history.events):
        assert sentence(row.event, row.then, header.source)
    return history


def damaged(data: st.DataObject, line: bytes) -> bytes:
    """Return a line with some of its bytes changed, a digit more often than another."""
    wrong = bytearray(line)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(wrong) - 1))
        if data.draw(st.booleans()):
            digits = [n for n, byte in enumerate(wrong) if byte in b"0123456789"]
            wrong[digits[at % len(digits)]] = data.draw(st.sampled_from(b"0123456789"))
        else:
            wrong[at] = data.draw(st.integers(0, 255))
    return bytes(wrong)


@given(st.data())
def test_no_more_is_left_out_than_was_damaged(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = lines_of(whole)
    every = read(whole).events
    touched = data.draw(st.sets(st.integers(1, len(lines) - 1), min_size=1, max_size=8))
    for at in touched:
        lines[at] = damaged(data, lines[at][:-1]) + b"\n"
    path = tmp_path_factory.mktemp("damaged") / "r"
    path.write_bytes(b"".join(lines))
    with Reader(path) as reader:
        events = [event for batch in reader for event in batch]
    folded(Recording(reader.header, events, reader.problem))
    # A changed byte may break a line in two, and of two times either may be the wrong one.
    assert len(events) + reader.damaged >= len(every)
    assert reader.damaged <= sum(lines[at].count(b"\n") for at in touched)


@given(st.data())
def test_lines_dropped_doubled_and_swapped_break_nothing(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = lines_of(whole)
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(1, len(lines) - 2))
        other = data.draw(st.integers(1, len(lines) - 1))
        what = data.draw(st.sampled_from(["drop", "double", "swap", "swap with next", "damage"]))
        if what == "drop":
            del lines[at]
        elif what == "double":
            lines.insert(at, lines[at])
        elif what == "damage":
            lines[at] = damaged(data, lines[at])
        else:
            other = other if what == "swap" else at + 1
            lines[at], lines[other] = lines[other], lines[at]
    folded(reread(tmp_path_factory.mktemp("mixed") / "r", lines))


@given(st.data())
def test_a_damaged_header_is_refused_or_read(
    whole: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = lines_of(whole)
    lines[0] = damaged(data, lines[0])
    path = tmp_path_factory.mktemp("header") / "r"
    path.write_bytes(b"".join(lines))
    with contextlib.suppress(RecordingError):
        folded(read(path))


# --- other files ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a recording"),
        (b"{}\n", "not a recording"),
        (b"[1]\n", "not a recording"),
        (b"\xff\xfe\x00", "not a recording"),
        (b'{"format": "one"}', "not a recording"),
        (b'{"format": 2}\n', "not a recording"),
        (b'{"format": 1}\n', "of format 1, of another version of qdash; this one reads format 2"),
        (b'{"format": 3, "anything": 1}\n', "of format 3, of another version"),
        (
            b'{"format":2,"scenario":"x","seed":1,"python":"3","settings":{"maxsize":-1}}\n',
            "is damaged: in its header maxsize is not a whole number from 0",
        ),
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


# --- made on another Python -------------------------------------------------------------------

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_a_recording_made_on_any_python_is_read_on_this_one(python: str) -> None:
    """Beside each stands what its run told: CONTRIBUTING says how they are made again."""
    recording = read(DATA / f"signals-{python}.jsonl")
    assert recording.header.python.startswith(python)
    assert recording.problem == ""
    history = folded(recording)
    for n in range(history.events + 1):
        assert history.moment(n).events == n
    stats = Stats()
    stats.apply_all(recording.events)
    now = figures(history.now.state, stats, history.now.state.t)
    told = json.loads((DATA / f"signals-{python}.json").read_text(encoding="utf-8"))
    # The figures of a run that ended by itself; how advice is worded may change.
    for figure in ("scenario", "seed", "settings", "clock", "events", "queues", "workers"):
        assert now[figure] == told[figure]
