"""The catalogues of words: ``python -m tests.translations [FOLDER]`` writes them.

It finds every text that is marked in the code, and every text of the lessons and programs, and
keeps for each what the catalogues under ``qdash/locale`` say of it, or the ``*.po`` files of the
folder, which may hold any part of them. It tells what is still missing, and what is wrong.

Babel reads and writes the catalogues. The code is read by its syntax tree instead, so that what
cannot be translated, such as an f-string, is found as well.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from string import Formatter
from typing import Final, NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import qdash
from qdash.lessons import lessons, source
from qdash.scenarios import ALL
from qdash.script.acts import said
from qdash.script.read import read
from qdash.words import LANGUAGES, LOCALES, SOURCE

CODE: Final = Path(qdash.__file__).parent
DOMAINS: Final = ("qdash", "lessons")
TRANSLATED: Final = tuple(language for language in LANGUAGES if language != SOURCE)
_WIDTH: Final = 100
_ARGUMENTS: Final = {"tr": 1, "mark": 1, "say": 1, "Sentence": 1, "trn": 2, "trc": 2}
"""The functions of ``qdash.words`` that take texts, with how many they take."""


class Text(NamedTuple):
    """A text to be translated, by all that a catalogue knows it by."""

    id: str | tuple[str, str]
    context: str | None = None


class WordsCatalog(Catalog):
    """A catalogue that knows no dates, so that it comes out the same whenever it is written."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What the head of the catalogue says."""
        return [
            ("Language", str(self.locale_identifier)),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", self.plural_forms),
        ]


# --- what there is to translate ---------------------------------------------------------------


@cache
def texts() -> dict[str, dict[Text, list[str]]]:
    """Return what is to be translated in each domain, with the files in which it stands."""
    found: dict[str, dict[Text, list[str]]] = {domain: {} for domain in DOMAINS}
    for path, text in _in_code([]):
        _note(found["qdash"], text, path)
    for path, text in (*_in_lessons(), *_in_programs()):
        if text not in found["qdash"]:
            _note(found["lessons"], text, path)
    return found


def untranslatable() -> list[str]:
    """Return what is marked in the code but is no plain text, a line each."""
    problems: list[str] = []
    for _ in _in_code(problems):
        pass
    return problems


def _note(found: dict[Text, list[str]], text: Text, path: str) -> None:
    places = found.setdefault(text, [])
    if path not in places:
        places.append(path)


def _in_code(problems: list[str]) -> Iterator[tuple[str, Text]]:
    for path in sorted(CODE.rglob("*.py")):
        shown = path.relative_to(CODE.parent).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        known = {
            name.asname or name.name: name.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "qdash.words"
            for name in node.names
        }
        if path.name == "words.py":
            known = {name: name for name in _ARGUMENTS}
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                what = known.get(node.func.id, "")
                if what in _ARGUMENTS:
                    yield from _marked(what, node, shown, problems)


def _marked(
    what: str, call: ast.Call, path: str, problems: list[str]
) -> Iterator[tuple[str, Text]]:
    arguments = call.args[: _ARGUMENTS[what]]
    plain = [arg.value for arg in arguments if isinstance(arg, ast.Constant)]
    if len(plain) == len(arguments):
        if what == "trn":
            yield path, Text((plain[0], plain[1]))
        elif what == "trc":
            yield path, Text(plain[1], plain[0])
        elif plain[0]:
            yield path, Text(plain[0])
    elif any(map(_holds_text, arguments)):
        problems.append(f"{path}:{call.lineno}: {ast.unparse(call)} is no plain text")


def _holds_text(node: ast.expr) -> bool:
    """Whether a text stands in an argument in a place where it is not found."""
    match node:
        case ast.JoinedStr():
            return True
        case ast.Constant():
            return isinstance(node.value, str) and node.value != ""
        case ast.BinOp():
            return _holds_text(node.left) or _holds_text(node.right)
        case ast.IfExp():
            return _holds_text(node.body) or _holds_text(node.orelse)
        case ast.BoolOp():
            return any(map(_holds_text, node.values))
    return False


def _in_lessons() -> Iterator[tuple[str, Text]]:
    for name, lesson in lessons().items():
        for text in said(read(source(name), scenarios=ALL)):
            yield f"qdash/lessons/{lesson.group}/{lesson.file.name}", Text(text)


def _in_programs() -> Iterator[tuple[str, Text]]:
    for place in ALL.values():
        module = import_module(place)
        path = place.replace(".", "/") + ".py"
        yield path, Text(module.TITLE)
        for paragraph in re.split(r"\n\s*\n", (module.__doc__ or "").strip()):
            yield path, Text(" ".join(paragraph.split()))


# --- the catalogues ---------------------------------------------------------------------------


