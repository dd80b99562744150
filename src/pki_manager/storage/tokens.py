"""API tokens, by the hash of their secret."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.actor import Role
from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.page import Page
from pki_manager.domain.token import Token
from pki_manager.storage.constant import Constant
from pki_manager.storage.paging import page_by_id
from pki_manager.storage.tables import tokens
from pki_manager.storage.transaction import Transaction

_BY_HASH = Constant(sa.select(tokens).where(tokens.c.token_sha256 == sa.bindparam("wanted")))


class SqlTokens:
    """Implements ports.unit_of_work.Tokens."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, token_id: UUID) -> Token:
        row = self._transaction.first(sa.select(tokens).where(tokens.c.id == token_id))
        if row is None:
            raise NotFound.of("token", str(token_id))
        return _from_row(row)

    def find_hash(self, token_sha256: bytes) -> Token | None:
        row = self._transaction.first(_BY_HASH, {"wanted": token_sha256})
        return None if row is None else _from_row(row)

    def page(self, cursor: str | None, limit: int) -> Page[Token]:
        """Newest first."""
        return page_by_id(
            self._transaction, sa.select(tokens), tokens.c.id, cursor=cursor, limit=limit, value_of=_from_row
        )

    def add(self, token: Token, token_sha256: bytes) -> None:
        """Conflict when the id or the hash is there already."""
        if not self._transaction.insert_new(tokens, _to_row(token) | {"token_sha256": token_sha256}):
            raise Conflict("this token already exists")

    def revoke(self, token_id: UUID, now: datetime) -> None:
        """The first revocation's time stays. NotFound for no token of ours."""
        first_time = sa.func.coalesce(tokens.c.revoked_at, sa.bindparam("now", now, type_=tokens.c.revoked_at.type))
        statement = sa.update(tokens).where(tokens.c.id == token_id).values(revoked_at=first_time)
        if self._transaction.changed(statement) == 0:
            raise NotFound.of("token", str(token_id))

    def touch(self, token_id: UUID, now: datetime) -> None:
        self._transaction.execute(sa.update(tokens).where(tokens.c.id == token_id).values(last_used_at=now))


def _to_row(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "prefix": token.prefix,
        "role": token.role.value,
        "created_by": token.created_by,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "last_used_at": token.last_used_at,
    }


def _from_row(row: sa.Row[Any]) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        role=Role(row.role),
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
