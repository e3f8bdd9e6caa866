"""An exported program does on the stock loop what the lab does, and reads well."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from qdash.events import Value
from qdash.export import ExportError, program, save, write
from qdash.export.rewrite import rewrite
from qdash.scenarios import ALL, scenario
from qdash.settings import SETTINGS as KNOWN
from tests.export.told import Line, expected, exported, parsed, printed

ROOT = Path(__file__).parents[2]


def same(slug: str, settings: dict[str, Value], seed: int = 7, until: float = 40.0005) -> None:
    """See that program and lab tell the same, and in the same order, until main is over.

    Then the lab cancels its workers, and asyncio.run every task: all that end in the lab end so.
    """
    mine = printed(exported(slug, settings, seed), until)
    labs = expected(slug, settings, seed, until)
    ends = [n for n, line in enumerate(labs) if line[1] == "main" and is_end(line)]
    over = ends[0] + 1 if ends else len(labs)
    pairs = zip(mine, labs[:over], strict=False)
    assert [named(line, other) for line, other in pairs] == labs[:over]
    assert not Counter(filter(is_end, labs[over:])) - Counter(mine[over:])


def is_end(line: Line) -> bool:
    return line[2] in ("returns", "is cancelled") or line[2].startswith("fails")


def named(line: Line, other: Line) -> Line:
    """Return the line; of what happens to a queue the lab does not tell by whom."""
    return (line[0], "?", line[2]) if other[1] == "?" else line


SETTINGS: tuple[dict[str, Value], ...] = (
    {},
    {"discipline": "lifo", "maxsize": 2, "produce_time": 0.3},
    {"discipline": "priority", "supervise": True, "jitter": "exponential"},
    {"maxsize": 1, "items": 9, "jitter": "constant", "consumers": 2},
    {"maxsize": 0, "consumers": 1, "put_timeout": 0.5, "get_timeout": 0.5},
    {"arrivals": "bursty", "work": "lognormal", "failing": 0.1, "put_policy": "drop-oldest"},
)


SHAPES = {
    name: [choice for choice in KNOWN[name].choices if choice != "file"]
    for name in ("arrivals", "work")
}


@pytest.mark.parametrize("slug", ALL)
@pytest.mark.parametrize("number", range(len(SETTINGS)))
def test_a_program_prints_what_happens_in_the_lab(slug: str, number: int) -> None:
    same(slug, SETTINGS[number], seed=7 + number)


@examples(max_examples=20)
@given(
    st.sampled_from(["producer-consumer", "timeouts", "signals", "service"]),
    st.fixed_dictionaries(
        {
            "maxsize": st.integers(0, 6),
            "producers": st.integers(0, 4),
            "consumers": st.integers(0, 4),
            "produce_time": st.sampled_from([0.1, 0.5, 1 / 3, 2.0]),
            "consume_time": st.sampled_from([0.1, 0.5, 1 / 3, 2.0]),
            "jitter": st.sampled_from(["constant", "uniform", "exponential"]),
            "put_timeout": st.sampled_from([None, 0.1, 1.0]),
            "get_timeout": st.sampled_from([None, 0.5, 1.0]),
            "discipline": st.sampled_from(["fifo", "lifo", "priority"]),
            "items": st.sampled_from([None, 1, 12]),
            "supervise": st.booleans(),
            "arrivals": st.sampled_from(SHAPES["arrivals"]),
            "work": st.sampled_from(SHAPES["work"]),
            "spread": st.sampled_from([0.5, 2.0]),
            "period": st.sampled_from([1.0, 7.0]),
            "failing": st.sampled_from([0.0, 0.0, 0.3]),
            "retries": st.integers(0, 3),
            "put_policy": st.sampled_from(["wait", "timeout", "drop-newest", "drop-oldest"]),
        }
    ),
    st.integers(0, 1000),
)
def test_it_does_so_with_any_settings(slug: str, settings: dict[str, Value], seed: int) -> None:
    same(slug, settings, seed, until=12.0005)


@pytest.mark.parametrize("slug", ALL)
def test_a_program_is_plain_python(slug: str) -> None:
    text = exported(slug, {}, 7)
    tree = ast.parse(text)
    imports = [node for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom))]
    modules = {
        alias.name for node in imports for alias in node.names if isinstance(node, ast.Import)
    }
    modules |= {node.module or "" for node in imports if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in modules} <= set(sys.stdlib_module_names)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & {"lab", "Lab", "ObservedQueue"}
    assert max(map(len, text.splitlines())) <= 100
    assert "\n\n\n\n" not in text


def test_it_keeps_the_scenarios_own_comments_and_words() -> None:
    text = exported("dynamic-tasks", {"put_timeout": 1.5, "consumers": 4}, 3)
    this = scenario("dynamic-tasks")
    for line in this.source.splitlines():
        if "#" in line:
            assert line.partition("#")[2] in text
    assert this.about in text
    for constant in ("SEED = 3 ", "PUT_TIMEOUT = 1.5 ", "CONSUMERS = 4\n"):
        assert f"\n{constant}" in text
    assert 'jobs, results = Queue("jobs", MAXSIZE), Queue("results", MAXSIZE)' in text
    assert 'task = asyncio.create_task(job(item, results), name=f"J{item.number}")' in text


def test_it_brings_along_only_what_it_uses() -> None:
    text = exported("producer-consumer", {}, 7)
    for unused in ("LifoQueue", "put_nowait", "shutdown", "in_thread", "GET_TIMEOUT", "Supervised"):
        assert unused not in text
    assert "class PriorityQueue" in exported("signals", {"discipline": "priority"}, 7)
    assert "class SupervisedCrew" in exported("signals", {"supervise": True}, 7)


@pytest.mark.parametrize("shape", SHAPES["arrivals"])
def test_it_brings_along_the_one_way_in_which_times_vary(shape: str) -> None:
    text = exported("producer-consumer", {"arrivals": shape, "work": "constant"}, 7)
    assert ("JITTER" in text) == ("def around(" in text) == (shape == "as-jitter")
    ways = {each for each in SHAPES["arrivals"] if f"\ndef {each}(" in text}
    assert ways == {"constant", shape} - {"as-jitter"}
    assert ("PERIOD = 60.0" in text) == (shape in ("bursty", "ramp", "day"))
    assert ("SPREAD = 2.0" in text) == (shape in ("lognormal", "pareto"))
    same("service", {"arrivals": shape, "work": "pareto"}, until=60.0005)


@pytest.mark.parametrize("policy", ["wait", "timeout", "drop-newest", "drop-oldest"])
def test_it_does_at_a_full_queue_what_the_policy_says(policy: str) -> None:
    same("service", {"put_policy": policy, "consume_time": 2.0, "failing": 0.4}, until=60.0005)


def test_times_from_a_file_are_not_written_down() -> None:
    with pytest.raises(ExportError, match="times from a file"):
        exported("service", {"work": "file"}, 7)


def test_it_tells_where_it_comes_from() -> None:
    this = scenario("signals")
    text = program(
        this.source,
        this.settings(),
        seed=7,
        scenario="signals",
        qdash="1.2",
        left_out=["burst of items", "stop signal"],
        changed=True,
    )
    said = " ".join(text.split())
    assert "written by qdash 1.2 from its scenario 'signals', seed 7" in said
    assert "the settings below as they were at the moment shown" in said
    assert "What was done by hand is not in it: burst of items, stop signal." in said


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("async def main(lab):\n    await lab.dance()\n", "no word for lab.dance"),
        ("async def main(lab):\n    lab.loop.stop()\n", "no word for lab.loop"),
        ("async def main(lab):\n    lab.queue('a', size=3)\n", "no word for lab.queue"),
        ("async def main(lab):\n    lab.crew('speed', main)\n", "no word for lab.crew"),
        ("async def main(lab):\n    lab.crew(*'ab')\n", "no word for lab.crew"),
        ("async def main(lab):\n    other = lab\n", "line 2 hands the lab on"),
        (
            "from qdash.engine import LabLoop\nasync def main(lab): ...\n",
            "LabLoop, from qdash.engine, has no counterpart",
        ),
        (
            "import qdash.state\nasync def main(lab): ...\n",
            "qdash.state, from qdash.state, has no counterpart",
        ),
        ("def now(): ...\nasync def main(lab):\n    lab.say(0)\n", "a now of its own"),
        ("async def main(lab):\n    work = await lab.work(1)\n", "a work of its own"),
        ("async def main(lab:\n", "is no program for the Python that runs"),
        ("async def main(lab, /): ...\n", "no word for lab"),
        ("x = 'a\0b'\n", "is no program for the Python that runs"),
        ("x = 1\n", "has no main(lab)"),
    ],
)
def test_what_it_has_no_word_for_is_refused(code: str, said: str) -> None:
    with pytest.raises(ExportError) as refused:
        program(code, scenario("signals").settings(), seed=7, scenario="mine")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("code", "plain"),
    [
        ("def f(a, lab: Lab, *, b=1): ...", "def f(a, *, b=1): ..."),
        ("def f(a, lab: Lab): ...", "def f(a): ..."),
        ("def f(\n    lab: Lab,\n    b: int,  # b\n): ...", "def f(\n    b: int,  # b\n): ..."),
        ("def f(lab, a, /): f(1, lab, k=2)", "def f(a, /): f(1, k=2)"),
        ("def f(lab): g('ö', lab.work(lab.settings['items']))", "def f(): g('ö', work(ITEMS))"),
        ("def f(lab): lab.queue('a', maxsize=lab.settings['items'])", "def f(): Queue('a', ITEMS)"),
        ("def f(lab): lab.queue('a', tokens=True, maxsize=3)", "def f(): Queue('a', 3)"),
        ("def f(lab): lab.queue('a', maxsize=3, tokens=True)", "def f(): Queue('a', 3)"),
        ("def f(lab): lab.queue('a', tokens=False)", "def f(): LifoQueue('a', MAXSIZE)"),
        ("def f(lab): return lab.all_made", "def f(): return all_made()"),
    ],
)
def test_the_lab_is_taken_out_of_any_place(code: str, plain: str) -> None:
    settings = scenario("signals").settings({"discipline": "lifo"})
    assert rewrite(f"{code}\n\n\ndef main(lab): ...\n", settings).code.split("\n\n\n")[0] == plain


def test_a_name_of_the_kits_may_be_used_where_the_kit_is_not() -> None:
    code = "async def main(lab):\n    items, worker = [1], 2\n    lab.say(f'{items} {worker}')\n"
    text = program(code, scenario("signals").settings(), seed=7, scenario="mine")
    assert printed(text, 1.0)[1] == (0.0, "main", "says: [1] 2")


def test_a_docstring_may_have_anything_in_it() -> None:
    about = 'He said: """ and \\ and "'
    code = f'{about!r}\nasync def main(lab):\n    lab.say("hello")\n'
    text = program(code, scenario("signals").settings(), seed=7, scenario="mine")
    assert (ast.get_docstring(ast.parse(text)) or "").startswith(about + "\n")


