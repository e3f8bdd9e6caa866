"""The lessons and demos that ship: all are found, and all that they claim is so on this Python."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from qdash.check import check, report_lines
from qdash.lessons import GROUPS, UnknownLesson, lesson, lessons, load, script, source
from qdash.scenarios import ALL, PITFALLS
from qdash.script.acts import acts, said
from qdash.script.read import PYTHONS, ScriptError


@pytest.mark.parametrize("name", lessons())
def test_all_that_a_lesson_claims_is_so(name: str) -> None:
    report = check(script(name, scenarios=ALL))
    assert not report.problems, "\n".join(report_lines(report, name))


@pytest.mark.parametrize("name", lessons())
def test_a_lesson_is_played_on_every_python(name: str) -> None:
    for python in PYTHONS:
        assert acts(script(name, scenarios=ALL), python)


def test_lessons_come_in_the_order_of_their_numbers() -> None:
    found = list(lessons().values())
    assert found == sorted(found, key=lambda one: (GROUPS.index(one.group), one.number, one.name))
    pitfalls = [one.name for one in found if one.group == "pitfalls"]
    assert pitfalls == [slug for slug in PITFALLS if slug in pitfalls]
    for group in GROUPS:
        numbers = [one.number for one in found if one.group == group]
        assert numbers == sorted(set(numbers))
        assert 0 not in numbers


def test_a_demo_is_a_demo_and_all_else_are_lessons() -> None:
    for name, one in lessons().items():
        assert script(name, scenarios=ALL).kind == ("demo" if one.group == "demos" else "lesson")
        assert script(name, scenarios=ALL).about


@pytest.mark.parametrize("name", lessons())
def test_what_is_said_has_room_beside_the_stage(name: str) -> None:
    played = script(name, scenarios=ALL)
    most = 96 if played.kind == "demo" else 215  # two lines of a stage, three of 70 cells
    for text in said(played):
        assert len(text) <= most, text
        assert "  " not in text, text
        assert "\n" not in text, text
        assert text.count("`") % 2 == 0, text


def test_no_file_is_left_out() -> None:
    assert Path(lesson("backpressure").file.name).name == "01-backpressure.toml"
    files = [file for group in GROUPS for file in _folder(group).iterdir() if file.is_file()]
    assert len(files) == len(lessons())  # no two of one name, and nothing beside them


def _folder(group: str) -> Path:
    import qdash.lessons

    return Path(qdash.lessons.__path__[0]) / group


def test_a_name_of_a_lesson_is_no_name_of_a_scenario_that_shows_something_else() -> None:
    own = {name.partition("/")[0] for name in ALL}
    for name, one in lessons().items():
        if name in own:
            assert one.group in ("pitfalls", "demos")
            programs = {act.scenario for act in acts(script(name, scenarios=ALL))}
            assert any(program.partition("/")[0] == name for program in programs)


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownLesson) as caught:
        source("bakpressure")
    assert str(caught.value).startswith(
        "there is no lesson or demo 'bakpressure', and no such file; did you mean backpressure? "
        "There are "
    )
    with pytest.raises(UnknownLesson, match=r"no such file; there are"):
        load("\0", scenarios=ALL)


def test_a_file_is_taken_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.toml"
    with pytest.raises(ScriptError, match="cannot read it"):
        load(str(path), scenarios=ALL)
    path.write_text(source("backpressure"), encoding="utf-8")
    name, mine = load(str(path), scenarios=ALL)
    assert name == "mine"
    assert mine == script("backpressure", scenarios=ALL)
    monkeypatch.chdir(tmp_path)
    path.rename("mine")
    assert load("mine", scenarios=ALL) == ("mine", mine)
    with pytest.raises(UnknownLesson, match="there is no lesson or demo 'barging/broken'"):
        load("barging/broken", scenarios=ALL)
    Path("backpressure").write_text("no script", encoding="utf-8")
    assert load("backpressure", scenarios=ALL) == ("backpressure", mine)
    with pytest.raises(ScriptError, match="line 1, column 4: this is not TOML"):
        load("./backpressure", scenarios=ALL)


def test_a_script_is_read_without_the_engine() -> None:
    code = (
        "import sys; from qdash.lessons import script; "
        "script('backpressure', scenarios=['producer-consumer']); "
        "assert not {'qdash.engine', 'textual'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
