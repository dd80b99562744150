"""Calls that are forbidden in the product: reading formats that can run code, and waiting without a timeout."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "pki_manager"
_BANNED_MODULES = frozenset({"pickle", "marshal", "shelve", "dill", "jsonpickle", "xml", "lxml", "defusedxml", "imp"})
_ALLOWED_MODULES = {"outbound/s3.py": {"xml"}}
"""S3 speaks XML. A response with a document type, and so every one with entities, is refused before it is parsed."""
_BANNED_CALLS = frozenset({"eval", "exec", "compile", "__import__"})
_UNSAFE_YAML = frozenset({"load", "load_all", "full_load", "full_load_all", "unsafe_load", "unsafe_load_all"})

_NEEDS_TIMEOUT = {
    "subprocess": frozenset({"run", "call", "check_call", "check_output"}),
    "httpx2": frozenset({"Client", "AsyncClient", "get", "post", "put", "request", "stream"}),
    "socket": frozenset({"create_connection"}),
}
"""Calls to other systems, which must have a timeout."""


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path.relative_to(SOURCE).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.partition(".")[0]


def calls(tree: ast.AST) -> Iterator[tuple[str, str, ast.Call]]:
    """Yield the text before the dot, the name, and the call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            yield owner, node.func.attr, node
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield "", node.func.id, node


def unsafe_inputs(tree: ast.AST, allowed: Collection[str] = ()) -> list[str]:
    """Yield calls that create code or unbounded structures from their input."""
    found = [f"imports {name}" for name in imported(tree) if name in _BANNED_MODULES - set(allowed)]
    for owner, name, call in calls(tree):
        loader = next((keyword.value for keyword in call.keywords if keyword.arg == "Loader"), None)
        if owner == "yaml" and name in _UNSAFE_YAML and (loader is None or not ast.unparse(loader).endswith("Loader")):
            found.append(f"line {call.lineno}: yaml.{name}")
        if not owner and name in _BANNED_CALLS and isinstance(call.func, ast.Name):
            found.append(f"line {call.lineno}: {name}")
    return found


def endless_waits(tree: ast.AST) -> list[str]:
    """Yield calls to other systems without a timeout, or with an infinite one."""
    found = []
    for owner, name, call in calls(tree):
        if name not in _NEEDS_TIMEOUT.get(owner, ()):
            continue
        timeout = next((keyword.value for keyword in call.keywords if keyword.arg == "timeout"), None)
        if timeout is None or (isinstance(timeout, ast.Constant) and timeout.value is None):
            found.append(f"line {call.lineno}: {owner}.{name} has no timeout")
    return found


def test_web_11_nothing_that_is_read_can_run() -> None:
    found = {name: faults for name, tree in trees() if (faults := unsafe_inputs(tree, _ALLOWED_MODULES.get(name, ())))}
    assert found == {}


def test_net_07_every_call_to_the_outside_has_a_deadline() -> None:
    found = {name: faults for name, tree in trees() if (faults := endless_waits(tree))}
    assert found == {}


@pytest.mark.parametrize(
    "source",
    ["import pickle", "from xml.etree import ElementTree", "yaml.load(text)", "eval(text)", "yaml.unsafe_load(text)"],
)
def test_web_11_the_check_can_fail(source: str) -> None:
    assert unsafe_inputs(ast.parse(source))


@pytest.mark.parametrize("source", ["httpx2.get(url)", "subprocess.run(x)", "httpx2.Client(timeout=None)"])
def test_net_07_the_check_can_fail(source: str) -> None:
    assert endless_waits(ast.parse(source))


def test_yaml_with_a_safe_loader_of_its_own_is_allowed() -> None:
    assert unsafe_inputs(ast.parse("yaml.load(text, Loader=StrictLoader)")) == []
