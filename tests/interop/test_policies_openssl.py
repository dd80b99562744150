"""Certificate policies of a path held against OpenSSL, and the certificates that have them against pkilint."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.domain.certificate import Validity
from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.domain.plan import BasicConstraints
from pki_manager.domain.profiles.terms import PolicyInformation
from pki_manager.policy.certificate_policies import judge_policies
from pki_manager.policy.reasons import Findings
from pki_manager.x509 import export
from pki_manager.x509.path.policies import compute_policies_left
from tests.judges import pkilint
from tests.support.hierarchies import NOW, Context, make_plan, make_root, make_subordinate, private_key, spki

ONE, TWO, ANY = "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2", "2.5.29.32.0"
CASES = [
    ((ONE,), (ONE,)),
    ((ONE, TWO), (TWO,)),
    ((ONE,), (TWO,)),
    ((ANY,), (ONE,)),
    ((ONE,), (ANY,)),
    ((), (ONE,)),
    ((), (ANY,)),
    ((ONE, ANY), (TWO,)),
]


@pytest.fixture(scope="module")
def root() -> Context:
    return make_root(key_type="ECDSA-P256")


@pytest.mark.parametrize(("above", "below"), CASES, ids=str)
def test_openssl_finds_a_policy_exactly_where_we_let_it_be(
    root: Context, tmp_path: Path, above: tuple[str, ...], below: tuple[str, ...]
) -> None:
    """The certificate at the end has anyPolicy: whether there is a valid policy is up to the CAs."""
    upper = make_subordinate(
        root, "Upper CA", policies=_informed(above), basic_constraints=BasicConstraints(ca=True, path_length=1)
    )
    lower = make_subordinate(upper, "Lower CA", policies=_informed(below))
    plan = make_plan(
        DistinguishedName(),
        spki(private_key("ECDSA-P256")),
        sans=(AlternativeName.parse("DNS:www.example.com"),),
        policies=_informed((ANY,)),
    )
    leaf = lower.certify(plan, 5, Validity(NOW - timedelta(hours=1), NOW + timedelta(days=1)))
    chain = (upper.issuer.certificate_der, root.issuer.certificate_der)
    findings = Findings()
    issuer = replace(upper.issuer, policies_left=compute_policies_left([der for der in chain if der]))
    judge_policies(_informed(below), issuer, findings)
    for name, der in (("leaf", leaf), ("lower", lower.issuer.certificate_der), ("upper", chain[0]), ("root", chain[1])):
        assert der is not None
        (tmp_path / name).write_bytes(export.encode_certificate_pem(der).encode())
    assert _has_policy(tmp_path) is not bool(findings.errors)
    assert pkilint.certificate(tmp_path / "lower", tmp_path / "upper") == []


def _informed(oids: tuple[str, ...]) -> tuple[PolicyInformation, ...]:
    return tuple(PolicyInformation(oid, "https://pki.example.com/cps") for oid in oids)


def _has_policy(folder: Path) -> bool:
    """Any policy will do; OpenSSL takes none that is not named for one that nobody accepts."""
    moment = str(int(NOW.timestamp()))
    command = ["openssl", "verify", "-policy_check", "-explicit_policy", "-policy", ANY, "-attime", moment]
    files = ["-CAfile", "root", "-untrusted", "upper", "-untrusted", "lower", "leaf"]
    done = subprocess.run([*command, *files], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "no explicit policy" in done.stderr, done.stderr
    return done.returncode == 0
