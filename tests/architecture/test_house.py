"""Rules of the house that no linter knows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_tests_have_no_other_skip_than_by_name() -> None:
    """A skip names the missing component; a skip without a reason would hide a test permanently."""
    for path in (ROOT / "tests").rglob("*.py"):
        if path == Path(__file__):
            continue
        for line in path.read_text().splitlines():
            assert not re.search(r"pytest\.skip\(\s*\)|mark\.skip\b(?!if)|mark\.xfail", line), f"{path}: {line}"


MAX_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_FILES = 30
LONG_FUNCTIONS: dict[str, int] = {}
"""Functions longer than the limit, with their lines today. A number may fall; a row goes when its function fits."""

SOURCE = ROOT / "src" / "pki_manager"
GENERATED = ("web/src/routeTree.gen.ts", "web/src/api/generated/")


MANY_FILES = ("x509/lint/rules/", "storage/migrations/")
"""Folders with one file for each rule or step. No reader has to choose among them."""


def _sources() -> Iterator[Path]:
    for folder, suffixes in ((SOURCE, {".py"}), (ROOT / "web" / "src", {".ts", ".tsx"})):
        for path in sorted(folder.rglob("*")):
            if path.suffix in suffixes and not str(path.relative_to(ROOT)).startswith(GENERATED):
                yield path


def _long_functions() -> dict[str, int]:
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1  # decorators are not counted
                if lines > MAX_FUNCTION_LINES:
                    found[f"{path.relative_to(SOURCE)}:{node.name}"] = lines
    return found


def test_no_source_file_is_longer_than_the_limit() -> None:
    counts = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in _sources()}
    assert len(counts) > 1000
    assert {path: lines for path, lines in counts.items() if lines > MAX_LINES} == {}


def test_no_function_grows_beyond_the_limit() -> None:
    assert {name: lines for name, lines in _long_functions().items() if lines > LONG_FUNCTIONS.get(name, 0)} == {}


def test_the_list_of_long_functions_holds_no_function_that_fits() -> None:
    assert set(LONG_FUNCTIONS) - set(_long_functions()) == set()


def test_no_folder_holds_more_modules_than_a_reader_can_look_through() -> None:
    folders = (path for path in (SOURCE, *SOURCE.rglob("*")) if path.is_dir() and path.name != "__pycache__")
    counts = {f"{path.relative_to(SOURCE)}/": len(list(path.glob("*.py"))) for path in folders}
    assert len(counts) > 40
    crowded = {name: count for name, count in counts.items() if count > MAX_FILES and not name.startswith(MANY_FILES)}
    assert crowded == {}
