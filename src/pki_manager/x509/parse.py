"""Readers of CSRs (PKCS #10, RFC 2986) and certificates (RFC 5280). They return facts, about which policy decides.

The order of checks is always size, strict DER, and key size; pyca/cryptography's parsers and any arithmetic run last.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PSS, PKCS1v15
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.hashes import MD5, HashAlgorithm
from cryptography.x509.oid import SignatureAlgorithmOID

from pki_manager.domain.certificate import CertificateFacts, Validity
from pki_manager.domain.errors import InvalidInput, Malformed, TooLarge
from pki_manager.domain.names import NameConstraints
from pki_manager.domain.request import RequestFacts
from pki_manager.x509 import general_names, keys, names, pem
from pki_manager.x509.asn1 import der
from pki_manager.x509.asn1.oids import (
    BASIC_CONSTRAINTS,
    EXTENSION_REQUESTS,
    NAME_CONSTRAINTS,
    NO_REV_AVAIL,
    SUBJECT_ALTERNATIVE_NAME,
    SUBJECT_KEY_IDENTIFIER,
)
from pki_manager.x509.general_names import GeneralNames

MAX_SANS = 1000

_SHORT = 256
"""Maximum octets of a decoded extension that is cached. Certificates of a profile or an issuer share values."""

_TIME = re.compile(r"(\d{4})" + r"(\d{2})" * 5 + "Z", re.ASCII)

_ECDSA = frozenset(
    {
        SignatureAlgorithmOID.ECDSA_WITH_SHA1,
        SignatureAlgorithmOID.ECDSA_WITH_SHA256,
        SignatureAlgorithmOID.ECDSA_WITH_SHA384,
        SignatureAlgorithmOID.ECDSA_WITH_SHA512,
    }
)

_CERTIFICATE_TAGS = bytes((der.SEQUENCE, der.SEQUENCE, der.BIT_STRING))
# Version, serial number, five SEQUENCEs from signature to subjectPublicKeyInfo, unique identifiers, extensions.
_TBS_CERTIFICATE_TAGS = re.compile(rb"\xa0\x02\x30{5}\x81?\x82?\xa3?")

_TRAILER_FIELD = 0xA3
_TRUE = b"\x01\x01\xff"
_VERSION_3 = der.encode(0xA0, der.integer(2))


def parse_csr(data: bytes | str, field: str = "csr") -> RequestFacts:
    """Read a PKCS #10 request from DER, PEM (either label), or bare Base64, and verify its signature.

    Raises Malformed, TooLarge (64 KiB, MAX_SANS names), or InvalidInput (a key or signature that cannot be verified or
    is wrong), each with `field` and the rule. A weak but valid signature (SHA-1) is no error: the hash is among the
    facts.
    """
    request_der = pem.read(data, pem.CSR_LABELS, field)
    der.require_der(request_der, field)
    request, subject, spki, attributes = load_csr(request_der, field)
    key = keys.compute_key_facts(spki, field)
    signature_hash = _prove_possession(request, request_der, keys.load(spki, field), field)
    requested = parse_extension_request(attributes, field)
    sans, other_names = parse_alternative_names(requested.pop(SUBJECT_ALTERNATIVE_NAME, None), field)
    return RequestFacts(
        subject=names.parse_dn_der(subject, field),
        sans=sans,
        other_names=other_names,
        key=key,
        requested_extensions=tuple(requested),
        signature_hash=signature_hash,
        subject_der=subject,
        extension_values=tuple(requested.items()),
    )


class CsrFields(NamedTuple):
    """A PKCS #10 request: pyca/cryptography's object, and subject, SubjectPublicKeyInfo, and attributes (DER)."""

    request: x509.CertificateSigningRequest
    subject: bytes
    spki: bytes
    attributes: bytes


