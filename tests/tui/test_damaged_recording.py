"""A recording that is damaged in ways that no reader can see: the screen shows it all the same."""

from __future__ import annotations

from pathlib import Path
from random import Random

import msgspec
import pytest

from qdash.history import History
from qdash.recording import read
from qdash.tui.replay import ReplayApp

DATA = Path(__file__).parents[1] / "data"
ODD = (
    0, -1, 10**30, 1e15, -3.5, None, True, "", "P1", "jobs", "a\nb", "x" * 3_000,
    "\x1b[31mred\x07", "[bold]x", "\N{UNICORN FACE}" * 50,
)  # fmt: skip
KEYS = (
    "n", "w", "left", "left_parenthesis", "right_square_bracket", "w", "a", "comma",
    "less_than_sign", "u", "escape", "y", "escape", "v", "escape", "f5", "left_square_bracket",
    "home", "a", "w",
)  # fmt: skip


def odd(line: bytes, dice: Random) -> bytes:
    """Return a line that is perhaps lost, doubled, or has one of its values replaced."""
    chance = dice.random()
    if chance < 0.02:
        return b""
    if chance < 0.04:
        return line * 2
    fields = msgspec.json.decode(line)
    if chance < 0.14 and (name := dice.choice(list(fields))) not in ("kind", "t"):
        fields[name] = dice.choice(ODD)
    return msgspec.json.encode(fields) + b"\n"


@pytest.mark.parametrize(("seed", "size"), [(1, (80, 24)), (2, (120, 40)), (3, (160, 45))])
async def test_a_damaged_recording_is_shown(
    tmp_path: Path, seed: int, size: tuple[int, int]
) -> None:
    dice = Random(seed)
    header, *lines = (DATA / "signals-3.11.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "r").write_bytes(header + b"".join(odd(line, dice) for line in lines))
    recording = read(tmp_path / "r")
    assert len(recording.events) > 100
    history = History(recording.header)
    history.fold(recording.events)
    app = ReplayApp(history, recording.problem)
    async with app.run_test(size=size) as pilot:
        for key in KEYS:
            await pilot.press(key)
        for _ in range(5):
            assert app.course.player is not None
            app.course.player.to(dice.randint(0, history.events))
            app.tick()
            await pilot.press("left")
        assert app.main.broken == set()


async def test_that_a_recording_is_not_whole_stays_in_sight(tmp_path: Path) -> None:
    whole = (DATA / "signals-3.11.jsonl").read_bytes()
    (tmp_path / "r").write_bytes(whole[: len(whole) // 2])
    recording = read(tmp_path / "r")
    history = History(recording.header)
    history.fold(recording.events)
    app = ReplayApp(history, recording.problem)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space")
        assert "not whole" in app.main.header.text
