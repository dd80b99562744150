"""Transactions of CMP clients."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pki_manager.domain.protocols.cmp import CmpState, CmpTransaction
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.cmp import cmp_transactions

_COLUMNS = cmp_transactions.c
_OPEN = _COLUMNS.state.in_((CmpState.PENDING.value, CmpState.DELIVERED.value))
_BY_TRANSACTION = CompiledStatement(
    sa.select(cmp_transactions).where(
        _COLUMNS.client == sa.bindparam("wanted_client"), _COLUMNS.transaction_id == sa.bindparam("wanted_id")
    )
)


class SqlCmpTransactions:
    """Implements ports.cmp.CmpTransactions."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, client: str, transaction_id: bytes) -> CmpTransaction | None:
        row = self._transaction.first(_BY_TRANSACTION, {"wanted_client": client, "wanted_id": transaction_id})
        return None if row is None else _from_row(row)

    def list_overdue(self, now: datetime, limit: int) -> Sequence[CmpTransaction]:
        these = sa.select(cmp_transactions).where(_OPEN, _COLUMNS.expires_at <= now)
        rows = self._transaction.rows(these.order_by(_COLUMNS.expires_at).limit(limit))
        return [_from_row(row) for row in rows]

    def count_open(self, client: str) -> int:
        row = self._transaction.first(sa.select(sa.func.count()).where(_OPEN, _COLUMNS.client == client))
        return 0 if row is None else int(row[0])

    def add(self, transaction: CmpTransaction) -> bool:
        row = {
            "id": transaction.id,
            "client": transaction.client,
            "transaction_id": transaction.transaction_id,
            "body_type": transaction.body_type,
            "request_number": transaction.request_number,
            "enrollment_id": transaction.enrollment_id,
            "state": transaction.state.value,
            "implicit_confirm": int(transaction.implicit_confirm),
            "nonce": transaction.nonce,
            "created_at": transaction.created_at,
            "expires_at": transaction.expires_at,
        }
        return self._transaction.insert_new(cmp_transactions, row)

    def change(self, before: CmpTransaction, after: CmpTransaction) -> bool:
        unchanged = (_COLUMNS.id == before.id, _COLUMNS.state == before.state.value, _COLUMNS.nonce == before.nonce)
        values = {"state": after.state.value, "nonce": after.nonce, "expires_at": after.expires_at}
        return self._transaction.changed(sa.update(cmp_transactions).where(*unchanged).values(values)) == 1

    def prune(self, now: datetime) -> int:
        ended = (_COLUMNS.state == CmpState.ENDED.value, _COLUMNS.expires_at <= now)
        return self._transaction.changed(sa.delete(cmp_transactions).where(*ended))


def _from_row(row: sa.Row[Any]) -> CmpTransaction:
    return CmpTransaction(
        id=row.id,
        client=row.client,
        transaction_id=row.transaction_id,
        body_type=row.body_type,
        request_number=row.request_number,
        enrollment_id=row.enrollment_id,
        state=CmpState(row.state),
        implicit_confirm=bool(row.implicit_confirm),
        nonce=row.nonce,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )
