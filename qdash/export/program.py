"""A scenario and its settings, written as a plain asyncio program."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping
from textwrap import fill
from typing import Final

from qdash.events import Value
from qdash.export import pick
from qdash.export.errors import ExportError
from qdash.export.rewrite import bound, names, rewrite
from qdash.settings import AS_JITTER, FROM_FILE, complete
from qdash.words import tr

_WIDTH: Final = 88
_START: Final = frozenset({"run"})
"""What every program needs of the kit."""


def program(
    source: str,
    settings: Mapping[str, Value],
    *,
    seed: int,
    scenario: str,
    qdash: str = "",
    left_out: Iterable[str] = (),
    changed: bool = False,
) -> str:
    """Return a plain asyncio program that does what a lab does.

    ``source`` is the scenario's own text, ``settings`` its settings as they stand, ``seed`` that of
    the run, ``qdash`` the version that ran it. ``left_out`` names what was done by hand, which is
    not in the program, and ``changed`` says that settings were changed in the run: its docstring
    tells so. Raises ExportError for a source that uses what a plain program has no word for, and
    SettingError for settings that are not allowed.
    """
    values = complete(settings, {})
    own = rewrite(source, values)
    try:
        tree = ast.parse(own.code)
    except SyntaxError:
        raise ExportError(tr("a plain program has no word for lab as it is used here")) from None
    used = set(names(tree))
    methods = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    closable = "QueueShutDown" in used or "shutdown" in methods
    instead = _instead(values)
    wanted = used | _START | ({"ClosableQueue"} if closable else set())
    picked = pick.pick(wanted, methods, instead)
    _check_names(tree, own.words, picked)

    kit = _kit([piece for piece in picked if not _is_constant(piece)], closable, instead)
    constants = [_constant(piece, values, seed) for piece in picked if _is_constant(piece)]
    docstring = _docstring(own.about, scenario, seed, qdash, left_out, changed)
    imports = _imports(own.imports, own.code + "\n" + kit)
    head = [docstring, "from __future__ import annotations", imports, "\n".join(constants)]
    parts = ["\n\n".join(part for part in head if part), own.code, kit]
    return "\n\n\n".join(parts) + "\n"


# --- the parts -----------------------------------------------------------------------------------


def _instead(values: Mapping[str, Value]) -> dict[str, str]:
    """Return how the times of making and of working vary, where not as ``jitter`` has it."""
    asked = {"items": str(values["arrivals"]), "work": str(values["work"])}
    if FROM_FILE in asked.values():
        text = tr("a plain program cannot be written for times from a file: it would need the file")
        raise ExportError(text)
    return {name: shape for name, shape in asked.items() if shape != AS_JITTER}


def _check_names(tree: ast.Module, words: set[str], picked: Iterable[pick.Piece]) -> None:
    """See that no name of the scenario's means something else in the kit."""
    kit = {name for piece in picked for name in piece.defines}
    own = {name for node in tree.body for name in _module_names(node)}
    for name in sorted((own & kit) | (set(bound(tree)) & words)):
        text = tr("the scenario has a {name} of its own, which the exported program needs too")
        raise ExportError(text.format(name=name))


def _module_names(node: ast.stmt) -> Iterable[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    return bound(node)


def _is_constant(piece: pick.Piece) -> bool:
    return all(name.isupper() for name in piece.defines) and bool(piece.defines)


def _constant(piece: pick.Piece, values: Mapping[str, Value], seed: int) -> str:
    (name,) = piece.defines
    value = seed if name == "SEED" else values[name.lower()]
    comment = pick.text(piece).partition("  # ")[2]
    return f"{name} = {value!r}".replace("'", '"') + (f"  # {comment}" if comment else "")


def _kit(picked: list[pick.Piece], closable: bool, instead: Mapping[str, str]) -> str:
    text, section, statement = "", "", True
    for piece in picked:
        lines = _adapted(pick.text(piece), piece, closable)
        if (other := pick.called_for(piece, instead)) != "around":
            lines = lines.replace(" around(", f" {other}(")
        was_statement, statement = statement, _is_statement(lines)
        if piece.section != section:
            section = piece.section
            text += f"\n\n\n{section}\n\n" + ("" if statement else "\n")
        elif piece.method:
            text += "\n\n"
        else:
            text += "\n" if was_statement and statement else "\n\n\n"
        text += lines
    return text.strip("\n")


def _is_statement(lines: str) -> bool:
    """Tell whether a piece is a plain line, which needs no room above it."""
    code = [line for line in lines.splitlines() if not line.startswith("#")]
    return len(code) == 1


def _adapted(text: str, piece: pick.Piece, closable: bool) -> str:
    """Return a piece as it is where queues can be shut down."""
    if closable and "Queue" in piece.defines:
        if piece.method in ("put", "get"):
            text = text.replace(
                "():\n            tell", "() and not self._is_shutdown:\n            tell"
            )
        elif not piece.method:
            text = text.replace("(asyncio.Queue[Any])", "(ClosableQueue)")
    return text


def _imports(own: Iterable[ast.stmt], code: str) -> str:
    """Return the imports that the code uses, sorted as isort does."""
    used = set(names(ast.parse(code)))
    plain: set[str] = set()
    chosen: dict[str, set[str]] = {}
    of_kit = [node for node in pick.tree().body if isinstance(node, (ast.Import, ast.ImportFrom))]
    for node in (*of_kit, *own):
        if isinstance(node, ast.Import):
            plain |= {ast.unparse(node) for alias in node.names if _called(alias) in used}
        elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
            found = {_written(alias) for alias in node.names if _called(alias) in used}
            if found:
                chosen.setdefault(node.module or "", set()).update(found)
    lines = sorted(plain)
    lines += [f"from {module} import {_joined(chosen[module])}" for module in sorted(chosen)]
    return "\n".join(lines)


def _called(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _written(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _joined(found: Collection[str]) -> str:
    return ", ".join(sorted(found))


def _docstring(
    about: str, scenario: str, seed: int, qdash: str, left_out: Iterable[str], changed: bool
) -> str:
    version = f" {qdash}" if qdash else ""
    told = [
        f"A plain asyncio program, written by qdash{version} from its scenario {scenario!r}, seed "
        f"{seed}, with the settings below{' as they were at the moment shown' if changed else ''}. "
        "It needs Python 3.11 or later and nothing else. Each line that it prints says when, in "
        "seconds, then who, and what. If no line comes any more, everybody waits; ctrl+c ends it."
    ]
    if names_left := ", ".join(left_out):
        told.append(f"What was done by hand is not in it: {names_left}.")
    paragraphs = [about, *(fill(each, _WIDTH, break_on_hyphens=False) for each in told)]
    text = "\n\n".join(each for each in paragraphs if each)
    return '"""' + text.replace("\\", "\\\\").replace('"""', r"\"\"\"") + '\n"""'
