"""A scenario's own code, with the lab's words made into plain functions and constants.

Its text is changed only where the lab is spoken of, so that comments and layout stay.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from qdash.events import Value
from qdash.export.errors import ExportError
from qdash.settings import LAB_SETTINGS
from qdash.words import tr

_ABOUT: Final = ("TITLE", "LAYOUT", "DEFAULTS", "UNUSED")
"""What a scenario says of itself to the dashboard."""

_ENGINE: Final = {
    "Crew": "Crew",
    "Item": "Item",
    "ObservedLifoQueue": "LifoQueue",
    "ObservedPriorityQueue": "PriorityQueue",
    "ObservedQueue": "Queue",
    "QueueShutDown": "QueueShutDown",
    "WorkFailed": "WorkFailed",
}
"""What the engine's names are called in the kit."""

_CALLED: Final = {
    "items": "items",
    "next_item": "next_item",
    "work": "work",
    "say": "say",
    "thread": "thread",
    "sleep": "time.sleep",
}
"""The lab's words that are called as they are."""

_CONSTANTS: Final = {
    "all_made": "all_made()",
    "backoff": "BACKOFF",
    "get_timeout": "GET_TIMEOUT",
    "put_policy": "PUT_POLICY",
    "put_timeout": "PUT_TIMEOUT",
    "retries": "RETRIES",
}
"""The lab's words that are read."""

_QUEUES: Final = {"fifo": "Queue", "lifo": "LifoQueue", "priority": "PriorityQueue"}


_COMMA: Final = re.compile(rb"\s*,\s*")
_Placed: TypeAlias = ast.expr | ast.stmt | ast.arg | ast.keyword


class Rewritten(NamedTuple):
    """The code, without docstring and imports, and what there is to know of it."""

    about: str
    """The scenario's docstring."""
    code: str
    imports: list[ast.stmt]
    """The imports of the standard library, wherever they stand."""
    words: set[str]
    """The names of the kit that stand where the lab was spoken of."""


class _Edit(NamedTuple):
    start: int
    end: int
    text: str


class _Source:
    """A text in which the places of the syntax tree (lines, and columns in bytes) can be found."""

    def __init__(self, text: str) -> None:
        self.bytes = text.encode()
        self._starts = [0]
        for line in self.bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def start(self, node: _Placed) -> int:
        return self._starts[node.lineno - 1] + node.col_offset

    def end(self, node: _Placed) -> int:
        return self._starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0)

    def of(self, node: ast.expr) -> str:
        return self.bytes[self.start(node) : self.end(node)].decode()

    def lines(self, node: ast.stmt) -> tuple[int, int]:
        """Return where the lines of a statement begin and end."""
        return self._starts[node.lineno - 1], self._starts[node.end_lineno or 0]

    def edited(self, edits: Sequence[_Edit]) -> str:
        text, at = b"", 0
        for edit in sorted(edits):
            text += self.bytes[at : edit.start] + edit.text.encode()
            at = edit.end
        return (text + self.bytes[at:]).decode()


