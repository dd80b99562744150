"""Name constraints held against OpenSSL: what we would sign under a constrained CA verifies, and nothing else does."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from pki_manager.domain.certificate import Validity
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.policy.constraints import judge_directory, judge_names
from pki_manager.policy.reasons import Findings
from pki_manager.x509 import general_names, names, pem
from tests.support.hierarchies import NOW, Context, make_plan, make_root, make_subordinate, private_key, spki

CASES = [
    (("DNS:example.com",), (), "DNS:www.example.com"),
    (("DNS:example.com",), (), "DNS:example.com"),
    (("DNS:example.com",), (), "DNS:evilexample.com"),
    (("DNS:example.com",), (), "DNS:example.com.evil.net"),
    (("DNS:example.com",), (), "IP:192.0.2.1"),
    (("DNS:example.com",), ("DNS:secret.example.com",), "DNS:a.secret.example.com"),
    (("DNS:example.com",), ("DNS:secret.example.com",), "DNS:a.example.com"),
    ((), ("DNS:example.com",), "DNS:*.example.com"),
    (("DNS:example.com",), (), "DNS:*.example.com"),
    (("DNS:a.example.com",), (), "DNS:*.example.com"),
    (("IP:10.0.0.0/8",), (), "IP:10.255.255.255"),
    (("IP:10.0.0.0/8",), (), "IP:11.0.0.0"),
    (("IP:2001:db8::/32",), (), "IP:2001:db8:ffff::1"),
    (("IP:2001:db8::/32",), (), "IP:2001:db9::1"),
    (("IP:10.0.0.0/8",), ("IP:10.1.0.0/16",), "IP:10.1.2.3"),
    (("IP:10.0.0.0/8",), (), "IP:2001:db8::1"),
    (("email:example.com",), (), "email:alice@example.com"),
    (("email:example.com",), (), "email:alice@mail.example.com"),
    (("email:.example.com",), (), "email:alice@mail.example.com"),
    (("email:.example.com",), (), "email:alice@example.com"),
    (("email:alice@example.com",), (), "email:alice@example.com"),
    (("email:alice@example.com",), (), "email:bob@example.com"),
    (("URI:www.example.com",), (), "URI:https://www.example.com/a"),
    (("URI:www.example.com",), (), "URI:https://example.com/a"),
    (("URI:.example.com",), (), "URI:https://www.example.com/a"),
    ((), ("URI:.example.com",), "URI:https://www.example.com/a"),
]


@pytest.fixture(scope="module")
def root() -> Context:
    return make_root(key_type="ECDSA-P256")


@pytest.mark.parametrize(("permitted", "excluded", "name"), CASES, ids=str)
def test_nam_07_openssl_and_we_say_the_same(
    root: Context, tmp_path: Path, permitted: tuple[str, ...], excluded: tuple[str, ...], name: str
) -> None:
    constraints = NameConstraints(
        tuple(NameConstraints.subtree(text, "permitted") for text in permitted),
        tuple(NameConstraints.subtree(text, "excluded") for text in excluded),
    )
    sans = (AlternativeName.parse(name),)
    findings = Findings()
    judge_names(DistinguishedName(), sans, (constraints,), findings, host=True)
    issuing = make_subordinate(root, name_constraints=constraints)
    plan = make_plan(DistinguishedName(), spki(private_key("ECDSA-P256")), sans=sans)
    leaf = issuing.certify(plan, 5, Validity(NOW - timedelta(hours=1), NOW + timedelta(days=1)))
    assert _verifies(tmp_path, root, issuing, leaf) is not bool(findings.errors)


@pytest.mark.parametrize(
    "common_name",
    ["a_b.evil.test", "_x.evil.test", "evil.test", "v1.2", "alice", "alice smith.x", "J. R. Smith", "a_b.example.com"],
)
def test_openssl_and_we_take_the_same_common_names_for_hosts(root: Context, tmp_path: Path, common_name: str) -> None:
    constraints = NameConstraints((NameConstraints.subtree("DNS:example.com", "permitted"),))
    subject = DistinguishedName.of(("CN", common_name))
    findings = Findings()
    judge_names(subject, (), (constraints,), findings, host=True)
    issuing = make_subordinate(root, name_constraints=constraints)
    plan = make_plan(subject, spki(private_key("ECDSA-P256")), sans=())
    leaf = issuing.certify(plan, 5, Validity(NOW - timedelta(hours=1), NOW + timedelta(days=1)))
    assert _verifies(tmp_path, root, issuing, leaf) is not bool(findings.errors)


def test_we_are_stricter_than_openssl_where_a_wildcard_reaches_into_an_excluded_subtree(
    root: Context, tmp_path: Path
) -> None:
    constraints = NameConstraints(excluded=(AlternativeName.parse("DNS:secret.example.com"),))
    sans = (AlternativeName.parse("DNS:*.example.com"),)
    issuing = make_subordinate(root, name_constraints=constraints)
    plan = make_plan(DistinguishedName(), spki(private_key("ECDSA-P256")), sans=sans)
    leaf = issuing.certify(plan, 5, Validity(NOW - timedelta(hours=1), NOW + timedelta(days=1)))
    findings = Findings()
    judge_names(DistinguishedName(), sans, (constraints,), findings, host=True)
    assert findings.errors
    assert _verifies(tmp_path, root, issuing, leaf)


def _verifies(folder: Path, root: Context, issuing: Context, leaf: bytes) -> bool:
    for file, content in (
        ("root", root.issuer.certificate_der),
        ("ca", issuing.issuer.certificate_der),
        ("leaf", leaf),
    ):
        assert content is not None
        (folder / file).write_text(pem.write(pem.CERTIFICATE, content))
    files = ["-CAfile", "root", "-untrusted", "ca", "-attime", str(int(NOW.timestamp())), "leaf"]
    done = subprocess.run(["openssl", "verify", *files], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0 or "subtree violation" in done.stderr, done.stderr
    return done.returncode == 0


DIRECTORIES = [
    (("O=Example",), (), "CN=a,O=Example"),
    (("O=Example",), (), "CN=a,O=EXAMPLE"),
    (("O=Example",), (), "CN=a,O=Other"),
    (("O=Example",), (), "CN=a"),
    (("O=Example",), (), "O=Example,CN=a"),
    (("O=Example", "O=Other"), (), "CN=a,O=Other"),
    (("O=Example",), ("OU=Secret,O=Example",), "CN=a,OU=Secret,O=Example"),
    (("O=Example",), ("OU=Secret,O=Example",), "CN=a,OU=Open,O=Example"),
    ((), ("O=Example",), "CN=a,O=Example"),
    ((), ("O=Example",), "CN=a,O=Other"),
    (("O=Example,C=DE",), (), "CN=a,O=Example,C=DE"),
    (("O=Example,C=DE",), (), "CN=a,O=Example,C=FR"),
]


@pytest.mark.parametrize(("permitted", "excluded", "subject"), DIRECTORIES, ids=str)
def test_openssl_and_we_say_the_same_of_directories(
    root: Context, tmp_path: Path, permitted: tuple[str, ...], excluded: tuple[str, ...], subject: str
) -> None:
    constraints = general_names.parse_constraints(
        (f"dirName:{text}" for text in permitted), (f"dirName:{text}" for text in excluded)
    )
    name = names.parse_dn(subject)
    findings = Findings()
    judge_directory(name, (constraints,), findings)
    issuing = make_subordinate(root, name_constraints=constraints)
    leaf = issuing.certify(
        make_plan(name, spki(private_key("ECDSA-P256"))), 5, Validity(NOW - timedelta(hours=1), NOW + timedelta(days=1))
    )
    assert _verifies(tmp_path, root, issuing, leaf) is not bool(findings.errors)
