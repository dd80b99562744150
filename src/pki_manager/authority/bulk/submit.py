"""Acceptance of a bulk job: all of its rows have valid fields, or nothing is stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from pki_manager.authority.bulk.rows import KINDS, RowAction
from pki_manager.authority.kernel import approval_gate
from pki_manager.authority.kernel.approval_gate import Act
from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.idempotency import Done, run_once
from pki_manager.domain.approval import Operation
from pki_manager.domain.bulk import MAX_ROWS, BulkAction, BulkJob, BulkRow
from pki_manager.domain.errors import FieldError, InvalidInput, TooLarge
from pki_manager.domain.events.audit import BulkSubmitted
from pki_manager.domain.jobs import JobKind, NewJob
from pki_manager.domain.rights.actor import Actor
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Claim

MAX_SHOWN = 100
"""Maximum number of errors of a file that are listed by row; the others are only counted."""


def submit(
    ctx: Context,
    actor: Actor,
    action: BulkAction,
    rows: Sequence[Mapping[str, str]],
    claim: Claim | None = None,
) -> Done[UUID]:
    """Create a bulk job and return its ID. Its rows run in the background.

    Each row runs with the permissions that the actor has then. Raises InvalidInput with the errors of each row (such as
    `rows.17.csr`; the first row is 1) for missing or unknown fields, a certificate that occurs twice, and no rows;
    TooLarge for more than MAX_ROWS rows.
    """
    kind = KINDS[action]
    access.require(actor, Permission.BULK_RUN)
    access.require_somewhere(actor, kind.permission)
    _require_shape(kind, rows)

    def work() -> UUID:
        now = ctx.ports.clock.now()
        permit = approval_gate.ask(ctx, actor, _act_of(action, rows))
        kept = [BulkRow(number=number, body=dict(body)) for number, body in enumerate(rows, 1)]
        with ctx.ports.storage.begin(actor) as uow:
            permit.use(uow, now)
            job_id = uow.jobs.enqueue(NewJob(JobKind.BULK, {"action": action.value, "requested_by": actor.id}), now)
            if claim is not None:
                uow.idempotency.claim(actor.id, claim, job_id, now)
            uow.bulk.add(_job(job_id, action, actor, len(kept), now), kept)
            uow.record(
                BulkSubmitted(
                    object_id=str(job_id), bulk_action=action.value, rows=len(kept), rows_sha256=_digest(rows)
                )
            )
        return job_id

    def again(job_id: UUID) -> UUID:
        with ctx.ports.storage.read() as reader:
            return reader.bulk.get(job_id).id

    return run_once(ctx, actor, claim, work, again)


def _act_of(action: BulkAction, rows: Sequence[Mapping[str, str]]) -> Act:
    """Return the operation for the approval gate: the hash of all rows, and the first rows for approvers to read."""
    is_revocation = action is BulkAction.REVOKE
    operation = Operation.CERTIFICATE_BULK_REVOKE if is_revocation else Operation.CERTIFICATE_BULK_FILE
    digest = _digest(rows)
    first = [dict(row) for row in rows[:MAX_SHOWN]]
    body = {"action": action.value, "rows": len(rows), "rows_sha256": digest, "first": first}
    return Act(operation, "bulk", digest, body)


def _job(job_id: UUID, action: BulkAction, actor: Actor, rows: int, now: datetime) -> BulkJob:
    return BulkJob(
        id=job_id,
        action=action,
        requested_by=actor.id,
        requested_name=actor.name,
        via=actor.via,
        rows=rows,
        created_at=now,
    )


def _require_shape(kind: RowAction, rows: Sequence[Mapping[str, str]]) -> None:
    if not rows:
        raise InvalidInput.of("rows", "bulk.empty", "must contain at least one row")
    if len(rows) > MAX_ROWS:
        raise TooLarge.of("rows", "bulk.rows", f"must have at most {MAX_ROWS} rows, not {len(rows)}")
    faults = [fault for number, body in enumerate(rows, 1) for fault in kind.require_fields(number, body)]
    faults += _named_twice(rows)
    if faults:
        detail = "; ".join(f"{fault.field}: {fault.message}" for fault in faults[:3])
        raise InvalidInput(f"The file has {len(faults)} errors: {detail}.", errors=tuple(faults[:MAX_SHOWN]))


def _named_twice(rows: Sequence[Mapping[str, str]]) -> list[FieldError]:
    """Return an error for each row that names the same certificate as an earlier row."""
    first: dict[str, int] = {}
    faults = []
    for number, body in enumerate(rows, 1):
        named = body.get("certificate")
        if named is not None and first.setdefault(named, number) != number:
            message = f"must not repeat the certificate of row {first[named]}"
            faults.append(FieldError(f"rows.{number}.certificate", "bulk.duplicate", message))
    return faults


def _digest(rows: Sequence[Mapping[str, str]]) -> str:
    """Return the SHA-256 (hex) of the rows as JSON with sorted keys, for the audit log."""
    text = json.dumps([dict(row) for row in rows], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
