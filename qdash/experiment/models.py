"""Queueing models that can be solved exactly: rates in, figures in the steady state out.

Rates are per second, and times in seconds. ``arrivals`` is the rate at which customers come,
``service`` that of one server, ``room`` how many may wait beside those that are served. Nothing
here is simulated; sums have no terms of opposite sign, so that they hold for 1,000 servers too.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final

Exact = dict[str, float]
"""Exact figures by the names of ``qdash.experiment.measures``."""

PERCENTILES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}

_EPS: Final = 1e-13
_MANY: Final = 40  # as many or more hardly ever come in one service: less often than once in 10^47
_NEARLY_ONE: Final = 0.999  # a load above which the queue of M/D/1 has too many states to sum
_DEVIATIONS: Final = 12.0  # how far from its mean a Poisson number matters


def erlang_b(servers: int, load: float) -> float:
    """Return the part of customers lost by M/M/c/c: Erlang's B formula, by its recurrence.

    ``load`` is offered, in Erlang: arrivals by service.
    """
    lost = 1.0
    for n in range(1, servers + 1):
        lost = load * lost / (n + load * lost)
    return lost


def erlang_c(servers: int, load: float) -> float:
    """Return the part of customers that wait in M/M/c: Erlang's C formula, for load < servers."""
    lost = erlang_b(servers, load)
    return lost / (1.0 - load / servers * (1.0 - lost))


def unlimited(arrivals: float, service: float, servers: int) -> Exact:
    """Return the figures of M/M/c, for arrivals < servers · service."""
    waiting = erlang_c(servers, arrivals / service)
    spare = servers * service - arrivals
    wait = waiting / spare
    figures = _unhindered(arrivals, arrivals / (servers * service), wait)
    for name, part in PERCENTILES.items():
        beyond = waiting / (1.0 - part)
        figures[f"wait.{name}"] = math.log(beyond) / spare if beyond > 1.0 else 0.0
    return figures


def one_server(arrivals: float, work: float, variation: float) -> Exact:
    """Return the figures of M/G/1, for arrivals · work < 1: Pollaczek and Khinchine.

    ``work`` is the mean time of a service; ``variation`` its variance by the square of that: 0 is
    M/D/1, of which percentiles are given too unless the load is within 0.001 of 1.
    """
    load = arrivals * work
    wait = load * work * (1.0 + variation) / (2.0 * (1.0 - load))
    figures = _unhindered(arrivals, load, wait)
    if variation == 0.0 and load <= _NEARLY_ONE:
        for name, part in PERCENTILES.items():
            figures[f"wait.{name}"] = work * _constant_work_percentile(load, part)
    return figures


def dropping(arrivals: float, service: float, servers: int, room: int) -> Exact:
    """Return the figures of M/M/c/K, in which whoever finds no room is turned away."""
    most = servers + room
    part = _steady([arrivals] * most, [service * min(n, servers) for n in range(1, most + 1)])
    figures = _of_states(part, service, servers, room)
    figures |= {"offered": arrivals, "refused": part[most]}
    figures |= {"blocked_share": 0.0, "blocked.mean": 0.0}
    stages = [0.0] * (room + 1)  # by how many services must end before one's own begins
    for n in range(most):
        stages[max(0, n - servers + 1)] += part[n]
    figures |= _spread("wait", stages, servers * service)
    return figures


def holding_back(sources: int, making: float, service: float, servers: int, room: int) -> Exact:
    """Return the figures where each of ``sources`` makes the next only when the last found room.

    ``making`` is the rate of one source. Those that wait for room are served in their order. It is
    a chain of births and deaths: M/M/c with a bounded queue that holds back a finite source.
    """
    bound = servers + room
    most = bound + sources
    births = [making * (sources - max(0, n - bound)) for n in range(most)]
    part = _steady(births, [service * min(n, servers) for n in range(1, most + 1)])
    figures = _of_states(part, service, servers, room)
    held = math.fsum((n - bound) * part[n] for n in range(bound + 1, most + 1))
    figures |= {"offered": figures["throughput"], "refused": 0.0, "blocked_share": held / sources}
    waits, puts = [0.0] * (room + 1), [0.0] * (sources + 1)
    for n in range(most):
        puts[max(0, n - bound + 1)] += part[n] * births[n]
        if n < bound:
            waits[max(0, n - servers + 1)] += part[n] * births[n]
    waits[room] += math.fsum(part[bound + 1 :]) * servers * service  # let in as another goes
    figures |= _spread("wait", waits, servers * service)
    figures |= _spread("blocked", puts, servers * service)
    return figures


# --- what the models have in common ---------------------------------------------------------------


def _unhindered(arrivals: float, load: float, wait: float) -> Exact:
    """Return what follows from the mean wait where nobody is held back or turned away."""
    return {
        "offered": arrivals,
        "throughput": arrivals,
        "utilisation": load,
        "depth.mean": arrivals * wait,
        "full": 0.0,
        "refused": 0.0,
        "blocked_share": 0.0,
        "blocked.mean": 0.0,
        "wait.mean": wait,
    }


