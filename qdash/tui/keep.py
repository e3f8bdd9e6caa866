"""What can be taken home: the room of the app that writes scripts and programs into files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from qdash.commands import DISTURBANCES, Inject
from qdash.tui.shell import Shell
from qdash.words import tr

if TYPE_CHECKING:
    from qdash.course import Course
    from qdash.script.write import Deed


class Keep(Shell):
    """Writes what was done as a script, and what is shown as a program, into the current folder."""

    def __init__(self, **looks: Any) -> None:
        super().__init__(**looks)
        self._set_out: float | None = 1.0  # the speed with which the run began
        # When each course was paused by the person, or its speed changed by anybody.
        self._paced: dict[Course, list[tuple[float, Deed]]] = {}

    # --- what is kept ----------------------------------------------------------------------------

    def note_run(self, speed: float | None) -> None:
        """Another run begins, at this speed in virtual seconds a wall second (None: free)."""
        self._set_out, self._paced = speed, {}

    def note_branch(self, t: float, old: Course) -> None:
        """The course shown goes on from virtual time ``t`` of an old one: up to then it is that."""
        paced = self._paced.get(old, ())
        self._paced[self.course] = [(when, deed) for when, deed in paced if when <= t]

    def note_speed(self, speed: float | None) -> None:
        """The person, or a script, has changed the speed of the course shown."""
        if not self.course.past:
            from qdash.script.write import Speed

            self._keep(Speed(speed))

    def note_pause(self) -> None:
        """The person has paused the lab, or lets it go on."""
        if self.course.paused and not self.course.past:
            from qdash.script.write import Halt

            self._keep(Halt())

    def _keep(self, deed: Deed) -> None:
        self._paced.setdefault(self.course, []).append((self.course.now, deed))

    def _done(self) -> list[tuple[float, Deed]]:
        """Return what was done in the course shown, in order: by commands, and to its pace."""
        asked: list[tuple[float, Deed]] = list(self.course.done())
        return sorted([*asked, *self._paced.get(self.course, ())], key=lambda deed: deed[0])

    # --- files -----------------------------------------------------------------------------------

    def action_save(self) -> None:
        """Write what was done in the course shown as a script."""
        from qdash.script.read import ScriptError
        from qdash.script.write import write

        header = self.state.header
        try:
            text = write(
                header.scenario, header.settings, header.seed, self._done(), speed=self._set_out
            )
            path = _write(f"qdash-script-{header.scenario.replace('/', '-')}", ".toml", text)
        except (ScriptError, OSError) as error:
            self._not_kept(error)
            return
        told = tr("what you did is a script in {file}: qdash play {file} does it again")
        if self.course.name:
            told = tr(
                "what was done in {course} is a script in {file}: qdash play {file} does it again"
            )
        told = told.format(file=path.name, course=self.course.name)
        self.notify(told, title=tr("saved"), markup=False)

    def action_export(self) -> None:
        """Write what is shown as a plain asyncio program."""
        from qdash.export import ExportError, program, save

        state, header = self.state, self.state.header
        left_out = self._left_out()
        changed = state.settings != header.settings
        try:
            text = program(
                header.source,
                state.settings,
                seed=header.seed,
                scenario=header.scenario,
                qdash=header.qdash,
                left_out=left_out,
                changed=changed,
            )
            path = save(Path.cwd(), header.scenario, text)
        except (ExportError, OSError) as error:
            self._not_kept(error)
            return
        told = tr("this is a plain asyncio program in {file}: python {file} runs it").format(
            file=path.name
        )
        if left_out:
            names = ", ".join(tr(name) for name in left_out)
            told += "\n" + tr("what was done by hand is not in it: {names}").format(names=names)
        self.notify(told, title=tr("exported"), markup=False)

    def _left_out(self) -> tuple[str, ...]:
        """Return the titles of the disturbances that were injected up to the moment shown."""
        t = self.course.position
        titles = (
            DISTURBANCES[deed.what].title
            for when, deed in self.course.done()
            if isinstance(deed, Inject) and when <= t and deed.what in DISTURBANCES
        )
        return tuple(dict.fromkeys(titles))

    def _not_kept(self, error: Exception) -> None:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        self.notify(why, title=tr("not written"), severity="error", markup=False)


def _write(stem: str, suffix: str, text: str) -> Path:
    """Write a file into the current folder, with a number where there is one already."""
    for number in range(1, 10_000):
        path = Path.cwd() / (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            continue
        return path
    raise OSError(tr("there are too many files of this name in this folder"))
