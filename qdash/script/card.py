"""What is to be read of a script that is played, at one moment: everything but how it looks."""

from __future__ import annotations

from typing import Literal

import msgspec

from qdash.script.model import Question, Script
from qdash.script.verdict import Finding

Phase = Literal["goes", "waits", "asks", "shows", "tells", "over"]
"""What the play does: it runs on to the next stop; waits for the person to go on; asks; runs on to
show the answer; tells it; or is over."""


class Answer(msgspec.Struct):
    """What a person foretold: the place of a choice from 0, a number, or None for no answer.

    ``began`` is how many events there had been by then; ``right`` is None where nothing was
    foretold, or where none of the answers is what the run has shown.
    """

    given: float | None
    began: int
    finding: Finding | None = None
    right: bool | None = None


class Card(msgspec.Struct, frozen=True):
    """What is to be read now. Texts are as the script has them: whoever shows them translates.

    ``answer`` is what was given to the question; ``told``, whether its finding is to be shown.
    ``asked`` is how many questions the script has, ``right`` how many were answered rightly.
    """

    script: Script
    phase: Phase
    heading: str
    caption: str
    question: Question | None
    answer: Answer | None
    told: bool
    step: int
    steps: int
    right: int
    asked: int
    off: bool
    """Whether the person has changed something by hand in this lab."""
    earlier: bool
    """Whether it is of an earlier step than the one that has been reached."""
    aside: str | None = None
    """The course in which the script goes on, where another one is shown."""

    @property
    def is_typed(self) -> bool:
        """Whether a number is asked for now."""
        asks = self.phase == "asks" and not self.earlier and self.aside is None
        return asks and self.question is not None and self.question.number is not None
