"""Response bodies of certificates."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from pki_manager.authority.certificates.generated_keys import Keyed
from pki_manager.domain import certificate
from pki_manager.x509 import export
from pki_manager.x509.asn1.oids import EXTENSION_NAMES


class RevocationResponse(BaseModel):
    reason: str
    time: datetime
    invalidity_date: datetime | None


class ExtensionResponse(BaseModel):
    """Certificate extension. `oid` is in dotted notation; `name` is its RFC name, or null if it is not known."""

    oid: str
    name: str | None


class CertificateResponse(BaseModel):
    """Certificate. `ignored_extensions` were requested in the CSR, but are not allowed by the profile."""

    id: UUID
    ca: UUID
    profile: str
    serial_number: str
    subject: str
    sans: list[str]
    not_before: datetime
    not_after: datetime
    state: certificate.CertificateState
    revocation: RevocationResponse | None
    key_type: str
    fingerprint_sha256: str
    requested_by: str
    renews: UUID | None
    renewed_by: UUID | None
    ignored_extensions: list[ExtensionResponse]
    pem: str

    @classmethod
    def of(cls, one: certificate.Certificate, now: datetime) -> CertificateResponse:
        revoked = one.revocation
        return cls(
            id=one.id,
            ca=one.ca_id,
            profile=one.profile,
            serial_number=certificate.format_serial(one.serial),
            subject=one.subject,
            sans=[str(san) for san in one.sans],
            not_before=one.validity.not_before,
            not_after=one.validity.not_after,
            state=one.state(now),
            revocation=RevocationResponse(
                reason=revoked.reason, time=revoked.time, invalidity_date=revoked.invalidity_date
            )
            if revoked
            else None,
            key_type=one.key_type,
            fingerprint_sha256=one.fingerprint_sha256.hex(),
            requested_by=one.requested_by,
            renews=one.renews,
            renewed_by=one.renewed_by,
            ignored_extensions=[
                ExtensionResponse(oid=oid, name=EXTENSION_NAMES.get(oid)) for oid in one.ignored_extensions
            ],
            pem=export.encode_certificate_pem(one.der),
        )


class KeyedCertificate(CertificateResponse):
    """Certificate with its private key, if that was generated.

    `private_key` is returned only once, encrypted: a PKCS #12 file in Base64, or PEM. If the same request is repeated,
    it is null and `secret_delivered` is true. For a certificate from a CSR, it is null and `secret_delivered` is false.
    """

    private_key: str | None
    secret_delivered: bool

    @classmethod
    def made(cls, keyed: Keyed, now: datetime, *, replayed: bool) -> KeyedCertificate:
        content, text = keyed.key_file, None
        if content is not None:
            text = content.decode() if content.startswith(b"-----") else base64.b64encode(content).decode()
        members = dict(CertificateResponse.of(keyed.certificate, now))
        return cls(**members, private_key=text, secret_delivered=replayed)


class RevokedByKey(BaseModel):
    """Every unexpired certificate of the key, with its state after the revocation."""

    spki_sha256: str
    certificates: list[CertificateResponse]

    @classmethod
    def of(cls, spki_sha256: bytes, found: Sequence[certificate.Certificate], now: datetime) -> RevokedByKey:
        return cls(spki_sha256=spki_sha256.hex(), certificates=[CertificateResponse.of(one, now) for one in found])


class CertificatePage(BaseModel):
    items: list[CertificateResponse]
    next_cursor: str | None
