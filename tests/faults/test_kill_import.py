"""Taking over a CA, killed again and again on the way: the same command finishes it, with nothing twice."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.services.installation import PKIM, Installation
from tests.services.openssl_ca import OpensslCa

ISSUED, REVOKED = 400, 3


@pytest.mark.long
def test_an_import_that_was_killed_is_finished_by_the_same_command(tmp_path: Path) -> None:
    ca = OpensslCa(tmp_path / "old")
    files = ca.issue([f"h{at}.example.com" for at in range(ISSUED)])
    for one in files[:REVOKED]:
        ca.revoke(one, "-crl_reason", "superseded")
    installation = Installation(tmp_path)
    installation.run("init", "--no-hierarchy")
    arguments = ["ca", "import", "--name", "Old CA", "--certificate", str(ca.certificate), "--key", str(ca.key)]
    arguments += ["--crl", str(ca.crl()), "--index", str(ca.index), "--certificates", str(ca.newcerts)]
    for seconds in (1.5, 3, 4.5, 6):
        process = subprocess.Popen([PKIM, *arguments], env=installation.environment, stdout=subprocess.DEVNULL)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
    if [one["state"] for one in installation.json("ca", "list")["items"]] != ["active"]:
        assert installation.json(*arguments)["state"] == "active"
    found = installation.json("cert", "list", "--ca", "Old CA")["items"]
    ours = [one for one in found if "example.com" in one["subject"]]
    assert len(ours) == len({one["serial_number"] for one in ours}) == ISSUED
    assert sum(one["state"] == "revoked" for one in ours) == REVOKED
    installation.run("audit", "verify")
    events = installation.json("audit", "list", "--action", "certificate.imported")["items"]
    assert len(events) == len({event["object"]["id"] for event in events}) == ISSUED
