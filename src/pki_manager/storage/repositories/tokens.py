"""Stored API tokens, by the hash of their secret and, after a rotation, of the earlier one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict, NotFound
from pki_manager.domain.page import Page
from pki_manager.domain.rights.actor import Visibility
from pki_manager.domain.rights.token import Token
from pki_manager.storage.encoding.names import dump
from pki_manager.storage.encoding.scopes import permissions_from_json, scope_from_json, scope_to_json
from pki_manager.storage.engine import visibility
from pki_manager.storage.engine.compiled_statement import CompiledStatement
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.pki import tokens

_BY_ID = CompiledStatement(sa.select(tokens).where(tokens.c.id == sa.bindparam("wanted")))
_BY_HASH = CompiledStatement(sa.select(tokens).where(tokens.c.token_sha256 == sa.bindparam("wanted")))
_BY_OLD_HASH = CompiledStatement(sa.select(tokens).where(tokens.c.old_sha256 == sa.bindparam("wanted")))


class SqlTokens:
    """Implements ports.rights.Tokens."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, token_id: UUID) -> Token:
        row = self._transaction.first(_BY_ID, {"wanted": token_id})
        if row is None:
            raise NotFound.of("token", str(token_id))
        return read_token(row)

    def find_many(self, ids: Sequence[UUID]) -> Sequence[Token]:
        return [read_token(row) for row in self._transaction.rows(sa.select(tokens).where(tokens.c.id.in_(ids)))]

    def find_hash(self, token_sha256: bytes, now: datetime) -> Token | None:
        row = self._transaction.first(_BY_HASH, {"wanted": token_sha256})
        if row is not None:
            return read_token(row)
        row = self._transaction.first(_BY_OLD_HASH, {"wanted": token_sha256})
        if row is None or row.old_until is None or row.old_until <= now:
            return None
        token = read_token(row)
        return replace(token, expires_at=min(token.expires_at, row.old_until))

    def page(self, cursor: str | None, limit: int, visible: Visibility | None = None) -> Page[Token]:
        """Return a page of tokens, newest first."""
        statement = sa.select(tokens).where(*visibility.build_token_conditions(visible))
        return read_page_by_id(
            self._transaction, statement, tokens.c.id, cursor=cursor, limit=limit, value_of=read_token
        )

    def add(self, token: Token, token_sha256: bytes) -> None:
        """Store a token. Raises Conflict if the ID or the hash exists."""
        if not self._transaction.insert_new(tokens, _to_row(token) | {"token_sha256": token_sha256}):
            raise Conflict("The token already exists.")

    def rotate(self, token_id: UUID, token_sha256: bytes, prefix: str, until: datetime, by: str, now: datetime) -> bool:
        known = self.get(token_id).rotated_by
        free = sa.or_(tokens.c.old_until.is_(None), tokens.c.old_until <= now)
        statement = sa.update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None), free)
        values = {"old_sha256": tokens.c.token_sha256, "old_until": until}
        values["rotated_by"] = dump(sorted({*known, by}))
        return self._transaction.changed(statement.values(token_sha256=token_sha256, prefix=prefix, **values)) == 1

    def revoke(self, token_id: UUID, now: datetime) -> None:
        """Revoke a token. If it is already revoked, its revocation time stays.

        Raises NotFound if there is no such token.
        """
        first_time = sa.func.coalesce(tokens.c.revoked_at, sa.bindparam("now", now, type_=tokens.c.revoked_at.type))
        statement = sa.update(tokens).where(tokens.c.id == token_id).values(revoked_at=first_time)
        if self._transaction.changed(statement) == 0:
            raise NotFound.of("token", str(token_id))

    def revoke_all(self, owner_id: str, now: datetime) -> Sequence[UUID]:
        usable = (tokens.c.owner_id == owner_id, tokens.c.revoked_at.is_(None), tokens.c.expires_at > now)
        revoked = sa.update(tokens).where(*usable).values(revoked_at=now).returning(tokens.c.id)
        return sorted(row.id for row in self._transaction.rows(revoked))

    def touch(self, token_id: UUID, now: datetime) -> None:
        self._transaction.execute(sa.update(tokens).where(tokens.c.id == token_id).values(last_used_at=now))


def _to_row(token: Token) -> dict[str, object]:
    return {
        "id": token.id,
        "name": token.name,
        "prefix": token.prefix,
        "role": token.role,
        "permissions": None if token.permissions is None else dump(sorted(token.permissions)),
        "scope": scope_to_json(token.scope),
        "owner_id": token.owner_id,
        "team_id": token.team_id,
        "created_by": token.created_by,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "revoked_at": token.revoked_at,
        "last_used_at": token.last_used_at,
        "old_until": token.old_until,
        "rotated_by": dump(token.rotated_by),
    }


def read_token(row: sa.Row[Any]) -> Token:
    """Return the token of a row with the columns of `tokens`."""
    return Token(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        role=row.role,
        permissions=None if row.permissions is None else permissions_from_json(row.permissions),
        scope=scope_from_json(row.scope),
        owner_id=row.owner_id,
        team_id=row.team_id,
        created_by=row.created_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
        old_until=row.old_until,
        rotated_by=() if row.rotated_by is None else tuple(json.loads(row.rotated_by)),
    )
