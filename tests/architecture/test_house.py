"""The house keeps its own rules: the lock, the tree, the floor of the language."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_lock_has_hashes_and_names_no_address() -> None:
    for name in ("requirements.lock", "requirements-uv.txt"):
        text = (ROOT / name).read_text()
        assert "://" not in text, name
        pinned = re.findall(r"^([A-Za-z0-9_.\-\[\]]+)==\S+ .*\\$", text, re.MULTILINE)
        assert pinned, name
        assert text.count("--hash=sha256:") >= len(pinned), name


def test_the_lock_holds_what_pyproject_pins() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock = dict(re.findall(r"^([a-z0-9\-]+)==([^ ;]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    wanted = project["dependencies"] + [line for extra in project["optional-dependencies"].values() for line in extra]
    for line in wanted:
        match = re.fullmatch(r"([A-Za-z0-9\-]+)(?:\[[a-z,]+\])?(==|>=)(\S+)", line)
        assert match, line
        name, operator, version = match.groups()
        assert name.lower() in lock, f"{name} is not locked: run `make lock`"
        if operator == "==":
            assert lock[name.lower()] == version, f"{name} is locked at another version: run `make lock`"


def test_tests_have_no_other_skip_than_by_name() -> None:
    """A skip says which part is missing; a bare one would hide a test for ever."""
    for path in (ROOT / "tests").rglob("*.py"):
        if path == Path(__file__):
            continue
        for line in path.read_text().splitlines():
            assert not re.search(r"pytest\.skip\(\s*\)|mark\.skip\b(?!if)|mark\.xfail", line), f"{path}: {line}"
