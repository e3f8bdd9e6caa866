"""The commands: what a person may ask of a running lab. Vocabulary only.

The screen sends these up, the lab carries them out and tells by events what came of it.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from qdash.events import Value
from qdash.words import mark


class SetValue(msgspec.Struct, frozen=True, tag="set"):
    """Give the setting ``name`` another value."""

    name: str
    value: Value


class Inject(msgspec.Struct, frozen=True, tag="inject"):
    """Carry out the disturbance ``what``.

    ``target`` is a worker or a queue, as the disturbance needs; "" lets the lab take the most
    telling one. ``amount`` is a number of items or of seconds; None takes the disturbance's own.
    """

    what: str
    target: str = ""
    amount: float | None = None


Command: TypeAlias = SetValue | Inject


class Disturbance(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of disturbance: its name, the key that injects it, and what it needs."""

    name: str
    title: str
    help: str
    key: str
    target: Literal["worker", "queue"]
    amount: float | None = None
    low: float = 0
    high: float = 0
    unit: str = ""


DISTURBANCES: Final[dict[str, Disturbance]] = {
    item.name: item
    for item in (
        Disturbance(
            name="stop",
            title=mark("stop signal"),
            key="s",
            target="queue",
            help=mark("Put one sentinel (None): it waits its turn and stops one consumer."),
        ),
        Disturbance(
            name="stop-all",
            title=mark("stop signal for every consumer"),
            key="S",
            target="queue",
            help=mark("Put as many sentinels as there are consumers."),
        ),
        Disturbance(
            name="exception",
            title=mark("exception through the queue"),
            key="x",
            target="queue",
            help=mark(
                "Put an exception object into the queue: the consumer that gets it raises it."
            ),
        ),
        Disturbance(
            name="fail",
            title=mark("exception in a worker"),
            key="X",
            target="worker",
            help=mark("Raise an exception in the worker at the line where it waits."),
        ),
        Disturbance(
            name="cancel",
            title=mark("cancel a worker"),
            key="c",
            target="worker",
            help=mark(
                "Call task.cancel(): CancelledError is raised at the line where the worker waits."
            ),
        ),
        Disturbance(
            name="stall",
            title=mark("stall a worker"),
            key="l",
            target="worker",
            amount=5.0,
            low=0.1,
            high=3_600,
            unit="s",
            help=mark("Let the worker stand still, as a slow network or a long computation would."),
        ),
        Disturbance(
            name="burst",
            title=mark("burst of items"),
            key="b",
            target="queue",
            amount=10,
            low=1,
            high=10_000,
            unit=mark("items"),
            help=mark("Put many items at once, each as soon as there is room."),
        ),
        Disturbance(
            name="forget",
            title=mark("forgotten task_done"),
            key="f",
            target="queue",
            help=mark("Leave out the next task_done(): join() will wait for it for ever."),
        ),
        Disturbance(
            name="extra-done",
            title=mark("one task_done too many"),
            key="F",
            target="queue",
            help=mark("Call task_done() once more than items were got."),
        ),
        Disturbance(
            name="join",
            title=mark("join() waiter"),
            key="j",
            target="queue",
            help=mark("Wait in join() until nothing is unfinished."),
        ),
        Disturbance(
            name="drain",
            title=mark("drain the queue"),
            key="d",
            target="queue",
            help=mark("Take out all that lies in the queue now, and mark it done."),
        ),
        Disturbance(
            name="shutdown",
            title=mark("shutdown()"),
            key="k",
            target="queue",
            help=mark(
                "Refuse every further put; gets raise QueueShutDown once the queue is empty."
            ),
        ),
        Disturbance(
            name="shutdown-now",
            title=mark("shutdown(immediate=True)"),
            key="K",
            target="queue",
            help=mark("Throw away what is queued; put and get raise QueueShutDown at once."),
        ),
    )
}
"""Every disturbance by its name, in the order in which they are shown."""
