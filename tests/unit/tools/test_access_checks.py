"""The mutation run names functions of the product: a rename must not empty it."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from tools import access_checks

ROOT = Path(__file__).resolve().parents[3]
ROOMS = {
    "access": "pki_manager.policy.access",
    "guard": "pki_manager.authority.kernel.guard",
    "scopes": "pki_manager.policy.scopes",
    "approval_gate": "pki_manager.authority.kernel.approval_gate",
    "rights_gate": "pki_manager.authority.kernel.rights_gate",
}


@pytest.mark.parametrize("module", access_checks.MODULES)
def test_every_named_check_is_a_function_of_its_module(module: str) -> None:
    room = importlib.import_module(ROOMS[module])
    for name in access_checks.MODULES[module]:
        assert callable(getattr(room, name)), name


def test_checks_of_the_use_cases_own_exist() -> None:
    source = "\n".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "src" / access_checks.AUTHORITY).rglob("*.py")
    )
    missing = {name for name in access_checks.OWN if f"def {name}(" not in source}
    assert missing <= {"is_allowed", "require_on"}  # of `policy.access`, imported by name


def test_the_probe_imports_what_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "probe_of_a_test.py").write_text(access_checks.PROBE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    probe = importlib.import_module("probe_of_a_test")
    assert probe.gone(3) is False
    assert list(probe.REACHED) == [3]


def test_checks_of_the_use_cases_are_found(tmp_path: Path) -> None:
    source = tmp_path / access_checks.AUTHORITY / "some.py"
    source.parent.mkdir(parents=True)
    source.write_text(
        "from pki_manager.policy import access\n"
        "def read(actor, found):\n"
        "    access.require(actor, Permission.CA_READ, found)\n"
        "    if actor.id != found.owner:\n"
        "        raise ValueError\n",
        encoding="utf-8",
    )
    checks = access_checks.instrument(tmp_path, [])
    assert [one.kind for one in checks] == ["gone", "limits", "if"]
    assert "_mutants.gone(0) or access.require(_mutants.unlimited(1, actor)" in source.read_text(encoding="utf-8")
