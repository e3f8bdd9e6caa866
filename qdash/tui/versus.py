"""A against B: the room of the app for two labs of one seed, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from qdash.commands import Command
from qdash.course import Course
from qdash.events import Value
from qdash.experiment.compared import Comparison, of_pairs
from qdash.experiment.measures import Figures
from qdash.settings import SETTINGS
from qdash.tui.messages import QueueChosen, SideChosen
from qdash.tui.travel import Travel
from qdash.tui.view import Side, Twin, Versus, View
from qdash.words import tr

if TYPE_CHECKING:
    from qdash.experiment.batches import Pair

REPLICATIONS: Final = 10
"""How often each of the two is run with a seed of its own, to be sure how they differ."""

_LEAD: Final = 1.0  # wall seconds' worth of virtual time that one lab may be ahead of the other
_FREE_LEAD: Final = 1.0  # virtual seconds that it may be ahead at first where both run free
_MOST_LEAD: Final = 10_000.0
_SAME: Final = 0.1  # virtual seconds: times closer than this look the same
_FOLD: Final = 0.004  # wall seconds a frame for measuring each of the two


class Replications(Protocol):
    """Runs of two settings in the background: ``done`` of ``total`` are finished."""

    done: int
    total: int
    why: str
    """What went wrong, or ""."""

    @property
    def found(self) -> Sequence[tuple[Figures, Figures]] | None:
        """The figures of each pair of runs, once all are finished."""

    def end(self, wait: bool = False) -> None:
        """Stop; with ``wait`` no process is left when this returns."""


class TwoLabs(Travel):
    """Keeps two labs at the same virtual time, and shows both.

    They are the course that is shown and the other; ``first`` is the one that is called A. Which
    of them is the course shown is which of them keys and settings act on.
    """

    def __init__(self, **looks: Any) -> None:
        super().__init__(**looks)
        self.side_by_side = False
        self._planned_pair: tuple[Mapping[str, Value], Mapping[str, Value]] | None = None
        self.first: Course | None = None
        self.paired = False
        """Whether both labs began together, and begin again together."""
        self._measured: tuple[object, ...] = ()
        self._queue = ""  # of which the figures are; "": of the first
        self._pair: Pair | None = None
        self._comparison = Comparison()
        self._compared: object = None
        self._lead = _FREE_LEAD
        self._settings: tuple[dict[str, Value], ...] = ()  # those that were replicated
        self._replicated: Comparison | None = None
        self._pairs: Sequence[tuple[Figures, Figures]] = ()
        self._background: Replications | None = None

    # --- what a person does ----------------------------------------------------------------------

    def action_versus(self) -> None:
        """Show two labs side by side: those that there are, or two that begin; or one again."""
        if self.side_by_side:
            self.side_by_side = False
            for course in self.sides:
                course.hold(None)
        elif self.director is not None:
            self.refuse(tr("a lesson or demo is played: begin a scenario first, then V"))
            return
        elif self.other is not None:
            self.side_by_side = True
        else:
            settings = self.state.settings
            self.begin_pair(settings, settings, self.state.header.seed)
            self.notify(
                tr("A and B begin alike, with one seed; what you change now is changed in B"),
                title=tr("A against B"),
                markup=False,
            )
        self.draw()

    def on_side_chosen(self, message: SideChosen) -> None:
        """A person pointed at one of the two."""
        if self.side_by_side and self.letter != message.letter:
            self.action_other()

    def on_queue_chosen(self, message: QueueChosen) -> None:
        """A person pointed at a queue: the figures are of that one."""
        if self.side_by_side:
            self._show_queue(message.name)

    def action_queue(self) -> None:
        """Let the figures be of the next queue."""
        names = list(self.state.queues)
        if not self.side_by_side:
            self.refuse(tr("this is for two labs side by side: V shows a change beside this one"))
        elif names:
            here = self._comparison.queue
            at = names.index(here) + 1 if here in names else 0
            self._show_queue(names[at % len(names)])

    def _show_queue(self, name: str) -> None:
        self._queue = name
        if self._replicated is not None:
            self._replicated = of_pairs(self._pairs, name)
        self.keep_together()
        self.draw()

    def begin_pair(
        self, first: Mapping[str, Value], second: Mapping[str, Value], seed: int
    ) -> None:
        """Begin two labs of the same scenario and seed, A and B, and show them side by side."""
        raise NotImplementedError

    def will_compare(self, first: Mapping[str, Value], second: Mapping[str, Value]) -> None:
        """Begin with these two settings side by side."""
        self._planned_pair = first, second

    def compare_first(self) -> None:
        """Begin what ``will_compare`` was told of."""
        if self._planned_pair is not None:
            self.begin_pair(*self._planned_pair, self.state.header.seed)

    def show_pair(self, first: Course, second: Course) -> None:
        """Two labs that have not begun are shown side by side; the second is acted on."""
        self.first, self.course, self.other = first, second, first
        self.paired = self.side_by_side = True

    # --- the two ---------------------------------------------------------------------------------

    @property
    def letter(self) -> str:
        """Which of the two keys and settings act on: A or B."""
        return "A" if self.course is self.first else "B"

    @property
    def sides(self) -> tuple[Course, Course]:
        """A and B."""
        assert self.other is not None
        if self.course is not self.first and self.other is not self.first:
            self.first = self.other  # two courses of one run: the one that was there before is A
        if self.course is self.first:
            return self.course, self.other
        return self.other, self.course

    def keep_together(self) -> None:
        """Let both be at the same time, and measure them: in each frame."""
        course, other = self.course, self.other
        if other is None:
            self.side_by_side = False
            return
        before = course.limit
        if course.speed is not None:
            self._lead = max(_LEAD * course.speed, 0.05)
        elif before is not None and course.now >= before:
            self._lead = min(self._lead * 2, _MOST_LEAD)
        other.stay_beside(course, self._lead)
        self._measure()

    def _measure(self) -> None:
        first, second = self.sides
        histories = first.history, second.history
        measured = (*histories, self._queue)
        if self._pair is None or self._measured != measured:
            if self._measured[:2] != histories:
                self._drop_replications()
            from qdash.experiment.batches import Pair

            self._measured = measured
            self._pair = Pair(first.history.header.layout, self.parting.t, self._queue)
        pair = self._pair
        pair.fold(*histories, _FOLD)
        for which, course in enumerate((first, second)):
            if (
                course.history.now.state.stuck
                and pair.gauges[which].folded == course.history.events
            ):
                pair.stand_still(which, min(first.now, second.now))
        if pair.key != self._compared:
            self._compared = pair.key
            self._comparison = pair.compare()
        self._look_at_replications()

    def forget_courses(self) -> None:
        """Another run begins."""
        super().forget_courses()
        self.side_by_side = self.paired = False
        self.first = self._pair = None
        self._measured, self._compared, self._queue = (), None, ""
        self._comparison = Comparison()
        self._lead = _FREE_LEAD
        self._drop_replications()

    def begin_course(self, course: Course, command: Command | None) -> Course | None:
        """Show a course that goes on from the moment shown; return one that is kept no longer."""
        self.paired = False
        return super().begin_course(course, command)

    # --- replications ----------------------------------------------------------------------------

    def action_replicate(self) -> None:
        """Run both with many seeds, in the background; or show the two on the screen again."""
        if not self.side_by_side:
            self.refuse(tr("this is for two labs side by side: V shows a change beside this one"))
        elif self._settings:
            self._drop_replications()
        else:
            first, second = self._settings = self._settings_now()
            self._background = self.replicate_both(first, second)
        self.draw()

    def replicate_both(
        self, first: Mapping[str, Value], second: Mapping[str, Value]
    ) -> Replications:
        """Begin to run both settings ``REPLICATIONS`` times each, in the background."""
        raise NotImplementedError

    def _look_at_replications(self) -> None:
        """Take what has come of them, and let go what is of other settings than those now."""
        runs = self._background
        if self._settings and self._settings != self._settings_now():
            self._drop_replications()
        elif runs is not None and runs.why:
            self._drop_replications()
            self.refuse(runs.why)
        elif runs is not None and runs.found is not None:
            self._background, self._pairs = None, runs.found
            self._replicated = of_pairs(runs.found, self._comparison.queue)
            self.draw()

    def _settings_now(self) -> tuple[dict[str, Value], ...]:
        return tuple(dict(course.history.now.state.settings) for course in self.sides)

    def _drop_replications(self, wait: bool = False) -> None:
        runs, self._background = self._background, None
        if runs is not None:
            runs.end(wait)
        self._replicated, self._settings, self._pairs = None, (), ()

    def end_replications(self) -> None:
        """Leave no process behind."""
        self._drop_replications(wait=True)

    @property
    def _working(self) -> str:
        """Say how far replications have come."""
        runs = self._background
        if runs is None:
            return ""
        return tr("{done} of {total} runs").format(done=runs.done, total=runs.total)

    # --- what is shown ---------------------------------------------------------------------------

    def name_sides(self) -> None:
        """Let each of two that began together be called by what sets it apart."""
        if self.paired and self.other is not None:
            for letter, label, course in zip("AB", self._labels(), self.sides, strict=True):
                course.name = f"{letter}: {label}"

    def with_sides(self, view: View, other: View) -> View:
        """Return a view of two labs side by side: of the one that is acted on, and the other's."""
        first, second = self.sides
        labels = self._labels()
        if 0 < view.position - other.position <= _SAME and other.state.ended is None:
            # It is held where the one that is acted on was in the frame before.
            other = msgspec.structs.replace(other, position=view.position)
        views = (view, other) if self.letter == "A" else (other, view)
        shown = [course.name for course in (first, second)]
        twin = Twin(
            history=second.history,
            name=shown[1],
            shown=shown[0],
            now=second.now,
            parted=self.parting.t,
            done=self.parting.done,
            beside=True,
        )
        sides = tuple(
            Side(letter, label, each, course is self.course)
            for letter, label, each, course in zip(
                "AB", labels, views, (first, second), strict=True
            )
        )
        replicated = self._replicated
        versus = Versus(
            sides=(sides[0], sides[1]),
            chart=msgspec.structs.replace(views[0], twin=twin),
            comparison=replicated or self._comparison,
            runs=replicated.batches if replicated is not None else 0,
            working=self._working,
        )
        return msgspec.structs.replace(view, versus=versus)

    def _labels(self) -> tuple[str, str]:
        """Return what sets A and B apart: the settings in which they differ."""
        first, second = (course.moment.state.settings for course in self.sides)
        differ = [name for name in first if first[name] != second.get(name)]
        if not differ:
            if not self.paired:
                return self.sides[0].name, self.sides[1].name
            return tr("the same settings"), tr("the same settings")
        return _named(differ, first), _named(differ, second)


def _named(names: list[str], settings: Mapping[str, Value]) -> str:
    return ", ".join(f"{name} {SETTINGS[name].show(settings[name])}" for name in names)
