"""OCSP requests and responses (RFC 6960): read strictly, written by hand.

The library's reader knows requests with one CertID only, and its builder signs what it builds; here a responder echoes
the CertIDs that it was asked about, answers several in one response, and encodes a response in microseconds so that
thousands can be made ahead. The road is the one of certificates: `prepare_response` → sign → verify → `assemble`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from functools import lru_cache
from hashlib import sha1, sha256

from pki_manager.domain.algorithms import KeyFamily, SignatureAlgorithm
from pki_manager.domain.errors import FieldError, LintRefused, Malformed, TooLarge
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509 import der
from pki_manager.x509.keys import public_key_bits
from pki_manager.x509.lint.finding import Finding, Severity
from pki_manager.x509.signer_key import algorithm_identifier

MAX_REQUEST_OCTETS = 64 * 1024
MAX_CERT_IDS = 20
MAX_NONCE_OCTETS = 128
MAX_SERIAL_OCTETS = 20

NONCE = "1.3.6.1.5.5.7.48.1.2"
_BASIC = der.oid("1.3.6.1.5.5.7.48.1.1")
# Acceptable response types, service locator, preferred signature algorithms: hints that we may ignore, critical or not.
_UNDERSTOOD = frozenset({NONCE, "1.3.6.1.5.5.7.48.1.4", "1.3.6.1.5.5.7.48.1.7", "1.3.6.1.5.5.7.48.1.8"})
_HASHES = {"1.3.14.3.2.26": "sha1", "2.16.840.1.101.3.4.2.1": "sha256"}
_HASH_OIDS = {name: der.oid(dotted) for dotted, name in _HASHES.items()}

_NULL = b"\x05\x00"
_USUAL_HASHES = {
    der.encode_sequence(_HASH_OIDS[name], parameters): (name, octets)
    for name, octets in (("sha1", 20), ("sha256", 32))
    for parameters in (_NULL, b"")
}
_CRITICAL = b"\x01\x01\xff"
_GENERALIZED_TIME = 0x18
_CONTEXT_0, _CONTEXT_1, _CONTEXT_2 = 0xA0, 0xA1, 0xA2
_GOOD, _UNKNOWN = b"\x80\x00", b"\x82\x00"


@dataclass(frozen=True, slots=True)
class CertId:
    """CertID (RFC 6960 §4.1.1). `hash_name` is `sha1`, `sha256`, or None for a hash that no issuer of ours is known by.

    `der` are the octets as they were received, to be echoed.
    """

    hash_name: str | None
    name_hash: bytes
    key_hash: bytes
    serial: int
    der: bytes


@dataclass(frozen=True, slots=True)
class OcspRequest:
    """At least one CertID; `nonce` is the value inside the extension (RFC 9654), None when there was no extension."""

    cert_ids: tuple[CertId, ...]
    nonce: bytes | None


def parse_request(data: bytes) -> OcspRequest:
    """Read an OCSPRequest (DER). The requestor's name and signature are ignored.

    TooLarge over MAX_REQUEST_OCTETS. Malformed for everything else that is wrong: not strict DER, more than
    MAX_CERT_IDS CertIDs, a serial number that is negative or over 20 octets (RFC 5280 §4.1.2.2), a nonce outside 1 to
    128 octets (RFC 9654 §2.1), a critical extension that we do not know (RFC 6960 §4.1.2).
    """
    if len(data) > MAX_REQUEST_OCTETS:
        raise TooLarge.of("request", "ocsp.size", f"more than {MAX_REQUEST_OCTETS} octets")
    usual = _usual_request(data)
    if usual is not None:
        return usual
    der.require_der(data, "request")
    outer = _Fields(data)
    tbs = _Fields(outer.take(der.SEQUENCE))
    outer.optional(_CONTEXT_0)
    outer.end()
    version = tbs.optional(_CONTEXT_0)
    # DER leaves the default out; old clients write it, and it means the same.
    if version is not None and version != b"\xa0\x03\x02\x01\x00":
        raise Malformed.of("request", "ocsp.version", "only version 1 exists")
    tbs.optional(_CONTEXT_1)
    entries = der.children(tbs.take(der.SEQUENCE))
    extensions = _extensions(tbs.optional(_CONTEXT_2))
    tbs.end()
    if not 1 <= len(entries) <= MAX_CERT_IDS:
        raise Malformed.of("request", "ocsp.count", f"there are 1 to {MAX_CERT_IDS} certificates in a request")
    return OcspRequest(tuple(_entry(entry) for entry in entries), _nonce(extensions.get(NONCE)))


def _nonce_extensions(tag: int, nonce: bytes) -> bytes:
    """Extensions under that tag, with nothing but a nonce."""
    value = der.encode(der.OCTET_STRING, der.encode(der.OCTET_STRING, nonce))
    return der.encode(tag, der.encode_sequence(der.encode_sequence(der.oid(NONCE), value)))


def _openings() -> Iterator[tuple[int, bytes]]:
    """By the length of an OCSPRequest: what stands before its requestList."""
    for octets in range(56, 256):
        whole = der.encode_sequence(der.encode_sequence(bytes(octets)))
        yield len(whole), whole[:-octets]


def _nonce_openings() -> Iterator[tuple[int, bytes]]:
    """By the length of requestExtensions that are a nonce: what stands before its octets."""
    for octets in range(1, 101):
        whole = _nonce_extensions(_CONTEXT_2, bytes(octets))
        yield len(whole), whole[:-octets]


_OPENINGS = dict(_openings())
_NONCE_OPENINGS = dict(_nonce_openings())
# By the length of a requestList: its header and that of its only Request, whose only content is a CertID.
_LISTS = {size: bytes((0x30, size - 2, 0x30, size - 4)) for size in range(56, 128)}


def _usual_request(data: bytes) -> OcspRequest | None:
    """What nearly everybody sends, one CertID with a nonce or without, read by its fixed places. None for others."""
    opening = _OPENINGS.get(len(data))
    if opening is None or not data.startswith(opening):
        return None
    at = len(opening)
    end = at + 2 + data[at + 1]
    if end > len(data) or data[at : at + 4] != _LISTS.get(end - at):
        return None
    cert_id = _usual_cert_id(data[at + 4 : end])
    if cert_id is None:
        return None
    if end == len(data):
        return OcspRequest((cert_id,), None)
    opening = _NONCE_OPENINGS.get(len(data) - end)
    if opening is None or not data.startswith(opening, end):
        return None
    return OcspRequest((cert_id,), data[end + len(opening) :])


def _usual_cert_id(raw: bytes) -> CertId | None:
    size = len(raw)
    width = raw[3] + 4
    hash_name, octets = _USUAL_HASHES.get(raw[2:width], ("", 0))
    key, serial = width + 2 + octets, width + 4 + 2 * octets
    header = b"\x04" + bytes((octets,))
    if not hash_name or raw[width : width + 2] != header or raw[key : key + 2] != header or size < serial + 3:
        return None
    if raw[:2] != bytes((0x30, size - 2)) or raw[serial : serial + 2] != bytes((0x02, size - serial - 2)):
        return None
    return CertId(hash_name, raw[width + 2 : key], raw[key + 2 : serial], _serial(raw[serial + 2 :]), raw)


class _Fields:
    """The fields of a SEQUENCE in order; whatever does not fit is Malformed."""

    __slots__ = ("_left",)

    def __init__(self, element: bytes, tag: int = der.SEQUENCE) -> None:
        if element[0] != tag:
            raise _unexpected()
        self._left = der.children(element)[::-1]

    def take(self, tag: int) -> bytes:
        element = self.optional(tag)
        if element is None:
            raise _unexpected()
        return element

    def optional(self, tag: int) -> bytes | None:
        return self._left.pop() if self._left and self._left[-1][0] == tag else None

    def end(self) -> None:
        if self._left:
            raise _unexpected()


def _unexpected() -> Malformed:
    message = "is not the OCSPRequest of RFC 6960 §4.1.1"
    return Malformed(f"request {message}", errors=(FieldError("request", "ocsp.structure", message),))


def _entry(element: bytes) -> CertId:
    """Of a Request ::= SEQUENCE { reqCert CertID, singleRequestExtensions [0] EXPLICIT Extensions OPTIONAL }."""
    fields = _Fields(element)
    raw = fields.take(der.SEQUENCE)
    _extensions(fields.optional(_CONTEXT_0))
    fields.end()
    cert_id = _Fields(raw)
    algorithm = _Fields(cert_id.take(der.SEQUENCE))
    hash_oid = der.dotted(algorithm.take(der.OID), "request")
    hash_name = _HASHES.get(hash_oid)
    if hash_name is not None:
        algorithm.optional(der.NULL)
        algorithm.end()
    name_hash = der.content(cert_id.take(der.OCTET_STRING))
    key_hash = der.content(cert_id.take(der.OCTET_STRING))
    serial = _serial(der.content(cert_id.take(der.INTEGER)))
    cert_id.end()
    return CertId(hash_name, name_hash, key_hash, serial, raw)


def _serial(octets: bytes) -> int:
    if not 1 <= len(octets) <= MAX_SERIAL_OCTETS or octets[0] & 0x80:
        raise Malformed.of("request", "ocsp.serial", "a serial number is positive and has at most 20 octets")
    if len(octets) > 1 and octets[0] == 0 and not octets[1] & 0x80:
        raise Malformed.of("request", "der.integer", "an INTEGER is not in its shortest form")
    return int.from_bytes(octets, "big")


def _extensions(element: bytes | None) -> dict[str, bytes]:
    """extnValue contents by OID, out of an explicitly tagged Extensions (RFC 5280 §4.1)."""
    if element is None:
        return {}
    outer = _Fields(element, element[0])
    found: dict[str, bytes] = {}
    for extension in der.children(outer.take(der.SEQUENCE)):
        fields = _Fields(extension)
        oid = der.dotted(fields.take(der.OID), "request")
        critical = fields.optional(der.BOOLEAN)
        value = der.content(fields.take(der.OCTET_STRING))
        fields.end()
        if critical == _CRITICAL and oid not in _UNDERSTOOD:
            raise Malformed.of("request", "ocsp.critical", f"critical extension {oid} is not understood")
        if oid in found:
            raise Malformed.of("request", "ocsp.extension", f"extension {oid} stands twice")
        found[oid] = value
    outer.end()
    return found


def _nonce(value: bytes | None) -> bytes | None:
    """Nonce ::= OCTET STRING (SIZE (1..128)), RFC 9654 §2.1."""
    if value is None:
        return None
    der.require_der(value, "nonce")
    if value[0] != der.OCTET_STRING:
        raise Malformed.of("nonce", "ocsp.nonce", "is not an OCTET STRING")
    nonce = der.content(value)
    if not 1 <= len(nonce) <= MAX_NONCE_OCTETS:
        raise Malformed.of("nonce", "ocsp.nonce", f"has 1 to {MAX_NONCE_OCTETS} octets")
    return nonce


def issuer_hashes(name_der: bytes, spki_der: bytes) -> dict[str, tuple[bytes, bytes]]:
    """(issuerNameHash, issuerKeyHash) of an issuer key by hash name; the key's bits come without tag and padding count.

    `name_der` is the issuer's subject Name, `spki_der` its SubjectPublicKeyInfo. The SHA-1 key hash is also what
    ResponderID byKey holds when the key is a signer's (RFC 6960 §4.2.1).
    """
    bits = public_key_bits(spki_der)
    return {
        "sha1": (sha1(name_der, usedforsecurity=False).digest(), sha1(bits, usedforsecurity=False).digest()),
        "sha256": (sha256(name_der).digest(), sha256(bits).digest()),
    }


def cert_id_prefix(hash_name: str, name_hash: bytes, key_hash: bytes) -> bytes:
    """What all CertIDs of an issuer key share; encode it once and complete it with `cert_id`."""
    return b"".join(
        (
            der.encode_sequence(_HASH_OIDS[hash_name], _NULL),
            der.encode(der.OCTET_STRING, name_hash),
            der.encode(der.OCTET_STRING, key_hash),
        )
    )


def cert_id(prefix: bytes, serial: int) -> bytes:
    """CertID (DER) of one serial number."""
    return der.encode_sequence(prefix, der.integer(serial))


class CertStatus(StrEnum):
    GOOD = "good"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleStatus:
    """SingleResponse (RFC 6960 §4.2.1). `cert_id` is the CertID in DER; times to the second, UTC.

    `revoked_at` stands exactly where `status` is revoked; `reason` only there. Unspecified is left out, as in CRLs.
    """

    cert_id: bytes
    status: CertStatus
    this_update: datetime
    next_update: datetime
    revoked_at: datetime | None = None
    reason: RevocationReason | None = None


@dataclass(frozen=True, slots=True)
class OcspSigner:
    """Who signs: the algorithm, the SHA-1 hash of the key (ResponderID byKey), the delegated certificate (DER)."""

    algorithm: SignatureAlgorithm
    key_hash: bytes
    certificate_der: bytes


@dataclass(frozen=True, slots=True)
class PreparedResponse:
    """A linted ResponseData (`tbs`, DER) and who must sign it."""

    tbs: bytes
    signer: OcspSigner

    def assemble(self, signature: bytes) -> bytes:
        """The OCSPResponse (DER) with that signature over `tbs`; verify the signature first."""
        return assemble(self.tbs, self.signer.algorithm, signature, (self.signer.certificate_der,))


def prepare_response(
    singles: Sequence[SingleStatus],
    *,
    signer: OcspSigner,
    produced_at: datetime,
    nonce: bytes | None = None,
    lint: Callable[[bytes], Sequence[Finding]] | None = None,
) -> PreparedResponse:
    """Encode what is to be signed, and have it judged before the real key sees it.

    `lint` gets the whole response with a placeholder for a signature; LintRefused when it finds an error. Without
    `lint` nothing is judged: for the rest of a batch whose first responses were.
    """
    prepared = PreparedResponse(_response_data(singles, signer.key_hash, produced_at, nonce), signer)
    findings = lint(prepared.assemble(_placeholder(signer.algorithm))) if lint is not None else ()
    broken = [finding for finding in findings if finding.severity is Severity.ERROR]
    if broken:
        errors = tuple(FieldError(finding.where, finding.rule, finding.message) for finding in broken)
        raise LintRefused("the OCSP response would break a rule", errors=errors)
    return prepared


def _response_data(
    singles: Sequence[SingleStatus], key_hash: bytes, produced_at: datetime, nonce: bytes | None
) -> bytes:
    parts = [
        der.encode(_CONTEXT_2, der.encode(der.OCTET_STRING, key_hash)),
        _time(produced_at),
        der.encode_sequence(*map(_single, singles)),
    ]
    if nonce is not None:
        parts.append(_nonce_extensions(_CONTEXT_1, nonce))
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
    """GeneralizedTime to the second (RFC 5280 §4.1.2.5.2); remembered, for a batch shares its moments."""
    return der.encode(_GENERALIZED_TIME, moment.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode())


def _placeholder(algorithm: SignatureAlgorithm) -> bytes:
    """Of a signature's shape, and valid under no key: lint looks at the shape, and nobody could use what leaks."""
    if algorithm.family is KeyFamily.EC:
        return der.encode_sequence(der.integer(1), der.integer(1))
    return bytes(algorithm.octets or 256)