def po(language: str, domain: str) -> Path:
    """Return where a catalogue stands as text; beside it stands the one that gettext reads."""
    return LOCALES / language / "LC_MESSAGES" / f"{domain}.po"


def kept(path: Path, language: str) -> Catalog:
    """Return the catalogue in a file, or an empty one where there is none."""
    if not path.exists():
        return WordsCatalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def _key(message: Message) -> Text:
    return Text(
        message.id if isinstance(message.id, str) else (message.id[0], message.id[1]),
        message.context,
    )


def catalogue(
    language: str, wanted: dict[Text, list[str]], sources: Iterable[Catalog]
) -> WordsCatalog:
    """Return a catalogue of what is ``wanted``, each text as the last source has it."""
    made = WordsCatalog(locale=language, fuzzy=False, header_comment=f"# {LANGUAGES[language]}")
    known: dict[Text, Message] = {}
    for given in sources:
        known |= {_key(message): message for message in given if message.id and message.string}
    for text, places in wanted.items():
        message = known.get(text)
        made.add(
            text.id,
            () if message is None else message.string,
            locations=[(place, 1) for place in sorted(places)],
            flags={"fuzzy"} if message is not None and message.fuzzy else (),
            context=text.context,
        )
    return made


def as_text(made: Catalog) -> bytes:
    """Return a catalogue as its file holds it."""
    out = io.BytesIO()
    write_po(out, made, width=_WIDTH, include_lineno=False, sort_by_file=True)
    return out.getvalue()


def compiled(made: Catalog) -> bytes:
    """Return a catalogue as gettext reads it."""
    out = io.BytesIO()
    write_mo(out, made)
    return out.getvalue()


def problems_in(made: Catalog, *, filled_in: bool) -> list[str]:
    """Return what is wrong with the translations of a catalogue, a line each.

    ``filled_in`` says whether its texts are templates, whose fields must be those of the original.
    """
    problems = []
    for message in made:
        if not message.id:
            continue
        shown = repr(message.id if isinstance(message.id, str) else message.id[1])
        strings = [message.string] if isinstance(message.string, str) else [*message.string]
        if not strings or not all(strings):
            problems.append(f"not translated: {shown}")
            continue
        if message.fuzzy:
            problems.append(f"fuzzy: {shown}")
        for string in strings:
            ids = [message.id] if isinstance(message.id, str) else [*message.id]
            if filled_in and fields(string) != fields(ids[-1]):
                problems.append(f"other fields: {shown} as {string!r}")
            elif not filled_in and code(string) != code(ids[-1]):
                problems.append(f"other code: {shown} as {string!r}")
    return problems


def fields(template: str) -> set[tuple[str, str, str]]:
    """Return the fields that are to be filled in, with how; none for what is no template."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError:
        return set()
    return {(name, spec or "", how or "") for _, name, spec, how in parsed if name is not None}


def code(text: str) -> set[str]:
    """Return what stands in backticks."""
    return set(re.findall(r"`([^`]+)`", text))


# --- the command --------------------------------------------------------------------------------


def main(folder: Path | None) -> int:
    """Write every catalogue anew, and tell what is wrong with it; return how much that is."""
    problems = untranslatable()
    wanted = texts()
    for language in TRANSLATED:
        fragments = {}
        for path in sorted(folder.rglob("*.po")) if folder is not None else ():
            fragments[path.name] = kept(path, language)
        problems += _quarrels(fragments)
        all_wanted = wanted["qdash"].keys() | wanted["lessons"].keys()
        problems += [
            f"{name}: of no use: {message.id!r}"
            for name, given in fragments.items()
            for message in given
            if message.id and _key(message) not in all_wanted
        ]
        for domain in DOMAINS:
            path = po(language, domain)
            made = catalogue(language, wanted[domain], [kept(path, language), *fragments.values()])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(as_text(made))
            path.with_suffix(".mo").write_bytes(compiled(made))
            wrong = problems_in(made, filled_in=domain == "qdash")
            problems += [f"{language} {domain}: {problem}" for problem in wrong]
            print(f"{language} {domain}: {len(made)} texts", file=sys.stderr)
    print(*problems, sep="\n", end="\n" if problems else "")
    return len(problems)


def _quarrels(fragments: dict[str, Catalog]) -> list[str]:
    """Return where two files say different things of one text."""
    seen: dict[Text, tuple[str, object]] = {}
    quarrels = []
    for name, given in fragments.items():
        for message in given:
            if not message.id or not message.string:
                continue
            before, string = seen.setdefault(_key(message), (name, message.string))
            if string != message.string:
                quarrels.append(f"{before} and {name} differ on {message.id!r}")
    return quarrels


if __name__ == "__main__":
    sys.exit(min(1, main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)))
