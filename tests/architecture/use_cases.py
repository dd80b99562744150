"""The use cases: public functions of `authority` that an interface, the worker, or the wiring refers to."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "pki_manager"
PREFIX = "pki_manager.authority"
BELOW = {"authority", "domain", "policy", "x509", "ports", "storage", "signers", "credentials", "outbound"}
"""Rooms that do not call use cases."""


def functions() -> set[str]:
    """Return the dotted names of all public functions of `authority`."""
    found = set()
    for path in (SOURCE / "authority").rglob("*.py"):
        module = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
                found.add(f"{module}.{node.name}")
    return found


def callers() -> Iterator[Path]:
    """Yield the source files outside `authority` that can call it."""
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[0] not in BELOW:
            yield path


def references(tree: ast.Module, within: Iterable[ast.AST] | None = None) -> set[str]:
    """Return the dotted names in `authority` that a module refers to, or only some of its nodes do."""
    names = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PREFIX)
        for alias in node.names
    }
    found = set()
    for top in [tree] if within is None else within:
        for node in ast.walk(top):
            if isinstance(node, ast.Name):
                found.add(names.get(node.id, ""))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
                found.add(f"{names[node.value.id]}.{node.attr}")
    return found


def use_cases() -> set[str]:
    """Return the use cases, without the common prefix: `rights.tokens.create_token`."""
    called = set().union(*(references(ast.parse(path.read_text())) for path in callers()))
    return {name.removeprefix(f"{PREFIX}.") for name in functions() & called}


def referenced_by_tests(tests: Iterable[str]) -> set[str]:
    """Return what functions named `test_…` in these sources refer to, without the common prefix."""
    found: set[str] = set()
    for text in tests:
        tree = ast.parse(text)
        bodies = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]
        found |= references(tree, bodies)
    return {name.removeprefix(f"{PREFIX}.") for name in found}
