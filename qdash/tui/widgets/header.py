"""The top line: which lab this is, whether and how fast it runs, and what is wrong with it."""

from __future__ import annotations

from typing import Final

from qdash.settings import SETTINGS
from qdash.tui.view import View
from qdash.tui.widgets.bar import Bar, Line, Piece, width_of
from qdash.tui.widgets.timeaxis_scale import length
from qdash.words import mark, tr

_GAP = Piece("   ")
_ENDED: Final = {
    "finished": mark("FINISHED"),
    "failed": mark("FAILED"),
    "cancelled": mark("CANCELLED"),
}


def clock(seconds: float) -> str:
    """Return the time as minutes, seconds and hundredths, with hours where there are any."""
    hundredths = int(seconds * 100 + 1e-6)
    minutes, rest = divmod(hundredths, 6_000)
    hours, minutes = divmod(minutes, 60)
    shown = f"{minutes:02d}:{rest // 100:02d}.{rest % 100:02d}"
    return f"{hours}:{shown}" if hours else shown


class TopLine(Bar):
    """One line; where there is little room, the least telling parts go first."""

    def show(self, view: View) -> None:
        """Draw what is known in this frame."""
        self.draw((fit(_parts(view), self.size.width),))


def fit(parts: list[tuple[int, Line]], width: int) -> Line:
    """Return the parts that fit, by rank (0 always stays), the last one at the right-hand end."""
    kept = list(parts)
    while len(kept) > 1 and 1 + sum(width_of(line) + _GAP.width for _, line in kept) > width:
        least = max(range(len(kept)), key=lambda at: kept[at][0])
        if kept[least][0] == 0:
            break
        del kept[least]
    at_end = bool(kept) and kept[-1] is parts[-1]
    out: list[Piece] = [Piece(" ")]
    for at, (_, line) in enumerate(kept):
        if at_end and at == len(kept) - 1:
            out.append(Piece(" " * max(0, width - width_of(tuple(out)) - width_of(line) - 1)))
            out.extend(line)
        else:
            out += [*line, _GAP]
    return tuple(out)


def _parts(view: View) -> list[tuple[int, Line]]:
    state, header = view.state, view.state.header
    parts: list[tuple[int, Line]] = [
        (9, (Piece("qdash", "key", "app.help"),)),
        (0, (Piece(view.title or header.scenario, "value"),)),
    ]
    if view.past:
        parts.append((0, (_loud(tr("PAST"), "app.now"),)))
    elif view.replay:
        parts.append((0, (_loud(tr("RECORDING"), "app.help"),)))
        if view.problem:
            parts.append(
                (1, (Piece(f"{view.glyphs.error} {tr('not whole')}", "bad", "app.problem"),))
            )
    parts += [
        (2 if view.past else 0, (_play(view),)),
        (0, (Piece(clock(view.position), "value"),)),
    ]
    if view.past:
        back = max(0.0, view.now - view.position)
        time = f"{back:.2f} s" if back < 120 else length(back)
        parts.append((1, (Piece(tr("{time} back").format(time=time), "bad"),)))
        now = Piece(f" {tr('now')}", "dim", "app.now")
        parts.append((1, (Piece("n", "key", "app.now"), now)))
    if view.again is not None:
        words = tr("running the same seed again {done}").format(done=f"{view.again:.0%}")
        parts.append((1, (Piece(words, "good"),)))
    if view.twin is not None:
        parts.append(
            (3, (Piece(view.twin.shown.replace("→", view.glyphs.arrow), "key", "app.other"),))
        )
    if state.ended is not None:
        kind = "good" if state.ended.how == "finished" else "loud"
        how = tr(_ENDED[state.ended.how])
        parts.append((0, (Piece(f" {how} ", kind, "app.reset"),)))
        if not (view.past or view.replay):
            parts.append((5, (Piece(tr("r begins again"), "dim", "app.reset"),)))
    elif state.stuck:
        parts.append((0, (_loud(tr("STUCK"), "app.disturb"),)))
        parts.append((4, (Piece(tr("nothing can happen any more"), "bad"),)))
    if view.lagging:
        parts.append((3, (Piece(tr("the lab waits for the screen"), "bad"),)))
    if state.failure_count:
        failed = tr("{count} failed").format(count=f"{state.failure_count:,}")
        count = f"{view.glyphs.error} {failed}"
        parts.append((2, (Piece(count, "bad", "app.failures"), Piece(" v", "key", "app.failures"))))
    if view.selected:
        parts.append(
            (5, (Piece(f"{tr('chosen')} ", "dim"), Piece(view.selected, "key", "app.leave")))
        )
    parts.append((6, (Piece(tr("seed {seed}").format(seed=header.seed), "dim"),)))
    parts.append((7, (Piece(_kept(view), "dim"),)))
    parts.append((8, (Piece(f"Python {header.python}", "dim"),)))
    return parts


def _loud(words: str, action: str) -> Piece:
    return Piece(f" {words} ", "loud", action)


def _kept(view: View) -> str:
    """Say how much of the past there is."""
    history = view.history
    kept = history.events - history.first
    if history.first:
        words = tr("history {kept} of {count}, since {time}")
        return words.format(
            kept=f"{kept:,}", count=f"{history.events:,}", time=clock(history.start)
        )
    if view.past or view.replay:
        return event_of(view)
    if not history.limit:
        return tr("history {kept}").format(kept=f"{kept:,}")
    return tr("history {kept} of {count}").format(kept=f"{kept:,}", count=f"{history.limit:,}")


def event_of(view: View) -> str:
    """Say how many of all events have happened at the moment shown."""
    words = tr("event {number} of {count}")
    return words.format(number=f"{view.events:,}", count=f"{view.history.events:,}")


def _play(view: View) -> Piece:
    speed = SETTINGS["speed"].show(view.speed).replace("×", view.glyphs.times)
    if view.paused:
        paused = tr("paused {speed}").format(speed=speed)
        return Piece(f"{view.glyphs.pause} {paused}", "key", "app.pause")
    return Piece(f"{view.glyphs.play} {speed}", "good", "app.pause")
