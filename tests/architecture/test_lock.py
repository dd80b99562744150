"""`requirements.lock` pins what `pyproject.toml` asks for, with hashes and from wherever the machine's registry is."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_names_no_registry_and_hashes_everything(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^--(index-url|extra-index-url|find-links|trusted-host)", text, re.MULTILINE)
    for block in re.split(r"\n(?=[A-Za-z0-9])", "\n" + text):
        if _PIN.match(block):
            assert "--hash=sha256:" in block, block.splitlines()[0]
