"""What a user has, and from where."""

from __future__ import annotations

from pki_manager.authority.kernel.context import Context
from pki_manager.authority.rights import roles, teams
from pki_manager.authority.rights.roles import RoleRequest
from pki_manager.authority.rights.user_grants import show_user_grants
from pki_manager.domain.errors import Forbidden, NotFound
from pki_manager.domain.rights.actor import Role
from pki_manager.policy.access import Permission
from tests.support.factories import ADMIN
from tests.support.memory.events import POWERLESS, records, refuses
from tests.support.people import new_user


def test_a_user_has_a_built_in_role_then_custom_roles_and_teams(ctx: Context) -> None:
    user = new_user(ctx, "alice", Role.AUDITOR)
    roles.create_role(ctx, ADMIN, "watcher", RoleRequest(description="", permissions=frozenset({Permission.JOB_READ})))
    roles.assign_role(ctx, ADMIN, "watcher", "alice")
    teams.create_team(ctx, ADMIN, "Web")
    teams.add_member(ctx, ADMIN, "Web", "alice")
    with records(ctx):
        grants = show_user_grants(ctx, ADMIN, str(user.id))
    assert [role.name for role in grants.roles] == [Role.AUDITOR, "watcher"]
    assert [given.team.name for given in grants.teams] == ["Web"]


def test_grants_are_for_readers_of_users(ctx: Context) -> None:
    with refuses(ctx, Forbidden, Permission.USER_READ):
        show_user_grants(ctx, POWERLESS, "alice")
    with refuses(ctx, NotFound, "alice"):
        show_user_grants(ctx, ADMIN, "alice")
