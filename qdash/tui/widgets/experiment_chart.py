"""The chart of an experiment: a line for one setting, a heat map for two."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType

from qdash.experiment import theory
from qdash.prose import wrap
from qdash.settings import setting
from qdash.tui.look import UNICODE, Glyphs
from qdash.tui.study import Study
from qdash.tui.widgets.experiment_axis import Scale
from qdash.tui.widgets.experiment_heat import SHADES, Map, Tile, draw_map, levels
from qdash.tui.widgets.experiment_lines import Drawing, Spot, draw_lines
from qdash.tui.widgets.experiment_pointing import (
    POINTING,
    MeasureChosen,
    PointChosen,
    Pointing,
)
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
from qdash.words import mark, tr, trn

_SHADED: Final = 5
"""From this shade on, letters are as dark as the ground, or as light."""


_ROOMY: Final = 16
"""From this height on, what theory says is said in full, in as many lines as it takes."""


def _shade(level: int) -> str:
    letters = "background" if level >= _SHADED else "foreground"
    return f"{letters} on producer {8 + level * 12}%"


class ExperimentChart(Pointing):
    """Draws one measure of a study at all points, the one that is pointed at among them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "go(-1,0)", mark("point before"), key_display="←"),
        Binding("right", "go(1,0)", mark("next point"), key_display="→"),
        Binding("up", "go(0,-1)", mark("up"), key_display="↑"),
        Binding("down", "go(0,1)", mark("down"), key_display="↓"),
        *POINTING,
    ]
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
        super().__init__(glyphs, id=id)
        self._under: Map | Drawing | None = None

    def nothing(self) -> list[Line]:
        """Say how to begin."""
        text = tr("Nothing has been run yet: space begins.")
        return [fit([(text, "dim")], self.size.width)]

    def draw(self, study: Study) -> list[Line]:
        """Return the title, the line or the map, and what theory says."""
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
        found, (width, height) = study.theory_of(study.at), self.size
        formula = theory.formula(found, study.charted)
        parts: list[Span] = []
        if formula and self._glyphs.braille:  # else Greek letters may be too wide as well
            parts = [(f"{self._glyphs.expected} ", "theory"), (f"{formula}   ", "loud")]
        said = clean(theory.sentence(found))
        room = max(0, width - sum(cells(text) for text, _ in parts))
        if cells(said) <= room or height < _ROOMY:
            return [fit([*parts, (crop(said, room, self._glyphs), "dim")], width)]
        lines = [fit([(line, "dim")], width) for line in wrap(said, width)]
        return [fit(parts, width), *lines] if parts else lines

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
            self.point(row * study.columns + column)
        elif across:
            self.point(study.at + across)
        else:
            self.action_measure(down)

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
