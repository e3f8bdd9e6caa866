"""Lessons and demos: the room of the app in which a script is played."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from qdash.commands import Command
from qdash.tui.messages import AnswerGiven
from qdash.tui.shell import Shell
from qdash.why import Subject
from qdash.words import tr

if TYPE_CHECKING:
    from qdash.script.director import Director
    from qdash.script.model import Act, Script


class Teach(Shell):
    """Plays scripts: what a person does to one is done here; the app has the labs."""

    scenarios: tuple[str, ...] = ()
    """The names of those that can be tried without a script, in their order."""

    def __init__(self, **looks: Any) -> None:
        super().__init__(**looks)
        self._lesson = ""  # the name of the lesson that is played, if it is one that ships
        self._placed: object = None
        self._pointed: object = None
        self._noted = False
        self._first: tuple[str, Script, bool | None] | None = None
        self.times_as_fast: float | None = 1.0
        """How many times as fast as they say scripts are played; None is as fast as can be."""
        self.lists_first = False
        """Whether the list of lessons and demos is to be shown at the beginning."""

    # --- what the app does for it ----------------------------------------------------------------

    def begin(self, act: Act, limit: float, speed: float | None) -> None:
        """Begin the lab of an act: see ``script.director.Host``."""
        raise NotImplementedError

    def send(self, command: Command) -> None:
        """Let the lab carry out a command where it stands."""
        raise NotImplementedError

    def note_speed(self, speed: float | None) -> None:
        """Take note that the speed is another from here on: see ``script.director.Host``."""
        raise NotImplementedError

    def load(self, name: str) -> Script:
        """Return a script that ships. Raises UnknownLesson and ScriptError."""
        raise NotImplementedError

    def tick(self) -> None:
        """Fold what has happened since the last frame, and show it."""
        raise NotImplementedError

    # --- a script from its beginning to its end --------------------------------------------------

    def will_play(self, name: str, script: Script | None, *, present: bool | None = None) -> None:
        """Play a script from the first frame on; of None, list those that ship."""
        self.lists_first = script is None
        if script is None:
            self.course.pause_or_go()
        else:
            self._first = name, script, present

    def play_first(self) -> None:
        """Begin what ``will_play`` was told."""
        if self._first is not None:
            name, script, present = self._first
            self.play(name, script, present=present)

    def play(self, name: str, script: Script, *, present: bool | None = None) -> None:
        """Play a script, called ``name``; ``present`` None leaves to its kind how it is shown."""
        from qdash.script.acts import faster
        from qdash.script.director import Director

        script = faster(script, self.times_as_fast)
        self._lesson = name
        self._placed = self._pointed = None
        self._noted = False
        self.presenting = script.kind == "demo" if present is None else present
        self.main.folded, self.main.biggest, self.main.asking = frozenset(), "", False
        self.director = Director(script, self, sys.version_info[:2])
        self.director.begin()

    def stop_playing(self) -> None:
        """Leave the script that is played, if one is; its lab is as it is."""
        if self.director is not None:
            self.director, self.presenting = None, False
            self.main.look = ""
            self.main.caption.typed = ""
            self.course.hold(None)

    def direct(self) -> None:
        """Do what is due in the script, once what has happened is folded."""
        director = self.director
        if director is None:
            return
        director.tick()
        place = director.place
        if place != self._placed and place[1] >= 0:  # until then all stays as it was
            self._placed = place
            self._aim(director)
        over = director.phase == "over"
        if over and not self._noted:
            self._note(director)
        self._noted = over

    def _aim(self, director: Director) -> None:
        """Give room to the panel to look at, and choose what is pointed at."""
        look = director.look or ""
        if look != self.main.look or look == "why":
            self.main.asking = look == "why"
            self.main.look = look
        point = director.point
        if (director.act, point) != self._pointed:
            self._pointed = director.act, point
            self.selected, self.subject = "", None
            if isinstance(point, int):
                self.subject = Subject("item", point)
            elif point in self.state.queues:
                self.subject = Subject("queue", point)
            elif point:
                self.selected, self.subject = point, Subject("worker", point)

    def _note(self, director: Director) -> None:
        """Keep that a lesson was finished."""
        from qdash import progress
        from qdash.lessons import lessons

        known = lessons().get(self._lesson)
        if known is not None and known.group != "demos":
            card = director.card
            try:
                progress.note(self._lesson, card.right, card.asked)
            except progress.ProgressError as error:
                self.tell_problem(str(error))

    def tell_problem(self, text: str) -> None:
        """Tell what went wrong beside the lab, and go on without it."""
        self.notify(text, severity="warning", markup=False)

    # --- what a person does ----------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys of a script to what they do else, where none is played."""
        if action in ("play_next", "play_back", "go", "answer", "present"):
            return self.director is not None
        return super().check_action(action, parameters)

    def action_leave(self) -> None:
        """Show all that there is again; else choose no worker, enlarge no panel, and so on."""
        if self.presenting:
            self.action_present()
        else:
            super().action_leave()

    def action_play_next(self, skip: bool = False) -> None:
        """Go on in the script; from its end, to the next lesson."""
        director = self.director
        if director is None:
            return
        self.clear_notifications()  # of what was before; they would lie over the stage
        if director.aside:
            self.action_other()
        elif director.phase == "over" and not self.course.past and not director.card.earlier:
            self._after(director)
        elif not director.next(skip=skip or self.presenting):
            self.notify(tr("Answer first: what do you think?"), markup=False)
        self.tick()

    def action_other(self) -> None:
        """Show the other course, at the same time."""
        raise NotImplementedError

    def action_play_back(self) -> None:
        """Go to the step before, as it was then."""
        if self.director is not None:
            self.director.back()
            self.tick()
            self.draw()

    def action_go(self) -> None:
        """Go on where the script waits; else let the lab stand still, or go on."""
        director = self.director
        if director is None or director.aside:
            self.action_pause()
        elif self.presenting or director.stands or director.card.earlier:
            self.action_play_next()
        else:
            self.action_pause()

    def action_pause(self) -> None:
        """Stand still, or go on."""
        raise NotImplementedError

    def action_answer(self, digit: int) -> None:
        """Choose an answer by its number, from 1; or begin to type one."""
        director = self.director
        if director is None:
            return
        card = director.card
        if director.aside:
            self.refuse(tr("the script goes on in the other course: enter shows it"))
        elif director.phase != "asks" or card.question is None or card.earlier:
            self.refuse(tr("a script is played: keys of numbers answer its questions; L leaves it"))
        elif card.question.number is not None:
            self.main.set_focus(self.main.caption)
            self.main.caption.type(str(digit))
            self.draw()
        elif 1 <= digit <= len(card.question.choices):
            self.clear_notifications()
            director.answer(digit - 1)
            self.tick()
        else:
            self.refuse(
                tr("the answers are numbered from 1 to {last}").format(
                    last=len(card.question.choices)
                )
            )

    def on_answer_given(self, message: AnswerGiven) -> None:
        """A number was typed."""
        if self.director is not None:
            self.director.answer(message.number)
            self.main.set_focus(None)
            self.tick()

    def action_present(self) -> None:
        """Show the script to a room, or with all that there is around it."""
        self.presenting = self.director is not None and not self.presenting
        self.draw()

    def action_lessons(self) -> None:
        """List the lessons and demos, to play one."""
        from qdash.tui.screens.lessons import LessonsScreen

        def chosen(name: str | None) -> None:
            if name is None:
                return
            kind, _, name = name.partition(":")
            if kind == "scenario":
                self.action_scenario(name)
                if self.course.paused:
                    self.course.pause_or_go()
            else:
                self._open(name)

        playing = self._lesson if self.director is not None else ""
        screen = LessonsScreen(self.load, playing, self.scenarios, self.tell_problem)
        self.push_screen(screen, chosen)

    def action_scenario(self, slug: str) -> None:
        """Run a scenario with the settings that it comes with; a script that is played ends."""
        raise NotImplementedError

    def _open(self, name: str, present: bool | None = None) -> None:
        from qdash.words import Refusal

        try:
            self.play(name, self.load(name), present=present)
        except (Refusal, ValueError) as error:
            self.refuse(str(error))

    def _after(self, director: Director) -> None:
        """Play the lesson after this one; after the last one, and after anything else, list all.

        A room is shown no list that nobody has asked for.
        """
        from qdash.lessons import lessons

        names = [name for name, lesson in lessons().items() if lesson.group != "demos"]
        if self._lesson in names[:-1]:
            following = names[names.index(self._lesson) + 1]
            self._open(following, present=True if self.presenting else None)
        elif self.presenting:
            told = tr("That was all of it. L lists lessons and demos, r begins again, q quits.")
            self.notify(told, markup=False)
        else:
            self.action_lessons()
