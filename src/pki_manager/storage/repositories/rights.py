"""Stored custom roles with their users, teams with their members, and service accounts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from pki_manager.domain.errors import Conflict, NameTaken, NotFound
from pki_manager.domain.ids import is_uuid, parse_uuid
from pki_manager.domain.page import Page
from pki_manager.domain.rights.role import CustomRole, RoleState
from pki_manager.domain.rights.team import Membership, ServiceAccount, ServiceAccountState, Team
from pki_manager.storage.encoding.names import dump
from pki_manager.storage.encoding.scopes import permissions_from_json, scope_from_json, scope_to_json
from pki_manager.storage.engine.paging import build_page, decode_cursor, encode_cursor, limit_page, read_page_by_id
from pki_manager.storage.engine.transaction import Transaction
from pki_manager.storage.tables.people import users
from pki_manager.storage.tables.rights import role_holders, roles, service_accounts, team_members, teams

_LATER = roles.alias("later")
_NEWEST = ~sa.exists().where(_LATER.c.name == roles.c.name, _LATER.c.version > roles.c.version)


class SqlRights:
    """The repositories for roles, teams, and service accounts in a reader or unit of work."""

    _transaction: Transaction

    @cached_property
    def roles(self) -> SqlRoles:
        return SqlRoles(self._transaction)

    @cached_property
    def teams(self) -> SqlTeams:
        return SqlTeams(self._transaction)

    @cached_property
    def service_accounts(self) -> SqlServiceAccounts:
        return SqlServiceAccounts(self._transaction)


class SqlRoles:
    """Implements ports.rights.Roles."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, name: str) -> CustomRole:
        for role in self.find([name]):
            return role
        raise NotFound.of("role", name)

    def lock(self, name: str) -> CustomRole:
        """Return the newest version of a role and lock all versions.

        A version that another process added during the wait for the lock is included.
        """
        versions = sa.select(roles.c.version).where(roles.c.name == name).order_by(roles.c.version)
        self._transaction.lock(versions)
        return self.get(name)

    def find(self, names: Sequence[str]) -> Sequence[CustomRole]:
        if not names:
            return ()
        statement = sa.select(roles).where(roles.c.name.in_(names), _NEWEST)
        return [_role(row) for row in self._transaction.rows(statement)]

    def page(self, cursor: str | None, limit: int) -> Page[CustomRole]:
        size = limit_page(limit)
        statement = sa.select(roles).where(_NEWEST).order_by(roles.c.name).limit(size + 1)
        if cursor is not None:
            (last,) = decode_cursor(cursor, str)
            statement = statement.where(roles.c.name > last)
        found = [_role(row) for row in self._transaction.rows(statement)]
        return build_page(found, size, lambda role: encode_cursor((role.name,)))

    def add(self, role: CustomRole) -> None:
        values = {
            "name": role.name,
            "version": role.version,
            "description": role.description,
            "permissions": dump(sorted(role.permissions)),
            "scope": scope_to_json(role.scope),
            "state": role.state.value,
            "created_at": role.created_at,
        }
        if not self._transaction.insert_new(roles, values):
            raise Conflict(f"Version {role.version} of role {role.name!r} already exists.")

    def retire(self, name: str) -> None:
        """Retire all versions of a role permanently. Raises NotFound if there is no such role."""
        statement = sa.update(roles).where(roles.c.name == name).values(state=RoleState.RETIRED.value)
        if self._transaction.changed(statement) == 0:
            raise NotFound.of("role", name)

    def list_assigned(self, user_id: UUID) -> Sequence[str]:
        statement = sa.select(role_holders.c.role).where(role_holders.c.user_id == user_id)
        return [row.role for row in self._transaction.rows(statement.order_by(role_holders.c.role))]

    def list_role_holders(self, name: str) -> Sequence[UUID]:
        statement = sa.select(role_holders.c.user_id).where(role_holders.c.role == name)
        return [row.user_id for row in self._transaction.rows(statement.order_by(role_holders.c.user_id))]

    def assign(self, name: str, user_id: UUID) -> bool:
        return self._transaction.insert_new(role_holders, {"user_id": user_id, "role": name})

    def withdraw(self, name: str, user_id: UUID) -> bool:
        own = (role_holders.c.user_id == user_id, role_holders.c.role == name)
        return self._transaction.changed(sa.delete(role_holders).where(*own)) > 0


