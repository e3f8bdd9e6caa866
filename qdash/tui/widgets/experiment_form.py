"""What an experiment is to be: every part is changed where it stands, by arrows or typing."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from qdash.experiment.measures import title
from qdash.prose import wrap
from qdash.settings import SettingError
from qdash.tui.look import UNICODE, Glyphs
from qdash.tui.study import MOST_VARIED, NUMBERS, Draft, as_typed
from qdash.tui.widgets.bar import Bar, Line, Piece, width_of
from qdash.tui.widgets.stage_text import crop
from qdash.tui.widgets.typed import Typed
from qdash.words import Refusal, mark, tr

_VARY: Final = ("vary", "beside")
FIELDS: Final = (*_VARY, "watch", *NUMBERS)
"""The parts of the form, in their order."""
_TITLES: Final = {
    "vary": mark("vary"),
    "beside": mark("and"),
    "watch": mark("watch"),
    "replications": mark("replications"),
    "warmup": mark("warm-up"),
    "until": mark("length"),
    "seed": mark("seed"),
}
_HELP: Final = {
    "vary": mark(
        "What is varied: arrows choose a setting; enter types its values, as in consumers=1..8, "
        "maxsize=1,2,5 or consume_time=0.2..1:0.2."
    ),
    "beside": mark(
        "What is varied beside it, every value with every other: a chart of two is a heat map. One "
        "value alone, as in maxsize=10, is the same at every point."
    ),
    "watch": mark(
        "What is measured: arrows choose what is in the chart; enter lists all there is."
    ),
    "replications": mark("How often every point is run, each time with another seed."),
    "warmup": mark("How long a run goes on before its figures are taken, in virtual seconds."),
    "until": mark("How long a run lasts, in virtual seconds."),
    "seed": mark("The seed of the first replication; the seeds of the others come from it."),
}
_TYPING: Final = mark(
    "A setting and its values: consumers=1..8, maxsize=1,2,5 or consume_time=0.2..1:0.2. One "
    "value, as in maxsize=10, is the same at every point."
)
_LONGEST: Final = 200


class ExperimentForm(Bar, can_focus=True):
    """The parts of a draft in lines; the chosen one explains itself on the last line.

    What it holds of its own is where the person is, and what has been typed and not yet given.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "nudge(-1)", mark("less"), key_display="←"),
        Binding("right", "nudge(1)", mark("more"), key_display="→"),
        Binding("up", "move(-1)", mark("part before"), key_display="↑"),
        Binding("down", "move(1)", mark("next part"), key_display="↓"),
        Binding("enter", "enter", mark("type, then give it"), key_display="enter"),
    ]
    DEFAULT_CSS = "ExperimentForm { padding: 0; }"

    class Changed(Message):
        """The draft is another one now."""

    class Listed(Message):
        """The person asks for the list of all that can be watched."""

    class Charted(Message):
        """The person asks for the next measure in the chart (``by`` 1), or the one before (-1)."""

        def __init__(self, by: int) -> None:
            super().__init__()
            self.by = by

    def __init__(self, draft: Draft, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.draft = draft
        self.chosen = 0
        self.typed: Typed | None = None
        self.refusal = ""
        self.note = ""
        """What stays the same at every point, in words."""
        self.charted = ""
        """The measure that is in the chart."""
        self._glyphs = glyphs
        self._steady = False

    # --- lines -----------------------------------------------------------------------------------

    @property
    def field(self) -> str:
        """The name of the part that the arrows change."""
        return FIELDS[self.chosen]

    def lines_wanted(self, width: int, *, steady: bool) -> int:
        """Return how many lines it takes, those of the explanation among them.

        A ``steady`` one has room for the longest of all explanations.
        """
        self._steady = steady
        words = [self._explanation(name) for name in FIELDS] if steady else []
        most = max((len(self._wrapped(text, width)) for text in words), default=0)
        return len(self._rows(width)) + max(most, len(self._hint(width)))

    def redraw(self) -> None:
        """Draw the draft as it is."""
        width, height = self.size
        if width:
            rows = self._rows(width)
            hint = self._hint(width)[: max(0, height - len(rows))]
            # Filled up below: a bar is drawn from its last line upwards.
            self.draw((*rows, *hint, *[()] * (height - len(rows) - len(hint))))

    def _rows(self, width: int) -> list[Line]:
        rows: list[list[Piece]] = [[Piece(" ")]]
        for at, name in enumerate(FIELDS):
            field = self._field(at, name, width - 2)
            if len(rows[-1]) > 1 and (
                name == "watch" or width_of(tuple(rows[-1])) + width_of(field) + 1 > width
            ):
                rows.append([Piece(" ")])
            rows[-1] += [*field, Piece("  ")]
            if name == "watch":
                rows.append([Piece(" ")])
        return [tuple(row) for row in rows]

    def _field(self, at: int, name: str, width: int) -> Line:
        here = self.has_focus and at == self.chosen
        label = Piece(tr(_TITLES[name]), "chosen" if here else "dim", f"choose({at})")
        glyphs = self._glyphs
        less = Piece(f" {glyphs.less}", "key", f"click({at},-1)")
        more = Piece(glyphs.more, "key", f"click({at},1)")
        room = max(4, width - width_of((label, less, more)) - 1)
        if here and self.typed is not None:
            return (label, less, *self.typed.pieces(room + 1), more)
        if name == "watch":
            return (label, less, *self._watched(room), more)
        return (
            label,
            less,
            Piece(crop(self._value(name), room, glyphs), "value", f"type({at})"),
            more,
        )

    def _watched(self, room: int) -> Line:
        """Name what is measured, what is in the chart standing out."""
        out: list[Piece] = []
        for name in self.draft.watch:
            kind = "key" if name == self.charted else "plain"
            piece = Piece(title(name), kind, f"chart('{name}')")
            gap = Piece(f" {self._glyphs.lane_idle.strip() or '|'} ", "dim")
            used = width_of(tuple(out))
            if used + gap.width + piece.width + 3 > room and out:
                out.append(Piece(f" {self._glyphs.dots}", "dim", "enter"))
                break
            out += [gap, piece] if out else [piece]
        return tuple(out)

    def _value(self, name: str) -> str:
        draft = self.draft
        if name in _VARY:
            at = _VARY.index(name)
            return as_typed(draft.vary[at]) if at < len(draft.vary) else tr("nothing")
        return NUMBERS[name].show(getattr(draft, name))

    def _explanation(self, name: str) -> str:
        if name not in NUMBERS:
            return tr(_HELP[name])
        words = tr("{help} It is {allowed}.")
        return words.format(help=tr(_HELP[name]), allowed=NUMBERS[name].allowed)

    def _hint(self, width: int) -> tuple[Line, ...]:
        """Explain the chosen part, or say what is allowed in place of what was typed.

        Without the focus, say what stays the same at every point, where there is room for it.
        """
        if self.refusal:
            text, kind = self.refusal, "bad"
        elif self.typed is not None and self.field in _VARY:
            text, kind = tr(_TYPING), "plain"
        elif self.has_focus:
            text, kind = self._explanation(self.field), "plain"
        else:
            text, kind = self.note if self._steady else "", "dim"
        return tuple((Piece(f" {part}", kind),) for part in self._wrapped(text, width))

    @staticmethod
    def _wrapped(text: str, width: int) -> list[str]:
        return wrap(text, max(10, width - 2))

    # --- what the person does --------------------------------------------------------------------

    def on_focus(self) -> None:
        """Explain the chosen part."""
        self._changed()

    def on_blur(self) -> None:
        """Give what was typed, or forget it where it is not allowed."""
        self.give()
        self.typed, self.refusal = None, ""
        self._changed()

    def on_resize(self) -> None:
        """Draw for the room there is."""
        self.redraw()

    def action_choose(self, at: int) -> None:
        """Give what was typed, and let the arrows change this part."""
        self.give()
        self.chosen = at % len(FIELDS)
        self.typed, self.refusal = None, ""
        self.focus()
        self._changed()

    def action_move(self, by: int) -> None:
        """Give what was typed, and go to the next part; beyond the last, leave the form."""
        if not self.give():
            return
        if self.chosen + by >= len(FIELDS):
            self.screen.focus_next()
        else:
            self.action_choose(max(0, self.chosen + by))

    def action_click(self, at: int, by: int) -> None:
        """An arrow was clicked."""
        self.action_choose(at)
        self.action_nudge(by)

    def action_chart(self, name: str) -> None:
        """A measure was clicked: have it in the chart."""
        watch = self.draft.watch
        self.post_message(self.Charted(watch.index(name) - watch.index(self.charted)))

    def action_nudge(self, by: int) -> None:
        """Take the next value up or down."""
        if self.typed is not None:
            return
        self.refusal = ""
        draft, name = self.draft, self.field
        if name in _VARY:
            draft.nudge_vary(_VARY.index(name), by)
        elif name == "watch":
            self.post_message(self.Charted(by))
            return
        else:
            setattr(draft, name, NUMBERS[name].nudge(getattr(draft, name), by))
        self._changed()
        self.post_message(self.Changed())

    def action_type(self, at: int) -> None:
        """Type another value in place of that of a part; what is varied is gone on from."""
        self.action_choose(at)
        name = self.field
        if name == "watch":
            self.post_message(self.Listed())
            return
        at, vary = _VARY.index(name) if name in _VARY else MOST_VARIED, self.draft.vary
        self._type(Typed.after(as_typed(vary[at]) if at < len(vary) else ""))

    def action_enter(self) -> None:
        """Begin to type, or give what was typed."""
        if self.typed is None:
            self.action_type(self.chosen)
        else:
            self.give()

    def give(self) -> bool:
        """Give what was typed, if anything was; tell whether it was allowed, and say why not."""
        if self.typed is None:
            return True
        name, draft, text = self.field, self.draft, self.typed.text
        try:
            if name in _VARY:
                draft.set_vary(_VARY.index(name), text)
            elif text.strip():
                setattr(draft, name, NUMBERS[name].parse(text))
        except (SettingError, Refusal) as error:
            self.refusal = str(error)
            self._changed()
            return False
        self.typed, self.refusal = None, ""
        self._changed()
        self.post_message(self.Changed())
        return True

    def take_back(self) -> bool:
        """Forget what was typed; tell whether anything was."""
        typed, self.typed, self.refusal = self.typed, None, ""
        self._changed()
        return typed is not None

    def refuse(self, why: str) -> None:
        """Say why what was asked for is not begun."""
        self.refusal = why
        self.focus()
        self._changed()

    def on_key(self, event: events.Key) -> None:
        """Type: digits begin at once where a number is asked for, anything after enter."""
        numeric = self.field in NUMBERS
        if self.typed is None and not (numeric and (event.character or " ").isdecimal()):
            return
        if numeric and event.key == "space":  # no number has one: it begins what was asked for
            return
        if (now := (self.typed or Typed()).press(event, _LONGEST)) is not None:
            self._type(now)
            event.prevent_default().stop()

    def on_paste(self, event: events.Paste) -> None:
        """Take what is pasted as if it were typed."""
        if self.field != "watch":
            self._type((self.typed or Typed()).insert(event.text, _LONGEST))
        event.stop()

    def _type(self, typed: Typed) -> None:
        self.typed, self.refusal = typed, ""
        self._changed()

    def _changed(self) -> None:
        self.redraw()
        self.post_message(self.Resized())

    class Resized(Message):
        """It may need another number of lines."""
