"""Files of measured times: what is in them gets in as it is; what is wrong is told in a line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qdash.cli import main
from qdash.measured import LONGEST, MeasuredError, measured, read

seconds = st.lists(st.floats(0, LONGEST), min_size=1, max_size=20).filter(any)
in_a_folder = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def written(folder: Path, text: str | bytes, name: str = "times.csv") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


@in_a_folder
@given(seconds, st.sampled_from(["", "seconds\n", "\ufeffseconds\r\n"]), st.booleans())
def test_times_are_read_as_they_stand(
    tmp_path: Path, values: list[float], header: str, blank: bool
) -> None:
    lines = ("\n\n" if blank else "\n").join(map(repr, values))
    found = read(written(tmp_path, header + lines))
    assert found.seconds == tuple(values)
    assert found == measured("times.csv", tuple(values))


@in_a_folder
@given(st.binary(max_size=60) | st.text(max_size=60), st.text(max_size=8))
def test_whatever_is_in_a_file_it_is_read_or_refused_in_one_line(
    tmp_path: Path, content: str | bytes, column: str
) -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8", "replace")
    path = written(tmp_path, data)
    said = ""
    try:
        found = read(f"{path}:{column}" if column else path)
        assert found.seconds
        assert all(0 <= each <= LONGEST for each in found.seconds)
    except MeasuredError as error:
        said = str(error)
        assert said
    assert "\n" not in said


def test_a_column_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, "gap, work\n0.5, 1\n\n2,3\n")
    assert read(f"{path}:gap").seconds == (0.5, 2.0)
    assert read(f"{path}:work").seconds == (1.0, 3.0)
    assert read(f"{path}:work").name == "times.csv:work"
    assert read(written(tmp_path, "1\n2\n", "odd:name")).seconds == (1.0, 2.0)


def test_other_times_have_another_digest() -> None:
    assert measured("a", (1.0, 2.0)).digest == measured("b", (1.0, 2.0)).digest
    assert measured("a", (1.0, 2.0)).digest != measured("a", (2.0, 1.0)).digest


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        ("", "", "holds no times"),
        ("seconds\n", "", "holds no times"),
        ("0\n0\n", "", "are 0"),
        ("1\n-1\n", "", "line 2: must be a number of seconds from 0 to 1,000,000; got '-1'"),
        ("1\nnan\n", "", "line 2"),
        ("1\n\n1e9\n", "", "line 3"),
        ("1\nlate\n", "", "got 'late'"),
        ("gap,work\n1,2\n", "", "has 2 columns: say which"),
        ("gap,work\n1,2\n", "wrk", "did you mean work? There are gap, work"),
        ("gap,work\n1,2\n", "xyzzy", "no column 'xyzzy'; there are gap, work"),
        ("gap,work\n1,2\n1\n", "work", "line 3: must be a number of seconds"),
        (b"\xff\xfe\x00", "", "is not a text file"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    tmp_path: Path, text: str | bytes, column: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, text) + (f":{column}" if column else "")
    with pytest.raises(MeasuredError) as refused:
        read(path)
    assert said in str(refused.value)
    assert main(["run", "service", "--arrivals-from", path]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("path", ["nowhere.csv", "no\0where", ".", "nowhere:column", ":", ""])
def test_a_file_that_cannot_be_read_is_told(path: str) -> None:
    with pytest.raises(MeasuredError, match="cannot read"):
        read(path)


def test_a_run_says_that_times_come_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "1\n2\n")
    assert main(["run", "service", "--work-from", path, "--for", "5"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "work as measured: times.csv ×2" in out
    assert "after the last time the first comes again" in out
