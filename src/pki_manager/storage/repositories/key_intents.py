"""Stored intents to generate keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict
from pki_manager.domain.key_intent import KeyIntent
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.keys import key_intents


class SqlKeyIntents:
    """Implements ports.key_intents.KeyIntents."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, key_id: UUID) -> KeyIntent | None:
        row = self._transaction.first(sa.select(key_intents).where(key_intents.c.id == key_id))
        return None if row is None else _from_row(row)

    def list_overdue(self, now: datetime, limit: int) -> Sequence[KeyIntent]:
        statement = sa.select(key_intents).where(key_intents.c.deadline < now)
        return [_from_row(row) for row in self._transaction.rows(statement.order_by(key_intents.c.id).limit(limit))]

    def add(self, intent: KeyIntent) -> None:
        given_up = sa.select(key_intents.c.id).where(key_intents.c.id == intent.id, key_intents.c.given_up == 1)
        if self._transaction.first(given_up) is not None:
            raise Conflict(f"The key {intent.id} is being removed. Retry.")
        self._transaction.upsert(key_intents, _to_row(intent))

    def conclude(self, key_id: UUID) -> bool:
        statement = sa.delete(key_intents).where(key_intents.c.id == key_id, key_intents.c.given_up == 0)
        return self._transaction.changed(statement) == 1

    def give_up(self, key_id: UUID, before: datetime, deadline: datetime) -> bool:
        unchanged = (key_intents.c.id == key_id, key_intents.c.deadline == before)
        changed = sa.update(key_intents).where(*unchanged).values(given_up=1, deadline=deadline)
        return self._transaction.changed(changed) == 1

    def remove(self, key_id: UUID) -> None:
        self._transaction.execute(sa.delete(key_intents).where(key_intents.c.id == key_id))


def _to_row(intent: KeyIntent) -> dict[str, object]:
    return {
        "id": intent.id,
        "backend": intent.backend,
        "key_type": intent.key_type,
        "is_known": int(intent.is_known),
        "requested_by": intent.requested_by,
        "node": intent.node,
        "created_at": intent.created_at,
        "deadline": intent.deadline,
        "given_up": 0,
    }


def _from_row(row: sa.Row[Any]) -> KeyIntent:
    return KeyIntent(
        id=row.id,
        backend=row.backend,
        key_type=row.key_type,
        is_known=bool(row.is_known),
        requested_by=row.requested_by,
        node=row.node,
        created_at=row.created_at,
        deadline=row.deadline,
    )
