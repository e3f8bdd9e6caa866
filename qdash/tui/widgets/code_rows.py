"""The lines of the code pane: its title, and each line of code with who is on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, TypeAlias

from qdash.state import Step
from qdash.tui.view import View
from qdash.tui.widgets.code_marks import Mark, names, note, sign
from qdash.tui.widgets.code_source import solid
from qdash.tui.widgets.stage_text import Line, Span, cells, clean, fit, told_in, width_of
from qdash.words import tr

Spot: TypeAlias = tuple[int, int, str]
"""Where a name stands: from which cell on, up to which, and the name."""

_ROOMY: Final = 70
"""From this width on, the names have the wider column."""
_COLUMNS: Final = (8, 12)
_TELLING: Final = 30
"""A line of code of which as many cells are in sight can be told from others."""
_COMMENT: Final = 16
"""A comment of which fewer cells would be in sight is left out where a note is put."""


def title(
    view: View, marks: Mapping[int, Mark], shown: Collection[int], held: bool, width: int
) -> Line:
    """Return the line above the code: who is followed, what ran, and who is out of sight."""
    spans: list[Span] = [(tr("CODE"), "title")]
    if held:
        spans.append((f"  {tr('scrolled: click here to follow again')}", "hint"))
    elif view.selected:
        follows = tr("follows {worker}").format(worker=clean(view.selected))
        spans.append((f"  {follows}", "hint"))
    others: list[Span] = []
    hidden = [mark for line, mark in marks.items() if line and line not in shown]
    others += _elsewhere(view, tr("out of sight"), hidden)
    others += _elsewhere(view, tr("elsewhere"), [m for m in marks.values() if not m.line])
    step = view.state.stepped
    if step is not None:
        ran = (f"  {_step_words(step, view)}", "dim")
        if width_of([*spans, ran, *others]) <= width:
            spans.append(ran)
    return told_in([*spans, *others], width, view.glyphs)


def _elsewhere(view: View, word: str, marks: list[Mark]) -> list[Span]:
    """Return the names of those on lines that are not in sight."""
    if not marks:
        return []
    by_kind = {marks[0].kind: [worker for mark in marks for worker in mark.workers()]}
    who = names(Mark(0, by_kind), _COLUMNS[1], view.selected, view.state, view.glyphs)
    return [(f"  {word} ", "dim"), *who]


def row(
    view: View, mark: Mark | None, number: int, code: Line, room: tuple[int, int, bool]
) -> tuple[Line, list[Spot]]:
    """Return one line of code, and where on it names stand: who is there, its number, its text.

    ``room`` is the width, the digits of a number, and whether lines before it are left out.
    """
    width, digits, gap = room
    glyphs, state, step = view.glyphs, view.state, view.state.stepped
    column = _COLUMNS[width >= _ROOMY]
    who = [] if mark is None else names(mark, column, view.selected, state, glyphs)
    sign_span = (" ", "text") if mark is None else sign(mark, glyphs)
    lit, ran = "line", " "
    if step is not None and number == step.line:
        lit, ran = "to", glyphs.step_to
    elif step is not None and number == step.before:
        lit, ran = "from", glyphs.step_from
    head = [
        *fit(who, column),
        (" ", "text"),
        sign_span,
        (f" {number:{digits}}", lit if lit == "from" else "line"),
        (ran, lit),
        (glyphs.left_out if gap else " ", "line"),
    ]
    tint = mark.tint if mark is not None else "run" if lit == "from" else ""
    notes = note(mark, state) if mark is not None else ()
    line = [*head, *_code_and_note(code, notes, max(0, width - width_of(head)), view)]
    if tint:
        line = [(text, f"{style}@{tint}") for text, style in line]
    return tuple(line), _spots(who, view)


def _step_words(step: Step, view: View) -> str:
    """Say what the latest step was."""
    worker = view.state.workers.get(step.worker)
    before = tr("line {number}").format(number=step.before) if step.before else tr("elsewhere")
    if worker is not None and not worker.alive:
        return tr("{worker} ran {place} and ended").format(worker=clean(step.worker), place=before)
    ran = tr("{worker} ran {place}").format(worker=clean(step.worker), place=before)
    return f"{ran} {view.glyphs.arrow} {step.line or tr('elsewhere')}"


def _spots(who: Sequence[Span], view: View) -> list[Spot]:
    """Return where the names stand, for clicks: from which cell, up to which, and the name."""
    x, spots = 0, []
    for text, _ in who:
        if text in view.state.workers:
            spots.append((x, x + cells(text), text))
        x += cells(text)
    return spots


def _code_and_note(code: Line, notes: Sequence[Span], room: int, view: View) -> Line:
    """Return a line of code with the longest note that fits at its right.

    What is the case now comes before a comment that stands there always.
    """
    for text, style in notes:
        left, least = room - cells(text) - 2, solid(code)
        if least <= left:
            comment = width_of(code) <= left or left - least >= _COMMENT
            line = told_in(code, left, view.glyphs) if comment else fit(fit(code, least), left)
            return (*line, ("  ", "text"), (text, style))
    words = "".join(text for text, _ in code)
    indent = len(words) - len(words.lstrip())
    if notes and (left := room - cells(notes[-1][0]) - 2) >= indent + _TELLING:
        return (*told_in(code, left, view.glyphs), ("  ", "text"), notes[-1])
    return told_in(code, room, view.glyphs)
