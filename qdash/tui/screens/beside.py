"""Who gets which part of the screen while two labs are side by side: a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from qdash.experiment.compared import COMPARED
from qdash.tui.screens.plan import Box, Plan

SIDE_BY_SIDE: Final = 156
"""From this width on A stands left of B; below, above it."""
_BESIDE: Final = 100
"""From this width on the figures stand beside the chart; below, the chart is folded away."""
_FIGURES: Final = 2 + len(COMPARED)
"""The lines of the figures."""
_ROOMY_CHART: Final = 13
"""The lines of the chart from which on others have more use of them."""
_FIGURES_WIDE: Final = 78
"""The cells that are comfortable for the figures."""
_AIRY: Final = 36
"""From this height on, an empty line stands between the panels."""
_LOWEST: Final = 3
"""The lines of a stage below which it says too little."""
_CHART: Final = 6
_LOG: Final = 5


def beside(
    width: int,
    height: int,
    wants: Mapping[str, int],
    *,
    folded: frozenset[str] = frozenset(),
    why: bool = False,
) -> Plan:
    """Share out the screen among two stages, the chart of both, and the figures.

    ``wants`` are the lines that strip and stage would like, the latter at the width that it is
    given. Of the panels, compare and log can be folded away. ``why`` is asked in the log's place,
    or in the chart's where there is no log.
    """
    strip = max(1, min(wants.get("strip", 1), height // 4))
    header, keys = int(height > 8), int(height > 12)
    out: Plan = {}
    if header:
        out["header"] = Box(0, 0, width, 1)
    y, room = header, max(0, height - strip - header - keys)
    airy = int(height >= _AIRY)
    figures = min(_FIGURES, max(0, room - (4 if width >= SIDE_BY_SIDE else 6)))
    wide = width >= SIDE_BY_SIDE
    # What is left once the figures have their lines: the stages first, then the chart, the log.
    spare = room - figures - airy
    count = 1 if wide else 2
    wish = max(_LOWEST, wants.get("stage", _LOWEST))
    stage = max(0, min(wish, spare // count - 1))
    spare -= count * (stage + 1)
    chart = 0
    if wide and "compare" not in folded and spare >= _CHART + airy:
        chart = min(max(_ROOMY_CHART, wants.get("compare", _CHART)), spare - airy)
        spare -= chart + airy
    bottom = figures + max(0, spare)
    half = (width - 1) // 2
    if wide:
        out["title-a"], out["title-b"] = Box(0, y, half, 1), Box(half + 1, y, width - half - 1, 1)
        out["stage-a"] = Box(0, y + 1, half, stage)
        out["stage-b"] = Box(half + 1, y + 1, width - half - 1, stage)
        y += stage + 1
    else:
        for side in "ab":
            out[f"title-{side}"] = Box(0, y, width, 1)
            out[f"stage-{side}"] = Box(0, y + 1, width, stage)
            y += stage + 1
    if chart:
        y += airy
        out["compare"] = Box(0, y, width, chart)
        y += chart
    y += airy
    right = _right(out, width, bottom, folded, why)
    left = width if not right else min(_FIGURES_WIDE, max(52, width // 2))
    if bottom:
        out["figures"] = Box(0, y, left, bottom)
        if right:
            out[right] = Box(left + 1, y, width - left - 1, bottom)
    y += bottom
    bound = height - strip - keys
    out = {
        name: box
        for name, box in out.items()
        if box.height > 0 and box.width > 0 and box.y + box.height <= bound
    }
    out["strip"] = Box(0, bound, width, strip)
    if keys:
        out["keys"] = Box(0, height - 1, width, 1)
    return out


def _right(out: Plan, width: int, lines: int, folded: frozenset[str], why: bool) -> str:
    """Return the panel that stands on the right of the figures, or ""."""
    if width < _BESIDE or lines < _LOG:
        return ""
    if why:
        return "why"
    if "compare" not in out and "compare" not in folded:
        return "compare"
    return "" if "log" in folded else "log"
