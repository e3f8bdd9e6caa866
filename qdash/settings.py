"""The settings: each defined once, for the command line, the lab, the screen and the checks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, Literal

import msgspec

from qdash.events import Value
from qdash.words import Refusal, Sentence, mark, tr


class SettingError(Refusal, ValueError):
    """A value or a name that is not allowed; the message is one sentence that says what is."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """One setting: what it means and which values it takes.

    ``low`` and ``high`` are inclusive, except that ``above`` makes ``low`` exclusive. ``off`` is
    the word for the value None, where that is allowed, and ``on`` the value
    to which an arrow key leads from there; ``zero`` says what 0 means, where that is
    special.
    """

    name: str
    kind: Literal["int", "float", "choice", "flag"]
    default: Value
    help: str
    label: str = ""
    unit: str = ""
    low: float = 0
    high: float = 0
    above: bool = False
    off: str = ""
    on: Value = None
    zero: str = ""
    choices: tuple[str, ...] = ()
    typed: tuple[str, ...] = ()
    """Choices at which the arrows do not stop: they need what has to be given beside them."""
    lab: bool = True
    """Whether it is a fact of the lab (False: only of how it is played)."""
    beside: tuple[str, ...] = ()
    """Whatever reads one of these settings reads this one too."""
    named: bool = False
    """Whether only those scenarios read it that name it among their own values."""
    when: tuple[tuple[str, tuple[Value, ...]], ...] = ()
    """Other settings and their values: it matters while one of them has one of those."""

    @property
    def allowed(self) -> str:
        """Say which values are allowed, as the end of a sentence."""
        return str(self._allowed())

    def _allowed(self) -> Sentence:
        if self.kind == "choice":
            return Sentence(mark("one of {choices}"), choices=", ".join(self.choices))
        if self.kind == "flag":
            return Sentence(mark("on or off"))
        if self.kind == "int":
            whole = mark("a whole number from {low} to {high}")
            said = Sentence(whole, low=f"{self.low:,g}", high=self._high)
        elif self.above:
            above = mark("a number above {low} and up to {high}")
            said = Sentence(above, low=f"{self.low:,g}", high=self._high)
        else:
            number = mark("a number from {low} to {high}")
            said = Sentence(number, low=f"{self.low:,g}", high=self._high)
        if self.zero:
            said = Sentence(mark("{allowed} (0 is {zero})"), allowed=said, zero=Sentence(self.zero))
        if self.off:
            said = Sentence(mark("{allowed}, or {off}"), allowed=said, off=Sentence(self.off))
        return said

    @property
    def _high(self) -> str:
        return f"{self.high:,.0f} {self.unit}" if self.unit else f"{self.high:,.0f}"

    def refuse(self, given: object) -> SettingError:
        """Return the error for a value that is not allowed."""
        return SettingError(
            Sentence(
                mark("{name} must be {allowed}; got {got}"),
                name=self.name if self.name in SETTINGS else Sentence(self.name),
                allowed=self._allowed(),
                got=repr(_short(str(given))),
            )
        )

    def parse(self, text: str) -> Value:
        """Return the value that a person typed. Raises SettingError."""
        word = text.strip().lower()
        if self.off and word in {self.off, tr(self.off).lower(), "off", "none"}:
            return None
        if self.kind == "choice":
            return self.check(word)
        if self.kind == "flag":
            if word in {"on", tr("on"), "true", "yes", "1"}:
                return True
            if word in {"off", tr("off"), "false", "no", "0"}:
                return False
            raise self.refuse(text)
        if self.unit == "s":
            word = word.removesuffix("s").strip()
        try:
            return self.check(int(word) if self.kind == "int" else float(word))
        except SettingError:
            raise self.refuse(text) from None
        except ValueError:
            raise self.refuse(text) from None

    def check(self, value: object) -> Value:
        """Return ``value`` in this setting's own type, if it is allowed. Raises SettingError."""
        if value is None and self.off:
            return None
        if self.kind == "choice":
            if value in self.choices:
                return str(value)
            raise self.refuse(value)
        if self.kind == "flag":
            if isinstance(value, bool):
                return value
            raise self.refuse(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refuse(value)
        if not isinstance(value, int) and not math.isfinite(value):
            raise self.refuse(value)
        if value < self.low or value > self.high or (self.above and value == self.low):
            raise self.refuse(value)
        if self.kind == "int":
            if value != int(value):
                raise self.refuse(value)
            return int(value)
        return float(value)

    def show(self, value: Value) -> str:
        """Return the value as a person reads it, with its unit."""
        if value is None:
            return tr(self.off)
        if isinstance(value, bool):
            return tr("on") if value else tr("off")
        if isinstance(value, str):
            return value
        if value == 0 and self.zero:
            return tr(self.zero)
        number = f"{value:,}" if isinstance(value, int) else f"{value:g}"
        if self.unit == "×":
            return number + self.unit
        return f"{number} {self.unit}" if self.unit else number

    def nudge(self, value: Value, by: int) -> Value:
        """Return the next value up (``by`` 1) or down (-1), as an arrow key goes; bounded."""
        if self.kind == "flag":
            return not value
        if self.kind == "choice":
            at = self.choices.index(str(value)) if value in self.choices else 0
            while self.choices[at := (at + by) % len(self.choices)] in self.typed:
                pass
            return self.choices[at]
        ladder = self._ladder()
        if value is None:  # free speed lies above the largest; every other "off" below the least
            top = self.off == "free"
            return None if (by > 0) == top else ladder[-1] if top else self.on
        assert isinstance(value, (int, float))
        beyond = [step for step in ladder if (step > value if by > 0 else step < value)]
        if beyond:
            return beyond[0] if by > 0 else beyond[-1]
        return None if self.off and (by > 0) == (self.off == "free") else value

    def matters(self, values: Mapping[str, Value]) -> bool:
        """Tell whether it makes a difference beside these values: all settings that are read."""
        said = [values[name] in those for name, those in self.when if name in values]
        return not said or any(said)

    def _ladder(self) -> list[float]:
        """The values at which the arrows stop."""
        if self.kind == "int":
            small: list[float] = [n for n in range(21) if self.low <= n <= self.high]
            return [*small, *_one_two_five(20.5, self.high, whole=True)]
        least = self.low if self.low > 0 else 0.1
        rungs = [round(n / 10, 1) for n in range(1, 31) if max(least, 0.1) <= n / 10 <= self.high]
        if self.unit == "×":
            return _one_two_five(self.low, self.high)
        lowest = [0.0] if self.low == 0 and not self.above else []
        small = _one_two_five(least, 0.0999)
        return [*lowest, *small, *rungs, *_one_two_five(3.5, self.high)]


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"


def _one_two_five(low: float, high: float, *, whole: bool = False) -> list[float]:
    rungs = [
        round(mantissa * 10.0**power, 6) for power in range(-4, 19) for mantissa in (1.0, 2.0, 5.0)
    ]
    inside = [rung for rung in rungs if low <= rung <= high]
    return [int(rung) for rung in inside] if whole else list(inside)


AS_JITTER: Final = "as-jitter"
"""The choice of ``arrivals`` and ``work`` by which they follow the setting ``jitter``."""
FROM_FILE: Final = "file"
"""The choice by which they take times that were measured."""
_STEADY: Final = ("constant", "uniform", "exponential")
_CHANGING: Final = ("bursty", "ramp", "day")
_HEAVY: Final = ("lognormal", "pareto")

SETTINGS: Final[dict[str, Setting]] = {
    setting.name: setting
    for setting in (
        Setting(
            name="maxsize",
            kind="int",
            default=5,
            low=0,
            high=1_000_000,
            zero=mark("unbounded"),
            help=mark("How many items the queue holds before put has to wait."),
        ),
        Setting(
            name="producers",
            kind="int",
            default=3,
            low=0,
            high=1_000,
            help=mark("How many workers make items and put them."),
        ),
        Setting(
            name="consumers",
            kind="int",
            default=3,
            low=0,
            high=1_000,
            help=mark("How many workers get items and work on them."),
        ),
        Setting(
            name="produce_time",
            kind="float",
            default=1.0,
            low=0.001,
            high=3_600,
            unit="s",
            label="produce",
            help=mark("How long a producer takes to make one item, on average."),
        ),
        Setting(
            name="consume_time",
            kind="float",
            default=0.8,
            low=0.001,
            high=3_600,
            unit="s",
            label="consume",
            help=mark("How long a consumer works on one item, on average."),
        ),
        Setting(
            name="jitter",
            kind="choice",
            default="uniform",
            choices=_STEADY,
            help=mark("How the times vary: not at all, by half either way, or exponentially."),
        ),
        Setting(
            name="arrivals",
            kind="choice",
            default=AS_JITTER,
            choices=(AS_JITTER, *_STEADY, *_CHANGING, *_HEAVY, FROM_FILE),
            typed=(FROM_FILE,),
            beside=("produce_time",),
            help=mark(
                "How the times to make an item vary: as jitter says, or in a way of its own; in "
                "bursts, rising, or as over a day; or as measured, from a file."
            ),
        ),
        Setting(
            name="work",
            kind="choice",
            default=AS_JITTER,
            choices=(AS_JITTER, *_STEADY, *_HEAVY, FROM_FILE),
            typed=(FROM_FILE,),
            beside=("consume_time",),
            help=mark(
                "How the times to work on an item vary: as jitter says, or in a way of its own; or "
                "as measured, from a file."
            ),
        ),
        Setting(
            name="spread",
            kind="float",
            default=2.0,
            low=0.1,
            high=10,
            beside=("produce_time", "consume_time"),
            when=(("arrivals", _HEAVY), ("work", _HEAVY)),
            help=mark(
                "How heavy the tail of lognormal and pareto times is: their standard deviation "
                "over their mean."
            ),
        ),
        Setting(
            name="period",
            kind="float",
            default=60.0,
            low=1,
            high=86_400,
            unit="s",
            beside=("produce_time",),
            when=(("arrivals", _CHANGING),),
            help=mark(
                "How long it takes until arrivals that are bursty, a ramp or like a day come as "
                "before."
            ),
        ),
        Setting(
            name="failing",
            kind="float",
            default=0.0,
            low=0,
            high=1,
            beside=("consume_time",),
            help=mark("Which share of the attempts to work on an item fails, from 0 to 1."),
        ),
        Setting(
            name="retries",
            kind="int",
            default=3,
            low=0,
            high=100,
            named=True,
            help=mark("How many times work that failed is tried again."),
        ),
        Setting(
            name="backoff",
            kind="float",
            default=0.5,
            low=0,
            high=3_600,
            unit="s",
            named=True,
            label="back-off",
            help=mark(
                "How long a worker waits before it tries again; before each further time, twice "
                "as long."
            ),
        ),
        Setting(
            name="put_policy",
            kind="choice",
            default="wait",
            choices=("wait", "timeout", "drop-newest", "drop-oldest"),
            named=True,
            label="if full",
            help=mark(
                "What becomes of an item that finds the queue full: it waits, it waits for the "
                "put timeout, it is dropped, or the oldest in the queue is."
            ),
        ),
        Setting(
            name="put_timeout",
            kind="float",
            default=None,
            low=0,
            above=True,
            high=3_600,
            unit="s",
            off=mark("off"),
            on=2.0,
            label="put timeout",
            when=(("put_policy", ("timeout",)),),
            help=mark("How long a put waits for a slot before it gives up."),
        ),
        Setting(
            name="get_timeout",
            kind="float",
            default=None,
            low=0,
            above=True,
            high=3_600,
            unit="s",
            off=mark("off"),
            on=2.0,
            label="get timeout",
            help=mark("How long a get waits for an item before it gives up."),
        ),
        Setting(
            name="discipline",
            kind="choice",
            default="fifo",
            choices=("fifo", "lifo", "priority"),
            help=mark(
                "Which item get takes: the oldest, the newest, or that of the lowest priority."
            ),
        ),
        Setting(
            name="items",
            kind="int",
            default=None,
            low=1,
            high=1_000_000_000,
            off=mark("off"),
            on=100,
            help=mark("How many items are made in all; off means without end."),
        ),
        Setting(
            name="supervise",
            kind="flag",
            default=False,
            help=mark("Whether a worker that failed is started again."),
        ),
        Setting(
            name="seed",
            kind="int",
            default=7,
            low=0,
            high=2**53,
            lab=False,
            help=mark("What the random times are drawn from; the same seed gives the same run."),
        ),
        Setting(
            name="speed",
            kind="float",
            default=1.0,
            low=0.1,
            high=1_000,
            unit="×",
            off=mark("free"),
            lab=False,
            help=mark("How many virtual seconds go by in a second; free is as many as can be."),
        ),
    )
}
"""Every setting by its name, in the order in which they are shown."""

DURATION: Final = Setting(
    name=mark("time to run"),
    kind="float",
    default=None,
    low=0,
    above=True,
    high=1_000_000_000,
    unit="s",
    help=mark("How long a run without a screen lasts, in virtual seconds."),
)
"""How long to run: no fact of a lab, but checked like one."""

REPLICATIONS: Final = Setting(
    name=mark("replications"),
    kind="int",
    default=10,
    low=1,
    high=10_000,
    help=mark("How often every point is run, each time with another seed."),
)
"""How many runs there are of each point: no fact of a lab, but checked like one."""

WARMUP: Final = Setting(
    name=mark("warm-up"),
    kind="float",
    default=None,
    low=0,
    high=1_000_000_000,
    unit="s",
    help=mark("How long a run goes on before its figures are taken, in virtual seconds."),
)
"""What is left out at the beginning of each run: no fact of a lab, but checked like one."""

JOBS: Final = Setting(
    name=mark("jobs"),
    kind="int",
    default=None,
    low=1,
    high=1_024,
    help=mark("How many processes share the runs; without it, one a processor."),
)
"""How many processes there are: no fact of a lab, but checked like one."""

LAB_SETTINGS: Final = tuple(name for name, setting in SETTINGS.items() if setting.lab)


def shape_of(name: str, values: Mapping[str, Value]) -> str:
    """Return how ``arrivals`` or ``work`` vary: in their own way, or as ``jitter`` has it."""
    shape = values[name]
    return str(values["jitter"] if shape == AS_JITTER else shape)


def setting(name: str) -> Setting:
    """Return the setting called ``name``. Raises SettingError that names the nearest one."""
    found = SETTINGS.get(name)
    if found is not None:
        return found
    shown, known = repr(_short(name)), ", ".join(SETTINGS)
    if near := get_close_matches(name, SETTINGS, n=1):
        template = mark("there is no setting {name}; did you mean {near}? There are {known}")
        raise SettingError(Sentence(template, name=shown, near=near[0], known=known))
    template = mark("there is no setting {name}; there are {known}")
    raise SettingError(Sentence(template, name=shown, known=known))


def parse_assignment(text: str) -> tuple[str, Value]:
    """Return the name and value of ``NAME=VALUE``. Raises SettingError."""
    name, equals, value = text.partition("=")
    if not equals:
        template = mark("a setting is given as NAME=VALUE, for example maxsize=5; got {got}")
        raise SettingError(Sentence(template, got=repr(_short(text))))
    found = setting(name.strip())
    return found.name, found.parse(value)


def complete(given: Mapping[str, Value], defaults: Mapping[str, Value]) -> dict[str, Value]:
    """Return a value for every setting of the lab: as given, else as in ``defaults``, else its own.

    Raises SettingError for an unknown name or a value that is not allowed.
    """
    for name in given:
        setting(name)
    return {
        name: SETTINGS[name].check(given.get(name, defaults.get(name, SETTINGS[name].default)))
        for name in LAB_SETTINGS
    }
