"""A line that is typed: keys do to it what they do to any line, and its cursor is always seen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key

from qdash.tui.widgets.bar import width_of
from qdash.tui.widgets.typed import Typed

KEYS = ["left", "right", "home", "end", "backspace", "delete", "ctrl+u", "a", "7", "队"]


def pressed(typed: Typed, *keys: str, most: int = 20) -> Typed:
    for key in keys:
        found = typed.press(Key(key, key if len(key) == 1 else None), most)
        assert found is not None
        typed = found
    return typed


def test_it_is_changed_where_the_cursor_is() -> None:
    assert pressed(Typed.after("1..7"), "left", "1") == Typed("1..17", 4)
    assert pressed(Typed.after("1..7"), "home", "delete", "2") == Typed("2..7", 1)
    assert pressed(Typed.after("1..7"), "left", "ctrl+u") == Typed("7", 0)
    assert pressed(Typed("ab", 1), "backspace", "backspace", "end", "right") == Typed("b", 1)


def test_other_keys_are_left_to_others() -> None:
    for key in ("up", "tab", "enter", "escape", "f1"):
        assert Typed("a", 1).press(Key(key, None), 20) is None


def test_what_is_pasted_is_one_line_and_no_longer_than_allowed() -> None:
    assert Typed("ad", 1).insert("b\nc\x1b", 20) == Typed("abcd", 3)
    assert Typed.after("abc").insert("defgh", 5) == Typed.after("abcde")


@given(st.lists(st.sampled_from(KEYS), max_size=40), st.integers(2, 12))
def test_the_cursor_is_seen_in_whatever_room(keys: list[str], room: int) -> None:
    typed = pressed(Typed(), *keys)
    assert 0 <= typed.at <= len(typed.text) <= 20
    pieces = typed.pieces(room)
    assert width_of(pieces) <= room
    under = [piece.text for piece in pieces if piece.kind == "cursor"]
    assert under == [typed.text[typed.at : typed.at + 1] or " "]
    assert "".join(piece.text for piece in pieces).strip() in typed.text
