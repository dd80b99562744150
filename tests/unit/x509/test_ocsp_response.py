"""Writing OCSP responses: read back by the library's parser, judged by both linters."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from cryptography import x509
from cryptography.x509 import ocsp as library

from pki_manager.domain.errors import LintRefused, Malformed
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509 import lint, verify
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.ocsp import response as ocsp
from pki_manager.x509.ocsp.facts import read_response_facts, read_response_status
from pki_manager.x509.ocsp.response import CertStatus, OcspError
from tests.support.responders import DAY, NOW, ExampleCa, spki


@pytest.mark.parametrize("key_type", ["ECDSA-P256", "Ed25519", "RSA-2048"])
def test_a_response_reads_back_and_verifies_with_every_key_family(key_type: str) -> None:
    ca = ExampleCa(key_type=key_type)
    ca.issue(1000)
    ca.revoke(1001, RevocationReason.KEY_COMPROMISE)
    numbers = (1000, 1001, 1002)

    facts = read_response_facts(ca.sign([ca.single(ca.cert_id(n, "sha256"), n) for n in numbers], b"nonce"))

    assert [(one.serial, one.status) for one in facts.singles] == [
        (1000, CertStatus.GOOD),
        (1001, CertStatus.REVOKED),
        (1002, CertStatus.UNKNOWN),
    ]
    assert all((one.name_hash, one.key_hash) == ca.hashes["sha256"] for one in facts.singles)
    assert all((one.this_update, one.next_update) == (NOW, NOW + DAY) for one in facts.singles)
    assert facts.singles[1].revoked_at == NOW - timedelta(hours=1)
    assert facts.singles[1].reason is RevocationReason.KEY_COMPROMISE
    assert facts.nonce == b"nonce"
    assert facts.produced_at == NOW
    assert facts.algorithm == ca.signer.algorithm.name
    assert facts.certificates == (ca.signer.certificate_der,)
    verify.require_signature(spki(ca.signer_certificate), facts.tbs, facts.signature, ca.signer.algorithm)


def test_rev_19_the_responder_is_named_by_its_own_keys_hash() -> None:
    ca = ExampleCa()
    identifier = library.load_der_ocsp_response(ca.sign([ca.single(ca.cert_id(7), 7)])).responder_key_hash
    expected = ca.signer_certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    assert identifier == expected.value.digest


@pytest.mark.parametrize("reason", RevocationReason)
def test_every_reason_is_told_except_unspecified(reason: RevocationReason) -> None:
    ca = ExampleCa()
    ca.revoke(9, reason)
    (single,) = read_response_facts(ca.sign([ca.single(ca.cert_id(9), 9)])).singles
    assert single.reason == (None if reason is RevocationReason.UNSPECIFIED else reason)


@pytest.mark.parametrize("serial", [1, 127, 128, 255, 256, (1 << 159) - 1])
def test_cert_ids_hold_serial_numbers_of_every_length(serial: int) -> None:
    ca = ExampleCa()
    (single,) = read_response_facts(ca.sign([ca.single(ca.cert_id(serial), serial)])).singles
    assert single.serial == serial


@pytest.mark.parametrize("hash_name", ["sha1", "sha256"])
@pytest.mark.parametrize("nonce", [None, b"0123456789abcdef0123456789abcdef"])
def test_both_linters_find_nothing(hash_name: str, nonce: bytes | None) -> None:
    ca = ExampleCa()
    ca.issue(1000)
    ca.revoke(1001, RevocationReason.SUPERSEDED)
    response = ca.sign([ca.single(ca.cert_id(n, hash_name), n) for n in (1000, 1001, 1002)], nonce)
    assert lint.lint_ocsp(response, full=True) == ()


@pytest.mark.parametrize("fault", [timedelta(0), -2 * DAY])
@pytest.mark.parametrize("length", [1, 8, 32, 128])
def test_no_rule_reads_the_octets_of_serial_numbers_and_nonces(length: int, fault: timedelta) -> None:
    """Live responses of one shape and second are linted once, whether something is found or nothing."""
    ca = ExampleCa()
    shapes = set()
    for octet in (0x01, 0x30, 0x55, 0x7F):
        serials = [int.from_bytes(bytes([octet]) * size, "big") for size in (1, 16, 20)]
        singles = [ca.single(ca.cert_id(serial), serial, NOW + DAY + fault) for serial in serials]
        shapes.add(lint.lint_ocsp(ca.sign(singles, bytes([octet ^ 0xFF]) * length), full=True))
    assert len(shapes) == 1
    assert bool(shapes.pop()) is bool(fault)


def test_the_linters_do_find_a_response_that_ends_before_it_begins() -> None:
    ca = ExampleCa()
    assert lint.lint_ocsp(ca.sign([ca.single(ca.cert_id(1), 1, NOW - DAY)]), full=True)


@pytest.mark.parametrize("key_type", ["ECDSA-P256", "Ed25519", "RSA-2048"])
def test_what_is_linted_ahead_is_what_will_be_signed(key_type: str) -> None:
    ca = ExampleCa(key_type=key_type)
    seen: list[bytes] = []

    def judge(response: bytes) -> tuple[Finding, ...]:
        seen.append(response)
        return lint.lint_ocsp(response, full=True)

    prepared = ocsp.prepare_response([ca.single(ca.cert_id(1), 1)], signer=ca.signer, produced_at=NOW, lint=judge)

    assert [read_response_facts(one).tbs for one in seen] == [prepared.tbs]


def finding(severity: Severity) -> Finding:
    return Finding("ocsp.rule", severity, "RFC 6960", "is wrong", "responses.0")


def test_an_error_of_the_linter_refuses_before_signing() -> None:
    ca = ExampleCa()
    with pytest.raises(LintRefused) as refused:
        ocsp.prepare_response(
            [ca.single(ca.cert_id(1), 1)],
            signer=ca.signer,
            produced_at=NOW,
            lint=lambda _: (finding(Severity.NOTICE), finding(Severity.ERROR)),
        )
    assert [(one.field, one.rule) for one in refused.value.errors] == [("responses.0", "ocsp.rule (RFC 6960)")]


def test_a_warning_of_the_linter_does_not_refuse() -> None:
    ca = ExampleCa()
    assert ocsp.prepare_response(
        [ca.single(ca.cert_id(1), 1)],
        signer=ca.signer,
        produced_at=NOW,
        lint=lambda _: (finding(Severity.WARNING),),
    ).tbs


def test_times_are_told_in_whole_seconds_utc() -> None:
    ca = ExampleCa()
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
    single = replace(ca.single(ca.cert_id(1), 1), this_update=elsewhere + timedelta(microseconds=999_999))
    assert read_response_facts(ca.sign([single])).singles[0].this_update == NOW


@pytest.mark.parametrize("error", OcspError)
def test_error_responses_carry_their_status_and_nothing_else(error: OcspError) -> None:
    response = ocsp.encode_error_response(error)
    assert read_response_status(response) == error
    with pytest.raises(Malformed, match=f"has the status {error.name.lower()}"):
        read_response_facts(response)


@pytest.mark.parametrize("data", [b"", b"\x30\x00", b"\x30\x03\x0a\x01\x07", b"no response"])
def test_what_is_no_response_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed, match="response: is not an OCSP response"):
        read_response_facts(data)