def rewrite(source: str, settings: Mapping[str, Value]) -> Rewritten:
    """Return a scenario's code without a lab. Raises ExportError for what it does not know."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        text = tr("this source is no program for the Python that runs: {error}")
        raise ExportError(text.format(error=getattr(error, "msg", error))) from None
    if "main" not in (getattr(node, "name", "") for node in tree.body):
        raise ExportError(tr("this source has no main(lab), with which a scenario begins"))
    rewriting = _Rewriting(_Source(source), settings)
    rewriting.module(tree)
    code = rewriting.source.edited(rewriting.edits).strip("\n")
    while "\n\n\n\n" in code:
        code = code.replace("\n\n\n\n", "\n\n\n")
    return Rewritten(ast.get_docstring(tree) or "", code, rewriting.imports, rewriting.words)


class _Rewriting:
    """One pass over a scenario, which gathers what is to be changed."""

    def __init__(self, source: _Source, settings: Mapping[str, Value]) -> None:
        self.source = source
        self.edits: list[_Edit] = []
        self.imports: list[ast.stmt] = []
        self.words: set[str] = set()
        self._settings = settings
        self._fails = bool(settings["failing"])  # whether work may fail
        self._seen: set[ast.AST] = set()  # the lab's name, where it was understood

    def module(self, tree: ast.Module) -> None:
        for statement in tree.body:
            if self._is_about(statement) or isinstance(statement, (ast.Import, ast.ImportFrom)):
                self._drop(statement)
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._imported(node)
            elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._parameters(node)
            elif isinstance(node, ast.Call):
                self._call(node)
            elif isinstance(node, ast.Subscript):
                self._subscript(node)
        for node in ast.walk(tree):  # what stands in a call was seen there
            if isinstance(node, ast.Attribute) and _is_lab(node.value):
                self._read(node)
        for node in ast.walk(tree):
            if isinstance(node, ast.Name):
                self._name(node)

    def _is_about(self, node: ast.stmt) -> bool:
        """Tell whether a statement is the docstring, or one that only the dashboard reads."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return True
        return (
            isinstance(node, ast.Assign)
            and isinstance(node.targets[0], ast.Name)
            and node.targets[0].id in _ABOUT
        )

    def _drop(self, node: ast.stmt) -> None:
        start, end = self.source.lines(node)
        self.edits.append(_Edit(start, end, ""))

    def _imported(self, node: ast.Import | ast.ImportFrom) -> None:
        names = [alias.name for alias in node.names]
        module = node.module or "" if isinstance(node, ast.ImportFrom) else names[0]
        if module.partition(".")[0] != "qdash":
            if module != "__future__":
                self.imports.append(node)
            return
        for name in names:
            if module != "qdash.engine" or name not in ("Lab", *_ENGINE):
                text = tr("{name}, from {module}, has no counterpart in a plain program")
                raise ExportError(text.format(name=name, module=module))

    def _parameters(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        every = [*node.args.posonlyargs, *node.args.args]
        for before, parameter in zip([None, *every], every, strict=False):
            if parameter.arg == "lab":
                if parameter.annotation is not None:
                    self._seen.update(ast.walk(parameter.annotation))
                self._cut(parameter, before)

    def _cut(self, node: _Placed, before: _Placed | None) -> None:
        """Take one out of what is joined by commas, and the comma behind or before it."""
        start, end = self.source.start(node), self.source.end(node)
        if comma := _COMMA.match(self.source.bytes, end):
            end = comma.end()
        elif before is not None:
            start = self.source.end(before)
        self.edits.append(_Edit(start, end, ""))

    def _call(self, node: ast.Call) -> None:
        for before, argument in zip([None, *node.args], node.args, strict=False):
            if _is_lab(argument):
                self._cut(argument, before)
                self._seen.add(argument)
        function = node.func
        if not (isinstance(function, ast.Attribute) and _is_lab(function.value)):
            return
        word = function.attr
        if word == "queue":
            self._queue(node, function)
        elif word == "crew":
            self._replace(function, "SupervisedCrew" if self._settings["supervise"] else "Crew")
            setting = node.args[0] if node.args else node
            self._replace(setting, self._setting(setting, word))
        elif word == "work" and (self._fails or len(node.args) > 1):
            self._replace(function, "try_to_work")
        elif word in _CALLED:
            self._replace(function, _CALLED[word])
        else:
            self._unknown(word)

    def _queue(self, node: ast.Call, function: ast.Attribute) -> None:
        own = {keyword.arg: keyword for keyword in node.keywords}
        if len(node.args) != 1 or not own.keys() <= {"maxsize", "tokens"}:
            self._unknown("queue")
        end = self.source.end(node.args[0])
        follows = not own
        for name, keyword in own.items():
            if name == "maxsize":  # without its name
                self.edits.append(
                    _Edit(self.source.start(keyword), self.source.start(keyword.value), "")
                )
            else:
                tokens = isinstance(keyword.value, ast.Constant) and keyword.value.value
                follows = follows or (len(own) == 1 and not tokens)
                self.edits.append(_Edit(end, self.source.end(keyword), ""))
            end = self.source.end(keyword)
        if "maxsize" not in own:
            end = self.source.end(node.args[0])
            self.edits.append(_Edit(end, end, ", MAXSIZE"))
        self._replace(function, _QUEUES[str(self._settings["discipline"]) if follows else "fifo"])

    def _subscript(self, node: ast.Subscript) -> None:
        value = node.value
        if isinstance(value, ast.Attribute) and _is_lab(value.value) and value.attr == "settings":
            self._replace(node, self._setting(node.slice, value.attr))

    def _setting(self, node: ast.expr, word: str) -> str:
        name = node.value if isinstance(node, ast.Constant) else None
        if name not in LAB_SETTINGS:
            self._unknown(word)
        return str(name).upper()

    def _read(self, node: ast.Attribute) -> None:
        if node.value not in self._seen:
            if node.attr not in _CONSTANTS:
                self._unknown(node.attr)
            self._replace(node, _CONSTANTS[node.attr])

    def _name(self, node: ast.Name) -> None:
        if node in self._seen:
            return
        if node.id in ("lab", "Lab"):
            text = tr("line {line} hands the lab on in a way that a plain program has no word for")
            raise ExportError(text.format(line=node.lineno))
        if node.id in _ENGINE:
            self._replace(node, _ENGINE[node.id])

    def _replace(self, node: ast.expr, text: str) -> None:
        self.words.add(re.split(r"\W", text)[0])
        self._seen.update(ast.walk(node))
        self.edits.append(_Edit(self.source.start(node), self.source.end(node), text))

    def _unknown(self, word: str) -> None:
        text = tr("a plain program has no word for lab.{word} as it is used here")
        raise ExportError(text.format(word=word))


def _is_lab(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "lab"


def names(tree: ast.AST) -> Iterator[str]:
    """Return every name that is spoken of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            yield node.id


def bound(tree: ast.AST) -> Iterator[str]:
    """Return every name that is given to something."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
