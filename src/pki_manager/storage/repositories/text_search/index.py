"""The text index of certificates, filled from a queue.

The unit of work that adds a certificate adds it to the queue. The worker takes it from the queue and adds its text in
one transaction, so that each certificate is in one of the two.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.search_text import build_certificate_text
from pki_manager.storage.encoding import names as names_json
from pki_manager.storage.engine.bulk_statement import insert
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.pki import certificates
from pki_manager.storage.tables.search import certificate_texts, search_queue

AT_ONCE = 250
"""Number of certificates that one step indexes. On SQLite, other writers wait for the step."""

PLACES = 1 << 15
"""Number of index numbers that are reserved for the certificates of one millisecond."""

INSERT_QUEUED = insert(search_queue, "certificate_id")
_INSERT_TEXTS = insert(certificate_texts, *certificate_texts.c.keys())
_ANY_QUEUED = CompiledStatement(sa.select(search_queue.c.certificate_id).limit(1))
_LAST_NUMBER = CompiledStatement(
    sa.select(sa.func.max(certificate_texts.c.number).label("number")).where(
        certificate_texts.c.number >= sa.bindparam("first"), certificate_texts.c.number < sa.bindparam("stop")
    )
)


def first_number(certificate_id: UUID) -> int:
    """Return the first index number for certificates whose IDs were generated in the same millisecond as this one."""
    return (certificate_id.int >> 80) * PLACES


def compute_next_number(certificate_id: UUID) -> int:
    """Return the first index number of the millisecond after that of this ID."""
    return first_number(certificate_id) + PLACES


class SqlTextIndex:
    """Implements ports.certificates.TextIndex."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def has_queued(self) -> bool:
        return self._transaction.first(_ANY_QUEUED) is not None

    def fill(self) -> int:
        """Index some queued certificates, newest first because they are searched most. Returns how many were taken.

        Two processes that run this at the same time take different rows.
        """
        newest = sa.select(search_queue.c.certificate_id).order_by(search_queue.c.certificate_id.desc())
        take = sa.delete(search_queue).where(search_queue.c.certificate_id.in_(newest.limit(AT_ONCE)))
        taken = [row.certificate_id for row in self._transaction.rows(take.returning(search_queue.c.certificate_id))]
        columns = (certificates.c[name] for name in ("id", "subject", "sans", "serial"))
        found = self._transaction.rows(sa.select(*columns).where(certificates.c.id.in_(taken)).order_by("id"))
        self._transaction.write(_INSERT_TEXTS, list(self._texts(found)))
        return len(taken)

    def _texts(self, found: Iterable[sa.Row[Any]]) -> Iterable[list[Any]]:
        number = -1
        for row in found:
            first = first_number(row.id)
            if number < first:
                stored = self._transaction.first(_LAST_NUMBER, {"first": first, "stop": first + PLACES})
                number = first if stored is None or stored.number is None else stored.number + 1
            else:
                number += 1
            text = build_certificate_text(row.subject, names_json.sans_from_json(row.sans), row.serial)
            values = {"number": number, "certificate_id": row.id, "text": text}
            yield self._transaction.row(_INSERT_TEXTS, values)

    def forget(self, certificate_id: UUID) -> None:
        for column in (search_queue.c.certificate_id, certificate_texts.c.certificate_id):
            self._transaction.execute(sa.delete(column.table).where(column == certificate_id))
