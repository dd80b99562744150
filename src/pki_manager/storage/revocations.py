"""Revocations, and which of them a full CRL lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict
from pki_manager.domain.revocation import Revocation, RevocationReason, RevokedEntry
from pki_manager.storage.certificate_search import HELD, REVOKED
from pki_manager.storage.tables import certificates, revocations
from pki_manager.storage.transaction import Transaction
from pki_manager.storage.types import is_serial

_SETTLED = timedelta(minutes=1)
"""A revocation younger than this at a CRL's thisUpdate may have been committed after the CRL's entries were read."""


class SqlRevocations:
    """Implements ports.unit_of_work.Revocations."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, issuer_key_id: UUID, serial: int) -> Revocation | None:
        if not is_serial(serial):
            return None
        statement = sa.select(revocations).where(
            revocations.c.issuer_key_id == issuer_key_id, revocations.c.serial == serial
        )
        row = self._transaction.first(statement)
        return None if row is None else _from_row(row)

    def entries(self, issuer_key_id: UUID) -> Iterator[RevokedEntry]:
        columns = (revocations.c.serial, revocations.c.time, revocations.c.reason, revocations.c.invalidity_date)
        statement = sa.select(*columns).where(*_listed(issuer_key_id)).order_by(revocations.c.serial)
        for row in self._transaction.stream(statement):
            yield RevokedEntry(row.serial, row.time, row.reason, row.invalidity_date)

    def count(self, issuer_key_id: UUID) -> int:
        """How many `entries` has."""
        row = self._transaction.first(sa.select(sa.func.count().label("number")).where(*_listed(issuer_key_id)))
        return int(row.number) if row is not None else 0

    def add(self, revocation: Revocation) -> None:
        if not self._transaction.insert_new(revocations, _to_row(revocation)):
            raise Conflict("the certificate is already revoked")
        if revocation.certificate_id is not None:
            held = revocation.reason is RevocationReason.CERTIFICATE_HOLD
            statement = (
                sa.update(certificates)
                .where(certificates.c.id == revocation.certificate_id)
                .values(standing=HELD if held else REVOKED)
            )
            self._transaction.execute(statement)

    def mark_listed(self, issuer_key_id: UUID, this_update: datetime) -> None:
        statement = (
            sa.update(revocations)
            .where(
                *_listed(issuer_key_id),
                revocations.c.not_after < this_update,
                revocations.c.time <= this_update - _SETTLED,
            )
            .values(dropped=1)
        )
        self._transaction.execute(statement)


def _listed(issuer_key_id: UUID) -> tuple[sa.ColumnElement[bool], ...]:
    return revocations.c.issuer_key_id == issuer_key_id, revocations.c.dropped == 0


def _to_row(revocation: Revocation) -> dict[str, object]:
    return {
        "issuer_key_id": revocation.issuer_key_id,
        "serial": revocation.serial,
        "certificate_id": revocation.certificate_id,
        "reason": revocation.reason.value,
        "time": revocation.time,
        "invalidity_date": revocation.invalidity_date,
        "not_after": revocation.not_after,
        "dropped": 0,
    }


def _from_row(row: sa.Row[Any]) -> Revocation:
    return Revocation(
        issuer_key_id=row.issuer_key_id,
        serial=row.serial,
        certificate_id=row.certificate_id,
        reason=RevocationReason(row.reason),
        time=row.time,
        invalidity_date=row.invalidity_date,
        not_after=row.not_after,
    )
