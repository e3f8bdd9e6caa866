"""The model of a script: what a lesson or a demo is made of. Plain data; ``read`` makes it of TOML.

All times are virtual seconds. What a person reads (titles, captions, questions) stands here in
English; whoever shows it hands it to ``qdash.words.tr``.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias, get_args

import msgspec

from qdash.events import Value

FORMAT: Final = 1
"""The version of the format."""

Kind = Literal["demo", "lesson"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
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
    """An answer that is a number: right within ``tolerance`` of what the run then shows.

    ``unit`` is that of any number, or that of one and that of more with a bar between them.
    """

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
    """One step of a script: when it comes, what is done and said then, and what is asked.

    It comes ``at`` so many seconds after its lab began, or ``after`` the end of the step before it;
    with neither of them, together with that. A step with a ``scenario`` begins another lab, whose
    settings and seed are those that stand with it. ``python`` says on which Pythons it is there at
    all. What a question comes with, in ``set``, ``inject`` and ``speed``, is done once it is
    answered.
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


class Cue(NamedTuple):
    """A step with the time at which it comes, and its place in the file, counted from 1."""

    t: float
    step: Step
    number: int

    @property
    def end(self) -> float:
        """When it is over: a question takes the time after which its answer is looked up."""
        question = self.step.question
        return self.t if question is None else round(self.t + question.show, 9)


class Act(msgspec.Struct, frozen=True):
    """One lab of a script: the scenario, what it begins with, and its steps, each with its time.

    ``number`` is which of the script's labs it is, from 1.
    """

    scenario: str
    settings: dict[str, Value]
    seed: int | None
    steps: tuple[Cue, ...]
    number: int = 1
