"""Make the animated picture again: ``python screenshots/animate.py``.

The demo of backpressure is played by hand, as a stage sees it, and what is on the screen is
written as an asciicast, of which agg (asciinema's GIF generator) makes a GIF. Both come out the
same to the byte each time, the cast on every supported Python.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Final, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # this is no installed package

from qdash.lessons import script
from qdash.scenarios import ALL
from qdash.tui.app import QDashApp, play_app
from screenshots.film import Film
from screenshots.hand import HERE, by_hand
from tests.tui.hand_lab import HandLab

DEMO: Final = "backpressure"
CAST: Final = HERE / f"{DEMO}.cast"
GIF: Final = HERE / f"{DEMO}.gif"
_SIZE: Final = (100, 30)
_SECONDS: Final = 66.0
_FRAME: Final = 0.5
"""How many seconds one frame stands."""
_LAST: Final = 4.0
"""How many seconds the last one stands."""
_AGG: Final = (
    *("--font-family", "DejaVu Sans Mono"),
    *("--font-size", "13"),
    *("--theme", "0d1319,e6edf3," + ",".join(["e6edf3"] * 8)),  # the colours are the app's own
    *("--fps-cap", "2"),
    *("--last-frame-duration", f"{_LAST:g}"),
)


async def film() -> str:
    """Return the demo as an asciicast."""
    demo = script(DEMO, scenarios=ALL)
    film = Film(_SIZE, f"qdash play {DEMO}")

    def make() -> QDashApp:
        return play_app(DEMO, demo, thread_factory=cast(Any, HandLab))

    async with by_hand(make, _SIZE) as hand:
        frames = round(_SECONDS / _FRAME)
        for frame in range(frames + 1):
            await hand.play(_FRAME if frame else 0.0)
            film.add(frame * _FRAME, hand.app.screen._compositor.render_strips())
    return film.cast(_SECONDS + _LAST)


def main() -> int:
    """Make the cast, and the GIF if there is agg; return the exit status."""
    CAST.write_text(asyncio.run(film()), encoding="utf-8")
    print(f"{CAST.name:28} {CAST.stat().st_size:9,} bytes")
    agg = shutil.which("agg", path=str(Path(sys.executable).parent)) or shutil.which("agg")
    if agg is None:
        print(
            "there is no agg to make a GIF of it: pip install -e '.[dev]' brings it",
            file=sys.stderr,
        )
        return 1
    subprocess.run([agg, *_AGG, str(CAST), str(GIF)], check=True, stdout=subprocess.DEVNULL)
    print(f"{GIF.name:28} {GIF.stat().st_size:9,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
