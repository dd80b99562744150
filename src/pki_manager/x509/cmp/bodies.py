"""Readers of the message bodies that clients send (RFC 9810 §5.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from pki_manager.domain.errors import TooLarge
from pki_manager.domain.revocation import RevocationReason
from pki_manager.x509.asn1 import oid_octets, structures, tlv
from pki_manager.x509.asn1.tlv import Cursor, DerError, Tlv
from pki_manager.x509.cmp.identifiers import HASHES, CmpStatus
from pki_manager.x509.cmp.message import FIELD, read_or_refuse
from pki_manager.x509.cmp.template import CertificateName, TemplateRequest, read_request, read_template

T = TypeVar("T")

_REASON_CODE = "2.5.29.21"
_BY_CODE = {reason.crl_code: reason for reason in RevocationReason}
MAX_INFORMATION = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """One CertStatus: the hash of a certificate, and whether the client accepts the certificate."""

    request_id: int
    certificate_hash: bytes
    hash_name: str | None
    is_accepted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CmpRevocation:
    """One RevDetails: the certificate to revoke, and the reason."""

    certificate: CertificateName
    reason: RevocationReason


@dataclass(frozen=True, slots=True)
class Information:
    """One InfoTypeAndValue: the dotted OID, and the DER of its value or None."""

    kind: str
    value: bytes | None = field(default=None, repr=False)


def read_certificate_request(body: bytes) -> TemplateRequest:
    """Return the only CertReqMsg of an ir, cr, or kur body.

    Raises TooLarge if there are several; Malformed if there is none.
    """
    return _one(body, read_request, "certReqId")


def read_confirmation(body: bytes) -> Confirmation | None:
    """Return CertConfirmContent; None if empty, which rejects every certificate (RFC 9810 §5.3.18)."""
    if not read_or_refuse(lambda: tlv.read_whole(body, tlv.SEQUENCE).children()):
        return None
    return _one(body, _confirmation, "certConf")


def read_revocation(body: bytes) -> CmpRevocation:
    """Return the only RevDetails of an rr body. Raises TooLarge if there are several."""
    return _one(body, _revocation, "rr")


def read_poll(body: bytes) -> int:
    """Return the certReqId of a pollReq body. Raises TooLarge if there are several."""
    return _one(body, lambda one: tlv.read_integer(tlv.read_fields(one, tlv.SEQUENCE, 1)[0]), "pollReq")


def read_information(body: bytes) -> tuple[Information, ...]:
    """Return the items of GenMsgContent. Raises TooLarge if there are too many."""
    found = read_or_refuse(lambda: tuple(_information(one) for one in tlv.read_whole(body, tlv.SEQUENCE).children()))
    if len(found) > MAX_INFORMATION:
        raise TooLarge.of(FIELD, "cmp.information", f"asks for {len(found)} things; at most {MAX_INFORMATION} are read")
    return found


def _one(body: bytes, read: Callable[[Tlv], T], name: str) -> T:
    """Return the only element of a SEQUENCE OF (RFC 9483 §4.1.1). Raises TooLarge for several, Malformed for none."""

    def first() -> T:
        elements = tlv.read_whole(body, tlv.SEQUENCE).children()
        if not elements:
            raise DerError("a list that needs one element is empty")
        if len(elements) > 1:
            raise TooLarge.of(name, "cmp.several", "contains several elements; send one in each message")
        return read(elements[0])

    return read_or_refuse(first)


def _confirmation(status: Tlv) -> Confirmation:
    fields = Cursor(status)
    certificate_hash, number = tlv.require_tag(fields.take(), tlv.OCTET_STRING).value, tlv.read_integer(fields.take())
    information, algorithm = fields.optional(tlv.SEQUENCE), fields.optional(0xA0)
    fields.end()
    code = (
        CmpStatus.ACCEPTED
        if information is None
        else tlv.read_integer(tlv.read_fields(information, tlv.SEQUENCE, 1)[0])
    )
    return Confirmation(
        request_id=number,
        certificate_hash=certificate_hash,
        hash_name=None if algorithm is None else _hash_name(tlv.read_only_child(algorithm)),
        is_accepted=code == CmpStatus.ACCEPTED,
    )


def _hash_name(algorithm: Tlv) -> str:
    identifier = tlv.require_tag(tlv.read_fields(algorithm, tlv.SEQUENCE, 1)[0], tlv.OBJECT_IDENTIFIER).value
    name = HASHES.get(oid_octets.decode_oid(identifier))
    if name is None:
        raise DerError("hashAlg is not SHA-256, SHA-384, or SHA-512")
    return name


def _revocation(details: Tlv) -> CmpRevocation:
    fields = Cursor(details)
    template, extensions = read_template(fields.take(tlv.SEQUENCE)), fields.optional(tlv.SEQUENCE)
    fields.end()
    if template.serial is None or template.issuer_der is None:
        raise DerError("rr must name issuer and serialNumber of the certificate")
    name = CertificateName(template.issuer_der, template.serial)
    return CmpRevocation(certificate=name, reason=_reason(extensions))


def _reason(extensions: Tlv | None) -> RevocationReason:
    for extension in () if extensions is None else structures.read_extensions(extensions):
        if extension.dotted == _REASON_CODE:
            code = tlv.read_whole(extension.value, tlv.ENUMERATED).value
            reason = _BY_CODE.get(int.from_bytes(code, "big"))
            if reason is None:
                raise DerError("reasonCode is not a CRLReason")
            return reason
    return RevocationReason.UNSPECIFIED


def _information(one: Tlv) -> Information:
    kind, *values = tlv.read_fields(one, tlv.SEQUENCE, 1)
    if len(values) > 1:
        raise DerError("an InfoTypeAndValue has more than one value")
    identifier = oid_octets.decode_oid(tlv.require_tag(kind, tlv.OBJECT_IDENTIFIER).value)
    return Information(identifier, values[0].raw if values else None)
