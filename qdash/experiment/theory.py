"""What theory expects of a run, to stand beside what was measured; or why it has nothing to say.

Expected figures are those of the steady state, which a run comes near to after its warm-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import msgspec

from qdash.events import Value
from qdash.experiment import models
from qdash.settings import shape_of
from qdash.words import Sentence, mark, tr

MODELLED: Final = ("producer-consumer", "one-queue", "service")
"""The scenarios that are models of the books: one queue, put, get, work, and nothing else."""

MOST_ROOM: Final = 100_000
"""Up to which ``maxsize`` the states of a bounded queue are summed up."""


class Expected(msgspec.Struct, frozen=True):
    """What a model expects.

    ``model`` is its name as the books write it, as in M/M/3. ``figures`` are exact, by the names of
    ``measures`` and in their units; they are those of the scenario's one queue, and of the run.
    ``formulas`` tells of each in which way it follows. ``source`` says where that is proved.
    """

    model: str
    figures: dict[str, float]
    formulas: dict[str, str]
    meaning: Sentence
    source: Sentence


class NoTheory(msgspec.Struct, frozen=True):
    """No formula applies; ``why`` says so in a sentence."""

    why: Sentence


Found = Expected | NoTheory


def of(scenario: str, settings: Mapping[str, Value]) -> Found:
    """Return what theory expects of a scenario with these settings, which are complete."""
    return _of(scenario, tuple(sorted(settings.items())))


def expected(found: Found, name: str) -> float | None:
    """Return what is expected of a measure, ``QUEUE:measure`` too; None where nothing is known."""
    return found.figures.get(name.rpartition(":")[2]) if isinstance(found, Expected) else None


def formula(found: Found, name: str) -> str:
    """Return the formula by which a measure follows, as text; "" where nothing is known."""
    return found.formulas.get(name.rpartition(":")[2], "") if isinstance(found, Expected) else ""


def little(rate: float, wait: float) -> float:
    """Return the mean depth that follows from measured figures by Little's law, L = λW.

    ``rate`` is how many items a second go through the queue, and ``wait`` how many seconds each
    lies there, on average. It holds for any queue and any times, where nothing is thrown away.
    """
    return rate * wait


def sentence(found: Found) -> str:
    """Return in one line which model applies and where its formulas come from, or why none does."""
    if isinstance(found, NoTheory):
        return tr("no theory: {why}").format(why=found.why)
    template = tr("theory: {model} ({meaning}); {source}")
    return template.format(model=found.model, meaning=found.meaning, source=found.source)


def lines(all_found: Iterable[Found], most: int = 3) -> list[str]:
    """Return a line for each model, and for each reason why there is none, at most so many."""
    said = dict.fromkeys(map(sentence, all_found))
    shown = list(said)[:most]
    if more := len(said) - len(shown):
        shown[-1] = tr("{line} … and {n} more").format(line=shown[-1], n=f"{more:,}")
    return shown


def as_json(found: Found) -> dict[str, Any]:
    """Return what was found as JSON has it, in English."""
    if isinstance(found, NoTheory):
        return {"why": found.why.english}
    return {
        "model": found.model,
        "figures": found.figures,
        "formulas": found.formulas,
        "source": found.source.english,
    }


# --- which model applies --------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _of(scenario: str, items: tuple[tuple[str, Value], ...]) -> Found:
    given = _Given(scenario, dict(items))
    why = given.hindrance()
    return given.solve() if why is None else NoTheory(why)


class _Given:
    """A scenario and its settings, in the words of queueing theory."""

    def __init__(self, scenario: str, settings: dict[str, Any]) -> None:
        self.scenario = scenario
        self.sources: int = settings["producers"]
        self.servers: int = settings["consumers"]
        self.room: int = settings["maxsize"]
        self.making: float = settings["produce_time"]
        self.work: float = settings["consume_time"]
        self.coming = shape_of("arrivals", settings)
        self.working = shape_of("work", settings)
        self.spread: float = settings["spread"]
        self.policy: str = settings["put_policy"] if scenario == "service" else "wait"
        self.end = settings["items"]
        self.failing: float = settings["failing"]
        self.fifo = settings["discipline"] == "fifo"
        self.arrivals = self.sources / self.making
        self.load = self.arrivals * self.work / self.servers if self.servers else float("inf")

    @property
    def variation(self) -> float | None:
        """The variance of work by the square of its mean; None where it is not known."""
        known = {"constant": 0.0, "uniform": 1 / 12, "exponential": 1.0}
        if self.working in ("lognormal", "pareto"):
            return self.spread**2
        return known.get(self.working)

    def hindrance(self) -> Sentence | None:
        """Return why no formula applies; None where one does."""
        if self.scenario not in MODELLED:
            template = mark(
                "{scenario} is no model of the books, which have one queue that is put into and "
                "taken from, and nothing else; theory is there for {known}"
            )
            return Sentence(template, scenario=self.scenario, known=", ".join(MODELLED))
        if self.end is not None:
            return Sentence(mark("formulas tell of runs without end, and items sets one"))
        if self.failing:
            return Sentence(mark("work that fails is in no formula"))
        if not self.sources or not self.servers:
            return Sentence(mark("there must be producers and consumers"))
        if self.coming != "exponential":
            template = mark("arrivals must be exponential for every formula; they are {shape}")
            return Sentence(template, shape=self.coming)
        return self._unlimited_hindrance() if self.room == 0 else self._bounded_hindrance()

    def _unlimited_hindrance(self) -> Sentence | None:
        if self.load >= 1.0:
            template = mark(
                "items come at {arrivals}/s and {most}/s can be done: the queue grows without end"
            )
            most = self.servers / self.work
            return Sentence(template, arrivals=f"{self.arrivals:.4g}", most=f"{most:.4g}")
        if self.working != "exponential" and (self.servers > 1 or self.variation is None):
            template = mark("with {shape} work there is a formula for one consumer alone")
            if self.variation is None:
                template = mark("there is no formula for work that is {shape}")
            return Sentence(template, shape=self.working)
        return None

    def _bounded_hindrance(self) -> Sentence | None:
        if self.working != "exponential":
            template = mark("with a bounded queue work must be exponential too; it is {shape}")
            return Sentence(template, shape=self.working)
        if self.policy == "timeout":
            return Sentence(mark("a put that gives up after a time is in no formula"))
        if self.room > MOST_ROOM:
            template = mark("a bounded queue is solved up to a maxsize of {most}")
            return Sentence(template, most=f"{MOST_ROOM:,}")
        return None

    def solve(self) -> Expected:
        """Return what the model that applies expects."""
        service = 1.0 / self.work
        if self.room:
            if self.policy != "wait":
                figures = models.dropping(self.arrivals, service, self.servers, self.room)
                return self._told(
                    f"M/M/{self.servers}/{self.servers + self.room}", figures, _DROPPING, _CHAIN
                )
            figures = models.holding_back(
                self.sources, 1.0 / self.making, service, self.servers, self.room
            )
            name = f"M/M/{self.servers}/{self.servers + self.room}//{self.sources}"
            return self._told(name, figures, _HOLDING, _HELD)
        if self.working == "exponential":
            figures = models.unlimited(self.arrivals, service, self.servers)
            return self._told(f"M/M/{self.servers}", figures, _UNLIMITED, _ERLANG)
        assert self.variation is not None
        figures = models.one_server(self.arrivals, self.work, self.variation)
        if self.working == "constant":
            return self._told("M/D/1", figures, _ONE_SERVER, _FRANX)
        return self._told("M/G/1", figures, _ONE_SERVER, _KHINCHINE)

    def _told(
        self, model: str, figures: dict[str, float], formulas: dict[str, str], source: str
    ) -> Expected:
        if self.policy == "drop-oldest":  # those that are dropped wait too, but are never got
            figures = {name: each for name, each in figures.items() if name[:5] != "wait."}
        if not self.fifo:  # the order changes who waits how long, and not for how long on average
            by_order = ("wait.p50", "wait.p95", "wait.p99")
            figures = {name: each for name, each in figures.items() if name not in by_order}
        formulas = {**_EVERYWHERE, **formulas}
        return Expected(
            model,
            figures,
            {name: formulas[_family(name)] for name in figures},
            self._meaning(),
            Sentence(source),
        )

    def _meaning(self) -> Sentence:
        """Say the model in the words of the settings."""
        fields = {
            "arrivals": f"{self.arrivals:.4g}",
            "work": f"{self.work:.4g}",
            "shape": self.working,
            "servers": f"{self.servers:,}",
            "room": f"{self.room:,}",
        }
        if not self.room:
            template = mark(
                "Poisson arrivals at {arrivals}/s, {shape} work of {work} s, consumers: {servers}, "
                "an unbounded queue"
            )
        elif self.policy == "wait":
            fields |= {"sources": f"{self.sources:,}", "making": f"{self.making:.4g}"}
            template = mark(
                "producers: {sources}, {making} s an item, and held back while the queue of {room} "
                "is full; {shape} work of {work} s, consumers: {servers}"
            )
        elif self.policy == "drop-oldest":
            template = mark(
                "Poisson arrivals at {arrivals}/s, {shape} work of {work} s, consumers: {servers}, "
                "a queue of {room} that drops the oldest to make room"
            )
        else:
            template = mark(
                "Poisson arrivals at {arrivals}/s, {shape} work of {work} s, consumers: {servers}, "
                "a queue of {room} that drops what finds no room"
            )
        return Sentence(template, **fields)


def _family(name: str) -> str:
    """Return under which name a formula stands: the percentiles of one time have one in common."""
    stem, _, which = name.rpartition(".")
    return f"{stem}.p" if which in models.PERCENTILES else name


_EVERYWHERE: Final = {
    "throughput": "λ",
    "offered": "λ",
    "utilisation": "ρ = λ / (c·μ)",
    "depth.mean": "L = λ·W (Little)",
    "full": "0",
    "refused": "0",
    "blocked_share": "0",
    "blocked.mean": "0",
}
_UNLIMITED: Final = {
    "wait.mean": "W = C(c, a) / (c·μ − λ), a = λ/μ",
    "wait.p": "ln(C(c, a) / (1 − p)) / (c·μ − λ)",
}
_ONE_SERVER: Final = {
    "wait.mean": "W = ρ·S·(1 + v) / (2·(1 − ρ)), v = Var S / S²",
    "wait.p": "P(W ≤ x) = Σⱼ Q(k−1−j)·e^−y·yʲ/j!, y = λ·(k·S − x)",
}
_STATES: Final = {
    "throughput": "Σ p(n)·μ·min(n, c)",
    "utilisation": "Σ p(n)·min(n, c) / c",
    "depth.mean": "Σ p(n)·min(max(n − c, 0), k)",
    "full": "Σ p(n), n ≥ c + k",
    "wait.mean": "W = L / λ′ (Little)",
    "wait.p": "P(W > t) = Σ a(n)·P(Erlang(n − c + 1, c·μ) > t)",
}
_DROPPING: Final = {**_STATES, "refused": "p(c + k), p(n+1) = p(n)·λ / (μ·min(n+1, c))"}
_HOLDING: Final = {
    **_STATES,
    "offered": "Σ p(n)·μ·min(n, c)",
    "blocked_share": "Σ p(n)·(n − c − k) / s, p(n+1) = p(n)·λ(n) / (μ·min(n+1, c))",
    "blocked.mean": "Σ p(n)·(n − c − k) / λ′ (Little)",
    "blocked.p": "P(B > t) = Σ a(n)·P(Erlang(n − c − k + 1, c·μ) > t)",
}

_ERLANG: Final = mark("Erlang's C formula; Kleinrock, Queueing Systems 1 (1975), chapter 3")
_CHAIN: Final = mark("births and deaths; Kleinrock, Queueing Systems 1 (1975), chapter 3")
_HELD: Final = mark(
    "births and deaths, for Erlang's formulas do not apply: arrivals stop while put() waits; "
    "Kleinrock, Queueing Systems 1 (1975), chapter 3"
)
_KHINCHINE: Final = mark(
    "Pollaczek and Khinchine's formula; Kleinrock, Queueing Systems 1 (1975), chapter 5"
)
_FRANX: Final = mark(
    "Pollaczek and Khinchine's formula; Kleinrock, Queueing Systems 1 (1975), chapter 5; "
    "percentiles: Franx, Operations Research Letters 29 (2001)"
)
