"""The pieces of the kit that a program needs, and what they need in their turn."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Final, NamedTuple

from qdash.export.rewrite import bound, names

_HOOKS: Final = ("_put", "_get")
"""Methods that asyncio calls."""

_PARTLY: Final = ("Queue", "Crew")
"""Classes of which a program gets those methods that it uses."""


class Piece(NamedTuple):
    """One statement of the kit, or a part of a class: what it defines, and its lines."""

    defines: frozenset[str]
    method: str
    """The method that it is; "" for a whole statement, and for the head of a class."""
    needs: frozenset[str]
    """The names of which it speaks; a method of its own object is written ``self.name``."""
    first: int
    last: int
    section: str


@cache
def _lines() -> list[str]:
    return resources.files(__package__).joinpath("kit.py").read_text("utf-8").splitlines()


def tree() -> ast.Module:
    """Return the kit's syntax tree."""
    return ast.parse("\n".join(_lines()))


@cache
def pieces() -> tuple[Piece, ...]:
    """Return the kit in pieces, in the order in which they stand."""
    return tuple(_pieces())


def _pieces() -> Iterator[Piece]:
    for node in tree().body:
        if isinstance(node, (ast.Import, ast.ImportFrom, ast.Expr)):
            continue
        defines = frozenset(_defined(node))
        if isinstance(node, ast.ClassDef) and node.name in _PARTLY:
            methods = [each for each in node.body if isinstance(each, _FUNCTIONS)]
            head = frozenset(names(ast.Module([*map(ast.Expr, node.bases)], [])))
            yield _piece(node, defines, "", head, last=_first(methods[0]) - 1)
            for method in methods:
                yield _piece(method, defines, method.name, _needs(method))
        else:
            yield _piece(node, defines, "", _needs(node))


_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


def _first(node: ast.stmt) -> int:
    """Return the first line of a statement, with its decorators and the comment above."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    first = min(node.lineno, *(each.lineno for each in decorators), node.lineno)
    while _lines()[first - 2].lstrip().startswith("# ") and "---" not in _lines()[first - 2]:
        first -= 1
    return first


def _piece(
    node: ast.stmt, defines: frozenset[str], method: str, needs: frozenset[str], last: int = 0
) -> Piece:
    first = _first(node)
    above = [line for line in _lines()[:first] if line.startswith("# ---")]
    section = above[-1] if above else ""
    return Piece(defines, method, needs, first, last or node.end_lineno or first, section)


def _defined(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, (ast.ClassDef, *_FUNCTIONS)):
        yield node.name
    elif isinstance(node, ast.If):
        for each in (*node.body, *node.orelse):
            yield from _defined(each)
    elif isinstance(node, ast.ImportFrom):
        yield from (alias.asname or alias.name for alias in node.names)
    elif isinstance(node, (ast.Assign, ast.AnnAssign)):
        yield from bound(node)


def _needs(node: ast.stmt) -> frozenset[str]:
    own = (
        f"self.{each.attr}"
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and isinstance(each.value, ast.Name)
        and each.value.id == "self"
    )
    return frozenset([*names(node), *own])


def pick(
    used: Iterable[str], methods: Collection[str], instead: Mapping[str, str] | None = None
) -> list[Piece]:
    """Return the pieces for a program that uses these names, and methods of these names.

    ``instead`` has, by the name of a piece, what is called there in the place of ``around``.
    """
    needed = set(used)
    picked: set[Piece] = set()
    while True:
        more = {
            piece
            for piece in pieces()
            if piece not in picked
            and (piece.defines & needed or not piece.defines)
            and (
                not piece.method
                or piece.method in methods
                or piece.method in _HOOKS
                or piece.method.startswith("__")
                or f"self.{piece.method}" in needed
            )
        }
        if not more:
            return [piece for piece in pieces() if piece in picked]
        picked |= more
        for piece in more:
            other = called_for(piece, instead or {})
            needed |= {other if name == "around" else name for name in piece.needs}


def called_for(piece: Piece, instead: Mapping[str, str]) -> str:
    """Return what a piece calls in the place of ``around``."""
    (name,) = piece.defines if len(piece.defines) == 1 else ("",)
    return instead.get(name, "around")


def text(piece: Piece) -> str:
    """Return a piece's lines."""
    return "\n".join(_lines()[piece.first - 1 : piece.last]).rstrip()
