"""The commands: what a person may ask of a running lab. Vocabulary only.

The screen sends these up, the lab carries them out and tells by events what came of it.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from qdash.events import Value


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
            title="stop signal",
            key="s",
            target="queue",
            help="Put one sentinel (None): it waits its turn and stops one consumer.",
        ),
        Disturbance(
            name="stop-all",
            title="stop signal for every consumer",
            key="S",
            target="queue",
            help="Put as many sentinels as there are consumers.",
        ),
        Disturbance(
            name="exception",
            title="exception through the queue",
            key="x",
            target="queue",
            help="Put an exception object into the queue: the consumer that gets it raises it.",
        ),
        Disturbance(
            name="fail",
            title="exception in a worker",
            key="X",
            target="worker",
            help="Raise an exception in the worker at the line where it waits.",
        ),
        Disturbance(
            name="cancel",
            title="cancel a worker",
            key="c",
            target="worker",
            help="Call task.cancel(): CancelledError is raised at the line where the worker waits.",
        ),
        Disturbance(
            name="stall",
            title="stall a worker",
            key="l",
            target="worker",
            amount=5.0,
            low=0.1,
            high=3_600,
            unit="s",
            help="Let the worker stand still, as a slow network or a long computation would.",
        ),
        Disturbance(
            name="burst",
            title="burst of items",
            key="b",
            target="queue",
            amount=10,
            low=1,
            high=10_000,
            unit="items",
            help="Put many items at once, each as soon as there is room.",
        ),
        Disturbance(
            name="forget",
            title="forgotten task_done",
            key="f",
            target="queue",
            help="Leave out the next task_done(): join() will wait for it for ever.",
        ),
        Disturbance(
            name="extra-done",
            title="one task_done too many",
            key="F",
            target="queue",
            help="Call task_done() once more than items were got.",
        ),
        Disturbance(
            name="join",
            title="join() waiter",
            key="j",
            target="queue",
            help="Wait in join() until nothing is unfinished.",
        ),
        Disturbance(
            name="drain",
            title="drain the queue",
            key="d",
            target="queue",
            help="Take out all that lies in the queue now, and mark it done.",
        ),
        Disturbance(
            name="shutdown",
            title="shutdown()",
            key="k",
            target="queue",
            help="Refuse every further put; gets raise QueueShutDown once the queue is empty.",
        ),
        Disturbance(
            name="shutdown-now",
            title="shutdown(immediate=True)",
            key="K",
            target="queue",
            help="Throw away what is queued; put and get raise QueueShutDown at once.",
        ),
    )
}
"""Every disturbance by its name, in the order in which they are shown."""
