"""Reading scripts: what is right comes out as it stands; what is wrong is told in one sentence."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from qdash.script.acts import said
from qdash.script.model import Condition
from qdash.script.read import SIZE, ScriptError, read, read_file

SCENARIOS = ("producer-consumer", "signals", "barging/broken")

SCRIPT = '''\
format = 1
kind = "lesson"
title = "A full queue"
about = "What put() does."
scenario = "producer-consumer"
seed = 7
speed = "free"

[settings]
maxsize = 3
items = "off"

[[step]]
caption = """One line,
and [[step]]
another."""
expect = [{ what = "queue.jobs.size", is = 0 }]

[[step]]
after = 5
set = { consumers = 1 }
inject = [{ what = "stop", target = "jobs" }]

[[step]]
at = 7.5
[step.question]
ask = "What will P1's put() do?"
choices = [
  { text = "It raises", when = [{ what = "event.put_refused.count", of = "P1", above = 0 }] },
  { text = "It waits", when = [
      { what = "worker.P1.doing", is = "putting" },
      { what = "queue.jobs.full", is = true },
  ] },
]
show = 4.0
because = "It is full."

[[step]]
scenario = "signals"
settings = { consumers = 2 }
seed = 3
python = ">=3.12"
'''


def wrong(text: str | bytes) -> str:
    with pytest.raises(ScriptError) as caught:
        read(text, scenarios=SCENARIOS)
    message = str(caught.value)
    if caught.value.line:
        assert message.startswith(f"line {caught.value.line}")
    return message


def changed(old: str, new: str) -> str:
    assert SCRIPT.count(old) == 1, old
    return SCRIPT.replace(old, new)


def test_a_script_comes_out_as_it_stands() -> None:
    script = read(SCRIPT, scenarios=SCENARIOS)
    assert (script.kind, script.title, script.seed, script.speed) == (
        "lesson", "A full queue", 7, "free",
    )  # fmt: skip
    assert script.settings == {"maxsize": 3, "items": None}
    first, second, third, fourth = script.step
    assert first.caption == "One line,\nand [[step]]\nanother."
    assert first.expect == (Condition("queue.jobs.size", is_=0),)
    assert (second.after, second.set, second.inject[0].what) == (5, {"consumers": 1}, "stop")
    assert third.question is not None
    assert [choice.text for choice in third.question.choices] == ["It raises", "It waits"]
    assert third.question.choices[1].when[1] == Condition("queue.jobs.full", is_=True)
    assert (fourth.scenario, fourth.seed, fourth.python) == ("signals", 3, ">=3.12")


def test_every_text_that_a_person_reads_is_said() -> None:
    assert list(said(read(SCRIPT, scenarios=SCENARIOS))) == [
        "A full queue",
        "What put() does.",
        "One line,\nand [[step]]\nanother.",
        "What will P1's put() do?",
        "It raises",
        "It waits",
        "It is full.",
    ]


CASES = tomllib.loads(Path(__file__).with_name("wrong.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["new"][:40] for case in CASES])
def test_what_is_wrong_is_told_by_line_and_field(case: dict[str, str]) -> None:
    message, says = wrong(changed(case["old"], case["new"])), case["says"]
    assert message == says or (says.endswith("There are") and message.startswith(says))
    assert "\n" not in message


def test_the_steps_are_needed_and_written_as_a_list() -> None:
    head = SCRIPT.partition("[[step]]")[0]
    assert wrong(head) == "a script needs step"
    assert wrong(head + "[step]\nat = 1\n") == (
        "line 13, step: step must be a list of 1 to 500, each under [[step]]; got a table"
    )
    assert wrong("step = []\n" + head) == (
        "line 1, step: step must be a list of 1 to 500, each under [[step]]; there are 0"
    )
    rest = 'format = 1\ntitle = "x"\nscenario = "no"\nstep = []'
    assert wrong(rest).startswith("line 3, scenario: there is no scenario 'no'")
    assert wrong(head + "[[step]]\n" * 501).endswith(
        "step must be a list of 1 to 500, each under [[step]]; there are 501"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("format = ", "line 1, the end of the file: this is not TOML: Invalid value"),
        ("format 1", "line 1, column 8: this is not TOML: Expected '=' after a key"),
        ("a = 1\nb = [[[", "line 2, the end of the file: this is not TOML: "),
        ("a = " + "[" * 5_000, "this is not a script: its brackets are nested too deep"),
        ("a = 9" + "9" * 5_000, "this is not TOML: "),
        ("# " + "x" * SIZE, "a script has at most 256 KiB"),
        (b"\xff\xfea\0", "a script is UTF-8 text; this is UTF-16"),
        (b"a = 1\nb = '\xe9'", "line 2: a script is UTF-8 text, and the byte 0xe9 here is none"),
        (b"\x7fELF\x02\x01\x01\0", "line 1, column 1: this is not TOML: "),
    ],
)  # fmt: skip
def test_what_is_no_toml_is_told_by_its_line(text: str | bytes, says: str) -> None:
    assert wrong(text).startswith(says)


def test_a_name_of_any_characters_is_told_on_one_line() -> None:
    assert wrong(changed("after = 5", '"a\\nb" = 5')).startswith(
        "line 20, step 2, 'a\\nb': a step has no"
    )
    name = "x" * 50_000
    assert wrong(changed("after = 5", f"{name} = 5")).startswith(
        f"line 20, step 2, '{'x' * 38}…: a"
    )


def test_a_mark_of_utf_8_at_the_beginning_does_no_harm() -> None:
    assert read(b"\xef\xbb\xbf" + SCRIPT.encode(), scenarios=SCENARIOS).title == "A full queue"
    windows = SCRIPT.replace("\n", "\r\n").replace("after = 5", "after = -5")
    assert wrong(windows).startswith("line 20, step 2, after")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for name, why in ((tmp_path, "Is a directory"), (tmp_path / "no.toml", "No such file")):
        with pytest.raises(ScriptError, match=f"cannot read it: {why}"):
            read_file(name, scenarios=SCENARIOS)
    with pytest.raises(ScriptError, match="cannot read it"):
        read_file("a\0b", scenarios=SCENARIOS)
    path = tmp_path / "a.toml"
    path.write_text(SCRIPT, encoding="utf-8")
    assert read_file(path, scenarios=SCENARIOS).title == "A full queue"


def test_the_line_is_found_in_a_long_file_too() -> None:
    step = (
        "[[step]]\nafter = 1\nexpect = [\n" + '  { what = "run.clock", above = 0 },\n' * 12 + "]\n"
    )
    head = SCRIPT.partition("[[step]]")[0]
    long = head + step * 400
    assert len(long) > 150_000
    message = wrong(long + "[[step]]\nexpect = [\n" + '  { what = "run.clock" },\n]\n')
    assert message.startswith(
        f"line {long.count(chr(10)) + 3}, step 401, expect 1: a condition has"
    )
    # Of a text of very many lines no beginning can be read: it is told where its step begins.
    text = 'caption = """' + "a\n" * 100_000 + '"""\n'
    message = wrong(head + "[[step]]\n" + text)
    assert message.startswith("line 13, step 1, caption: caption must be a text of 1 to 1,000")
