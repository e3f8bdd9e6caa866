"""The model of a script: what a lesson or a demo is made of. Plain data; ``read`` makes it of TOML.

All times are virtual seconds. What a person reads (titles, captions, questions) stands here in
English; whoever shows it hands it to ``qdash.words.tr``.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

import msgspec

from qdash.events import Value

FORMAT: Final = 1
"""The version of the format."""

Kind = Literal["demo", "lesson"]
Panel = Literal["stage", "axis", "code", "log", "advice", "why"]
PANELS: Final[tuple[Panel, ...]] = get_args(Panel)

Operator = Literal["is", "is_not", "above", "below", "at_least", "at_most"]
Plain: TypeAlias = bool | int | float | str


class Deed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A disturbance to inject: see ``commands.Inject``."""

    what: str
    target: str = ""
    amount: float | None = None


class Condition(msgspec.Struct, frozen=True, rename={"is_": "is"}, forbid_unknown_fields=True):
    """What a measure of the run must be; of the operators exactly one is given.

    ``of`` and ``on`` narrow a measure of events to a worker and a queue.
    """

    what: str
    of: str = ""
    on: str = ""
    is_: Plain | None = None
    is_not: Plain | None = None
    above: float | None = None
    below: float | None = None
    at_least: float | None = None
    at_most: float | None = None

    @property
    def operators(self) -> dict[Operator, Plain]:
        """Those that are given, with what they compare with."""
        every: dict[Operator, Plain | None] = {
            "is": self.is_,
            "is_not": self.is_not,
            "above": self.above,
            "below": self.below,
            "at_least": self.at_least,
            "at_most": self.at_most,
        }
        return {name: value for name, value in every.items() if value is not None}


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the answers to choose from: right if all of ``when`` hold in the run."""

    text: str
    when: tuple[Condition, ...]


class Number(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer that is a number: right within ``tolerance`` of what the run then shows."""

    what: str
    of: str = ""
    on: str = ""
    unit: str = ""
    tolerance: float = 0.0


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A prediction: asked while the lab stands still, answered, and then looked up in the run.

    ``show`` is how many seconds are run before that. Either ``choices`` or ``number`` is given.
    """

    ask: str
    choices: tuple[Choice, ...] = ()
    number: Number | None = None
    show: float
    because: str


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step of a script. ``t`` is when it comes, in seconds since its lab began.

    A step with a ``scenario`` begins another lab, whose settings and seed are those that stand
    with it. ``line`` is where it stands in its file, from 1.
    """

    at: float | None = None
    after: float | None = None
    scenario: str = ""
    settings: dict[str, Value] = {}
    seed: int | None = None
    title: str = ""
    caption: str = ""
    look: Panel | None = None
    point: str | int = ""
    set: dict[str, Value] = {}
    inject: tuple[Deed, ...] = ()
    speed: float | Literal["free"] | None = None
    wait: bool = False
    python: str = ""
    expect: tuple[Condition, ...] = ()
    question: Question | None = None


class Script(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A lesson or a demo: one lab after another, with what is done and said in them."""

    format: int
    title: str
    scenario: str
    kind: Kind = "demo"
    about: str = ""
    settings: dict[str, Value] = {}
    seed: int | None = None
    speed: float | Literal["free"] = 1.0
    step: tuple[Step, ...] = ()


class Act(msgspec.Struct, frozen=True):
    """One lab of a script: the scenario, what it begins with, and its steps, each with its time."""

    scenario: str
    settings: dict[str, Value]
    seed: int | None
    steps: tuple[tuple[float, Step], ...]
