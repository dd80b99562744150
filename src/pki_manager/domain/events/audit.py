"""The base of audit events, installation-wide events, and the canonical bytes of an event.

An event says what happened to which object. Actor, time, address, and interface are added when it is recorded. Fields
never contain secrets: only hashes and identifiers.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar

from pki_manager.domain.rights.actor import Actor

GENESIS_HASH = bytes(32)
"""The value that is hashed for the first record of a chain, in place of a previous record's hash."""


class Outcome(StrEnum):
    """The outcome of the audited operation."""

    SUCCESS = "success"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOperation:
    """One use of a private key, so that it can be found in the key backend's own log.

    `operation_id` is the UUID of the call; `tbs_sha256` is lower-case hex.
    """

    operation_id: str
    backend: str
    key_id: str
    algorithm: str
    tbs_sha256: str
    milliseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """Base of all audit events. Fields that a subclass adds are its details."""

    ACTION: ClassVar[str] = ""
    OBJECT: ClassVar[str] = ""

    object_id: str
    outcome: Outcome = Outcome.SUCCESS
    reason: str | None = None
    kms: KeyOperation | None = None

    def details(self) -> dict[str, object]:
        """Return the fields that the subclass adds, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)[_BASE_FIELDS:]}


_BASE_FIELDS = len(fields(AuditEvent))
"""Number of base fields. A subclass's fields come after them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationInitialized(AuditEvent):
    ACTION = "installation.initialized"
    OBJECT = "installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied(AuditEvent):
    """An operation was denied for lack of permission; `rule` says why.

    Repeats within a minute are recorded as one event, with their number `times` and without target.
    """

    ACTION = "access.denied"
    OBJECT = "operation"
    target: str
    times: int
    rule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRefused(AuditEvent):
    """An operation failed for `reason`. Repeats within a minute are recorded as one event."""

    ACTION = "operation.refused"
    OBJECT = "operation"
    target: str
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeyChangeIntended(AuditEvent):
    """The keystore is about to be encrypted with another master key, of kind `kind`."""

    ACTION = "master_key.change_intended"
    OBJECT = "installation"
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterKeyChanged(AuditEvent):
    """The keystore was encrypted with another master key. If the outcome is a failure, nothing was changed."""

    ACTION = "master_key.changed"
    OBJECT = "installation"
    kind: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAccepted(AuditEvent):
    """An operator confirmed the clock of a host. `clock` is its time, `last_signature` that of the last signature."""

    ACTION = "clock.accepted"
    OBJECT = "installation"
    clock: str
    last_signature: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTruncationAccepted(AuditEvent):
    """An operator accepted a database that is older than its checkpoints. `missing` names the events."""

    ACTION = "audit.truncation_accepted"
    OBJECT = "installation"
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCreated(AuditEvent):
    """A backup was created or failed. `target` is the name of a backup target, or `file`.

    `sha256` and `octets` describe the encrypted file. A backup that failed has a `reason` and no file.
    """

    ACTION = "backup.created"
    OBJECT = "backup"
    target: str
    sha256: str
    octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPruned(AuditEvent):
    """An old backup is deleted from its target. `file` is its name there."""

    ACTION = "backup.pruned"
    OBJECT = "backup_target"
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupVerified(AuditEvent):
    """A scheduled backup was read back from its target and restored into a scratch directory.

    `rows` is how many rows it contains. If it cannot be restored or has a fault, `reason` says why.
    """

    ACTION = "backup.verified"
    OBJECT = "backup"
    target: str
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRestored(AuditEvent):
    """This installation was restored from a backup. `backup_time` is when the backup was created."""

    ACTION = "backup.restored"
    OBJECT = "backup"
    backup_time: str
    backup_node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseCopied(AuditEvent):
    """All rows of the database were copied into another one, which also has this event. `target` is its URL."""

    ACTION = "database.copied"
    OBJECT = "installation"
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryFinished(AuditEvent):
    """An administrator ended the recovery of an installation whose changes from `since` on were missing.

    `imported` counts certificates that were added, `revoked` revocations. All sessions and invitation links ended.
    """

    ACTION = "recovery.finished"
    OBJECT = "installation"
    since: str
    imported: int
    revoked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSubmitted(AuditEvent):
    """A bulk job was submitted. `bulk_action` is issue, renew, revoke, export, or import.

    `rows_sha256` is the hash of the stored rows.
    """

    ACTION = "bulk.submitted"
    OBJECT = "job"
    bulk_action: str
    rows: int
    rows_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkEnded(AuditEvent):
    """A bulk job ended."""

    ACTION = "bulk.ended"
    OBJECT = "job"
    bulk_action: str
    done: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCancelled(AuditEvent):
    """A background job was cancelled."""

    ACTION = "job.cancelled"
    OBJECT = "job"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRetried(AuditEvent):
    """A background job was queued again."""

    ACTION = "job.retried"
    OBJECT = "job"


_KEY_OPERATION = tuple(f.name for f in fields(KeyOperation))
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def encode_canonical(*, seq: int, node: str, time: datetime, actor: Actor, event: AuditEvent) -> bytes:
    """Return the bytes of an event as they are stored and hashed.

    They are JSON with sorted keys, no spaces, UTF-8; the time is RFC 3339 in UTC with microseconds.
    """
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


def compute_chain_hash(previous: bytes, body: bytes) -> bytes:
    """Return the hash that links a record to the one before it: SHA-256(previous hash ‖ canonical bytes)."""
    return hashlib.sha256(previous + body).digest()
