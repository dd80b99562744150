"""Certificates by the number, each count from indexes alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.algorithms import KEY_TYPES
from pki_manager.domain.certificate import CertificateState
from pki_manager.domain.rights.actor import Visibility
from pki_manager.storage.engine import visibility
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.certificate_search import HELD, OF_REVOKED, REVOKED, UNREVOKED, first_id
from pki_manager.storage.tables.pki import certificates, revocations

_NUMBER = sa.func.count().label("number")


class SqlCensus:
    """Implements ports.census.Census."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def by_state(self, now: datetime, visible: Visibility | None) -> dict[CertificateState, int]:
        state = certificates.c.standing
        ended = sa.func.count().filter(certificates.c.not_after < now).label("ended")
        statement = sa.select(state, _NUMBER, ended).where(*visibility.of_certificates(visible)).group_by(state)
        rows = {row.standing: row for row in self._transaction.rows(statement)}
        total = {name: row.number for name, row in rows.items()}
        expired = rows[UNREVOKED].ended if UNREVOKED in rows else 0
        return {
            CertificateState.VALID: total.get(UNREVOKED, 0) - expired,
            CertificateState.HELD: total.get(HELD, 0),
            CertificateState.REVOKED: total.get(REVOKED, 0),
            CertificateState.EXPIRED: expired,
        }

    def valid_by_ca(self, now: datetime, visible: Visibility | None) -> dict[UUID, int]:
        return {row.value: row.number for row in self._valid_by(certificates.c.ca_id, now, visible)}

    def valid_by_profile(self, now: datetime, visible: Visibility | None) -> dict[str, int]:
        return {row.value: row.number for row in self._valid_by(certificates.c.profile, now, visible)}

    def _valid_by(self, column: sa.Column[Any], now: datetime, visible: Visibility | None) -> Iterator[sa.Row[Any]]:
        """The count decides what is valid, not the condition: so the walk is down the index of the column."""
        number = sa.func.count().filter(sa.and_(*_valid(now))).label("number")
        statement = sa.select(column.label("value"), number).where(*visibility.of_certificates(visible))
        return (row for row in self._transaction.rows(statement.group_by(column)) if row.number)

    def valid_by_key_type(self, now: datetime, visible: Visibility | None) -> dict[str, int]:
        """Counted side by side in one walk: grouping would sort them all first."""
        counted = [_counted(certificates.c.key_type == name) for name in KEY_TYPES]
        numbers = self._one_row(sa.select(*counted).where(*_valid(now), *visibility.of_certificates(visible)))
        return {name: number for name, number in zip(KEY_TYPES, numbers, strict=True) if number}

    def ending(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        end = certificates.c.not_after
        counted = [_counted(sa.and_(end >= start, end < stop)) for start, stop in pairwise(moments)]
        bounds = (certificates.c.standing == UNREVOKED, end >= moments[0], end < moments[-1])
        return self._one_row(sa.select(*counted).where(*bounds, *visibility.of_certificates(visible)))

    def made(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        """By their ids, which contain when they were made."""
        ids, own = [first_id(moment) for moment in moments], certificates.c.id
        counted = [_counted(sa.and_(own >= start, own < stop)) for start, stop in pairwise(ids)]
        bounds = (own >= ids[0], own < ids[-1])
        return self._one_row(sa.select(*counted).where(*bounds, *visibility.of_certificates(visible)))

    def revoked(self, moments: Sequence[datetime], visible: Visibility | None) -> list[int]:
        time = revocations.c.time
        counted = [_counted(sa.and_(time >= start, time < stop)) for start, stop in pairwise(moments)]
        bounds = (time >= moments[0], time < moments[-1])
        statement = sa.select(*counted).where(*bounds, *OF_REVOKED)
        if visible is not None:
            statement = statement.join_from(revocations, certificates).where(*visibility.of_certificates(visible))
        return self._one_row(statement)

    def _one_row(self, statement: sa.Select[*tuple[Any, ...]]) -> list[int]:
        (row,) = self._transaction.rows(statement)
        return list(row)


def _valid(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return certificates.c.standing == UNREVOKED, certificates.c.not_after >= now


def _counted(condition: sa.ColumnElement[bool]) -> sa.Label[int]:
    return sa.func.count().filter(condition).label(None)
