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

from pki_manager.domain.rights.actor import Actor

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
        return {field.name: getattr(self, field.name) for field in fields(self)[_BASE_FIELDS:]}


_BASE_FIELDS = len(fields(AuditEvent))
"""A subclass' own fields come after those of its base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationInitialised(AuditEvent):
    ACTION = "installation.initialised"
    OBJECT = "installation"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied(AuditEvent):
    """Requested by a user whose roles do not allow it: `rule` says why not.

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
    """Or not, when the outcome is a failure: then nothing was sealed again."""

    ACTION = "master_key.changed"
    OBJECT = "installation"
    kind: str
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAccepted(AuditEvent):
    """An operator confirmed the clock of a host. `clock` is its time, `last_signature` what had been signed until."""

    ACTION = "clock.accepted"
    OBJECT = "installation"
    clock: str
    last_signature: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditTruncationAccepted(AuditEvent):
    """The operator goes on with a database that is older than its checkpoints. `missing` names the missing events."""

    ACTION = "audit.truncation_accepted"
    OBJECT = "installation"
    missing: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupCreated(AuditEvent):
    """`target` is the name of a backup target, or `file`; `sha256` and `octets` are of the encrypted file.

    Of a backup that failed, `reason` says why; there is no file.
    """

    ACTION = "backup.created"
    OBJECT = "backup"
    target: str
    sha256: str
    octets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPruned(AuditEvent):
    """An old backup is deleted from the target that the object names. `file` is its name there."""

    ACTION = "backup.pruned"
    OBJECT = "backup_target"
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupRestored(AuditEvent):
    """This installation was restored from a backup. `backup_time` is when the backup was created."""

    ACTION = "backup.restored"
    OBJECT = "backup"
    backup_time: str
    backup_node: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkSubmitted(AuditEvent):
    """`bulk_action` is issue, renew, revoke, export or import; `rows_sha256` that of the rows as they are kept."""

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
