"""Certificate counts that are computed on request.

They are for viewers who are limited to names, because there are no sums by name, and for the time after an upgrade
until the worker has counted all certificates.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from pki_manager.domain.ids import first_id
from pki_manager.domain.rights.actor import Visibility
from pki_manager.storage.engine import visibility
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.certificate_search import OF_REVOKED, UNREVOKED
from pki_manager.storage.tables.pki import certificates, revocations

NUMBER = sa.func.count().label("number")

Span = tuple[datetime, datetime]
"""A start time (inclusive) and an end time (exclusive)."""


class LiveCensus:
    """Counts of the certificates that match a condition. All conditions can use an index."""

    def __init__(self, transaction: Transaction, visible: Visibility | None) -> None:
        self._transaction = transaction
        self._visible = visible

    def by_state(self) -> dict[str, int]:
        statement = sa.select(certificates.c.standing, NUMBER).where(*self._seen()).group_by(certificates.c.standing)
        return {row.standing: row.number for row in self._transaction.rows(statement)}

    def unrevoked(self, start: datetime, end: datetime | None = None) -> Sequence[sa.Row[Any]]:
        """Count unrevoked certificates that expire in the span, by CA, profile, and key type."""
        own = certificates.c
        columns = (own.ca_id, own.profile, own.key_type)
        bounds = [own.standing == UNREVOKED, own.not_after >= start]
        if end is not None:
            bounds.append(own.not_after < end)
        statement = sa.select(*columns, NUMBER).where(*bounds, *self._seen()).group_by(*columns)
        return self._transaction.rows(statement)

    def count_expiring(self, spans: Sequence[Span]) -> list[int]:
        end = certificates.c.not_after
        return self._counts(
            sa.select(NUMBER).where(certificates.c.standing == UNREVOKED, end >= start, end < stop, *self._seen())
            for start, stop in spans
        )

    def issued(self, spans: Sequence[Span]) -> list[int]:
        """Count certificates issued in each span, by their IDs, which contain the time of issue."""
        own = certificates.c.id
        return self._counts(
            sa.select(NUMBER).where(own >= first_id(start), own < first_id(stop), *self._seen())
            for start, stop in spans
        )

    def revoked(self, spans: Sequence[Span]) -> list[int]:
        time = revocations.c.time
        counted = sa.select(NUMBER).select_from(revocations).where(*OF_REVOKED)
        if self._visible is not None:
            counted = counted.join(certificates).where(*self._seen())
        return self._counts(counted.where(time >= start, time < stop) for start, stop in spans)

    def _seen(self) -> visibility.Conditions:
        return visibility.build_certificate_conditions(self._visible)

    def _counts(self, statements: Iterable[sa.Select[Any]]) -> list[int]:
        numbered = [
            statement.add_columns(sa.literal(place).label("place")) for place, statement in enumerate(statements)
        ]
        if not numbered:
            return []
        found = {row.place: row.number for row in self._transaction.rows(sa.union_all(*numbered))}
        return [found[place] for place in range(len(numbered))]


def build_spans(moments: Sequence[datetime]) -> list[Span]:
    """Return the spans between successive moments."""
    return list(pairwise(moments))
