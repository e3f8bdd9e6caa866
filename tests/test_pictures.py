"""The pictures in screenshots/ are what the screen shows, the same to the byte on every Python."""

from __future__ import annotations

import asyncio
import re

import pytest

from screenshots.animate import CAST, GIF, film
from screenshots.hand import MADE_WITH, made_with
from screenshots.make import PICTURES

if MADE_WITH.is_file() and MADE_WITH.read_text(encoding="utf-8") != made_with():
    pytest.skip(
        f"the pictures were not made with {made_with().strip()}, which may draw otherwise",
        allow_module_level=True,
    )


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_what_the_screen_shows(name: str) -> None:
    picture = PICTURES[name]
    kept = picture.path.read_text(encoding="utf-8")
    # Not compared by ==, whose explanation of two long texts would take minutes.
    same = asyncio.run(picture.draw()) == kept
    assert same, f"make it again and look at it: python screenshots/make.py {name}"


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_fetches_nothing(name: str) -> None:
    svg = PICTURES[name].path.read_text(encoding="utf-8")
    links = set(re.findall(r"\w+://[^\s\"')<]+", svg))
    assert links <= {"http://www.w3.org/2000/svg", "https://www.textualize.io"}


def test_the_animation_is_what_the_demo_shows() -> None:
    same = asyncio.run(film()) == CAST.read_text(encoding="utf-8")
    assert same, "make it again and look at it: python screenshots/animate.py"


def test_the_animation_is_small_enough_for_a_page() -> None:
    assert GIF.read_bytes().startswith(b"GIF89a")
    assert GIF.stat().st_size < 1_500_000
    assert CAST.stat().st_size < 1_000_000
