"""A live run: a lab in its thread, its history up to now, and its recording. No screen needed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Final

from qdash.engine import Lab
from qdash.engine.thread import LabThread
from qdash.events import Event
from qdash.history import History

if TYPE_CHECKING:
    from qdash.recording import Recorder, RecordingError

_BATCH: Final = 500


class LiveRun:
    """One run from beginning to end: its events are folded as they are asked for.

    ``thread_factory`` makes the source of events of a lab that is not started, with the face of a
    ``LabThread``; ``speed`` (None: free) and ``paused`` are how it begins. ``record`` is the file
    into which the events go; raises RecordingError when that cannot be begun.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        speed: float | None,
        paused: bool,
        record: Path | None = None,
        thread_factory: Callable[..., LabThread] = LabThread,
    ) -> None:
        self.history = History(lab.header)
        self._recorder: Recorder | None = None
        if record is not None:
            from qdash.recording import Recorder

            self._recorder = Recorder(record, lab.header)
            lab.add_sink(self._recorder.write)
        lab.watch_lines()
        self.source = thread_factory(lab, speed=speed, paused=paused)

    def fold(
        self, seconds: float, told: Collection[type[Event]], tell: Callable[[Event], None]
    ) -> int:
        """Fold what has happened, for about ``seconds`` at most; return how many events there were.

        Each event of a type in ``told`` is handed to ``tell`` once it is folded.
        """
        before, until = self.history.events, monotonic() + seconds
        while events := self.source.drain(_BATCH):
            self.history.fold(events)
            for event in events:
                if type(event) in told:
                    tell(event)
            if monotonic() > until:
                break
        return self.history.events - before

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
