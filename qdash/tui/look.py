"""How things look: the glyphs, with an ASCII set beside them, and the two themes.

Colour is never the only sign: each kind of thing has a glyph or a word of its own too.
"""

from __future__ import annotations

from typing import Final

import msgspec
from textual.theme import Theme


class Glyphs(msgspec.Struct, frozen=True, kw_only=True):
    """The characters out of which the screen is drawn; each is one cell wide."""

    stop: str = "■"
    error: str = "✖"
    right: str = "✔"
    token: str = "●"
    into: str = "──▶"
    out: str = "▶──"
    bar_full: str = "▰"
    bar_empty: str = "▱"
    lane_busy: str = "━"
    lane_blocked: str = "█"
    lane_waiting: str = "┄"
    lane_stalled: str = "░"
    lane_joining: str = "═"
    lane_idle: str = "·"
    lane_share: str = "▂▃▄▅▆▇"
    """For a column of which only a part was blocked, the smallest first."""
    lane_start: str = "├"
    limit: str = "┄"
    limit_reached: str = "━"
    over: str = "▒"
    tick: str = "╵"
    arrow: str = "→"
    times: str = "×"
    blocks: str = " ▁▂▃▄▅▆▇█"
    mark: str = "▲"
    less: str = "◂"
    more: str = "▸"
    play: str = "▶"
    pause: str = "‖"
    bullet: str = "●"
    line: str = "─"
    corner: tuple[str, str, str, str] = ("┌", "┐", "└", "┘")
    upright: str = "│"
    unbounded: str = "∞"
    dots: str = "…"
    dash: str = "–"
    left_out: str = "⋮"
    step_from: str = "▹"
    step_to: str = "▸"
    caps: tuple[str, str] = ("┬", "┴")
    """The upper and the lower end of an interval."""
    edge: str = "┤"
    partly: str = "○"
    expected: str = "◇"
    plus_minus: str = "±"
    braille: bool = True
    """Whether lines are drawn in dots of a fraction of a cell."""
    shades: str = " ░▒▓█"
    """From the least to the most, where shades of a colour cannot be seen."""


UNICODE: Final = Glyphs()
ASCII: Final = Glyphs(
    stop="S",
    error="X",
    right="+",
    token="o",
    into="-->",
    out="-->",
    bar_full="#",
    bar_empty="-",
    lane_busy="=",
    lane_blocked="#",
    lane_waiting=".",
    lane_stalled="%",
    lane_joining="J",
    lane_idle=" ",
    lane_share="!",
    lane_start="[",
    limit=".",
    limit_reached="=",
    over="!",
    tick="'",
    arrow="->",
    times="x",
    blocks=" .:-=+*%#",
    mark="^",
    less="<",
    more=">",
    play=">",
    pause="|",
    bullet="*",
    line="-",
    corner=("+", "+", "+", "+"),
    upright="|",
    unbounded="inf",
    dots="...",
    dash="-",
    left_out=":",
    step_from="-",
    step_to=">",
    caps=("-", "-"),
    edge="+",
    partly="c",
    expected="x",
    plus_minus="+-",
    braille=False,
    shades=" .:+#",
)

DARK: Final = Theme(
    name="qdash-dark",
    dark=True,
    primary="#4e9ef0",
    secondary="#3fb98a",
    accent="#e0b341",
    warning="#e0b341",
    error="#f2545b",
    success="#3fb98a",
    foreground="#e6edf3",
    background="#0d1319",
    surface="#151c24",
    panel="#1c2733",
    variables={
        "producer": "#4e9ef0",
        "consumer": "#3fb98a",
        "blocked": "#f2545b",
        "stop": "#e0b341",
        "other": "#b48ead",
        "dim": "#7d8896",
        "slot": "#22374f",
        "slot-stop": "#4d3f12",
        "slot-error": "#5a1f26",
        "slot-empty": "#18212b",
        "line-blocked": "#43202a",
        "line-stop": "#3a3116",
        "line-busy": "#15332d",
        "line-wait": "#1e2833",
        "line-run": "#33300f",
        "keyword": "#79a8e8",
        "string": "#a3b899",
        "number": "#c9a26d",
    },
)

LIGHT: Final = Theme(
    name="qdash-light",
    dark=False,
    primary="#0b63c5",
    secondary="#0f7a52",
    accent="#8a6100",
    warning="#8a6100",
    error="#c4202f",
    success="#0f7a52",
    foreground="#17202a",
    background="#f3f5f8",
    surface="#ffffff",
    panel="#e2e8f0",
    variables={
        "producer": "#0b63c5",
        "consumer": "#0f7a52",
        "blocked": "#c4202f",
        "stop": "#8a6100",
        "other": "#7b3fa0",
        "dim": "#5b6673",
        "slot": "#cfe1f7",
        "slot-stop": "#f3dfa6",
        "slot-error": "#f6c9cd",
        "slot-empty": "#eef1f5",
        "line-blocked": "#fbdde0",
        "line-stop": "#f8ecc8",
        "line-busy": "#d9f0e5",
        "line-wait": "#eceff3",
        "line-run": "#fdf3c4",
        "keyword": "#2455a4",
        "string": "#44633a",
        "number": "#80500f",
    },
)

THEME_VARIABLES: Final = dict(DARK.variables)
"""The variables with a value each, for themes that do not define them."""