def assemble(tbs: bytes, algorithm: SignatureAlgorithm, signature: bytes, certificates: Sequence[bytes]) -> bytes:
    """A successful OCSPResponse (DER) around a signed ResponseData; `certificates` (DER) help the client to verify."""
    included = _included(tuple(certificates)) if certificates else b""
    signed = der.encode_sequence(tbs, algorithm_identifier(algorithm), der.bit_string(signature), included)
    basic = der.encode(der.OCTET_STRING, signed)
    return der.encode_sequence(b"\x0a\x01\x00", der.encode(_CONTEXT_0, der.encode_sequence(_BASIC, basic)))


@lru_cache(maxsize=64)
def _included(certificates: tuple[bytes, ...]) -> bytes:
    """`certs` of a BasicOCSPResponse; remembered, for all answers of a signer carry the same."""
    return der.encode(_CONTEXT_0, der.encode_sequence(*certificates))


class OcspError(IntEnum):
    """OCSPResponseStatus other than successful (RFC 6960 §4.2.1)."""

    MALFORMED_REQUEST = 1
    INTERNAL_ERROR = 2
    TRY_LATER = 3
    UNAUTHORIZED = 6


_ERRORS = {error: bytes((0x30, 0x03, 0x0A, 0x01, error)) for error in OcspError}


def error_response(error: OcspError) -> bytes:
    """The unsigned OCSPResponse (DER) of five octets."""
    return _ERRORS[error]
