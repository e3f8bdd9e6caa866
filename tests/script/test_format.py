"""The page on the format: what it shows is so, and it leaves nothing out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

import qdash.script
from qdash.check import check
from qdash.script import measure, model
from qdash.script.model import Choice, Condition, Number, Operator, Panel, Question, Script, Step
from qdash.script.read import read

PAGE = Path(qdash.script.__path__[0], "FORMAT.md").read_text(encoding="utf-8")


def test_the_script_on_the_page_is_as_it_says() -> None:
    text = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(text) == 1
    assert check(read(text[0], scenarios=["producer-consumer"])).problems == ()


@pytest.mark.parametrize("struct", [Script, Step, Question, Number, Choice, Condition, model.Deed])
def test_every_field_stands_on_the_page(struct: type[msgspec.Struct]) -> None:
    for field in msgspec.structs.fields(struct):
        assert re.search(rf"\b{field.encode_name}\b", PAGE), field.encode_name


def test_every_name_stands_on_the_page() -> None:
    names = [*get_args(Operator), *get_args(Panel)]
    for known in (measure._QUEUE, measure._WORKER, measure._ROLE, measure._RUN):
        names += known
    for texts in measure._WORKER_TEXTS.values():
        names += filter(None, texts)
    for name in names:
        assert re.search(rf'`"?{name}"?`', PAGE), name
