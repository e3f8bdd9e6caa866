"""A film of a terminal holds what changes, and shows what was on the screen."""

from __future__ import annotations

import json
import re

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screenshots.film import Film

RED, PLAIN = Style.parse("bold #ff0000 on #000000"), Style.null()


def strips(*lines: tuple[str, Style]) -> list[Strip]:
    return [Strip([Segment(text, style)]) for text, style in lines]


def frames(film: Film, end: float = 9.0) -> list[tuple[float, str]]:
    _, *lines = map(json.loads, film.cast(end).splitlines())
    assert all(kind == "o" for _, kind, _ in lines)
    return [(t, text) for t, _, text in lines]


def shown(film: Film, width: int) -> list[str]:
    """What a terminal shows at the end: each text from the cell on to which the cursor was put."""
    lines: dict[int, list[str]] = {}
    for _, text in frames(film):
        for row, column, rest in re.findall(r"\x1b\[(\d+);(\d+)H((?:(?!\x1b\[\d+;\d+H).)*)", text):
            line, x = lines.setdefault(int(row), [" "] * width), int(column) - 1
            for character in re.sub(r"\x1b\[[\d;]*m", "", rest):
                line[x : x + cell_len(character)] = [character, ""][: cell_len(character)]
                x += cell_len(character)
    return ["".join(lines[row]) for row in sorted(lines)]


def test_only_what_changed_is_written() -> None:
    film = Film((12, 2), "a film")
    film.add(0.0, strips(("one 1 is here", PLAIN), ("two", PLAIN)))
    film.add(0.5, strips(("one 2 is here", PLAIN), ("two", PLAIN)))
    film.add(1.0, strips(("one 2 is here", PLAIN), ("two", PLAIN)))
    film.add(1.5, strips(("one 2 is here", PLAIN), ("two", RED)))
    first, changed, coloured, end = frames(film)
    assert first[0] == 0.0
    assert changed == (0.5, "\x1b[1;5H\x1b[0m2\x1b[0m")
    assert coloured == (1.5, "\x1b[2;1H\x1b[0;1;38;2;255;0;0;48;2;0;0;0mtwo\x1b[0m")
    assert end == (9.0, "")


def test_wide_characters_are_written_whole() -> None:
    film = Film((8, 1), "a film")
    film.add(0.0, strips(("队列已满", PLAIN)))
    film.add(0.5, strips(("a 列已空", PLAIN)))
    film.add(1.0, strips(("ab列已空", PLAIN)))
    film.add(1.5, strips(("队列为空", PLAIN)))
    assert shown(film, 8) == ["队列为空"]


def test_the_header_names_the_size_and_the_film() -> None:
    film = Film((80, 24), "qdash play backpressure")
    film.add(0.0, strips(("x", PLAIN)))
    header = json.loads(film.cast(1.0).splitlines()[0])
    assert header == {"version": 2, "width": 80, "height": 24, "title": "qdash play backpressure"}
