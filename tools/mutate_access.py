"""Takes out one permission check after the other, in a copy of the source, and sees whether a test notices.

    python -m tools.mutate_access [--only PART]

A check is a call in `authority/` that decides by who acts: of `access`, `guard`, `scopes` and the approval gate, and of
the heart's own `permitted` and the like. Standing alone it is left out; where its answer is used, it is asked for the
product itself, which may do everything. The tests run once to see which of them reach which check; then, for each
check, those that reach it run without it, the most particular first. One that no test misses is named: exit status 1.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
HEART = Path("pki_manager/authority")
MODULES: Mapping[str, frozenset[str]] = {
    "access": frozenset({"require", "require_somewhere", "require_on", "allowed"}),
    "guard": frozenset({"certificate", "authority", "profile", "known_ca", "may_read"}),
    "scopes": frozenset({"visible", "covers", "concerns_ca"}),
    "approval_gate": frozenset({"ask"}),
    "rights_gate": frozenset({"ask"}),
}
OWN = frozenset({"permitted", "is_visible", "require_may_decide", "allowed", "require_on"})
OWN_PREFIXES = (
    "_require_other",
    "_require_covered",
    "_require_own",
    "_require_may",
    "_guarded",
    "_locked",
    "_entitled",
)
ACTORS = frozenset({"actor", "requester"})
SUITE = (
    "tests/authority",
    "tests/protocols/rest",
    "tests/architecture/test_gates.py",
    "tests/architecture/test_access_table.py",
    "tests/architecture/test_access_cells.py",
    "tests/unit/worker",
)
HEAVY = ("sqlalchemy", "cryptography.x509", "fastapi", "pydantic", "pkilint.document")
LOG = ROOT / ".cache" / "mutate-access.log"
"""What pytest said last."""
FIRST = 12
"""So many tests are tried first for a check: who misses it at all mostly misses it early. Then all others."""
USUAL = (
    *("-n", "0", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", "not postgresql"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),
)
PROBE = '''
"""Which checks are reached, and which one is taken out."""
from pki_manager.domain.actor import system

ACTIVE = -1
REACHED = set()


def gone(number):
    REACHED.add(number)
    return number == ACTIVE


def anybody(number, actor):
    REACHED.add(number)
    return system("mutant") if number == ACTIVE else actor
'''


@dataclass(frozen=True)
class Check:
    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(HEART)}:{self.line}: {self.text}"


@dataclass
class Probing(ast.NodeTransformer):
    """Puts a probe around every check of a file."""

    path: Path
    checks: list[Check]
    first: int
    _parents: list[ast.AST] = field(default_factory=list)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """A check that stands alone can be left out."""
        if not _is_check(node.value):
            return self.generic_visit(node)
        number = self._note(node.value)
        taken_out = ast.parse(f"_mutants.gone({number})", mode="eval").body
        return ast.Expr(ast.BoolOp(ast.Or(), [taken_out, node.value]))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """One whose answer is used is asked for somebody else."""
        if not _is_check(node):
            return self.generic_visit(node)
        number = self._note(node)
        replacing = _Replacing(number)
        node.args = [replacing.visit(arg) for arg in node.args]
        return node

    def _note(self, node: ast.expr) -> int:
        self.checks.append(Check(self.path, node.lineno, ast.unparse(node).split("\n")[0][:110]))
        return self.first + len(self.checks) - 1


@dataclass
class _Replacing(ast.NodeTransformer):
    number: int

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in ACTORS:
            return node
        return ast.parse(f"_mutants.anybody({self.number}, {node.id})", mode="eval").body


def _is_check(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Call) and any(_names_actor(arg) for arg in node.args)):
        return False
    called = node.func
    if isinstance(called, ast.Name):
        return called.id in OWN or called.id.startswith(OWN_PREFIXES)
    if not (isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)):
        return False
    module, name = called.value.id, called.attr
    return name in MODULES.get(module, ()) or (module == "guard" and name.startswith("require_"))


def _names_actor(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Name) and part.id in ACTORS for part in ast.walk(node))


def instrument(copy: Path, only: str) -> list[Check]:
    """Probes in the copy; the checks in the order of their numbers."""
    checks: list[Check] = []
    (copy / "pki_manager" / "_mutants.py").write_text(PROBE, encoding="utf-8")
    for path in sorted((copy / HEART).rglob("*.py")):
        if only not in path.name:
            continue
        probing = Probing(path.relative_to(copy), [], len(checks))
        tree = probing.visit(ast.parse(path.read_text(encoding="utf-8")))
        if not probing.checks:
            continue
        place = 1 + max((at for at, node in enumerate(tree.body) if isinstance(node, ast.ImportFrom)), default=0)
        tree.body.insert(place, ast.parse("from pki_manager import _mutants").body[0])
        path.write_text(ast.unparse(ast.fix_missing_locations(tree)), encoding="utf-8")
        checks += probing.checks
    return checks


@dataclass(eq=False)
class Watching:
    """A pytest plugin: which checks does each test reach? Written to a file; one that fails tells nothing."""

    file: Path
    reached: dict[str, list[int]] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        probe = _probe()
        probe.REACHED.clear()
        try:
            return (yield)
        finally:
            if probe.REACHED:
                self.reached[item.nodeid] = sorted(probe.REACHED)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        for test in self.failed & self.reached.keys():
            del self.reached[test]
        self.file.write_text(json.dumps(self.reached), encoding="utf-8")


def _probe() -> Any:  # noqa: ANN401 - a module that only the copy has
    return importlib.import_module("pki_manager._mutants")


def run_tests(arguments: Sequence[str], before: Callable[[], Sequence[object]]) -> int:
    """Pytest's exit status, in a fork: what is heavy to import was imported once. `before` says the plugins."""
    child = os.fork()
    if child == 0:
        said = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        try:
            os._exit(int(pytest.main([*USUAL, *arguments], plugins=list(before()))))
        finally:
            os._exit(int(pytest.ExitCode.INTERNAL_ERROR))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def watch(suite: Sequence[str], file: Path) -> dict[int, list[str]]:
    """By check, the tests that reach it, those that reach the fewest others first."""
    status = run_tests([*suite, "-m", "not long"], lambda: [Watching(file)])
    if status not in (0, 1):
        raise SystemExit(f"the tests did not run: pytest ended with {status}, see {LOG}")
    reached: dict[str, list[int]] = json.loads(file.read_text(encoding="utf-8"))
    by_check: dict[int, list[str]] = {}
    for test in sorted(reached, key=lambda one: len(reached[one])):
        for number in reached[test]:
            by_check.setdefault(number, []).append(test)
    return by_check


def is_killed(number: int, tests: Sequence[str]) -> bool:
    """Whether one of them fails without the check; asked of a few, and then of the rest."""

    def take_out() -> Sequence[object]:
        _probe().ACTIVE = number
        return ()

    return any(run_tests(["-x", *some], take_out) == 1 for some in (tests[:FIRST], tests[FIRST:]) if some)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="files whose name holds this")
    chosen = parser.parse_args()
    os.chdir(ROOT)
    LOG.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(ROOT / "src", copy)
        checks = instrument(copy, chosen.only)
        sys.path.insert(0, str(copy))
        for module in HEAVY:
            importlib.import_module(module)
        by_check = watch(SUITE, Path(folder) / "reached.json")
        survivors = []
        for number, check in enumerate(checks):
            killed = is_killed(number, by_check.get(number, ()))
            survivors += [] if killed else [check]
            sys.stderr.write(f"{number + 1}/{len(checks)} {'killed' if killed else 'SURVIVED'} {check}\n")
    sys.stderr.write(f"{len(checks)} checks taken out, {len(survivors)} missed by no test\n")
    for check in survivors:
        sys.stderr.write(f"  {check}\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
