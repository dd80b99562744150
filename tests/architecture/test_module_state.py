"""Modules keep no state: what a process remembers is in `Context.state`, or in an object that is constructed.

A table that nothing changes is a constant. State is a container that a function changes, an instance of a class with
changing parts, a lock, a `global` statement, or a cache without a bound.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

SOURCE = ROOT / "src" / "pki_manager"

ALLOWED = {
    "signers/pkcs11/module.py: _modules": "PKCS #11 v2.40 §5.4: a library is initialized once for the whole process",
    "signers/pkcs11/module.py: _loading": "guards `_modules`",
    "outbound/event_loop.py: _start": "guards the one event loop of outbound requests of a process",
    "x509/confined.py: _at_once": "limits the child processes of a process, in whichever thread they start",
}
"""State of the operating system's process, which no object can own, each with its reason."""

CHANGES = frozenset(
    [
        "add",
        "append",
        "appendleft",
        "clear",
        "discard",
        "extend",
        "insert",
        "move_to_end",
        "pop",
        "popitem",
        "popleft",
        "put",
        "remove",
        "setdefault",
        "sort",
        "update",
    ]
)
CONTAINERS = frozenset(
    {
        "Counter",
        "OrderedDict",
        "WeakKeyDictionary",
        "WeakSet",
        "WeakValueDictionary",
        "defaultdict",
        "deque",
    }
)
PRIMITIVES = frozenset(
    [
        "Barrier",
        "BoundedSemaphore",
        "Condition",
        "Event",
        "LifoQueue",
        "Lock",
        "PriorityQueue",
        "Queue",
        "RLock",
        "Random",
        "Semaphore",
        "SimpleQueue",
        "Thread",
        "ThreadPoolExecutor",
        "count",
        "cycle",
        "local",
    ]
)
IMMUTABLE_BASES = frozenset(
    {
        "NamedTuple",
        "TypedDict",
        "Enum",
        "StrEnum",
        "IntEnum",
        "IntFlag",
        "Flag",
        "Protocol",
        "Exception",
    }
)
MEMOS = frozenset({"BulkStatement", "CompiledStatement"})
"""Constants that keep their own SQL for each of the two database engines."""


def findings(text: str, stateful: frozenset[str] = frozenset()) -> set[str]:
    """Return the names that are state of the module, and what else breaks the rule."""
    tree = ast.parse(text)
    names = set(_module_names(tree))
    found = {f"global {name}" for node in ast.walk(tree) if isinstance(node, ast.Global) for name in node.names}
    found |= {name for name, value in _assigned(tree.body) if _is_stateful(value, stateful)}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            plain = [one for one in node.body if isinstance(one, ast.Assign)]
            found |= {f"{node.name}.{name}" for name, value in _assigned(plain) if _is_empty(value)}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        found |= {name for name in _changed(function) if name in names - _local_names(function)}
        found |= {f"cache of {function.name}" for one in function.decorator_list if _is_unbounded(one)}
    return found


def _module_names(tree: ast.Module) -> Iterator[str]:
    yield from (name for name, _ in _assigned(tree.body))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            yield from (one.asname or one.name for one in node.names if (one.asname or one.name).isupper())


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    for node in body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        value = getattr(node, "value", None)
        for target in targets:
            yield from ((one.id, part) for one, part in _paired(target, value) if isinstance(one, ast.Name))


