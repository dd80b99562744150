"""Reader of OCSP responses. It uses pyca/cryptography's parser, which is independent of the code that wrote them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import (
    ExtendedKeyUsage,
    ExtensionNotFound,
    OCSPNoCheck,
    OCSPNonce,
    load_der_x509_certificate,
    ocsp,
)
from cryptography.x509.ocsp import OCSPCertStatus, OCSPResponseStatus
from cryptography.x509.oid import ExtendedKeyUsageOID

from pki_manager.domain.algorithms import SIGNATURES
from pki_manager.domain.ca import Issuer
from pki_manager.domain.errors import Fault, Malformed
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509 import verify
from pki_manager.x509.asn1 import der
from pki_manager.x509.ocsp.response import CertStatus
from pki_manager.x509.signer_key import find_algorithm

_STATUS = {
    OCSPCertStatus.GOOD: CertStatus.GOOD,
    OCSPCertStatus.REVOKED: CertStatus.REVOKED,
    OCSPCertStatus.UNKNOWN: CertStatus.UNKNOWN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleFacts:
    """A SingleResponse. `hash_name` is the hash of its CertID (`sha1`, `sha256`)."""

    hash_name: str
    name_hash: bytes
    key_hash: bytes
    serial: int
    status: CertStatus
    this_update: datetime
    next_update: datetime | None
    revoked_at: datetime | None
    reason: RevocationReason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFacts:
    """A successful response. `tbs` is the ResponseData (DER), `algorithm` the name in the algorithm table."""

    singles: tuple[SingleFacts, ...]
    produced_at: datetime
    responder_key_hash: bytes | None
    nonce: bytes | None
    tbs: bytes
    algorithm: str | None
    signature: bytes
    certificates: tuple[bytes, ...]


def find_delegation_fault(certificate_der: bytes, issuer: Issuer) -> str | None:
    """Return the reason why a certificate (DER) cannot sign OCSP responses about the issuer's certificates, or None.

    The issuer key must have signed it, for OCSP signing, with id-pkix-ocsp-nocheck (RFC 6960 §4.2.2.2, §4.2.2.2.1).
    """
    try:
        certificate = load_der_x509_certificate(certificate_der)
        extensions = {type(extension.value): extension.value for extension in certificate.extensions}
        usage = extensions.get(ExtendedKeyUsage)
        if not isinstance(usage, ExtendedKeyUsage) or ExtendedKeyUsageOID.OCSP_SIGNING not in usage:
            return "it does not have the purpose OCSPSigning"
        if OCSPNoCheck not in extensions:
            return "it lacks id-pkix-ocsp-nocheck"
        if certificate.issuer.public_bytes() != issuer.ca.subject_der:
            return "it belongs to another CA"
        algorithm = SIGNATURES[issuer.key.signature_algorithm]
        verify.require_signature(
            issuer.key.spki_der, certificate.tbs_certificate_bytes, certificate.signature, algorithm
        )
    except (ValueError, Fault):
        return "it is not signed by the issuer key"
    return None


def read_response_status(data: bytes) -> int:
    """Return OCSPResponseStatus (0: successful) of an OCSPResponse (DER). Raises Malformed if it cannot be read."""
    return int(_load(data).response_status.value)


def read_response_facts(data: bytes) -> ResponseFacts:
    """Read a successful OCSPResponse (DER); its signature is not verified.

    Raises Malformed if it cannot be read or has another status.
    """
    response = _load(data)
    if response.response_status is not OCSPResponseStatus.SUCCESSFUL:
        raise Malformed.of("response", "ocsp.status", f"has the status {response.response_status.name.lower()}")
    try:
        return _facts(response)
    except ValueError as error:
        raise Malformed.of("response", "ocsp.response", str(error)) from None


def _load(data: bytes) -> ocsp.OCSPResponse:
    try:
        return ocsp.load_der_ocsp_response(data)
    except ValueError:
        raise Malformed.of("response", "ocsp.response", "is not an OCSP response") from None


def _facts(response: ocsp.OCSPResponse) -> ResponseFacts:
    algorithm = find_algorithm(_signature_algorithm(response))
    return ResponseFacts(
        singles=tuple(_single(single) for single in response.responses),
        produced_at=response.produced_at_utc,
        responder_key_hash=response.responder_key_hash,
        nonce=_nonce(response),
        tbs=response.tbs_response_bytes,
        algorithm=algorithm.name if algorithm else None,
        signature=response.signature,
        certificates=tuple(certificate.public_bytes(Encoding.DER) for certificate in response.certificates),
    )


def _signature_algorithm(response: ocsp.OCSPResponse) -> bytes:
    """Return the AlgorithmIdentifier (DER) of a BasicOCSPResponse (RFC 6960 §4.2.1).

    The object of pyca/cryptography has only its OID.
    """
    _, response_bytes = der.read_children(response.public_bytes(Encoding.DER))
    _, basic = der.read_children(der.read_content(response_bytes))
    return der.read_children(der.read_content(basic))[1]


def _nonce(response: ocsp.OCSPResponse) -> bytes | None:
    try:
        return response.extensions.get_extension_for_class(OCSPNonce).value.nonce
    except ExtensionNotFound:
        return None


def _single(single: ocsp.OCSPSingleResponse) -> SingleFacts:
    reason = single.revocation_reason
    return SingleFacts(
        hash_name=single.hash_algorithm.name,
        name_hash=single.issuer_name_hash,
        key_hash=single.issuer_key_hash,
        serial=single.serial_number,
        status=_STATUS[single.certificate_status],
        this_update=single.this_update_utc,
        next_update=single.next_update_utc,
        revoked_at=single.revocation_time_utc,
        reason=RevocationReason(reason.value) if reason is not None else None,
    )
