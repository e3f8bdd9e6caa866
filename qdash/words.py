"""Words: what a person reads, in the language that was chosen. Sentences are found by gettext.

What is said when it is read is marked by ``tr`` and ``trn``, where it stands. What stands in a
table made at import is marked by ``mark`` there, and handed to ``tr`` where it is shown.
"""

from __future__ import annotations

import gettext
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

LANGUAGES: Final[dict[str, str]] = {"en": "English", "zh_CN": "简体中文"}
"""Every language by its name in gettext, as its own speakers call it."""

SOURCE: Final = "en"
"""The language in which the sentences stand in the code."""

LOCALES: Final = Path(__file__).with_name("locale")
"""Where the catalogues are, as gettext looks for them."""

_DOMAINS: Final = ("qdash", "lessons")
"""What the program says itself, and what lessons and demos say."""


class UnknownLanguage(ValueError):
    """There is no such language; the message names those that there are."""


class _Spoken:
    """The language of this process."""

    name = SOURCE
    catalogue: gettext.NullTranslations | None = None  # None speaks as the code is written
    heard: Final[list[Callable[[], object]]] = []


def tr(text: str) -> str:
    """Return ``text`` in the language spoken; fill it in, by ``format``, only afterwards."""
    catalogue = _Spoken.catalogue
    return text if catalogue is None or not text else catalogue.gettext(text)


def trn(one: str, many: str, count: float) -> str:
    """Return what is said of ``count`` things: ``one`` or ``many``, in the language spoken."""
    catalogue = _Spoken.catalogue
    if catalogue is None:
        return one if count == 1 else many
    return catalogue.ngettext(one, many, int(count))


def trc(context: str, text: str) -> str:
    """Return ``text`` as it is said in a context, where one English word has two meanings."""
    catalogue = _Spoken.catalogue
    return text if catalogue is None else catalogue.pgettext(context, text)


def mark(text: str) -> str:
    """Return ``text`` as it is: it is translated where it is shown, by ``tr``."""
    return text


def spoken() -> str:
    """Return the name of the language spoken, one of ``LANGUAGES``."""
    return _Spoken.name


def speak(name: str) -> None:
    """Speak this language from now on, one of ``LANGUAGES``. Raises UnknownLanguage."""
    name = language(name)
    _Spoken.catalogue = None if name == SOURCE else _catalogue(name)
    _Spoken.name = name
    for hears in _Spoken.heard:
        hears()


def on_speak(hears: Callable[[], object]) -> None:
    """Call ``hears`` whenever another language is spoken, to forget words that were kept."""
    _Spoken.heard.append(hears)


def language(name: str) -> str:
    """Return the language meant by ``zh``, ``zh-cn``, ``zh_CN.UTF-8`` … Raises UnknownLanguage."""
    found = _meant(name)
    if found is None:
        shown = name if len(name) <= 40 else name[:39] + "…"
        near = get_close_matches(name, LANGUAGES, n=1)
        meant = f"did you mean {near[0]}? There are" if near else "there are"
        names = ", ".join(f"{key} ({own})" for key, own in LANGUAGES.items())
        raise UnknownLanguage(f"there is no language {shown!r}; {meant} {names}")
    return found


def from_environment(environ: Mapping[str, str]) -> str:
    """Return the language that the environment asks for, as gettext looks for it."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        for name in environ.get(variable, "").split(":"):
            if found := _meant(name):
                return found
        if environ.get(variable):
            return SOURCE
    return SOURCE


def _meant(name: str) -> str | None:
    plain = name.partition(".")[0].partition("@")[0].replace("-", "_").lower()
    if plain in ("zh", "zh_hans", "zh_sg", "zh_hans_cn"):
        return "zh_CN"
    for known in LANGUAGES:
        if plain == known.lower() or (plain.partition("_")[0] == known == SOURCE):
            return known
    return None


def _catalogue(name: str) -> gettext.NullTranslations:
    first, *others = (
        gettext.translation(domain, LOCALES, [name], fallback=True) for domain in _DOMAINS
    )
    for other in others:
        first.add_fallback(other)
    return first
