"""Stored sessions, by the hash of their secret."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.page import Page
from pki_manager.domain.people.session import Session, Stage
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.people import sessions

_BY_HASH = CompiledStatement(sa.select(sessions).where(sessions.c.secret_sha256 == sa.bindparam("wanted")))


_RENEWED = ("stage", "method", "authenticated_at", "last_seen_at", "ends_at", "provider_session")


class SqlSessions:
    """Implements ports.people.Sessions."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, session_id: UUID) -> Session:
        row = self._transaction.first(sa.select(sessions).where(sessions.c.id == session_id))
        if row is None:
            raise NotFound.of("session", str(session_id))
        return _from_row(row)

    def find_hash(self, secret_sha256: bytes) -> Session | None:
        row = self._transaction.first(_BY_HASH, {"wanted": secret_sha256})
        return None if row is None else _from_row(row)

    def page(self, user_id: UUID | None, now: datetime, cursor: str | None, limit: int) -> Page[Session]:
        statement = sa.select(sessions).where(sessions.c.revoked_at.is_(None), sessions.c.ends_at > now)
        if user_id is not None:
            statement = statement.where(sessions.c.user_id == user_id)
        return read_page_by_id(
            self._transaction, statement, sessions.c.id, cursor=cursor, limit=limit, value_of=_from_row
        )

    def list_peers(self, user_id: UUID) -> Sequence[str]:
        row = sessions.c
        known = (row.user_id == user_id, row.peer.is_not(None), row.stage == Stage.ACTIVE.value)
        return [one.peer for one in self._transaction.rows(sa.select(row.peer).where(*known).distinct())]

    def add(self, session: Session, secret_sha256: bytes) -> None:
        if not self._transaction.insert_new(sessions, _to_row(session) | {"secret_sha256": secret_sha256}):
            raise Conflict("The session already exists.")

    def renew(self, session: Session, old_sha256: bytes, secret_sha256: bytes) -> bool:
        row, columns = _to_row(session), sessions.c
        fresh = {name: row[name] for name in _RENEWED}
        unchanged = (columns.id == session.id, columns.secret_sha256 == old_sha256, columns.revoked_at.is_(None))
        statement = sa.update(sessions).where(*unchanged).values(fresh | {"secret_sha256": secret_sha256})
        return self._transaction.changed(statement) == 1

    def touch(self, session_id: UUID, now: datetime) -> None:
        self._transaction.execute(sa.update(sessions).where(sessions.c.id == session_id).values(last_seen_at=now))

    def revoke(self, session_id: UUID, now: datetime) -> None:
        self._transaction.execute(
            sa.update(sessions)
            .where(sessions.c.id == session_id, sessions.c.revoked_at.is_(None))
            .values(revoked_at=now)
        )

    def revoke_all(self, user_id: UUID, now: datetime, *, but: UUID | None = None) -> None:
        row = sessions.c
        others = sa.true() if but is None else row.id != but
        self._transaction.execute(
            sa.update(sessions).where(row.user_id == user_id, row.revoked_at.is_(None), others).values(revoked_at=now)
        )

    def revoke_begun_by(
        self, method: str, now: datetime, *, user_id: UUID | None, provider_session: str | None
    ) -> Sequence[UUID]:
        row = sessions.c
        these = (row.method == method) | row.method.startswith(f"{method}+", autoescape=True)
        these &= row.revoked_at.is_(None) & (row.ends_at > now)
        if user_id is not None:
            these &= row.user_id == user_id
        if provider_session is not None:
            within = row.provider_session == provider_session
            these &= within if user_id is None else within | row.provider_session.is_(None)
        ended = sa.update(sessions).where(these).values(revoked_at=now).returning(row.user_id)
        return [one.user_id for one in self._transaction.rows(ended)]

    def prune(self, before: datetime) -> int:
        return self._transaction.changed(sa.delete(sessions).where(sessions.c.ends_at < before))


def _to_row(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "user_id": session.user_id,
        "stage": session.stage.value,
        "method": session.method,
        "peer": session.peer,
        "agent": session.agent,
        "created_at": session.created_at,
        "authenticated_at": session.authenticated_at,
        "last_seen_at": session.last_seen_at,
        "ends_at": session.ends_at,
        "revoked_at": session.revoked_at,
        "provider_session": session.provider_session,
    }


def _from_row(row: sa.Row[Any]) -> Session:
    return Session(
        id=row.id,
        user_id=row.user_id,
        stage=Stage(row.stage),
        method=row.method,
        peer=row.peer,
        agent=row.agent,
        created_at=row.created_at,
        authenticated_at=row.authenticated_at,
        last_seen_at=row.last_seen_at,
        ends_at=row.ends_at,
        revoked_at=row.revoked_at,
        provider_session=row.provider_session,
    )
