"""The lab's own thread: it paces the lab, takes commands in, and hands events out.

The hand-over is bounded: when the screen does not keep up, the lab waits for it, and nothing is
dropped. Pace never changes what happens, only when a person sees it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from qdash.commands import Command
from qdash.engine.again import Again, NotTheSame, run_again
from qdash.engine.failures import short_traceback
from qdash.engine.lab import Lab
from qdash.engine.loop import Outcome
from qdash.engine.watching import say
from qdash.events import Event, LoopError

BUFFER_LIMIT: Final = 20_000
"""How many events may wait for the screen before the lab waits (one slice may go beyond)."""
_SLICE: Final = 200
"""How many callbacks run before the thread looks at its inbox again."""
_FOREVER: Final = float("inf")


class Pace:
    """The position in virtual time that belongs to the wall clock: paced, free or paused.

    All times are in seconds; ``speed`` is virtual seconds a wall second, None is free. At
    ``limit`` it stands until that is raised.
    """

    def __init__(self, speed: float | None, paused: bool, wall: float) -> None:
        self.speed = speed
        self.paused = paused
        self.limit = _FOREVER
        self._position = 0.0
        self._wall = wall

    def position(self, wall: float) -> float:
        """Return the position at the wall time ``wall``."""
        if self.paused or self.speed is None:
            return self._position
        reached = self._position + (wall - self._wall) * self.speed
        return max(self._position, min(reached, self.limit))

    def anchor(self, wall: float, position: float) -> None:
        """Let the position be ``position`` at ``wall``, and go on from there."""
        self._wall, self._position = wall, position

    def change(self, wall: float, *, speed: float | None, paused: bool) -> None:
        """Go on at another speed, or stop or start, without a jump."""
        self.anchor(wall, self.position(wall))
        self.speed, self.paused = speed, paused

    def until(self, wall: float) -> float:
        """Return the virtual time up to which the lab may run at ``wall``."""
        return self.limit if self.speed is None and not self.paused else self.position(wall)

    def delay(self, wall: float, due: float | None) -> float | None:
        """Return how long, in wall seconds, until ``due`` is reached; None is never."""
        if self.paused or due is None or due > self.limit:
            return None
        if self.speed is None:
            return 0.0
        return max(0.0, (due - self.position(wall)) / self.speed)


class LabThread:
    """A lab that runs in a thread of its own. All methods may be called from any other thread.

    ``wall`` is the clock on the wall in seconds, ``speed`` None is free. The lab must not be
    started; nobody else may touch it until ``close`` has returned.

    With ``again`` it begins at that place of an earlier course: the lab first runs there as fast as
    it can, while the position stands. Events up to the place are not handed out. Commands sent
    meanwhile are carried out at the place, in their order.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        speed: float | None = 1.0,
        paused: bool = False,
        limit: int = BUFFER_LIMIT,
        wall: Callable[[], float] = time.monotonic,
        again: Again | None = None,
    ) -> None:
        self.header = lab.header
        self._lab = lab
        self._wall = wall
        self._limit = limit
        self._pace = Pace(speed, paused, wall())
        self._changed = threading.Condition()
        self._inbox: deque[Command] = deque()
        self._out: deque[Event] = deque()
        self._steps = 0
        self._closing = False
        self._lagging = False
        self._idle = False
        self._over = False
        self._done = -1.0  # up to which virtual time all that was due has been done
        self._place = again
        self._part = None if again is None else 0.0
        self._thread = threading.Thread(target=self._run, name="qdash-lab", daemon=True)

    # --- asked from the screen -------------------------------------------------------------------

    def start(self) -> None:
        """Begin to run the lab."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and leave no task behind; what was not drained stays to be drained."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self._lab.close()

    def drain(self, limit: int = BUFFER_LIMIT) -> list[Event]:
        """Return up to ``limit`` events that happened since the last call, in their order."""
        out = self._out
        events = [out.popleft() for _ in range(min(limit, len(out)))]
        if self._lagging and len(out) < self._limit // 2:
            with self._changed:
                self._lagging = self._idle = False
                self._changed.notify_all()
        return events

    @property
    def waiting(self) -> int:
        """How many events wait to be drained."""
        return len(self._out)

    @property
    def lagging(self) -> bool:
        """Whether the lab waits because the screen has not drained what there is."""
        return self._lagging

    @property
    def position(self) -> float:
        """The clock to show: virtual seconds, moving on between two events."""
        with self._changed:
            if self._place is not None and self._part is not None:
                return self._place.position
            return self._pace.position(self._wall())

    @property
    def again(self) -> float | None:
        """While the lab runs again to where it is to begin: the part of the way done, 0 to 1."""
        return self._part

    @property
    def paused(self) -> bool:
        """Whether the lab stands still."""
        return self._pace.paused

    @property
    def speed(self) -> float | None:
        """Virtual seconds a wall second; None is free."""
        return self._pace.speed

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()

    def send(self, command: Command) -> None:
        """Let the lab carry out a command at the position where it is now."""
        with self._changed:
            self._inbox.append(command)
            self._changed.notify_all()

    def pause(self) -> None:
        """Stand still at the present position."""
        self._change(speed=self._pace.speed, paused=True)

    def resume(self) -> None:
        """Go on from the present position."""
        self._change(speed=self._pace.speed, paused=False)

    def set_speed(self, speed: float | None) -> None:
        """Go on at ``speed`` virtual seconds a wall second (above 0), or free (None)."""
        self._change(speed=speed, paused=self._pace.paused)

    def hold(self, limit: float | None) -> None:
        """Run no further than virtual time ``limit``, in seconds; None takes that back."""
        limit = _FOREVER if limit is None else limit
        if limit == self._pace.limit:
            return
        with self._changed:
            wall = self._wall()
            self._pace.anchor(wall, self._pace.position(wall))
            self._pace.limit = limit
            self._idle = False
            self._changed.notify_all()

    @property
    def stands(self) -> bool:
        """Whether it stands where ``hold`` ends its way, with all done that was due and asked."""
        with self._changed:
            asked = self._inbox or self._steps
            return not asked and self._pace.limit <= self._done < _FOREVER

    def step(self) -> None:
        """Pause, and run one task from one await to the next, if it comes before ``hold`` ends."""
        with self._changed:
            self._pace.change(self._wall(), speed=self._pace.speed, paused=True)
            self._steps += 1
            self._changed.notify_all()

    def settle(self, timeout: float = 5.0) -> bool:
        """Wait until the lab has done all that it was asked and waits for time or the screen.

        Returns whether it did within ``timeout`` wall seconds.
        """
        with self._changed:
            return self._changed.wait_for(
                lambda: self._over or (self._idle and not self._inbox and not self._steps),
                timeout,
            )

    def _change(self, *, speed: float | None, paused: bool) -> None:
        with self._changed:
            self._pace.change(self._wall(), speed=speed, paused=paused)
            self._idle = False
            self._changed.notify_all()

    # --- in the lab's thread ---------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._begin()
            while not self._closing:
                with self._changed:
                    if len(self._out) >= self._limit:
                        self._wait_for_screen()
                        continue
                    commands, steps = list(self._inbox), self._steps
                    self._inbox.clear()
                    self._steps = 0
                    if commands or steps:
                        self._done = -1.0
                    position = self._pace.position(self._wall())
                    paused = self._pace.paused
                for command in commands:
                    self._catch_up(position)
                    self._lab.command(command, position)
                for _ in range(steps):
                    self._step()
                if paused or self._slice() is not Outcome.BUDGET:
                    self._wait()
        except NotTheSame as error:
            self._tell(str(error))
        except Exception as error:
            # Nothing of this thread is silent: what it could not do is shown like any failure.
            self._tell(f"the lab's own thread failed: {say(error)}", short_traceback(error))
        finally:
            self._lab.close()
            with self._changed:
                self._over, self._part = True, None
                self._changed.notify_all()

    def _begin(self) -> None:
        """Start the lab, or bring it to where it is to begin."""
        lab, place = self._lab, self._place
        if place is None:
            lab.add_sink(self._out.append)
            lab.start()
        elif run_again(lab, place, self._out.append, self._going):
            with self._changed:
                commands = list(self._inbox)
                self._inbox.clear()
                self._part = None
                self._pace.anchor(self._wall(), place.position)
            for command in commands:
                lab.command(command, place.position)

    def _going(self, part: float) -> bool:
        self._part = part
        return not self._closing

    def _tell(self, error: str, traceback: str = "") -> None:
        t = self._lab.loop.time()
        if self._place is not None:  # what lies before the place is known already
            t = max(t, self._place.position)
        self._out.append(LoopError(t, error, traceback))

    def _wait_for_screen(self) -> None:
        """Let the screen draw; the position stands still meanwhile."""
        position = self._pace.position(self._wall())
        self._lagging = True
        while self._lagging and not self._closing:
            self._sleep(None)
        self._pace.anchor(self._wall(), position)

    def _catch_up(self, position: float) -> None:
        """Let happen what was due before a command; a lab that is paused stays just where it is."""
        while not self._pace.paused and not self._closing:
            if self._lab.advance(position, _SLICE) is not Outcome.BUDGET:
                return

    def _slice(self) -> Outcome:
        """Run a little of what is due."""
        until = self._pace.until(self._wall())
        outcome = self._lab.advance(until, _SLICE)
        with self._changed:
            wall, now = self._wall(), self._lab.loop.time()
            behind = outcome is Outcome.BUDGET
            if not behind:
                self._done = until
                if self._pace.speed is None and until < _FOREVER:
                    now = until  # free, nothing is due any more before the time where it is held
            # Time goes no faster than the lab can run; free, it goes just as fast.
            if (behind and not self._pace.paused) or self._pace.position(wall) < now:
                self._pace.anchor(wall, now)
        return outcome

    def _step(self) -> None:
        self._lab.step(self._pace.limit)
        with self._changed:
            wall = self._wall()
            self._pace.anchor(wall, max(self._lab.loop.time(), self._pace.position(wall)))

    def _wait(self) -> None:
        """Wait for the next timer's turn, a command, or a change of pace."""
        loop = self._lab.loop
        due = loop.time() if loop.has_ready else loop.next_timer()
        with self._changed:
            if not (self._closing or self._inbox or self._steps):
                if self._done < self._pace.limit < _FOREVER:
                    due = self._pace.limit if due is None else min(due, self._pace.limit)
                delay = self._pace.delay(self._wall(), due)
                if delay is None or delay > 0:
                    self._sleep(delay)

    def _sleep(self, delay: float | None) -> None:
        """Wait for ``delay`` seconds, or to be woken."""
        self._idle = True
        self._changed.notify_all()
        try:
            self._changed.wait(delay)
        finally:
            self._idle = False
