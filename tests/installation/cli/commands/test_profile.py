"""`pkim profile` with files that people write."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from pki_manager.authority.installation.initialize import FirstHierarchy
from pki_manager.bootstrap import initialize
from pki_manager.settings import load
from tests.installation.cli.program import Pkim
from tests.judges.services import require
from tests.support.csrs import make_csr


@pytest.fixture(scope="module")
def pkim(tmp_path_factory: pytest.TempPathFactory) -> Pkim:
    home = tmp_path_factory.mktemp("cli") / "home"
    initialize(load(home, {}), FirstHierarchy(root_key_type="ECDSA-P256"))
    return Pkim(("--home", str(home)))


def test_a_profile_is_shown_as_yaml_checked_made_changed_and_retired(pkim: Pkim, tmp_path: Path) -> None:
    path, csr = tmp_path / "web.yaml", tmp_path / "www.csr"
    csr.write_text(make_csr("www.example.com"))
    pkim.run("profile", "show", "short-lived", "--out", str(path))
    text = re.sub(r"(?s)key_types:\n.*?key_reuse", "key_types: [ECDSA-P256]\nkey_reuse", path.read_text())
    path.write_text(text.replace("name: short-lived", "name: web"))
    checked = pkim.json("profile", "check", "--in", str(path))
    assert (checked["sound"], [r["rule"] for r in checked["remarks"]]) == (True, ["profile.free_client"])
    assert pkim.json("profile", "create", "--in", str(path))["version"] == 1
    issue = ("cert", "issue", "--ca", "Issuing CA", "--profile", "web", "--csr", str(csr))
    assert pkim.json(*issue)["profile"] == "web"
    changed = path.read_text().replace("default: P1D", "default: P2D")
    assert pkim.json("profile", "update", "--in", "-", stdin=changed)["version"] == 2
    assert pkim.json("profile", "retire", "web")["state"] == "retired"
    assert pkim.failure(*issue, expect=6)["code"] == "conflict"


def test_a_faulty_profile_is_told_with_its_fields(pkim: Pkim, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("name: bad\nkind: end-entity\ncolour: red\n")
    shown = pkim.run("profile", "check", "--in", str(path), expect=2).stdout
    assert "colour" in shown
    assert "validity" in shown
    failed = pkim.failure("profile", "create", "--in", str(path), expect=2)
    assert {"colour", "validity"} <= {error["field"] for error in failed["errors"]}
    path.write_text("a: &x [1]\nb: *x\n")
    assert pkim.failure("profile", "create", "--in", str(path), expect=2)["errors"][0]["field"] == "--in"
    path.write_text("kind: end-entity\n")
    assert pkim.failure("profile", "update", "--in", str(path), expect=2)["code"] == "invalid_input"


def test_db_upgrade_brings_standing_profiles_once(pkim: Pkim) -> None:
    before = pkim.json("profile", "list")
    pkim.run("db", "upgrade")
    assert pkim.json("profile", "list") == before


def test_a_value_of_a_request_field_is_in_the_certificate_and_an_invalid_one_is_refused(
    pkim: Pkim, tmp_path: Path
) -> None:
    path, csr, certificate = tmp_path / "logon.yaml", tmp_path / "logon.csr", tmp_path / "logon.pem"
    csr.write_text(make_csr("logon.example.com"))
    pkim.run("profile", "show", "short-lived", "--out", str(path))
    text = re.sub(r"(?s)key_types:\n.*?key_reuse", "key_types: [ECDSA-P256]\nkey_reuse", path.read_text())
    field = "{name: sid, required: true, pattern: 'S-1-5-21-*'}"
    extension = f"extensions:\n  - oid: 1.3.6.1.4.1.311.25.2\n    type: SID\n    field: {field}\n"
    path.write_text(re.sub(r"(?m)^extensions: .*\n", "", text).replace("name: short-lived", "name: logon") + extension)
    pkim.run("profile", "create", "--in", str(path))
    issue = ("cert", "issue", "--ca", "Issuing CA", "--profile", "logon", "--csr", str(csr), "--out", str(certificate))
    for wrong in ((), ("--field", "sid=S-1-5-18"), ("--field", "sid=S-1-5-21-1-2-3-4", "--field", "other=1")):
        (error,) = pkim.failure(*issue, *wrong, expect=3)["errors"]
        assert error["field"] in ("fields.sid", "fields.other")
        assert not certificate.exists()
    pkim.run(*issue, "--field", "sid=S-1-5-21-1-2-3-4")
    shown = subprocess.run(
        [require("openssl"), "asn1parse", "-in", certificate], capture_output=True, text=True, check=True
    )
    assert b"S-1-5-21-1-2-3-4".hex().upper() in shown.stdout