class SqlTeams:
    """Implements ports.rights.Teams."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, team_id: UUID) -> Team:
        found = self.find(str(team_id))
        if found is None:
            raise NotFound.of("team", str(team_id))
        return found

    def find(self, id_or_name: str) -> Team | None:
        by = teams.c.id == parse_uuid(id_or_name, "team") if is_uuid(id_or_name) else teams.c.name == id_or_name
        row = self._transaction.first(sa.select(teams).where(by))
        return None if row is None else _team(row)

    def page(self, cursor: str | None, limit: int) -> Page[Team]:
        return read_page_by_id(
            self._transaction, sa.select(teams), teams.c.id, cursor=cursor, limit=limit, value_of=_team
        )

    def add(self, team: Team) -> None:
        values = {"id": team.id, "name": team.name, "created_by": team.created_by, "created_at": team.created_at}
        if not self._transaction.insert_new(teams, values):
            raise NameTaken(f"A team named {team.name!r} already exists.")

    def list_by_user(self, user_id: UUID) -> Sequence[UUID]:
        statement = sa.select(team_members.c.team_id).where(team_members.c.user_id == user_id)
        return [row.team_id for row in self._transaction.rows(statement.order_by(team_members.c.team_id))]

    def list_members(self, team_id: UUID) -> Sequence[Membership]:
        joined = team_members.join(users, users.c.id == team_members.c.user_id)
        statement = (
            sa.select(team_members.c.user_id, users.c.login)
            .select_from(joined)
            .where(team_members.c.team_id == team_id)
        )
        rows = self._transaction.rows(statement.order_by(users.c.login))
        return [Membership(user_id=row.user_id, login=row.login) for row in rows]

    def add_member(self, team_id: UUID, user_id: UUID) -> bool:
        return self._transaction.insert_new(team_members, {"user_id": user_id, "team_id": team_id})

    def remove_member(self, team_id: UUID, user_id: UUID) -> bool:
        own = (team_members.c.user_id == user_id, team_members.c.team_id == team_id)
        return self._transaction.changed(sa.delete(team_members).where(*own)) > 0


class SqlServiceAccounts:
    """Implements ports.rights.ServiceAccounts."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, account_id: UUID) -> ServiceAccount:
        found = self.find(str(account_id))
        if found is None:
            raise NotFound.of("service account", str(account_id))
        return found

    def find(self, id_or_name: str) -> ServiceAccount | None:
        columns = service_accounts.c
        by = columns.id == parse_uuid(id_or_name, "account") if is_uuid(id_or_name) else columns.name == id_or_name
        row = self._transaction.first(sa.select(service_accounts).where(by))
        return None if row is None else _account(row)

    def page(self, cursor: str | None, limit: int) -> Page[ServiceAccount]:
        statement = sa.select(service_accounts)
        return read_page_by_id(
            self._transaction, statement, service_accounts.c.id, cursor=cursor, limit=limit, value_of=_account
        )

    def add(self, account: ServiceAccount) -> None:
        values = {
            "id": account.id,
            "name": account.name,
            "role": account.role,
            "user_id": account.user_id,
            "team_id": account.team_id,
            "state": account.state.value,
            "created_by": account.created_by,
            "created_at": account.created_at,
        }
        if not self._transaction.insert_new(service_accounts, values):
            raise NameTaken(f"A service account named {account.name!r} already exists.")

    def set_state(self, account_id: UUID, state: ServiceAccountState) -> None:
        statement = sa.update(service_accounts).where(service_accounts.c.id == account_id).values(state=state.value)
        if self._transaction.changed(statement) == 0:
            raise NotFound.of("service account", str(account_id))


def _role(row: sa.Row[Any]) -> CustomRole:
    return CustomRole(
        name=row.name,
        version=row.version,
        description=row.description,
        permissions=permissions_from_json(row.permissions),
        scope=scope_from_json(row.scope),
        state=RoleState(row.state),
        created_at=row.created_at,
    )


def _team(row: sa.Row[Any]) -> Team:
    return Team(id=row.id, name=row.name, created_by=row.created_by, created_at=row.created_at)


def _account(row: sa.Row[Any]) -> ServiceAccount:
    return ServiceAccount(
        id=row.id,
        name=row.name,
        role=row.role,
        user_id=row.user_id,
        team_id=row.team_id,
        state=ServiceAccountState(row.state),
        created_by=row.created_by,
        created_at=row.created_at,
    )
