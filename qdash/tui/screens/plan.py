"""Who gets which part of the screen: a pure function, so that every size can be checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

FOLD_ORDER: Final = (
    "advice", "log", "code", "keys", "compare", "axis", "scrub", "header",
)  # fmt: skip
"""What goes first where there is little room; the stage and the settings stay."""
LEAST: Final = {
    "header": 1, "stage": 8, "axis": 5, "scrub": 1, "compare": 6,
    "code": 5, "log": 4, "advice": 4, "keys": 1,
}  # fmt: skip
"""The lines below which a part says too little to be worth its room, from top to bottom."""
BESIDE: Final = 100
"""From this width on, log and advice stand beside the code; below, the three under one another."""
AIRY: Final = 36
"""From this height on, an empty line stands between the panels."""
PANELS: Final = ("stage", "axis", "compare", "code", "log", "advice")
"""What can be maximised, in the order in which that goes round."""
_ROWS: Final = (
    "header", "caption", "stage", "axis", "scrub", "compare", "below", "strip", "keys",
)  # fmt: skip
_BELOW: Final[tuple[str, ...]] = ("code", "log", "advice")
_COMFORT: Final = 0.29
"""The share of the height that goes to the code, and to log and advice beside it, before the time
axis gets what it would like."""
_COMPARING: Final = 0.23
"""The same while two courses are compared, which is then the matter."""
_APART: Final = 10
"""From so many lines on, an empty one stands between log and advice, over one another."""
_ADVICE: Final = 0.4
"""The share of the lines beside the code that goes to the advice."""
_ASKED: Final = ("advice", "code", "keys", "compare", "axis", "log", "scrub", "header")
"""What goes first while why is asked, which is answered in the place of the log."""
_WHY: Final = 7
"""The lines that an answer needs at least."""
_TALL: Final = 50
"""From this height on, there is advice even while why is asked."""
_WHOLE_LINES: Final = 100
"""The columns in which lines of code have room, with the marks before and the words behind them."""
_WIDE: Final = 142
"""From this width on, log and advice stand beside code that is to be read whole."""
_LESSON: Final = ("advice", "log", "compare", "axis", "keys", "scrub", "header", "code")
"""What goes first while a script is played, but for the panel that it wants looked at."""
_ASIDE: Final = frozenset({"axis", "advice"})
"""What is folded away in a lesson that does not want it looked at: enough is to be read."""


class Box(NamedTuple):
    """A part's place on the screen, in cells."""

    x: int
    y: int
    width: int
    height: int


Plan = dict[str, Box]
"""The place of each part that is shown; what is not in it is folded away."""


