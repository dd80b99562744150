"""The audit vocabulary: one frozen dataclass per auditable event, and how an event becomes canonical bytes.

An event says what happened to which object; who, when, where and by which door is added from the actor and the clock
when it is recorded. Nothing secret is ever a field here: hashes and identifiers only.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar

from pki_manager.domain.actor import Actor

GENESIS_HASH = bytes(32)
"""What the first record of a chain is hashed with, in place of a previous record's hash."""


class Outcome(StrEnum):
    SUCCESS = "success"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOperation:
    """One use of a private key, so that a key manager's own log and ours can be matched.

    `operation_id` is our UUID for the call; `tbs_sha256` lower-case hex.
    """

    operation_id: str
    backend: str
    key_id: str
    algorithm: str
    tbs_sha256: str
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Base of all events; every field that a subclass adds goes into `details`."""

    ACTION: ClassVar[str] = ""
    OBJECT: ClassVar[str] = ""

    object_id: str
    outcome: Outcome = Outcome.SUCCESS
    reason: str | None = None
    kms: KeyOperation | None = None

    def details(self) -> dict[str, object]:
        names = _OWN_FIELDS.get(self.ACTION)
        if names is None:
            names = _OWN_FIELDS[self.ACTION] = tuple(f.name for f in fields(self)[_BASE_FIELDS:])
        return {name: getattr(self, name) for name in names}


_BASE_FIELDS = len(fields(AuditEvent))
"""A subclass' own fields come after those of its base."""


