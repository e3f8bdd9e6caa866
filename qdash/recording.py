"""Recordings: a header line, then an event a line, all of it JSON.

A file that was cut off anywhere is read up to its last whole line; of one that was damaged, all
lines that are whole are read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import le
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from qdash.events import FORMAT, AnyEvent, Event, Header, QueueMade, SettingChanged, Value
from qdash.settings import SETTINGS, SettingError
from qdash.words import Refusal, Sentence, mark, tr, trc, trn

LATEST: Final = 1e15
"""The latest time, in virtual seconds, that is taken for one: thirty million years."""

_BUFFER: Final = 2_000
"""How many lines are gathered before they are written."""
_PART: Final = 1 << 18
"""How many bytes are read at once."""
_LINE: Final = 1 << 24
"""About how many bytes a line may have; a longer one is damaged."""
_LAG: Final = 500
"""How many events are held back, so that what comes next can tell which of two times is wrong."""


class RecordingError(Refusal):
    """A file cannot be written, or is not a recording; the message is one sentence."""


class _Version(msgspec.Struct):
    format: int


class Recording(NamedTuple):
    """What a file holds; ``problem`` says in a sentence what is wrong with it, "" if nothing."""

    header: Header
    events: list[Event]
    problem: str


class Recorder:
    """Writes a stream of events to a file: ``write`` is a sink for a lab."""

    def __init__(self, path: str | Path, header: Header) -> None:
        """Begin the file anew. Raises RecordingError when it cannot be written."""
        self._path = path
        self._encode = msgspec.json.Encoder().encode
        self._lines: list[bytes] = []
        self._failure: RecordingError | None = None
        try:
            self._file = Path(path).open("wb", buffering=0)  # noqa: SIM115 (close() closes it)
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            raise _cannot("write", path, error) from None
        self._lines.append(self._encode(header))
        try:
            self.flush()
        except RecordingError:
            self._file.close()
            raise

    def write(self, event: Event) -> None:
        """Write an event. Raises RecordingError when the file takes no more."""
        self._lines.append(self._encode(event))
        if len(self._lines) >= _BUFFER:
            self.flush()

    def flush(self) -> None:
        """Hand over to the file what has gathered. Raises RecordingError."""
        data = memoryview(b"".join(line + b"\n" for line in self._lines))
        self._lines.clear()
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            self._failure = _cannot("write", self._path, error)
            raise self._failure from None

    def close(self) -> None:
        """Write what is left and close the file. Raises RecordingError if any line was lost."""
        if self._file.closed:
            return
        try:
            if self._failure is None:
                self.flush()
        finally:
            self._file.close()
        if self._failure is not None:
            raise self._failure


class Reader:
    """A recording that is being read: its ``header`` at once, then its events, batch by batch.

    Iterate over it once, and close it or use it as a context manager. Lines that are no events,
    and those whose time does not fit between their neighbours', are left out and counted. Little
    of the file is in memory at any time.
    """

    def __init__(self, path: str | Path) -> None:
        """Open the file.

        Raises RecordingError when it cannot be read, or is not a recording of this version.
        """
        self._path = path
        self._end: Sentence | None = None
        self._line = 1  # the number of the latest line read
        self.damaged = 0
        """How many lines were left out so far."""
        self._first_damaged = 0
        self._pending: list[Event] = []
        self._numbers: list[int] = []  # the line of each that is pending
        self._t = 0.0
        self._queues: set[str] = set()
        self._unmade: list[str] = []
        decoder = msgspec.json.Decoder(AnyEvent)
        self._decode, self._decode_lines = decoder.decode, decoder.decode_lines
        try:
            self._file = Path(path).open("rb")  # noqa: SIM115 (close() closes it)
            try:
                self._size = Path(path).stat().st_size
                self.header = _header(path, self._file.readline(_LINE))
            except BaseException:
                self._file.close()
                raise
        except (OSError, ValueError) as error:  # ValueError: a name that no file can have
            raise _cannot("read", path, error) from None

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @property
    def part(self) -> float:
        """Which part of the file has been read, from 0 to 1."""
        return min(1.0, self._file.tell() / self._size) if self._size else 1.0

    @property
    def problem(self) -> str:
        """One sentence that says what is wrong with what was read so far; "" if nothing is."""
        said = []
        if self.damaged:
            text = trn(
                "line {line:,} is damaged and left out",
                "{n:,} lines from line {line:,} on are damaged and left out",
                self.damaged,
            )
            said.append(text.format(n=self.damaged, line=self._first_damaged))
        if self._unmade:
            text = trn(
                "how queue {queue} was made is lost, and its maxsize taken from the settings",
                "how {n:,} queues were made is lost, and their maxsize taken from the settings",
                len(self._unmade),
            )
            said.append(text.format(n=len(self._unmade), queue=_shown(self._unmade[0])))
        if said:
            text = tr("{problem}, so what follows may not add up")
            said[-1] = text.format(problem=said[-1])
        if self._end is not None:
            said.append(str(self._end))
        if not said:
            return ""
        problem = trc("list", "; ").join(said)
        return tr("{file}: {problem}").format(file=_shown(self._path), problem=problem)

    def __iter__(self) -> Iterator[list[Event]]:
        """Yield the events in their order, some thousand at a time."""
        for lines in self._parts():
            self._take(lines)
            yield self._give(_LAG)
        yield self._give(0)

    def _parts(self) -> Iterator[bytes]:
        """Yield the file in parts of whole lines; the last of them may have no end."""
        rest, trouble = b"", ""
        try:
            while data := self._file.read(_PART):
                lines, end, left = data.rpartition(b"\n")
                if end:
                    yield rest + lines + end
                    rest = b""
                rest += left
                if len(rest) > _LINE:
                    rest = b"\0"  # so whatever follows of it, the line is no event
        except OSError as error:
            trouble = error.strerror or str(error)
        if rest:
            yield rest
        if trouble:
            template = mark("it cannot be read beyond line {line:,}: {reason}")
            self._end = Sentence(template, line=self._line, reason=trouble)

    def _take(self, lines: bytes) -> None:
        """Add what is whole in these lines to what is pending."""
        cut = not lines.endswith(b"\n")
        count = lines.count(b"\n") + cut
        numbers = range(self._line + 1, self._line + 1 + count)
        self._line += count
        try:
            events = self._decode_lines(lines)
        except _UNDECODABLE:
            events = []
        if len(events) == count:
            self._pending += events
            self._numbers += numbers
            return
        for number, line in zip(numbers, lines.split(b"\n"), strict=False):
            try:
                event = self._decode(line)
            except _UNDECODABLE:
                if cut and number == self._line:
                    self._end = Sentence(mark("it was cut off in line {line:,}"), line=number)
                else:
                    self._leave_out(number)
            else:
                self._pending.append(event)
                self._numbers.append(number)

    def _leave_out(self, number: int) -> None:
        self.damaged += 1
        self._first_damaged = min(self._first_damaged or number, number)

    def _give(self, lag: int) -> list[Event]:
        """Return what is pending, but for the last ``lag``, as far as its times are in order."""
        times = [event.t for event in self._pending]
        in_order = all(map(le, times, islice(times, 1, None)))
        if times and not (in_order and times[0] >= self._t and times[-1] <= LATEST):
            stay = _rising(times, self._t)
            for at in sorted(set(range(len(times))).difference(stay)):
                self._leave_out(self._numbers[at])
            self._pending = [self._pending[at] for at in stay]
            self._numbers = [self._numbers[at] for at in stay]
        count = max(0, len(self._pending) - lag)
        events, numbers = self._pending[:count], self._numbers[:count]
        del self._pending[:count], self._numbers[:count]
        if events:
            self._t = events[-1].t
        return self._sound(events, numbers)

    def _sound(self, events: list[Event], numbers: list[int]) -> list[Event]:
        """Return the events such that they can be folded.

        A setting has only values that are allowed, and each queue begins by being made: where that
        line is lost, it is put in its place again as well as can be known.
        """
        named = {getattr(event, "queue", None) for event in events} - {None}
        changed = SettingChanged in map(type, events)
        if named <= self._queues and not changed:
            return events
        sound: list[Event] = []
        for event, number in zip(events, numbers, strict=True):
            if isinstance(event, SettingChanged) and not _allowed(event.name, event.new):
                self._leave_out(number)
                continue
            queue = getattr(event, "queue", None)
            if queue is not None and queue not in self._queues:
                self._queues.add(queue)
                if not isinstance(event, QueueMade):
                    self._unmade.append(queue)
                    maxsize = self.header.settings.get("maxsize")
                    sound.append(QueueMade(event.t, queue, int(maxsize or 0)))
            sound.append(event)
        return sound


_UNDECODABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for a line that is no event; the last where it is nested too deep."""


