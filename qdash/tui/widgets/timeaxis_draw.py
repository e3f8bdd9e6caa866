"""Draws the parts of the time axis as lines of cells: lanes, depth, rate, ticks and marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from qdash.events import SettingChanged
from qdash.timeline import (
    BLOCKED,
    BUSY,
    DEPTH,
    DONE,
    FAILED,
    FULL,
    JOINING,
    PHASES,
    PUT,
    RUNNING,
    STALLED,
    STARTED,
    WAITING,
    Mark,
    QueuePast,
)
from qdash.tui.look import Glyphs
from qdash.tui.widgets.stage_text import Span, cells, clean, crop
from qdash.tui.widgets.timeaxis_rows import Columns, LaneRow
from qdash.tui.widgets.timeaxis_scale import Window, ticks
from qdash.words import mark

Cell = tuple[str, str]

_BLANK: Final = (" ", "text")
RATE_COLUMNS: Final = 8
"""Over how many columns a rate is the mean."""
_CLOSE: Final = 2
"""Changes of a setting that are so many columns apart at most are told as one."""


def merge(drawn: Sequence[Cell]) -> list[Span]:
    """Return the cells as spans, one for each stretch of one style."""
    spans: list[Span] = []
    run, style = "", ""
    for char, name in drawn:
        if name != style and run:
            spans.append((run, style))
            run = ""
        run, style = run + char, name
    if run:
        spans.append((run, style))
    return spans


def spread(text: str, style: str) -> list[Cell]:
    """Return a text a cell a column: after a wide character, one with nothing in it."""
    out: list[Cell] = []
    for char in text:
        if (size := cells(char)) or not out:
            out += [(char, style), *[("", style)] * (size - 1)]
        else:  # a mark upon the character before it
            out[-1] = (out[-1][0] + char, style)
    return out


def _is_word(char: str) -> bool:
    """Tell whether what stands in a cell belongs to a word, or is half of a wide character."""
    return char.isalnum() or cells(char) != 1


def parted(
    drawn: list[Cell], here: int, columns: int, glyphs: Glyphs, *, grey: bool = True
) -> list[Cell]:
    """Return the cells with a line at the moment shown, and ``grey`` what came after it.

    What is written there, and the sign of a mark, is not drawn over.
    """
    out = drawn + [_BLANK] * (min(here + 1, columns) - len(drawn))
    if grey:
        out[here + 1 :] = [(char, "dim") for char, _ in out[here + 1 :]]
    if here < len(out) and not (_is_word(out[here][0]) or out[here][0] == glyphs.mark):
        out[here] = (glyphs.upright, "here")
    return out


# --- lanes ---------------------------------------------------------------------------------------


def lane(row: LaneRow, glyphs: Glyphs) -> list[Cell]:
    """Draw one lane or group, a cell a column.

    Where anybody was blocked for any length of time, the column shows the share of it, in red;
    elsewhere what was done for most of the time.
    """
    looks = {
        BUSY: (glyphs.lane_busy, row.style),
        WAITING: (glyphs.lane_waiting, "dim"),
        JOINING: (glyphs.lane_joining, "other"),
        STALLED: (glyphs.lane_stalled, "stalled"),
        RUNNING: (glyphs.lane_idle, "dim"),
    }
    whole = looks[BUSY]
    out: list[Cell] = []
    for at, column in enumerate(row.columns):
        if column[BUSY] == 1 and not column[STARTED] and not column[FAILED] and row.worker:
            out.append(whole)  # as most columns are
            continue
        there = sum(column[:PHASES])
        if column[FAILED]:
            out.append((glyphs.error, "blocked"))
        elif column[BLOCKED]:
            out.append((_share(column[BLOCKED] / max(1.0, there), glyphs), "blocked"))
        elif not there:
            out.append(_BLANK)
        elif column[STARTED] and at and row.worker:
            out.append((glyphs.lane_start, row.style))
        else:
            out.append(looks[max(looks, key=column.__getitem__)])
    return out


def _share(share: float, glyphs: Glyphs) -> str:
    if share > 1 - 1e-6:
        return glyphs.lane_blocked
    heights = glyphs.lane_share
    return heights[min(int(share * len(heights)), len(heights) - 1)]


# --- depth and rate ------------------------------------------------------------------------------


def depth(
    queue: QueuePast, columns: Columns, shown: Window, lines: int, glyphs: Glyphs
) -> tuple[list[list[Cell]], dict[int, str]]:
    """Draw the mean depth as bars under the line of ``maxsize``, and name what lines mean.

    The line is heavy where the queue was full for any length of time, the bar red where it was so
    for most of it. What stands above the line is over capacity.
    """
    ends = range(shown.first + 1, shown.first + len(columns) + 1)
    limits = [queue.maxsize_at(end * shown.width) for end in ends]
    highest = max((column[DEPTH] for column in columns), default=0)
    bounded = [limit for limit in limits if limit]
    top = max([*bounded, highest if len(bounded) == len(limits) else _round_up(highest), 1])
    bars = max(1, lines - (lines > 2))
    grid = [[_BLANK] * len(columns) for _ in range(lines)]
    levels = {
        limit: min(round(limit / top * bars), lines) if limit else lines for limit in {*limits}
    }
    for at, (column, limit) in enumerate(zip(columns, limits, strict=True)):
        level = levels[limit]
        mean = column[DEPTH]
        full = not limit or mean >= limit * (1 - 1e-6)
        height = _eighths(mean, top, bars, full or limit < top)
        if limit and mean <= limit * (1 + 1e-6):
            height = min(height, 8 * level)  # rounding must lift no bar above its line
        style = "full" if column[FULL] > 0.5 else "depth"
        if level < lines and height <= 8 * level:
            reached = column[FULL] > 0
            grid[lines - 1 - level][at] = (
                (glyphs.limit_reached, "full") if reached else (glyphs.limit, "dim")
            )
        for line in range((height + 7) // 8):
            part = min(height - 8 * line, 8)
            over = bool(limit) and line >= level
            char = glyphs.over if over and part == 8 else _block(part, glyphs)
            grid[lines - 1 - line][at] = (char, "over" if over else style)
    names: dict[int, str] = {}
    if lines > 2:
        if queue.maxsize:
            level = round(queue.maxsize / top * bars)
            names[lines - 1 - level] = f"maxsize {queue.maxsize:,}"
        names.setdefault(0, f"{top:,.0f}")
    return grid, names


def rates(columns: Columns, shown: Window, slot: int) -> list[float]:
    """Return for each column how many a second there were in it and the few before it."""
    counts = [column[slot] for column in columns]
    out = []
    for at in range(len(counts)):
        latest = counts[max(0, at + 1 - RATE_COLUMNS) : at + 1]
        out.append(sum(latest) / len(latest) / shown.width)
    return out


def rate(values: Sequence[float], top: float, style: str, glyphs: Glyphs) -> list[Cell]:
    """Draw a rate as one line of bars."""
    return [
        (_block(_eighths(value, top, 1, True), glyphs), style) if value else _BLANK
        for value in values
    ]


def rate_words(value: float) -> str:
    """Return a rate in few characters."""
    if value < 9.95:
        return f"{value:.1f}"
    return f"{value:,.0f}" if value < 9_999.5 else f"{value / 1000:,.0f}k"


RATES: Final = ((mark("done {rate}/s"), DONE, "rate"), (mark("put {rate}/s"), PUT, "depth"))
"""What is drawn of the rates, in the order in which lines are given: its words, tick and style."""


def _eighths(value: float, top: float, lines: int, may_fill: bool) -> int:
    """Return a height in eighths of a line: at least one, and all only where that is true."""
    if not value:
        return 0
    height = max(1, round(value / top * lines * 8))
    return height if may_fill else min(height, lines * 8 - 1)


def _block(eighths: int, glyphs: Glyphs) -> str:
    return glyphs.blocks[min(eighths, len(glyphs.blocks) - 1)]


def _round_up(value: float) -> float:
    """Return a round number from ``value`` up, so that the scale seldom moves."""
    step = 1.0
    while True:
        for factor in (1, 2, 3, 4, 6, 8):
            if step * factor >= value:
                return step * factor
        step *= 10


# --- the axis and its marks ----------------------------------------------------------------------


def axis(shown: Window, width: int, glyphs: Glyphs) -> list[Cell]:
    """Draw the ticks: each name begins beside the sign on its column."""
    out = [_BLANK] * width
    for column, name in ticks(shown, width):
        text = f"{glyphs.tick}{name}"
        if column >= 0 and column + len(text) <= width:
            out[column : column + len(text)] = [(char, "dim") for char in text]
    return out


def marks(
    found: Sequence[Mark], shown: Window, width: int, lines: int, glyphs: Glyphs, here: int = -1
) -> list[list[Cell]]:
    """Draw a sign under the column of each mark and its text beside that, the latest first.

    A text that has no room is left out, but never its sign; signs on one column are one. A setting
    that is nudged along has one text for all its signs: from its first value to its last. With the
    moment shown on column ``here``, a mark that came after it is grey, wherever its text stands.
    """
    grid = [[_BLANK] * width for _ in range(lines)]
    signs = {shown.column(each.t) for each in found}
    for column in signs:
        grid[0][column] = (glyphs.mark, "dim" if 0 <= here < column else "mark")
    named: set[int] = set()
    for each in reversed(_runs(found, shown)):
        column = shown.column(each.t)
        if column in named:
            continue
        text = " " + crop(clean(each.text.replace("→", glyphs.arrow)), width - 2, glyphs)
        size = cells(text)
        for line in range(lines):
            start = _free(grid[line], column, size)
            if start is not None:
                style = "failure" if each.tone == "failure" else "mark"
                style = "dim" if 0 <= here < column else style
                words = text if start > column else text[1:] + " "
                grid[line][start : start + size] = spread(words, style)
                grid[line][column] = (glyphs.mark, style)
                named.add(column)
                break
    return grid


def _runs(found: Sequence[Mark], shown: Window) -> list[Mark]:
    """Return the marks, but of changes of one setting close upon another the last for all."""
    out: list[Mark] = []
    for each in found:
        before, event = out[-1] if out else None, each.event
        if (
            before is not None
            and isinstance(event, SettingChanged)
            and isinstance(before.event, SettingChanged)
            and event.name == before.event.name
            and event.new != before.event.old
            and shown.column(each.t) - shown.column(before.t) <= _CLOSE
        ):
            whole = msgspec.structs.replace(event, old=before.event.old)
            out[-1] = msgspec.structs.replace(each, event=whole)
        else:
            out.append(each)
    return out


def _free(line: Sequence[Cell], column: int, size: int) -> int | None:
    """Return where ``size`` cells are free beside the sign on ``column``: after it, else before."""
    if any(_is_word(char) for char, _ in line[column : column + 1]):
        return None  # the text of another mark
    for start, end in ((column + 1, column + size + 2), (column - size - 1, column)):
        inside = start >= 0 and end <= len(line) + (start > column)
        if inside and all(char == " " for char, _ in line[start:end]):
            return start if start > column else start + 1
    return None
