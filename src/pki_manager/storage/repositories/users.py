"""Stored users and invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict, NameTaken, NotFound
from pki_manager.domain.ids import is_uuid
from pki_manager.domain.page import Page
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Role
from pki_manager.ports.people import Invitation
from pki_manager.storage.engine.paging import read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.people import invitations, users

_LAST_CHARACTER = "\U0010ffff"


class SqlUsers:
    """Implements ports.people.Users."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, user_id: UUID) -> User:
        row = self._transaction.first(sa.select(users).where(users.c.id == user_id))
        if row is None:
            raise NotFound.of("user", str(user_id))
        return _from_row(row)

    def find(self, id_or_login: str) -> User | None:
        if not is_uuid(id_or_login):
            return self.find_login(id_or_login)
        row = self._transaction.first(sa.select(users).where(users.c.id == UUID(id_or_login)))
        return None if row is None else _from_row(row)

    def find_login(self, login: str) -> User | None:
        row = self._transaction.first(sa.select(users).where(users.c.login == login))
        return None if row is None else _from_row(row)

    def list_by_login_prefix(self, login: str, limit: int) -> Sequence[User]:
        within = (users.c.login >= login, users.c.login < login + _LAST_CHARACTER)
        statement = sa.select(users).where(*within).order_by(users.c.login).limit(limit)
        return [_from_row(row) for row in self._transaction.rows(statement)]

    def find_password_hash(self, user_id: UUID) -> str | None:
        row = self._transaction.first(sa.select(users.c.password).where(users.c.id == user_id))
        return None if row is None else row.password

    def page(self, cursor: str | None, limit: int) -> Page[User]:
        return read_page_by_id(
            self._transaction, sa.select(users), users.c.id, cursor=cursor, limit=limit, value_of=_from_row
        )

    def is_empty(self) -> bool:
        return self._transaction.first(sa.select(users.c.id).limit(1)) is None

    def add(self, user: User) -> None:
        if not self._transaction.insert_new(users, {**_to_row(user), "password": None}):
            raise NameTaken(f"A user named {user.login!r} already exists.")

    def lock(self, user_id: UUID) -> User:
        for row in self._transaction.lock(sa.select(users).where(users.c.id == user_id)):
            return _from_row(row)
        raise NotFound.of("user", str(user_id))

    def set_person(self, user_id: UUID, display_name: str, email: str | None) -> None:
        self._set(user_id, display_name=display_name, email=email)

    def set_role(self, user_id: UUID, role: Role) -> None:
        self._set(user_id, role=role.value)

    def set_state(self, user_id: UUID, state: UserState) -> None:
        self._set(user_id, state=state.value)

    def set_signed_in(self, user_id: UUID, now: datetime) -> None:
        self._set(user_id, last_sign_in_at=now)

    def set_password(self, user_id: UUID, phc: str) -> None:
        self._set(user_id, password=phc)

    def _set(self, user_id: UUID, **columns: object) -> None:
        if self._transaction.changed(sa.update(users).where(users.c.id == user_id).values(columns)) == 0:
            raise NotFound.of("user", str(user_id))

    def lock_administrators(self) -> Sequence[UUID]:
        # In the words of the partial index, or it is not used.
        active = sa.text("role = 'administrator' AND state = 'active'")
        rows = self._transaction.lock(sa.select(users.c.id).where(active).order_by(users.c.id))
        return [row.id for row in rows]

    def add_invitation(self, invitation: Invitation, secret_sha256: bytes) -> None:
        self.end_invitations(invitation.user_id, invitation.created_at)
        row = {
            "id": invitation.id,
            "user_id": invitation.user_id,
            "secret_sha256": secret_sha256,
            "created_by": invitation.created_by,
            "created_at": invitation.created_at,
            "expires_at": invitation.expires_at,
        }
        if not self._transaction.insert_new(invitations, row):
            raise Conflict("The invitation already exists.")

    def end_invitations(self, user_id: UUID, now: datetime) -> None:
        still_open = (invitations.c.user_id == user_id) & invitations.c.ended_at.is_(None)
        self._transaction.execute(sa.update(invitations).where(still_open).values(ended_at=now))

    def find_invitation(self, secret_sha256: bytes, now: datetime) -> Invitation | None:
        row = self._transaction.first(sa.select(invitations).where(*_usable(secret_sha256, now)))
        return None if row is None else _invitation(row)

    def use_invitation(self, secret_sha256: bytes, now: datetime) -> Invitation | None:
        statement = sa.update(invitations).where(*_usable(secret_sha256, now)).values(ended_at=now)
        row = self._transaction.first(statement.returning(*invitations.c))
        return None if row is None else _invitation(row)


def _usable(secret_sha256: bytes, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    row = invitations.c
    return row.secret_sha256 == secret_sha256, row.ended_at.is_(None), row.expires_at > now


def _invitation(row: sa.Row[Any]) -> Invitation:
    return Invitation(row.id, row.user_id, row.created_by, row.created_at, row.expires_at)


def _to_row(user: User) -> dict[str, object]:
    return {
        "id": user.id,
        "login": user.login,
        "display_name": user.display_name,
        "email": user.email,
        "state": user.state.value,
        "role": user.role.value,
        "created_by": user.created_by,
        "created_at": user.created_at,
        "last_sign_in_at": user.last_sign_in_at,
        "origin": user.origin,
    }


def _from_row(row: sa.Row[Any]) -> User:
    return User(
        id=row.id,
        login=row.login,
        display_name=row.display_name,
        email=row.email,
        state=UserState(row.state),
        role=Role(row.role),
        created_by=row.created_by,
        created_at=row.created_at,
        last_sign_in_at=row.last_sign_in_at,
        origin=row.origin,
    )
