"""Stored revocations, and the selection of those that a CRL lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.revocation import Revocation, RevocationReason
from pki_manager.ports.revocations import EncodedEntries
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.certificate_search import HELD, REVOKED, UNREVOKED
from pki_manager.storage.repositories.counts.changes import State, count_moved
from pki_manager.storage.tables.pki import certificates, releases, revocations
from pki_manager.storage.tables.types import is_serial

_SETTLED = timedelta(minutes=1)
"""Age from which a change is certain to be visible to a CRL.

A change that is younger at the thisUpdate of a CRL may have been committed after the entries of the CRL were read.
"""

_HOLD = RevocationReason.CERTIFICATE_HOLD.value

_FIND = CompiledStatement(
    sa.select(revocations).where(
        revocations.c.issuer_key_id == sa.bindparam("key"), revocations.c.serial == sa.bindparam("wanted")
    )
)

_FORGET_RELEASE = CompiledStatement(
    sa.delete(releases).where(
        releases.c.issuer_key_id == sa.bindparam("key"), releases.c.serial == sa.bindparam("wanted")
    )
)


class SqlRevocations:
    """Implements ports.revocations.Revocations."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def find(self, issuer_key_id: UUID, serial: int) -> Revocation | None:
        if not is_serial(serial):
            return None
        row = self._transaction.first(_FIND, {"key": issuer_key_id, "wanted": serial})
        return None if row is None else _from_row(row)

    def read_entries(self, issuer_key_id: UUID, shard: int | None = None) -> EncodedEntries:
        return self._encoded(revocations.c.serial, *_listed(issuer_key_id, shard))

    def read_changed_entries(self, issuer_key_id: UUID, since: datetime, shard: int | None = None) -> EncodedEntries:
        changed_at = revocations.c.changed_at
        return self._encoded(changed_at, *_listed(issuer_key_id, shard), changed_at >= since - _SETTLED)

    def list_released(self, issuer_key_id: UUID, since: datetime) -> Sequence[tuple[int, datetime]]:
        statement = (
            sa.select(releases.c.serial, releases.c.time)
            .where(releases.c.issuer_key_id == issuer_key_id, releases.c.time >= since - _SETTLED)
            .order_by(releases.c.serial)
        )
        return [(row.serial, row.time) for row in self._transaction.rows(statement)]

    def add(self, revocation: Revocation, entry_der: bytes, now: datetime, shard: int | None = None) -> None:
        row = _to_row(revocation, entry_der, now) | {"dropped": 0, "shard": shard}
        if not self._transaction.insert_new(revocations, row):
            raise Conflict("The certificate is already revoked.")
        self._forget_release(revocation)
        self._set_state(revocation.certificate_id, State(UNREVOKED), _state_of(revocation))

    def supersede(self, revocation: Revocation, entry_der: bytes, now: datetime) -> None:
        this = _is(revocation.issuer_key_id, revocation.serial)
        # Locked: another process may supersede it at the same time, and each counts the state that it ends.
        old = next(iter(self._transaction.lock(sa.select(revocations).where(*this))), None)
        row = _to_row(revocation, entry_der, now)
        if old is None or not self._transaction.changed(sa.update(revocations).where(*this).values(row)):
            raise NotFound("The certificate is not revoked.")
        self._set_state(revocation.certificate_id, _state_of(_from_row(old)), _state_of(revocation))

    def release(self, issuer_key_id: UUID, serial: int, now: datetime) -> None:
        held = self.find(issuer_key_id, serial)
        statement = sa.delete(revocations).where(*_is(issuer_key_id, serial), revocations.c.reason == _HOLD)
        if held is None or not self._transaction.changed(statement):
            raise Conflict("The certificate is not on hold.")
        self._transaction.upsert(releases, {"issuer_key_id": issuer_key_id, "serial": serial, "time": now})
        self._set_state(held.certificate_id, _state_of(held), State(UNREVOKED))

    def mark_listed(self, issuer_key_id: UUID, this_update: datetime) -> None:
        shown = this_update - _SETTLED
        drop = (
            sa.update(revocations)
            .where(*_listed(issuer_key_id), revocations.c.not_after < this_update, revocations.c.changed_at <= shown)
            .values(dropped=1)
        )
        self._transaction.execute(drop)
        forget = sa.delete(releases).where(releases.c.issuer_key_id == issuer_key_id, releases.c.time < shown)
        self._transaction.execute(forget)

    def _encoded(self, order: sa.Column[Any], *conditions: sa.ColumnElement[bool]) -> EncodedEntries:
        statement = sa.select(revocations.c.entry_der).where(*conditions).order_by(order, revocations.c.serial)
        count, parts = 0, []
        for rows in self._transaction.stream(statement):
            count += len(rows)
            parts.append(b"".join([row[0] for row in rows]))
        return EncodedEntries(count, b"".join(parts))

    def _forget_release(self, revocation: Revocation) -> None:
        this = {"key": revocation.issuer_key_id, "wanted": revocation.serial}
        self._transaction.execute(_FORGET_RELEASE, this)

    def _set_state(self, certificate_id: UUID | None, old: State, new: State) -> None:
        if certificate_id is not None:
            this = certificates.c.id == certificate_id
            self._transaction.execute(sa.update(certificates).where(this).values(standing=new.name))
            count_moved(self._transaction, certificate_id, old, new)


def _state_of(revocation: Revocation) -> State:
    return State(HELD) if revocation.is_hold else State(REVOKED, revocation.time)


def _is(issuer_key_id: UUID, serial: int) -> tuple[sa.ColumnElement[bool], ...]:
    return revocations.c.issuer_key_id == issuer_key_id, revocations.c.serial == serial


def _listed(issuer_key_id: UUID, shard: int | None = None) -> tuple[sa.ColumnElement[bool], ...]:
    """Return the conditions of the revocations of an issuer key that CRLs list: those of one shard, or all of them."""
    of_key = (revocations.c.issuer_key_id == issuer_key_id, revocations.c.dropped == 0)
    return of_key if shard is None else (*of_key, revocations.c.shard == shard)


def _to_row(revocation: Revocation, entry_der: bytes, now: datetime) -> dict[str, object]:
    return {
        "issuer_key_id": revocation.issuer_key_id,
        "serial": revocation.serial,
        "certificate_id": revocation.certificate_id,
        "reason": revocation.reason.value,
        "time": revocation.time,
        "invalidity_date": revocation.invalidity_date,
        "not_after": revocation.not_after,
        "changed_at": now,
        "entry_der": entry_der,
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