def load_csr(request_der: bytes, field: str) -> CsrFields:
    """Return the fields of a request (strict DER), without verification.

    Raises Malformed with `field` if it cannot be read.
    """
    try:
        request = x509.load_der_x509_csr(request_der)
        _, subject, spki, attributes = der.read_children(request.tbs_certrequest_bytes, field)
    except (ValueError, x509.InvalidVersion):
        raise Malformed.of(field, "csr.form", "is not a certificate request (RFC 2986 §4)") from None
    return CsrFields(request, subject, spki, attributes)


def _prove_possession(
    request: x509.CertificateSigningRequest, request_der: bytes, key: PublicKeyTypes, field: str
) -> str | None:
    """Verify the signature of a request with the key in the request, and return the name of the signature's hash.

    Raises InvalidInput if the signature is wrong or its algorithm is unsupported.
    """
    try:
        _require_known_trailer(request_der, field)
        algorithm = request.signature_hash_algorithm
        _verify(request, key, algorithm)
    except InvalidSignature:
        message = "is not signed with its own key (RFC 2986 §3)"
        raise InvalidInput.of(field, "csr.proof_of_possession", message) from None
    except (UnsupportedAlgorithm, ValueError, TypeError):
        message = "has an unsupported signature algorithm, so the possession of the key is not proved"
        raise InvalidInput.of(field, "csr.signature_algorithm", message) from None
    return algorithm.name if algorithm else None


def _require_known_trailer(request_der: bytes, field: str) -> None:
    """Raise UnsupportedAlgorithm for an RSASSA-PSS trailer other than the only defined one (RFC 4055 §3.1).

    pyca/cryptography does not check the trailer.
    """
    algorithm, *parameters = der.read_children(der.read_children(request_der, field)[1], field)
    if der.read_oid(algorithm, field) != SignatureAlgorithmOID.RSASSA_PSS.dotted_string or not parameters:
        return
    trailers = [
        der.read_content(part, field) for part in der.read_children(parameters[0], field) if part[0] == _TRAILER_FIELD
    ]
    if any(trailer != der.integer(1) for trailer in trailers):
        raise UnsupportedAlgorithm("trailerField")


def _verify(request: x509.CertificateSigningRequest, key: PublicKeyTypes, algorithm: HashAlgorithm | None) -> None:
    """Raise InvalidSignature unless `key` signed the request.

    SHA-1 is verified too, so that policy can name the real reason: pyca/cryptography's check would call the signature
    wrong. Raises UnsupportedAlgorithm for MD5, which pyca/cryptography cannot verify.
    """
    if isinstance(algorithm, MD5):
        raise UnsupportedAlgorithm("MD5")
    scheme = request.signature_algorithm_parameters
    if isinstance(key, rsa.RSAPublicKey) and isinstance(scheme, PKCS1v15 | PSS) and algorithm is not None:
        key.verify(request.signature, request.tbs_certrequest_bytes, scheme, algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey) and request.signature_algorithm_oid in _ECDSA and algorithm:
        key.verify(request.signature, request.tbs_certrequest_bytes, ec.ECDSA(algorithm))
    elif not request.is_signature_valid:
        raise InvalidSignature


def parse_extension_request(attributes: bytes, field: str) -> dict[str, bytes]:
    """Return the DER values of the extensions in a request's attributes, by OID (RFC 2985 §5.4.2).

    Raises Malformed with `field` if they cannot be read.
    """
    found: dict[str, bytes] | None = None
    for attribute in der.read_children(attributes, field):
        kind, values = der.read_children(attribute, field)
        if der.read_oid(kind, field) not in EXTENSION_REQUESTS:
            continue
        requests = der.read_children(values, field)
        if found is not None or len(requests) != 1:
            raise Malformed.of(field, "csr.extension_request", "must have exactly one extensionRequest value")
        found = parse_extension_values(requests[0], field)
    return found or {}


