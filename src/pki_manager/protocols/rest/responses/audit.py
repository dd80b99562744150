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


class KeyOperationResponse(BaseModel):
    operation_id: str
    backend: str
    key_id: str
    algorithm: str
    tbs_sha256: str
    milliseconds: float


class AuditEventResponse(BaseModel):
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
    kms: KeyOperationResponse | None
    hash: str
    mac: str

    @classmethod
    def of(cls, event: StoredEvent) -> AuditEventResponse:
        return cls.model_validate({**json.loads(event.body), "hash": event.hash.hex(), "mac": event.mac.hex()})


class AuditPage(BaseModel):
    items: list[AuditEventResponse]
    next_cursor: str | None


class AuditProblemResponse(BaseModel):
    chain: str
    seq: int | None
    message: str


class AuditReportResponse(BaseModel):
    """Result of a full verification of every hash, MAC, and checkpoint.

    `key_sha256` identifies the key that verifies checkpoints. It is needed to verify an export elsewhere.
    """

    valid: bool
    events: int
    chains: int
    checkpoints: int
    key_sha256: str
    problems: list[AuditProblemResponse]

    @classmethod
    def of(cls, report: audit_log.AuditReport) -> AuditReportResponse:
        return cls(
            valid=report.valid,
            events=report.events,
            chains=report.chains,
            checkpoints=report.checkpoints,
            key_sha256=report.key_sha256,
            problems=[AuditProblemResponse(chain=p.chain, seq=p.seq, message=p.message) for p in report.problems],
        )
