"""A place in a history that can be moved to and fro, and played: the playhead of a recording."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

from qdash.events import Event, Stepped, WorkerEnded
from qdash.history import CHUNK, History

_BATCH: Final = 200


class Player:
    """A moment of a history, which ``tick`` moves on while it plays. It begins paused, at the end.

    ``speed`` is virtual seconds a wall second, None as fast as can be; ``clock`` the wall's, in
    seconds. ``now`` is the virtual time of the end, where that lies after the last event.
    """

    def __init__(
        self,
        history: History,
        speed: float | None,
        clock: Callable[[], float] = monotonic,
        *,
        now: float = 0.0,
    ) -> None:
        self.history = history
        self.speed = speed
        self.paused = True
        self._now = now
        self.moment = history.moment(history.events)
        self.position = self.end
        """The clock to show, in virtual seconds: it may lie between two events."""
        self._clock = clock
        self._wall = clock()

    @property
    def end(self) -> float:
        """The virtual time of the end, in seconds."""
        return max(self._now, self.history.now.state.t)

    @property
    def at_end(self) -> bool:
        """Whether there is nothing that came later, not even time."""
        return self.moment.events >= self.history.events and self.position >= self.end

    # --- to another moment -----------------------------------------------------------------------

    def to(self, n: int) -> None:
        """Go to where ``n`` events have happened, or as near to it as is kept."""
        n = min(max(n, self.history.first), self.history.events)
        at = self.moment.events
        if self.history.first <= at <= n <= at + CHUNK:
            for event in self.history.between(at, n):
                self.moment.apply(event)
        else:
            self.moment = self.history.moment(n)
        self.position = self.end if n == self.history.events else self.moment.state.t

    def to_time(self, t: float) -> None:
        """Go to virtual time ``t``, in seconds, when all that happened then has happened."""
        t = min(max(t, self.history.start), self.end)
        self.to(self.history.at(t))
        self.position = t

    def by_events(self, count: int) -> None:
        """Go so many events on, or back."""
        self.to(self.moment.events + count)

    def by_seconds(self, seconds: float) -> None:
        """Go so many virtual seconds on, or back."""
        self.to_time(self.position + seconds)

    def by_steps(self, count: int) -> None:
        """Go so many steps of workers on, or back: to the end of one, where its worker awaits."""
        n = self.moment.events
        for _ in range(abs(count)):
            n = self._step_after(n) if count > 0 else self._step_before(n)
        self.to(n)

    def _step_after(self, n: int) -> int:
        for number in range(n, self.history.events):
            if _ends_step(self.history.event(number)):
                return number + 1
        return self.history.events

    def _step_before(self, n: int) -> int:
        for number in range(n - 2, self.history.first - 1, -1):
            if _ends_step(self.history.event(number)):
                return number + 1
        return self.history.first

    # --- playing ---------------------------------------------------------------------------------

    def play(self) -> None:
        """Go on from here."""
        self.paused = False
        self._wall = self._clock()

    def pause(self) -> None:
        """Stand still here."""
        self.paused = True

    def set_speed(self, speed: float | None) -> None:
        """Play at ``speed`` virtual seconds a wall second (above 0), None as fast as can be."""
        self.speed = speed

    def tick(self, seconds: float) -> bool:
        """Play on up to the present, for about ``seconds`` of work; return whether it moved.

        At the end it pauses.
        """
        wall, before = self._clock(), self._wall
        self._wall = wall
        if self.paused:
            return False
        until = wall + seconds
        target = (
            float("inf") if self.speed is None else self.position + (wall - before) * self.speed
        )
        history = self.history
        if self.moment.events < history.first:
            self.to(history.first)  # what would come next was let go
        moment = self.moment
        while moment.events < history.events:
            for event in history.between(moment.events, moment.events + _BATCH):
                if event.t > target:
                    self.position = target
                    return True
                moment.apply(event)
            if self._clock() > until:
                self.position = moment.state.t
                return True
        self.position = min(target, self.end)
        self.paused = self.at_end
        return True


def _ends_step(event: Event) -> bool:
    return type(event) is Stepped or type(event) is WorkerEnded
