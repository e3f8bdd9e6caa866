"""Make the pictures again: ``python screenshots/make.py [NAME]…``, all of them without a name.

Each drives the app by hand on a lab without a thread, so that it comes out the same to the byte on
every supported Python.
"""

from __future__ import annotations

import asyncio
import html
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, cast

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # this is no installed package

from rich.cells import cell_len

from qdash.events import Value
from qdash.experiment.results import Results
from qdash.history import History
from qdash.lessons import script
from qdash.scenarios import ALL, scenario
from qdash.sweeps import runner
from qdash.tui.app import QDashApp, play_app
from qdash.tui.replay import ReplayApp
from qdash.tui.screens.experiment import ExperimentScreen
from qdash.tui.sweeping import Sweeping, Sweeps
from qdash.words import SOURCE, speak
from screenshots.hand import HERE, MADE_WITH, Hand, by_hand, made_with
from tests.tui.hand_lab import HandLab

FONTS: Final = '"JetBrains Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace'
_SPELT: Final = {":": "colon", " ": "space"}
"""How Textual spells keys that are typed in the pictures."""

Course = Callable[[Hand], Awaitable[None]]


class Picture:
    """One picture: a scenario as it comes, but for ``settings``, and what is done to it.

    Of a recording, if so many virtual seconds are ``recorded``. If it ``plays``, ``slug`` names the
    lesson or demo.
    """

    def __init__(
        self,
        name: str,
        slug: str,
        course: Course,
        *,
        size: tuple[int, int] = (160, 45),
        theme: str = "dark",
        ascii: bool = False,
        settings: dict[str, Value] | None = None,
        recorded: float = 0.0,
        plays: bool = False,
        language: str = SOURCE,
    ) -> None:
        self.path = HERE / f"{name}.svg"
        self.name = name
        self._slug = slug
        self._course = course
        self._size = size
        self._theme = theme
        self._ascii = ascii
        self._settings = settings or {}
        self._recorded = recorded
        self._plays = plays
        self._language = language

    async def draw(self) -> str:
        """Return the picture as SVG."""
        title = f"qdash play {self._slug}" if self._plays else f"qdash {self._slug}"
        speak(self._language)
        try:
            async with by_hand(self._app, self._size) as hand:
                await self._course(hand)
                svg = hand.app.export_screenshot(title=title, simplify=True)
        finally:
            speak(SOURCE)
        # wait_for() takes more steps on 3.11, each of which is an event: their number is left out.
        svg = svg if self._slug != "timeouts" else _HISTORY.sub(_dotted, svg)
        return _at_home(svg)

    def _app(self) -> QDashApp | ReplayApp:
        factory = cast(Any, HandLab)
        if self._plays:
            played = script(self._slug, scenarios=ALL)
            return play_app(self._slug, played, theme=self._theme, thread_factory=factory)
        if not self._recorded:
            return QDashApp(
                scenario(self._slug),
                self._settings,
                None,
                theme=self._theme,
                ascii=self._ascii,
                thread_factory=factory,
            )
        lab = scenario(self._slug).lab(self._settings)
        lab.watch_lines()
        hand = HandLab(lab)
        hand.start()
        hand.run_to(self._recorded)
        history = History(lab.header)
        history.fold(hand.happened)
        hand.close()
        return ReplayApp(history, theme=self._theme, ascii=self._ascii)


_HISTORY: Final = re.compile(r"(history&#160;)([\d,]+)")


def _dotted(found: re.Match[str]) -> str:
    return found[1] + "·" * len(found[2])


def _at_home(svg: str) -> str:
    """Return the picture with fonts of the viewer's own machine: it must fetch nothing."""
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    fonts = f"font-family: {FONTS};\nfont-variant-ligatures: none"
    svg = svg.replace("font-family: Fira Code, monospace", fonts)
    svg = svg.replace("font-size: 20px", "font-size: 20.333px")  # a cell is 12.2 wide, 0.6 of it
    svg = svg.replace("font-family: arial", "font-family: sans-serif")
    svg = re.sub(r"terminal-\d+", "q", svg).replace("q-line-", "l")  # short, for small files
    svg = _TEXT.sub(_without_margins, svg)
    if "url(" in re.sub(r"url\(#[\w-]+\)", "", svg) or "Fira" in svg:
        raise RuntimeError("Rich draws its SVG otherwise: the picture would fetch a font")
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


_TEXT: Final = re.compile(
    r'(?P<tag><text[^>]*) x="(?P<x>[\d.]+)" (?P<y>y="[\d.]+") textLength="(?P<length>[\d.]+)"'
    r"(?P<rest>[^>]*)>(?P<before>(?:&#160;)*)(?P<text>[^<]*?)(?P<after>(?:&#160;)*)</text>"
)


