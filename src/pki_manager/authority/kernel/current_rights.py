"""What a user may do at this moment: roles, teams, and owners of service accounts, read again each time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from pki_manager.domain.errors import Forbidden, InvalidInput
from pki_manager.domain.people.user import User, UserState
from pki_manager.domain.rights.actor import Actor, ActorKind, Grant, Role, user_actor_id
from pki_manager.domain.rights.permission import Permission
from pki_manager.domain.rights.team import ServiceAccount, ServiceAccountState, service_owner_id
from pki_manager.domain.rights.token import Token
from pki_manager.policy import scopes
from pki_manager.policy.roles import builtin_grants
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class Rights:
    """`user_id` is the person who answers; `team_id` the team that new objects belong to."""

    grants: tuple[Grant, ...]
    user_id: UUID | None = None
    team_ids: frozenset[UUID] = field(default_factory=frozenset)
    team_id: UUID | None = None


NONE = Rights(())


def of_roles(reader: Reader, names: Sequence[str]) -> tuple[Grant, ...]:
    """The grants of standing and custom roles together; none of a role that does not exist or is retired."""
    own = [name for name in names if name not in set(Role)]
    grants = [grant for name in names if name in set(Role) for grant in builtin_grants(Role(name))]
    return (*grants, *(grant for role in reader.roles.find(own) for grant in role.grants))


def require_role(reader: Reader, name: str) -> tuple[Grant, ...]:
    """The grants of a role that can be given; InvalidInput when there is none of that name in force."""
    grants = of_roles(reader, [name])
    if not grants:
        raise InvalidInput.of("role", "role.unknown", f"is not an active role: {name!r}")
    return grants


def of_user(reader: Reader, user: User) -> Rights | None:
    """None for one who is not active."""
    if user.state is not UserState.ACTIVE:
        return None
    grants = of_roles(reader, [user.role, *reader.roles.assigned(user.id)])
    teams = reader.teams.of_user(user.id)
    return Rights(grants, user.id, frozenset(teams), teams[0] if len(teams) == 1 else None)


def require_may_decide(reader: Reader, actor: Actor, user: User) -> None:
    """Forbidden for a user with more rights than the caller: their link, state, or role would give their rights."""
    roles = [user.role, *reader.roles.assigned(user.id)]
    if not scopes.covers(actor.grants, of_roles(reader, roles)):
        raise Forbidden(f"You cannot manage user {user.login!r}, who has permissions that you do not have.")


def of_account(reader: Reader, account: ServiceAccount) -> Rights | None:
    """Return its role's rights; where a user answers for it, as far as that user has them now, in teams too.

    None when it is disabled, or its user is not active.
    """
    if account.state is not ServiceAccountState.ACTIVE:
        return None
    grants = of_roles(reader, [account.role])
    teams = frozenset({account.team_id} if account.team_id else ())
    if account.user_id is None:
        return Rights(grants, None, teams, account.team_id)
    behind = of_user(reader, reader.users.get(account.user_id))
    if behind is None:
        return None
    teams &= behind.team_ids
    team_id = account.team_id if account.team_id in teams else None
    return Rights(scopes.intersect(grants, behind.grants), account.user_id, teams, team_id)


def of_owner(reader: Reader, owner_id: str, local_role: Role) -> Rights | None:
    """What the owner of a token may do now; None when they may not act at all, or are unknown."""
    kind, _, name = owner_id.partition(":")
    if kind == "local":
        return Rights(builtin_grants(local_role))
    if kind == "user":
        user = reader.users.find(name)
        return of_user(reader, user) if user is not None and owner_id == user_actor_id(user.id) else None
    account = reader.service_accounts.find(name) if kind == "service" else None
    if account is None or owner_id != service_owner_id(account.id):
        return None
    return of_account(reader, account)


def of_token(reader: Reader, token: Token, local_role: Role) -> Rights | None:
    """The token's own, as far as its owner has them now; None when the owner may not act."""
    owner = of_owner(reader, token.owner_id, local_role)
    if owner is None:
        return None
    own = narrowed(of_roles(reader, [token.role]), token)
    return replace(owner, grants=scopes.intersect(own, owner.grants), team_id=_team_of(token, owner))


def _team_of(token: Token, owner: Rights) -> UUID | None:
    """Return the team of what the token makes: its own while the owner is in it or manages teams, else the owner's."""
    manages = any(Permission.TEAM_MANAGE in grant.permissions for grant in owner.grants)
    keeps = token.team_id is not None and (token.team_id in owner.team_ids or manages)
    return token.team_id if keeps else owner.team_id


def actor_of_user(user: User, visitor: Actor, rights: Rights = NONE) -> Actor:
    """Return the visitor as the user they have proved to be, with the user's present rights (`of_user`)."""
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


def actor_of(token: Token, able: Rights, via: str) -> Actor:
    """Who acts with a token."""
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


def narrowed(grants: Sequence[Grant], token: Token) -> tuple[Grant, ...]:
    """A role's grants, narrowed to what the token is for."""
    return scopes.narrow(grants, token.permissions, token.scope)
