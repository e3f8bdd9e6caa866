"""The golden traces: what each pitfall's two programs do, event by event, on one Python."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path

from qdash.engine.loop import Outcome
from qdash.events import Event
from qdash.fidelity import minor
from qdash.narrate import sentence
from qdash.scenarios import scenario
from qdash.state import State

HERE = Path(__file__).parent
PROGRAMS = ("broken", "fixed")
LONGEST = 60.0
"""How many virtual seconds a program has to end or to get stuck."""
_PLENTY = 1_000_000


def path(slug: str) -> Path:
    """Where the trace of a pitfall on the Python that runs is kept."""
    return HERE / slug / f"{minor(platform.python_version())}.txt"


def trace(slug: str) -> str:
    """What both programs of a pitfall do on the Python that runs: a line an event."""
    return "\n".join(line for which in PROGRAMS for line in _told(f"{slug}/{which}")) + "\n"


def _told(program: str) -> Iterator[str]:
    lab = scenario(program).lab()
    state = State(lab.header)
    events: list[Event] = []
    lab.add_sink(events.append)
    lab.start()
    outcome = Outcome.BUDGET
    while outcome is Outcome.BUDGET and lab.ended is None:
        outcome = lab.advance(LONGEST, _PLENTY)
    lab.close()
    yield f"== {program}"
    for event in events:
        yield f"{event.t:7.3f}  {sentence(event, state.apply(event))}"
    if outcome is Outcome.LIMIT:
        yield f"{LONGEST:7.3f}  it goes on"