_OWN_FIELDS: dict[str, tuple[str, ...]] = {}
"""By action, once an event of it was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationInitialised(AuditEvent):
    ACTION = "installation.initialised"
    OBJECT = "installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied(AuditEvent):
    """Asked for by somebody whose roles do not allow it: `rule` says why not.

    Repeats within a minute are one event: `times`, no target.
    """

    ACTION = "access.denied"
    OBJECT = "operation"
    target: str
    times: int
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRefused(AuditEvent):
    """A change that was asked for and not made, for `reason`. Repeats within a minute are one event, as above."""

    ACTION = "operation.refused"
    OBJECT = "operation"
    target: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeyChangeIntended(AuditEvent):
    """The keystore is about to be sealed under another master key; `kind` is what that will be."""

    ACTION = "master_key.change_intended"
    OBJECT = "installation"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeyChanged(AuditEvent):
    """Or not, when the outcome is a failure: then nothing was sealed anew."""

    ACTION = "master_key.changed"
    OBJECT = "installation"
    kind: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCreated(AuditEvent):
    ACTION = "key.created"
    OBJECT = "key"
    backend: str
    key_type: str
    spki_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRetired(AuditEvent):
    """An issuer key that nothing needs any more, or a next key that will not take over; `why` says which."""

    ACTION = "key.retired"
    OBJECT = "key"
    why: str
    ca: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDestroyed(AuditEvent):
    """Its private key is erased in its backend, for good, and that of its OCSP signer too."""

    ACTION = "key.destroyed"
    OBJECT = "key"
    ca: str
    number: int
    backend: str
    backend_key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyAdopted(AuditEvent):
    """A CA took a key that had been made for it."""

    ACTION = "key.adopted"
    OBJECT = "key"
    backend: str
    key_type: str
    spki_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBlocked(AuditEvent):
    """By an operator; a compromised key is blocked by the event of its certificate's revocation."""

    ACTION = "key.blocked"
    OBJECT = "key"
    comment: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUnblocked(AuditEvent):
    ACTION = "key.unblocked"
    OBJECT = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaCreated(AuditEvent):
    ACTION = "ca.created"
    OBJECT = "ca"
    name: str
    subject: str
    key_id: str
    certificate_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaPrepared(AuditEvent):
    """A CA that waits for its certificate from a parent that is not ours."""

    ACTION = "ca.prepared"
    OBJECT = "ca"
    name: str
    subject: str
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRequestIntended(AuditEvent):
    ACTION = "ca.request_intended"
    OBJECT = "ca"
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRequestSigned(AuditEvent):
    """A PKCS#10 request of the CA for a certificate of its own, or (`failed`) none."""

    ACTION = "ca.request_signed"
    OBJECT = "ca"
    key_id: str
    request_sha256: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaCertificateInstalled(AuditEvent):
    """`above` are the fingerprints (SHA-256, hex) of the certificates up to the root that came with it."""

    ACTION = "ca.certificate_installed"
    OBJECT = "ca"
    key_id: str
    certificate_id: str
    fingerprint_sha256: str
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaKeySwitched(AuditEvent):
    """From here on the CA signs with that key; the one before only answers for what it has signed."""

    ACTION = "ca.key_switched"
    OBJECT = "ca"
    key_id: str
    number: int
    draining_key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueIntended(AuditEvent):
    """`rules` are the approval rules that were satisfied; none for what nobody had to approve."""

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
class CaSuspended(AuditEvent):
    ACTION = "ca.suspended"
    OBJECT = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaResumed(AuditEvent):
    ACTION = "ca.resumed"
    OBJECT = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRetired(AuditEvent):
    ACTION = "ca.retired"
    OBJECT = "ca"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaRevoked(AuditEvent):
    """A certificate of the CA was revoked, which has its own event; this is what it means for the CA."""

    ACTION = "ca.revoked"
    OBJECT = "ca"
    revocation_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlIntended(AuditEvent):
    ACTION = "crl.intended"
    OBJECT = "issuer_key"
    number: int
    delta: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlPublished(AuditEvent):
    """`base_number` is that of the full CRL that a delta adds to."""

    ACTION = "crl.published"
    OBJECT = "issuer_key"
    number: int
    base_number: int | None
    entries: int
    crl_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CrlFailed(AuditEvent):
    ACTION = "crl.failed"
    OBJECT = "issuer_key"
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspPresigned(AuditEvent):
    """One per batch of responses signed ahead."""

    ACTION = "ocsp.presigned"
    OBJECT = "issuer_key"
    responses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspSigned(AuditEvent):
    """Responses signed on demand, summed per minute."""

    ACTION = "ocsp.signed"
    OBJECT = "issuer_key"
    responses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OcspSignerRenewed(AuditEvent):
    ACTION = "ocsp_signer.renewed"
    OBJECT = "issuer_key"
    certificate: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsCertificateRenewed(AuditEvent):
    ACTION = "tls_certificate.renewed"
    OBJECT = "certificate"


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
class TokenCreated(AuditEvent):
    ACTION = "token.created"
    OBJECT = "token"
    name: str
    role: str
    owner: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRevoked(AuditEvent):
    ACTION = "token.revoked"
    OBJECT = "token"


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSubmitted(AuditEvent):
    """`bulk_action` is issue, renew, revoke or export; `rows_sha256` that of the rows as they are kept."""

    ACTION = "bulk.submitted"
    OBJECT = "job"
    bulk_action: str
    rows: int
    rows_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEnded(AuditEvent):
    ACTION = "bulk.ended"
    OBJECT = "job"
    bulk_action: str
    done: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled(AuditEvent):
    ACTION = "job.cancelled"
    OBJECT = "job"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRetried(AuditEvent):
    ACTION = "job.retried"
    OBJECT = "job"


_KEY_OPERATION = tuple(f.name for f in fields(KeyOperation))
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_bytes(*, seq: int, node: str, time: datetime, actor: Actor, event: AuditEvent) -> bytes:
    """The event as stored and hashed: JSON, sorted keys, no spaces, UTF-8; time RFC 3339 UTC with microseconds."""
    body: dict[str, object] = {
        "seq": seq,
        "node": node,
        "time": time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "actor": {"kind": actor.kind, "id": actor.id, "name": actor.name, "via": actor.via, "rule": actor.rule},
        "action": event.ACTION,
        "object": {"kind": event.OBJECT, "id": event.object_id},
        "outcome": event.outcome,
        "reason": event.reason,
        "request_id": actor.request_id,
        "peer": actor.peer,
        "details": event.details(),
        "kms": {name: getattr(event.kms, name) for name in _KEY_OPERATION} if event.kms else None,
    }
    text = _CANONICAL.encode(body)
    # A lone surrogate has no UTF-8; backslashreplace writes it as JSON's own escape, and an event is never lost to it.
    return text.encode(errors="backslashreplace")


def chain_hash(previous: bytes, body: bytes) -> bytes:
    """What ties a record to the one before it: SHA-256(previous hash ‖ canonical bytes)."""
    return hashlib.sha256(previous + body).digest()
