"""`requirements.lock` pins the dependencies of `pyproject.toml` with hashes, for any registry."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from pki_manager.domain.extras import PACKAGES

ROOT = Path(__file__).parent.parent.parent
LOCKS = ("requirements.lock", "requirements-uv.txt")
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", re.MULTILINE)


def _asked_for() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for group in groups for line in group]


@pytest.mark.parametrize("requirement", _asked_for(), ids=str)
def test_the_lock_pins_a_version_that_was_asked_for(requirement: Requirement) -> None:
    pins = {canonicalize_name(name): version for name, version in _PIN.findall((ROOT / LOCKS[0]).read_text())}
    name = canonicalize_name(requirement.name)
    assert name in pins, f"run `make lock`: {name} is not in the lock"
    assert requirement.specifier.contains(pins[name]), f"run `make lock`: {pins[name]} is locked"


def _runtime() -> dict[str, Requirement]:
    """Return the distributions that the program needs to run: dependencies and extras without `dev`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: lines for name, lines in project["optional-dependencies"].items() if name != "dev"}
    rows = [Requirement(line) for group in (project["dependencies"], *extras.values()) for line in group]
    return {canonicalize_name(row.name): row for row in rows}


def _imported() -> set[str]:
    """Return the top-level modules that the program imports, without the standard library and itself."""
    found: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    return found - sys.stdlib_module_names - {"pki_manager"}


def test_every_module_that_the_program_imports_is_declared() -> None:
    distributions = metadata.packages_distributions()
    declared = _runtime()
    missing = {
        module
        for module in _imported()
        if declared.keys().isdisjoint(canonicalize_name(name) for name in distributions.get(module, ()))
    }
    assert missing == set()


@pytest.mark.parametrize("requirement", _runtime().values(), ids=str)
def test_runtime_dependencies_are_pinned_exactly(requirement: Requirement) -> None:
    assert [specifier.operator for specifier in requirement.specifier] == ["=="]
    assert not next(iter(requirement.specifier)).version.endswith("*")


def test_install_hints_name_the_packages_of_the_extras() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: lines for name, lines in project["optional-dependencies"].items() if name != "dev"}
    assert {name: [package] for name, package in PACKAGES.items()} == extras


@pytest.mark.parametrize("suffix", ["py", "md", "ts", "tsx", "toml", "sh"])
def test_no_text_installs_a_package_of_this_name_from_an_index(suffix: str) -> None:
    """PKI Manager is not published there, so any package registered under the name would be installed."""
    tree = subprocess.run(["git", "ls-files", f"*.{suffix}"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tree.stdout.split():
        text = (ROOT / name).read_text(encoding="utf-8")
        found = re.search(r"(pip|uv|pipx)\S* +(install|add|run)[^\n]*[ '\"]pki[-_]manager(?![-_]?\*|-\d|/)", text)
        assert found is None, f"{name}: {found}"


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_registry_and_hashes_everything(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^--(index-url|extra-index-url|find-links|trusted-host)", text, re.MULTILINE)
    for block in re.split(r"\n(?=[A-Za-z0-9])", "\n" + text):
        if _PIN.match(block):
            assert "--hash=sha256:" in block, block.splitlines()[0]
