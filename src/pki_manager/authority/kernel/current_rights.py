"""The present permissions of users, tokens, and service accounts, read from the database each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from pki_manager.domain.errors import Forbidden, InvalidInput
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role, build_user_actor_id
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.team import ServiceAccount, ServiceAccountState, build_service_owner_id
from pki_manager.domain.rights.token import Token
from pki_manager.policy import scopes
from pki_manager.policy.roles import list_builtin_grants
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class Rights:
    """The grants of an actor. `user_id` is the responsible person; `team_id` the team that new objects belong to."""

    grants: tuple[Grant, ...]
    user_id: UUID | None = None
    team_ids: frozenset[UUID] = field(default_factory=frozenset)
    team_id: UUID | None = None


NONE = Rights(())


def get_role_grants(reader: Reader, names: Sequence[str]) -> tuple[Grant, ...]:
    """Return the grants of built-in and custom roles. A role that does not exist or is retired grants nothing."""
    own = [name for name in names if name not in set(Role)]
    grants = [grant for name in names if name in set(Role) for grant in list_builtin_grants(Role(name))]
    return (*grants, *(grant for role in reader.roles.find(own) for grant in role.grants))


def require_role(reader: Reader, name: str) -> tuple[Grant, ...]:
    """Return the grants of a role that can be assigned. Raises InvalidInput if no active role has that name."""
    grants = get_role_grants(reader, [name])
    if not grants:
        raise InvalidInput.of("role", "role.unknown", f"is not an active role: {name!r}")
    return grants


def find_user_rights(reader: Reader, user: User) -> Rights | None:
    """Return the grants of a user. None if the user is not active."""
    if user.state is not UserState.ACTIVE:
        return None
    grants = get_role_grants(reader, [user.role, *reader.roles.list_assigned(user.id)])
    teams = reader.teams.list_by_user(user.id)
    return Rights(grants, user.id, frozenset(teams), teams[0] if len(teams) == 1 else None)


def require_may_decide(reader: Reader, actor: Actor, user: User) -> None:
    """Raise Forbidden if the user has permissions that the actor lacks.

    Otherwise, an actor who changes how such a user signs in, or the state or role of the user, could gain those
    permissions.
    """
    roles = [user.role, *reader.roles.list_assigned(user.id)]
    if not scopes.covers(actor.grants, get_role_grants(reader, roles)):
        raise Forbidden(f"You cannot manage user {user.login!r}, who has permissions that you do not have.")


def find_account_rights(reader: Reader, account: ServiceAccount) -> Rights | None:
    """Return the grants of a service account, limited by the grants and teams of its responsible user, if any.

    None if the account is disabled, or its user is not active.
    """
    if account.state is not ServiceAccountState.ACTIVE:
        return None
    grants = get_role_grants(reader, [account.role])
    teams = frozenset({account.team_id} if account.team_id else ())
    if account.user_id is None:
        return Rights(grants, None, teams, account.team_id)
    behind = find_user_rights(reader, reader.users.get(account.user_id))
    if behind is None:
        return None
    teams &= behind.team_ids
    team_id = account.team_id if account.team_id in teams else None
    return Rights(scopes.intersect(grants, behind.grants), account.user_id, teams, team_id)


def find_owner_rights(reader: Reader, owner_id: str, local_role: Role) -> Rights | None:
    """Return the grants of a token's owner. None if the owner cannot act or is unknown."""
    kind, _, name = owner_id.partition(":")
    if kind == "local":
        return Rights(list_builtin_grants(local_role))
    if kind == "user":
        user = reader.users.find(name)
        return find_user_rights(reader, user) if user is not None and owner_id == build_user_actor_id(user.id) else None
    account = reader.service_accounts.find(name) if kind == "service" else None
    if account is None or owner_id != build_service_owner_id(account.id):
        return None
    return find_account_rights(reader, account)


def find_token_rights(reader: Reader, token: Token, local_role: Role) -> Rights | None:
    """Return the grants of a token, limited by those of its owner. None if the owner cannot act."""
    owner = find_owner_rights(reader, token.owner_id, local_role)
    if owner is None:
        return None
    own = narrow_grants(get_role_grants(reader, [token.role]), token)
    return replace(owner, grants=scopes.intersect(own, owner.grants), team_id=_team_of(token, owner))


def _team_of(token: Token, owner: Rights) -> UUID | None:
    """Return the team that new objects of the token belong to.

    This is the token's team if the owner is a member or can manage teams, else the team of the owner.
    """
    manages = any(Permission.TEAM_MANAGE in grant.permissions for grant in owner.grants)
    keeps = token.team_id is not None and (token.team_id in owner.team_ids or manages)
    return token.team_id if keeps else owner.team_id


def build_user_actor(user: User, visitor: Actor, rights: Rights = NONE) -> Actor:
    """Return the actor for an authenticated user, with the grants that `find_user_rights` returned."""
    return replace(
        visitor,
        kind=ActorKind.USER,
        id=user.actor_id,
        name=user.login,
        user_id=user.id,
        grants=rights.grants,
        team_ids=rights.team_ids,
        team_id=rights.team_id,
    )


def build_token_actor(token: Token, able: Rights, via: str) -> Actor:
    """Return the actor for a token, with the grants that `find_token_rights` returned."""
    return Actor(
        kind=ActorKind.TOKEN,
        id=f"token:{token.id}",
        name=token.name,
        via=via,
        grants=able.grants,
        owner_id=token.owner_id,
        user_id=able.user_id,
        team_ids=able.team_ids,
        team_id=able.team_id,
    )


def narrow_grants(grants: Sequence[Grant], token: Token) -> tuple[Grant, ...]:
    """Return a role's grants, limited by the scope of the token."""
    return scopes.narrow(grants, token.permissions, token.scope)
