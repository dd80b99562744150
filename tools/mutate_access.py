"""Removes one permission check after the other, in a copy of the source, and sees whether a test notices.

    python -m tools.mutate_access [--only PART] [--limit N]

A check is a statement that calls `access.require…` or `guard.require…` in `authority/`. Each mutant runs the tests of
the heart's refusals, and those of its own verb's name where there are some; one that no test kills is named, and the
exit status is 1.
"""

from __future__ import annotations

import argparse
import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEART = Path("src/pki_manager/authority")
CHECKS = frozenset({"require", "require_somewhere", "require_on"})
MODULES = frozenset({"access", "guard"})
KILLERS = ("tests/authority/test_guard.py", "tests/authority/test_rights.py", "tests/authority/test_people.py")


@dataclass(frozen=True)
class Mutant:
    path: Path
    first: int
    last: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.name}:{self.first}: {self.text}"


def mutants() -> Iterator[Mutant]:
    """Every check that is a statement of its own, in the order of files and lines."""
    for path in sorted((ROOT / HEART).glob("*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Expr) and _is_check(node.value):
                text = (ast.get_source_segment(source, node) or "").split("\n")[0]
                yield Mutant(path.relative_to(ROOT), node.lineno, node.end_lineno or node.lineno, text)


def _is_check(node: ast.expr) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
        return False
    owner, name = node.func.value, node.func.attr
    return isinstance(owner, ast.Name) and owner.id in MODULES and (name in CHECKS or name.startswith("require_"))


def is_killed(mutant: Mutant, copy: Path) -> bool:
    """Whether any test fails once the check is a `pass`; the copy is as before afterwards."""
    target = copy / mutant.path.relative_to("src")
    original = target.read_text(encoding="utf-8")
    lines = original.split("\n")
    indent = lines[mutant.first - 1][: len(lines[mutant.first - 1]) - len(lines[mutant.first - 1].lstrip())]
    lines[mutant.first - 1 : mutant.last] = [f"{indent}pass"]
    target.write_text("\n".join(lines), encoding="utf-8")
    try:
        return _tests_fail(copy, mutant)
    finally:
        target.write_text(original, encoding="utf-8")


def _tests_fail(copy: Path, mutant: Mutant) -> bool:
    own = ROOT / "tests" / "authority" / f"test_{mutant.path.name}"
    files = [*KILLERS, *([str(own)] if own.exists() else [])]
    environment = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}  # noqa: TID251 - a tool
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-x", "-k", "not postgresql", *files]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)  # noqa: S603 - ours
    return done.returncode == 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="files whose name holds this")
    parser.add_argument("--limit", type=int, default=10_000)
    chosen = parser.parse_args()
    found = [one for one in mutants() if chosen.only in one.path.name][: chosen.limit]
    survivors = []
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        shutil.copytree(ROOT / "src", copy)
        for number, mutant in enumerate(found, start=1):
            killed = is_killed(mutant, copy)
            survivors += [] if killed else [mutant]
            sys.stderr.write(f"{number}/{len(found)} {'killed' if killed else 'SURVIVED'} {mutant}\n")
    sys.stderr.write(f"{len(found)} mutants, {len(survivors)} survived\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