def parse_extension_values(extensions: bytes, field: str) -> dict[str, bytes]:
    """Return the DER values of an Extensions by OID (RFC 5280 §4.1).

    Raises Malformed with `field` if it cannot be read, or if an extension is repeated (§4.2).
    """
    found: dict[str, bytes] = {}
    for extension in der.read_children(extensions, field):
        kind, value = _kept_extension(extension, field) if len(extension) <= _SHORT else _extension(extension, field)
        if kind in found:
            raise Malformed.of(field, "extension.repeated", f"has the extension {kind} twice (RFC 5280 §4.2)")
        found[kind] = value
    return found


def _extension(extension: bytes, field: str) -> tuple[str, bytes]:
    parts = der.read_children(extension, field)
    if not 2 <= len(parts) <= 3 or parts[-1][0] != der.OCTET_STRING:
        raise Malformed.of(field, "extension.form", "has an extension that is not an OID and a value (RFC 5280 §4.1)")
    return der.read_oid(parts[0], field), der.read_content(parts[-1], field)


_kept_extension = lru_cache(maxsize=1024)(_extension)


def parse_alternative_names(value: bytes | None, field: str) -> GeneralNames:
    """Read a subjectAltName (DER): names of supported kinds, and descriptions of other names.

    Raises Malformed with `field` if it cannot be read; TooLarge if it has too many names.
    """
    if value is None:
        return GeneralNames((), ())
    der.require_der(value, field)
    if value[0] != der.SEQUENCE or not der.read_children(value, field):
        raise Malformed.of(
            field, "san.form", "has a subjectAltName that is not a list of at least one name (RFC 5280 §4.2.1.6)"
        )
    sans, others = general_names.read(value, field)
    if len(sans) + len(others) > MAX_SANS:
        raise TooLarge.of(field, "san.count", f"must have at most {MAX_SANS} names, not {len(sans) + len(others)}")
    return GeneralNames(sans, others)


def parse_certificate(certificate_der: bytes, field: str = "certificate") -> CertificateFacts:
    """Read a certificate (DER), version 3; its signature is not verified.

    Raises Malformed with `field` if it cannot be read; TooLarge if it is too large.
    """
    _require_certificate_der(certificate_der, field)
    return parse_own_certificate(certificate_der, field)


def _require_certificate_der(data: bytes, field: str) -> None:
    if len(data) > pem.MAX_SIZE:
        raise TooLarge.of(field, "size", f"must have at most {pem.MAX_SIZE} bytes, not {len(data)}")
    der.require_der(data, field)


def parse_own_certificate(certificate_der: bytes, field: str = "certificate") -> CertificateFacts:
    """Read a certificate that this process has just built, without checking its size and encoding."""
    tbs, serial, issuer, validity, subject, spki, extensions = _certificate_fields(certificate_der, field)
    sans, others = parse_alternative_names(extensions.get(SUBJECT_ALTERNATIVE_NAME), field)
    is_ca, path_length = _basic_constraints(extensions.get(BASIC_CONSTRAINTS), field)
    constraints = extensions.get(NAME_CONSTRAINTS)
    identifier = extensions.get(SUBJECT_KEY_IDENTIFIER)
    return CertificateFacts(
        tbs_der=tbs,
        serial=serial,
        subject=names.from_der(subject, field),
        subject_der=subject,
        issuer_der=issuer,
        validity=_validity(validity, field),
        key=keys.compute_key_facts(spki, field),
        sans=sans,
        other_names=others,
        is_ca=is_ca,
        path_length=path_length,
        name_constraints=general_names.read_constraints(constraints, field) if constraints else NameConstraints(),
        subject_key_identifier=der.read_content(identifier, field) if identifier else None,
    )


def has_no_revocation(certificate_der: bytes, field: str = "certificate") -> bool:
    """Return whether a certificate has noRevAvail (RFC 9608 §2). Raises Malformed with `field` if it cannot be read."""
    return NO_REV_AVAIL in _certificate_fields(certificate_der, field)[-1]


