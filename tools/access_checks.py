"""Finds the permission checks in a copy of `authority/` and adds a probe to each that can disable or weaken it."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pki_manager.domain.rights.permission import Permission, list_limits

AUTHORITY = Path("pki_manager/authority")
MODULES: Mapping[str, frozenset[str]] = {
    "access": frozenset({"require", "require_somewhere", "require_on", "is_allowed"}),
    "guard": frozenset({"get_certificate", "get_ca", "get_profile", "find_known_ca_id", "may_read"}),
    "scopes": frozenset({"compute_visibility", "covers", "concerns_ca"}),
    "approval_gate": frozenset({"ask"}),
    "rights_gate": frozenset({"ask"}),
}
HANDOVER = frozenset(
    {"require_covered", "require_account_covered", "require_user_covered", "require_member_covered", "require_other"}
)
OWN = HANDOVER | {
    *("get_permitted_request", "is_visible", "require_may_decide", "is_allowed", "require_on", "require_asking"),
    *("list_entitling_rules", "is_author"),
}
OWN_PREFIXES = (
    "_require_other",
    "_require_covered",
    "_require_own",
    "_require_may",
    "_guarded",
    "_locked",
    "_entitled",
)
WITHOUT_OBJECT = HANDOVER | {
    *("require_somewhere", "covers", "ask", "require_may_decide", "require_asking"),
    *("list_entitling_rules", "is_author"),
}
"""Checks that do not depend on the limits of a grant, or compare whole grants."""
WITHOUT_OBJECT_PREFIXES = ("_require_other", "_require_covered", "_require_own", "_require_may", "_entitled")
ACTORS = frozenset({"actor", "requester"})
IDENTITY = frozenset({"id", "owner", "user_id", "kind"})
PROBE = '''
"""Records which checks the tests reach, and which check is disabled."""
from dataclasses import replace

from pki_manager.domain.rights.actor import EVERYTHING, build_system_actor

ACTIVE = -1
REACHED = set()


def gone(number):
    REACHED.add(number)
    return number == ACTIVE


def anybody(number, actor):
    return build_system_actor("mutant") if gone(number) else actor


def unlimited(number, actor):
    if not gone(number):
        return actor
    return replace(actor, grants=tuple(replace(grant, scope=EVERYTHING) for grant in actor.grants))
'''


@dataclass(frozen=True)
class Check:
    """A permission check and its mutation: `kind` is `gone`, `limits`, or `if`."""

    path: Path
    line: int
    kind: str
    text: str

    @property
    def key(self) -> str:
        """Return the name of the check in the excuses, without its line number, which changes."""
        return f"{self.path.relative_to(AUTHORITY)}: {self.kind}: {self.text}"

    def __str__(self) -> str:
        return f"{self.path.relative_to(AUTHORITY)}:{self.line}: {self.kind}: {self.text}"


@dataclass
class _Probing(ast.NodeTransformer):
    """Adds a probe around every check of a file."""

    path: Path
    first: int
    checks: list[Check] = field(default_factory=list)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """Make a check whose result is not used skippable."""
        if not (isinstance(node.value, ast.Call) and _is_check(node.value)):
            return self.generic_visit(node)
        text = node.value
        gone = _probe("gone", self._note(node, "gone", text))
        if _has_object(node.value):
            _put(node.value, "unlimited", self._note(node, "limits", text))
        return ast.Expr(ast.BoolOp(ast.Or(), [gone, node.value]))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Let a check whose result is used decide for another actor."""
        if not _is_check(node):
            return self.generic_visit(node)
        text = ast.unparse(node)
        limits = self._note(node, "limits", text) if _has_object(node) else None
        _put(node, "anybody", self._note(node, "gone", text))
        if limits is not None:
            _put(node, "unlimited", limits)
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        """Make a refusal that compares the identity of the actor skippable."""
        if isinstance(node.body[0], ast.Raise) and _looks_at_who(node.test):
            spared = ast.UnaryOp(ast.Not(), _probe("gone", self._note(node, "if", node.test)))
            self.generic_visit(node)
            node.test = ast.BoolOp(ast.And(), [spared, node.test])
            return node
        return self.generic_visit(node)

    def _note(self, node: ast.AST, kind: str, text: ast.expr | str) -> int:
        source = text if isinstance(text, str) else ast.unparse(text)
        self.checks.append(Check(self.path, getattr(node, "lineno", 0), kind, source.split("\n")[0][:110]))
        return self.first + len(self.checks) - 1


def _probe(name: str, number: int) -> ast.expr:
    return ast.parse(f"_mutants.{name}({number})", mode="eval").body


def _put(node: ast.Call, name: str, number: int) -> None:
    """Pass the actor among the arguments through the probe."""
    replacing = _Replacing(name, number)
    node.args = [replacing.visit(arg) for arg in node.args]


@dataclass
class _Replacing(ast.NodeTransformer):
    name: str
    number: int

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in ACTORS:
            return node
        return ast.parse(f"_mutants.{self.name}({self.number}, {node.id})", mode="eval").body


def _is_check(node: ast.Call) -> bool:
    if not any(_names_actor(arg) for arg in node.args):
        return False
    called = node.func
    if isinstance(called, ast.Name):
        return called.id in OWN or called.id.startswith(OWN_PREFIXES)
    if not (isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)):
        return False
    module, name = called.value.id, called.attr
    return name in MODULES.get(module, ()) or (module == "guard" and name.startswith("require_"))


def _has_object(node: ast.Call) -> bool:
    """Return whether the check depends on the limits of a grant."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if name in WITHOUT_OBJECT or name.startswith(WITHOUT_OBJECT_PREFIXES):
        return False
    if name == "is_allowed" and len(node.args) < 3:
        return False
    permissions = [name for arg in node.args for part in ast.walk(arg) if (name := _permission(part))]
    return not permissions or any(list_limits(Permission[name]) for name in permissions)


def _permission(node: ast.AST) -> str | None:
    """Return NAME of the expression `Permission.NAME`."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Permission":
        return node.attr
    return None


def _names_actor(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Name) and part.id in ACTORS for part in ast.walk(node))


def _looks_at_who(node: ast.AST) -> bool:
    return any(
        isinstance(part, ast.Attribute)
        and part.attr in IDENTITY
        and isinstance(part.value, ast.Name)
        and part.value.id in ACTORS
        for part in ast.walk(node)
    )


def instrument(copy: Path, only: Sequence[str]) -> list[Check]:
    """Add probes to the files of the copy whose path contains one of `only`, or to all. Returns the checks in order."""
    checks: list[Check] = []
    (copy / "pki_manager" / "_mutants.py").write_text(PROBE, encoding="utf-8")
    for path in sorted((copy / AUTHORITY).rglob("*.py")):
        probing = _Probing(path.relative_to(copy), len(checks))
        if only and not any(part in str(probing.path) for part in only):
            continue
        tree = probing.visit(ast.parse(path.read_text(encoding="utf-8")))
        if not probing.checks:
            continue
        place = 1 + max((at for at, node in enumerate(tree.body) if isinstance(node, ast.ImportFrom)), default=0)
        tree.body.insert(place, ast.parse("from pki_manager import _mutants").body[0])
        path.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
        checks += probing.checks
    return checks
