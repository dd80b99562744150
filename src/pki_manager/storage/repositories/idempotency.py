"""Stored idempotency keys, each with the object that its request created. They are kept for 24 hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa

from pki_manager.ports.clock import Clock
from pki_manager.ports.unit_of_work import Claim, Claimed, ClaimedObject
from pki_manager.storage.engine.bulk_statement import insert
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.pki import idempotency

_KEPT = timedelta(hours=24)

_FIND = CompiledStatement(
    sa.select(idempotency.c.object_id, idempotency.c.body_sha256).where(
        idempotency.c.actor_id == sa.bindparam("actor"),
        idempotency.c.operation == sa.bindparam("operation"),
        idempotency.c.key == sa.bindparam("key"),
        idempotency.c.created_at > sa.bindparam("expired"),
    )
)

INSERT_CLAIMS = insert(idempotency, *idempotency.c.keys(), skip_existing=True)


class SqlIdempotency:
    """Implements ports.unit_of_work.Idempotency."""

    def __init__(self, transaction: Transaction, clock: Clock) -> None:
        self._transaction = transaction
        self._clock = clock

    def find(self, actor_id: str, claim: Claim) -> ClaimedObject | None:
        return self._find(actor_id, claim, self._clock.now())

    def claim(self, actor_id: str, claim: Claim, object_id: UUID, now: datetime) -> None:
        values = {
            "actor_id": actor_id,
            "operation": claim.operation,
            "key": claim.key,
            "body_sha256": claim.body_sha256,
            "object_id": object_id,
            "created_at": now,
        }
        if self._transaction.assumptions is not None:
            self._transaction.defer(INSERT_CLAIMS, values)
            return
        if self._transaction.insert_new(idempotency, values):
            return
        earlier = self._find(actor_id, claim, now)
        if earlier is not None:
            raise Claimed(*earlier)
        self._transaction.upsert(idempotency, values)

    def release(self, object_id: UUID) -> None:
        self._transaction.execute(sa.delete(idempotency).where(idempotency.c.object_id == object_id))

    def prune(self, before: datetime) -> int:
        return self._transaction.changed(sa.delete(idempotency).where(idempotency.c.created_at < before))

    def _find(self, actor_id: str, claim: Claim, now: datetime) -> ClaimedObject | None:
        values = {"actor": actor_id, "operation": claim.operation, "key": claim.key, "expired": now - _KEPT}
        row = self._transaction.first(_FIND, values)
        return None if row is None else ClaimedObject(row.object_id, row.body_sha256)
