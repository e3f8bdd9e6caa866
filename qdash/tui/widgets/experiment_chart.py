"""The chart of an experiment: a line for one setting, a heat map for two."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.strip import Strip

from qdash.experiment import theory
from qdash.settings import setting
from qdash.tui.look import UNICODE, Glyphs
from qdash.tui.study import Study
from qdash.tui.widgets.drawn import Drawn
from qdash.tui.widgets.experiment_axis import Scale
from qdash.tui.widgets.experiment_heat import SHADES, Map, Tile, draw_map, levels
from qdash.tui.widgets.experiment_lines import Drawing, Spot, draw_lines
from qdash.tui.widgets.experiment_text import (
    alone,
    amount,
    factor,
    heading,
    label,
    mean_and_half,
    places,
)
from qdash.tui.widgets.stage_text import Line, Span, both_ends, cells, clean, crop, fit
from qdash.words import mark, spoken, tr, trn

_SHADED: Final = 5
"""From this shade on, letters are as dark as the ground, or as light."""


def _shade(level: int) -> str:
    letters = "background" if level >= _SHADED else "foreground"
    return f"{letters} on producer {8 + level * 12}%"


class PointChosen(Message):
    """A person pointed at the point with this number; ``opened``: to see it live."""

    def __init__(self, at: int, *, opened: bool = False) -> None:
        super().__init__()
        self.at = at
        self.opened = opened


class MeasureChosen(Message):
    """A person wants the measure with this number in the chart."""

    def __init__(self, measure: int) -> None:
        super().__init__()
        self.measure = measure


class ExperimentChart(Drawn, can_focus=True):
    """Draws one measure of a study at all points, the one that is pointed at among them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1,0)", mark("point before"), key_display="←"),
        Binding("right", "go(1,0)", mark("next point"), key_display="→"),
        Binding("up", "go(0,-1)", mark("up"), key_display="↑"),
        Binding("down", "go(0,1)", mark("down"), key_display="↓"),
        Binding("home", "edge(-1)", mark("first point"), show=False),
        Binding("end", "edge(1)", mark("last point"), show=False),
        Binding("enter", "open", mark("open it live"), key_display="enter"),
    ]
    GROUND = "text"
    DEFAULT_CSS = "ExperimentChart { background: $surface; color: $foreground; padding: 0 1; }"
    LOOKS: ClassVar[dict[str, str]] = {
        "text": "foreground",
        "dim": "dim",
        "grid": "dim",
        "title": "dim bold",
        "name": "foreground",
        "measure": "accent bold",
        "line": "producer",
        "bar": "producer bold",
        "point": "producer bold",
        "theory": "other bold",
        "chosen": "accent bold",
        "here": "background on accent bold",
        "empty": "dim on slot-empty",
        "loud": "foreground bold",
        **{f"shade-{n}": _shade(n) for n in range(SHADES)},
        **{f"shade-{n}-bold": f"{_shade(n)} bold" for n in range(SHADES)},
    }
    FOCUSED: ClassVar[dict[str, str]] = {"title": "foreground bold"}
    NO_COLOUR: ClassVar[dict[str, str]] = {
        "chosen": "foreground bold reverse",
        "here": "foreground bold reverse",
        **{f"shade-{n}": "foreground" for n in range(SHADES)},
        **{f"shade-{n}-bold": "foreground bold" for n in range(SHADES)},
    }

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._study: Study | None = None
        self._lines: list[Line] = []
        self._under: Map | Drawing | None = None
        self._key: object = None

    @property
    def text(self) -> str:
        """What is drawn, as plain text."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._lines)

    def show(self, study: Study | None) -> None:
        """Draw a study as it is now; None is that nothing was begun yet."""
        self._study = study
        width, height = self.size
        key = (id(study), study and study.version, width, height, spoken())
        if not width or not height or key == self._key:
            return
        self._key, self._under = key, None
        self._lines = self._nothing() if study is None else self._draw(study)
        self.refresh()

    def on_resize(self) -> None:
        """Draw for the room there is."""
        self.show(self._study)

    def _nothing(self) -> list[Line]:
        text = tr("Nothing has been run yet: space begins.")
        return [fit([(text, "dim")], self.size.width)]

    def _draw(self, study: Study) -> list[Line]:
        width, height = self.size
        theories = self._theory(study) if height > 8 else []
        room = height - 1 - len(theories)
        if len(study.across) > 1:
            self._under = self._heat(study, (width, room))
        else:
            self._under = self._curve(study, width, room)
        title = self._title(study, self._under)
        return [title, *self._under.lines, *theories][:height]

    def _title(self, study: Study, under: Map | Drawing) -> Line:
        glyphs, name, left_out = self._glyphs, study.charted, under.left_out
        left: list[Span] = [(heading(name), "measure")]
        if by := self._by(study, under):
            left.append((f"  {by}", "title"))
        if left_out:
            words = trn("{count} point left out", "{count} points left out", left_out)
            left.append((f"  {words.format(count=f'{left_out:,}')}", "dim"))
        right: list[Span] = []
        if isinstance(under, Map):
            found = study.intervals(name)
            known = [each.mean for each in found if each is not None]
            digits = places(name, found)
            if known:
                right = [
                    (f"{alone(name, min(known), digits)} ", "dim"),
                    *self._scale(),
                    (f" {alone(name, max(known), digits)}", "dim"),
                ]
        else:
            right = [(f"{glyphs.token} ", "point"), (tr("mean"), "dim")]
            if study.plan.replications > 1:
                right += [(f"  {glyphs.upright} ", "bar"), (tr("95 % interval"), "dim")]
            if any(study.expected(at, name) is not None for at in range(len(study.points))):
                right += [(f"  {glyphs.expected} ", "theory"), (tr("theory"), "dim")]
        return both_ends(left, right, self.size.width)

    def _by(self, study: Study, under: Map | Drawing) -> str:
        """Say what the axes are, and what distances mean where one may be taken in."""
        across = study.across or study.plan.vary[:1]
        names = f" {self._glyphs.times} ".join(label(vary.name) for vary in across)
        if not names:
            return ""
        words = tr("by {settings}")
        if isinstance(under, Drawing):
            if under.scale is Scale.LOGARITHMIC:
                words = tr("by {settings} (logarithmic)")
            elif under.scale is Scale.NONE and setting(across[0].name).kind in ("int", "float"):
                words = tr("by {settings} (not to scale)")
        return words.format(settings=names)

    def _scale(self) -> list[Span]:
        shades = self._glyphs.shades
        if not self.app.no_color:
            return [("  ", f"shade-{n}") for n in range(SHADES)]
        last = len(shades) - 1
        return [(shades[round(n * last / (SHADES - 1))], "text") for n in range(SHADES)]

    def _theory(self, study: Study) -> list[Line]:
        """Say which theory there is for the point that is pointed at, and by which formula."""
        found = study.theory_of(study.at)
        formula = theory.formula(found, study.charted)
        parts: list[Span] = []
        if formula and self._glyphs.braille:  # else Greek letters may be too wide as well
            parts = [(f"{self._glyphs.expected} ", "theory"), (f"{formula}   ", "loud")]
        said = clean(theory.sentence(found))
        room = self.size.width - sum(cells(text) for text, _ in parts)
        parts.append((crop(said, max(0, room), self._glyphs), "dim"))
        return [fit(parts, self.size.width)]

    def _curve(self, study: Study, width: int, height: int) -> Drawing:
        name = study.charted
        by = factor(name)
        across = next(iter(study.across or study.plan.vary), None)
        spots = []
        for at, point in enumerate(study.points):
            found, expected = study.interval(at, name), study.expected(at, name)
            value = None if across is None else point[across.name]
            spots.append(
                Spot(
                    label=tr("as it is") if across is None else setting(across.name).show(value),
                    value=None if across is None else amount(across.name, value),
                    mean=None if found is None else found.mean * by,
                    half=None if found is None or found.half is None else found.half * by,
                    expected=None if expected is None else expected * by,
                    whole=study.whole(at),
                )
            )
        return draw_lines(spots, study.at, width, height, self._glyphs)

    def _heat(self, study: Study, size: tuple[int, int]) -> Map:
        name, columns = study.charted, study.columns
        found = study.intervals(name)
        digits = places(name, found)
        shades = levels([None if each is None else each.mean for each in found])
        tiles = [
            Tile(*mean_and_half(name, each, digits, self._glyphs), shade, study.whole(at))
            for at, (each, shade) in enumerate(zip(found, shades, strict=True))
        ]
        rows = [tiles[at : at + columns] for at in range(0, len(tiles), columns)]
        first, second = study.plan.vary
        return draw_map(
            rows,
            (
                [setting(first.name).show(value) for value in first.values],
                [setting(second.name).show(value) for value in second.values],
            ),
            (label(first.name), label(second.name)),
            divmod(study.at, columns),
            size,
            self._glyphs,
            textured=self.app.no_color,
        )

    def render_line(self, y: int) -> Strip:
        """Return one prepared line."""
        return self.strip_of(self._lines[y] if y < len(self._lines) else ())

    # --- what the person does --------------------------------------------------------------------

    def action_go(self, across: int, down: int) -> None:
        """Point at a point beside this one; above and below a line are other measures."""
        study = self._study
        if study is None:
            return
        if isinstance(self._under, Map):
            row, column = divmod(study.at, study.columns)
            rows = len(study.points) // study.columns
            row = min(max(row + down, 0), rows - 1)
            column = min(max(column + across, 0), study.columns - 1)
            self.post_message(PointChosen(row * study.columns + column))
        elif across:
            self.post_message(PointChosen(study.at + across))
        else:
            self.post_message(MeasureChosen(study.measure + down))

    def action_edge(self, by: int) -> None:
        """Point at the first or the last point."""
        if self._study is not None:
            self.post_message(PointChosen(0 if by < 0 else len(self._study.points) - 1))

    def action_open(self) -> None:
        """See the point live."""
        if self._study is not None:
            self.post_message(PointChosen(self._study.at, opened=True))

    def on_click(self, event: events.Click) -> None:
        """Point at what was clicked; a click on the title shows the next measure."""
        offset, study = event.get_content_offset(self), self._study
        if offset is None or study is None:
            return
        at = -1
        if offset.y == 0:
            self.post_message(MeasureChosen(study.measure + 1))
        elif isinstance(self._under, Map):
            if (found := self._under.point(offset.x, offset.y - 1)) is not None:
                at = found[0] * study.columns + found[1]
        elif isinstance(self._under, Drawing) and offset.x < len(self._under.points):
            at = self._under.points[offset.x]
        if at >= 0:
            self.post_message(PointChosen(at, opened=event.chain > 1))
