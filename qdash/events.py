"""The vocabulary: every event that a lab can emit, and the header of a stream.

All that anyone knows about a lab comes from one ordered stream of these. They are plain frozen
records of numbers and text, so that a stream can be folded into a state, written to a file, or
sent to another process, and mean the same there. This module imports nothing of qdash.

Conventions that hold for every event:

* ``t`` is virtual time in seconds since the lab began, rounded to the nanosecond.
* ``worker`` is the name of the worker that acts, "" for code outside any worker.
* ``item`` is an item's number, or a short text for anything that is not a numbered item;
  ``shape`` says what it is: an ordinary ``item``, a ``stop`` signal (sentinel), an ``error`` (an
  exception object on its way through the queue) or a ``token`` (a place taken in a queue that is
  used as a semaphore).
* ``slot`` is the serial number that a queue gave to one insertion, unique within that queue.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import msgspec

FORMAT = 2
"""Version of the recording format; raised when an older reader would misread a newer file."""

Value: TypeAlias = int | float | str | bool | None
"""The value of a setting; ``None`` is "off"."""

Shape: TypeAlias = Literal["item", "stop", "error", "token"]
Discipline: TypeAlias = Literal["fifo", "lifo", "priority"]
Operation: TypeAlias = Literal["put", "get"]


def _kind(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Header(msgspec.Struct, frozen=True):
    """What a stream is of: everything needed to run the same lab again.

    ``layout`` places the lab on the stage: rows of stations from left to right, each the role of
    a group of workers, or ``@name`` for a queue. ``measured`` says of a setting that is ``file``
    which times it means: what the file is called, how many there are, and a digest of them.
    """

    scenario: str
    seed: int
    python: str
    settings: dict[str, Value]
    layout: tuple[tuple[str, ...], ...] = ()
    source: str = ""
    format: int = FORMAT
    qdash: str = ""
    measured: dict[str, str] = {}


class Event(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, tag_field="kind", tag=_kind):
    """One thing that happened at virtual time ``t``."""

    t: float


# --- the queue -------------------------------------------------------------------------------


class QueueMade(Event, frozen=True, gc=False):
    """A queue came to be; ``maxsize`` 0 means unbounded."""

    queue: str
    maxsize: int
    discipline: Discipline = "fifo"


class PutWaiting(Event, frozen=True, gc=False):
    """``put`` found the queue full: the worker is last in the line of putters.

    ``deadline`` is the virtual time at which a timeout around this call will fire, if any.
    """

    worker: str
    queue: str
    item: int | str
    shape: Shape = "item"
    deadline: float | None = None


class Put(Event, frozen=True, gc=False):
    """An item went into the queue. ``rank`` is its priority, where it has one (low comes first)."""

    worker: str
    queue: str
    slot: int
    item: int | str
    shape: Shape = "item"
    rank: float | None = None


class PutRefused(Event, frozen=True, gc=False):
    """A put ended without success.

    ``slot`` is set only where asyncio leaves the item in the queue although the put failed: an
    item that cannot be compared, in a priority queue. It then takes room but is not counted as
    unfinished.
    """

    worker: str
    queue: str
    item: int | str
    why: Literal["full", "timeout", "cancelled", "shutdown", "error"]
    shape: Shape = "item"
    error: str = ""
    slot: int | None = None
    rank: float | None = None


class GetWaiting(Event, frozen=True, gc=False):
    """``get`` found the queue empty: the worker is last in the line of getters."""

    worker: str
    queue: str
    deadline: float | None = None


class Got(Event, frozen=True, gc=False):
    """An item left the queue for a worker's hands."""

    worker: str
    queue: str
    slot: int
    item: int | str
    shape: Shape = "item"


class GetRefused(Event, frozen=True, gc=False):
    """A get ended without an item.

    ``slot`` is set only where asyncio drops an item as it fails: a comparison error inside a
    priority queue.
    """

    worker: str
    queue: str
    why: Literal["empty", "timeout", "cancelled", "shutdown", "error"]
    error: str = ""
    slot: int | None = None


class Woken(Event, frozen=True, gc=False):
    """A waiting worker was taken from the line and will run soon; the place is not yet its own.

    ``by`` is the worker whose put or get woke it.
    """

    worker: str
    queue: str
    op: Operation
    by: str = ""


class Barged(Event, frozen=True, gc=False):
    """A woken worker found its place taken by ``by`` and went to the back of the line.

    CPython issue gh-83055; true of 3.11, 3.12 and 3.13.
    """

    worker: str
    queue: str
    op: Operation
    by: str = ""


class TaskDone(Event, frozen=True, gc=False):
    """``task_done`` was counted: one fewer unfinished."""

    worker: str
    queue: str


class TaskDoneRefused(Event, frozen=True, gc=False):
    """``task_done`` was called once too often and raised ``ValueError``."""

    worker: str
    queue: str


class TaskDoneForgotten(Event, frozen=True, gc=False):
    """A ``task_done`` was left out on the person's order: it stays owed for ever."""

    worker: str
    queue: str


class JoinWaiting(Event, frozen=True, gc=False):
    """``join`` found unfinished work and waits for the count to fall to zero."""

    worker: str
    queue: str
    unfinished: int


class Joined(Event, frozen=True, gc=False):
    """``join`` returned."""

    worker: str
    queue: str


class JoinRefused(Event, frozen=True, gc=False):
    """A waiting ``join`` was cancelled."""

    worker: str
    queue: str
    why: Literal["timeout", "cancelled", "error"]


