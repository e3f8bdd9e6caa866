"""The models against published tables, against exact fractions, and against one another."""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdash.experiment.models import (
    PERCENTILES,
    Exact,
    dropping,
    erlang_b,
    erlang_c,
    holding_back,
    one_server,
    unlimited,
)

# --- published values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("servers", "load", "blocked"),
    [(1, 1, 0.5), (2, 1, 0.2), (5, 2, 0.0367), (10, 5, 0.0184), (10, 10, 0.2146), (20, 12, 0.0098)],
)
def test_erlang_b_as_in_the_tables(servers: int, load: float, blocked: float) -> None:
    assert erlang_b(servers, load) == pytest.approx(blocked, abs=5e-5)


@pytest.mark.parametrize(
    ("servers", "load", "waiting"),
    [(1, 0.5, 0.5), (2, 1, 0.3333), (3, 2, 0.4444), (5, 4, 0.5541), (10, 8, 0.4092)],
)
def test_erlang_c_as_in_the_tables(servers: int, load: float, waiting: float) -> None:
    assert erlang_c(servers, load) == pytest.approx(waiting, abs=5e-5)


@pytest.mark.parametrize(
    ("load", "in_line"),  # of one server; by 1, 2, 3, 4, 5 servers
    [
        (0.5, (0.5000, 0.3333, 0.2368, 0.1739, 0.1304)),
        (0.8, (3.2000, 2.8444, 2.5888, 2.3857, 2.2165)),
        (0.9, (8.1000, 7.6737, 7.3535, 7.0898, 6.8624)),
    ],
)
def test_the_mean_line_of_several_servers_as_in_the_tables(
    load: float, in_line: tuple[float, ...]
) -> None:
    for servers, known in enumerate(in_line, 1):
        figures = unlimited(load * servers, 1, servers)
        assert figures["depth.mean"] == pytest.approx(known, abs=5e-5)


def test_three_servers_and_six_an_hour() -> None:
    """Gross and Harris, Fundamentals of Queueing Theory: an eye clinic, M/M/3."""
    figures = unlimited(6, 3, 3)
    assert figures["depth.mean"] == pytest.approx(8 / 9)
    assert figures["wait.mean"] == pytest.approx(4 / 27)  # hours


def test_three_stalls_and_room_for_four() -> None:
    """Gross and Harris: cars that wait for their inspection, M/M/3/7, in minutes."""
    figures = dropping(1, 1 / 6, 3, 4)
    assert figures["depth.mean"] == pytest.approx(3.09, abs=0.005)
    assert figures["wait.mean"] + 6 == pytest.approx(12.3, abs=0.06)
    assert 60 * figures["refused"] == pytest.approx(30.3, abs=0.05)  # cars an hour drive on


@pytest.mark.parametrize(("load", "in_line"), [(0.5, 0.25), (0.8, 1.6), (0.9, 4.05), (0.95, 9.025)])
def test_constant_work_halves_the_line(load: float, in_line: float) -> None:
    assert one_server(load, 1, 0)["depth.mean"] == pytest.approx(in_line)
    assert one_server(load, 1, 1)["depth.mean"] == pytest.approx(2 * in_line)


# --- exact in another way -------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.integers(1, 12), st.integers(1, 11))
def test_erlang_b_and_c_are_the_fractions_that_they_are(servers: int, tenths: int) -> None:
    load = Fraction(servers * tenths, 12)
    terms = [load**n / math.factorial(n) for n in range(servers + 1)]
    assert erlang_b(servers, float(load)) == pytest.approx(float(terms[-1] / sum(terms)), rel=1e-13)
    last = terms[-1] / (1 - load / servers)
    waiting = float(last / (sum(terms[:-1]) + last))
    assert erlang_c(servers, float(load)) == pytest.approx(waiting, rel=1e-13)


def balance(births: list[Fraction], deaths: list[Fraction]) -> list[Fraction]:
    part = [Fraction(1)]
    for up, down in zip(births, deaths, strict=True):
        part.append(part[-1] * up / down)
    return [each / sum(part) for each in part]


@settings(max_examples=50)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 6), st.fractions("1/10", 5))
def test_what_is_held_back_solves_the_balance_of_its_states(
    sources: int, servers: int, room: int, making: Fraction
) -> None:
    bound = servers + room
    births = [making * min(sources, sources + bound - n) for n in range(bound + sources)]
    part = balance(births, [Fraction(min(n, servers)) for n in range(1, bound + sources + 1)])
    states = list(enumerate(part))
    done = sum(min(n, servers) * p for n, p in states)
    depth = sum(min(max(n - servers, 0), room) * p for n, p in states)
    held = sum(max(n - bound, 0) * p for n, p in states)
    got = holding_back(sources, float(making), 1, servers, room)
    exact = {
        "throughput": done,
        "offered": done,
        "utilisation": done / servers,
        "depth.mean": depth,
        "full": sum(p for n, p in states if n >= bound),
        "blocked_share": held / sources,
        "wait.mean": depth / done,  # Little's law, which knows nothing of stages
        "blocked.mean": held / done,
    }
    for name, value in exact.items():
        assert got[name] == pytest.approx(float(value), rel=1e-9), name