def plan(
    width: int,
    height: int,
    wants: Mapping[str, int],
    *,
    folded: frozenset[str] = frozenset(),
    biggest: str = "",
    why: bool = False,
    look: str = "",
    presenting: bool = False,
) -> Plan:
    """Share out the screen.

    ``wants`` are the lines that stage, axis, strip, compare and scrub would like; the last two
    are shown only if they want any. ``biggest`` is the panel that is enlarged, if any. ``why``
    puts the panel of that name in the place of the log, and on most screens of the advice too;
    where there is little room others go before it.

    While a script is played, ``wants`` says how many lines its caption would like, and ``look``
    is the panel that is given room; with ``presenting`` there are but these and the stage.
    """
    if presenting:
        return _presented(width, height, wants, look)
    strip = min(max(1, min(wants.get("strip", 1), height // 4)), height - 1)
    caption = max(0, min(wants.get("caption", 0), height - strip - max(1, min(6, height // 3))))
    room = height - strip - caption
    if caption:
        look = {"why": "log", "": "code"}.get(look, look)
        aside = _ASIDE - {look}
        if look not in ("code", "stage") and width < BESIDE and height < AIRY:
            aside |= {"code"}  # one of them is to be read: its room goes to that
        folded = folded ^ aside
    if biggest:
        lines = _enlarged(room, wants, biggest)
    else:
        if why:
            folded = folded - {"log"} | ({"advice"} if height < _TALL else frozenset())
        lines = _lines(width, height, room, wants, folded, why, look if caption else "")
    lines["strip"] = strip
    lines["caption"] = caption
    to_read = bool(caption) and look == "code"
    airy = not biggest and height >= AIRY
    out: Plan = {}
    y = 0
    for name in _ROWS:
        if name == "below":
            below = {part: lines[part] for part in _BELOW if part in lines}
            y += bool(airy and below)
            out.update(_below(below, y, width, airy, to_read))
            y = max([y, *(box.y + box.height for box in out.values())])
        elif lines.get(name):
            y += airy and name == "axis"
            out[name] = Box(0, y, width, lines[name])
            y += lines[name]
    if why and "log" in out:
        out["why"] = out.pop("log")
    return out


def _presented(width: int, height: int, wants: Mapping[str, int], look: str) -> Plan:
    """Place the caption as a band on top, and below it the stage and the panel to look at."""
    panel = "log" if look == "why" else look
    caption = max(1, min(max(wants.get("caption", 1), height // 5), height - min(6, height // 2)))
    if panel not in LEAST or panel == "stage":  # what the stage does not need is air
        spare = height - max(LEAST["stage"], wants.get("stage", 1))
        caption = max(caption, min(spare, height // 3))
    room = height - caption
    out = {"caption": Box(0, 0, width, caption)}
    stage = room
    if panel in LEAST and panel != "stage":
        least = min(LEAST["stage"], wants.get("stage", 1))
        if room >= least + LEAST[panel]:
            stage = min(max(least, wants.get("stage", least)), room - LEAST[panel], room // 2)
            stage = max(stage, least)
    if stage:
        out["stage"] = Box(0, caption, width, stage)
    if stage < room:
        out[look] = Box(0, caption + stage, width, room - stage)
    return out


def _enlarged(room: int, wants: Mapping[str, int], biggest: str) -> dict[str, int]:
    """Return the lines where one panel has all; whether it is the past is said even then."""
    lines = {"header": int(room > 4), "keys": int(room > 6)}
    lines["scrub"] = int(room > 4 and wants.get("scrub", 0) > 0)
    lines[biggest] = room - sum(lines.values())
    return lines


def _lines(
    width: int,
    height: int,
    room: int,
    wants: Mapping[str, int],
    folded: frozenset[str],
    why: bool,
    look: str,
) -> dict[str, int]:
    """Return the lines of each part but strip and caption; log and advice may stand beside code.

    ``look`` is the panel that a script wants looked at, "" where none is played.
    """
    beside = _beside(width, look == "code")
    optional = {name for name in ("compare", "scrub") if not wants.get(name)}
    lines = {name: least for name, least in LEAST.items() if name not in folded | optional}
    if why and "log" in lines:
        lines["log"] = _WHY
    order: tuple[str, ...] = _ASKED if why else FOLD_ORDER
    if look:
        lines["stage"] = min(lines["stage"], max(1, wants.get("stage", 1)))
        order = (*(name for name in _LESSON if name != look), *({look} & set(_LESSON)))
    lines = _folded(lines, order, room, beside)
    gaps = 0
    if height >= AIRY:
        gaps = ("axis" in lines) + any(part in lines for part in _BELOW)
    extra = room - _total(lines, beside) - gaps
    if extra < 0:
        lines["stage"] += extra
        return lines
    if look == "axis":
        extra = _more(lines, "axis", min(wants.get("axis", 0), height * 2 // 5), extra)
    extra = _more(lines, "stage", min(wants.get("stage", 0), height * 2 // 5), extra)
    extra = _more(lines, "compare", min(wants.get("compare", 0), height // 5), extra)
    if beside:
        comfort = _COMFORT if "compare" not in lines else _COMPARING
        extra = _grow_beside(lines, int(height * comfort), extra)
    extra = _more(lines, "axis", min(wants.get("axis", 0), height * 2 // 5), extra)
    if beside and any(part in lines for part in _BELOW):
        _grow_beside(lines, height, extra)
        return lines
    takers: list[str] = [part for part in ("code", "log", "code", "advice") if part in lines]
    if look in takers:
        takers = [look]
    if not takers:
        takers.append("axis" if "axis" in lines else "stage")
    for at in range(extra):
        lines[takers[at % len(takers)]] += 1
    return lines


def _folded(
    lines: dict[str, int], order: tuple[str, ...], room: int, beside: bool
) -> dict[str, int]:
    """Fold parts away in this order until the others have room."""
    for at, name in enumerate(order):
        if _total(lines, beside) <= room:
            break
        gone = {name}
        if name in _BELOW and beside:
            if not set(order[at + 1 :]) & set(_BELOW):
                gone = set(_BELOW)
            elif _total(lines, beside) == _total({**lines, name: 0}, beside):
                continue  # it would free nothing: it goes with those beside it
        lines = {part: count for part, count in lines.items() if part not in gone}
    return lines


def _total(lines: Mapping[str, int], beside: bool) -> int:
    """Return how many lines of the screen these parts take."""
    above = sum(count for name, count in lines.items() if name not in _BELOW)
    code, log, advice = (lines.get(name, 0) for name in _BELOW)
    if not beside:
        return above + code + log + advice
    return above + (max(code, log + advice) if code else max(log, advice))


def _more(lines: dict[str, int], name: str, wish: int, extra: int) -> int:
    """Give a part what it wishes for of the extra lines; return how many are left."""
    if name not in lines:
        return extra
    more = max(0, min(extra, wish - lines[name]))
    lines[name] += more
    return extra - more


def _grow_beside(lines: dict[str, int], wish: int, extra: int) -> int:
    """Make what stands side by side higher; return how many lines are left."""
    before = _total(lines, True)
    above = sum(count for name, count in lines.items() if name not in _BELOW)
    if before == above:
        return extra
    more = max(0, min(extra, wish - (before - above)))
    high = before - above + more
    if "code" in lines and "log" in lines and "advice" in lines:
        lines["advice"] = max(LEAST["advice"], int(high * _ADVICE))
        lines["log"] = high - lines["advice"]
        lines["code"] = high
    else:
        for name in _BELOW:
            if name in lines:
                lines[name] = high
    return extra - more


def _beside(width: int, to_read: bool) -> bool:
    """Tell whether log and advice stand beside the code, which a script may want read."""
    return width >= (_WIDE if to_read else BESIDE)


def _below(lines: Mapping[str, int], y: int, width: int, airy: bool, to_read: bool) -> Plan:
    """Place code, log and advice from line ``y`` on; ``to_read`` lets whole lines of code show."""
    if not lines:
        return {}
    if not _beside(width, to_read) or len(lines) == 1:
        out: Plan = {}
        for name, count in lines.items():
            out[name] = Box(0, y, width, count)
            y += count
        return out
    first, *others = lines
    # The sentences of the log are longer than advice is.
    left = (width - 1) // 2 if first == "code" else (width - 1) * 3 // 5
    if first == "code" and to_read:
        left = max(left, _WHOLE_LINES)
    x, right = left + 1, width - left - 1
    out = {first: Box(0, y, left, lines[first])}
    if len(others) == 1:
        out[others[0]] = Box(x, y, right, lines[first])
        return out
    high, advice = lines["code"], lines["advice"]
    gap = int(airy and high >= _APART)
    out["log"] = Box(x, y, right, high - advice - gap)
    out["advice"] = Box(x, y + high - advice, right, advice)
    return out
