"""Data that can be a few seconds old is shown, and nothing else: no decision and no change reads it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/pki_manager"

READERS = {
    "authority/audit/audit_log.py": {"list_audit"},
    "authority/certificates/queries.py": {"list_certificates"},
    "authority/installation/dashboard.py": {"show_dashboard"},
    "authority/installation/queries.py": {"get_counts"},
    "authority/installation/search.py": {"search"},
}
"""The use cases that read data that can be a few seconds old."""

SHOWN_BY = {
    "protocols/rest/audit_files.py",
    "protocols/rest/routes/audit.py",
    "protocols/rest/routes/certificates.py",
    "protocols/rest/routes/search.py",
    "protocols/rest/routes/system.py",
    "server/metrics.py",
}
"""The modules that call these use cases, to show their results."""


def modules() -> Iterator[tuple[str, ast.Module]]:
    for path in SOURCE.rglob("*.py"):
        yield str(path.relative_to(SOURCE)), ast.parse(path.read_text(encoding="utf-8"))


def called(tree: ast.AST) -> set[str]:
    """Return the names of the functions and methods that the code calls or passes on."""
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return attributes | {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_only_use_cases_that_show_something_read_recent_data() -> None:
    found = {
        name: {node.name for node in tree.body if isinstance(node, ast.FunctionDef) and "read_recent" in called(node)}
        for name, tree in modules()
        if not name.startswith("storage/") and "read_recent" in called(tree)
    }
    assert found == READERS


def test_no_other_use_case_relies_on_them() -> None:
    imports = {f"pki_manager.{path.removesuffix('.py').replace('/', '.')}": names for path, names in READERS.items()}
    users = set()
    for name, tree in modules():
        if name in READERS:
            own = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name not in READERS[name]]
            assert not any(READERS[name] & called(node) for node in own), name
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                local = alias.asname or alias.name
                if alias.name in imports.get(node.module, ()) and local in called(tree):
                    users.add(name)
                if whole in imports and any(
                    isinstance(one, ast.Attribute)
                    and isinstance(one.value, ast.Name)
                    and one.value.id == local
                    and one.attr in imports[whole]
                    for one in ast.walk(tree)
                ):
                    users.add(name)
    assert users == SHOWN_BY
