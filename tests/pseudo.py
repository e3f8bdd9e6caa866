"""A language that nobody speaks: every text that can be translated, in full-width letters.

What is still ASCII in what the program says was never marked to be translated, or is a name, a
number, or code.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from string import Formatter
from typing import Final

import pytest

from qdash import words
from tests.translations import texts

_WIDE: Final = {c: c + 0xFEE0 for c in (*range(ord("a"), ord("z") + 1), *range(65, 91))}
_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_]+")


class Pseudo(gettext.NullTranslations):
    """Translates what the tests know to be marked, and nothing else."""

    def __init__(self) -> None:
        super().__init__()
        self._known = frozenset(text for domain in texts().values() for text in domain)
        self._fills: dict[str, str] = {}

    def gettext(self, message: str) -> str:
        return self._said(message) if (message, None) in self._known else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        known = ((msgid1, msgid2), None) in self._known
        return self._said(msgid2) if known else msgid1 if n == 1 else msgid2

    def pgettext(self, context: str, message: str) -> str:
        return self._said(message) if (message, context) in self._known else message

    def _said(self, message: str) -> str:
        if message not in self._fills:
            self._fills[message] = widened(message)
        return self._fills[message]


def widened(template: str) -> str:
    """Return a text with its letters full-width, and its fields as they are."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        return template.translate(_WIDE)
    said = ""
    for literal, name, spec, conversion in parts:
        said += literal.translate(_WIDE).replace("{", "{{").replace("}", "}}")
        if name is not None:
            how = f"!{conversion}" if conversion else ""
            said += f"{{{name}{how}:{spec}}}" if spec else f"{{{name}{how}}}"
    return said if any(name is not None for _, name, _, _ in parts) else template.translate(_WIDE)


@contextmanager
def pseudo_spoken() -> Iterator[None]:
    """Let the program speak this language in place of Chinese."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words, "_catalogue", lambda name: Pseudo())
        words.speak("zh_CN")
        try:
            yield
        finally:
            words.speak(words.SOURCE)


class Allowed:
    """What may be said in ASCII letters: names and code, by their words or as they stand."""

    def __init__(self, names: Iterable[str]) -> None:
        names = {name for name in names if len(name) > 1}
        self._words = {name for name in names if _WORD.fullmatch(name)}
        phrases = sorted(names - self._words, key=len, reverse=True)
        self._phrases = re.compile("|".join(map(re.escape, phrases)) or "(?!)")

    def left_over(self, said: str) -> set[str]:
        """Return the other words of ASCII letters in what was said."""
        found = _WORD.findall(said)
        if found and not self._words.issuperset(found):
            found = _WORD.findall(self._phrases.sub(" ", said))
        return set(found) - self._words