class Resized(Event, frozen=True, gc=False):
    """The queue's ``maxsize`` changed; below its content the queue is over capacity."""

    queue: str
    old: int
    new: int


class Rearranged(Event, frozen=True, gc=False):
    """The order in which a queue serves its items changed."""

    queue: str
    old: Discipline
    new: Discipline


class ShutDown(Event, frozen=True, gc=False):
    """``shutdown`` was called. With ``immediate``, a ``Dropped`` follows for each item inside."""

    queue: str
    immediate: bool = False


class Dropped(Event, frozen=True, gc=False):
    """An item was thrown away out of the queue; ``counted`` as done if it was owed.

    ``worker`` made room by that; "" where ``shutdown(immediate=True)`` did it.
    """

    queue: str
    slot: int
    item: int | str
    counted: bool = True
    worker: str = ""


# --- the workers -----------------------------------------------------------------------------


class WorkerStarted(Event, frozen=True, gc=False):
    """A worker's task was created; ``role`` is the name of the coroutine function that it runs.

    ``line`` is where that function begins in the scenario's source; 0 if it is not there. With
    ``thread`` it is no task but a thread, which runs a plain function.
    """

    worker: str
    role: str
    parent: str = ""
    line: int = 0
    thread: bool = False


class Stepped(Event, frozen=True, gc=False):
    """A worker's task ran one step, from one await to the next, and is suspended there.

    ``line`` is that of its innermost frame in the scenario's source, counted from 1; 0 if it has
    none there. A step that ends the task is told by ``WorkerEnded`` instead. These are told only
    where somebody watches lines (see ``Lab.watch_lines``): on the screen and in a recording.
    """

    worker: str
    line: int = 0


class Cancelling(Event, frozen=True, gc=False):
    """``task.cancel()`` was called on a worker, by ``by``: it is asked to end.

    At its next step CancelledError is raised where the worker waits; unless it catches that,
    ``WorkerEnded`` follows. A timeout that cancels the task in which it stands is not told so.
    """

    worker: str
    by: str = ""


class WorkerEnded(Event, frozen=True, gc=False):
    """A worker's task is over; ``failed`` and ``shutdown`` carry the exception's traceback.

    With ``thread`` it was a thread.
    """

    worker: str
    how: Literal["returned", "cancelled", "shutdown", "failed"]
    error: str = ""
    traceback: str = ""
    thread: bool = False


class Making(Event, frozen=True, gc=False):
    """A worker began to make an item, which will take ``seconds``."""

    worker: str
    item: int | str
    seconds: float


class Made(Event, frozen=True, gc=False):
    """The item is made and in the worker's hands."""

    worker: str
    item: int | str


class Working(Event, frozen=True, gc=False):
    """A worker began to work on an item, which will take ``seconds``.

    ``deadline`` is the virtual time at which a timeout around the work will fire, if any.
    """

    worker: str
    item: int | str
    seconds: float
    deadline: float | None = None


class Worked(Event, frozen=True, gc=False):
    """The work on the item is over (``task_done`` may still be owed).

    ``failed`` says that it came to nothing: the worker may try again.
    """

    worker: str
    item: int | str
    failed: bool = False


class Stalled(Event, frozen=True, gc=False):
    """A worker stands still, on the person's order, for ``seconds``."""

    worker: str
    seconds: float


class Resumed(Event, frozen=True, gc=False):
    """A stalled worker goes on; ``until`` is when its interrupted making or work will be over."""

    worker: str
    until: float | None = None


class Noted(Event, frozen=True, gc=False):
    """Something that the scenario itself wished to say."""

    worker: str
    text: str


# --- the lab ---------------------------------------------------------------------------------


class SettingChanged(Event, frozen=True, gc=False):
    """A setting has a new value from now on."""

    name: str
    old: Value
    new: Value


class Injected(Event, frozen=True, gc=False):
    """A disturbance was carried out; ``what`` is its name, ``detail`` says how if it matters."""

    what: str
    target: str = ""
    detail: str = ""


class Refused(Event, frozen=True, gc=False):
    """A command could not be carried out; ``why`` is one sentence that says what is allowed."""

    what: str
    why: str


class Stuck(Event, frozen=True, gc=False):
    """Nothing is ready and no timer is set: without a command, nothing can ever happen again."""

    waiting: int


class LoopError(Event, frozen=True, gc=False):
    """The event loop's exception handler was called, as for an exception that nobody retrieved."""

    error: str
    traceback: str = ""


class Ended(Event, frozen=True, gc=False):
    """The scenario's main coroutine is over; ``failed`` carries its exception."""

    how: Literal["finished", "cancelled", "failed"]
    error: str = ""
    traceback: str = ""


AnyEvent: TypeAlias = (
    QueueMade
    | PutWaiting
    | Put
    | PutRefused
    | GetWaiting
    | Got
    | GetRefused
    | Woken
    | Barged
    | TaskDone
    | TaskDoneRefused
    | TaskDoneForgotten
    | JoinWaiting
    | Joined
    | JoinRefused
    | Resized
    | Rearranged
    | ShutDown
    | Dropped
    | WorkerStarted
    | Stepped
    | Cancelling
    | WorkerEnded
    | Making
    | Made
    | Working
    | Worked
    | Stalled
    | Resumed
    | Noted
    | SettingChanged
    | Injected
    | Refused
    | Stuck
    | LoopError
    | Ended
)
