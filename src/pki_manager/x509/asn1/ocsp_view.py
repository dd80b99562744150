"""An OCSP response as lint rules read it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

from pki_manager.x509.asn1 import tlv
from pki_manager.x509.asn1.certificate_view import CertificateView
from pki_manager.x509.asn1.structures import (
    AlgorithmIdentifier,
    Extension,
    Time,
    read_algorithm,
    read_extensions,
    read_signed,
    read_time,
)
from pki_manager.x509.asn1.tlv import DerError, Tlv

GOOD, REVOKED, UNKNOWN = 0, 1, 2
BY_NAME, BY_KEY = 0xA1, 0xA2


class CertIdView(NamedTuple):
    """A CertID. `hash_algorithm` is OID content octets, `serial` is content octets of the INTEGER."""

    hash_algorithm: bytes
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    serial: bytes


class SingleResponse(NamedTuple):
    """A SingleResponse (RFC 6960 §4.2.1). `revoked_at` and `reason` are set only if `status` is REVOKED."""

    cert_id: CertIdView
    status: int
    revoked_at: Time | None
    reason: int | None
    this_update: Time
    next_update: Time | None
    extensions: tuple[Extension, ...]


@dataclass(frozen=True, eq=False)
class BasicResponse:
    """A BasicOCSPResponse. `responder_tag` is BY_NAME or BY_KEY; `responder` is the Name (DER) or the key hash.

    `certificates` can be absent.
    """

    explicit_version: bool
    responder_tag: int
    responder: bytes
    produced_at: Time
    responses: tuple[SingleResponse, ...]
    extensions: tuple[Extension, ...]
    signature_algorithm: AlgorithmIdentifier
    certificates: tuple[CertificateView, ...] | None

    def signer(self) -> CertificateView | None:
        """Return the certificate that responderID identifies, or None."""
        return self._signer

    @cached_property
    def _signer(self) -> CertificateView | None:
        return next((found for found in self.certificates or () if self._names(found)), None)

    def _names(self, certificate: CertificateView) -> bool:
        if self.responder_tag == BY_NAME:
            return certificate.subject == self.responder
        return hashlib.sha1(certificate.public_key.bits, usedforsecurity=False).digest() == self.responder


@dataclass(frozen=True, eq=False)
class OcspView:
    """An OCSPResponse: its status, responseType as OID content octets, and the BasicOCSPResponse, decoded once."""

    status: int
    response_type: bytes | None
    response: bytes | None

    @classmethod
    def read(cls, data: bytes) -> OcspView:
        """Parse an OCSPResponse (DER). Raises DerError if it is malformed."""
        cursor = tlv.Cursor(tlv.read_whole(data, tlv.SEQUENCE))
        status = tlv.read_integer(cursor.take(tlv.ENUMERATED), tlv.ENUMERATED)
        response = cursor.optional(0xA0)
        cursor.end()
        if response is None:
            return cls(status, None, None)
        fields = tlv.read_fields(tlv.read_only_child(response), tlv.SEQUENCE, 2)
        kind = tlv.require_tag(fields[0], tlv.OBJECT_IDENTIFIER).value
        return cls(status, kind, tlv.require_tag(fields[1], tlv.OCTET_STRING).value)

    @property
    def issued_on(self) -> date | None:
        try:
            return self.basic.produced_at.day if self.response is not None else None
        except DerError:
            return None

    @property
    def has_basic(self) -> bool:
        return self.response is not None

    @cached_property
    def basic(self) -> BasicResponse:
        """Return the BasicOCSPResponse. Raises DerError if it is absent or of another type."""
        signed = read_signed(tlv.read_whole(self.response or b"", tlv.SEQUENCE))
        cursor = tlv.Cursor(signed.tbs)
        version = cursor.optional(0xA0)
        responder = cursor.take(BY_NAME, BY_KEY)
        produced_at, responses = cursor.take(tlv.GENERALIZED_TIME), cursor.take(tlv.SEQUENCE)
        extensions = cursor.optional(0xA1)
        cursor.end()
        inner = tlv.read_only_child(responder)
        return BasicResponse(
            explicit_version=version is not None,
            responder_tag=responder.tag,
            responder=inner.raw if responder.tag == BY_NAME else tlv.require_tag(inner, tlv.OCTET_STRING).value,
            produced_at=read_time(produced_at),
            responses=tuple(_single(item) for item in responses.children()),
            extensions=() if extensions is None else read_extensions(tlv.read_only_child(extensions)),
            signature_algorithm=signed.algorithm,
            certificates=_certificates(signed.rest),
        )


def _certificates(rest: list[Tlv]) -> tuple[CertificateView, ...] | None:
    if not rest:
        return None
    return _read_certificates(rest[0].raw)


@lru_cache(maxsize=64)
def _read_certificates(raw: bytes) -> tuple[CertificateView, ...]:
    """Return the certificates of a response. Cached, because all responses of a signer contain the same ones."""
    items = tlv.require_tag(tlv.read_only_child(tlv.read_whole(raw, 0xA0)), tlv.SEQUENCE).children()
    return tuple(CertificateView.read(item.raw) for item in items)


def _single(element: Tlv) -> SingleResponse:
    cursor = tlv.Cursor(element)
    cert_id = _cert_id(cursor.take(tlv.SEQUENCE))
    status = cursor.take(0x80, 0xA1, 0x82)
    this_update = cursor.take(tlv.GENERALIZED_TIME)
    next_update, extensions = cursor.optional(0xA0), cursor.optional(0xA1)
    cursor.end()
    revoked_at, reason = _revoked(status) if status.tag == 0xA1 else (None, None)
    return SingleResponse(
        cert_id=cert_id,
        status=status.tag & 0x1F,
        revoked_at=revoked_at,
        reason=reason,
        this_update=read_time(this_update),
        next_update=None if next_update is None else read_time(tlv.read_only_child(next_update), tlv.GENERALIZED_TIME),
        extensions=() if extensions is None else read_extensions(tlv.read_only_child(extensions)),
    )


def _revoked(element: Tlv) -> tuple[Time, int | None]:
    cursor = tlv.Cursor(element, 0xA1)
    time, reason = cursor.take(tlv.GENERALIZED_TIME), cursor.optional(0xA0)
    cursor.end()
    return read_time(time), None if reason is None else tlv.read_integer(tlv.read_only_child(reason), tlv.ENUMERATED)


def _cert_id(element: Tlv) -> CertIdView:
    algorithm, name, key, serial = tlv.read_fields(element, tlv.SEQUENCE, 4)[:4]
    return CertIdView(
        read_algorithm(algorithm).oid,
        tlv.require_tag(name, tlv.OCTET_STRING).value,
        tlv.require_tag(key, tlv.OCTET_STRING).value,
        tlv.require_tag(serial, tlv.INTEGER).value,
    )
