"""A live run: a lab in its thread, its history up to now, and its recording. No screen needed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from qdash.commands import Command
from qdash.engine import Lab
from qdash.engine.again import Again
from qdash.engine.thread import LabThread
from qdash.events import Event, LoopError
from qdash.history import History

if TYPE_CHECKING:
    from qdash.recording import Recorder, RecordingError

_BATCH: Final = 500


class LiveRun:
    """One run from beginning to end: its events are folded as they are asked for.

    ``thread_factory`` makes the source of events of a lab that is not started, with the face of a
    ``LabThread``; ``speed`` (None: free) and ``paused`` are how it begins. ``record`` is the file
    into which the events go; raises RecordingError when that cannot be begun. A ``history`` that
    has begun goes with the place ``again`` at which it ends: see ``branch``.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        speed: float | None,
        paused: bool,
        record: Path | None = None,
        thread_factory: Callable[..., LabThread] = LabThread,
        history: History | None = None,
        again: Again | None = None,
    ) -> None:
        self.history = History(lab.header) if history is None else history
        self._lab = lab
        self._factory = thread_factory
        self._recorder: Recorder | None = None
        self._lost: RecordingError | None = None
        self._own: list[int] = []  # the numbers of events that tell of the recording, not the lab
        if record is not None:
            self._record(record)
        lab.watch_lines()
        self.source = thread_factory(lab, speed=speed, paused=paused, again=again)

    def _record(self, path: Path) -> None:
        from qdash.recording import Recorder, RecordingError

        lab = self._lab
        self._recorder = recorder = Recorder(path, lab.header)

        def write(event: Event) -> None:
            # The lab hears nothing of a failure here: what happens in it must not depend on a disk.
            try:
                recorder.write(event)
            except RecordingError as error:
                lab.remove_sink(write)
                self._lost = error

        lab.add_sink(write)

    def branch(
        self,
        n: int,
        *,
        position: float | None = None,
        speed: float | None,
        paused: bool,
        record: Path | None = None,
    ) -> LiveRun:
        """Return another run, not yet started, that goes on anew where ``n`` events had happened.

        Its history begins with those. Its lab is run again up to there, or to the end of what was
        just being done; commands sent meanwhile are carried out there. ``position`` is the virtual
        time from which it goes on, in seconds: that of the last event, or later, but before the
        next one. ``record`` is a file into which its events go from the very beginning.

        Raises IndexError where that moment is no longer kept, and RecordingError.
        """
        history = self.history.fork(n)
        latest, own = history.now.state.last, [number for number in self._own if number < n]
        number, last = n, latest and latest[0]
        while number - 1 in own:
            number -= 1
            last = history.event(number - 1) if number else None
        t = 0.0 if last is None else last.t
        given = tuple(self._lab.given)
        again = Again(given, n - len(own), last, t if position is None else max(t, position))
        run = LiveRun(
            self._lab.fresh(),
            speed=speed,
            paused=paused,
            record=record,
            thread_factory=self._factory,
            history=history,
            again=again,
        )
        run._own = own
        return run

    @property
    def given(self) -> list[tuple[float, Command]]:
        """What was asked of the lab so far, each with its virtual time in seconds."""
        return [(given.t, given.command) for given in list(self._lab.given)]

    def fold(
        self, seconds: float, told: Collection[type[Event]], tell: Callable[[Event], None]
    ) -> int:
        """Fold what has happened, for about ``seconds`` at most; return how many events there were.

        Each event of a type in ``told`` is handed to ``tell`` once it is folded.
        """
        before, until = self.history.events, monotonic() + seconds
        while events := self.source.drain(_BATCH) or self._loss():
            self.history.fold(events)
            for event in events:
                if type(event) in told:
                    tell(event)
            if monotonic() > until:
                break
        return self.history.events - before

    def _loss(self) -> list[Event]:
        """Return what is to be told of a recording that has just failed."""
        lost, self._lost = self._lost, None
        if lost is None:
            return []
        self._own.append(self.history.events)
        text = f"the recording breaks off here: {lost.english}"
        return [LoopError(self.history.now.state.t, text)]

    def close(self) -> RecordingError | None:
        """End the run: no thread and no task is left, and its recording is whole.

        Returns why something is missing in the recording, if it is.
        """
        if self.source.alive:
            self.source.close()
        if self._recorder is not None:
            from qdash.recording import RecordingError

            recorder, self._recorder = self._recorder, None
            try:
                recorder.close()
            except RecordingError as error:
                return error
        return None
