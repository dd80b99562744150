"""The audit chains: written in the unit of work that they record, and read for verification and search."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from pki_manager.domain.events.audit import GENESIS_HASH, AuditEvent, Outcome, compute_chain_hash, encode_canonical
from pki_manager.domain.page import Page
from pki_manager.domain.renames import list_action_names
from pki_manager.domain.rights.actor import Actor
from pki_manager.ports.audit_trail import AuditFilter, ChainHead, ChainSpan, StoredEvent
from pki_manager.ports.clock import Clock
from pki_manager.storage.engine.bulk_statement import insert
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import build_page, decode_cursor, encode_cursor, limit_page
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.repositories.audit_search import build_word_conditions
from pki_manager.storage.tables.audit import audit_events, audit_heads
from pki_manager.storage.tables.types import Integer, to_microseconds

_SEGMENT_EVENTS = 100_000
"""Number of events in a segment, the part of a chain that can be archived at once."""

_INSERT_EVENTS = insert(audit_events, *audit_events.c.keys())
_OWN_HEAD = audit_heads.c.chain == sa.bindparam("which")
_LOCK_HEAD = CompiledStatement(sa.select(audit_heads).where(_OWN_HEAD).with_for_update())
_MOVE_HEAD = CompiledStatement(
    sa.update(audit_heads).where(_OWN_HEAD).values(seq=sa.bindparam("seq"), hash=sa.bindparam("hash"))
)

_BATCH = 1000


class AuditTrail:
    """Writer of this process' audit chain.

    `mac_key` is kept outside the database, so that database rows cannot be forged.
    """

    def __init__(self, *, chain: str, mac_key: bytes, clock: Clock) -> None:
        self._chain = chain
        self._mac_key = mac_key
        self._clock = clock

    def append(self, transaction: Transaction, actor: Actor, event: AuditEvent) -> None:
        """Append an event: hash = SHA-256(previous hash ‖ body), mac = HMAC-SHA-256(mac key, hash).

        The head of the chain stays locked until the commit. `write` stores the event at the end of the commit.
        """
        head = transaction.group_state.audit.head or self._lock_head(transaction)
        now = self._clock.now()
        seq = head.seq + 1
        body = encode_canonical(seq=seq, node=self._chain, time=now, actor=actor, event=event)
        digest = compute_chain_hash(head.hash, body)
        values = {
            "chain": self._chain,
            "seq": seq,
            "segment": (seq - 1) // _SEGMENT_EVENTS,
            "body": body,
            "hash": digest,
            "mac": hmac.digest(self._mac_key, digest, "sha256"),
            "time": now,
            "action": event.ACTION,
            "actor": actor.id,
            "object_kind": event.OBJECT,
            "object_id": event.object_id,
            "via": actor.via,
            "outcome": event.outcome.value,
        }
        transaction.group_state.audit.events.append(transaction.row(_INSERT_EVENTS, values))
        transaction.group_state.audit.head = ChainHead(chain=self._chain, seq=seq, hash=digest)

    def write(self, transaction: Transaction) -> None:
        """Store the events of a group and the new heads of the chains. It is called once before the commit."""
        state = transaction.group_state.audit
        if state.events:
            transaction.write(_INSERT_EVENTS, state.events)
        own = () if state.head is None else (state.head,)
        for head in (*own, *state.other_heads.values()):
            transaction.execute(_MOVE_HEAD, {"which": head.chain, "seq": head.seq, "hash": head.hash})

    def _lock_head(self, transaction: Transaction) -> ChainHead:
        return find_head(transaction, self._chain) or _create_head(transaction, self._chain)


def find_head(transaction: Transaction, chain: str) -> ChainHead | None:
    """Return the head of a chain and lock it until the commit. Returns None if there is no such chain."""
    row = transaction.first(_LOCK_HEAD, {"which": chain})
    return None if row is None else _head(row)


def _create_head(transaction: Transaction, chain: str) -> ChainHead:
    transaction.insert_new(audit_heads, {"chain": chain, "seq": 0, "hash": GENESIS_HASH})
    return _head(transaction.execute(_LOCK_HEAD, {"which": chain}).one())


class SqlAudit:
    """Implements ports.audit_trail.AuditReader."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def list_heads(self) -> Sequence[ChainHead]:
        return [_head(row) for row in self._transaction.rows(sa.select(audit_heads).order_by(audit_heads.c.chain))]

    def iterate_chain(self, chain: str, after_seq: int = 0) -> Iterator[StoredEvent]:
        """Yield the events of a chain by sequence number.

        They are read in batches, so a reader that stops leaves no open cursor.
        """
        columns = audit_events.c
        of_chain = sa.select(audit_events).where(columns.chain == chain).order_by(columns.seq).limit(_BATCH)
        last = after_seq
        while rows := self._transaction.rows(of_chain.where(columns.seq > last)):
            yield from map(_from_row, rows)
            last = rows[-1].seq

    def list_spans(self, since: datetime | None, until: datetime | None) -> Sequence[ChainSpan]:
        columns = audit_events.c
        ends = (sa.func.min(columns.seq).label("first"), sa.func.max(columns.seq).label("last"))
        statement = sa.select(columns.chain, *ends).where(*_conditions(AuditFilter(since=since, until=until)))
        rows = self._transaction.rows(statement.group_by(columns.chain).order_by(columns.chain))
        return [ChainSpan(chain=row.chain, first=row.first, last=row.last) for row in rows]

    def hash_at(self, chain: str, seq: int) -> bytes | None:
        statement = sa.select(audit_events.c.hash).where(audit_events.c.chain == chain, audit_events.c.seq == seq)
        row = self._transaction.first(statement)
        return None if row is None else row.hash

    def page(self, where: AuditFilter, cursor: str | None, limit: int) -> Page[StoredEvent]:
        size = limit_page(limit)
        columns = audit_events.c
        order = (sa.type_coerce(columns.time, Integer), columns.chain, columns.seq)
        statement = sa.select(audit_events).where(*_conditions(where))
        if where.query is not None:
            statement = statement.where(*build_word_conditions(self._transaction, where.query))
        if cursor is not None:
            last = decode_cursor(cursor, int, str, int)
            statement = statement.where(sa.tuple_(*order) < sa.tuple_(*(sa.literal(part) for part in last)))
        statement = statement.order_by(columns.time.desc(), columns.chain.desc(), columns.seq.desc())
        page = build_page(self._transaction.rows(statement.limit(size + 1)), size, _cursor_of)
        return Page(tuple(_from_row(row) for row in page.items), page.next_cursor)


def _conditions(where: AuditFilter) -> Iterator[sa.ColumnElement[bool]]:
    columns = audit_events.c
    if where.action is not None:
        yield columns.action.in_(list_action_names(where.action))
    if where.actor is not None:
        yield columns.actor == where.actor
    if where.object_id is not None:
        yield columns.object_id == where.object_id
    if where.via is not None:
        yield columns.via == where.via
    if where.outcome is not None:
        yield columns.outcome == where.outcome
        if where.outcome != Outcome.SUCCESS:
            # In the index' own words, or it would not be used.
            yield sa.text("audit_events.outcome <> 'success'")  # type: ignore[misc]
    if where.since is not None:
        yield columns.time >= where.since
    if where.until is not None:
        yield columns.time <= where.until


def _cursor_of(row: sa.Row[Any]) -> str:
    return encode_cursor((to_microseconds(row.time), row.chain, row.seq))


def _head(row: sa.Row[Any]) -> ChainHead:
    return ChainHead(chain=row.chain, seq=row.seq, hash=row.hash)


def _from_row(row: sa.Row[Any]) -> StoredEvent:
    return StoredEvent(chain=row.chain, seq=row.seq, body=row.body, hash=row.hash, mac=row.mac)
