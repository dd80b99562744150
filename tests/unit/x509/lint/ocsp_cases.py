"""OCSP responses that each rule accepts and must refuse."""

from __future__ import annotations

from tests.unit.x509.lint import objects as o
from tests.unit.x509.lint.cases import Case, case
from tests.unit.x509.lint.objects import CA, LEAF, SIGNER, Ocsp

_OCSP = Ocsp()
_ODD_CRITICAL = o.extension("1.2.3.4", o.NULL, critical=True)


def answers(*responses: bytes) -> Ocsp:
    return _OCSP.but(responses=responses)


def nonce(value: bytes) -> bytes:
    return o.extension("1.3.6.1.5.5.7.48.1.2", o.octets(value))


def cutoff(time: bytes) -> bytes:
    return o.extension("1.3.6.1.5.5.7.48.1.6", time)


OCSP: dict[str, Case] = {
    "response_present": case(_OCSP, Ocsp(basic=False), _OCSP.but(status=1), also=(Ocsp(basic=False, status=3),)),
    "status_defined": case(
        _OCSP, Ocsp(basic=False, status=4), also=tuple(Ocsp(basic=False, status=status) for status in (1, 2, 3, 5, 6))
    ),
    "response_type": case(_OCSP, _OCSP.but(kind="1.3.6.1.5.5.7.48.1.9")),
    "default_not_encoded": case(
        _OCSP,
        _OCSP.but(version=o.tlv(0xA0, o.num(0))),
        _OCSP.but(extensions=o.extension("1.2.3.4", o.NULL, critical=False)),
    ),
    "responder_by_key": case(
        _OCSP, _OCSP.but(responder=o.tlv(0xA1, SIGNER.subject)), _OCSP.but(responder=o.tlv(0xA2, o.octets(b"\1" * 32)))
    ),
    "responses_not_empty": case(_OCSP, answers(), answers(o.single(), o.single())),
    "cert_id_hash_length": case(
        answers(o.single(certificate=o.cert_id(1, "2.16.840.1.101.3.4.2.1", 32))),
        answers(o.single(certificate=o.cert_id(1, "2.16.840.1.101.3.4.2.1", 20))),
        answers(o.single(certificate=o.cert_id(1, "1.2.840.113549.2.5", 16))),
        also=(
            answers(o.single(certificate=o.cert_id(1, "2.16.840.1.101.3.4.2.2", 48))),
            answers(o.single(certificate=o.cert_id(1, "2.16.840.1.101.3.4.2.3", 64))),
        ),
    ),
    "time_form": case(
        _OCSP, _OCSP.but(produced_at=o.generalized("20260301000000.1Z")), answers(o.single(this_update="202603010000Z"))
    ),
    "produced_at": case(_OCSP, _OCSP.but(produced_at=o.generalized("20260228235959Z"))),
    "next_update_present": case(_OCSP, answers(o.single(next_update=None))),
    "update_order": case(_OCSP, answers(o.single(next_update="20260301000000Z"))),
    "revocation_time": case(
        _OCSP,
        answers(o.single(status=o.revoked("20260301000001Z"))),
        also=(answers(o.single(status=o.revoked("20260301000000Z"))),),
    ),
    "revocation_reason": case(
        _OCSP,
        answers(o.single(status=o.revoked("20260201000000Z", 0))),
        answers(o.single(status=o.revoked("20260201000000Z", 8))),
        also=(answers(*(o.single(code, o.revoked("20260201000000Z", code)) for code in (1, 2, 3, 4, 5, 6, 9, 10))),),
    ),
    "extension_unique": case(_OCSP, _OCSP.but(extensions=nonce(b"1") + nonce(b"2"))),
    "extension_not_critical": case(
        _OCSP, _OCSP.but(extensions=_ODD_CRITICAL), answers(o.single(extensions=_ODD_CRITICAL))
    ),
    "nonce_length": case(
        _OCSP.but(extensions=nonce(b"\1" * 32)),
        _OCSP.but(extensions=nonce(b"")),
        _OCSP.but(extensions=nonce(b"\1" * 129)),
        also=(_OCSP.but(extensions=nonce(b"1")), _OCSP.but(extensions=nonce(b"1" * 128))),
    ),
    "signature_algorithm_strength": case(_OCSP, _OCSP.but(algorithm=o.RSA_SHA1)),
    "signature_algorithm_parameters": case(_OCSP, _OCSP.but(algorithm=o.RSA_SHA256_BARE)),
    "signer_included": case(
        _OCSP,
        _OCSP.but(certificates=(LEAF.der(),)),
        _OCSP.but(certificates=()),
        also=(_OCSP.but(certificates=None), Ocsp(basic=False, status=3)),
    ),
    "signer_purpose": case(
        _OCSP,
        _OCSP.but(certificates=(SIGNER.but(purposes=o.purposes(o.SERVER_AUTH)).der(),)),
        _OCSP.but(certificates=(SIGNER.but(nocheck=None).der(),)),
        also=(
            _OCSP.but(responder=o.tlv(0xA2, o.octets(o.CA_ID)), certificates=(CA.der(),)),
            _OCSP.but(certificates=(LEAF.der(),)),
            Ocsp(basic=False, status=3),
        ),
    ),
    "signer_valid": case(
        _OCSP,
        _OCSP.but(certificates=(SIGNER.but(not_after=o.utc("260201000000Z")).der(),)),
        _OCSP.but(certificates=(SIGNER.but(not_before=o.utc("260302000000Z")).der(),)),
        also=(
            _OCSP.but(produced_at=o.generalized("20260401000000Z")),
            _OCSP.but(produced_at=o.generalized("20260101000000Z")),
            _OCSP.but(certificates=(LEAF.der(),)),
            Ocsp(basic=False, status=3),
        ),
    ),
    "signature_algorithm_fits_signer": case(
        _OCSP, _OCSP.but(algorithm=o.RSA_SHA256), also=(_OCSP.but(certificates=None), _OCSP.but(certificates=()))
    ),
    "archive_cutoff": case(
        answers(o.single(extensions=cutoff(o.generalized("20250101000000Z")))),
        answers(o.single(extensions=cutoff(o.generalized("20260301000001Z")))),
        answers(o.single(extensions=cutoff(o.generalized("202503010000Z")))),
        answers(o.single(extensions=cutoff(o.utc("250101000000Z")))),
    ),
    "extended_revoke": case(
        _OCSP.but(extensions=o.extension("1.3.6.1.5.5.7.48.1.9", o.NULL)),
        _OCSP.but(extensions=o.extension("1.3.6.1.5.5.7.48.1.9", b"")),
    ),
}
