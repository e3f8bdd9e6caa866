"""The past: every event of a run as far back as there is room, and any moment of it again.

Events are kept in compressed chunks. Now and then a snapshot of all that is known is put beside
them; a moment is the nearest snapshot before it, with the events since then folded again. So what
is shown of the past is what was shown then, and costs the same wherever it lies. Snapshots of the
timeline share what they have in common.
"""

from __future__ import annotations

import pickle
import sys
import zlib
from bisect import bisect_right
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, Final, NamedTuple, TypeVar, get_args

import msgspec

from qdash.events import AnyEvent, Event, Header
from qdash.state import State, Then
from qdash.timeline import Timeline

LIMIT: Final = 500_000
"""How many events a live run keeps at least before the oldest are let go."""
CHUNK: Final = 1_000
"""How many events are compressed together."""
TIMELINES: Final = 2
"""A snapshot of the timeline lies before every so many chunks, of a crowd's more rarely."""
CROWD: Final = 100
"""For so many workers, another chunk lies between two snapshots of the timeline."""
WEIGHT: Final = 32
"""How many bytes of a snapshot of the state there may be for each event. So its snapshots are rare
where there is much to know, as of a crowd; the present is not held up, and memory stays bounded."""
SPARE: Final = 16
"""How many chunks there may be above the limit before the oldest are let go, all at once."""
_OPEN: Final = 16
"""How many chunks are kept as they were unpacked."""
_FAST: Final = 1
_ENCODE: Final = msgspec.msgpack.Encoder().encode

_NAMING: Final = frozenset(kind for kind in get_args(AnyEvent) if "item" in kind.__struct_fields__)
"""The kinds of events that name an item."""

T = TypeVar("T")


class Row(NamedTuple):
    """An event with its number, and what was true right after it."""

    number: int
    event: Event
    then: Then | None


class Moment:
    """All that is known right after a number of events: a fold that can go on."""

    __slots__ = ("state", "timeline")

    def __init__(self, state: State, timeline: Timeline) -> None:
        self.state = state
        self.timeline = timeline

    @property
    def events(self) -> int:
        """How many events are folded."""
        return self.state.events

    def apply(self, event: Event) -> Then | None:
        """Fold one more event."""
        then = self.state.apply(event)
        self.timeline.apply(event)
        return then


class _Chunk(NamedTuple):
    """``CHUNK`` events, and what was known before them where a snapshot was taken."""

    packed: bytes
    began: float
    """When the last event before it happened, in virtual seconds."""
    state: bytes | None
    timeline: Timeline | None
    items: tuple[int, int]
    """The lowest and the highest number of an item of which its events tell."""


