"""Purposes in CA certificates held against OpenSSL: what a CA must allow so that EAP-TLS peers accept a client."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.domain.certificate import Validity
from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.domain.profiles.terms import CLIENT_AUTH, CODE_SIGNING, SERVER_AUTH
from pki_manager.x509 import export
from pki_manager.x509.lint import lint_certificate
from tests.judges.services import require, run
from tests.support.hierarchies import NOW, Context, make_plan, make_root, make_subordinate, private_key, spki

RULE = "certificate.extended_key_usage_ca_tls"


@pytest.fixture(scope="module")
def root() -> Context:
    return make_root(key_type="ECDSA-P256")


@pytest.mark.parametrize(
    ("purposes", "accepted", "warned"),
    [
        ((), True, False),
        ((SERVER_AUTH, CLIENT_AUTH), True, False),
        ((SERVER_AUTH,), False, True),
        ((CODE_SIGNING,), False, False),
    ],
    ids=["none", "both", "server only", "not for TLS"],
)
def test_openssl_accepts_a_client_only_below_a_ca_that_allows_it(
    root: Context, tmp_path: Path, purposes: tuple[str, ...], accepted: bool, warned: bool
) -> None:
    ca = make_subordinate(root, "Wi-Fi CA", extended_key_usage=purposes)
    plan = make_plan(
        DistinguishedName(),
        spki(private_key("ECDSA-P256")),
        sans=(AlternativeName.parse("email:alice@example.com"),),
        extended_key_usage=(CLIENT_AUTH,),
    )
    leaf = ca.certify(plan, 5, Validity(NOW - timedelta(hours=1), NOW + timedelta(days=1)))
    ders = {"root": root.issuer.certificate_der, "ca": ca.issuer.certificate_der, "leaf": leaf}
    for name, der in ders.items():
        assert der is not None
        (tmp_path / f"{name}.pem").write_text(export.encode_certificate_pem(der))
    command = [require("openssl"), "verify", "-purpose", "sslclient", "-attime", str(int(NOW.timestamp()))]
    command += [
        "-CAfile",
        str(tmp_path / "root.pem"),
        "-untrusted",
        str(tmp_path / "ca.pem"),
        str(tmp_path / "leaf.pem"),
    ]
    done = run(command)
    assert (done.returncode == 0) is accepted
    assert accepted or "error 26 at 1 depth" in done.stdout + done.stderr
    found = lint_certificate(ders["ca"] or b"", ders["root"], full=False)
    assert (RULE in {finding.rule for finding in found}) is warned