def _steady(births: Sequence[float], deaths: Sequence[float]) -> list[float]:
    """Return the part of the time in each state of a chain that goes up and down by one.

    ``births[n]`` leads from n to n + 1, and ``deaths[n]`` back. Their ratio must not rise with n:
    then the parts have one peak, and products that begin there can neither overflow nor cancel.
    """
    peak = next((n for n, up in enumerate(births) if up < deaths[n]), len(births))
    part = [0.0] * (len(births) + 1)
    part[peak] = 1.0
    for n in range(peak, len(births)):
        part[n + 1] = part[n] * births[n] / deaths[n]
    for n in range(peak - 1, -1, -1):
        part[n] = part[n + 1] * deaths[n] / births[n]
    total = math.fsum(part)
    return [one / total for one in part]


def _of_states(part: Sequence[float], service: float, servers: int, room: int) -> Exact:
    """Return what follows from how many are there alone."""
    busy = math.fsum(min(n, servers) * one for n, one in enumerate(part))
    waiting = (min(max(n - servers, 0), room) * one for n, one in enumerate(part))
    return {
        "throughput": busy * service,
        "utilisation": busy / servers,
        "depth.mean": math.fsum(waiting),
        "full": math.fsum(part[servers + room :]),
    }


def _spread(name: str, stages: Sequence[float], rate: float) -> Exact:
    """Return mean and percentiles of a time that lasts j exponential stages, by weights of j."""
    total = math.fsum(stages)
    mean = math.fsum(j * weight for j, weight in enumerate(stages)) / total / rate
    later = list(accumulate(reversed(stages)))[::-1]
    beyond = [weight / total for weight in later[1:]]  # beyond[i]: more than i stages
    figures = {f"{name}.mean": mean}
    for key, part in PERCENTILES.items():
        figures[f"{name}.{key}"] = _stages_percentile(beyond, 1.0 - part) / rate
    return figures


def _stages_percentile(beyond: Sequence[float], rest: float) -> float:
    """Return the time, in mean stages, after which but ``rest`` of all times are over.

    After x, i stages are over with the chance of i in a Poisson distribution of mean x; ``beyond``
    says how many last longer than i stages.
    """
    if not beyond or beyond[0] <= rest:
        return 0.0

    def excess(x: float) -> float:
        low = max(0, int(x - _DEVIATIONS * math.sqrt(x) - 20))
        high = min(len(beyond), int(x + _DEVIATIONS * math.sqrt(x) + 40))
        chance = math.exp(low * math.log(x) - x - math.lgamma(low + 1)) if x > 0 else 1.0
        left = 0.0
        for i in range(low, high):
            left += chance * beyond[i]
            chance *= x / (i + 1)
        return left - rest

    stages = len(beyond)
    return _falling_root(excess, 0.0, stages + _DEVIATIONS * math.sqrt(stages) + 40)


def _constant_work_percentile(load: float, part: float) -> float:
    """Return a percentile of the wait in M/D/1, in services (Franx 2001)."""
    if part <= 1.0 - load:
        return 0.0
    waiting = _constant_work_queue(load, part)

    def over(x: float, k: int) -> float:
        """Return how many waits are over after x services, k - 1 ≤ x ≤ k.

        In k services as many get their turn. So who came at the time 0 has got it by x if of those
        who waited at x, and the j who came from then to k, no more than k - 1 are there: terms of
        one sign, unlike those of Erlang's formula.
        """
        mean = load * (k - x)
        chance, done = math.exp(-mean), 0.0
        for j in range(min(k, _MANY)):
            done += chance * waiting[k - 1 - j]
            chance *= mean / (j + 1)
        return done

    k = 1 + bisect_left(range(1, len(waiting) + 1), part, key=lambda k: over(k, k))
    return _falling_root(lambda x: part - over(x, k), k - 1.0, float(k))


def _constant_work_queue(load: float, part: float) -> list[float]:
    """Return, for m = 0, 1, …, the part of the time in which at most m wait in M/D/1.

    It ends where that is above ``part``. Between j customers and j + 1 as many steps lead up, in
    services in which several came, as down, in those in which nobody did.
    """
    chances = list(accumulate(range(1, 2 * _MANY), lambda p, k: p * load / k, initial=1.0))
    more = list(accumulate(reversed(chances)))[-2::-1]  # more[k] / e^load: more than k came
    states = [1.0 - load]
    at_most: list[float] = []
    total = states[0]
    while not at_most or at_most[-1] <= part:
        j = len(states) - 1
        crossing = states[0] * more[j] if j < _MANY else 0.0
        for i in range(max(1, j + 1 - _MANY), j + 1):
            crossing += states[i] * more[j + 1 - i]
        states.append(crossing)
        total += crossing
        at_most.append(total)
    return at_most


def _falling_root(falls: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function that falls from ``low`` to ``high`` is 0."""
    at_low, at_high = falls(low), falls(high)
    if at_low <= 0.0:
        return low
    if at_high >= 0.0:
        return high
    side = 0
    for _ in range(200):  # the secant, by the Illinois rule: it cannot get stuck on one side
        middle = (low * at_high - high * at_low) / (at_high - at_low)
        if high - low <= _EPS * max(1.0, high):
            break
        value = falls(middle)
        if abs(value) < 1e-15:
            return middle
        if value > 0.0:
            low, at_low = middle, value
            at_high, side = (at_high / 2.0 if side > 0 else at_high), 1
        else:
            high, at_high = middle, value
            at_low, side = (at_low / 2.0 if side < 0 else at_low), -1
    return middle
