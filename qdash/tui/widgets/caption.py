"""The caption: what a lesson or a demo says now, asks, and found; and what to press next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual import events

from qdash.tui.look import Glyphs
from qdash.tui.messages import AnswerGiven
from qdash.tui.view import View
from qdash.tui.widgets.bar import Bar, Line, Piece, width_of
from qdash.tui.widgets.caption_text import balanced, centred, cut, flow, plain, with_end
from qdash.words import spoken, tr, trc, trn

if TYPE_CHECKING:
    from qdash.script.director import Card
    from qdash.script.model import Question, Script

_LONGEST: Final = 20
"""How many characters of a number can be typed."""
_LEAST: Final = 5
"""How many lines the caption of a lesson has at least."""
_EVEN: Final = 5
"""A caption keeps this part of the height for the longest text, lest all jump from step to step."""


class CaptionPanel(Bar):
    """Says where a script is. A number is typed into it, if one is asked for."""

    DEFAULT_CSS = "CaptionPanel { background: $surface; color: $foreground; }"
    LOOKS: ClassVar[dict[str, str]] = Bar.LOOKS | {
        "code": "accent",
        "ask": "primary bold",
        "ask-code": "accent bold",
        "loud-words": "foreground bold",
        "right": "background on consumer bold",
        "wrong": "background on blocked bold",
        "other": "background on accent bold",
    }

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view: View | None = None
        self.typed = ""
        """The number as far as it has been typed."""
        self.refusal = ""
        self._most: dict[tuple[str, int, str], int] = {}

    def preferred_height(self, view: View, width: int, height: int) -> int:
        """Return how many lines it would like on a screen of this size: none without a script."""
        card = view.card
        if card is None:
            return 0
        if view.presenting:
            return len(_band(card, view.glyphs, width, self.typed))
        needed = len(_lesson(view, card, width, self.typed, self.refusal))
        key = (card.script.title, width, spoken())
        if key not in self._most:
            self._most = {key: _most(card.script, width)}
        return max(needed, _LEAST, min(self._most[key], height // _EVEN))

    def show(self, view: View) -> None:
        """Draw what is to be read now."""
        self._view = view
        card = view.card
        width, height = self.size
        if card is None or not width or not height:
            return
        if not _is_typed(card):
            self.typed = self.refusal = ""
        self.can_focus = _is_typed(card)
        if view.presenting:
            lines = _band(card, view.glyphs, width, self.typed)
        else:
            lines = _lesson(view, card, width, self.typed, self.refusal)
        self.draw(tuple(_fitted(lines, height, in_middle=view.presenting)))

    def on_resize(self) -> None:
        """Fill the new size."""
        self._redraw()

    def _redraw(self) -> None:
        if self._view is not None:
            self.show(self._view)

    # --- a number is typed -----------------------------------------------------------------------

    def type(self, text: str) -> None:
        """Add to the number that is typed."""
        self.typed, self.refusal = (self.typed + text)[:_LONGEST], ""
        self._redraw()

    def on_key(self, event: events.Key) -> None:
        """Take the keys of a number, as long as one is asked for."""
        card = self._view.card if self._view is not None else None
        if card is None or not _is_typed(card):
            return
        if event.key == "enter" and self.typed:
            self.give()
        elif event.key == "backspace" and self.typed:
            self.typed, self.refusal = self.typed[:-1], ""
            self._redraw()
        elif event.character is not None and event.character in "0123456789.,-":
            self.type(event.character)
        else:
            return
        event.prevent_default().stop()

    def give(self) -> None:
        """Give the number that was typed."""
        try:
            number = float(self.typed.replace(",", "."))
        except ValueError:
            self.refusal = tr("A number is asked for, such as 3 or 2.5.")
            self._redraw()
            return
        self.post_message(AnswerGiven(number))


def _is_typed(card: Card) -> bool:
    """Tell whether a number is asked for now."""
    asks = card.phase == "asks" and not card.earlier
    return asks and card.question is not None and card.question.number is not None


def _fitted(lines: list[Line], height: int, *, in_middle: bool) -> list[Line]:
    """Return just so many lines: the first and the last stay, what is between is moved or cut."""
    first, *between, last = lines
    room = height - 2
    if room < 0:
        return [last][:height]
    if len(between) > room:
        between = between[len(between) - room :]  # what was said last matters most
    spare = room - len(between)
    above = spare // 2 if in_middle else 0
    return [first, *[()] * above, *between, *[()] * (spare - above), last]


def _most(script: Script, width: int) -> int:
    """Return the lines that the longest text of a script takes, its first and last line too."""
    most = 0
    for step in script.step:
        lines = _caption(step.caption, width)
        if step.question is not None:
            lines = [*lines, *_asked(step.question, width), *_choices(step.question, None, width)]
        most = max(most, 2 + len(lines))
    return most


# --- in a lesson ---------------------------------------------------------------------------------


def _lesson(view: View, card: Card, width: int, typed: str, refusal: str) -> list[Line]:
    """Return the lines: whose words they are, the words, and what to press next."""
    glyphs, runs = view.glyphs, view.state.ended is None and not view.state.stuck
    lines = [_title(card, width)]
    if card.phase == "over" and not card.earlier and card.script.kind == "lesson":
        lines += _result(card, runs, width)
    elif card.told:
        lines += _told(card, glyphs, width)
    else:
        lines += _caption(card.caption, width)
        if card.question is not None:
            lines += [*_asked(card.question, width), *_choices(card.question, card, width)]
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
    return [(Piece("  "), *line) for line in flow(tr(text), width - 4)]


def _asked(question: Question, width: int) -> list[Line]:
    return [(Piece("  "), *line) for line in flow(tr(question.ask), width - 4, "ask", "ask-code")]


def _choices(question: Question, card: Card | None, width: int) -> list[Line]:
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


def _told(card: Card, glyphs: Glyphs, width: int) -> list[Line]:
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
    unit = tr(question.number.unit) if question.number is not None else ""
    shown = f"{value:,.10g}"
    return f"{shown} {unit}" if unit else shown


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
    if card.earlier:
        line += [*go, Piece(tr("forward to where you were"), "plain", "app.play_next")]
    elif card.phase == "asks" and _is_typed(card):
        line += [Piece(tr("Your answer:"), "ask"), Piece(" "), Piece(typed, "typed")]
        unit = card.question.number.unit if card.question and card.question.number else ""
        line += [Piece(" ", "cursor"), Piece(f" {tr(unit)}"), Piece("   ")]
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


# --- on a stage ----------------------------------------------------------------------------------


def _band(card: Card, glyphs: Glyphs, width: int, typed: str) -> list[Line]:
    """Return the lines of a band with air around its words, all in the middle."""
    inside = max(10, min(width - 8, width * 5 // 6))
    heading = plain(tr(card.heading or card.script.title))
    lines: list[Line] = [(), cut((Piece(heading, "dim"),), inside), ()]
    if card.told:
        lines += _told_band(card, glyphs, inside)
    else:
        lines += balanced(tr(card.caption), inside, "loud-words")
        if card.question is not None:
            lines += [(), *balanced(tr(card.question.ask), inside, "ask", "ask-code")]
            lines += [(), *_block(_choices(card.question, card, inside))]
            if _is_typed(card):
                lines.append((Piece(typed, "typed"), Piece(" ", "cursor")))
    place = f"{card.step}/{card.steps}"
    if card.earlier:
        place = f"{glyphs.less} {place}"
    return [*(centred(line, width) for line in lines), with_end((), (Piece(place, "dim"),), width)]


def _block(lines: list[Line]) -> list[Line]:
    """Return lines one under the other, as wide as the widest."""
    widest = max(map(width_of, lines), default=0)
    return [(*line, Piece(" " * (widest - width_of(line)))) for line in lines]


def _told_band(card: Card, glyphs: Glyphs, width: int) -> list[Line]:
    return [cut(line[1:], width) for line in _told(card, glyphs, width + 4)]
