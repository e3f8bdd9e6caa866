"""Recordings: a header line, then an event a line, all of it JSON.

A file that was cut off anywhere can be read up to its last whole line.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from qdash.events import FORMAT, AnyEvent, Event, Header

_BUFFER: Final = 2_000
"""How many lines are gathered before they are written."""


class RecordingError(Exception):
    """A file cannot be written, or is not a recording; the message is one sentence."""


class _Version(msgspec.Struct):
    format: int


class Recording(NamedTuple):
    """What a file holds. ``problem`` says in a sentence where it breaks off, "" if it does not."""

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


def read(path: str | Path) -> Recording:
    """Read a recording as far as it goes.

    Raises RecordingError when there is no such file, or it is not a recording of this version.
    """
    try:
        lines = Path(path).read_bytes().split(b"\n")
    except (OSError, ValueError) as error:
        raise _cannot("read", path, error) from None
    header = _header(path, lines[0])
    events: list[Event] = []
    decode = msgspec.json.Decoder(AnyEvent).decode
    for number, line in enumerate(lines[1:], 2):
        if not line and number == len(lines):
            break  # what follows the last end of line
        try:
            events.append(decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            where = f"{_shown(path)} holds {len(events):,} events"
            if number == len(lines):
                return Recording(header, events, f"{where}; it was cut off in line {number:,}")
            return Recording(header, events, f"{where}; line {number:,} is not one: {error}")
    return Recording(header, events, "")


def _header(path: str | Path, line: bytes) -> Header:
    try:
        version = msgspec.json.decode(line, type=_Version).format
        if version != FORMAT:
            raise RecordingError(
                f"{_shown(path)} is a recording of format {version}; this qdash reads {FORMAT}"
            )
        return msgspec.json.decode(line, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise RecordingError(
            f"{_shown(path)} is not a recording: its first line is no header of qdash"
        ) from None


def _cannot(what: str, path: str | Path, error: Exception) -> RecordingError:
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return RecordingError(f"cannot {what} {_shown(path)}: {reason}")


def _shown(path: str | Path) -> str:
    """Return a file's name as one short line."""
    text = repr(str(path))
    return text if len(text) <= 100 else text[:98] + "…'"
