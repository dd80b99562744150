"""Events about certificates, and the profiles that they are issued under."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueIntended(AuditEvent):
    """`rules` are the approval rules that were satisfied; none where no approval was needed."""

    ACTION = "certificate.issue_intended"
    OBJECT = "request"
    ca: str
    profile: str
    subject: str
    serial_number: str
    plan_sha256: str
    tbs_sha256: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateIssued(AuditEvent):
    ACTION = "certificate.issued"
    OBJECT = "certificate"
    request: str
    ca: str
    serial_number: str
    fingerprint_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRefused(AuditEvent):
    ACTION = "certificate.issue_refused"
    OBJECT = "ca"
    profile: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFailed(AuditEvent):
    """The signature could not be had or was not right, or the deadline passed: the serial is burned."""

    ACTION = "certificate.issue_failed"
    OBJECT = "request"
    ca: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDiscarded(AuditEvent):
    """A late or wrong answer of a key backend that was thrown away."""

    ACTION = "certificate.signature_discarded"
    OBJECT = "request"
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRevoked(AuditEvent):
    ACTION = "certificate.revoked"
    OBJECT = "certificate"
    ca: str
    serial_number: str
    revocation_reason: str
    invalidity_date: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHeld(AuditEvent):
    ACTION = "certificate.held"
    OBJECT = "certificate"
    ca: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateReleased(AuditEvent):
    ACTION = "certificate.released"
    OBJECT = "certificate"
    ca: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDeleted(AuditEvent):
    """The record of an expired certificate went; this stays."""

    ACTION = "certificate.deleted"
    OBJECT = "certificate"
    ca: str
    serial_number: str
    fingerprint_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCreated(AuditEvent):
    """`definition_sha256` is of the canonical JSON of the version's definition."""

    ACTION = "profile.created"
    OBJECT = "profile"
    version: int
    definition_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUpdated(AuditEvent):
    """A new version; certificates stay bound to the version that they were issued under."""

    ACTION = "profile.updated"
    OBJECT = "profile"
    version: int
    definition_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRetired(AuditEvent):
    ACTION = "profile.retired"
    OBJECT = "profile"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateImported(AuditEvent):
    """It was issued elsewhere, by a CA that is being taken over; with what had become of it there."""

    ACTION = "certificate.imported"
    OBJECT = "certificate"
    ca: str
    serial_number: str
    fingerprint_sha256: str
    revocation_reason: str | None
    revoked_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationImported(AuditEvent):
    """Of a certificate that no longer exists anywhere."""

    ACTION = "ca.revocation_imported"
    OBJECT = "ca"
    serial_number: str
    revocation_reason: str
    revoked_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAcknowledged(AuditEvent):
    """A CMP client accepted the certificate that it got, or rejected it; a rejected certificate is revoked."""

    ACTION = "certificate.acknowledged"
    OBJECT = "certificate"
    ca: str
    serial_number: str
    is_accepted: bool