class History:
    """The events of a run in their order, with what is known now: ``fold`` adds to both.

    Events are numbered from 0. ``limit`` is how many are kept at least (None: all).
    """

    def __init__(self, header: Header, limit: int | None = LIMIT) -> None:
        self.header = header
        self.limit = limit
        self.now = Moment(State(header), Timeline(header))
        self._chunks: list[_Chunk] = []
        self._gone = 0  # how many chunks were let go
        self._open: list[Event] = []  # those of the chunk that is not full
        self._thens: deque[Then | None] = deque(maxlen=2 * CHUNK)  # of the latest events
        self._snapshot: tuple[bytes | None, Timeline | None] = (None, None)
        self._due = 0  # the chunk before which the next snapshot of the state is taken
        self._due_timeline = 0
        self._began = 0.0
        self._unpacked: OrderedDict[int, list[Event]] = OrderedDict()
        self._told: OrderedDict[int, list[Then | None]] = OrderedDict()
        self._take_snapshot()

    # --- what is kept ----------------------------------------------------------------------------

    @property
    def events(self) -> int:
        """How many events there were in all."""
        return self.now.events

    @property
    def first(self) -> int:
        """The number of the oldest event kept: above 0 once older ones were let go."""
        return self._gone * CHUNK

    @property
    def start(self) -> float:
        """The virtual time of the oldest moment kept, in seconds."""
        return self._chunks[0].began if self._chunks else self._began

    def fold(self, events: Sequence[Event]) -> None:
        """Add events, the latest last."""
        know, place = self.now.state.apply, self.now.timeline.apply
        at = 0
        while at < len(events):
            part = events[at : at + CHUNK - len(self._open)]
            # One after the other, without a loop of our own: this is on the path of every event.
            self._thens.extend(map(know, part))
            deque(map(place, part), 0)
            self._open += part
            at += len(part)
            if len(self._open) == CHUNK:
                self._close_chunk()

    def _close_chunk(self) -> None:
        packed = zlib.compress(_ENCODE(self._open), _FAST)
        thens = islice(self._thens, len(self._thens) - CHUNK, None)
        items = _items(self._open, thens)
        self._chunks.append(_Chunk(packed, self._began, *self._snapshot, items))
        _keep(self._unpacked, self._gone + len(self._chunks) - 1, self._open)
        self._open = []
        self._began = self.now.state.t
        self._take_snapshot()
        if self.limit is not None and len(self._chunks) * CHUNK >= self.limit + SPARE * CHUNK:
            self._let_go(len(self._chunks) - -(-self.limit // CHUNK))

    def _let_go(self, count: int) -> None:
        """Let the oldest chunks go, but keep both snapshots before the oldest that is kept."""
        whole = (n for n in range(count, 0, -1) if None not in self._chunks[n][2:4])
        gone = next(whole, 0)
        del self._chunks[:gone]
        self._gone += gone

    def _take_snapshot(self) -> None:
        number, now = self._gone + len(self._chunks), self.now
        state = timeline = None
        if number >= self._due_timeline:
            timeline = now.timeline.copy()
            self._due_timeline = number + max(TIMELINES, len(now.state.workers) // CROWD)
        if number >= self._due and timeline is not None:
            state = _freeze(now.state)
            self._due = number + max(1, len(state) // (WEIGHT * CHUNK))
        self._snapshot = state, timeline

    def fork(self, n: int) -> History:
        """Return a history of its own that begins with the first ``n`` events of this one."""
        other = History.__new__(History)
        other.header, other.limit = self.header, self.limit
        other.now = self.moment(n)
        chunk, inside = divmod(n, CHUNK)
        whole = chunk - self._gone
        other._chunks = self._chunks[:whole]
        other._gone = self._gone
        other._open = self._chunk(chunk)[:inside] if inside else []
        other._thens = deque((row.then for row in self.rows(n - inside, n)), 2 * CHUNK)
        if whole < len(self._chunks):
            cut = self._chunks[whole]
            other._began, other._snapshot = cut.began, (cut.state, cut.timeline)
        else:
            other._began, other._snapshot = self._began, self._snapshot
        other._due = other._due_timeline = 0
        other._unpacked, other._told = OrderedDict(), OrderedDict()
        return other

    # --- any moment, any event -------------------------------------------------------------------

    def moment(self, n: int) -> Moment:
        """Return what was known after ``n`` events, as a fold of its own that may go on.

        Raises IndexError where ``n`` lies before ``first`` or after ``events``.
        """
        if not self.first <= n <= self.events:
            raise IndexError(f"there are moments {self.first} to {self.events}, not {n}")
        at, state = self._state_before(n // CHUNK)
        for event in self.between(at * CHUNK, n):
            state.apply(event)
        return Moment(state, self.timeline(n))

    def timeline(self, n: int) -> Timeline:
        """Return but the timeline of ``moment(n)``, where no more of it is needed."""
        at = n // CHUNK
        while (kept := self._snapshots(at)[1]) is None:
            at -= 1
        timeline = kept.copy()
        for event in self.between(at * CHUNK, n):
            timeline.apply(event)
        return timeline

    def event(self, number: int) -> Event:
        """Return the event with this number. Raises IndexError where it is not kept."""
        if not self.first <= number < self.events:
            raise IndexError(f"there are events {self.first} to {self.events - 1}, not {number}")
        return self._chunk(number // CHUNK)[number % CHUNK]

    def between(self, a: int, b: int) -> Iterator[Event]:
        """Go through the events ``a <= number < b`` as far as they are kept."""
        a, b = max(a, self.first), min(b, self.events)
        while a < b:
            start = a // CHUNK * CHUNK
            yield from self._chunk(a // CHUNK)[a - start : b - start]
            a = start + CHUNK

    def before(self, number: int, low: int) -> Iterator[tuple[int, Event]]:
        """Yield the events before ``number``, each with its own, going back to number ``low``."""
        at, low = min(number, self.events), max(low, self.first)
        while at > low:
            chunk, inside = divmod(at - 1, CHUNK)
            events, at = self._chunk(chunk), chunk * CHUNK
            for i in range(inside, max(-1, low - at - 1), -1):
                yield at + i, events[i]

    def rows(self, a: int, b: int) -> list[Row]:
        """Return the events ``a <= number < b`` as far as they are kept, each with its number."""
        a, b = max(a, self.first), min(b, self.events)
        recent = self.told
        rows: list[Row] = []
        while a < b:
            chunk = a // CHUNK
            end = min(b, (chunk + 1) * CHUNK)
            events = self._chunk(chunk)[a % CHUNK : a % CHUNK + end - a]
            if a >= recent:
                thens = list(islice(self._thens, a - recent, end - recent))
            else:
                thens = self._chunk_thens(chunk)[a % CHUNK : a % CHUNK + end - a]
            rows += map(Row, range(a, end), events, thens)
            a = end
        return rows

    @property
    def told(self) -> int:
        """From which number on ``rows`` needs not fold anything again."""
        return self.events - len(self._thens)

    def snapshot(self, n: int) -> State:
        """Return what was known at most ``n`` events in, as near as is at hand, to fold on from."""
        return self._state_before(n // CHUNK)[1]

    def speaks(self, chunk: int, item: int) -> bool:
        """Tell whether events of a chunk, its ``CHUNK`` events by number, may tell of an item."""
        at = chunk - self._gone
        if at >= len(self._chunks):
            return True
        low, high = self._chunks[at].items
        return low <= item <= high

    def at(self, t: float) -> int:
        """Return how many events happened up to and including virtual time ``t``, in seconds."""
        if t >= self._began:
            chunk = self._gone + len(self._chunks)
        else:
            chunk = self._gone + bisect_right(self._chunks, t, key=_began) - 1
        if chunk < self._gone:
            return self.first
        return chunk * CHUNK + bisect_right(self._chunk(chunk), t, key=_when)

    def _chunk(self, number: int) -> list[Event]:
        """Return the events of a chunk, of which the last may be open."""
        at = number - self._gone
        if at == len(self._chunks):
            return self._open
        if number not in self._unpacked:
            _keep(self._unpacked, number, _decode()(zlib.decompress(self._chunks[at].packed)))
        return self._unpacked[number]

    def _snapshots(self, number: int) -> tuple[bytes | None, Timeline | None]:
        at = number - self._gone
        return self._snapshot if at == len(self._chunks) else self._chunks[at][2:4]

    def _state_before(self, chunk: int) -> tuple[int, State]:
        """Return the nearest snapshot of the state, and the number of the chunk it lies before."""
        while (frozen := self._snapshots(chunk)[0]) is None:
            chunk -= 1
        return chunk, _thaw(self.header, frozen)

    def _chunk_thens(self, number: int) -> list[Then | None]:
        """Return what was true after each event of a chunk."""
        if number not in self._told:
            at, state = self._state_before(number)
            for chunk in range(at, number + 1):
                thens = [state.apply(event) for event in self._chunk(chunk)]
                _keep(self._told, chunk, thens)
        return self._told[number]


def _items(events: Iterable[Event], thens: Iterable[Then | None]) -> tuple[int, int]:
    """Return the lowest and the highest number of an item of which events tell.

    Where an event names none, what it was about stands in ``Then``.
    """
    low, high = sys.maxsize, -1
    for event, then in zip(events, thens, strict=True):
        item: object = None if then is None else then.item
        if type(event) in _NAMING:
            item = event.item  # type: ignore[attr-defined]
        if isinstance(item, int):
            if item < low:
                low = item
            if item > high:
                high = item
    return low, high


@cache
def _decode() -> Callable[[bytes], list[Event]]:
    """Return what unpacks a chunk: it takes some time to make, for which no start has to wait."""
    decode: Callable[[bytes], Any] = msgspec.msgpack.Decoder(list[AnyEvent]).decode
    return decode


def _began(chunk: _Chunk) -> float:
    return chunk.began


def _when(event: Event) -> float:
    return event.t


def _keep(cache: OrderedDict[int, list[T]], key: int, value: list[T]) -> None:
    """Keep a list under ``key``; what was kept first goes when there are too many."""
    cache[key] = value
    if len(cache) > _OPEN:
        cache.popitem(last=False)


def _freeze(state: State) -> bytes:
    """Return a snapshot. The header, which never changes, is left out."""
    fields = {name: value for name, value in vars(state).items() if name != "header"}
    return pickle.dumps(fields, pickle.HIGHEST_PROTOCOL)


def _thaw(header: Header, frozen: bytes) -> State:
    state = State.__new__(State)
    vars(state).update(pickle.loads(frozen), header=header)
    return state
