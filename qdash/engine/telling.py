"""A queue that tells: how it comes to be watched, and in which words it speaks of what happens.

Like ``observed.py``, this touches private names of asyncio's queues; each use says why.
"""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, Final, ParamSpec, TypeVar

from qdash.engine.shutdown import Queue, QueueShutDown
from qdash.engine.watching import (
    Label,
    Sink,
    Timeout,
    WaitingCall,
    describe,
    running_time,
    say,
    task_name,
    why_ended,
)
from qdash.events import (
    Barged,
    Discipline,
    Dropped,
    Event,
    GetRefused,
    Got,
    Operation,
    Put,
    PutRefused,
    QueueMade,
    Woken,
)

T = TypeVar("T")
P = ParamSpec("P")

_AT_THE_DOOR: Final[dict[type[BaseException], str]] = {
    asyncio.QueueFull: "full",
    asyncio.QueueEmpty: "empty",
    QueueShutDown: "shutdown",
}


def _never_felt(
    tell: Callable[Concatenate[TellingQueue[Any], P], None],
) -> Callable[Concatenate[TellingQueue[Any], P], None]:
    """Let a method that tells run only while there is a sink, and never be felt if it fails."""

    def guarded(queue: TellingQueue[Any], /, *args: P.args, **kwargs: P.kwargs) -> None:
        if queue._sink is not None:
            try:
                tell(queue, *args, **kwargs)
            except BaseException as error:
                queue._watching_failed(error)

    return guarded


