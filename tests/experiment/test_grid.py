"""What is varied: as it is typed, as points, and with which seeds it is run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.experiment.grid import ASKED, REFUSED, Grid, Plan, TooMuch, Vary, parse_vary, seed_of
from qdash.experiment.grid import vary as varied
from qdash.settings import SETTINGS, SettingError
from qdash.words import Refusal


def plan(**changes: object) -> Plan:
    given: dict[str, object] = {
        "scenario": "producer-consumer",
        "settings": {"maxsize": 5, "consumers": 3},
        "vary": (Vary("maxsize", (1, 2)),),
        "replications": 3,
        "seed": 7,
        "warmup": 0.0,
        "until": 10.0,
        "python": "3.11.7",
        "qdash": "0.1.0",
    }
    return Plan(**{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("maxsize=1,2,5,10", (1, 2, 5, 10)),
        ("consumers=1..8", (1, 2, 3, 4, 5, 6, 7, 8)),
        ("consumers=1..8:3,20", (1, 4, 7, 20)),
        ("consumers=3..3", (3,)),
        (" consumers = 4 , 2 ", (4, 2)),
        ("consume_time=0.2..1.0:0.2", (0.2, 0.4, 0.6, 0.8, 1.0)),
        ("consume_time=1..2 s:0.5 s", (1.0, 1.5, 2.0)),
        ("put_timeout=off,1..3:1", (None, 1.0, 2.0, 3.0)),
        ("jitter=constant,exponential", ("constant", "exponential")),
        ("supervise=on,off", (True, False)),
        ("items=off,100", (None, 100)),
    ],
)
def test_what_is_varied_is_read_as_it_is_typed(text: str, values: tuple[object, ...]) -> None:
    assert parse_vary(text).values == values
    assert [type(value) for value in parse_vary(text).values] == [type(value) for value in values]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("maxsize", "what is varied is given as NAME=VALUES"),
        ("maxsiz=1", "did you mean maxsize?"),
        ("seed=1,2", "seed cannot be varied"),
        ("speed=1,2", "speed cannot be varied"),
        ("maxsize=", "maxsize must be a whole number"),
        ("maxsize=1,,2", "maxsize must be a whole number"),
        ("maxsize=-1", "maxsize must be a whole number"),
        ("maxsize=1,1", "maxsize is varied over 1 twice"),
        ("consumers=1..2,2", "consumers is varied over 2 twice"),
        ("consumers=1..", "consumers must be a whole number"),
        ("consumers=8..1", "from the lower number to the higher"),
        ("items=off..5", "from the lower number to the higher"),
        ("consumers=1..8:0", "counts by a whole number above 0"),
        ("consumers=1..8:0.5", "counts by a whole number above 0"),
        ("consumers=1..8:x", "counts by a whole number above 0"),
        ("consumers=1..8:1e999999999", "counts by a whole number above 0"),
        ("consume_time=1..2:nan", "counts by a number above 0"),
        ("consume_time=1..2", "says by how much it counts, as in 0.2..1.0:0.2"),
        ("jitter=constant..uniform", "jitter has no range"),
        ("maxsize=0..1000000", "fewer than 1,000,000 values; got 1,000,001"),
        ("consume_time=0.001..3600:1e-9", "fewer than 1,000,000 values"),
    ],
)
def test_what_cannot_be_varied_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(Refusal, match=said) as caught:
        parse_vary(text)
    assert "\n" not in str(caught.value)


@settings(max_examples=150)
@given(
    st.sampled_from(sorted(SETTINGS)),
    st.text(st.sampled_from("0123456789.,:e-+off ns"), max_size=14) | st.text(max_size=14),
)
def test_anything_typed_is_varied_or_refused(name: str, text: str) -> None:
    try:
        found = parse_vary(f"{name}={text}")
    except Refusal as error:
        said = str(error)
    else:
        assert found.values
        assert all(SETTINGS[name].check(value) == value for value in found.values)
        return
    assert len(said.splitlines()) == 1


def test_values_can_be_given_in_python() -> None:
    assert varied("consumers", range(1, 4)).values == (1, 2, 3)
    assert varied("consumers", "1..3").values == (1, 2, 3)
    assert varied("put_timeout", [None, 1]).values == (None, 1.0)
    for wrong in (5, [], ["5"], [1.5], [1, 1], iter(lambda: 1, 0)):
        with pytest.raises(Refusal):
            varied("consumers", wrong)  # type: ignore[arg-type]


def test_the_points_are_all_combinations_the_first_setting_changing_slowest() -> None:
    grid = Grid((Vary("maxsize", (1, 2)), Vary("consumers", (3, 4))), replications=5)
    assert grid.points == [
        {"maxsize": 1, "consumers": 3},
        {"maxsize": 1, "consumers": 4},
        {"maxsize": 2, "consumers": 3},
        {"maxsize": 2, "consumers": 4},
    ]
    assert (grid.size, grid.runs) == (4, 20)


def test_where_nothing_is_varied_there_is_one_point() -> None:
    assert Grid((), 3).points == [{}]
    assert plan(vary=()).at({}) == {"maxsize": 5, "consumers": 3}


def test_a_million_runs_are_too_many() -> None:
    assert ASKED < REFUSED
    many = (Vary("maxsize", tuple(range(1_000))), Vary("consumers", tuple(range(1, 101))))
    assert plan(vary=many, replications=9).grid.runs == 900_000
    with pytest.raises(TooMuch, match="fewer than 1,000,000 runs; this one would have 1,000,000"):
        plan(vary=many, replications=10)


def test_the_first_replication_has_the_seed_itself_and_the_others_their_own() -> None:
    seeds = plan(replications=1_000).seeds
    assert seeds[0] == 7
    assert len({*seeds, *plan(seed=8, replications=1_000).seeds}) == 2_000
    assert all(SETTINGS["seed"].check(seed) == seed for seed in seeds)
    assert seed_of(7, 1) == 7464716720578277  # the same for ever, or kept results would be wrong


def test_a_plan_is_checked_when_it_is_made() -> None:
    with pytest.raises(SettingError):
        Vary("seed", (1,))
