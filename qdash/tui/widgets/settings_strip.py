"""The strip of settings: every value is changed where it stands, by arrows, typing or the mouse."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from textual import events
from textual.binding import Binding, BindingType

from qdash.events import Value
from qdash.prose import wrap
from qdash.settings import SETTINGS, Setting, SettingError
from qdash.tui.look import UNICODE, Glyphs
from qdash.tui.messages import SettingNudged, SettingTyped, StripChanged
from qdash.tui.view import View
from qdash.tui.widgets.bar import Bar, Line, Piece, width_of
from qdash.tui.widgets.typed import Typed
from qdash.words import mark, spoken, tr, trn

_NAMES: Final = tuple(SETTINGS)
_WIDE: Final = 140
"""From this width on, values keep a width of their own, so that arrows stand still."""
_ROOMY: Final = 100
"""From this width on, what a change does is said in a whole sentence."""
_LONGEST: Final = 24
"""How many characters can be typed; no value is longer."""


class SettingsStrip(Bar, can_focus=True):
    """The settings, as many lines as they need; the chosen one explains itself above them.

    Those that change nothing here are left out, but for the chosen one: the palette can choose any.

    What it holds of its own is only where the person is: the chosen setting, and what has been
    typed and not yet given.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "nudge(-1)", mark("less"), key_display="←"),
        Binding("right", "nudge(1)", mark("more"), key_display="→"),
        Binding("up,shift+tab", "move(-1)", mark("setting before"), key_display="↑"),
        Binding("down,tab", "move(1)", mark("next setting"), key_display="↓"),
        Binding("enter", "enter", mark("type a value, then give it"), key_display="enter"),
        Binding("escape", "leave", mark("leave it"), key_display="esc"),
        Binding("home", "far(0)", mark("first setting"), show=False),
        Binding("end", "far(-1)", mark("last setting"), show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.chosen = 0
        self.typed: Typed | None = None
        self.refusal = ""
        self._values: dict[str, Value] = {}
        self._unused: frozenset[str] = frozenset()
        self._glyphs: Glyphs = UNICODE
        self._past = self._replay = False
        self._side = ""
        self._top = 0
        self._explaining = 0
        self._drawn: tuple[object, ...] = ()

    # --- what it is given ------------------------------------------------------------------------

    def use(self, unused: Collection[str]) -> None:
        """Say which settings the scenario does not read."""
        self._unused = frozenset(unused)
        if self.name_chosen in self._unused:
            self.chosen = self._shown()[0]
        self.redraw()

    def show(self, view: View) -> None:
        """Draw the values as they are in this frame."""
        state = view.state
        values = {**state.settings, "seed": state.header.seed, "speed": view.speed}
        side = "" if view.versus is None else view.versus.acted.letter
        drawn = (values, self._unused, self.size, view.past, view.replay, side, spoken())
        if drawn == self._drawn and view.glyphs is self._glyphs:
            return
        self._drawn = drawn
        self._values, self._glyphs = values, view.glyphs
        self._past, self._replay, self._side = view.past, view.replay, side
        self.redraw()

    def refuse(self, name: str, why: str) -> None:
        """Say why a value was refused, beside the setting of that name."""
        if name == self.name_chosen:
            self.refusal = why
            self.redraw()

    # --- lines -----------------------------------------------------------------------------------

    @property
    def name_chosen(self) -> str:
        """The name of the setting that the arrows change."""
        return _NAMES[self.chosen]

    def lines_wanted(self, width: int) -> int:
        """Return how many lines it takes to show everything at this width."""
        return len(self._wrapped(width)) + len(self._hint(width))

    def _shown(self) -> list[int]:
        """Return which settings stand in the strip, by their places among all."""
        read = {name: value for name, value in self._values.items() if name not in self._unused}
        return [
            at
            for at, name in enumerate(_NAMES)
            if (name not in self._unused and SETTINGS[name].matters(read))
            or (self.has_focus and at == self.chosen)
        ]

    def redraw(self) -> None:
        """Draw what there is room for, the chosen setting always among it."""
        width, height = self.size
        if not width or not height:
            return
        rows, hint = self._wrapped(width), self._hint(width)
        hint = hint[: max(0, height - 1)]
        self._explaining = len(hint)
        room = height - len(hint)
        at = next((y for y, row in enumerate(rows) if self.chosen in row), 0)
        self._top = min(max(0, len(rows) - room), max(at - room + 1, min(self._top, at)))
        lines = [self._line(row, width) for row in rows[self._top : self._top + room]]
        hidden = len(rows) - len(lines)
        if hidden and lines:
            words = trn("+{count} line", "+{count} lines", hidden).format(count=hidden)
            more = Piece(f" {words} ", "key", "app.edit")
            lines[-1] = (*_cut(lines[-1], width - more.width), more)
        # Above the values: these must not move under the mouse when a click makes it appear.
        self.draw((*hint, *lines))

    def _effect(self, width: int) -> Line:
        """Say what a change does where it does not simply change the lab."""
        wide = width >= _ROOMY
        if self._replay:
            text = tr("RECORDING: it cannot be changed") if wide else tr("RECORDING")
        elif self._side:
            return (Piece(f" {self._side} ", "chosen", "app.other"), Piece("  "))
        elif self._past:
            text = tr("PAST: a change branches") if wide else tr("PAST")
        else:
            return ()
        return (Piece(f" {text} ", "loud", "app.help"), Piece("  "))

    def _wrapped(self, width: int) -> list[list[int]]:
        rows: list[list[int]] = [[]]
        used = 1 + width_of(self._effect(width))
        for at in self._shown():
            name = _NAMES[at]
            needed = width_of(self._field(at, name, width)) + (2 if width >= _WIDE else 1)
            if rows[-1] and used + needed > width:
                rows.append([])
                used = 1
            rows[-1].append(at)
            used += needed
        return rows

    def _line(self, row: list[int], width: int) -> Line:
        gap = Piece("  " if width >= _WIDE else " ")
        first = row[0] == self._shown()[0]
        line: list[Piece] = [Piece(" "), *(self._effect(width) if first else ())]
        for at in row:
            line += [*self._field(at, _NAMES[at], width), gap]
        return tuple(line)

    def _field(self, at: int, name: str, width: int) -> Line:
        setting = SETTINGS[name]
        here = self.has_focus and at == self.chosen
        label = Piece(
            (setting.label or name).replace("_", " "),
            "chosen" if here else "dim",
            f"choose({at})",
        )
        if name in self._unused:
            return (label, Piece(f" {tr('not used')}", "dim", f"choose({at})"))
        less = Piece(f" {self._glyphs.less}", "key", f"click({at},-1)")
        more = Piece(self._glyphs.more, "key", f"click({at},1)")
        if here and self.typed is not None:
            return (label, less, *self.typed.pieces(width), more)
        shown = _brief(setting, self._values.get(name, setting.default), self._glyphs)
        if width >= _WIDE:
            shown = f" {_centred(shown, _usual_width(setting))} "
        return (label, less, Piece(shown, "value", f"type({at})"), more)

    def _hint(self, width: int) -> tuple[Line, ...]:
        """Explain the chosen setting, or say what is allowed in place of what was typed."""
        if not self.has_focus:
            return ()
        setting = SETTINGS[self.name_chosen]
        if self.refusal:
            text, kind = self.refusal, "bad"
        elif setting.name in self._unused:
            words = tr("{setting}: this scenario does not use it.")
            text, kind = words.format(setting=setting.name), "dim"
        else:
            words = tr("{setting}: {help} It is {allowed}.")
            if self._past and not self._side and setting.name not in ("seed", "speed"):
                words = tr(
                    "{setting}: {help} It is {allowed}. Changed here, the lab runs on from this "
                    "moment with the other value."
                )
            text = words.format(
                setting=setting.name, help=tr(setting.help), allowed=setting.allowed
            )
            kind = "plain"
        return tuple((Piece(f" {part}", kind),) for part in wrap(text, max(10, width - 2)))

    # --- what the person does --------------------------------------------------------------------

    def on_focus(self) -> None:
        """Explain the chosen setting."""
        self._changed()

    def on_resize(self) -> None:
        """Draw for the room there is."""
        self.redraw()

    def on_blur(self) -> None:
        """Forget what was typed and not given."""
        self.typed, self.refusal = None, ""
        self._changed()

    def action_move(self, by: int) -> None:
        """Give what was typed, and go to the next setting; beyond the ends, leave the strip."""
        if not self._give():
            return
        beyond = [at for at in self._shown() if (at - self.chosen) * by > 0]
        if beyond:
            self.action_choose(beyond[0] if by > 0 else beyond[-1])
        elif by > 0:
            self.screen.focus_next()
        else:
            self.screen.focus_previous()

    def action_far(self, at: int) -> None:
        """Go to the first setting of those in the strip, or to the last."""
        self.action_choose(self._shown()[at])

    def action_choose(self, at: int) -> None:
        """Let the arrows change this setting."""
        self.chosen = at % len(_NAMES)
        self.typed, self.refusal = None, ""
        self.focus()
        self._changed()

    def action_nudge(self, by: int) -> None:
        """Ask for the next value up or down."""
        if self.typed is None and not self._say_unused():
            self.refusal = ""
            self.post_message(SettingNudged(self.name_chosen, by))

    def action_click(self, at: int, by: int) -> None:
        """An arrow was clicked."""
        self.action_choose(at)
        self.action_nudge(by)

    def action_type(self, at: int) -> None:
        """A value was clicked: type another one in its place."""
        self.action_choose(at)
        if not self._say_unused():
            self._type(Typed())

    def action_enter(self) -> None:
        """Begin to type, or give what was typed."""
        if self.typed is None:
            self.action_type(self.chosen)
        else:
            self._give()

    def _give(self) -> bool:
        """Give what was typed, if anything was; tell whether it was allowed, and say why not."""
        if self.typed is None:
            return True
        setting, text = SETTINGS[self.name_chosen], self.typed.text
        try:
            setting.parse(text)
        except SettingError as error:
            self.refusal = str(error)
            self._changed()
            return False
        self.typed, self.refusal = None, ""
        self._changed()
        self.post_message(SettingTyped(setting.name, text))
        return True

    def action_leave(self) -> None:
        """Take back what was typed; or leave the strip."""
        if self.typed is None:
            self.screen.set_focus(None)
        else:
            self.typed, self.refusal = None, ""
            self._changed()

    def on_key(self, event: events.Key) -> None:
        """Type: digits begin at once where a number is asked for, anything after enter."""
        typed = event.character or " "
        # A minus too: whoever types one here means a number, and is told which are allowed.
        begins = (typed.isdecimal() or typed == "-") and (
            SETTINGS[self.name_chosen].kind in ("int", "float")
        )
        if self.typed is None and not begins:
            return
        if self.typed is None and self._say_unused():
            event.stop()
            return
        if (now := (self.typed or Typed()).press(event, _LONGEST)) is not None:
            self._type(now)
            event.prevent_default().stop()

    def on_paste(self, event: events.Paste) -> None:
        """Take what is pasted as if it were typed."""
        if not self._say_unused():
            self._type((self.typed or Typed()).insert(event.text, _LONGEST))
        event.stop()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Turn the value under the mouse up."""
        self._turn(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Turn the value under the mouse down."""
        self._turn(event, -1)

    def _turn(self, event: events.MouseEvent, by: int) -> None:
        rows = self._wrapped(self.size.width)
        y = event.y - self._explaining + self._top
        x = 1 + (0 if y else width_of(self._effect(self.size.width)))
        for at in rows[y] if 0 <= y < len(rows) else ():
            x += width_of(self._field(at, _NAMES[at], self.size.width))
            x += 2 if self.size.width >= _WIDE else 1
            if event.x < x:
                event.prevent_default().stop()
                self.action_click(at, by)
                return

    def _type(self, typed: Typed) -> None:
        self.typed, self.refusal = typed, ""
        self._changed()

    def _say_unused(self) -> bool:
        return self.name_chosen in self._unused

    def _changed(self) -> None:
        """The number of lines may be another one: the screen shares out its lines again."""
        self.redraw()
        self.post_message(StripChanged())


def _brief(setting: Setting, value: Value, glyphs: Glyphs) -> str:
    if value == 0 and setting.zero == "unbounded":
        return f"0 {glyphs.unbounded}"
    shown = setting.show(value).replace("×", glyphs.times)
    return shown.replace(" ", "") if setting.unit == "s" else shown


def _usual_width(setting: Setting) -> int:
    if setting.kind == "choice":
        return max(cell_len(setting.show(choice)) for choice in setting.choices)
    if setting.kind == "flag":
        return max(cell_len(setting.show(value)) for value in (True, False))
    return {"int": 3, "float": 4}[setting.kind]


def _centred(text: str, width: int) -> str:
    """Return the text in the middle of so many cells, as ``str.center`` does."""
    spare = max(0, width - cell_len(text))
    left = spare // 2 + (spare & width & 1)
    return " " * left + text + " " * (spare - left)


def _cut(line: Line, width: int) -> Line:
    """Return as much of the line as fits into exactly ``width`` cells."""
    out: list[Piece] = []
    for piece in line:
        if piece.width > width:
            piece = piece._replace(text=set_cell_size(piece.text, max(0, width)))
        width -= piece.width
        out.append(piece)
    return (*out, Piece(" " * width))
