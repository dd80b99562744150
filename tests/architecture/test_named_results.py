"""Results of public functions have names: no caller must know what comes first in a tuple."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pki_manager

SOURCE = Path(pki_manager.__file__).parent


def _is_mixed_tuple(annotation: ast.expr) -> bool:
    """Return whether a result is a tuple of different types, also where it may be None or is in a `Done`."""
    if isinstance(annotation, ast.BinOp):
        return _is_mixed_tuple(annotation.left) or _is_mixed_tuple(annotation.right)
    if not isinstance(annotation, ast.Subscript):
        return False
    if ast.unparse(annotation.value) == "Done":
        return _is_mixed_tuple(annotation.slice)
    if ast.unparse(annotation.value) != "tuple" or not isinstance(annotation.slice, ast.Tuple):
        return False
    parts = [ast.unparse(part) for part in annotation.slice.elts]
    return parts[-1] != "..." and len(set(parts)) > 1


def _mixed_results(tree: ast.Module) -> Iterator[str]:
    owners: tuple[ast.Module | ast.ClassDef, ...] = (
        tree,
        *(node for node in tree.body if isinstance(node, ast.ClassDef)),
    )
    for owner in owners:
        for node in owner.body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            if node.returns is not None and _is_mixed_tuple(node.returns):
                yield node.name


def test_public_functions_return_named_values() -> None:
    found = {
        f"{path.relative_to(SOURCE)}:{name}"
        for path in sorted(SOURCE.rglob("*.py"))
        for name in _mixed_results(ast.parse(path.read_text()))
    }
    assert found == set()


def test_a_tuple_of_two_types_is_found_wherever_it_is_returned() -> None:
    seeded = ast.parse(
        "def one() -> tuple[int, str]: ...\n"
        "def two() -> Done[tuple[int, str]] | None: ...\n"
        "def pair() -> tuple[int, int]: ...\n"
        "def many() -> tuple[int, ...]: ...\n"
        "def _private() -> tuple[int, str]: ...\n"
        "class Three:\n    async def three(self) -> tuple[int, str] | None: ...\n"
    )
    assert list(_mixed_results(seeded)) == ["one", "two", "three"]
