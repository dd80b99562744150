"""Rules for tests: each names its expected error, patches no private name, and lies where its module does."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TypeGuard

import pytest

from tests.architecture.sources import ROOT, count_in

TESTS = ROOT / "tests"
SOURCE = ROOT / "src" / "pki_manager"
OTHER_SOURCES = {"tools": ROOT / "tools", "bench": ROOT / "bench"}
"""Folders of tests/unit and tests/integration for code outside src."""

MIRRORS = ("unit", "integration")
"""Folders of tests whose folders are those of src."""

OUTSIDE = frozenset({"subprocess", "socket", "socketserver", "http.server", "multiprocessing"})
"""Modules for what lies outside the process. Tests that need them are in tests/integration: tests/unit is quick."""

MAX_TEST_LINES = 400

SELF_NAMING = frozenset(
    {"KeyboardInterrupt", "Killed", "InvalidSignature", "AttributeSensitive", "OutOfBudget", "Stale"}
)
"""Errors without a text, a rule, or a code.

The end of the process, as a signal or as the tests play it; and classes that stand for one fact each: a wrong signature
(cryptography), a secret attribute (PKCS #11), a path that costs too much, and a directory that has changed.
"""


def _files() -> list[Path]:
    return sorted(TESTS.rglob("*.py"))


def _is_call(node: ast.AST, attribute: str) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == attribute


def unnamed_errors(text: str) -> int:
    """Count `pytest.raises` without `match` whose error is not read afterwards either, and whose class has a text."""
    count = 0
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        used = {_find_error_read(node) for node in ast.walk(function)}
        for node in ast.walk(function):
            for item in node.items if isinstance(node, ast.With) else ():
                call = item.context_expr
                if _is_call(call, "raises") and not _names_error(call):
                    name = item.optional_vars
                    count += not (isinstance(name, ast.Name) and name.id in used)
    return count


def _names_error(call: ast.Call) -> bool:
    kind = call.args[0]
    name = kind.attr if isinstance(kind, ast.Attribute) else kind.id if isinstance(kind, ast.Name) else ""
    return name in SELF_NAMING or any(word.arg == "match" for word in call.keywords)


def _find_error_read(node: ast.AST) -> str | None:
    """Return NAME of `NAME.value` or `NAME.match`."""
    if isinstance(node, ast.Attribute) and node.attr in {"value", "match"} and isinstance(node.value, ast.Name):
        return node.value.id
    return None


def private_patches(text: str) -> int:
    """Count `monkeypatch.setattr` of a name that begins with an underscore, or of one inside a private module."""
    count = 0
    for node in ast.walk(ast.parse(text)):
        if _is_call(node, "setattr") and ast.unparse(node.func) == "monkeypatch.setattr":
            words = [part.value for part in node.args[:2] if isinstance(part, ast.Constant)]
            names = ".".join(word for word in words if isinstance(word, str)).split(".")
            count += any(name.startswith("_") and not name.startswith("__") for name in names)
    return count


def strays() -> set[str]:
    """Return the files of MIRRORS that lie where no module, and no folder of modules, has their name."""
    return {
        str(path.relative_to(TESTS))
        for mirror in MIRRORS
        for path in (TESTS / mirror).rglob("test_*.py")
        if not is_mirror(path.relative_to(TESTS / mirror))
    }


def outside_imports(text: str) -> int:
    """Count the imports of modules that open sockets and start processes."""
    count = 0
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            count += sum(alias.name in OUTSIDE for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            count += node.module in OUTSIDE
    return count


def is_mirror(path: Path) -> bool:
    """Return whether `authority/rights/test_tokens.py` has its module `authority/rights/tokens.py`, or a folder.

    A longer name is fine where a module needs several files: `test_tokens_rotation.py`.
    """
    first, *rest = path.parts[:-1] or ("",)
    folder = OTHER_SOURCES[first].joinpath(*rest) if first in OTHER_SOURCES else SOURCE / path.parent
    words = path.stem.removeprefix("test_").split("_")
    names = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    return any((folder / name).is_dir() or any(folder.glob(f"{name}.*")) for name in names)


def long_files() -> dict[str, int]:
    """Return the test files that are longer than the limit, with their lines."""
    counts = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in _files()}
    return {path: lines for path, lines in counts.items() if lines > MAX_TEST_LINES}


def test_every_expected_error_is_named() -> None:
    assert count_in(_files(), unnamed_errors) == {}


def test_only_tests_of_faults_patch_private_names() -> None:
    files = [path for path in _files() if "faults" not in path.parts]
    assert count_in(files, private_patches) == {}


def test_no_test_file_is_longer_than_the_limit() -> None:
    assert long_files() == {}


def test_every_unit_test_lies_where_its_module_lies() -> None:
    assert strays() == set()


def test_unit_tests_open_no_socket_and_start_no_process() -> None:
    assert count_in(sorted((TESTS / "unit").rglob("*.py")), outside_imports) == {}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("import socket", 1),
        ("from http.server import HTTPServer", 1),
        ("def test_it():\n  import subprocess", 1),
        ("import ssl, json", 0),
        ("from tests.support import socket", 0),
    ],
)
def test_an_import_that_leaves_the_process_is_found(text: str, count: int) -> None:
    assert outside_imports(text) == count


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("with pytest.raises(E):\n  f()", 1),
        ("with pytest.raises(E) as e:\n  f()", 1),
        ("with pytest.raises(E, match='rule'):\n  f()", 0),
        ("with pytest.raises(KeyboardInterrupt):\n  f()", 0),
        ("with pytest.raises((KeyboardInterrupt, E)):\n  f()", 1),
        ("with pytest.raises(E) as e:\n  f()\n assert e.value.code == 'x'", 0),
        ("with pytest.raises(E) as e:\n  f()\n with pytest.raises(E):\n  f()\n assert e.value.code == 'x'", 1),
    ],
)
def test_an_expected_error_without_its_rule_is_found(body: str, count: int) -> None:
    assert unnamed_errors(f"def test_it():\n {body}") == count


@pytest.mark.parametrize(
    ("call", "count"),
    [
        ("monkeypatch.setattr(module, '_name', 1)", 1),
        ("monkeypatch.setattr('pki_manager.module._name', 1)", 1),
        ("monkeypatch.setattr(module, 'name', 1)", 0),
        ("monkeypatch.setattr(Class, '__exit__', 1)", 0),
    ],
)
def test_a_patch_of_a_private_name_is_found(call: str, count: int) -> None:
    assert private_patches(call) == count


@pytest.mark.parametrize(
    ("path", "mirrors"),
    [
        ("authority/rights/test_tokens.py", True),
        ("authority/rights/test_tokens_rotation.py", True),
        ("authority/rights/test_credentials.py", False),
        ("rights/test_tokens.py", False),
        ("tools/test_language.py", True),
        ("tools/test_install_kms.py", True),
    ],
)
def test_a_unit_test_without_its_module_is_found(path: str, mirrors: bool) -> None:
    assert is_mirror(Path(path)) is mirrors