def read(path: str | Path) -> Recording:
    """Read a recording into memory, as far as it goes. Raises RecordingError as ``Reader`` does."""
    with Reader(path) as reader:
        events = [event for batch in reader for event in batch]
        return Recording(reader.header, events, reader.problem)


def _rising(times: Sequence[float], low: float) -> list[int]:
    """Return where those times stand that never go back: as many of them as can be.

    They lie from ``low`` to LATEST. So one time that is wrong takes no others with it.
    """
    ends: list[float] = []  # of the best rows of each length: the time at its end
    last: list[int] = []  # and where that stands
    before: list[int] = []  # for each time: where the one before it in its best row stands
    for at, t in enumerate(times):
        if not low <= t <= LATEST:
            before.append(-1)
            continue
        length = bisect_right(ends, t)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [t]
        last[length : length + 1] = [at]
    found: list[int] = []
    at = last[-1] if last else -1
    while at >= 0:
        found.append(at)
        at = before[at]
    return found[::-1]


def _allowed(name: str, value: Value) -> bool:
    try:
        if name in SETTINGS:
            SETTINGS[name].check(value)
    except SettingError:
        return False
    return True


def _header(path: str | Path, line: bytes) -> Header:
    try:
        version = msgspec.json.decode(line, type=_Version).format
        if version != FORMAT:
            template = mark(
                "{file} is a recording of format {version:,}, of another version of qdash; this "
                "one reads format {format}"
            )
            raise RecordingError(
                Sentence(template, file=_shown(path), version=version, format=FORMAT)
            )
        header = msgspec.json.decode(line, type=Header)
    except _UNDECODABLE:
        template = mark("{file} is not a recording: its first line is no header of qdash")
        raise RecordingError(Sentence(template, file=_shown(path))) from None
    for name, value in header.settings.items():
        if not _allowed(name, value):
            template = mark("{file} is damaged: in its header {name} is not {allowed}")
            allowed = SETTINGS[name].allowed
            raise RecordingError(Sentence(template, file=_shown(path), name=name, allowed=allowed))
    return header


_CANNOT: Final = {
    "read": mark("cannot read {file}: {reason}"),
    "write": mark("cannot write {file}: {reason}"),
}


def _cannot(what: str, path: str | Path, error: Exception) -> RecordingError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return RecordingError(Sentence(_CANNOT[what], file=_shown(path), reason=reason))


def _shown(path: str | Path) -> str:
    """Return a file's name as one short line."""
    text = repr(str(path))
    return text if len(text) <= 100 else text[:98] + "…'"
