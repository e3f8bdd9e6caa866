"""The lines above, between and below the parts of an experiment, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from qdash.experiment.measures import measure, title
from qdash.tui.look import Glyphs
from qdash.tui.study import Study
from qdash.tui.sweeping import Bench
from qdash.tui.widgets.bar import Line, Piece, width_of
from qdash.tui.widgets.experiment_text import values_of
from qdash.tui.widgets.keys import SPELT
from qdash.tui.widgets.stage_text import bar, crop
from qdash.tui.widgets.timeaxis_scale import length
from qdash.words import mark, tr, trn

_BAR: Final = 24

Key = tuple[str, str, str]
"""A key as it is drawn, what a click on it does, and what it does in words."""

_ANYWHERE: Final[tuple[Key, ...]] = (
    ("tab", "app.focus_next", mark("next part")),
    ("m", "screen.measure(1)", mark("next measure")),
    ("w", "screen.watch", mark("what to watch")),
    ("[ ]", "screen.run(1)", mark("other run")),
    ("W", "screen.save", mark("save results")),
    ("t", "app.theme", mark("theme")),
    ("T", "screen.language", mark("language")),
)
IN_FORM: Final[tuple[Key, ...]] = (
    ("← →", "", mark("change it")),
    ("↑ ↓", "", mark("another part")),
    ("enter", "screen.enter", mark("type")),
    ("space", "screen.begin", mark("begin or stop")),
    *_ANYWHERE,
)
"""While a person is in the form."""
TYPING: Final[tuple[Key, ...]] = (
    ("enter", "screen.enter", mark("give it")),
    ("esc", "screen.back", mark("take it back")),
    ("← →", "", mark("move the cursor")),
    ("ctrl+u", "", mark("clear")),
)
"""While a person types in it."""
IN_FIGURES: Final[tuple[Key, ...]] = (
    ("← → ↑ ↓", "", mark("point, measure")),
    ("enter", "screen.open", mark("open it live")),
    *_ANYWHERE,
)
"""While a person is in the chart or the table."""


def top_line(scenario: str, width: int) -> Line:
    """Say what is experimented with, and how to get back."""
    left = (Piece(f" {tr('EXPERIMENT')}", "key"), Piece(f"  {scenario}", "value"))
    right = (Piece("esc", "key", "screen.back"), Piece(f" {tr('back to the lab')} ", "dim"))
    gap = width - width_of(left) - width_of(right)
    return (*left, Piece(" " * max(1, gap)), *(right if gap > 0 else ()))


def state_line(bench: Bench, width: int, glyphs: Glyphs) -> Line:
    """Say how far the sweep is, or how large the one that is asked for; begin and stop it here."""
    study, draft = bench.study, bench.draft
    if bench.runs:
        button = Piece(f" {glyphs.stop} {tr('stop')} ", "chosen", "screen.begin")
    else:
        word = tr("start")
        if study is not None and not bench.stale and not study.results.complete:
            word = tr("go on")
        kind = "dim" if study is not None and not bench.stale and study.results.complete else ""
        button = Piece(f" {glyphs.play} {word} ", kind or "chosen", "screen.begin")
    parts = [Piece(" "), button, Piece(f" {tr('space')}  ", "dim", "screen.begin")]
    asked = trn("{count} run", "{count} runs", draft.runs).format(count=f"{draft.runs:,}")
    if study is not None and (bench.runs or not bench.stale):
        total = study.plan.grid.runs
        full, empty = bar(study.done / total, min(_BAR, width // 5), glyphs)
        parts += [Piece(full, "good"), Piece(empty, "dim"), Piece("  ")]
        words = tr("{done} of {total} runs").format(done=f"{study.done:,}", total=f"{total:,}")
        parts.append(Piece(words, "value"))
    elif bench.sure:
        words = tr("{runs} are many: space again begins them").format(runs=asked)
        parts.append(Piece(words, "bad"))
    else:
        parts.append(Piece(asked, "value"))
    parts += _how_it_goes(bench)
    out: list[Piece] = []
    for piece in parts:
        room = width - width_of(tuple(out))
        out.append(piece._replace(text=crop(piece.text, max(0, room), glyphs)))
    return tuple(out)


def _how_it_goes(bench: Bench) -> list[Piece]:
    """Say how long it takes, or why nothing goes on."""
    study = bench.study
    if bench.runs and bench.sweep is not None:
        left = bench.sweep.left
        words = tr("starting") if left is None else tr("{time} left").format(time=_time(left))
        parts = [Piece(f"  {words}", "dim")]
        if lost := bench.sweep.lost:
            said = trn("{count} process died", "{count} processes died", lost)
            parts.append(Piece(f"  {said.format(count=lost)}", "bad"))
        return parts
    if bench.error is not None:
        error = " ".join(str(bench.error).split()) or type(bench.error).__name__
        return [Piece(f"  {tr('broken off: {error}').format(error=error)}", "bad")]
    if study is None:
        return []
    if bench.stale:
        return [Piece(f"  {tr('asked for; below is what was run before')}", "dim")]
    if study.results.complete:
        more = tr("another value, or more replications, make more")
        return [Piece(f"  {tr('done')}", "good"), Piece(f"  {more}", "dim")]
    return [Piece(f"  {tr('stopped; what was run stays')}", "dim")]


def point_line(study: Study | None, width: int, glyphs: Glyphs) -> Line:
    """Say what is pointed at, and what it came to in one run of it."""
    if study is None:
        return ()
    run = tr("run {number} of {count}, seed {seed}").format(
        number=f"{study.replication + 1:,}",
        count=f"{study.plan.replications:,}",
        seed=study.seed,
    )
    name = study.charted
    value = study.value(name)
    pieces = [
        Piece(f" {glyphs.more} ", "key"),
        Piece(values_of(study.point), "value"),
        Piece(f"  {run}", "plain"),
    ]
    if value is not None:
        said = tr("{measure} {value}").format(measure=title(name), value=measure(name).show(value))
        pieces.append(Piece(f": {said}", "plain"))
    opens = (Piece("  enter", "key", "screen.open"), Piece(f" {tr('opens it live')} ", "dim"))
    room = width - width_of(opens)
    while len(pieces) > 2 and width_of(tuple(pieces)) > room:
        pieces.pop()
    pieces[1] = pieces[1]._replace(text=crop(pieces[1].text, max(0, room - 3), glyphs))
    gap = max(0, room - width_of(tuple(pieces)))
    return (*pieces, Piece(" " * gap), *opens)


def keys_line(keys: Iterable[Key], width: int, glyphs: Glyphs) -> Line:
    """Hint at as many of the keys as there is room for; the help is always hinted at.

    Only where a person types it is not: there its key is a character like any other.
    """
    out: list[Piece] = [Piece(" ")]
    last = () if keys is TYPING else _hint(("?", "screen.help", mark("help")), glyphs)
    for key in keys:
        hint = _hint(key, glyphs)
        if width_of((*out, *hint, *last)) > width:
            break
        out += hint
    return (*out, *last)


def _hint(of: Key, glyphs: Glyphs) -> Line:
    key, action, words = of
    for arrow, name in SPELT.items() if not glyphs.braille else ():
        key = key.replace(arrow, name)
    return (Piece(key, "key", action), Piece(f" {tr(words)}  ", "dim", action))


def _time(seconds: float) -> str:
    """Return how long something takes, in whole seconds while that is short."""
    return f"{seconds:.0f} s" if seconds < 120 else length(seconds)
