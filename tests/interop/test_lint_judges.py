"""The judges from outside accept what the product builds, and each refuses an object that is known to be bad.

A judge that lets its known-bad object through is worth nothing, whatever it says of ours.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from pki_manager.domain.names import AlternativeName, DistinguishedName
from pki_manager.domain.plan import CertificatePlan
from pki_manager.domain.revocation import RevokedEntry
from pki_manager.x509 import export
from tests.judges import gnutls, java_pkix, openssl, pkilint, services, zlint
from tests.judges.excuses import CA, CRL, EXCUSES, LEAF, OCSP, unexcused
from tests.judges.findings import JudgeFinding
from tests.support.hierarchies import NOW, Context, make_plan, make_root, make_subordinate, private_key, spki
from tests.unit.x509.lint import objects as o

HOST = "www.example.com"
GOOD, REVOKED = (1 << 126) + 100, (1 << 126) + 101
LATER = NOW + timedelta(minutes=5)
Chain = tuple[Path, list[Path], Path, list[Path]]


@dataclass(frozen=True)
class Files:
    """A hierarchy as PEM files; responses are DER."""

    folder: Path
    root: Context
    issuing: Context

    def path(self, name: str) -> Path:
        return self.folder / name

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.path(name)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def chain(self, leaf: str, crls: tuple[str, ...] = ("issuing.crl", "root.crl")) -> Chain:
        return self.path(leaf), [self.path("issuing")], self.path("root"), [self.path(crl) for crl in crls]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    root = make_root()
    files = Files(tmp_path_factory.mktemp("judged"), root, make_subordinate(root))
    files.write("root", export.encode_certificate_pem(certificate_of(root)))
    files.write("issuing", export.encode_certificate_pem(certificate_of(files.issuing)))
    for name, serial in (("good", GOOD), ("revoked", REVOKED)):
        files.write(name, export.encode_certificate_pem(files.issuing.certify(leaf_plan(), serial)))
    files.write("root.crl", export.encode_crl_pem(root.crl()))
    entries = [RevokedEntry(REVOKED, NOW, "keyCompromise", NOW)]
    files.write("issuing.crl", export.encode_crl_pem(files.issuing.crl(entries)))
    good = pem_to_der(files.path("good"))
    files.write("flipped", export.encode_certificate_pem(good[:-1] + bytes((good[-1] ^ 1,))))
    return files


def leaf_plan(**changes: object) -> CertificatePlan:
    sans = (AlternativeName.parse(f"DNS:{HOST}"),)
    return make_plan(DistinguishedName.of(("CN", HOST)), spki(private_key("ECDSA-P256")), sans=sans, **changes)


def certificate_of(ctx: Context) -> bytes:
    assert ctx.issuer.certificate_der is not None
    return ctx.issuer.certificate_der


def pem_to_der(path: Path) -> bytes:
    return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(serialization.Encoding.DER)


def response(
    files: Files,
    leaf: str,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    next_update: datetime = NOW + timedelta(days=1),
) -> bytes:
    """An answer by the issuing CA itself."""
    issuer = x509.load_der_x509_certificate(certificate_of(files.issuing))
    revoked = status is ocsp.OCSPCertStatus.REVOKED
    built = ocsp.OCSPResponseBuilder().add_response(
        cert=x509.load_pem_x509_certificate(files.path(leaf).read_bytes()),
        issuer=issuer,
        algorithm=hashes.SHA1(),
        cert_status=status,
        this_update=NOW,
        next_update=next_update,
        revocation_time=NOW if revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if revoked else None,
    )
    signed = built.responder_id(ocsp.OCSPResponderEncoding.HASH, issuer).sign(files.issuing.key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def lints(findings: list[JudgeFinding]) -> set[str]:
    return {finding.lint for finding in findings}


PATH_JUDGES = {"openssl": openssl.verify, "gnutls": gnutls.verify, "java": java_pkix.verify}


@pytest.mark.parametrize("judge", PATH_JUDGES)
def test_a_judge_of_paths_accepts_ours(files: Files, judge: str) -> None:
    assert PATH_JUDGES[judge](*files.chain("good"), at=LATER) == "ok"


@pytest.mark.parametrize("judge", PATH_JUDGES)
def test_a_judge_of_paths_refuses_a_revoked_certificate(files: Files, judge: str) -> None:
    assert PATH_JUDGES[judge](*files.chain("revoked"), at=LATER) == "revoked"


@pytest.mark.parametrize("judge", PATH_JUDGES)
def test_a_judge_of_paths_refuses_a_flipped_bit(files: Files, judge: str) -> None:
    assert PATH_JUDGES[judge](*files.chain("flipped"), at=LATER) not in ("ok", "revoked")


@pytest.mark.parametrize("judge", PATH_JUDGES)
@pytest.mark.parametrize("crls", [(), ("issuing.crl",), ("root.crl",)], ids=["none", "no root", "no issuing"])
def test_a_judge_of_paths_refuses_a_missing_crl(files: Files, judge: str, crls: tuple[str, ...]) -> None:
    assert PATH_JUDGES[judge](*files.chain("good", crls), at=LATER) not in ("ok", "revoked")


@pytest.mark.parametrize("judge", PATH_JUDGES)
def test_a_judge_of_paths_refuses_an_expired_certificate(files: Files, judge: str) -> None:
    assert PATH_JUDGES[judge](*files.chain("good"), at=NOW + timedelta(days=91)) not in ("ok", "revoked")


def test_openssl_refuses_another_host_and_another_purpose(files: Files) -> None:
    assert openssl.verify(*files.chain("good"), hostname=HOST, at=LATER) == "ok"
    assert openssl.verify(*files.chain("good"), hostname="www.example.net", at=LATER) == "hostname mismatch"
    purpose = openssl.verify(*files.chain("good"), purpose="sslclient", at=LATER)
    assert purpose in ("unsupported certificate purpose", "unsuitable certificate purpose")


def test_openssl_accepts_a_crl_under_its_issuer_only(files: Files) -> None:
    assert openssl.crl(files.path("issuing.crl"), files.path("issuing")) == "ok"
    assert openssl.crl(files.path("issuing.crl"), files.path("root")) != "ok"


def test_openssl_tells_the_answers_of_ocsp_apart(files: Files, tmp_path: Path) -> None:
    leaf, (issuing,), root, _ = files.chain("good")
    stored = tmp_path / "response.der"
    stored.write_bytes(response(files, "good"))
    good = openssl.ocsp_response(leaf, issuing, root, stored, at=LATER)
    assert (good.status, good.reason, good.this_update, good.next_update) == (
        "good",
        None,
        NOW,
        NOW + timedelta(days=1),
    )
    stored.write_bytes(response(files, "good", ocsp.OCSPCertStatus.REVOKED))
    revoked = openssl.ocsp_response(leaf, issuing, root, stored, at=LATER)
    assert (revoked.status, revoked.reason, revoked.revoked_at) == ("revoked", "keyCompromise", NOW)
    stored.write_bytes(response(files, "good", ocsp.OCSPCertStatus.UNKNOWN))
    assert openssl.ocsp_response(leaf, issuing, root, stored, at=LATER).status == "unknown"


def test_openssl_believes_no_ocsp_answer_that_is_forged_old_or_about_another(files: Files, tmp_path: Path) -> None:
    leaf, (issuing,), root, _ = files.chain("good")
    right = response(files, "good")
    stored = tmp_path / "response.der"
    statuses = ("good", "revoked", "unknown")
    for wrong in (right[:-1] + bytes((right[-1] ^ 1,)), response(files, "revoked"), b"\x30\x03\x0a\x01\x06", b"junk"):
        stored.write_bytes(wrong)
        assert openssl.ocsp_response(leaf, issuing, root, stored, at=LATER).status not in statuses
    stored.write_bytes(right)
    assert openssl.ocsp_response(leaf, issuing, root, stored, at=NOW + timedelta(days=2)).status not in statuses


@pytest.fixture
def responder(files: Files) -> Iterator[str]:
    """Answers everything with one stored response, which openssl judges by the machine's own clock."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/ocsp-response")
            self.end_headers()
            self.wfile.write(b"\x30\x03\x0a\x01\x03")

        def log_message(self, *arguments: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/ocsp"
        server.shutdown()


def test_openssl_asks_over_http_and_reports_what_is_no_answer(files: Files, responder: str) -> None:
    leaf, (issuing,), root, _ = files.chain("good")
    assert "trylater (3)" in openssl.ocsp(leaf, issuing, root, responder).status
    assert openssl.ocsp(leaf, issuing, root, "http://127.0.0.1:1/").status not in ("good", "revoked", "unknown")


def test_the_linters_have_nothing_against_ours(files: Files, tmp_path: Path) -> None:
    for name, issuer in (("good", "issuing"), ("issuing", "root"), ("root", None)):
        assert pkilint.certificate(files.path(name), files.path(issuer) if issuer else None) == []
        assert zlint.certificate(files.path(name)) == []
    for name in ("issuing.crl", "root.crl"):
        assert pkilint.crl(files.path(name), of_root=name == "root.crl") == []
        assert zlint.crl(files.path(name)) == []
    answer = tmp_path / "response.der"
    answer.write_bytes(response(files, "good"))
    assert pkilint.ocsp(answer) == []
    assert zlint.ocsp(answer) == []


def test_the_linters_refuse_a_certificate_that_is_known_bad(files: Files) -> None:
    plan = leaf_plan(key_usage=("digitalSignature", "keyCertSign"))
    path = files.write("bad", export.encode_certificate_pem(files.issuing.certify(plan, GOOD)))
    assert "pkix.ee_certificate_keycertsign_keyusage_set" in lints(pkilint.certificate(path))
    assert "e_sub_cert_key_usage_cert_sign_bit_set" in lints(zlint.certificate(path))


def test_pkilint_refuses_a_pair_that_does_not_belong_together(files: Files) -> None:
    flipped = lints(pkilint.certificate(files.path("flipped"), files.path("issuing")))
    assert flipped == {"pkix.signature_verification_failed"}
    wrong = lints(pkilint.certificate(files.path("good"), files.path("root")))
    assert {"pkix.signature_verification_failed", "pkix.issuer_and_subject_key_identifier_not_equal"} <= wrong


def test_the_linters_refuse_a_crl_that_is_known_bad(files: Files) -> None:
    path = files.write("bad.crl", export.encode_crl_pem(o.Crl(entries=()).but(number=None).der()))
    assert pkilint.crl(path) != []
    assert zlint.crl(path) != []


def test_the_linters_refuse_an_ocsp_response_that_is_known_bad(files: Files, tmp_path: Path) -> None:
    path = tmp_path / "bad.der"
    path.write_bytes(response(files, "good", next_update=NOW - timedelta(days=1)))
    assert "pkix.ocsp_negative_validity_period" in lints(pkilint.ocsp(path))
    path.write_bytes(o.Ocsp(algorithm=o.RSA_SHA256_BARE, responses=(o.single(),), certificates=None).der())
    assert "e_ocsp_rsa_signature_encoding_correct" in lints(zlint.ocsp(path))


@pytest.mark.parametrize("content", [b"", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_linter_that_cannot_read_does_not_acquit(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "unreadable"
    path.write_bytes(content)
    for judge in (pkilint.certificate, pkilint.crl, pkilint.ocsp, zlint.certificate, zlint.crl, zlint.ocsp):
        assert "unreadable" in lints(judge(path))


def test_an_excuse_covers_its_own_lint_kind_and_words_only() -> None:
    excused = JudgeFinding("zlint", "e_sub_cert_certificate_policies_missing", "error")
    assert unexcused([excused], LEAF) == []
    assert unexcused([excused], CA) == [excused]
    other = JudgeFinding("pkilint", "pkix.invalid_uri_syntax", "error", 'Invalid URI syntax: "http:/x"')
    local = JudgeFinding("pkilint", "pkix.invalid_uri_syntax", "error", 'Invalid URI syntax: "http://localhost:1/a"')
    assert unexcused([other, local], LEAF) == [other]


def test_every_excuse_says_why() -> None:
    assert all(excuse.reason.endswith(".") and set(excuse.applies_to) <= {LEAF, CA, CRL, OCSP} for excuse in EXCUSES)
    assert len({(excuse.judge, excuse.lint, excuse.message) for excuse in EXCUSES}) == len(EXCUSES)


def test_a_missing_judge_skips_by_name_and_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-judge is not installed"):
        services.require("no-such-judge")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no-such-judge is not installed"):
        services.require("no-such-judge")
