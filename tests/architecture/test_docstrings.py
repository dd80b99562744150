"""Public functions have docstrings, and one that raises an error itself names it there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT, count_in

SOURCE = ROOT / "src" / "pki_manager"
UNWRITTEN = ("storage/migrations/", "x509/lint/rules/")
"""Alembic's functions, and lint rules: their `@rule` says what they check, and with which citation."""

Function = ast.FunctionDef | ast.AsyncFunctionDef

_ERRORS_OF_ANOTHER = re.compile(r"rrors (as|of) `")
"""A reference to another function's docstring."""


@cache
def domain_errors() -> frozenset[str]:
    """Return the class names of all errors that PKI Manager raises on purpose."""
    tree = ast.parse((SOURCE / "domain" / "errors.py").read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.ClassDef)) - {"Fault"}


def public_functions(tree: ast.Module) -> Iterator[Function]:
    """Yield the functions of a module and the methods of its classes whose names are public."""
    for node in tree.body:
        inner = node.body if isinstance(node, ast.ClassDef) and not node.name.startswith("_") else [node]
        yield from (one for one in inner if isinstance(one, Function) and not one.name.startswith("_"))


def raised(function: Function) -> set[str]:
    """Return the domain errors that the function's own body raises: `raise X(…)`, and `raise X.of(…)`."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            made = node.exc.func
            made = made.value if isinstance(made, ast.Attribute) else made
            found |= {made.id} if isinstance(made, ast.Name) else set()
    return found & domain_errors()


def is_command(function: Function) -> bool:
    """Return whether the docstring is the help text of a command, which users read."""
    first = function.args.args[:1]
    return bool(first) and first[0].annotation is not None and ast.unparse(first[0].annotation) == "CommandSession"


def undocumented(text: str) -> int:
    """Count public functions without a docstring. Methods of a documented class can do without."""
    tree = ast.parse(text)
    functions = [node for node in tree.body if isinstance(node, Function) and not node.name.startswith("_")]
    return sum(ast.get_docstring(function) is None for function in functions)


def unnamed(text: str) -> int:
    """Count public functions whose docstring leaves out an error that they raise."""
    count = 0
    for function in public_functions(ast.parse(text)):
        docstring = ast.get_docstring(function)
        if docstring is not None and not _ERRORS_OF_ANOTHER.search(docstring) and not is_command(function):
            count += any(error not in docstring for error in raised(function))
    return count


def _files() -> list[Path]:
    paths = sorted(SOURCE.rglob("*.py"))
    return [path for path in paths if not str(path.relative_to(SOURCE)).startswith(UNWRITTEN)]


@pytest.mark.parametrize("count", [undocumented, unnamed])
def test_public_functions_have_docstrings_that_name_their_errors(count: Callable[[str], int]) -> None:
    assert count_in(_files(), count) == {}


def test_a_public_function_without_a_docstring_is_found() -> None:
    assert undocumented("def create():\n  pass\ndef _inner():\n  pass\nclass A:\n  def b(self):\n    pass") == 1
    assert undocumented('def create():\n  """Create a CA."""') == 0


@pytest.mark.parametrize(
    ("docstring", "count"),
    [
        ("Create.", 1),
        ("Create. Conflict.", 1),
        ("Create. Conflict; NotFound.", 0),
        ("Create. Errors as `show`.", 0),
        ("Create. Raises the errors of `show`.", 0),
    ],
)
def test_an_error_that_the_docstring_does_not_name_is_found(docstring: str, count: int) -> None:
    body = 'if x:\n    raise Conflict("no")\n  raise NotFound.of("ca", "x")'
    assert unnamed(f'def create():\n  """{docstring}"""\n  {body}') == count


def test_an_error_that_a_method_raises_is_found() -> None:
    body = 'raise Conflict("no")'
    assert unnamed(f'class A:\n  def create(self):\n    """Create."""\n    {body}') == 1
    assert unnamed(f'class A:\n  def create(self):\n    """Create. Conflict."""\n    {body}') == 0


def test_the_help_of_a_command_need_not_name_errors() -> None:
    body = 'raise InvalidInput("no")'
    assert unnamed(f'def create(session: CommandSession):\n  """Create."""\n  {body}') == 0
    assert unnamed(f'def create(session: object):\n  """Create."""\n  {body}') == 1