def _paired(target: ast.expr, value: ast.expr | None) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each target with its value, also those of `A, B = a, b`."""
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        yield from zip(target.elts, value.elts, strict=False)
    elif value is not None:
        yield target, value


def _called(value: ast.AST) -> str | None:
    function = value.func if isinstance(value, ast.Call) else None
    return getattr(function, "id", getattr(function, "attr", None))


def _is_stateful(value: ast.expr, stateful: frozenset[str]) -> bool:
    called = _called(value)
    return called is not None and called in PRIMITIVES | CONTAINERS | stateful


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.List | ast.Set):
        return not value.elts
    if isinstance(value, ast.Dict):
        return not value.keys
    return _called(value) in {"list", "dict", "set"} | CONTAINERS


def _is_unbounded(decorator: ast.expr) -> bool:
    if ast.unparse(decorator) in {"cache", "functools.cache", "lru_cache", "functools.lru_cache"}:
        return True
    if not isinstance(decorator, ast.Call) or _called(decorator) != "lru_cache":
        return False
    size = next((one.value for one in decorator.keywords if one.arg == "maxsize"), None)
    return not isinstance(size, ast.Constant) or size.value is None


def _changed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Yield the names whose contents the function changes: `n[…] = …`, `del n[…]`, `n |= …`, `n.append(…)`."""
    for node in (inner for statement in function.body for inner in ast.walk(statement)):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign | ast.Delete):
            targets = [one.value for one in node.targets if isinstance(one, ast.Subscript | ast.Attribute)]
        elif isinstance(node, ast.AugAssign):
            targets = [node.target.value if isinstance(node.target, ast.Subscript | ast.Attribute) else node.target]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            targets = [node.func.value]
        yield from (one.id for one in targets if isinstance(one, ast.Name))


def _local_names(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    local = {one.arg for one in named if one is not None}
    return local | {
        one.id for one in ast.walk(function) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }


@cache
def stateful_classes() -> frozenset[str]:
    """Return the names of the project's classes whose instances can change: those with `__init__`, or not frozen."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef) and _can_change(node):
                found.add(node.name)
    return frozenset(found) - MEMOS


def _can_change(node: ast.ClassDef) -> bool:
    if {ast.unparse(base).split(".")[-1] for base in node.bases} & IMMUTABLE_BASES:
        return False
    decorators = " ".join(ast.unparse(one) for one in node.decorator_list)
    if "dataclass" in decorators:
        return "frozen=True" not in decorators
    return any(isinstance(one, ast.FunctionDef) and one.name == "__init__" for one in node.body)


def state_of(paths: Mapping[str, Path]) -> set[str]:
    """Return all findings in the files, as `path: name`."""
    return {f"{name}: {one}" for name, path in paths.items() for one in findings(path.read_text(), stateful_classes())}


def test_no_module_keeps_state() -> None:
    paths = {str(path.relative_to(SOURCE)): path for path in sorted(SOURCE.rglob("*.py"))}
    found = state_of(paths)
    assert found - set(ALLOWED) == set()
    assert set(ALLOWED) - found == set()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("_seen = {}\ndef f(x):\n    _seen[x] = 1", {"_seen"}),
        ("_seen: list[int] = []\ndef f(x):\n    _seen.append(x)", {"_seen"}),
        ("_seen = frozenset()\ndef f(x):\n    global _seen\n    _seen |= {x}", {"global _seen"}),
        ("from a import KNOWN\ndef f(x):\n    KNOWN.update(x)", {"KNOWN"}),
        ("_lock = threading.Lock()", {"_lock"}),
        ("_waiting = deque()", {"_waiting"}),
        ("_kinds = KnownKinds(4096)", {"_kinds"}),
        ("ONE, _kinds = 1, KnownKinds(4096)", {"_kinds"}),
        ("class A:\n    shared = []", {"A.shared"}),
        ("@cache\ndef f(x):\n    return x", {"cache of f"}),
        ("@lru_cache(maxsize=None)\ndef f(x):\n    return x", {"cache of f"}),
        ("@lru_cache(maxsize=8)\ndef f(x):\n    return x", set()),
        ("TABLE = {1: 2}\ndef f(x):\n    return TABLE[x]", set()),
        ("TABLE = {}\ndef f(x):\n    TABLE = {}\n    TABLE[x] = 1", set()),
    ],
    ids=[
        "item",
        "method",
        "global",
        "imported",
        "lock",
        "container",
        "own class",
        "own class among others",
        "class attribute",
        "cache",
        "cache without a bound",
        "bounded cache",
        "constant",
        "local",
    ],
)
def test_state_of_a_module_is_found(text: str, found: set[str]) -> None:
    assert findings(text, frozenset({"KnownKinds"})) == found