class TellingQueue(Queue[T]):
    """A queue that can be watched, once its methods tell what they do."""

    discipline: ClassVar[Discipline]

    if TYPE_CHECKING:  # asyncio's own, which typeshed does not show
        _is_shutdown: bool
        _unfinished_tasks: int
        _getters: deque[asyncio.Future[None]]
        _putters: deque[asyncio.Future[None]]
        _maxsize: int
        _queue: Any

    def __init__(
        self,
        maxsize: int = 0,
        *,
        name: str = "queue",
        sink: Sink | None = None,
        clock: Callable[[], float] = running_time,
        who: Callable[[], str] = task_name,
        describe: Callable[[object], Label] = describe,
        timeout: Callable[[], Timeout | None] | None = None,
    ) -> None:
        """Make a queue of at most ``maxsize`` items (0 or less: unbounded).

        ``sink`` is called with each event; without it the queue behaves as a plain one. ``clock``
        gives the time of events in seconds, ``who`` the name of the worker that runs now,
        ``describe`` the label of an item (a plain int is its own), and ``timeout`` the timer that
        is set around the present call, if any.
        """
        super().__init__(maxsize)
        self.name = name
        self._clock = clock
        self._who = who
        self._describe = describe
        self._timeout = timeout
        self._sink: Any = None  # a Sink; None while nobody watches
        # How each thing inside was put, in the order of the container; a heap has an order of its
        # own, so there a thing is known by its identity, stable as long as the queue holds it. Who
        # puts the same thing again, before it was got, makes it a line of its own.
        self._line: deque[Put] = deque()
        self._heap: dict[int, Any] = {}  # Put | deque[Put]
        # Who waits: by the future in line, until that is woken or broken off.
        self._calls: dict[asyncio.Future[None], WaitingCall] = {}
        self._known_size = maxsize  # what was told of it
        self._dropping = False
        if sink is not None:
            self.watch(sink)

    # --- being watched ---------------------------------------------------------------------------

    def watch(self, sink: Sink) -> None:
        """Tell ``sink`` of all that happens from now on, first of what lies in the queue.

        If watching fails (the sink raises, or ``clock``, ``who`` or ``describe`` do), it ends and
        is reported to the loop's exception handler (outside a loop, as a warning); the program
        watched never feels it. Raises RuntimeError if there is a sink already.
        """
        if self._sink is not None:
            raise RuntimeError("this queue has a sink already; unwatch() it first")
        self._sink = sink
        self._line.clear()
        self._heap.clear()
        self._slots = 0  # how many slot numbers were given
        self._known_size = self._maxsize
        self._last_put: Put | None = None
        self._last_got: Got | None = None
        self._refused = 0  # how many refusals were told
        self._dropper = ""  # who throws an item away; "" where shutdown does
        self._tell_change(QueueMade, max(0, self._maxsize), self.discipline)
        for item in self.items():
            if self._sink is not None:
                self._tell_put(item)

    def unwatch(self) -> None:
        """Take the sink away: from now on this is a plain queue."""
        self._sink = None
        self._calls.clear()

    def _watching_failed(self, error: BaseException) -> None:
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise error
        self.unwatch()
        message = f"watching queue {self.name!r} failed and has ended"
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            warnings.warn(f"{message}: {error!r}", RuntimeWarning, stacklevel=3)
        else:
            loop.call_exception_handler({"message": message, "exception": error, "queue": self})

    def items(self) -> list[T]:
        """Return what lies in the queue, in the order in which its container holds it."""
        return list(self._queue)  # no public method of asyncio's queues shows their content

    # --- what each discipline has in its own way -------------------------------------------------

    def _keep(self, item: T, put: Put) -> None:
        """Keep how an item was put, as long as it lies in the queue."""
        raise NotImplementedError

    def _take(self, item: T) -> Put:
        """Return, and keep no longer, how an item was put that was taken out just now."""
        raise NotImplementedError

    # --- telling: each of these is called just when the thing has happened -----------------------

    def _tell_put(self, item: T) -> None:
        try:
            self._last_put = put = self._describe_put(item)
            self._keep(item, put)
            self._sink(put)
        except BaseException as error:
            self._watching_failed(error)

    def _label_of(self, item: object) -> Label:
        return (item, "item", None) if type(item) is int else self._describe(item)

    def _describe_put(self, item: T) -> Put:
        """Give an inserted item the next slot number and the words by which events speak of it."""
        self._slots = slot = self._slots + 1
        label, shape, rank = self._label_of(item)
        return Put(self._clock(), self._who(), self.name, slot, label, shape, rank)

    @_never_felt
    def _tell_dropped(self, put: Put) -> None:
        counted = self._unfinished_tasks > 0
        by = self._dropper
        self._sink(Dropped(self._clock(), self.name, put.slot, put.item, counted, by))

    def _caller(self) -> tuple[str, Timeout | None]:
        """Return who calls now, and the timer around the call."""
        try:
            return self._who(), None if self._timeout is None else self._timeout()
        except BaseException as error:
            self._watching_failed(error)
            return "", None

    @_never_felt
    def _tell_change(self, kind: Callable[..., Event], *facts: object) -> None:
        self._sink(kind(self._clock(), self.name, *facts))

    @_never_felt
    def _tell_by(self, kind: Callable[..., Event], *facts: object) -> None:
        self._sink(kind(self._clock(), self._who(), self.name, *facts))

    def _tell_woken(self, call: WaitingCall) -> None:
        if (sink := self._sink) is not None:
            try:
                op = call.op
                call.last = self._last_put if op == "put" else self._last_got
                sink(Woken(self._clock(), call.worker, self.name, op, self._who()))
            except BaseException as error:
                self._watching_failed(error)

    @_never_felt
    def _tell_barged(self, call: WaitingCall) -> None:
        last = self._last_put if call.op == "put" else self._last_got
        by = "" if last is None or last is call.last else last.worker
        self._sink(Barged(self._clock(), call.worker, self.name, call.op, by))

    @_never_felt
    def _tell_refused_at_once(self, op: Operation, item: object, error: BaseException) -> None:
        self._tell_refused(WaitingCall(self._who(), op, None), item, error)

    @_never_felt
    def _tell_put_failed(self, item: T, error: BaseException) -> None:
        """Tell of an item that stays inside a heap although its put failed."""
        put = self._describe_put(item)
        self._keep(item, put)
        self._tell_refused(WaitingCall(put.worker, "put", None), item, error, put.slot)

    @_never_felt
    def _tell_get_failed(self, item: T, error: BaseException) -> None:
        """Tell of an item that is lost from a heap since its get failed."""
        slot = self._take(item).slot
        self._tell_refused(WaitingCall(self._who(), "get", None), None, error, slot)

    @_never_felt
    def _tell_refused(
        self, call: WaitingCall, item: object, error: BaseException, slot: int | None = None
    ) -> None:
        self._refused += 1
        why: Any = _AT_THE_DOOR.get(type(error)) or why_ended(error, call.timeout)
        text = say(error) if why == "error" else ""
        t, name = self._clock(), self.name
        if call.op == "put":
            label, shape, rank = self._label_of(item)
            event: Event = PutRefused(t, call.worker, name, label, why, shape, text, slot, rank)
        else:
            event = GetRefused(t, call.worker, name, why, text, slot)
        self._sink(event)
