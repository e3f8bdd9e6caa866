"""Results: the same to the byte in whatever order they came, to a file and back."""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.experiment.grid import Plan, Vary
from qdash.experiment.intervals import Interval
from qdash.experiment.results import Keeper, Results, ResultsError, Row, differences, read, writable
from qdash.measured import measured
from qdash.settings import complete

PLAN = Plan(
    scenario="producer-consumer",
    settings=complete({}, {}),
    vary=(Vary("maxsize", (1, 2)), Vary("put_timeout", (None, 1.0))),
    replications=3,
    seed=7,
    warmup=1.0,
    until=10.0,
    python="3.11.7",
    qdash="0.1.0",
    times={"arrivals": measured("t.csv", (0.5, 1.0))},
)


def rows(plan: Plan = PLAN) -> list[Row]:
    """Return a row for every run, with figures that tell point and replication."""
    return [
        msgspec.structs.replace(
            row,
            figures={
                "offered": float(number),
                "jobs:wait.mean": None if row.replication == 2 else row.replication + number / 7,
            },
        )
        for number, row in enumerate(Results(plan).missing())
    ]


def filled(given: list[Row], plan: Plan = PLAN) -> Results:
    results = Results(plan)
    for row in given:
        results.add(row)
    return results


def test_the_missing_runs_are_all_at_first_each_point_once_before_any_twice() -> None:
    missing = list(Results(PLAN).missing())
    assert [row.replication for row in missing] == [0] * 4 + [1] * 4 + [2] * 4
    assert [row.point for row in missing[:4]] == PLAN.grid.points
    assert {row.seed for row in missing[4:8]} == {PLAN.seeds[1]}


def test_what_was_added_is_missing_no_more() -> None:
    results = filled(rows()[:5])
    assert (len(results), results.complete) == (5, False)
    assert len(list(results.missing())) == 7
    assert filled(rows()).complete


def test_the_order_in_which_rows_come_changes_nothing(tmp_path: Path) -> None:
    mixed = rows()
    random.Random(5).shuffle(mixed)
    one, other = filled(rows()), filled(mixed)
    assert one.rows == other.rows
    assert one.as_json() == other.as_json()
    one.write(tmp_path / "one")
    other.write(tmp_path / "other")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "other"]


def test_a_point_is_summed_up_over_its_replications() -> None:
    results = filled(rows())
    point = {"put_timeout": None, "maxsize": 2}
    assert results.values(point, "offered") == [2.0, 6.0, 10.0]
    found = results.interval(point, "offered")
    assert found is not None
    assert (found.mean, found.n) == (6.0, 3)
    waits = results.interval(point, "wait.mean")
    assert waits is not None
    assert waits.n == 2
    assert results.interval(point, "full") is None


def test_two_points_differ_in_pairs_of_the_same_replication() -> None:
    one, other = PLAN.grid.points[0], PLAN.grid.points[3]
    assert filled(rows()).difference(one, other, "offered") == Interval(3.0, 0.0, 3)
    some = [row for row in rows() if row.replication != 1 or row.point != one]
    assert filled(some).difference(one, other, "offered") == Interval(3.0, 0.0, 2)


def test_one_and_true_are_not_the_same_point() -> None:
    plan = msgspec.structs.replace(PLAN, vary=(Vary("supervise", (True, False)),))
    results = filled(rows(plan), plan)
    with pytest.raises(KeyError):
        results.of({"supervise": 1})


@pytest.mark.parametrize(
    "changes",
    [{"replication": 3}, {"replication": -1}, {"seed": 8}, {"point": {"maxsize": 1}}],
)
def test_a_row_that_was_not_planned_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ResultsError, match="was not planned"):
        Results(PLAN).add(msgspec.structs.replace(rows()[0], **changes))


def test_the_json_has_every_figure_with_its_interval() -> None:
    found = filled(rows()).as_json()
    assert found["vary"] == {"maxsize": [1, 2], "put_timeout": [None, 1.0]}
    assert found["measured"] == {"arrivals": str(PLAN.times["arrivals"])}
    assert len(found["points"]) == 4
    first = found["points"][0]
    assert (first["point"], first["runs"]) == ({"maxsize": 1, "put_timeout": None}, 3)
    assert first["figures"]["offered"]["mean"] == 4.0
    assert set(first["figures"]["offered"]) == {"mean", "half", "n"}
    assert first["theory"].keys() == {"why"}
    assert Results(PLAN).as_json()["points"][0] == {**first, "runs": 0, "figures": {}}