def _without_margins(found: re.Match[str]) -> str:
    """Return a text element that neither begins nor ends with spaces: some viewers drop those."""
    if not found["text"]:
        return ""
    before, after = found["before"].count("&"), found["after"].count("&")
    text = html.unescape(found["text"])
    cell = float(found["length"]) / (before + len(text) + after)  # Rich takes all to be narrow
    return (
        f'{found["tag"]} x="{float(found["x"]) + before * cell:g}" {found["y"]} '
        f'textLength="{cell_len(text) * cell:g}"{found["rest"]}>{found["text"]}</text>'
    )


# --- the pictures ------------------------------------------------------------------------------


async def _slower(hand: Hand) -> None:
    await hand.to(10)
    await hand.give("consume_time", 2.6)
    await hand.to(31)
    await hand.press("s")
    await hand.to(33.75)


async def _limit(hand: Hand) -> None:
    await hand.to(12)
    await hand.give("maxsize", 5)
    await hand.to(26.25)
    await hand.give("maxsize", 2)
    await hand.to(27)


async def _signals(hand: Hand) -> None:
    await hand.to(9.5)
    await hand.press("s")
    await hand.to(13)


async def _timeouts(hand: Hand) -> None:
    await hand.to(29)


async def _tasks(hand: Hand) -> None:
    await hand.to(10)
    await hand.give("produce_time", 0.3)
    await hand.to(22)
    await hand.give("consumers", 10)
    await hand.to(24)


async def _shrunk(hand: Hand) -> None:
    await hand.to(20)
    await hand.give("maxsize", 3)
    await hand.to(21)


async def _failed(hand: Hand) -> None:
    await hand.to(20)
    await hand.press("v")


async def _help(hand: Hand) -> None:
    await hand.to(5)
    await hand.press("question_mark")


async def _refused(hand: Hand) -> None:
    await hand.to(8)
    await hand.type_in("get_timeout", "0")


async def _stepped(hand: Hand) -> None:
    await hand.to(14)
    await hand.click("C1")
    await hand.press("space")
    while (step := hand.app.state.stepped) is None or step.worker != "C1":
        await hand.press("full_stop")


async def _past(hand: Hand) -> None:
    await _slower(hand)
    await hand.press(*["left_parenthesis"] * 14, *["comma"] * 2)


async def _branched(hand: Hand) -> None:
    await hand.to(15)
    await hand.give("consume_time", 1.9)
    await hand.to(31)
    await hand.press(*["left_parenthesis"] * 15)
    await hand.give("consumers", 6)
    await hand.to(31)


async def _replayed(hand: Hand) -> None:
    await hand.press("space", *["right_parenthesis"] * 12, *["full_stop"] * 3)


async def _why(hand: Hand) -> None:
    await hand.to(15)
    await hand.click("P1")
    await hand.press("w")


async def _life(hand: Hand) -> None:
    await hand.to(22)
    await hand.click("#34")


async def _fidelity(hand: Hand) -> None:
    await hand.to(14)
    await hand.press("y")


async def _rules(hand: Hand) -> None:
    await hand.to(5)
    await hand.press("f")
    await hand.to(40)
    await hand.press("u", "down")


async def _search(hand: Hand) -> None:
    await hand.to(12)
    await hand.press("slash", *(_SPELT.get(key, key) for key in "worker:P2 item:31"), "enter")


class _Here:
    """Carries sweeps out in this process."""

    plan = staticmethod(runner.plan)

    def carry_out(self, results: Results, *, progress: Callable[[Any], None]) -> None:
        runner.carry_out(results, jobs=1, progress=progress)


class _AtOnce(Sweeping):
    """A sweep that is over before anybody has looked."""

    def __init__(self, _: Sweeps, results: Results) -> None:
        super().__init__(_Here(), results)

    def start(self) -> None:
        super().start()
        self._thread.join()


async def _experiment(hand: Hand, *varied: str, watch: str) -> None:
    """Run an experiment, with a measure in the chart."""
    app = hand.app
    assert isinstance(app, QDashApp)
    app.make_sweeping = _AtOnce
    await hand.press("M")
    assert app.bench is not None
    draft = app.bench.draft
    draft.replications, draft.warmup, draft.until = 4, 30.0, 200.0
    for at, text in enumerate(varied):
        draft.set_vary(at, text)
    await hand.press("space")
    screen = app.screen
    assert isinstance(screen, ExperimentScreen)
    screen.tick()
    await hand.press(*["m"] * draft.watch.index(watch))


async def _experiment_lines(hand: Hand) -> None:
    await _experiment(hand, "consumers=1..8", watch="throughput")
    await hand.press("right", "right", "right")


async def _experiment_heat(hand: Hand) -> None:
    await _experiment(hand, "maxsize=1,2,5,10", "consumers=2..6", watch="blocked_share")
    await hand.press("down", "right", "right")


async def _versus(hand: Hand) -> None:
    await hand.press("V")
    await hand.give("consumers", 4)
    await hand.to(361)


async def _crowd(hand: Hand) -> None:
    await hand.to(6)


_AS_LONG_AS_IT_TAKES: Final = 3_600.0


async def _go_on(hand: Hand, times: int) -> None:
    """Go through a lesson to where it waits the next time, and on from there, so many times."""
    await hand.play(_AS_LONG_AS_IT_TAKES)
    for _ in range(times):
        await hand.press("enter")
        await hand.play(_AS_LONG_AS_IT_TAKES)


