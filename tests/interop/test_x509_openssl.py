"""Root, issuing CA, leaf and CRLs as OpenSSL and GnuTLS see them; each judge also has an object that it must refuse."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from pki_manager.domain.algorithms import Use, list_signing_key_types
from pki_manager.domain.names import AlternativeName, DistinguishedName, NameConstraints
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.revocation import RevokedEntry
from pki_manager.x509 import export, lint
from tests.judges.services import run
from tests.support.hierarchies import NOW, Context, make_plan, make_root, make_subordinate, private_key, spki

GOOD, REVOKED, OUTSIDE = ((1 << 126) + number for number in (100, 101, 102))

VERIFY = ["openssl", "verify", "-x509_strict", "-check_ss_sig", "-policy_check", "-attime", str(int(NOW.timestamp()))]


def leaf_plan(name: str) -> CertificatePlan:
    return make_plan(
        DistinguishedName.of(("CN", name)),
        spki(private_key("ECDSA-P256")),
        sans=(AlternativeName.parse(f"DNS:{name}"), AlternativeName.parse("IP:192.0.2.1")),
    )


KNOWN_TO_OPENSSL = [name for name in list_signing_key_types(Use.CA) if not name.startswith("ML-DSA")]
"""Before 3.5 it has no ML-DSA: tests/interop/test_key_types.py has another judge for that."""


@dataclass(frozen=True)
class Files:
    """The hierarchy as PEM files in a folder: root, issuing, good, revoked, outside (of the name constraints), crls."""

    folder: Path

    def write(self, name: str, text: str) -> None:
        (self.folder / f"{name}.pem").write_text(text)

    def path(self, name: str) -> str:
        return str(self.folder / f"{name}.pem")


@pytest.fixture(scope="module", params=KNOWN_TO_OPENSSL)
def files(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Files:
    root = make_root(key_type=request.param)
    constraints = NameConstraints(
        permitted=(
            NameConstraints.subtree("DNS:example.com", "permit"),
            NameConstraints.subtree("IP:192.0.2.0/24", "permit"),
        ),
        excluded=(NameConstraints.subtree("DNS:secret.example.com", "exclude"),),
    )
    issuing = make_subordinate(root, key_type=request.param, name_constraints=constraints)
    files = Files(tmp_path_factory.mktemp("hierarchy"))
    files.write("root", export.encode_certificate_pem(certificate_of(root)))
    files.write("issuing", export.encode_certificate_pem(certificate_of(issuing)))
    for name, host, serial in (
        ("good", "www.example.com", GOOD),
        ("revoked", "old.example.com", REVOKED),
        ("outside", "www.secret.example.com", OUTSIDE),
    ):
        files.write(name, export.encode_certificate_pem(issuing.certify(leaf_plan(host), serial)))
    root_crl = export.encode_crl_pem(root.crl())
    issuing_crl = export.encode_crl_pem(issuing.crl([RevokedEntry(REVOKED, NOW, "keyCompromise", NOW)]))
    files.write("crl-root", root_crl)
    files.write("crl-issuing", issuing_crl)
    files.write("crls", root_crl + issuing_crl)
    files.write("chain", export.encode_chain_pem([certificate_of(issuing), certificate_of(root)]))
    return files


def certificate_of(ctx: Context) -> bytes:
    assert ctx.issuer.certificate_der is not None
    return ctx.issuer.certificate_der


def verify(files: Files, leaf: str, *more: str) -> subprocess.CompletedProcess[str]:
    trust = ["-CAfile", files.path("root"), "-untrusted", files.path("issuing"), "-CRLfile", files.path("crls")]
    command = [*VERIFY, "-crl_check_all", *trust, "-purpose", "sslserver", *more, files.path(leaf)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_openssl_accepts_the_chain_and_both_crls(files: Files) -> None:
    done = verify(files, "good", "-verify_hostname", "www.example.com")
    assert (done.returncode, done.stdout.strip()) == (0, f"{files.path('good')}: OK"), done.stderr


def test_openssl_refuses_the_revoked_one(files: Files) -> None:
    done = verify(files, "revoked")
    assert done.returncode != 0
    assert "certificate revoked" in done.stderr


def test_openssl_refuses_what_the_name_constraints_exclude(files: Files) -> None:
    done = verify(files, "outside")
    assert done.returncode != 0
    assert "excluded subtree violation" in done.stderr


def test_openssl_refuses_another_host_and_a_missing_crl(files: Files) -> None:
    assert "hostname mismatch" in verify(files, "good", "-verify_hostname", "www.example.net").stderr
    missing = [*VERIFY, "-crl_check_all", "-CAfile", files.path("root"), "-untrusted", files.path("issuing")]
    done = subprocess.run([*missing, files.path("good")], capture_output=True, text=True, check=False)
    assert "unable to get certificate CRL" in done.stderr


def crl_check(files: Files, crl: str, issuer: str) -> str:
    command = ["openssl", "crl", "-in", files.path(crl), "-CAfile", files.path(issuer), "-noout"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


def test_openssl_verifies_each_crl_with_its_own_issuer_only(files: Files) -> None:
    assert "verify OK" in crl_check(files, "crl-issuing", "chain")
    assert "verify OK" in crl_check(files, "crl-root", "root")
    assert "verify OK" not in crl_check(files, "crl-issuing", "root")


def certtool(files: Files, leaf: str) -> subprocess.CompletedProcess[str]:
    """GnuTLS checks against today's clock, so it is told which day it is."""
    trust = ["--load-ca-certificate", files.path("root"), "--load-crl", files.path("crls")]
    chain = Path(files.path(leaf)).read_text() + Path(files.path("issuing")).read_text()
    files.write(f"{leaf}-chain", chain)
    return run(["certtool", "--verify", *trust, "--infile", files.path(f"{leaf}-chain")], at=NOW)


def test_certtool_accepts_the_good_one_and_refuses_the_others(files: Files) -> None:
    good, revoked, outside = (certtool(files, leaf) for leaf in ("good", "revoked", "outside"))
    assert good.returncode == 0, good.stdout + good.stderr
    assert revoked.returncode != 0
    assert "revoked" in revoked.stdout
    assert outside.returncode != 0
    assert "constraints" in outside.stdout


def test_a_flipped_bit_is_refused_by_both(files: Files) -> None:
    """The known-bad control: one bit of the signature, not of its last octet, which GnuTLS ignores in Ed448."""
    command = ["openssl", "x509", "-in", files.path("good"), "-outform", "DER"]
    der = subprocess.run(command, capture_output=True, check=True).stdout
    files.write("bad", export.encode_certificate_pem(der[:-20] + bytes((der[-20] ^ 1,)) + der[-19:]))
    assert verify(files, "bad").returncode != 0
    assert certtool(files, "bad").returncode != 0


def test_lint_finds_nothing(files: Files) -> None:
    """Own rules and pkilint, warnings too, on everything above."""
    ders = {
        name: subprocess.run(
            ["openssl", "x509", "-in", files.path(name), "-outform", "DER"], capture_output=True, check=True
        ).stdout
        for name in ("root", "issuing", "good")
    }
    assert lint.lint_certificate(ders["root"], None, full=True) == ()
    assert lint.lint_certificate(ders["issuing"], ders["root"], full=True) == ()
    assert lint.lint_certificate(ders["good"], ders["issuing"], full=True) == ()
    crl = subprocess.run(
        ["openssl", "crl", "-in", files.path("crl-issuing"), "-outform", "DER"], capture_output=True, check=True
    ).stdout
    assert lint.lint_crl(crl, ders["issuing"], full=True) == ()
