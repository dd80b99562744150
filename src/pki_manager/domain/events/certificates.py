"""Audit events of certificates and certificate profiles."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.domain.events.audit import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueIntended(AuditEvent):
    """A certificate is about to be signed. `rules` are the approval rules that were met, if any."""

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
    """A certificate was issued.

    `fields` are the values of custom extensions that the requester set, as `name=value`; the event omits them if there
    are none.
    """

    ACTION = "certificate.issued"
    OBJECT = "certificate"
    request: str
    ca: str
    serial_number: str
    fingerprint_sha256: str
    fields: tuple[str, ...] = ()

    def details(self) -> dict[str, object]:
        """Return the details of the event, without `fields` if there are none."""
        found = AuditEvent.details(self)
        if not self.fields:
            del found["fields"]
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueRefused(AuditEvent):
    """A certificate request was refused by policy or lint."""

    ACTION = "certificate.issue_refused"
    OBJECT = "ca"
    profile: str
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueFailed(AuditEvent):
    """A certificate was not issued: its signature failed, was wrong, or was late. Its serial number is burned."""

    ACTION = "certificate.issue_failed"
    OBJECT = "request"
    ca: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDiscarded(AuditEvent):
    """A late or wrong signature of a key backend was discarded."""

    ACTION = "certificate.signature_discarded"
    OBJECT = "request"
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRevoked(AuditEvent):
    """A certificate was revoked."""

    ACTION = "certificate.revoked"
    OBJECT = "certificate"
    ca: str
    serial_number: str
    revocation_reason: str
    invalidity_date: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateHeld(AuditEvent):
    """A certificate was put on hold."""

    ACTION = "certificate.held"
    OBJECT = "certificate"
    ca: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateReleased(AuditEvent):
    """A certificate was released from hold."""

    ACTION = "certificate.released"
    OBJECT = "certificate"
    ca: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateDeleted(AuditEvent):
    """The record of an expired certificate was deleted."""

    ACTION = "certificate.deleted"
    OBJECT = "certificate"
    ca: str
    serial_number: str
    fingerprint_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileCreated(AuditEvent):
    """A profile was created. `definition_sha256` is the hash of the canonical JSON of its definition."""

    ACTION = "profile.created"
    OBJECT = "profile"
    version: int
    definition_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUpdated(AuditEvent):
    """A profile got a new version. Certificates stay bound to the version they were issued under."""

    ACTION = "profile.updated"
    OBJECT = "profile"
    version: int
    definition_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRetired(AuditEvent):
    """A profile was retired."""

    ACTION = "profile.retired"
    OBJECT = "profile"
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateImported(AuditEvent):
    """A certificate from another system was imported with its CA's history, and its revocation if it has one."""

    ACTION = "certificate.imported"
    OBJECT = "certificate"
    ca: str
    serial_number: str
    fingerprint_sha256: str
    revocation_reason: str | None
    revoked_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationImported(AuditEvent):
    """The revocation of a certificate that no longer exists was imported."""

    ACTION = "ca.revocation_imported"
    OBJECT = "ca"
    serial_number: str
    revocation_reason: str
    revoked_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateAcknowledged(AuditEvent):
    """A CMP client accepted or rejected the certificate that it received. A rejected certificate is revoked."""

    ACTION = "certificate.acknowledged"
    OBJECT = "certificate"
    ca: str
    serial_number: str
    is_accepted: bool
