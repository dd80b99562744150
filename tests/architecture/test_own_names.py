"""One name for one thing: a public class is defined once, and nothing is imported under another name."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pki_manager

SOURCE = Path(pki_manager.__file__).parent


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            yield str(path.relative_to(SOURCE)), ast.parse(path.read_text())


def _is_module(dotted: str) -> bool:
    path = SOURCE.parent.joinpath(*dotted.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def _renamed(tree: ast.Module) -> Iterator[str]:
    """Yield classes, functions, and constants of this project that are imported under another name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pki_manager"):
            for name in node.names:
                if name.asname not in (None, name.name) and not _is_module(f"{node.module}.{name.name}"):
                    yield f"{name.name} as {name.asname}"


def test_a_public_class_has_one_definition() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for path, tree in _modules():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(path)
    assert len(places) > 1000
    assert {name: paths for name, paths in places.items() if len(paths) > 1} == {}


def test_nothing_of_this_project_is_imported_under_another_name() -> None:
    assert {path: names for path, tree in _modules() if (names := list(_renamed(tree)))} == {}


def test_another_name_for_a_class_is_found_and_one_for_a_module_is_not() -> None:
    seeded = ast.parse(
        "from pki_manager.domain.certificate import Certificate as Leaf\n"
        "from pki_manager.domain import certificate as certificates\n"
        "from pki_manager.domain.certificate import Certificate as Certificate\n"
    )
    assert list(_renamed(seeded)) == ["Certificate as Leaf"]
