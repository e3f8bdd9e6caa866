"""Who gets how many lines of the screen: a pure function, so that every size can be checked."""

from __future__ import annotations

from typing import Final, NamedTuple

FOLD_ORDER: Final = ("advice", "log", "keys", "axis", "header")
"""What goes first where there is little room; the stage and the settings stay."""
LEAST: Final = {"header": 1, "stage": 8, "axis": 5, "log": 4, "advice": 4, "keys": 1}
"""The lines below which a part says too little to be worth its room."""
BESIDE: Final = 100
"""From this width on, the advice stands beside the log; below, under it."""
AIRY: Final = 36
"""From this height on, an empty line stands between the panels."""
PANELS: Final = ("stage", "axis", "log", "advice")
"""What can be maximised, in the order in which that goes round."""


class Plan(NamedTuple):
    """The lines of each part; 0 is folded away."""

    header: int = 0
    stage: int = 0
    axis: int = 0
    log: int = 0
    advice: int = 0
    strip: int = 1
    keys: int = 0
    gap: int = 0
    """The empty lines above the time axis, and above log and advice, where these are shown."""

    def beside(self, width: int) -> bool:
        """Tell whether log and advice share their lines."""
        return width >= BESIDE and self.log > 0 and self.advice > 0


def plan(
    width: int,
    height: int,
    *,
    stage: int,
    axis: int,
    strip: int,
    folded: frozenset[str] = frozenset(),
    biggest: str = "",
) -> Plan:
    """Share out ``height`` lines; ``stage``, ``axis`` and ``strip`` are the lines they wish for."""
    beside = width >= BESIDE and not folded & {"log", "advice"}
    strip = max(1, min(strip, height // 4))
    room = max(1, height - strip)
    if biggest:
        header, keys = int(room > 4), int(room > 6)
        alone = Plan(header=header, keys=keys, strip=strip)
        return alone._replace(**{biggest: room - header - keys})
    parts = {name: least for name, least in LEAST.items() if name not in folded}
    if beside:
        parts["advice"] = 0  # it takes the lines of the log
    for name in FOLD_ORDER:
        if sum(parts.values()) <= room:
            break
        if name == "advice" and beside:
            continue  # it would free nothing: it goes with the log
        parts.pop(name, None)
        if name == "log" and beside:
            del parts["advice"]
    gap = int(height >= AIRY)
    gaps = gap * (("axis" in parts) + bool(parts.keys() & {"log", "advice"}))
    extra = room - sum(parts.values()) - gaps
    if extra < 0:
        parts["stage"] += extra
        extra = 0
    for name, wish in (("stage", stage), ("axis", axis)):
        if name in parts:
            more = max(0, min(extra, min(wish, height * 2 // 5) - parts[name]))
            parts[name] += more
            extra -= more
    taker = next(name for name in ("log", "advice", "axis", "stage") if name in parts)
    if taker == "log" and "advice" in parts and not beside:
        parts["advice"] += extra // 3
        extra -= extra // 3
    parts[taker] += extra
    if beside and "advice" in parts:
        parts["advice"] = parts["log"]
    return Plan(strip=strip, gap=gap)._replace(**parts)