# --- for real -----------------------------------------------------------------------------------

SHORT: dict[str, Value] = {
    "items": 5,
    "produce_time": 0.001,
    "consume_time": 0.001,
    "jitter": "constant",
}


def run(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(path)], capture_output=True, encoding="utf-8", check=False
    )


def test_it_runs_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(exported("producer-consumer", SHORT, 7), encoding="utf-8")
    done = run(path)
    assert done.stderr == ""
    assert done.returncode == 0
    labs = expected("producer-consumer", SHORT, 7, 10.0)
    assert [line[1:] for line in parsed(done.stdout)] == [line[1:] for line in labs]


def test_a_main_that_fails_ends_with_its_traceback(tmp_path: Path) -> None:
    path = tmp_path / "program.py"
    path.write_text(exported("signals", SHORT | {"discipline": "priority"}, 7), encoding="utf-8")
    text = path.read_text("utf-8").replace("sleep(5)", "sleep(0)")
    path.write_text(text, encoding="utf-8")
    done = run(path)
    assert done.returncode == 1
    assert "TypeError" in done.stderr


# --- files --------------------------------------------------------------------------------------


def test_a_file_is_saved_under_a_name_that_is_free(tmp_path: Path) -> None:
    for number, name in enumerate(("qdash-barging-fixed", "qdash-barging-fixed-2"), 1):
        path = save(tmp_path, "barging/fixed", f"print({number})\n")
        assert path == tmp_path / f"{name}.py"
        assert path.read_bytes() == b"print(%d)\n" % number


def test_a_file_that_is_there_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text("precious")
    with pytest.raises(ExportError, match="is there already"):
        write(path, "x = 1\n")
    assert path.read_text() == "precious"
    write(path, "x = 1\n", force=True)
    assert path.read_text() == "x = 1\n"


@pytest.mark.parametrize("where", ["nowhere/x.py", "a\0b", "x" * 5000])
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, where: str) -> None:
    with pytest.raises(ExportError, match="cannot write") as refused:
        write(tmp_path / where, "x = 1\n")
    assert len(str(refused.value)) < 300


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot write"):
        save(tmp_path / "nowhere", "signals", "x = 1\n")
