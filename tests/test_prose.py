"""Prose: text broken into lines by cells, also where there are no spaces between words."""

from __future__ import annotations

from textwrap import wrap as wrap_narrow

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from qdash.prose import Prose, breaks, has_wide, run_on, wrap

CHINESE = "P2 在 put(#41) 中阻塞，因为队列 jobs 已满（5 个槽位），所有消费者都在工作。"
MIXED = st.text(st.sampled_from("ab #(),.，。（）满队列 "), max_size=60)


def test_lines_part_between_wide_characters_and_keep_latin_words_whole() -> None:
    assert wrap(CHINESE, 20) == [
        "P2 在 put(#41) 中阻",
        "塞，因为队列 jobs 已",
        "满（5 个槽位），所有",
        "消费者都在工作。",
    ]


def test_sentences_run_on_as_their_language_has_it() -> None:
    assert run_on(["It is full.", "It waits."]) == "It is full. It waits."
    assert run_on(["已满。", "等待 put", "再次"]) == "已满。等待 put 再次"


def test_a_number_stays_with_what_it_counts() -> None:
    assert wrap("队列中还可放 3 个条目", 15) == ["队列中还可放", "3 个条目"]


def test_no_line_begins_with_a_closing_sign_or_ends_with_an_opening_one() -> None:
    for width in range(8, 60):
        for line in wrap(CHINESE, width):
            assert line[0] not in "，。）)"
            assert line[-1] not in "（("


@given(text=MIXED, width=st.integers(2, 30), indent=st.integers(0, 4))
def test_every_line_fits_and_nothing_is_lost(text: str, width: int, indent: int) -> None:
    indent = min(indent, width - 2)
    lines = wrap(text, width, " " * indent)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(text=MIXED, width=st.integers(2, 30))
def test_each_line_begins_after_the_one_before_it(text: str, width: int) -> None:
    starts = breaks(text, width)
    assert starts == sorted(set(starts))
    assert all(0 < start < len(text) for start in starts)


@given(text=st.text(st.sampled_from("abc -→… "), max_size=60), width=st.integers(2, 30))
def test_narrow_text_is_broken_as_ever(text: str, width: int) -> None:
    assert not has_wide(text)
    assert wrap(text, width) == wrap_narrow(text, width)
    console = Console(width=width)
    ours, theirs = Prose(text).wrap(console, width), Text(text).wrap(console, width)
    assert [line.plain for line in ours] == [line.plain for line in theirs]


def test_a_rich_text_keeps_its_looks_where_it_is_broken() -> None:
    text = Prose.assemble(("阻塞，", "bold"), "因为队列已满")
    lines = text.wrap(Console(), 10)
    assert [line.plain for line in lines] == ["阻塞，因为", "队列已满"]
    assert lines[0].spans[0][2] == "bold"