@settings(max_examples=50)
@given(st.integers(1, 6), st.integers(1, 8), st.fractions("1/10", 12))
def test_what_is_turned_away_solves_the_balance_of_its_states(
    servers: int, room: int, arrivals: Fraction
) -> None:
    most = servers + room
    part = balance([arrivals] * most, [Fraction(min(n, servers)) for n in range(1, most + 1)])
    depth = sum(max(n - servers, 0) * p for n, p in enumerate(part))
    got = dropping(float(arrivals), 1, servers, room)
    assert got["refused"] == pytest.approx(float(part[-1]), rel=1e-12)
    assert got["full"] == pytest.approx(float(part[-1]), rel=1e-12)
    assert got["throughput"] == pytest.approx(float(arrivals * (1 - part[-1])), rel=1e-12)
    wait = depth / (arrivals * (1 - part[-1]))
    assert got["wait.mean"] == pytest.approx(float(wait), rel=1e-9)


def constant_work_over(load: str, x: float) -> float:
    """Erlang's own formula for M/D/1, whose terms cancel: so with 120 digits."""
    with localcontext() as context:
        context.prec = 120
        rate, t, total = Decimal(load), Decimal(x), Decimal(0)
        for k in range(int(x) + 1):
            y = rate * (k - t)
            total += (y**k if k else Decimal(1)) / math.factorial(k) * (-y).exp()
        return float((1 - rate) * total)


@pytest.mark.parametrize("load", ["0.3", "0.5", "0.8", "0.9", "0.95"])
def test_percentiles_of_constant_work_are_those_of_erlang(load: str) -> None:
    figures = one_server(float(load), 1, 0)
    for name, part in PERCENTILES.items():
        over = constant_work_over(load, figures[f"wait.{name}"])
        assert over == pytest.approx(max(part, 1 - float(load)), abs=1e-10)


def stages_over(stages: list[float], x: float) -> float:
    """Which part of times of j exponential stages, by weights of j, is over after x."""
    total, term, done = 0.0, math.exp(-x), 0.0
    for j, weight in enumerate(stages):
        total += weight * (1 - done)  # j stages are over if at least j ended
        done += term
        term *= x / (j + 1)
    return total / math.fsum(stages)


def test_percentiles_of_a_bounded_queue_hold_what_they_say() -> None:
    servers, room = 3, 8
    part = balance([Fraction(4)] * 11, [Fraction(min(n, 3)) for n in range(1, 12)])
    stages = [float(sum(part[:3])), *(float(p) for p in part[3:11])]
    figures = dropping(4, 1, servers, room)
    for name, wanted in PERCENTILES.items():
        over = stages_over(stages, figures[f"wait.{name}"] * servers)
        assert over == pytest.approx(wanted, abs=1e-11)


# --- one against another --------------------------------------------------------------------------


def alike(one: Exact, other: Exact, rel: float) -> None:
    for name in one.keys() & other.keys():
        assert one[name] == pytest.approx(other[name], rel=rel, abs=1e-12), name


@pytest.mark.parametrize("servers", [1, 2, 7, 100, 1_000])
def test_much_room_is_no_limit(servers: int) -> None:
    arrivals = 0.9 * servers
    alike(dropping(arrivals, 1, servers, 600), unlimited(arrivals, 1, servers), 1e-9)


def test_one_server_is_one_of_many() -> None:
    alike(one_server(0.7, 1, 1), unlimited(0.7, 1, 1), 1e-12)


def test_many_sources_that_are_never_held_back_are_a_poisson_stream() -> None:
    alike(holding_back(4, 0.6, 1, 3, 500), unlimited(2.4, 1, 3), 1e-9)


@pytest.mark.parametrize("servers", [1, 10, 1_000])
@pytest.mark.parametrize("load", [0.01, 0.5, 0.999, 1.0, 1.5, 100.0])
def test_figures_are_numbers_at_any_load_and_size(servers: int, load: float) -> None:
    every = [dropping(load * servers, 1, servers, 50), holding_back(50, load, 1, servers, 50)]
    if load < 1:
        every.append(unlimited(load * servers, 1, servers))
        every.append(one_server(load, 1, 0))
    for figures in every:
        assert all(math.isfinite(value) and value >= 0 for value in figures.values())
        for name in ("full", "refused", "utilisation", "blocked_share"):
            assert figures[name] <= 1 + 1e-12
        p50, p95, p99 = (figures[f"wait.{name}"] for name in PERCENTILES)
        assert p50 <= p95 <= p99


@pytest.mark.parametrize("load", [1, 500, 950, 999])
def test_a_thousand_servers_are_exact_to_the_last_digits(load: int) -> None:
    term, total = Fraction(1), Fraction(0)  # term: loadⁿ / n!
    for n in range(1_000):
        total += term
        term = Fraction(term.numerator * load, term.denominator * (n + 1))
    lost = term / (total + term)
    assert erlang_b(1_000, load) == pytest.approx(float(lost), rel=1e-12, abs=0)
    waiting = lost / (1 - Fraction(load, 1_000) * (1 - lost))
    assert erlang_c(1_000, load) == pytest.approx(float(waiting), rel=1e-12, abs=0)


def test_a_load_next_to_1_takes_no_time() -> None:
    assert "wait.p99" in one_server(0.999, 1, 0)
    assert one_server(0.999_999, 1, 0).keys() & {"wait.mean", "wait.p99"} == {"wait.mean"}