def test_the_csv_has_a_row_a_point(tmp_path: Path) -> None:
    filled(rows()[:6]).write_csv(tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(newline="") as file:
        table = list(csv.reader(file))
    assert table[0] == [
        "maxsize", "put_timeout", "runs",
        "offered", "offered half", "jobs:wait.mean", "jobs:wait.mean half",
    ]  # fmt: skip
    assert len(table) == 5
    assert table[1][:4] == ["1", "", "2", "2.0"]
    assert table[4][2:5] == ["1", "3.0", ""]


# --- files ------------------------------------------------------------------------------------


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    filled(rows()).write(tmp_path / "r")
    again = read(tmp_path / "r")
    assert again.plan == PLAN
    assert again.rows == filled(rows()).rows
    assert [type(value) for value in again.plan.vary[1].values] == [type(None), float]


def test_rows_are_kept_as_they_come_and_one_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "r"
    keeper = Keeper(path, Results(PLAN))
    for row in rows()[:4]:
        keeper.add(row)
    keeper.close()
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for end in range(last, len(whole)):
        path.write_bytes(whole[:end])
        assert len(read(path)) == 3
    path.write_bytes(whole)
    assert len(read(path)) == 4
    Keeper(path, read(path)).close()
    assert len(read(path)) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no results of a sweep"),
        (b"\n", "holds no results of a sweep"),
        (b"\0\xff" * 50_000, "holds no results of a sweep"),
        (b"[" * 100_000, "holds no results of a sweep"),
        (b'{"kind":"sweep","format":1}\n', "holds no results of a sweep"),
        (b'{"kind":"header","format":1,"scenario":"signals"}\n', "holds no results of a sweep"),
    ],
)
def test_a_file_without_results_is_refused(content: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(ResultsError, match=said):
        read(tmp_path / "r")


@pytest.mark.parametrize("line", [b"", b"x", b"{}", b'{"point":{},"replication":0}', b"\xff"])
def test_a_damaged_line_is_named(line: bytes, tmp_path: Path) -> None:
    filled(rows()).write(tmp_path / "r")
    lines = (tmp_path / "r").read_bytes().split(b"\n")
    lines[3] = line
    (tmp_path / "r").write_bytes(b"\n".join(lines))
    with pytest.raises(ResultsError, match="line 4 is no row of this sweep"):
        read(tmp_path / "r")


def test_another_format_is_refused(tmp_path: Path) -> None:
    filled(rows()).write(tmp_path / "r")
    content = (tmp_path / "r").read_bytes().replace(b'"format":1', b'"format":2', 1)
    (tmp_path / "r").write_bytes(content)
    with pytest.raises(ResultsError, match="format 2; this qdash reads format 1"):
        read(tmp_path / "r")


@pytest.mark.parametrize("where", ["", "nowhere/r", "a\0b", "x" * 5000])
def test_a_file_that_cannot_be_used_is_refused(where: str, tmp_path: Path) -> None:
    path = str(tmp_path) + "/" + where
    for use in (read, writable, Results(PLAN).write, Results(PLAN).write_csv):
        with pytest.raises(ResultsError, match=r"cannot (read|write)") as caught:
            use(path)
        assert len(str(caught.value)) < 300
    with pytest.raises(ResultsError, match="cannot write"):
        Keeper(path, Results(PLAN))
    assert not list(tmp_path.iterdir())


def test_to_look_whether_a_file_can_be_written_changes_none(tmp_path: Path) -> None:
    writable(tmp_path / "new")
    assert not (tmp_path / "new").exists()
    (tmp_path / "old").write_text("what is there")
    writable(tmp_path / "old")
    assert (tmp_path / "old").read_text() == "what is there"


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_content_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, tail: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "r"
    filled(rows()[:2]).write(path)
    path.write_bytes(path.read_bytes() + tail)
    try:
        assert len(read(path)) == 2
    except ResultsError as error:
        said = str(error)
    else:
        return
    assert len(said.splitlines()) == 1


def test_what_two_plans_do_not_have_in_common_is_told() -> None:
    other = msgspec.structs.replace(
        PLAN,
        seed=8,
        until=20.0,
        settings={**PLAN.settings, "consumers": 4},
        vary=(Vary("maxsize", (1,)),),
        times={},
    )
    assert list(differences(PLAN, other)) == [
        ("seed", 7, 8),
        ("consumers", 3, 4),
        ("file of times", "t.csv ×2 " + PLAN.times["arrivals"].digest, ""),
        ("grid", "maxsize=1,2 × put_timeout=None,1.0", "maxsize=1"),
        ("time to run", 10.0, 20.0),
    ]
    assert not list(differences(PLAN, PLAN))
    assert {name for name, _, _ in differences(PLAN, _all_other())} >= {"Python", "scenario"}


def _all_other() -> Plan:
    """Return a plan that has nothing in common with the other but its shape."""
    return Plan(
        scenario="signals",
        settings=PLAN.settings,
        vary=(),
        replications=1,
        seed=1,
        warmup=0.0,
        until=None,
        python="3.13.0",
        qdash="9",
    )
