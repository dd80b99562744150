"""The sources of a user's permissions: roles, teams, and the identity providers whose rules assigned them."""

from __future__ import annotations

from dataclasses import dataclass

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.kernel.current_rights import get_role_grants
from pki_manager.authority.kernel.guard import find_user
from pki_manager.domain.people.identity import GrantKind, Identity, IdentityGrant
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Actor, Grant
from pki_manager.domain.rights.team import Team
from pki_manager.policy import access
from pki_manager.policy.access import Permission
from pki_manager.ports.unit_of_work import Reader


@dataclass(frozen=True, slots=True)
class RoleGiven:
    """A role of a user. `grants` is empty for a retired role.

    `by` is the linked account whose provider's rules assigned the role, None if a person did.
    """

    name: str
    grants: tuple[Grant, ...]
    by: Identity | None


@dataclass(frozen=True, slots=True)
class TeamGiven:
    """A team of a user. `by` is the linked account whose provider's rules added the user, None if a person did."""

    team: Team
    by: Identity | None


@dataclass(frozen=True, slots=True)
class UserGrants:
    """A user, and the roles and teams that determine the permissions of the user while active."""

    user: User
    roles: tuple[RoleGiven, ...]
    teams: tuple[TeamGiven, ...]


def show_user_grants(ctx: Context, actor: Actor, id_or_login: str) -> UserGrants:
    """Return the grants of a user: the built-in role, then custom ones by name; teams by name.

    Raises NotFound if the user does not exist.
    """
    access.require(actor, Permission.USER_READ)
    with ctx.ports.storage.read() as reader:
        user = find_user(reader, id_or_login)
        identities = reader.identities.list_by_user(user.id)
        givers = {grant: one for one in identities for grant in reader.identities.list_grants(one.id)}
        ruled_by = next((one for one in identities if one.by_rules), None)
        builtin = RoleGiven(user.role, get_role_grants(reader, [user.role]), ruled_by)
        return UserGrants(user, (builtin, *_custom(reader, user, givers)), _teams(reader, user, givers))


def _custom(reader: Reader, user: User, givers: dict[IdentityGrant, Identity]) -> tuple[RoleGiven, ...]:
    return tuple(
        RoleGiven(name, get_role_grants(reader, [name]), givers.get(IdentityGrant(GrantKind.ROLE, name)))
        for name in reader.roles.list_assigned(user.id)
    )


def _teams(reader: Reader, user: User, givers: dict[IdentityGrant, Identity]) -> tuple[TeamGiven, ...]:
    teams = sorted(map(reader.teams.get, reader.teams.list_by_user(user.id)), key=lambda team: team.name)
    return tuple(TeamGiven(team, givers.get(IdentityGrant(GrantKind.TEAM, str(team.id)))) for team in teams)
