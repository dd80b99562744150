"""The certificates that a text search finds, in the text index and among those that are not yet in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.ids import create_uuid7
from pki_manager.domain.search_text import SHORTEST, search_terms
from pki_manager.storage.engine import text_index
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.text_search.index import PLACES, compute_next_number
from pki_manager.storage.tables.pki import certificate_names, certificates
from pki_manager.storage.tables.search import certificate_texts, search_queue

WINDOW = 256
"""Maximum number of matches that are read at once."""

LONGEST_QUEUE = 5_000
"""Maximum number of queued certificates that a search compares one by one while they wait for the index."""

_MOST_TRIGRAMS = 60
_TRIGRAMS = sa.table(text_index.TRIGRAMS, sa.column("rowid"), sa.column(text_index.TRIGRAMS))
_CUSTOM_PLANS = sa.text("SET LOCAL plan_cache_mode = force_custom_plan")
_HAS_INDEX = sa.select(sa.func.to_regclass(text_index.NAME).is_not(None).label("found"))
_QUEUED = sa.select(sa.func.count().label("number")).select_from(
    sa.select(search_queue.c.certificate_id).limit(LONGEST_QUEUE + 1).subquery()
)

_HAS_TRIGRAM = re.compile(r"[^\W_]{3}|[\W_][^\W_]{2}|[\W_][^\W_][\W_]")
"""Pattern of terms that pg_trgm can look up. It indexes letters and digits, and beginnings and ends of words."""


_SPECIAL = re.compile(r"[\\%_]")


@dataclass(frozen=True, slots=True)
class Matches:
    """IDs of matching certificates. If `least` is None, these are all matches.

    Otherwise these are all matches whose ID is at least `least`.
    """

    ids: frozenset[UUID]
    least: UUID | None


class TextMatches:
    """The certificates whose text contains at least one of the terms of a query."""

    def __init__(self, transaction: Transaction, query: str) -> None:
        self._transaction = transaction
        self._terms = search_terms(query)

    def is_possible(self) -> bool:
        """Return whether the index can answer the query. If it cannot, a search finds only the starts of names."""
        if any(len(term) < SHORTEST or not term.isprintable() for term in self._terms):
            return False
        if not self._transaction.is_postgresql:
            return True
        if not all(_HAS_TRIGRAM.search(term) for term in self._terms):
            return False
        row = self._transaction.first(_HAS_INDEX)
        return row is not None and bool(row.found)

    def has_long_queue(self) -> bool:
        """Return whether more certificates wait for the index than can be compared one by one.

        A search then finds these certificates only by the starts of their names.
        """
        row = self._transaction.first(_QUEUED)
        return row is not None and row.number > LONGEST_QUEUE

    def newest(self, before: UUID | None, *, with_queue: bool) -> Matches:
        """Return the newest matches whose ID is below `before`. If `with_queue`, queued certificates are included."""
        if self._transaction.is_postgresql:
            # A plan for any text would not look into the index.
            self._transaction.execute(_CUSTOM_PLANS)
        indexed = self._transaction.rows(self._indexed(before))
        queued = self._transaction.rows(self._queued(before)) if with_queue else ()
        bounds = []
        if len(indexed) == WINDOW:
            # Within a millisecond numbers and IDs may have another order.
            bounds.append(create_uuid7(indexed[-1].number // PLACES + 1, bytes(10)))
        if len(queued) == WINDOW:
            bounds.append(queued[-1].certificate_id)
        ids = frozenset(row.certificate_id for rows in (indexed, queued) for row in rows)
        return Matches(ids, max(bounds, default=None))

    def is_match(self) -> sa.ColumnElement[bool]:
        """Return the condition that a certificate matches. It is for lists that are read from the top."""
        texts = certificate_texts.c
        is_queued = sa.exists().where(search_queue.c.certificate_id == certificates.c.id)
        return sa.or_(
            sa.exists().where(texts.certificate_id == certificates.c.id, self._has_term(texts.text)),
            sa.and_(is_queued, self._is_queued_match()),
        )

    def _indexed(self, before: UUID | None) -> sa.Select[Any]:
        texts = certificate_texts.c
        found = sa.select(texts.certificate_id, texts.number).where(self._has_term(texts.text)).limit(WINDOW)
        if self._transaction.is_postgresql:
            order: sa.ColumnElement[Any] = texts.number
        else:
            # The trigrams are read in order, and the rest only for as long as the window is not full.
            order = _TRIGRAMS.c.rowid
            joined = _TRIGRAMS.join(certificate_texts, texts.number == order)
            found = found.select_from(joined).where(_TRIGRAMS.c[text_index.TRIGRAMS].match(self._expression()))
        if before is not None:
            found = found.where(order < compute_next_number(before))
        return found.order_by(order.desc())

    def _queued(self, before: UUID | None) -> sa.Select[Any]:
        queued = search_queue.c.certificate_id
        found = sa.select(queued).join(certificates, certificates.c.id == queued).where(self._is_queued_match())
        if before is not None:
            found = found.where(queued < before)
        return found.order_by(queued.desc()).limit(WINDOW)

    def _is_queued_match(self) -> sa.ColumnElement[bool]:
        """Return the condition that a queued certificate matches, on the columns that `certificate_text` uses."""
        names = certificate_names.c
        own = names.certificate_id == certificates.c.id
        serial = self._octets_hex(certificates.c.serial)
        digits = sa.func.ltrim(serial, "0")
        padded = sa.case((sa.func.length(digits) % 2 == 1, sa.literal("0").concat(digits)), else_=digits)
        return sa.or_(
            self._has_term(sa.func.lower(certificates.c.subject)),
            self._has_term(padded),
            sa.exists().where(own, self._has_term(names.value)),
        )

    def _octets_hex(self, column: sa.Column[Any]) -> sa.ColumnElement[str]:
        if self._transaction.is_postgresql:
            return sa.func.encode(column, "hex", type_=sa.Text)
        return sa.func.lower(sa.func.hex(column, type_=sa.Text), type_=sa.Text)

    def _has_term(self, text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
        if self._transaction.is_postgresql:
            return sa.or_(*(text.like(pattern) for pattern in self._patterns()))
        return sa.or_(*(sa.func.instr(text, term) > 0 for term in self._terms))

    def _patterns(self) -> Iterator[str]:
        """Yield the LIKE patterns of the terms. Backslash is PostgreSQL's default escape character."""
        for term in self._terms:
            escaped = _SPECIAL.sub(r"\\\g<0>", term)
            yield f"%{escaped}%"

    def _expression(self) -> str:
        """Return the FTS5 expression: for at least one of the terms, all of its trigrams must be in the text."""
        return " OR ".join(f"({' AND '.join(_trigrams(term))})" for term in self._terms)


def _trigrams(term: str) -> list[str]:
    parts = (term[at : at + SHORTEST] for at in range(len(term) - SHORTEST + 1))
    quoted = ('"' + part.replace('"', '""') + '"' for part in parts)
    return list(dict.fromkeys(quoted))[:_MOST_TRIGRAMS]
