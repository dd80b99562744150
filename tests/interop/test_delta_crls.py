"""Delta CRLs as strangers see them: OpenSSL applies them to the full CRL, pkilint judges their form."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.domain.revocation import RevokedEntry
from pki_manager.x509 import export
from pki_manager.x509.crl import CrlContent, encode_entry, encode_removal
from tests.judges import openssl, pkilint
from tests.judges.services import require, run
from tests.support.hierarchies import NOW, Context, make_plan, make_root, make_subordinate, private_key, spki

HOST = "www.example.com"
LATER_REVOKED, RELEASED, UNTOUCHED = ((1 << 126) + number for number in (200, 201, 202))
BASE = CrlContent(
    10,
    NOW,
    NOW + timedelta(days=7),
    encode_entry(RevokedEntry(RELEASED, NOW, "certificateHold", None)),
    delta_url="http://pki.example.com/delta.crl",
)
DELTA = CrlContent(
    11,
    NOW + timedelta(hours=1),
    NOW + timedelta(days=2),
    encode_entry(RevokedEntry(LATER_REVOKED, NOW + timedelta(minutes=30), "keyCompromise", None))
    + encode_removal(RELEASED, NOW + timedelta(minutes=40)),
    base_number=10,
)


@dataclass(frozen=True)
class Files:
    folder: Path

    def write(self, name: str, text: str) -> None:
        self.path(name).write_text(text)

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.pem"


def der_of(ctx: Context) -> bytes:
    assert ctx.issuer.certificate_der is not None
    return ctx.issuer.certificate_der


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    root = make_root()
    issuing = make_subordinate(root)
    files = Files(tmp_path_factory.mktemp("deltas"))
    files.write("root", export.encode_certificate_pem(der_of(root)))
    files.write("issuing", export.encode_certificate_pem(der_of(issuing)))
    for serial in (LATER_REVOKED, RELEASED, UNTOUCHED):
        sans = (AlternativeName.parse(f"DNS:{HOST}"),)
        plan = make_plan(DistinguishedName.of(("CN", HOST)), spki(private_key("ECDSA-P256")), sans=sans)
        files.write(str(serial), export.encode_certificate_pem(issuing.certify(plan, serial)))
    files.write("root.crl", export.encode_crl_pem(root.crl()))
    files.write("full.crl", export.encode_crl_pem(issuing.sign_crl(BASE)))
    files.write("delta.crl", export.encode_crl_pem(issuing.sign_crl(DELTA)))
    files.write("newer.crl", export.encode_crl_pem(issuing.sign_crl(replace(DELTA, number=13, base_number=12))))
    return files


def verify(files: Files, serial: int, *, delta: str | None = None) -> str:
    command: list[str | Path] = [require("openssl"), "verify", "-extended_crl", "-crl_check_all", "-no-CApath"]
    command += ["-attime", str(int((NOW + timedelta(hours=2)).timestamp())), "-CAfile", files.path("root")]
    command += ["-untrusted", files.path("issuing"), "-CRLfile", files.path("root.crl")]
    command += ["-CRLfile", files.path("full.crl")]
    if delta:
        command += ["-use_deltas", "-CRLfile", files.path(delta)]
    done = run([*command, files.path(str(serial))])
    told = done.stdout + done.stderr
    return "revoked" if "certificate revoked" in told else "ok" if done.returncode == 0 else told


def test_rev_12_openssl_applies_the_delta(files: Files) -> None:
    assert verify(files, LATER_REVOKED) == "ok"
    assert verify(files, LATER_REVOKED, delta="delta.crl") == "revoked"
    assert verify(files, RELEASED) == "revoked"
    assert verify(files, RELEASED, delta="delta.crl") == "ok"
    assert verify(files, UNTOUCHED, delta="delta.crl") == "ok"
    assert verify(files, LATER_REVOKED, delta="newer.crl") == "ok", "the full CRL is older than that delta's base"


@pytest.mark.parametrize("name", ["full.crl", "delta.crl"])
def test_rev_12_pkilint_and_openssl_find_nothing_wrong(files: Files, name: str) -> None:
    assert pkilint.crl(files.path(name)) == []
    assert openssl.crl(files.path(name), files.path("issuing")) == "ok"
