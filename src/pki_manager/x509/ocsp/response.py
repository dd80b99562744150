"""OCSP responses (RFC 6960 §4.2), encoded without a builder.

The builder of pyca/cryptography signs each response that it builds. The functions here copy the CertIDs of the request,
combine several in one response, and encode a response in microseconds, so that thousands can be pre-signed. The steps
are those of certificates: `prepare_response`, sign, verify, `assemble`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from functools import lru_cache
from hashlib import sha1, sha256

from pki_manager.domain.algorithms import KeyFamily, SignatureAlgorithm
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509.asn1 import der
from pki_manager.x509.keys import read_public_key_bits
from pki_manager.x509.ocsp.request import HASH_OIDS, encode_nonce_extensions
from pki_manager.x509.prepare import Lint, Prepared, require_no_errors
from pki_manager.x509.signer_key import encode_algorithm_identifier

_BASIC = der.oid("1.3.6.1.5.5.7.48.1.1")
_NULL = b"\x05\x00"
_GENERALIZED_TIME = 0x18
_CONTEXT_0, _CONTEXT_1, _CONTEXT_2 = 0xA0, 0xA1, 0xA2
_GOOD, _UNKNOWN = b"\x80\x00", b"\x82\x00"


def compute_issuer_hashes(name_der: bytes, spki_der: bytes) -> dict[str, tuple[bytes, bytes]]:
    """Return issuerNameHash and issuerKeyHash of an issuer key, by name of the hash.

    `name_der` is the issuer's subject Name; `spki_der` is its SubjectPublicKeyInfo, of which the key bits are hashed.
    The SHA-1 key hash of a signer is also ResponderID byKey (RFC 6960 §4.2.1).
    """
    bits = read_public_key_bits(spki_der)
    return {
        "sha1": (sha1(name_der, usedforsecurity=False).digest(), sha1(bits, usedforsecurity=False).digest()),
        "sha256": (sha256(name_der).digest(), sha256(bits).digest()),
    }


def encode_cert_id_prefix(hash_name: str, name_hash: bytes, key_hash: bytes) -> bytes:
    """Return the part that all CertIDs of an issuer key share. `encode_cert_id` completes it."""
    return b"".join(
        (
            der.encode_sequence(HASH_OIDS[hash_name], _NULL),
            der.encode(der.OCTET_STRING, name_hash),
            der.encode(der.OCTET_STRING, key_hash),
        )
    )


def encode_cert_id(prefix: bytes, serial: int) -> bytes:
    """Return the CertID (DER) of one serial number."""
    return der.encode_sequence(prefix, der.integer(serial))


class CertStatus(StrEnum):
    """The values of certificate status in OCSP."""

    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleStatus:
    """A SingleResponse (RFC 6960 §4.2.1). `cert_id` is the CertID (DER); times are UTC, to the second.

    `revoked_at` and `reason` are set if `status` is revoked. The reason unspecified is omitted, as in CRLs.
    """

    cert_id: bytes
    status: CertStatus
    this_update: datetime
    next_update: datetime
    revoked_at: datetime | None = None
    reason: RevocationReason | None = None


@dataclass(frozen=True, slots=True)
class OcspSigner:
    """A delegated OCSP signer. `key_hash` is the SHA-1 hash of its key (ResponderID byKey).

    `spki_der` is its SubjectPublicKeyInfo and `certificate_der` its certificate.
    """

    algorithm: SignatureAlgorithm
    spki_der: bytes
    key_hash: bytes
    certificate_der: bytes


def prepare_response(
    singles: Sequence[SingleStatus],
    *,
    signer: OcspSigner,
    produced_at: datetime,
    lint: Lint,
    nonce: bytes | None = None,
    like: Prepared | None = None,
) -> Prepared:
    """Encode the ResponseData (DER) for the signer's key to sign, and lint the whole response first.

    `lint` gets the response with a placeholder for the signature. If `like` is a prepared response that differs only in
    octets of serial numbers and of the nonce, which no rule reads, its findings are used and `lint` is not called.
    Raises LintRefused if there is an error among the findings.
    """
    tbs = _response_data(singles, signer.key_hash, produced_at, nonce)
    findings = lint(assemble(tbs, signer, _placeholder(signer.algorithm))) if like is None else like.findings
    return require_no_errors(tbs, signer.algorithm, signer.spki_der, findings)


def _response_data(
    singles: Sequence[SingleStatus], key_hash: bytes, produced_at: datetime, nonce: bytes | None
) -> bytes:
    parts = [
        der.encode(_CONTEXT_2, der.encode(der.OCTET_STRING, key_hash)),
        _time(produced_at),
        der.encode_sequence(*map(_single, singles)),
    ]
    if nonce is not None:
        parts.append(encode_nonce_extensions(_CONTEXT_1, nonce))
    return der.encode_sequence(*parts)


def _single(single: SingleStatus) -> bytes:
    next_update = der.encode(_CONTEXT_0, _time(single.next_update))
    return der.encode_sequence(single.cert_id, _status(single), _time(single.this_update), next_update)


def _status(single: SingleStatus) -> bytes:
    if single.revoked_at is None:
        return _GOOD if single.status is CertStatus.GOOD else _UNKNOWN
    parts = [_time(single.revoked_at)]
    if single.reason is not None and single.reason is not RevocationReason.UNSPECIFIED:
        parts.append(der.encode(_CONTEXT_0, der.encode(der.ENUMERATED, bytes((single.reason.crl_code,)))))
    return der.encode(_CONTEXT_1, *parts)


@lru_cache(maxsize=64)
def _time(moment: datetime) -> bytes:
    """Return a GeneralizedTime to the second (RFC 5280 §4.1.2.5.2). Cached: responses of a batch share times."""
    return der.encode(_GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def _placeholder(algorithm: SignatureAlgorithm) -> bytes:
    """Return octets that have the form of a signature but are valid under no key, because lint checks only the form."""
    if algorithm.family is KeyFamily.EC:
        return der.encode_sequence(der.integer(1), der.integer(1))
    return bytes(algorithm.octets or 256)


def assemble(tbs: bytes, signer: OcspSigner, signature: bytes) -> bytes:
    """Return a successful OCSPResponse (DER) with a signed ResponseData. Verify the signature before calling this."""
    included = _included(signer.certificate_der)
    signed = der.encode_sequence(
        tbs, encode_algorithm_identifier(signer.algorithm), der.bit_string(signature), included
    )
    basic = der.encode(der.OCTET_STRING, signed)
    return der.encode_sequence(b"\x0a\x01\x00", der.encode(_CONTEXT_0, der.encode_sequence(_BASIC, basic)))


@lru_cache(maxsize=64)
def _included(certificate_der: bytes) -> bytes:
    """Return `certs` of a BasicOCSPResponse. Cached, because all responses of a signer contain the same certificate."""
    return der.encode(_CONTEXT_0, der.encode_sequence(certificate_der))


class OcspError(IntEnum):
    """The values of OCSPResponseStatus other than successful (RFC 6960 §4.2.1)."""

    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    UNAUTHORIZED = 6


_ERRORS = {error: bytes((0x30, 0x03, 0x0A, 0x01, error)) for error in OcspError}


def encode_error_response(error: OcspError) -> bytes:
    """Return an OCSPResponse (DER) with only an error status: five octets, unsigned."""
    return _ERRORS[error]
