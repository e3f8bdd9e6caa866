"""A course of events as a person goes through it: of a lab that runs, or recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Final

from qdash.commands import Command, Inject
from qdash.events import Event, Refused
from qdash.history import History, Moment
from qdash.player import Player

if TYPE_CHECKING:
    from qdash.engine.thread import LabThread
    from qdash.live import LiveRun

_FAR: Final = 500
"""With more events than this to be folded, the screen is behind the lab."""
_BEHIND: Final = 0.05
"""The part of the lead by which a lab beside another may be behind it at its own speed."""


class Course:
    """One history, and the moment of it that is shown: now, while ``player`` is None, or past.

    ``run`` is the live run that goes on, None for a recording: that has no now, only a player.
    ``speed`` is that of a recording, in virtual seconds a wall second (None: as fast as can be).
    ``name`` is what it is called beside another course.
    """

    def __init__(
        self,
        history: History,
        *,
        run: LiveRun | None = None,
        speed: float | None = 1.0,
        name: str = "",
    ) -> None:
        self.history = history
        self.run = run
        self.name = name
        self.player: Player | None = None
        self.limit: float | None = None
        """The virtual time further than which the lab does not run, as ``hold`` had it."""
        self._went_on = False  # whether the lab ran when the person went back
        if run is None:
            self.player = Player(history, speed)
            self.player.to(history.first)
            self.player.play()

    @property
    def past(self) -> bool:
        """Whether another moment is shown than the latest of a run that goes on."""
        return self.run is not None and self.player is not None

    @property
    def moment(self) -> Moment:
        """What was known at the moment shown."""
        return self.history.now if self.player is None else self.player.moment

    @property
    def now(self) -> float:
        """The clock of the latest moment, in virtual seconds.

        It goes on with the wall; that of a run that is over, or recorded, stands. Where the screen
        is far behind the lab, the present is what the screen knows.
        """
        state = self.history.now.state
        if self.run is None or state.ended or self.run.source.waiting > _FAR:
            return state.t
        return max(self.run.source.position, state.t)

    @property
    def position(self) -> float:
        """The clock to show, in virtual seconds."""
        return self.now if self.player is None else self.player.position

    @property
    def _pace(self) -> Player | LabThread:
        if self.player is not None:
            return self.player
        assert self.run is not None
        return self.run.source

    @property
    def speed(self) -> float | None:
        """Virtual seconds a wall second; None is as fast as can be."""
        return self._pace.speed

    @property
    def paused(self) -> bool:
        """Whether what is shown stands still."""
        return self._pace.paused

    @property
    def lagging(self) -> bool:
        """Whether the lab waits for the screen."""
        return self.run is not None and self.run.source.lagging

    @property
    def again(self) -> float | None:
        """While the lab is run again up to where this course begins: the part done, 0 to 1."""
        return None if self.run is None else self.run.source.again

    @property
    def goes_on(self) -> bool:
        """Whether the lab runs, or will once the present is shown again."""
        return self._went_on if self.past else not self.paused

    # --- held ------------------------------------------------------------------------------------

    def hold(self, limit: float | None) -> None:
        """Let the lab run no further than virtual time ``limit``, in seconds; None: no end."""
        self.limit = limit
        if self.run is not None:
            self.run.source.hold(limit)

    @property
    def stands(self) -> bool:
        """Whether the lab is held, all that was due there has been done, and it is shown."""
        if self.run is None or self.player is not None:
            return False
        source = self.run.source
        return source.stands and not source.waiting

    def done(self) -> list[tuple[float, Command]]:
        """Return what was asked of the lab and was not refused, each with its virtual time."""
        if self.run is None:
            return []
        history = self.history
        events = history.between(history.first, history.events)
        refused = Counter((event.t, event.what) for event in events if isinstance(event, Refused))
        done: list[tuple[float, Command]] = []
        for t, command in self.run.given:
            what = (t, command.what if isinstance(command, Inject) else command.name)
            if refused[what]:
                refused[what] -= 1
            else:
                done.append((t, command))
        return done

    # --- in each frame ---------------------------------------------------------------------------

    def fold(
        self, seconds: float, told: Collection[type[Event]], tell: Callable[[Event], None]
    ) -> int:
        """Fold what has happened, as ``LiveRun.fold`` does."""
        if self.run is None:
            return 0
        known = self.history.events
        folded = self.run.fold(seconds, told, tell)
        if folded and self.player is not None and self.player.moment.events == known:
            # What was under way when the lab was halted may belong before the time shown.
            self.player.to_time(self.player.position)
        return folded

    def play(self, seconds: float) -> bool:
        """Play on where the past is shown, for about ``seconds``; return whether that moved it.

        At the end of the past of a lab that runs, it is live again.
        """
        if self.player is None or not self.player.tick(seconds):
            return False
        if self.past and self.player.at_end:
            self._went_on = True
            self.to_now()
        return True

    # --- to another moment -----------------------------------------------------------------------

    def travel(self, by: str, count: float) -> bool:
        """Go to and fro by ``events``, ``steps`` or ``seconds``; return whether there was a way.

        Going back halts the lab; who comes to the end again is in the present, and it stands.
        """
        if self.player is None and count > 0:
            return False
        player = self._begin()
        getattr(player, f"by_{by}")(count)
        self._arrive()
        return True

    def to(self, n: int) -> None:
        """Go to where ``n`` events have happened."""
        self._begin().to(n)
        self._arrive()

    def to_time(self, t: float) -> None:
        """Go to virtual time ``t``, in seconds; what is still to come is the present."""
        if self.run is not None and t >= self.now:
            self.to_now()
        else:
            self._begin().to_time(t)
            self._arrive()

    def to_now(self) -> None:
        """Return to the present, where the lab goes on if it did; in a recording, to its end."""
        if self.run is None:
            self._begin().to(self.history.events)
        elif self.player is not None:
            self.player = None
            if self._went_on:
                self.run.source.resume()

    def _begin(self) -> Player:
        if self.player is None:
            assert self.run is not None
            source = self.run.source
            self._went_on = not source.paused
            source.pause()
            self.player = Player(self.history, source.speed, now=self.now)
        self.player.pause()
        return self.player

    def _arrive(self) -> None:
        if self.past and self.player is not None and self.player.at_end:
            self.player = None

    # --- beside another course -------------------------------------------------------------------

    def rest(self) -> None:
        """Be in the present, and stand still there."""
        self.player = None
        if self.run is not None:
            self.run.source.pause()

    def keep_up(self, shown: Course) -> None:
        """Run on as far as the course that is shown has come, and no further than ``limit``."""
        if self.run is None:
            return
        source = self.run.source
        source.hold(shown.now if self.limit is None else min(shown.now, self.limit))
        if source.speed != shown.speed:
            source.set_speed(shown.speed)
        if source.paused:
            source.resume()

    def stay_beside(self, shown: Course, lead: float) -> None:
        """Be shown at the same time as the course that the person acts on, past or present.

        That one runs no further than ``lead`` virtual seconds ahead, so that a slow lab is not left
        behind. Where its lab is over, this one goes on by itself.
        """
        if self.run is None or shown.run is None:
            return
        if shown.past:
            if self.position != shown.position:
                self.to_time(shown.position)
            return
        self.player = None
        source, speed, paused = self.run.source, shown.speed, shown.paused
        if shown.history.now.state.ended is None:
            source.hold(shown.now)
            if shown.now - self.now > lead * _BEHIND:
                speed = None  # what it is behind, it makes up for as fast as it can
            paused = False
            over = self.history.now.state.ended is not None
            shown.hold(None if over else max(shown.now, self.now + lead))
        else:
            source.hold(None)
        if source.speed != speed:
            source.set_speed(speed)
        if source.paused != paused:
            (source.pause if paused else source.resume)()

    def take_over(self, shown: Course) -> None:
        """Be shown in the place of another course: at its time and speed, and going on if it did.

        That other one rests. Each runs no further than its own ``limit``.
        """
        if self.run is None or shown.run is None:
            return
        goes_on, speed = shown.goes_on, shown.speed
        t = shown.position if shown.past else None
        shown.rest()
        self.rest()
        source = self.run.source
        source.set_speed(speed)
        self.hold(self.limit)
        if t is not None:
            self.to_time(t)
        elif goes_on:
            source.resume()
        self._went_on = goes_on

    # --- pace ------------------------------------------------------------------------------------

    def pause_or_go(self) -> None:
        """Stand still, or go on; a recording that is at its end begins again."""
        player = self.player
        if player is None:
            assert self.run is not None
            source = self.run.source
            (source.resume if source.paused else source.pause)()
        elif player.paused:
            if player.at_end:
                player.to(self.history.first)
            player.play()
        else:
            player.pause()

    def set_speed(self, speed: float | None) -> None:
        """Go on at ``speed`` virtual seconds a wall second (above 0), or free (None)."""
        if self.run is not None:
            self.run.source.set_speed(speed)
        if self.player is not None:
            self.player.set_speed(speed)
