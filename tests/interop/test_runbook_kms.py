"""The runbook of a lost KMS, executed as printed: while it is away, when it is back, and after its keys are lost."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.parts import until
from tests.interop.test_runbooks import ROOT, RUNBOOKS, execute, issue, openssl_says, states
from tests.interop.test_tutorial import _script
from tests.services.installation import Installation
from tests.services.kms import Kms, kms_server

pytestmark = pytest.mark.kms

KMS_CA, OTHER_CA = "KMS CA", "Issuing CA 2"
VALUES = {"CA": KMS_CA, "PARENT": ROOT, "BACKEND": "kms", "OTHER_CA": OTHER_CA}


@pytest.fixture
def own_kms(tmp_path: Path) -> Iterator[Kms]:
    """A KMS that the test stops."""
    with kms_server(tmp_path / "kms") as server:
        yield server


@pytest.fixture
def served(own_kms: Kms, tmp_path: Path) -> Iterator[Installation]:
    backends = [{"name": "embedded", "kind": "embedded"}, own_kms.described()]
    (tmp_path / "pkim").mkdir()
    installation = Installation(tmp_path / "pkim", {"PKIM_KEY_BACKENDS": json.dumps(backends)})
    installation.run("init")
    with installation.serving():
        names = ("--name", KMS_CA, "--subject", f"CN={KMS_CA}", "--parent", ROOT, "--backend", "kms")
        installation.run("ca", "create", *names)
        yield installation


def list_parts() -> tuple[str, str, str, str]:
    """Return the commands of the page: what is affected, the other CA, when the KMS is back, when its keys are lost."""
    affected, _, rest = _script(f"{RUNBOOKS}/kms-gone.md").partition("pkim ca create")
    other, _, rest = rest.partition("pkim backend check")
    back, _, lost = rest.partition("pkim cert list")
    return affected, f"pkim ca create{other}", f"pkim backend check{back}", f"pkim cert list{lost}"


def read_state(installation: Installation) -> str:
    state: str = installation.json("backend", "show", "kms")["state"]
    return state


@pytest.mark.long
def test_while_the_kms_is_gone_another_ca_issues_and_afterwards_its_own_ca_goes_on(
    served: Installation, own_kms: Kms
) -> None:
    affected, other, back, lost = list_parts()
    old = issue(served, KMS_CA, "old.example.com")
    root, chain = served.run("ca", "chain", ROOT), served.run("ca", "chain", KMS_CA)
    own_kms.kill()
    until(lambda: read_state(served) == "unavailable")
    assert "unavailable" in execute(served, affected, **VALUES)
    execute(served, other, **VALUES)
    new = issue(served, OTHER_CA, "new.example.com")
    assert openssl_says(served.folder, new["pem"], root, served.run("ca", "chain", OTHER_CA)) == "leaf.pem: OK\n"
    own_kms.start()
    until(lambda: read_state(served) == "available")
    assert "failed" not in execute(served, back, **VALUES)
    assert issue(served, KMS_CA, "again.example.com")["serial_number"]
    own_kms.stop()
    with closing(sqlite3.connect(own_kms.database)) as raw, raw:
        raw.execute("DELETE FROM objects")
    own_kms.start()
    execute(served, lost, **VALUES)
    assert states(served)[KMS_CA] == "revoked"
    assert old["serial_number"] in (served.folder / "affected.csv").read_text()
    (served.folder / "parent.pem").write_text(root + (served.folder / "parent.crl").read_text())
    assert "certificate revoked" in openssl_says(
        served.folder, chain, root, chain, "-CRLfile", "parent.crl", "-crl_check"
    )