def parse_certificate_extensions(certificate_der: bytes, field: str = "certificate") -> dict[str, tuple[bool, bytes]]:
    """Return the critical flag and the DER value of each extension of a certificate, by OID.

    Raises Malformed or TooLarge as `parse_certificate` does.
    """
    _require_certificate_der(certificate_der, field)
    *_, values = _certificate_fields(certificate_der, field)
    if not values:
        return {}
    tbs = der.read_children(certificate_der, field)[0]
    extensions = [
        der.read_children(one, field)
        for one in der.read_children(der.read_content(der.read_children(tbs, field)[-1]), field)
    ]
    critical = {der.read_oid(parts[0], field) for parts in extensions if parts[1] == _TRUE}
    return {oid: (oid in critical, value) for oid, value in values.items()}


def _certificate_fields(
    certificate_der: bytes, field: str
) -> tuple[bytes, int, bytes, bytes, bytes, bytes, dict[str, bytes]]:
    """Return TBSCertificate, serial number, issuer, validity, subject, SubjectPublicKeyInfo, and extensions by OID.

    pyca/cryptography is not used, because it only warns about some invalid certificates. Raises Malformed if it is not
    a version 3 certificate.
    """
    parts = der.read_children(certificate_der, field)
    fields = der.read_children(parts[0], field) if _tags(parts) == _CERTIFICATE_TAGS else []
    if not _TBS_CERTIFICATE_TAGS.fullmatch(_tags(fields)):
        raise Malformed.of(field, "certificate.form", "is not a version 3 certificate (RFC 5280 §4.1)")
    version, serial_number, _, issuer, validity, subject, spki, *rest = fields
    if version != _VERSION_3:
        raise Malformed.of(field, "certificate.version", "is not version 3 (RFC 5280 §4.1.2.1)")
    serial = int.from_bytes(der.read_content(serial_number, field), "big", signed=True)
    if serial <= 0:
        raise Malformed.of(field, "certificate.serial", "has a serial number that is not positive (RFC 5280 §4.1.2.2)")
    extensions = (
        parse_extension_values(der.read_content(rest[-1], field), field) if rest and rest[-1][0] == 0xA3 else {}
    )
    return parts[0], serial, issuer, validity, subject, spki, extensions


def _tags(elements: list[bytes]) -> bytes:
    return bytes(element[0] for element in elements)


def _basic_constraints(value: bytes | None, field: str) -> tuple[bool, int | None]:
    """Return cA and pathLenConstraint (RFC 5280 §4.2.1.9); False and None without the extension."""
    is_ca, path_length = False, None
    for part in der.read_children(value, field) if value else ():
        if part[0] == der.BOOLEAN:
            is_ca = der.read_content(part, field) == b"\xff"
        else:
            path_length = int.from_bytes(der.read_content(part, field), "big")
    return is_ca, path_length


def parse_tbs_validity(tbs_der: bytes, field: str = "certificate") -> Validity:
    """Return notBefore and notAfter of a TBSCertificate (DER)."""
    return _validity(der.read_children(tbs_der, field)[4], field)


def _validity(validity: bytes, field: str) -> Validity:
    not_before, not_after = [_moment(element, field) for element in der.read_children(validity, field)]
    return Validity(not_before, not_after)


def parse_tbs_not_after(tbs_der: bytes) -> datetime:
    """Return notAfter of a TBSCertificate (DER)."""
    return parse_tbs_validity(tbs_der).not_after


@lru_cache(maxsize=1024)
def _moment(element: bytes, field: str) -> datetime:
    """Return the instant of a UTCTime or GeneralizedTime in the form of RFC 5280 §4.1.2.5: to the second, in UTC.

    YY below 50 is 20YY. Raises Malformed for any other form.
    """
    text = der.read_content(element, field).decode("ascii", "replace")
    if element[0] == der.UTC_TIME:
        text = ("20" if text < "50" else "19") + text
    parts = _TIME.fullmatch(text)
    try:
        year, month, day, hour, minute, second = map(int, parts.groups() if parts else ())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        raise Malformed.of(field, "time.form", "has a time that is not in UTC with seconds") from None
