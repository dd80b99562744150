"""The check that actors grant only permissions that they have, and none to themselves.

Every use case that grants permissions calls it: creation and rotation of tokens and EAB keys; changes and assignment of
users and roles; service accounts; members of teams; invitation links.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from pki_manager.authority.kernel import current_rights
from pki_manager.authority.kernel.authors import list_authors
from pki_manager.domain.errors import Forbidden
from pki_manager.domain.people.user import User
from pki_manager.domain.rights.actor import Actor, Grant, Reach, build_user_actor_id
from pki_manager.domain.rights.team import ServiceAccount
from pki_manager.policy import scopes
from pki_manager.ports.unit_of_work import Reader


def require_covered(
    actor: Actor, given: Iterable[Grant], what: str, *, teams: Collection[UUID] = (), of_another: bool = False
) -> None:
    """Raise Forbidden unless the actor has every permission in `given`. `what` names their receiver in the error.

    `teams` are the teams whose objects the permissions cover. `of_another` means that the permissions cover existing
    objects of another person: a permission on own or team objects is then more than the actor's permission of that
    kind.
    """
    is_foreign = of_another or not actor.team_ids.issuperset(teams)
    required = scopes.widen_reach(given, own=of_another, team=is_foreign)
    if not scopes.covers(actor.grants, required):
        raise Forbidden(f"You cannot grant permissions that you do not have: {what} has some.")


def require_account_covered(actor: Actor, given: Iterable[Grant], account: ServiceAccount) -> None:
    """Run `require_covered` for the permissions that a service account has or will have."""
    answers = (
        actor.owner == account.owner_id
        or (account.user_id is not None and account.user_id == actor.user_id)
        or account.team_id in actor.team_ids
    )
    teams = () if account.team_id is None else (account.team_id,)
    require_covered(actor, given, f"service account {account.name!r}", teams=teams, of_another=not answers)


def require_user_covered(reader: Reader, actor: Actor, user: User) -> None:
    """Run `require_covered` for access to the account of a user, which includes all objects of the user."""
    given = current_rights.get_role_grants(reader, [user.role, *reader.roles.list_assigned(user.id)])
    has_been_here = user.last_sign_in_at is not None
    teams = reader.teams.list_by_user(user.id)
    require_covered(actor, given, f"user {user.login!r}", teams=teams, of_another=has_been_here)


def require_member_covered(reader: Reader, actor: Actor, user: User, team_id: UUID) -> None:
    """Run `require_covered` for the permissions on the team's objects that a user gets by joining the team."""
    given = current_rights.get_role_grants(reader, [user.role, *reader.roles.list_assigned(user.id)])
    shared = [grant for grant in given if grant.scope.reach is Reach.TEAM]
    require_covered(actor, shared, f"user {user.login!r} in that team", teams=(team_id,))


def require_other(reader: Reader, actor: Actor, user_id: UUID) -> None:
    """Raise Forbidden if the user is a person behind the actor, through any token or service account."""
    if build_user_actor_id(user_id) in list_authors(reader, actor):
        raise Forbidden("You cannot change your own permissions.")
