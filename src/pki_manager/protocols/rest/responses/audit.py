"""Response bodies of audit events and audit reports."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BaseModel, WithJsonSchema

from pki_manager.authority.audit import audit_log
from pki_manager.ports.audit_trail import StoredEvent


class AuditActor(BaseModel):
    kind: str
    id: str
    name: str
    via: str
    rule: str | None = None


class AuditObject(BaseModel):
    kind: str
    id: str


class KeyOperation(BaseModel):
    operation_id: str
    backend: str
    key_id: str
    algorithm: str
    tbs_sha256: str
    milliseconds: float


class AuditEvent(BaseModel):
    """Audit event as it was hashed, with `hash` and `mac` in hex. `time` is the exact text that was hashed."""

    seq: int
    node: str
    time: Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
    actor: AuditActor
    action: str
    object: AuditObject
    outcome: str
    reason: str | None
    request_id: str | None
    peer: str | None
    details: dict[str, Any]
    kms: KeyOperation | None
    hash: str
    mac: str

    @classmethod
    def of(cls, event: StoredEvent) -> AuditEvent:
        return cls.model_validate({**json.loads(event.body), "hash": event.hash.hex(), "mac": event.mac.hex()})


class AuditPage(BaseModel):
    items: list[AuditEvent]
    next_cursor: str | None


class AuditProblem(BaseModel):
    chain: str
    seq: int | None
    message: str


class AuditReport(BaseModel):
    """Result of a full verification of every hash, MAC, and checkpoint.

    `key_sha256` identifies the key that verifies checkpoints. It is needed to verify an export elsewhere.
    """

    valid: bool
    events: int
    chains: int
    checkpoints: int
    key_sha256: str
    problems: list[AuditProblem]

    @classmethod
    def of(cls, report: audit_log.AuditReport) -> AuditReport:
        return cls(
            valid=report.valid,
            events=report.events,
            chains=report.chains,
            checkpoints=report.checkpoints,
            key_sha256=report.key_sha256,
            problems=[AuditProblem(chain=p.chain, seq=p.seq, message=p.message) for p in report.problems],
        )
