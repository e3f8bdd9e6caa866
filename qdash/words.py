"""Words: what a person reads, in the language that was chosen. Sentences are found by gettext.

What is said when it is read is marked by ``tr`` and ``trn``, where it stands. What stands in a
table made at import is marked by ``mark`` there, and handed to ``tr`` where it is shown. What is
made at one time and read at another is a ``Sentence``.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from keyword import iskeyword
from pathlib import Path
from string import Formatter, ascii_lowercase, digits
from typing import Final

LANGUAGES: Final[dict[str, str]] = {"en": "English", "zh_CN": "简体中文"}
"""Every language by its name in gettext, as its own speakers call it."""

SOURCE: Final = "en"
"""The language in which the sentences stand in the code."""

LOCALES: Final = Path(__file__).with_name("locale")
"""Where the catalogues are, as gettext looks for them."""

_DOMAINS: Final = ("qdash", "lessons")
"""What the program says itself, and what lessons and demos say."""


class Sentence:
    """A sentence that is said when it is read: ``str`` says it in the language spoken then.

    ``template`` is filled in with ``fields``, some of which may be sentences themselves.
    """

    __slots__ = ("fields", "template")

    def __init__(self, template: str, /, **fields: object) -> None:
        self.template = template
        self.fields = fields

    def __str__(self) -> str:
        return tr(self.template).format(**self.fields)

    def __repr__(self) -> str:
        return f"Sentence({self.english!r})"

    @property
    def english(self) -> str:
        """The sentence as events and recordings keep it: the same in every language."""
        return self.template.format(**{name: english(what) for name, what in self.fields.items()})


def english(what: object) -> object:
    """Return what is told by a sentence or an error as events keep it, anything else as it is."""
    return what.english if isinstance(what, (Sentence, Refusal)) else what


class Refusal(Exception):
    """An error for people, made with a ``Sentence`` that says what is allowed.

    ``str`` says it in the language spoken when it is shown.
    """

    @property
    def english(self) -> str:
        """The sentence as events keep it."""
        said = self.args[0] if self.args else ""
        return said.english if isinstance(said, Sentence) else str(said)


class UnknownLanguage(Refusal, ValueError):
    """There is no such language; the message names those that there are."""


class _Spoken:
    """The language of this process."""

    name = SOURCE
    catalogue: gettext.NullTranslations | None = None  # None speaks as the code is written
    heard: Final[list[Callable[[], object]]] = []


def tr(text: str) -> str:
    """Return ``text`` in the language spoken; fill it in, by ``format``, only afterwards."""
    catalogue = _Spoken.catalogue
    return text if catalogue is None or not text else _template(catalogue.gettext(text))


def say(text: str) -> Callable[..., str]:
    """Return a function that fills in ``text``, in the language spoken, with its fields by name.

    ``say(text)(who=…)`` is ``tr(text).format(who=…)``, but several times as quick from the second
    time on: for what is said a hundred thousand times.
    """
    return _FILLS[text]


def trn(one: str, many: str, count: float) -> str:
    """Return what is said of ``count`` things: ``one`` or ``many``, in the language spoken."""
    catalogue = _Spoken.catalogue
    if catalogue is None:
        return one if count == 1 else many
    return _template(catalogue.ngettext(one, many, int(count)))


def trc(context: str, text: str) -> str:
    """Return ``text`` as it is said in a context, where one English word has two meanings."""
    catalogue = _Spoken.catalogue
    return text if catalogue is None else _template(catalogue.pgettext(context, text))


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


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speak a language within this, and then the one before it. Raises UnknownLanguage."""
    before = spoken()
    speak(name)
    try:
        yield
    finally:
        speak(before)


def on_speak(hears: Callable[[], object]) -> None:
    """Call ``hears`` whenever another language is spoken, to forget words that were kept."""
    _Spoken.heard.append(hears)


def language(name: str) -> str:
    """Return the language meant by ``zh``, ``zh-cn``, ``zh_CN.UTF-8`` … Raises UnknownLanguage."""
    found = _meant(name)
    if found is None:
        shown = name if len(name) <= 40 else name[:39] + "…"
        known = ", ".join(f"{key} ({own})" for key, own in LANGUAGES.items())
        if near := get_close_matches(name, LANGUAGES, n=1):
            template = mark("there is no language {name}; did you mean {near}? There are {known}")
            raise UnknownLanguage(Sentence(template, name=repr(shown), near=near[0], known=known))
        template = mark("there is no language {name}; there are {known}")
        raise UnknownLanguage(Sentence(template, name=repr(shown), known=known))
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


_APART: Final = (
    r"(?<=[\u3000-\u303f\u3400-\u9fff\uff01-\uff0f\uff1a-\uff20])"
    r" (?=[\u3000-\u303f\u3400-\u9fff\uff01-\uff0f\uff1a-\uff20])"
)
"""A space between two Chinese characters."""


class _Template(str):
    """A text with fields, beside which a translation has spaces, since they may be Latin names.

    Where what is filled in turns out to be Chinese, these spaces are dropped.
    """

    __slots__ = ()

    def format(self, *args: object, **kwargs: object) -> str:
        return re.sub(_APART, "", super().format(*args, **kwargs))


def _template(text: str) -> str:
    return _Template(text) if "{" in text else text


class _Fills(dict[str, Callable[..., str]]):
    """Templates as functions, each compiled when it is first asked for."""

    def __missing__(self, text: str) -> Callable[..., str]:
        parts: list[str] = []
        names: dict[str, None] = {}
        for literal, name, spec, conversion in Formatter().parse(tr(text)):
            parts.append(literal.translate(_QUOTED))
            if name is None:
                continue
            if (
                not name.isidentifier()
                or iskeyword(name)
                or conversion
                or not _SPEC.issuperset(spec or "")
            ):
                raise ValueError(f"a field of a sentence is a name, not {name!r}, in {text!r}")
            names[name] = None
            parts.append(f"{{{name}:{spec}}}" if spec else f"{{{name}}}")
        code = f'lambda {", ".join([*names, "**_"])}: f"{"".join(parts)}"'
        fill: Callable[..., str] = eval(code, {})  # as namedtuple does: names and literals only
        if _Spoken.catalogue is not None:
            plain_fill = fill
            fill = lambda **fields: re.sub(_APART, "", plain_fill(**fields))  # noqa: E731
        self[text] = fill
        return fill


_SPEC: Final = frozenset(",.%" + digits + ascii_lowercase)
_QUOTED: Final = str.maketrans(
    {"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "{": "{{", "}": "}}"}
)
"""What is written otherwise between the quotes of an f-string."""
_FILLS: Final = _Fills()
on_speak(_FILLS.clear)


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
