"""A card in a lesson, as lines: what is said, asked and found, and what to press next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qdash.tui.look import Glyphs
from qdash.tui.view import View
from qdash.tui.widgets.bar import Line, Piece, width_of
from qdash.tui.widgets.caption_text import cut, flow, plain, with_end
from qdash.words import tr, trc, trn

if TYPE_CHECKING:
    from qdash.script.card import Card
    from qdash.script.model import Question, Script


def most_lines(script: Script, width: int) -> int:
    """Return the lines that the longest text of a script takes, its first and last line too."""
    most = 0
    for step in script.step:
        lines = _caption(step.caption, width)
        if step.question is not None:
            lines = [*lines, *_asked(step.question, width), *choices(step.question, None, width)]
        most = max(most, 2 + len(lines))
    return most


def lesson_lines(view: View, card: Card, width: int, typed: str, refusal: str) -> list[Line]:
    """Return the lines: whose words they are, the words, and what to press next."""
    glyphs, runs = view.glyphs, view.state.ended is None and not view.state.stuck
    lines = [_title(card, width)]
    if card.aside is not None:
        lines += _caption_of(aside(card), width)
    elif card.phase == "over" and not card.earlier and card.script.kind == "lesson":
        lines += _result(card, runs, width)
    elif card.told:
        lines += told(card, glyphs, width)
    else:
        lines += _caption(card.caption, width)
        if card.question is not None:
            lines += [*_asked(card.question, width), *choices(card.question, card, width)]
    if refusal:
        lines.append((Piece("  "), Piece(refusal, "bad")))
    return [*lines, _prompt(card, glyphs, width, typed)]


def _title(card: Card, width: int) -> Line:
    title = Piece(plain(tr(card.script.title)), "value", "app.lessons")
    heading = Piece(plain(tr(card.heading)), "ask")
    step = tr("step {step} of {steps}").format(step=card.step, steps=card.steps)
    end: Line = (Piece(step if card.step else "", "dim"),)
    if card.off:
        end = (Piece(tr("changed by hand"), "bad", "app.reset"), Piece("  "), *end)
    line: Line = (Piece(" "), title, Piece("  "), heading)
    if card.heading and width_of(line) + width_of(end) + 3 > width:
        line = (Piece(" "), heading)  # what this part is about says more than the whole
    return with_end(line, end, width)


def _caption(text: str, width: int) -> list[Line]:
    return _caption_of(tr(text), width)


def _caption_of(text: str, width: int) -> list[Line]:
    return [(Piece("  "), *line) for line in flow(text, width - 4)]


def aside(card: Card) -> str:
    """Say that another course is shown than that in which the script goes on."""
    said = tr(
        "This is the other course. The script goes on in {course}; what it does later is not done "
        "here, and so this one stops where the next step was to come."
    )
    return said.format(course=card.aside)


def _asked(question: Question, width: int) -> list[Line]:
    return [(Piece("  "), *line) for line in flow(tr(question.ask), width - 4, "ask", "ask-code")]


def choices(question: Question, card: Card | None, width: int) -> list[Line]:
    """Return the choices, of which the one that was chosen is marked, or the number given."""
    lines: list[Line] = []
    given = card.answer.given if card is not None and card.answer is not None else None
    answered = card is not None and card.answer is not None
    for place, choice in enumerate(question.choices):
        chosen = given == place
        action = "" if answered else f"app.answer({place + 1})"
        key = Piece(f" {place + 1} ", "chosen" if chosen else "key", action)
        kind = "value" if chosen else "dim" if answered else "plain"
        text = flow(tr(choice.text), width - 8, kind)
        lines.append((Piece("  "), key, Piece(" "), *_clickable(text[0] if text else (), action)))
        lines += [(Piece("      "), *_clickable(line, action)) for line in text[1:]]
    if question.number is not None and given is not None:
        said = tr("you said {answer}").format(answer=number(given, question))
        lines.append((Piece("   "), Piece(said, "value")))
    return lines


def _clickable(line: Line, action: str) -> Line:
    return tuple(piece._replace(action=action) for piece in line)


def told(card: Card, glyphs: Glyphs, width: int) -> list[Line]:
    """Return the question, whether the answer was right, what the run has shown, and why."""
    question, answer = card.question, card.answer
    if question is None or answer is None or answer.finding is None:
        return []
    lines = [(Piece("  "), *line) for line in flow(tr(question.ask), width - 4, "dim", "dim")]
    finding = answer.finding
    shown = ""
    if finding.right is not None:
        shown = plain(tr(question.choices[finding.right].text))
    elif finding.number is not None:
        shown = number(finding.number, question)
    if answer.right is not None:
        word = trc("verdict", "right") if answer.right else trc("verdict", "not so")
        glyph = glyphs.right if answer.right else glyphs.error
        badge = Piece(f" {glyph} {word} ", "right" if answer.right else "wrong")
        said = tr("The run shows: {shown}").format(shown=shown)
        if not answer.right:
            given = answer.given or 0.0
            yours = number(given, question) if question.number else str(int(given) + 1)
            said = tr("You said {yours}. The run shows: {shown}").format(yours=yours, shown=shown)
    elif shown:
        badge = Piece(f" {glyphs.play} ", "other")
        said = tr("The run shows: {shown}").format(shown=shown)
    else:
        badge = Piece(f" {glyphs.error} ", "other")
        said = _otherwise(card)
    indent = 2 + badge.width + 1
    text = flow(said, max(10, width - indent - 2), "value")
    lines.append((Piece("  "), badge, Piece(" "), *(text[0] if text else ())))
    lines += [(Piece(" " * indent), *line) for line in text[1:]]
    return lines + [(Piece("  "), *line) for line in flow(tr(question.because), width - 4)]


def _otherwise(card: Card) -> str:
    if card.off:
        return tr("What you changed made it otherwise: none of the answers is what the run shows.")
    return tr("None of the answers is what this run shows.")


def number(value: float, question: Question) -> str:
    """Return a number as an answer to a question, with its unit."""
    unit = _unit(question, value)
    shown = f"{value:,.10g}"
    return f"{shown} {unit}" if unit else shown


def _unit(question: Question | None, value: float | None = None) -> str:
    """Return the unit of an answer that is a number, as it is of so many."""
    if question is None or question.number is None or not question.number.unit:
        return ""
    one, parted, many = tr(question.number.unit).partition("|")
    return many if parted and value != 1 else one


def _result(card: Card, runs: bool, width: int) -> list[Line]:
    """Return what is said at the end of a lesson, whose lab runs on or has ended."""
    if card.asked:
        all_of_it = trn(
            "That was all of it: {right} of {asked} answer was right.",
            "That was all of it: {right} of {asked} answers were right.",
            card.asked,
        ).format(right=card.right, asked=card.asked)
    else:
        all_of_it = tr("That was all of it.")
    if runs:
        now = tr("The lab runs on: try what you like.")
    else:
        now = tr("This run is over; `r` begins its part of the lesson again.")
    lines = [*flow(all_of_it, width - 4, "loud-words"), *flow(now, width - 4)]
    return [(Piece("  "), *line) for line in lines]


def _prompt(card: Card, glyphs: Glyphs, width: int, typed: str) -> Line:
    """Return the last line: what to press next."""
    go = (Piece(tr("enter"), "key", "app.play_next"), Piece(" "))
    back = (
        Piece("←" if glyphs.dots == "…" else trc("key", "left"), "key", "app.play_back"),
        Piece(" "),
    )
    line: list[Piece] = [Piece("  ")]
    if card.aside is not None:
        line += [*go, Piece(tr("back to the script"), "plain", "app.play_next")]
        return cut(tuple(line), width)
    if card.earlier:
        line += [*go, Piece(tr("forward to where you were"), "plain", "app.play_next")]
    elif card.phase == "asks" and card.is_typed:
        line += [Piece(tr("Your answer:"), "ask"), Piece(" "), Piece(typed, "typed")]
        unit = _unit(card.question)
        line += [Piece(" ", "cursor"), Piece(f" {unit}"), Piece("   ")]
        line += [*go, Piece(tr("gives it"), "dim", "app.play_next")]
    elif card.phase == "asks" and card.question is not None:
        last = len(card.question.choices)
        words = tr("What do you think? Press {first} to {last}, or click.")
        line += [Piece(words.format(first=1, last=last), "ask")]
    elif card.phase in ("goes", "shows"):
        words = tr("the lab runs: watch") if card.phase == "shows" else tr("the lab runs")
        line += [Piece(f"{glyphs.play} {words}", "good"), Piece("   ")]
        line += [*go, Piece(tr("at once"), "dim", "app.play_next")]
    elif card.phase == "over":
        line += [*go, Piece(tr("next lesson"), "plain", "app.play_next"), Piece("   ")]
        line += [Piece("L", "key", "app.lessons"), Piece(" "), Piece(tr("all lessons"), "dim")]
    else:
        line += [*go, Piece(tr("go on"), "plain", "app.play_next")]
    if card.phase != "over" and card.step > 1:
        return with_end(tuple(line), (*back, Piece(tr("back"), "dim", "app.play_back")), width)
    return cut(tuple(line), width)