async def _lesson(hand: Hand) -> None:
    await _go_on(hand, 0)


async def _asked(hand: Hand) -> None:
    await _go_on(hand, 3)


async def _answered(hand: Hand) -> None:
    await _asked(hand)
    await hand.press("2")
    await hand.play(_AS_LONG_AS_IT_TAKES)


async def _wrongly(hand: Hand) -> None:
    await _asked(hand)
    await hand.press("1")
    await hand.play(_AS_LONG_AS_IT_TAKES)


async def _woken(hand: Hand) -> None:
    await _answered(hand)
    await _go_on(hand, 2)
    await hand.press("2")
    await hand.play(_AS_LONG_AS_IT_TAKES)


async def _joined(hand: Hand) -> None:
    await _woken(hand)
    await _go_on(hand, 1)
    await hand.press("3", "enter")
    await _go_on(hand, 3)


async def _learnt(hand: Hand) -> None:
    await _joined(hand)
    await hand.press("2")
    await _go_on(hand, 2)


async def _presented(hand: Hand) -> None:
    await hand.play(38)


async def _listed(hand: Hand) -> None:
    await _lesson(hand)
    await hand.press("L")


PICTURES: Final = {
    picture.name: picture
    for picture in (
        Picture("producer-consumer", "producer-consumer", _slower),
        Picture("concurrency-limit", "concurrency-limit", _limit),
        Picture("signals", "signals", _signals),
        Picture("timeouts", "timeouts", _timeouts),
        Picture("dynamic-tasks", "dynamic-tasks", _tasks),
        Picture("80x24", "producer-consumer", _slower, size=(80, 24)),
        Picture("light", "producer-consumer", _slower, size=(120, 40), theme="light"),
        Picture("ascii", "timeouts", _timeouts, size=(100, 30), ascii=True),
        Picture(
            "over-capacity",
            "producer-consumer",
            _shrunk,
            size=(120, 40),
            settings={"maxsize": 8, "consume_time": 3.0},
        ),
        Picture("failure", "signals", _failed, size=(120, 40)),
        Picture("help", "producer-consumer", _help, size=(120, 40)),
        Picture("refused", "timeouts", _refused, size=(120, 40)),
        Picture("code", "producer-consumer", _stepped, settings={"consume_time": 1.9}),
        Picture("past", "producer-consumer", _past),
        Picture("branch", "producer-consumer", _branched),
        Picture("replay", "signals", _replayed, size=(120, 40), recorded=30),
        Picture("why", "producer-consumer", _why, settings={"consume_time": 1.9}),
        Picture("life", "producer-consumer", _life, settings={"consume_time": 1.9}),
        Picture("rules", "producer-consumer", _rules, size=(120, 40), settings={"items": 20}),
        Picture("fidelity", "timeouts", _fidelity, size=(120, 40)),
        Picture("search", "signals", _search, size=(120, 40)),
        Picture(
            "experiment-lines",
            "producer-consumer",
            _experiment_lines,
            settings={"jitter": "exponential"},
        ),
        Picture(
            "experiment-heat",
            "producer-consumer",
            _experiment_heat,
            size=(120, 40),
            settings={"jitter": "exponential"},
        ),
        Picture("versus", "producer-consumer", _versus, settings={"jitter": "exponential"}),
        Picture(
            "versus-100x30",
            "producer-consumer",
            _versus,
            size=(100, 30),
            settings={"jitter": "exponential"},
        ),
        Picture(
            "crowd",
            "producer-consumer",
            _crowd,
            settings={"producers": 1_000, "consumers": 900, "maxsize": 50},
        ),
        *(
            Picture(f"lesson-{number}", "first-queue", course, size=(80, 24), plays=True)
            for number, course in enumerate(
                (_lesson, _asked, _answered, _woken, _joined, _learnt), start=1
            )
        ),
        Picture("lesson", "first-queue", _wrongly, size=(120, 40), plays=True),
        Picture("presenter", "backpressure", _presented, size=(120, 40), plays=True),
        Picture("lessons", "first-queue", _listed, size=(120, 40), plays=True),
        Picture("chinese", "first-queue", _answered, size=(120, 40), plays=True, language="zh_CN"),
    )
}


def main(names: list[str]) -> int:
    """Make the pictures named, or all; return the exit status."""
    unknown = [name for name in names if name not in PICTURES]
    if unknown:
        print(f"there is no picture {unknown[0]}; there are {', '.join(PICTURES)}", file=sys.stderr)
        return 2
    for name in names or PICTURES:
        picture = PICTURES[name]
        drawn = asyncio.run(picture.draw())
        old = picture.path.read_text(encoding="utf-8") if picture.path.exists() else ""
        picture.path.write_text(drawn, encoding="utf-8")
        print(f"{picture.path.name:28} {len(drawn):9,} bytes  {'' if drawn == old else 'differs'}")
    MADE_WITH.write_text(made_with(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
